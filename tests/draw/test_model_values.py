"""The values in the boxes of a model: what is drawn, and that it is readable."""

import keras
import numpy as np
import pytest
from draw.looking import flaws, texts
from keras import layers
from matplotlib.patches import Rectangle

from anatomy import data, draw
from anatomy.draw.model_values import is_classes, words

DIGIT = data.digits().x_val[3]


def stack(*given, shape):
    return keras.Sequential([keras.Input(shape), *given])


MODELS = {
    "vector": lambda: stack(layers.Dense(32, "relu"), layers.Dense(10, "softmax"), shape=(784,)),
    "one number": lambda: stack(layers.Dense(1, "sigmoid"), shape=(784,)),
    "sequence": lambda: stack(layers.LSTM(16, return_sequences=True), shape=(28, 28)),
    "maps": lambda: stack(layers.Conv2D(40, 3), layers.Flatten(), shape=(28, 28, 1)),
    "many classes": lambda: stack(layers.Dense(11, "softmax"), shape=(784,)),
    "no numbers but 0": lambda: stack(layers.Dense(4, kernel_initializer="zeros"), shape=(784,)),
}


@pytest.mark.parametrize("name", MODELS)
def test_values_are_readable(name):
    picture = draw.model(MODELS[name](), values=DIGIT)
    assert flaws(picture) == []
    assert "One sample: " in picture.describe()
    plain = draw.model(MODELS[name]())
    assert picture.size[1] > plain.size[1]
    assert plain.flow == {}


def test_bars_are_the_probabilities():
    model = MODELS["vector"]()
    picture = draw.model(model, values=DIGIT)
    probabilities = np.asarray(model(DIGIT[None]))[0]
    bars = [a for a in picture.flow[2] if isinstance(a, Rectangle)]
    assert len(bars) == 10
    assert np.argmax([bar.get_height() for bar in bars]) == probabilities.argmax()
    said = f"says {probabilities.argmax()} ({probabilities.max():.2f})"
    assert said in texts(picture)
    assert said in picture.describe()


def test_words_and_classes():
    assert words(np.array([[-1.0, 2.5]])) == "-1 to 2.5"
    assert words(np.array([0.25])) == "0.25"
    assert words(np.array([0.1, 0.9])) == "says 1 (0.90)"
    assert is_classes(np.array([0.5, 0.5]))
    assert not is_classes(np.array([1.5, -0.5]))
    assert not is_classes(np.array([0.5, 0.4]))
    assert not is_classes(np.full(100, 0.01))


def test_values_come_in_the_order_of_computation():
    picture = draw.model(MODELS["vector"](), values=DIGIT)
    for count in (0, 1, 3):
        picture.show(count)
        visible = [n for n, artists in picture.flow.items() if artists[0].get_visible()]
        assert visible == list(range(count))


def test_a_subclassed_model_has_no_wiring_to_follow():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

    model = Own()
    model(np.zeros((1, 4)))
    with pytest.raises(ValueError, match="functional API"):
        draw.model(model, values=np.zeros(4))


def test_repeated_blocks_have_no_values_of_their_own():
    inputs = x = keras.Input((8,))
    for _ in range(14):
        x = layers.Add()([x, layers.Dense(8)(layers.LayerNormalization()(x))])
    picture = draw.model(keras.Model(inputs, x), values=np.ones(8))
    assert picture.flow == {}
    assert picture.values is None
    assert picture.size == draw.model(keras.Model(inputs, x)).size

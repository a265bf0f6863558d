"""The picture of one training step, by its artists and its words."""

import keras
import numpy as np
import pytest
from draw.looking import flaws
from keras import layers
from matplotlib.patches import Rectangle

from anatomy import data, draw
from anatomy.training import Stepper


def classifier(shape, *hidden):
    model = keras.Sequential(
        [keras.Input(shape), *hidden, layers.Dense(10, activation="softmax", name="last")]
    )
    model.compile("sgd", loss="sparse_categorical_crossentropy")
    return model


def regression():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(4, name="first"), layers.Dense(1)])
    model.compile("adam", loss="mse")
    return model


CASES = {
    "vectors": (
        lambda: classifier((784,), layers.Dense(8, activation="relu", name="first")),
        data.digits(),
    ),
    "images": (
        lambda: classifier((28, 28, 1), layers.Conv2D(4, 3, name="first"), layers.Flatten()),
        data.digits("images"),
    ),
    "sequences": (lambda: classifier((28, 28), layers.LSTM(4)), data.digits("sequences")),
    "regression": (regression, data.diabetes()),
}


def taken(name):
    build, split = CASES[name]
    keras.utils.set_random_seed(0)
    model = build()
    return model, Stepper(model)(split.x_train[:16], split.y_train[:16]), split


@pytest.mark.parametrize("name", CASES)
def test_nothing_overlaps_or_is_cut_off(name):
    model, step, split = taken(name)
    picture = draw.step(model, step, classes=split.classes)
    for stage in ("input", "forward", "loss", "gradient", "update", None):
        picture.update(step, stage=stage, sample=3)
        assert flaws(picture) == []


def test_what_comes_later_is_not_shown_yet():
    model, step, _ = taken("vectors")
    picture = draw.step(model, step, stage="forward")
    assert "Forward:" in picture.describe()
    assert "Loss:" not in picture.describe()
    texts = [text.get_text() for text in picture.figure.texts]
    assert "forward" in texts
    assert "gradient" not in texts


def test_the_tensors_are_those_of_the_step():
    model, step, _ = taken("vectors")
    picture = draw.step(model, step, sample=2, unit=5)
    images = [image.get_array() for ax in picture.figure.axes for image in ax.images]
    kernel = "first/kernel"
    expected = [
        step.x[2],
        step.gradients[kernel][:, 5],
        step.before[kernel][:, 5],
        step.after[kernel][:, 5],
    ]
    assert len(images) == 4
    for image, values in zip(images, expected, strict=True):
        np.testing.assert_array_equal(image, values.reshape(28, 28))
    patches = [patch for ax in picture.figure.axes for patch in ax.patches]
    bars = [patch.get_width() for patch in patches if isinstance(patch, Rectangle)]
    np.testing.assert_allclose(bars, step.predictions[2])


def test_its_words():
    model, step, split = taken("vectors")
    text = draw.step(model, step, sample=1, classes=split.classes).describe()
    true = split.y_train[1]
    assert f"the model gives {step.predictions[1, true]:.4g} to {true}, the right class" in text
    assert f"the batch costs {step.loss:.4g} on average" in text
    zeros = int((step.gradients["first/kernel"][:, 0] == 0).sum())
    assert f"{zeros} of its 784 are exactly 0" in text
    assert "SGD(learning_rate=0.01) moves" in text


def test_the_logarithm_is_shown_where_it_is_the_loss():
    model, step, _ = taken("vectors")
    texts = [text.get_text() for text in draw.step(model, step).figure.texts]
    assert any(text.startswith("= -log(") for text in texts)
    model, step, _ = taken("regression")
    texts = [text.get_text() for text in draw.step(model, step).figure.texts]
    assert not any("log(" in text for text in texts)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"sample": 16}, "sample is 16; there are 16, from 0 to 15"),
        ({"unit": -1}, "unit is -1; there are 8, from 0 to 7"),
        ({"stage": "backward"}, "stage is 'backward'"),
    ],
)
def test_errors(wrong, text):
    model, step, _ = taken("vectors")
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        draw.step(model, step, **wrong)
    assert text in str(caught.value)

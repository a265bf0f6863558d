"""How long a slice through the weights of a model takes."""

import keras
from benchmarks.conftest import spread
from keras import layers

from anatomy import data, optimizers


def test_a_landscape_on_digits(row, seconds):
    """41 x 41 places, each the loss of 784-32-10 on all 4,096 samples; the first one compiles."""
    split = data.digits()
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((784,)), layers.Dense(32, "relu"), layers.Dense(10, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    plane = optimizers.plane(model, split.x_train, split.y_train)
    first = seconds(plane.grid)
    warm = [seconds(plane.grid) for _ in range(7)]
    row("a landscape of 41 x 41 on digits, warm", spread(warm, "s"), "0.5 s")
    row("the first one, compiled", f"{first:.2f} s")

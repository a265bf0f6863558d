"""How long a model takes to be drawn, and a hypothesis space to be sampled."""

import keras
import numpy as np
from benchmarks.conftest import spread
from keras import layers

from anatomy import draw, hypotheses

TIMES = 15


def warm(seconds, function):
    """The milliseconds of a call, after a first one."""
    function()
    return spread([1000 * seconds(function) for _ in range(TIMES)])


def inception():
    pixels = keras.Input((28, 28, 64))
    found = [layers.Conv2D(32, size, padding="same")(pixels) for size in (1, 3, 5)]
    found.append(layers.MaxPooling2D(3, strides=1, padding="same")(pixels))
    return keras.Model(pixels, layers.Concatenate()(found))


def test_draw_model(row, seconds):
    model = inception()
    took = warm(seconds, lambda: draw.model(model))
    row("draw.model on an Inception block", took, "60 ms")
    digit = np.zeros((28, 28, 64), "float32")
    took = warm(seconds, lambda: draw.model(model, values=digit))
    row("the same with values on their way", took)


def test_hypotheses(row, seconds):
    hidden = [layers.Dense(16, "tanh") for _ in range(2)]
    model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(80, 2)).astype("float32")
    took = warm(seconds, lambda: hypotheses.sample(model, x, 2000))
    row("2,000 members of a 2 x 16 net on 80 points", took, "50 ms")
    space = hypotheses.sample(model, x, 2000)
    path = hypotheses.path(lambda: model, (x, x[:, :1]), x, epochs=20)
    picture = draw.search(space, path, x[:, :1])

    def again():
        picture.update(space, path, x[:, :1])
        picture.frame()

    row("draw.search, drawn anew", warm(seconds, again))

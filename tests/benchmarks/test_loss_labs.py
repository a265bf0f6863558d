"""How soon the labs of losses answer a move: computed or trained, drawn, encoded."""

import keras
import numpy as np
from benchmarks.conftest import spread
from keras import layers, optimizers

from anatomy import data, labs

MOVES = 30


def answers(lab, name, values, seconds):
    """The milliseconds that a move of one control takes."""
    assert lab.wait(120)

    def move(value):
        lab.controls[name].value = value
        assert lab.wait(120)

    for value in values[:3]:  # what compiles does so here
        move(value)
    took = [1000 * seconds(lambda value=value: move(value)) for value in values]
    assert lab.error is None
    lab.close()
    return spread(took)


def test_ctc(row, seconds):
    values = [float(value) for value in np.linspace(-3, 3, MOVES)]
    row("labs.ctc: a logit", answers(labs.ctc(), "logit_3", values, seconds), "50 ms")


def test_outlier(row, seconds):
    def build(loss="mse"):
        model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
        model.compile(optimizers.Adam(0.1), loss)
        return model

    def points():
        waves = data.waves("line")
        return waves.x_train[:64], waves.y_train[:64]

    values = [float(value) for value in np.linspace(-1, 1, MOVES)]
    measured = answers(labs.outlier(build, points), "y", values, seconds)
    row("labs.outlier: the point, three losses of 40 epochs", measured, "100 ms")


def test_shortcut(row, seconds):
    def build():
        model = keras.Sequential([keras.Input((30,)), layers.Dense(1, activation="sigmoid")])
        model.compile(optimizers.SGD(0.01), "binary_crossentropy", metrics=["accuracy"])
        return model

    def given(weight=1.0):
        cancer = data.breast_cancer()
        return {"x": cancer.x_train, "y": cancer.y_train, "class_weight": {0: 1.0, 1: weight},
                "validation_data": (cancer.x_val, cancer.y_val)}  # fmt: skip

    lab = labs.shortcut(build, given, epochs=20, weight=(1.0, 100.0))
    values = [float(value) for value in np.geomspace(1, 100, MOVES)]
    row("labs.shortcut: a weight, 20 epochs", answers(lab, "weight", values, seconds), "100 ms")

"""A trial: does a model take a step of training?"""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy.layers.symbolic import unseen
from anatomy.training.step import trial


def several(loss):
    x = keras.Input((4,))
    model = keras.Model(x, {"a": layers.Dense(1)(x), "b": layers.Dense(2)(x)})
    model.compile("adam", {"a": "mse", "b": loss})
    return model


def one(*compile):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.5)])
    if compile:
        model.compile("adam", *compile, metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (one, None),
        (lambda: one("mse"), np.zeros((9, 3))),
        (lambda: several("mse"), {"a": np.zeros((9, 1)), "b": np.zeros((9, 2))}),
        (lambda: several("sparse_categorical_crossentropy"),
         {"a": np.zeros((9, 1)), "b": np.zeros(9)}),
    ],
)  # fmt: skip
def test_what_trains_has_nothing_that_stops_it(model, y):
    model = model()
    before = model.get_weights()
    assert trial(model, y) is None
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (lambda: one("mse"), np.zeros((9, 7))),
        (lambda: several("mse"), {"a": np.zeros((9, 1)), "b": np.zeros((9, 4))}),
    ],
)
def test_targets_that_do_not_fit_stop_it(model, y):
    assert "incompatible shapes" in str(trial(model(), y))


def test_a_mask_stops_what_cannot_use_it_and_no_weight_needs_a_value():
    frames = [layers.ConvLSTM2D(2, 3), layers.Flatten(), layers.Dense(4)]
    with unseen():
        assert trial(keras.Sequential([keras.Input((5, 8, 8, 1)), *frames])) is None
        masked = keras.Sequential([keras.Input((5, 8, 8, 1)), layers.Masking(), *frames])
        assert isinstance(trial(masked), ValueError)

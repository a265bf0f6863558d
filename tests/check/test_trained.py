"""Checks that train: a goal, and the edge of the learning rates."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import check

R = np.random.default_rng(0)
X = R.normal(size=(128, 3)).astype("float32")
BCE = "binary_crossentropy"
SIGN = (X[:, 0] > 0).astype("int32")
STEEP = np.ones((4, 1), "float32"), np.full((4, 1), 2, "float32")  # MSE of w: curvature 2


def nothing(y_true, y_pred):
    return 0.0 * keras.ops.mean(y_pred, axis=-1)


def build(rate=0.5, units=1, activation="sigmoid", metrics=("accuracy",), loss=BCE):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(units, activation=activation)])
    model.compile(keras.optimizers.SGD(rate), loss, metrics=list(metrics))
    return model


@pytest.mark.parametrize(
    ("answer", "goal", "right", "said"),
    [
        (build, {"accuracy": 0.9}, True, "accuracy after 10 epochs, from 3 seeds: "),
        (build, {"loss": 0.4}, True, "It has 4 parameters."),
        (build, {"val_accuracy": 0.9}, False, "but no val_accuracy"),
        (lambda: build(1e-4), {"accuracy": 0.9}, False, "At least 0.9 is wanted"),
        (lambda: build(1e-4), {"loss": 0.1}, False, "At most 0.1 is wanted"),
        (lambda: build(1e12), {"loss": 0.4}, False, "At most 0.4"),
        (lambda: build(units=2), {"loss": 0.4}, False, "8 parameters; at most 4"),
        (lambda: build(activation=None), {"loss": 0.4}, False, "linear"),
        (lambda: build(metrics=()), {"accuracy": 0.9}, False, "no accuracy"),
        (lambda: None, {"loss": 0.4}, False, "It returns nothing"),
        (lambda: ..., {"loss": 0.4}, None, "Write"),
        (lambda: build(loss=nothing), {"loss": 0.4}, False, "a loss of its own"),
    ],
)
def test_a_goal(answer, goal, right, said):
    verdict = check.reaches(answer, (X, SIGN), epochs=10, parameters=4, **goal)
    assert verdict.right is right
    assert said in verdict.text


def all_right(y_true, y_pred):
    return keras.ops.ones_like(y_pred)


def known_before(metrics=("accuracy",)):
    model = build(1e-4, metrics=metrics)
    model.set_weights([np.array([[9.0], [0.0], [0.0]]), np.zeros(1)])
    return model


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (build, True, "val_accuracy after 10 epochs"),
        (lambda: build(metrics=[keras.metrics.BinaryAccuracy(name="accuracy")]), True, "after 10"),
        (lambda: build(1e-4, metrics=[keras.metrics.MeanMetricWrapper(all_right, "accuracy")]),
         False, "Its val_accuracy is 1, but that is another metric"),
        (known_before, False, "It is as good before it is trained here"),
    ],
)  # fmt: skip
def test_a_goal_is_measured_and_reached_by_training(answer, right, said):
    verdict = check.reaches(answer, ((X, SIGN), (X, SIGN)), epochs=10, val_accuracy=0.9)
    assert verdict.right is right
    assert said in verdict.text


@pytest.mark.parametrize(("rate", "right"), [(0.5, True), (1e-4, False), (..., None)])
def test_a_goal_of_what_is_built_with_the_answer(rate, right):
    assert check.reaches(rate, (X, SIGN), epochs=10, build=build, loss=0.4).right is right


def slope(rate):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (0.95, True, "The edge lies between the two"),  # it is 2 / curvature = 1
        (0.8, False, "it converges at 1.1 times that rate too"),
        (1.05, False, "Too small, or too large?"),
        (1e-9, False, "Too small, or too large?"),
        (-1, False, "-1 is not a learning rate"),
        ("0.95", False, "not a learning rate"),
        (True, False, "not a learning rate"),
    ],
)
def test_the_largest_rate(answer, right, said):
    verdict = check.largest_rate(answer, slope, STEEP, epochs=400, below=1e-3, factor=1.1)
    assert verdict.right is right
    assert said in verdict.text


def test_a_model_without_an_input_is_counted_too():
    def build():
        model = keras.Sequential([layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    x = np.zeros((32, 2), "float32")
    assert "3 parameters" in check.reaches(build, (x, x[:, 0]), epochs=1, loss=1.0).text

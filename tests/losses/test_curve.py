"""Values and gradients of losses against closed forms."""

import keras
import numpy as np
import pytest

from anatomy.losses.curve import ELSEWHERE, curve, differences, kind_of, snake, value_and_gradient

P = np.linspace(0.05, 0.95, 37, dtype="float64")
Y = np.linspace(-2.9, 2.9, 60)
Q = np.linspace(0.3, 3.5, 33)
LOG = np.log


def huber(y, delta=1.0):
    small = np.abs(y) <= delta
    value = np.where(small, y**2 / 2, delta * np.abs(y) - delta**2 / 2)
    return value, np.where(small, y, delta * np.sign(y))


# loss, target, predictions, value, gradient
NUMBERS = [
    ("mse", 0.5, Y, (Y - 0.5) ** 2, 2 * (Y - 0.5)),
    ("mae", 0.51, Y, np.abs(Y - 0.51), np.sign(Y - 0.51)),
    ("mape", 2.0, Y, 50 * np.abs(Y - 2), 50 * np.sign(Y - 2)),
    ("msle", 1.0, Q, (LOG(1 + Q) - LOG(2)) ** 2, 2 * (LOG(1 + Q) - LOG(2)) / (1 + Q)),
    ("huber", 0.0, Y, *huber(Y)),
    ("log_cosh", 0.0, Y, LOG(np.cosh(Y)), np.tanh(Y)),
    ("poisson", 2.0, Q, Q - 2 * LOG(Q), 1 - 2 / Q),
    ("hinge", 1.0, Y, np.maximum(1 - Y, 0), -1.0 * (Y < 1)),
    ("squared_hinge", -1.0, Y, np.maximum(1 + Y, 0) ** 2, 2 * np.maximum(1 + Y, 0)),
    ("binary_crossentropy", 1.0, P, -LOG(P), -1 / P),
    ("binary_crossentropy", 0.0, P, -LOG(1 - P), 1 / (1 - P)),
    (
        keras.losses.BinaryCrossentropy(from_logits=True), 1.0, Y,
        LOG(1 + np.exp(-Y)), -1 / (1 + np.exp(Y)),
    ),
    (
        keras.losses.BinaryFocalCrossentropy(gamma=2.0), 1.0, P,
        -((1 - P) ** 2) * LOG(P), 2 * (1 - P) * LOG(P) - (1 - P) ** 2 / P,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: str(case[0]))
def test_of_a_number(case):
    loss, target, predictions, value, gradient = case
    found = curve(loss, target=target, predictions=predictions)
    np.testing.assert_allclose(found.values, value, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.gradients, gradient, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("right", [0, 1, 2])
@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence"]
)
def test_of_classes(loss, right):
    found = curve(loss, target=right)
    p = found.predictions
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found.values, -LOG(p[:, right]), rtol=1e-4, atol=1e-5)


def test_the_gradient_of_crossentropy_lies_on_the_triangle():
    # Keras divides by the sum of the probabilities: pushing all three alike changes nothing.
    found = curve("categorical_crossentropy", target=1)
    along = np.sum(found.gradients * found.predictions, axis=1)
    np.testing.assert_allclose(along, 0, atol=1e-4)
    wanted = 1 - 1 / found.predictions[:, 1]
    np.testing.assert_allclose(found.gradients[:, 1], wanted, rtol=1e-3, atol=1e-4)


def every():
    for name in dir(keras.losses):
        one = getattr(keras.losses, name)
        if isinstance(one, type) and one is not keras.losses.Loss and snake(name) not in ELSEWHERE:
            yield name


@pytest.mark.parametrize("name", list(every()))
def test_every_loss_of_keras_has_a_curve(name):
    loss = getattr(keras.losses, name)()
    found = curve(loss)
    assert found.name == snake(name)
    assert np.isfinite(found.values).all()
    assert found.gradients.shape == found.predictions.shape
    rows = found.predictions[::400] if found.kind == "classes" else found.predictions[3::40]
    rows = rows.reshape(len(rows), -1)
    target = found.target
    if found.kind == "classes" and name not in (
        "SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy",
    ):  # fmt: skip
        target = np.eye(3, dtype="float32")[target]
    alone = [float(loss(np.atleast_2d(target), row[None])) for row in rows]
    some = value_and_gradient(loss, found.target, found.predictions[3::40])[0]
    if found.kind != "classes":
        np.testing.assert_allclose(some, alone, rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_allclose(found.values[::400], alone, rtol=1e-5, atol=1e-6)


def test_a_function_of_ones_own():
    def cubed(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)

    found = curve(cubed, target=0.0, predictions=Y)
    assert (found.name, found.kind) == ("cubed", "number")
    np.testing.assert_allclose(found.values, np.abs(Y) ** 3, rtol=1e-4)
    np.testing.assert_allclose(found.gradients, 3 * Y * np.abs(Y), rtol=1e-3)


def test_differences_are_the_gradient():
    rows = Y[:, None].astype("float32")
    values, gradients = differences(lambda row: np.sum(row**2), rows)
    np.testing.assert_allclose(values, Y**2, rtol=1e-5)
    np.testing.assert_allclose(gradients, 2 * rows, atol=5e-3)


def test_kinds():
    assert kind_of(None, "binary_crossentropy") == "probability"
    logits = keras.losses.BinaryCrossentropy(from_logits=True)
    assert kind_of(logits, "binary_crossentropy") == "number"
    assert kind_of(None, "mine", np.zeros((2, 3))) == "classes"


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (keras.losses.MeanSquaredError, TypeError, r"MeanSquaredError\(\)"),
        (3, TypeError, "loss is 3"),
        (keras.losses.CTC(), ValueError, "draw.ctc"),
        (keras.losses.Circle(), ValueError, "samples of a batch"),
    ],
)
def test_what_has_no_curve_is_said(loss, error, message):
    with pytest.raises(error, match=message):
        curve(loss)


def test_a_class_that_is_not_there():
    with pytest.raises(ValueError, match="classes 0, 1 and 2"):
        curve("categorical_crossentropy", target=7)

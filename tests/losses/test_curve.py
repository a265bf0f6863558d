"""Values and gradients of losses against closed forms; a step of descent against Keras's SGD."""

import functools
import inspect

import keras
import numpy as np
import pytest

from anatomy.losses.curve.facts import (
    arguments,
    beside,
    curve,
    descend,
    kind_of,
    named,
    truth,
)
from anatomy.training.private import snake_case

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


@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: getattr(case[0], "name", case[0]))
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
    p = found.predicted(found.at)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found.values, -LOG(p[:, right]), rtol=1e-4, atol=1e-5)


def test_the_gradient_of_crossentropy_lies_on_the_triangle():
    # Keras divides by the sum of the probabilities: pushing all three alike changes nothing.
    found = curve("categorical_crossentropy", target=1)
    along = np.sum(found.gradients * found.predicted(found.at), axis=1)
    np.testing.assert_allclose(along, 0, atol=1e-4)
    wanted = 1 - 1 / found.predicted(found.at)[:, 1]
    np.testing.assert_allclose(found.gradients[:, 1], wanted, rtol=1e-3, atol=1e-4)


CLASSES = [
    name
    for name, one in vars(keras.losses).items()
    if isinstance(one, type) and name not in ("Loss", "CTC")
]
FUNCTIONS = [
    name
    for name, one in vars(keras.losses).items()
    if inspect.isfunction(one) and name not in ("ctc", "get", "serialize", "deserialize")
]


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_of_keras_has_a_curve(name):
    loss = getattr(keras.losses, name)()
    found = curve(loss)
    assert found.name == snake_case(name)
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.gradients).all()
    assert found.gradients.shape == found.at.shape
    picked = slice(None, None, 90)
    alone = []
    for at in found.at[picked]:
        if found.kind == "similarity":
            y = np.array([0, 0, 1])
            x = np.array([(1, 0, 0), (at, np.sqrt(1 - at**2), 0), (0, 0, 1)])
        else:
            y, x = truth(found.target, found.name, found.classes)[None], np.reshape(at, (1, -1))
        alone.append(float(loss(y, x.astype("float32"))))
    np.testing.assert_allclose(found.values[picked], alone, rtol=1e-4, atol=1e-6)


def of_its_class(function):
    name = next(name for name in CLASSES if snake_case(name) == function)
    return getattr(keras.losses, name)()


def test_every_function_of_keras_has_the_name_and_the_kind_of_its_class():
    for function in FUNCTIONS:
        _, name = named(getattr(keras.losses, function))
        assert name == named(of_its_class(function))[1] == function
        assert kind_of(name) == kind_of(of_its_class(function).name)


@pytest.mark.parametrize(
    "function",
    [
        keras.losses.huber,
        keras.losses.binary_focal_crossentropy,
        keras.losses.sparse_categorical_crossentropy,
        keras.losses.circle,
        # it has no q of its own
        functools.partial(keras.losses.categorical_generalized_cross_entropy, q=0.5),
    ],
)
def test_a_function_of_keras_has_the_curve_of_its_class(function):
    by_function = curve(function)
    by_class = curve(of_its_class(by_function.name))
    assert (by_function.name, by_function.kind) == (by_class.name, by_class.kind)
    np.testing.assert_allclose(by_function.values, by_class.values, rtol=1e-5, atol=1e-6)


def test_circle_is_of_an_anchor_and_a_sample_of_its_class():
    found = curve(keras.losses.Circle(gamma=4, margin=0.3))
    s = found.at
    near = -4 * (0.3 + 1 - s) * (0.3 - (1 - s))  # of the same class, at cosine similarity s
    far = 4 * 0.3 * -0.3  # of another class, at similarity 0: weight 1.3 - 1, distance 0.7 - 1
    np.testing.assert_allclose(found.values, LOG(1 + np.exp(near + far)), rtol=1e-4)
    check_slopes(found)


def check_slopes(found):
    """Central differences of the values are the gradients, but where the loss has a corner."""
    wanted = np.gradient(found.values.astype(float), found.at)[1:-1]
    scale = np.abs(found.gradients).max()
    assert np.mean(np.abs(wanted - found.gradients[1:-1]) < 0.02 * scale) > 0.98


@pytest.mark.parametrize(
    ("loss", "value", "gradient"),
    [
        ("binary_crossentropy", lambda p: -LOG(p), lambda p: p - 1),
        ("mse", lambda p: (1 - p) ** 2, lambda p: -2 * (1 - p) * p * (1 - p)),
    ],
)
def test_over_the_logit_of_a_sigmoid(loss, value, gradient):
    found = curve(loss, target=1, over="logit")
    p = 1 / (1 + np.exp(-found.at))
    assert (found.kind, found.over) == ("probability", "logit")
    np.testing.assert_allclose(found.predicted(found.at), p)
    np.testing.assert_allclose(found.values, value(p), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found.gradients, gradient(p), rtol=1e-3, atol=1e-5)


def test_over_the_logits_of_a_softmax():
    found = curve("categorical_crossentropy", target=2, over="logit")
    p = found.predicted(found.at)
    np.testing.assert_allclose(p, np.exp(found.at) / np.exp(found.at).sum(1, keepdims=True))
    np.testing.assert_allclose(found.values, -LOG(p[:, 2]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.gradients, p - np.eye(3)[2], atol=1e-5)
    squared = curve("mse", target=2, over="logit", kind="classes")
    np.testing.assert_allclose(
        squared.values, ((p - np.eye(3)[2]) ** 2).mean(axis=1), rtol=1e-4, atol=1e-7
    )


@pytest.mark.parametrize(
    ("loss", "logits"),
    [
        ("binary_crossentropy", keras.losses.BinaryCrossentropy(from_logits=True)),
        ("categorical_crossentropy", keras.losses.CategoricalCrossentropy(from_logits=True)),
        (
            "sparse_categorical_crossentropy",
            functools.partial(keras.losses.sparse_categorical_crossentropy, from_logits=True),
        ),
        ("categorical_focal_crossentropy", keras.losses.CategoricalFocalCrossentropy(
            from_logits=True)),
    ],
)  # fmt: skip
def test_from_logits_is_the_same_over_the_logit(loss, logits):
    one, other = curve(loss, over="logit"), curve(logits)
    assert other.over == "logit"
    np.testing.assert_allclose(one.values, other.values, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(one.gradients, other.gradients, rtol=1e-3, atol=1e-4)


def test_a_target_between_the_classes():
    found = curve("kl_divergence", target=(0.5, 0.3, 0.2))
    least = found.at[found.values.argmin()]
    np.testing.assert_allclose(least, (0.5, 0.3, 0.2), atol=0.02)
    assert curve("categorical_crossentropy", target=[0, 1, 0]).target == 1


def test_a_function_of_ones_own():
    def cubed(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)

    found = curve(cubed, target=0.0, predictions=Y)
    assert (found.name, found.kind) == ("cubed", "number")
    np.testing.assert_allclose(found.values, np.abs(Y) ** 3, rtol=1e-4)
    np.testing.assert_allclose(found.gradients, 3 * Y * np.abs(Y), rtol=1e-3)


def test_the_arguments_of_a_loss():
    assert arguments(keras.losses.Huber(delta=0.5, name="mine")) == {"delta": 0.5}
    assert arguments(keras.losses.BinaryFocalCrossentropy(gamma=4)) == {"gamma": 4}
    assert arguments(functools.partial(keras.losses.dice, axis=0)) == {"axis": 0}
    assert arguments(keras.losses.Dice()) == arguments(np.mean) == {}


def test_kinds():
    assert kind_of("binary_crossentropy") == "probability"
    assert kind_of("mine", predictions=np.zeros((2, 3))) == "classes"
    assert kind_of("mine", target=[1, 0, 0]) == "classes"
    assert kind_of("circle") == "similarity"


@pytest.mark.parametrize(
    ("loss", "more", "error", "message"),
    [
        (keras.losses.MeanSquaredError, {}, TypeError, r"MeanSquaredError\(\)"),
        (3, {}, TypeError, "loss is 3"),
        (keras.losses.CTC(), {}, ValueError, "draw.ctc"),
        ("ctc", {}, ValueError, "draw.ctc"),
        ("categorical_crossentropy", {"target": 7}, ValueError, "0, 1 or 2"),
        ("sparse_categorical_crossentropy", {"target": (0.5, 0.5, 0)}, ValueError, "give a class"),
        ("kl_divergence", {"target": (0.5, 0.5, 0.5)}, ValueError, "add up to 1"),
        ("binary_crossentropy", {"target": 2}, ValueError, "give 0 to 1"),
        ("mse", {"target": -1, "over": "logit"}, ValueError, "a sigmoid is of probabilities"),
        ("circle", {"target": 0}, ValueError, "two samples of one class"),
        ("circle", {"kind": "classes"}, ValueError, "not over three classes"),
        ("mse", {"over": "weights"}, ValueError, "over is 'weights'"),
    ],
)
def test_what_has_no_curve_is_said(loss, more, error, message):
    with pytest.raises(error, match=message):
        curve(loss, **more)


@pytest.mark.parametrize(
    ("loss", "squash", "at"),
    [("mse", None, 2.0), ("binary_crossentropy", "sigmoid", -6.0), ("mse", "sigmoid", -6.0)],
)
def test_a_step_is_one_of_sgd(loss, squash, at):
    over = "logit" if squash else "prediction"
    step = descend(curve(loss, target=1, over=over), at, learning_rate=0.3)
    # A model of one weight, the bias: its output is the prediction, and fit() makes the step.
    layer = keras.layers.Dense(1, squash, kernel_initializer="zeros",
                               bias_initializer=keras.initializers.Constant(at))  # fmt: skip
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(keras.optimizers.SGD(0.3), loss)
    x, y = np.zeros((1, 1)), np.ones((1, 1))
    before = model.train_on_batch(x, y)
    assert float(before) == pytest.approx(step.value, rel=1e-5)
    assert float(layer.bias.numpy()[0]) == pytest.approx(step.lands, rel=1e-6)
    assert float(model.evaluate(x, y, verbose=0)) == pytest.approx(step.after, rel=1e-5)
    assert step.inside


def test_three_probabilities_keep_their_sum():
    step = descend(curve("categorical_crossentropy", target=1), (0.6, 0.2, 0.2), 0.01)
    np.testing.assert_allclose(step.gradient, (1, -4, 1), rtol=1e-5)
    wanted = np.array([0.6, 0.2, 0.2]) - 0.01 * (np.array([1, -4, 1]) + 2 / 3)
    np.testing.assert_allclose(step.lands, wanted, rtol=1e-5)
    assert step.after < step.value
    assert step.inside
    assert not descend(curve("categorical_crossentropy", target=1), (0.6, 0.2, 0.2), 0.5).inside


def test_the_softmax_of_logits():
    step = descend(curve("categorical_crossentropy", target=0, over="logit"), (0, 1, 2), 1.0)
    p = np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum()
    np.testing.assert_allclose(step.prediction, p, rtol=1e-6)
    np.testing.assert_allclose(step.lands, [0, 1, 2] - (p - [1, 0, 0]), rtol=1e-5)
    np.testing.assert_allclose(step.after_prediction.sum(), 1)


@pytest.mark.parametrize(
    ("loss", "at", "message"),
    [
        ("mse", (1, 2), "give a number for mean_squared_error"),
        ("categorical_crossentropy", 0.5, "give three numbers"),
        ("categorical_crossentropy", (0.5, 0.5, 0.5), "three that add up to 1"),
        ("binary_crossentropy", 1.5, "give 0 to 1"),
        ("circle", -2, "give -1 to 1"),
    ],
)
def test_what_is_no_prediction_is_said(loss, at, message):
    with pytest.raises(ValueError, match=message):
        descend(curve(loss), at)


def test_losses_beside_each_other_are_over_one_axis():
    one, other = beside(["poisson", "mse"], target=2)
    np.testing.assert_array_equal(one.at, other.at)
    assert one.at[0] > 0  # poisson has a logarithm
    assert [c.kind for c in beside(["binary_crossentropy", "mse"], over="logit")] == [
        "probability"
    ] * 2
    assert beside(["mse"], 0.5, at=30)[0].at[-1] > 30
    assert (
        beside(["mse"], 0.5, at=1)[0] is beside(["mse"], 0.5, at=2)[0]
    )  # one axis, so computed once

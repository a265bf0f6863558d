"""Curvature and its bound, against exact Hessians and against what real training does."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import optimizers

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(64, 5)) * [1, 2, 0.5, 1.5, 1]).astype("float32")
Y = X[:, :1] - X[:, 1:2]


def linear(optimizer="sgd", loss="mse"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile(optimizer, loss)
    return model


def hessian():
    """Of the mean squared error of Dense(1): 2 A'A / n, with a column of ones for the bias."""
    a = np.hstack([X, np.ones((len(X), 1))]).astype("float64")
    return 2 * a.T @ a / len(a)


def test_a_quadratic_is_exact():
    values = np.linalg.eigvalsh(hessian())
    found = optimizers.curvature(linear(), X, Y)
    assert found.value == pytest.approx(values[-1], rel=1e-3)
    assert found.stable == pytest.approx(2 / values[-1], rel=1e-3)


def grows(optimizer):
    """Whether full batches of plain fit() end above where they began."""
    history = linear(optimizer).fit(X, Y, batch_size=64, epochs=300, verbose=0).history["loss"]
    return not history[-1] < history[0]


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.8, False), (0.8, True)])
def test_practice_agrees_within_five_percent(momentum, nesterov):
    def sgd(rate):
        return keras.optimizers.SGD(rate, momentum=momentum, nesterov=nesterov)

    stable = optimizers.curvature(linear(sgd(0.1)), X, Y).stable
    assert not grows(sgd(0.96 * stable))
    assert grows(sgd(1.04 * stable))


def test_a_saddle_has_its_upward_curvature():
    """The loss -3 a² + b² of two weights: the strongest curvature is downward."""

    def loss(y_true, y_pred):
        return keras.ops.mean(y_pred[:, 1] ** 2 - 3 * y_pred[:, 0] ** 2)

    model = keras.Sequential([keras.Input((1,)), layers.Dense(2, use_bias=False)])
    model.compile("sgd", loss)
    found = optimizers.curvature(model, np.ones((4, 1), "float32"), np.ones((4, 2), "float32"))
    assert found.value == pytest.approx(2, rel=1e-3)


def test_no_bound_is_claimed_for_others():
    adam = optimizers.curvature(linear("adam"), X, Y)
    assert adam.stable is None
    assert adam.why.startswith("Adam scales each weight's step")
    clipped = optimizers.curvature(linear(keras.optimizers.SGD(0.1, clipnorm=1.0)), X, Y)
    assert clipped.why.startswith("clipnorm=1.0")


def test_what_cannot_be_used_is_said(monkeypatch):
    model = linear()
    with pytest.raises(TypeError, match=r"model is 3; give a keras\.Model"):
        optimizers.curvature(3, X, Y)
    with pytest.raises(ValueError, match="no loss can be computed"):
        optimizers.curvature(model, X * np.nan, Y)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(NotImplementedError, match="KERAS_BACKEND=jax"):
        optimizers.curvature(model, X, Y)

"""A step and the slope it takes: on a quadratic by hand, and against the step of Keras."""

import math

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import optimizers

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = X[:, :1]


def build(rate):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def test_a_quadratic_is_its_parabola():
    model = build(0.7)
    w, a = np.asarray(model.layers[0].kernel, "float64"), X.astype("float64")
    gradient, hessian = 2 * a.T @ (a @ w - Y) / 32, 2 * a.T @ a / 32
    curved = float((gradient.T @ hessian @ gradient / (gradient.T @ gradient)).item())
    found = optimizers.overshoot(model, X, Y)
    assert found.slope == pytest.approx(float(np.sum(gradient**2)), rel=1e-4)
    assert found.curved == pytest.approx(curved, rel=1e-4)
    assert found.level == pytest.approx(2 / curved, rel=1e-4)
    np.testing.assert_allclose(found.parabola, found.losses, rtol=1e-3, atol=1e-5)
    assert found.curvature.value == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-3)


def test_it_lands_where_keras_lands():
    model = build(0.7)
    found = optimizers.overshoot(model, X, Y)
    assert found.learning_rate == pytest.approx(0.7)
    model.train_on_batch(X, Y)
    assert found.after == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-4)


@pytest.mark.parametrize("share", [0.95, 1.05])
def test_a_step_to_the_level_of_two_over_curvature(share):
    level = optimizers.overshoot(build(0.1), X, Y).level
    found = optimizers.overshoot(build(share * level), X, Y)
    assert (found.after > found.loss) == (share > 1)


def test_what_cannot_be_used_is_said():
    with pytest.raises(ValueError, match="above 0"):
        optimizers.overshoot(build(-1.0), X, Y)
    with pytest.raises(ValueError, match="no loss can be computed"):
        optimizers.overshoot(build(0.1), X * math.nan, Y)

"""Lines and pulls against least squares and the derivatives of the losses."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy.losses.outlier.facts import line, reach

X = np.linspace(-1, 2, 16, dtype="float32")[:, None]
Y = (0.5 * X + np.random.default_rng(0).normal(size=X.shape)).astype("float32")
LOSSES = {"mse": "mse", "mae": "mae", "huber": keras.losses.Huber(delta=0.3)}


def model(loss, units=1):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(units)])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize("name", LOSSES)
def test_the_pulls_are_the_slopes_of_the_losses(name):
    fitted = model(LOSSES[name])
    fitted.set_weights([np.array([[0.7]]), np.array([-0.2])])
    found = line(fitted, X, Y, name)
    assert (found.name, found.slope, found.bias) == (name, pytest.approx(0.7), pytest.approx(-0.2))
    r, x = (Y - 0.7 * X + 0.2).ravel(), X.ravel()
    per_unit = {"mse": -2 * r, "mae": -np.sign(r), "huber": -np.clip(r, -0.3, 0.3)}
    np.testing.assert_allclose(found.pulls, per_unit[name] * x, rtol=1e-3, atol=1e-4)
    assert found.loss == pytest.approx(fitted.evaluate(X, Y, verbose=0), rel=1e-5)
    assert sum(found.share(i) for i in range(16)) == pytest.approx(1)


def test_nothing_pulls_at_a_line_through_every_point():
    fitted = model("mse")
    fitted.set_weights([np.array([[2.0]]), np.array([0.0])])
    assert line(fitted, X, 2 * X, "mse").share(-1) == 0


def test_how_far_a_point_may_go():
    assert reach([-1, 2]) == (-4, 5)
    assert reach([3, 3]) == (2, 4)


def test_a_model_of_other_weights():
    with pytest.raises(ValueError, match=r"weights of \[\(1, 2\), \(2,\)\]; give"):
        line(model("mse", units=2), X, Y, "mse")

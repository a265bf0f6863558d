"""A step along the gradient, as a picture."""

import keras
import numpy as np
import pytest
from draw.looking import flaws
from keras import layers

from anatomy import draw, optimizers, training

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = X[:, :1]


def build(learning_rate=0.1, optimizer="SGD"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(getattr(keras.optimizers, optimizer)(learning_rate), "mse")
    return model


@pytest.mark.parametrize(
    ("rate", "word"),
    [(1e-3, "fell short"), (0.75, "went past the lowest"), (5.0, "overshot"), (1e30, "overshot")],
)
def test_the_rate_is_named_by_what_it_did(rate, word):
    found = optimizers.overshoot(build(), X, Y, rate)
    picture = draw.overshoot(found)
    assert flaws(picture) == []
    told = picture.describe()
    assert told.startswith(f"learning_rate={rate:.4g} {word}: loss {found.loss:.4g}")
    assert f"at 2/c = {2 / found.curved:.4g}" in told
    assert f"stable below {found.curvature.stable:.4g} (2 / curvature)" in told
    curve = picture.marks["loss of the batch"]
    np.testing.assert_array_equal(curve.get_ydata(), found.losses)


def test_adam_is_claimed_no_bound_and_update_is_a_new_step():
    picture = draw.overshoot(optimizers.overshoot(build(optimizer="Adam"), X, Y))
    assert "stable below" not in picture.describe()
    assert "Adam scales each weight's step" in picture.describe()
    other = optimizers.overshoot(build(), X, Y, 0.5)
    picture.update(other)
    assert picture.describe() == draw.overshoot(other).describe()


def test_the_step_that_broke_a_run():
    run = training.Run(build, {"learning_rate": 2.0}, epochs=30, batch_size=16)
    train, _ = training.tables((X, Y))
    assert run.fit(train).status == "diverged"
    moment = training.last_finite(run, train)
    found = optimizers.overshoot(moment.model, X[moment.rows], Y[moment.rows])
    assert found.loss == pytest.approx(moment.loss, rel=1e-3)
    assert not found.after <= found.loss
    assert flaws(draw.overshoot(found)) == []

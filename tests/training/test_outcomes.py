"""What a learning rate comes to, against a fit() each."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data
from anatomy.training import rates as outcomes

WAVES = data.waves("sine")


def build(learning_rate=0.01, units=8):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(units, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


@pytest.fixture(scope="module")
def axis():
    return outcomes.outcomes(build, WAVES, 1e-4, 10.0, epochs=20, units=16)


def test_the_axis_is_that_of_a_fit_each(axis):
    for i in (0, 16, 30):
        keras.utils.set_random_seed(0)
        history = build(axis.rates[i], 16).fit(
            WAVES.x_train, WAVES.y_train, epochs=20, batch_size=32, verbose=0
        )
        losses = history.history["loss"]
        if np.isfinite(losses[-1]):
            assert axis.ends[i] == pytest.approx(losses[-1], rel=1e-4)
        else:
            assert axis.ends[i] == np.inf
        assert i or axis.start == pytest.approx(losses[0], rel=1e-4)


def test_a_rate_is_named_by_what_it_comes_to(axis):
    best = axis.rates[axis.best]
    assert axis.outcome(best, axis.ends.min()) == "right"
    assert axis.outcome(best / 9, axis.enough + 1e-6) == "too small"
    assert axis.outcome(best * 9, axis.enough + 1e-6) == "too large"
    for end in (axis.start * 1.01, np.inf, np.nan):
        assert axis.outcome(best, end) == "far too large"
    assert set(axis.outcomes) == set(outcomes.OUTCOMES)
    for name in outcomes.OUTCOMES:
        nearest = np.abs(axis.rates - axis.example(name)).argmin()
        assert axis.outcomes[nearest] == name
    tame = outcomes.Outcomes(axis.rates[:2], axis.ends[:2], axis.start)
    assert tame.example("far too large") is None


def test_nothing_finite_and_a_stop():
    assert outcomes.outcomes(build, WAVES, 1e-4, 10.0, epochs=2, stop=lambda: True) is None
    with pytest.raises(ValueError, match="from learning_rate 10 to 1000 no training ends"):
        outcomes.outcomes(build, WAVES, 10.0, 1000.0, epochs=20)

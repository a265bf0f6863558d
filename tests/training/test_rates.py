"""What learning rates come to: valleys from losses that are known, outcomes against fits."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data
from anatomy.training import OUTCOMES, Sweep, Valley, outcomes, valleys

RATES = [0.01, 0.1, 1.0, 10.0]
NAN = float("nan")


def swept(loss, epochs=2, seeds=(0, 1), **axes):
    """A Sweep whose members have these losses, ``(rates, seeds)``, after the last epoch."""
    named = {"learning_rate": RATES[: len(loss)], **axes, "seed": list(seeds)}
    members = [dict(zip(named, at, strict=True)) for at in itertools.product(*named.values())]
    sweep = Sweep(named, members, epochs)
    ends = np.asarray(loss, "float32").reshape(len(members), 1)
    sweep.record(np.arange(len(members)), 0, {"loss": np.hstack([np.ones_like(ends), ends])})
    return sweep


def test_best_cliff_and_band():
    (valley,) = valleys(swept([[0.8, 0.6], [0.2, 0.1], [2.0, 3.0], [NAN, np.inf]]))
    assert valley.name == ""
    assert valley.start == 1.0
    np.testing.assert_allclose(valley.median[:3], [0.7, 0.15, 2.5], rtol=1e-6)
    assert valley.median[3] == np.inf
    assert (valley.best, valley.cliff) == (1, 2)
    low, high = valley.band
    np.testing.assert_allclose(low[:3], [0.6, 0.1, 2.0], rtol=1e-6)
    np.testing.assert_allclose(high[:3], [0.8, 0.2, 3.0], rtol=1e-6)
    assert np.isnan([low[3], high[3]]).all()
    assert valley.diverged.tolist() == [0, 0, 0, 2]
    assert [valley.nearest(rate) for rate in (1e-9, 0.05, 3.2, 1e9)] == [0, 1, 3, 3]


def test_half_of_the_seeds_that_diverge_are_a_cliff_and_none_is_no_cliff():
    assert valleys(swept([[0.8, 0.8], [0.2, 0.2], [0.1, NAN]]))[0].cliff == 2
    assert valleys(swept([[0.8, 0.8], [0.2, 0.2], [0.3, 0.9]]))[0].cliff is None
    (lost,) = valleys(swept([[NAN, NAN]]))
    assert (lost.best, lost.cliff) == (None, 0)


def test_rates_in_any_order_and_a_line_for_each_other_value():
    found = swept([[[0.1, 0.2]], [[0.3, 0.4]]], seeds=[5], units=[4, 8])
    found.axes["learning_rate"].reverse()
    for one in found.parameters:
        one["learning_rate"] = {0.01: 0.1, 0.1: 0.01}[one["learning_rate"]]
    four, eight = valleys(found)
    assert (four.name, eight.name) == ("units=4", "units=8")
    assert four.rates.tolist() == [0.01, 0.1]
    np.testing.assert_allclose(four.ends, [[0.3], [0.1]], rtol=1e-6)
    assert four.members.tolist() == [[2], [0]]
    assert eight.members.tolist() == [[3], [1]]


def test_what_is_not_trained_yet():
    found = swept([[0.5], [0.4]], seeds=[0])
    found.done[:] = [1, 0]
    (valley,) = valleys(found)
    assert valley.ends[0, 0] == 1.0  # its only epoch
    assert valley.trained.tolist() == [True, False]
    empty = Sweep({"learning_rate": [0.1], "seed": [0]}, [{"learning_rate": 0.1, "seed": 0}], 3)
    (valley,) = valleys(empty)
    assert valley.best is valley.cliff is None
    assert not valley.trained.any()


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"units": [1, 2], "depth": [1, 2]}, "2 values of units and 2 values of depth"),
        ({"units": [1, 2, 3, 4, 5]}, "5 values of units; .* up to 4"),
    ],
)
def test_what_is_no_valley(axes, message):
    loss = np.ones((2, *map(len, axes.values()), 2))
    with pytest.raises(ValueError, match=message):
        valleys(swept(loss, **axes))


def test_no_learning_rate():
    found = swept([[1.0, 1.0]])
    del found.axes["learning_rate"]
    with pytest.raises(ValueError, match=r"needs learning_rate=\[...\]"):
        valleys(found)


WAVES = data.waves("sine")


def build(learning_rate=0.01, units=8):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(units, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


@pytest.fixture(scope="module")
def axis():
    return outcomes(build, WAVES, 1e-4, 10.0, epochs=20, units=16)


def test_the_axis_is_that_of_a_fit_each(axis):
    for i in (0, 16, 30):
        keras.utils.set_random_seed(0)
        history = build(axis.rates[i], 16).fit(
            WAVES.x_train, WAVES.y_train, epochs=20, batch_size=32, verbose=0
        )
        losses = history.history["loss"]
        if np.isfinite(losses[-1]):
            assert axis.median[i] == pytest.approx(losses[-1], rel=1e-4)
        else:
            assert axis.median[i] == np.inf
        assert i or axis.start == pytest.approx(losses[0], rel=1e-4)


def test_a_rate_is_named_by_what_it_comes_to(axis):
    best = axis.rates[axis.best]
    assert axis.outcome(best, axis.median.min()) == "right"
    assert axis.outcome(best / 9, axis.enough + 1e-6) == "too small"
    assert axis.outcome(best * 9, axis.enough + 1e-6) == "too large"
    for end in (axis.start * 1.01, np.inf, np.nan):
        assert axis.outcome(best, end) == "far too large"
    assert set(axis.outcomes) == set(OUTCOMES)
    for name in OUTCOMES:
        nearest = np.abs(axis.rates - axis.example(name)).argmin()
        assert axis.outcomes[nearest] == name
    tame = Valley("", axis.rates[:2], axis.members[:2], axis.ends[:2], axis.start)
    assert tame.example("far too large") is None


def test_nothing_finite_and_a_stop():
    assert outcomes(build, WAVES, 1e-4, 10.0, epochs=2, stop=lambda: True) is None
    with pytest.raises(ValueError, match="from learning_rate 10 to 1000 no training ends"):
        outcomes(build, WAVES, 10.0, 1000.0, epochs=20)

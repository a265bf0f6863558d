"""A learning rate that breaks a training, and the slope of a step, as pictures."""

import keras
import numpy as np
import pytest
from keras import layers
from looking import flaws_at_all_widths, marks, texts

from anatomy import draw, optimizers, training
from anatomy.optimizers.divergence.facts import Try
from anatomy.training import Valley

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = X[:, :1]
RATES = np.geomspace(1e-3, 10, 9)
ENDS = np.array([0.9, 0.7, 0.4, 0.2, 0.1, 0.3, 3.0, np.inf, np.inf])
OUTCOMES = Valley("", RATES, np.arange(9)[:, None], ENDS[:, None], 1.0)
STEPS = np.arange(40)
SMALL = Try(0.002, "too small", 1 - 0.01 * STEPS, 0.9 - 0.05 * np.arange(5), 8)
BROKEN = Try(5.0, "far too large", 10.0 ** np.arange(30), np.array([1e5, *[np.inf] * 4]), 8)


def build(learning_rate=0.1, optimizer="SGD"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(getattr(keras.optimizers, optimizer)(learning_rate), "mse")
    return model


@pytest.fixture(scope="module")
def slope():
    return optimizers.overshoot(build(0.5), X, Y)


@pytest.mark.parametrize("all_shown", [False, True])
@pytest.mark.parametrize("tries", [[SMALL], [SMALL, BROKEN]], ids=["small", "broken"])
def test_it_says_what_became_of_the_rate(tries, all_shown, slope):
    picture = draw.divergence(tries, OUTCOMES, slope, 3, all_shown)
    assert flaws_at_all_widths(picture) == []
    assert picture.size[1] <= 420
    now, text = tries[-1], picture.describe()
    assert text.startswith(f"learning_rate={now.rate:g} is {now.outcome}: it ends at")
    assert "too small: such as 0.002: loss 0.7" in text
    assert "right: not found yet" in text
    assert f"stable at this step: up to {slope.curvature.stable:.4g}" in text
    assert ("The last finite loss is 1e29, before step 30" in text) == (now is BROKEN)
    (losses,) = (m for m in marks(picture, "line", color="ink") if len(m["x"]) == len(now.losses))
    assert (np.diff(losses["y"][:5]) < 0).all() == (now is BROKEN)
    crosses = marks(picture, "dots", color="alarm", marker="X", size=12)
    assert len(crosses[0]["x"]) == (now is BROKEN)
    (every,) = marks(picture, "dots", color="targets 55%")
    assert len(every["x"]) == (1 if all_shown else 0)


def test_before_the_first_training(slope):
    picture = draw.divergence()
    assert texts(picture) == ["the first training is coming"]
    picture.update([SMALL], OUTCOMES, slope)
    assert picture.describe() == draw.divergence([SMALL], OUTCOMES, slope).describe()


@pytest.mark.parametrize(
    ("rate", "word"),
    [(1e-3, "fell short"), (0.75, "went past the lowest"), (5.0, "overshot"), (1e30, "overshot")],
)
def test_the_rate_is_named_by_what_it_did(rate, word):
    found = optimizers.overshoot(build(rate), X, Y)
    picture = draw.overshoot(found)
    assert flaws_at_all_widths(picture) == []
    text = picture.describe()
    assert text.startswith(
        f"learning_rate={rate:.4g} {word}: loss {found.loss:.4g}".replace("+", "")
    )
    assert f"at 2/c = {2 / found.curved:.4g}" in text
    assert f"stable below {found.curvature.stable:.4g} (2 / curvature)" in text
    curve = marks(picture, "line", color="loss")[0]
    finite = np.isfinite(found.losses)
    order = np.argsort(curve["y"][finite], kind="stable")
    assert (np.diff(found.losses[finite][order]) <= 1e-6).all()  # the higher, the larger


def test_adam_is_claimed_no_bound_and_update_is_a_new_step(slope):
    picture = draw.overshoot(optimizers.overshoot(build(optimizer="Adam"), X, Y))
    assert "stable below" not in picture.describe()
    assert "Adam scales each weight's step" in picture.describe()
    picture.update(slope)
    assert picture.describe() == draw.overshoot(slope).describe()


def test_the_step_that_broke_a_run():
    run = training.Run(build, {"learning_rate": 2.0}, epochs=30, batch_size=16)
    train, _ = training.tables((X, Y))
    assert run.fit(train).status == "diverged"
    moment = training.last_finite(run, train)
    found = optimizers.overshoot(moment.model, X[moment.rows], Y[moment.rows])
    assert found.loss == pytest.approx(moment.loss, rel=1e-3)
    assert not found.after <= found.loss
    assert flaws_at_all_widths(draw.overshoot(found)) == []


def test_step_and_rate_can_be_grabbed(slope):
    step, rate = draw.divergence([SMALL], OUTCOMES, slope, 7).sheet.handles
    middle = np.sqrt(RATES[0] * RATES[-1])
    for handle, name, share, value in (
        (step, "step", 7 / 39, 8),
        (rate, "learning_rate", 0.5, middle),
    ):
        left, _, wide, _ = handle.place
        assert handle.x[0] == name
        assert handle.x[1](left + share * wide) == pytest.approx(value)

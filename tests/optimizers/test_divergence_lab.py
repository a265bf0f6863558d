"""The lab of what breaks, without a browser."""

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from keras import layers
from looking import flaws

from anatomy import data, labs, optimizers

WAVES = data.waves("sine")


def build(learning_rate=0.01, units=16):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(units, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


@pytest.fixture(scope="module")
def lab():
    lab = labs.divergence(build, WAVES, units=(4, 32))
    assert lab.wait(60)
    yield lab
    lab.close()


def tried(lab, **values):
    move(lab, **values)
    return lab.tries[-1]


def test_each_outcome_is_there_to_be_found(lab):
    assert "Still to be found" in lab.message
    for rate, outcome in (
        (0.001, "too small"), (0.178, "right"), (0.501, "too large"), (5.0, "far too large")
    ):  # fmt: skip
        assert tried(lab, learning_rate=rate, find=True).outcome == outcome
        assert f"learning_rate={rate:g} is {outcome}" in lab.describe()
        assert flaws(lab.picture) == []
        assert lab.picture.size[1] <= 420
    assert "All four are found" in lab.message
    assert lab.status == "diverged"


def test_it_is_the_fit_of_keras(lab):
    now = tried(lab, learning_rate=0.178)
    keras.utils.set_random_seed(0)
    model = build(0.178)
    history = model.fit(WAVES.x_train, WAVES.y_train, batch_size=32, epochs=40, verbose=0)
    assert lab.history["loss"] == history.history["loss"]
    assert len(now.losses) == 320
    np.testing.assert_allclose(now.losses.reshape(40, 8).mean(axis=1), now.ends, rtol=1e-5)


def test_the_step_that_is_shown(lab):
    now = tried(lab, learning_rate=5.0, find=True)
    shown = len(lab.moment.losses) - 1
    assert now.losses[shown] <= now.losses[0]
    assert (now.losses[shown + 1 :] > now.losses[0]).all()
    assert lab.overshoot.after > lab.overshoot.loss == pytest.approx(lab.moment.loss, rel=1e-4)
    move(lab, step=2)
    assert lab.controls["find"].value is False
    assert len(lab.moment.losses) == 2
    rows = lab.moment.rows
    found = optimizers.overshoot(lab.moment.model, WAVES.x_train[rows], WAVES.y_train[rows])
    assert lab.overshoot.after == found.after
    move(lab, step=320)
    assert "the last before 320 whose slope can be drawn" in lab.message
    move(lab, learning_rate=0.001)
    assert len(lab.moment.losses) == 320
    assert lab.overshoot.after < lab.overshoot.loss


def test_show_finds_the_rest_and_other_units_begin_anew(lab):
    move(lab, units=8, learning_rate=0.001, find=True)
    assert {one.outcome for one in lab.tries} == {"too small"}
    lab.buttons["show"].click()
    assert tried(lab).rate == 0.001
    assert {one.outcome for one in lab.tries} == set(lab.outcomes.outcomes)
    assert lab.picture.facts["all_shown"]
    move(lab, units=9)
    assert len(lab.tries) == 1
    move(lab, units=8)
    assert {one.outcome for one in lab.tries} == set(lab.outcomes.outcomes)  # nothing is lost


def test_a_build_that_raises_leaves_the_picture():
    def broken(learning_rate=0.01, units=4):
        if units == 5:
            raise RuntimeError("planted")
        return build(learning_rate, units)

    lab = labs.divergence(broken, WAVES, units=(3, 6), epochs=2)
    assert lab.wait(60)
    shown = lab.picture.describe()
    lab.controls["units"].value = 5
    assert lab.wait(60)
    assert (lab.status, lab.picture.describe()) == ("failed", shown)
    assert "units=4" in lab.code()
    lab.close()


def test_the_code_gives_the_same_losses_in_a_fresh_process(lab):
    move(lab, learning_rate=0.178, units=8)
    assert [float(loss) for loss in fresh.run(lab.code()).split()] == lab.history["loss"]


def test_what_cannot_be_used():
    with pytest.raises(TypeError, match="has no argument learning_rate="):
        labs.divergence(lambda units=3: None, WAVES)
    with pytest.raises(ValueError, match="leaves no room to break"):
        labs.divergence(build, WAVES, (0.01, 0.1))
    with pytest.raises(ValueError, match="batch_size is 0; give a whole number"):
        labs.divergence(build, WAVES, batch_size=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((lambda learning_rate=0.1: build(0.1), WAVES), "it ignores learning_rate"),
        ((build, (np.float32([[1], [np.nan]]), np.ones((2, 1)))), "NaN"),
    ],
    ids=["ignores", "nan"],
)
def test_what_cannot_be_trained_is_a_status(arguments, message):
    lab = labs.divergence(*arguments, epochs=1)
    assert lab.wait(60)
    assert lab.status == "failed"
    assert message in lab.message
    lab.close()


def test_another_backend_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(NotImplementedError, match="set KERAS_BACKEND=jax"):
        labs.divergence(build, WAVES)

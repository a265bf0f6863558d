"""Schedules as a picture, against their formulas."""

import keras
import numpy as np
import pytest
from draw.looking import flaws
from keras.optimizers import schedules

from anatomy import draw

STEPS = 400
FOUR = {
    "steps down": schedules.PiecewiseConstantDecay([100, 300], [0.1, 0.01, 0.001]),
    "cosine": schedules.CosineDecay(0.1, STEPS),
    "warm-up, then cosine": schedules.CosineDecay(0.0, 350, warmup_target=0.1, warmup_steps=50),
    "stays": 0.05,
}


def test_the_values_are_those_of_the_formulas():
    picture = draw.schedule(FOUR, STEPS)
    assert flaws(picture) == []
    at = picture.steps
    down, cosine, warm, stays = picture.rates.values()
    np.testing.assert_allclose(down, np.where(at <= 100, 0.1, np.where(at <= 300, 0.01, 0.001)))
    np.testing.assert_allclose(cosine, 0.05 * (1 + np.cos(np.pi * at / STEPS)), atol=1e-7)
    rise = 0.1 * at / 50
    fall = 0.05 * (1 + np.cos(np.pi * np.clip(at - 50, 0, None) / 350))
    np.testing.assert_allclose(warm, np.where(at < 50, rise, fall), atol=1e-7)
    assert set(stays) == {0.05}
    told = picture.describe().splitlines()
    assert told[0] == "steps down: learning rate 0.1 → 0.001."
    assert told[2].startswith("warm-up, then cosine: learning rate 0 → 0.1 at step ")
    assert told[3] == "stays: learning rate 0.05 at every step."


def test_one_by_its_class_and_every_step_of_few():
    picture = draw.schedule(schedules.ExponentialDecay(0.1, 10, 0.5), 20)
    assert flaws(picture) == []
    np.testing.assert_array_equal(picture.steps, np.arange(20))
    expected = 0.1 * 0.5 ** (np.arange(20) / 10)
    np.testing.assert_allclose(picture.rates["ExponentialDecay"], expected, rtol=1e-5)


class Halves(schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.2 if step < 5 else 0.1


def test_one_of_your_own_is_asked_step_by_step():
    picture = draw.schedule({"mine": Halves()}, 10)
    np.testing.assert_allclose(picture.rates["mine"], [0.2] * 5 + [0.1] * 5)


def test_it_is_what_the_optimizer_uses():
    one = FOUR["cosine"]
    optimizer = keras.optimizers.SGD(one)
    weight = keras.Variable([0.0])
    optimizer.build([weight])
    used = []
    for _ in range(3):
        used.append(float(optimizer.learning_rate))
        optimizer.apply([keras.ops.ones(1)])
    np.testing.assert_allclose(draw.schedule(one, 3).rates["CosineDecay"], used, rtol=1e-6)


def test_what_cannot_be_drawn():
    with pytest.raises(TypeError, match="'cosine' is no schedule; give one of keras"):
        draw.schedule("cosine", STEPS)
    with pytest.raises(ValueError, match="There are 5 schedules; give 1 to 4"):
        draw.schedule({str(i): 0.1 for i in range(5)}, STEPS)
    with pytest.raises(ValueError, match="steps is 1; give a whole number from 2"):
        draw.schedule(0.1, 1)

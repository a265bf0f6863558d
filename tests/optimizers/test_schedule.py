"""Schedules as a picture, against their formulas."""

import keras
import numpy as np
import pytest
from keras.optimizers import schedules
from looking import flaws_at_all_widths, marks

from anatomy import draw

STEPS = 400
FOUR = {
    "steps down": schedules.PiecewiseConstantDecay([100, 300], [0.1, 0.01, 0.001]),
    "cosine": schedules.CosineDecay(0.1, STEPS),
    "warm-up, then cosine": schedules.CosineDecay(0.0, 350, warmup_target=0.1, warmup_steps=50),
    "stays": 0.05,
}


def rates(*arguments):
    return draw.schedule(*arguments).facts["schedules"].rates


def test_the_values_are_those_of_the_formulas():
    picture = draw.schedule(FOUR, STEPS)
    assert flaws_at_all_widths(picture) == []
    at = picture.facts["schedules"].steps
    down, cosine, warm, stays = picture.facts["schedules"].rates.values()
    np.testing.assert_allclose(down, np.where(at <= 100, 0.1, np.where(at <= 300, 0.01, 0.001)))
    np.testing.assert_allclose(cosine, 0.05 * (1 + np.cos(np.pi * at / STEPS)), atol=1e-7)
    rise = 0.1 * at / 50
    fall = 0.05 * (1 + np.cos(np.pi * np.clip(at - 50, 0, None) / 350))
    np.testing.assert_allclose(warm, np.where(at < 50, rise, fall), atol=1e-7)
    assert set(stays) == {0.05}
    lines = picture.describe().splitlines()
    assert lines[0] == "steps down: learning rate 0.1 → 0.001."
    assert lines[2].startswith("warm-up, then cosine: learning rate 0 → 0.1 at step ")
    assert lines[3] == "stays: learning rate 0.05 at every step."
    curves = marks(picture, "line", color="optimizer")
    heights = [line["y"].max() - line["y"].min() for line in curves]
    assert heights[0] == pytest.approx(0.99 * heights[1], rel=0.01)
    assert heights[3] == 0


def test_one_by_its_class_and_every_step_of_few():
    values = rates(schedules.ExponentialDecay(0.1, 10, 0.5), 20)["ExponentialDecay"]
    np.testing.assert_allclose(values, 0.1 * 0.5 ** (np.arange(20) / 10), rtol=1e-5)


class Halves(schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.2 if step < 5 else 0.1


def test_one_of_your_own_is_asked_step_by_step():
    np.testing.assert_allclose(rates({"mine": Halves()}, 10)["mine"], [0.2] * 5 + [0.1] * 5)


def test_it_is_what_the_optimizer_uses():
    one = FOUR["cosine"]
    optimizer = keras.optimizers.SGD(one)
    weight = keras.Variable([0.0])
    optimizer.build([weight])
    used = []
    for _ in range(3):
        used.append(float(optimizer.learning_rate))
        optimizer.apply([keras.ops.ones(1)])
    np.testing.assert_allclose(rates(one, 3)["CosineDecay"], used, rtol=1e-6)


def test_what_cannot_be_drawn():
    with pytest.raises(TypeError, match="'cosine' is no schedule; give one of keras"):
        draw.schedule("cosine", STEPS)
    with pytest.raises(
        ValueError, match="the number of schedules is 5; give a whole number from 1 to 4"
    ):
        draw.schedule({str(i): 0.1 for i in range(5)}, STEPS)
    with pytest.raises(ValueError, match="steps is 1; give a whole number from 2"):
        draw.schedule(0.1, 1)

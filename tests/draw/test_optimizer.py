"""The picture of an optimizer, by its artists and its words."""

import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts
from keras.optimizers import (
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    RMSprop,
    schedules,
)

from anatomy import draw

SEVERAL = [
    SGD(0.1), SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.5), RMSprop(0.1),
    RMSprop(0.1, momentum=0.5, centered=True), Adagrad(0.1), Adadelta(1.0), Adam(0.1),
    AdamW(0.1, amsgrad=True), Adamax(0.1), Lion(0.1), Nadam(0.1), Ftrl(0.1),
    Adam(schedules.CosineDecay(0.1, 20)), Adafactor(0.01),
]  # fmt: skip


def row(picture, symbol):
    return next(row for row in picture._rows if row.symbol == symbol)


def test_nothing_overlaps_or_is_cut_off():
    noisy = np.random.default_rng(0).normal(0, 5, 40)
    for optimizer in SEVERAL:
        picture = draw.optimizer(optimizer)
        assert flaws(picture) == []
        picture.update(optimizer, noisy, step=17)
        assert flaws(picture) == []
        assert min(text.get_fontsize() for text in drawn(picture)) >= 11


def test_arguments_formulas_and_sources_stand_on_it():
    said = texts(draw.optimizer(AdamW(0.1, beta_1=0.8)))
    for text in (
        "beta_1=0.8", "beta_2=0.999", "learning_rate=0.1", "epsilon=1e-07", "weight_decay=0.004",
        "momentum", "velocity", "Loshchilov, Hutter, 2017",
        "m = beta_1 · m + (1 − beta_1) · g",
        "v = beta_2 · v + (1 − beta_2) · g²",
        "step = −α · m / (√v + epsilon) − learning_rate · weight_decay · w",
    ):  # fmt: skip
        assert text in said
    assert "momentum=0.9" in texts(draw.optimizer(SGD(0.1, momentum=0.9)))
    assert "rho=0.9" in texts(draw.optimizer("rmsprop"))
    assert "initial_accumulator_value=0.1" in texts(draw.optimizer("adagrad"))


def test_the_stems_are_the_numbers_of_keras():
    picture = draw.optimizer(SGD(0.5, momentum=0.5), [1.0, -2.0, 0.0, 3.0], start=2.0, step=3)
    facts = picture.facts
    for symbol, values in (("g", facts.gradients), ("m", facts.state["momentum"]),
                           ("step", facts.steps), ("w", facts.variable)):  # fmt: skip
        found = row(picture, symbol)
        first = len(facts) + 1 - len(values)
        high = np.array([start[1] - end[1] for start, end in found._stems.get_segments()])
        np.testing.assert_allclose(high / np.abs(high).max(), values / np.abs(values).max(),
                                   atol=1e-6)  # fmt: skip
        at = [stem[0][0] for stem in found._stems.get_segments()]
        np.testing.assert_allclose(at, found.x(np.arange(first, len(facts) + 1)))
        assert found._now.get_xdata()[0] == found.x(3)
    assert row(picture, "m").said == f"{facts.state['momentum'][3]:.4g}"
    numbers = row(picture, "m")._numbers.get_text()
    assert numbers == "= 0.5 · 0.75 − 0.5 · 0 = 0.375"
    picture.update(SGD(0.5, momentum=0.9), [1.0, -2.0, 0.0, 3.0], start=2.0, step=2)
    assert row(picture, "m")._numbers.get_text() == "= 0.9 · (−0.5) − 0.5 · (−2) = 0.55"
    picture.update(SGD(0.5), [1.0, -2.0, 0.0, 3.0], step=3)
    assert row(picture, "g")._numbers.get_text() == "g = 0"


def test_an_updated_picture_is_the_same_as_a_new_one():
    picture = draw.optimizer("sgd")
    picture.frame()
    noisy = np.random.default_rng(0).normal(size=9)
    for optimizer, gradients, step in (
        (Adam(0.1), noisy, None),
        (Adam(0.2, beta_1=0.5), noisy, 4),
        (Adam(0.2, beta_1=0.5), noisy[:5], 2),
        (Nadam(0.2), noisy, 1),
        (SGD(0.3), noisy, 9),
    ):
        picture.update(optimizer, gradients, step=step)
        new = draw.optimizer(optimizer, gradients, step=step)
        assert picture.describe() == new.describe()
        if step != 4:  # a scale that still fits stays where it is, for the hand that drags
            assert picture.png(1) == new.png(1)
            np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)


def test_arrows_go_where_the_formulas_say():
    def arrows(optimizer):
        """(from, to), by the rows that the ends of each line stand at."""
        picture = draw.optimizer(optimizer)
        near = {round(row.middle, 3): row.symbol for row in picture._rows}
        paths = [line.get_ydata() for line in picture._page.ax.lines if len(line.get_xdata()) == 4]
        return {(near[round(y[0], 3)], near[round(y[-1], 3)]) for y in paths}

    assert arrows(SGD()) == {("g", "step")}
    assert arrows(SGD(momentum=0.9)) == {("g", "m"), ("m", "step")}
    assert arrows(SGD(momentum=0.9, nesterov=True)) == {("g", "m"), ("m", "step"), ("g", "step")}
    assert arrows(Adam()) == {("g", "m"), ("g", "v"), ("m", "step"), ("v", "step"), ("α", "step")}
    assert arrows(Nadam()) == set()


def test_what_is_not_known_is_drawn_by_what_keras_tells():
    picture = draw.optimizer(Nadam(0.1, beta_1=0.7))
    assert [row.symbol for row in picture._rows] == [
        "g", "momentum", "velocity", "u_product", "step", "w"]  # fmt: skip
    text = picture.describe()
    assert "No formula of Nadam as it is set is known here" in text
    assert "beta_1=0.7" in text
    np.testing.assert_array_equal(picture.facts.state["u_product"][0], np.float32(1))


def test_the_words():
    text = draw.optimizer(SGD(0.1, momentum=0.9), [1.0, 1.0], start=0.0).describe()
    assert text == (
        "SGD(learning_rate=0.1, momentum=0.9): gradient in, step out; remembers 1 number: m, "
        "momentum (momentum=0.9, learning_rate=0.1).\n"
        "m = momentum · m − learning_rate · g; step = m. Polyak, 1964.\n"
        "Step 2 of 2: g = 1, m = −0.19, step = −0.19, w = −0.29."
    )
    assert "step out; remembers nothing." in draw.optimizer("sgd").describe()
    schedule = schedules.CosineDecay(0.1, 4)
    text = draw.optimizer(SGD(schedule), [1.0] * 3).describe()
    assert "learning_rate=CosineDecay" in text


def test_errors():
    for gradients in ([[1.0]], [0.0] * 61):
        with pytest.raises(ValueError, match="give up to 60 numbers"):
            draw.optimizer("sgd", gradients)
    with pytest.raises(ValueError, match="step is 3; there are those from 1 to 2"):
        draw.optimizer("sgd", [1.0, 1.0], step=3)

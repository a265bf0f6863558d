"""The picture of an optimizer, by its marks and its words."""

import numpy as np
import pytest
from keras.optimizers import (
    SGD,
    Adadelta,
    Adafactor,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    RMSprop,
    schedules,
)
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import draw, optimizers

SEVERAL = [
    SGD(0.1), SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.5), RMSprop(0.1, centered=True),
    Adadelta(1.0), AdamW(0.1, amsgrad=True), Adamax(0.1), Lion(0.1), Nadam(0.1), Ftrl(0.1),
    Adam(schedules.CosineDecay(0.1, 20)), Adafactor(0.01),
]  # fmt: skip
NOISY = np.random.default_rng(0).normal(0, 5, 40)


def test_nothing_overlaps_or_is_cut_off():
    for optimizer in SEVERAL:
        picture = draw.optimizer(optimizer)
        assert flaws(picture) == []
        assert picture.size[1] < 510
        picture = draw.optimizer(optimizer, NOISY, step=17)
        assert flaws(picture) == []
        picture.resize(560)
        assert flaws(picture) == []
    assert flaws_at_all_widths(picture) == []


def test_the_usual_ones_fit_a_laptop():
    for name in ("sgd", "rmsprop", "adagrad", "adam"):
        assert draw.optimizer(name).size == (860, 404)


def test_arguments_formulas_and_sources_stand_on_it():
    words = texts(draw.optimizer(AdamW(0.1, beta_1=0.8)))
    for text in (
        "beta_1=0.8", "beta_2=0.999", "learning_rate=0.1", "epsilon=1e-7", "weight_decay=0.004",
        "momentum", "velocity", "Loshchilov, Hutter, 2017",
        "m = beta_1 · m + (1 − beta_1) · g",
        "v = beta_2 · v + (1 − beta_2) · g²",
    ):  # fmt: skip
        assert text in words
    assert "initial_accumulator_value=0.1" in texts(draw.optimizer("adagrad"))


def stems(picture):
    """For each quantity in its colour: (x, height above the line) of each stem."""
    rows = {"loss": [], "optimizer": [], "layers": []}
    for mark in marks(picture, "strokes"):
        if mark["color"] in rows:
            segments = mark["segments"]
            rows[mark["color"]].append((segments[:, 0, 0], segments[:, 0, 1] - segments[:, 1, 1]))
    return rows


def test_the_stems_are_the_numbers_of_keras():
    gradients = [1.0, -2.0, 0.0, 3.0]
    picture = draw.optimizer(SGD(0.5, momentum=0.5), gradients, start=2.0, step=3)
    facts = optimizers.update(SGD(0.5, momentum=0.5), gradients, 2.0)
    rows = stems(picture)
    drawn = [rows["loss"][0], *rows["optimizer"], rows["layers"][0]]
    values = [facts.gradients, facts.state["momentum"], facts.steps, facts.variable]
    for (x, high), expected in zip(drawn, values, strict=True):
        np.testing.assert_allclose(
            high / abs(high).max(), expected / abs(expected).max(), atol=1e-6
        )
        assert len(x) == len(expected)
        np.testing.assert_allclose(np.diff(x), np.diff(x)[0])
    shown = [mark["x"][0] for mark in marks(picture, "dots", color="ink")]
    assert shown == [drawn[1][0][3]] * 4  # the step that is written out
    assert "= 0.5 · 0.75 − 0.5 · 0 = 0.375" in texts(picture)
    picture.update(optimizers.update(SGD(0.5, momentum=0.9), gradients, 2.0), 2)
    assert "= 0.9 · (−0.5) − 0.5 · (−2) = 0.55" in texts(picture)


def test_an_updated_picture_is_the_same_as_a_new_one():
    picture = draw.optimizer("sgd")
    picture.frame()
    noisy = NOISY[:9]
    for optimizer, gradients, step in (
        (Adam(0.1), noisy, None),
        (Adam(0.2, beta_1=0.5), noisy[:5], 2),
        (Nadam(0.2), noisy, 1),
    ):
        picture.update(optimizers.update(optimizer, gradients, 1.0), step)
        new = draw.optimizer(optimizer, gradients, step=step)
        assert picture.describe() == new.describe()
        assert picture.frame() == new.frame()


@pytest.mark.parametrize(
    ("optimizer", "pairs"),
    [
        (SGD(), 1), (SGD(momentum=0.9), 2), (SGD(momentum=0.9, nesterov=True), 3), (Adam(), 5),
        (Nadam(), 0),
    ],
)  # fmt: skip
def test_arrows_go_where_the_formulas_have_it(optimizer, pairs):
    """g to its users on the left, what is remembered to its users on the right."""
    wires = [mark for mark in marks(draw.optimizer(optimizer), "line") if len(mark["x"]) == 4]
    assert len(wires) == pairs
    for wire in wires:
        assert wire["y"][0] == wire["y"][1] < wire["y"][2] == wire["y"][3] or pairs == 0
        assert (wire["color"] == "loss") == (wire["x"][1] < wire["x"][0])


def test_what_is_not_known_is_drawn_by_its_variables():
    picture = draw.optimizer(Nadam(0.1, beta_1=0.7))
    assert {"momentum", "velocity", "u_product"} <= set(texts(picture))
    text = picture.describe()
    assert "No formula of Nadam as it is set is known here" in text
    assert "beta_1=0.7" in text


def test_the_words():
    text = draw.optimizer(SGD(0.1, momentum=0.9), [1.0, 1.0], start=0.0).describe()
    assert text == (
        "SGD(learning_rate=0.1, momentum=0.9): gradient in, step out; remembers 1 number: m, "
        "momentum (momentum=0.9, learning_rate=0.1).\n"
        "m = momentum · m − learning_rate · g; step = m. Polyak, 1964.\n"
        "Step 2 of 2: g = 1, m = −0.19, step = −0.19, w = −0.29."
    )
    assert "step out; remembers nothing." in draw.optimizer("sgd").describe()
    text = draw.optimizer(SGD(schedules.CosineDecay(0.1, 4)), [1.0] * 3).describe()
    assert "learning_rate=CosineDecay" in text


def test_errors():
    for gradients in ([[1.0]], [0.0] * 61):
        with pytest.raises(ValueError, match="give up to 60 numbers"):
            draw.optimizer("sgd", gradients)
    with pytest.raises(ValueError, match="step is 3; give a whole number from 1 to 2"):
        draw.optimizer("sgd", [1.0, 1.0], step=3)


def test_a_long_name_leaves_room_for_the_arguments():
    optimizer = type("VeryLong" * 20, (SGD,), {})(0.1)
    words = draw.optimizer(optimizer).describe()
    assert f"{'VeryLong' * 20}(learning_rate=0.1, momentum=0, nesterov=False)" in words

"""The picture of CTC, by its marks and its words."""

import math

import numpy as np
import pytest
from looking import flaws, flaws_at_all_widths, marks, pixels, texts

from anatomy import data, draw
from anatomy.losses.ctc.facts import alignments, lattice, read

NAMES = ["3", "7"]


def random(frames, classes, seed=0, sharp=0.5):
    return np.random.default_rng(seed).dirichlet(np.full(classes, sharp), frames)


@pytest.mark.parametrize("label", [(1, 2), (1, 2, 1), (2, 2, 2), ()])
def test_nothing_overlaps_is_cut_off_or_too_small(label):
    picture = draw.ctc(random(8, 3, 8, 0.2), label, classes=NAMES, shade="forward", frame=8)
    assert picture.size[1] <= 420
    assert flaws_at_all_widths(picture) == []
    for frames, shade in ((6, "posterior"), (1, "posterior")):
        picture.update(random(frames, 3, frames, 0.2), shade=shade, frame=1)
        assert flaws(picture) == []


def test_nothing_overlaps_in_long_sequences():
    strips = data.digit_strips()
    x, y = strips.x_val[4], strips.y_val[4]
    picture = draw.ctc(random(32, 11), y, classes=strips.classes, x=x)
    assert flaws_at_all_widths(picture) == []
    names = [f"class {k}" for k in range(23)]
    assert flaws_at_all_widths(draw.ctc(random(80, 24), range(1, 13), classes=names)) == []
    picture = draw.ctc(random(8, 11), [1, 1, 3], x=np.eye(16, 14), frame=8, shade="forward")
    assert flaws(picture) == []


def test_an_updated_picture_is_the_same_as_a_new_one():
    picture = draw.ctc(random(6, 3), [1, 2], classes=NAMES)
    for frames, label, more in (
        (6, (1, 1), {"shade": "forward", "frame": 2, "x": None}),
        (30, (2, 1), {"x": np.eye(60, 7), "frame": None, "shade": "posterior"}),
        (6, (1, 2), {"x": None, "frame": None, "shade": "posterior"}),
    ):
        p = random(frames, 3, 5)
        picture.update(p, label, classes=NAMES, **more)
        new = draw.ctc(p, label, classes=NAMES, **more)
        assert picture.describe() == new.describe()
        np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)


def boxes(picture, states, frames):
    """The text in each box of the lattice, "" where no path goes, and its colour as a sum."""
    found = []
    for cells in marks(picture, "cells"):
        for (left, top, wide, high), fill in zip(
            cells["boxes"], np.broadcast_to(cells["fills"], (len(cells["boxes"]), 3))
            if isinstance(cells["fills"], np.ndarray) else [(255, 255, 255)] * len(cells["boxes"]),
            strict=True,
        ):  # fmt: skip
            found.append((left + wide / 2, top + high / 2, int(np.sum(fill)), wide))
    wide = found[0][3]
    xs = sorted({round(x, 3) for x, _, _, w in found if abs(w - wide) < 1e-6})
    ys = sorted({round(y, 3) for _, y, _, w in found if abs(w - wide) < 1e-6})
    assert (len(xs), len(ys)) == (frames, states)
    text = np.full((frames, states), "", dtype=object)
    for mark in marks(picture, "text"):
        at = round(mark["x"], 3), round(mark["y"], 3)
        if at[0] in xs and at[1] in ys:
            text[xs.index(at[0]), ys.index(at[1])] = mark["text"]
    dark = np.zeros((frames, states))
    for x, y, sum_, w in found:
        if abs(w - wide) < 1e-6:
            dark[xs.index(round(x, 3)), ys.index(round(y, 3))] = sum_
    return text, dark


@pytest.mark.parametrize("shade", ["posterior", "forward"])
def test_the_cells_are_those_of_the_lattice(shade):
    p = random(5, 3, 1)
    facts = lattice(p, [1, 2])
    values = facts.alpha if shade == "forward" else facts.posterior
    can = facts.possible
    text, sums = boxes(draw.ctc(p, [1, 2], shade=shade), 5, 5)
    assert not text[~can].any()
    for one, value in zip(text[can], values[can], strict=True):
        if shade == "posterior":
            assert float(one.strip("<>%")) == pytest.approx(100 * value, abs=0.51)
        else:
            assert float(one) == pytest.approx(value, abs=5e-4)
    largest = np.where(can, values, 0).max(axis=1, keepdims=True)
    shares = values / largest if shade == "forward" else values
    for s in range(5):  # in a row of the picture more is darker, against its frame
        rows = np.flatnonzero(can[:, s])
        order = rows[np.argsort(shares[rows, s])]
        assert (np.diff(sums[order, s]) <= 0).all()


def test_a_cell_without_a_path_is_empty():
    can = lattice(random(4, 3), [1, 2, 1]).possible
    through = np.zeros_like(can)
    for path in alignments([1, 2, 1], 4):
        state, before = 0, 0
        for t, one in enumerate(path):
            if one != before:
                state += 2 if one and before else 1
            before = one
            through[t, state] = True
    np.testing.assert_array_equal(can, through)


@pytest.mark.parametrize("label", [[1], [1, 2], [1, 2, 1], [1, 1, 1]])
def test_the_paths_are_listed_and_summed(label):
    p = random(4, 3, 2)
    picture = draw.ctc(p, label, classes=NAMES)
    paths, facts = alignments(label, 4), lattice(p, label)
    best = sorted(paths, key=facts.probability, reverse=True)[:12]
    assert texts(picture, mono=True) == [" ".join("_37"[one] for one in path) for path in best]
    total = sum(map(facts.probability, paths))
    assert math.exp(-facts.loss) == pytest.approx(total)
    more = [text for text in texts(picture) if text.startswith("…")]
    assert more == ([f"… and {len(paths) - 12} more"] if len(paths) > 12 else [])
    if paths:
        assert f"{total:.4g}" in texts(picture, color="loss")
        bars = next(
            m["boxes"] for m in marks(picture, "cells", edge=None) if m["fills"][0] == "ink"
        )
        chances = [facts.probability(path) for path in best]
        np.testing.assert_allclose(bars[:, 2] / bars[0, 2], np.divide(chances, chances[0]))


def test_the_collapse_of_the_best_path_is_written_out():
    p = np.full((6, 3), 0.1)
    p[range(6), [0, 1, 1, 0, 2, 2]] = 0.8
    picture = draw.ctc(p, [1, 2], classes=NAMES)
    (first,) = (m["y"] for m in marks(picture, "text") if m["text"] == "best path")
    rows = [
        [m["text"] for m in marks(picture, "text", ha="center") if abs(m["y"] - y) < 6]
        for y in (first, first + 20, first + 40)
    ]
    assert rows == [list("_33_77"), list("_3_7"), list("37")]
    text = picture.describe()
    assert "Best path _ 3 3 _ 7 7, " in text
    assert "repeats merged _ 3 _ 7; blanks dropped 3 7." in text
    assert "Read frame by frame: 3 7, the label." in text
    facts = lattice(p, [1, 2])
    assert f"loss = −log {math.exp(-facts.loss):.4g} = {facts.loss:.4g}" in text


def test_the_best_path_is_drawn_through_its_cells():
    p = random(40, 5, 3)
    facts = lattice(p, [1, 2, 2, 4])
    (line,) = marks(draw.ctc(p, [1, 2, 2, 4]), "line", color="ink")
    np.testing.assert_allclose(np.diff(line["x"]), np.diff(line["x"])[0])
    np.testing.assert_allclose(np.diff(line["y"]), 20 * np.diff(facts.best))


def test_the_probabilities_and_the_sequence_stand_above():
    p, x = random(6, 3, 4), np.random.default_rng(0).random((12, 5))
    picture = draw.ctc(p, [2], classes=NAMES, x=x, frame=3)
    sequence, heat = marks(picture, "image")
    assert sequence["place"][0] == heat["place"][0]
    assert sequence["place"][2] == pytest.approx(heat["place"][2])
    assert sequence["pixels"].shape[:2] == (5, 12)
    brightness = sequence["pixels"].sum(axis=2).astype(int).ravel()
    assert (np.diff(brightness[np.argsort(x.T.ravel())]) <= 0).all()
    left, top, wide, high = heat["place"]
    numbers = [float(m["text"]) for m in marks(picture, "text", ha="center", size=11)
               if top < m["y"] < top + high]  # fmt: skip
    np.testing.assert_allclose(numbers, p.T.ravel(), atol=0.0051)
    mark = marks(picture, "box", edge="ink")[-1]
    assert mark["place"][0] == pytest.approx(left + wide / 3)


def test_a_label_that_does_not_fit_is_said_in_words():
    picture = draw.ctc(random(4, 3), [1, 1, 1])
    assert "loss = infinity: the label needs 5 frames, there are 4." in picture.describe()
    assert "loss = infinity" in texts(picture)
    assert "no path reads the label" in texts(picture)
    p = np.array([[0.5, 0.5, 0]] * 3)
    assert "no path of the label has a probability above 0" in draw.ctc(p, [2]).describe()
    assert flaws(draw.ctc(p, [2], shade="forward")) == []


def test_another_blank_and_the_reading():
    p = random(7, 4, 6)
    text = draw.ctc(p, [0, 2], blank=3, classes=["a", "b", "c"]).describe()
    reading = " ".join("abc_"[one] for one in read(p, 3).label)
    assert f"Read frame by frame: {reading}, not the label." in text
    assert f"= {lattice(p, [0, 2], 3).loss:.4g}." in text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"probabilities": random(81, 3)},
            "the number of frames is 81; give a whole number from 1 to 80",
        ),
        (
            {"probabilities": random(4, 25)},
            "the number of classes is 25; give a whole number from 1 to 24",
        ),
        ({"label": [1, 2] * 7}, "the length of the label is 14; give a whole number from 0 to 12"),
        ({"label": [3]}, "there is no class 3"),
        ({"classes": ("a", "b", "c")}, "classes has 3 names; give 2"),
        ({"x": np.zeros(3)}, "x has shape (3,)"),
        ({"shade": "alpha"}, "shade is 'alpha'; it is one of 'forward', 'posterior'."),
        ({"frame": 7}, "frame is 7; give a whole number from 1 to 6"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        draw.ctc(**{"probabilities": random(6, 3), "label": [1, 2]} | arguments)
    assert text in str(caught.value)

"""The picture of CTC, by its artists and its words."""

import math

import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts

from anatomy import data, draw
 
from anatomy.losses.ctc.facts import alignments, lattice, read

NAMES = ["3", "7"]


def random(frames, classes, seed=0, sharp=0.5):
    return np.random.default_rng(seed).dirichlet(np.full(classes, sharp), frames)


@pytest.mark.parametrize("label", [(1,), (1, 2), (1, 1), (1, 2, 1), (2, 2, 2), ()])
def test_nothing_overlaps_or_is_cut_off(label):
    picture = None
    for frames, shade in ((8, "forward"), (6, "posterior"), (4, "forward"), (1, "posterior")):
        p = random(frames, 3, frames, 0.2)
        more = {"classes": NAMES, "shade": shade, "frame": frames}
        picture = picture or draw.ctc(p, label, **more)
        picture.update(p, label, **more)
        assert flaws(picture) == []
        assert min(text.get_fontsize() for text in drawn(picture)) >= 10


def test_nothing_overlaps_in_long_sequences():
    strips = data.digit_strips()
    for frames, sample in ((64, 0), (32, 4), (80, 7)):
        p = random(frames, 11, frames)
        picture = draw.ctc(p, strips.y_val[sample], classes=strips.classes, x=strips.x_val[sample])
        assert flaws(picture) == []
        assert picture.size[0] == 800
    picture = draw.ctc(random(80, 24), range(1, 13), classes=[f"class {k}" for k in range(23)])
    assert flaws(picture) == []
    picture = draw.ctc(random(8, 11), [1, 1, 3], x=np.eye(16, 14), frame=8, shade="forward")
    assert flaws(picture) == []
    picture = draw.ctc(random(9, 3), [1, 2])
    assert flaws(picture) == []
    assert not picture.paths


def test_an_updated_picture_is_the_same_as_a_new_one():
    picture = draw.ctc(random(6, 3), [1, 2], classes=NAMES)
    picture.frame()
    for frames, label, more in (
        (6, (1, 2), {"shade": "forward", "frame": 2}),
        (6, (1, 1), {}),
        (4, (1, 1, 1), {"shade": "forward"}),
        (30, (2, 1), {"x": np.eye(60, 7)}),
        (6, (1, 2), {}),
    ):
        p = random(frames, 3, 5)
        picture.update(p, label, classes=NAMES, **more)
        new = draw.ctc(p, label, classes=NAMES, **more)
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()
        np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)


def test_the_cells_are_those_of_the_lattice():
    p = random(5, 3, 1)
    made = lattice(p, [1, 2])
    for shade, values in (("posterior", made.posterior), ("forward", made.alpha)):
        panel = draw.ctc(p, [1, 2], shade=shade)._panel
        can = made.possible
        said = np.reshape([text.get_text() for text in panel._numbers], can.shape)
        assert not said[~can].any()
        for text, value in zip(said[can], values[can], strict=True):
            if shade == "posterior":
                assert text == f"{value:.0%}"
            else:
                assert float(text.replace("−", "-")) == pytest.approx(value, abs=5e-4)
        colors = np.reshape(panel._cells.get_facecolors()[:, :3], (*can.shape, 3))
        assert (colors[~can] == 1).all()
        dark = colors.sum(axis=2)
        for s in range(len(made.extended)):  # in a row more is darker, against its frame
            largest = np.where(can, values, 0).max(axis=1, keepdims=True)
            shares = values / largest if shade == "forward" else values
            rows = np.flatnonzero(can[:, s])
            order = rows[np.argsort(shares[rows, s])]
            assert (np.diff(dark[order, s]) <= 1e-12).all()


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


def test_the_paths_are_listed_and_summed():
    p = random(4, 3, 2)
    for label in ([1], [1, 2], [1, 2, 1], [1, 1], [1, 1, 1]):
        picture = draw.ctc(p, label, classes=NAMES)
        paths = alignments(label, 4)
        made = lattice(p, label)
        lines = [line.get_text() for line in picture._list._lines if line.get_text()]
        best = sorted(paths, key=made.probability, reverse=True)[:12]
        assert lines == [" ".join("_37"[one] for one in path) for path in best]
        total = sum(map(made.probability, paths))
        assert picture._list._total.get_text() == f"{total:.4g}"
        assert math.exp(-made.loss) == pytest.approx(total)
        more = [text for text in texts(picture) if text.startswith("…")]
        assert more == ([f"… and {len(paths) - 12} more"] if len(paths) > 12 else [])
        bars = picture._list._bars.get_segments()
        lengths = [bar[1, 0] - bar[0, 0] for bar in bars][: len(best)]
        chances = [made.probability(path) for path in best]
        np.testing.assert_allclose(
            np.divide(lengths, max(lengths, default=1)), np.divide(chances, max(chances, default=1))
        )


def test_the_collapse_of_the_best_path_is_written_out():
    p = np.full((6, 3), 0.1)
    p[range(6), [0, 1, 1, 0, 2, 2]] = 0.8
    picture = draw.ctc(p, [1, 2], classes=NAMES)
    rows = [[text.get_text() for text in row if text.get_text()] for row in picture._rows._texts]
    assert rows == [list("_33_77"), list("_3_7"), list("37")]
    text = picture.describe()
    assert "Best path _ 3 3 _ 7 7, " in text
    assert "repeats merged _ 3 _ 7; blanks dropped 3 7." in text
    assert "Read frame by frame: 3 7, the label." in text
    assert f"loss = −log {math.exp(-picture.lattice.loss):.4g} = " in text


def test_the_best_path_is_drawn_through_its_cells():
    p = random(40, 5, 3)
    picture = draw.ctc(p, [1, 2, 2, 4])
    panel, best = picture._panel, lattice(p, [1, 2, 2, 4]).best
    x, y = panel._strong.get_data()
    np.testing.assert_array_equal(x, panel._x)
    np.testing.assert_array_equal(y, panel._y[best])


def test_the_probabilities_and_the_sequence_stand_above():
    p, x = random(6, 3, 4), np.random.default_rng(0).random((12, 5))
    picture = draw.ctc(p, [2], classes=NAMES, x=x, frame=3)
    numbers = [float(text.get_text()) for text in picture._numbers]
    np.testing.assert_allclose(numbers, p.T.ravel(), atol=0.0051)
    np.testing.assert_array_equal(picture._x.get_array(), x.T)
    assert picture._x.get_extent()[:2] == picture._probabilities.get_extent()[:2]
    assert picture._mark.get_x() == pytest.approx(96 + 2 * picture._pitch)


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
    picture = draw.ctc(p, [0, 2], blank=3, classes=["a", "b", "c"])
    assert picture.names == ["a", "b", "c", "_"]
    assert picture.lattice.loss == lattice(p, [0, 2], 3).loss
    said = " ".join("abc_"[one] for one in read(p, 3).label)
    assert f"Read frame by frame: {said}, not the label." in picture.describe()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"probabilities": random(81, 3)}, "There are 81 frames; 80 at most"),
        ({"probabilities": random(4, 25)}, "There are 25 classes; 24 at most"),
        ({"label": [1, 2] * 7}, "There are 14 classes in the label; 12 at most"),
        ({"label": [3]}, "there is no class 3"),
        ({"classes": "abc"}, "classes has 3 names; the probabilities are of 2 classes"),
        ({"x": np.zeros(3)}, "x has shape (3,)"),
        ({"shade": "alpha"}, 'shade is \'alpha\'; give "posterior" or "forward"'),
        ({"frame": 7}, "frame is 7; there are those from 1 to 6"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        draw.ctc(**{"probabilities": random(6, 3), "label": [1, 2]} | arguments)
    assert text in str(caught.value)

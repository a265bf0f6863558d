"""The worst mistakes as pictures: the samples that are shown, and their sentences."""

import numpy as np
import pytest
from looking import flaws, flaws_at_all_widths, marks, pixels, texts

from anatomy import data, predictions
from anatomy.draw import mistakes

RANDOM = np.random.default_rng(0)


def soft(n, k, scale=2.0):
    p = np.exp(scale * RANDOM.standard_normal((n, k)))
    return (p / p.sum(axis=1, keepdims=True)).astype("float32")


def case(split, columns):
    n = len(split.y_val)
    p = soft(n, columns) if columns > 1 else RANDOM.random((n, 1))
    if split.classes is None:
        p = split.y_val * 0.5 + 40 * RANDOM.standard_normal((n, 1))
    return split.x_val, split.y_val, p, split.classes


CASES = {
    "vectors": case(data.digits(), 10),
    "sequences": case(data.digits("sequences"), 10),
    "images": case(data.digits("images"), 10),
    "two units": case(data.breast_cancer(), 2),
    "one unit": case(data.breast_cancer(), 1),
    "spirals": case(data.spirals(), 1),
    "moons": case(data.moons(), 2),
    "regression": case(data.diabetes(), 1),
    "waves": case(data.waves(), 1),
    "few features": (RANDOM.normal(size=(40, 4)), RANDOM.integers(0, 3, 40), soft(40, 3), "abc"),
    "many features": (-np.ones((9, 100)), RANDOM.integers(0, 3, 9), soft(9, 3), "abc"),
}  # fmt: skip


@pytest.mark.parametrize("facts", CASES.values(), ids=CASES)
def test_nothing_overlaps_and_truth_and_guess_are_in_words(facts):
    picture = mistakes(*facts)
    assert flaws_at_all_widths(picture) == []
    assert picture.describe().count("; sample ") >= 5
    assert "sample" in picture.describe()


def test_the_images_are_the_worst_samples():
    x, y, p, names = CASES["images"]
    picture = mistakes(x, y, p, names)
    worst = predictions.judge(y, p).wrong[:12]
    ramp = picture.sheet.palette.ramp
    for mark, i in zip(marks(picture, "image"), worst, strict=True):
        np.testing.assert_array_equal(mark["pixels"], ramp(x[i, :, :, 0], 0, x.max(), "ink"))
    assert [t for t in texts(picture, bold=True) if t.startswith("truth ")] == [
        f"truth {y[i]}" for i in worst
    ]
    assert [t for t in texts(picture) if t.startswith("guess ")] == [
        f"guess {p[i].argmax()}" for i in worst
    ]


def test_the_rows_are_the_numbers_of_the_features():
    x, y, p, names = CASES["few features"]
    picture = mistakes(x, y, p, names)
    (i, *_) = predictions.judge(y, p).wrong
    header, row = np.reshape(texts(picture, ha="center")[:8], (2, 4))
    assert list(header) == ["0", "1", "2", "3"]
    shown = [float(text.replace("−", "-")) for text in row]
    np.testing.assert_allclose(shown, x[i], atol=0.06)


def test_the_largest_residuals_are_numbered():
    x, y, p, _ = CASES["regression"]
    picture = mistakes(x, y, p)
    off = (p - y).ravel()
    worst = sorted(range(len(off)), key=lambda i: -abs(off[i]))[:8]
    assert f"off by {np.abs(off).mean():.4g} on average" in picture.describe()
    (strokes,) = marks(picture, "strokes", color="loss")
    lengths = np.abs(np.diff(strokes["segments"][..., 1], axis=1)).ravel()
    np.testing.assert_allclose(lengths / lengths[0], np.abs(off[worst]) / abs(off[worst[0]]))
    assert [f"sample {i}:" in picture.describe() for i in worst] == [True] * 8


def test_points_of_the_plane_by_class_and_right_or_wrong():
    x, y, p, names = CASES["spirals"]
    picture = mistakes(x, y, p, names)
    bad = (p.ravel() > 0.5) != y
    for k, color in ((0, "loss"), (1, "data")):
        counts = [len(dots["x"]) for dots in marks(picture, "dots", color=color)]
        assert {((y == k) & (bad == wrong)).sum() for wrong in (False, True)} <= set(counts)


def test_without_a_mistake_the_least_sure_are_shown():
    x, y, _, names = CASES["vectors"]
    p = np.eye(10)[y] * RANDOM.uniform(0.2, 0.9, (len(y), 1)) + 0.01
    p /= p.sum(axis=1, keepdims=True)
    picture = mistakes(x, y, p, names)
    assert "no mistake: all 768 are right" in picture.describe()
    first = np.argsort(p[range(768), y])[0]
    assert f"least probability for it. sample {first}:" in picture.describe()


def test_a_single_mistake_leaves_the_other_places_empty():
    x, y, _, names = CASES["vectors"]
    p = np.eye(10)[y]
    p[5] = np.roll(p[5], 1)
    picture = mistakes(x, y, p, names)
    assert len(marks(picture, "image")) == 1
    assert len([t for t in texts(picture) if t.startswith("truth ")]) == 1
    assert flaws(picture) == []


def test_outputs_that_are_no_probabilities_are_shown_as_they_are():
    x, y, p, names = CASES["vectors"]
    picture = mistakes(x, y, p * 20 - 5, names)
    assert "output (no probability)" in " ".join(texts(picture))
    assert not any("%" in text for text in texts(picture) if "are wrong" not in text)


@pytest.mark.parametrize("name", ["vectors", "one unit", "spirals", "regression"])
def test_an_updated_picture_is_the_same_as_a_new_one(name):
    x, y, p, names = CASES[name]
    picture = mistakes(*CASES["moons"])
    picture.frame()
    for q in (p, p[::-1]):
        picture.update(x, y, q, names)
        new = mistakes(x, y, q, names)
        assert picture.describe() == new.describe()
        np.testing.assert_array_equal(pixels(picture.frame()), pixels(new.frame()))


def test_errors():
    x, y, p, names = CASES["vectors"]
    with pytest.raises(ValueError, match="x has 700 samples and y_true 768"):
        mistakes(x[:700], y, p, names)
    with pytest.raises(ValueError, match="not finite"):
        mistakes(x, y, p * np.nan, names)

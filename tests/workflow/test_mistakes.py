"""The worst mistakes as pictures: the samples that are shown, and what is said of them."""

import re

import numpy as np
import pytest
from digits import digits
from looking import flaws_at_all_widths, marks, texts

from anatomy import data, draw, predictions

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


NAMES = ["a", "b", "c"]
CASES = {
    "vectors": case(digits(), 10),
    "sequences": case(digits("sequences"), 10),
    "images": case(digits("images"), 10),
    "two units": case(data.breast_cancer(), 2),
    "one unit": case(data.breast_cancer(), 1),
    "spirals": case(data.spirals(), 1),
    "moons": case(data.moons(), 2),
    "regression": case(data.diabetes(), 1),
    "waves": case(data.waves(), 1),
    "few features": (RANDOM.normal(size=(40, 4)), RANDOM.integers(0, 3, 40), soft(40, 3), NAMES),
    "many features": (-np.ones((9, 100)), RANDOM.integers(0, 3, 9), soft(9, 3), NAMES),
}  # fmt: skip


def shown(picture):
    """The numbers of the samples that are shown, the worst first."""
    return [int(number) for number in re.findall(r"sample (\d+): truth ", picture.describe())]


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_nothing_overlaps_and_truth_and_guess_are_said(given):
    picture = draw.mistakes(*given)
    assert flaws_at_all_widths(picture) == []
    assert picture.size[1] <= 430
    assert len(shown(picture)) >= 5


def test_the_images_are_the_worst_samples():
    x, y, p, names = CASES["images"]
    picture = draw.mistakes(x, y, p, names)
    judged = predictions.judge(y, p)
    assert shown(picture) == list(judged.wrong[:12])
    pixels = [mark["pixels"] for mark in marks(picture, "image")]
    for image, i in zip(pixels, shown(picture), strict=True):
        dark = 255 - image.mean(axis=-1)
        assert np.corrcoef(dark.ravel(), x[i, :, :, 0].ravel())[0, 1] > 0.999
    labels = [t for t in texts(picture) if t.startswith("truth ")]
    assert labels == [f"truth {y[i]}" for i in shown(picture)]
    assert [t for t in texts(picture) if t.startswith("guess ")] == [
        f"guess {p[i].argmax()}" for i in shown(picture)
    ]


def test_the_rows_are_the_numbers_of_the_features():
    x, y, p, names = CASES["few features"]
    picture = draw.mistakes(x, y, p, names)
    numbers = [f"{value:.2f}".replace("-", "−") for i in shown(picture) for value in x[i]]
    assert set(numbers) <= set(texts(picture))


def test_the_largest_residuals_are_numbered():
    x, y, p, _ = CASES["regression"]
    picture = draw.mistakes(x, y, p)
    off = (p - y).ravel()
    assert shown(picture) == sorted(range(len(off)), key=lambda i: -abs(off[i]))[:8]
    assert f"off by {np.abs(off).mean():.4g} on average" in picture.describe()
    [strokes] = [mark["segments"] for mark in marks(picture, "strokes", color="loss")]
    lengths, worst = strokes[:, 1, 1] - strokes[:, 0, 1], off[shown(picture)]
    np.testing.assert_allclose(lengths / worst, lengths[0] / worst[0], rtol=1e-6)
    assert lengths[0] / worst[0] < 0  # up is larger
    rings = marks(picture, "round", edge="ink")
    middles = [[m["place"][0] + 5.5, m["place"][1] + 5.5] for m in rings]
    np.testing.assert_allclose(middles, strokes[:, 1], atol=1e-6)


def test_points_of_the_plane_by_class_and_right_or_wrong():
    x, y, p, names = CASES["spirals"]
    picture = draw.mistakes(x, y, p, names)
    bad = (p.ravel() > 0.5) != y
    for k, (ink, marker) in enumerate((("loss", "o"), ("data", "^"))):
        for wrong, color in ((False, f"{ink} 34%"), (True, ink)):
            [dots] = marks(picture, "dots", color=color, marker=marker)
            expected = x[(y == k) & (bad == wrong)]
            assert len(dots["x"]) == len(expected)
            for seen, values in ((dots["x"], expected[:, 0]), (-dots["y"], expected[:, 1])):
                line = np.polyval(np.polyfit(values, seen, 1), values)
                np.testing.assert_allclose(line, seen, atol=1e-4)


def test_without_a_mistake_the_least_sure_are_shown():
    x, y, _, names = CASES["vectors"]
    p = np.eye(10)[y] * RANDOM.uniform(0.2, 0.9, (len(y), 1)) + 0.01
    p /= p.sum(axis=1, keepdims=True)
    picture = draw.mistakes(x, y, p, names)
    assert "no mistake: all 768 are right" in picture.describe()
    assert shown(picture) == list(np.argsort(p[range(768), y])[:12])


def test_a_single_mistake_leaves_the_other_places_empty():
    x, y, _, names = CASES["vectors"]
    p = np.eye(10)[y]
    p[5] = np.roll(p[5], 1)
    picture = draw.mistakes(x, y, p, names)
    assert shown(picture) == [5]
    assert len([t for t in texts(picture) if t.startswith("truth ")]) == 1
    assert flaws_at_all_widths(picture) == []


def test_outputs_that_are_no_probabilities_are_shown_as_they_are():
    x, y, p, names = CASES["vectors"]
    picture = draw.mistakes(x, y, p * 20 - 5, names)
    assert "output (no probability)" in " ".join(texts(picture))
    assert not any("%" in text for text in texts(picture)[2:])


@pytest.mark.parametrize("name", ["vectors", "one unit", "spirals", "regression"])
def test_an_updated_picture_is_the_same_as_a_new_one(name):
    x, y, p, names = CASES[name]
    picture = draw.mistakes(*CASES["moons"])
    picture.frame()
    for q in (p, p[::-1]):
        picture.update(x, y, q, names)
        new = draw.mistakes(x, y, q, names)
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()


def test_errors():
    x, y, p, names = CASES["vectors"]
    with pytest.raises(TypeError, match="x has 700, y_true has 768 and probabilities has 768 rows"):
        draw.mistakes(x[:700], y, p, names)
    with pytest.raises(ValueError, match="not finite"):
        draw.mistakes(x, y, p * np.nan, names)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][3] is not None])
def test_mistakes_of_two_classes_only(name):
    x, y, p, classes = CASES[name]
    judged = predictions.judge(y, p, classes)
    counts = predictions.confusion(y, p, classes).counts
    for truth, guess in ((0, 1), (1, 1)):
        picture = draw.mistakes(x, y, p, classes, only=(truth, guess))
        assert f"{counts[truth, guess]:,} of {counts[truth].sum():,}" in picture.describe()
        shown = [int(i) for i in re.findall(r"sample (\d+)", picture.describe())]
        assert {(judged.truth[i], judged.guess[i]) for i in shown} <= {(truth, guess)}
        assert list(judged.to_truth[shown]) == sorted(judged.to_truth[shown])
        assert len(shown) >= min(counts[truth, guess], 5)
        assert flaws_at_all_widths(picture) == []

"""The confusion matrix as it is drawn."""

import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts
from matplotlib.colors import to_rgb

from anatomy import data, draw
from anatomy.draw.confusion import brief, percent

RANDOM = np.random.default_rng(0)
LONG = ["setosa", "versicolor", "virginica", "a rose", "a very long name of a class"]


def guesses(truth, count, wrong=0.2):
    return np.where(RANDOM.random(len(truth)) < wrong, RANDOM.integers(0, count, len(truth)), truth)


CASES = {
    "2": (2, 128, ["benign", "malignant"]), "3": (3, 90, None), "5": (5, 200, LONG),
    "10": (10, 768, None), "16": (16, 40_000, None), "20": (20, 900, LONG * 4),
}  # fmt: skip


@pytest.mark.parametrize(("count", "samples", "names"), CASES.values(), ids=CASES)
def test_every_count_stands_in_its_cell(count, samples, names):
    truth = RANDOM.integers(0, count, samples)
    guess = guesses(truth, count)
    picture = draw.confusion(truth, guess, names)
    assert flaws(picture) == []
    assert picture.size[0] == 800
    assert min(text.get_fontsize() for text in drawn(picture)) >= 11
    said = np.reshape([text.get_text() for text in picture._counts], (count, count))
    for t, g in np.ndindex(count, count):
        n = np.sum((truth == t) & (guess == g))
        assert said[t, g] == (brief(n) if n else "")
    assert [t.get_text() for t in picture._recall] == [
        percent(np.mean(guess[truth == k] == k)) for k in range(count)
    ]
    assert picture._accuracy.get_text() == percent(np.mean(truth == guess))


def test_type_is_read_on_its_cell():
    truth = RANDOM.integers(0, 10, 700)
    picture = draw.confusion(truth, guesses(truth, 10, 0.6))
    for text, fill in zip(picture._counts, picture._cells.get_facecolors(), strict=True):
        a, b = sorted(map(luminance, (to_rgb(text.get_color()), fill[:3])))
        assert (b + 0.05) / (a + 0.05) >= 4.5


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return np.dot(linear, (0.2126, 0.7152, 0.0722))


def test_the_worst_confusions_in_words():
    truth, guess = [0] * 8 + [1] * 8 + [2] * 4, [0] * 8 + [0] * 5 + [1] * 3 + [2, 2, 0, 1]
    picture = draw.confusion(truth, guess, ["cat", "dog", "owl"])
    text = picture.describe()
    assert "20 samples in 3 classes: 13 right, accuracy 0.65." in text
    assert "Most often: dog taken for cat, 5 of 8, owl taken for cat, 1 of 4" in text
    assert "Lowest recall: dog, 0.375. Lowest precision: cat, 0.5714." in text
    assert "dog taken for cat" in texts(picture)
    assert "5 of 8" in texts(picture)
    everything_0 = draw.confusion(truth, np.zeros(20, int), ["cat", "dog", "owl"])
    assert "Never guessed: dog, owl." in everything_0.describe()
    assert "–" in texts(everything_0)


def test_an_updated_picture_is_the_same_as_a_new_one():
    split = data.digits()
    picture = draw.confusion(split.y_val, guesses(split.y_val, 10))
    picture.frame()
    for y, names in ((split.y_val, None), (split.y_val % 2, ["even", "odd"]), (split.y_val, None)):
        p = guesses(y, y.max() + 1)
        picture.update(y, p, names)
        new = draw.confusion(y, p, names)
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()
        np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)


def test_no_mistake():
    picture = draw.confusion([0, 1, 1], [0, 1, 1])
    assert {"nothing", "100%"} <= set(texts(picture))
    assert "Most often" not in picture.describe()


def test_percent_and_brief():
    assert [percent(s) for s in (0, 0.0001, 0.004, 0.5, 0.996, 0.9999, 1, np.nan)] == [
        "0%", "<0.1%", "0.4%", "50%", "99.6%", ">99.9%", "100%", "–"
    ]  # fmt: skip
    assert [brief(n) for n in (7, 9999, 12_345, 2_500_000)] == ["7", "9999", "12k", "2M"]


def test_too_many_classes():
    with pytest.raises(ValueError, match="There are 21 classes; 20 at most"):
        draw.confusion(range(21), range(21))

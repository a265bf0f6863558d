"""The confusion matrix as it is drawn."""

import numpy as np
import pytest
from looking import flaws_at_all_widths, marks, pixels, texts

from anatomy import data
from anatomy.base.words import percent
from anatomy.workflow.predictions.draw import confusion

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
    picture = confusion(truth, guess, names)
    assert flaws_at_all_widths(picture) == []
    (cells,) = marks(picture, "cells")
    written = {(m["x"], m["y"]): m["text"] for m in marks(picture, "text")}
    for (t, g), (left, top, wide, high) in zip(
        np.ndindex(count, count), cells["boxes"], strict=True
    ):
        n = int(np.sum((truth == t) & (guess == g)))
        text = written[left + wide / 2, top + high / 2]
        assert text == (str(n) if 0 < n < 10_000 else "" if not n else f"{n // 1000}k")
    (recall,) = {m["x"] for m in marks(picture, "text", text="recall")}
    column = [m["text"] for m in marks(picture, "text", x=recall)][1:-1]
    assert column == [percent(np.mean(guess[truth == k] == k)) for k in range(count)]
    right = f"{np.sum(truth == guess):,} of {samples:,} are right"
    assert any(text.endswith(right) for text in texts(picture, size=14, bold=True))


def test_a_row_is_the_truth_and_blue_is_right():
    picture = confusion([0, 0, 0, 1], [1, 1, 0, 1])
    (cells,) = marks(picture, "cells")
    places = dict(zip(["00", "01", "10", "11"], cells["boxes"], strict=True))
    (two,) = (m for m in marks(picture, "text", text="2") if m["x"] > places["00"][0])
    assert places["01"][0] < two["x"] < places["01"][0] + places["01"][2]
    assert places["01"][1] < two["y"] < places["01"][1] + places["01"][3]
    red, _, blue = cells["fills"][3].astype(int)
    assert blue > red
    red, _, blue = cells["fills"][1].astype(int)
    assert red > blue


def test_the_worst_confusions_in_words():
    truth, guess = [0] * 8 + [1] * 8 + [2] * 4, [0] * 8 + [0] * 5 + [1] * 3 + [2, 2, 0, 1]
    picture = confusion(truth, guess, ["cat", "dog", "owl"])
    text = picture.describe()
    assert "20 samples in 3 classes: 13 right, accuracy 0.65." in text
    assert "Most often: dog taken for cat, 5 of 8, owl taken for cat, 1 of 4" in text
    assert "Lowest recall: dog, 0.375. Lowest precision: cat, 0.5714." in text
    assert {"dog taken for cat", "5 of 8"} <= set(texts(picture))
    everything_0 = confusion(truth, np.zeros(20, int), ["cat", "dog", "owl"])
    assert "Never guessed: dog and owl." in everything_0.describe()
    assert "–" in texts(everything_0)


def test_an_updated_picture_is_the_same_as_a_new_one():
    split = data.digits()
    picture = confusion(split.y_val, guesses(split.y_val, 10))
    picture.frame()
    for y, names in ((split.y_val, None), (split.y_val % 2, ["even", "odd"]), (split.y_val, None)):
        p = guesses(y, y.max() + 1)
        picture.update(y, p, names)
        new = confusion(y, p, names)
        np.testing.assert_array_equal(pixels(picture.frame()), pixels(new.frame()))
        assert picture.describe() == new.describe()


def test_no_mistake():
    picture = confusion([0, 1, 1], [0, 1, 1])
    assert {"nothing", "100%"} <= set(texts(picture))
    assert "Most often" not in picture.describe()


def test_too_many_classes():
    with pytest.raises(ValueError, match="There are 21 classes; 20 at most"):
        confusion(range(21), range(21))

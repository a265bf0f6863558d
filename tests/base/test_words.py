"""Numbers, percentages and lists, each written one way."""

import pytest

from anatomy.base import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.30258, "2.303"), (0.412, "0.412"), (0, "0"), (-0.0, "0"), (-1.5, "−1.5"),
        (30860.2, "30,860"), (1234567.0, "1,234,567"), (2.5e8, "2.5e8"), (1e-7, "1e-7"),
        (-3.2e-6, "−3.2e-6"), (float("nan"), "nan"), (float("-inf"), "-inf"), (12, "12"),
    ],
)  # fmt: skip
def test_a_number(value, text):
    assert words.number(value) == text


def test_numbers_that_keep_their_width_or_their_sign():
    assert [words.fixed(v) for v in (0.5, -0.004, -12.345, 1e6)] == [
        "0.50",
        "0.00",
        "−12.35",
        "1,000,000",
    ]
    assert [words.signed(v) for v in (0.25, -1.5, 0)] == ["+0.25", "−1.5", "0"]
    assert [words.factor(v) for v in (0.25, -1.5)] == ["0.25", "(−1.5)"]


def test_only_a_whole_is_100_percent():
    shares = (0, 0.0001, 0.004, 0.5, 0.996, 0.9999, 1, float("nan"))
    assert [words.percent(s) for s in shares] == [
        "0%", "<0.1%", "0.4%", "50%", "99.6%", ">99.9%", "100%", "–"
    ]  # fmt: skip


def test_counts_lists_places_and_calls():
    assert [words.count(n, "point") for n in (1, 0, 1024)] == [
        "1 point",
        "0 points",
        "1,024 points",
    ]
    assert words.count(2, "class", "classes") == "2 classes"
    assert [words.listed(x) for x in ([], ["a"], "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert words.pair(1.5, -2) == "(1.5, −2)"
    assert words.settings({"units": 4, "activation": "tanh"}) == "units=4, activation='tanh'"
    assert words.sentences("One.", "", "Two.") == "One. Two."

"""A stack that was repaired."""

import pytest
from keras import layers

from anatomy import check


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        ([layers.LSTM(16, return_sequences=True), layers.LSTM(16), layers.Dense(10)], True, "10"),
        ([layers.Flatten(), layers.Dense(10)], True, "28 timesteps of 28 features become 10"),
        ([layers.LSTM(16), layers.LSTM(16), layers.Dense(10)], False, "At layer 1"),
        ([layers.LSTM(16, return_sequences=True), layers.Dense(10)], False, "At layer"),
        ([layers.LSTM(16), layers.Dense(9)], False, "At layer"),
        ([layers.Dense], False, "Position 0"),
        ([], False, "no layer"),
        ("Dense", False, "'Dense'"),
        (None, False, "None"),
        (3, False, "3"),
    ],
)
def test_a_repaired_stack(answer, right, said):
    verdict = check.repaired(answer, (28, 28), (10,))
    assert verdict.right is right
    assert said in verdict.text


def test_a_stack_with_a_budget():
    given = [layers.Flatten(), layers.Dense(10)]
    assert "with 7,850 parameters" in check.repaired(given, (28, 28), (10,), parameters=7850).text
    assert "At most 7,849" in check.repaired(given, (28, 28), (10,), parameters=7849).text

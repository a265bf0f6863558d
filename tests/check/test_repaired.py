"""A stack that was repaired."""

import keras
import pytest
from keras import layers

from anatomy import check


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        ([layers.LSTM(16, return_sequences=True), layers.LSTM(16), layers.Dense(10)], True, "10"),
        ([layers.Flatten(), layers.Dense(10)], True, "28 timesteps of 28 features becomes"),
        (
            [layers.LSTM(16), layers.LSTM(16), layers.Dense(10)],
            False,
            "At layer 2",
        ),  # as the lab counts
        ([layers.LSTM(16, return_sequences=True), layers.Dense(10)], False, "At layer"),
        ([layers.LSTM(16), layers.Dense(9)], False, "At layer"),
        ([layers.Dense], False, "Position 1"),
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


TWO = {"needs": (layers.LSTM, layers.LSTM)}
CONV = {"needs": (layers.Conv2D,), "without": (layers.Flatten, layers.Reshape)}
BOTH = {"needs": (layers.Conv1D, (layers.LSTM, layers.GRU))}
ROWS, IMAGE, VECTOR = (28, 28), (28, 28, 1), (784,)
ONCE = layers.LSTM(28, return_sequences=True)


def lstm(**settings):
    return layers.LSTM(4, **settings)


def rows():
    return lstm(return_sequences=True)


@pytest.mark.parametrize(
    ("answer", "shape", "asked", "right", "said"),
    [
        ([rows(), lstm(), layers.Dense(10)], ROWS, TWO, True, "vector of 10"),
        ([layers.Bidirectional(rows()), lstm(), layers.Dense(10)], ROWS, TWO, True, "vector of 10"),
        ([layers.Flatten(), layers.Dense(10)], ROWS, TWO, False, "LSTM, then LSTM"),
        ([lstm(), layers.Dense(10)], ROWS, TWO, False, "LSTM, then LSTM"),
        ([layers.Bidirectional(lstm()), layers.Dense(10)], ROWS, TWO, False, "LSTM, then LSTM"),
        ([layers.Conv1D(4, 3), lstm(), layers.Dense(10)], ROWS, BOTH, True, "vector of 10"),
        ([layers.Conv1D(4, 3), layers.GRU(4), layers.Dense(10)], ROWS, BOTH, True, "vector of 10"),
        ([rows(), layers.Conv1D(4, 28), layers.Flatten(), layers.Dense(10)], ROWS, BOTH, False,
         "What was asked for has Conv1D, then LSTM or GRU."),
        ([layers.Conv2D(4, 3), layers.GlobalMaxPooling2D(), layers.Dense(10)], IMAGE, CONV, True,
         "vector of 10"),
        ([layers.GlobalMaxPooling2D(), layers.Dense(10)], IMAGE, CONV, False, "has Conv2D"),
        ([layers.Flatten(), layers.Dense(10)], IMAGE, CONV, False, "Try it without Flatten."),
        ([keras.Sequential([layers.Flatten()]), layers.Dense(10)], IMAGE, CONV, False,
         "Try it without Flatten."),
        ([keras.Sequential([rows(), lstm()]), layers.Dense(10)], ROWS, TWO, True, "vector of 10"),
        ([ONCE, ONCE, layers.Flatten(), layers.Dense(10)], ROWS, TWO, False, "LSTM, then LSTM"),
        ([layers.Conv2D(10, 28), layers.Reshape((10,))], IMAGE, CONV, False, "without Reshape"),
        ([layers.Conv1D(4, 28), lstm(), layers.Dense(10)], ROWS, BOTH, False, "a single timestep"),
        ([layers.Rescaling(0.0), layers.Flatten(), layers.Dense(10)], ROWS, {}, False,
         "they output the same"),
        ([layers.Dense(8), layers.Reshape((8, 1)), layers.Flatten(), layers.Dense(10)], VECTOR,
         {"least": 3}, False, "at least 3 should"),
        ([layers.Dense(8), layers.ReLU(), layers.Dense(10)], VECTOR, {"least": 3}, True, "10"),
        ([layers.Dense(8), layers.Dropout(0.5), layers.Dense(10)], VECTOR, {"least": 3}, True,
         "10"),
        ([layers.Flatten(), layers.Dense(10)], VECTOR, {"least": 3}, False, "at least 3 should"),
        ([layers.Flatten(), layers.Identity(), layers.Dense(10)], VECTOR, {"least": 3}, False,
         "Of them 1 do"),
        ([layers.Dropout(0.0), layers.Dense(8), layers.Dense(10)], VECTOR, {"least": 3}, False,
         "Of them 2 do"),
        ([layers.AveragePooling1D(2), layers.Reshape((14 * 28,)), layers.Reshape((392, 1)),
          layers.GlobalMaxPooling1D(), layers.RepeatVector(10), layers.Flatten()], ROWS, {}, False,
         "None of them learns anything"),
    ],
)  # fmt: skip
def test_a_repaired_stack_is_what_was_asked_for(answer, shape, asked, right, said):
    verdict = check.repaired(answer, shape, (10,), **asked)
    assert verdict.right is right
    assert said in verdict.text


def test_a_stack_with_a_budget():
    given = [layers.Flatten(), layers.Dense(10)]
    assert "with 7,850 parameters" in check.repaired(given, (28, 28), (10,), parameters=7850).text
    assert "At most 7,849" in check.repaired(given, (28, 28), (10,), parameters=7849).text

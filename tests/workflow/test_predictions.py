"""Predictions beside the truth, counted one by one."""

import numpy as np
import pytest

from anatomy import predictions

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("count", [2, 3, 10])
def test_counts_shares_and_the_worst(count):
    truth, guess = RANDOM.integers(0, count, (2, 500))
    made = predictions.confusion(truth, guess)
    expected = np.zeros((count, count), int)
    for t, g in zip(truth, guess, strict=True):
        expected[t, g] += 1
    np.testing.assert_array_equal(made.counts, expected)
    assert made.accuracy == np.mean(truth == guess)
    for k in range(count):
        assert made.recall[k] == np.mean(guess[truth == k] == k)
        assert made.precision[k] == np.mean(truth[guess == k] == k)
    worst = made.worst()
    assert all(t != g and n == expected[t, g] for t, g, n in worst)
    assert [n for *_, n in worst] == sorted((n for *_, n in worst), reverse=True)
    assert sum(n for *_, n in worst) == made.total - made.right
    assert made.worst(1) == worst[:1]


def test_labels_one_hot_rows_and_outputs_are_the_same():
    truth, guess = RANDOM.integers(0, 4, (2, 60))
    expected = predictions.confusion(truth, guess).counts
    for y in (truth[:, None], np.eye(4)[truth], truth.astype(float)):
        for p in (guess[:, None], np.eye(4)[guess] * 0.4 + 0.1, np.eye(4)[guess] * 9 - 5):
            np.testing.assert_array_equal(predictions.confusion(y, p).counts, expected)
    p = RANDOM.random((60, 1))
    made = predictions.confusion(truth % 2, p)
    np.testing.assert_array_equal(
        made.counts, predictions.confusion(truth % 2, (p > 0.5).astype(int)).counts
    )


def test_what_is_never_there_has_no_share():
    made = predictions.confusion([0, 0, 2], [0, 0, 0], ["a", "b", "c"])
    np.testing.assert_array_equal(made.recall, [1, np.nan, 0])
    np.testing.assert_array_equal(made.precision, [2 / 3, np.nan, np.nan])
    assert predictions.confusion([0, 1], [0, 3], ["a", "b"]).names == ("a", "b", "2", "3")


def test_the_worst_are_those_that_cost_most():
    y = RANDOM.integers(0, 5, 200)
    p = RANDOM.dirichlet(np.ones(5), 200)
    made = predictions.judge(y, p)
    assert made.probable
    loss = -np.log(p[range(200), y])
    wrong = [i for i in range(200) if p[i].argmax() != y[i]]
    assert list(made.wrong) == sorted(wrong, key=lambda i: -loss[i])
    assert sorted([*made.wrong, *made.unsure]) == [*range(200)]
    assert (np.diff(loss[made.unsure]) <= 0).all()
    np.testing.assert_array_equal(made.to_guess, p.max(axis=1))
    assert not predictions.judge(y, p * 3).probable


def test_one_probability_is_that_of_class_1():
    made = predictions.judge([0, 1, 1, 0], [[0.9], [0.2], [0.7], [0.5]], ["no", "yes"])
    np.testing.assert_array_equal(made.guess, [1, 0, 1, 0])  # Keras: above 0.5 is class 1
    np.testing.assert_allclose(made.to_truth, [0.1, 0.2, 0.7, 0.5])
    np.testing.assert_allclose(made.to_guess, [0.9, 0.8, 0.7, 0.5])
    assert list(made.wrong) == [0, 1]


def test_residuals():
    made = predictions.residuals([[1.0], [2.0], [5.0]], [[1.5], [1.0], [5.0]])
    np.testing.assert_allclose(made.off, [0.5, -1, 0])
    assert list(made.wrong) == [1, 0, 2]
    assert made.mean == 0.5


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        ("confusion", ([0, 1], [0]), "y_true has 2 and y_pred has 1 rows"),
        ("confusion", ([0, -1], [0, 0]), "y_true has a label -1"),
        ("confusion", ([0, 1], [0.5, 7.25]), "y_pred has the value 7.25"),
        ("confusion", (["a", "b"], [0, 1]), "y_true is list ['a', 'b']; give an array of numbers"),
        ("confusion", ([0, 1], [np.nan, 1]), "y_pred has 1 values that are not finite"),
        ("confusion", ([], []), "y_true has shape (0,)"),
        ("confusion", ([0, 3], [0, 1], ["a", "b"]), "There is a label 3, and classes has 2 names"),
        ("judge", ([0, 3], np.eye(2)), "y_true has a label 3, and probabilities has 2 columns"),
        ("residuals", ([1.0, 2.0], np.eye(2)), "y_pred has shape (2, 2): give one number"),
        ("residuals", ([1.0], [1.0, 2.0]), "y_true has 1 and y_pred has 2 rows"),
    ],
)
def test_errors_quote_what_they_got(function, arguments, text):
    with pytest.raises((TypeError, ValueError)) as caught:
        getattr(predictions, function)(*arguments)
    assert text in str(caught.value)

"""A question that cannot be answered is found where its notebook has run."""

import every_answer
import pytest

from anatomy import labs


def question(options, wrong, reveal=None):
    return labs.predict("What is so?", options, answer="This.", reveal=reveal, wrong=wrong)


@pytest.mark.parametrize(
    ("options", "wrong", "guesses"),
    [
        (["a", "b"], {"b": "Not that."}, ["a", "b"]),
        ((2, 3), {"too small": "More.", 6: "Half of it."}, [2, 3, 1, 4, 6]),
    ],
)
def test_every_answer_is_given_and_reveals_once(options, wrong, guesses):
    calls = []
    one = question(options, wrong, lambda: calls.append(1))
    assert one in every_answer.all_questions()
    assert every_answer.guesses(one) == guesses
    every_answer.answer(one)
    assert (one.guess, calls) == (guesses[0], [1])


def test_a_reveal_that_raises_is_found():
    with pytest.raises(AssertionError, match=r"What is so.*ZeroDivisionError"):
        every_answer.answer(question(["a", "b"], {"b": "Not that."}, lambda: 1 / 0))

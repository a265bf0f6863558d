"""A question is answered before it is settled, and only then: by a press, or a number typed in."""

import html
import random

import ipywidgets as widgets
import keras
import numpy as np
import pytest

from anatomy import draw, labs
from anatomy.check.predict import page

QUESTION = "How many weights does `Dense(2)` have on three inputs?"
ANSWER = "Three weights and a bias for each of the two units."


@pytest.fixture
def calls():
    return []


@pytest.fixture
def choice(calls):
    """A question with options, whose reveal notes that it was called."""
    wrong = {"6": "The biases are missing.", "5": "Each unit has weights of its own."}
    options = ["5", "6", "8"]

    def reveal():
        calls.append("reveal")
        return "3 · 2 + 2"

    question = labs.predict(QUESTION, options, answer=ANSWER, reveal=reveal, wrong=wrong)
    yield question
    question.close()


def shown(question):
    """The HTML beneath the line."""
    return question.widget.children[-1].value


def outputs(question, monkeypatch):
    """What the cell of a question stores."""
    stored = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: stored.append(data))
    question._ipython_display_()
    return stored


def test_nothing_is_told_before_the_guess(choice, calls, monkeypatch):
    still, alive = outputs(choice, monkeypatch)
    assert still["text/plain"] == QUESTION
    assert alive["text/plain"] == ""
    folded = f"<details><summary>Answer</summary><p>{ANSWER}</p></details>"
    assert folded in still["text/html"]
    assert "biases are missing" not in still["text/html"]
    assert ANSWER not in choice.widget.children[0].value
    assert choice.message == shown(choice) == ""
    assert choice.guess is None
    assert calls == []


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("8", f"Your guess, 8: right. {ANSWER}"),
        ("6", f"Your guess, 6: no. The biases are missing. {ANSWER}"),
        ("5", f"Your guess, 5: no. Each unit has weights of its own. {ANSWER}"),
    ],
)
def test_a_guess_is_told_what_is_so(choice, calls, option, message):
    choice.buttons[option].click()
    assert (choice.guess, choice.message, calls) == (option, message, ["reveal"])
    assert choice.buttons[option].icon == ("check" if option == "8" else "times")
    assert 'role="status"' in choice.widget.children[-2].value
    assert shown(choice) == "<pre>3 · 2 + 2</pre>"


def test_what_is_pressed_later_is_explained_and_the_guess_stays(choice, calls):
    choice.choose("5")
    choice.choose("6")
    assert choice.message == f"6: no. The biases are missing. {ANSWER}"
    assert (choice.guess, calls) == ("5", ["reveal"])


@pytest.fixture
def typed():
    wrong = {"too large": "A guess costs log(10).", 0: "Nothing has been learned yet.",
             100: "That is per cent."}  # fmt: skip
    question = labs.predict("What is the loss?", (2.2, 2.6), answer="About 2.3.", wrong=wrong)
    yield question
    question.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2.3", "2.3: right."),
        ("2.2", "2.2: right."),
        ("0", "0: no. Nothing has been learned yet."),
        ("−1", "−1: no. That is too small."),
        ("100.0", "100: no. That is per cent."),
        ("1,000", "1000: no. A guess costs log(10)."),
    ],
)
def test_a_number_near_enough_is_right(typed, text, message):
    typed.field.value = text
    typed.buttons["Guess"].click()
    assert typed.message == f"Your guess, {message} About 2.3."


@pytest.mark.parametrize("text", ["", "two"])
def test_what_is_no_number_is_no_guess(typed, text):
    typed.field.value = text
    typed.buttons["Guess"].click()
    assert typed.message == f"{text!r} is no number: type one, such as 0.5."
    assert typed.guess is None


def test_a_reveal_that_raises_is_read(calls):
    def reveal():
        raise RuntimeError("no <data>")

    question = labs.predict("True?", ["yes", "no"], answer="Yes.", reveal=reveal, wrong={"no": "."})
    question.choose("yes")
    trouble = "It cannot be shown: RuntimeError: no <data>."
    assert question.message == f"Your guess, yes: right. {trouble} Yes."
    assert html.escape("no <data>") in question.widget.children[-2].value
    assert isinstance(question.error, RuntimeError)


def test_a_reveal_changes_no_random_state():
    """A student may guess at any time between two cells, or not at all."""

    def reveal():
        keras.utils.set_random_seed(3)
        return str(keras.random.uniform((1,)))

    normal = np.random.standard_normal

    def numbers():
        return random.random(), float(keras.random.uniform(())), normal()

    keras.utils.set_random_seed(7)
    alone = numbers()
    keras.utils.set_random_seed(7)
    question = labs.predict("True?", ["yes", "no"], answer="Yes.", reveal=reveal, wrong={"no": "."})
    question.choose("no")
    assert question.error is None
    assert numbers() == alone


class Table:
    def _repr_html_(self):
        return "<table></table>"


def test_a_reveal_shows_pictures_with_their_text_tables_and_both():
    picture = draw.tensor(np.eye(3))
    for result, parts in [
        (picture, [f'alt="{html.escape(picture.describe())}"', "data:image/png;base64,"]),
        (Table(), ["<table></table>"]),
        ((Table(), "1 < 2"), ["<table></table><pre>1 &lt; 2</pre>"]),
    ]:
        assert all(part in page(result) for part in parts)


def test_a_question_without_a_reveal_shows_its_answer_only(typed):
    typed.choose(2.3)
    assert typed.message
    assert shown(typed) == ""


def test_code_in_a_question_is_marked_and_nothing_else_is_html():
    question = labs.predict("Is `x < 3` <b>?", ["a", "b"], answer=".", wrong={"a": ""})
    assert "<code>x &lt; 3</code> &lt;b&gt;?" in question.widget.children[0].value


def test_a_class_votes(choice):
    before = choice.widget.children
    (switch,) = [one for one in before[1].children if isinstance(one, widgets.ToggleButton)]
    switch.value = True
    for option, count in {"5": 2, "6": 5, "8": 3}.items():
        choice.votes[option].value = count
    bars = choice.widget.children[-3].value
    assert [text in bars for text in ("5: 2, 20%", "6: 5, 50%", "8: 3, 30%")] == [True] * 3
    assert choice.guess is None  # and nothing is told
    switch.value = False
    assert choice.widget.children == before


@pytest.mark.parametrize(
    ("options", "wrong", "message"),
    [
        (["a", "b"], {"a": "", "b": ""}, "None of the options"),
        (["a", "b"], {"c": ""}, "wrong has 'c'"),
        ((1, 2), {"a": ""}, "wrong has 'a'"),
        ((1, 2), {1.5: ""}, "wrong has 1.5"),
    ],
)
def test_what_is_no_question_is_refused(options, wrong, message):
    with pytest.raises(ValueError, match=message):
        labs.predict("?", options, answer=".", wrong=wrong)

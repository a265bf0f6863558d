"""Whatever an answer is or does, there is a verdict, and soon."""

import os
import random
import signal
import sys
import threading
import time

import keras
import numpy as np
import pytest

from anatomy import check
from anatomy.check import verdict


def twice(answer, factor=2):
    """A check: the answer, or what it returns, is four."""
    value = answer() if callable(answer) else answer
    return check.Verdict(value * factor == 4, "Tried.")


Dense, ROWS = keras.layers.Dense, np.zeros((8, 1))
judged = verdict.judged("Put two in place of the dots.")(twice)


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (2, True, "Right. Tried."),
        (lambda: 2, True, "Right. Tried."),
        (3, False, "Not yet. Tried."),
        (..., None, "No answer yet. Put two"),
        (lambda: ..., None, "No answer yet. Put two"),
        (lambda: None, False, "Not yet. It returns nothing: end it with return."),
        ([1, ...], None, "No answer yet. Put two"),
        ({"a": ...}, None, "No answer yet. Put two"),
        (lambda: (1, ...), None, "No answer yet. Put two"),
        (None, False, "Not yet. TypeError: unsupported operand"),
        (lambda: 1 / 0, False, "Not yet. ZeroDivisionError: division by zero"),
        (lambda: sys.exit(), False, "Not yet. SystemExit"),
        (lambda x: 2, False, "missing 1 required positional argument"),
    ],
)
def test_any_answer_has_a_verdict(answer, right, said):
    found = judged(answer)
    assert found.right is right
    assert bool(found) is (right is True)
    assert said in repr(found)


def loops():
    while True:
        time.sleep(0.01)


def loops_and_swallows():
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


@pytest.mark.parametrize("answer", [loops, loops_and_swallows])
def test_an_answer_that_does_not_end_is_stopped(answer, monkeypatch):
    monkeypatch.setattr(verdict, "SECONDS", 0.2)
    assert "still at work after 0.2 s" in judged(answer).text
    for thread in threading.enumerate():
        if thread.name == "anatomy-check":
            thread.join(60)
            assert not thread.is_alive()


def test_an_answer_that_cannot_be_stopped_is_left_behind(monkeypatch):
    monkeypatch.setattr(verdict, "SECONDS", 0.1)
    monkeypatch.setattr(verdict, "PATIENCE", 0.1)
    wake = threading.Event()

    def sleeps():
        try:
            wake.wait(60)
        except verdict.TooLong:
            wake.wait(60)

    assert "Does it end?" in judged(sleeps).text
    wake.set()


@pytest.fixture
def as_in_a_cell():
    """A kernel's handler of an interrupt: tests begun in the background of a script ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("as_in_a_cell")
def test_an_interrupt_stops_the_answer_and_is_the_students_own():
    begun = threading.Event()

    def answer():
        begun.set()
        loops()

    def interrupt():
        begun.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    before = threading.enumerate()  # those of other tests, given up, may still run
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        judged(answer)
    assert len(caught.traceback) == 2  # the line of the student's, and one of ours
    for thread in threading.enumerate():
        if thread.name == "anatomy-check" and thread not in before:
            thread.join(60)
            assert not thread.is_alive()


def test_a_check_leaves_numpy_and_keras_as_they_were():
    def draws():
        keras.utils.set_random_seed(7)
        return keras.layers.Dense(2, name=None) and 2

    keras.utils.set_random_seed(1)
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert judged(draws)
    assert before == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


def test_a_page_shows_a_verdict_as_it_is():
    shown = check.Verdict(False, "<Dense> & more")._repr_html_()
    assert "<b>Not yet.</b> &lt;Dense&gt; &amp; more</p>" in shown
    bars = {check.Verdict(right, "")._repr_html_().split(";")[0] for right in (True, False, None)}
    assert len(bars) == 3


def test_a_wrong_use_of_a_check_is_told_too():
    assert "has no argument nonsense=1" in judged(2, nonsense=1).text


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda answer: check.number(answer, 3, why="", hint=""), "<lambda> is not a number."),
        (lambda answer: check.shape(answer, [Dense(2)], (3,)), "<lambda> is not a shape: write"),
        (lambda answer: check.parameters(answer, Dense(2), (3,)), "<lambda> is not a whole"),
        (lambda answer: check.repaired(answer, (4,), (2,)), "function <lambda>"),
        (lambda answer: check.holds(answer, {"It is": bool}, why=""), "It returns nothing"),
        (lambda answer: check.compiled(answer, (ROWS, ROWS)), "It returns nothing"),
        (lambda answer: check.reaches(answer, (ROWS, ROWS), epochs=1, loss=1.0), "It returns"),
        (lambda answer: check.same(answer, keras.Sequential([Dense(1)])), "It returns nothing"),
    ],
)
def test_a_function_that_returns_nothing_is_told_so(ask, said):
    assert said in ask(lambda: None).text

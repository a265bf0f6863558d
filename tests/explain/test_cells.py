"""Sixty wrong cells, each explained, and each change that is shown executed; sixty right ones."""

import contextlib
import io
import linecache
import re
import warnings

import pytest
from explain import held_out
from explain.cells import MORE, SETUP, WRONG
from looking import flaws, marks

from anatomy.explain import draw
from anatomy.explain.explanation import explain
from anatomy.explain.source import rows


def run(*cells):
    """(error, names): what the last of these cells raises, run as in a notebook, and all names."""
    names = {"__name__": "__main__"}
    for number, text in enumerate(cells):
        file = f"<cell {number} of {hash(cells)}>"
        linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Keras's own, for the student
                exec(compile(text, file, "exec"), names)
        except Exception as error:
            assert number == len(cells) - 1, text
            return error, names
    return None, names


def names_of(cells):
    return [f"{number} {kind}" for number, (kind, *_) in enumerate(cells)]


@pytest.mark.parametrize(("kind", "change", "cell"), WRONG + MORE, ids=names_of(WRONG + MORE))
def test_a_wrong_cell_is_explained_and_its_change_works(kind, change, cell):
    error, names = run(SETUP, cell)
    assert error is not None
    explanation = explain(error, names, [SETUP, cell])
    explanation.attempt(seconds=60)
    assert explanation.title == kind
    assert bool(explanation.after) == change
    if change:
        again, _ = run(*explanation.after.texts)
        assert again is None


@pytest.mark.parametrize(("words", "cell"), held_out.WRONG)
def test_a_cell_that_was_held_out_is_explained_and_its_change_works(words, cell):
    error, names = run(SETUP, cell)
    explanation = explain(error, names, [SETUP, cell])
    explanation.attempt(seconds=60)
    assert explanation.title != "not judged"
    assert re.search(words, explanation.what)
    if explanation.after:
        again, _ = run(*explanation.after.texts)
        assert again is None


def pictured(kind):
    """What the picture of the first wrong cell of a kind says."""
    cell = next(cell for title, _, cell in WRONG if title == kind)
    error, names = run(SETUP, cell)
    return draw.picture(explain(error, names, [SETUP, cell]))


def test_a_joint_of_several_tensors_is_marked_in_the_graph():
    image = pictured("tensors that cannot be joined")
    assert re.search(r"Add \[cannot take this\] <- dense\w*, dense\w*", image.describe())
    assert len(marks(image, "round", edge="alarm")) == 1
    assert flaws(image) == []


def test_a_model_with_branches_is_drawn_with_its_losses():
    text = pictured("several outputs").describe()
    assert "even Dense (None, 1) [1, sigmoid; 17 parameters] <- dense" in text
    losses = "sparse_categorical_crossentropy of digit, binary_crossentropy of even"
    assert f"Loss {losses}" in text


FRACTIONS = """
model = keras.Sequential([keras.Input((8,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(table, price[:, None].repeat(3, 1))
"""


def test_a_change_that_would_train_wrong_is_not_shown():
    error, names = run(SETUP, FRACTIONS)
    explanation = explain(error, names, [SETUP, FRACTIONS])
    explanation.attempt(seconds=60)
    assert explanation.title == "output, loss and targets"
    assert explanation.after is None  # three units fit, and prices are no distribution


UNJUDGED = """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, steps_per_epoch="many", verbose=0)
"""


def test_what_is_not_judged_is_said_to_be_so():
    error, names = run(SETUP, UNJUDGED)
    explanation = explain(error, names, [SETUP, UNJUDGED])
    explanation.attempt(seconds=60)
    text = draw.as_text(explanation)
    assert "Not judged: this kit has no rule for this error." in text
    assert "change: No small change is known: look at what came, and what is taken." in text


FRAME = """
import pandas as pd
frame = pd.DataFrame({"age": digits, "city": ["York", "Hull"] * 32,
                      "since": pd.date_range("2020-01-01", periods=64)})
"""


@pytest.mark.parametrize(
    ("columns", "words"),
    [(["age", "city"], "holds text, 'York'"), (["age", "since"], "Timestamp")],
)
def test_columns_of_a_table_that_are_no_numbers(columns, words):
    pytest.importorskip("pandas")
    cell = f"""
model = keras.Sequential([layers.Dense(1)])
model.compile("adam", "mse")
model.fit(frame[{columns}], price, verbose=0)
"""
    error, names = run(SETUP, FRAME, cell)
    explanation = explain(error, names, [SETUP, FRAME, cell])
    explanation.attempt(seconds=60)
    assert re.search(words, explanation.what)
    again, _ = run(*explanation.after.texts)
    assert again is None


def test_what_is_put_in_or_left_out_stands_beside_the_line_that_it_follows():
    assert rows("a\n\nc\nd", "a\n\nb\nc\nd") == [(" ", "a"), ("+", "b")]
    assert rows("fit", "compile\nfit") == [("+", "compile"), (" ", "fit")]
    assert rows("b\na\nb\nc", "b\na\nc") == [(" ", "a"), ("-", "b")]
    assert rows("a\nb", "a\nc") == [("-", "b"), ("+", "c")]

"""Sixty wrong cells, each explained, and each change that is shown executed; sixty right ones."""

import contextlib
import inspect
import io
import linecache
import re
import warnings
from unittest import mock

import jax
import numpy as np
import pytest
from explain import held_out
from explain.cells import MORE, SETUP, WRONG
from looking import flaws, marks

from anatomy.explain import draw
from anatomy.explain.explanation import explain
from anatomy.explain.source import rows

pytestmark = pytest.mark.usefixtures("quick_weights")


def traced(function, **_):
    """In the place of ``jax.jit``: returns what a compiled function does, with other numbers."""
    random = np.random.default_rng(0)

    def drawn(*arguments):
        shapes = jax.eval_shape(function, *arguments)
        return jax.tree.map(lambda one: random.uniform(1, 2, one.shape).astype(one.dtype), shapes)

    return drawn


def uncompiled():
    """A context in which ``fit()`` and its like go their whole way, but XLA computes no step.

    What a step raises, it raises as it is traced; `make endurance` has all compiled.
    """
    return mock.patch("keras.src.backend.jax.trainer.jit", traced)


def run(*cells):
    """(error, names): what the last of these cells raises, run as in a notebook, and all names."""
    names = {"__name__": "__main__"}
    for number, text in enumerate(cells):
        file = f"<cell {number} of {hash(cells)}>"
        linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
        try:
            quiet = contextlib.redirect_stdout(io.StringIO())
            with uncompiled(), quiet, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Keras's own, for the student
                exec(compile(text, file, "exec"), names)
        except Exception as error:
            assert number == len(cells) - 1, text
            return error, names
    return None, names


def attempted(cell):
    """The explanation of what a cell raises, with its changes tried."""
    error, names = run(SETUP, cell)
    explanation = explain(error, names, [SETUP, cell])
    explanation.attempt(seconds=60)
    return explanation


def names_of(cells):
    return [f"{number} {kind}" for number, (kind, *_) in enumerate(cells)]


@pytest.mark.parametrize(("kind", "change", "cell"), WRONG + MORE, ids=names_of(WRONG + MORE))
def test_a_wrong_cell_is_explained_and_its_change_works(kind, change, cell):
    explanation = attempted(cell)
    assert explanation.title == kind
    assert bool(explanation.after) == change
    if change:
        again, _ = run(*explanation.after.texts)
        assert again is None


@pytest.mark.parametrize(("words", "cell"), held_out.WRONG)
def test_a_cell_that_was_held_out_is_explained_and_its_change_works(words, cell):
    explanation = attempted(cell)
    assert explanation.title != "not judged"
    assert re.search(words, explanation.what)
    if explanation.after:
        again, _ = run(*explanation.after.texts)
        assert again is None


SHAPED = """
model = keras.Sequential([{}, layers.Dense(1)])
model.compile("adam", "mse")
model.fit({}, price, batch_size=32, verbose=0)
"""


@pytest.mark.parametrize(
    ("x", "first", "one"),
    [
        ("series", "keras.Input(series.shape), layers.LSTM(4)", "series.shape[1:]"),
        ("series", "layers.LSTM(4, input_shape=(64, 20, 3))", "(20, 3)"),
        ("series", "keras.Input((32, 20, 3)), layers.LSTM(4)", "(20, 3)"),  # of a batch
        ("table", "keras.Input(shape=table.shape)", "table.shape[1:]"),
        ("table", "layers.Dense(4, input_shape=(len(table), 8))", "(8,)"),
        ("table", "keras.Input((table.shape[0],))", "table.shape[1:]"),
        ("images", "keras.Input(images.shape), layers.Flatten()", "images.shape[1:]"),
        ("images", "keras.Input((64, 28, 28)), layers.Conv2D(4, 3), layers.Flatten()",
         "(28, 28, 1)"),
    ],
)  # fmt: skip
def test_a_shape_without_its_samples_is_tried_with_the_data(x, first, one):
    explanation = attempted(SHAPED.format(first, x))
    assert "begins with the samples axis" in explanation.what
    assert one in draw.change_text(explanation)
    assert run(*explanation.after.texts)[0] is None


TWO = """
a, b = keras.Input(table.shape), keras.Input(flat.shape)
model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))
model.compile("adam", "mse")
model.fit([table, flat], price, verbose=0)
"""


def test_each_of_several_inputs_loses_its_samples():
    explanation = attempted(TWO)
    assert "Input(table.shape[1:]), keras.Input(flat.shape[1:])" in explanation.after.texts[-1]
    assert run(*explanation.after.texts)[0] is None


@pytest.mark.parametrize(
    "first", ["keras.Input((None, 8)), layers.LSTM(4), layers.LSTM(4)",
              "keras.Input((None, 16, 16, 3)), layers.ConvLSTM2D(4, 3), layers.LSTM(4)",
              "keras.Input((images.shape[1], images.shape[2])), layers.Conv2D(4, 3)"]
)  # fmt: skip
def test_a_shape_of_one_sample_has_no_samples_axis(first):
    assert attempted(f"keras.Sequential([{first}])").title == "layers that do not fit"


@pytest.mark.parametrize(
    ("x", "first", "one"),
    [
        ("series", "keras.Input((64,)), layers.LSTM(4)", "(20, 3)"),  # Reshape((64, 1)) builds
        ("series", "layers.Conv1D(4, 3, input_shape=(20,)), layers.Flatten()", "(20, 3)"),
        ("series", "keras.Input((20, 3, 1)), layers.GRU(4)", "(20, 3)"),
        ("images", "keras.Input((28,)), layers.Conv2D(4, 3), layers.Flatten()", "(28, 28, 1)"),
    ],
)
def test_an_input_of_another_rank_than_the_data_gets_their_shape(x, first, one):
    explanation = attempted(SHAPED.format(first, x))
    assert f"{x} has samples of {one.replace(', 1)', ')')}" in explanation.what
    assert one in explanation.after.texts[-1]
    assert run(*explanation.after.texts)[0] is None


@pytest.mark.parametrize(
    ("first", "change"),
    [
        ("keras.Input((20,)), layers.LSTM(4)", "keras.Input((20, 3)), layers.LSTM"),
        ("keras.Input((784,)), layers.Conv2D(4, 3)", "layers.Reshape((28, 28, 1))"),  # flat fits
        ("keras.Input((16, 16, 3, 1)), layers.Conv2D(4, 3)", "layers.TimeDistributed("),
    ],
)
def test_a_model_without_data_gets_the_shape_of_the_one_array_that_is_like_its_input(first, change):
    explanation = attempted(f"keras.Sequential([{first}])")
    assert change in explanation.after.texts[-1]
    assert run(*explanation.after.texts)[0] is None


def test_what_builds_and_does_not_take_the_data_is_not_shown():
    cell = SHAPED.format("keras.Input((64,)), layers.LSTM(4)", "flat")
    assert attempted(cell).after is None  # Reshape((64, 1)) builds


@pytest.mark.parametrize("cell", ["plot_model(None)", "plot_model()", "to_categorical()"])
def test_an_import_is_not_shown_for_a_call_that_is_wrong_itself(cell):
    explanation = attempted(cell)
    assert explanation.title == "a name that is not imported"
    assert explanation.after is None


def test_inputs_are_an_argument_of_no_layer():
    assert "Dense() has no argument 'inputs'" in attempted("layers.Dense(4, inputs=3)").what


def test_a_number_for_a_shape_is_that_of_the_line():
    first = "keras.Input(shape=table.shape[0])"
    assert "Input(shape=table.shape[1:])" in attempted(SHAPED.format(first, "table")).after.texts[1]


def pictured(kind):
    """What the picture of the first wrong cell of a kind says."""
    cell = next(cell for title, _, cell in WRONG if title == kind)
    error, names = run(SETUP, cell)
    return draw.picture(explain(error, names, [SETUP, cell]))


BATCHES = """
def batches():
    for _ in range(9):
        yield table, digits


made = batches()
model = keras.Sequential([keras.Input((8,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(table, one_hot, validation_data=made, validation_steps=1, verbose=0)
"""


def test_batches_of_validation_are_left_to_the_student():
    error, names = run(SETUP, BATCHES)
    assert inspect.getgeneratorstate(names["made"]) == "GEN_CREATED"
    explanation = explain(error, names, [SETUP, BATCHES])
    explanation.attempt(seconds=60)
    assert explanation.title == "output, loss and targets"
    assert inspect.getgeneratorstate(names["made"]) == "GEN_CREATED"


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


@pytest.mark.parametrize(
    ("cell", "lines"),
    [
        ("model = Sequential([Dense(4), Dense(1)])",
         "from keras.layers import Dense\nfrom keras.models import Sequential\n"),
        ("to_categorical(digits)", "from keras.utils import to_categorical\n"),
        ("models.Sequential([layers.Dense(1)])", "from keras import models\n"),
        ("layers.Dense(1, kernel_regularizer=regularizers.l2(0.1))",
         "from keras import regularizers\n"),
        ("def net():\n    return Input((8,))\n\nnet()", "from keras.layers import Input\n"),
        ("metrics.AUC()", "from keras import metrics\n"),
        ("fashion_mnist.load_data", "from keras.datasets import fashion_mnist\n"),
    ],
)  # fmt: skip
def test_a_name_that_is_not_imported_gets_its_line(cell, lines):
    explanation = attempted(cell)
    assert explanation.title == "a name that is not imported"
    assert explanation.after.texts[-1] == lines + cell


FRACTIONS = """
model = keras.Sequential([keras.Input((8,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(table, price[:, None].repeat(3, 1))
"""


def test_a_change_that_would_train_wrong_is_not_shown():
    explanation = attempted(FRACTIONS)
    assert explanation.title == "output, loss and targets"
    assert explanation.after is None  # three units fit, and prices are no distribution


UNJUDGED = """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, steps_per_epoch="many", verbose=0)
"""


def test_what_is_not_judged_is_said_to_be_so():
    explanation = attempted(UNJUDGED)
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

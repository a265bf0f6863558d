"""Whatever a caller gives: shapes, stacks, controls and the line of a workflow."""

import keras
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as any_of
from keras import layers as kl

from anatomy import draw, layers
from anatomy.base import controls
from anatomy.workflow.workflow.line import parse

#: The same examples each time, as many as take a few seconds, however slow the machine is.
few = settings(max_examples=40, deadline=None, derandomize=True, database=None)

SHAPES = any_of.lists(any_of.integers(1, 9), min_size=1, max_size=4).map(tuple)
SMALL = any_of.integers(1, 4)
LAYERS = any_of.lists(
    any_of.one_of(
        any_of.tuples(any_of.sampled_from([kl.Dense, kl.LSTM, kl.MaxPooling2D]), SMALL),
        any_of.tuples(any_of.just(kl.Conv2D), SMALL, SMALL),
        any_of.tuples(any_of.sampled_from([kl.Flatten, kl.GlobalAveragePooling1D])),
        any_of.tuples(any_of.just(kl.Reshape), SHAPES),
    ),
    max_size=3,
)
NUMBERS = any_of.integers(-50, 50) | any_of.floats(-1e6, 1e6, allow_nan=False)
ABBREVIATIONS = any_of.one_of(
    any_of.tuples(NUMBERS, NUMBERS), any_of.lists(NUMBERS, max_size=4), any_of.text(max_size=5),
    any_of.booleans(), any_of.none(), NUMBERS,
)  # fmt: skip


def outcome(function, *arguments):
    """What a call returns, and the words in which it is refused."""
    try:
        return function(*arguments), ""
    except (ValueError, TypeError) as error:
        return None, str(error)


@few
@given(SHAPES, SHAPES)
def test_an_array_of_any_shape_is_drawn_or_refused(shape, more):
    x = np.zeros(shape + more)
    picture, refusal = outcome(draw.tensor, x)
    assert (x.ndim > 5) == bool(refusal)
    assert (str(x.ndim) in refusal) if refusal else picture.describe()


@few
@given(SHAPES, LAYERS)
def test_a_stack_fits_where_keras_says_so(shape, calls):
    """A stack that has no break is one that Keras builds, and outputs what Keras outputs."""
    given = [kind(*arguments) for kind, *arguments in calls]
    stack = layers.stack(shape, given)
    tensor, refused = keras.KerasTensor((None, *shape)), None
    for index, layer in enumerate(given):
        try:
            copy = type(layer).from_config(layer.get_config())
            tensor = keras.KerasTensor(copy.compute_output_spec(tensor).shape)
        except Exception:
            refused = index
            break
    if stack.broken is None or stack.broken.silent:
        assert refused is None or (stack.broken and stack.broken.index < refused)
    else:
        assert stack.broken.index == refused
    if stack.broken is None and given:
        assert stack.joints[-1].output_shape == tensor.shape
    assert str(shape[0]) in draw.bricks(stack).describe()


@few
@given(ABBREVIATIONS)
def test_an_abbreviation_is_a_control_or_refused(abbreviation):
    control, refusal = outcome(controls.control, "n", abbreviation)
    assert refusal.startswith("n=") if refusal else control.description == "n"


PARTS = any_of.sampled_from(
    ["digits", "dense 32 relu", "dense 10 softmax", "flatten", "mse", "adam 0.01", "epochs 3",
     "batch 64", "seed 1", "metric accuracy", "dens 3", "epochs 0", "lstm 3", ""]
)  # fmt: skip


@few
@given(
    any_of.lists(PARTS | any_of.text(max_size=6), max_size=4).map(
        lambda parts: "; ".join(["digits", *parts])
    )
)
def test_any_line_of_a_workflow_is_read_or_quoted(line):
    state, refusal = outcome(parse, line)
    assert refusal or parse(str(state)) == state

"""Which layers keep state, held against every public layer of Keras."""

import inspect
import math

import keras
import numpy as np
import pytest

from anatomy import layers
from anatomy.layers import state

pytestmark = pytest.mark.usefixtures("quick_weights")

TABLE = layers.states()
KINDS = {
    found
    for _, found in inspect.getmembers(keras.layers, inspect.isclass)
    if issubclass(found, keras.layers.Layer)
}


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.name)
def test_a_row_is_what_keras_builds(row):
    layer = state.make(row.name, getattr(keras.layers, row.name))
    shapes = row.input_shape if isinstance(row.input_shape, list) else [row.input_shape]
    given = [np.zeros((2, *shape[1:]), "float32") for shape in shapes]
    if len(shapes) == 1:
        layer(keras.Input(shapes[0][1:]))
    elif "query" in inspect.signature(layer.call).parameters:
        layer(*given)
    else:
        layer(given)
    assert [name.split("/")[-1] for name in row.weights] == [w.name for w in layer.weights]
    assert row.trainable == sum(math.prod(w.shape) for w in layer.trainable_weights)
    trained = {id(w) for w in layer.trainable_weights}
    assert set(row.others) == {v.name for v in layer.variables if id(v) not in trained}
    kinds = {(True, True): "trained weights", (False, True): "non-trained state"}
    assert row.kind == kinds.get((bool(trained), bool(layer.variables)), "none")
    facts = layers.facts(layer, shapes[0][1:] if len(shapes) == 1 else [s[1:] for s in shapes])
    assert facts.parameters == layer.count_params()


def test_every_layer_of_keras_is_in_the_table_or_left_out():
    named = {getattr(keras.layers, name) for name in [row.name for row in TABLE]}
    left = {getattr(keras.layers, name) for name in TABLE.left_out}
    assert named | left == KINDS
    assert not named & left
    assert len(TABLE) == len(named)
    assert len(TABLE) > 100


def test_those_left_out_are_few_and_known():
    with_tensorflow = {"HashedCrossing", "Hashing", "IntegerLookup", "StringLookup"}
    with_tensorflow |= {"TextVectorization"}
    assert set(TABLE.left_out) - with_tensorflow == set(state.APART)
    assert all(TABLE.left_out.values())
    for name in with_tensorflow & set(TABLE.left_out):
        assert "TensorFlow" in TABLE.left_out[name]


def test_the_table_by_what_is_kept():
    assert TABLE["Dense"].kind == "trained weights"
    assert (TABLE["Dropout"].kind, TABLE["Dropout"].others) == (
        "non-trained state",
        ("seed_generator_state",),
    )
    assert TABLE["BatchNormalization"].others == ("moving_mean", "moving_variance")
    assert TABLE["Flatten"].kind == TABLE["MaxPooling2D"].kind == "none"
    assert [TABLE[name].input_shape for name in ("Dense", "LSTM", "Conv2D")] == [
        (None, *shape) for shape in state.FORMATS
    ]


def test_the_table_reads_in_groups():
    text = repr(TABLE)
    for kind in ("trained weights", "non-trained state", "none"):
        assert f"{kind}: {sum(row.kind == kind for row in TABLE)} layers" in text
    assert "  Dense                  kernel, bias\n" in text
    assert "  Wrapper: the base of layers around a layer" in text


def test_the_table_is_the_same_each_time():
    state.states.cache_clear()
    assert layers.states() == TABLE
    assert layers.states() is layers.states()

"""Which layers keep state, held against every public layer of Keras."""

import inspect
import math

import keras
import numpy as np
import pytest

from anatomy import layers
from anatomy.layers import survey

pytestmark = pytest.mark.usefixtures("quick_weights")

TABLE = layers.states()
PUBLIC = {
    value
    for _, value in inspect.getmembers(keras.layers, inspect.isclass)
    if issubclass(value, keras.layers.Layer)
}


def test_the_facts_are_those_of_a_layer_that_keras_builds():
    for name, facts in TABLE.facts.items():
        layer = survey.instance(name, getattr(keras.layers, name))
        several = isinstance(facts.input_shape, list)
        inputs = facts.input_shape if several else [facts.input_shape]
        tensors = [np.zeros((2, *shape[1:]), "float32") for shape in inputs]
        if not several:
            layer(keras.Input(inputs[0][1:]))
        elif "query" in inspect.signature(layer.call).parameters:
            layer(*tensors)
        else:
            layer(tensors)
        assert [w.name.split("/")[-1] for w in facts.weights] == [w.name for w in layer.weights]
        assert facts.parameters == layer.count_params(), name
        trainable = {id(w) for w in layer.trainable_weights}
        assert facts.trainable_parameters == sum(
            math.prod(w.shape) for w in layer.trainable_weights
        )
        others = {v.name for v in layer.variables if id(v) not in trainable}
        weights = {w.name for w in facts.weights if w.trainable}
        state = () if facts.state == "none" else facts.state
        assert set(state) - weights == others, name
        kind = {(True, True): "trained weights", (False, True): "non-trained state"}
        expected = kind.get((bool(trainable), bool(layer.variables)), "none")
        assert TABLE.kind(name) == expected, name


def test_every_layer_of_keras_is_in_the_table_or_left_out():
    built = {getattr(keras.layers, name) for name in TABLE.facts}
    left = {getattr(keras.layers, name) for name in TABLE.left_out}
    assert built | left == PUBLIC
    assert not built & left
    assert len(built) == len(TABLE.facts) > 100


def test_those_left_out_are_few_and_known():
    with_tensorflow = {"HashedCrossing", "Hashing", "IntegerLookup", "StringLookup"}
    with_tensorflow |= {"TextVectorization"}
    apart = {"InputLayer", "Layer", "Wrapper", "FlaxLayer", "JaxLayer", "TFSMLayer"}
    apart |= {"GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells", "TorchModuleWrapper"}
    assert set(TABLE.left_out) - with_tensorflow == apart
    assert all(TABLE.left_out.values())
    for name in with_tensorflow & set(TABLE.left_out):
        assert "TensorFlow" in TABLE.left_out[name]


def test_the_table_by_what_is_kept():
    assert TABLE.kind("Dense") == "trained weights"
    assert TABLE.kind("Dropout") == "non-trained state"
    assert TABLE.facts["Dropout"].state == ("seed_generator_state",)
    assert TABLE.facts["BatchNormalization"].state[2:] == ("moving_mean", "moving_variance")
    assert TABLE.kind("Flatten") == TABLE.kind("MaxPooling2D") == "none"
    assert [TABLE.facts[name].input_shape for name in ("Dense", "LSTM", "Conv2D")] == [
        (None, *shape) for shape in survey.FORMATS
    ]


def test_the_table_reads_in_groups():
    text = repr(TABLE)
    for kind in survey.KINDS:
        count = sum(TABLE.kind(name) == kind for name in TABLE.facts)
        assert f"{kind}: {count} layers" in text
    assert "  Dense                  kernel, bias\n" in text
    assert "  Wrapper: the base of other layers" in text


def test_the_table_is_made_once():
    assert layers.states() is layers.states()

"""Pairs of models that are built alike, and pairs that are not: the first difference in words."""

import re

import keras
import pytest
from keras import layers
from models import zoo

from anatomy import models

pytestmark = pytest.mark.usefixtures("quick_weights")


def chain(*stack, features=4):
    return keras.Sequential([keras.Input((features,)), *stack])


def applied(function, shape=(4,)):
    """The functional model of a function of tensors."""
    inputs = keras.Input(shape)
    return keras.Model(inputs, function(inputs))


def test_whatever_is_built_twice_is_the_same():
    for build in zoo.SMALL:
        assert models.same(zoo.made(build), build()), build


def test_sequential_and_functional_are_the_same():
    one = chain(layers.Dense(3, activation="relu"), layers.Dropout(0.5), layers.Dense(2))

    def two(x):
        x = layers.Dense(3, activation=keras.activations.relu, name="hidden")(x)
        return layers.Dense(2)(layers.Dropout(0.5)(x, training=None))

    answer = models.same(one, applied(two))
    assert answer
    assert answer.reason == "They are the same: 4 layers, linked in the same way."
    assert repr(answer) == answer.reason
    assert models.same(applied(two), one)


def test_names_weights_and_the_order_of_making_do_not_matter():
    def one(x):
        first, second = layers.Dense(3)(x), layers.Dense(5)(x)
        return layers.Concatenate()([first, second])

    def other(x):
        second, first = layers.Dense(5, name="b")(x), layers.Dense(3, name="a")(x)
        return layers.Concatenate()([first, second])

    assert models.same(applied(one), applied(other))


def test_an_argument_given_by_position_or_by_name_is_the_same():
    def attention(call):
        return applied(lambda x: call(layers.MultiHeadAttention(2, 4), x), (5, 4))

    one = attention(lambda layer, x: layer(x, x))
    assert models.same(one, attention(lambda layer, x: layer(x, value=x)))
    other = attention(lambda layer, x: layer(x, x, use_causal_mask=True))
    assert "has constants None" in models.same(one, other).reason
    assert models.same(one, other).reason.endswith("has use_causal_mask=True.")


def twice(order):
    """Two layers of one kind, each called twice, in this order."""
    both = layers.Dense(4), layers.Dense(4)

    def call(x):
        for which in order:
            x = both[which](x)
        return x

    return applied(call)


def regularized():
    return chain(layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.1)))


PAIRS = {
    "units": (
        lambda: chain(layers.Dense(3)), lambda: chain(layers.Dense(5)),
        "the first has Dense(3) 'a' where the second has Dense(5) 'b'"),
    "type": (
        lambda: applied(layers.LSTM(3), (5, 4)), lambda: applied(layers.GRU(3), (5, 4)),
        "the first has LSTM(3, tanh) 'a' where the second has GRU(3, tanh) 'b'"),
    "order": (
        lambda: chain(layers.Dense(4), layers.ReLU()),
        lambda: chain(layers.ReLU(), layers.Dense(4)),
        "the first has Dense(4) 'a' where the second has ReLU 'b'"),
    "longer": (
        lambda: chain(layers.Dense(3)), lambda: chain(layers.Dense(3), layers.ReLU()),
        "the second goes on with ReLU 'c'"),
    "shape": (
        lambda: chain(layers.Dense(3)), lambda: chain(layers.Dense(3), features=5),
        "InputLayer 'a' has shape (None, 4), InputLayer 'b' has (None, 5)"),
    "argument": (
        lambda: chain(layers.Dense(3)), lambda: chain(layers.Dense(3, use_bias=False)),
        "Dense(3) 'a' has use_bias True, Dense(3) 'b' has False"),
    "argument without weights": (
        lambda: chain(layers.LeakyReLU(0.1)), lambda: chain(layers.LeakyReLU(0.2)),
        "LeakyReLU 'a' has negative_slope 0.1, LeakyReLU 'b' has 0.2"),
    "object as argument": (
        lambda: chain(layers.Dense(3)), regularized,
        "Dense(3) 'a' has kernel_regularizer None, "
        "Dense(3) 'b' has keras.regularizers.L2(l2=0.1)"),
    "inside of a wrapper": (
        lambda: applied(layers.TimeDistributed(layers.Dense(3)), (5, 4)),
        lambda: applied(layers.TimeDistributed(layers.Dense(3, use_bias=False)), (5, 4)),
        "TimeDistributed(Dense 3) 'a' has layer layers.Dense(3), "
        "TimeDistributed(Dense 3) 'b' has layers.Dense(3, use_bias=False)"),
    "constant": (
        lambda: applied(lambda x: 2 * x), lambda: applied(lambda x: 3 * x),
        "the first has Multiply(2) 'a' where the second has Multiply(3) 'b'"),
    "slice": (
        lambda: applied(lambda x: x[:, :2]), lambda: applied(lambda x: x[:, 2:]),
        "the first has GetItem([:, :2]) 'a' where the second has GetItem([:, 2:]) 'b'"),
    "links": (
        lambda: applied(lambda x: x - layers.ReLU()(x)),
        lambda: applied(lambda x: layers.ReLU()(x) - x),
        "Subtract 'a' and Subtract 'b' take the outputs of different layers"),
    "shared": (
        zoo.again, lambda: chain(*[layers.Dense(4) for _ in range(3)]),
        "Dense(4) 'a' has calls 3, Dense(4) 'b' has 1"),
    "which is shared": (
        lambda: twice((0, 1, 0, 1)), lambda: twice((0, 1, 1, 0)),
        "the first calls Dense(4) 'a' where the second calls another, 'b'"),
    "inputs": (zoo.two_branches, zoo.inception, "the first has 2 inputs, the second 1"),
    "call": (
        zoo.subclassed, zoo.lazy,
        "of one of them, only its own call() knows what follows what"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_the_first_difference(name):
    one, other, says = PAIRS[name]
    answer = models.same(one(), other())
    assert not answer
    said = re.sub(r"(?<= )'[a-z_0-9]+'", "'…'", answer.reason)
    assert said == "They differ: " + re.sub(r"(?<= )'[a-z]'", "'…'", says) + "."


def test_a_layer_that_cannot_say_its_arguments_is_compared_by_the_rest():
    class Own(layers.Layer):
        def __init__(self, table):
            super().__init__()
            self.table = table

        def call(self, x):
            return x

    assert models.same(chain(Own({1})), chain(Own({2})))
    assert not models.same(chain(Own({1})), chain(layers.ReLU()))

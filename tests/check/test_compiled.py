"""A model that fits its targets, and trains."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import check

R = np.random.default_rng(0)
X = R.normal(size=(128, 3)).astype("float32")
KIND = (X[:, 0] > 0).astype("int32")
B_LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


def built(units, activation, loss, rate=0.1):
    last = layers.Dense(units, activation=activation)
    model = keras.Sequential([keras.Input((3,)), last])
    model.compile(keras.optimizers.SGD(rate), loss)
    return model


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (lambda: built(1, None, B_LOGITS), True, "Output, loss and targets fit"),
        (built(2, "softmax", "sparse_categorical_crossentropy"), True, "in 3 epochs"),
        (lambda: built(1, None, "binary_crossentropy"), False, "The output is linear"),
        (lambda: built(1, "softmax", "sparse_categorical_crossentropy"), False, "share"),
        (lambda: built(1, "sigmoid", "binary_crossentropy", 0.0), False, "the loss went from"),
        (lambda: 3, False, "3"),
        (built, False, "TypeError"),
        (None, False, "None"),
        (lambda: built(1, "sigmoid", lambda y, p: keras.ops.mean(p)), False, "is not known"),
    ],
)
def test_a_repaired_compile(answer, right, said):
    verdict = check.compiled(answer, (X, KIND))
    assert verdict.right is right
    assert said in verdict.text


@pytest.mark.parametrize("as_a_dict", [True, False])
def test_outputs_are_named_as_their_targets(as_a_dict):
    def two(*names):
        inputs = keras.Input((3,))
        ends = {n: layers.Dense(1, name=None if as_a_dict else n)(inputs) for n in names}
        model = keras.Model(inputs, ends if as_a_dict else list(ends.values()))
        model.compile(keras.optimizers.SGD(0.1), "mse")
        return model

    data = X, {"sum": X.sum(axis=1, keepdims=True), "first": X[:, :1]}
    assert check.compiled(lambda: two("sum", "first"), data)
    for wrong in (lambda: two("sum", "last"), lambda: built(1, None, "mse")):
        assert "named sum and first" in check.compiled(wrong, data).text

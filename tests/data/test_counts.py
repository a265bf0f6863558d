"""One gate for counts, rates and names: what was received, and what would do."""

import re

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import draw, hypotheses, labs, losses, optimizers, predictions, training
from anatomy.data import calls
from anatomy.layers import convolve

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def build(units=3, learning_rate=0.01):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    return model


def line(loss="mse"):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile("sgd", loss)
    return model


def points():
    return X[:5, :1], X[:5, :1]


def number(n=8):
    return keras.Sequential([keras.Input((1,)), layers.Dense(n), layers.Dense(1)])


def fit(**arguments):
    return training.fit(build(), X, Y, **{"verbose": 0} | arguments)


WRONG = [
    (lambda: fit(epochs=-1), ValueError, "epochs is -1; give a whole number from 1 up."),
    (lambda: fit(epochs=1.5), ValueError, "epochs is 1.5; give a whole number from 1 up."),
    (lambda: fit(batch_size=0), ValueError, "batch_size is 0; give a whole number from 1 up."),
    (lambda: training.fit(None, X, Y), TypeError, "model is None; give a keras.Model"),
    (lambda: training.fit(number(), X, Y), ValueError, "is not compiled; first call model.compile"),
    (lambda: training.sweep(None, (X, Y), learning_rate=[0.1]), TypeError, "build is None; give"),
    (lambda: labs.fit(build, (X, Y), batch_size=-1), ValueError, "batch_size=-1: give a whole"),
    (lambda: labs.fit(build, (X, Y), epochs=0), ValueError, "epochs=0: give a whole number"),
    (lambda: labs.outlier(line, points, epochs="a"), TypeError, "epochs is 'a'; give a whole"),
    (lambda: labs.loss(learning_rate="a"), TypeError, "learning_rate is 'a'; give a number above"),
    (lambda: labs.loss(over="predicton"), ValueError, "over is 'predicton'; did you mean"),
    (lambda: labs.loss(over="foo"), ValueError, "over is 'foo'; it is one of 'pred"),
    (lambda: draw.loss("mse", learning_rate=-1), ValueError, "learning_rate is -1; give"),
    (lambda: losses.lattice(np.ones((5, 2)) / 2, (1,), blank=1.5), ValueError, "blank is 1.5;"),
    (lambda: losses.read(np.ones(3)), ValueError, "has shape (3,); give (frames, classes)"),
    (lambda: optimizers.update("adam", np.ones(100_000)), ValueError, "gradients is 100,000; give"),
    (lambda: optimizers.plane(build(), X[:, :2], Y), ValueError, "x has 2 features; the"),
    (lambda: hypotheses.sample(number, X[:, :1], 10**9), ValueError, "n is 1,000,000,000; give"),
    (lambda: predictions.confusion([0, 10**5], [0, 1]), ValueError, "y_true has a class 100,000"),
    (lambda: predictions.confusion([0, 1], [0, 10**9]), ValueError, "y_pred has a class 1,000,"),
    (lambda: predictions.confusion([0, 1], [1]), TypeError, "y_true has 2 and y_pred has 1 rows"),
    (lambda: predictions.judge([0, 10**9], np.eye(2)), ValueError, "y_true has a label 1,000,"),
    (lambda: draw.confusion(Y, Y, range(10**9)), TypeError, "classes is range range(0, 1000000000"),
    (lambda: training.sweep(line, (X, X), seeds=range(10**9)), ValueError, "a list of 1 to 10,000"),
    (lambda: training.sweep(line, (X, X), seeds=range(9999)), ValueError, "from 1 to 1,000"),
    (lambda: training.fit(build(), range(10**9), Y), TypeError, "x is range range(0, 1000000000"),
    (lambda: predictions.confusion(range(10**9), [1]), TypeError, "y_true is range range(0, 10000"),
    (lambda: labs.predict("?", ["a"] * 99, answer="a"), ValueError, "give 1 to 20 answers"),
    (lambda: convolve(X, X[:2, :2], dilation_rate=10**5), ValueError, "from 1 to 100."),
    (lambda: hypotheses.sample(line(), X[:, :1], 10**6), ValueError, "n is 1,000,000; give"),
    (lambda: optimizers.update("adma", [1.0]), ValueError, "did you mean 'adam'?"),
    (lambda: losses.value_and_gradient("mse", X, [0.1]), ValueError, "target is array of shape"),
    (lambda: losses.value_and_gradient("mse", 7, np.eye(3)), ValueError, "target is 7; give"),
    (lambda: losses.value_and_gradient("mse", 0, X[:, :2]), ValueError, "shape (64, 2); give"),
    (lambda: draw.sweep(keras.callbacks.History()), TypeError, "sweep is History; give what"),
    (lambda: draw.hypotheses(points), TypeError, "space is function points; give what"),
    (lambda: draw.schedule(Forgetful(), 10), TypeError, "Forgetful(steps)[0] is None; give a"),
    (lambda: labs.predict("How many?", [], answer="None."), ValueError, "options is list []; give"),
    (lambda: draw.bricks([layers.Dense(3)]), TypeError, "stack is list [<Dense"),
    (lambda: draw.landscape(build(), (X, Y), n=10**5), ValueError, "n is 100,000; give"),
    (lambda: draw.schedule({3: 0.1}, 10), TypeError, "A schedule has the name 3; give a str"),
    (lambda: draw.schedule(0.1, 1.5), ValueError, "steps is 1.5; give a whole number from 2 up."),
]  # fmt: skip


class Forgetful(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        keras.ops.exp(-step)

    def get_config(self):
        return {}


class Silent(layers.Layer):
    def call(self, inputs):
        return None


def silent(y_true, y_pred):
    keras.ops.mean(y_true - y_pred)


def using(layer=None, metrics=None, learning_rate=0.1):
    def build(units=3):
        parts = [layers.Dense(units), *[layer() for layer in [layer] if layer], layers.Dense(1)]
        model = keras.Sequential([keras.Input((1,)), *parts])
        model.compile(keras.optimizers.SGD(learning_rate), "mse", metrics=metrics)
        return model

    return build


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"layer": Silent}, "Silent.call"),
        ({"metrics": [silent]}, "silent"),
        ({"learning_rate": Forgetful()}, "Forgetful.__call__"),
    ],
)
def test_a_function_that_returns_nothing_is_named_with_its_line(parts, name):
    text = message(labs.fit(using(**parts), (X[:, :1], X[:, :1]), epochs=1))
    assert re.search(rf"and {name}\(\) in line \d+ returned None", text), text


def test_what_is_misspelt_in_build_is_a_question_no_more():
    text = message(labs.fit(using(metrics=["acuracy"]), (X[:, :1], X[:, :1]), epochs=1))
    assert text.endswith("there is no 'acuracy'; the nearest is 'accuracy'.")


@pytest.mark.parametrize(("call", "kind", "words"), WRONG, ids=[row[2] for row in WRONG])
def test_a_wrong_call_is_answered(call, kind, words):
    with pytest.raises(kind, match=re.escape(words)):
        call()


@pytest.mark.parametrize("value", [True, 2.0, None, "3", np.float32(3), 10, 0])
def test_what_is_no_whole_number(value):
    with pytest.raises((TypeError, ValueError), match=r"n is .*; give a whole number from 1 "):
        calls.whole("n", value, 1, 9)
    assert calls.whole("n", np.int64(9), 1, 9) == 9


@pytest.mark.parametrize("value", [0, -1.0, np.inf, np.nan])
def test_what_is_no_rate(value):
    with pytest.raises(ValueError, match=r"rate is .*; give a number above 0"):
        calls.positive("rate", value)


def message(lab):
    assert lab.wait(60)
    text = lab.message
    lab.close()
    return text


def test_a_model_for_all_calls_is_named_in_the_first_run():
    model = build()
    text = message(labs.fit(lambda units=3: model, (X, Y), epochs=1))
    assert "The model Sequential was made outside" in text
    assert "Make a new model inside" in text


def test_a_loss_without_return_is_named():
    def forgetful(y_true, y_pred):
        keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    text = message(labs.fit(lambda units=3: line(forgetful), (X[:, :1], X[:, :1]), epochs=1))
    assert "the loss forgetful() returned None; end it with return" in text


def test_a_build_that_ignores_its_loss_is_named():
    text = message(labs.outlier(lambda loss: line(), points, epochs=1))
    assert "ignores its argument loss: all three models have 'mse'" in text


def test_samples_of_one_number_are_called_so():
    text = message(labs.fit(build, (X[:, 0], Y), epochs=1))
    assert "x has shape (64,), one number a sample; the model takes (4,)" in text

"""A fit() as a path, against a plain build, compile and fit."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data, hypotheses

X = np.linspace(-1, 1, 64, dtype="float32").reshape(-1, 1)
Y = np.sin(3 * X)


def build(rate=0.05):
    model = keras.Sequential(
        [keras.Input((1,)), layers.Dense(6, "tanh"), layers.Dropout(0.1), layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(rate), "mse", metrics=["mae"])
    return model


@pytest.fixture(scope="module")
def path():
    return hypotheses.path(build, (X, Y), X, epochs=5, seed=4)


def plain(epochs, seed=4):
    """The same by Keras alone: weights before and after each epoch, and the history."""
    keras.utils.set_random_seed(seed)
    model = build()
    seen = [model.get_weights()]
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(model.get_weights())
    )
    history = model.fit(X, Y, epochs=epochs, verbose=0, callbacks=[watch]).history
    return seen, history


def test_a_path_is_what_fit_goes_through(path):
    seen, history = plain(5)
    np.testing.assert_array_equal(path.epochs, range(6))
    for i, weights in enumerate(seen):
        for one, other in zip(path.member(i), weights, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
    assert set(path.history) == set(history)
    for name, values in history.items():
        np.testing.assert_allclose(path.history[name], values, rtol=1e-5)


def test_its_functions_are_those_of_its_weights(path):
    np.testing.assert_allclose(path.outputs[-1], np.asarray(path.model(X)), atol=1e-6)
    for one, other in zip(path.model.get_weights(), path.member(5), strict=True):
        np.testing.assert_array_equal(one, other)
    fresh = build()
    fresh.set_weights(path.member(2))
    np.testing.assert_allclose(path.outputs[2], np.asarray(fresh(X)), atol=1e-6)


def test_every_so_many_epochs_and_the_last_are_kept(path):
    few = hypotheses.path(build, (X, Y), X[:7], epochs=5, every=2, seed=4)
    np.testing.assert_array_equal(few.epochs, [0, 2, 4, 5])
    np.testing.assert_allclose(few.outputs, path.outputs[[0, 2, 4, 5], :7], atol=1e-6)
    assert few.history == path.history


def test_a_split_is_trained_on_its_training_part():
    split = data.waves()
    way = hypotheses.path(build, split, X, epochs=1)
    again = hypotheses.path(build, (split.x_train, split.y_train), X, epochs=1)
    np.testing.assert_array_equal(way.outputs, again.outputs)


def test_a_training_that_diverges_ends():
    way = hypotheses.path(lambda: sgd(1e4), (X, Y), X, epochs=40)
    assert way.epochs[0] == 0
    assert way.epochs[-1] < 40
    assert len(way.history["loss"]) < 40


def sgd(rate):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


@pytest.mark.parametrize("more", [{"epochs": 0}, {"epochs": 2, "every": 0}])
def test_epochs_are_at_least_one(more):
    with pytest.raises(ValueError, match=f"epochs is {more['epochs']} and every is .*at least 1"):
        hypotheses.path(build, (X, Y), X, **more)


def test_a_model_that_is_not_compiled():
    with pytest.raises(ValueError, match="is not compiled: it has no loss"):
        hypotheses.path(
            lambda: keras.Sequential([keras.Input((1,)), layers.Dense(1)]), (X, Y), X, epochs=1
        )

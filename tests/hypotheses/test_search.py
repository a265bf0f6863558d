"""A fit() as a path, against a plain build, compile and fit; how near its target it came."""

from dataclasses import replace

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
    with pytest.raises(ValueError, match="is 0; give a whole number from 1 up"):
        hypotheses.path(build, (X, Y), X, **more)


def test_a_model_that_is_not_compiled():
    with pytest.raises(ValueError, match="is not compiled: it has no loss"):
        hypotheses.path(
            lambda: keras.Sequential([keras.Input((1,)), layers.Dense(1)]), (X, Y), X, epochs=1
        )


TARGET = np.sin(5 * X)


@pytest.fixture(scope="module")
def space():
    return hypotheses.sample(build, X, 200)


def apart(f, g):
    return np.sqrt(np.mean((np.asarray(f, "float64") - g) ** 2))


def test_the_map_is_true_to_first_last_and_target(space, path):
    flat = hypotheses.Search(space, path, TARGET).map
    places = {"first": flat.guesses[0], "last": flat.guesses[-1], "target": np.zeros(2)}
    functions = {"first": path.outputs[0], "last": path.outputs[-1], "target": TARGET}
    for a in places:
        for b in places:
            distance = np.linalg.norm(places[a] - places[b])
            assert distance == pytest.approx(apart(functions[a], functions[b]), abs=1e-5)


def test_nothing_looks_farther_than_it_is(space, path):
    flat = hypotheses.Search(space, path, TARGET).map
    for place, member in zip(flat.members, space.outputs, strict=True):
        assert np.linalg.norm(place) <= apart(member, TARGET) + 1e-6
    assert 0 < flat.kept[1] < 1


def test_the_frame_shows_path_and_goal(space, path):
    flat = hypotheses.Search(space, path, TARGET).map
    left, right, bottom, top = flat.frame(1.5)
    assert (right - left) / (top - bottom) == pytest.approx(1.5)
    for x, y in [*flat.guesses, (0, 0)]:
        assert left < x < right
        assert bottom < y < top


def test_the_distances_are_those_of_the_functions(space, path):
    search = hypotheses.Search(space, path, TARGET)
    np.testing.assert_allclose(search.distances, [apart(f, TARGET) for f in path.outputs])
    np.testing.assert_allclose(search.sampled, [apart(f, TARGET) for f in space.outputs])
    assert search.last == search.distances[-1]
    assert search.nearest == min(search.distances.min(), search.sampled.min())
    assert search.spread == pytest.approx(np.std(TARGET))


def test_a_target_that_is_a_member_is_reached(space, path):
    found = hypotheses.Search(space, path, path.outputs[-1])
    assert (found.reached, found.missed) == (True, False)
    assert "the search found it" in found.reason
    sampled = hypotheses.Search(space, path, space.outputs[7])
    assert (sampled.reached, sampled.missed) == (True, True)
    assert "It is a sampled member" in sampled.reason
    passed = hypotheses.Search(space, path, path.outputs[2])
    assert "It is the guess after epoch 2" in passed.reason


@pytest.mark.parametrize(("share", "reached"), [(0.049, True), (0.051, False)])
def test_within_a_twentieth_of_the_spread_is_reached(space, path, share, reached):
    target = path.outputs[-1] + share * np.std(path.outputs[-1])
    found = hypotheses.Search(space, path, target)
    assert found.nearest == pytest.approx(share * found.spread, rel=1e-4)
    assert found.reached == reached


def test_without_a_target_the_first_guess_is_the_goal(space, path):
    search = hypotheses.Search(space, path)
    np.testing.assert_array_equal(search.goal, path.outputs[0])
    assert search.distances[0] == 0
    assert not search.reached
    assert not search.missed


def test_what_is_not_finite_is_left_out(space, path):
    outputs = path.outputs.copy()
    outputs[3, 5] = np.nan
    search = hypotheses.Search(space, replace(path, outputs=outputs), TARGET)
    assert search.diverged
    assert list(search.epochs) == [0, 1, 2]


def test_what_does_not_fit_is_an_error(space, path):
    with pytest.raises(ValueError, match="give both the same x"):
        hypotheses.Search(hypotheses.sample(build, X[:9], 5), path, TARGET)
    with pytest.raises(ValueError, match="target has shape"):
        hypotheses.Search(space, path, TARGET[:4])
    with pytest.raises(ValueError, match=r"target is .*; give finite numbers"):
        hypotheses.Search(space, path, TARGET * np.nan)

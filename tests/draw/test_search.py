"""fit() as a path through a hypothesis space: the map, the distances, the words."""

import keras
import numpy as np
import pytest
from draw.looking import flaws, texts
from keras import layers

from anatomy import draw, hypotheses

X = np.linspace(-1, 1, 60, dtype="float32").reshape(-1, 1)
TARGET = np.sin(3 * X)


def build(units=6, activation="tanh"):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(units, activation), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


@pytest.fixture(scope="module")
def space():
    return hypotheses.sample(build, X, 200)


@pytest.fixture(scope="module")
def path():
    return hypotheses.path(build, (X, TARGET), X, epochs=12, every=3)


def apart(f, g):
    return np.sqrt(np.mean((np.asarray(f, "float64") - g) ** 2))


def test_the_map_is_true_to_first_last_and_target(space, path):
    flat = draw.search(space, path, TARGET).map
    places = {"first": flat.guesses[0], "last": flat.guesses[-1], "target": flat.goal}
    functions = {"first": path.outputs[0], "last": path.outputs[-1], "target": TARGET}
    for a in places:
        for b in places:
            assert np.linalg.norm(places[a] - places[b]) == pytest.approx(
                apart(functions[a], functions[b]), abs=1e-5
            )


def test_nothing_looks_farther_than_it_is(space, path):
    flat = draw.search(space, path, TARGET).map
    for place, member in zip(flat.members, space.outputs, strict=True):
        assert np.linalg.norm(place - flat.goal) <= apart(member, TARGET) + 1e-6
    assert 0 < flat.kept[1] < 1


def test_the_distances_are_those_of_the_functions(space, path):
    picture = draw.search(space, path, TARGET)
    along = [apart(f, TARGET) for f in path.outputs]
    sampled = min(apart(f, TARGET) for f in space.outputs)
    np.testing.assert_array_equal(picture.curve.line.get_xdata(), [0, 3, 6, 9, 12])
    np.testing.assert_allclose(picture.curve.line.get_ydata(), along, rtol=1e-6)
    assert picture.curve.known.get_ydata()[0] == pytest.approx(sampled)
    told = picture.describe()
    for value in (along[0], along[-1], min(along), sampled, np.std(TARGET)):
        assert f"{value:.4g}" in told


def test_a_target_that_is_a_member_is_reached(space, path):
    picture = draw.search(space, path, path.outputs[-1])
    assert picture.describe().count("Target reached") == 1
    assert picture.found.reached
    assert "search found it" in picture.describe()
    sampled = draw.search(space, path, space.outputs[7])
    assert "Target reached" in sampled.describe()
    assert "A sampled member is it" in sampled.describe()


def test_a_target_that_no_member_can_be_is_not_reached():
    def line():
        model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    lines = hypotheses.sample(line, X, 50)
    search = hypotheses.path(line, (X, TARGET), X, epochs=3)
    told = draw.search(lines, search, X**2).describe()
    assert "Target not reached" in told
    assert "cannot tell" in told


@pytest.mark.parametrize("target", [None, TARGET, 1000 * TARGET, 0 * TARGET, TARGET[:, 0]])
@pytest.mark.parametrize("label", ["", "learning_rate=0.001, " * 8])
def test_it_is_readable(space, path, target, label):
    picture = draw.search(space, path, target, label=label)
    assert flaws(picture) == []
    assert picture.marks["target"].get_visible() == (target is not None)
    if label:
        assert any(text.startswith("learning_rate") for text in texts(picture))


def test_update_is_a_new_search(space, path):
    picture = draw.search(space, path, TARGET)
    before = picture.frame()
    picture.update(space, path, -TARGET, label="other")
    assert picture.frame() != before
    assert picture.describe() == draw.search(space, path, -TARGET, label="other").describe()


def test_what_does_not_fit_is_said(space, path):
    elsewhere = hypotheses.sample(build, X[:9], 5)
    with pytest.raises(ValueError, match="give both the same x"):
        draw.search(elsewhere, path, TARGET)
    with pytest.raises(ValueError, match="target has shape"):
        draw.search(space, path, TARGET[:4])
    with pytest.raises(ValueError, match="not finite"):
        draw.search(space, path, TARGET * np.nan)

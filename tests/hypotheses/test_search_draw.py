"""The map of a search, its distances and its words; the fan of a topology with a target in it."""

import keras
import numpy as np
import pytest
from keras import layers
from looking import flaws_at_all_widths, marks, texts

from anatomy import draw, hypotheses
from anatomy.hypotheses.search.draw import reach

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


def scaled(y):
    """A curve without its place and scale, as pixels and values have it alike."""
    return (y - y.min()) / np.ptp(y)


def test_the_curve_is_the_distance_after_each_epoch(space, path):
    picture, found = draw.search(space, path, TARGET), hypotheses.Search(space, path, TARGET)
    curve = marks(picture, "line", color="optimizer")[-1]
    np.testing.assert_allclose(scaled(curve["x"]), np.array([0, 3, 6, 9, 12]) / 12)
    np.testing.assert_allclose(scaled(-curve["y"]), scaled(found.distances), atol=1e-6)
    for value in (found.distances[0], found.last, found.nearest, found.sampled.min(), found.spread):
        assert f"{value:.4g}" in picture.describe()


def test_the_map_shows_every_function(space, path):
    picture, flat = draw.search(space, path, TARGET), hypotheses.Search(space, path, TARGET).map
    (members,) = marks(picture, "dots", color="data", marker="o", alpha=0.45)[:1]
    assert len(members["x"]) == 200
    np.testing.assert_allclose(scaled(members["x"]), scaled(flat.members[:, 0]), atol=1e-6)
    np.testing.assert_allclose(scaled(-members["y"]), scaled(flat.members[:, 1]), atol=1e-6)


def test_a_star_is_filled_where_the_target_is_reached(space, path):
    for target, color in ((path.outputs[-1], "targets"), (TARGET + 9, "paper")):
        picture = draw.search(space, path, target)
        assert {mark["color"] for mark in marks(picture, "dots", marker="*")} == {color}
        assert ("Target reached" in picture.describe()) == (color == "targets")
    assert not marks(draw.search(space, path), "dots", marker="*")


@pytest.mark.parametrize("target", [None, TARGET, 1000 * TARGET, 0 * TARGET, TARGET[:, 0]])
def test_it_is_readable(space, path, target):
    assert flaws_at_all_widths(draw.search(space, path, target)) == []
    picture = draw.search(space, path, target, label="learning_rate=0.001, " * 8)
    assert flaws_at_all_widths(picture) == []
    assert any(text.startswith("learning_rate") for text in texts(picture))


def test_update_is_a_new_search(space, path):
    picture = draw.search(space, path, TARGET)
    before = picture.frame()
    picture.update(target=-TARGET, label="other")
    assert picture.frame() != before
    assert picture.describe() == draw.search(space, path, -TARGET, label="other").describe()
    with pytest.raises(ValueError, match="target has shape"):
        picture.update(target=TARGET[:4])
    assert picture.describe() == draw.search(space, path, -TARGET, label="other").describe()


def test_the_nearest_member_is_shown(space):
    picture = reach(space, TARGET)
    apart = [np.sqrt(np.mean((f - TARGET) ** 2)) for f in space.outputs]
    nearest = marks(picture, "line", color="ink")[0]
    np.testing.assert_allclose(
        scaled(-nearest["y"]), scaled(space.outputs[np.argmin(apart), :, 0]), atol=1e-5
    )
    assert f"{min(apart):.4g} away" in picture.describe()
    assert flaws_at_all_widths(picture) == []
    assert picture.size[1] <= 420


def test_a_trained_function_comes_and_goes(space, path):
    picture = reach(space, TARGET)
    picture.update(path=path)
    assert "after 12 epochs: " in picture.describe()
    assert "Search: 5 guesses" in picture.describe()
    assert flaws_at_all_widths(picture) == []
    assert picture.size[1] <= 420
    picture.update(path=None)
    assert picture.describe() == reach(space, TARGET).describe()

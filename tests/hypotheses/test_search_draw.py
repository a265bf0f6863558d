"""The curve that bends onto its target, the distances and the map; and all of it in words."""

import keras
import numpy as np
import pytest
from keras import layers
from looking import flaws_at_all_widths, marks, texts

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


def scaled(y):
    """A curve without its place and scale, as pixels and values have it alike."""
    return (y - y.min()) / np.ptp(y)


def test_the_last_guess_lies_over_the_target_and_the_points(space, path):
    picture = draw.search(space, path, TARGET)
    guess, _, distances = marks(picture, "line", color="optimizer")  # between them its name
    np.testing.assert_allclose(scaled(-guess["y"]), scaled(path.outputs[-1, :, 0]), atol=1e-5)
    (target,) = marks(picture, "line", color="targets", dash="dotted")[:1]
    np.testing.assert_allclose(scaled(-target["y"]), scaled(TARGET[:, 0]), atol=1e-6)
    (points,) = marks(picture, "dots", color="quiet", alpha=0.6)[:1]
    np.testing.assert_allclose(points["y"], target["y"], atol=1e-3)  # it was trained on the target
    found = hypotheses.Search(space, path, TARGET)
    np.testing.assert_allclose(scaled(distances["x"]), np.array([0, 3, 6, 9, 12]) / 12)
    np.testing.assert_allclose(scaled(-distances["y"]), scaled(found.distances), atol=1e-6)
    for value in (found.distances[0], found.last, found.nearest, found.sampled.min(), found.spread):
        assert f"{value:.4g}" in picture.describe()


def test_earlier_guesses_are_paler(space, path):
    picture = draw.search(space, path, TARGET)
    passed = [mark for mark in marks(picture, "line") if mark["color"].startswith("optimizer ")]
    assert len(passed) == len(path) - 1
    for mark, guess in zip(passed, path.outputs, strict=False):
        np.testing.assert_allclose(scaled(-mark["y"]), scaled(guess[:, 0]), atol=1e-5)
    shares = [int(mark["color"].split()[1][:-1]) for mark in passed]
    assert shares == sorted(shares)


def test_the_map_shows_every_function(space, path):
    picture = draw.search_map(space, path, TARGET)
    flat = hypotheses.Search(space, path, TARGET).map
    (members,) = marks(picture, "dots", color="data", marker="o", alpha=0.45)[:1]
    assert len(members["x"]) == 200
    np.testing.assert_allclose(scaled(members["x"]), scaled(flat.members[:, 0]), atol=1e-6)
    np.testing.assert_allclose(scaled(-members["y"]), scaled(flat.members[:, 1]), atol=1e-6)


def test_a_star_is_filled_where_the_target_is_reached(space, path):
    for target, color in ((path.outputs[-1], "targets"), (TARGET + 9, "paper")):
        picture = draw.search_map(space, path, target)
        assert {mark["color"] for mark in marks(picture, "dots", marker="*")} == {color}
        assert ("Target reached" in picture.describe()) == (color == "targets")
    assert not marks(draw.search_map(space, path), "dots", marker="*")


def test_of_two_features_the_functions_are_points():
    plane = hypotheses.grid(np.array([[-1.0, -1], [1, 1]]), 9)

    def flat():
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    path = hypotheses.path(flat, (plane, plane[:, :1]), plane, epochs=2)
    picture = draw.search(hypotheses.sample(flat, plane, 40), path, plane[:, :1])
    assert "The map is true to the distances" in picture.describe()
    assert flaws_at_all_widths(picture) == []


@pytest.mark.parametrize("target", [None, TARGET, 1000 * TARGET, 0 * TARGET, TARGET[:, 0]])
@pytest.mark.parametrize("picture", [draw.search, draw.search_map])
def test_it_is_readable(space, path, target, picture):
    assert flaws_at_all_widths(picture(space, path, target)) == []


def test_it_has_a_name(space, path):
    picture = draw.search(space, path, TARGET, label="learning_rate=0.001, " * 8)
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


def test_before_a_search_the_nearest_member_is_shown(space):
    picture = draw.search(space, None, TARGET)
    apart = [np.sqrt(np.mean((f - TARGET) ** 2)) for f in space.outputs]
    nearest = marks(picture, "line", color="ink", dash="dashed")[0]
    np.testing.assert_allclose(
        scaled(-nearest["y"]), scaled(space.outputs[np.argmin(apart), :, 0]), atol=1e-5
    )
    assert f"{min(apart):.4g} away" in picture.describe()
    assert "Nothing is trained yet" in picture.describe()
    assert flaws_at_all_widths(picture) == []
    assert picture.size[1] <= 420


def test_a_trained_function_comes_and_goes(space, path):
    picture = draw.search(space, None, TARGET)
    high = picture.size[1]
    picture.update(path=path)
    assert "after 12 epochs" in texts(picture)
    assert "Search: 5 guesses" in picture.describe()
    assert picture.size[1] <= high + 17  # nothing jumps
    picture.update(path=None)
    assert picture.describe() == draw.search(space, None, TARGET).describe()

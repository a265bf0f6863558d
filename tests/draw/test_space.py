"""The fan of a topology's functions with a target in it, live."""

import keras
import numpy as np
import pytest
from draw.looking import flaws
from keras import layers

from anatomy import hypotheses
from anatomy.draw.space import SpacePicture

X = np.linspace(-1, 1, 50, dtype="float32").reshape(-1, 1)
TARGET = np.sin(3 * X)


@pytest.fixture(scope="module")
def space():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(8, "tanh"), layers.Dense(1)])
    return hypotheses.sample(model, X, 300)


def test_the_nearest_member_is_shown(space):
    picture = SpacePicture(space, TARGET)
    apart = [np.sqrt(np.mean((f - TARGET) ** 2)) for f in space.outputs]
    x, y = picture.lines["nearest"].get_data()
    np.testing.assert_array_equal(x, X[:, 0])
    np.testing.assert_array_equal(y, space.outputs[np.argmin(apart), :, 0])
    assert f"{min(apart):.4g} away" in picture.describe()
    assert len(picture.lines["trained"].get_xdata()) == 0


def test_bands_hold_their_parts_of_the_members(space):
    picture = SpacePicture(space, TARGET)
    for band, part in zip(picture.bands, (0.9, 0.5), strict=True):
        (path,) = band.get_paths()
        low, high = path.vertices[:50, 1], path.vertices[50:100, 1][::-1]
        members = space.outputs[:, :, 0]
        inside = np.mean((members >= low) & (members <= high))
        assert inside == pytest.approx(part, abs=0.02)


def test_a_trained_function_comes_and_goes(space):
    picture = SpacePicture(space, TARGET)
    picture.update(space, TARGET, TARGET + 0.5, "after 3 epochs")
    assert "after 3 epochs: 0.5 away" in picture.describe()
    assert flaws(picture) == []
    before = picture._still
    picture.frame()
    picture.update(space, -TARGET)
    picture.frame()
    assert before is None
    assert picture._still is not None
    assert "after 3 epochs" not in picture.describe()
    assert not picture.key["trained"][0].get_visible()

"""The loss over a slice of the weights, as a picture."""

import keras
import numpy as np
import pytest
from draw.looking import flaws, texts
from keras import layers

from anatomy import draw, hypotheses, optimizers

X = np.linspace(-1, 1, 40, dtype="float32").reshape(-1, 1)
Y = np.sin(3 * X)


def build():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(6, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


@pytest.fixture(scope="module")
def path():
    return hypotheses.path(build, (X, Y), X, epochs=8, every=2)


@pytest.mark.parametrize("directions", ["random", "weights"])
def test_a_slice_says_that_it_is_one(path, directions):
    picture = draw.landscape(path.model, (X, Y), directions, n=15)
    assert flaws(picture) == []
    assert any(text.startswith("A slice: 2 directions of 19") for text in texts(picture))
    assert "What is lost: all other directions." in picture.describe()
    here = path.model.evaluate(X, Y, verbose=0)
    assert picture.loss == pytest.approx(here, abs=1e-5)
    assert f"Loss at the star: {picture.loss:.4g}." in picture.describe()
    assert picture.least[0] == picture.grid[2].min()


def test_the_path_lies_on_it(path):
    picture = draw.landscape(path.model, (X, Y), path, n=15)
    assert flaws(picture) == []
    line = max(picture.ax.lines, key=lambda one: len(one.get_xdata()))
    np.testing.assert_array_equal(np.transpose(line.get_data()), picture.plane.points)
    told = picture.describe()
    assert "5 dots: after epochs 0 to 8." in told
    assert f"The axes hold {picture.plane.share[0]:.0%}" in told
    assert f"At its start the loss is {picture.plane.true[0]:.4g}," in told


def test_a_plane_that_is_there_and_a_flat_one():
    model = build()
    plane = optimizers.plane(model, X, Y)
    assert draw.landscape(plane, n=5).plane is plane
    model.set_weights([np.ones((1, 6)), np.zeros(6), np.zeros((6, 1)), np.zeros(1)])
    flat = draw.landscape(model, (X, Y), first_two(model), n=5)
    assert flat.levels is None
    assert flaws(flat) == []


def first_two(model):
    """Two weights of the first kernel, which the second one, all 0, keeps without effect."""
    name = f"{model.layers[0].name}/kernel"
    return f"{name}[0, 0]", f"{name}[0, 1]"


def test_no_finite_loss_is_said():
    with pytest.raises(ValueError, match="nothing to draw"):
        draw.landscape(build(), (X * np.nan, Y), n=3)

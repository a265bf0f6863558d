"""The loss over a slice of the weights, as a picture."""

import keras
import numpy as np
import pytest
from keras import layers
from looking import flaws_at_all_widths, marks, texts

from anatomy import draw, optimizers
from anatomy.base.words import number, percent

X = np.linspace(-1, 1, 40, dtype="float32").reshape(-1, 1)
Y = np.sin(3 * X)


def build():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), layers.Dense(6, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


@pytest.fixture(scope="module")
def model():
    return build()


@pytest.fixture(scope="module")
def path(model):
    weights = [model.get_weights()]
    for _ in range(4):
        model.fit(X, Y, verbose=0)
        weights.append(model.get_weights())
    return weights


@pytest.mark.parametrize("named", [False, True])
def test_a_slice_says_that_it_is_one(model, named):
    name = f"{model.layers[-1].name}/kernel"
    directions = (f"{name}[0, 0]", f"{name}[5, 0]") if named else "random"
    picture = draw.landscape(model, (X, Y), directions, n=15)
    assert flaws_at_all_widths(picture) == []
    assert any(text.startswith("A slice: 2 directions of 19") for text in texts(picture))
    assert "What is lost: all other directions." in picture.describe()
    here = model.evaluate(X, Y, verbose=0)
    assert picture.facts["loss"] == pytest.approx(here, abs=1e-5)
    assert f"Loss at the star: {number(picture.facts['loss'])}." in picture.describe()


def test_the_path_lies_on_it(model, path):
    picture = draw.landscape(model, (X, Y), path, n=15)
    assert flaws_at_all_widths(picture) == []
    plane = picture.facts["plane"]
    line = marks(picture, "line", color="optimizer")[0]
    left, top, wide, high = marks(picture, "image")[0]["place"]
    a0, a1, b0, b1 = plane.extent
    points = np.c_[
        a0 + (line["x"] - left) / wide * (a1 - a0), b1 - (line["y"] - top) / high * (b1 - b0)
    ]
    np.testing.assert_allclose(points, plane.points, atol=1e-6)
    text = picture.describe()
    assert "5 dots: after epochs 0 to 4." in text
    assert f"The axes hold {percent(plane.share[0])} and {percent(plane.share[1])} of" in text
    assert f"At its start the loss is {number(plane.before)}," in text


def test_a_plane_that_is_there_and_a_flat_one():
    model = build()
    plane = optimizers.plane(model, X, Y)
    assert draw.landscape(plane, n=5).facts["plane"] is plane
    model.set_weights([np.ones((1, 6)), np.zeros(6), np.zeros((6, 1)), np.zeros(1)])
    # Two weights of the first kernel, which the second one, all 0, keeps without effect.
    name = f"{model.layers[0].name}/kernel"
    flat = draw.landscape(model, (X, Y), (f"{name}[0, 0]", f"{name}[0, 1]"), n=5)
    assert len(flat.facts["contours"].levels) == 0
    assert flaws_at_all_widths(flat) == []


def test_a_loss_that_is_nowhere_finite():
    model = build()
    plane = optimizers.plane(model, X, 1e38 * Y)
    with pytest.raises(ValueError, match="nothing to draw"):
        draw.landscape(plane, n=3)

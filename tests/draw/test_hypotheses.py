"""Members of hypothesis spaces: fans of functions and maps of decisions."""

import keras
import numpy as np
import pytest
from draw.looking import flaws
from keras import layers

from anatomy import data, draw, hypotheses
from anatomy.draw import regions

X = np.linspace(-1, 1, 40, dtype="float32").reshape(-1, 1)
XOR = data.xor()
PLANE = hypotheses.grid(XOR.x_train, 20)


def model(features, *given):
    return keras.Sequential([keras.Input((features,)), *given])


def fan(n=50, units=4):
    return hypotheses.sample(model(1, layers.Dense(units, "tanh"), layers.Dense(1)), X, n)


def plane(n=20, outputs=1, activation=None):
    made = model(2, layers.Dense(4, "relu"), layers.Dense(outputs, activation))
    return hypotheses.sample(made, PLANE, n)


def test_the_strong_lines_are_members():
    space = fan()
    picture = draw.hypotheses(space)
    (ax,) = picture.figure.axes
    drawn = [line.get_ydata() for line in ax.lines]
    for member in space.outputs[:4, :, 0]:
        assert any(np.array_equal(member, line) for line in drawn)


def test_the_bands_are_quantiles():
    space = fan(400)
    picture = draw.hypotheses(space)
    lines = space.outputs[:, :, 0]
    bands = [band.get_paths()[0].vertices for band in picture.figure.axes[0].collections]
    for part, band in zip((0.9, 0.5), bands, strict=True):
        low, high = np.quantile(lines, (0.5 - part / 2, 0.5 + part / 2), axis=0)
        assert band[:, 1].min() == pytest.approx(low.min(), rel=1e-6)
        assert band[:, 1].max() == pytest.approx(high.max(), rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("members", [1, 3, 50])
def test_fans_are_readable(count, members):
    spaces = [fan(members, units) for units in (2, 4, 8)][:count]
    picture = draw.hypotheses(*spaces, target=(X, X**2))
    assert flaws(picture) == []
    assert "Reachable is not sampled" in picture.describe()
    assert f"{members:,} member" in picture.describe()


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("outputs", [1, 3])
def test_regions_are_readable(count, outputs):
    spaces = [plane(outputs=outputs) for _ in range(count)]
    target = (XOR.x_train, XOR.y_train) if outputs == 1 else None
    assert flaws(draw.hypotheses(*spaces, target=target)) == []


def test_classes_are_decided_as_keras_would():
    space = plane(outputs=1)
    np.testing.assert_array_equal(regions.classes(space), space.outputs[..., 0] > 0)
    space = plane(outputs=1, activation="sigmoid")
    np.testing.assert_array_equal(regions.classes(space), space.outputs[..., 0] > 0.5)
    space = plane(outputs=3)
    np.testing.assert_array_equal(regions.classes(space), space.outputs.argmax(axis=2))


def test_accuracies_are_those_of_the_members():
    space = plane()
    picture = draw.hypotheses(space, target=(XOR.x_train, XOR.y_train))
    right = []
    for i in range(12):
        space.model.set_weights(space.member(i))
        said = np.asarray(space.model(XOR.x_train))[:, 0] > 0
        right.append(np.mean(said == XOR.y_train))
    assert f"right on the data: {min(right):.0%} to {max(right):.0%}" in picture.describe()


def test_what_does_not_fit_is_said():
    space = fan()
    with pytest.raises(ValueError, match="up to 3"):
        draw.hypotheses(space, space, space, space)
    with pytest.raises(ValueError, match="same x"):
        draw.hypotheses(space, hypotheses.sample(model(1, layers.Dense(1)), X + 1, 3))
    with pytest.raises(ValueError, match="one output"):
        draw.hypotheses(hypotheses.sample(model(1, layers.Dense(2)), X, 3))
    with pytest.raises(ValueError, match="no grid"):
        draw.hypotheses(hypotheses.sample(model(2, layers.Dense(1)), XOR.x_train, 3))
    with pytest.raises(ValueError, match="labels"):
        draw.hypotheses(space, labels=["a", "b"])
    with pytest.raises(ValueError, match="target has shapes"):
        draw.hypotheses(space, target=(X, X[:3]))

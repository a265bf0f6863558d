"""Members of hypothesis spaces: fans of functions and maps of decisions."""

import functools

import keras
import numpy as np
import pytest
from keras import layers
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import data, draw, hypotheses

X = np.linspace(-1, 1, 40, dtype="float32").reshape(-1, 1)
XOR = data.xor()
PLANE = hypotheses.grid(XOR.x_train, 20)


def model(features, *given):
    return keras.Sequential([keras.Input((features,)), *given])


@functools.cache
def fan(n=50, units=4):
    """Drawn once: each number of members is compiled anew."""
    return hypotheses.sample(model(1, layers.Dense(units, "tanh"), layers.Dense(1)), X, n)


@functools.cache
def plane(outputs=1):
    return hypotheses.sample(model(2, layers.Dense(4, "relu"), layers.Dense(outputs)), PLANE, 20)


def scaled(y):
    """A curve without its place and scale, as pixels and values have it alike."""
    return (y - y.min()) / np.ptp(y)


def test_the_strong_lines_are_members():
    space = fan()
    lines = marks(draw.hypotheses(space), "line", color="ink")
    assert len(lines) == 4
    for line, member in zip(lines, space.outputs[:4, :, 0], strict=True):
        np.testing.assert_allclose(scaled(-line["y"]), scaled(member), atol=1e-4)


def test_the_bands_are_quantiles():
    space = fan()
    wide, narrow = (m["points"] for m in marks(draw.hypotheses(space), "polygon"))
    values = space.outputs[:, :, 0]
    (low, high), (inner, outer) = (
        np.quantile(values, (0.5 - part / 2, 0.5 + part / 2), axis=0) for part in (0.9, 0.5)
    )
    y = np.r_[wide[:, 1], narrow[:, 1]]
    np.testing.assert_allclose(
        scaled(-y), scaled(np.r_[low, high[::-1], inner, outer[::-1]]), atol=1e-4
    )


@pytest.mark.parametrize(("count", "members"), [(1, 1), (1, 50), (3, 50)])
def test_fans_are_readable(count, members):
    spaces = [fan(members, units) for units in (2, 4, 8)][:count]
    picture = draw.hypotheses(*spaces, target=(X, X**2))
    assert flaws_at_all_widths(picture) == []
    assert "Reachable is not sampled" in picture.describe()
    assert f"{members:,} member" in picture.describe()


@pytest.mark.parametrize(("count", "outputs"), [(1, 1), (2, 3), (3, 3)])
def test_regions_are_readable(count, outputs):
    spaces = [plane(outputs=outputs) for _ in range(count)]
    target = (XOR.x_train, XOR.y_train) if outputs == 1 else None
    picture = draw.hypotheses(*spaces, target=target)
    assert flaws_at_all_widths(picture) == []
    assert len(marks(picture, "image")) == 12 * count


def test_a_map_is_of_the_classes_with_its_first_row_below():
    space = plane()
    picture = draw.hypotheses(space)
    for image, classes in zip(marks(picture, "image"), space.classes, strict=False):
        field = classes.reshape(20, 20)[::-1]
        colours = [image["pixels"][field == k] for k in np.unique(field)]
        assert all(len(np.unique(some, axis=0)) == 1 for some in colours)
        assert len(np.unique(image["pixels"].reshape(-1, 3), axis=0)) == len(colours)


def test_a_line_parts_the_classes():
    x = hypotheses.grid(np.array([[0, 0], [5, 5]]), 6)
    outputs = np.where(x[:, :1] < 3, -1.0, 1.0)  # the border is in the middle, of the second none
    space = hypotheses.Space(model(2, layers.Dense(1)), x, np.stack([outputs, outputs**2]), [])
    picture = draw.hypotheses(space)
    [line] = marks(picture, "line", width=1.2)
    left, top, side, _ = marks(picture, "image")[0]["place"]
    np.testing.assert_allclose(line["x"], left + side / 2)
    ends = top + side / 12, top + side * 11 / 12
    np.testing.assert_allclose((line["y"].min(), line["y"].max()), ends)


def test_what_is_right_on_the_data_is_written():
    space = plane()
    picture = draw.hypotheses(space, target=(XOR.x_train, XOR.y_train))
    right = space.accuracies(XOR.x_train, XOR.y_train, 12)
    assert f"right on the data: {min(right):.0%} to {max(right):.0%}" in picture.describe()
    assert f"{max(right):.0%} right" in texts(picture)


def test_labels_and_an_update():
    picture = draw.hypotheses(fan(), labels=["one topology"])
    assert "one topology" in texts(picture)
    picture.update(fan(), fan(9), labels=["one", "other"])
    assert {"one", "other"} <= set(texts(picture))
    assert flaws(picture) == []


def test_what_does_not_fit_is_an_error():
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

"""The picture of a sweep: lines, bands, cliff and marker."""

import keras
import numpy as np
import pytest
from draw.looking import flaws, texts
from keras import layers

from anatomy import data, draw, training
from anatomy.draw.style import number
from anatomy.draw.sweep import SweepPicture
from anatomy.training import mapped

MOONS = data.moons()
RATES = np.geomspace(1e-3, 100, 11)


def build(learning_rate=0.1, units=4):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(units, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def swept(**arguments):
    axes = {"learning_rate": RATES, "seeds": [0, 1, 2], "epochs": 3} | arguments
    return training.sweep(build, MOONS, **axes)


@pytest.fixture(scope="module")
def found():
    return swept()


def lines(picture):
    return {line.get_label(): line for line in picture.ends.ax.lines}


def test_the_line_is_the_median_and_the_crosses_diverged(found):
    picture = draw.sweep(found)
    assert flaws(picture) == []
    ends = found.history["loss"][:, -1].reshape(len(RATES), 3)
    fell = ~np.isfinite(ends)
    assert fell.any()
    few = fell.sum(axis=1) < 2
    x, y = lines(picture)["median"].get_data()
    np.testing.assert_allclose(x, RATES)
    np.testing.assert_allclose(y[few], np.median(np.where(fell, np.inf, ends), axis=1)[few])
    assert np.isnan(y[~few]).all()
    np.testing.assert_allclose(lines(picture)["diverged"].get_xdata(), RATES[fell.any(axis=1)])
    said, (valley,) = picture.describe(), picture.valleys
    assert said.startswith("Sweep: loss after 3 epochs over learning_rate, 11 rates from 0.001")
    assert f"Best learning_rate {number(valley.rates[valley.best])}" in said
    assert f"{fell.sum()} of 33 diverged" in said
    assert f"cliff from {number(valley.rates[valley.cliff])}" in texts(picture)
    assert "line: median, band: all 3 seeds" in texts(picture)


def test_the_marker_shows_the_curves_of_the_nearest_rate(found):
    picture = draw.sweep(found, "val_loss", marker=0.012)
    assert flaws(picture) == []
    assert f"▾ 0.012: {number(np.median(found.history['val_loss'][6:9, -1]))}" in texts(picture)
    drawn = [line.get_ydata() for line in picture.curves.ax.lines[:3]]
    np.testing.assert_array_equal(drawn, found.history["val_loss"][6:9])
    before = picture.frame()
    picture.mark(90.0)
    assert picture.frame() != before
    assert "at the marker, 100: diverged" in picture.describe()
    assert "at 100: 3 of 3 diverged" in texts(picture)
    assert flaws(picture) == []


def test_a_strip_is_low_and_has_no_curves(found):
    picture = SweepPicture(found, marker=0.1, strip=True)
    assert flaws(picture) == []
    assert picture.curves is None
    assert picture.size[1] < 220
    assert "▾ 0.1" in texts(picture)
    for rate in RATES:  # wherever it stands
        picture.mark(rate)
        assert flaws(picture) == []


def test_four_lines_are_told_apart_without_colour():
    found = swept(units=[1, 2, 3, 16], seeds=[0], epochs=2)
    picture = draw.sweep(found, marker=0.1)
    assert flaws(picture) == []
    looks = {(line.get_marker(), line.get_linestyle()) for name, line in lines(picture).items()
             if name.startswith("units=")}  # fmt: skip
    assert len(looks) == 4
    assert {"units=1", "units=16"} <= set(texts(picture))
    assert "for units=1 and units=2 and units=3 and units=16." in picture.describe()


def test_it_grows_as_it_trains(monkeypatch):
    monkeypatch.setattr(mapped, "SECONDS", 0)  # an epoch a call
    stages = []
    picture = None

    def follow(found):
        nonlocal picture
        picture = picture or draw.sweep(found, marker=0.1)
        picture.update(found, marker=0.1)
        stages.append(picture.describe())
        assert flaws(picture) == []

    swept(epochs=4, on_change=follow)
    assert "after 1 of 4 epochs" in stages[0]
    assert "after 4 epochs" in stages[-1]
    nothing = swept(stop=lambda: True)
    picture.update(nothing)
    assert "Nothing is trained yet" in picture.describe()
    assert flaws(picture) == []


@pytest.mark.parametrize("marker", [0, -1.0, float("nan")])
def test_a_marker_is_a_rate(found, marker):
    with pytest.raises(ValueError, match="give a learning rate above 0"):
        draw.sweep(found, marker=marker)

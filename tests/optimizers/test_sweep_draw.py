"""The picture of a sweep: lines, bands, cliff and marker; and the learning rates it is of."""

import keras
import numpy as np
import pytest
from keras import layers
from looking import flaws, flaws_at_all_widths, marks, pixels, texts

from anatomy import data, draw, training
from anatomy.base.picture import Picture
from anatomy.base.words import number
from anatomy.optimizers.sweep import draw as draw_file
from anatomy.optimizers.sweep.draw import strip
from anatomy.optimizers.sweep.facts import rates

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


def test_the_line_is_the_median_and_the_crosses_diverged(found):
    picture = draw.sweep(found)
    assert flaws_at_all_widths(picture) == []
    ends = found.history["loss"][:, -1].reshape(len(RATES), 3)
    fell = ~np.isfinite(ends)
    assert fell.any()
    few = fell.sum(axis=1) < 2
    line = marks(picture, "line", color="training")[0]
    np.testing.assert_allclose(np.diff(line["x"]), np.diff(line["x"])[0])  # even in the logarithm
    assert (np.isnan(line["y"]) == ~few).all()
    median = np.median(np.where(fell, np.inf, ends), axis=1)[few]
    order = np.argsort(-line["y"][few])
    assert (np.diff(median[order]) >= 0).all()  # the higher, the larger
    (crosses,) = marks(picture, "dots", color="alarm")
    np.testing.assert_allclose(crosses["x"], line["x"][fell.any(axis=1)])
    text, (valley,) = picture.describe(), training.valleys(found)
    assert text.startswith("Sweep: loss after 3 epochs over learning_rate, 11 rates from 0.001")
    assert f"Best learning_rate {number(valley.rates[valley.best])}" in text
    assert f"{fell.sum()} of 33 diverged" in text
    assert f"cliff from {number(valley.rates[valley.cliff])}" in texts(picture)
    assert "line: median, band: all 3 seeds" in texts(picture)


def test_the_marker_shows_the_curves_of_the_nearest_rate(found):
    picture = draw.sweep(found, marker=0.012)
    assert flaws_at_all_widths(picture) == []
    assert f"▾ 0.012: {number(np.median(found.history['loss'][6:9, -1]))}" in texts(picture)
    curves = marks(picture, "line", color="training")[-3:]
    ends = [curve["y"][-1] for curve in curves]
    np.testing.assert_array_equal(np.argsort(ends), np.argsort(-found.history["loss"][6:9, -1]))
    before = picture.frame()
    picture.update(marker=90.0)
    assert picture.frame() != before
    assert "at the marker, 100: diverged" in picture.describe()
    assert "at 100: 3 of 3 diverged" in texts(picture)


@pytest.mark.parametrize("stable", [1e-3, 0.37, 100.0])
def test_the_bound_of_the_curvature_stands_beside_the_cliff(found, stable):
    picture = draw.sweep(found, stable=stable)
    assert flaws_at_all_widths(picture) == []
    assert f"2 / curvature = {number(stable)}" in texts(picture)
    assert picture.describe().endswith(f"2 / curvature = {number(stable)}")


def test_a_strip_is_low_and_has_no_curves(found):
    picture = Picture(strip, found, 0.1)
    for rate in RATES:  # wherever it stands
        picture.update(found, rate)
        picture.resize(276)
        assert flaws(picture) == []
        assert f"▾ {number(rate)}" in texts(picture)
    assert "at the marker, 1" in picture.describe()
    picture.update(note="of units=8")
    assert "of units=8" in texts(picture)


def test_four_lines_are_told_apart_without_colour():
    found = swept(units=[1, 2, 3, 16], seeds=[0], epochs=2)
    picture = draw.sweep(found, marker=0.1)
    assert flaws_at_all_widths(picture) == []
    lines = [mark for mark in marks(picture, "line") if len(mark["x"]) == 2 and mark["x"][0] == 14]
    assert len({line["dash"] for line in lines}) == 4
    assert {"units=1", "units=16"} <= set(texts(picture))
    assert "for units=1, units=2, units=3 and units=16." in picture.describe()


def test_it_grows_as_it_trains(monkeypatch):
    monkeypatch.setattr(training.compiled.Loop, "MOST", 1)  # an epoch a call
    stages, picture = [], None

    def follow(found):
        nonlocal picture
        picture = picture or draw.sweep(found, marker=0.1)
        picture.update(found, marker=0.1)
        stages.append(picture.describe())
        assert flaws(picture) == []

    swept(epochs=4, on_change=follow)
    assert "after 1 of 4 epochs" in stages[0]
    assert "after 4 epochs" in stages[-1]
    picture.update(swept(stop=lambda: True))
    assert "Nothing is trained yet" in picture.describe()
    assert flaws_at_all_widths(picture) == []


@pytest.mark.parametrize("marker", [0, -1.0, float("nan")])
def test_a_marker_is_a_rate(found, marker):
    with pytest.raises(ValueError, match="give a number above 0"):
        draw.sweep(found, marker=marker)


def test_rates_are_even_on_a_logarithmic_scale_and_hold_the_default():
    found, start = rates((1e-4, 100.0), build)
    assert len(found) == 6 * 8 + 1
    np.testing.assert_allclose(np.diff(np.log10(found)), 1 / 8, atol=0.005)
    assert (found[0], found[-1], start) == (1e-4, 100.0, 0.1)
    found, start = rates((1e-3, 1.0), lambda learning_rate=0.03: None)
    assert start == 0.03
    assert start in found
    assert len(found) == 25
    assert rates([0.5, 0.1], build) == ([0.1, 0.5], 0.1)


def test_the_marker_can_be_grabbed(found):
    (handle,) = draw.sweep(found, marker=0.1).sheet.handles
    left, _, wide, _ = handle.place
    assert (handle.x[0], handle.value) == ("learning_rate", "0.1")
    ends = [handle.x[1](left + share * wide) for share in (0, 1)]
    assert ends[0] < RATES[0] < RATES[-1] < ends[1]
    assert handle.x[1](left + wide / 2) == pytest.approx(np.sqrt(ends[0] * ends[1]))


def test_a_marker_that_moves_leaves_the_lines_as_they_are(found, monkeypatch):
    picture = draw.sweep(found, marker=0.1)
    lines = [mark.artist for mark in picture.sheet.marks if mark.kind == "polygon"]
    monkeypatch.setattr(draw_file, "_ends", lambda *arguments: 1 / 0)
    for rate in (0.01, 1.0):
        picture.update(marker=rate)
        fresh = pixels(picture.frame())
        np.testing.assert_array_equal(fresh, pixels(picture.png(1)))
    assert [mark.artist for mark in picture.sheet.marks if mark.kind == "polygon"] == lines
    monkeypatch.undo()
    assert picture.describe() == draw.sweep(found, marker=1.0).describe()
    np.testing.assert_array_equal(fresh, pixels(draw.sweep(found, marker=1.0).png(1)))


def test_a_heat_map_has_a_cell_for_each_pair():
    units = [1, 2, 4, 8, 16]
    found = swept(units=units, seeds=[0, 1])
    picture = draw.heatmap(found)
    losses = found.history["loss"][:, -1]
    by_pair = {}
    for parameters, loss in zip(found.parameters, losses, strict=True):
        pair = parameters["units"], parameters["learning_rate"]
        by_pair.setdefault(pair, []).append(float(loss) if np.isfinite(loss) else np.inf)
    medians = {pair: np.median(both) for pair, both in by_pair.items()}
    fell = sum(not np.isfinite(median) for median in medians.values())
    assert texts(picture).count("×") == fell > 0
    cells = marks(picture, "cells")
    assert [len(row["boxes"]) for row in cells] == [len(RATES)] * len(units)
    (best,) = marks(picture, "box", edge="ink")
    number_of_units, rate = min(medians, key=medians.get)
    box = cells[units.index(number_of_units)]["boxes"][list(RATES).index(rate)]
    np.testing.assert_allclose(best["place"], box)
    assert len(texts(picture, bold=True)) == 1 + len(units)  # the head, the best of each row
    assert f"units={number_of_units}: best learning_rate {number(rate)}" in picture.describe()
    assert flaws_at_all_widths(picture) == []
    assert flaws_at_all_widths(draw.heatmap(swept(seeds=[0], epochs=1))) == []


def test_a_heat_map_of_too_many_values():
    with pytest.raises(ValueError, match="has 13 values of units; a picture shows one more axis"):
        draw.heatmap(
            training.Sweep({"learning_rate": [0.1], "units": range(13), "seed": [0]}, [], 1)
        )

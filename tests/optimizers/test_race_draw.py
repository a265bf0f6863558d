"""A race as a picture: each path on the map, each loss over the steps."""

import keras
import numpy as np
import pytest
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import draw, optimizers

SGD, ADAM = keras.optimizers.SGD, keras.optimizers.Adam
COLORS = ("data", "loss", "targets", "optimizer")


def race(surface, *racers, steps=60, **more):
    return [optimizers.path(racer, surface, steps=steps, **more) for racer in racers]


@pytest.fixture(scope="module")
def ravine():
    return race("ravine", SGD(0.05), SGD(0.09, momentum=0.5), ADAM(0.1), SGD(0.101))


def test_what_is_drawn_is_the_path(ravine):
    picture = draw.paths("ravine", ravine, 30)
    left, top, side, _ = marks(picture, "image")[0]["place"]
    x0, x1, y0, y1 = optimizers.surface("ravine").extent
    for path, color in zip(ravine, COLORS, strict=True):
        _, trail, losses = marks(picture, "line", color=color)  # the key, the map, the losses
        points = np.c_[x0 + (trail["x"] - left) / side * (x1 - x0),
                       y1 - (trail["y"] - top) / side * (y1 - y0)]  # fmt: skip
        np.testing.assert_allclose(points, path.points[:31], rtol=1e-5, atol=1e-5)
        assert len(losses["x"]) == 31
        # a logarithmic axis: its heights are those of the logarithm, where they are on it
        high, (_, bottom) = np.log10(path.losses[:31]), (losses["clip"][1], losses["y"].max())
        inside = (losses["y"] > losses["clip"][1]) & (losses["y"] < bottom - 1)
        slope = np.diff(losses["y"][inside]) / np.diff(high[inside])
        np.testing.assert_allclose(slope, slope[0], rtol=1e-3)
    assert f"SGD(learning_rate=0.05): loss {ravine[0].losses[30]:.4g}" in picture.describe()
    assert "step 30 of 60" in texts(picture)
    assert picture.size[1] <= 420


def test_contours_are_of_the_loss():
    contours = optimizers.surface("bowl").contours
    for level, parts in zip(contours.levels, contours.lines, strict=True):
        x, y = np.concatenate(parts).T
        np.testing.assert_allclose((x**2 + y**2) / 2, level, rtol=0.02, atol=2e-3)
    regions = contours.regions(60, 60)
    x, y = np.meshgrid(np.linspace(-3, 3, 60), np.linspace(3, -3, 60))
    expected = np.searchsorted(contours.levels, (x**2 + y**2) / 2)
    assert (regions == expected).mean() > 0.98
    ravine = optimizers.surface("rosenbrock").contours.regions(40, 40)
    assert ravine[0, 0] < ravine[-1, 0]  # at w[0] = -2 the valley is above, at w[1] = 4


def test_no_path_covers_a_level():
    """Where one would, the level is not written; the other levels stay where they are."""
    alone, covered = (draw.paths("ravine", race("ravine", ADAM(rate))) for rate in (1e-6, 0.2))
    before, after = (
        {(one["text"], one["x"], one["y"]) for one in marks(picture, "text", ha="center")}
        for picture in (alone, covered)
    )
    assert len(after) < len(before)
    assert len(after - before) == 0


def test_nobody_is_told_apart_by_colour_alone(ravine):
    picture = draw.paths("ravine", ravine)
    dashes = {marks(picture, "line", color=color)[0]["dash"] for color in COLORS}
    heads = {marks(picture, "dots", color=color)[-1]["marker"] for color in COLORS}
    assert len(dashes) == len(heads) == 4
    assert {"SGD 0.05", "SGD 0.09", "Adam", "SGD 0.101"} <= set(texts(picture))
    again = draw.paths("ravine", race("ravine", SGD(0.05), SGD(0.05, momentum=0.9)))
    assert {"SGD", "SGD m=0.9"} <= set(texts(again))
    twice = draw.paths("ravine", race("ravine", SGD(0.05), SGD(0.05)))
    assert {"SGD (1)", "SGD (2)"} <= set(texts(twice))


def test_who_leaves_the_map_and_who_leaves_all_numbers():
    paths = race("ravine", SGD(0.101), SGD(30.0))
    picture = draw.paths("ravine", paths)
    left = paths[0].left(optimizers.surface("ravine").extent)
    assert f"left the map at step {left}" in picture.describe()
    assert f"no finite loss from step {paths[1].diverged}" in picture.describe()
    assert len(marks(picture, "dots", marker="X")) == 2
    assert flaws_at_all_widths(picture) == []


@pytest.mark.parametrize("surface", ["ravine", "saddle", "rosenbrock", "plateau", "two layers"])
def test_every_map_can_be_read(surface):
    paths = race(surface, SGD(0.01), ADAM(0.1), SGD(0.001, momentum=0.9), steps=20)
    for at in (0, 7, 20):
        assert flaws_at_all_widths(draw.paths(surface, paths, at)) == []


def test_update_is_a_new_picture(ravine):
    picture = draw.paths("ravine", ravine)
    for surface in ("line", "two layers"):
        paths = race(surface, SGD(0.01), steps=5)
        picture.update(surface, paths, 3)
        assert picture.describe() == draw.paths(surface, paths, 3).describe()
        assert picture.frame() == draw.paths(surface, paths, 3).frame()
        assert flaws(picture) == []


def test_what_cannot_be_drawn(ravine):
    with pytest.raises(ValueError, match="There are 0 paths"):
        draw.paths("ravine", [])
    with pytest.raises(ValueError, match=r"of \[60, 3\] steps"):
        draw.paths("ravine", [ravine[0], *race("ravine", SGD(0.1), steps=3)])
    with pytest.raises(ValueError, match="at is 61; give a whole number from 0 to 60"):
        draw.paths("ravine", ravine, 61)

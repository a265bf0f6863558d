"""A race as a picture: each path on the map, each loss over the steps."""

import keras
import numpy as np
import pytest
from draw.looking import flaws, texts

from anatomy import draw, optimizers

SGD, ADAM = keras.optimizers.SGD, keras.optimizers.Adam


def race(surface, *racers, steps=60, **more):
    return [optimizers.path(racer, surface, steps=steps, **more) for racer in racers]


@pytest.fixture(scope="module")
def ravine():
    return race("ravine", SGD(0.05), SGD(0.09, momentum=0.5), ADAM(0.1), SGD(0.101))


def test_what_is_drawn_is_the_path(ravine):
    picture = draw.paths("ravine", ravine, 30)
    assert flaws(picture) == []
    for path, trail, curve, head in zip(
        ravine, picture.map.trails, picture.curves, picture.map.heads, strict=True
    ):
        np.testing.assert_allclose(np.transpose(trail.get_data()), path.points[:31], rtol=1e-6)
        np.testing.assert_array_equal(np.ravel(head.get_data()), path.points[30])
        low, high = picture.ax.get_ylim()
        np.testing.assert_allclose(
            curve.get_ydata(), np.clip(path.losses[:31], low, 2 * high), rtol=1e-6
        )
    assert f"SGD(learning_rate=0.05): loss {ravine[0].losses[30]:.4g}" in picture.describe()
    assert "step 30 of 60" in texts(picture)


def test_none_is_told_by_colour_alone(ravine):
    picture = draw.paths("ravine", ravine)
    looks = {(str(c.get_linestyle()), str(c._dash_pattern)) for c in picture.curves}
    assert len(looks) == len({head.get_marker() for head in picture.now}) == 4
    assert picture.labels == ["SGD 0.05", "SGD 0.09", "Adam", "SGD 0.101"]
    again = draw.paths("ravine", race("ravine", SGD(0.05), SGD(0.05, momentum=0.9)))
    assert again.labels == ["SGD 0.05 (1)", "SGD 0.05 (2)"]


def test_who_leaves_the_map_and_who_leaves_all_numbers():
    picture = draw.paths("ravine", race("ravine", SGD(0.101), SGD(30.0)))
    left, lost = picture.paths[0].left(picture.surface.extent), picture.paths[1].diverged
    assert f"off the map since step {left}" in picture.describe()
    assert f"no finite loss from step {lost}" in picture.describe()
    assert flaws(picture) == []
    assert [head.get_marker() for head in picture.map.heads[:2]] == ["X", "X"]


def test_update_is_a_new_picture(ravine):
    picture = draw.paths("ravine", ravine)
    for surface in ("line", "two layers", "rastrigin"):
        paths = race(surface, SGD(0.01), steps=5)
        picture.update(surface, paths, 3)
        assert picture.describe() == draw.paths(surface, paths, 3).describe()
        assert flaws(picture) == []
        picture.frame()


def test_what_cannot_be_drawn(ravine):
    with pytest.raises(ValueError, match="There are 0 paths"):
        draw.paths("ravine", [])
    with pytest.raises(ValueError, match=r"of \[60, 3\] steps"):
        draw.paths("ravine", [ravine[0], *race("ravine", SGD(0.1), steps=3)])
    with pytest.raises(ValueError, match="at is 61; the paths have steps 0 to 60"):
        draw.paths("ravine", ravine, 61)

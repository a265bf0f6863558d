"""The lab of the race, without a browser."""

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from keras import layers
from looking import flaws

from anatomy import labs, optimizers
from anatomy.base.controls import beside
from anatomy.optimizers.race.facts import _program


@pytest.fixture(scope="module")
def lab():
    lab = labs.race()
    assert lab.wait(60)
    yield lab
    lab.close()


def raced(lab, **values):
    move(lab, **values)
    assert lab.status == "done"
    return lab.paths


def test_the_paths_are_those_of_keras(lab):
    paths = raced(lab, surface="ravine", learning_rate_1=0.03, start_x=3.0, start_y=-1.0)
    racers = [keras.optimizers.SGD(0.03), keras.optimizers.SGD(0.05, momentum=0.8),
              keras.optimizers.Adam(0.2)]  # fmt: skip
    for path, racer in zip(paths, racers, strict=True):
        expected = optimizers.path(racer, "ravine", (3, -1), 100)
        np.testing.assert_array_equal(path.points, expected.points)
    assert "is lowest, at a loss of" in lab.message
    assert lab.picture.size[1] <= 420


def test_every_surface_begins_at_its_own_start(lab):
    for name in lab.controls["surface"].options:
        paths = raced(lab, surface=name)
        surface = optimizers.surface(name)
        np.testing.assert_allclose(paths[0].points[0], surface.start, atol=1e-3)
        x0, x1, *_ = surface.extent
        assert (lab.controls["start_x"].min, lab.controls["start_x"].max) == (x0, x1)
        assert lab.picture.facts["surface"] is surface
        assert flaws(lab.picture) == []


def test_the_step_scrubs_and_races_nothing_anew(lab):
    before = raced(lab, surface="bowl", step=100)
    assert raced(lab, step=7) is before
    assert lab.picture.facts["at"] == 7
    assert "after 7 steps" in lab.message
    raced(lab, step=0)
    assert " and Adam tie at a loss of" in lab.message


def test_noise_where_there_is_data(lab):
    (quiet, *_) = raced(lab, surface="line", batch_size="all")
    (noisy, *_) = raced(lab, batch_size=4)
    assert lab.controls["batch_size"].layout.visibility == "visible"
    assert not np.array_equal(quiet.points, noisy.points)
    assert "Each step sees 4 rows" in lab.message
    raced(lab, surface="bowl")
    assert lab.controls["batch_size"].layout.visibility == "hidden"
    assert "Each step" not in lab.message


def test_a_racer_may_stay_at_home_and_has_its_own_sliders(lab):
    paths = raced(lab, optimizer_2="none", optimizer_3="Adagrad")
    assert [path.optimizer.partition("(")[0] for path in paths] == ["SGD", "Adagrad"]
    assert lab.controls["learning_rate_2"].layout.visibility == "hidden"
    assert lab.controls["momentum_3"].layout.visibility == "hidden"
    raced(lab, optimizer_2="SGD", optimizer_3="AdamW")
    assert lab.controls["momentum_3"].description == "beta_1"


def test_the_next_move_is_compiled_already(lab):
    raced(lab, surface="bowl", optimizer_1="SGD", momentum_1=0.5, optimizer_3="Adam")
    _program.cache_clear()
    for name in ("momentum_1", "optimizer_3", "surface"):
        to = beside(lab.controls[name])[0]
        job, before = lab.prepare(lab.at | {name: to}), _program.cache_info().misses
        job(stop=lambda: True)
        assert _program.cache_info().misses == before
        job(stop=lambda: False)
        compiled = _program.cache_info().misses
        assert compiled > before
        raced(lab, **{name: to})
        assert _program.cache_info().misses == compiled


def test_a_slice_through_a_larger_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), layers.Dense(4, "tanh"), layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.linspace(-1, 1, 32, dtype="float32").reshape(-1, 1)
    kernel = f"{model.layers[-1].name}/kernel"
    plane = optimizers.plane(model, x, np.sin(3 * x), (f"{kernel}[0, 0]", f"{kernel}[1, 0]"))
    lab = labs.race(plane)
    assert lab.wait(60)
    assert lab.error is None
    assert lab.controls["surface"].value == model.name
    assert lab.picture.describe().startswith(f"Surface {model.name}: a slice: 2 directions of 13")
    assert "your own surface or plane" in lab.code()
    lab.close()
    with pytest.raises(TypeError, match=r"surfaces is tuple \(3,\); give what optimizers\.surface"):
        labs.race(3)


@pytest.mark.parametrize("surface", ["rosenbrock", "line"])
def test_the_code_gives_the_same_numbers_in_a_fresh_process(lab, surface):
    raced(lab, surface=surface, batch_size=16, step=40, learning_rate_1=0.001,
          learning_rate_2=0.001)  # fmt: skip
    shown = np.array([line.split() for line in fresh.run(lab.code()).splitlines()], float)
    expected = [[*path.points[40], path.losses[40]] for path in lab.paths]
    np.testing.assert_allclose(shown, expected, rtol=1e-3, atol=1e-4)


def test_the_start_can_be_grabbed(lab):
    raced(lab, surface="ravine", start_x=-2.0, start_y=1.0)
    (handle,) = lab.picture.sheet.handles
    left, top, wide, high = handle.place
    lab._grab(handle, {"kind": "grab", "x": left + wide / 4, "y": top + high / 4})
    assert lab.wait(60)
    assert lab.paths[0].points[0] == pytest.approx([-2.5, 2.5], abs=0.05)
    lab._grab(handle, {"kind": "key", "x": 1, "y": 0})
    assert lab.wait(60)
    assert lab.paths[0].points[0] == pytest.approx([-2.45, 2.5], abs=0.05)
    assert handle.x[1](-100) == lab.controls["start_x"].min

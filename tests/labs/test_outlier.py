"""One point to drag: the lines against least squares, the pulls against finite differences."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from draw.looking import flaws, texts
from keras import layers, optimizers

from anatomy import data, draw, labs
from anatomy.draw.outlier import APART, reach, spread
from anatomy.losses.pull import line


def patients(n=64):
    d = data.diabetes()
    y = (d.y_train - d.y_train.mean()) / d.y_train.std()
    return d.x_train[:n, 2:3], y[:n]


def build(loss="mse"):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile(optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 320)), loss)
    return model


@pytest.fixture(scope="module")
def lab():
    lab = labs.outlier(build, patients, labels=("body mass index", "progression"))
    assert lab.wait(120)
    yield lab
    lab.close()


def move(lab, **values):
    for name, value in values.items():
        lab.controls[name].value = value
    assert lab.wait(120)
    assert lab.error is None
    assert lab.status == "done"
    return lab.lines


def test_mse_is_least_squares_and_the_outlier_drags_it_most(lab):
    lab.buttons["back"].click()
    before = move(lab)
    after = move(lab, x=5.5, y=-5.2)
    columns = np.c_[lab.x, np.ones(len(lab.x))]
    wanted = np.linalg.lstsq(columns, lab.y, rcond=None)[0].ravel()
    assert (after[0].slope, after[0].bias) == pytest.approx(wanted, abs=0.03)
    mse, mae, huber = (abs(one.slope - two.slope) for one, two in zip(before, after, strict=True))
    assert mse > 5 * mae
    assert mse > 4 * huber
    shares = [one.share(-1) for one in after]
    assert shares[0] > 2 * max(shares[1:])
    assert flaws(lab.picture) == []
    lab.buttons["back"].click()
    assert [one.slope for one in move(lab)] == [one.slope for one in before]


def test_the_pulls_are_the_slopes_of_the_losses(lab):
    for found, model in zip(move(lab, x=4.0, y=-4.0, delta=0.3), lab.models, strict=True):
        apart = lab.y - found.slope * lab.x - found.bias
        r, x = apart.ravel().astype(float), lab.x.ravel().astype(float)
        per_unit = {"mse": -2 * r, "mae": -np.sign(r), "huber": -np.clip(r, -0.3, 0.3)}
        np.testing.assert_allclose(found.pulls, per_unit[found.name] * x, rtol=1e-3, atol=1e-4)
        by_keras = model.evaluate(lab.x, lab.y, verbose=0)
        assert found.loss == pytest.approx(by_keras, rel=1e-5)


def test_elsewhere_the_pulls_are_differences(lab, monkeypatch):
    move(lab, x=4.0, y=-4.0)
    wanted = lab.lines[0].pulls
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    found = line(lab.models[0], lab.x, lab.y, "mse").pulls
    np.testing.assert_allclose(found, wanted, rtol=0.02, atol=0.02)


def test_the_picture_says_what_the_lab_has(lab):
    lines = move(lab, x=2.0, y=-3.0)
    said = texts(lab.picture)
    assert "the point is at (2, −3)" in said
    for one in lines:
        assert f"loss {one.loss:.4g}, slope {one.slope:.2f}" in said
        assert f"{one.name}: loss {one.loss:.4g}" in lab.describe()
    for one, drawn in zip(lines, lab.picture._drawn, strict=True):
        (x0, x1), (y0, y1) = drawn.get_data()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(one.slope)
    assert len({str(drawn.get_linestyle()) + str(drawn._dash_pattern)
                for drawn in lab.picture._drawn}) == 3  # fmt: skip
    for x in (lab.controls["x"].min, lab.controls["x"].max):
        for y in (lab.controls["y"].min, lab.controls["y"].max):
            move(lab, x=x, y=y)
            assert flaws(lab.picture) == []


def test_the_code_gives_the_same_lines_in_a_fresh_process(lab, tmp_path):
    lines = move(lab, x=5.0, y=-5.0)
    path = tmp_path / "script.py"
    path.write_text(lab.code())
    out = subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, text=True, check=True
    )
    assert out.stdout.splitlines()[-3:] == [f"{one.slope} {one.bias}" for one in lines]


def test_names_are_kept_apart():
    places = spread([100, 104, 90])
    assert sorted(places) == [90, 90 + APART, 90 + 2 * APART]
    assert max(spread([373, 374, 374])) <= 374
    assert reach([-1, 2]) == (-4, 5)


def test_what_cannot_be_used(lab):
    def flat():
        return np.zeros(5), np.zeros(5)

    with pytest.raises(ValueError, match=r"flat\(\) returned x of shape \(5,\)"):
        labs.outlier(build, flat)
    with pytest.raises(TypeError, match="points is 3; give a function"):
        labs.outlier(build, 3)
    with pytest.raises(ValueError, match="There are 4 lines; 3 at most"):
        draw.outlier(*patients(), [*lab.lines, lab.lines[0]])
    model = keras.Sequential([keras.Input((1,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"shapes \[\(1, 2\), \(2,\)\]; give"):
        line(model, *patients(), "mse")

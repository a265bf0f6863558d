"""One point to drag: the lines against least squares, the picture against the lines."""

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from keras import layers, optimizers
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import data, draw, labs


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


def lines(lab, **values):
    move(lab, **values)
    assert lab.status == "done"
    return lab.lines


def test_mse_is_least_squares_and_the_outlier_drags_it_most(lab):
    lab.buttons["back"].click()
    before = lines(lab)
    after = lines(lab, x=5.5, y=-5.2)
    columns = np.c_[lab.x, np.ones(len(lab.x))]
    expected = np.linalg.lstsq(columns, lab.y, rcond=None)[0].ravel()
    assert (after[0].slope, after[0].bias) == pytest.approx(expected, abs=0.03)
    mse, mae, huber = (abs(one.slope - two.slope) for one, two in zip(before, after, strict=True))
    assert mse > 5 * mae
    assert mse > 4 * huber
    shares = [one.share(-1) for one in after]
    assert shares[0] > 2 * max(shares[1:])
    lab.buttons["back"].click()
    assert [one.slope for one in lines(lab)] == [one.slope for one in before]


def test_each_loss_is_that_of_its_model(lab):
    for line, model in zip(lines(lab, x=4.0, y=-4.0, delta=0.3), lab.models, strict=True):
        by_keras = model.evaluate(lab.x, lab.y, verbose=0)
        assert line.loss == pytest.approx(by_keras, rel=1e-5)
    r = (lab.y - lab.lines[2].slope * lab.x - lab.lines[2].bias).ravel()
    expected = -np.clip(r, -0.3, 0.3) * lab.x.ravel()  # delta has reached the loss
    np.testing.assert_allclose(lab.lines[2].pulls, expected, rtol=1e-3, atol=1e-4)


def test_the_picture_has_what_the_lab_has(lab):
    fitted = lines(lab, x=2.0, y=-3.0)
    written = texts(lab.picture)
    assert "the point is at (2, −3)" in written
    for one in fitted:
        assert f"loss {one.loss:.4g}, slope {one.slope:.2f}".replace("-", "−") in written
        assert f"{one.name}: loss {one.loss:.4g}" in lab.describe()
    drawn = [mark for mark in marks(lab.picture, "line") if mark["clip"]]
    *_, wide, high = drawn[0]["clip"]
    for one, mark in zip(fitted, drawn, strict=True):
        rise = -np.diff(mark["y"]) / high / (np.diff(mark["x"]) / wide)
        assert rise == pytest.approx(one.slope * drawn_scale(lab), rel=1e-6)
    assert len({(mark["color"], mark["dash"]) for mark in drawn}) == 3
    assert f"Slopes: mse {fitted[0].slope:.2f}, mae" in lab.message
    for x in (lab.controls["x"].min, lab.controls["x"].max):
        for y in (lab.controls["y"].min, lab.controls["y"].max):
            move(lab, x=x, y=y)
            assert flaws(lab.picture) == []


def drawn_scale(lab):
    """How much of the axis of y is as long as the axis of x."""
    x, y = (lab.controls[name] for name in "xy")
    return (x.max - x.min) / (y.max - y.min)


def test_the_point_can_be_grabbed(lab):
    lines(lab, x=2.0, y=-3.0)
    (handle,) = lab.picture.sheet.handles
    left, top, wide, high = handle.place
    assert (handle.x[0], handle.y[0]) == ("x", "y")
    assert handle.x[1](left + wide / 2) == pytest.approx(2)
    assert handle.y[1](top + high / 2) == pytest.approx(-3)
    assert handle.y[1](0) == lab.controls["y"].max
    assert handle.x[1](2000) == lab.controls["x"].max


def test_the_doctor_is_asked_once():
    def measured(loss="mse"):
        model = build(loss)
        model.compile("sgd", loss, metrics=["accuracy"])
        return model

    lab = labs.outlier(measured, patients, epochs=1)
    assert lab.wait(120)
    assert "The loss doctor: accuracy of measured targets." in lab.message
    assert "3 × 1 epoch in" in lab.message
    move(lab, x=2.0)
    assert 'Write: metrics=["mae"]' in lab.message
    lab.close()


def test_nothing_overlaps_at_any_width(lab):
    picture = draw.outlier(*patients(), lines(lab), labels=("body mass index", "progression"))
    assert flaws_at_all_widths(picture) == []
    assert picture.size[1] <= 420


def test_the_code_gives_the_same_lines_in_a_fresh_process(lab):
    fitted = lines(lab, x=5.0, y=-5.0)
    printed = fresh.run(lab.code()).splitlines()
    assert printed[-3:] == [f"{one.slope} {one.bias}" for one in fitted]


def test_what_cannot_be_used(lab):
    def flat():
        return np.zeros(5), np.zeros(5)

    with pytest.raises(ValueError, match=r"flat\(\) returned x of shape \(5,\)"):
        labs.outlier(build, flat)
    with pytest.raises(TypeError, match="points is 3; give a function"):
        labs.outlier(build, 3)
    with pytest.raises(
        ValueError, match="the number of lines is 4; give a whole number from 1 to 3"
    ):
        draw.outlier(*patients(), [*lab.lines, lab.lines[0]])

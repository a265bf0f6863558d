"""The lab of losses, without a browser."""

import re

import fresh
import keras
import numpy as np
import pytest
from looking import marks

from anatomy import labs
from anatomy.losses.curve.lab import LOGITS, NONE

POWER = 4
FAILS = []


def steep(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** POWER, axis=-1)


def strict(y_true, y_pred):
    if FAILS or y_true.shape != (1, 3):
        raise RuntimeError("three classes are wanted")
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


@pytest.fixture
def lab():
    lab = labs.loss()
    assert lab.wait(60)
    yield lab
    lab.close()


def move(lab, **values):
    for name, value in values.items():
        lab.controls[name].value = value
    assert lab.wait(60)


def shown(lab):
    """The controls that are to be seen."""
    return {name for name, one in lab.controls.items() if one.layout.display != "none"}


def printed(lab, capsys):
    """What the lab's script prints: for each loss value, gradient, value after the step."""
    exec(lab.code(), {"__name__": "script"})
    number = r"-?\d+\.?\d*(?:e[-+]?\d+)?"
    lines = capsys.readouterr().out.splitlines()
    found = []
    for line in lines:
        inside = line.split(": loss ")[1].replace("after a step", "")
        found.append([float(n) for n in re.findall(number, inside)])
    return found


def test_at_logit_minus_6_mse_hardly_learns(lab):
    move(lab, over="logit", target=1.0, logit=-6.0)
    assert (lab.status, lab.error) == ("done", None)
    assert [step.gradient for step in lab.steps] == pytest.approx([-0.99753, -0.00492], abs=1e-5)
    assert "binary_crossentropy is 202.7 × that of mean_squared_error" in lab.message
    assert shown(lab) == {"loss", "other", "over", "target", "logit", "learning_rate"}


def test_every_kind_of_loss_beside_none(lab):
    for name in ("mean_squared_error", "poisson", "binary_crossentropy", "dice", "circle",
                 "sparse_categorical_crossentropy"):  # fmt: skip
        move(lab, loss=name, other=NONE)
        assert (lab.status, lab.error) == ("done", None), name
        assert [curve.name for curve in lab.curves] == [name]
        point = {"target"} & shown(lab) | {"prediction"}
        if lab.curves[0].classes:
            point = {"target_class", *LOGITS}
        assert shown(lab) == {"loss", "other", "over", "learning_rate"} | point
        at = lab.steps[0].at
        values, gradients = lab.curves[0].ask(np.array([at]))
        assert lab.steps[0].value == pytest.approx(float(values[0]), rel=1e-5)
        np.testing.assert_allclose(lab.steps[0].gradient, gradients[0], rtol=1e-4, atol=1e-6)


def test_three_classes_stay_on_the_triangle(lab):
    move(lab, loss="categorical_crossentropy", logit_0=-5.0, logit_1=5.0, logit_2=3.3)
    powers = np.exp([-5, 5, 3.3])
    for over in ("prediction", "logit"):
        move(lab, over=over)
        for step in lab.steps:
            np.testing.assert_allclose(step.prediction, powers / powers.sum(), rtol=1e-6)
    move(lab, target_class=1)
    assert {curve.target for curve in lab.curves} == {1}


def test_what_does_not_suit_is_a_status_to_read(lab):
    before = lab.picture.frame()
    move(lab, loss="circle")
    assert (lab.status, lab.error) == ("broken", None)
    assert "mean_squared_error is drawn over a number" in lab.message
    assert lab.picture.frame() == before
    move(lab, other=NONE)
    assert lab.status == "done"
    move(lab, over="logit")
    assert "no logit before" in lab.message
    move(lab, loss="huber")
    assert lab.status == "done"


def test_sliders_take_the_range_of_the_loss(lab):
    move(lab, loss="huber", other=NONE, target=-2.0, prediction=2.5)
    assert [step.value for step in lab.steps] == pytest.approx([4.0])
    move(lab, loss="poisson")
    assert [lab.controls[name].value for name in ("target", "prediction")] == [0.0, 2.5]
    move(lab, loss="binary_crossentropy")
    assert lab.controls["prediction"].value == lab.controls["prediction"].max == 0.99
    move(lab, loss="huber", over="logit")
    assert lab.controls["target"].max == 1
    assert lab.status == "done"


def test_ones_own_function_and_a_loss_with_arguments(capsys):
    lab = labs.loss(steep, keras.losses.Huber(delta=0.5), target=-1, at=1)
    assert lab.wait(60)
    assert [step.value for step in lab.steps] == pytest.approx([16, 0.875])
    assert "huber, delta=0.5" in lab.describe()
    assert "POWER = 4" in lab.code()
    assert printed(lab, capsys) == [
        pytest.approx([step.value, step.gradient, step.after], rel=1e-4) for step in lab.steps
    ]
    lab.close()


def test_a_loss_that_raises_says_so_and_recovers():
    lab = labs.loss("mse", strict, target=(0, 0.5, 0.5), over="logit", at=(0, 1, 2))
    assert lab.wait(60)
    assert lab.status == "done"
    assert "target_class" not in shown(lab)
    assert lab.curves[0].target == (0, 0.5, 0.5)
    FAILS.append("now")
    move(lab, over="prediction")  # which differentiates it anew
    FAILS.clear()
    assert lab.status == "failed"
    assert "three classes are wanted" in lab.message
    move(lab, over="logit")
    assert (lab.status, lab.error) == ("done", None)
    lab.close()


@pytest.mark.parametrize(
    "controls",
    [
        {"over": "logit", "logit": 3.3, "target": 0.3},
        {"loss": "sparse_categorical_crossentropy", "logit_1": -0.7, "target_class": 2},
        {"loss": "categorical_crossentropy", "over": "logit", "learning_rate": 2.0},
        {"other": NONE, "loss": "circle", "prediction": 0.43},
    ],
    ids=str,
)
def test_the_code_gives_the_same_numbers(lab, controls, capsys):
    move(lab, **controls)
    for numbers, step in zip(printed(lab, capsys), lab.steps, strict=True):
        assert numbers[0] == pytest.approx(step.value, rel=1e-4)
        np.testing.assert_allclose(numbers[1:-1], step.gradient, rtol=1e-4, atol=1e-6)
        if step.inside:
            assert numbers[-1] == pytest.approx(step.after, rel=1e-3, abs=1e-6)


def test_the_code_runs_in_a_fresh_process(lab):
    assert f"loss {lab.steps[0].value:.6g}" in fresh.run(lab.code())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"loss": 3}, TypeError, "loss is 3"),
        ({"loss": "ctc"}, ValueError, "draw.ctc"),
        ({"target": 2}, ValueError, "target is 2; the lab goes from 0.0 to 1.0"),
        ({"over": "logit", "at": -9}, ValueError, "logit is -9"),
    ],
)
def test_what_cannot_be_shown(arguments, error, message):
    with pytest.raises(error, match=message):
        labs.loss(**arguments)


@pytest.mark.parametrize("over", ["prediction", "logit"])
def test_the_prediction_is_dragged_on_the_curve(lab, over):
    move(lab, over=over)
    handles = lab.picture.sheet.handles
    assert [handle.label for handle in handles] == [
        f"the {over}, binary_crossentropy", f"the {over}, mean_squared_error, at the right"
    ]  # fmt: skip
    for handle in handles:
        name, value = handle.x
        left, _, wide, _ = handle.place
        assert name == over
        for part in (0.25, 0.5, 0.8):
            move(lab, **{name: value(left + part * wide)})
            low, high = lab.curves[0].at[[0, -1]]
            assert lab.steps[0].at == pytest.approx(low + part * (high - low), abs=0.1)
            (dot,) = {round(float(mark["x"][0]), 1) for mark in marks(lab.picture, "dots")
                      if mark["color"] == "ink" and mark["x"][0] < left + wide + 5
                      and mark["x"][0] > left - 5}  # fmt: skip
            assert dot == pytest.approx(left + part * wide, abs=4)


def test_the_prediction_is_dragged_in_the_triangle(lab):
    move(lab, loss="categorical_crossentropy", other=NONE)
    (handle,) = lab.picture.sheet.handles
    left, top, wide, high = handle.place
    corners = np.array([(left, top + high), (left + wide, top + high), (left + wide / 2, top)])
    for wanted in ([0.2, 0.3, 0.5], [0.7, 0.2, 0.1], [0.05, 0.9, 0.05]):
        move(lab, **handle.to(*(wanted @ corners)))
        np.testing.assert_allclose(lab.steps[0].prediction, wanted, atol=0.02)
    for k, corner in enumerate(corners):  # and beside it
        move(lab, **handle.to(*(corner + 3 * (corner - corners.mean(axis=0)))))
        assert np.argmax(lab.steps[0].prediction) == k
        assert lab.steps[0].prediction[k] > 0.95
    assert (handle.x[0], handle.y[0]) == LOGITS[1:]  # arrow keys: to the right, and up
    assert handle.y[1](10) < handle.y[1](0)


def test_a_loss_that_was_not_shown_yet_is_announced_and_prepared(lab, monkeypatch):
    said = []
    monkeypatch.setattr(lab, "say", lambda status, text: said.append(status))
    move(lab, prediction=0.2)
    assert said == ["done"]  # nothing is compiled for a number
    assert not lab.prepare(lab.at | {"prediction": 0.3})
    lab.prepare(lab.at | {"loss": "hinge"})(stop=lambda: False)
    move(lab, loss="hinge")
    assert said == ["done", "compiling", "done"]

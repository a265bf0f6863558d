"""The lab of one step, without a browser."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data, labs

DIGITS = data.digits()
STAGES = ["input", "forward", "loss", "gradient", "update"]


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((784,)), layers.Dense(8, activation="relu"), layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("rmsprop", loss=loss)
    return model


@pytest.fixture
def lab(model):
    lab = labs.step(model, DIGITS)
    assert lab.wait(30)
    yield lab
    lab.close()


def press(lab, name):
    lab.buttons[name].click()
    assert lab.wait(30)
    assert lab.status == "done"


def test_next_goes_through_the_stages_and_on_to_the_next_batch(lab):
    seen = [lab.controls["stage"].value]
    for _ in range(5):
        press(lab, "next")
        seen.append(lab.controls["stage"].value)
        assert lab.picture.stage == seen[-1]
    assert seen == [*STAGES, "input"]
    assert lab.number == 2
    np.testing.assert_array_equal(lab.step.x, DIGITS.x_train[32:64])


def test_its_steps_are_those_of_fit(lab, model):
    for _ in range(10):
        press(lab, "next")
    assert lab.number == 3
    scope = {"model": model, "data": data}
    exec(lab.code(), scope)
    for name, variable in zip(lab.step.after, model.trainable_variables, strict=True):
        np.testing.assert_allclose(lab.step.after[name], variable, rtol=0, atol=1e-6)


def test_restart(lab):
    first = lab.step.loss
    for _ in range(5):
        press(lab, "next")
    assert lab.step.loss != first
    press(lab, "restart")
    assert lab.number == 1
    assert lab.step.loss == first


def test_sample_and_unit(lab):
    lab.controls["stage"].value = "gradient"
    lab.controls["sample"].value = 7
    lab.controls["unit"].value = 3
    assert lab.wait(30)
    assert "unit 3 of" in lab._line.value
    assert f"the target of sample 7 is {DIGITS.y_train[7]}" in lab.picture.describe()


def test_the_still_picture_shows_every_stage(lab):
    assert lab.picture.stage == "input"
    bundle, _ = lab._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Update:" in bundle["text/plain"]
    assert lab.picture.stage == "input"


def test_the_model_is_left_as_it_is(model):
    before = model.get_weights()
    lab = labs.step(model, (DIGITS.x_train, DIGITS.y_train))
    for _ in range(6):
        press(lab, "next")
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    lab.close()


def test_few_samples_come_round_again(model):
    lab = labs.step(model, (DIGITS.x_train[:40], DIGITS.y_train[:40]))
    for _ in range(5):
        press(lab, "next")
    np.testing.assert_array_equal(lab.step.x, DIGITS.x_train[:32])
    lab.close()


def test_errors(model):
    with pytest.raises(TypeError, match=r"give a split such as data\.digits"):
        labs.step(model, [1, 2])
    with pytest.raises(TypeError, match="give a compiled"):
        labs.step(None, DIGITS)

"""The lab of one step, without a browser."""

import random
import threading

import keras
import numpy as np
import pytest
from digits import digits
from keras import layers

from anatomy import data, labs
from anatomy.training import Stepper

DIGITS = digits()
STAGES = ["input", "forward", "loss", "gradient", "update"]


def build():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((784,)), layers.Dense(8, activation="relu"), layers.Dropout(0.2),
         layers.Dense(10)]
    )  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("rmsprop", loss=loss)
    return model


@pytest.fixture(scope="module")
def shared():
    """One lab of one model, for tests that leave the model as it is."""
    lab = labs.step(build(), DIGITS)
    assert lab.wait(30)
    yield lab
    lab.close()


@pytest.fixture
def lab(shared):
    press(shared, "restart")
    for name in ("sample", "unit"):
        move(shared, name, 0)
    return shared


@pytest.fixture
def model():
    return build()


@pytest.fixture
def own(model):
    """A lab of a model that the test trains."""
    lab = labs.step(model, DIGITS)
    assert lab.wait(30)
    yield lab
    lab.close()


def press(lab, name, times=1):
    for _ in range(times):
        lab.buttons[name].click()
        assert lab.wait(30)
        assert lab.error is None


def move(lab, name, value):
    lab.controls[name].value = value
    assert lab.wait(60)
    assert lab.error is None


def test_next_goes_through_the_stages_and_on_to_the_next_batch(lab):
    seen = [lab.controls["stage"].value]
    for _ in range(5):
        press(lab, "next")
        seen.append(lab.controls["stage"].value)
        assert lab.picture.facts["stage"] == seen[-1]
        assert f"{seen[-1]}, batch {lab.number}: " in lab.message
    assert seen == [*STAGES, "input"]
    assert lab.number == lab.controls["batch"].value == 2
    np.testing.assert_array_equal(lab.step.x, DIGITS.x_train[32:64])


def test_its_steps_are_those_of_fit_and_of_its_code(own, model):
    move(own, "batch", 4)
    scope = {"model": model}
    exec(own.code(), scope)
    for name, before, after in zip(own.step.after, scope["before"], scope["after"], strict=True):
        np.testing.assert_array_equal(own.step.before[name], before)
        np.testing.assert_array_equal(own.step.after[name], after)
    assert scope["history"].history["loss"] == [own.step.loss]


def test_the_code_of_the_first_step(own, model):
    assert own.code().count("model.fit") == 1
    exec(own.code(), {"model": model})
    after = [own.step.after[name] for name in own.step.after]
    for mine, fitted in zip(after, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine, fitted)


def test_restart_begins_again_even_where_the_model_was_trained_since(own, model):
    first = own.step
    press(own, "next", 5)
    assert own.step.loss != first.loss
    model.fit(DIGITS.x_train, DIGITS.y_train, verbose=0)
    press(own, "restart")
    assert own.number == 1
    assert own.controls["stage"].value == "input"
    assert own.step.loss == first.loss
    for name in first.after:
        np.testing.assert_array_equal(own.step.after[name], first.after[name])


def test_a_batch_further_on_is_trained_to(lab):
    move(lab, "batch", 128)
    assert lab.number == 128
    assert lab.step.loss < 1.5
    move(lab, "stage", "update")
    assert "The epoch ends here." in lab.message
    press(lab, "next")
    assert (lab.number, lab.controls["stage"].value) == (128, "update")
    move(lab, "batch", 2)
    assert lab.number == 2


def test_sample_and_unit(lab):
    lab.controls["stage"].value = "gradient"
    lab.controls["sample"].value = 7
    move(lab, "unit", 3)
    assert "unit 3, " in lab.message
    assert f"the target of sample 7 is {DIGITS.y_train[7]}" in lab.picture.describe()


def test_the_still_picture_shows_every_stage(lab):
    assert lab.picture.facts["stage"] == "input"
    still = lab.still()
    assert "Update:" in still.describe()
    assert "batch 1 of 128" in still.describe()
    assert len(still.sheet.marks) > len(lab.picture.sheet.marks)
    assert lab.picture.facts["stage"] == "input"


def test_the_model_is_left_as_it_is(model):
    before, state = model.get_weights(), random.getstate()
    lab = labs.step(model, (DIGITS.x_train, DIGITS.y_train))
    press(lab, "next", 6)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert random.getstate() == state
    lab.close()


def test_a_last_batch_that_is_smaller(model):
    x, y = DIGITS.x_train[:40], DIGITS.y_train[:40]
    lab = labs.step(model, (x, y))
    assert lab.wait(30)
    assert lab.controls["batch"].max == 2
    lab.controls["sample"].value = 31
    move(lab, "batch", 2)
    assert len(lab.step.x) == 8
    assert "sample 7" in lab.picture.describe()
    assert "sample 7" in lab.still().describe()
    model.fit(x, y, batch_size=32, shuffle=False, verbose=0)
    for mine, fitted in zip(lab.step.after.values(), model.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine, fitted)
    lab.close()


def test_run_takes_the_step_in_this_thread(lab, monkeypatch):
    seen, update = [], lab.picture.update

    def updated(**facts):
        seen.append(threading.current_thread())
        update(**facts)

    monkeypatch.setattr(lab.picture, "update", updated)
    lab.put(batch=3)
    assert lab.run() is lab.step
    assert lab.number == 3
    assert seen == [threading.current_thread()]


def test_stop_shows_the_step_that_was_reached(lab, monkeypatch):
    take = Stepper.__call__

    def stop_at_five(stepper, x, y):
        step = take(stepper, x, y)
        if stepper.taken == 5:
            lab.stop()
        return step

    monkeypatch.setattr(Stepper, "__call__", stop_at_five)
    move(lab, "batch", 100)
    assert lab.number == 5
    assert "batch 5: " in lab.message


def test_divergence_has_a_name():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(4), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e18), loss="mse")
    lab = labs.step(model, data.diabetes())
    move(lab, "batch", 5)
    assert lab.status == "diverged"
    move(lab, "batch", 1)
    assert lab.status == "done"
    lab.close()


def test_one_batch_of_one_sample_and_one_unit():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", loss="mse")
    lab = labs.step(model, (np.ones((1, 2)), np.ones((1, 1))))
    assert lab.wait(30)
    assert lab.status == "done"
    lab.close()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"data": [1, 2]}, TypeError, "give a split such as data.digits()"),
        ({"model": None}, TypeError, "model is None; give a keras.Model"),
        ({"batch_size": 0}, ValueError, "batch_size is 0; give a whole number"),
        (
            {"data": data.digits("images")},
            ValueError,
            "x has samples of shape (28, 28, 1); the model",
        ),
    ],
)
def test_errors(model, arguments, error, text):
    with pytest.raises(error) as caught:
        labs.step(**{"model": model, "data": DIGITS} | arguments)
    assert text in str(caught.value)

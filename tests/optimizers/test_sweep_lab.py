"""The lab of a whole axis, without a browser."""

import re
import threading

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from keras import layers
from looking import flaws

from anatomy import data, labs, training

MOONS = data.moons()


def build(learning_rate=0.1, units=4, activation="tanh"):
    hidden = layers.Dense(units, activation=activation)
    model = keras.Sequential([keras.Input((2,)), hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(learning_rate), "binary_crossentropy")
    return model


def ignores(learning_rate=0.1):
    return build()


@pytest.fixture(scope="module")
def lab():
    lab = labs.sweep(
        build, MOONS, learning_rate=[0.01, 0.1, 1.0], units=(1, 8),
        activation=["tanh", "relu", "elu", "selu", "gelu"], epochs=3, seeds=1,
    )  # fmt: skip
    assert lab.wait(60)
    yield lab
    lab.close()


def test_every_rate_is_a_fit_of_its_own_and_the_code_says_so(lab):
    assert lab.status == "done"
    assert "3 models (3 learning rates × 1 seed), 3 epochs in" in lab.message
    losses = [float(line.split()[-1]) for line in fresh.run(lab.code()).splitlines()]
    np.testing.assert_allclose(losses, lab.sweep.history["loss"][:, -1], atol=1e-5)
    assert flaws(lab.picture) == []
    assert lab.picture.size[1] <= 420


def test_the_slider_is_a_marker_and_trains_nothing(lab):
    found, before = lab.sweep, lab.picture.frame()
    move(lab, learning_rate=1.0)
    assert lab.sweep is found
    assert lab.picture.facts["marker"] == 1.0
    assert lab.picture.frame() != before
    assert f"at the marker, 1: {found.history['loss'][2, -1]:.4g}" in lab.describe()
    move(lab, learning_rate=0.1)


def test_another_argument_trains_all_anew(lab):
    found = lab.sweep
    move(lab, epochs=5)
    assert lab.sweep is not found
    np.testing.assert_allclose(lab.sweep.history["loss"][:, :3], found.history["loss"], rtol=1e-5)
    lab.buttons["rewind"].click()
    assert lab.wait(60)
    assert lab.sweep.history["loss"].shape == (3, 5)
    move(lab, epochs=3)


def test_the_marker_moves_while_it_trains_and_the_newest_request_wins(lab, monkeypatch):
    begun, sweep = [], training.sweep

    def watched(*args, on_change, **more):
        def moved(found):
            on_change(found)
            if not begun:  # a hand, in the middle of a training
                begun.append(found)
                lab.controls["learning_rate"].value = 0.01
                assert not more["stop"]()
                lab.controls["epochs"].value = 4
                assert more["stop"]()

        return sweep(*args, on_change=moved, **more)

    monkeypatch.setattr(training, "sweep", watched)
    monkeypatch.setattr(training.compiled.Loop, "MOST", 1)
    move(lab, epochs=90)
    assert lab.wait(60)  # for what was asked for meanwhile
    assert begun[0].stopped
    facts = lab.picture.facts
    assert (lab.sweep.epochs, facts["sweep"].epochs, facts["marker"]) == (4, 4, 0.01)
    assert (lab.status, lab.error) == ("done", None)
    move(lab, epochs=3)


def test_stop_keeps_what_is_trained(lab, monkeypatch):
    sweep = training.sweep

    def stopped(*args, on_change, **more):
        return sweep(*args, on_change=lambda found: (on_change(found), lab.stop()), **more)

    monkeypatch.setattr(training, "sweep", stopped)
    monkeypatch.setattr(training.compiled.Loop, "MOST", 1)
    move(lab, epochs=50)
    assert lab.status == "stopped"
    assert "1 of 50 epochs" in lab.message
    assert "after 1 of 50 epochs" in lab.picture.describe()
    monkeypatch.undo()
    move(lab, epochs=3)


def test_several_values_of_a_choice_are_lines(lab):
    move(lab, activation=("tanh", "relu"))
    assert "for activation='tanh' and activation='relu'." in lab.picture.describe()
    assert "activation is compiled in: its values are trained one after" in lab.message
    assert "for activation in ['tanh', 'relu']:" in lab.code()
    assert flaws(lab.picture) == []
    for chosen in ((), ("tanh", "relu", "elu", "selu", "gelu")):
        move(lab, activation=chosen)
        assert lab.status == "idle"
        assert "Choose 1 to 4 values of activation" in lab.message
    move(lab, activation=("tanh",))
    assert lab.status == "done"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"build": ignores}, "it ignores learning_rate"),
        ({"data": (np.full((8, 2), np.nan), np.zeros(8))}, "NaN"),
    ],
    ids=["ignores", "nan"],
)
def test_what_cannot_be_trained_is_a_status(arguments, text):
    lab = labs.sweep(**{"build": build, "data": MOONS} | arguments, epochs=1, seeds=1)
    assert lab.wait(60)
    assert lab.status == "failed"
    assert text in lab.message
    lab.close()


def test_an_error_keeps_the_picture_and_the_next_move_recovers(lab, monkeypatch):
    found = lab.sweep
    monkeypatch.setattr(training, "sweep", lambda *args, **more: 1 / 0)
    lab.controls["epochs"].value = 2
    assert lab.wait(60)
    assert lab.status == "failed"
    assert "The picture is of epochs=3." in lab.message
    assert lab.sweep is found
    monkeypatch.undo()
    move(lab, epochs=3)
    assert lab.status == "done"


def no_rate(units=4):
    return build(units=units)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"learning_rate": []}, ValueError, "learning_rate is list []; give (smallest, largest)"),
        ({"learning_rate": (-1.0, 1.0)}, ValueError, "learning_rate[0] is -1.0; give"),
        ({"learning_rate": (1.0, 0.1)}, ValueError, "give (smallest, largest)"),
        ({"learning_rate": 0.1}, TypeError, "learning_rate is 0.1; give (smallest, largest)"),
        ({"learning_rate": ["fast"]}, TypeError, "learning_rate[0] is 'fast'; give a number"),
        ({"build": "model"}, TypeError, "build is 'model'; give a function"),
        ({"build": no_rate}, TypeError, "no_rate() has no argument learning_rate="),
        ({"unit": (1, 2)}, TypeError, "no argument unit=(1, 2); did you mean 'units'"),
        ({"data": [1, 2]}, TypeError, "give a split such as data.digits()"),
        ({"epochs": "many"}, ValueError, "epochs='many'"),
    ],
)
def test_bad_arguments_are_one_clear_error(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        labs.sweep(**{"build": build, "data": MOONS} | arguments)


def test_on_another_backend_there_are_few_fits_a_bar_and_a_stop(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    lines, sweep, created = [], training.sweep, threading.Event()

    def watched(*args, on_change, **more):
        assert created.wait(30)

        def grow(found):
            lab._frame_due = 0.0  # each is shown
            on_change(found)
            lines.append(lab.message)
            if len(lines) == 3:
                lab.stop()

        return sweep(*args, on_change=grow, **more)

    monkeypatch.setattr(training, "sweep", watched)
    lab = labs.sweep(build, MOONS, learning_rate=(1e-3, 10.0), epochs=2)
    created.set()
    assert lab.wait(60)
    assert len(lab.sweep) == len(lab.rates) == 9  # two to a decade, one seed
    assert "fit() 0 of 9" in lines[0]
    assert "fit() 1 of 9, about" in lines[2]
    assert lines[2].index("▱") > lines[0].index("▱")
    assert "the torch backend runs its own fit()" in lines[0]
    assert lab.status == "stopped"
    assert 0 in lab.sweep.done
    monkeypatch.setattr(training, "sweep", sweep)
    lab.buttons["rewind"].click()
    assert lab.wait(60)
    assert lab.status == "done"
    lab.close()

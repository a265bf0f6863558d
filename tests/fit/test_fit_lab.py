"""The fit lab, without a browser: set a control, wait, look."""

import threading

import fresh
import ipywidgets as widgets
import keras
import numpy as np
import pytest
from by_hand import move
from ipywidgets.widgets.widget import _instances
from keras import layers
from looking import flaws, flaws_at_all_widths, texts

from anatomy import data, labs, training
from anatomy.base.words import number
from anatomy.losses.doctor import advice
from anatomy.training.runner import runner

MOONS = data.moons()


def build(units=4, activation="tanh", learning_rate=0.1, loss="binary_crossentropy"):
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(units, activation=activation),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(learning_rate), loss=loss, metrics=["accuracy"])
    return model


@pytest.fixture
def lab():
    lab = labs.fit(build, MOONS, units=(1, 8), learning_rate=(1e-4, 1e6), epochs=5)
    assert lab.wait(60)
    yield lab
    lab.close()


def test_it_trains_what_a_script_would(lab):
    assert lab.status == "done"
    keras.utils.set_random_seed(0)
    expected = build().fit(
        MOONS.x_train,
        MOONS.y_train,
        validation_data=(MOONS.x_val, MOONS.y_val),
        batch_size=32,
        epochs=5,
        verbose=0,
    )
    assert lab.history == expected.history


def test_a_page_that_is_opened_again_has_few_models_to_make(lab):
    """Seven controls, five buttons, eleven parts more: no layout or style of a widget's own."""
    before = set(_instances)
    other = labs.fit(build, MOONS, units=(1, 8), learning_rate=(1e-4, 1e6), epochs=5)
    assert len(set(_instances) - before) <= 23
    other.close()
    assert set(_instances) == before


def test_the_graph_is_drawn_anew_where_the_structure_moves():
    lab = labs.fit(build, MOONS, graph=True, units=(1, 8), learning_rate=(1e-3, 1.0), epochs=2)
    assert lab.wait(60)
    assert "2 layers, 17 parameters" in texts(lab.picture)
    assert "4, tanh" in texts(lab.picture)
    assert "Model 'sequential': 2 layers, 17 parameters" in lab.describe()
    move(lab, units=8, activation="relu")
    assert "2 layers, 33 parameters" in texts(lab.picture)
    assert "8, relu" in texts(lab.picture)
    before = lab.picture.facts["beside"]
    move(lab, learning_rate=0.5)
    assert lab.picture.facts["beside"] == before  # its structure is the same
    assert flaws_at_all_widths(lab.picture) == []
    lab.close()


def test_a_control_refits(lab):
    first, before = lab.history, lab.picture.png()
    lab.controls["learning_rate"].value = 0.5
    assert lab.wait(30)
    assert lab.history["loss"] != first["loss"]
    assert lab.picture.png() != before
    assert "learning_rate=0.1" in lab.picture.describe()  # the ghost


def test_rewind_and_new_seed(lab):
    first = lab.history
    lab.buttons["rewind"].click()
    assert lab.wait(30)
    assert lab.history == first
    assert len(earlier(lab).options) == 1  # the same run: once
    lab.buttons["new_seed"].click()
    assert lab.wait(30)
    assert lab.controls["seed"].value == 1
    assert lab.history != first


def test_the_latest_of_many_moves_wins(lab):
    done = len(lab.runs)
    for rate in (0.2, 0.3, 0.4, 0.5, 0.6):
        lab.controls["learning_rate"].value = rate
    assert lab.wait(30)
    assert lab.runs[-1].parameters["learning_rate"] == 0.6
    assert len(lab.runs) < done + 5


def test_stop(lab):
    lab.controls["epochs"].max = 100_000
    lab.controls["epochs"].value = 100_000
    while "epoch 1" not in lab.message or lab.status != "training":  # epoch 10 or later
        assert not lab.wait(0.01)
    lab.buttons["stop"].click()
    assert lab.wait(10)
    assert lab.status == "stopped"
    assert 0 < lab.runs[-1].epoch < 100_000
    assert lab.message.startswith("after epoch")
    assert np.isfinite(lab.model.predict(MOONS.x_val, verbose=0)).all()


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("activation", "rellu", "relu"),
        ("loss", "binary_crosentropy", "mse"),
    ],
)
def test_an_error_is_a_status_and_the_next_good_value_recovers(lab, name, bad, good):
    sentence, history = lab.picture.describe(), lab.history
    lab.controls[name].value = bad
    assert lab.wait(30)
    assert lab.status == "failed"
    assert bad in str(lab.error)
    assert bad in lab.message
    assert lab.message.count("The picture is of") == 1
    assert (lab.picture.describe(), lab.history) == (sentence, history)
    lab.controls[name].value = good
    assert lab.wait(30)
    assert lab.status == "done"
    assert lab.error is None


def test_divergence_says_where():
    def linear(learning_rate=1e6):
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate), loss="mse")
        return model

    other = labs.fit(linear, MOONS, learning_rate=(1.0, 1e6))
    assert other.wait(30)
    assert other.status == "diverged"
    assert f"at epoch {other.runs[-1].epoch}" in other.message
    other.close()


def earlier(lab):
    """The list of earlier runs, unfolded."""
    folds = next(w for w in lab.widget.children if isinstance(w, widgets.Accordion))
    folds.selected_index = 1
    return folds.children[1]


def pinned(lab):
    """The runs in the picture that are pinned, by what they differ in."""
    return [label for label, _, pin in lab.picture.facts["others"] if pin]


def test_pinned_runs_stay(lab):
    lab.buttons["pin"].click()
    assert lab.wait(30)
    assert "Pinned." in lab.message
    for rate in range(1, 15):
        move(lab, learning_rate=rate / 7)
    assert len(lab.runs) < 14
    assert pinned(lab) == ["learning_rate=0.1"]
    earlier(lab).value = ()
    assert lab.wait(30)
    assert pinned(lab) == []


def test_an_earlier_run_can_be_pinned(lab):
    move(lab, learning_rate=0.2)
    earlier(lab).index = (0,)  # the latest comes first
    assert lab.wait(30)
    move(lab, learning_rate=0.3)  # the list follows, and what is pinned stays so
    assert pinned(lab) == ["learning_rate=0.2"]
    assert earlier(lab).index == (1,)


def press(lab, kind, where=None, name="pin", **more):
    """A hand, or a key, on the handle of this name in the picture, or on that of these words."""
    for handle in lab.picture.sheet.handles:
        named = name in handle.press or (handle.x and handle.x[0] == name)
        if named and (where is None or where in handle.label):
            lab._grab(handle, {"kind": kind} | more)
            assert lab.wait(30)
            return handle
    raise AssertionError(f"no handle {name}, {where}")


def test_the_first_run_is_the_reference_until_it_is_let_go(lab):
    for rate in (0.2, 0.3, 0.4, 0.5, 0.6):
        move(lab, learning_rate=rate)
    assert pinned(lab) == ["learning_rate=0.1"]
    press(lab, "press", "learning_rate=0.1")
    assert pinned(lab) == []
    move(lab, learning_rate=0.7)
    assert pinned(lab) == []
    press(lab, "press", "learning_rate=0.5")
    assert pinned(lab) == ["learning_rate=0.5"]


def test_an_epoch_is_read_under_the_hand(lab):
    handle = press(lab, "grab", "loss", "epoch", x=0.0, y=0.0)
    left, _, wide, _ = handle.place
    press(lab, "grab", "loss", "epoch", x=left + wide / 2, y=0.0)
    losses = lab.history["loss"], lab.history["val_loss"]
    at_3 = f"at epoch 3: loss {number(losses[0][2])} (validation {number(losses[1][2])})"
    assert at_3 in lab.picture.describe()
    press(lab, "key", "loss", "epoch", x=1, y=0)
    assert "epoch 4" in texts(lab.picture)
    assert number(lab.history["val_loss"][3], 4) in texts(lab.picture)
    assert flaws(lab.picture) == []
    move(lab, learning_rate=0.2)
    assert f"at epoch 4: loss {number(lab.history['loss'][3])}" in lab.picture.describe()


def test_curves_that_lie_on_one_another_are_shown_once():
    def same(units=4, note="a", learning_rate=0.1):
        return build(units=4, learning_rate=learning_rate)

    lab = labs.fit(same, MOONS, units=(1, 8), note=["a", "b", "c"], epochs=2)
    assert lab.wait(60)
    for units in (5, 6, 7):
        move(lab, units=units)
    move(lab, learning_rate=0.2)
    assert [label for label, *_ in lab.picture.facts["others"]] == ["units=4, learning_rate=0.1"]
    lab.close()


def test_stop_keeps_the_curve_reached_so_far(lab):
    lab.controls["epochs"].max = 100_000
    lab.controls["epochs"].value = 100_000
    while not lab.message.startswith("epoch "):
        assert not lab.wait(0.01)
    lab.stop()
    assert lab.wait(10)
    assert lab.picture.facts["history"] == lab.history
    assert number(lab.history["loss"][-1]) in lab.message


def test_a_run_that_is_given_up_is_never_called_done(lab):
    """Nor announced so, while the picture goes back to the last that was."""
    seen = []
    (line,) = (one for one in lab.widget.children if "anatomy-rows" in one._dom_classes)
    line.observe(lambda change: seen.append(lab.status), names="value")
    with runner.held:
        lab.controls["units"].value = 3
        lab.stop()
    assert lab.wait(60)
    assert lab.status == "stopped"
    assert "done" not in seen


def test_run_returns_the_history(lab):
    assert lab.run() == lab.history


def test_arrays_instead_of_a_split():
    x, y = MOONS.x_train, MOONS.y_train
    for pair in ((x, y), ((x, y), (MOONS.x_val, MOONS.y_val))):
        lab = labs.fit(build, pair, epochs=2)
        assert lab.wait(60)
        assert lab.status == "done"
        assert ("val_loss" in lab.history) == (len(pair[0]) == 2)
        assert "x_train, y_train" in lab.code()
        lab.close()


def test_the_code_ends_at_the_same_loss(lab):
    lab.controls["units"].value = 6
    lab.controls["learning_rate"].value = 0.25
    assert lab.wait(60)
    printed = fresh.run(lab.code() + 'print(repr(history.history["loss"][-1]))\n')
    assert printed.splitlines()[-1] == repr(lab.history["loss"][-1])


def test_what_cannot_be_fused_says_so():
    def eager(units=2):
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
        return model

    x, y = MOONS.x_train[:64], MOONS.y_train[:64]
    lab = labs.fit(eager, (x, y), epochs=2)
    assert lab.wait(60)
    assert "Plain fit(): the model runs eagerly" in lab.message
    lab.close()


def test_a_dtype_policy_is_taken_along():
    keras.config.set_dtype_policy("bfloat16")
    try:
        lab = labs.fit(build, MOONS, epochs=1)
        assert lab.wait(60)
        assert lab.model.dtype_policy.name == "bfloat16"
        lab.close()
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"build": "model"}, "build is 'model'; give a function"),
        ({"data": [1, 2]}, "give a split such as data.digits()"),
        ({"unit": (1, 2)}, "build() has no argument unit=(1, 2); did you mean 'units'"),
        ({"epochs": "many"}, "epochs"),
    ],
)
def test_bad_arguments_are_one_clear_error(arguments, text):
    with pytest.raises((TypeError, ValueError)) as caught:
        labs.fit(**{"build": build, "data": MOONS} | arguments)
    assert text in str(caught.value)


def test_an_argument_that_fit_has_too():
    def build(epochs=3):
        pass

    with pytest.raises(TypeError, match="'epochs', which the lab"):
        labs.fit(build, MOONS)


def forgotten(learning_rate=0.1, loss="binary_crossentropy"):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), loss)
    return model


@pytest.fixture
def advised():
    lab = labs.fit(forgotten, MOONS, learning_rate=(1e-4, 1.0), loss=["binary_crossentropy", "mse"])
    lab.controls["epochs"].value = 2
    assert lab.wait(60)
    yield lab
    lab.close()


def test_the_loss_doctor_advises_and_is_not_in_the_way(advised):
    assert advised.status == "done"
    assert [one.code for one in advised.findings] == ["from_logits forgotten"]
    assert "The loss doctor: from_logits forgotten." in advised.message
    assert "loss=keras.losses.BinaryCrossentropy(from_logits=True)" in advised.message
    assert "from_logits forgotten" in advised.describe()
    keras.utils.set_random_seed(0)
    plain = forgotten().fit(MOONS.x_train, MOONS.y_train, batch_size=32, epochs=2, verbose=0)
    assert advised.history["loss"] == plain.history["loss"]
    move(advised, loss="mse")
    assert "doctor" not in advised.message
    assert not advised.findings


@pytest.mark.parametrize("raises", [False, True], ids=["own loss", "doctor fails"])
def test_what_the_doctor_does_not_know_stays_silent(raises, monkeypatch):
    def own(y, p):
        return keras.ops.mean((y - p) ** 4)

    def build(loss=own if not raises else "binary_crossentropy"):
        return forgotten(loss=loss)

    if raises:
        monkeypatch.setattr(advice, "diagnose", lambda model, y: 1 / 0)
    lab = labs.fit(build, MOONS, epochs=1, loss=widgets.fixed(build.__defaults__[0]))
    assert lab.wait(60)
    assert lab.status == "done"
    assert lab.findings == ()
    assert "doctor" not in lab.message
    lab.close()


def test_the_whole_axis_is_the_fit_at_every_rate(lab):
    lab.buttons["whole_axis"].click()
    assert lab.wait(60)
    found = lab.axis
    assert (found.epochs, found.axes["seed"], found.axes["units"]) == (5, [0], [4])
    rates = found.axes["learning_rate"]
    assert (rates[0], rates[-1]) == (1e-4, 1e6)
    assert len(found) in (21, 65)  # fewer where an epoch takes long
    at = rates.index(0.1)  # the default of build: each member is a fit()
    np.testing.assert_allclose(found.history["loss"][at], lab.history["loss"], atol=1e-5)
    assert "Sweep: loss after 5 epochs over learning_rate" in lab.describe()
    assert f"at the marker, 0.1: {number(found.history['loss'][at, -1])}" in lab.describe()
    assert flaws_at_all_widths(lab.picture) == []
    lab.picture.resize(860)
    handle = press(lab, "grab", name="learning_rate", x=lab.picture.size[0] - 40, y=200)
    assert lab.controls["learning_rate"].value > 1e3
    assert lab.axis is found  # a rate alone moves the marker
    place = handle.place
    press(lab, "grab", name="learning_rate", x=place[0] + place[2] / 2, y=200)
    assert lab.controls["learning_rate"].value == pytest.approx(10)
    lab.controls["units"].value = 2
    assert lab.wait(60)
    assert lab.axis.axes["units"] == [2]
    lab.buttons["whole_axis"].click()
    assert lab.wait(30)
    assert "Sweep" not in lab.describe()


def test_a_fit_does_not_wait_for_the_axis(lab, monkeypatch):
    stops = []

    def forever(*args, stop, **more):
        asked.set()
        while not stop():
            threading.Event().wait(0.001)
        stops.append(True)
        return training.Sweep({"learning_rate": [0.1], "seed": [0]}, [], 1, stopped=True)

    asked = threading.Event()
    monkeypatch.setattr(training, "sweep", forever)
    lab.buttons["whole_axis"].click()
    assert asked.wait(30)
    lab.controls["learning_rate"].value = 0.5
    while lab.runs[-1].parameters["learning_rate"] != 0.5:
        lab.wait(0.05)  # the axis of the new rate goes on for ever
    assert stops == [True]
    lab.stop()
    assert lab.wait(30)
    assert lab.axis is None
    assert "learning_rate=0.5" in lab.picture.describe()


def test_an_axis_that_cannot_be_is_a_note():
    def ignores(learning_rate=0.1, units=4):
        return build(units=4)

    lab = labs.fit(ignores, MOONS, learning_rate=(0.01, 1.0), units=widgets.fixed(4), epochs=1)
    lab.buttons["whole_axis"].click()
    assert lab.wait(60)
    assert lab.status == "done"
    assert "it ignores learning_rate" in lab.message
    lab.close()
    none = labs.fit(lambda units=4: build(units), MOONS, epochs=1)
    assert "whole_axis" not in none.buttons
    none.close()


def test_an_argument_that_build_does_not_use_is_named():
    def deaf(learning_rate=0.01, units=2):
        model = keras.Sequential([keras.Input((1,)), layers.Dense(units), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    lab = labs.fit(deaf, data.waves("sine"), epochs=1, learning_rate=(1e-4, 1.0), units=(1, 4))
    assert lab.wait(60)
    assert "does not use" not in lab.message
    move(lab, learning_rate=0.1)
    said = "As with learning_rate=0.01, to the last digit: build() does not use learning_rate."
    assert said in lab.message
    move(lab, units=3)
    assert "does not use" not in lab.message
    lab.close()


def overfitting(learning_rate=0.05):
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(32, activation="tanh"), layers.Dense(1, "sigmoid")]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "binary_crossentropy")
    return model


@pytest.fixture
def early():
    few = (MOONS.x_train[:24], MOONS.y_train[:24]), (MOONS.x_val[:64], MOONS.y_val[:64])
    lab = labs.fit(overfitting, few, epochs=60, patience=3, learning_rate=(1e-4, 1.0))
    assert lab.wait(60)
    yield lab
    lab.close()


def test_early_stopping_is_that_of_keras(early):
    (x, y), validation = early.data
    keras.utils.set_random_seed(0)
    model = overfitting()
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    expected = model.fit(x, y, validation_data=validation, epochs=60, callbacks=[stopping],
                         verbose=0)  # fmt: skip
    assert early.history["loss"] == expected.history["loss"]
    # On some processors a loop over two batches of validation differs in the last digit.
    np.testing.assert_allclose(early.history["val_loss"], expected.history["val_loss"], 1e-6)
    assert len(early.history["loss"]) < 60
    for one, other in zip(early.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    best, epochs = stopping.best_epoch + 1, len(early.history["loss"])
    assert f"best epoch {best}, stopped at {epochs}" in texts(early.picture)
    loss = number(early.history["val_loss"][best - 1])
    assert f"(validation {loss}) at epoch {best}." in early.message
    assert f"early stopping ended it at epoch {epochs}" in early.describe()
    assert flaws_at_all_widths(early.picture) == []


def test_the_patience_of_early_stopping_is_a_control(early):
    before = len(early.history["loss"])
    move(early, patience=8)
    assert len(early.history["loss"]) > before
    assert "patience=3" in early.picture.describe()
    line = 'keras.callbacks.EarlyStopping("val_loss", patience=8, restore_best_weights=True)'
    assert line in early.code()
    assert "callbacks=[stopping]," in early.code()
    move(early, patience=0, epochs=1)
    assert "1 epochs" not in early.message
    assert early.status == "done"


def test_early_stopping_without_validation_data_is_refused():
    with pytest.raises(ValueError, match="watches the validation loss: pass"):
        labs.fit(build, (MOONS.x_train, MOONS.y_train), patience=3)
    lab = labs.fit(build, MOONS, epochs=1)
    assert lab.wait(60)
    assert "patience" not in lab.controls
    assert "EarlyStopping" not in lab.code()
    lab.close()


def test_a_rate_that_reads_the_same_is_not_trained_again(lab):
    lab.controls["learning_rate"].value = 0.1 * (1 + 1e-9)  # as the browser puts it on its grid
    assert lab.wait(30)
    assert len(lab.runs) == 1


def test_a_control_of_ones_own_outlives_the_lab():
    own = widgets.IntSlider(2, 1, 5)
    first = labs.fit(build, MOONS, epochs=own)
    assert first.wait(60)
    first.close()
    second = labs.fit(build, MOONS, epochs=own)
    own.value = 4
    assert second.wait(60)
    assert [len(lab.history["loss"]) for lab in (first, second)] == [2, 4]
    second.close()
    assert own.comm is not None
    own.close()

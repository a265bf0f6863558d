"""The hypotheses lab, without a browser."""

import threading
import time

import fresh
import keras
import numpy as np
import pytest
from by_hand import press
from keras import layers
from playback import Page

from anatomy import labs


def build(units=4, depth=1, activation="tanh", learning_rate=0.05):
    hidden = [layers.Dense(units, activation) for _ in range(depth)]
    model = keras.Sequential([keras.Input((1,)), *hidden, layers.Dense(1)])
    model.compile(keras.optimizers.Adam(learning_rate), "mse")
    return model


@pytest.fixture(scope="module")
def lab():
    lab = labs.hypotheses(build, activation="tanh")
    assert lab.wait(60)
    lab.controls["epochs"].value = 10
    yield lab
    lab.close()


@pytest.mark.parametrize("name", ["line", "step", "waves", "zigzag"])
def test_a_target_finds_its_nearest_member(lab, name):
    lab.controls["target"].value = name
    assert lab.wait(60)
    apart = [np.sqrt(np.mean((f - lab.target) ** 2)) for f in lab.space.outputs]
    assert f"sampled member {min(apart):.4g}" in lab.picture.describe()
    assert f"{min(apart):.4g} away" in lab.message


def test_a_height_chooses_my_own(lab):
    lab.controls["target"].value = "line"
    lab.controls["y3"].value = 1.0
    assert lab.wait(60)
    assert lab.controls["target"].value == "my own"
    expected = np.interp(lab.x, [-1, -0.5, 0, 0.5, 1], [-1, -0.5, 1, 0.5, 1])
    np.testing.assert_allclose(lab.target, expected, atol=1e-6)


def test_a_recorded_state_has_its_search(lab, tmp_path):
    page = Page(lab.record(tmp_path / "lab.html", target=["line", "hill"]))
    assert lab.wait(60)
    assert all(" after 10 epochs, " in state["message"] for state in page.states)
    assert lab.path is None


def test_the_target_can_be_drawn_on_the_picture(lab):
    lab.controls["target"].value = "line"
    assert lab.wait(60)
    (handle,) = [h for h in lab.picture.sheet.handles if h.label == "the target at 0.5"]
    assert handle.value == "0.5"
    middle = handle.place[1] + 12
    (zero,) = [h.place[1] + 12 for h in lab.picture.sheet.handles if h.label == "the target at 0"]
    press(lab, "the target at 0.5", y=zero)
    assert lab.controls["target"].value == "my own"
    assert lab.controls["y4"].value == pytest.approx(0, abs=1e-9)
    press(lab, "the target at 0.5", y=middle)
    assert np.interp(0.5, lab.x[:, 0], lab.target[:, 0]) == pytest.approx(0.5, abs=0.01)
    press(lab, "the target at 0.5", y=-1000)
    assert lab.controls["y4"].value == 1.5


def test_an_error_is_a_status(lab):
    lab.controls["activation"].value = "tanhh"
    assert lab.wait(60)
    assert lab.status == "failed"
    assert "tanhh" in lab.message
    lab.controls["activation"].value = "tanh"
    assert lab.wait(60)
    assert lab.status == "done"


def test_fit_is_plain_fit_and_so_is_the_code(lab):
    lab.controls["target"].value = "sine"
    lab.buttons["fit"].click()
    assert lab.wait(60)
    keras.utils.set_random_seed(0)
    model = build()
    history = model.fit(lab.x, lab.target, batch_size=32, epochs=10, verbose=0).history
    assert lab.path.history["loss"] == history["loss"]
    assert list(lab.path.epochs) == list(range(11))
    np.testing.assert_allclose(lab.path.outputs[-1], np.asarray(model(lab.x)), atol=1e-5)
    assert lab.status == "done"
    assert lab.history is lab.path.history
    assert "Search: 11 guesses" in lab.describe()
    lab._folds.selected_index = 1
    assert "The map is true to the distances" in lab._map.value
    lab._folds.selected_index = None
    printed = fresh.run(lab.code() + 'print(repr(history.history["loss"][-1]))\n')
    assert printed.splitlines()[-1] == repr(history["loss"][-1])
    lab.controls["spread"].value = 3.0  # another space: the search that was shown is none in it
    assert lab.wait(60)
    assert lab.path is None
    assert "Search:" not in lab.describe()


def test_stop_ends_the_search_and_keeps_its_path(lab):
    lab.controls["epochs"].value = 500
    lab.buttons["fit"].click()
    while lab.path is None or len(lab.path) < 3:
        assert lab.status in ("done", "waiting", "compiling", "training")
        time.sleep(0.01)
    lab.buttons["stop"].click()
    assert lab.wait(60)
    assert lab.status == "stopped"
    assert 0 < lab.path.epochs[-1] < 500


def test_a_model_of_other_shapes_is_refused():
    def two(units=4):
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    with pytest.raises(ValueError, match=r"give one that makes \(None, 1\)"):
        labs.hypotheses(two)
    with pytest.raises(TypeError, match="give a function"):
        labs.hypotheses(3)


def test_fit_is_pressed_while_a_move_is_answered(lab, monkeypatch):
    begun, gate, look = threading.Event(), threading.Event(), lab._look

    def held(at):
        begun.set()
        assert gate.wait(60)
        look(at)

    monkeypatch.setattr(lab, "_look", held)
    lab.controls["target"].value = "zigzag"
    assert begun.wait(60)
    lab.buttons["fit"].click()
    gate.set()
    assert lab.wait(60)
    assert len(lab.history["loss"]) == lab.at["epochs"]

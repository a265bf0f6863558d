"""What the next move needs is compiled already, and nobody notices."""

import sys
import threading

import keras
import pytest

from anatomy import data, labs, training
from anatomy.training.runner import Ahead, ahead

MODULE = sys.modules["anatomy.training.runner"]
SEEN = {"width": 860, "ratio": 1, "dark": False}


@pytest.fixture
def spare(monkeypatch):
    """A machine with a core to spare, however busy it is."""
    monkeypatch.setattr(MODULE, "spare", lambda: True)
    monkeypatch.setattr(MODULE, "LONGEST", 600)
    monkeypatch.setattr(MODULE, "EACH", 600)
    yield
    ahead.cancel()
    rested()  # what is still compiled is not another test's


def rested():
    """Waits until all that was asked for is done."""
    assert ahead.request is None or ahead.request.wait(60)


def build(units=3, activation="tanh", learning_rate=0.05):
    hidden = keras.layers.Dense(units, activation)
    model = keras.Sequential([keras.Input((1,)), hidden, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def test_a_move_by_one_step_compiles_nothing(spare):
    training.store.clear()
    choices = {"activation": ["tanh", "relu"], "learning_rate": (0.001, 1.0)}
    lab = labs.fit(build, data.waves(), epochs=2, units=(1, 8), **choices)
    says, said = lab.say, []
    lab.say = lambda status, text: said.append(status) or says(status, text)
    assert lab.wait(60)
    assert "compiling" in said
    assert not training.store._ahead  # no page shows the lab
    lab._screen.seen = SEEN
    assert lab.wait(60)
    for name, value in {"units": 4, "activation": "relu", "learning_rate": 0.2}.items():
        rested()
        assert 0 < len(training.store._ahead) <= training.store.guesses
        said.clear()
        lab.controls[name].value = value
        assert lab.wait(60)
        lab.rest()
        assert lab.status == "done", lab.message
        assert "training" in said
        assert "compiling" not in said
    rested()
    assert [run.parameters["units"] for run in lab.runs] == [3, 4, 4, 4]  # only what was asked for
    said.clear()
    lab.controls["batch_size"].value = 256  # two steps away
    assert lab.wait(60)
    assert "compiling" in said
    lab.close()


def test_what_another_lab_dropped_is_compiled_when_a_hand_comes_back(spare):
    training.store.clear()
    first, second = (labs.fit(build, data.waves(), epochs=2, units=(1, 8)) for _ in range(2))
    assert first.wait(60)
    assert second.wait(60)
    first._screen.seen = SEEN
    first.wait(60)
    rested()
    request = ahead.request
    second.controls["learning_rate"].value = 0.2
    assert second.wait(60)
    assert ahead.request is request  # no page shows the second
    training.store.clear()
    first._screen._handle_custom_msg({"kind": "approach"}, [])
    first.wait(60)
    rested()
    assert training.store._ahead
    request = ahead.request
    first._screen._handle_custom_msg({"kind": "approach"}, [])
    first.wait(60)
    assert ahead.request is request  # it is there already
    first.close()
    second.close()


def straight(loss):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss)
    return model


def halves(share=0.5):
    n, split = int(share * 64), data.waves()
    x, y = split.x_train[:n], (split.y_train[:n] > 0) * 1
    return {"x": x, "y": y, "validation_data": (x, y)}


def two():
    output = keras.layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([keras.Input((1,)), output])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def points():
    split = data.waves()
    return split.x_train[:8], split.y_train[:8]


OTHERS = {
    "playground": (lambda: labs.playground(build, "waves", epochs=2), {"units": 4}),
    "workflow": (lambda: labs.workflow("xor; dense 3 tanh; dense 1 sigmoid; epochs 2"),
                 {"units": 4}),
    "outlier": (lambda: labs.outlier(straight, points, epochs=2), {"delta": 3.0}),
    "shortcut": (lambda: labs.shortcut(two, halves, epochs=2, share=[0.5, 1.0]), {"share": 1.0}),
    "divergence": (lambda: labs.divergence(build, data.waves(), epochs=2, units=(1, 8)),
                   {"units": 4}),
    "sweep": (lambda: labs.sweep(build, data.waves(), [0.01, 0.1], epochs=2, seeds=1, units=(1, 8)),
              {"units": 4}),
    "hypotheses": (lambda: labs.hypotheses(build, units=(1, 8)), {"units": 4}),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_each_lab_that_trains_compiles_the_next_move(spare, name, monkeypatch):
    """What a guess has compiled the move finds: it is in no need of another."""
    monkeypatch.setattr(training.store, "guesses", 2)
    open_lab, moves = OTHERS[name]
    lab, said = open_lab(), []
    assert lab.wait(60)
    says = lab.say
    lab.say = lambda status, text: said.append(status) or says(status, text)
    lab._screen.seen = SEEN
    assert lab.wait(60)
    for control, value in moves.items():
        rested()
        said.clear()
        lab.controls[control].value = value
        assert lab.wait(60)
        lab.rest()
        assert lab.status in ("done", "diverged", "idle"), lab.message
        assert "compiling" not in said, control
    lab.close()


def test_a_copy_that_is_trained_once_is_compiled_before(spare):
    given, model = halves(), two()
    lab = labs.dense(model, (given["x"], given["y"]), epochs=2)
    assert lab.wait(60)
    training.store.clear()
    lab._screen.seen = SEEN
    assert lab.wait(60)
    rested()
    assert len(training.store._ahead) == 1
    lab.controls["epochs"].value = 2
    assert lab.wait(60)
    assert (len(training.store._ahead), len(training.store)) == (0, 1)
    lab.close()


def test_a_call_that_would_be_noticed_is_not_made():
    calls = []

    def prints(units=3):
        print(units)

    def counts(units=3):
        calls.append(units)

    def through(units=3):
        return counts(units)

    assert training.run.unnoticed(build)
    assert not any(map(training.run.unnoticed, (prints, counts, through)))


def test_a_new_move_drops_the_rest_and_stops_the_present(spare):
    ahead, began, done = Ahead(), threading.Event(), []

    def long(stop):
        began.set()
        while not stop():
            pass
        done.append("stopped")

    ahead.ask([long, lambda stop: done.append("dropped")])
    assert began.wait(60)
    ahead.cancel()
    assert ahead.request.wait(60)
    assert done == ["stopped"]
    ahead.ask([lambda stop: 1 / 0, lambda stop: done.append("next")])
    assert ahead.request.wait(60)
    assert done == ["stopped", "next"]


def test_nothing_is_compiled_ahead_on_a_busy_machine_or_on_one_core(monkeypatch):
    done, looks, seen = threading.Event(), [], []
    monkeypatch.setattr(MODULE, "spare", lambda: looks.append(1) or len(looks) > 2)
    Ahead().ask([lambda stop: seen.append(len(looks)) or done.set()])
    assert done.wait(10)
    assert seen == [3]  # it waited for a core
    monkeypatch.setattr(MODULE.os, "sched_getaffinity", lambda process: {0}, raising=False)
    alone = Ahead()
    alone.ask([lambda stop: done.set()])
    assert alone.request is None

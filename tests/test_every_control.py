"""A bug where no lab stands is found by the sweep that each notebook's labs go through."""

import re

import ipywidgets as widgets
import pytest
from every_control import moves, sweep

from anatomy import data, labs


@pytest.fixture
def lab():
    """``lab(bug)``: a small fit lab, done; ``bug(units, activation)`` is called as it is built."""
    opened = []

    def lab(bug=lambda units, activation: None):
        import keras

        def build(units=4, activation="tanh"):
            bug(units, activation)
            hidden = keras.layers.Dense(units, activation)
            model = keras.Sequential([keras.Input((2,)), hidden, keras.layers.Dense(1)])
            model.compile("sgd", "mse")
            return model

        choices = ["tanh", "relu"]
        lab = labs.fit(build, data.moons(), units=(1, 8), activation=choices, epochs=(1, 2))
        opened.append(lab)
        assert lab.wait(60)
        assert lab.status == "done"  # what a notebook test sees: all is well
        return lab

    yield lab
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    ("options", "value", "places"),
    [
        ("abcde", "a", [0, 1, 2, 3, 4]),
        ([16, 32, 64, 128, 256], 32, [0, 1, 4]),
        ([16, 32, 64, 128, 256], 16, [0, 2, 4]),
        ([1, 2, 4], 1, [0, 1, 2]),
    ],
)
def test_words_are_all_gone_through_and_numbers_at_their_ends_and_between(options, value, places):
    control = widgets.Dropdown(options=options, value=value)
    assert moves(control) == [("index", place) for place in places]


def test_a_lab_without_a_bug_passes(lab):
    built = set()
    sweep(lab(lambda *at: built.add(at)))
    assert built == {(1, "tanh"), (4, "tanh"), (8, "tanh"), (1, "relu")}


def test_a_build_that_raises_at_an_end_is_found(lab):
    def bug(units, activation):
        if units == 8:
            raise RuntimeError("planted")

    one = lab(bug)
    with pytest.raises(AssertionError, match=re.escape("units at 8: RuntimeError('planted')")):
        sweep(one)


def test_a_callback_that_raises_is_found(lab):
    def moved(change):
        assert change.new != "relu", "planted"

    one = lab()
    one.controls["activation"].observe(moved, names="value")
    with pytest.raises(AssertionError, match="planted"):
        sweep(one)


def test_a_drawing_that_raises_is_found(lab, monkeypatch):
    """Where there is a second run to compare with, which only a move brings."""
    one = lab()
    update = one.picture.update

    def bug(*facts, others=(), **more):
        assert not others, "planted"
        update(*facts, others=others, **more)

    monkeypatch.setattr(one.picture, "update", bug)
    with pytest.raises(AssertionError, match="planted"):
        sweep(one)

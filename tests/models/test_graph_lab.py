"""The model lab, without a browser."""

import fresh
import keras
import numpy as np
import pytest
from by_hand import press
from digits import digits
from keras import layers
from looking import marks

from anatomy import labs

DIGITS = digits()


def build(branches=2, width=8):
    pixels = keras.Input((28, 28, 1))
    looked = [layers.Conv2D(width, 1 + 2 * i, padding="same")(pixels) for i in range(branches)]
    joined = layers.Concatenate()(looked) if branches > 1 else looked[0]
    pooled = layers.GlobalAveragePooling2D()(joined)
    return keras.Model(pixels, layers.Dense(10, activation="softmax")(pooled))


def nested(units=4):
    block = keras.Sequential([keras.Input((8,)), layers.Dense(units)], name="block")
    inputs = [keras.Input((8,), name=name) for name in "ab"]
    return keras.Model(inputs, layers.Concatenate()([block(one) for one in inputs]))


@pytest.fixture
def lab():
    lab = labs.model(build, DIGITS, branches=(1, 4), width=(1, 12))
    assert lab.wait(60)
    yield lab
    lab.close()


def test_the_graph_follows_the_sliders(lab):
    for branches, convolutions in ((4, 4), (1, 1)):
        lab.controls["branches"].value = branches
        assert lab.wait(60)
        assert lab.status == "done"
        assert lab.describe().count("Conv2D") == convolutions
        assert lab.model.count_params() == lab.picture.graph.parameters
    assert "Concatenate" not in lab.describe()


def test_the_values_are_those_of_the_sample(lab):
    lab.controls["values"].value = True
    lab.controls["sample"].value = 7
    assert lab.wait(60)
    x = DIGITS.x_val[7].reshape(28, 28, 1)
    convolution = keras.Model(lab.model.inputs, lab.model.layers[1].output)
    wanted = np.asarray(convolution([x[None]]))[0]
    np.testing.assert_allclose(lab.picture.facts["values"][1][0], wanted, atol=1e-6)
    assert marks(lab.picture, "image")
    assert "Sample 7" in lab.message


def test_a_sample_flows_layer_by_layer(lab, monkeypatch):
    shown = []
    say = lab.say
    monkeypatch.setattr(
        lab, "say", lambda *words: [shown.append(lab.picture.facts["shown"]), say(*words)]
    )
    lab.buttons["flow"].click()
    assert lab.wait(60)
    assert lab.controls["values"].value
    assert shown == [1, 2, 3, 4, 5, 6, None]
    assert lab.status == "done"


def test_values_and_an_opened_layer_fit_a_laptop(lab):
    lab.controls["values"].value = True
    for branches in (1, 4):
        lab.controls["branches"].value = branches
        assert lab.wait(60)
        assert lab.picture.size[1] <= 505
        for handle in lab.picture.sheet.handles[::2]:
            press(lab, handle.label)
            assert lab.picture.size[1] <= 505
            press(lab, "the whole model")


def test_a_deep_model_fits_a_laptop():
    def deep(depth=12):
        hidden = [layers.Dense(4, "relu") for _ in range(depth)]
        return keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(1)])

    lab = labs.model(deep)
    assert lab.wait(60)
    assert lab.picture.size[1] <= 420
    assert len(marks(lab.picture, "text", text="Dense")) == 13
    lab.close()


def test_two_inputs_and_a_nested_model():
    x = {name: np.random.default_rng(0).normal(size=(5, 8)) for name in "ab"}
    lab = labs.model(nested, x, units=(1, 8))
    lab.controls["values"].value = True
    lab.controls["expand"].value = True
    lab.controls["sample"].value = 4
    assert lab.wait(60)
    assert lab.status == "done"
    block = lab.model.get_layer("block")
    both = [np.asarray(block(x[name][4:5]))[0] for name in "ab"]
    values = lab.picture.facts["values"]
    np.testing.assert_allclose(values[-1][0], np.concatenate(both), atol=1e-6)
    assert lab.picture.graph.nodes[2].inside
    lab.close()


def test_a_press_on_a_layer_opens_it(lab):
    press(lab, "conv2d: open it")
    assert lab.status == "done"
    assert lab.message.startswith("Opened: conv2d.")
    assert "kernel" in lab.describe()
    lab.controls["width"].value = 5
    assert lab.wait(60)
    assert "(1, 1, 1, 5)" in lab.picture.describe()
    press(lab, "the whole model")
    assert "Concatenate" in lab.picture.describe()


@pytest.mark.parametrize("ask", [
    lambda lab: lab.buttons["flow"].click(),
    lambda lab: setattr(lab.controls["sample"], "value", 7),
], ids=["flow", "sample"])  # fmt: skip
def test_who_asks_for_values_sees_the_whole_model(lab, ask):
    press(lab, "conv2d: open it")
    ask(lab)
    assert lab.wait(60)
    assert not lab.message.startswith("Opened")
    assert "Concatenate" in lab.picture.describe()


def test_a_press_on_a_nested_model_opens_it_in_its_place():
    lab = labs.model(nested)
    assert lab.wait(60)
    press(lab, "block: open it") if len(lab.picture.sheet.handles) == 1 else lab.picture
    lab.controls["expand"].value = True
    assert lab.wait(60)
    assert [h.press for h in lab.picture.sheet.handles if h.label == "block: close it"]
    lab.close()


def test_a_layer_that_cannot_be_opened_is_named():
    class Own(layers.Layer):
        def __init__(self, table):
            super().__init__(name="own")
            self.table = table

        def call(self, x):
            return x

    lab = labs.model(lambda: keras.Sequential([keras.Input((3,)), Own({1}), layers.Dense(1)]))
    assert lab.wait(60)
    press(lab, "own: open it")
    assert lab.status == "done"
    assert "own cannot be opened" in lab.message
    assert "Dense" in lab.picture.describe()
    lab.close()


def test_what_does_not_fit_is_a_status():
    lab = labs.model(build, np.zeros((3, 5)), branches=(1, 2))
    lab.controls["values"].value = True
    assert lab.wait(60)
    assert lab.status == "failed"
    assert "shape (5,)" in lab.message
    lab.controls["values"].value = False
    assert lab.wait(60)
    assert lab.status == "done"
    lab.close()
    with pytest.raises(TypeError, match="give a function"):
        labs.model(3)
    with pytest.raises(TypeError, match="'sample', which the lab has too"):
        labs.model(lambda sample=1: build())


def test_the_code_builds_the_model_that_is_shown(lab):
    lab.controls["branches"].value = 3
    assert lab.wait(60)
    printed = fresh.run(lab.code() + "print(model.count_params())\n")
    assert int(printed.splitlines()[-1]) == lab.model.count_params()

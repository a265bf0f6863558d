"""The model lab, without a browser."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data, labs, models

DIGITS = data.digits()


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


def outputs(model, x):
    """The output of each layer by a model of Keras that ends there."""
    ends = [keras.Model(model.inputs, layer.output) for layer in model.layers]
    return {end.output.name: np.asarray(end([x[None]]))[0] for end in ends}


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


def test_the_values_are_those_of_keras(lab):
    lab.controls["values"].value = True
    lab.controls["sample"].value = 7
    assert lab.wait(60)
    expected = outputs(lab.model, DIGITS.x_val[7].reshape(28, 28, 1))
    given = {
        layer.output.name: found[0]
        for layer, found in zip(lab.model.layers, lab.picture.values, strict=True)
    }
    assert set(given) == set(expected)
    for name, values in given.items():
        np.testing.assert_allclose(values, expected[name], atol=1e-6)
    images = [image.get_array() for image in lab.picture.figure.axes[0].get_images()]
    first = next(iter(expected.values()))[..., 0]
    assert any(np.array_equal(image, first) for image in images)


def test_a_sample_flows_layer_by_layer(lab):
    shown = []
    show = lab.picture.__class__.show

    def watched(picture, count):
        show(picture, count)
        visible = [n for n, artists in picture.flow.items() if artists[0].get_visible()]
        shown.append(visible)

    lab.picture.__class__.show = watched
    try:
        lab.buttons["flow"].click()
        assert lab.wait(60)
    finally:
        lab.picture.__class__.show = show
    assert lab.controls["values"].value
    assert [len(visible) for visible in shown] == [1, 2, 3, 4, 5, 6, 6]
    assert lab.status == "done"


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
    np.testing.assert_allclose(lab.picture.values[-1][0], np.concatenate(both), atol=1e-6)
    lab.close()


def test_what_does_not_fit_is_a_status():
    lab = labs.model(build, np.zeros((3, 5)), branches=(1, 2))
    lab.controls["values"].value = True
    assert lab.wait(60)
    assert lab.status == "failed"
    assert "shape (5,)" in lab._line.value
    lab.controls["values"].value = False
    assert lab.wait(60)
    assert lab.status == "done"
    lab.close()
    with pytest.raises(TypeError, match="give a function"):
        labs.model(3)
    with pytest.raises(ValueError, match="2 inputs"):
        models.values(nested(), np.zeros(8))


def test_the_code_builds_the_model_that_is_shown(lab, tmp_path):
    lab.controls["branches"].value = 3
    assert lab.wait(60)
    path = tmp_path / "script.py"
    path.write_text(lab.code() + "print(model.count_params())\n")
    out = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    assert int(out.stdout.splitlines()[-1]) == lab.model.count_params()

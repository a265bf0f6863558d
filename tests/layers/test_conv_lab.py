"""The lab of a convolution's window, without a browser."""

import re

import fresh
import keras
import numpy as np
import pytest
from by_hand import move
from digits import digits
from looking import hand

from anatomy import data, labs
from anatomy.layers.conv.facts import KERNELS

DIGITS = digits("images")


@pytest.fixture
def lab():
    lab = labs.conv(DIGITS)
    assert lab.wait(60)
    yield lab
    lab.close()


def trained(channels=1, **settings):
    layer = keras.layers.Conv2D(
        **{"filters": 3, "kernel_size": 4, "kernel_initializer": "zeros"} | settings
    )
    layer.build((None, 28, 28, channels))
    size = layer.kernel_size[0]
    kernel = np.random.default_rng(0).normal(size=(size, size, channels, layer.filters))
    layer.set_weights([kernel, np.arange(layer.filters) + 0.5])
    return layer


def edit(lab, row, column, value):
    lab.boxes[row, column].value = value
    assert lab.wait(60)
    assert lab.error is None


def numbers(lab):
    """The numbers in the boxes, row by row."""
    size = max(lab.boxes)[0] + 1
    return np.reshape([box.value for box in lab.boxes.values()], (size, size))


def position(lab):
    return lab.picture.facts["row"], lab.picture.facts["column"]


def by_keras(lab, kernel, image=None, bias=0.0):
    """The feature map that Keras computes with what the controls stand at."""
    at = {name: lab.controls[name].value for name in ("strides", "padding", "dilation_rate")}
    kernel = np.asarray(kernel)
    kernel = kernel[..., None] if kernel.ndim == 2 else kernel
    layer = keras.layers.Conv2D(1, kernel.shape[:2], kernel_initializer="zeros", **at)
    image = DIGITS.x_train[lab.controls["sample"].value] if image is None else image
    layer.build((None, *image.shape))
    layer.set_weights([kernel[..., None], np.array([bias])])
    return np.asarray(layer(image[None]))[0, ..., 0]


def test_it_shows_what_keras_computes_for_each_setting(lab):
    for settings in (
        {},
        {"sample": 7, "kernel": "sharpen"},
        {"kernel_size": 4, "padding": "same", "strides": 2},
        {"strides": 1, "dilation_rate": 3, "kernel": "blur"},
    ):
        move(lab, **settings)
        at = lab.at
        expected = by_keras(lab, KERNELS[at["kernel"]](at["kernel_size"]))
        np.testing.assert_array_equal(lab.convolution.feature_map, expected)
        assert lab.picture.facts["convolution"] is lab.convolution
        assert (lab.controls["row"].max + 1, lab.controls["column"].max + 1) == expected.shape
        assert lab.status == "done"
        output = f"it is {expected[at['row'], at['column']]:.4g}.".replace("-", "−")
        assert output in lab.message


def test_a_move_computes_nothing_anew(lab):
    before = lab.convolution
    move(lab, row=3, column=17)
    assert lab.convolution is before
    assert position(lab) == (3, 17)
    assert "row 3, column 17: " in lab.message
    move(lab, sample=1)
    assert lab.convolution is not before


def test_next_walks_in_reading_order(lab):
    def press():
        lab.buttons["next"].click()
        assert lab.wait(60)
        return position(lab)

    move(lab, row=4, column=24)
    assert [press(), press(), press()] == [(4, 25), (5, 0), (5, 1)]
    move(lab, row=25, column=25)
    assert press() == (0, 0)


def test_a_smaller_feature_map_takes_the_window_back_into_it(lab):
    move(lab, row=25, column=20)
    move(lab, strides=3)
    assert (lab.controls["row"].max, lab.controls["row"].value) == (8, 8)
    assert position(lab) == (8, 8)
    move(lab, strides=1)
    assert lab.controls["row"].max == 25


def test_editing_a_number_makes_the_kernel_one_by_hand(lab):
    edges = KERNELS["vertical edge"](3)
    np.testing.assert_array_equal(numbers(lab), edges)
    edit(lab, 1, 2, 7.5)
    assert lab.controls["kernel"].value == "by hand"
    edges[1, 2] = 7.5
    np.testing.assert_array_equal(lab.convolution.feature_map, by_keras(lab, edges))
    edit(lab, 0, 0, -2)  # by hand already
    edges[0, 0] = -2
    np.testing.assert_array_equal(lab.convolution.feature_map, by_keras(lab, edges))
    move(lab, kernel_size=4)
    np.testing.assert_array_equal(numbers(lab), np.pad(edges, (0, 1)))
    move(lab, kernel="blur")
    assert (numbers(lab) == 0.062).all()
    assert lab.convolution.kernel[0, 0, 0] == 1 / 16  # rounded in its box only
    move(lab, kernel="by hand")
    assert lab.convolution.kernel[0, 0, 0] == 1 / 16


def test_every_box_has_a_name_and_an_end(lab):
    move(lab, kernel_size=5)
    names = [box.description for box in lab.boxes.values()]
    assert names == [f"kernel[{i}, {j}]" for i in range(5) for j in range(5)]
    edit(lab, 1, 0, 1e9)
    assert lab.convolution.kernel[1, 0, 0] == 99


def test_strides_and_dilation_cannot_be_had_at_once(lab):
    move(lab, strides=2)
    before = lab.picture.describe()
    move(lab, dilation_rate=2)
    assert lab.status == "broken"
    assert "strides=2 with dilation_rate=2: Keras allows only one of them over 1" in lab.message
    move(lab, row=2)
    assert lab.status == "broken"
    assert lab.picture.describe() == before
    assert "strides=2" in lab.code()
    assert "dilation_rate=1" in lab.code()
    move(lab, strides=1)
    assert lab.status == "done"
    assert "dilation_rate=2" in lab.picture.describe()


def test_a_window_larger_than_the_image():
    lab = labs.conv(np.ones((2, 6, 8)))
    move(lab, kernel_size=5, dilation_rate=2)
    assert lab.status == "broken"
    assert "The window spans 9 pixels and the image has 6" in lab.message
    move(lab, padding="same")
    assert lab.status == "done"
    move(lab, kernel_size=1)
    assert "All numbers of the kernel are 0" in lab.message
    lab.close()


def test_the_kernels_of_a_layer():
    layer = trained(padding="same", strides=2, activation="relu")
    lab = labs.conv(DIGITS, layer)
    assert lab.wait(60)
    kernels, biases = layer.get_weights()
    names = lab.controls["kernel"].options[:4]
    assert names == ("trained 1", "trained 2", "trained 3", "vertical edge")
    for i in range(3):
        move(lab, kernel=f"trained {i + 1}")
        expected = by_keras(lab, kernels[..., i], bias=biases[i])
        np.testing.assert_array_equal(lab.convolution.feature_map, expected)
        whole = np.asarray(layer(DIGITS.x_train[:1]))[0, ..., i]
        np.testing.assert_allclose(np.maximum(expected, 0), whole, atol=1e-5)
    assert "trained 3; its relu comes after" in lab.picture.describe()
    layer.set_weights([0 * kernels, biases])
    move(lab, kernel="identity")
    assert lab.convolution.bias == 0
    move(lab, kernel_size=2)
    move(lab, kernel="trained 2")
    assert lab.controls["kernel_size"].value == 4
    np.testing.assert_array_equal(lab.convolution.kernel, kernels[..., 1])
    move(lab, kernel_size=3)
    assert lab.controls["kernel"].value == "by hand"
    np.testing.assert_array_equal(lab.convolution.kernel, kernels[:3, :3, :, 1])
    assert lab.convolution.bias == biases[1]
    lab.close()


def test_a_layer_without_activation_and_with_large_kernels():
    images = DIGITS.x_train[:3, ..., 0]
    lab = labs.conv(images, trained(kernel_size=7, strides=4))
    assert lab.wait(60)
    assert "the kernel 'trained 1':" in lab.picture.describe()
    assert len(lab.boxes) == 0
    move(lab, kernel_size=2)
    assert len(lab.boxes) == 4
    assert lab.controls["strides"].value == lab.controls["strides"].max == 4
    exec(lab.code(), scope := {"images": images})
    np.testing.assert_array_equal(scope["feature_map"][0, ..., 0], lab.convolution.feature_map)
    lab.close()


def test_channels():
    images = DIGITS.x_train[:12].reshape(4, 28, 28, 3)
    layer = trained(3)
    lab = labs.conv(images, layer)
    kernel = layer.get_weights()[0][..., 0]
    assert lab.wait(60)
    before = lab.convolution
    move(lab, channel=2)
    assert lab.convolution is before
    np.testing.assert_allclose(numbers(lab), kernel[..., 2], atol=5e-4)
    edit(lab, 0, 1, 4)
    kernel[0, 1, 2] = 4
    np.testing.assert_array_equal(lab.convolution.kernel, kernel)
    expected = by_keras(lab, kernel, images[0], bias=0.5)
    np.testing.assert_array_equal(lab.convolution.feature_map, expected)
    assert "all 3 channels" in lab.picture.describe()
    exec(lab.code(), scope := {"images": images})
    np.testing.assert_array_equal(scope["feature_map"][0, ..., 0], expected)
    lab.close()


def test_its_code_runs_in_a_fresh_process(lab):
    move(lab, sample=5, kernel="blur", padding="same", row=13, column=16)
    shape, value = re.fullmatch(r"\((.*)\) (\S+)\n", fresh.run(lab.code())).groups()
    assert shape == "1, 28, 28, 1"
    assert float(value) == pytest.approx(lab.convolution.feature_map[13, 16], abs=1e-6)


def test_a_shifted_digit_has_a_shifted_map(lab):
    before = lab.convolution.feature_map
    for right in (4, -4):
        move(lab, shift=right)
        np.testing.assert_array_equal(lab.convolution.feature_map, np.roll(before, right, axis=1))
    exec(lab.code(), scope := {})
    np.testing.assert_array_equal(scope["image"][0], np.roll(DIGITS.x_train[0], -4, axis=1))
    np.testing.assert_array_equal(scope["feature_map"][0, ..., 0], lab.convolution.feature_map)


def test_run_and_the_lab_in_words(lab):
    lab.controls["sample"].unobserve_all()
    lab.controls["sample"].value = 2
    assert lab.run() is lab.convolution
    np.testing.assert_array_equal(lab.convolution.image, DIGITS.x_train[2])
    assert "Conv lab (sample=2, shift=0, kernel='vertical edge', kernel_size=3" in lab.describe()
    assert "Patch [" in lab.describe()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((data.digits(),), ValueError, 'such as data.digits("images")'),
        ((["a", "b"],), TypeError, "x holds text, 'a' in row 0"),
        ((np.ones((2, 3)),), ValueError, "images have shape (2, 3)"),
        ((np.full((1, 4, 4), np.nan),), ValueError, "x has 16 NaN or infinite values"),
        ((np.ones((1, 2, 2)),), ValueError, "The window spans 3 pixels and the image has 2"),
        ((DIGITS, "conv"), TypeError, "layer is 'conv'"),
        ((DIGITS, keras.layers.Conv2D(1, 3)), ValueError, "is not built"),
        ((DIGITS, trained(2)), ValueError, "takes 2 channels; the images have 1"),
    ],
)
def test_errors(arguments, error, text):
    with pytest.raises(error, match=re.escape(text)):
        labs.conv(*arguments)


def test_a_number_of_the_kernel_is_pulled_in_the_picture(lab):
    handles = {one.label: one for one in lab.picture.sheet.handles}
    left, top, wide, high = handles["kernel[0, 1]"].place
    hand(lab, "kernel[0, 1]", (left + wide / 2, top - high))
    assert lab.convolution.kernel[0, 1, 0] == 1.5
    assert lab.controls["kernel"].value == "by hand"
    hand(lab, "kernel[0, 1]")
    assert lab.convolution.kernel[0, 1, 0] == 0
    assert lab.boxes[0, 1].value == 0
    hand(lab, "kernel[2, 0]", (left, top + 300))
    assert lab.convolution.kernel[2, 0, 0] < -4


def test_a_hand_moves_the_window(lab):
    before = lab.at["row"], lab.at["column"]
    [handle] = [one for one in lab.picture.sheet.handles if one.label == "the window"]
    left, top, *_ = handle.place
    hand(lab, "the window")
    assert (lab.at["row"], lab.at["column"]) == before
    hand(lab, "the window", (left - 60, top + 60))
    assert lab.at["row"] > before[0]
    assert lab.at["column"] < before[1]

"""One unit of a Dense layer: its numbers against NumPy, its picture by marks and words."""

import keras
import numpy as np
import pytest
from digits import digits
from looking import flaws_at_all_widths, marks, texts

from anatomy import data, draw
from anatomy.base import colours
from anatomy.base.arrays import Shade
from anatomy.base.words import number, signed
from anatomy.layers.dense.facts import end, named, unit

pytestmark = pytest.mark.usefixtures("quick_weights")
DIGITS = digits().x_val[:64]
TABLE = data.breast_cancer().x_val[:64]
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softplus", "softmax")


def dense(features, units, activation="relu", seed=0, **more):
    layer = keras.layers.Dense(units, activation, **more)
    layer.build((None, features))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(0, 0.1, w.shape) for w in layer.weights])
    return layer


def numpy_sums(layer, x):
    kernel, bias = (np.asarray(w, "float64") for w in layer.weights)
    return x.astype("float64") @ kernel + bias


CASES = [
    (DIGITS, 10, "softmax"),
    (DIGITS, 1, "sigmoid"),
    (DIGITS, 32, "tanh"),
    (DIGITS, 512, "relu"),
    (TABLE, 4, "linear"),
    (TABLE[:, :2], 3, "softplus"),
    (TABLE[:, :1], 1, "linear"),
]


@pytest.mark.parametrize(("x", "units", "activation"), CASES)
def test_nothing_overlaps_or_is_cut_off(x, units, activation):
    layer = dense(x.shape[1], units, activation)
    kernel = np.asarray(layer.kernel)
    compared = {"before fit()": kernel, "after 10 epochs": 1234 * kernel}
    look = {"among": x, "label": "sample 700, y = malignant"}
    for kernels, scale, one in ((None, 1, units // 2), (compared, 1e3, units - 1)):
        picture = draw.unit(layer, scale * x[3], unit=one, kernels=kernels, **look)
        assert flaws_at_all_widths(picture) == []
        assert picture.size[1] <= 430


def test_a_picture_that_moved_is_the_same_as_a_new_one():
    x, layer, other = DIGITS, dense(784, 32), dense(784, 32, seed=1)
    picture = draw.unit(layer, x[0], among=x)
    picture.frame()
    for one, k, sample in ((other, 20, 2), (layer, 31, 1)):
        new = draw.unit(one, x[sample], unit=k, among=x, label=f"sample {sample}")
        picture.update(unit(one, x[sample], k, x), None, f"sample {sample}")
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_its_numbers_are_those_of_numpy_and_of_the_layer(activation):
    layer = dense(784, 10, activation)
    facts = unit(layer, DIGITS[5], 7)
    z = numpy_sums(layer, DIGITS[5])
    a = {
        "linear": z,
        "relu": np.maximum(z, 0),
        "sigmoid": 1 / (1 + np.exp(-z)),
        "tanh": np.tanh(z),
        "softplus": np.log1p(np.exp(z)),
        "softmax": np.exp(z) / np.exp(z).sum(),
    }[activation]
    np.testing.assert_allclose(facts.sums, z, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(facts.outputs, a, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(facts.outputs, np.asarray(layer(DIGITS[5:6]))[0])
    products = DIGITS[5] * np.asarray(layer.kernel)[:, 7]
    np.testing.assert_allclose(facts.products, products, rtol=1e-6)
    assert sum(facts.sides) + facts.bias == pytest.approx(z[7], abs=1e-5)

    grid = np.linspace(-4, 4, 33, dtype="float32")
    others = np.delete(z, 7)
    if activation == "softmax":
        expected = np.exp(grid) / (np.exp(grid) + np.exp(others).sum())
    else:
        expected = np.asarray(keras.activations.get(activation)(grid))
    np.testing.assert_allclose(facts.curve(grid), expected, rtol=1e-4, atol=1e-6)
    assert facts.alone is (activation != "softmax")

    picture = draw.unit(layer, DIGITS[5], unit=7)
    assert f"the sum is {number(facts.sums[7])}, {activation} gives" in picture.describe()
    written = texts(picture)
    for text in (number(facts.sums[7]), f"{activation}(z) = {number(facts.outputs[7])}"):
        assert text in written
    for term in (*facts.sides, facts.bias):
        assert signed(term, 4) in written
    assert ("z, those of other units fixed" in written) == (activation == "softmax")


def test_the_point_is_on_the_curve():
    for activation in ("tanh", "softmax"):
        picture = draw.unit(dense(784, 10, activation), DIGITS[5], unit=7)
        [curve] = marks(picture, "line", color="layers")
        [point] = marks(picture, "dots", color="loss")
        assert np.interp(point["x"], curve["x"], curve["y"]) == pytest.approx(point["y"], abs=1.5)


def shows(picture, values, shade):
    expected = shade.pixels(colours.light, values)
    return any(np.array_equal(one["pixels"], expected) for one in marks(picture, "image"))


def test_the_images_are_input_kernel_and_products():
    layer = dense(784, 10)
    picture = draw.unit(layer, DIGITS[5], unit=7, among=DIGITS)
    kernel = np.asarray(layer.kernel)
    scale = Shade(np.sort(np.abs(kernel).ravel())[int(np.ceil(0.99 * (kernel.size - 1)))])
    assert shows(picture, DIGITS[5].reshape(28, 28), Shade(1, False))
    assert shows(picture, kernel[:, 7].reshape(28, 28), scale)
    assert shows(picture, (DIGITS[5] * kernel[:, 7]).reshape(28, 28), scale)


def test_a_digit_is_as_dark_as_it_is():
    layer = dense(784, 10)
    for brightness in (1, 0.2, 0):
        x = np.float32(brightness) * DIGITS[0]
        picture = draw.unit(layer, x, among=DIGITS)
        assert shows(picture, x.reshape(28, 28), Shade(1, False))


def test_the_outputs_of_all_units_and_the_mark():
    layer = dense(784, 40, "tanh")
    facts = unit(layer, DIGITS[5], 33)
    picture = draw.unit(layer, DIGITS[5], unit=33)
    [bars] = [one for one in marks(picture, "cells") if len(one["boxes"]) == 40]
    heights = bars["boxes"][:, 3]
    expected = np.abs(facts.outputs / facts.outputs[33])
    np.testing.assert_allclose(heights / heights[33], expected, rtol=1e-4)
    below = bars["boxes"][:, 1] + heights
    assert (below[facts.outputs > 0] < below[facts.outputs < 0].min()).all()
    assert [i for i, color in enumerate(bars["fills"]) if color == "ink"] == [33]
    [mark] = marks(picture, "dots", marker="v")
    assert mark["x"] == pytest.approx(bars["boxes"][33, 0] + bars["boxes"][33, 2] / 2)
    best = int(facts.outputs.argmax())
    assert f"the largest output is unit {best}, {number(facts.outputs[best])}" in picture.describe()
    assert "no output is larger" in draw.unit(layer, DIGITS[5], unit=best).describe()


def test_all_outputs_alike_and_a_unit_alone():
    layer = dense(4, 3)
    layer.set_weights([-np.ones((4, 3)), np.zeros(3)])
    assert "relu gives 0; all outputs are 0." in draw.unit(layer, np.ones(4)).describe()
    assert "there is no other unit" in draw.unit(dense(784, 1), DIGITS[0]).describe()


@pytest.mark.parametrize(
    ("units", "count", "one", "first", "last"),
    [(10, 2, 3, 0, 9), (32, 2, 3, 0, 9), (32, 2, 31, 22, 31), (32, 1, 25, 12, 31),
     (512, 1, 300, 300, 319), (12, 1, 0, 0, 11), (1, 1, 0, 0, 0)],
)  # fmt: skip
def test_the_gallery_shows_kernels_around_the_unit(units, count, one, first, last):
    layer = dense(16, units)
    random = np.random.default_rng(3)
    kernels = {name: random.normal(size=(16, units)) for name in "ab"[:count]}
    picture = draw.unit(layer, np.ones(16), unit=one, kernels=kernels)
    shown = [image["pixels"] for image in marks(picture, "image") if image["place"][1] > 240]
    expected = [
        Shade(end(kernel)).pixels(colours.light, kernel[:, [k]].T)
        for kernel in kernels.values()
        for k in range(first, last + 1)
    ]
    assert len(shown) == len(expected)
    assert all(map(np.array_equal, shown, expected))
    pressed = [one.press["unit"] for one in picture.sheet.handles if one.press]
    assert pressed == [*range(first, last + 1)] * count
    framed = marks(picture, "box", edge="ink", linewidth=2)
    assert len(framed) == count
    for name in marks(picture, "text", text=str(one), bold=True):
        assert any(abs(name["x"] - box["place"][0] - box["place"][2] / 2) < 1 for box in framed)


def test_each_row_of_the_gallery_has_its_own_scale():
    kernel = np.random.default_rng(0).normal(size=(784, 10))
    kernels = {"before": kernel, "after": 7 * kernel}
    picture = draw.unit(dense(784, 10), DIGITS[0], kernels=kernels)
    for name, values in kernels.items():
        assert shows(picture, values[:, 0].reshape(28, 28), Shade(end(values)))
        assert f"up to ±{number(end(values), 2)}" in texts(picture)
        assert name in texts(picture)
    assert end(kernel) == pytest.approx(np.percentile(np.abs(kernel), 99), rel=0.01)
    assert end(np.zeros(4)) == 0
    assert end([0.5, 3.0]) == 3


def test_a_gallery_of_zeros_is_drawn():
    layer = dense(49, 2)
    layer.set_weights([np.zeros((49, 2)), np.zeros(2)])
    picture = draw.unit(layer, np.zeros(49))
    assert flaws_at_all_widths(picture) == []
    assert "all 0" in texts(picture)


def test_a_layer_without_bias_and_one_of_another_precision():
    layer = dense(784, 5, use_bias=False)
    expected = DIGITS[0] @ np.asarray(layer.kernel)
    np.testing.assert_allclose(unit(layer, DIGITS[0]).sums, expected, rtol=1e-5, atol=1e-6)
    assert "with the bias 0 " in draw.unit(layer, DIGITS[0], unit=2).describe()
    layer = dense(784, 5, dtype="mixed_bfloat16")
    np.testing.assert_array_equal(
        unit(layer, DIGITS[0]).outputs, np.asarray(layer(DIGITS[:1])).astype("float32")[0]
    )


def test_an_activation_of_ones_own():
    def cube(z):
        return z**3

    facts = unit(dense(784, 5, cube), DIGITS[0])
    assert facts.outputs[0] == pytest.approx(facts.sums[0] ** 3, rel=1e-5)
    assert "cube gives" in draw.unit(dense(784, 5, cube), DIGITS[0]).describe()
    leaky = keras.layers.LeakyReLU(name="leaky")
    assert "leaky gives" in draw.unit(dense(784, 5, leaky), DIGITS[0]).describe()
    assert named(keras.activations.relu) == "relu"


def test_its_sentence():
    layer = dense(784, 10, "softmax")
    kernels = {"before fit()": np.full((784, 10), 0.25), "after 2 epochs": np.full((784, 10), 0.5)}
    text = draw.unit(layer, DIGITS[0], unit=4, kernels=kernels, label="sample 0, y = 3").describe()
    inked = np.count_nonzero(DIGITS[0])
    assert f"Input x, sample 0, y = 3: 784 numbers from 0 to 1, {inked} of them not 0." in text
    assert "Unit 4 of 10" in text
    assert "before fit(), up to ±0.25; after 2 epochs, up to ±0.5" in text


@pytest.mark.parametrize(
    ("layer", "arguments", "error", "text"),
    [
        (dense(784, 4), {"unit": 4}, ValueError, "unit is 4; give a whole number from 0 to 3"),
        (dense(784, 4), {"unit": -1}, ValueError, "unit is -1"),
        (dense(30, 4), {}, ValueError, "x has shape (784,); give (30,)"),
        (keras.layers.Flatten(), {}, TypeError, "give a keras.layers.Dense"),
        (keras.layers.Dense(4), {}, ValueError, "is not built"),
    ],
)
def test_errors(layer, arguments, error, text):
    with pytest.raises(error) as caught:
        draw.unit(layer, DIGITS[0], **arguments)
    assert text in str(caught.value)


def test_weights_that_diverged_are_no_picture():
    layer = dense(784, 4)
    layer.set_weights([np.full((784, 4), np.nan), np.zeros(4)])
    with pytest.raises(ValueError, match="is not finite: did its training diverge"):
        draw.unit(layer, DIGITS[0])

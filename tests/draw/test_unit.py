"""The picture of one unit, by its artists and its words."""

import keras
import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts

from anatomy import data, draw
from anatomy.draw.gallery import Gallery, largest
from anatomy.draw.outputs import span
from anatomy.draw.quick import Quick
from anatomy.draw.unit import named

DIGITS = data.digits().x_val[:64]
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
    compared = {"before fit()": kernel, "after 10 epochs of fit()": 1234 * kernel}
    shown = {"among": x, "label": "sample 700, y = malignant"}
    for kernels, scale, unit in ((None, 1, units // 2), (compared, 1e3, units - 1)):
        picture = draw.unit(layer, scale * x[3], unit=unit, kernels=kernels, **shown)
        assert flaws(picture) == []
    assert min(text.get_fontsize() for text in drawn(picture)) >= 10


@pytest.mark.parametrize(("x", "units", "activation"), CASES[::2])
def test_an_updated_picture_is_the_same_as_a_new_one(x, units, activation):
    layer, other = (dense(x.shape[1], units, activation, seed) for seed in (0, 1))
    picture = draw.unit(layer, x[0], among=x)
    picture.frame()
    for one, unit, sample in ((other, units // 2, 2), (layer, units - 1, 1)):
        shown = {"unit": unit, "among": x, "label": f"sample {sample}"}
        picture.update(one, x[sample], **shown)
        new = draw.unit(one, x[sample], **shown)
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()
        assert picture.frame() == new.frame()


def test_a_frame_shows_what_the_picture_shows():
    picture = draw.unit(dense(784, 32), DIGITS[1], unit=20, among=DIGITS)
    picture.frame()
    picture.update(dense(784, 32, seed=2), DIGITS[2], unit=21, among=DIGITS)
    assert len(picture.figure.findobj(Quick)) > 20
    for text in picture.figure.findobj(Quick):  # its letters are put down on whole pixels
        text.set_visible(False)
    np.testing.assert_allclose(pixels(picture.frame()), pixels(picture.png(1)), atol=2)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_its_numbers_are_those_of_the_layer(activation):
    layer = dense(784, 10, activation)
    picture = draw.unit(layer, DIGITS[5], unit=7)
    z = numpy_sums(layer, DIGITS[5])
    a = {
        "linear": z,
        "relu": np.maximum(z, 0),
        "sigmoid": 1 / (1 + np.exp(-z)),
        "tanh": np.tanh(z),
        "softplus": np.log1p(np.exp(z)),
        "softmax": np.exp(z) / np.exp(z).sum(),
    }[activation]
    np.testing.assert_allclose(picture.sums, z, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(picture.outputs, a, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(picture.outputs, np.asarray(layer(DIGITS[5:6]))[0])
    np.testing.assert_allclose([picture._point.get_data()], [[[z[7]], [a[7]]]], rtol=1e-5)
    assert f"the sum is {picture.sums[7]:.4g}, {activation} gives" in picture.words
    for shown in (f"{picture.sums[7]:.4g}", f"= {picture.outputs[7]:.4g}", f"{activation}(z)"):
        assert shown in texts(picture)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_point_is_on_the_curve_and_the_curve_is_the_activation(activation):
    picture = draw.unit(dense(784, 10, activation), DIGITS[5], unit=7)
    grid, curve = picture._line.get_data()
    (z,), (a,) = picture._point.get_data()
    assert np.interp(z, grid, curve) == pytest.approx(a, abs=0.02 * float(np.ptp(curve)))
    others = np.delete(picture.sums, 7).astype(float)
    if activation == "softmax":
        expected = np.exp(grid) / (np.exp(grid) + np.exp(others).sum())
    else:
        expected = np.asarray(keras.activations.get(activation)(grid))
    np.testing.assert_allclose(curve, expected, rtol=1e-4, atol=1e-6)
    assert ("z, those of other units fixed" in texts(picture)) == (activation == "softmax")


def test_the_images_are_input_kernel_and_products():
    layer = dense(784, 10)
    picture = draw.unit(layer, DIGITS[5], unit=7, among=DIGITS)
    kernel = np.asarray(layer.kernel)[:, 7]
    x, weights, products = (tensor.image.get_array() for tensor in picture._images)
    np.testing.assert_array_equal(x, DIGITS[5].reshape(28, 28))
    np.testing.assert_array_equal(weights, kernel.reshape(28, 28))
    np.testing.assert_allclose(products, x * weights, rtol=1e-6)
    positive, negative = (
        (DIGITS[5] * part).sum(dtype=float) for part in (np.maximum(kernel, 0), kernel.clip(max=0))
    )
    bias = np.asarray(layer.bias)[7]
    assert positive + negative + bias == pytest.approx(picture.sums[7], abs=1e-5)
    for term in (positive, negative, bias):
        assert f"{term:+.4g}" in texts(picture)
    assert picture._images[1].image.get_clim() == picture._images[2].image.get_clim()


def test_a_digit_is_as_dark_as_it_is():
    layer = dense(784, 10)
    for brightness in (1, 0.2, 0):
        picture = draw.unit(layer, brightness * DIGITS[0], among=DIGITS)
        assert picture._images[0].image.get_clim() == (0, 1)


def test_the_outputs_of_all_units_and_the_mark():
    picture = draw.unit(dense(784, 40, "tanh"), DIGITS[5], unit=33)
    ends = [segment[1] for segment in picture._outputs.bars.get_segments()]
    np.testing.assert_allclose(ends, np.c_[np.arange(40), picture.outputs], rtol=1e-6)
    assert len(np.unique(picture._outputs.bars.get_color(), axis=0)) == 2
    assert picture._outputs._mark.get_xdata() == [33]
    best = picture.outputs.argmax()
    assert f"the largest output is unit {best}, {picture.outputs[best]:.4g}" in picture.words
    picture.update(dense(784, 40, "tanh"), DIGITS[5], unit=int(best))
    assert "no output is larger" in picture.words


def test_all_outputs_alike_and_a_unit_alone():
    layer = dense(4, 3)
    layer.set_weights([-np.ones((4, 3)), np.zeros(3)])
    assert "relu gives 0; all outputs are 0." in draw.unit(layer, np.ones(4)).words
    assert "there is no other unit" in draw.unit(dense(784, 1), DIGITS[0]).words


@pytest.mark.parametrize(
    ("units", "count", "unit", "first", "last"),
    [(10, 2, 3, 0, 9), (32, 2, 3, 0, 9), (32, 2, 31, 22, 31), (32, 1, 25, 12, 31),
     (512, 1, 300, 300, 319), (12, 1, 0, 0, 11), (1, 1, 0, 0, 0)],
)  # fmt: skip
def test_the_gallery_shows_kernels_around_the_unit(units, count, unit, first, last):
    layer = dense(16, units)
    kernels = {name: np.random.default_rng(3).normal(size=(16, units)) for name in "ab"[:count]}
    picture = draw.unit(layer, np.ones(16), unit=unit, kernels=kernels)
    gallery = picture._gallery
    shown = [image for image in gallery.images if image.get_visible()]
    expected = [kernels[name][:, k] for name in kernels for k in range(first, last + 1)]
    assert len(shown) == len(expected)
    for image, kernel in zip(shown, expected, strict=True):
        np.testing.assert_array_equal(np.ravel(image.get_array()), kernel)
    framed = [
        int(number.get_text())
        for frame in gallery.frames
        if frame.get_visible()
        for number in gallery._numbers
        if number.get_visible()
        and abs(number.get_position()[0] - frame.get_x() - frame.get_width() / 2) < 1
        and 0 < number.get_position()[1] - frame.get_y() - frame.get_height() < 20
    ]
    assert framed == [unit] * count


def test_each_row_of_the_gallery_has_its_own_scale_and_says_it():
    kernel = np.random.default_rng(0).normal(size=(784, 10))
    kernels = {"before": kernel, "after": 7 * kernel}
    picture = draw.unit(dense(784, 10), DIGITS[0], kernels=kernels)
    for i, name in enumerate(kernels):
        end = np.percentile(np.abs(kernels[name]), 99)
        assert picture._gallery.images[10 * i].get_clim() == pytest.approx((-end, end))
        assert any(f"from −{end:.2g}, blue, to {end:.2g}, red" in text for text in texts(picture))
        assert name in texts(picture)
    assert largest(np.zeros(4)) == 0


def test_a_gallery_of_zeros_is_drawn():
    layer = dense(49, 2)
    layer.set_weights([np.zeros((49, 2)), np.zeros(2)])
    picture = draw.unit(layer, np.zeros(49))
    assert flaws(picture) == []
    assert "all 0" in texts(picture)
    assert Gallery.height(49, 2, 1) < Gallery.height(49, 2, 2)


def test_a_layer_without_bias_and_one_of_another_precision():
    layer = dense(784, 5, use_bias=False)
    picture = draw.unit(layer, DIGITS[0], unit=2)
    expected = DIGITS[0] @ np.asarray(layer.kernel)
    np.testing.assert_allclose(picture.sums, expected, rtol=1e-5, atol=1e-6)
    assert "with the bias 0 " in picture.describe()
    layer = dense(784, 5, dtype="mixed_bfloat16")
    picture = draw.unit(layer, DIGITS[0], unit=2)
    np.testing.assert_array_equal(
        picture.outputs, np.asarray(layer(DIGITS[:1])).astype("float32")[0]
    )


def test_an_activation_of_ones_own():
    def cube(z):
        return z**3

    picture = draw.unit(dense(784, 5, cube), DIGITS[0])
    assert "cube gives" in picture.words
    assert picture.outputs[0] == pytest.approx(picture.sums[0] ** 3, rel=1e-5)
    leaky = keras.layers.LeakyReLU(name="leaky")
    assert "leaky gives" in draw.unit(dense(784, 5, leaky), DIGITS[0]).words
    assert named(keras.activations.relu) == "relu"


def test_its_words():
    layer = dense(784, 10, "softmax")
    kernels = {"before fit()": np.full((784, 10), 0.25), "after 2 epochs": np.full((784, 10), 0.5)}
    text = draw.unit(layer, DIGITS[0], unit=4, kernels=kernels, label="sample 0, y = 3").describe()
    inked = np.count_nonzero(DIGITS[0])
    assert f"Input x, sample 0, y = 3: 784 numbers from 0 to 1, {inked} of them not 0." in text
    assert "unit 4 of 10" in text
    assert "before fit(), up to ±0.25; after 2 epochs, up to ±0.5" in text


@pytest.mark.parametrize(
    ("values", "ends"),
    [([0, 0.2], (0, 0.2)), ([0, 0.6], (0, 1)), ([-0.7, 3.2], (-0.8, 4)), ([0, 0], (0, 1))],
)
def test_ends_of_an_axis(values, ends):
    assert span(values) == ends


@pytest.mark.parametrize(
    ("layer", "arguments", "error", "text"),
    [
        (dense(784, 4), {"unit": 4}, ValueError, "unit is 4; there are 4, from 0 to 3"),
        (dense(784, 4), {"unit": -1}, ValueError, "unit is -1"),
        (dense(30, 4), {}, ValueError, "x has shape (784,); Dense 'dense"),
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
    with pytest.raises(ValueError, match="no finite numbers: did its training diverge"):
        draw.unit(layer, DIGITS[0])

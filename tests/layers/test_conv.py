"""A convolution at one position, against Keras and against loops that are written out."""

import itertools

import keras
import numpy as np
import pytest

from anatomy import data
from anatomy.layers.conv.facts import KERNELS, Window, convolve, kernels_of, resized

SETTINGS = [
    {"strides": strides, "padding": padding, "dilation_rate": rate}
    for strides, rate in [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]
    for padding in ("valid", "same")
]
DIGIT, SMALL = (28, 28, 1), (9, 14, 2)
CASES = [  # an image, its kernel, settings
    *((SMALL, (2, 5), settings) for settings in SETTINGS),
    *((SMALL, (1, 1), settings) for settings in SETTINGS[3:5]),
    *((DIGIT, (3, 3), settings) for settings in SETTINGS[:2]),
    *((DIGIT, (4, 4), settings) for settings in (SETTINGS[3], SETTINGS[9])),
]


def random(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def keras_layer(kernel, bias, **settings):
    """Keras's layer, made here and not by the module under test."""
    layer = keras.layers.Conv2D(1, kernel.shape[:2], kernel_initializer="zeros", **settings)
    layer.build((None, None, None, kernel.shape[-1]))
    layer.set_weights([kernel[..., None], np.array([bias])])
    return layer


def built(shape=(None, 9, 9, 1), **settings):
    start = {"filters": 2, "kernel_size": 3, "kernel_initializer": "zeros", "name": "mine"}
    layer = keras.layers.Conv2D(**start | settings)
    layer.build(shape)
    return layer


@pytest.mark.parametrize(("shape", "size", "settings"), CASES)
def test_patch_times_kernel_summed_is_what_keras_computes(shape, size, settings):
    image, kernel = random(shape), random((*size, shape[-1]), seed=1)
    found = convolve(image, kernel, bias=0.3, **settings)
    layer = keras_layer(kernel, 0.3, **settings)
    expected = np.asarray(layer(image[None]))[0, :, :, 0]
    np.testing.assert_array_equal(found.feature_map, expected)
    assert (1, *found.feature_map.shape, 1) == layer.compute_output_shape((1, *shape))
    counts = found.rows.count, found.columns.count
    assert counts == expected.shape
    for row, column in itertools.product(*map(range, counts)):
        products = found.products(row, column)
        # float32 has 7 digits: of the largest that is summed, not of what is left of it
        scale = max(1, np.abs(products).sum())
        assert abs(products.sum() + 0.3 - expected[row, column]) <= 1e-6 * scale


def test_a_digit_to_a_millionth():
    image = data.digits("images").x_train[0]
    for name in KERNELS:
        found = convolve(image, KERNELS[name](3)[..., None])
        mine = [[found.products(i, j).sum() for j in range(26)] for i in range(26)]
        np.testing.assert_allclose(found.feature_map, mine, rtol=0, atol=1e-6)


def test_the_patch_has_zeros_where_there_is_no_image():
    image = 1 + np.arange(16.0).reshape(4, 4)
    found = convolve(image, np.ones((2, 2)), padding="same")
    assert (found.rows.before, found.rows.after) == (0, 1)  # Keras: the odd zero comes after
    np.testing.assert_array_equal(found.patch(3, 3)[..., 0], [[16, 0], [0, 0]])
    np.testing.assert_array_equal(found.patch(0, 0)[..., 0], [[1, 2], [5, 6]])
    found = convolve(image, np.ones((3, 3)), strides=2, padding="same")
    assert (found.rows.before, found.rows.after) == (0, 1)
    np.testing.assert_array_equal(found.patch(1, 1)[..., 0], [[11, 12, 0], [15, 16, 0], [0, 0, 0]])
    found = convolve(image, np.ones((2, 2)), dilation_rate=2)
    np.testing.assert_array_equal(found.patch(1, 0)[..., 0], [[5, 7], [13, 15]])


def test_the_output_size_is_a_count_of_positions():
    for size, k, s, d, p in itertools.product(range(1, 12), range(1, 5), (1, 2, 3), (1, 2), (0, 3)):
        window = Window(size, k, s, d, p // 2, p - p // 2)
        starts = [i for i in range(0, size + p, s) if i + d * (k - 1) < size + p]
        assert max(window.count, 0) == len(starts)
        for position, start in enumerate(starts):
            rows = range(size + p)[window.at(position)]
            assert list(rows) == [start + d * i for i in range(k)]


def test_a_grey_image_needs_no_channel():
    image, kernel = random((5, 6)), random((2, 3))
    found = convolve(image, kernel)
    assert (found.image.shape, found.kernel.shape) == ((5, 6, 1), (2, 3, 1))
    np.testing.assert_array_equal(
        found.feature_map, convolve(image[..., None], kernel[..., None]).feature_map
    )


def test_its_arrays_are_its_own():
    image, kernel = random((5, 5, 1)), random((2, 2, 1))
    first = convolve(image, kernel)
    before = first.feature_map.copy()
    image[:], kernel[:] = 0, 0
    convolve(random((5, 5, 1), 3), random((2, 2, 1), 4), bias=5)  # the same compiled layer
    assert first.image.any()
    assert first.kernel.any()
    np.testing.assert_array_equal(first.feature_map, before)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_kernels_that_have_a_name(size):
    image = random((8, 8))

    def result(name):
        return convolve(image, KERNELS[name](size), padding="same").feature_map

    np.testing.assert_allclose(result("identity"), image, atol=1e-6)
    edge = KERNELS["vertical edge"](size)
    np.testing.assert_array_equal(edge, -edge[:, ::-1])
    np.testing.assert_array_equal(edge.T, KERNELS["horizontal edge"](size))
    assert KERNELS["blur"](size).sum() == pytest.approx(1)
    assert KERNELS["sharpen"](size).sum() == 1  # flat parts stay as they are
    assert KERNELS["sharpen"](size).max() == 2 * size - 1
    assert all(kernel(size).shape == (size, size) for kernel in KERNELS.values())


def test_the_kernels_of_a_layer_make_its_feature_maps():
    layer = built((None, 9, 9, 2), filters=3, kernel_size=4)
    layer.set_weights([0.1 * random((4, 4, 2, 3)), np.array([1, 2, 3])])
    image = random((9, 9, 2))
    maps = np.asarray(layer(image[None]))[0]
    kernels = kernels_of(layer, 2)
    assert len(kernels) == 3
    for i, (kernel, bias) in enumerate(kernels):
        assert bias == i + 1
        found = convolve(image, kernel, bias=bias).feature_map
        np.testing.assert_allclose(found, maps[..., i], rtol=0, atol=1e-6)
    kernels[0][0][:] = 0
    assert kernels_of(layer, 2)[0][0].any()
    assert [bias for _, bias in kernels_of(built(use_bias=False), 1)] == [0, 0]


@pytest.mark.exact
def test_the_sums_of_a_position():
    image, kernel = random((5, 5, 2)), random((3, 3, 2), seed=1)
    found = convolve(image, kernel, bias=0.25)
    this, total, output = found.sums(1, 2, channel=1)
    assert this == pytest.approx(np.sum(image[1:4, 2:5, 1] * kernel[..., 1]), abs=1e-6)
    assert total == pytest.approx(np.sum(image[1:4, 2:5] * kernel), abs=1e-6)
    assert output == pytest.approx(total + 0.25, abs=1e-6)
    cancels = convolve(np.full((3, 3), 0.1), [[-1, 0.3, 0.7]] * 3)
    assert cancels.feature_map[0, 0] != 0  # a rounding error
    assert cancels.sums(0, 0) == (0, 0, 0)


def test_its_arguments_make_the_layer():
    other = {"padding": "same", "dilation_rate": 3}
    for kernel, settings in ((random((3, 3)), {"strides": 2}), (random((2, 4)), other)):
        found = convolve(random((9, 9)), kernel, **settings)
        layer = eval(f"keras.layers.Conv2D({', '.join(found.arguments)})")
        assert layer.kernel_size == kernel.shape
        assert layer.compute_output_shape((1, 9, 9, 1)) == (1, *found.feature_map.shape, 1)


def test_another_size():
    kernel = random((3, 3, 2))
    np.testing.assert_array_equal(resized(kernel, 2), kernel[:2, :2])
    larger = resized(kernel, 4)
    np.testing.assert_array_equal(larger[:3, :3], kernel)
    assert not larger[3].any()
    assert not larger[:, 3].any()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"padding": "full"}, "padding is 'full'; it is one of 'valid', 'same'."),
        ({"strides": 2, "dilation_rate": 3}, "strides=2 with dilation_rate=3: Keras allows only"),
        ({"strides": 0}, "strides is 0; give a whole number"),
        ({"dilation_rate": 1.5}, "dilation_rate is 1.5; give a whole number"),
        ({"dilation_rate": 5}, "The window spans 11 pixels and the image has 8"),
    ],
)
def test_settings_that_cannot_be(settings, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        convolve(np.ones((8, 9)), np.ones((3, 3)), **settings)
    assert text in str(caught.value)


def test_keras_does_not_allow_what_is_refused_here():
    with pytest.raises(ValueError, match="not supported"):
        keras.layers.Conv2D(1, 3, strides=2, dilation_rate=3)
    with pytest.raises(ValueError, match=r"negative|empty|size"):
        keras.layers.Conv2D(1, 3, dilation_rate=5).compute_output_shape((1, 8, 9, 1))


@pytest.mark.parametrize(
    ("image", "kernel", "text"),
    [
        ((4,), (2, 2), "image has shape (4,); give (height, width, channels)"),
        ((4, 4), (2, 0), "kernel has shape (2, 0, 1)"),
        ((4, 4, 3), (2, 2), "kernel has shape (2, 2, 1); give (rows, columns, 3)"),
    ],
)
def test_shapes_that_do_not_fit(image, kernel, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        convolve(np.ones(image), np.ones(kernel))
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "error", "text"),
    [
        (lambda: keras.layers.Dense(3), TypeError, "give a keras.layers.Conv2D"),
        (lambda: keras.layers.Conv2D(1, 3), ValueError, "is not built"),
        (lambda: built(kernel_size=(3, 5)), ValueError, "(3, 5)"),
        (lambda: built(strides=(1, 2)), ValueError, "strides=(1, 2)"),
        (lambda: built((None, 9, 9, 4)), ValueError, "takes 4 channels; the images have 1"),
        (lambda: built((None, 9, 9, 4), groups=2), ValueError, "groups=2"),
    ],
)
def test_layers_that_cannot_be_shown(layer, error, text):
    with pytest.raises(error) as caught:
        kernels_of(layer(), 1)
    assert text in str(caught.value)

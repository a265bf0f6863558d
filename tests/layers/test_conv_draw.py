"""The picture of a convolution, by its marks and its words."""

import numpy as np
import pytest
from digits import digits
from looking import flaws, flaws_at_all_widths, marks, pixels, texts

from anatomy import draw
from anatomy.layers.conv.facts import KERNELS, convolve

DIGITS = digits("images").x_train


def random(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def edge(image=0, size=3, **settings):
    return convolve(DIGITS[image], KERNELS["vertical edge"](size), **settings)


CASES = {
    "an edge": lambda: edge(),
    "one cell": lambda: edge(size=1),
    "strides": lambda: convolve(
        DIGITS[3], random((5, 5)), bias=-0.0123456, strides=3, padding="same"
    ),
    "dilation": lambda: convolve(DIGITS[3], random((3, 3)), padding="same", dilation_rate=3),
    "channels and signs": lambda: convolve(random((28, 28, 12)), random((5, 5, 12)), bias=1),
    "no square": lambda: convolve(random((12, 30)), random((2, 4)), padding="same"),
    "colours only": lambda: convolve(DIGITS[5], random((7, 7))),
    "large numbers": lambda: convolve(255 * DIGITS[0], -99 * random((5, 5)), bias=1234.5),
    "small numbers": lambda: convolve(1e-5 * DIGITS[0], random((5, 5)), bias=-1e-7),
    "a large image": lambda: convolve(
        np.tile(DIGITS[0], (10, 10, 3)), random((3, 3, 3)), strides=2, padding="same"
    ),
    "one position": lambda: convolve(random((3, 3)), random((3, 3))),
    "nothing": lambda: convolve(np.zeros((5, 5)), np.zeros((3, 3))),
}


def positions(convolution):
    """Some positions: the first, the last, one between."""
    row, column = convolution.rows.count - 1, convolution.columns.count - 1
    last = convolution.image.shape[-1] - 1
    between = {"row": row // 2, "column": column // 3, "channel": last}
    return [{}, {"row": row, "column": column}, between]


@pytest.mark.parametrize("case", CASES)
def test_nothing_overlaps_or_is_cut_off(case):
    convolution = CASES[case]()
    picture = draw.convolution(convolution, kernel="a kernel with a name that is far too long")
    for position in positions(convolution):
        picture.update(**position, kernel="trained 12; its softplus comes after")
        assert flaws(picture) == []
    assert flaws_at_all_widths(picture) == []


def test_a_lab_of_it_fits_a_laptop():
    assert draw.convolution(edge()).size == (860, 414)


def test_an_updated_picture_is_the_same_as_a_new_one():
    one, other = edge(), CASES["channels and signs"]()
    picture = draw.convolution(one)
    picture.frame()
    for convolution, at in ((one, 1), (one, 2), (other, 2), (one, 0)):
        position = {"channel": 0, "row": 0, "column": 0} | positions(convolution)[at]
        picture.update(convolution, **position, kernel="mine")
        new = draw.convolution(convolution, **position, kernel="mine")
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()
        live = picture.sheet.pixels()[..., :3].astype(int)
        np.testing.assert_allclose(live, pixels(new.png(1)), atol=2)


def test_the_numbers_are_those_of_the_convolution():
    convolution = convolve(DIGITS[0], random((3, 3)), bias=0.25)
    picture = draw.convolution(convolution, row=12, column=14)
    patch, products = convolution.patch(12, 14)[..., 0], convolution.products(12, 14)[..., 0]
    written = texts(picture)
    start = written.index("row 12, col 14") - 4 - 3 * 12  # three grids, each with name, note, sign
    numbers = [text.replace("−", "-") for text in written[start:-4]]
    values = [patch, convolution.kernel[..., 0], products]
    found = []
    for text in numbers:
        try:
            found.append(float(text))
        except ValueError:
            continue
    np.testing.assert_allclose(found[-27:], np.ravel(values), rtol=6e-3, atol=1e-3)
    output = convolution.feature_map[12, 14]
    assert abs(products.sum() + 0.25 - output) < 1e-6
    assert f"= {output:.3g}".replace("-", "−") in written
    assert "image[12:15, 14:17, 0]" in written


def test_window_and_cell_are_where_they_belong():
    convolution = convolve(DIGITS[0], random((3, 3)), padding="same", dilation_rate=2)
    picture = draw.convolution(convolution, row=5, column=9)
    image, feature_map = (mark["place"] for mark in marks(picture, "image")[:2])
    pixel = image[2] / 28
    assert feature_map[2] / 28 == pytest.approx(pixel)  # cells and pixels have one size
    # padded by 2 on each side: the window begins at rows 5 - 2 and columns 9 - 2 of the image
    window = marks(picture, "box", edge="data")[0]["place"]
    expected = image[0] + 7 * pixel, image[1] + 3 * pixel, 5 * pixel, 5 * pixel
    assert window == pytest.approx(expected)
    taps = marks(picture, "strokes", color="data")[0]["segments"]
    assert len(taps) == 4 * 9
    np.testing.assert_allclose(
        np.unique(taps[::4, 0, 0].round(6)), window[0] + 2 * pixel * np.arange(3), atol=1e-5
    )
    left, top, wide, high = marks(picture, "box", edge="ink", linewidth=1.6)[0]["place"]
    assert left + wide / 2 == pytest.approx(feature_map[0] + 9.5 * pixel)
    assert top + high / 2 == pytest.approx(feature_map[1] + 5.5 * pixel)


@pytest.mark.parametrize("case", ["strides", "dilation", "no square"])
def test_window_and_cell_can_be_grabbed(case):
    convolution = CASES[case]()
    picture = draw.convolution(convolution, row=3, column=5)
    handles = picture.sheet.handles[:2]
    for handle in handles:
        left, top, wide, high = handle.place
        assert (handle.x[0], handle.y[0]) == ("column", "row")
        assert handle.x[1](left + wide / 2) == pytest.approx(5)
        assert handle.y[1](top + high / 2) == pytest.approx(3)
    window, cell = (handle.y[1] for handle in handles)
    stride = convolution.rows.strides
    assert cell(100) - cell(0) == pytest.approx(stride * (window(100) - window(0)))


def test_cells_still_to_come_are_pale():
    convolution = convolve(np.ones((6, 6)), np.ones((2, 2)))  # all outputs are 4
    shades = marks(draw.convolution(convolution, row=2, column=1), "image")[1]["pixels"]
    light = shades.astype(int).sum(axis=-1).ravel()
    assert set(light[:12]) == {light[0]}
    assert set(light[12:]) == {light[-1]}
    assert light[0] < 400 < light[-1]


def test_padding_is_hatched_only_where_there_is_some():
    plain = draw.convolution(edge())
    assert not any("padded to" in text for text in texts(plain))
    padded = draw.convolution(convolve(DIGITS[3], random((2, 2)), padding="same"))
    assert "(28, 28, 1), padded to (29, 29)" in texts(padded)
    hatched = marks(padded, "strokes", color="quiet 55%")[0]["clip"]
    image = marks(padded, "image")[0]["place"]
    assert image[:2] == pytest.approx(hatched[:2])  # no zeros above and to the left
    assert image[2] == pytest.approx(hatched[2] * 28 / 29)
    assert not marks(plain, "strokes", color="quiet 55%")


def test_large_kernels_are_colours():
    def written(size):
        picture = draw.convolution(convolve(DIGITS[5], np.full((size, size), 0.125)))
        return texts(picture).count("0.125")

    assert [written(size) for size in (2, 5, 6)] == [4, 25, 0]


def test_the_output_size_in_numbers():
    assert "⌊(28 + 0 − 1·(3 − 1) − 1) / 1⌋ + 1" in texts(draw.convolution(edge()))
    picture = draw.convolution(edge(size=4, strides=3, padding="same"))
    assert "⌊(28 + 3 − 1·(4 − 1) − 1) / 3⌋ + 1" in texts(picture)
    assert "= 10 rows, 10 columns" in texts(picture)
    assert "= 10 rows, 10 columns." in picture.describe()
    written = texts(draw.convolution(CASES["no square"]()))
    assert "⌊(12 + 1 − 1·(2 − 1) − 1) / 1⌋ + 1" in written
    assert "⌊(30 + 3 − 1·(4 − 1) − 1) / 1⌋ + 1" in written


def test_its_words():
    convolution = convolve(DIGITS[0], KERNELS["vertical edge"](3), bias=0.5)
    text = draw.convolution(convolution, row=1, column=2, kernel="vertical edge").describe()
    assert "the kernel 'vertical edge': layers.Conv2D(filters=1, kernel_size=3, strides=1" in text
    assert "At row 1, column 2 the window covers image[1:4, 2:5, 0]." in text
    assert "Kernel [−1 0 1 / −1 0 1 / −1 0 1]." in text
    assert "Sum of their products: 0; plus the bias 0.5 makes 0.5." in text
    assert "The window has visited 29 of 676 positions." in text
    convolution = CASES["channels and signs"]()
    text = draw.convolution(convolution, channel=3).describe().replace("−", "-")
    products = convolution.products(0, 0)
    this, total = products[..., 3].sum(), products.sum()
    assert f"channel 3: {this:.4g}; all 12 channels: {total:.4g};" in text
    assert "padded[0:7:3, 0:7:3, 0]" in draw.convolution(CASES["dilation"]()).describe()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"row": 26}, "row is 26; give a whole number from 0 to 25"),
        ({"column": -1}, "column is -1; give a whole number from 0 up"),
        ({"channel": 1}, "channel is 1; give a whole number from 0 to 0"),
    ],
)
def test_errors(wrong, text):
    with pytest.raises(ValueError, match=text):
        draw.convolution(edge(), **wrong)

"""The picture of a convolution, by its artists and its words."""

import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts
from matplotlib.colors import to_rgb

from anatomy import data, draw
from anatomy.draw.grid import MOST, brief
from anatomy.layers.convolution import convolve
from anatomy.layers.kernels import KERNELS

DIGITS = data.digits("images").x_train


def random(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def edge(image=0, size=3, **settings):
    return convolve(DIGITS[image], KERNELS["vertical edge"](size), **settings)


CASES = {
    "an edge": lambda: edge(),
    "one cell": lambda: edge(size=1),
    "even, padded on one side": lambda: convolve(DIGITS[3], random((2, 2)), padding="same"),
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


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]()


def last(convolution):
    return {"row": convolution.rows.count - 1, "column": convolution.columns.count - 1}


def positions(convolution):
    """Some positions: the first, the last, one between."""
    end = last(convolution)
    between = {"row": end["row"] // 2, "column": end["column"] // 3}
    return [{}, end, between | {"channel": convolution.image.shape[-1] - 1}]


def numbers(grid):
    return [text.get_text() for text in grid.texts if text.get_text()]


def test_nothing_overlaps_or_is_cut_off_and_numbers_stay_in_their_cells(case):
    picture = draw.convolution(case, kernel="a kernel with a name that is far too long for it")
    for position in positions(case):
        picture.update(case, **position, kernel="trained 12; its softplus comes after")
        assert flaws(picture) == []
        for grid in (picture._patch, picture._kernel, picture._products):
            room = (grid.box[2] - grid.box[0]) / case.kernel.shape[1]
            for text in grid.texts:
                assert not text.get_text() or text.get_window_extent().width < room - 1
    assert min(text.get_fontsize() for text in drawn(picture)) >= 10


def test_an_updated_picture_is_the_same_as_a_new_one():
    one, other = edge(), CASES["channels and signs"]()
    picture = draw.convolution(one)
    picture.frame()
    for convolution, at in ((one, 1), (one, 2), (other, 2), (other, 1), (one, 0)):
        position = positions(convolution)[at]
        picture.update(convolution, **position, kernel="mine")
        new = draw.convolution(convolution, **position, kernel="mine")
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()
        np.testing.assert_allclose(pixels(picture.frame()), pixels(new.png(1)), atol=2)


def test_a_move_redraws_nothing_that_stays():
    convolution = edge()
    picture = draw.convolution(convolution)
    picture.frame()
    kept = picture._still
    picture.update(convolution, row=3, column=9)
    picture.frame()
    assert picture._still is kept
    picture.update(edge(image=1), row=3, column=9)
    picture.frame()
    assert picture._still is not kept


def test_the_numbers_are_those_of_the_convolution():
    convolution = convolve(DIGITS[0], random((3, 3)), bias=0.25)
    picture = draw.convolution(convolution, row=12, column=14)
    patch, products = convolution.patch(12, 14)[..., 0], convolution.products(12, 14)[..., 0]
    for grid, values in (
        (picture._patch, patch),
        (picture._kernel, convolution.kernel[..., 0]),
        (picture._products, products),
    ):
        np.testing.assert_array_equal(grid.image.get_array(), values)
        written = [float(text.replace("−", "-")) for text in numbers(grid)]
        np.testing.assert_allclose(written, values.ravel(), rtol=6e-3)
    output = convolution.feature_map[12, 14]
    assert abs(products.sum() + 0.25 - output) < 1e-6
    assert [text.get_text().replace("−", "-") for text in picture._sums] == [
        f"sum {products.sum():.4g}", "+ bias 0.25", f"= {output:.4g}", "row 12, col 14"
    ]  # fmt: skip
    np.testing.assert_array_equal(picture._image.get_array(), DIGITS[0][..., 0])
    np.testing.assert_array_equal(picture._map.get_array(), convolution.feature_map)
    assert "image[12:15, 14:17, 0]" in texts(picture)


def test_window_and_mark_are_where_they_belong():
    convolution = convolve(DIGITS[0], random((3, 3)), padding="same", dilation_rate=2)
    picture = draw.convolution(convolution, row=5, column=9)
    left, right, _, top = picture._image.get_extent()
    pixel = (right - left) / 28
    # padded by 2 on each side: the window begins at rows 5 - 2 and columns 9 - 2 of the image
    x, y = picture._window.get_xy()
    assert (x, y) == (pytest.approx(left + 7 * pixel), pytest.approx(top + 3 * pixel))
    assert picture._window.get_width() == pytest.approx(5 * pixel)
    corners = picture._taps.get_path().vertices[::5]
    assert len(corners) == 9
    np.testing.assert_allclose(np.unique(corners[:, 0]), x + 2 * pixel * np.arange(3))
    left, right, _, top = picture._map.get_extent()
    mark = picture._mark
    x, y = mark.get_xy()
    assert (right - left) / 28 == pytest.approx(pixel)  # cells and pixels have one size
    assert x + mark.get_width() / 2 == pytest.approx(left + 9.5 * pixel)
    assert y + mark.get_height() / 2 == pytest.approx(top + 5.5 * pixel)


def test_cells_still_to_come_are_pale():
    convolution = convolve(np.ones((6, 6)), np.ones((2, 2)))  # all outputs are 4
    picture = draw.convolution(convolution, row=2, column=1)
    left, right, _, top = picture._map.get_extent()
    seen = pixels(picture.png(1))
    side = (right - left) / 5
    for row in range(5):
        for column in range(5):
            if (row, column) == (2, 1):
                continue
            # a quarter into the cell: not where the line to the sum runs
            at = seen[round(top + (row + 0.25) * side), round(left + (column + 0.25) * side)]
            assert (at.sum() < 300) == ((row, column) < (2, 1)), (row, column)
    picture.update(convolution, row=4, column=4)
    x, y = (round(value) for value in (left + 3.25 * side, top + 4.25 * side))
    assert pixels(picture.png(1))[y, x].sum() < 300


def test_padding_is_drawn_only_where_there_is_some():
    plain = draw.convolution(edge())
    assert "padded to" not in " ".join(texts(plain))
    assert plain._zeros.get_width() == pytest.approx(252)
    image = plain._image.get_extent()
    assert image[1] - image[0] == plain._zeros.get_width()
    padded = draw.convolution(CASES["even, padded on one side"]())
    assert "(28, 28, 1), padded to (29, 29)" in texts(padded)
    left, right, bottom, top = padded._image.get_extent()
    x, y = padded._zeros.get_xy()
    assert (left, top) == (pytest.approx(x), pytest.approx(y))  # none above and to the left
    assert right < x + padded._zeros.get_width() - 5
    assert bottom < y + padded._zeros.get_height() - 5
    assert padded._zeros.get_hatch()


def test_numbers_can_be_read_on_their_cells():
    for case in CASES.values():
        convolution = case()
        picture = draw.convolution(convolution, **last(convolution))
        for grid in (picture._patch, picture._kernel, picture._products):
            if not grid.written:
                continue
            cells = grid.image.cmap(grid.image.norm(grid.image.get_array()))[..., :3]
            for cell, text in zip(cells.reshape(-1, 3), grid.texts, strict=False):
                assert contrast(cell, to_rgb(text.get_color())) >= 3.5


def contrast(one, other):
    """The ratio of WCAG 2."""
    lights = []
    for color in (one, other):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
        lights.append(0.05 + np.dot(linear, (0.2126, 0.7152, 0.0722)))
    return max(lights) / min(lights)


def test_large_kernels_are_colours():
    picture = draw.convolution(CASES["colours only"]())
    assert numbers(picture._kernel) == []
    picture.update(edge(size=MOST))
    assert len(numbers(picture._kernel)) == MOST * MOST
    picture.update(edge(size=2))
    assert len(numbers(picture._kernel)) == 4


def test_the_output_size_in_numbers():
    assert "⌊(28 + 0 − 1·(3 − 1) − 1) / 1⌋ + 1" in texts(draw.convolution(edge()))
    picture = draw.convolution(edge(size=4, strides=3, padding="same"))
    assert "⌊(28 + 3 − 1·(4 − 1) − 1) / 3⌋ + 1" in texts(picture)
    assert "= 10 rows, 10 columns" in texts(picture)
    assert "= 10 rows, 10 columns." in picture.describe()
    picture = draw.convolution(CASES["no square"]())
    assert "⌊(12 + 1 − 1·(2 − 1) − 1) / 1⌋ + 1" in texts(picture)
    assert "⌊(30 + 3 − 1·(4 − 1) − 1) / 1⌋ + 1" in texts(picture)


def test_its_words():
    convolution = convolve(DIGITS[0], KERNELS["vertical edge"](3), bias=0.5)
    text = draw.convolution(convolution, row=1, column=2, kernel="vertical edge").describe()
    assert "the kernel 'vertical edge': layers.Conv2D(filters=1, kernel_size=3, strides=1" in text
    assert "At row 1, column 2 the window covers image[1:4, 2:5, 0]." in text
    assert "Kernel [-1 0 1 / -1 0 1 / -1 0 1]." in text
    assert "Sum of their products: 0; plus the bias 0.5 makes 0.5." in text
    assert "The window has visited 29 of 676 positions." in text
    convolution = CASES["channels and signs"]()
    text = draw.convolution(convolution, channel=3).describe()
    products = convolution.products(0, 0)
    this, total = products[..., 3].sum(), products.sum()
    assert f"channel 3: {this:.4g}; all 12 channels: {total:.4g};" in text
    text = draw.convolution(CASES["dilation"]()).describe()
    assert "padded[0:7:3, 0:7:3, 0]" in text


def test_what_cancels_out_is_nothing():
    convolution = convolve(np.full((3, 3), 0.1), [[-1, 0.3, 0.7]] * 3)
    assert convolution.feature_map[0, 0] != 0  # a rounding error
    assert "= 0" in texts(draw.convolution(convolution))


@pytest.mark.parametrize(
    ("value", "room", "text"),
    [
        (0.0, 30, "0"), (-0.0, 30, "0"), (-1.0, 30, "−1"), (0.98765, 30, "0.988"),
        (-0.98765, 34, "−0.99"), (1234.6, 34, "1235"), (-98765, 34, "−1e5"),
        (1e6, 34, "1e6"), (-1.2e-5, 60, "−1.2e−5"),
    ],
)  # fmt: skip
def test_brief_numbers(value, room, text):
    assert brief(value, room) == text


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"row": 26}, "row is 26; there are 26, from 0 to 25"),
        ({"column": -1}, "column is -1; there are 26"),
        ({"channel": 1}, "channel is 1; there are 1, from 0 to 0"),
    ],
)
def test_errors(wrong, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        draw.convolution(edge(), **wrong)
    assert text in str(caught.value)

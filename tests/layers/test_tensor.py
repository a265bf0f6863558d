"""Arrays of every rank: what is written, which numbers are shown, and what is refused."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from digits import digits
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import data, draw
from anatomy.base import colours
from anatomy.base.arrays import Shade, image, short, some
from anatomy.base.sheet import Sheet
from anatomy.layers.tensor.facts import as_image, liveliest, pixel

RANDOM = np.random.default_rng(0)
DIGITS = digits("images").x_train


def many(*shape, low=-1.0):
    return RANDOM.uniform(low, 1, shape).astype("float32")


ARRAYS = {
    "scalar": np.float32(12.5),
    "vector": [12, 3, 6, 14, 7],
    "labels": digits().y_train,
    "one": many(1),
    "row of an image": DIGITS[0].ravel(),
    "vectors": digits().x_train,
    "large image vectors": many(3, 224 * 224, low=0),
    "measurements": data.breast_cancer().x_train,
    "targets": data.diabetes().y_train,
    "wide": many(2, 1000),
    "small matrix": [[5, 78, 2], [6, 79, -3]],
    "sequences": digits("sequences").x_train,
    "strips": data.digit_strips().x_train,
    "small rank 3": many(2, 3, 4),
    "one step": many(5, 1, 300),
    "long": many(1, 500, 2),
    "images": DIGITS,
    "photos": many(6, 32, 48, 3, low=0),
    "bytes": RANDOM.integers(0, 256, (2, 20, 20, 3)).astype("uint8"),
    "feature maps": many(4, 7, 7, 64),
    "video": DIGITS[:36].reshape(3, 12, 28, 28, 1),
    "colour video": many(2, 3, 16, 24, 3),
    "wide video": many(1, 1, 4, 400, 5),
    "large": many(2, 30, 30, 1) * 1e30,
    "tiny": many(5, 5) * 1e-30,
    "whole": RANDOM.integers(-(10**12), 10**12, (40, 40)),
    "true and false": many(3, 4) > 0,
    "zeros": np.zeros((4, 9, 9)),
    "not finite": [[1, np.nan], [np.inf, -2.0]],
    "nothing finite": np.full((3, 60, 60), np.nan),
    "some not finite": np.where(many(2, 30, 30) > 0.9, np.inf, 1.0),
    "empty": np.zeros((0, 28, 28)),
    "empty vector": [],
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_nothing_overlaps_or_is_cut_off(array):
    picture = draw.tensor(array)
    assert flaws_at_all_widths(picture) == []
    shown = " ".join(texts(picture))  # all sizes in full, whatever is cut short
    assert str(np.shape(array)) in shown
    for size in np.shape(array):
        assert str(size) in shown.split() or f"{size}:" in shown
    assert str(np.asarray(array).dtype) in shown


def shows(picture, expected):
    """Whether an image of these shares of ink is in a picture."""
    wanted = colours.light.ramp(expected, 0, 1, "ink").astype(int)
    return any(
        one["pixels"].shape == wanted.shape and np.abs(one["pixels"] - wanted).max() <= 1
        for one in marks(picture, "image")
    )


@pytest.mark.parametrize("format", ["vectors", "sequences", "images"])
def test_the_first_digit_is_to_be_seen(format):
    picture = draw.tensor(data.digits(format).x_train)
    assert shows(picture, DIGITS[0, :, :, 0])
    assert not shows(picture, DIGITS[0, ::-1, :, 0])


def test_a_strip_is_the_rows_of_an_image():
    x = data.digits().x_train
    picture = draw.tensor(x)
    picture.resize(1400)  # every number has a pixel
    assert shows(picture, x[:1])
    assert shows(picture, x[4095:])
    words = " ".join(texts(picture))
    row = int(words.split("is row ")[1].split()[0])
    assert f"x[0, {28 * row}:{28 * row + 28}]" in words
    assert "784 = 28 × 28" in words
    assert "28 × 28" in picture.describe()


@pytest.mark.parametrize("x", [digits().y_train[:49], many(4, 100), many(4, 90, low=0)])
def test_what_may_be_no_image_is_not_shown_as_one(x):
    assert "an image" not in draw.tensor(x).describe()


@pytest.mark.parametrize("x", [many(3, 5), many(2, 3, 4), many(1, 2, 2, 1)])
def test_every_number_of_a_small_array_is_written(x):
    words = texts(draw.tensor(x))
    for value in x.reshape(-1, *x.shape[-2:])[0].ravel() if x.ndim > 2 else x.ravel():
        assert short(value) in words


def test_the_numbers_seen_from_near_are_those_of_the_part_that_is_named():
    x = data.digits("sequences").x_train
    row, column = liveliest(x[0], 6, 6)
    words = texts(draw.tensor(x))
    assert f"x[0, {row}:{row + 6}, {column}:{column + 6}]" in words
    part = x[0, row : row + 6, column : column + 6]
    assert [short(v) for v in part.ravel()] == words[-part.size :]
    spreads = [x[0, i : i + 6, j : j + 6].astype(float).std() for i in range(23) for j in range(23)]
    assert part.astype(float).std() == pytest.approx(max(spreads))


def test_a_pixel_has_a_number_for_each_channel():
    x = many(2, 9, 9, 3, low=0)
    words = texts(draw.tensor(x))
    at = next(text for text in words if text.startswith("x[0, "))
    row, column = map(int, at.removeprefix("x[0, ").rstrip("]").split(", "))
    for value in x[0, row, column]:
        assert short(value) in words
    front = marks(draw.tensor(x), "image")[2]  # after the scale and the sample that lies behind
    np.testing.assert_allclose(front["pixels"] / 255, x[0] / x.max(), atol=0.003)


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (np.float32(12.5), "Tensor of rank 0, a scalar: 12.5, float32."),
        (
            data.digits("sequences").x_train,
            "Tensor of rank 3: (4096 samples, 28 timesteps, 28 features), float32, from 0 to 1.",
        ),
        (
            DIGITS,
            "Tensor of rank 4: (4096 samples, height 28, width 28, 1 channel), float32, "
            "from 0 to 1.",
        ),
        (
            np.array([12, 3], "int32"),
            "Tensor of rank 1: (2 values), int32, from 3 to 12. Values: 12, 3.",
        ),
        (np.ones((2, 9)), "Tensor of rank 2: (2 samples, 9 features), float64, all 1."),
        (np.zeros((0, 3)), "Tensor of rank 2: (0 samples, 3 features), float64, no values."),
        (
            [[1, np.nan], [np.inf, -2.0]],
            "Tensor of rank 2: (2 samples, 2 features), float64, from −2 to 1, 2 not finite. "
            "Values: 1, nan, inf, −2.",
        ),
    ],
)
def test_its_sentence(x, sentence):
    assert draw.tensor(x).describe() == sentence


def test_axes_may_have_other_names():
    picture = draw.tensor(many(3, 4), axes=("rows", "columns"))
    assert "(3 rows, 4 columns)" in picture.describe()
    assert "3 rows" in picture.describe()
    assert {"3", "rows", "4 columns"} <= set(texts(picture))
    picture = draw.tensor(DIGITS[0], axes=("height", "width", "channels"))
    assert shows(picture, DIGITS[0, :, :, 0])
    assert flaws(picture) == []
    long = draw.tensor(many(3, 4, 9), axes=["a very long name of an axis " * 3] * 3)
    assert flaws(long) == []


@pytest.mark.parametrize(
    "x", [jnp.ones((2, 3)), keras.Variable(np.ones((2, 3))), jnp.ones((2, 3), "bfloat16")]
)
def test_arrays_of_jax_and_keras(x):
    assert "(2 samples, 3 features), float32, all 1" in draw.tensor(x).describe()


@pytest.mark.parametrize(
    ("x", "axes", "error", "message"),
    [
        ("digits", None, TypeError, "x is 'digits'; give an array of numbers"),
        ([[1, 2], [3]], None, TypeError, "x is list [[1, 2], [3]]: pass an array of numbers"),
        (None, None, TypeError, "x is None; give an array of numbers"),
        ([1j], None, TypeError, "of dtype complex128"),
        (data.moons(), None, TypeError, "x is Split moons, made by"),
        (keras.Input((3,)), None, TypeError, "x is KerasTensor <KerasTensor shape=(None, 3)"),
        (np.zeros((1,) * 6), None, ValueError, "x has rank 6; give a part"),
        ([1], ("a", "b"), ValueError, "axes is ('a', 'b'); x has shape (1,): give 1 names"),
        ([1], "samples", TypeError, "axes is 'samples'; give a list of up to"),
        ([1], 3, TypeError, "axes is 3; give a list of up to"),
        ([1], (3,), TypeError, "axes is tuple (3,); give a list of up to"),
    ],
)
def test_errors(x, axes, error, message):
    with pytest.raises(error) as caught:
        draw.tensor(x, axes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (-3, "−3"), (12.5, "12.5"), (0.0039, "0.0039"), (-0.00412, "−0.004"),
        (-0.876, "−0.876"), (123456, "1e5"), (1234567, "1e6"), (-2.3e-12, "−2e-12"),
        (np.nan, "nan"), (True, "True"), (np.bool(False), "False"), (np.uint8(255), "255"),
    ],
)  # fmt: skip
def test_a_number_in_a_cell_is_short(value, text):
    assert short(value) == text
    assert len(text) <= 6


@pytest.mark.parametrize("palette", [colours.light, colours.dark])
def test_colours_tell_signs_and_what_is_not_finite(palette):
    shade = Shade.of([-2.0, 1.0], [0.5, np.inf])
    assert (shade.high, shade.signed) == (2, True)
    blue, none, red, bad = shade.pixels(palette, [-2.0, 0.0, 2.0, np.nan]).astype(int)
    assert shade.ends == ("−2", "+2")
    assert blue[2] > blue[0]
    assert red[0] > red[2]
    np.testing.assert_allclose(none / 255, palette.rgb("paper"), atol=0.01)
    assert len({tuple(part) for part in (blue, none, red, bad)}) == 4
    assert Shade.of([0, 3]).ends == ("0", "3")


def test_more_pixels_than_there_is_room_for_are_their_mean():
    sheet, pixels = Sheet(400), np.arange(0, 24, 2, dtype="uint8").reshape(1, 4, 3)
    sheet.draw(lambda sheet: image(sheet, (0, 0, 2, 1), pixels))
    [mark] = [mark for mark in sheet.marks if mark.kind == "image"]
    assert mark.settings["pixels"].tolist() == [[[3, 5, 7], [15, 17, 19]]]


def test_of_many_the_first_and_the_last_are_shown():
    assert some(4, 4) == [0, 1, 2, 3]
    assert some(4096, 4) == [0, 1, None, 4095]


def test_arrays_become_images():
    assert as_image(np.zeros(784)).shape == (28, 28)
    assert as_image(np.zeros((28, 28, 1))).shape == (28, 28)
    assert as_image(np.zeros((5, 6, 3))).shape == (5, 6)
    assert as_image(np.zeros(16)).shape == (1, 16)  # sixteen measurements are no picture
    assert as_image(np.zeros(())).shape == (1, 1)
    assert pixel((784,), (29,)) == (1, 1)
    assert pixel((5, 6, 3), (0, 0, 2)) is None

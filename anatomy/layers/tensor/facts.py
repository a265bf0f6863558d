"""What there is to know of an array of numbers: its axes, its range, the image that it may be."""

from dataclasses import dataclass

import numpy as np

from anatomy.data.calls import shown
from anatomy.layers.shapes import axes as usual

#: Names of axes that lose their s where there is one of them.
PLURALS = {"samples", "timesteps", "features", "channels", "frames", "units", "filters"}

#: A vector may be an image from 7 × 7 on; fewer numbers are a strip.
SQUARE = 7

WANTED = "pass an array of numbers, each row as long as the others, such as np.array([1, 2])."


@dataclass(frozen=True, eq=False)
class Array:
    """An array of numbers.

    Attributes:
        values: the array, of rank 0 to 5.
        names: a name for each axis.
        low, high: the smallest and the largest finite value; 0 where there is none.
        infinite: how many values are not finite.
    """

    values: np.ndarray
    names: tuple
    low: float
    high: float
    infinite: int

    @property
    def channels(self):
        """Whether the last axis holds the colours of a pixel."""
        return self.values.ndim > 3 or (self.values.ndim == 3 and self.names[-1] == "channels")

    @property
    def image_side(self):
        """The side of the square image whose rows a vector may be, or None."""
        dtype = self.values.dtype
        grey = self.low >= 0 and (dtype.kind == "f" or dtype == "uint8")
        return square_side(self.values.shape[-1]) if grey and self.values.ndim else None


def array(x, axes=None):
    """An array and the names of its axes as an `Array`; or an error that says what would do.

    Args:
        x: an array of numbers of rank 0 to 5: NumPy, JAX, a Keras variable, or nested lists.
        axes: a name for each axis. None: Keras's own for this rank.

    Raises:
        TypeError: x is not an array of numbers; axes are not names.
        ValueError: the rank is above 5; there is not one name for each axis.
    """
    try:
        values = np.asarray(x)
        if values.dtype.kind == "V":  # bfloat16 and its like, which JAX has
            values = values.astype("float32")
    except Exception as error:
        raise TypeError(f"x is {shown(x)}: {WANTED}") from error
    if values.dtype.kind not in "biuf":
        raise TypeError(f"x is {shown(x)}, of dtype {values.dtype}: {WANTED}")
    if values.ndim > 5:
        raise ValueError(f"x has rank {values.ndim}; give a part, of rank 0 to 5, such as x[0].")
    return Array(values, _names(values.shape, axes), *span(values))


def _names(shape, axes):
    if axes is None:  # Keras's own
        return ("samples", *usual(shape)) if len(shape) > 1 else ("values",) * len(shape)
    if len(axes) != len(shape):
        raise ValueError(f"axes is {tuple(axes)}; x has shape {shape}: give {len(shape)} names.")
    return tuple(axes)


def span(values):
    """(smallest, largest, count of those not finite) of an array; 0 and 0 where none is finite."""
    finite = values
    if not values.size or not np.isfinite([values.min(), values.max()]).all():
        finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 0.0, values.size
    return float(finite.min()), float(finite.max()), values.size - finite.size


def square_side(count):
    """The side of the square image that so many values may be, or None."""
    side = round(count**0.5)
    return side if side >= SQUARE and side * side == count else None


def as_image(values):
    """Rows and columns of an array: a square vector as its image, of many channels the first."""
    values = np.squeeze(values)
    while values.ndim > 2:
        values = values[..., 0]
    if values.ndim < 2 and (side := square_side(values.size)):
        return values.reshape(side, side)
    return np.atleast_2d(values)


def pixel(shape, index):
    """(row, column) where `as_image` puts an index; None where it is left out."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    places = np.argwhere(as_image(numbers) == numbers[tuple(index)])
    return tuple(places[0].tolist()) if len(places) else None


def liveliest(sheet, rows, columns):
    """(row, column) of the part of this size whose values differ most, the first of such."""
    steps = [max(1, size // 64) for size in sheet.shape]
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (rows, columns))
    windows = windows[:: steps[0], :: steps[1]].astype("float64")
    with np.errstate(all="ignore"):
        spread = np.nan_to_num(windows.std(axis=(2, 3)), nan=-1, posinf=-1)
    row, column = np.unravel_index(spread.argmax(), spread.shape)
    return int(row) * steps[0], int(column) * steps[1]


def axis(name, size):
    """An axis in words: "28 features", "1 channel", "height 28"."""
    if name in ("height", "width", "depth"):
        return f"{name} {size}"
    return f"{size} {name[:-1] if size == 1 and name in PLURALS else name}"

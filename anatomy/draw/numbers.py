"""Array: an array of numbers, the names of its axes, and what there is to say about it."""

import reprlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from anatomy.draw import style
from anatomy.draw.board import Shade, span
from anatomy.draw.sheets import Axis

AXES = (
    (),
    ("values",),
    ("samples", "features"),
    ("samples", "timesteps", "features"),
    ("samples", "height", "width", "channels"),
    ("samples", "frames", "height", "width", "channels"),
)
FEW = 12  # numbers that are said one by one
WANTED = "pass an array of numbers, each row as long as the others, such as np.array([1, 2])."


@dataclass(frozen=True, eq=False)
class Array:
    """An array of numbers and what there is to say about it."""

    values: np.ndarray
    names: tuple
    low: float
    high: float
    bad: int  # values that are not finite

    @classmethod
    def of(cls, x, axes=None):
        """The Array of what ``draw.tensor`` was given, or an error in its words."""
        values = numbers(x)
        names = named(values.shape, axes)
        return cls(values, names, *span(values))

    @property
    def shade(self):
        if not self.names:
            return Shade(False, np.inf)  # one number needs no colour
        photo = self.channels and self.values.shape[-1] == 3
        return Shade(self.low < 0, max(-self.low, self.high), photo)

    @property
    def channels(self):
        """Whether the last axis is a pixel's colours."""
        return self.values.ndim > 3 or (self.values.ndim == 3 and self.names[-1] == "channels")

    @property
    def image_side(self):
        """The side of the square image whose rows a vector may be, or None."""
        last = self.values.shape[-1] if self.values.ndim else 0
        side = round(last**0.5)
        grey = self.low >= 0 and (self.values.dtype.kind == "f" or self.values.dtype == "uint8")
        return side if side >= 7 and side * side == last and grey else None

    @property
    def axes(self):
        """An Axis for each: its name and its size."""
        return [Axis(*pair) for pair in zip(self.names, self.values.shape, strict=True)]

    @property
    def content(self):
        """What its numbers are: "float32, from 0 to 1"."""
        dtype = self.values.dtype.name
        if not self.values.size:
            return f"{dtype}, no values"
        if self.bad == self.values.size:
            return f"{dtype}, not one finite"
        ends = [self._say(end) for end in (self.low, self.high)]
        text = f"{dtype}, from {ends[0]} to {ends[1]}" if ends[0] != ends[1] else (
            f"{dtype}, {'all ' * (self.values.size > 1)}{ends[0]}"
        )  # fmt: skip
        return text + f", {self.bad:,} not finite" * bool(self.bad)

    def _say(self, value):
        """A number of the array: an integer in full."""
        return str(int(value)) if self.values.dtype.kind in "biu" else style.number(value)

    def describe(self):
        """The array in words."""
        rank, values = self.values.ndim, self.values
        if rank == 0:
            return f"Tensor of rank 0, a scalar: {self._say(values)}, {values.dtype.name}."
        axes = ", ".join(str(axis) for axis in self.axes)
        text = f"Tensor of rank {rank}: ({axes}), {self.content}."
        if 0 < values.size <= FEW:
            text += f" Values: {', '.join(map(self._say, values.ravel()))}."
        if values.size and rank < 3 and (side := self.image_side):
            text += f" {side * side} = {side} × {side}: the rows of an image, end to end."
        return text


def numbers(x):
    """x as an array of real numbers of rank 0 to 5, or an error that says what would do."""
    try:
        values = np.asarray(x)
        if values.dtype.kind == "V":  # bfloat16 and its like, which JAX has
            values = values.astype("float32")
    except Exception as error:
        raise TypeError(f"x is {brief(x)}: {WANTED}") from error
    if values.dtype.kind not in "biuf":
        raise TypeError(f"x is {brief(x)}, of dtype {values.dtype}: {WANTED}")
    if values.ndim > 5:
        raise ValueError(
            f"x has rank {values.ndim}, shape {values.shape}: ranks 0 to 5 can be drawn. "
            "Pass a part of it, such as x[0]."
        )
    return values


def named(shape, axes):
    """A name for each axis, or an error."""
    if axes is None:
        return AXES[len(shape)]
    listed = isinstance(axes, Iterable) and not isinstance(axes, str)
    if not listed or not all(isinstance(name, str) for name in axes):
        raise TypeError(f'axes is {axes!r}: pass a tuple of names, such as ("samples",).')
    if len(axes) != len(shape):
        raise ValueError(f"axes is {tuple(axes)}; x has shape {shape}: give {len(shape)} names.")
    return tuple(axes)


def brief(x):
    """What was received, in one line."""
    return f"{' '.join(reprlib.repr(x).split())}, a {type(x).__name__}"

"""Arrays: numbers as colours, as an image, as cells that can be read; their axes as arrows."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from anatomy.base.type import SMALL, width
from anatomy.base.words import number


@dataclass(frozen=True)
class Shade:
    """How a number becomes a colour: red above zero and blue below, or from paper to ink.

    Attributes:
        high: the number of the full colour.
        signed: whether there are numbers below zero.
        photo: black to white, as in a photograph.
    """

    high: float
    signed: bool = True
    photo: bool = False

    @classmethod
    def of(cls, *arrays):
        """The Shade in which all numbers of these arrays can be told apart."""
        ends = [0.0]
        for values in arrays:
            finite = np.asarray(values, float)[np.isfinite(values)]
            ends += [finite.min(initial=0), finite.max(initial=0)]
        return cls(float(max(-min(ends), max(ends))), min(ends) < 0)

    def pixels(self, palette, values):
        """(..., 3) bytes for an array of numbers; what is not finite is grey."""
        values, high = np.asarray(values, float), self.high or 1.0
        if self.photo:
            grey = np.clip(np.nan_to_num(values / high), 0, 1)[..., None]
            pixels = np.round(np.repeat(grey, 3, axis=-1) * 255).astype(np.uint8)
        elif self.signed:
            pixels = palette.ramp(values, -high, high, "signed")
        else:
            pixels = palette.ramp(values, 0, high, "ink")
        grey = palette.ramp(np.array(0.5), 0, 1, "ghost")
        return np.where(np.isfinite(values)[..., None], pixels, grey)

    @property
    def ends(self):
        """The texts at the ends of the scale."""
        high = short(self.high)
        return (f"−{high}", f"+{high}") if self.signed else ("0", high)


def image(area, place, pixels, edge="quiet"):
    """(rows, columns, 3) bytes that fill a place, with a frame; of many a pixel, their mean."""
    left, top, wide, high = place
    rows, columns, _ = pixels.shape
    size = min(columns, max(1, round(wide))), min(rows, max(1, round(high)))
    means = Image.fromarray(pixels).resize(size, Image.Resampling.BOX)
    area.image(left, top, wide, high, np.asarray(means))
    if edge:
        area.frame(left, top, wide, high, edge)


def cells(area, place, values, shade, *, rows=None, columns=None, size=SMALL):
    """A grid of numbers that can be read; ``rows`` and ``columns`` as `some` has them."""
    rows = range(values.shape[0]) if rows is None else rows
    columns = range(values.shape[1]) if columns is None else columns
    left, top, wide, high = place
    wide, high = wide / len(columns), high / len(rows)
    shown = values[np.ix_([row or 0 for row in rows], [column or 0 for column in columns])]
    fills = shade.pixels(area.palette, shown)
    there = [(i, j) for i, row in enumerate(rows) for j, column in enumerate(columns)
             if row is not None and column is not None]  # fmt: skip
    area.cells([(left + j * wide, top + i * high, wide, high) for i, j in there],
               np.array([fills[at] for at in there]), "quiet", 0.8)  # fmt: skip
    for i, j in np.ndindex(shown.shape):
        x, y = left + (j + 0.5) * wide, top + (i + 0.5) * high
        if (i, j) in there:
            text, ink = short(shown[i, j], wide - 4, size), area.palette.on(fills[i, j])
        else:
            text, ink = "⋮" if columns[j] is not None else "…", "quiet"
        area.text(x, y, text, ink, size=size, ha="center")


def mark(area, place, color="validation", linewidth=1.8):
    """A frame that is seen on dark and on light."""
    left, top, wide, high = place
    area.box(left, top, wide, high, edge="paper", linewidth=linewidth + 1.7)
    area.box(left, top, wide, high, edge=color, linewidth=linewidth)


def across(area, place, text, below=10):
    """An axis beneath a place: an arrow as wide as this, and a text under it."""
    left, top, wide, high = place
    y = top + high + below
    area.arrow([left, left + wide], [y, y], "layers", 1.5, head=8)
    area.text(left + wide / 2, y + 14, text, bold=True, ha="center", room=max(wide, 150))


def down(area, place, text):
    """An axis to the left of a place: an arrow as high as this; its text in two lines."""
    left, top, _, high = place
    x, y = left - 10, top + high / 2
    area.arrow([x, x], [top, top + high], "layers", 1.5, head=8)
    for line, dy in zip(text.split(" ", 1), (-8, 8), strict=False):
        area.text(x - 9, y + dy, line, bold=True, ha="right", room=x - 12)


def scale(area, right, y, shade):
    """A Shade as a bar that ends at ``right``, the numbers at its ends; returns its left end."""
    low, high = shade.ends
    right -= area.text(right, y, high, "quiet", size=SMALL, ha="right") + 106
    ramp = np.linspace(-1 if shade.signed else 0, 1, 100)[None] * (shade.high or 1)
    image(area, (right, y - 5, 100, 10), shade.pixels(area.palette, ramp))
    area.text(right - 6, y, low, "quiet", size=SMALL, ha="right")
    return right - 6 - width(low, SMALL)


def scaled(area, left, top, side, values, shade, marked=None):
    """An image of (rows, columns) in a square place, its scale in the 26 pixels beneath.

    ``marked``: (row, column) of a number to point at. Returns the place of the image.
    """
    wide, high = fitted(values.shape, (side, side))
    x, y = left + (side - wide) / 2, top + (side - high) / 2
    place = x, y, wide, high
    image(area, place, shade.pixels(area.palette, values))
    if marked:
        (row, column), (rows, columns) = marked, values.shape
        cell = max(wide / columns, 7), max(high / rows, 7)
        middle = x + (column + 0.5) * wide / columns, y + (row + 0.5) * high / rows
        mark(area, (middle[0] - cell[0] / 2, middle[1] - cell[1] / 2, *cell), "ink", 1.2)
    ramp = np.linspace(-1 if shade.signed else 0, 1, 64)[None] * (shade.high or 1)
    image(area, (left, top + side + 6, side, 6), shade.pixels(area.palette, ramp))
    y, high = top + side + 22, number(shade.high, 2)
    texts = ("−", high, "+") if shade.signed else ("0", "", high)
    for text, part, ha in zip(texts if shade.high else ("", "all 0", ""), (0, 0.5, 1),
                              ("left", "center", "right"), strict=True):  # fmt: skip
        area.text(left + part * side, y, text, "quiet", size=SMALL, ha=ha)
    return place


def some(count, most):
    """Which of ``count`` things are shown where ``most`` find room: None where some are not."""
    return [*range(count)] if count <= most else [*range(most - 2), None, count - 1]


def fitted(shape, room):
    """(width, height) of a sheet of (rows, columns): square cells, where it is not too thin."""
    ratio = min(max(shape[1] / shape[0], 0.2), 5)
    high = min(room[1], room[0] / ratio)
    return high * ratio, high


def short(value, room=math.inf, size=SMALL):
    """A number in at most 6 letters, to stand in a cell: 12, 0.053, −0.004, −2e-12.

    ``room``: CSS pixels that it may take too, where a digit or two less will do.
    """
    if isinstance(value, bool | np.bool):
        return str(value)
    texts = [number(value, digits) for digits in (3, 2, 1)]
    brief = [text for text in texts if len(text) <= 6]
    if brief:
        return next((text for text in brief if width(text, size) <= room), brief[-1])
    power = math.floor(math.log10(abs(float(value))))
    return f"{number(float(value) / 10.0**power, 1)}e{power}"

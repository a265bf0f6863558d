"""Board: a Diagram on which arrays lie too, as images or as cells with their numbers."""

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage

from anatomy.draw import style
from anatomy.draw.diagram import Diagram

COARSE = 2.5  # an image whose cells are smaller than this, in CSS pixels, is smoothed


@dataclass(frozen=True)
class Shade:
    """How a number becomes a colour: red above zero and blue below, or white to black.

    ``light``: black to white, as in a photograph.
    """

    signed: bool
    high: float
    light: bool = False

    @classmethod
    def of(cls, values):
        """The Shade in which all these numbers can be told apart."""
        low, high, _ = span(values)
        return cls(low < 0, max(-low, high))

    def __call__(self, values):
        """(…, 3) colours, from 0 to 1, of an array of numbers; what is not finite is grey."""
        values = np.asarray(values, dtype=float)
        parts = np.clip(values / (self.high or 1.0), -1, 1)
        ramp = colormaps["RdBu_r" if self.signed else "gray" if self.light else "gray_r"]
        colors = np.asarray(ramp((parts + 1) / 2 if self.signed else parts))
        return np.where(np.isfinite(values)[..., None], colors[..., :3], to_rgb(style.FADED))

    @property
    def ends(self):
        """What is written at the ends of the scale."""
        high = short(self.high)
        return (f"−{high}", f"+{high}") if self.signed else ("0", high)


class Board(Diagram):
    """Places are (left, top, width, height) in CSS pixels, as in a Diagram."""

    def image(self, part, place, colors, edge=style.QUIET):
        """An image of (rows, columns, 3) colours that fills the place, with a frame."""
        left, top, width, height = place
        rows, columns = colors.shape[:2]
        fine = min(width / columns, height / rows) < COARSE
        image = AxesImage(
            self.ax, interpolation="antialiased" if fine else "nearest", origin="upper",
            extent=(left, left + width, top + height, top), transform=self._place, zorder=1,
        )  # fmt: skip
        image.set_data(colors)
        self._keep(part, self.ax.add_artist(image))
        self.frame(part, place, edge)

    def frame(self, part, place, color, linewidth=1.0, fill="none", dashed=False):
        """A rectangle."""
        self.shapes(part, [corners(place)], fill, color, linewidth, "--" if dashed else "-")

    def mark(self, part, place):
        """A frame that is seen on dark and on light."""
        self.frame(part, place, style.PAPER, 3.5)
        self.frame(part, place, style.VALIDATION, 1.8)

    def shapes(self, part, polygons, fills, edge, linewidth=1.0, linestyle="-"):
        """Polygons, each with its fill, as one artist."""
        shapes = PolyCollection(
            polygons, facecolors=fills, edgecolors=edge, linewidths=linewidth * self.zoom,
            linestyles=linestyle, transform=self._place, zorder=1,
        )  # fmt: skip
        self._keep(part, self.ax.add_collection(shapes, autolim=False))

    def circle(self, part, x, y, radius, color, fill, text=""):
        """A circle with a few letters in it."""
        turns = np.linspace(0, 2 * np.pi, 49)[:-1]
        rim = np.stack([x + radius * np.cos(turns), y + radius * np.sin(turns)], axis=1)
        self.shapes(part, [rim], [fill], color, 1.5)
        self.write(part, x, y, text, size=style.SMALL, color=color, ha="center", bold=True)

    def line(self, part, points, color, linewidth=1.0, **look):
        """A line through these points."""
        self.lines(part, [points], [color], [linewidth], **look)

    def lines(self, part, paths, colors, linewidths, **look):
        """Lines, each through its points, as one artist."""
        look = {"zorder": 2, "transform": self._place, **look}
        widths = [width * self.zoom for width in linewidths]
        lines = LineCollection(paths, colors=colors, linewidths=widths, **look)
        self._keep(part, self.ax.add_collection(lines, autolim=False))

    def cells(self, part, place, values, shade, *, rows=None, columns=None, size=style.SMALL):
        """A grid of numbers, of which these rows and columns are shown; a None is a "…"."""
        rows = range(values.shape[0]) if rows is None else rows
        columns = range(values.shape[1]) if columns is None else columns
        shown = values[np.ix_([row or 0 for row in rows], [column or 0 for column in columns])]
        left, top, width, height = place
        wide, high = width / len(columns), height / len(rows)
        fills, polygons = shade(shown), {}
        for i, j in np.ndindex(shown.shape):
            x, y, look = left + j * wide, top + i * high, {"ha": "center", "size": size}
            if rows[i] is not None and columns[j] is not None:
                polygons[i, j] = corners((x, y, wide, high))
                text, look["color"] = short(shown[i, j]), on(fills[i, j])
            else:
                text, look["color"] = "⋮" if columns[j] is not None else "…", style.QUIET
            self.write(part, x + wide / 2, y + high / 2, text, **look)
        fills = [fills[at] for at in polygons]
        self.shapes(part, [*polygons.values()], fills, style.QUIET, 0.8)

    def axis_right(self, part, place, axis, below=0):
        """An Axis beneath a place: an arrow as wide as this, and its size and name."""
        left, top, width, height = place
        y = top + height + 10 + below
        self.arrow(part, (left, y), (left + width, y), style.LAYERS, 9)
        x, room = left + width / 2, max(width, 150)
        self.write(part, x, y + 15, str(axis), ha="center", bold=True, room=room)

    def axis_down(self, part, place, axis):
        """An Axis to the left of a place: an arrow as high as this, and its size and name."""
        left, top, _, height = place
        x, y = left - 10, top + height / 2
        self.arrow(part, (x, top), (x, top + height), style.LAYERS, 9)
        for line, below in zip(str(axis).split(" ", 1), (-8, 8), strict=True):
            self.write(part, x - 9, y + below, line, ha="right", bold=True, room=x - 12)

    def axis_above(self, part, place, text):
        """The same above a place."""
        left, top, width, _ = place
        self.arrow(part, (left, top - 10), (left + width, top - 10), style.LAYERS, 9)
        self.write(part, left + width / 2, top - 24, text, ha="center", bold=True)

    def scale(self, part, x, y, shade):
        """The Shade as a bar that ends at x, with the numbers at its ends; returns its start."""
        look = {"size": style.SMALL, "color": style.QUIET}
        low, high = shade.ends
        x -= style.width(high, size=style.SMALL)
        self.write(part, x, y, high, **look)
        x -= 106
        ramp = np.linspace(-1 if shade.signed else 0, 1, 100)[None] * (shade.high or 1)
        self.image(part, (x, y - 5, 100, 10), shade(ramp))
        self.write(part, x - 6, y, low, ha="right", **look)
        return x - 6 - style.width(low, size=style.SMALL)


def corners(place):
    """The four corners of a place."""
    left, top, width, height = place
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def span(values):
    """(lowest, highest, how many are not finite) of an array; 0 and 0 where none is finite."""
    values = np.asarray(values)
    if values.dtype.kind in "biu":
        bad = 0
    else:
        values = values if values.dtype.kind == "f" else values.astype(float)
        finite = np.isfinite(values)
        bad = values.size - int(finite.sum())
        values = values[finite] if bad else values
    if not values.size:
        return 0.0, 0.0, bad
    return float(values.min()), float(values.max()), bad


def on(fill):
    """The colour of type that is read on this fill."""
    linear = [c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in fill]
    return style.INK if np.dot(linear, (0.2126, 0.7152, 0.0722)) > 0.22 else style.PAPER


def short(value):
    """A number in at most 6 letters, as it stands in a cell: 12, 0.053, −4e-3, −2e-12."""
    text = str(value)
    if isinstance(value, (float, np.floating)) or len(text) > 6:
        tried = [f"{float(value):{digits}}" for digits in (".3g", ".2g", ".1g", ".0e")]
        tried = [text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e") for text in tried]
        text = next((text for text in tried if len(text) <= 5), tried[-1])
    return text.replace("-", "−", 1) if text.startswith("-") else text


def kept(count, most):
    """Which of ``count`` things are shown when ``most`` find room: a None where some are not."""
    if count <= most:
        return list(range(count))
    return [*range(most - 2), None, count - 1]

"""Tensor: an array of any shape as an image, with its scale beneath."""

import numpy as np
from matplotlib.patheffects import Normal, Stroke

from anatomy.draw import style

SQUARE = 7  # a vector is taken for an image from 7 x 7 on; fewer numbers are a strip


class Tensor:
    """A place for an image: ``side`` x ``side`` CSS pixels, its scale in the 24 below.

    ``signed``: red above zero, blue below; else white to black.
    """

    def __init__(self, figure, left, top, side, *, signed=True):
        self.signed, self._place = signed, (left, top, side)
        self.ax = style.axes(figure, left, top, side, side)
        self._scale = style.axes(figure, left, top + side + 6, side, 6)
        for ax in (self.ax, self._scale):
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            for spine in ax.spines.values():
                spine.set(visible=True, color=style.QUIET, linewidth=0.8)
        look = {"cmap": "RdBu_r" if signed else "gray_r", "interpolation": "nearest"}
        self.image = self.ax.imshow(np.zeros((1, 1)), aspect="auto", **look)
        self._scale.imshow(np.linspace(0, 1, 128)[None], aspect="auto", **look)
        (self._mark,) = self.ax.plot([], [], "s", markersize=7, markerfacecolor="none",
                                     markeredgecolor=style.INK, markeredgewidth=1.2)  # fmt: skip
        halo = Stroke(linewidth=3, foreground=style.PAPER)  # to be seen on a dark cell too
        self._mark.set_path_effects([halo, Normal()])
        height, width = figure.get_size_inches()[::-1] * 72
        self._ends = [
            style.write(figure, x / width, 1 - (top + side + 20) / height, "", ha=ha, size=10,
                        color=style.QUIET)
            for x, ha in ((left, "left"), (left + side / 2, "center"), (left + side, "right"))
        ]  # fmt: skip

    @property
    def artists(self):
        return [self.ax, self._scale, *self._ends]

    def show(self, values, *, largest=None, mark=None):
        """Show an array; the scale ends at ``largest``, ``mark`` is the index to point at."""
        values = np.asarray(values, dtype=float)
        rows = as_image(values)
        self._fit(*rows.shape)
        self.image.set_data(rows)
        self.image.set_extent((-0.5, rows.shape[1] - 0.5, rows.shape[0] - 0.5, -0.5))
        finite = values[np.isfinite(values)]
        if self.signed:
            high = largest if largest is not None else np.abs(finite).max(initial=0.0)
            self.image.set_clim(-(high or 1.0), high or 1.0)
            texts = ("−", f"{high:.2g}", "+") if high else ("", "all 0", "")
        else:
            low, high = finite.min(initial=0.0), finite.max(initial=0.0)
            self.image.set_clim(low, high if high > low else low + 1)
            texts = f"{low:.2g}", "", f"{high:.2g}"
        for artist, text in zip(self._ends, texts, strict=True):
            artist.set_text(text)
        self._mark.set_data(*(np.empty((2, 0)) if mark is None else place(values.shape, mark)))

    def _fit(self, rows, columns):
        """Gives the image its shape within the square; a strip is not thinner than a fifth."""
        left, top, side = self._place
        tall = side * min(max(rows / columns, 0.2), 1)
        wide = side * min(max(columns / rows, 0.2), 1)
        width, height = self.ax.get_figure().get_size_inches() * 72
        left, top = left + (side - wide) / 2, top + (side - tall) / 2
        self.ax.set_position(
            (left / width, 1 - (top + tall) / height, wide / width, tall / height)
        )  # fmt: skip


def as_image(values):
    """Rows and columns: a square vector as its image, of many channels the first."""
    values = np.squeeze(values)
    while values.ndim > 2:
        values = values[..., 0]
    side = round(values.size**0.5)
    if values.ndim < 2 and side >= SQUARE and side * side == values.size:
        return values.reshape(side, side)
    return np.atleast_2d(values)


def place(shape, index):
    """Where as_image() puts an index: ([column], [row]); two empty lists where it is left out."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    rows, columns = np.nonzero(as_image(numbers) == numbers[tuple(index)])
    return columns[:1], rows[:1]

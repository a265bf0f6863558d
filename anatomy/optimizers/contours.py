"""Contours of a loss over two numbers: levels, lines, and which region each pixel is in."""

from functools import cached_property

import numpy as np


class Contours:
    """Where a loss has the same height.

    Args:
        x, y: ``(n,)`` each, evenly spaced.
        values: ``(n, n)``, a row for each y; what is not finite counts as the highest.
        levels: function from the finite values to heights to draw contours at.

    Attributes:
        levels: ``(k,)``, from the lowest; empty where the loss is the same everywhere.
        lines: for each level a list of ``(points, 2)`` places.

    Raises:
        ValueError: where no value is finite.
    """

    def __init__(self, x, y, values, levels):
        finite = np.isfinite(values)
        if not finite.any():
            raise ValueError("No loss on this plane is a finite number; there is nothing to draw.")
        self.x, self.y = x, y
        self.values = np.where(finite, values, values[finite].max()).astype("float64")
        self.levels = levels(values[finite])

    @cached_property
    def lines(self):
        import contourpy

        generator = contourpy.contour_generator(self.x, self.y, self.values)
        return [generator.lines(level) for level in self.levels]

    def regions(self, width, height):
        """``(height, width)``: how many levels lie below each pixel; the largest y comes first."""
        across = np.linspace(self.x[0], self.x[-1], width)
        up = np.linspace(self.y[-1], self.y[0], height)
        columns = np.transpose([np.interp(across, self.x, row) for row in self.values])
        heights = np.transpose([np.interp(up, self.y, column) for column in columns])
        return np.searchsorted(self.levels, heights).astype("uint8")


def round_levels(values):
    """Round heights, each 1.5 to 2 times the one before.

    Where that leaves most of the picture bare, the heights part it into equal areas instead.
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.empty(0)
    if low >= 0:
        bottom = max(low, np.quantile(values, 0.98) / 2000)
        steps = (1, 1.5, 2, 3, 5, 7) if high / bottom < 50 else (1, 2, 5)
        powers = 10.0 ** np.arange(np.floor(np.log10(bottom)), np.ceil(np.log10(high)) + 1)
        levels = np.outer(powers, steps).ravel()
        levels = levels[(levels > bottom) & (levels < high)]
        between = np.histogram(values, [-np.inf, *levels, np.inf])[0]
        if len(levels) > 1 and max(between) < values.size / 2:
            return levels
    return _parting(values, np.linspace(0.04, 0.96, 10))


def even_levels(values):
    """Heights between which there are as many places in each region."""
    return _parting(values, np.linspace(0, 1, 9)[1:-1])


def _parting(values, shares):
    low, high = values.min(), values.max()
    levels = [float(f"{level:.2g}") for level in np.quantile(values, shares)]
    levels = [level for level in levels if low < level < high]
    return np.unique(levels or ([(low + high) / 2] if low < high else []))

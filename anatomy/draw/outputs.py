"""Outputs: what all the units of a layer give, as bars, one of them marked."""

import numpy as np
from matplotlib.collections import LineCollection

from anatomy.draw import style
from anatomy.draw.gallery import COLUMNS, LEFT, PITCH
from anatomy.draw.scale import round_up

HIGH = 50  # CSS pixels
OTHERS = "#9DB0BA"  # bars of the units that are not marked


class Outputs:
    """A place for bars, as wide as a `Gallery`: up to ten of them stand above their kernels."""

    def __init__(self, figure, top, units):
        self.ax = style.axes(figure, LEFT, top, COLUMNS * PITCH, HIGH)
        ticks = range(0, units, 1 if units <= 32 else int(round_up(units // 16)))
        self.ax.set(xlim=(-0.5, max(units, COLUMNS) - 0.5), yticks=[], xticks=ticks)
        self.ax.spines["bottom"].set_visible(False)
        thick = max(0.72 * COLUMNS * PITCH / max(units, COLUMNS), 1)
        self.bars = LineCollection([], linewidths=thick, zorder=3)
        self.ax.add_collection(self.bars, autolim=False)
        look = {"color": style.QUIET, "linewidth": 0.8, "zorder": 4, "clip_on": False}
        (self._zero,) = self.ax.plot([-0.5, units - 0.5], [0, 0], **look)
        look = {"color": style.INK, "markersize": 7, "zorder": 5, "clip_on": False}
        (self._mark,) = self.ax.plot([], [], "v", **look)

    @property
    def artists(self):
        return [self.bars, self._zero, self._mark]

    def show(self, values, unit, ends):
        """Show these values on an axis with these ends; mark that of this unit."""
        low, high = ends
        self.ax.set_ylim(low, high)
        x = np.arange(len(values))
        self.bars.set_segments(np.stack([np.c_[x, 0 * x], np.c_[x, values]], axis=1))
        self.bars.set_color([style.INK if i == unit else OTHERS for i in x])
        self._mark.set_data([unit], [max(values[unit], 0) + 8 * (high - low) / HIGH])


def span(values):
    """(low, high) of an axis for these values and 0: as far as 1 where they stay within."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return -round_up(-low) if low < 0 else 0.0, 1.0 if 0.5 < high <= 1 else round_up(high)

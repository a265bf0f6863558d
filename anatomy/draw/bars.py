"""Bars: a few named numbers, one of which may be marked."""

import numpy as np

from anatomy.draw import style


class Bars:
    """A place for ``count`` bars: names, bars and numbers in 164 x ``height`` CSS pixels."""

    def __init__(self, figure, left, top, height, count):
        pitch = min(height / count, 40)
        start = top + (height - pitch * count) / 2
        self.ax = style.axes(figure, left + 46, start, 66, pitch * count)
        self.ax.set_axis_off()
        self.ax.set_ylim(count - 0.5, -0.5)
        self.ax.axvline(0, color=style.QUIET, linewidth=0.8)
        self.bars = self.ax.barh(range(count), np.zeros(count), height=0.66)
        high, wide = figure.get_size_inches()[::-1] * 72
        self.names, self.numbers = (
            [
                style.write(figure, (left + x) / wide, 1 - (start + (i + 0.5) * pitch) / high, "",
                            ha=ha, size=10)
                for i in range(count)
            ]
            for x, ha in ((42, "right"), (117, "left"))
        )  # fmt: skip

    @property
    def artists(self):
        return [self.ax, *self.names, *self.numbers]

    def show(self, names, values, *, marked=None):
        """Show these values from 0 to 1, or as far as they reach; mark the one at ``marked``."""
        lengths = np.nan_to_num(np.asarray(values, dtype=float), posinf=0, neginf=0)
        low, high = lengths.min(initial=0), lengths.max(initial=0)
        # Probabilities keep their scale from batch to batch: so they can be compared.
        self.ax.set_xlim(low, 1 if low == 0 and high <= 1 else high if high > low else low + 1)
        for i, bar in enumerate(self.bars):
            color = style.TARGETS if i == marked else style.LAYERS
            bar.set(width=lengths[i], color=color)
            self.names[i].set(text=style.shorten(names[i], 40, size=10), color=color)
            number = f"{values[i]:.3g}" + " ◂" * (i == marked)
            self.numbers[i].set(text=number, color=color)

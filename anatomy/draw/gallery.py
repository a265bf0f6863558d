"""Gallery: the kernels of many units, side by side as small images."""

import numpy as np
from matplotlib.patches import Rectangle

from anatomy.draw import style
from anatomy.draw.image import as_image
from anatomy.draw.quick import Quick

LEFT, WIDTH, PITCH, CELL = 12, 800, 77.6, 70  # CSS pixels; PITCH: from one image to the next
COLUMNS = 10
HEAD, FOOT, GAP = 22, 18, 4  # above the images, for the unit's number below, between two lines


class Gallery:
    """A place for two lines of images or one: one kernel in both of them, or one in each.

    Args:
        figure: where it stands, ``top`` CSS pixels from the upper edge.
        features, units: the shape of the kernels.
        count: how many kernels there are to compare, 1 or 2.
    """

    def __init__(self, figure, top, features, units, count):
        self.units = units
        self.lines = 2 if count > 1 or units > COLUMNS else 1
        self.page = COLUMNS * (self.lines if count == 1 else 1)
        wide, tall = size(features)
        self._pitch = tall + HEAD + FOOT + GAP
        self.ax = style.axes(figure, 0, top, WIDTH, self.height(features, units, count))
        self.ax.set_axis_off()
        self._names, self._heads = (
            [self._write(LEFT, i * self._pitch + 9, "", bold=bold) for i in range(self.lines)]
            for bold in (True, False)
        )
        look = {"cmap": "RdBu_r", "interpolation": "nearest", "aspect": "auto"}
        self.images, self._numbers = [], []
        for i in range(self.lines * min(units, COLUMNS)):
            left, y = self._place(i)
            left += (CELL - wide) / 2
            extent = (left, left + wide, y + tall, y)
            self.images.append(self.ax.imshow(np.zeros((1, 1)), extent=extent, **look))
            where = left + wide / 2, y + tall + 11
            small = {"size": 10, "ha": "center", "color": style.QUIET}
            self._numbers.append(self._write(*where, "", **small))
        self.frames = [
            self.ax.add_patch(
                Rectangle((0, 0), CELL + 4, tall + 4, fill=False, edgecolor=style.INK,
                          linewidth=2, zorder=5)
            )
            for _ in range(self.lines)
        ]  # fmt: skip
        self.ax.set(xlim=(0, WIDTH), ylim=(self.height(features, units, count), 0))

    @staticmethod
    def height(features, units, count):
        """CSS pixels that a gallery needs."""
        lines = 2 if count > 1 or units > COLUMNS else 1
        return lines * (size(features)[1] + HEAD + FOOT + GAP) - GAP

    @property
    def artists(self):
        """What changes with the kernels; ``frames`` change with the unit."""
        return [*self.images, *self._names, *self._heads, *self._numbers]

    def first(self, unit):
        """The first unit that is shown together with this one."""
        return max(0, min(unit - unit % self.page, self.units - self.page))

    def show(self, kernels, first):
        """Show a dict name -> kernel (features, units), from unit ``first`` on."""
        last = min(first + self.page, self.units) - 1
        which = f"units {first} to {last} of {self.units}"
        if last - first + 1 == self.units:
            which = f"all {self.units} units" if self.units > 1 else "the one unit"
        for artist in self.artists:
            artist.set_visible(False)
        columns = min(self.units, COLUMNS)
        for line in range(self.lines):
            name, kernel = list(kernels.items())[min(line, len(kernels) - 1)]
            start = first + (line * columns if len(kernels) == 1 else 0)
            end = largest(kernel)
            if line < len(kernels):
                words = f"kernels of {which}, colours from −{end:.2g}, blue, to {end:.2g}, red"
                x = LEFT + (style.width(name, bold=True) + 10) * bool(name)
                self._names[line].set(text=name, visible=bool(name))
                self._heads[line].set(text=words, x=x, visible=True)
            for column, unit in enumerate(range(start, min(start + columns, last + 1))):
                image, number = (a[line * columns + column] for a in (self.images, self._numbers))
                image.set(data=as_image(kernel[:, unit]), clim=(-(end or 1), end or 1))
                number.set_text(str(unit))
                image.set_visible(True)
                number.set_visible(True)

    def mark(self, unit, count):
        """Put the frames around the images of this unit."""
        columns = min(self.units, COLUMNS)
        for line, frame in enumerate(self.frames):
            column = unit - self.first(unit) - (line * columns if count == 1 else 0)
            frame.set_visible(0 <= column < columns)
            if frame.get_visible():
                left, y = self._place(line * columns + column)
                frame.set_xy((left - 2, y - 2))

    def _place(self, i):
        line, column = divmod(i, min(self.units, COLUMNS))
        return LEFT + column * PITCH + (PITCH - CELL) / 2, line * self._pitch + HEAD

    def _write(self, x, y, text, **look):
        made = self.ax.add_artist(Quick(x, y, **look))
        made.set_text(text)
        return made


def largest(values):
    """Where the colours of signed values end: but one in a hundred lies within."""
    return float(np.percentile(np.abs(values), 99))


def size(features):
    """(width, height) of one image, as `Tensor` fits it: a strip is not thinner than a fifth."""
    rows, columns = as_image(np.zeros(features)).shape
    return tuple(CELL * min(max(share, 0.2), 1) for share in (columns / rows, rows / columns))

"""The values that a layer hands on for one sample, small, in its box."""

import numpy as np
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from anatomy.draw import style
from anatomy.draw.image import as_image
from anatomy.draw.model_words import PAD
from anatomy.draw.style import number

HIGH, SIDE = 44, 34  # CSS pixels: the strip in a box, an image in it
CLASSES = 12  # so many numbers that add up to 1 are bars
NOTE = 70  # room for what is said beside the images


def paint(sheet, plan, values, x, y):
    """The values in the boxes of a Plan at x, y; returns number of the node -> artists."""
    drawn = {}
    for unit, (left, up, width, height) in zip(plan.units, plan.place.boxes, strict=True):
        if unit.words and unit.nodes and not unit.plan:
            i = unit.numbers[0]
            place = x + left + PAD, y + up + height - HIGH, width - 2 * PAD
            drawn[i] = Strip(sheet, values[i][0], *place).artists
    return drawn


def words(values):
    """One output in words: its range, or the largest class."""
    if is_classes(values):
        best = int(values.argmax())
        return f"says {best} ({values[best]:.2f})"
    if values.size == 1:
        return number(float(values.ravel()[0]))
    low, high = float(values.min()), float(values.max())
    return f"{low:.2g} to {high:.2g}"


def is_classes(values):
    """Whether these may be probabilities: a few numbers from 0 up that add up to 1."""
    fits = values.ndim == 1 and 2 <= values.size <= CLASSES
    return fits and values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3


class Strip:
    """Images, a strip of cells, or bars, at left, top, in so many CSS pixels of width."""

    def __init__(self, sheet, values, left, top, width):
        self.sheet, self.artists = sheet, []
        if is_classes(values):
            self._bars(values, left, top, width)
            return
        if values.size == 1:
            self._write(left, top + SIDE / 2, words(values), bold=True)
            return
        end, text = self._images(values, left, top, width - NOTE) + 6, words(values)
        if style.width(text, size=style.SMALL) > NOTE - 6:
            low, _, high = text.partition(" to ")
            self._write(end, top + SIDE / 2 - 6, f"{low} to")
            self._write(end, top + SIDE / 2 + 6, high)
        else:
            self._write(end, top + SIDE / 2, text)

    def _images(self, values, left, top, room):
        """As many images as find room; returns where they end."""
        largest = float(np.abs(values).max()) or 1.0
        signed = values.min() < 0
        look = {"cmap": "RdBu_r" if signed else "gray_r"}
        ends = (-largest if signed else 0.0, largest)
        if values.ndim == 3 and values.shape[2] > 1:
            count = values.shape[2]
            fitting = max(1, int((room - 26) // (SIDE + 3)) if count * (SIDE + 3) > room else count)
            for i in range(min(count, fitting)):
                self._image(values[..., i], (left, top, SIDE, SIDE), ends, look)
                left += SIDE + 3
            if count > fitting:
                self._write(left + 2, top + SIDE / 2, f"+{count - fitting}")
                left += 8 + style.width(f"+{count - fitting}", size=style.SMALL)
            return left
        rows = as_image(values)
        if rows.shape[0] == 1:
            wide = min(room, max(SIDE, 10 * rows.shape[1]))
            place = left, top + SIDE / 4, wide, SIDE / 2
        else:
            wide = min(room, SIDE * max(1.0, rows.shape[1] / rows.shape[0]))
            place = left, top, wide, SIDE
        self._image(rows, place, ends, look)
        return left + wide

    def _bars(self, values, left, top, width):
        """A bar for each class, the largest one named."""
        note = words(values)
        room = width - style.width(note, size=style.SMALL, bold=True) - 14
        each = min(16.0, room / len(values))
        best, floor = int(values.argmax()), top + SIDE - 11
        for i, value in enumerate(values):
            high = max(1.0, float(value) * (SIDE - 13))
            color = style.TARGETS if i == best else style.QUIET
            bar = Rectangle((left + i * each + 1, floor - high), each - 2, high, facecolor=color)
            self._add(self.sheet.ax.add_artist(bar))
            if each >= 8:
                middle = left + (i + 0.5) * each
                look = {"size": 10, "ha": "center", "bold": i == best}
                self.artists.append(
                    self.sheet.write("values", middle, floor + 7, str(i), color=color, **look)
                )
        self._write(left + len(values) * each + 8, top + SIDE / 2, note, bold=True)

    def _image(self, values, place, ends, look):
        left, top, wide, high = place
        image = AxesImage(
            self.sheet.ax, interpolation="nearest", origin="upper",
            extent=(left, left + wide, top + high, top), **look,
        )  # fmt: skip
        image.set_data(np.asarray(values, "float32"))
        image.set_clim(*ends)
        image.set_zorder(3)
        self._add(self.sheet.ax.add_artist(image))
        edge = Rectangle((left, top), wide, high, facecolor="none", edgecolor=style.QUIET,
                         linewidth=0.6 * self.sheet.zoom, zorder=4)  # fmt: skip
        self._add(self.sheet.ax.add_artist(edge))

    def _add(self, artist):
        artist.set_transform(self.sheet._place)
        self.artists.append(artist)

    def _write(self, x, y, text, **look):
        look = {"size": style.SMALL, "color": style.INK, **look}
        self.artists.append(self.sheet.write("values", x, y, text, **look))

"""Sheets: an array of three axes and more, stacked, and a part of its front sheet from near."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from anatomy.draw import style
from anatomy.draw.board import kept

MOST = 4  # sheets, frames or channels that are shown
SHIFT = 14  # CSS pixels, as all below: from a sheet to the one behind it
LEFT, ROOM = 104, (330, 210)  # where the front sheet begins; the most it may take
SIDE, CELL, NEAR = 520, (44, 30), 6  # of the cells seen from near: left, size, how many
SINGULAR = {"samples": "sample", "timesteps": "timestep", "features": "feature",
            "channels": "channel", "frames": "frame", "units": "unit"}  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """One axis of an array: its name and its size."""

    name: str
    size: int

    def __str__(self):
        if self.name in ("height", "width", "depth"):
            return f"{self.name} {self.size}"
        return f"{self.size} {SINGULAR.get(self.name, self.name) if self.size == 1 else self.name}"


class Stack:
    """Sheets in shallow depth, the front one with its values; beside it, a part of it from near."""

    def __init__(self, array):
        self.array = array
        self.lead = array.values.ndim - 2 - array.channels  # axes before those of a sheet
        values = array.values if array.channels else array.values[..., None]
        full = (slice(None),) * self.lead + (None,) * (2 - self.lead)
        self.values = values[full] if self.lead else values[None, None]
        samples, frames, *shape, self.channels = self.values.shape
        self.shown, self.frames = kept(samples, MOST), kept(frames, MOST)
        self.small = self.channels == frames == 1 and max(shape) <= NEAR
        self.depth = offsets(self.shown)
        self.size = fitted(shape, ROOM)
        if self.lead == 2:
            spots = split((0, 0, *ROOM), self.frames, shape)
            self.size = (spots[-1][0] + spots[-1][2] + 8, spots[0][3] + 20)
        self.above = 26 + self.depth[-1]
        beside = 30 * min(NEAR, shape[0]) + 46 if self.channels == 1 and not self.small else 216
        below = self.size[1] + (80 if self.lead == 2 else 46)
        self.height = self.above + max(below, beside)

    @property
    def index(self):
        """How NumPy writes the way to the front sheet."""
        return "0, " * self.lead

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        top += self.above
        self._sheets(board, top)
        front = (LEFT, top, *self.size)
        first = self._axes(board, front)
        if self.channels > 1:
            self._pixel(board, first)
        elif not self.small:
            self._near(board, first)

    def _axes(self, board, front):
        """An arrow for each axis of the sheets; returns the place of the first image."""
        axes, (left, top, _, high) = self.array.axes, front
        first = split(front, self.frames, self.values.shape[2:4])[0] if self.lead == 2 else front
        if self.lead:
            away = max(self.depth[-1], SHIFT)
            x, y = left - 4, top - 8
            board.arrow("axes", (x, y), (x + away, y - away), style.LAYERS, 9)
            board.write("axes", x + away + 7, y - away + 2, str(axes[0]), bold=True)
        if self.lead == 2:
            board.axis_right("axes", front, axes[1], below=34)
        board.axis_down("axes", (left, first[1], 0, first[3]), axes[self.lead])
        beneath = (first[0], top, first[2], high)
        board.axis_right("axes", beneath, axes[self.lead + 1])
        return first

    def _sheets(self, board, top):
        """The sheets, from back to front."""
        for number, away in reversed([*zip(self.shown, self.depth, strict=True)]):
            place = (LEFT + away, top - away, *self.size)
            if number is None:
                x, y = place[0] + place[2], place[1] + place[3]
                board.write("values", x - 1, y - 5, "⋰", ha="center", size=16, color=style.QUIET)
            elif self.lead == 2:
                self._strip(board, number, place)
            elif self.small and number == 0:
                board.cells("values", place, self.values[0, 0, :, :, 0], self.array.shade)
            else:
                board.image("values", place, self._colors(number, 0))

    def _strip(self, board, number, place):
        """One sample's frames, side by side on a sheet."""
        board.frame("values", place, style.QUIET, fill="#F4F6F8")
        spots = split(place, self.frames, self.values.shape[2:4])
        for frame, spot in zip(self.frames, spots, strict=True):
            if frame is not None:
                board.image("values", spot, self._colors(number, frame))
            elif number == 0:
                x, y = spot[0] + spot[2] / 2, spot[1] + spot[3] / 2
                board.write("values", x, y, "…", ha="center", color=style.QUIET)

    def _colors(self, sample, frame):
        """A sheet's colours: of three channels from 0 up their mixture, else the first one's."""
        sheet, shade = self.values[sample, frame], self.array.shade
        if self.channels == 3 and not shade.signed:
            return np.nan_to_num(np.clip(sheet.astype(float) / (shade.high or 1), 0, 1))
        return shade(sheet[..., 0])

    def _near(self, board, front):
        """The part of the front sheet where its values differ most, as numbers."""
        sheet = self.values[0, 0, :, :, 0]
        row, column, rows, columns = liveliest(sheet)
        left, top, wide, high = front
        x, y = wide / sheet.shape[1], high / sheet.shape[0]
        box = (left + column * x, top + row * y, columns * x, rows * y)
        place = (SIDE, top, CELL[0] * columns, CELL[1] * rows)
        if self.lead < 2:  # they would cross the other frames
            for a, b in ((box[1], top), (box[1] + box[3], top + place[3])):
                board.line("near", [(box[0] + box[2], a), (SIDE, b)], style.QUIET)
        board.mark("near", box)
        end = ", 0" * self.array.channels
        text = f"x[{self.index}{row}:{row + rows}, {column}:{column + columns}{end}]"
        board.write("near", SIDE, top - 12, text, mono=True)
        part = sheet[row : row + rows, column : column + columns]
        board.cells("near", place, part, self.array.shade)
        board.mark("near", place)
        if self.array.channels:
            text = f"{self.array.axes[-1]}: one number a pixel"
            board.write("near", SIDE, top + place[3] + 20, text, bold=True)

    def _pixel(self, board, front):
        """The channels of the front image side by side, and one of its pixels in numbers."""
        pixels, shade = self.values[0, 0], self.array.shade
        row, column, rows, columns = liveliest(pixels[..., 0])
        row, column = row + rows // 2, column + columns // 2
        left, top, wide, high = front
        x, y = wide / pixels.shape[1], high / pixels.shape[0]
        shown = kept(self.channels, MOST)
        spots = split((SIDE - 8, top - 10, 284, 0), shown, pixels.shape[:2], 92)
        below = top + spots[0][3] + 82
        for channel, spot in zip(shown, spots, strict=True):
            middle = spot[0] + spot[2] / 2
            if channel is None:
                for at in (top + spot[3] / 2, below + CELL[1] / 2):
                    board.write("near", middle, at, "…", ha="center", color=style.QUIET)
            else:
                board.image("near", spot, shade(pixels[..., channel]))
                cell = (middle - CELL[0] / 2, below, *CELL)
                board.cells("near", cell, pixels[row, column, channel, None, None], shade)
        last = spots[-1]
        whole = (SIDE, top, last[0] + last[2] - SIDE, last[3])
        board.axis_right("axes", whole, self.array.axes[-1])
        board.mark("near", (left + column * x, top + row * y, x, y))
        text = f"x[{self.index}{row}, {column}]"
        board.write("near", SIDE, below - 14, text, mono=True)
        after = SIDE + style.width(text, mono=True) + 10
        board.write("near", after, below - 14, "is one pixel", color=style.VALIDATION, bold=True)


def offsets(shown):
    """How far each sheet lies from the front one."""
    steps = [0.9 if None in pair else 1 for pair in pairwise(shown)]
    return [SHIFT * sum(steps[:i]) for i in range(len(shown))]


def split(place, parts, shape, most=170):
    """Places for images of (rows, columns) side by side on a sheet, and for the "…" between."""
    left, top, width, _ = place
    gap, dots = 8, 16
    count = len(parts) - (None in parts)
    room = (width - gap * (len(parts) + 1) - dots * (None in parts)) / count
    wide, high = fitted(shape, (room, most))
    places = []
    for part in parts:
        places.append((left + gap, top + 10, dots if part is None else wide, high))
        left += gap + places[-1][2]
    return places


def fitted(shape, room):
    """Width and height of a sheet of (rows, columns): square cells, where it is not too thin."""
    rows, columns = shape
    ratio = min(max(columns / rows, 0.25), 4)
    high = min(room[1], room[0] / ratio)
    return high * ratio, high


def liveliest(sheet):
    """(row, column, rows, columns) of the part of most different values, the first of such."""
    rows, columns = (min(NEAR, size) for size in sheet.shape)
    steps = [max(1, size // 64) for size in sheet.shape]
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (rows, columns))
    windows = windows[:: steps[0], :: steps[1]].astype("float64")
    with np.errstate(all="ignore"):
        spread = np.nan_to_num(windows.std(axis=(2, 3)), nan=-1, posinf=-1)
    row, column = np.unravel_index(spread.argmax(), spread.shape)
    return int(row) * steps[0], int(column) * steps[1], rows, columns

"""Unrolled: vectors as strips, and the image whose rows the first may be, end to end."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.board import corners, kept
from anatomy.draw.sheets import LEFT

STRIP, SIDE = (684, 16), 168  # CSS pixels: one strip, the image
NEAR = 9  # numbers that are written


class Unrolled:
    """Vectors of a square number of values: one row of the image is marked in both."""

    def __init__(self, array):
        self.array, self.values = array, np.atleast_2d(array.values)
        self.shown = kept(len(self.values), 7)
        self.strips = STRIP[1] * len(self.shown)
        self.height = self.strips + 58 + SIDE + 14

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        wide, high = STRIP
        for i, row in enumerate(self.shown):
            if row is None:
                x, y = LEFT + wide / 2, top + (i + 0.5) * high
                board.write("values", x, y, "⋮", ha="center", color=style.QUIET)
            else:
                colors = self.array.shade(self.values[row : row + 1])
                board.image("values", (LEFT, top + i * high, wide, high), colors)
        whole = (LEFT, top, wide, self.strips)
        if self.array.values.ndim == 2:
            board.axis_down("axes", whole, self.array.axes[0])
        board.axis_right("axes", whole, self.array.axes[-1])
        self._image(board, top)

    def _image(self, board, top):
        """The first vector as an image, and its liveliest row, there and on the strip."""
        side = self.array.image_side
        image, below = self.values[0].reshape(side, side), top + self.strips + 58
        board.image("values", (LEFT, below, SIDE, SIDE), self.array.shade(image))
        row = int(np.nan_to_num(image.astype(float), posinf=0).std(axis=1).argmax())
        wide, high = STRIP[0] / side, SIDE / side
        marked = (LEFT, below + row * high, SIDE, high)
        for box in ((LEFT + row * wide, top, wide, STRIP[1]), marked):
            board.mark("near", box)
        left = LEFT + SIDE + 28
        board.write("near", left, below + 10, f"{side * side} = {side} × {side}", bold=True,
                    size=style.TITLE)  # fmt: skip
        text = f"as an image: its {side} rows lie end to end on the strip"
        board.write("near", left, below + 32, text, color=style.QUIET)
        index = "0, " * (self.array.values.ndim - 1)
        text = f"x[{index}{row * side}:{row * side + side}]"
        board.write("near", left, below + 72, text, mono=True)
        after = left + style.width(text, mono=True) + 12
        board.write("near", after, below + 72, f"is row {row} of the image", bold=True,
                    color=style.VALIDATION)  # fmt: skip
        self._row(board, image[row], marked, (left, below + 86, LEFT + STRIP[0] - left, 24))

    def _row(self, board, values, marked, place):
        """The marked row from near, and a few of its values as numbers."""
        left, top, wide, high = place
        end = marked[0] + marked[2]
        board.line("near", [(end, marked[1]), (left, top)], style.QUIET)
        board.line("near", [(end, marked[1] + marked[3]), (left, top + high)], style.QUIET)
        cell = wide / len(values)
        if len(values) <= 64:
            boxes = [corners((left + i * cell, top, cell, high)) for i in range(len(values))]
            board.shapes("near", boxes, self.array.shade(values), style.FADED, 0.5)
        else:
            board.image("near", place, self.array.shade(values[None]))
        count = min(NEAR, len(values))
        finite = np.nan_to_num(values.astype(float), posinf=0)
        windows = np.lib.stride_tricks.sliding_window_view(finite, count)
        first = int(windows.std(axis=1).argmax())
        below, chosen = top + high + 22, values[first : first + count]
        ends = (left + first * cell, left), (left + (first + count) * cell, left + 52 * count)
        for a, b in ends:
            board.line("near", [(a, top + high), (b, below)], style.QUIET)
        board.cells("near", (left, below, 52 * count, 28), chosen[None], self.array.shade)

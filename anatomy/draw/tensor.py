"""Any array of rank 0 to 5 as what it is: a number, a strip, a grid, sheets of real values."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.board import Board, kept
from anatomy.draw.numbers import Array
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.sheets import LEFT, Stack
from anatomy.draw.unrolled import Unrolled

WIDTH, TOP = 800, 66  # CSS pixels; TOP: of what is below the heading
FEW = 9, 12  # rows and columns of a grid; of more, the last stands behind a "…"


def tensor(x, axes=None):
    """An array of numbers as what it is, with the names and sizes of its axes.

    A number, a strip, a grid or, from rank 3 on, stacked sheets, the front one with its values as
    an image; grey from 0 up, or red above zero and blue below it. Long axes are cut short with
    "…", their sizes are written in full. A row of a square number of values from 0 up is also
    shown as the image whose rows it may be.

    Args:
        x: an array of numbers of rank 0 to 5: NumPy, JAX, a Keras variable, or nested lists.
        axes: a name for each axis. None: Keras's own for this rank, such as ("samples",
            "timesteps", "features"). A last axis named "channels" holds the colours of a pixel.

    Returns:
        TensorPicture: a Picture.

    Raises:
        TypeError: x is not an array of numbers; axes are not names.
        ValueError: the rank is above 5; there is not one name for each axis.

    Source: Chollet, Deep Learning with Python, ch. 2.2.
    """
    with LOCK:
        return TensorPicture(Array.of(x, axes))


class TensorPicture(Picture):
    """One array, its axes named."""

    def __init__(self, array):
        self.array = array
        if not array.values.size:
            layout = Empty(array)
        elif array.values.ndim > 2:
            layout = Stack(array)
        elif array.image_side:
            layout = Unrolled(array)
        else:
            layout = Grid(array)
        board = Board(WIDTH, TOP + layout.height)
        super().__init__(board.ax.get_figure())
        heading(board, array)
        layout.draw(board, TOP)

    def describe(self):
        return self.array.describe()


def heading(board, array):
    """Rank and shape, what the numbers are, and the scale of colours."""
    rank = f"Tensor of rank {array.values.ndim}" + ", a scalar" * (array.values.ndim == 0)
    board.write("title", 12, 22, rank, size=style.TITLE, bold=True)
    x = 24 + style.width(rank, size=style.TITLE, bold=True)
    board.write("title", x, 22, f"shape {array.values.shape}", mono=True, color=style.QUIET)
    board.write("title", 12, 44, array.content)
    if array.values.ndim and array.high != array.low:
        board.scale("title", WIDTH - 12, 22, array.shade)


class Grid:
    """A number, a vector or a matrix: cells with their values."""

    def __init__(self, array):
        self.array, self.values = array, np.atleast_2d(array.values)
        self.rows, self.columns = map(kept, self.values.shape, FEW)
        self.height = 28 * len(self.rows) + (50 if array.names else 20)

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        rows, columns, axes = self.rows, self.columns, self.array.axes
        left, wide = (LEFT, 52) if axes else (12, 100)
        box = (left, top, wide * len(columns), 28 * len(rows))
        board.cells("values", box, self.values, self.array.shade, rows=rows, columns=columns)
        if axes:
            board.axis_right("axes", box, axes[-1])
        if len(axes) == 2:
            board.axis_down("axes", box, axes[0])


class Empty:
    """No values at all: a dashed sheet."""

    height = 80

    def __init__(self, array):
        self.axes = array.axes

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        board.frame("values", (12, top, WIDTH - 24, 60), style.QUIET, dashed=True)
        board.write("values", WIDTH / 2, top + 20, "no values", color=style.QUIET, ha="center")
        text = " × ".join(map(str, self.axes))
        board.write("values", WIDTH / 2, top + 40, text, room=WIDTH - 40, ha="center", bold=True)

"""Dense, opened unit by unit: each unit a circle, each weight a line to it and a number."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.layer_dense import FORMULAS
from anatomy.draw.opened import SMALL, WEIGHTS, depth, folded, note

MOST = 8  # inputs, and units
STEP = 44  # CSS pixels from one to the next
ABOVE, BELOW = "#B2182B", "#2166AC"  # zero, as on the scale


class Units:
    """A Dense of few inputs and units: each unit a circle, each weight a line to it."""

    def __init__(self, opened):
        self.opened, self.facts = opened, opened.facts
        self.inputs, self.units = opened.weights["kernel"].shape
        self.kernel, self.bias = (opened.values.get(name) for name in ("kernel", "bias"))
        most = max(self.inputs, self.units)
        self.names = folded(opened.function("activation"), 80, bold=True)
        self.net = max(STEP * most, 17 * len(self.names) + 20)
        rows = self.inputs + ("bias" in opened.weights)
        self.table = 46 + 24 * rows
        self.under = max(34 + self.net, self.table) + 14
        self.notes = [*self._notes()]
        self.height = self.under + max(depth(*one[1:4]) for one in self.notes) + 14

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        middle = top + 34 + self.net / 2
        ins = [middle + STEP * (i - (self.inputs - 1) / 2) for i in range(self.inputs)]
        outs = [middle + STEP * (j - (self.units - 1) / 2) for j in range(self.units)]
        board.write("x", 36, top + 8, "x", bold=True, color=style.DATA, ha="center")
        board.write("x", 200, top + 8, f"units={self.units}", bold=True, ha="center")
        self._edges(board, ins, outs)
        for i, y in enumerate(ins):
            fill = style.tint(style.DATA)
            board.circle("x", 36, y, 15, style.DATA, fill, f"x{i}")
        for j, y in enumerate(outs):
            board.circle("units", 200, y, 15, style.LAYERS, style.tint(style.LAYERS), f"z{j}")
            board.arrow("units", (217, y), (248, y), style.LAYERS, 10)
            board.arrow("units", (342, y), (371, y), style.LAYERS, 10)
            board.circle("y", 388, y, 15, style.LAYERS, style.PAPER, f"y{j}")
        high = max(outs[-1] - outs[0] + 36, 17 * len(self.names) + 12)
        place = (250, middle - high / 2, 90, high)
        board.box("activation", place, style.LAYERS, [(one, {"bold": True}) for one in self.names])
        board.write("y", 388, top + 8, "y", bold=True, ha="center", color=style.LAYERS)
        self._table(board, top)
        for x, title, texts, room, color in self.notes:
            note(board, x, top + self.under, title, texts, room, color)

    def _edges(self, board, ins, outs):
        """A line for each weight: solid and red above zero, dashed and blue below it."""
        kernel = np.zeros((self.inputs, self.units)) if self.kernel is None else self.kernel
        sizes = np.nan_to_num(np.abs(kernel), posinf=0)  # a training that diverged has such
        largest = sizes.max() or 1
        for chosen, color, linestyle in (
            (kernel == 0, style.QUIET, "-"),
            (kernel > 0, ABOVE, "-"),
            (kernel < 0, BELOW, (0, (3, 1.5))),
        ):
            pairs = np.argwhere(chosen)
            paths = [[(51, ins[i]), (185, outs[j])] for i, j in pairs]
            widths = [0.6 + 3.4 * sizes[i, j] / largest for i, j in pairs]
            if paths:
                board.lines("weights", paths, [color], widths, linestyle=linestyle, zorder=1)

    def _table(self, board, top):
        """The same weights as numbers: a column for each unit."""
        left, cell = 480, 36
        place = (left, top + 30, cell * self.units, 24 * self.inputs)
        board.write("weights", left, top + 4, "kernel", bold=True, color=WEIGHTS)
        for j in range(self.units):
            x = left + cell * (j + 0.5)
            board.write("weights", x, top + 21, f"z{j}", ha="center", **SMALL)
        self._numbers(board, place, self.kernel)
        for i in range(self.inputs):
            y = place[1] + 24 * (i + 0.5)
            board.write("weights", left - 8, y, f"x{i}", ha="right", **SMALL)
        if "bias" in self.opened.weights:
            below = place[1] + place[3] + 8
            place = (left, below, place[2], 24)
            bias = None if self.bias is None else self.bias[None]
            self._numbers(board, place, bias)
            board.write("weights", left - 8, below + 12, "bias", ha="right", bold=True,
                        color=WEIGHTS)  # fmt: skip

    def _numbers(self, board, place, values):
        if values is None:
            self.opened.block(board, place, None)
        else:
            board.cells("weights", place, values, self.opened.shade, size=10)

    def _notes(self):
        """What is told below: (left, title, texts, room, colour)."""
        keys = ["solid: above 0, dashed: below", "the thicker, the further from 0"]
        if self.kernel is None:
            keys = ["build() draws the numbers"]
        z = "z = x · kernel" + " + bias" * ("bias" in self.opened.weights)
        yield 12, z, keys, 220, style.INK
        title = FORMULAS.get(self.opened.function("activation"), "y = activation(z)")
        yield 250, title, self.opened.code("activation"), 200, style.LAYERS
        kernel, *bias = self.facts.weights
        texts = [kernel.made_by]
        texts += ["the same for every row of a sample"] * (len(self.facts.input_shape) > 2)
        texts += [text for one in bias for text in (f"bias {one.shape}", one.made_by)]
        yield 472, f"kernel {kernel.shape}", texts, 316, WEIGHTS

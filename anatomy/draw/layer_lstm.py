"""LSTM, opened: four gates and two states, and the weights in which the gates lie side by side."""

from anatomy.draw import style
from anatomy.draw.opened import SMALL, WEIGHTS, depth, note, product
from anatomy.draw.sheets import Axis

GATES = {"i": "input", "f": "forget", "c̃": "candidate", "o": "output"}  # in Keras's order
PLACES = {"f": 200, "i": 318, "c̃": 424, "o": 530}  # CSS pixels: the middle of each gate
HIGH, BLOCK, BESIDE = 290, (150, 232), 430  # the cell; left and width of the weights; their notes
CARRY, FEED, GATE = 46, 232, (160, 204)  # the lines of c and of h and x; top and bottom of a gate


class Lstm:
    """The cell at one timestep, and its weights, split in four."""

    def __init__(self, opened):
        self.opened, self.facts = opened, opened.facts
        self.gate, self.squash = map(opened.function, ("recurrent_activation", "activation"))
        self.notes = [*self._told()]
        self.said = max(depth(*one[1:4]) for one in self.notes)
        self.rows = [(weight, *self._row(weight)) for weight in self.facts.weights]
        self.height = HIGH + self.said + 72 + sum(row[-1] for row in self.rows)

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        board.panel("cell", (110, top + 4, 530, 252), style.LAYERS, "#F4F6F8", 1)
        self._lines(board, top)
        self._operations(board, top)
        for x, title, texts, room in self.notes:
            note(board, x, top + HIGH + 10, title, texts, room)
        self._weights(board, top + HIGH + self.said + 68)

    def _lines(self, board, top):
        """The two states, from left to right, and what feeds the gates."""

        def way(color, *points, head=True):
            points = [(x, top + y) for x, y in points]
            board.line("flow", points, color, 2)
            if head:
                board.arrow("flow", points[-2], points[-1], color, 11)

        for name, x in PLACES.items():
            way(style.LAYERS, (x, FEED), (x, GATE[1] + 2))
            end = {"i": 357, "c̃": 385, "o": 576, "f": 0}[name]
            level = 140 if name == "o" else 110
            if end:
                way(style.LAYERS, (x, GATE[0]), (x, level), (end, level))
        way(style.LAYERS, (200, GATE[0]), (200, CARRY + 14))
        way(style.LAYERS, (371, 96), (371, CARRY + 14))
        way(style.OPTIMIZER, (30, CARRY), (186, CARRY))
        way(style.OPTIMIZER, (214, CARRY), (357, CARRY))
        way(style.OPTIMIZER, (385, CARRY), (720, CARRY))
        way(style.OPTIMIZER, (590, CARRY), (590, 74))
        way(style.LAYERS, (590, 102), (590, 126))
        way(style.LAYERS, (30, FEED), (530, FEED), head=False)
        way(style.LAYERS, (590, 154), (590, FEED), (720, FEED))
        way(style.DATA, (140, 284), (140, FEED + 1))

    def _operations(self, board, top):
        """Gates, sums and products, and the names of what comes in and goes out."""
        for name, x in PLACES.items():
            function = self.squash if name == "c̃" else self.gate
            lines = [(f"{name} {GATES[name]}", {"bold": True}), (function, {"size": style.SMALL})]
            place = (x - 46, top + GATE[0], 92, GATE[1] - GATE[0])
            board.box("gates", place, style.LOSS if name == "c̃" else style.LAYERS, lines)
        place = (552, top + 76, 76, 26)
        board.box("squash", place, style.LOSS, [(self.squash, {"size": style.SMALL})])
        for x, y, sign in ((200, CARRY, "×"), (371, CARRY, "+"), (371, 110, "×"), (590, 140, "×")):
            board.circle("operations", x, top + y, 13, style.INK, style.PAPER, "")
            board.write("operations", x, top + y, sign, ha="center", size=16, bold=True)
        units = f"({self.facts.layer.units},)"
        features = f"({self.facts.input_shape[-1]},)"
        for x, y, name, size, color in (
            (30, CARRY - 15, "cₜ₋₁", units, style.OPTIMIZER),
            (662, CARRY - 15, "cₜ", units, style.OPTIMIZER),
            (30, FEED - 15, "hₜ₋₁", units, style.LAYERS),
            (662, FEED - 15, "hₜ", units, style.LAYERS),
            (152, 274, "xₜ", features, style.DATA),
        ):
            board.write("states", x, top + y, name, bold=True, size=style.TITLE, color=color)
            away = 8 + style.width(name, bold=True, size=style.TITLE)
            board.write("states", x + away, top + y, size, **SMALL)

    def _told(self):
        """What is told below the cell: (left, title, texts, room)."""
        code = self.opened.code
        yield 12, "f, i, o: how much passes", code("recurrent_activation"), 240
        yield 268, "c̃ and the state", code("activation"), 220
        every = "every timestep" if self.facts.layer.return_sequences else "the last timestep"
        texts = [f"hₜ = o × {self.squash}(cₜ)", f"output: h of {every}"]
        yield 504, "cₜ = f × cₜ₋₁ + i × c̃", texts, 284

    def _row(self, weight):
        """(height of the block, title, texts, height with its gap) of one weight."""
        texts = [product(weight), weight.made_by]
        if weight.name == "bias" and self.facts.layer.unit_forget_bias:
            texts.append("unit_forget_bias=True: those of f begin at 1")
        title, one = f"{weight.name} {weight.shape}", len(weight.shape) == 1
        high = 20 if one else min(max(34, 8 * weight.shape[0] ** 0.5), 72)
        return high, title, texts, max(high, depth(title, texts, 788 - BESIDE)) + 14

    def _weights(self, board, y):
        """Each weight as an image, a quarter for each gate."""
        left, wide = BLOCK
        text = f"4 gates × units={self.facts.layer.units}"
        board.axis_above("axes", (left, y - 14, wide, 0), text)
        for i, name in enumerate(GATES):
            x = left + wide * (i + 0.5) / 4
            board.write("gates", x, y - 11, name, ha="center", bold=True, color=WEIGHTS)
        for weight, high, title, texts, step in self.rows:
            values = self.opened.values.get(weight.name)
            values = values[None] if values is not None and values.ndim == 1 else values
            self.opened.block(board, (left, y, wide, high), values)
            for i in (1, 2, 3):
                x = left + wide * i / 4
                board.line("weights", [(x, y), (x, y + high)], style.PAPER, 3)
                board.line("weights", [(x, y), (x, y + high)], WEIGHTS, 1.2)
            if len(weight.shape) > 1:
                axis = "features" if weight.name == "kernel" else "units"
                board.axis_down("axes", (left, y, wide, high), Axis(axis, weight.shape[0]))
            note(board, BESIDE, y + 8, title, texts, 788 - BESIDE, WEIGHTS)
            y += step

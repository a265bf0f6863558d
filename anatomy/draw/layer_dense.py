"""Dense, opened as a whole: x · kernel + bias -> activation -> y."""

from anatomy.draw import style
from anatomy.draw.board import kept
from anatomy.draw.opened import SMALL, WEIGHTS, depth, folded, note, product
from anatomy.draw.sheets import Axis

SQUARE = 7  # from 7 × 7 on, a column of weights may be an image
LONG, UNIT, THIN = 210, 26, 20  # CSS pixels: the longest side, one number's most, a vector
FORMULAS = {
    "linear": "y = z, nothing changes",
    "relu": "y = max(0, z)",
    "sigmoid": "y = 1 / (1 + exp(−z))",
    "tanh": "y = tanh(z)",
    "softmax": "y = exp(z) / sum(exp(z))",
    "softplus": "y = log(1 + exp(z))",
}


class Dense:
    """The product of one sample and the kernel; below each of its columns, that unit's output.

    Sides grow with the root of the sizes, so that 784 and 32 can stand side by side.
    """

    def __init__(self, opened):
        self.opened, self.facts = opened, opened.facts
        self.inputs, self.units = opened.weights["kernel"].shape
        scale = min(UNIT, LONG / max(self.inputs, self.units) ** 0.5)
        self.long, self.wide = (max(THIN, scale * n**0.5) for n in (self.inputs, self.units))
        self.left = max(12 + self.long + 44, 120)
        self.aside = self.left + max(self.wide, 120) + 26  # where the notes begin
        self.room = 788 - self.aside
        self.names = folded(opened.function("activation"), max(self.wide, 84) - 10, bold=True)
        self.rows = [*self._rows()]
        self.top = max(self.long + 32, self._beside())
        self.height = 36 + self.top + sum(step for *_, step in self.rows) + 8

    def _rows(self):
        """What is below the kernel: (part, height, colour, title, texts, height with its gap)."""
        weights, size = self.opened.weights, (self.units,)
        title = FORMULAS.get(self.opened.function("activation"), "y = activation(z)")
        z = "z = x · kernel" + " + bias" * ("bias" in weights)
        rows = [("z", THIN, style.LAYERS, f"x · kernel {size}", [], 26)]
        if "bias" in weights:
            rows[0] = (*rows[0][:5], 24)
            rows.append(("bias", THIN, WEIGHTS, f"bias {size}", [weights["bias"].made_by], 26))
        high, code = 18 * len(self.names) + 14, self.opened.code("activation")
        rows.append(("activation", high, style.LAYERS, title, [z, *code], 28))
        output = [f"output {self.facts.output_shape}"]
        rows.append(("y", THIN, style.LAYERS, f"y {size}", output, 10))
        for *row, gap in rows:
            yield (*row, max(row[1] + gap, depth(row[3], row[4], self.room) + 10))

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        left, middle = self.left, self.left + self.wide / 2
        self._kernel(board, (left, top + 36, self.wide, self.long))
        y = top + 36 + self.top
        x = (left - 40 - self.long, y, self.long, THIN)
        board.frame("x", x, style.DATA, 1.5, fill=style.tint(style.DATA))
        board.write("x", x[0], y - 12, "x", bold=True, color=style.DATA)
        across = "one sample" if len(self.facts.input_shape) == 2 else "one of its rows"
        board.write("x", x[0], y + THIN + 13, f"{across}, {(self.inputs,)}", **SMALL)
        board.arrow("x", (left - 36, y + 10), (left - 4, y + 10), style.DATA)
        board.arrow("x", (middle, top + 36 + self.long + 3), (middle, y - 3), WEIGHTS)
        for row, (part, high, color, title, texts, step) in enumerate(self.rows):
            self._row(board, (left, y, self.wide, high), part, color)
            note(board, self.aside, y + (2 if texts else 10), title, texts, self.room, color)
            if part == "z" and self.rows[row + 1][0] == "bias":
                y_ = y + (high + step) / 2
                board.write("bias", middle, y_, "+", ha="center", bold=True, size=style.TITLE)
            elif part != "y":
                board.arrow("flow", (middle, y + high + 3), (middle, y + step - 3), style.LAYERS)
            y += step

    def _row(self, board, place, part, color):
        """A vector of one number for each unit, or the activation function."""
        left, top, wide, high = place
        if part == "bias":
            values = self.opened.values.get("bias")
            self.opened.block(board, place, None if values is None else values[None])
        elif part == "activation":
            wide = max(wide, 84)
            place = (left + (self.wide - wide) / 2, top, wide, high)
            board.box(part, place, color, [(one, {"bold": True}) for one in self.names])
        else:
            board.frame(part, place, color, 1.5, fill=style.tint(color))

    @property
    def square(self):
        """The side of the image that a column of weights may be, or None."""
        side = round(self.inputs**0.5)
        fits = side >= SQUARE and side * side == self.inputs
        return side if fits and "kernel" in self.opened.values else None

    def _told(self):
        """The note beside the kernel."""
        weight, side = self.opened.weights["kernel"], self.square
        texts = [product(weight), weight.made_by]
        if len(self.facts.input_shape) > 2:
            texts.append("the same kernel for every row of a sample")
        if side:
            texts.append(f"each column as {side} × {side}, if x is an image's rows:")
        return f"kernel {weight.shape}", texts

    def _beside(self):
        return depth(*self._told(), self.room) + 100 * bool(self.square) + 12

    def _kernel(self, board, place):
        self.opened.block(board, place, self.opened.values.get("kernel"))
        board.axis_above("axes", place, f"units={self.units}")
        board.axis_down("axes", place, Axis("features", self.inputs))
        y = note(board, self.aside, place[1] + 8, *self._told(), self.room, WEIGHTS)
        if self.square:
            self._columns(board, self.aside, y, self.square)

    def _columns(self, board, x, y, side):
        """A few units' weights as images, each a column of the kernel."""
        for unit in kept(self.units, 4):
            if unit is None:
                board.write("columns", x + 8, y + 34, "…", ha="center", color=style.QUIET)
                x += 20
                continue
            image = self.opened.values["kernel"][:, unit].reshape(side, side)
            board.image("columns", (x, y, 68, 68), self.opened.shade(image))
            board.write("columns", x, y + 79, f"unit {unit}", **SMALL)
            x += 76

"""A card for any layer: shapes in and out, each weight and what makes it, settings, state."""

from anatomy.draw import style
from anatomy.draw.opened import SMALL, WEIGHTS, folded, product

MOST = 6  # weights, or inputs, that are listed; of more, the middle ones are counted
ROOM = 776  # CSS pixels


class Card:
    """What is true of every layer."""

    def __init__(self, opened):
        self.opened, self.facts = opened, opened.facts
        self.flow = [shown(self.facts.input_shape), shown(self.facts.output_shape)]
        self.deep = 34 + 16 * max(map(len, self.flow))
        told = " ".join(weight.made_by for weight in self.facts.weights)
        named = [text for text in opened.code(*self.facts.settings) if text not in told]
        self.settings = [line for text in named for line in self._lines(text, ROOM - 110)]
        self.rows = [
            (weight, title(weight), self._lines(weight.made_by, 330))
            for weight in fewer(self.facts.weights)
            if not isinstance(weight, int)
        ]
        self.hidden = len(self.facts.weights) - len(self.rows)
        self.table = sum(high(*row[1:]) for row in self.rows)
        self.table += 24 * bool(self.hidden) + 10 * bool(self.rows)
        self.height = self.deep + 20 + self.table + max(14 * len(self.settings), 20) + 14

    @staticmethod
    def _lines(text, room):
        return folded(text, room, size=SMALL["size"], mono=True)

    def draw(self, board, top):
        """Draw it on a Board, from this height on."""
        looks = {"bold": True}
        for title, lines, left, color in (
            ("input", self.flow[0], 12, style.DATA),
            (self.facts.type, [self.facts.name], 296, style.LAYERS),
            ("output", self.flow[1], 580, style.LAYERS),
        ):
            rows = [(title, looks), *((line, {"mono": True}) for line in lines)]
            board.box("flow", (left, top, 208, self.deep), color, rows)
        for x in (220, 504):
            y = top + self.deep / 2
            board.arrow("flow", (x, y), (x + 76, y), style.LAYERS)
        y = self._weights(board, top + self.deep + 30)
        settings = self.settings or ["nothing but the defaults"]
        board.write("notes", 12, y, "settings", bold=True)
        for i, line in enumerate(settings):
            board.write("notes", 122, y + 14 * i, line, **SMALL)

    def _weights(self, board, y):
        middle = (len(self.rows) + 1) // 2 if self.hidden else None
        for i, (weight, names, lines) in enumerate(self.rows):
            if i == middle:
                text = f"… {self.hidden} more weights …"
                board.write("weights", 122, y, text, color=style.QUIET)
                y += 24
            for k, line in enumerate(names):
                board.write("weights", 12, y + 15 * k, line, bold=True, color=WEIGHTS)
            board.write("weights", 272, y, str(weight.shape), mono=True)
            board.write("weights", 272, y + 14, product(weight), **SMALL)
            for k, line in enumerate(lines):
                board.write("weights", 458, y + 14 * k, line, **SMALL)
            y += high(names, lines)
        return y + 10 * bool(self.rows)


def title(weight):
    """The lines that name a weight."""
    return folded(weight.name + ", not trained" * (not weight.trainable), 250, bold=True)


def high(names, lines):
    """The height of a row of the table."""
    return 8 + max(28, 15 * len(names), 14 * len(lines))


def shown(shape):
    """The lines for one shape, or for several."""
    if not isinstance(shape, list):
        return [str(shape)]
    return [f"… {one} more …" if isinstance(one, int) else str(one) for one in fewer(shape)]


def fewer(things):
    """The first and the last of many, with the count of those left out between."""
    if len(things) <= MOST:
        return [*things]
    half = MOST // 2
    return [*things[:half], len(things) - MOST, *things[-half:]]

"""What every opened layer is drawn from: notes, and weights as images of their numbers."""

from dataclasses import dataclass

import numpy as np

from anatomy.base.arrays import Shade, image
from anatomy.base.type import SMALL, TEXT
from anatomy.base.words import count
from anatomy.layers.card.facts import Facts
from anatomy.layers.code import argument
from anatomy.layers.dense.facts import named

WEIGHTS = "optimizer"  # the colour of what fit() changes


@dataclass(frozen=True, eq=False)
class Opened:
    """A layer to be drawn: its facts, the numbers in its weights, their shade."""

    facts: Facts
    values: dict
    shade: Shade

    @classmethod
    def of(cls, facts):
        values = facts.values
        kernels = [kernel for name, kernel in values.items() if "kernel" in name]
        return cls(facts, values, Shade(Shade.of(*kernels).high))

    @property
    def weights(self):
        """dict name -> Weight."""
        return {weight.name: weight for weight in self.facts.weights}

    def code(self, *names):
        """Arguments of the layer as code, one each."""
        return [text for name in names if (text := argument(self.facts.layer, name))]

    def function(self, name):
        """The name of a function that is an argument: "relu", "LeakyReLU"."""
        return named(getattr(self.facts.layer, name))

    def block(self, area, place, values):
        """Weights as an image, or an empty sheet where there are no numbers yet."""
        if values is None:
            area.box(*place, fill=f"{WEIGHTS} 8%", edge=WEIGHTS, linewidth=1.5)
        else:
            image(area, place, self.shade.pixels(area.palette, np.atleast_2d(values)), WEIGHTS)


def note(area, x, y, title, texts, room, color="ink"):
    """A heading with small lines of code beneath; returns the height after them."""
    y = area.paragraph(x, y, title, room, color, bold=True, leading=16)
    return area.paragraph(x, y, texts, room, "quiet", size=SMALL, mono=True, leading=15)


def tile(area, place, lines, color, bold=1, size=TEXT):
    """A round box with lines in its middle, of which the first are bold."""
    left, top, wide, high = place
    area.box(*place, f"{color} 8%", color, 1.5, round=6)
    for i, line in enumerate(lines):
        look = {"bold": True} if i < bold else {"mono": True, "size": size}
        y = top + high / 2 + 17 * (i - (len(lines) - 1) / 2)
        area.text(left + wide / 2, y, line, color, ha="center", room=wide - 6, **look)


def above(area, place, text):
    """An axis above a place: an arrow as wide as this, and a text over it."""
    left, top, wide, _ = place
    area.arrow([left, left + wide], [top - 10, top - 10], "layers", 1.5, head=8)
    area.text(left + wide / 2, top - 24, text, bold=True, ha="center")


def product(weight):
    """A weight's count as a product: "784 × 32 = 25,088 numbers"."""
    numbers = count(weight.count, "number")
    return numbers if weight.derived == str(weight.count) else f"{weight.derived} = {numbers}"


def grid(area, place, shape):
    """The lines between the cells of a sheet, where they are not too near each other."""
    (left, top, wide, high), (rows, columns) = place, shape
    if min(wide / columns, high / rows) < 4:
        return
    xs = [left + wide * j / columns for j in range(1, columns)]
    ys = [top + high * i / rows for i in range(1, rows)]
    lines = [[(left, y), (left + wide, y)] for y in ys] + [[(x, top), (x, top + high)] for x in xs]
    if lines:
        area.strokes(lines, "ghost 60%", 0.5)

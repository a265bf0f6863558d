"""Opened: a layer's facts, the numbers in its weights, and how both are written and drawn."""

from bisect import bisect
from dataclasses import dataclass

import numpy as np

from anatomy.draw import style
from anatomy.draw.board import Shade
from anatomy.layers.card.call import argument
from anatomy.layers.card.facts import Facts

WEIGHTS = style.OPTIMIZER  # the colour of what fit() changes
SMALL = {"size": 10, "mono": True, "color": style.QUIET}


@dataclass(frozen=True, eq=False)
class Opened:
    """A layer and, where it is built for this input, the numbers in its weights by name."""

    facts: Facts
    values: dict

    @classmethod
    def of(cls, facts):
        """The Opened of these facts."""
        variables = facts.layer.weights if facts.layer.built else []
        shapes = [tuple(variable.shape) for variable in variables]
        if shapes != [weight.shape for weight in facts.weights]:
            return cls(facts, {})
        named = zip(facts.weights, variables, strict=True)
        return cls(facts, {weight.name: np.asarray(v, dtype=float) for weight, v in named})

    @property
    def weights(self):
        """dict name -> Weight."""
        return {weight.name: weight for weight in self.facts.weights}

    def code(self, *names):
        """Arguments of the layer as code, one each."""
        return [text for name in names if (text := argument(self.facts.layer, name))]

    def function(self, name):
        """The name of a function that is an argument: "relu", "LeakyReLU"."""
        return str(self.facts.settings[name]).partition("(")[0].rpartition(".")[2]

    @property
    def shade(self):
        """The Shade of all of its kernels."""
        kernels = [v.ravel() for name, v in self.values.items() if "kernel" in name]
        return Shade(True, Shade.of(np.concatenate(kernels)).high if kernels else 0.0)

    def block(self, board, place, values, shade=None, edge=WEIGHTS):
        """Weights as an image, or an empty sheet where there are no numbers yet."""
        if values is None:
            return board.frame("weights", place, edge, 1.5, fill=style.tint(edge))
        return board.image("weights", place, (shade or self.shade)(values), edge)

    def weight(self, board, x, y, name, room, *more):
        """A weight's name and shape, what its count is made of, and what makes it."""
        weight = self.weights[name]
        title = f"{name} {weight.shape}"
        return note(board, x, y, title, [product(weight), weight.made_by, *more], room, WEIGHTS)


def note(board, x, y, title, texts, room, color=style.INK):
    """A heading with small lines beneath, folded to the room; returns the height below them."""
    for line in folded(title, room, bold=True):
        board.write("notes", x, y, line, bold=True, color=color)
        y += 16
    for text in texts:
        for line in folded(text, room, size=SMALL["size"], mono=True):
            board.write("notes", x, y, line, **SMALL)
            y += 14
    return y


def depth(title, texts, room):
    """The height of a note."""
    lines = sum(len(folded(text, room, size=SMALL["size"], mono=True)) for text in texts)
    return 16 * len(folded(title, room, bold=True)) + 14 * lines


def folded(text, room, **type_):
    """The text in lines that fit the room; a word too long for it is cut, if it can after a "_"."""
    lines, line = [], ""
    for word in text.split():
        if line and style.width(f"{line} {word}", **type_) <= room:
            line = f"{line} {word}"
            continue
        lines, line = [*lines, line] if line else lines, word
        while style.width(line, **type_) > room:
            most = bisect(range(2, len(line)), room, key=lambda n: style.width(line[:n], **type_))
            ends = range(1, most + 2)
            cut = max((n for n in ends if line[n - 1] in "_.,(=/"), default=ends[-1])
            lines, line = [*lines, line[:cut]], line[cut:]
    return [*lines, line] if line else lines


def product(weight):
    """What a weight's count is made of: "784 × 32 = 25,088 numbers"."""
    numbers = f"{weight.count:,} number{'s' * (weight.count != 1)}"
    return numbers if weight.derived == str(weight.count) else f"{weight.derived} = {numbers}"

"""Dense, opened: a circle for each input and unit, a line for each weight, and the whole kernel."""

import numpy as np

from anatomy.base.arrays import cells, down, image, some
from anatomy.base.type import SMALL, wrap
from anatomy.layers.card.parts import WEIGHTS, above, note, product, tile
from anatomy.layers.tensor.facts import axis, square_side

MOST, STEP = 8, 34  # inputs and units that are drawn one by one; CSS pixels from one to the next
INPUTS, UNITS, OUTPUTS, TABLE = 42, 206, 394, 500  # the middle of each column; the kernel's left
LONG, CELL = 230, (42, 24)  # the longest side of a kernel; a number of a small one
IMAGE = 76  # from one column of the kernel, as an image, to the next
FORMULAS = {
    "linear": "y = z, nothing changes",
    "relu": "y = max(0, z)",
    "sigmoid": "y = 1 / (1 + exp(−z))",
    "tanh": "y = tanh(z)",
    "softmax": "y = exp(z) / sum(exp(z))",
    "softplus": "y = log(1 + exp(z))",
}


def dense(area, top, opened):
    """The net, of which some is left out where it is large; its kernel; what makes each part."""
    shape = opened.weights["kernel"].shape
    rows, columns = (some(size, MOST) for size in shape)
    names = wrap(opened.function("activation"), 80, bold=True)
    net = max(STEP * max(len(rows), len(columns)), 17 * len(names) + 20)
    middle = top + 34 + net / 2
    ins, outs = (
        {k: middle + STEP * (i - (len(shown) - 1) / 2) for i, k in enumerate(shown)}
        for shown in (rows, columns)
    )
    for x, text, color in (
        (INPUTS, f"x {shape[:1]}", "data"),
        (UNITS, f"units={shape[1]}", "ink"),
        (OUTPUTS, f"y {shape[1:]}", "layers"),
    ):
        area.text(x, top + 8, text, color, bold=True, ha="center")
    _edges(area, ins, outs, opened.values.get("kernel"))
    for x, ys, letter, color, fill in (
        (INPUTS, ins, "x", "data", "data 8%"),
        (UNITS, outs, "z", "layers", "layers 8%"),
        (OUTPUTS, outs, "y", "layers", "paper"),
    ):
        there = [y for k, y in ys.items() if k is not None]
        area.dots(np.full(len(there), x), there, fill, 30, edge=color, edgewidth=1.5)
        for k, y in ys.items():
            text = "⋮" if k is None else f"{letter}{k}" if k < 100 else k
            area.small(x, y, text, color, bold=len(str(text)) < 4, ha="center")
    for k, y in outs.items():
        if k is not None:
            area.arrow([UNITS + 17, UNITS + 48], [y, y], "layers")
            area.arrow([OUTPUTS - 46, OUTPUTS - 17], [y, y], "layers")
    high = max(STEP * len(columns), 17 * len(names) + 12)
    place = UNITS + 50, middle - high / 2, OUTPUTS - UNITS - 98, high
    tile(area, place, names, "layers", len(names))
    below = top + net + 48
    if area.width < 780:
        below = _kernel(area, 100, below, opened) + 24
    else:
        below = max(below, _kernel(area, TABLE, top, opened) + 24)
    return max(_notes(area, below, opened))


def _edges(area, ins, outs, kernel):
    """A line for each weight: solid and red above zero, dashed and blue below it."""
    pairs = [(i, j) for i in ins for j in outs if None not in (i, j)]
    weights = np.array([0 if kernel is None else kernel[pair] for pair in pairs])
    sizes = np.nan_to_num(np.abs(weights), posinf=0)  # a training that diverged has such
    widths = 0.6 + 3.4 * sizes / (sizes.max() or 1)
    lines = np.array([[(INPUTS + 15, ins[i]), (UNITS - 15, outs[j])] for i, j in pairs])
    for chosen, color, dash in (
        (weights == 0, "quiet", ""),
        (weights > 0, "positive", ""),
        (weights < 0, "negative", "dashed"),
    ):
        if chosen.any():
            area.strokes(lines[chosen], color, widths[chosen], dash=dash)


def _kernel(area, left, top, opened):
    """A column for each unit, as numbers or as an image; returns the height below it.

    Sides of an image grow with the root of the sizes, so that 784 and 32 can be told apart.
    """
    shape = opened.weights["kernel"].shape
    inputs, units = shape
    small = max(shape) <= MOST
    scale = min(CELL[1], LONG / max(shape) ** 0.5)
    wide, high = (CELL[0] * units, CELL[1] * inputs) if small else (
        max(scale * size**0.5, 18) for size in (units, inputs)
    )  # fmt: skip
    kernel, bias = (left, top + 30, wide, high), (left, top + 38 + high, wide, CELL[1])
    if small:
        area.text(left, top + 4, "kernel", WEIGHTS, bold=True)
        look = {"size": SMALL, "mono": True}
        for j in range(units):
            area.text(left + CELL[0] * (j + 0.5), top + 21, f"z{j}", "quiet", ha="center", **look)
        for i in range(inputs):
            area.text(left - 8, top + 42 + CELL[1] * i, f"x{i}", "quiet", ha="right", **look)
    else:
        above(area, kernel, f"units={units}")
        down(area, kernel, axis("features", inputs))
        _columns(area, left + wide + 24, top + 30, opened)
    for name, place in (("kernel", kernel), ("bias", bias)):
        if small and name in opened.values:
            cells(area, place, np.atleast_2d(opened.values[name]), opened.shade)
        elif name in opened.weights:
            opened.block(area, place, opened.values.get(name))
    if "bias" not in opened.weights:
        return top + 30 + high
    area.text(left - 8, bias[1] + CELL[1] / 2, "bias", WEIGHTS, bold=True, ha="right")
    return bias[1] + CELL[1]


def _columns(area, left, top, opened):
    """A few columns of the kernel as images, where there is room and they may be such."""
    (inputs, units), kernel = opened.weights["kernel"].shape, opened.values.get("kernel")
    side, room = square_side(inputs), area.width - 12 - left
    if kernel is None or not side or room < 3 * IMAGE:
        return
    text = f"columns as {side} × {side}, if x is an image:"
    top = area.paragraph(left, top, text, room, "quiet", size=SMALL)
    for unit in some(units, min(4, int((room - 24) // IMAGE) + 1)):
        if unit is None:
            area.text(left + 8, top + IMAGE / 2, "…", "quiet", ha="center")
            left += 24
            continue
        pixels = opened.shade.pixels(area.palette, kernel[:, unit].reshape(side, side))
        image(area, (left, top, IMAGE - 8, IMAGE - 8), pixels)
        area.small(left, top + IMAGE + 3, f"unit {unit}", mono=True)
        left += IMAGE


def _notes(area, y, opened):
    """What each part is, and what makes it; yields the height below."""
    z = "z = x · kernel" + " + bias" * ("bias" in opened.weights)
    formula = FORMULAS.get(opened.function("activation"), "y = activation(z)")
    keys = ["solid: above 0, dashed: below", "the thicker, the further from 0"]
    kernel, *bias = opened.facts.weights
    texts = [product(kernel), kernel.made_by]
    texts += ["the same for every row of a sample"] * (len(opened.facts.input_shape) > 2)
    texts += [text for one in bias for text in (f"bias {one.shape}", one.made_by)]
    starts = 12, 0.31 * area.width, 0.58 * area.width
    rooms = starts[1] - 26, starts[2] - starts[1] - 16, area.width - starts[2] - 12
    yield note(
        area, starts[0], y, z, keys if opened.values else ["build() draws the numbers"], rooms[0]
    )
    yield note(area, starts[1], y, formula, opened.code("activation"), rooms[1], "layers")
    yield note(area, starts[2], y, f"kernel {kernel.shape}", texts, rooms[2], WEIGHTS)

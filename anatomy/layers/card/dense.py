"""Dense, opened: unit by unit with each weight as a line, or as a whole, x · kernel + bias."""

import numpy as np

from anatomy.base import type
from anatomy.base.arrays import above, cells, down, image, some
from anatomy.base.type import SMALL, TITLE
from anatomy.layers.card.parts import WEIGHTS, note, product
from anatomy.layers.tensor.facts import axis, square_side

MOST, STEP = 8, 44  # inputs and units that are drawn one by one; CSS pixels from one to the next
LONG, UNIT, THIN = 210, 26, 20  # of a whole: the longest side, one number's most, a vector
FORMULAS = {
    "linear": "y = z, nothing changes",
    "relu": "y = max(0, z)",
    "sigmoid": "y = 1 / (1 + exp(−z))",
    "tanh": "y = tanh(z)",
    "softmax": "y = exp(z) / sum(exp(z))",
    "softplus": "y = log(1 + exp(z))",
}


def _formulas(opened):
    """z and y as formulas."""
    z = "z = x · kernel" + " + bias" * ("bias" in opened.weights)
    return z, FORMULAS.get(opened.function("activation"), "y = activation(z)")


def units(area, top, opened):
    """A Dense of few inputs and units: each unit a circle, each weight a line and a number."""
    inputs, count = opened.weights["kernel"].shape
    names = type.wrap(opened.function("activation"), 80, bold=True)
    net = max(STEP * max(inputs, count), 17 * len(names) + 20)
    middle = top + 34 + net / 2
    ins, outs = (middle + STEP * (np.arange(n) - (n - 1) / 2) for n in (inputs, count))
    for x, text, color in ((36, "x", "data"), (200, f"units={count}", "ink"), (388, "y", "layers")):
        area.text(x, top + 8, text, color, bold=True, ha="center")
    _edges(area, ins, outs, opened.values.get("kernel"))
    for x, ys, letter, color, fill in (
        (36, ins, "x", "data", "data 8%"),
        (200, outs, "z", "layers", "layers 8%"),
        (388, outs, "y", "layers", "paper"),
    ):
        area.dots(np.full(len(ys), x), ys, fill, 30, edge=color, edgewidth=1.5)
        for i, y in enumerate(ys):
            area.text(x, y, f"{letter}{i}", color, size=SMALL, bold=True, ha="center")
    for y in outs:
        area.arrow([217, 248], [y, y], "layers")
        area.arrow([342, 371], [y, y], "layers")
    high = max(outs[-1] - outs[0] + 36, 17 * len(names) + 12)
    area.box(250, middle - high / 2, 90, high, "layers 8%", "layers", 1.5, round=6)
    for i, name in enumerate(names):
        y = middle + 17 * (i - (len(names) - 1) / 2)
        area.text(295, y, name, "layers", bold=True, ha="center")
    below = top + net + 48
    if area.width < 780:
        below = _table(area, 60, below, opened) + 24
    else:
        below = max(below, _table(area, 480, top, opened) + 24)
    return max(note(area, *place) for place in _notes(area, below, opened))


def _edges(area, ins, outs, kernel):
    """A line for each weight: solid and red above zero, dashed and blue below it."""
    kernel = np.zeros((len(ins), len(outs))) if kernel is None else kernel
    sizes = np.nan_to_num(np.abs(kernel), posinf=0)  # a training that diverged has such
    widths = 0.6 + 3.4 * sizes / (sizes.max() or 1)
    for chosen, color, dash in (
        (kernel == 0, "quiet", ""),
        (kernel > 0, "positive", ""),
        (kernel < 0, "negative", "dashed"),
    ):
        if chosen.any():
            lines = [[(51, ins[i]), (185, outs[j])] for i, j in np.argwhere(chosen)]
            area.strokes(lines, color, widths[chosen], dash=dash)


def _table(area, left, top, opened):
    """The same weights as numbers, a column for each unit; returns the height below them."""
    inputs, count = opened.weights["kernel"].shape
    place = (left, top + 30, 42 * count, 24 * inputs)
    area.text(left, top + 4, "kernel", WEIGHTS, bold=True)
    look = {"size": SMALL, "mono": True}
    for j in range(count):
        area.text(left + 42 * (j + 0.5), top + 21, f"z{j}", "quiet", ha="center", **look)
    for i in range(inputs):
        area.text(left - 8, place[1] + 24 * (i + 0.5), f"x{i}", "quiet", ha="right", **look)
    _numbers(area, place, opened, opened.values.get("kernel"))
    bottom = place[1] + place[3]
    if "bias" in opened.weights:
        bias = opened.values.get("bias")
        bias = None if bias is None else bias[None]
        _numbers(area, (left, bottom + 8, place[2], 24), opened, bias)
        area.text(left - 8, bottom + 20, "bias", WEIGHTS, bold=True, ha="right")
        bottom += 32
    return bottom


def _numbers(area, place, opened, values):
    if values is None:
        opened.block(area, place, None)
    else:
        cells(area, place, values, opened.shade)


def _notes(area, y, opened):
    """What is written below: (left, top, title, texts, room, colour)."""
    z, formula = _formulas(opened)
    keys = ["solid: above 0, dashed: below", "the thicker, the further from 0"]
    kernel, *bias = opened.facts.weights
    texts = [kernel.made_by]
    texts += ["the same for every row of a sample"] * (len(opened.facts.input_shape) > 2)
    texts += [text for one in bias for text in (f"bias {one.shape}", one.made_by)]
    starts = 12, 0.31 * area.width, 0.58 * area.width
    rooms = starts[1] - 26, starts[2] - starts[1] - 16, area.width - starts[2] - 12
    yield starts[0], y, z, keys if opened.values else ["build() draws the numbers"], rooms[0]
    yield starts[1], y, formula, opened.code("activation"), rooms[1], "layers"
    yield starts[2], y, f"kernel {kernel.shape}", texts, rooms[2], WEIGHTS


def dense(area, top, opened):
    """The product of one sample and the kernel; below each of its columns, that unit's output.

    Sides grow with the root of the sizes, so that 784 and 32 can stand side by side.
    """
    inputs, count = opened.weights["kernel"].shape
    longest = LONG if area.width > 760 else 130
    scale = min(UNIT, longest / max(inputs, count) ** 0.5)
    long, wide = (max(THIN, scale * n**0.5) for n in (inputs, count))
    left = max(12 + long + 44, 120)
    aside = left + max(wide, 120) + 26  # where the notes begin
    room, middle, y = area.width - 12 - aside, left + wide / 2, top + 36
    kernel = (left, y, wide, long)
    opened.block(area, kernel, opened.values.get("kernel"))
    above(area, kernel, f"units={count}")
    down(area, kernel, axis("features", inputs))
    y = max(y + long + 32, _kernel_note(area, aside, y + 8, opened, room))
    area.box(left - 40 - long, y, long, THIN, "data 8%", "data", 1.5)
    area.text(left - 40 - long, y - 12, "x", "data", bold=True)
    sample = "one sample" if len(opened.facts.input_shape) == 2 else "one of its rows"
    sample = f"{sample}, ({inputs},)"
    area.text(left - 40 - long, y + THIN + 13, sample, "quiet", size=SMALL, mono=True)
    area.arrow([left - 36, left - 4], [y + 10, y + 10], "data")
    area.arrow([middle, middle], [top + 36 + long + 3, y - 3], WEIGHTS)
    names = type.wrap(opened.function("activation"), max(wide, 84) - 10, bold=True)
    for part, color, title, texts in _rows(opened):
        high = 18 * len(names) + 14 if part == "activation" else THIN
        if part == "activation":
            box = max(wide, 84)
            area.box(middle - box / 2, y, box, high, "layers 8%", "layers", 1.5, round=6)
            for i, name in enumerate(names):
                area.text(middle, y + 16 + 18 * i, name, "layers", bold=True, ha="center")
        elif part == "bias":
            values = opened.values.get("bias")
            opened.block(area, (left, y, wide, high), None if values is None else values[None])
        else:
            area.box(left, y, wide, high, f"{color} 8%", color, 1.5)
        low = note(area, aside, y + (2 if texts else 10), title, texts, room, color)
        below = max(y + high + 26, low + 10)
        if part == "z" and "bias" in opened.weights:
            area.text(middle, (y + high + below) / 2, "+", size=TITLE, bold=True, ha="center")
        elif part != "y":
            area.arrow([middle, middle], [y + high + 3, below - 3], "layers")
        bottom, y = max(y + high, low), below
    return bottom


def _rows(opened):
    """What is below the kernel: (part, colour, title, texts)."""
    size = (opened.facts.layer.units,)
    z, formula = _formulas(opened)
    yield "z", "layers", f"x · kernel {size}", []
    if "bias" in opened.weights:
        yield "bias", WEIGHTS, f"bias {size}", [opened.weights["bias"].made_by]
    yield "activation", "layers", formula, [z, *opened.code("activation")]
    yield "y", "layers", f"y {size}", [f"output {opened.facts.output_shape}"]


def _kernel_note(area, x, y, opened, room):
    """What makes the kernel; a few of its columns as images, where they may be such."""
    weight, values = opened.weights["kernel"], opened.values.get("kernel")
    side = values is not None and square_side(weight.shape[0])
    texts = [product(weight), weight.made_by]
    texts += ["the same kernel for every row of a sample"] * (len(opened.facts.input_shape) > 2)
    if side:
        texts.append(f"each column as {side} × {side}, if x is an image's rows:")
    y = note(area, x, y, f"kernel {weight.shape}", texts, room, WEIGHTS)
    if not side:
        return y + 12
    for unit in some(weight.shape[1], 4 if room > 250 else 3):
        if unit is None:
            area.text(x + 8, y + 34, "…", "quiet", ha="center")
            x += 24
            continue
        pixels = opened.shade.pixels(area.palette, values[:, unit].reshape(side, side))
        image(area, (x, y, 68, 68), pixels)
        area.text(x, y + 79, f"unit {unit}", "quiet", size=SMALL, mono=True)
        x += 76
    return y + 112

"""One training step with its real tensors, beneath the loop in which it happens."""

from itertools import pairwise

import numpy as np

from anatomy.base.arrays import Shade, scaled
from anatomy.base.picture import Picture
from anatomy.base.type import SMALL, TEXT, width, wrap
from anatomy.base.words import count, number
from anatomy.data import calls
from anatomy.fit.loop.draw import halves
from anatomy.fit.loop.facts import Parts
from anatomy.fit.step.facts import STAGES, Account
from anatomy.layers.tensor.facts import as_image, pixel

LOOP, HIGH, TOP = 56, 92, 210  # CSS pixels: top and height of the loop; top of the tensors
SHARES = 100, 164, 128, 100, 216  # of the stages in a row; on a narrow sheet, of its loop
NARROW, ROWS = (90, 150, 112, 92, 128), ((22, 43, 35), (30, 70))  # and of its tensors in two
COLORS = {"input": "data", "forward": "layers", "loss": "loss", "gradient": "loss",
          "update": "optimizer"}  # fmt: skip
SIDE, WIDEST = 112, 1200  # of an image; a wider sheet stays free
MOST = 10  # predictions that find room as bars


@calls.validated(stage=calls.choice(*STAGES))
def step(model, step, *, stage=None, sample=0, unit=0, classes=None, label=""):
    """One training step: the loop, and beneath it what flows in it for one of the samples.

    Args:
        model: the built keras.Model that took the step; it names the parts of the loop.
        step: an ``anatomy.training.Step``.
        stage: "input", "forward", "loss", "gradient" or "update": what comes later is not
            shown yet. None: all.
        sample: which sample of the batch, from 0.
        unit: which unit of the first kernel, from 0.
        classes: names of the classes, or None.
        label: a line above, such as "batch 3 of 128".

    Returns:
        Picture.

    Raises:
        ValueError: for a sample, a unit or a stage that is not there.

    Source: Chollet, Deep Learning with Python, ch. 2.4 and 3.1.
    """
    return Picture(draw, Parts(model), Account(step, sample, unit, classes), stage, label)


def draw(sheet, parts, account, stage=None, label=""):
    """The loop above; below, a column of real tensors for each stage."""
    wide, narrow = min(sheet.width, WIDEST) - 24, sheet.width < 700
    columns = [*_columns(wide, NARROW if narrow else SHARES)]
    start = 24 + sheet.text(12, 16, "One training step", bold=True)
    sheet.small(start, 16, label, room=sheet.width - start - 12)
    _loop(sheet, dict(zip(STAGES, columns, strict=True)), parts, account, stage)
    reached = STAGES[: STAGES.index(stage) + 1] if stage else STAGES
    names, top = iter(STAGES), TOP
    for row in [_columns(wide, shares) for shares in ROWS] if narrow else [columns]:
        for (left, room), name in zip(row, names, strict=False):
            color = COLORS[name] if stage in (None, name) else "quiet"
            sheet.box(left, top - 38, room, 2, color if color != "quiet" else "rule")
            sheet.text(left, top - 24, name, color, bold=True)
            if name in reached:
                DRAWINGS[name](sheet.area(left, top, room, 0), account)
        top += SIDE + 118
    sheet.height = top - 44
    first = "One training step" + f", {label}" * bool(label) + "."
    sentences = [f"{name.capitalize()}: {account.sentences[name]}" for name in reached]
    return "\n".join([first, *sentences, _path(parts)])


def _columns(wide, shares):
    """(left, width) of columns that share a width."""
    gap = 18 if wide > 700 else 12
    unit, left = (wide - gap * (len(shares) - 1)) / sum(shares), 12
    for share in shares:
        yield left, share * unit
        left += share * unit + gap


def _loop(sheet, columns, parts, account, stage):
    """Data, layers, loss, gradients and optimizer in a row, and the way back to the weights."""

    def color(name, color, share=100):
        share = share if stage in (None, name) else round(0.3 * share)
        return f"{color} {share}%"

    batch = count(len(account.step.x), "sample")
    numbers = f"{parts.parameters:,} numbers"
    optimizer = [parts.optimizer, f"learning_rate={number(account.step.learning_rate)}"]
    texts = {
        "input": ("X and Y", [batch, "fit(x, y)"]),
        "forward": ("layers", _names(parts)),
        "loss": ("loss function", [parts.loss]),
        "gradient": ("gradients", ["∂loss/∂w", numbers]),
        "update": ("optimizer", optimizer),
    }
    for name, (title, lines) in texts.items():
        left, wide = columns[name]
        sheet.box(left, LOOP, wide, HIGH, color(name, COLORS[name], 8), color(name, COLORS[name]),
                  1.5, round=5)  # fmt: skip
        if name != "forward":
            halved = [half for line in lines for half in halves(line, wide - 8)]
            lines = [part for half in halved for part in wrap(half, wide - 8, SMALL)]
        lines = lines[:4]
        y = LOOP + HIGH / 2 - 8 * len(lines)
        sheet.text(left + wide / 2, y, title, color(name, COLORS[name]), bold=True, ha="center",
                   size=TEXT if wide > 98 else SMALL)  # fmt: skip
        for k, line in enumerate(lines, 1):
            look = {"size": SMALL, "ha": "center", "room": wide - 8}
            sheet.text(left + wide / 2, y + 16 * k, line, color(name, "ink"), **look)
        sheet.handle(left, LOOP, wide, HIGH, f"stage {name}", press={"stage": name})
    for name, after in pairwise(STAGES):
        left, wide = columns[name]
        sheet.arrow([left + wide + 1, columns[after][0] - 1], [LOOP + HIGH / 2] * 2,
                    color(after, COLORS[name]), head=8)  # fmt: skip
    middle = {name: left + wide / 2 for name, (left, wide) in columns.items()}
    start, end, y = middle["update"], middle["forward"], LOOP - 16
    ink = color("update", "optimizer")
    sheet.arrow([start, start, end, end], [LOOP, y, y, LOOP - 1], ink, head=8)
    _label(sheet, (start + end) / 2, y, "weight update", ink)
    start, end, bottom = middle["input"], middle["loss"], LOOP + HIGH
    y, ink = bottom + 14, color("loss", "targets")
    sheet.arrow([start, start, end, end], [bottom, y, y, bottom + 1], ink, head=8)
    _label(sheet, middle["forward"], y, "targets Y", ink)


def _label(sheet, x, y, text, color):
    """A word in the middle of a line."""
    wide = width(text, bold=True) + 12
    sheet.box(x - wide / 2, y - 8, wide, 16, "paper")
    sheet.text(x, y, text, color, bold=True, ha="center")


def _names(parts):
    """The layers, or the first and the last of many."""
    layers = [f"{layer.name} {layer.shape}".strip() for layer in parts.layers]
    if len(layers) <= 4:
        return layers
    return [*layers[:2], f"… {len(layers) - 3} more …", layers[-1]]


def _side(area):
    """The side of an image: that of the narrowest column, where all of them are wide."""
    return min(area.width, SIDE)


def _input(area, account):
    values = as_image(account.step.x[account.sample])
    side = _side(area)
    scaled(area, 0, 0, side, values, Shade.of(values))
    area.text(0, side + 42, f"Y: {account.target}", "targets", bold=True, room=area.width + 8)


def _forward(area, account):
    side = _side(area)
    below = side + 42
    if account.outputs.ndim > 1:
        values = as_image(account.outputs)
        scaled(area, 0, 0, side, values, Shade.of(values))
        return area.small(0, below, "predictions Y′")
    names, values, marked = account.bars(MOST)
    lengths = np.nan_to_num(np.asarray(values, dtype=float), posinf=0, neginf=0)
    low, high = lengths.min(initial=0), lengths.max(initial=0)
    # Probabilities keep their scale from batch to batch, to be compared.
    high = 1 if low == 0 and high <= 1 else high if high > low else low + 1
    pitch, start, reach = min((side + 14) / len(names), 40), 44, area.width - 44 - 66
    y = (np.arange(len(names)) + 0.5) * pitch
    x = start + reach * (np.array([0 * lengths, lengths]) - low) / (high - low)
    zero = start - reach * low / (high - low)
    high = np.full(len(y), 0.66 * pitch)
    boxes = np.c_[np.minimum(*x), y - high / 2, np.abs(x[1] - x[0]), high]
    area.cells(boxes, ["targets" if i == marked else "layers 70%" for i in range(len(y))], None)
    area.strokes([[(zero, 0), (zero, pitch * len(y))]], "quiet", 0.8)
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        look = {"size": SMALL, "color": "targets" if i == marked else "ink", "bold": i == marked}
        area.text(start - 4, y[i], name, ha="right", room=start - 6, **look)
        area.text(start + reach + 6, y[i], number(value, 3) + " ◂" * (i == marked), **look)
    text = "predictions Y′" + ", ◂ the target" * (marked is not None)
    return area.small(0, below, text, room=area.width)


def _loss(area, account):
    step, loss, (formula, by), wide = account.step, account.loss, account.formula, area.width
    whose = f"sample {account.sample}" + f", by {by}" * bool(by)
    area.small(0, 0, whose if loss is not None else "", room=wide + 8)
    area.text(0, 18, formula, "loss", room=wide + 8)
    area.text(0, 36, "" if loss is None else "= " * bool(formula) + number(loss), "loss", bold=True)
    losses = np.empty(0) if step.losses is None else step.losses[np.isfinite(step.losses)]
    if losses.size:
        low, span = losses.min(), np.ptp(losses) or 1.0
        x = 4 + (wide - 8) * (losses - low) / span
        area.strokes([[(one, 56), (one, 65)] for one in x], "loss 70%", 1)
        if np.isfinite(loss):
            area.dots([4 + (wide - 8) * (loss - low) / span], [51], "ink", 6, marker="v")
    of = f"{'the loss' if loss is None else 'mean'} of {count(len(step.x), 'sample')}"
    area.small(0, 82, of, room=wide + 8)
    area.text(0, 103, number(step.loss - step.penalty), "loss", size=18, bold=True)
    if step.penalty:
        area.small(0, 124, f"+ {number(step.penalty)} penalty", room=wide + 8)


def _gradient(area, account):
    side, values = _side(area), as_image(account.gradient)
    place = pixel(account.gradient.shape, account.steepest)
    scaled(area, 0, 0, side, values, Shade(Shade.of(values).high), place)
    steepest = number(account.gradient[account.steepest], 3)
    area.small(0, side + 42, account.column, "ink", mono=True, room=area.width + 8)
    area.small(0, side + 58, f"▫ ∂loss/∂w {steepest}", room=area.width + 10)


def _update(area, account):
    small = (area.width - 2 * 12) / 3
    before, after = (account.part(part) for part in (account.step.before, account.step.after))
    with np.errstate(invalid="ignore"):
        images = [as_image(part) for part in (before, after - before, after)]
    weights, change = (Shade(Shade.of(*part).high) for part in (images[::2], images[1:2]))
    place = pixel(before.shape, account.steepest)
    for i, (name, values, shade) in enumerate(
        zip(("before", "change", "after"), images, (weights, change, weights), strict=True)
    ):
        x = i * (small + 12)
        area.small(x, 2, name, "ink")
        scaled(area, x, 14, min(small, 80), values, shade, place)
    below = 14 + min(small, 80) + 44
    how = "" if account.step.plain else f", by {account.step.optimizer.partition('(')[0]}"
    area.small(0, below, f"▫ {account.weight}{how}", room=area.width)
    for k, part in enumerate(account.move):
        area.small(0, below + 17 + 16 * k, part, "optimizer", bold=True, room=area.width)


DRAWINGS = dict(zip(STAGES, (_input, _forward, _loss, _gradient, _update), strict=True))


def _path(parts):
    """The loop in words."""
    path = " -> ".join(_names(parts))
    way = path if parts.chain else f"a graph of {path}"
    return (
        f"Training loop: input X {parts.x} -> {way} -> predictions Y'; targets Y; loss "
        f"{parts.loss} compares both -> loss score; optimizer {parts.optimizer} updates "
        f"{parts.parameters:,} parameters."
    )

"""One sequence through an LSTM: gates and states at a timestep, and all that led there."""

import numpy as np

from anatomy.base.arrays import Shade, fitted, image, mark
from anatomy.base.picture import picture
from anatomy.base.plot import epoch_ticks
from anatomy.base.type import SMALL, TITLE, shorten, width
from anatomy.base.words import fixed, number, percent
from anatomy.data import calls
from anatomy.layers.lstm.instant import ROWS, Instant

EDGE, TOP, STRIP, PITCH = 12, 54, 14, 20  # CSS pixels; a strip of units, from strip to strip
INPUT, BARS = 148, 172  # sides of the sequence; width of what belongs to the predictions
PREDICTION = "prediction Y′ from each h"
CURVES = {
    "f": ("data", ""), "i": ("loss", "dashed"), "o": ("targets", "dotted"),
    "g": ("optimizer", "long"), "c": ("data", ""), "h": ("loss", "dashed"),
}  # fmt: skip


@picture(target=calls.count(0), panels=calls.count(1))
def recurrence(sheet, facts, *, timestep=None, unit=0, return_sequences=None, predictions=None,
               target=None, classes=None, label="", panels=None):  # fmt: skip
    """What an LSTM does with one row of a sequence, and what all rows before have led to.

    c_t = f * c_(t-1) + i * g;  h_t = o * tanh(c_t), with the numbers of one unit.

    Args:
        facts: an ``anatomy.layers.Recurrence``.
        timestep: how many rows are read, from 1; None: all.
        unit: which unit is written out, from 0.
        return_sequences: frame all hidden states, or the last one only, as what the layer
            returns; None: as the layer of these facts has it.
        predictions: probabilities that the rest of a model gives for the hidden state of each
            timestep, (timesteps, classes), such as ``model.layers[1](facts.h)``; or None.
        target: which class is right, from 0, or None.
        classes: names of the classes; None: their numbers.
        label: whose sequence this is, such as "sample 3".
        panels: how many of the seven beside the sequence are open, from 1; None: all.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a timestep or a unit that is not there, or predictions of another shape.

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Keras, ``layers.LSTM``.
    """
    now = Instant(facts, timestep, unit, predictions, target, classes)
    whole = facts.output.ndim == 2 if return_sequences is None else return_sequences
    returned = facts.h.shape if whole else facts.h.shape[1:]
    sheet.text(EDGE, 18, now.row, size=TITLE, bold=True)
    sheet.small(sheet.width - EDGE, 18, label, ha="right")
    bars = max(BARS, 0.2 * sheet.width) if now.classes else 0
    left, right = EDGE + INPUT + 34, sheet.width - EDGE - bars
    _sequence(sheet.area(EDGE, TOP, INPUT, INPUT), now)
    columns = 4 if sheet.width >= 800 else 2
    wide = (sheet.width - 2 * EDGE + 16) / columns
    sheet.height = 276 + 142 * 4 / columns
    areas = [sheet.area(EDGE + i % columns * wide, 276 + i // columns * 142, wide - 16, 138)
             for i in range(4)]  # fmt: skip
    beside = sheet.area(sheet.width - bars, TOP, bars - EDGE, 7 * PITCH)
    panes = [
        ("inside the layer", sheet.area(left, TOP, right - left, 7 * PITCH), _strips, now),
        *[("prediction Y′ from hₜ", beside, _bars, now)] * bool(now.classes),
        (f"unit {unit}", sheet.area(EDGE, 222, sheet.width - 2 * EDGE, 46), _equations, now),
        ("cell state c", areas[0], _map, facts.c.T, unit),
        ("hidden state h", areas[1], _map, facts.h.T, unit, f"returned: {returned}"),
        (f"gates of unit {unit}", areas[2], _curves, facts, "fiog", unit),
        (PREDICTION, areas[3], _map, now.predictions.T, target, now.settled, now.classes)
        if now.classes
        else (f"states of unit {unit}", areas[3], _curves, facts, "ch", unit),
    ]
    places = [draw(area, title, *about) for title, area, draw, *about in panes[:panels]]
    for k, (title, area, *_) in enumerate(panes[len(places) :], len(places) + 1):
        area.box(0, 0, area.width, area.height, "layers 8%")
        middle = area.width / 2, area.height / 2
        area.text(*middle, f"▸ {title}", "quiet", ha="center", room=area.width - 8)
        area.handle(0, 0, area.width, area.height, f"open: {title}", press={"panels": k})
    if over_time := [place for place in places if place]:
        _timestep(sheet, now, over_time, whole)
    return now.describe(label, whole, returned)


def _timestep(sheet, now, places, whole):
    """The present timestep in the panels over time, and what the layer returns."""
    lefts, tops, wides, highs = np.transpose(places)
    step = wides[0] / len(now.facts.x)
    heads = lefts + now.timestep * step  # what lies right of them is still to come
    covers = np.stack([heads, tops, lefts + wides - heads, highs], axis=1)
    sheet.cells(covers, ["rule 60%"] * len(places), edge=None)
    sheet.cells(places, None, "quiet")
    starts, length = _broad(heads - step, step)
    sheet.cells(np.stack([starts, tops, 0 * wides + length, highs], axis=1), None, "ink", 1.4)
    for i, left in enumerate(lefts):
        place = (starts[i] - 3, tops[i], length + 6, highs[i])
        to = ("timestep", lambda at, left=left: (at - left) / step + 0.5)
        sheet.handle(*place, f"the timestep, panel {i + 1}", now.row, x=to)
    for left, top, wide, high in places[1:2]:
        start = left if whole else left + wide - step
        place = (start - 2, top - 2, left + wide - start + 4, high + 4)
        sheet.box(*place, edge="optimizer", linewidth=2.6)


def _sequence(area, now):
    """The sequence as an image, row by row: what is read, and what is to come."""
    x, rows, side = now.facts.x, len(now.facts.x), area.width - 22
    wide, high = fitted(x.shape, (side, side))
    shades = Shade.of(x).pixels(area.palette, x)
    area.text(0, -14, "x, row by row", bold=True)
    area.image(0, 0, wide, high, shades)
    unread = now.facts.order[now.timestep :]
    ends = unread.min(initial=rows), unread.max(initial=-1) + 1
    top, foot = (high / rows * end for end in ends)
    area.polygon([(0, top), (wide, top), (wide, foot), (0, foot)], "paper", alpha=0.8)
    area.frame(0, 0, wide, high)
    top, length = _broad(high / rows * now.read, high / rows)
    mark(area, (0, top, wide, length), "ink", 1.4)
    backwards = now.facts.order[0] > 0
    area.handle(0, top - 4, wide, length + 8, "the row that is read", now.row,
                y=("timestep", lambda at: 0.5 + rows * abs(backwards - at / high)))  # fmt: skip
    area.text(wide + 5, top + length / 2, "◂ xₜ", bold=True)
    image(area, (0, side + 10, side, 10), shades[now.read][None])
    area.small(0, side + 32, f"xₜ: {x.shape[1]} features")


def _strips(area, title, now):
    """A strip of all units for each gate and state, one unit marked, its numbers beside them."""
    facts, names, units = now.facts, area.width > 380, now.facts.h.shape[1]
    left, end = 130 if names else 46, area.width - 46
    wide, ramp = end - left, area.palette.ramp
    head = f"{title}, unit by unit (∘)" if names else "each unit (∘)"
    area.text(0, -14, head * (area.width > 240), bold=True)
    x = end
    for text, low, color in (("− to +", -1, "signed"), ("0 to 1", 0, "layers")):  # the key
        x -= area.small(x, -14, text, ha="right") + 40
        image(area, (x, -19, 34, 10), ramp(np.linspace(low, 1, 34)[None], low, 1, color))
        x -= 14
    tops = np.array([PITCH * i + 8 * (i > 4) for i in range(len(ROWS))])
    strips = np.tile(ramp(0, 0, 1, "layers"), (7 * PITCH + 2, units, 1))  # paper between them
    for y, (name, (sign, symbol, text)) in zip(tops, ROWS.items(), strict=True):
        values, strong, middle = getattr(facts, name), name in "ch", y + STRIP / 2
        color, look = ("ink" if strong else "quiet"), {"bold": strong, "ha": "right"}
        area.text(0, middle, sign, "quiet", bold=True)
        area.text(14, middle, symbol, bold=True)
        area.small(left - 8, middle, text * names, color, **look)
        area.text(end + 6, middle, fixed(now.values[name]), bold=strong)
        most = Shade.of(facts.c if name == "before" else values).high or 1.0
        scale = (0, 1, "layers") if name in "ifo" else (-most, most)
        strips[y : y + STRIP] = ramp(values[now.timestep - 1], *scale)
    area.image(left, 0, wide, len(strips), strips)
    area.cells([(left, y, wide, STRIP) for y in tops], None, "quiet")
    start, length = _broad(left + wide / units * now.unit, wide / units)
    mark(area, (start, -3, length, len(strips) + 6), "ink", 1.4)
    area.handle(start - 4, -3, length + 8, len(strips) + 6, "the unit", str(now.unit),
                x=("unit", lambda at: (at - left) / wide * units - 0.5))  # fmt: skip
    at = min(max(start + length / 2, left + 20), end - 20)
    area.text(at, len(strips) + 12, f"unit {now.unit}", size=SMALL, bold=True, ha="center")


def _bars(area, title, now):
    """The prediction from the present hidden state, a bar for each class."""
    shares = np.nan_to_num(now.predictions[now.timestep - 1])
    pitch, left, best = min(area.height / len(shares), 24), 46, int(shares.argmax())
    wide = area.width - left - 54
    area.text(0, -14, title, bold=True)
    for k, name in enumerate(now.classes):
        right, y = k == now.target, (k + 0.5) * pitch
        text = "▸ " * right + shorten(str(name), 30, SMALL)
        area.text(left - 5, y, text, "targets" if right else "ink", size=SMALL, ha="right")
    tops = (np.arange(len(shares)) + 0.19) * pitch
    boxes = [(left, y, wide * share, 0.62 * pitch) for y, share in zip(tops, shares, strict=True)]
    area.cells(boxes, ["layers"] * len(boxes), edge=None)
    area.strokes([[(left, 0), (left, pitch * len(shares))]], "quiet", 0.8)
    share = percent(shares[best])
    area.text(left + wide * shares[best] + 5, (best + 0.5) * pitch, share, size=SMALL, bold=True)
    if now.target is not None:
        area.small(0, area.height + 18, "▸ the target", "targets")


def _equations(area, title, now):
    """Both equations, in symbols, in the unit's numbers, and in words."""
    area.box(0, 0, area.width, area.height, "layers 8%")
    area.text(12, 23, title, bold=True)
    symbols = "cₜ = f ∘ cₜ₋₁ + i ∘ g", f"hₜ = o ∘ {now.facts.activation}(cₜ)"
    left = 84 + max(width(text, bold=True) for text in symbols) + 10
    lines = zip((13, 33), symbols, now.equations, now.effects, strict=True)
    for y, symbol, equation, effect in lines:
        area.text(84, y, symbol, bold=True)
        used = area.text(left, y, f"= {equation}")
        if area.width - left - used - 30 > width(effect, SMALL):
            area.small(area.width - 12, y, effect, ha="right")


def _panel(area, count, title, rows, yticks, note="", grid=""):
    """Axes over the timesteps, under a title and a note."""
    area.text(0, 6, title, bold=True, size=SMALL, room=area.width)
    area.small(area.width, 21, note, "optimizer", bold=True, ha="right", room=area.width)
    area.small(22, area.height - 10, "t", ha="right")
    ticks = {k - 0.5: str(k) for k in epoch_ticks(count, 5)}
    place = (34, 33, area.width - 34, area.height - 55)
    return area.axes(place, (0, count), rows, grid=grid, xticks=ticks, yticks=yticks)


def _map(area, title, values, marked, note="", classes=None):
    """A row for each unit or class over the timesteps, one of them marked. Returns its place."""
    most, high, low = 1.0, len(values), 0
    labels = list(enumerate(classes or ()))[:: -(-SMALL * high // 80)]  # as many as find room
    if not classes:
        most = Shade.of(values).high or 1.0
        labels, low, title = [(k, k) for k in {0, high - 1}], -most, f"{title}, ±{fixed(most)}"
    ticks = {k + 0.5: shorten(str(text), 28, SMALL) for k, text in labels}
    axes = _panel(area, values.shape[1], title, (high, 0), ticks, note)
    axes.image(area.palette.ramp(values, low, most, "layers" if classes else "signed"))
    if marked is not None:
        area.text(area.width + 2, axes.py(marked + 0.5), "◂", size=SMALL)
    return _place(axes)


def _curves(area, title, facts, names, unit):
    """Gates or states of the unit over the timesteps. Returns the place."""
    curves = {name: getattr(facts, name)[:, unit] for name in names}
    finite = np.concatenate([values[np.isfinite(values)] for values in curves.values()])
    low, high = min(-1, finite.min(initial=-1)), max(1, finite.max(initial=1))
    span, x = high - low, np.arange(len(facts.x)) + 0.5
    ticks = {v: number(v, 3) for v in (low, 0, high) if not v or abs(v) > 0.15 * span}
    ends = low - 0.06 * span, high + 0.06 * span
    axes, right = _panel(area, len(x), title, ends, ticks, grid="y"), area.width
    for name, values in reversed(curves.items()):
        color, dash = CURVES[name]
        area.line([right - 16, right], [21, 21], color, 2, dash=dash)
        area.small(right - 19, 21, name, color, bold=True, ha="right")
        right -= 34
        axes.curve(x, values, color, dash=dash)
        axes.dots(x[: len(x) == 1], values[: len(x) == 1], color)
    return _place(axes)


def _place(axes):
    """What the data fill, on the sheet."""
    return axes.left + axes.area.left, axes.top + axes.area.top, *axes.place[2:]


def _broad(start, length, least=4):
    """Start and length of a mark around something thin."""
    more = np.maximum(least - length, 0)
    return start - more / 2, length + more

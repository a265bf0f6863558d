"""One sequence through an LSTM: gates and states at a timestep, and all that led there."""

import numpy as np

from anatomy.base import type
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TITLE
from anatomy.base.words import fixed, number, percent, sentences

EDGE, TOP, STRIP, PITCH = 12, 54, 14, 20  # CSS pixels; a strip of units, from strip to strip
INPUT, BARS = 148, 172  # sides of the sequence; width of what belongs to the predictions
MOST = 12  # classes that find room
#: A strip for each: its sign in the equations, its symbol and its name.
ROWS = {
    "f": ("", "f", "forget gate"),
    "before": ("×", "cₜ₋₁", "state before"),
    "i": ("+", "i", "input gate"),
    "g": ("×", "g", "candidate"),
    "c": ("=", "cₜ", "cell state"),
    "o": ("", "o", "output gate"),
    "h": ("", "hₜ", "hidden state"),
}
CURVES = {
    "f": ("data", ""), "i": ("loss", "dashed"), "o": ("targets", "dotted"), "g": ("optimizer", "long"),
    "c": ("data", ""), "h": ("loss", "dashed"),
}  # fmt: skip


@picture
def recurrence(sheet, facts, *, timestep=None, unit=0, return_sequences=None, predictions=None,
               target=None, classes=None, label=""):  # fmt: skip
    """What an LSTM does with one row of a sequence, and what it has made of the rows before.

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

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a timestep or a unit that is not there, or predictions of another shape.

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Keras, ``layers.LSTM``.
    """
    now = Moment(facts, timestep, unit, predictions, target, classes)
    whole = facts.output.ndim == 2 if return_sequences is None else return_sequences
    returned = facts.h.shape if whole else facts.h.shape[1:]
    sheet.text(EDGE, 18, now.row, size=TITLE, bold=True)
    sheet.text(sheet.width - EDGE, 18, label, "quiet", size=SMALL, ha="right")
    bars = max(BARS, 0.2 * sheet.width) if now.classes else 0
    left, right = EDGE + INPUT + 34, sheet.width - EDGE - bars
    _sequence(sheet.area(EDGE, TOP, INPUT, INPUT), now)
    _strips(sheet.area(left, TOP, right - left, 7 * PITCH), now)
    if now.classes:
        _bars(sheet.area(sheet.width - bars, TOP, bars - EDGE, 7 * PITCH), now)
    _equations(sheet.area(EDGE, 222, sheet.width - 2 * EDGE, 46), now)

    columns = 4 if sheet.width >= 800 else 2
    wide = (sheet.width - 2 * EDGE + 16) / columns
    areas = [sheet.area(EDGE + i % columns * wide, 276 + i // columns * 142, wide - 16, 138)
             for i in range(4)]  # fmt: skip
    sheet.height = 276 + 142 * 4 / columns
    ends = [(k, k) for k in sorted({0, facts.c.shape[1] - 1})]
    panels = [
        _map(areas[0], now, "cell state c", facts.c.T, ends, unit),
        _map(areas[1], now, "hidden state h", facts.h.T, ends, unit, f"returned: {returned}"),
        _curves(areas[2], now, f"gates of unit {unit}", "fiog"),
        _map(areas[3], now, "prediction Y′ from each h", now.predictions.T, list(enumerate(now.classes)),
             target, now.settled, signed=False)
        if now.classes else _curves(areas[3], now, f"states of unit {unit}", "ch"),
    ]  # fmt: skip
    lefts, tops, wides, highs = np.transpose(panels)
    steps = wides / len(facts.x)
    heads = lefts + now.timestep * steps
    sheet.cells(np.stack([heads, tops, lefts + wides - heads, highs], 1), ["rule 60%"] * 4, edge=None)
    sheet.cells(panels, None, "quiet")
    starts, lengths = _broad(heads - steps, steps)
    sheet.cells(np.stack([starts, tops, lengths, highs], axis=1), None, "ink", 1.4)
    left, top, wide, high = panels[1]
    start = left if whole else left + wide - steps[1]
    sheet.box(start - 2, top - 2, left + wide - start + 4, high + 4, edge="optimizer", linewidth=2.6)
    return now.describe(label, whole, returned)


class Moment:
    """One unit of an LSTM at one timestep, in numbers and in words; arguments as above."""

    def __init__(self, facts, timestep=None, unit=0, predictions=None, target=None, classes=None):
        (count, units), self.facts = facts.h.shape, facts
        self.timestep = timestep = count if timestep is None else timestep
        for name, value, first, last in (
            ("timestep", timestep, 1, count), ("unit", unit, 0, units - 1)
        ):  # fmt: skip
            if not first <= value <= last:
                raise ValueError(f"{name} is {value}; give one from {first} to {last}.")
        self.unit, self.target, self.classes, self.predictions = unit, target, (), None
        if predictions is not None:
            self.predictions = predictions = np.asarray(predictions)
            if predictions.ndim != 2 or len(predictions) != count:
                raise ValueError(
                    f"predictions have shape {predictions.shape}; give probabilities for each "
                    f"timestep, ({count}, classes), or None."
                )
            if not 2 <= predictions.shape[1] <= MOST:
                raise ValueError(
                    f"predictions are of {predictions.shape[1]} classes; there is room for 2 to "
                    f"{MOST}. Give None."
                )
            self.classes = list(classes or range(predictions.shape[1]))
            self.best = predictions.argmax(axis=1)
        self.values = {name: float(getattr(facts, name)[timestep - 1, unit]) for name in ROWS}
        self.read = int(facts.order[timestep - 1])  # the row that is read
        backwards = f" (backwards: timestep {timestep})" * bool(facts.order[0])
        self.row = f"row {self.read + 1} of {count}{backwards}"

    @property
    def equations(self):
        """Cell state and hidden state, each as an equation of numbers."""
        f, before, i, g, c, o, h = map(fixed, self.values.values())
        before, i, g = (f"({text})" if text.startswith("−") else text for text in (before, i, g))
        return (
            f"{f} × {before} + {i} × {g} = {c}",
            f"{o} × {self.facts.activation}({c}) = {h}",
        )

    @property
    def effects(self):
        """What the gates do to cell state and hidden state, each in a few words."""
        f, o, written = self.values["f"], self.values["o"], self.values["i"] * self.values["g"]
        keeps = f"forgets {percent(1 - f)} of its state" if 0 <= f <= 1 else f"state × {fixed(f)}"
        shows = percent(o) if 0 <= o <= 1 else f"{fixed(o)} times"
        written = "+" * (not fixed(written).startswith("−")) + fixed(written)
        return f"{keeps}, writes {written}", f"shows {shows} of {self.facts.activation}(cₜ)"

    @property
    def sentence(self):
        """What the unit does, and the prediction."""
        c, h = (fixed(self.values[name]) for name in "ch")
        unit = f"{self.row}: unit {self.unit} {self.effects[0]} and holds {c}; it shows {h}."
        return sentences(unit, self.prediction)

    @property
    def prediction(self):
        """The most probable class for the hidden state; "" where there are no predictions."""
        if self.predictions is None:
            return ""
        best = self.best[self.timestep - 1]
        right = "" if self.target is None else ", right" if best == self.target else ", wrong"
        share = percent(self.predictions[self.timestep - 1, best])
        return f"The model now predicts {self.classes[best]}, {share}{right}."

    @property
    def settled(self):
        """Since which timestep the prediction is what it is in the end; "" before the end."""
        if self.predictions is None or self.timestep < len(self.best):
            return ""
        other = np.flatnonzero(self.best != self.best[-1])
        return f"{self.classes[self.best[-1]]} since timestep {other[-1] + 2 if len(other) else 1}"

    def describe(self, label, whole, returned):
        """The picture in words."""
        gates = ", ".join(f"{ROWS[name][2]} {fixed(self.values[name])}" for name in "figo")
        cell, hidden = self.equations
        return sentences(
            f"LSTM of {self.facts.h.shape[1]} units{f', {label}' * bool(label)}, {self.row}.",
            f"Unit {self.unit}: {gates}; cell state {cell}; hidden state {hidden}.",
            f"return_sequences={whole}: the layer returns "
            f"{'all hidden states' if whole else 'the last hidden state'}, {returned}.",
            self.prediction,
            f"{self.settled}." if self.settled else "",
        )


def _sequence(area, now):
    """The sequence as an image, row by row: what is read, and what is to come."""
    x, (rows, columns) = now.facts.x, now.facts.x.shape
    side, largest, signed = area.width - 22, _peak(x) or 1.0, bool((x < 0).any())
    wide, high = (side * min(max(n, 0.2), 1) for n in (columns / rows, rows / columns))
    shades = area.palette.ramp(x, -largest * signed, largest, "signed" if signed else "ink")
    area.text(0, -14, "x, row by row", bold=True)
    area.image(0, 0, wide, high, shades)
    unread = now.facts.order[now.timestep :]
    top, foot = (high / rows * edge for edge in (unread.min(initial=rows), unread.max(initial=-1) + 1))
    area.polygon([(0, top), (wide, top), (wide, foot), (0, foot)], "paper", alpha=0.8)
    area.frame(0, 0, wide, high)
    top, length = _broad(high / rows * now.read, high / rows)
    _mark(area, 0, top, wide, length)
    area.text(wide + 5, top + length / 2, "◂ xₜ", bold=True)
    area.image(0, side + 10, side, 10, shades[now.read][None])
    area.frame(0, side + 10, side, 10)
    area.text(0, side + 32, f"xₜ: {columns} features", "quiet", size=SMALL)


def _strips(area, now):
    """A strip of all units for each gate and state, one unit marked, its numbers beside them."""
    facts, names, units = now.facts, area.width > 380, now.facts.h.shape[1]
    left, end = 130 if names else 46, area.width - 46
    wide, ramp = end - left, area.palette.ramp
    title = "inside the layer, unit by unit (∘)" if names else "each unit (∘)"
    area.text(0, -14, title * (area.width > 240), bold=True)
    x = end
    for text, low, color in (("− to +", -1, "signed"), ("0 to 1", 0, "layers")):  # the key
        x -= area.text(x, -14, text, "quiet", size=SMALL, ha="right") + 40
        area.image(x, -19, 34, 10, ramp(np.linspace(low, 1, 34)[None], low, 1, color))
        area.frame(x, -19, 34, 10)
        x -= 14
    tops = np.array([PITCH * i + 8 * (i > 4) for i in range(len(ROWS))])
    strips = np.tile(ramp(0, 0, 1, "layers"), (7 * PITCH + 2, units, 1))  # one image, paper between
    for y, (name, (sign, symbol, text)) in zip(tops, ROWS.items(), strict=True):
        values, gate, strong, middle = getattr(facts, name), name in "ifo", name in "ch", y + STRIP / 2
        area.text(0, middle, sign, "quiet", bold=True)
        area.text(14, middle, symbol, bold=True)
        area.text(left - 8, middle, text * names, "ink" if strong else "quiet", size=SMALL, bold=strong,
                  ha="right")  # fmt: skip
        most = 1.0 if gate else _peak(facts.c if name == "before" else values) or 1.0
        ends = (0, 1, "layers") if gate else (-most, most)
        strips[y : y + STRIP] = ramp(values[now.timestep - 1], *ends)
        area.text(end + 6, middle, fixed(now.values[name]), bold=strong)
    area.image(left, 0, wide, len(strips), strips)
    area.cells([(left, y, wide, STRIP) for y in tops], None, "quiet")
    start, length = _broad(left + wide / units * now.unit, wide / units)
    _mark(area, start, -3, length, 6 * PITCH + STRIP + 14)
    at = min(max(start + length / 2, left + 20), end - 20)
    area.text(at, 6 * PITCH + STRIP + 20, f"unit {now.unit}", size=SMALL, bold=True, ha="center")


def _bars(area, now):
    """The prediction from the present hidden state, a bar for each class."""
    shares = np.nan_to_num(now.predictions[now.timestep - 1])
    pitch, left, best = min(area.height / len(shares), 24), 46, int(shares.argmax())
    wide = area.width - left - 54
    area.text(0, -14, "prediction Y′ from hₜ", bold=True)
    for k, name in enumerate(now.classes):
        right, y = k == now.target, (k + 0.5) * pitch
        text = "▸ " * right + type.shorten(str(name), 30, SMALL)
        area.text(left - 5, y, text, "targets" if right else "ink", size=SMALL, ha="right")
    boxes = [(left, (k + 0.19) * pitch, wide * share, 0.62 * pitch) for k, share in enumerate(shares)]
    area.cells(boxes, ["layers"] * len(boxes), edge=None)
    area.strokes([[(left, 0), (left, pitch * len(shares))]], "quiet", 0.8)
    share = percent(shares[best])
    area.text(left + wide * shares[best] + 5, (best + 0.5) * pitch, share, size=SMALL, bold=True)
    if now.target is not None:
        area.text(0, area.height + 18, "▸ the target", "targets", size=SMALL)


def _equations(area, now):
    """Both equations, in symbols, in the unit's numbers, and in words."""
    area.box(0, 0, area.width, area.height, "layers 8%")
    area.text(12, 23, f"unit {now.unit}", bold=True)
    symbols = "cₜ = f ∘ cₜ₋₁ + i ∘ g", f"hₜ = o ∘ {now.facts.activation}(cₜ)"
    left = 84 + max(type.width(text, bold=True) for text in symbols) + 10
    for y, symbol, equation, effect in zip((13, 33), symbols, now.equations, now.effects, strict=True):
        area.text(84, y, symbol, bold=True)
        used = area.text(left, y, f"= {equation}")
        if area.width - left - used - 30 > type.width(effect, SMALL):
            area.text(area.width - 12, y, effect, "quiet", size=SMALL, ha="right")


def _panel(area, now, title, rows, yticks, note="", grid=""):
    """Axes over the timesteps, under a title and a note."""
    count, left = len(now.facts.x), 34
    area.text(0, 6, title, bold=True, size=SMALL, room=area.width)
    area.text(area.width, 21, note, "optimizer", size=SMALL, bold=True, ha="right", room=area.width)
    area.text(left - 12, area.height - 10, "t", "quiet", size=SMALL, ha="right")
    step = next(10**k * n for k in range(9) for n in (1, 2, 5) if count <= 10**k * n * 5)
    between = [k for k in range(step, count, step) if k > 1 and count - k >= 0.6 * step]
    place = (left, 33, area.width - left, area.height - 55)
    return area.axes(place, (0, count), rows, grid=grid, yticks=yticks,
                     xticks={k - 0.5: str(k) for k in sorted({1, *between, count})})  # fmt: skip


def _map(area, now, title, values, labels, marked, note="", signed=True):
    """A row for each unit or class over the timesteps, one of them marked. Returns its place."""
    most = (_peak(values) or 1.0) if signed else 1.0
    every = -(-SMALL * len(labels) // 80)  # as many as find room
    ticks = {k + 0.5: type.shorten(str(text), 28, SMALL) for k, text in labels[::every]}
    title += f", ±{fixed(most)}" * signed
    axes = _panel(area, now, title, (len(values), 0), ticks, note)
    axes.image(area.palette.ramp(values, -most * signed, most, "signed" if signed else "layers"))
    if marked is not None:
        area.text(area.width + 2, float(axes.py(marked + 0.5)), "◂", size=SMALL)
    return _place(axes)


def _curves(area, now, title, names):
    """Gates or states of the unit over the timesteps. Returns the place."""
    curves = {name: getattr(now.facts, name)[:, now.unit] for name in names}
    finite = np.concatenate([values[np.isfinite(values)] for values in curves.values()])
    low, high = min(-1, finite.min(initial=-1)), max(1, finite.max(initial=1))
    pad = 0.06 * (high - low)
    ticks = {value: number(value, 3) for value in (low, 0, high) if not value or abs(value) > 0.15 * (high - low)}
    axes = _panel(area, now, title, (low - pad, high + pad), ticks, grid="y")
    right, x = area.width, np.arange(len(now.facts.x)) + 0.5
    for name, values in reversed(curves.items()):
        color, dash = CURVES[name]
        area.line([right - 16, right], [21, 21], color, 2, dash=dash)
        area.text(right - 19, 21, name, color, size=SMALL, bold=True, ha="right")
        right -= 34
        axes.curve(x, values, color, dash=dash)
        axes.dots(x[: len(x) == 1], values[: len(x) == 1], color)
    return _place(axes)


def _place(axes):
    """What the data fill, on the sheet."""
    left, top, wide, high = axes.place
    return left + axes.area.left, top + axes.area.top, wide, high


def _mark(area, left, top, wide, high):
    """A frame that is seen on dark and on light."""
    for edge, width in (("paper", 4), ("ink", 1.4)):
        area.box(left, top, wide, high, edge=edge, linewidth=width)


def _broad(start, length, least=4):
    """Start and length of a mark around something thin."""
    more = np.maximum(least - length, 0)
    return start - more / 2, length + more


def _peak(values):
    """The largest finite size of any of these numbers."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0))

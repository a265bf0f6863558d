"""An optimizer, opened: gradient in, step out, and what it remembers between."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from anatomy.base.picture import Picture
from anatomy.base.plot import epoch_ticks, rounded
from anatomy.base.type import SMALL, TITLE, shorten, width, wrap
from anatomy.base.words import count, number
from anatomy.data import calls
from anatomy.lazy import keras
from anatomy.optimizers.update.facts import update
from anatomy.optimizers.update.rules import Line, rule, values

EXAMPLE = (1.0,) * 6 + (0.0,) * 3 + (-1.0,) * 3  # steady, then nothing, then the other way
FLAGS = ("nesterov", "centered", "amsgrad")  # arguments that choose another formula
MOST = 60  # steps that can be told apart
HEAD, FOOT, GAP, LEAST = 62, 24, 7, 404  # CSS pixels; of the whole picture at least
BOX, FORMULA = (26, 184), 246  # left and width of the boxes; where formulas begin
UNKNOWN = "No formula of {} as it is set is known here: drawn by its variables and its config"


@calls.validated(step=calls.count())
def optimizer(optimizer, gradients=EXAMPLE, *, start=1.0, step=None):
    """The state, the formulas and the steps of an optimizer, fed with gradients.

    Rows from the top: the gradient g; each thing that is remembered, with its argument; the
    step; the variable w, w = w + step. Beside each its formula, the formula filled with the
    numbers of one step, and its values over the steps. All numbers are those of a real
    ``optimizer.apply()`` on one weight; a model's weights are each treated like this one.

    Args:
        optimizer: a ``keras.optimizers.Optimizer``, or a name such as "adam". One whose
            formulas are not known here is drawn by its variables and its config.
        gradients: ``(steps,)``, at most 60, fed one after the other.
        start: w before the first step.
        step: whose numbers are written out, from 1; None: the last.

    Returns:
        Picture; its ``update(update, step)`` takes an ``anatomy.optimizers.Update``.

    Raises:
        TypeError, ValueError: as ``anatomy.optimizers.update``; for too many gradients, some
            that are no single numbers, or a step that is not there.

    Source: of each rule on the picture; keras.io/api/optimizers.
    """
    shape = np.shape(gradients)
    if len(shape) != 1 or len(gradients) > MOST:
        raise ValueError(
            f"gradients have shape {shape}; give up to {MOST} numbers, such as [1.0, 1.0, -1.0]."
        )
    return Picture(draw, update(optimizer, gradients, start), step)


@dataclass
class Row:
    """One quantity: ``color`` of its role, ``slot`` Keras's name where it is remembered."""

    symbol: str
    heading: str
    about: str
    color: str
    values: np.ndarray | None
    line: Line | None = None
    arguments: tuple = ()
    slot: str = ""
    numbers: str = ""
    value: str = ""

    def takes(self, other):
        """Whether its formula takes this other quantity."""
        return other is not self and self.line is not None and other.symbol in self.line.names


def draw(sheet, update, step=None):
    """The picture of an `Update`, with the numbers of one step."""
    step = len(update) if step is None else calls.whole("step", step, 1, len(update))
    known, name = rule(update.optimizer), update.optimizer.__class__.__name__
    arguments = _arguments(update.optimizer, known)
    rows = _rows(update, known, arguments, step)
    slots = [row for row in rows if row.slot]
    memory = f"remembers {count(len(slots), 'number') if slots else 'nothing'}"
    source = known.source if known else UNKNOWN.format(name)

    beside = sheet.width >= 700  # formula and values beside each other
    right = sheet.width - 16
    room = min(420, 0.41 * sheet.width - 4) if beside else right - FORMULA
    strip = FORMULA + room + 46 if beside else FORMULA + 46
    texts = [_wrapped(row, room) for row in rows]
    high = [
        max(31 + 14 * len(row.arguments), 16 * len(lines) + 14 * bool(row.about) + 4 if beside
            else 16 * len(lines) + 14 * bool(row.about) + 44 * (row.values is not None))
        for row, lines in zip(rows, texts, strict=True)
    ]  # fmt: skip
    written = f"({', '.join(f'{key}={text}' for key, text in arguments.items())})"
    title = shorten(name, right / 2, TITLE, True)
    call = wrap(written, right - 20 - width(title, TITLE, True), SMALL, mono=True)
    text = f"Gradient in, step out. Between steps it {memory}"
    text += f" for each weight (↻): {', '.join(row.symbol for row in slots)}." if slots else "."
    long = width(text) + width(source, SMALL) > right - 40
    head = HEAD + 14 * (len(call) - 1) + 18 * long
    spare = max(0, (LEAST - head - FOOT - sum(high)) / len(rows) - GAP)
    tops = head + np.cumsum([0, *(h + GAP + spare for h in high)])
    sheet.height = tops[-1] + FOOT

    wide = sheet.text(12, 18, title, size=TITLE, bold=True)
    sheet.paragraph(20 + wide, 19, call, right, size=SMALL, mono=True, leading=14)
    wide = sheet.text(12, 41 + 14 * (len(call) - 1), text, room=right - 12)
    at = (12, head - 20) if long else (28 + wide, head - 21)
    sheet.text(*at, source, "quiet", size=SMALL, room=right - at[0])

    pitch = (right - 6 - strip) / (len(update) + 0.5)
    x = strip + 4 + pitch * np.arange(len(update) + 1)
    for row, lines, top, h in zip(rows, texts, tops, high, strict=False):
        _box(sheet, row, top, 31 + 14 * len(row.arguments))
        y = top + 8
        for line, bold in lines:
            sheet.text(FORMULA, y, line, bold=bold)
            y += 16
        if row.about:
            sheet.small(FORMULA, y - 1, row.about)
            y += 14
        if row.values is not None:
            start = top if beside else y - 6
            _values(sheet, row, (strip, start, right, top + h + spare), x, pitch, step)
    sheet.handle(
        x[step] - 9, head, 18, sheet.height - head, "the step", str(step),
        x=("step", lambda at: np.interp(at, x, np.arange(len(x)))),
    )  # fmt: skip
    _wires(sheet, rows, tops + 16)
    bottom = tops[-1] + 8
    sheet.small(strip - 8, bottom, "step", ha="right")
    for t in [0, *epoch_ticks(len(update), 12 if pitch * len(update) > 300 else 6)]:
        if abs(x[t] - x[step]) > 18 and (t != 1 or pitch > 16):
            sheet.small(x[t], bottom, t, ha="center")
    sheet.small(x[step], bottom, step, "ink", bold=True, ha="center")

    return _sentence(update, known, rows, f"{name}{written}", memory, source, step)


def _sentence(update, known, rows, call, memory, source, step):
    slots = "; ".join(
        row.symbol + f", {row.heading}" * bool(row.heading)
        + f" ({', '.join(row.arguments)})" * bool(row.arguments)
        for row in rows if row.slot
    )  # fmt: skip
    formulas = "; ".join(line.text for line in known.lines) + ". " if known else ""
    numbers = ", ".join(f"{row.symbol} = {row.value}" for row in rows)
    return (
        f"{call}: gradient in, step out; {memory}{': ' * bool(slots)}{slots}.\n"
        f"{formulas}{source}.\nStep {step} of {len(update)}: {numbers}."
    )


def _arguments(optimizer, known):
    """dict name -> text: the arguments of an optimizer that the picture shows."""
    config = optimizer.get_config()
    if known:
        values = known.arguments | {name: True for name in FLAGS if config.get(name)}
    else:
        hidden = () if optimizer.use_ema else ("use_ema", "ema_momentum")
        values = {name: value for name, value in config.items()
                  if isinstance(value, int | float) and name not in hidden}  # fmt: skip
    rate = config["learning_rate"]
    if not isinstance(rate, dict):
        rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    values = {"learning_rate": rate} | {n: v for n, v in values.items() if n != "learning_rate"}
    return {
        name: value["class_name"] if isinstance(value, dict)
        else str(value) if isinstance(value, bool) else number(value, 6)
        for name, value in values.items()
    }  # fmt: skip


def _rows(update, known, arguments, step):
    """The rows from the top; each argument stands at the first formula that takes it."""
    free = dict(arguments)

    def row(line, *facts):
        names = [*line.names, line.initial] if line else []
        mine = tuple(f"{name}={free.pop(name)}" for name in names if name in free)
        return Row(*facts, line, mine, line.name if line else "")

    def ends(line):
        return [row(line, "step", "out", line.about if line else "", "optimizer", update.steps),
                Row("w", "variable", "w = w + step", "layers", update.variable)]  # fmt: skip

    rows = [Row("g", "gradient", "in, one at each step", "loss", update.gradients)]
    if known is None:
        rows += [Row(name, "", "remembered", "optimizer", state, slot=name)
                 for name, state in update.state.items()] + ends(None)  # fmt: skip
    for line in known.lines if known else ():
        if line.symbol == "step":
            rows += ends(line)
        else:
            color = "loss" if line.symbol == "g" else "optimizer"
            state = update.state[line.name] if line.name else None
            rows.append(row(line, line.symbol, line.name, line.about, color, state))
    lines = values(known, update, step) if known else ()
    results = {line: (line.filled(before), value) for line, before, value in lines}
    for one in rows:
        if one.values is not None:
            value = one.values[step - (len(one.values) == len(update))]
        numbers, value = results.get(one.line, ("", value))
        one.value = number(value)
        equation = f"{numbers} = {one.value}" if numbers not in ("", one.value) else one.value
        one.numbers = f"= {equation}" if one.line else f"{one.symbol} = {equation}"
    return rows


def _wrapped(row, room):
    """The lines of formula and numbers, each with whether it is bold."""
    formula = wrap(row.line.text, room, bold=True) if row.line else ()
    pairs = [(line, True) for line in formula]
    return pairs + [(line, False) for line in wrap(row.numbers, room)]


def _box(sheet, row, top, high):
    """Its symbol, its name, its arguments."""
    left, wide = BOX
    sheet.box(left, top, wide, high, f"{row.color} 8%", row.color, 1.4, round=4)
    x = left + 9 + sheet.text(left + 9, top + 14, row.symbol, row.color, bold=True) + 7
    sheet.text(x, top + 14, row.heading, row.color, room=left + wide - 20 - x)
    if row.slot:
        sheet.text(left + wide - 8, top + 14, "↻", row.color, bold=True, ha="right")
    for i, text in enumerate(row.arguments):
        fits = width(text, SMALL, mono=True) < wide - 14
        sheet.small(left + 9, top + 31 + 14 * i, text, "ink", mono=fits, room=wide - 12)


def _values(sheet, row, place, x, pitch, step):
    """Its values over the steps: a stem each; hollow before the first step."""
    left, top, right, bottom = place
    values = np.asarray(row.values, float)
    finite = values[np.isfinite(values)]
    low, high = (rounded(1.04 * end) if end else 0.0
                 for end in (finite.min(initial=0), finite.max(initial=0)))  # fmt: skip
    high = high if low or high else 1.0
    unit = (bottom - top - 8) / (high - low)

    def y(value):
        return top + 4 + unit * (high - np.clip(np.nan_to_num(value), low, high))

    x, ys, first = x[-len(values) :], y(values), len(x) - len(values)
    sheet.strokes([[(x[step - first], top), (x[step - first], bottom)]], "ghost 60%", 1)
    sheet.strokes([[(left, y(0.0)), (right, y(0.0))]], "quiet", 0.8)
    sheet.strokes(np.stack([np.c_[x, np.full(len(x), y(0.0))], np.c_[x, ys]], axis=1), row.color,
                  min(3, 0.5 * pitch))  # fmt: skip
    size = min(6, 0.6 * pitch)
    sheet.dots(x[1 - first :], ys[1 - first :], row.color, size)
    sheet.dots(x[: 1 - first], ys[: 1 - first], "paper", size, edge=row.color, edgewidth=1.4)
    sheet.dots([x[step - first]], [ys[step - first]], "ink", size + 3, edge="paper")
    for end in (high, low):
        if end:
            sheet.small(left - 4, y(end) + (4 if end > 0 else -4), number(end), ha="right")


def _wires(sheet, rows, middles):
    """Arrows from each quantity to those whose formulas take it."""
    left, right = BOX[0], sum(BOX)
    gradient = max(i for i, row in enumerate(rows) if row.symbol == "g")
    rail = right + 6
    for i, one in enumerate(rows):
        users = [k for k, row in enumerate(rows) if row.takes(one)]
        if one.symbol in "gw" and i != gradient:
            continue
        side, way, color = (left, 13, "loss") if i == gradient else (right, rail, "optimizer")
        for k in users:
            ends = [middles[i], middles[i], middles[k], middles[k]]
            sheet.arrow([side, way, way, side], ends, color, 1.6, head=7)
        rail += 6 * (bool(users) and i != gradient)
    for i, (before, after) in enumerate(pairwise(rows)):
        if before.symbol == "step" or before.symbol == after.symbol == "g":
            x = left + BOX[1] / 2
            high = 15 + 14 * len(before.arguments)
            sheet.arrow([x, x], [middles[i] + high, middles[i + 1] - 16], before.color, 1.6, head=6)

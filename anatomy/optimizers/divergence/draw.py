"""When a learning rate breaks a training: the rates that were tried, and the step that overshot."""

import math

import numpy as np

from anatomy.base import type
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TITLE
from anatomy.base.words import number

LEFT, RIGHT, COLUMN = 58, 16, 276  # CSS pixels beside a plot; of a key beside it
REACH = 60  # how many times the loss at the start the losses go up to
ROOM = 4, 12  # how many times the slope's own fall is shown above the start; at most, to land
LOOKS = {
    "too small": ("data", "<", "dotted"),
    "right": ("targets", "o", ""),
    "too large": ("loss", ">", "dashed"),
    "far too large": ("alarm", "X", "long"),
}  # colour, marker, dashes
NOTES = ("thin, dark: each batch, before its step", "with a mark: the mean of each epoch",
         "circle: the step that is shown")  # fmt: skip
MARKS = {
    "before the step": {"color": "paper", "edge": "ink", "size": 9, "edgewidth": 2},
    "lowest of the parabola": {"color": "targets", "marker": "^", "size": 10},
    "as high as before": {"color": "data", "marker": "s", "size": 8},
    "a step of this rate": {"color": "alarm", "marker": "X", "size": 12, "edge": "paper"},
}
CURVES = {
    "loss of the batch": ("loss", 2.4, ""),
    "parabola of this curvature": ("quiet", 1.6, "dashed"),
}  # colour, width, dashes


@picture
def divergence(sheet, tries, outcomes, step=0, stable=None, all_shown=False):
    """The loss at each step with one learning rate, and all rates that were tried on a line.

    Args:
        tries: list of `anatomy.optimizers.divergence.facts.Try`, the present one last.
        outcomes: an `anatomy.training.Outcomes`: how far the line reaches, and what is right.
        step: of the present try, counted from 0, to mark.
        stable: the largest stable learning rate at that step, to be marked on the line; or None.
        all_shown: whether the line shows what every rate of the axis comes to.

    Returns:
        Picture; its ``update()`` takes the same arguments.
    """
    sheet.height, sentence = _tries(sheet, tries, outcomes, step, stable, all_shown)
    return sentence


@picture
def overshoot(sheet, overshoot):
    """The loss of a batch after a step of plain SGD, over the learning rate of the step.

    Its parabola has the curvature c along the gradient: lowest at 1 / c, as high as before at
    2 / c. Beyond, a step overshoots. Below it stands the largest rate that is stable, by the
    largest curvature of all directions. A slice: of one batch, in one direction.

    Args:
        overshoot: an `anatomy.optimizers.Overshoot`.

    Returns:
        Picture; its ``update()`` takes the same argument.
    """
    sheet.height, sentence = _slope(sheet, overshoot)
    return sentence


@picture
def breaking(sheet, tries=(), outcomes=None, overshoot=None, all_shown=False, step=0):
    """Both beside each other: rates that were tried, and the slope at a step of the present one."""
    if not tries:
        sheet.height = 420
        sheet.text(sheet.width / 2, 210, "the first training is coming", "quiet", ha="center")
        return "Divergence: the first training is coming."
    wide = sheet.width / 2 if sheet.width >= 760 else sheet.width
    stable = overshoot.curvature.stable
    left = sheet.area(0, 0, wide, 420)
    high, tried = _tries(left, tries, outcomes, step, stable, all_shown)
    if wide < sheet.width:
        low, slope = _slope(sheet.area(wide, 0, wide, 420), overshoot)
        sheet.height = max(high, low)
    else:
        low, slope = _slope(sheet.area(0, high + 12, wide, 420), overshoot)
        sheet.height = high + 12 + low
    return f"{tried}\n{slope}"


def _tries(area, tries, outcomes, step, stable, all_shown):
    """Losses above, the line of rates below, and what was found; (height, sentence)."""
    now, rates, start = tries[-1], outcomes.rates, outcomes.start
    beside = area.width >= 700
    wide = area.width - LEFT - RIGHT - beside * COLUMN
    end = now.ends[-1]
    came = f"ends at loss {number(end)}" if math.isfinite(end) else "ends at no finite loss"
    title = f"learning_rate={number(now.rate)} is {now.outcome}: it {came}"
    best = f"begins at {number(start)}; the best rate comes to {number(outcomes.ends.min())}"
    under = f"Training {best} in as many epochs."
    if now.broke:
        last = f"The last finite loss is {number(now.losses[-1])}, before step {len(now.losses)}."
        under = f"{last} Training {best}."
    _title(area, title)
    area.paragraph(12, 38, under, area.width - 24, "quiet", size=SMALL, rows=2)
    top, high = 86, 166 if beside else 120
    low = min(outcomes.ends[outcomes.best], *(one.losses.min() for one in tries)) / 1.6
    steps = max(len(one.ends) * one.steps for one in tries)
    axes = area.axes((LEFT, top, wide, high), (0, steps), (low, REACH * start), ylog=True,
                     ylabel="loss")  # fmt: skip
    area.text(LEFT + wide, top + high + 26, "step", "quiet", size=SMALL, ha="right")
    latest = {one.outcome: one for one in tries}
    axes.horizontal(start, "ghost")
    for name, (color, marker, dash) in LOOKS.items():
        one = latest.get(name)
        ends = np.empty(0) if one is None else np.where(np.isfinite(one.ends), one.ends, np.inf)
        past = np.flatnonzero(ends > REACH * start)
        ends = np.minimum(ends[: past[0] + 1] if len(past) else ends, 2 * REACH * start)
        x = (np.arange(len(ends)) + 0.5) * (one.steps if one else 1)
        axes.curve(x, ends, color, 1.6, dash=dash)
        shown = slice(-1, None) if not len(past) else slice(0, 0)
        axes.dots(x[shown], ends[shown], color, 7, marker=marker, edge="paper")
    losses = np.minimum(now.losses, 1e30)
    axes.curve(np.arange(len(losses)), losses, "ink", 1.3)
    top_loss = REACH * start
    broken = slice(-1, None) if now.broke else slice(0, 0)
    axes.dots(np.arange(len(losses))[broken], np.minimum(losses[broken], top_loss), "alarm", 12,
              marker="X", edge="paper")  # fmt: skip
    axes.dots([step], [min(losses[step], top_loss)], "paper", 9, edge="ink", edgewidth=2)

    line = top + high + 56
    axes = area.axes((LEFT, line, wide, 26), (rates[0], rates[-1]), (0, 1), xlog=True, yticks=(),
                     grid="", xlabel="learning rates tried")  # fmt: skip
    axes.vertical(now.rate, "ink", 1.3)
    known = stable is not None and rates[0] <= stable <= rates[-1]
    bound = f"stable at this step: up to {number(stable)}" if known else ""
    if known:
        axes.vertical(stable, "optimizer", 1.6, dash="dashed")
        half = type.width(bound, SMALL) / 2
        at = min(max(float(axes.px(stable)), LEFT + half), LEFT + wide - half)
        area.text(at, line - 9, bound, "optimizer", size=SMALL, ha="center")
    every = np.array(outcomes.outcomes) if all_shown else np.empty(0, str)
    for name, (color, marker, _) in LOOKS.items():
        some = rates[: len(every)][every == name]
        axes.dots(some, np.full(len(some), 0.5), f"{color} 55%", 6, marker=marker, edge="paper")
    for name, (color, marker, _) in LOOKS.items():
        some = np.array([one.rate for one in tries if one.outcome == name])
        axes.dots(some, np.full(len(some), 0.5), color, 11, marker=marker, edge="paper")

    texts = {name: _came_to(latest.get(name)) for name in LOOKS}
    for i, (name, (color, marker, dash)) in enumerate(LOOKS.items()):
        x, y = LEFT + wide + 24, top + 8 + 46 * i
        if not beside:
            x, y = 12 + i % 2 * area.width / 2, line + 68 + 36 * (i // 2)
        area.line([x, x + 24], [y, y], color, 1.6, dash=dash)
        area.dots([x + 12], [y], color, 9, marker=marker, edge="paper")
        area.text(x + 34, y, name, color, bold=True)
        ink = "ink" if name in latest else "quiet"
        area.text(x + 34, y + 16, texts[name], ink, size=SMALL,
                  room=COLUMN - 60 if beside else area.width / 2 - 50)  # fmt: skip
    if beside:
        for i, text in enumerate(NOTES):
            area.text(LEFT + wide + 24, top + 198 + 17 * i, text, "quiet", size=SMALL)
    bottom = line + (70 if beside else 152)
    if not beside:
        text = f"{NOTES[0]}; {NOTES[2]}"
        area.text(12, line + 138, text, "quiet", size=SMALL, room=area.width - 20)
    tried = ", ".join(f"{number(one.rate)} ({one.outcome})" for one in tries)
    parts = [title, under, *(f"{name}: {text}" for name, text in texts.items()), f"Tried: {tried}."]
    return bottom, "\n".join([*parts, *filter(None, [bound])])


def _title(area, text):
    """The line above: smaller, and without the argument's name, where there is little room."""
    size = TITLE if area.width >= 700 else type.TEXT
    if type.width(text, size, True) > area.width - 16:
        text = text.removeprefix("learning_rate=")
    area.text(12, 18, text, size=size, bold=True, room=area.width - 16)


def _came_to(one):
    if one is None:
        return "not found yet"
    end = f"loss {number(one.ends[-1])}" if math.isfinite(one.ends[-1]) else "no finite loss"
    return f"such as {number(one.rate)}: {end}"


def _slope(area, overshoot):
    """The loss along minus the gradient, and a key; (height, sentence)."""
    o, bound = overshoot, overshoot.curvature
    beside = area.width >= 700
    wide, top = area.width - LEFT - RIGHT - beside * COLUMN, 92
    high = 230 if beside else 150
    word = "fell short" if o.learning_rate <= o.best else "went past the lowest"
    word = word if o.after <= o.loss else "overshot"
    to = number(o.after) if math.isfinite(o.after) else "not finite"
    title = f"learning_rate={number(o.learning_rate)} {word}: loss {number(o.loss)} → {to}"
    curvature = f"Largest curvature {number(bound.value)}"
    note = f"{curvature}. {bound.why}."
    if bound.stable is not None:
        note = (
            f"{curvature}: stable below {number(bound.stable)} ({bound.why}). "
            f"Used: {number(o.learning_rate / bound.stable)} times that."
        )
    lines = ["A slice: one batch, along minus its gradient, a step of plain SGD.", note]
    _title(area, title)
    area.text(12, 38, lines[0], "quiet", size=SMALL, room=area.width - 24)
    area.paragraph(12, 54, note, area.width - 24, "quiet", size=SMALL, leading=14, rows=2)

    right, bottom = o.rates[-1], o.loss - o.slope * o.best / 2 if o.curved > 0 else math.nan
    y = _range(o)
    axes = area.axes((LEFT, top + 8, wide, high), (-0.025 * right, right), y,
                     xlabel="learning rate of this one step", ylabel="loss after it")  # fmt: skip
    for (color, width, dash), losses in zip(CURVES.values(), (o.losses, o.parabola), strict=True):
        axes.curve(o.rates, np.where(np.isfinite(losses), losses, np.nan), color, width, dash=dash)
    spots = [(0, o.loss), (o.best, bottom), (o.level, o.loss), (o.learning_rate, o.after)]
    for (name, look), (rate, loss) in zip(MARKS.items(), spots, strict=True):
        seen = bool(rate <= right) or name == "a step of this rate"  # one beyond stands at the edge
        loss = np.clip(loss if math.isfinite(loss) else y[1], *y)
        axes.dots([min(rate, right)] * seen, [loss] * seen, **look)

    def place(times, rate):
        if o.curved <= 0:
            return "none: it curves down this way"
        return f"at {times}/c = {number(rate)}{', outside' * bool(rate > right)}"

    inside = o.after <= y[1] and o.learning_rate <= right
    texts = dict(zip([*CURVES, *MARKS], (
        "after a step, on the real loss", f"c = {number(o.curved)}", f"loss {number(o.loss)}",
        place(1, o.best), place(2, o.level), f"loss {to}{'' if inside else ', outside'}",
    ), strict=True))  # fmt: skip
    for i, (name, text) in enumerate(texts.items()):
        x, at = LEFT + wide + 24, top + 16 + 38 * i
        if not beside:
            x, at = 12 + i % 2 * area.width / 2, top + high + 56 + 34 * (i // 2)
        if name in CURVES:
            color, width, dash = CURVES[name]
            area.line([x, x + 20], [at, at], color, width, dash=dash)
        else:
            area.dots([x + 10], [at], **MARKS[name])
        room = COLUMN - 54 if beside else area.width / 2 - 44
        area.text(x + 28, at, name, size=SMALL, room=room)
        area.text(x + 28, at + 15, text, "quiet", size=SMALL, room=room)
    sentence = "\n".join([title, *lines, *(f"{name}: {text}" for name, text in texts.items())])
    return top + high + (52 if beside else 156), sentence


def _range(o):
    """So high that the valley is to be seen: what soars leaves through the top."""
    finite = o.losses[np.isfinite(o.losses)]
    fall, seen = o.loss - finite.min(), finite
    if o.curved > 0:  # else the parabola has no bottom
        fall = max(fall, o.slope * o.best / 2)
        seen = np.append(finite, o.parabola)
    usual, most = (o.loss + times * fall for times in ROOM)
    seen = seen[seen <= (o.after if usual < o.after <= most else usual)]
    low, high = min(seen.min(), o.loss), max(seen.max(), o.loss)
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad

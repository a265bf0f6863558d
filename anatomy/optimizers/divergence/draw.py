"""When a learning rate breaks a training: the rates that were tried, and the step that overshot."""

import math

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TEXT, TITLE, width
from anatomy.base.words import number
from anatomy.data import calls

LEFT, RIGHT = 58, 16  # CSS pixels beside a plot
REACH = 60  # how many times the loss at the start the losses go up to
ROOM = 4, 12  # how many times the slope's own fall is shown above the start; at most, to land
LOOKS = {
    "too small": ("data", "<", "dotted"),
    "right": ("targets", "o", ""),
    "too large": ("loss", ">", "dashed"),
    "far too large": ("alarm", "X", "long"),
}  # colour, marker, dashes
MARKS = {
    "loss of the batch": {"color": "loss", "width": 2.4, "dash": ""},
    "parabola of this curvature": {"color": "quiet", "width": 1.6, "dash": "dashed"},
    "before the step": {"color": "paper", "edge": "ink", "size": 9, "edgewidth": 2},
    "lowest of the parabola": {"color": "targets", "marker": "^", "size": 10},
    "as high as before": {"color": "data", "marker": "s", "size": 8},
    "a step of this rate": {"color": "alarm", "marker": "X", "size": 12, "edge": "paper"},
}


@picture(step=calls.count(0))
def divergence(sheet, tries=(), outcomes=None, overshoot=None, step=0, all_shown=False):
    """Learning rates that were tried, and the slope at a step of the present one.

    On the left the loss at each step, and all rates on a line; on the right what
    `anatomy.draw.overshoot` shows. Without a try: a place for both.

    Args:
        tries: list of `anatomy.optimizers.divergence.facts.Try`, the present one last.
        outcomes: an `anatomy.training.Valley`: how far the line reaches, and what is right.
        overshoot: the `anatomy.optimizers.Overshoot` of the step.
        step: of the present try, counted from 0, to mark.
        all_shown: whether the line shows what every rate of the axis comes to.

    Returns:
        Picture; its ``update()`` takes the same arguments.
    """
    if not tries:
        sheet.height = 414
        sheet.text(sheet.width / 2, 200, "the first training is coming", "quiet", ha="center")
        return "Divergence: the first training is coming."
    beside = sheet.width >= 760
    wide = sheet.width / 2 if beside else sheet.width
    high, tried = _tries(sheet.area(0, 0, wide, 0), tries, outcomes, step,
                         overshoot.curvature.stable, all_shown)  # fmt: skip
    left, top = (wide, 0) if beside else (0, high + 12)
    low, slope = _slope(sheet.area(left, top, wide, 0), overshoot)
    sheet.height = max(high, top + low)
    return f"{tried}\n{slope}"


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


def _tries(area, tries, outcomes, step, stable, all_shown):
    """Losses above, the line of rates below, and what was found; (height, sentence)."""
    now, rates, start = tries[-1], outcomes.rates, outcomes.start
    wide, top, high, most = area.width - LEFT - RIGHT, 86, 120, REACH * outcomes.start
    end = now.ends[-1]
    came = f"ends at loss {number(end)}" if math.isfinite(end) else "ends at no finite loss"
    title = f"learning_rate={number(now.rate)} is {now.outcome}: it {came}"
    best = f"begins at {number(start)}; the best rate comes to {number(outcomes.median.min())}"
    under = f"Training {best} in as many epochs."
    if now.broke:
        last = f"The last finite loss is {number(now.losses[-1])}, before step {len(now.losses)}."
        under = f"{last} Training {best}."
    _title(area, title)
    area.paragraph(12, 38, under, area.width - 24, "quiet", size=SMALL, rows=2)
    low = min(outcomes.median[outcomes.best], *(one.losses.min() for one in tries)) / 1.6
    steps = max(len(one.ends) * one.steps for one in tries)
    axes = area.axes((LEFT, top, wide, high), (1, max(steps, 2)), (low, most), ylog=True,
                     ylabel="loss")  # fmt: skip
    area.small(LEFT + wide, top + high + 26, "step", ha="right")
    latest = {one.outcome: one for one in tries}
    axes.horizontal(start, "ghost")
    for one in latest.values():
        color, marker, dash = LOOKS[one.outcome]
        inside = np.logical_and.accumulate(one.ends <= most)
        ends = one.ends[: inside.sum() + 1]  # of one that leaves through the top the first beyond
        x = 0.5 + (np.arange(len(ends)) + 0.5) * one.steps
        axes.curve(x, np.minimum(ends, 2 * most), color, 1.6, dash=dash)
        if inside.all():
            axes.dots(x[-1:], ends[-1:], color, 7, marker=marker, edge="paper")
    losses = np.minimum(now.losses, 1e30)
    axes.curve(1 + np.arange(len(losses)), losses, "ink", 1.3)
    axes.dots([len(losses)] * now.broke, [min(losses[-1], most)] * now.broke, "alarm", 12,
              marker="X", edge="paper")  # fmt: skip
    axes.dots(step + 1, min(losses[step], most), "paper", 9, edge="ink", edgewidth=2)
    axes.handle("the step", str(step + 1), x="step")

    line = top + high + 56
    axes = area.axes((LEFT, line, wide, 26), (rates[0], rates[-1]), (0, 1), xlog=True, yticks=(),
                     grid="", xlabel="learning rates tried")  # fmt: skip
    axes.vertical(now.rate, "ink", 1.3)
    axes.handle("the learning rate", number(now.rate), x="learning_rate")
    bound = ""
    if stable is not None and rates[0] <= stable <= rates[-1]:
        bound = f"stable at this step: up to {number(stable)}"
        axes.vertical(stable, "optimizer", 1.6, dash="dashed")
        half = width(bound, SMALL) / 2
        at = min(max(axes.px(stable), axes.left + half), axes.right - half)
        area.small(at, line - 9, bound, "optimizer", ha="center")
    every = list(zip(rates, outcomes.outcomes, strict=True)) if all_shown else []
    tried = [(one.rate, one.outcome) for one in tries]
    for pairs, tint, size in ((every, " 55%", 6), (tried, "", 11)):
        for name, (color, marker, _) in LOOKS.items():
            some = [rate for rate, outcome in pairs if outcome == name]
            axes.dots(some, [0.5] * len(some), color + tint, size, marker=marker, edge="paper")

    texts = {name: _came_to(latest.get(name)) for name in LOOKS}
    _key(area, line + 68, 2, [
        (name, texts[name], {"color": color, "width": 1.6, "dash": dash},
         {"color": color, "marker": marker, "size": 9, "edge": "paper"})
        for name, (color, marker, dash) in LOOKS.items()
    ])  # fmt: skip
    note = "thin: each batch; coloured: the mean of each epoch; circle: this step"
    area.small(12, line + 138, note, room=area.width - 20)
    found = [f"{name}: {text}" for name, text in texts.items()]
    listed = ", ".join(f"{number(rate)} ({outcome})" for rate, outcome in tried)
    parts = [title, under, *found, f"Tried: {listed}.", bound]
    return line + 152, "\n".join(filter(None, parts))


def _key(area, top, columns, items):
    """Beneath a plot: samples of each look (of lines, or of dots), its name, what it is."""
    wide = area.width / columns
    for i, (name, text, *looks) in enumerate(items):
        x, y = 12 + i % columns * wide, top + 35 * (i // columns)
        for look in looks:
            if "width" in look:
                area.line([x, x + 24], [y, y], **look)
            else:
                area.dots([x + 12], [y], **look)
        area.small(x + 32, y, name, "ink", room=wide - 44)
        area.small(x + 32, y + 15, text, room=wide - 44)


def _title(area, text):
    """The line above: smaller, and without the argument's name, where there is little room."""
    size = TITLE if area.width >= 700 else TEXT
    if width(text, size, True) > area.width - 16:
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
    wide, top, high = area.width - LEFT - RIGHT, 100, 150 if area.width < 700 else 200
    word = "fell short" if o.learning_rate <= o.best else "went past the lowest"
    word = word if o.after <= o.loss else "overshot"
    to = number(o.after) if math.isfinite(o.after) else "not finite"
    title = f"learning_rate={number(o.learning_rate)} {word}: loss {number(o.loss)} → {to}"
    note = f"Largest curvature {number(bound.value)}. {bound.why}."
    if bound.stable is not None:
        note = (
            f"Largest curvature {number(bound.value)}: stable below {number(bound.stable)} "
            f"({bound.why}). Used: {number(o.learning_rate / bound.stable)} times that."
        )
    slice_ = "A slice: one batch, along minus its gradient, a step of plain SGD."
    _title(area, title)
    area.small(12, 38, slice_, room=area.width - 24)
    area.paragraph(12, 54, note, area.width - 24, "quiet", size=SMALL, leading=14, rows=2)

    right, bottom = o.rates[-1], o.loss - o.slope * o.best / 2 if o.curved > 0 else math.nan
    y = _range(o)
    axes = area.axes((LEFT, top, wide, high), (-0.025 * right, right), y, ylabel="loss after it",
                     xlabel="learning rate of this one step")  # fmt: skip
    curve, parabola, *points = MARKS.values()
    axes.curve(o.rates, np.where(np.isfinite(o.losses), o.losses, np.nan), **curve)
    axes.curve(o.rates, o.parabola, **parabola)
    spots = [(0, o.loss), (o.best, bottom), (o.level, o.loss), (o.learning_rate, o.after)]
    for look, (rate, loss) in zip(points, spots, strict=True):
        seen = bool(rate <= right) or look is points[-1]  # one beyond stands at the edge
        loss = np.clip(loss if math.isfinite(loss) else y[1], *y)
        axes.dots([min(rate, right)] * seen, [loss] * seen, **look)

    def place(times, rate):
        if o.curved <= 0:
            return "none: it curves down this way"
        return f"at {times}/c = {number(rate)}{', outside' * bool(rate > right)}"

    outside = "" if o.after <= y[1] and o.learning_rate <= right else ", outside"
    texts = dict(zip(MARKS, (
        "after a step, on the real loss", f"c = {number(o.curved)}", f"loss {number(o.loss)}",
        place(1, o.best), place(2, o.level), f"loss {to}{outside}",
    ), strict=True))  # fmt: skip
    columns = 2 if area.width < 700 else 3
    items = [(name, texts[name], look) for name, look in MARKS.items()]
    _key(area, top + high + 48, columns, items)
    parts = [title, slice_, note, *(f"{name}: {text}" for name, text in texts.items())]
    return top + high + 40 + 35 * (6 // columns), "\n".join(parts)


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

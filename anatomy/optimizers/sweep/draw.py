"""A whole axis at once: the final loss over the learning rate, its valley and its cliff."""

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.plot import epoch_ticks, rounded
from anatomy.base.type import SMALL, TITLE, width
from anatomy.base.words import count, listed, number, sentences
from anatomy.training import valleys

LEFT, RIGHT, HEAD, ROW, FOOT, TOP = 56, 16, 20, 20, 42, 32  # CSS pixels around the data
HIGH = 232  # of the data
#: How the lines are told apart: colour, marker, dashes.
LOOKS = (("training", "o", ""), ("validation", "s", "dashed"), ("targets", "^", "dotted"),
         ("optimizer", "D", "long"))  # fmt: skip
DECADE = 12.0  # losses that span more are shown on a logarithmic axis
ROWS = 12  # of a heat map
TALL = 20.0  # times the loss of the beginning: what is higher leaves the picture


@picture
def sweep(sheet, sweep, marker=None, stable=None):
    """The final loss of every member of a sweep over its learning rate.

    A line is the median of the seeds, its band reaches from the best seed to the worst. Where the
    line climbs above the loss with which training began, the cliff begins. Members whose loss is no
    finite number are marked × at the top, finite ones above the picture ▲.

    Args:
        sweep: an `anatomy.training.Sweep` over learning_rate, and over one more axis of up to four
            values, each of which has a line.
        marker: a learning rate to mark; the loss over the epochs of the nearest member is shown
            beside, every seed, on the same scale.
        stable: 2 / curvature, to be drawn beside the cliff: `anatomy.optimizers.curvature` has it.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: where the sweep has no learning_rate, or too many axes or values; for a marker
            that is not above 0.

    Source: Smith, Cyclical learning rates for training neural networks (2017), section 3.3,
        sweeps the rate within one run; here every rate has a run of its own.
    """
    key = sweep, sweep.done.tobytes(), marker is None
    found, axes, place, sheet.height = sheet.keep(
        "valley", key, lambda: _ground(sheet, sweep, marker is not None)
    )
    _mark(axes, found, marker, losses=len(found) == 1)
    bound = "" if stable is None else f"2 / curvature = {number(stable)}"
    if bound:
        axes.vertical(stable, "optimizer", 1.6, dash="dashed")
        at = max(axes.px(stable) - 6, axes.left + width(bound, SMALL))
        sheet.small(at, axes.bottom - 12, bound, "optimizer", ha="right")
    if marker is not None:
        _curves(sheet, sweep, found, marker, axes, place)
    return sentences(_sentence(sweep, found, marker), bound)


@picture
def heatmap(sheet, sweep):
    """The final loss of a sweep over learning rate and one more axis: a cell for each pair.

    The paler, the lower the median loss of the seeds, on a logarithmic scale where there is one; ×:
    half of the seeds diverged. The lowest of each row is bold, the lowest of all framed.

    Args:
        sweep: an `anatomy.training.Sweep` over learning_rate, and over one more axis of up to
            twelve values, such as ``momentum=[0.0, 0.5, 0.9]``.

    Returns:
        Picture; its ``update()`` takes the same argument.

    Raises:
        ValueError: where the sweep has no learning_rate, or too many axes or values.
    """
    rows = valleys(sweep, ROWS)
    losses = np.array([row.median for row in rows])
    finite = np.isfinite(losses)
    shades = np.log10(losses) if (losses > 0).all() else losses
    ends = (shades[finite].min(), shades[finite].max()) if finite.any() else (0, 1)
    left = 24 + max(width(row.name) for row in rows)
    wide, tall = (sheet.width - left - 16) / losses.shape[1], 30
    bottom = TOP + 16 + tall * len(rows)
    sheet.height = bottom + 40
    seeds = f", the median of {rows[0].ends.shape[1]} seeds" * (rows[0].ends.shape[1] > 1)
    sheet.text(12, 18, _head(sweep) + seeds, size=TITLE, bold=True, room=sheet.width - 24)
    sheet.small(left, 38, "bold: lowest of its row; framed: of all; ×: diverged")
    every = int(np.ceil(max(width(number(r, 2), SMALL) for r in rows[0].rates) / (wide - 4)))
    for i, row in enumerate(rows):
        y = TOP + 16 + tall * i
        sheet.text(left - 12, y + tall / 2, row.name, ha="right")
        fills = sheet.palette.ramp(np.where(finite[i], shades[i], ends[0]), *ends, "loss 70%")
        boxes = [(left + wide * k, y, wide - 2, tall - 2) for k in range(len(fills))]
        sheet.cells(boxes, fills, None)
        for k, (loss, fill) in enumerate(zip(losses[i], fills, strict=True)):
            text, color = number(loss, 2), sheet.palette.on(fill)
            if not finite[i, k]:
                text, color = "" if np.isnan(loss) else "×", "alarm"
            if width(text, SMALL, k == row.best) < wide - 4:
                sheet.small(left + wide * (k + 0.5) - 1, y + tall / 2 - 1, text, color,
                            bold=k == row.best, ha="center")  # fmt: skip
    if finite.any():
        i, k = np.unravel_index(np.where(finite, losses, np.inf).argmin(), losses.shape)
        place = (left + wide * k, TOP + 16 + tall * i, wide - 2, tall - 2)
        sheet.box(*place, edge="ink", linewidth=2)
    for k, rate in list(enumerate(rows[0].rates))[::every]:
        sheet.small(left + wide * (k + 0.5) - 1, bottom + 10, number(rate, 2), ha="center")
    sheet.small((left + sheet.width - 16) / 2, bottom + 28, "learning_rate", ha="center")
    return f"Heat map, {_sentence(sweep, rows, None)}"


def strip(area, sweep, rate, note=""):
    """The same, small and without the curves, beside those of a run; or the note instead."""
    found = valleys(sweep)
    area.text(8, 16, _head(sweep), bold=True)
    best = "; ".join(summary(found[0]).split("; ")[:2])  # how many diverged is to be seen
    area.small(8, 33, note or best, "ink", room=area.width - 16)
    place = (LEFT - 8, 62, area.width - LEFT - 24, area.height - 62 - FOOT)
    axes = _ends(area, found, place, small=True)
    _mark(axes, found, rate, losses=False)
    return sentences(_sentence(sweep, found, rate), note)


def summary(valley):
    """The valley in a line: "best 0.00886, median loss 0.0378; cliff from 0.339"."""
    if valley.best is None:
        return "none is finite" if valley.trained.any() else "nothing is trained yet"
    rate, median = valley.rates[valley.best], valley.median[valley.best]
    text = f"best {number(rate)}, {'median ' * (valley.ends.shape[1] > 1)}loss {number(median)}"
    if valley.cliff is not None:
        text += f"; cliff from {number(valley.rates[valley.cliff])}"
    if valley.diverged.any():
        text += f"; {valley.diverged.sum()} of {valley.ends.size} diverged"
    return text


def _ground(sheet, sweep, marked):
    """All that no marker moves: (valleys, axes, place of the curves, height of the sheet)."""
    found = valleys(sweep)
    head, seeds = _head(sweep), found[0].ends.shape[1]
    start = 32 + width(head, TITLE, True)
    beside = len(found) == 1 and width(summary(found[0])) < sheet.width - start - 12
    top = TOP + ROW * (len(found) - beside) + HEAD
    curves = round(min(max(0.27 * sheet.width, 172), 340)) if marked else 0
    wide = sheet.width - LEFT - RIGHT - (curves and curves + 46)
    key = f"line: median, band: all {seeds} seeds" * (seeds > 1)
    below = 15 * (width(key, SMALL) > wide / 2)  # beneath the name of the axis
    sheet.text(12, 18, head, size=TITLE, bold=True)
    if len(found) == 1:
        sheet.text(*((start, 18) if beside else (12, TOP + 8)), summary(found[0]))
    else:
        _key(sheet, found)
    axes = _ends(sheet, found, (LEFT, top, wide, HIGH))
    sheet.small(12, top + HIGH + 29 + below, key)
    place = (sheet.width - RIGHT - curves, top, curves, HIGH)
    return found, axes, place, top + HIGH + FOOT + below


def _head(sweep):
    done = int(sweep.done.min())
    return f"loss after {f'{done} of ' * (done < sweep.epochs)}{count(sweep.epochs, 'epoch')}"


def _key(sheet, found):
    """A line for each valley: its look, its name, what it is."""
    widest = max(width(valley.name, bold=True) for valley in found)
    for i, (valley, (color, marker, dash)) in enumerate(zip(found, LOOKS, strict=False)):
        y = TOP + ROW * (i + 0.5)
        sheet.line([14, 52], [y, y], color, dash=dash)
        sheet.dots([33], [y], color, 5, marker=marker)
        sheet.text(62, y, valley.name, color, bold=True)
        sheet.text(72 + widest, y, summary(valley), room=sheet.width - 80 - widest)


def _ends(sheet, found, place, small=False):
    """The final loss over the learning rate: medians, bands, the cliff, what diverged."""
    rates = found[0].rates
    pad = (rates[-1] / rates[0]) ** 0.025 if len(rates) > 1 else 2.0
    y, log = _range(found)
    axes = sheet.axes(place, (rates[0] / pad, rates[-1] * pad), y, xlog=True, ylog=log,
                      xlabel="learning_rate")  # fmt: skip
    valley = found[0]
    if len(found) == 1 and valley.cliff is not None:
        i = valley.cliff
        begin = axes.px(np.sqrt(rates[i - 1] * rates[i])) if i else axes.left
        sheet.box(begin, axes.top, axes.right - begin, place[3], "alarm 9%")
        if not small:  # the line above has it
            text = f"cliff from {number(rates[i])}"
            inside = axes.right - begin > width(text, SMALL) + 12
            sheet.small(begin + (6 if inside else -6), axes.bottom - 12, text, "alarm",
                        ha="left" if inside else "right")  # fmt: skip
    for row, (valley, (color, marker, dash)) in enumerate(zip(found, LOOKS, strict=False)):
        on = valley.trained
        low, upper = valley.band
        upper = np.where(valley.diverged > 0, y[1], upper)  # the band of one that fell is open
        if on.sum() > 1 and valley.ends.shape[1] > 1:
            axes.band(rates[on], np.where(np.isnan(low), y[1], low)[on], upper[on], color, 0.16)
        median = np.where(np.isfinite(valley.median), valley.median, np.nan)
        axes.curve(rates, median, color, dash=dash)
        axes.dots(rates, median, color, 2.5 if small else 4, marker=marker, clipped=True)
        height = axes.top + 8 + 10 * row
        for edge, those, look in (("x", valley.diverged > 0, "alarm"), ("^", median > y[1], color)):
            sheet.dots(axes.px(rates[those]), np.full(those.sum(), height), look, 6, marker=edge,
                       edgewidth=1.8)  # fmt: skip
    return axes


def _range(found):
    """((lowest, highest), logarithmic): all of the valley, and of the cliff what is not absurd."""
    losses = np.concatenate([np.concatenate(valley.band) for valley in found])
    starts = [valley.start for valley in found if np.isfinite(valley.start)]
    losses = np.concatenate([losses[np.isfinite(losses)], starts])
    if not len(losses):
        return (0.0, 1.0), False
    low, high = float(losses.min()), float(losses.max())
    if starts and min(starts) > 0:
        high = min(high, TALL * max(starts))
    if low > 0 and high / low > DECADE:
        return (float(f"{low / 1.4:.1g}"), float(f"{high * 2.2:.1g}")), True
    return (min(0.0, 1.1 * low), rounded(high * 1.15)), False


def _mark(axes, found, rate, losses):
    """The marker at a rate; ``losses``: whether with the loss of its nearest member."""
    if rate is None:
        return
    axes.vertical(rate, "ink", 1.2)
    for valley, (color, marker, _) in zip(found, LOOKS, strict=False):
        near = valley.nearest(rate)
        loss = valley.median[near] if np.isfinite(valley.median[near]) else np.nan
        axes.dots(valley.rates[[near]], [loss], color, 9, marker=marker, edge="paper",
                  edgewidth=1.5, clipped=True)  # fmt: skip
    text = f"▾ {number(rate)}"
    if losses:
        text += f": {_end(found[0].median[found[0].nearest(rate)])}"
    axes.handle("the learning rate", number(rate), x="learning_rate")
    at = min(axes.px(rate) - 5, axes.right + 10 - width(text, bold=True))
    axes.area.text(at, axes.top - 11, text, bold=True)


def _curves(sheet, sweep, found, rate, ends, place):
    """The loss over the epochs at the nearest rate, every seed of every line, on the same scale."""
    near = found[0].nearest(rate)
    axes = sheet.axes(place, (1, max(sweep.epochs, 2)), ends.y, ylog=ends.ylog, xlabel="epoch",
                      xticks=epoch_ticks(sweep.epochs, 5))  # fmt: skip
    history = sweep.history.get("loss", np.empty((len(sweep), 0)))
    for valley, (color, _, dash) in zip(found, LOOKS, strict=False):
        for member in valley.members[near]:
            losses = history[member][: sweep.done[member]].astype(float)
            losses = np.where(np.isfinite(losses), losses, np.nan)
            axes.curve(np.arange(1, len(losses) + 1), losses, color, 1.5, dash=dash)
    fallen = sum(valley.diverged[near] for valley in found)
    text = f"at {number(found[0].rates[near])}"
    text += f": {fallen} of {sum(v.ends.shape[1] for v in found)} diverged" * bool(fallen)
    sheet.text(place[0], place[1] - 11, text, bold=True, room=place[2])


def _end(loss):
    return "not trained yet" if np.isnan(loss) else "diverged" if np.isinf(loss) else number(loss)


def _sentence(sweep, found, marker):
    rates, seeds = found[0].ends.shape
    lowest, highest = map(number, found[0].rates[[0, -1]])
    names = [valley.name for valley in found if valley.name]
    text = (
        f"Sweep: {_head(sweep)} over learning_rate, {count(rates, 'rate')} from {lowest} "
        f"to {highest}, {count(seeds, 'seed')} each{', for ' * bool(names)}{listed(names)}."
    )
    return " ".join([text, *(_valley(valley, marker) for valley in found)])


def _valley(valley, marker):
    """One valley: its best rate, its cliff, what diverged, and where the marker is."""
    rates, best, parts = valley.rates, valley.best, []
    if best is None:
        parts.append(summary(valley))
    else:
        low, high = (number(values[best]) for values in valley.band)
        text = f"best learning_rate {number(rates[best])}: loss {number(valley.median[best])}"
        text += f" ({low} to {high})" * (valley.ends.shape[1] > 1)
        if best in (0, len(rates) - 1) and len(rates) > 1:
            text += f", at the {'right' if best else 'left'} end: a better one may lie beyond"
        parts.append(text)
        if valley.cliff is not None:
            parts.append(
                f"the cliff begins at {number(rates[valley.cliff])}: from there on training ends "
                f"above {number(valley.start)}, the loss of the smallest rate after one epoch"
            )
    if valley.diverged.any():
        first = number(rates[np.flatnonzero(valley.diverged)[0]])
        parts.append(
            f"{valley.diverged.sum()} of {valley.ends.size} diverged, the first at {first}"
        )
    if marker is not None:
        near = valley.nearest(marker)
        parts.append(f"at the marker, {number(rates[near])}: {_end(valley.median[near])}")
    text = "; ".join(parts) + "."
    return f"{valley.name}: {text}" if valley.name else text[0].upper() + text[1:]

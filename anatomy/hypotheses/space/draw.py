"""Members of hypothesis spaces: functions as a fan, or the regions that they decide on."""

import numpy as np
from contourpy import contour_generator

from anatomy.base.colours import CLASSES
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, width
from anatomy.base.words import count, number, percent
from anatomy.data import calls
from anatomy.hypotheses.space.facts import axes as axes_of

GAP, LEAST = 24, 240  # CSS pixels: between the panels of two spaces, and how wide one has to be
TOP, HIGH = 50, 260  # of a fan
THIN = 60  # members as thin lines
DASHES = ("", "dashed", "dotted", "long")  # of the members picked out
COLORS = ("data", "loss", "optimizer")  # of the spaces
BANDS = {0.9: 0.13, 0.5: 0.2}  # part of the members at each x: how opaque
CAVEAT = "Reachable is not sampled: weights that were not drawn make other functions."

SHOWN, SIDE, UNDER, BETWEEN = 12, 75, 18, 8  # maps; how wide one is at least; beneath; between
FILLS = ("loss 20%", "data 38%", "optimizer 30%", "targets 26%", "layers 20%")
INKS, MARKS = zip(*CLASSES, strict=True)


@picture(more=calls.KINDS["space"], target=calls.several("x", "y"))
def hypotheses(sheet, space, *more, target=None, labels=None):
    """Members of the hypothesis space of one topology, beside those of others.

    A function of one feature is a line; the bands hold, at each x, the middle half and nine
    tenths of the members. Of two features, 12 members are shown by the classes that they
    decide on: the side of 0 (of 0.5 after a sigmoid), or the largest output.

    Args:
        space: an ``anatomy.hypotheses.Space`` with ``x`` ``(m, 1)`` and one output, or with
            ``x`` from ``anatomy.hypotheses.grid`` in the plane.
        more: up to two others, on the same x.
        target: data to draw on top: ``(x, y)``, arrays ``(k, features)`` and ``(k,)`` or
            ``(k, 1)``; classes 0, 1, ... where there are two features.
        labels: a name for each space; None: its layers.

    Returns:
        Picture.

    Raises:
        ValueError: for spaces that do not fit each other or the picture.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    spaces = [space, *more]
    _check(spaces, labels)
    target = _points(target, space)
    labels = [str(name) for name in labels or (space.topology for space in spaces)]
    plane, most = space.x.shape[1] == 2, max(map(len, spaces))
    columns = int(min(len(spaces), max(1, sheet.width // (LEAST + GAP))))
    wide = (sheet.width - 24 - GAP * (columns - 1)) / columns
    lines, top, tall = [], 0, 0
    reach = None if plane else _reach(spaces, target)
    for i, (one, name) in enumerate(zip(spaces, labels, strict=True)):
        if i % columns == 0:
            top += tall
        panel = sheet.area(12 + i % columns * (wide + GAP), top, wide, 0)
        panel.text(0, 17, name, bold=True, room=wide)
        note = drawn(one) if width(drawn(one), SMALL) <= wide else drawn(one, short=True)
        panel.small(0, 34, note, room=wide)
        if plane:
            sentence, tall = _regions(panel, one, target)
        else:
            sentence, tall = _lines(panel, one, COLORS[i], reach, target), TOP + HIGH + 26
        lines.append(f"{name}: {drawn(one)}. {sentence}")
    y, right = top + tall + 14, sheet.width - 12
    if plane:
        right = _key(sheet, right, y, max(s.outputs.shape[2] for s in spaces))
        few = "The only member" if most == 1 else f"The first {min(most, SHOWN)} members"
        text = f"{few} as drawn, not picked; a line parts the classes"
        text += "; below, how much of the data is right" * (target is not None)
    else:
        strong = f"Strong lines: {min(most, len(DASHES))} of the members"
        text = strong if most > 1 else "The line: the only member"
        text += "; thin: more of them" * (most > len(DASHES))
        text += "; bands: the middle half and nine tenths at each x" * (most > 1)
        text += "; dots: data" * (target is not None)
    notes, look = (f"{text}.", CAVEAT), {"size": SMALL, "leading": 17}
    sheet.height = sheet.paragraph(12, y, notes, right - 12, "quiet", **look) - 3
    first = f"Hypothesis spaces: {len(spaces)}." if len(spaces) > 1 else "A hypothesis space."
    data = "" if target is None else f" On top, {count(len(target[0]), 'point')} of data."
    return "\n".join([first, *lines, CAVEAT + data])


def drawn(space, short=False):
    """How many members, and how wide their weights were drawn."""
    text = count(len(space), "member")
    if not space.spread:
        return text
    wide = number(space.spread)
    return f"{text}, weights × {wide}" if short else (
        f"{text}, weights drawn {wide} × as wide as fit() starts")  # fmt: skip


def fan(axes, space, color, skipped=0):
    """The functions of one feature as bands and thin lines, without the first ``skipped``."""
    order = np.argsort(space.x[:, 0])
    x = space.x[order, 0]
    for part, alpha in BANDS.items():
        axes.band(x, *space.band(part)[:, order], color, alpha)
    thin = space.outputs[skipped:THIN, order, 0]
    path = np.pad(thin, ((0, 0), (0, 1)), constant_values=np.nan)  # nan parts the lines
    axes.curve(np.tile([*x, np.nan], len(thin)), path.ravel(), f"{color} 45%", 0.7)


def _lines(panel, space, color, reach, target):
    """A fan with a few members picked out; returns what it shows, in words."""
    order = np.argsort(space.x[:, 0])
    x, lines = space.x[order, 0], space.outputs[:, order, 0]
    axes = panel.axes((34, TOP, panel.width - 38, HIGH), (x[0], x[-1]), reach)
    fan(axes, space, color, skipped=len(DASHES))
    for line, dash in zip(lines, DASHES, strict=False):
        axes.curve(x, line, "paper", 4)
        axes.curve(x, line, "ink", 1.8, dash=dash)
    if target is not None:
        axes.dots(*map(np.ravel, target), "targets", 4.5, edge="paper", edgewidth=0.6, clipped=True)
    if len(space) == 1:
        return f"It goes from {number(lines[0, 0])} to {number(lines[0, -1])}."
    low, high = space.band(0.9)[:, order]
    at = np.argmax(high - low)
    return (
        f"Nine tenths lie between {number(low[at])} and {number(high[at])} at x = {number(x[at])}."
    )


def _reach(spaces, target):
    """The same y axis for all: what nine tenths of the members and the data need."""
    ends = np.concatenate([s.band(0.9).ravel() for s in spaces])
    if target is not None:
        ends = np.concatenate([ends, target[1].ravel()])
    room = 0.25 * (np.ptp(ends) or 1)
    return ends.min() - room, ends.max() + room


def _regions(panel, space, target):
    """Maps of the first members; returns what they show, in words, and how high they are."""
    across, down = axes_of(space.x)
    few = min(SHOWN, len(space))
    fields = space.classes[:few].reshape(few, len(down), len(across))
    right = None if target is None else space.accuracies(*target, few)
    fit = (panel.width + BETWEEN) / (SIDE + BETWEEN)
    columns = max(n for n in (2, 3, 4, 6, 12) if n == 2 or n <= fit)
    side = (panel.width - BETWEEN * (columns - 1)) / columns
    fills = np.array([panel.palette.ramp(1, 0, 1, fill) for fill in FILLS])
    half = (across[1] - across[0]) / 2, (down[1] - down[0]) / 2
    for i, field in enumerate(fields):
        left, top = i % columns * (side + BETWEEN), TOP + i // columns * (side + UNDER)
        place = (left, top, side, side)
        axes = panel.axes(place, (across[0] - half[0], across[-1] + half[0]),
                          (down[0] - half[1], down[-1] + half[1]), xticks=(), yticks=(), grid="",
                          framed=True)  # fmt: skip
        axes.image(fills[field[::-1] % len(FILLS)])
        for k in np.unique(field)[:-1]:  # of two classes both have the same border
            for line in contour_generator(across, down, field == k).lines(0.5):
                axes.curve(*line.T, "ink", 1.2)
        if target is not None:
            x, y = target
            for k in np.unique(y):
                look = int(k) % len(MARKS)
                axes.dots(*x[np.ravel(y) == k].T, INKS[look], 3 if side < 100 else 4,
                          marker=MARKS[look], edge="paper", edgewidth=0.4)  # fmt: skip
        alone, best = len(np.unique(field)) == 1, right is not None and i == right.argmax()
        text = "one class" if alone else "" if right is None else percent(right[i])
        text = f"{percent(right[i])} right" if best else text
        ink = "ink" if best else "quiet"
        panel.small(left + side / 2, top + side + 9, text, ink, bold=best, ha="center")
    alone = sum(len(np.unique(field)) == 1 for field in fields)
    see = "sees" if alone == 1 else "see"
    sentence = f"{few} shown; {alone} of {few} {see} one class everywhere"
    if right is not None:
        sentence += f"; right on the data: {percent(right.min())} to {percent(right.max())}"
    return f"{sentence}.", TOP + -(-few // columns) * (side + UNDER)


def _key(sheet, right, y, classes):
    """Which fill and which mark is which class, at the right; returns where that begins."""
    names = [str(k) for k in range(min(max(2, classes), len(FILLS)))]
    names[-1] += " …" * (classes > len(FILLS))
    x = right - 34 * len(names)
    for k, name in enumerate(names):
        sheet.box(x, y - 7, 14, 14, FILLS[k], "quiet", 0.8)
        sheet.dots([x + 7], [y], INKS[k], 5, marker=MARKS[k], edgewidth=0)
        sheet.small(x + 19, y, name, "ink")
        x += 34
    x -= 34 * len(names)
    return x - 20 - sheet.small(x - 8, y, "class", ha="right")


def _check(spaces, labels):
    """Raises where the spaces fit neither each other nor the picture."""
    first = spaces[0]
    features = first.x.shape[1] if first.x.ndim == 2 else 0
    if len(spaces) > len(COLORS):
        raise ValueError(f"There are {len(spaces)} spaces; up to {len(COLORS)} find room.")
    if features not in (1, 2):
        raise ValueError(f"x has shape {first.x.shape}; a picture needs (m, 1) or (m, 2).")
    for space in spaces:
        if space.x.shape != first.x.shape or not np.array_equal(space.x, first.x):
            raise ValueError("The spaces are sampled on different x; give all the same x.")
        if space.outputs.ndim != 3 or (features == 1 and space.outputs.shape[2] != 1):
            raise ValueError(
                f"outputs has shape {space.outputs.shape}; a fan needs one output, (n, m, 1)."
            )
        if not space.finite.all():
            raise ValueError(
                f"Some functions are not finite, of weights drawn {space.spread} × as wide; give "
                "hypotheses.sample a smaller spread."
            )
    if features == 2:
        axes_of(first.x)
    elif np.ptp(first.x) == 0:
        raise ValueError(f"x is {first.x[0, 0]:g} everywhere; a line needs two points or more.")
    if labels is not None and len(labels) != len(spaces):
        raise ValueError(f"labels are {labels!r}; give one for each of {len(spaces)} spaces.")


def _points(target, space):
    """The data as two arrays, or an error."""
    if target is None:
        return None
    x, y = (np.asarray(array) for array in target)
    if x.ndim != 2 or x.shape[1] != space.x.shape[1] or y.size != len(x):
        raise ValueError(
            f"target has shapes {x.shape} and {y.shape}; give x (k, {space.x.shape[1]}), y (k,)."
        )
    return x, y

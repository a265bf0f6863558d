"""Search: fit() as a path through a hypothesis space, on a map of functions."""

import numpy as np

from anatomy.base import type
from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TITLE
from anatomy.base.words import count, number, percent, sentences
from anatomy.data import calls
from anatomy.hypotheses.search.facts import Search
from anatomy.hypotheses.search.targets import PLACES
from anatomy.hypotheses.space.draw import drawn, fan

TALL = 306  # CSS pixels, of the map
REACH = 2.4  # of the y axis of a fan, for targets between -1 and 1
HOLLOW, EDGED = {"color": "paper", "edgewidth": 2}, {"edge": "paper"}
#: The marks of the map, and the lines of the fan and of the distances: how each looks.
MARKS = {
    "member": {"color": "data", "size": 3.5, "alpha": 0.45, "edgewidth": 0},
    "first guess": {**HOLLOW, "edge": "optimizer", "size": 9},
    "nearest sampled": {"color": "data", "size": 10, "marker": "^", **EDGED},
    "target": {**HOLLOW, "edge": "targets", "size": 17, "marker": "*"},
    "last guess": {"color": "optimizer", "size": 9, **EDGED},
}
LINES = {
    "target": ("targets", 2.4, "dotted"),
    "nearest": ("ink", 1.8, "dashed"),
    "trained": ("optimizer", 2.6, ""),
    "sampled": ("data", 1.6, "dashed"),
}
UNKNOWN, MISSED = "rule", "loss 22%"  # the bands of the distances


@picture(target=calls.numbers)
def search(sheet, space, path, target=None, *, label=""):
    """fit() as a search: its way through a map of functions, and how near the target it came.

    A point is a function, and how far two are apart is the root mean squared difference of
    their values, whatever their weights. The map is the plane through first guess, last guess
    and target. Beside it the distance to the target after each epoch, and that of the nearest
    member of the space that was sampled. How far the target is from the space itself nobody
    knows: not farther than the nearest function known.

    Args:
        space: an ``anatomy.hypotheses.Space``, members sampled of the topology.
        path: an ``anatomy.hypotheses.Path`` of the same topology on the same x.
        target: what the wanted function is on this x, ``(m, outputs)``; None: not known. It
            is reached where a function is known less than 1% of its spread (its standard
            deviation) away, and then its star is filled.
        label: what this search is, such as "learning_rate=0.001".

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a space, path and target that do not fit each other, or are not finite.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    found, room = Search(space, path, target), sheet.width - 24
    sheet.text(12, 17, str(label) or "fit() is a search", size=TITLE, bold=True, room=room)
    under = f"A point is a function of {space.topology}: {drawn(space)}"
    sheet.text(12, 36, under, "quiet", size=SMALL, room=room)
    beside = sheet.width >= 700
    wide = 0.58 * room if beside else room
    notes, y = _map(sheet.area(12, 52, wide, TALL), found)
    y += 52
    if beside:
        _distances(sheet.area(wide + 40, 52, room - wide - 28, TALL), found)
    else:
        _distances(sheet.area(12, y, room, 250), found)
        y += 250 + 42
    for text, look in ((_verdict(found), {"bold": True}), (found.reason, {}),
                       *((note, {"color": "quiet", "size": SMALL}) for note in notes)):  # fmt: skip
        y = sheet.paragraph(12, y + 2, text, room, **look)
    sheet.height = y
    return _sentence(found, str(label), notes)


@picture
def reach(sheet, space, target, path=None):
    """The functions of a topology and a target; where there is a path, how near it came.

    The target's heights at five places are the controls y1 to y5.

    Args:
        space: an ``anatomy.hypotheses.Space`` of one feature and one output.
        target: its values on the space's x, ``(m, 1)``.
        path: an ``anatomy.hypotheses.Path`` on this x, or None.

    Returns:
        Picture; its ``update()`` takes the same arguments.
    """
    found = path and Search(space, path, target)
    distances = space.distances(target)
    rows = {
        "target": ("the target", target),
        "nearest": (f"nearest of {len(space):,} sampled: {number(distances.min())} away",
                    space.outputs[distances.argmin()]),
    }  # fmt: skip
    if path:
        name = f"after {count(int(found.epochs[-1]), 'epoch')}: {number(found.last)} away"
        rows["trained"] = name, found.guesses[-1]
    beside = sheet.width >= 700
    room = sheet.width - 24
    wide = 0.44 * room if path and beside else room
    panel = sheet.area(12, 0, wide, 330)
    panel.text(0, 17, space.topology, bold=True, room=wide)
    note = drawn(space, short=type.width(drawn(space), SMALL) > wide)
    panel.text(0, 35, note, "quiet", size=SMALL, room=wide)
    x = space.x[:, 0]
    axes = panel.axes((30, 50, wide - 34, 210), (x.min(), x.max()), (-REACH, REACH))
    fan(axes, space, "data")
    for name, (_, values) in rows.items():
        color, width, dash = LINES[name]
        axes.curve(x, np.ravel(values), color, width, dash=dash)
    for i, place in enumerate(PLACES, 1):
        y = float(np.interp(place, x, np.ravel(target)))
        axes.dots([place], [y], "paper", 8, edge="targets", edgewidth=1.6)
        axes.handle(f"the target at {number(place)}", number(y), y=f"y{i}", at=(place, y))
    items = [(text, "line", LINES[name]) for name, (text, _) in rows.items()]
    y = _key(panel, 294, items)
    if path:
        left = wide + 40 if beside else 12
        top = 17 if beside else y + 10
        across = (sheet.width - left - 12 - 24) / 2
        _, y_map = _map(sheet.area(left, top, across, 243), found)
        _distances(sheet.area(left + across + 24, top, across, 265), found)
        y = max(y, y_map + top)
        for text, look in ((_verdict(found), {"bold": True}), (found.reason, {})):
            y = sheet.paragraph(12, y + 5, text, room, size=SMALL, **look)
    text = "Bands: the middle half and nine tenths of the members at each x; thin: some."
    y = sheet.paragraph(12, y + 5, f"{text} Reachable is not sampled.", room, "quiet", size=SMALL)
    sheet.height = y
    return sentences(
        f"The hypothesis space of {space.topology}: {drawn(space)}. Distance to the target:",
        "; ".join(text for text, _ in [*rows.values()][1:]) + ". Reachable is not sampled.",
        _sentence(found, "", ()) if path else "",
    )


def _map(area, found):
    """The functions as points; returns notes on what the map keeps, and the height after it."""
    flat, target = found.map, found.target is not None
    left, right, bottom, top = flat.frame(area.width / area.height)
    axes = area.axes((0, 0, area.width, area.height), (left, right), (bottom, top), xticks=(),
                     yticks=(), grid="", framed=True)  # fmt: skip
    places = {
        "member": flat.members,
        "first guess": flat.guesses[:1],
        "nearest sampled": flat.members[[found.sampled.argmin()]],
        "target": np.zeros((1, 2)),
        "last guess": flat.guesses[-1:],
    }
    looks = dict(MARKS)
    if not target:
        del looks["nearest sampled"], looks["target"]
    elif found.reached:
        looks["target"] = looks["target"] | {"color": "targets"}
    axes.dots(*places["member"].T, **looks["member"], clipped=True)
    if target:
        axes.curve(*np.stack([flat.guesses[-1], (0, 0)]).T, "targets", 1.4, dash="dotted")
    axes.curve(*flat.guesses.T, "optimizer", 1.5)
    for name in [*looks][1:]:
        axes.dots(*places[name].T, **looks[name], clipped=True)
    third = (right - left) / 3
    unit = 10 ** np.floor(np.log10(third))
    unit *= max(step for step in (1, 2, 5) if step * unit <= third)
    x, y, wide = 0.03 * area.width, 0.94 * area.height, unit / (right - left) * area.width
    text = f"distance {number(unit)}"
    area.box(x - 4, y - 9, wide + 16 + type.width(text, SMALL), 18, "paper", round=4)
    area.strokes([[(x, y), (x + wide, y)], *([(at, y - 4), (at, y + 4)] for at in (x, x + wide))],
                 "ink", 1.5)  # fmt: skip
    area.text(x + wide + 8, y, text, size=SMALL)
    y = _key(area, area.height + 18, [(name, "dots", look) for name, look in looks.items()])
    x, y_members = flat.members.T
    outside = int(np.sum((x < left) | (x > right) | (y_members < bottom) | (y_members > top)))
    way, members = map(percent, flat.kept)
    away = f"; {outside:,} of {len(x):,} are outside" * bool(outside)
    ends = "first guess, last guess and target" if target else "first and last guess"
    return [
        f"The map is true to the distances of {ends}; all else may be farther than it looks.",
        f"Of the squared distances to the {'target' if target else 'first guess'} it keeps {way} "
        f"along the way and {members} of the members{away}.",
    ], y


def _distances(area, found):
    """The distance after each epoch, and what is known of all others."""
    epochs, distances, least = found.epochs, found.distances, found.sampled.min()
    target = found.target is not None
    top = 1.1 * (distances.max() or 1)
    if target and least < 1.5 * top:
        top = max(top, 1.1 * least)
    heading = f"distance to the {'target' if target else 'first guess'}"
    area.text(0, 10, heading, bold=True, room=area.width)
    above = ", above" * bool(least > top)
    path = f"this search: {number(distances[0])} → {number(distances[-1])}"
    items = [(path, "line", LINES["trained"])]
    if target:
        items.append((f"nearest sampled: {number(least)}{above}", "line", LINES["sampled"]))
        unknown = f"none known below {number(found.nearest)}"
        items += [(unknown, "box", UNKNOWN)] * bool(found.nearest)
        items += [("known, but not where it ended", "box", MISSED)] * found.missed
    for i, item in enumerate(items):
        _key(area, 30 + 17 * i, [item])
    start = 30 + 17 * 4
    place = (34, start, area.width - 44, area.height - start - 6)
    axes = area.axes(place, (0, max(1, epochs[-1])), (0, top), xlabel="epoch")
    ends = np.array([0, max(1, epochs[-1])])
    if target:
        axes.band(ends, [0, 0], [found.nearest] * 2, UNKNOWN, 1)
        if found.missed:
            axes.band(ends, [found.nearest] * 2, [found.last] * 2, MISSED, 1)
        axes.horizontal(least, *LINES["sampled"][:2], dash="dashed")
    axes.curve(epochs, distances, "optimizer", 2)
    axes.dots(epochs[-1:], distances[-1:], "optimizer", 6.5)


def _key(area, y, items):
    """Names with a sample of each look, in as many rows as they need; returns the height after."""
    x = 0
    for text, kind, look in items:
        sample = 20 if kind == "dots" else 32
        if x and x + sample + type.width(text, SMALL) > area.width:
            x, y = 0, y + 17
        if kind == "dots":
            area.dots([x + 9], [y], **look)
        elif kind == "box":
            area.box(x, y - 5.5, 24, 11, look)
        else:
            color, width, dash = look
            area.line([x, x + 24], [y, y], color, width, dash=dash)
        room = max(area.width - x - sample, 40)
        x += sample + 18 + area.text(x + sample + 2, y, text, size=SMALL, room=room)
    return y + 17


def _verdict(found):
    """Whether the target is reached, in a sentence."""
    if found.target is None:
        return f"No target is given: the search went {number(found.last)} from its first guess."
    share = percent(found.nearest / found.spread)
    return (
        f"Target {'reached' if found.reached else 'not reached'}: the nearest function known is "
        f"{number(found.nearest)} away, {share} of its spread."
    )


def _sentence(found, label, notes):
    """All numbers, in words."""
    name = f" of {label}" if label else ""
    lines = [
        f"Search{name}: {count(len(found.guesses), 'guess', 'guesses')}, from epoch "
        f"{found.epochs[0]} to {found.epochs[-1]}, and "
        f"{count(len(found.members), 'sampled member')} on a map."
    ]
    if found.diverged:
        lines.append("The training diverged: functions that are not finite are left out.")
    if found.target is not None:
        lines.append(
            f"Distance to the target: first guess {number(found.distances[0])}, last guess "
            f"{number(found.last)}, nearest guess {number(found.distances.min())}, nearest sampled "
            f"member {number(found.sampled.min())}; its own spread is {number(found.spread)}."
        )
    return "\n".join([*lines, f"{_verdict(found)} {found.reason}", *notes])

"""Search: fit() as a path through a hypothesis space, the curve that bends onto its target."""

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.plot import epoch_ticks
from anatomy.base.type import SMALL, TITLE, width
from anatomy.base.words import count, number, percent
from anatomy.hypotheses.search.facts import Search
from anatomy.hypotheses.space.draw import drawn, fan

TALL = 300  # CSS pixels, of the map alone
HIGH = 216  # of functions and of distances
REACH = 2.4  # of the y axis under a hand that moves the target
PASSED = 6  # earlier guesses that stay in the picture
HOLLOW, EDGED = {"color": "paper", "edgewidth": 2}, {"edge": "paper"}
#: The marks of the map, and the lines and the band: how each looks.
MARKS = {
    "member": {"color": "data", "size": 3.5, "alpha": 0.45, "edgewidth": 0},
    "first guess": {**HOLLOW, "edge": "optimizer", "size": 9},
    "nearest sampled": {"color": "data", "size": 10, "marker": "^", **EDGED},
    "target": {**HOLLOW, "edge": "targets", "size": 17, "marker": "*"},
    "last guess": {"color": "optimizer", "size": 9, **EDGED},
}
TARGET = {"color": "targets", "width": 2.4, "dash": "dotted"}
NEAREST = {"color": "ink", "width": 1.6, "dash": "dashed"}
GUESS = {"color": "optimizer", "width": 2.6}
ENOUGH = "targets 26%"
POINT = {"color": "quiet", "size": 3.5, "alpha": 0.6, "edgewidth": 0}


@picture
def search(sheet, space, path=None, target=None, *, label="", heights=()):
    """fit() as a search: the function from first guess to last, and how near the target it came.

    Of one feature the functions are curves, over what was trained on and the members of the space;
    others are points of the map that `search_map` draws. Beside it the distance to the target
    after each epoch, the root mean squared difference of the values, and that of the nearest
    sampled member. How far the target is from the space itself nobody knows: not farther than
    the nearest function known.

    Args:
        space: an ``anatomy.hypotheses.Space``, members sampled of the topology.
        path: an ``anatomy.hypotheses.Path`` of the same topology on the same x; None: no search
            yet.
        target: what the wanted function is on this x, ``(m, outputs)``; None: not known. It
            is reached where a function is known less than 5% of its spread (its standard
            deviation) away.
        label: what this search is, such as "learning_rate=0.001".
        heights: dict of the names of controls to the x at which each moves the target.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a space, path and target that do not fit each other, or are not finite.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    found, room = Search(space, path, target), sheet.width - 24
    sheet.text(12, 17, str(label) or space.topology, size=TITLE, bold=True, room=room)
    note = f"a function of {space.topology}, among {drawn(space)}" if label else drawn(space)
    sheet.small(12, 36, note, room=room)
    beside = sheet.width >= 700
    wide = 0.55 * room if beside else room
    area = sheet.area(12, 66, wide, HIGH)
    if space.x.shape[1:] == (1,) and space.outputs.shape[2] == 1:
        notes, y = [], _functions(area, found, heights)
    else:
        notes, y = _map(area, found)
    if beside:
        _distances(sheet.area(wide + 40, 66, room - wide - 28, HIGH), found)
    else:
        _distances(sheet.area(12, 66 + y + 20, room, HIGH), found)
        y += 20 + HIGH + 34
    y = sheet.paragraph(12, 66 + y + 8, _verdict(found), room, bold=True)
    for text, color in ((found.reason, "ink"), *((note, "quiet") for note in notes)):
        y = sheet.paragraph(12, y + 2, text, room, color, size=SMALL)
    sheet.height = y
    return _sentence(found, str(label), notes)


@picture
def search_map(sheet, space, path, target=None):
    """fit() as a way through a map of functions.

    A point is a function, and how far two are apart is the root mean squared difference of
    their values, whatever their weights. The map is the plane through first guess, last guess
    and target.

    Args:
        space, path, target: as for `search`; a path there must be.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: as `search`.
    """
    found, room = Search(space, path, target), sheet.width - 24
    notes, y = _map(sheet.area(12, 10, room, TALL), found)
    y += 12
    for note in notes:
        y = sheet.paragraph(12, y + 2, note, room, "quiet", size=SMALL)
    sheet.height = y
    return _sentence(found, "", notes)


def _functions(area, found, heights):
    """Target, guesses and nearest member over the space; returns the height after their names."""
    order = np.argsort(found.space.x[:, 0])
    x = found.space.x[order, 0]
    known = np.concatenate([found.guesses.ravel(), np.ravel(found.goal)])
    low, high = known.min(), known.max()
    ends = low - 0.2 * ((high - low) or 1), high + 0.2 * ((high - low) or 1)
    place = (34, 0, area.width - 38, area.height)
    axes = area.axes(place, (x[0], x[-1]), (-REACH, REACH) if heights else ends)
    if len(found.guesses):
        axes.band(x, *found.space.band(0.9)[:, order], "data", 0.1)
    else:
        fan(axes, found.space, "data")
    items = []
    if found.path.points:
        axes.dots(*map(np.ravel, found.path.points), **POINT, clipped=True)
        items.append(("trained on", POINT))
    if found.target is not None:
        axes.curve(x, found.goal[order, 0], **TARGET)
        axes.curve(x, found.members[found.sampled.argmin()][order, 0], **NEAREST)
        items += [("the target", TARGET), ("nearest sampled", NEAREST)]
    if len(found.guesses):
        *passed, last = np.unique(np.linspace(0, len(found.guesses) - 1, PASSED + 1).astype(int))
        for k, i in enumerate(passed):
            axes.curve(x, found.guesses[i, order, 0], f"optimizer {25 + 8 * k}%", 1.3)
        axes.curve(x, found.guesses[last, order, 0], **GUESS)
        items.append((f"after {count(int(found.epochs[-1]), 'epoch')}", GUESS))
    for name, at in dict(heights).items():
        y = float(np.interp(at, x, found.goal[order, 0]))
        axes.dots([at], [y], "paper", 8, edge="targets", edgewidth=1.6)
        axes.handle(f"the target at {number(at)}", number(y), y=name, at=(at, y))
    return _key(area, area.height + 34, items)


def _map(area, found):
    """The functions as points; returns notes on what the map keeps, and the height after it."""
    flat, target = found.map, found.target is not None
    left, right, bottom, top = flat.frame((area.width - 34) / area.height)
    place = (34, 0, area.width - 34, area.height)
    axes = area.axes(place, (left, right), (bottom, top), grid="", framed=True)
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
    y = _key(area, area.height + 34, looks.items())
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
    """The distance after each epoch, beside the nearest sampled and what is near enough."""
    last, least = int(found.epochs.max(initial=1)), found.sampled.min()
    target = found.target is not None
    top = 1.1 * max(found.distances.max(initial=0), least * target, found.enough * target) or 1.0
    label = "distance to the target; green: reached" if target else "distance to the first guess"
    place = (34, 0, area.width - 44, area.height)
    axes = area.axes(place, (0, last), (0, top), xlabel="epoch", ylabel=label,
                     xticks=epoch_ticks(last, 6, first=0))  # fmt: skip
    if target:
        axes.band(np.array([0, last]), [0, 0], [found.enough] * 2, ENOUGH, 1)
        axes.horizontal(least, **NEAREST)
        text = f"nearest sampled: {number(least)}"
        above = found.distances[-1:].max(initial=0) < least  # where the curve does not end
        y = axes.py(least) + (-9 if above else 9)
        area.text(axes.px(last), y, text, size=SMALL, ha="right")
    axes.curve(found.epochs, found.distances, "optimizer", 2)
    axes.dots(found.epochs[-1:], found.distances[-1:], "optimizer", 6.5)


def _key(area, y, items):
    """Names with a sample of each look, in as many rows as they need; returns the height after."""
    x = 0
    for text, look in items:
        sample = 32 if "width" in look else 20
        if x and x + sample + width(text, SMALL) > area.width:
            x, y = 0, y + 17
        if "width" in look:
            area.line([x, x + 24], [y, y], **look)
        else:
            area.dots([x + 9], [y], **look)
        room = max(area.width - x - sample, 40)
        x += sample + 18 + area.small(x + sample + 2, y, text, "ink", room=room)
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
    lines, ways = [f"The hypothesis space of {found.space.topology}: {drawn(found.space)}."], {}
    if len(found.guesses):
        name = f" of {label}" if label else ""
        guesses = count(len(found.guesses), "guess", "guesses")
        lines = [
            f"Search{name}: {guesses}, from epoch {found.epochs[0]} to {found.epochs[-1]}, among "
            f"{count(len(found.members), 'sampled member')}."
        ]
        first, nearest = found.distances[0], found.distances.min()
        ways = {"first guess": first, "last guess": found.last, "nearest guess": nearest}
    if found.diverged:
        lines.append("The training diverged: functions that are not finite are left out.")
    if found.target is not None:
        ways["nearest sampled member"] = found.sampled.min()
        text = ", ".join(f"{name} {number(way)}" for name, way in ways.items())
        lines.append(f"Distance to the target: {text}; its own spread is {number(found.spread)}.")
    return "\n".join([*lines, f"{_verdict(found)} {found.reason}", *notes])

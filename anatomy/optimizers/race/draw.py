"""A race: where optimizers go on a surface, and the loss that each comes to, step by step."""

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.type import SMALL, width
from anatomy.base.words import number, pair
from anatomy.data import calls
from anatomy.optimizers.landscape.draw import ground, meets
from anatomy.optimizers.race.surfaces import surface as surface_of

LEFT, TOP, FOOT, ROW = 46, 54, 26, 34  # CSS pixels around the map; of a racer in the key
DEEP = 1e-6  # of the largest loss: below, a logarithmic axis would show rounding
FAR = 1e4  # sides of the map away, beyond which a point is not drawn
HIGH = 16  # CSS pixels of a label
#: Colour, dashes, marker and its size.
LOOKS = (("data", "", "o", 11), ("loss", "dashed", "s", 10), ("targets", "dotted", "^", 12),
         ("optimizer", "long", "D", 9.5))  # fmt: skip
SHORT = (("learning_rate=", ""), ("momentum=", "m="), ("beta_1=", "b1="))


@picture(at=calls.count(0))
def paths(sheet, surface, paths, at=None):
    """Paths of optimizers on the contours of a surface, and their losses over the steps.

    Paper is low, grey is high; a star is a minimum that is known. Who leaves the map stands as
    an X at its edge.

    Args:
        surface: an `anatomy.optimizers.Surface` or `Plane`, or the name of a surface.
        paths: list of one to four `anatomy.optimizers.Path` on it, of equally many steps.
        at: after which step they are shown; None: the last.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for no path, more than four, paths of unequal lengths, or a step that is
            not there.
    """
    surface = surface_of(surface)
    steps = len(paths[0]) if len(paths) else 0
    if not 1 <= len(paths) <= len(LOOKS) or any(len(path) != steps for path in paths):
        raise ValueError(
            f"There are {len(paths)} paths, of {[len(path) for path in paths]} steps; give 1 "
            f"to {len(LOOKS)} of equally many."
        )
    at = steps if at is None else calls.whole("at", at, 0, steps)
    side = round(min(0.4 * sheet.width, 324 + 0.2 * max(0, sheet.width - 860)))
    key = 40 + ROW * len(LOOKS)
    beside = LEFT + side + 62, max(side - key, 110)  # where the losses are, and how high
    sheet.height = TOP + max(side, beside[1] + key) + FOOT
    names, stands = labels(paths), [_stands(surface, path, at) for path in paths]
    board, levels, chart = sheet.keep(
        "ground", (surface, *paths), lambda: _ground(sheet, surface, paths, side, *beside)
    )
    sheet.text(sheet.width - 16, 18, f"step {at} of {steps}", bold=True, ha="right")
    cards = []
    for k, (path, (color, dash, marker, size)) in enumerate(zip(paths, LOOKS, strict=False)):
        points, spot, out = _followed(surface.extent, path, at)
        board.curve(*points.T, color, 2.2, dash=dash)
        board.dots(*points[:: max(1, len(points) // 12)].T, color, 5, marker=marker, edge="paper",
                   edgewidth=0.8, clipped=True)  # fmt: skip
        spot = board.px(spot[0]), board.py(spot[1])
        cards.append((spot, _room(spot, names[k], k, [c for _, c, _ in cards], levels, board.place),
                      "X" if out else marker))  # fmt: skip
        losses = np.nan_to_num(path.losses[: at + 1].astype(float), nan=np.inf)
        losses = np.clip(losses, chart.y[0], 2 * chart.y[1])
        chart.curve(np.arange(at + 1), losses, color, dash=dash)
        chart.dots([at], [min(losses[-1], chart.y[1])], color, size, marker=marker, edge="paper")
        sheet.small(beside[0], TOP + beside[1] + 60 + ROW * k, stands[k], "ink",
                    room=sheet.width - beside[0] - 8)  # fmt: skip
    board.dots(*paths[0].points[:1].T, "paper", 9, edge="ink", edgewidth=2)
    for (spot, (left, top, right, bottom), marker), name, (color, _, _, size) in zip(
        cards, names, LOOKS, strict=False
    ):
        sheet.dots(*spot, color, size, marker=marker, edge="paper", edgewidth=1.5)
        sheet.box(left, top, right - left, bottom - top, "paper", round=3)
        sheet.text(left + 4, (top + bottom) / 2, name, color, bold=True)
    lines = [f"{name}, {path.optimizer}: {stand}"
             for name, path, stand in zip(names, paths, stands, strict=True)]  # fmt: skip
    start = f"From {pair(*paths[0].points[0])}, after step {at} of {steps}:"
    return "\n".join([f"Surface {_about(surface)}", start, *lines])


def _about(surface):
    return f"{surface.name}: {surface.about}" if surface.about else surface.name


def _ground(sheet, surface, paths, side, column, high):
    """All that no step moves: (axes of the map, boxes of its levels, axes of the losses)."""
    sheet.text(12, 18, _about(surface), bold=True, room=sheet.width - 140)
    star = " The star: a known minimum." * bool(len(surface.minima))
    sheet.small(12, 38, f"axes: {surface.axes[0]}, {surface.axes[1]}.{star}", room=column - 24)
    board = sheet.axes((LEFT, TOP, side, side), surface.extent[:2], surface.extent[2:], grid="")
    minima = np.reshape(np.asarray(surface.minima, float), (-1, 2))
    points = np.concatenate([_followed(surface.extent, path, len(path))[0] for path in paths])
    levels = ground(board, surface.contours, "ghost", 0.5, minima, points)
    board.dots(*minima.T, "ink", 15, marker="*", edge="paper")
    board.handle("the start", pair(*paths[0].points[0]), x="start_x", y="start_y")
    room = sheet.width - column - 8
    for k, (path, (color, dash, marker, size)) in enumerate(zip(paths, LOOKS, strict=False)):
        y, call = TOP + high + 52 + ROW * k, path.optimizer
        sheet.line([column - 40, column - 10], [y, y], color, 2.2, dash=dash)
        sheet.dots([column - 25], [y], color, size, marker=marker, edge="paper")
        for long, short in SHORT:
            if width(call, SMALL, True) > room:
                call = call.replace(long, short)
        sheet.small(column, y - 7, call, color, bold=True, room=room)
    return board, levels, _losses(sheet, paths, (column, TOP, sheet.width - 16 - column, high))


def labels(paths):
    """A short name for each: the class, with its rate, or what else it has, where two have one."""
    calls = [path.optimizer.removesuffix(")").replace("(learning_rate=", " ") for path in paths]
    for long, short in SHORT:
        calls = [call.replace(long, short) for call in calls]
    heads = [call.partition(", ")[0] for call in calls]
    kinds = [head.partition(" ")[0] for head in heads]
    pairs = zip(kinds, calls, strict=True)
    others = [" ".join([kind, *call.split(", ")[1:]]) for kind, call in pairs]
    names = []
    for i, kind in enumerate(kinds):
        alike = [k for k, other in enumerate(kinds) if other == kind]
        apart = (form for form in (kinds, heads, others, calls)
                 if len({form[k] for k in alike}) == len(alike))  # fmt: skip
        form = next(apart, None)
        names.append(form[i] if form else f"{kind} ({alike.index(i) + 1})")
    return names


def _stands(surface, path, at):
    """Where a racer is, in words."""
    if path.diverged is not None and path.diverged <= at:
        return f"no finite loss from step {path.diverged}"
    text = f"loss {number(path.losses[at])}"
    x0, x1, y0, y1 = surface.extent
    x, y = path.points[at]
    out = not (x0 <= x <= x1 and y0 <= y <= y1)
    return f"{text}, left the map at step {path.left(surface.extent)}" if out else text


def _followed(extent, path, at):
    """The points to draw, where the racer stands or was last, and whether it has left the map."""
    low, high = np.reshape(np.array(extent, float), (2, 2)).T
    points = path.points[: at + 1].astype(float)
    points = points[np.isfinite(points).all(axis=1)]
    away = np.abs(points - (low + high) / 2).max(axis=1) / (high - low).max()
    spot = np.clip(points[-1], low, high)
    return points[away <= FAR], spot, len(points) <= at or (spot != points[-1]).any()


def _room(spot, name, k, cards, levels, place):
    """Where a name finds room beside its marker: (left, top, right, bottom)."""
    left, top, wide, high = place
    long, boxes = width(name, bold=True) + 8, []
    for far in range(4):
        for right, up in np.roll([(1, 1), (-1, 1), (1, -1), (-1, -1)], -k, axis=0):
            x = spot[0] + (9 if right > 0 else -9 - long)
            y = spot[1] + (-3 - (1 + far) * HIGH if up > 0 else 3 + far * HIGH)
            x = min(max(x, left + 2), left + wide - long - 2)
            y = min(max(y, top + 2), top + high - HIGH - 2)
            boxes.append((x, y, x + long, y + HIGH))
    return min(boxes, key=lambda box: 10 * meets(box, cards, 1) + meets(box, levels, 0))


def _losses(sheet, paths, place):
    """The axes of the losses over the steps; what soars leaves through the top."""
    begin = max(float(path.losses[0]) for path in paths)
    finite = np.concatenate([path.losses[np.isfinite(path.losses)] for path in paths])
    low, most = float(finite.min()), float(finite.max())
    high = min(3 * begin if begin > 0 else most, max(most, begin) * 1.15) or 1.0
    log = low >= 0 and high > 30 * max(low, DEEP * high)
    low = float(10 ** np.floor(np.log10(max(low, DEEP * high)))) if log else min(low, 0.0)
    return sheet.axes(place, (0, len(paths[0])), (low, high), ylog=bool(log), xlabel="step",
                      ylabel="loss")  # fmt: skip

"""A race: where optimizers go on a surface, and the loss that each comes to, step by step."""

import numpy as np

from anatomy.base import type
from anatomy.base.picture import picture
from anatomy.base.type import SMALL
from anatomy.base.words import number, pair
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


@picture
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
    at = steps if at is None else at
    if not 0 <= at <= steps:
        raise ValueError(f"at is {at!r}; the paths have steps 0 to {steps}.")
    names, stands = labels(paths), [_stands(surface, path, at) for path in paths]
    side = round(min(0.4 * sheet.width, 324 + 0.2 * max(0, sheet.width - 860)))
    column = LEFT + side + 62
    losses = max(side - 40 - ROW * len(LOOKS), 110)
    sheet.height = TOP + max(side, losses + 40 + ROW * len(LOOKS)) + FOOT

    about = f"{surface.name}: {surface.about}" if surface.about else surface.name
    sheet.text(12, 18, about, bold=True, room=sheet.width - 140)
    star = " The star: a known minimum." * bool(len(surface.minima))
    sheet.text(12, 38, f"axes: {surface.axes[0]}, {surface.axes[1]}.{star}", "quiet", size=SMALL,
               room=column - 24)  # fmt: skip
    sheet.text(sheet.width - 16, 18, f"step {at} of {steps}", bold=True, ha="right")
    _map(sheet, surface, paths, names, at, (LEFT, TOP, side, side))
    _losses(sheet, paths, at, (column, TOP, sheet.width - 16 - column, losses))
    room = sheet.width - column - 8
    for k, (path, stand) in enumerate(zip(paths, stands, strict=True)):
        color, dash, marker, size = LOOKS[k]
        y = TOP + losses + 52 + ROW * k
        sheet.line([column - 40, column - 10], [y, y], color, 2.2, dash=dash)
        sheet.dots([column - 25], [y], color, size, marker=marker, edge="paper")
        call = path.optimizer
        for long, short in SHORT:
            if type.width(call, SMALL, True) > room:
                call = call.replace(long, short)
        sheet.text(column, y - 7, call, color, size=SMALL, bold=True, room=room)
        sheet.text(column, y + 8, stand, size=SMALL, room=room)
    return "\n".join([
        f"Surface {about}",
        f"From {pair(*paths[0].points[0])}, after step {at} of {steps}:",
        *(f"{name}, {path.optimizer}: {stand}"
          for name, path, stand in zip(names, paths, stands, strict=True)),
    ])  # fmt: skip


def labels(paths):
    """A short name for each: the class, with its rate, or what else it has, where two have one."""
    calls = [path.optimizer.removesuffix(")").replace("(learning_rate=", " ") for path in paths]
    for long, short in SHORT:
        calls = [call.replace(long, short) for call in calls]
    heads = [call.partition(", ")[0] for call in calls]
    kinds = [head.partition(" ")[0] for head in heads]
    others = [
        " ".join([kind, *call.split(", ")[1:]]) for kind, call in zip(kinds, calls, strict=True)
    ]
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


def _map(sheet, surface, paths, names, at, place):
    """The contours, the paths, and who stands where."""
    axes = sheet.axes(place, surface.extent[:2], surface.extent[2:], grid="")
    minima = np.reshape(np.asarray(surface.minima, float), (-1, 2))
    levels = ground(axes, surface.contours, "ghost", 0.5, minima)
    followed = [_followed(surface.extent, path, at) for path in paths]
    for (points, *_), (color, dash, marker, _) in zip(followed, LOOKS, strict=False):
        axes.curve(*points.T, color, 2.2, dash=dash)
        axes.dots(*points[:: max(1, len(points) // 12)].T, color, 5, marker=marker, edge="paper",
                  edgewidth=0.8, clipped=True)  # fmt: skip
    axes.dots(*minima.T, "ink", 15, marker="*", edge="paper")
    axes.dots(*np.array([path.points[0] for path in paths]).T, "paper", 9, edge="ink", edgewidth=2)
    across, down = ((place[i], place[i] + place[i + 2]) for i in (0, 1))
    start = paths[0].points[0]
    sheet.handle(
        float(axes.px(start[0])) - 12, float(axes.py(start[1])) - 12, 24, 24, "the start",
        pair(*start),
        x=("start_x", lambda at: np.interp(at, across, axes.x)),
        y=("start_y", lambda at: np.interp(at, down, axes.y[::-1])),
    )  # fmt: skip
    cards = []
    for k, (_, (x, y), out) in enumerate(followed):
        color, _, marker, size = LOOKS[k]
        axes.dots([x], [y], color, size, marker="X" if out else marker, edge="paper", edgewidth=1.5)
        spot = float(axes.px(x)), float(axes.py(y))
        cards.append(_room(spot, names[k], k, cards, levels, place))
    for (left, top, right, bottom), name, (color, *_) in zip(cards, names, LOOKS, strict=False):
        sheet.box(left, top, right - left, bottom - top, "paper", round=3)
        sheet.text(left + 4, (top + bottom) / 2, name, color, bold=True)


def _followed(extent, path, at):
    """The points to draw, where the racer stands on the map, and whether it has left it."""
    low, high = np.reshape(np.array(extent, float), (2, 2)).T
    middle, half = (low + high) / 2, (high - low) / 2
    points = path.points[: at + 1].astype(float)
    away = np.nan_to_num(np.abs(points - middle) / half, nan=np.inf).max(axis=1)
    near, inside = points[away <= FAR], away <= 1
    if inside[-1]:
        return near, points[-1], False
    last = np.flatnonzero(inside)[-1] if inside.any() else 0
    step = points[last + 1] - points[last] if last + 1 < len(points) else np.zeros(2)
    if not np.isfinite(step).all() or not step.any():
        return near, np.clip(points[last], low, high), True
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(step == 0, np.inf, (middle + np.sign(step) * half - points[last]) / step)
    return near, np.clip(points[last] + np.nanmin(share) * step, low, high), True


def _room(spot, name, k, cards, levels, place):
    """Where a name finds room beside its marker: (left, top, right, bottom)."""
    left, top, wide, high = place
    width, best, least = type.width(name, bold=True) + 8, None, np.inf
    for far in range(4):
        for right, up in np.roll([(1, 1), (-1, 1), (1, -1), (-1, -1)], -k, axis=0):
            x = spot[0] + (9 if right > 0 else -9 - width)
            y = spot[1] + (-3 - (1 + far) * HIGH if up > 0 else 3 + far * HIGH)
            x = min(max(x, left + 2), left + wide - width - 2)
            y = min(max(y, top + 2), top + high - HIGH - 2)
            box = (x, y, x + width, y + HIGH)
            cost = 10 * meets(box, cards, 1) + meets(box, levels, 0) + 0.1 * far
            if cost < least:
                best, least = box, cost
        if least < 0.1 * (far + 1):  # further away is no better
            break
    return best


def _losses(sheet, paths, at, place):
    """The losses over the steps; what soars leaves through the top."""
    begin = max(float(path.losses[0]) for path in paths)
    finite = np.concatenate([path.losses[np.isfinite(path.losses)] for path in paths])
    low, most = float(finite.min()), float(finite.max())
    high = min(3 * begin if begin > 0 else most, max(most, begin) * 1.15) or 1.0
    log = low >= 0 and high > 30 * max(low, DEEP * high)
    low = float(10 ** np.floor(np.log10(max(low, DEEP * high)))) if log else min(low, 0.0)
    axes = sheet.axes(place, (0, len(paths[0])), (low, high), ylog=bool(log), xlabel="step",
                      ylabel="loss")  # fmt: skip
    for path, (color, dash, *_) in zip(paths, LOOKS, strict=False):
        losses = np.nan_to_num(path.losses[: at + 1].astype(float), nan=np.inf)
        axes.curve(np.arange(at + 1), np.clip(losses, low, 2 * high), color, dash=dash)
    for path, (color, _, marker, size) in zip(paths, LOOKS, strict=False):
        loss = np.nan_to_num(float(path.losses[at]), nan=np.inf)
        axes.dots([at], [np.clip(loss, low, high)], color, size, marker=marker, edge="paper")

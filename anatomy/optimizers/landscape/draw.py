"""The loss over a slice of the weights, and the path of a training on it; the contours of a map."""

from functools import lru_cache

import numpy as np

from anatomy.base.picture import Picture
from anatomy.base.type import SMALL, TITLE, width
from anatomy.base.words import number, percent
from anatomy.data import calls
from anatomy.optimizers.contours import Contours, even_levels
from anatomy.optimizers.landscape.facts import Plane, plane
from anatomy.training import tables

FINEST = 201  # places along a side

LEFT, TOP, FOOT, COLUMN = 62, 62, 46, 280  # CSS pixels; COLUMN: width of the words
MARKS = {
    "start of the path": {"size": 10, "color": "paper", "edge": "optimizer", "edgewidth": 2.2},
    "end of the path": {"marker": "*", "size": 17, "color": "optimizer", "edge": "paper"},
    "the weights now": {"marker": "*", "size": 17, "color": "optimizer", "edge": "paper"},
    "least loss on the grid": {"marker": "v", "size": 10, "color": "ink", "edge": "paper"},
}


@calls.validated
def landscape(of, data=None, directions="random", *, n=41, seed=0):
    """The loss of a Keras model over a plane through its weights: contours, and the path on it.

    The paler, the lower the loss. The contours are of the loss at n x n places, all of them
    evaluated on all rows of the data. Two directions of thousands: a slice, as the picture says.

    Args:
        of: an `anatomy.optimizers.Plane`, or a built and compiled ``keras.Model``.
        data: what the model is trained on: an ``anatomy.data`` split, of which the training
            part is taken, or ``(x, y)``; not for a Plane.
        directions, seed: as for `anatomy.optimizers.plane`: "random", the names of two weights,
            or the path of a training.
        n: places along each side.

    Returns:
        Picture; its ``facts["plane"]`` has the numbers.

    Raises:
        TypeError, ValueError: as `anatomy.optimizers.plane`; or where no loss is finite.

    Source: Li, Xu, Taylor, Studer, Goldstein, Visualizing the Loss Landscape of Neural Nets (2018).
    """
    calls.whole("n", n, 2, FINEST)
    if not isinstance(of, Plane):
        train, _ = tables(data)
        of = plane(of, train.arguments["x"], train.arguments["y"], directions, seed=seed)
    contours = Contours(*of.grid(n), even_levels)
    start = None if of.points is None else of.at(of.points[:1])[0]
    return Picture(draw, of, contours, float(of.at(np.array([of.here]))[0]), start)


def draw(sheet, plane, contours, loss, start=None):
    """The picture of a `Plane`; ``loss``: at its center, ``start``: below the start of its path."""
    beside = sheet.width >= 700
    wide = min(sheet.width - LEFT - 16 - beside * (COLUMN + 16), 820)
    high = min(round(0.72 * wide), 380)
    a, b, values = contours.x, contours.y, contours.values
    row, column = np.unravel_index(values.argmin(), values.shape)
    least, ends = float(values[row, column]), plane.points is not None
    places = {"end of the path" if ends else "the weights now": plane.here}
    if ends:
        places = {"start of the path": plane.points[0]} | places
    if least < loss:
        places["least loss on the grid"] = float(a[column]), float(b[row])
    lines = [
        f"Loss at the star: {number(loss)}.",
        f"Least on the grid: {number(least)}.",
        f"Each of {len(a)} × {len(b)} places: {plane.samples:,} rows.",
    ]
    if ends:
        lines += [
            f"{len(plane.points)} dots: after epochs 0 to {len(plane.points) - 1}.",
            f"The axes hold {percent(plane.share[0])} and {percent(plane.share[1])} of the path.",
            f"At its start the loss is {number(plane.before)},",
            f"on the slice below it {number(start)}.",
        ]
    lines += [
        "What is lost: all other directions.",
        "A valley here may be a slope there,",
        "and a hill may have a way around it.",
    ]
    below = 0 if beside else 22 * len(places) + 20 * len(lines) + 10
    sheet.height = TOP + high + FOOT + below

    about = f"{plane.about[0].upper()}{plane.about[1:]}."
    title = f"Loss of {plane.name} over a slice of its weights"
    sheet.text(12, 18, title, size=TITLE, bold=True, room=sheet.width - 24)
    sheet.small(12, 40, about, room=sheet.width - 24)
    axes = sheet.axes((LEFT, TOP, wide, high), plane.extent[:2], plane.extent[2:], grid="",
                      xlabel=plane.axes[0])  # fmt: skip
    sheet.small(12, TOP + high / 2, plane.axes[1], ha="center", rotated=True)
    spots = [np.array([*places.values()])]
    if ends:  # levels keep off the path too
        n = np.arange(len(plane.points))
        along = np.linspace(0, n[-1], 8 * len(n))
        spots.append(np.transpose([np.interp(along, n, axis) for axis in plane.points.T]))
    ground(axes, contours, "loss", 0.6, np.concatenate(spots), np.empty((0, 2)))
    if ends:
        for color, width, size in (("paper", 5, 7), ("optimizer", 2, 4)):
            axes.curve(*plane.points.T, color, width)
            axes.dots(*plane.points.T, color, size, clipped=True)
    x, y = (LEFT + wide + 24, TOP + 8) if beside else (24, TOP + high + FOOT + 8)
    for name, place in places.items():
        axes.dots(*place, **MARKS[name])
        sheet.dots(x, y, **MARKS[name])
        sheet.small(x + 16, y, name, "ink")
        y += 22
    sheet.paragraph(x - 8, y + 10, lines, sheet.width, size=SMALL, leading=20)
    a0, a1, b0, b1 = map(number, plane.extent, (3,) * 4)
    over = f"over {plane.axes[0]} ({a0} to {a1}) and {plane.axes[1]} ({b0} to {b1})"
    return "\n".join([f"Loss of model {plane.name!r} {over}.", *lines])


def ground(axes, contours, role, strength, clear, over):
    """Contours on axes: regions from paper to so much of a role's colour, each level on its line.

    ``clear``: places (k, 2) that no level is to be written on; ``over``: places (k, 2) that cover a
    level, which then is not written at all, so that those of others stay where they are.

    Returns:
        the boxes that the levels cover, (left, top, right, bottom) in pixels of the area.
    """
    colors, pixels = _pixels(contours, axes.area.palette, role, strength, axes.place[2:])
    axes.image(pixels)
    line, labels = _lines(contours, axes.place, _spots(axes, clear))
    axes.area.line(*line, "ghost", 0.7, clip=axes.place)
    covers = [2 * spot for spot in _spots(axes, over)]
    labels = [label for label in labels if not meets(label[0], covers, 2)]
    if labels:
        boxes, texts, numbers = zip(*labels, strict=True)
        fills, (left, top, right, bottom) = colors[list(numbers)], np.array(boxes).T
        axes.area.cells(np.c_[left + 1, top, right - left - 2, bottom - top], fills, None)
        middles = (left + right) / 2, (top + bottom) / 2
        for x, y, text, fill in zip(*middles, texts, fills, strict=True):
            axes.area.small(x, y, text, axes.area.palette.on(fill), ha="center")
    axes.area.frame(*axes.place)
    return [box for box, *_ in labels]


def _spots(axes, places):
    """Places (k, 2) in pixels of the area."""
    return tuple(zip(axes.px(places[:, 0]).tolist(), axes.py(places[:, 1]).tolist(), strict=True))


@lru_cache(maxsize=8)
def _pixels(contours, palette, role, strength, size):
    """The colour of each region, and two pixels of them for each CSS pixel."""
    n = len(contours.levels)
    colors = palette.ramp(np.arange(n + 1) * strength, 0, max(n, 1), role)
    return colors, colors[contours.regions(*(round(2 * side) for side in size))]


@lru_cache(maxsize=16)
def _lines(contours, place, spots):
    """All contours in pixels, nan between; and [(box, text, number of its level)]."""
    left, top, wide, high = place
    x, y = contours.x, contours.y
    start, unit = np.array([x[0], y[-1]]), np.array([wide / (x[-1] - x[0]), -high / (y[-1] - y[0])])
    levels = [[(part - start) * unit + [left, top] for part in parts] for parts in contours.lines]
    whole = [row for parts in levels for part in parts for row in (part, [[np.nan, np.nan]])]
    labels, stars = [], [(x, y, x, y) for x, y in spots]
    for k, (level, parts) in enumerate(zip(contours.levels, levels, strict=True)):
        half = width(number(level), SMALL) / 2 + 4
        best, least = None, np.inf
        for x, y in (spot for part in parts for spot in part[:: max(1, len(part) // 24)]):
            box = (x - half, y - 7, x + half, y + 7)
            inside = (left + 4 < box[0] and box[2] < left + wide - 4
                      and top + 4 < box[1] and box[3] < top + high - 4)  # fmt: skip
            # On one line from the middle to the lower right, as far as that can be.
            off = abs((x - left) / wide - (y - top) / high) * high + 40 * (y < top + high / 2)
            boxes = [box for box, *_ in labels]
            if inside and off < least and not meets(box, boxes, 14) and not meets(box, stars, 9):
                best, least = box, off
        if best:
            labels.append((best, number(level), k))
    return np.concatenate([*whole, np.empty((0, 2))]).T, labels


def meets(box, others, apart):
    """How many other boxes are less than ``apart`` CSS pixels away."""
    return sum(
        box[0] - apart < other[2] and other[0] < box[2] + apart
        and box[1] - apart < other[3] and other[1] < box[3] + apart
        for other in others
    )  # fmt: skip

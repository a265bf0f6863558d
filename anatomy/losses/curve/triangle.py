"""A loss over the probabilities of three classes: values, contours and descent on a triangle.

Places are in units of a side: class 0 at (0, 0), class 1 at (1, 0), class 2 above their middle.
"""

import functools

import numpy as np

from anatomy.losses.curve.facts import MARGIN, SIDE

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])  # of class 0, 1, 2
FIELD = 9  # arrows along a side
LABELS = 30  # CSS pixels between two labels of contours


def places(probabilities):
    """(..., 3) probabilities as (..., 2) places on the triangle."""
    return np.asarray(probabilities, float) @ CORNERS


def probabilities(x, y):
    """(..., 3) probabilities of places; some are below 0 beside the triangle."""
    third = y / CORNERS[2, 1]
    second = x - third / 2
    return np.stack([1 - second - third, second, third], axis=-1)


def goal(curve):
    """The target as three probabilities."""
    return np.array(curve.target) if np.ndim(curve.target) else np.eye(3)[curve.target]


def values(curve, probabilities):
    """The loss at (..., 3) probabilities, between the points of the curve linearly."""
    grid = _grid(curve)
    at = (np.asarray(probabilities)[..., :2] - MARGIN) / (1 - 3 * MARGIN) * SIDE
    at = np.clip(at, 0, SIDE - 1e-9)
    (i, j), (u, v) = np.moveaxis(at.astype(int), -1, 0), np.moveaxis(at % 1, -1, 0)
    upper = u + v > 1
    far = np.where(upper, grid[i + 1, j + 1], grid[i, j])
    right, left = grid[i + 1, j], grid[i, j + 1]
    return np.where(
        upper,
        far + (left - far) * (1 - u) + (right - far) * (1 - v),
        far + (right - far) * u + (left - far) * v,
    )


def _grid(curve):
    """The values of the curve by steps along class 0 and class 1; beyond the edge as at it."""
    i, j = np.array([(i, j) for i in range(SIDE + 1) for j in range(SIDE + 1 - i)]).T
    grid = np.zeros((SIDE + 2, SIDE + 2))
    grid[i, j] = np.nan_to_num(curve.values.astype(float))
    edge = np.arange(SIDE + 1)
    grid[edge + 1, SIDE - edge] = grid[edge, SIDE + 1 - edge] = grid[edge, SIDE - edge]
    return grid


def bands(curve, levels, columns):
    """Between which levels the loss lies, (rows, columns), for the pixels of the triangle's box.

    -1: beyond the triangle.
    """
    rows = round(columns * CORNERS[2, 1])
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    p = probabilities(x / columns, (1 - y / rows) * CORNERS[2, 1])
    inside = np.clip(p, 0, 1) / np.clip(p, 0, 1).sum(axis=-1, keepdims=True)
    return np.where(p.min(axis=-1) < 0, -1, np.searchsorted(levels, values(curve, inside)))


@functools.lru_cache(maxsize=8)
def contours(curve, levels):
    """The lines on which the loss has these values, as strokes (n, 2, 2)."""
    import contourpy

    steps = np.mgrid[: SIDE + 1, : SIDE + 1]
    first, second = steps / SIDE * (1 - 3 * MARGIN) + MARGIN
    nodes = places(np.stack([first, second, 1 - first - second], axis=-1))
    heights = np.ma.masked_where(steps.sum(axis=0) > SIDE, _grid(curve)[:-1, :-1])
    generator = contourpy.contour_generator(*np.moveaxis(nodes, -1, 0), heights, corner_mask=True)
    lines = [line for level in levels for line in generator.lines(level)]
    strokes = (np.stack([line[:-1], line[1:]], axis=1) for line in lines)
    return np.concatenate([np.zeros((0, 2, 2)), *strokes])


@functools.lru_cache(maxsize=8)
def labels(curve, levels, side):
    """dict level -> place, where a line out of the target crosses its contour.

    Args:
        side: of the triangle, CSS pixels: labels keep `LABELS` apart.
    """
    target, t = goal(curve), np.linspace(0.04, 0.96, 400)[:, None]
    ends = np.eye(3)
    if target.max() == 1:  # the middle of the far edge, and beside it
        away = (1 - target) / 2
        ends = [away, *(0.8 * away + 0.2 * corner for corner in np.eye(3)[target < 1])]
    found = {}
    for end in ends:
        p = (1 - t) * target + t * end
        loss = values(curve, p)
        for level in levels:
            for at in places(p[:-1][np.diff(np.sign(loss - level)) != 0][:1]):
                gaps = [np.hypot(*(at - other)) * side for other in found.values()]
                if level not in found and min(gaps, default=LABELS) >= LABELS:
                    found[level] = at
    return found


@functools.lru_cache(maxsize=8)
def descent(curve):
    """Where the predictions move against the gradient: places (n, 2) and velocities (n, 2).

    Over the prediction the gradient goes without its mean, so that the three keep their sum;
    over the logit a step moves them by the Jacobian of softmax.
    """
    i, j = np.array([(i, j) for i in range(FIELD) for j in range(FIELD - i)]).T
    a, b = (i + 1 / 3) / FIELD, (j + 1 / 3) / FIELD
    p = np.stack([a, b, 1 - a - b], axis=1)
    if curve.over == "logit":
        pull = -curve.ask(np.log(p))[1].astype(float)
        flow = p * (pull - (p * pull).sum(axis=1, keepdims=True))
    else:
        flow = -curve.ask(p)[1].astype(float)
        flow -= flow.mean(axis=1, keepdims=True)
    return places(p), places(flow)


def landing(step):
    """Where a step ends on the triangle: at the edge, where it leaves it."""
    way = step.after_prediction - step.prediction
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(way < 0, -step.prediction / way, 1.0)
    return places(step.prediction + min(1.0, parts.min()) * way)

"""Regions: the classes that functions of two features decide on, a small map each."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from anatomy.draw import style
from anatomy.hypotheses import evaluate

SHOWN, TOP, FOOT, UNDER, BETWEEN = 12, 50, 50, 18, 8  # maps; CSS pixels
COLUMNS = {1: 6, 2: 4, 3: 3}
FILLS = ("#F6E3D3", "#A9CBE4", "#CDB8D8", "#BFE0D3", "#D9DDE1")
MARKS = "o^sDv"
INKS = (style.LOSS, style.DATA, style.OPTIMIZER, style.TARGETS, style.LAYERS)
EVEN = 5  # more classes than these share fills


def draw(picture, space, left, wide, target):
    """Maps of the first members of a space; returns what they show, in words."""
    across, down = plane(space.x)
    few = min(SHOWN, len(space))
    decided = classes(space)[:few]
    right = accuracies(space, few, target)
    columns = COLUMNS[len(picture.spaces)]
    edge = side(len(picture.spaces))
    for i, field in enumerate(decided):
        x = left + i % columns * (edge + BETWEEN)
        y = TOP + i // columns * (edge + UNDER)
        ax = style.axes(picture.figure, x, y, edge, edge)
        paint(ax, field.reshape(len(down), len(across)), across, down)
        if target is not None:
            scatter(ax, *target, size=3 if edge < 100 else 4)
        one = len(np.unique(field)) == 1
        text = "one class" if one else "" if right is None else f"{right[i]:.0%}"
        best = right is not None and i == right.argmax()
        text = f"{right[i]:.0%} right" if best else text
        look = {"bold": best, "color": style.INK if best else style.QUIET}
        picture.say(x + edge / 2, y + edge + 9, text, size=style.SMALL, ha="center", **look)
    alone = sum(len(np.unique(field)) == 1 for field in decided)
    see = "sees" if alone == 1 else "see"
    words = f"{few} shown; {alone} of {few} {see} one class everywhere"
    if right is None:
        return words + "."
    low, high = (f"{share:.0%}" for share in (right.min(), right.max()))
    return f"{words}; right on the data: {low} to {high}."


def key(picture):
    """Which fill and which mark is which class, at the bottom right."""
    count = max(2, *(space.outputs.shape[2] for space in picture.spaces))
    names = [str(k) for k in range(min(count, EVEN))]
    names[-1] += " …" * (count > EVEN)
    wide, high = picture.size
    x, y, look = wide - 12 - 34 * len(names), high - 13, {"size": style.SMALL, "va": "center"}
    picture.say(x - 8, y, "class", ha="right", color=style.QUIET, **look)
    for k, name in enumerate(names):
        box = Rectangle((x / wide, 1 - (y + 7) / high), 14 / wide, 14 / high,
                        facecolor=FILLS[k], edgecolor=style.QUIET, linewidth=0.8)  # fmt: skip
        picture.figure.add_artist(box)
        mark = {"color": INKS[k], "markersize": 5, "markeredgewidth": 0}
        at = [(x + 7) / wide], [1 - y / high]
        picture.figure.add_artist(Line2D(*at, marker=MARKS[k], linestyle="", **mark))
        picture.say(x + 19, y, name, **look)
        x += 34


def paint(ax, field, across, down):
    """One map: a fill for each class and a line where they meet."""
    ends = across[0], across[-1], down[0], down[-1]
    ax.imshow(field % EVEN, cmap=ListedColormap(FILLS), vmin=-0.5, vmax=EVEN - 0.5,
              extent=ends, origin="lower", aspect="auto", interpolation="nearest")  # fmt: skip
    for one in np.unique(field)[1:]:
        ax.contour(across, down, field == one, [0.5], colors=[style.INK], linewidths=1.2)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=style.QUIET)


def scatter(ax, x, y, size):
    """Points of data, a mark for each class."""
    for k in np.unique(y.ravel()):
        at, look = x[y.ravel() == k], int(k) % EVEN
        ax.plot(*at.T, MARKS[look], color=INKS[look], markersize=size, markeredgewidth=0.4,
                markeredgecolor=style.PAPER, linestyle="")  # fmt: skip


def accuracies(space, few, target):
    """Which part of the data each of the first members decides rightly: ``(few,)``, or None."""
    if target is None:
        return None
    x, y = target
    found = evaluate(space.model, x, [space.member(i) for i in range(few)])
    return np.mean(classes(found) == y.ravel(), axis=1)


def plane(x):
    """The lines of a grid: its values of the first and of the second feature."""
    across, down = np.unique(x[:, 0]), np.unique(x[:, 1])
    whole = len(across) * len(down) == len(x) and min(len(across), len(down)) > 1
    if not (whole and np.array_equal(x, np.stack(np.meshgrid(across, down), -1).reshape(-1, 2))):
        raise ValueError(
            f"x has shape {x.shape} and is no grid; sample on anatomy.hypotheses.grid(x_train)."
        )
    return across, down


def side(spaces):
    """Of one map, where there are so many spaces beside each other."""
    wide = (800 - 24 - 24 * (spaces - 1)) / spaces
    return (wide - BETWEEN * (COLUMNS[spaces] - 1)) / COLUMNS[spaces]


def height(spaces):
    """Of the picture."""
    rows = -(-min(SHOWN, max(map(len, spaces))) // COLUMNS[len(spaces)])
    return round(TOP + rows * (side(len(spaces)) + UNDER) + FOOT)


def classes(space):
    """The class that each member decides on at each point: ``(n, m)`` ints.

    One output: 1 where it is above 0, or above 0.5 after a sigmoid; several: the largest.
    """
    outputs = space.outputs
    if outputs.shape[2] > 1:
        return outputs.argmax(axis=2)
    activation = getattr(space.model.layers[-1], "activation", None)
    border = 0.5 if getattr(activation, "__name__", "") == "sigmoid" else 0.0
    return (outputs[..., 0] > border).astype(int)

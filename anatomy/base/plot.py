"""Plot: axes in a place of a sheet. Data become CSS pixels here, and nothing else is kept."""

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator

from anatomy.base import words
from anatomy.base.type import SMALL, width


class Axes:
    """The axes of a plot: a line below, grid lines across, ticks, and marks in data's units.

    Args:
        area: the `sheet.Area` to draw on.
        place: (left, top, width, height) of what the data fill; ticks and labels lie around it.
        x, y: (smallest, largest); of an axis upside down the other way round.
        xlabel, ylabel: a word beneath the axis; above it, at its left end.
        xlog, ylog: whether logarithmic.
        xticks, yticks: None, or the values, or a dict value -> label; () for none.
        grid: "y", "x", "xy" or "".
        framed: whether the place has a frame in place of the line below.
    """

    def __init__(self, area, place, x, y, *, xlabel="", ylabel="", xlog=False, ylog=False,
                 xticks=None, yticks=None, grid="y", framed=False):  # fmt: skip
        self.area, self.place = area, tuple(place)
        self.x, self.y, self.xlog, self.ylog = tuple(x), tuple(y), xlog, ylog
        left, top, wide, high = place
        across = ticks(*self.x, xlog, max(2, wide // 70)) if xticks is None else _labelled(xticks)
        most = max(2, min(6, high // 30))
        up = ticks(*self.y, ylog, most) if yticks is None else _labelled(yticks)
        columns = self._inside(across, self.px, left, wide)
        rows = self._inside(up, self.py, top, high)
        lines = [[(left, y), (left + wide, y)] for y, _ in rows] if "y" in grid else []
        lines += [[(x, top), (x, top + high)] for x, _ in columns] if "x" in grid else []
        if lines:
            area.strokes(lines, "rule", 0.8)
        bottom = top + high
        if framed:
            area.frame(*place)
        else:
            area.strokes([[(left, bottom), (left + wide, bottom)]], "quiet", 0.8)
        if columns:
            area.strokes([[(x, bottom), (x, bottom + 3)] for x, _ in columns], "quiet", 0.8)
        for at, label in columns:
            area.text(at, bottom + 12, label, "quiet", size=SMALL, ha="center")
        for at, label in rows:
            area.text(left - 5, at, label, "quiet", size=SMALL, ha="right")
        if xlabel:
            area.text(left + wide / 2, bottom + 28, xlabel, "quiet", size=SMALL, ha="center")
        if ylabel:
            widest = max((width(label, SMALL) for _, label in rows), default=0)
            area.text(left - 5 - widest, top - 12, ylabel, "quiet", size=SMALL)

    def px(self, x):
        """Where values of x lie, in pixels of the area."""
        return _scaled(x, self.x, self.xlog) * self.place[2] + self.place[0]

    def py(self, y):
        """Where values of y lie, in pixels of the area."""
        return (1 - _scaled(y, self.y, self.ylog)) * self.place[3] + self.place[1]

    def curve(self, x, y, color="ink", width=2.0, **look):
        """A line through points."""
        self.area.line(self.px(x), self.py(y), color, width, clip=self.place, **look)

    def dots(self, x, y, color="ink", size=5, *, clipped=False, **look):
        """A marker at each point; ``clipped``: cut where the place ends."""
        clip = self.place if clipped else None
        self.area.dots(self.px(x), self.py(y), color, size, clip=clip, **look)

    def band(self, x, low, high, color, alpha=0.2):
        """What lies between two curves."""
        x, low, high = self.px(x), self.py(low), self.py(high)
        points = np.r_[np.c_[x, low], np.c_[x, high][::-1]]
        self.area.polygon(points, fill=color, alpha=alpha, clip=self.place)

    def vertical(self, x, color="quiet", width=1.0, **look):
        """A line from top to bottom at x."""
        at, (_, top, _, high) = float(self.px(x)), self.place
        self.area.line([at, at], [top, top + high], color, width, clip=self.place, **look)

    def horizontal(self, y, color="quiet", width=1.0, **look):
        """A line from left to right at y."""
        at, (left, _, wide, _) = float(self.py(y)), self.place
        self.area.line([left, left + wide], [at, at], color, width, clip=self.place, **look)

    def text(self, x, y, text, color="ink", *, dx=0, dy=0, **look):
        """A line of text beside a point, ``dx`` and ``dy`` pixels to its right and below."""
        return self.area.text(float(self.px(x)) + dx, float(self.py(y)) + dy, text, color, **look)

    def image(self, pixels, *, smooth=False):
        """(rows, columns, 3) bytes over the whole place, the first row at the top."""
        self.area.image(*self.place, pixels, smooth=smooth)

    def handle(self, label, value, *, x=None, y=None, at=None):
        """A place to grab: the whole plot, or about the point ``at``, (x, y) in data's units.

        ``x``, ``y``: the names of the controls that it moves along and up, in data's units.
        """
        left, top, wide, high = place = self.place
        if at is not None:
            place = (float(self.px(at[0])) - 12, float(self.py(at[1])) - 12, 24, 24)
        moves = {
            "x": x and (x, lambda pixel: _value((pixel - left) / wide, self.x, self.xlog)),
            "y": y and (y, lambda pixel: _value(1 - (pixel - top) / high, self.y, self.ylog)),
        }
        self.area.handle(*place, label, value, **moves)

    def press(self, label, name, *, at, x, y):
        """A press anywhere on the plot sets the control ``name`` to (x, y) in data's units.

        Enter presses ``at`` a point, which arrow keys move by the controls named ``x`` and ``y``.
        """
        left, top, wide, high = self.place
        cursor = float(self.px(at[0])), float(self.py(at[1]))
        value = ", ".join(map(words.number, at))

        def place(x, y):
            x, y = (x - left) / wide, 1 - (y - top) / high
            return {name: (_value(x, self.x, self.xlog), _value(y, self.y, self.ylog))}

        moves = {"x": (x, float), "y": (y, lambda pixel: -pixel)}
        self.area.handle(*self.place, label, value, **moves, to=place, at=cursor)

    @staticmethod
    def _inside(pairs, pixel, start, length):
        found = [(float(pixel(value)), label) for value, label in pairs]
        return [(at, text) for at, text in found if start - 0.5 <= at <= start + length + 0.5]


def ticks(low, high, log=False, most=5):
    """Round values from low to high, at most about ``most``, each with its label."""
    return list(_ticks(low, high, log, most))


@lru_cache(maxsize=512)
def _ticks(low, high, log, most):
    low, high = min(low, high), max(low, high)
    if log:
        values = LogLocator(numticks=max(int(most), 2)).tick_values(low, high)
        if sum(low <= value <= high for value in values) < min(3, most):  # 1, 2, 5 of each decade
            powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            values = [m * 10.0**k for k in powers for m in (1, 2, 5) if low <= m * 10.0**k <= high]
            values = values[:: max(1, math.ceil(len(values) / max(most, 1)))]
    else:
        values = MaxNLocator(int(most), steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    span = (high - low) * 1e-9
    return [(v, words.number(v, 6)) for v in values if low - span <= v <= high + span]


def epoch_ticks(epochs, most=7, first=1):
    """The first epoch and round ones: 12 -> 1, 2, 4, 6, 8, 10, 12."""
    step = next(s for k in range(9) for s in (10**k, 2 * 10**k, 5 * 10**k) if epochs / s <= most)
    return sorted({first, *range(step, epochs + 1, step)})


def rounded(value):
    """The next round number that is no smaller: 2.41 -> 2.5; 1 for 0."""
    if value <= 0:
        return -rounded(-value) if value < 0 else 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return next(s * power for s in steps if s * power >= value * (1 - 1e-9))


def arrows(segments, head=6.0):
    """The strokes of slim arrows, (3 n, 2, 2): the shafts (n, 2, 2), and two sides of each head."""
    segments = np.asarray(segments, float).reshape(-1, 2, 2)
    start, end = segments[:, 0], segments[:, 1]
    length = np.linalg.norm(end - start, axis=1, keepdims=True)
    back = (start - end) / np.maximum(length, 1e-9) * np.minimum(head, 0.6 * length)
    aside = 0.45 * back[:, ::-1] * (-1, 1)
    sides = [np.stack([end, end + back + way * aside], axis=1) for way in (-1, 1)]
    return np.concatenate([segments, *sides])


def apart(places, distance, low=-math.inf, high=math.inf):
    """These heights, moved as little as it takes to lie ``distance`` apart, in the same order."""
    order = np.argsort(places, kind="stable")
    moved = np.array(places, dtype=float)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + distance)
    moved -= max(0.0, moved.max(initial=-math.inf) - high)
    return moved + max(0.0, low - moved.min(initial=math.inf))


def _labelled(values):
    if isinstance(values, dict):
        return list(values.items())
    return [(value, words.number(value, 6)) for value in values]


def _value(share, ends, log):
    """The value at a share of the way along an axis."""
    low, high = map(math.log10, ends) if log else ends
    value = low + min(max(share, 0.0), 1.0) * (high - low)
    return 10.0**value if log else value


def _scaled(values, ends, log):
    values, (low, high) = np.asarray(values, float), ends
    if log:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(values <= 0, -400, np.log10(values))  # nan stays nan
        low, high = math.log10(low), math.log10(high)
    return (values - low) / ((high - low) or 1.0)

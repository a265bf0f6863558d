"""Plot: what a drawing puts on a part of a sheet, in CSS pixels, or in the data's units of axes."""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator

from anatomy.base import words
from anatomy.base.type import SMALL, TEXT, shorten, width, wrap

FAR = 1e5  # pixels; what lies further away is drawn no further
FINGER = 64  # pixels each way, from which a handle is so large that a page is scrolled by it


@dataclass(frozen=True)
class Handle:
    """A place of a picture that can be grabbed or pressed.

    Attributes:
        label: its own alone, also while it moves; value: where it stands; near: hovered, it grows.
        place: (left, top, width, height) on the sheet.
        x, y: (name of a control, function from a pixel to its value), or None.
        press: dict name of a control -> the value that a press sets.
        to: function (x, y) on the sheet -> dict name of a control -> value, where a hand moves
            several together; ``x`` and ``y`` are for the arrow keys then. at: where Enter presses.
    """

    label: str
    value: str
    place: tuple
    x: tuple | None = None
    y: tuple | None = None
    press: dict = field(default_factory=dict)
    to: object = None
    at: tuple | None = None
    near: bool = False

    def sent(self):
        """What the browser has to know; a finger that moves up over a "pan" scrolls the page."""
        kind = "grab" if self.y and min(self.place[2:]) <= FINGER else "pan"
        kind = "press" if self.at or not (self.x or self.y) else kind
        sent = {"place": [round(float(side), 1) for side in self.place], "kind": kind}
        return sent | {"label": self.label, "value": self.value, "near": self.near}


class Area:
    """A part of a sheet, with places of its own, from its top left corner.

    Attributes:
        left, top: where it is on the sheet. width, height: in CSS pixels.
        palette: the `colours.Palette` of the sheet.
    """

    def __init__(self, sheet, left, top, width, height):
        self.sheet, self.left, self.top, self.width, self.height = sheet, left, top, width, height
        self._origin = np.array([left, top])

    @property
    def palette(self):
        return self.sheet.palette

    def area(self, left, top, width, height):
        """A part of this part."""
        return Area(self.sheet, self.left + left, self.top + top, width, height)

    def axes(self, place, x, y, **looks):
        """The `Axes` of a plot whose data fill ``place``; see there."""
        return Axes(self, place, x, y, **looks)

    def text(self, x, y, text, color="ink", *, size=TEXT, bold=False, mono=False, ha="left",
             room=None, rotated=False):  # fmt: skip
        """One line of text, its middle at height y; cut to ``room``. Returns its width."""
        text = str(text) if room is None else shorten(str(text), room, size, bold, mono)
        text = text.replace("\n", " ")
        wide = width(text, size, bold, mono)
        part = {"left": 0, "center": 0.5, "right": 1}[ha] * wide
        x, y = x + self.left, y + self.top
        box = (x - part - 1, y - size, x - part + wide + 2, y + size)
        if rotated:
            box = (x - size, y - wide + part - 1, x + size, y + part + 1)
        self._mark("text", box, x=x, y=y, text=text, color=color, size=size, bold=bold, mono=mono,
                   ha=ha, rotated=rotated)  # fmt: skip
        return wide

    def small(self, x, y, text, color="quiet", **look):
        """One line of small type, for what stands beside: as `text`."""
        return self.text(x, y, text, color, size=SMALL, **look)

    def paragraph(
        self, x, y, text, room, color="ink", *, size=TEXT, leading=None, rows=None, **look
    ):
        """Text, or several, wrapped to ``room``, the first line at y. Returns the height after."""
        font = {name: look[name] for name in ("bold", "mono") if name in look}
        for part in [text] if isinstance(text, str) else text:
            for line in wrap(part, room, size, rows=rows, **font):
                self.text(x, y, line, color, size=size, **look)
                y += leading or size + 5
        return y

    def box(self, left, top, width, height, fill=None, edge=None, linewidth=1.0, *, round=0,
            dash="", clip=None):  # fmt: skip
        """A rectangle, with round corners where ``round`` is their radius."""
        left, top = left + self.left, top + self.top
        pad = linewidth / 2 + 1 if edge else 1
        bounds = (left - pad, top - pad, left + width + pad, top + height + pad)
        self._mark("round" if round else "box", bounds, place=(left, top, width, height),
                   radius=round, fill=fill, edge=edge, linewidth=linewidth, dash=dash,
                   clip=clip)  # fmt: skip

    def line(self, x, y, color="ink", width=2.0, *, dash="", alpha=1.0, clip=None):
        """A line through points, (n,) and (n,); nan interrupts it."""
        x, y = self._points(x, y)
        self._mark("line", _around(x, y, width), x=x, y=y, color=color, width=width, dash=dash,
                   alpha=alpha, clip=clip)  # fmt: skip

    def dots(self, x, y, color="ink", size=5, *, marker="o", edge=None, edgewidth=1.0, alpha=1.0,
             clip=None):  # fmt: skip
        """A marker at each of the points, (n,) and (n,), or at one, two numbers."""
        x, y = self._points(x, y)
        bounds = _around(x, y, size + 2 * edgewidth)
        self._mark("dots", bounds, x=x, y=y, color=color, size=size, marker=marker, edge=edge,
                   edgewidth=edgewidth, alpha=alpha, clip=clip)  # fmt: skip

    def strokes(self, segments, color="ink", width=1.0, *, dash="", alpha=1.0, clip=None):
        """Separate straight strokes, (n, 2, 2): from (x, y) to (x, y).

        ``color``: a name, a list of n names or (n, 3) bytes; ``width``: a number or n of them.
        """
        segments = _array(segments).reshape(-1, 2, 2) + self._origin
        segments = np.clip(segments, -FAR, FAR)
        widths = width if np.isscalar(width) else _array(width)
        bounds = _around(segments[..., 0], segments[..., 1], np.max(widths, initial=1))
        self._mark("strokes", bounds, segments=segments, color=_colors(color), width=widths,
                   dash=dash, alpha=alpha, clip=clip)  # fmt: skip

    def arrow(self, x, y, color="ink", width=2.0, *, head=9.0, dash=""):
        """A line through points with a head at its end."""
        points = np.array([x, y], dtype=float)
        *_, start, tip = points.T.copy()
        ahead = (tip - start) / (np.hypot(*(tip - start)) or 1.0) * head
        aside = np.array([-ahead[1], ahead[0]]) * 0.42
        points[:, -1] = tip - ahead * 0.8
        self.line(*points, color, width, dash=dash)
        self.polygon([tip, tip - ahead + aside, tip - ahead - aside], fill=color)

    def polygon(self, points, fill=None, edge=None, linewidth=1.0, *, alpha=1.0, clip=None):
        """A closed shape through points, (n, 2)."""
        points = np.clip(_array(points) + self._origin, -FAR, FAR)
        bounds = _around(points[:, 0], points[:, 1], linewidth + 1)
        self._mark("polygon", bounds, points=points, fill=fill, edge=edge, linewidth=linewidth,
                   alpha=alpha, clip=clip)  # fmt: skip

    def cells(self, boxes, fills, edge="rule", linewidth=1.0):
        """Rectangles, (n, 4): left, top, width, height; ``fills``: n names, (n, 3) bytes, None."""
        boxes = np.array(boxes, dtype=float).reshape(-1, 4)
        boxes[:, :2] += self._origin
        x, y = boxes[:, 0], boxes[:, 1]
        bounds = _around(np.r_[x, x + boxes[:, 2]], np.r_[y, y + boxes[:, 3]], 2)
        self._mark("cells", bounds, boxes=boxes, fills=_colors(fills), edge=edge,
                   linewidth=linewidth)  # fmt: skip

    def image(self, left, top, width, height, pixels, *, smooth=False):
        """Pixels, (rows, columns, 3) bytes, stretched over a place."""
        left, top = left + self.left, top + self.top
        bounds = (left - 1, top - 1, left + width + 1, top + height + 1)
        self._mark("image", bounds, place=(left, top, width, height), pixels=np.asarray(pixels),
                   smooth=smooth)  # fmt: skip

    def frame(self, left, top, width, height, color="quiet"):
        """The thin edge around an image or a panel."""
        self.box(left - 0.5, top - 0.5, width + 1, height + 1, edge=color)

    def handle(self, left, top, width, height, label, value="", *, x=None, y=None, press=None,
               to=None, at=None, near=False):  # fmt: skip
        """A place that can be grabbed: it moves the control ``x`` along, the control ``y`` up.

        ``x``, ``y``: (name of a control, function from a pixel of this area to its value).
        ``press``: dict name of a control -> value, which a press sets before it moves others.
        ``to``: function (x, y) of this area -> dict name of a control -> value, of those that a
        hand moves together. ``at``: (x, y) where Enter presses. ``near``: as `Handle` has it.
        """
        moves = [
            pair and (pair[0], lambda at, to=pair[1], start=start: to(at - start))
            for pair, start in ((x, self.left), (y, self.top))
        ]
        place = (left + self.left, top + self.top, width, height)
        whole = to and (lambda x, y: to(x - self.left, y - self.top))
        at = at and (at[0] + self.left, at[1] + self.top)
        self.sheet.held.append(Handle(label, value, place, *moves, press or {}, whole, at, near))

    def legend(self, right, y, items):
        """Names with a sample of each line, from right to left; returns where they begin.

        Each item: (name, color, dash, marker); marker "" for a line alone.
        """
        for name, color, dash, marker in reversed(items):
            start = right - width(name)
            self.line([start - 38, start - 8], [y, y], color, 2, dash=dash)
            if marker:
                self.dots([start - 23], [y], color, 5, marker=marker)
            self.text(start, y, name, color)
            right = start - 60
        return right + 22

    def _points(self, x, y):
        return (np.clip(_array(part) + start, -FAR, FAR)
                for part, start in ((x, self.left), (y, self.top)))  # fmt: skip

    def _mark(self, kind, bounds, *, clip=None, **settings):
        if clip:
            left, top, wide, high = clip
            left, top = left + self.left, top + self.top
            clip = left, top, wide, high
            low, high = (left, top), (left + wide, top + high)
            bounds = (*map(max, bounds[:2], low), *map(min, bounds[2:], high))
        self.sheet.put(kind, settings | {"clip": clip}, bounds)


class Axes:
    """The axes of a plot: a line below, grid lines across, ticks, and marks in data's units.

    Args:
        area: the `Area` to draw on.
        place: (left, top, width, height) of what the data fill; ticks and labels lie around it.
        x, y: (smallest, largest); of an axis upside down the other way round.
        xlabel, ylabel: a word beneath the axis; above it, at its left end.
        xlog, ylog: whether logarithmic.
        xticks, yticks: None, or the values, or a dict value -> label; () for none.
        grid: "y", "x", "xy" or "".
        framed: whether the place has a frame in place of the line below.

    Attributes:
        left, top, right, bottom: where what the data fill ends, in pixels of the area.
    """

    def __init__(self, area, place, x, y, *, xlabel="", ylabel="", xlog=False, ylog=False,
                 xticks=None, yticks=None, grid="y", framed=False):  # fmt: skip
        self.area, self.place = area, tuple(place)
        self.x, self.y, self.xlog, self.ylog = tuple(x), tuple(y), xlog, ylog
        left, top, wide, high = place
        self.left, self.top = left, top
        self.right, self.bottom = right, bottom = left + wide, top + high
        across = ticks(*self.x, xlog, max(2, wide // 70)) if xticks is None else _labelled(xticks)
        most = max(2, min(6, high // 30))
        up = ticks(*self.y, ylog, most) if yticks is None else _labelled(yticks)
        columns = self._inside(across, self.px, left, wide)
        rows = self._inside(up, self.py, top, high)
        lines = [[(left, y), (right, y)] for y, _ in rows] if "y" in grid else []
        lines += [[(x, top), (x, bottom)] for x, _ in columns] if "x" in grid else []
        if lines:
            area.strokes(lines, "rule", 0.8)
        if framed:
            area.frame(*place)
        else:
            area.strokes([[(left, bottom), (right, bottom)]], "quiet", 0.8)
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
        ends, at = [self.top, self.bottom], self.px(x)
        self.area.line([at, at], ends, color, width, clip=self.place, **look)

    def horizontal(self, y, color="quiet", width=1.0, **look):
        """A line from left to right at y."""
        ends, at = [self.left, self.right], self.py(y)
        self.area.line(ends, [at, at], color, width, clip=self.place, **look)

    def image(self, pixels, *, smooth=False):
        """(rows, columns, 3) bytes over the whole place, the first row at the top."""
        self.area.image(*self.place, pixels, smooth=smooth)

    def handle(self, label, value, *, x=None, y=None, at=None):
        """A place to grab: the whole plot, or about the point ``at``, (x, y) in data's units.

        ``x``, ``y``: the names of the controls that it moves along and up, in data's units.
        """
        place = self.place if at is None else (self.px(at[0]) - 12, self.py(at[1]) - 12, 24, 24)
        self.area.handle(*place, label, value, x=x and (x, self._x), y=y and (y, self._y))

    def press(self, label, name, *, at, x, y):
        """A press anywhere on the plot sets the control ``name`` to (x, y) in data's units.

        Enter presses ``at`` a point, which arrow keys move by the controls named ``x`` and ``y``.
        """
        self.area.handle(
            *self.place, label, ", ".join(map(words.number, at)),
            x=(x, float), y=(y, lambda pixel: -pixel), at=(self.px(at[0]), self.py(at[1])),
            to=lambda x, y: {name: (self._x(x), self._y(y))},
        )  # fmt: skip

    def _x(self, pixel):
        """The value at a pixel of the area."""
        return _value((pixel - self.left) / self.place[2], self.x, self.xlog)

    def _y(self, pixel):
        return _value(1 - (pixel - self.top) / self.place[3], self.y, self.ylog)

    @staticmethod
    def _inside(pairs, pixel, start, length):
        found = [(float(pixel(value)), label) for value, label in pairs]
        return [(at, text) for at, text in found if start - 0.5 <= at <= start + length + 0.5]


@lru_cache(maxsize=512)
def ticks(low, high, log=False, most=5):
    """Round values from low to high, at most about ``most``, each with its label."""
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
    return tuple((v, words.number(v, 6)) for v in values if low - span <= v <= high + span)


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


def _colors(color):
    return color if color is None or isinstance(color, str | np.ndarray) else tuple(color)


def _array(values):
    return np.atleast_1d(np.asarray(values, dtype=float))


def _around(x, y, width):
    """The bounds of points, ``width`` about them; of none an empty place."""
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    if not len(x) or not len(y):
        return (0, 0, 0, 0)
    pad = width / 2 + 1
    return (x.min() - pad, y.min() - pad, x.max() + pad, y.max() + pad)

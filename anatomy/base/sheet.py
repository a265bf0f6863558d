"""Sheet: marks at places in CSS pixels. A new drawing changes only the marks that differ.

A drawing is a function that puts marks on a sheet, all of them, each time. The sheet matches them
with the marks of the last time: an equal one costs nothing, one that differs is set on the artist
that it has already, and from then on counts as moving. What rests is kept as pixels, so that a
frame draws only what moves and what lies over it. Marks are painted in the order of the calls.
"""

import collections
from dataclasses import dataclass, field, replace

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure, SubplotParams
from matplotlib.transforms import Bbox, TransformedBbox

from anatomy.base import colours, type
from anatomy.base.marks import KINDS
from anatomy.base.type import TEXT

FAR = 1e5  # pixels; what lies further away is drawn no further
FINGER = 64  # pixels each way, from which a handle is so large that a page is scrolled by it
LONG = 12  # drawings after which a mark that has stayed as it is rests again


@dataclass(eq=False)
class Mark:
    """One mark as it was asked for: ``kind``, such as "text", and its settings.

    Places are in CSS pixels from the top left of the sheet, colours are names.
    ``bounds``: (left, top, right, bottom), within which it is painted.
    """

    kind: str
    settings: dict
    bounds: tuple
    artist: object = field(default=None, repr=False)

    def same(self, other):
        """Whether both look alike."""
        if self.kind != other.kind:
            return False
        if self.settings is other.settings:
            return True
        for one, before in zip(self.settings.values(), other.settings.values(), strict=True):
            if one is before:
                continue
            if isinstance(one, np.ndarray):
                if not np.array_equal(one, before, equal_nan=one.dtype.kind == "f"):
                    return False
            elif isinstance(before, np.ndarray) or one != before:
                return False
        return True


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
        """The `plot.Axes` of a plot whose data fill ``place``; see there."""
        from anatomy.base.plot import Axes

        return Axes(self, place, x, y, **looks)

    def text(self, x, y, text, color="ink", *, size=TEXT, bold=False, mono=False, ha="left",
             room=None, rotated=False):  # fmt: skip
        """One line of text, its middle at height y; cut to ``room``. Returns its width."""
        text = str(text) if room is None else type.shorten(str(text), room, size, bold, mono)
        text = text.replace("\n", " ")
        wide = type.width(text, size, bold, mono)
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
        return self.text(x, y, text, color, size=type.SMALL, **look)

    def paragraph(
        self, x, y, text, room, color="ink", *, size=TEXT, leading=None, rows=None, **look
    ):
        """Text wrapped to ``room``, its first line at height y. Returns the height after it."""
        font = {name: look[name] for name in ("bold", "mono") if name in look}
        leading = leading or size + 5
        for line in type.wrap(str(text), room, size, rows=rows, **font):
            self.text(x, y, line, color, size=size, **look)
            y += leading
        return y

    def box(self, left, top, width, height, fill=None, edge=None, linewidth=1.0, *, round=0,
            dash="", clip=None):  # fmt: skip
        """A rectangle, with round corners where ``round`` is their radius."""
        left, top = left + self.left, top + self.top
        pad = linewidth / 2 + 1 if edge else 1
        bounds = (left - pad, top - pad, left + width + pad, top + height + pad)
        self._mark("round" if round else "box", bounds, place=(left, top, width, height), fill=fill,
                   edge=edge, linewidth=linewidth, dash=dash, clip=self._clip(clip),
                   **({"radius": round} if round else {}))  # fmt: skip

    def line(self, x, y, color="ink", width=2.0, *, dash="", alpha=1.0, clip=None):
        """A line through points, (n,) and (n,); nan interrupts it."""
        x, y = self._points(x, y)
        self._mark("line", _around(x, y, width), x=x, y=y, color=color, width=width, dash=dash,
                   alpha=alpha, clip=self._clip(clip))  # fmt: skip

    def dots(self, x, y, color="ink", size=5, *, marker="o", edge=None, edgewidth=1.0, alpha=1.0,
             clip=None):  # fmt: skip
        """A marker at each of the points, (n,) and (n,)."""
        x, y = self._points(x, y)
        bounds = _around(x, y, size + 2 * edgewidth)
        self._mark("dots", bounds, x=x, y=y, color=color, size=size, marker=marker, edge=edge,
                   edgewidth=edgewidth, alpha=alpha, clip=self._clip(clip))  # fmt: skip

    def strokes(self, segments, color="ink", width=1.0, *, dash="", alpha=1.0, clip=None):
        """Separate straight strokes, (n, 2, 2): from (x, y) to (x, y).

        ``color``: a name, a list of n names or (n, 3) bytes; ``width``: a number or n of them.
        """
        segments = _array(segments).reshape(-1, 2, 2) + self._origin
        segments = np.clip(segments, -FAR, FAR)
        widths = width if np.isscalar(width) else _array(width)
        bounds = _around(segments[..., 0], segments[..., 1], np.max(widths, initial=1))
        self._mark("strokes", bounds, segments=segments, color=_colors(color), width=widths,
                   dash=dash, alpha=alpha, clip=self._clip(clip))  # fmt: skip

    def arrow(self, x, y, color="ink", width=2.0, *, head=9.0, dash=""):
        """A line through points with a head at its end."""
        x, y = _array(x), _array(y)
        along = np.array([x[-1] - x[-2], y[-1] - y[-2]])
        length = np.hypot(*along) or 1.0
        ahead, aside = along / length * head, np.array([-along[1], along[0]]) / length * head * 0.42
        tip = np.array([x[-1], y[-1]])
        shaft_x, shaft_y = x.copy(), y.copy()
        shaft_x[-1], shaft_y[-1] = tip - ahead * 0.8
        self.line(shaft_x, shaft_y, color, width, dash=dash)
        self.polygon([tip, tip - ahead + aside, tip - ahead - aside], fill=color)

    def polygon(self, points, fill=None, edge=None, linewidth=1.0, *, alpha=1.0, clip=None):
        """A closed shape through points, (n, 2)."""
        points = np.clip(_array(points) + self._origin, -FAR, FAR)
        bounds = _around(points[:, 0], points[:, 1], linewidth + 1)
        self._mark("polygon", bounds, points=points, fill=fill, edge=edge, linewidth=linewidth,
                   alpha=alpha, clip=self._clip(clip))  # fmt: skip

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

    def legend(self, right, y, items, *, size=TEXT):
        """Names with a sample of each line, from right to left; returns where they begin.

        Each item: (name, color, dash, marker); marker "" for a line alone.
        """
        for name, color, dash, marker in reversed(items):
            start = right - type.width(name, size)
            self.line([start - 38, start - 8], [y, y], color, 2, dash=dash)
            if marker:
                self.dots([start - 23], [y], color, 5, marker=marker)
            self.text(start, y, name, color, size=size)
            right = start - 60
        return right + 22

    def _points(self, x, y):
        return (np.clip(_array(part) + start, -FAR, FAR)
                for part, start in ((x, self.left), (y, self.top)))  # fmt: skip

    def _clip(self, place):
        return None if place is None else (place[0] + self.left, place[1] + self.top, *place[2:])

    def _mark(self, kind, bounds, **settings):
        if clip := settings.get("clip"):
            left, top, width, height = clip
            low, high = (left, top), (left + width, top + height)
            bounds = (*map(max, bounds[:2], low), *map(min, bounds[2:], high))
        self.sheet.drawn.append(Mark(kind, settings, bounds))


class Sheet(Area):
    """The whole of a picture, and its figure.

    Attributes:
        marks: the marks that are on it, in the order in which they are painted.
        handles: the `Handle` of each place that can be grabbed.
        figure: the matplotlib Figure, of 72 dots per inch: a point is a CSS pixel.
    """

    def __init__(self, width, palette=colours.light):
        super().__init__(self, 0, 0, width, 400)
        self._palette = palette
        self.marks, self.drawn, self._kept = [], [], {}
        self.handles, self.held = [], []
        self.figure = Figure(
            (width / 72, 1), dpi=72, edgecolor="none", frameon=True, layout="none",
            subplotpars=SubplotParams(0, 0, 1, 1, 0, 0),
        )  # fmt: skip
        FigureCanvasAgg(self.figure)
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self.rest()

    @property
    def palette(self):
        return self._palette

    def draw(self, drawing):
        """Calls ``drawing(self)``, which puts all marks anew, and returns what it returns.

        Where it raises, all stays as it was.
        """
        size, self.drawn, self.held = (self.width, self.height), [], []
        try:
            sentence = drawing(self)
        except BaseException:
            self.width, self.height = size
            raise
        finally:
            drawn, self.drawn = self.drawn, []
            handles, self.held = self.held, []
        if self._fit():
            self.rest()
        self._match(drawn)
        self.handles = _apart(handles)
        return sentence

    def keep(self, name, key, drawing):
        """What ``drawing()`` returns, and its marks; those of last time where ``key`` is equal.

        For what stays while something else moves: then its code need not run again.
        """
        if name not in self._kept or self._kept[name][0] != key:
            first, held = len(self.drawn), len(self.held)
            result = drawing()
            self._kept[name] = key, result, self.drawn[first:], self.held[held:]
        else:
            _, result, marks, handles = self._kept[name]
            self.drawn += [Mark(mark.kind, mark.settings, mark.bounds) for mark in marks]
            self.held += handles
        return result

    def resize(self, width, palette):
        """Another width or palette: for the next drawing, which then sets every mark anew."""
        self.width, self._palette, self._kept = width, palette, {}
        for mark in self.marks:
            mark.artist.remove()
        self.marks = []
        self.rest()

    def pixels(self, scale=1):
        """All marks as (height, width, 4) bytes, ``scale`` times as many each way."""
        with np.errstate(invalid="ignore"):
            if scale == 1:
                return self._frame()
            self.figure.dpi = 72 * scale
            try:
                renderer = RendererAgg(*self._dots(scale), 72 * scale)
                self._paint(renderer, self.marks)
            finally:
                self.figure.dpi = 72
            return np.asarray(renderer.buffer_rgba())

    def rest(self):
        """All that moved may rest again."""
        self._still = None  # (renderer, pixels of what rests)
        self._moving, self._moved = set(), set()  # what lies over others that moved is in the first
        self._lately = collections.deque(maxlen=LONG)  # what moved in each of the last drawings

    def _dots(self, scale):
        return round(self.width * scale), round(self.height * scale)

    def _fit(self):
        """Gives figure and axes the size of the sheet; True where it was another."""
        size, paper = (self.width, self.height), self.palette.rgb("paper")
        if (size, paper) == getattr(self, "_fitted", None):
            return False
        self._fitted = size, paper
        self.figure.set_facecolor(paper)
        self.figure.set_size_inches(self.width / 72, self.height / 72)
        self._axes.set(xlim=(0, self.width), ylim=(self.height, 0), autoscale_on=False)
        return True

    def _match(self, drawn):
        """Gives each mark its artist: that of an equal mark before, or else of one of its kind."""
        before = self.marks
        size = min(len(before), len(drawn))
        first = 0
        while first < size and before[first].same(drawn[first]):
            first += 1
        last = 0
        while last < size - first and before[-1 - last].same(drawn[-1 - last]):
            last += 1
        middle = before[first : len(before) - last], drawn[first : len(drawn) - last]
        kept = [*before[:first], *[None] * len(middle[1]), *before[len(before) - last :]]
        free = {}
        for mark in middle[0]:
            free.setdefault(mark.kind, []).append(mark)
        lists = {kind: iter(marks) for kind, marks in free.items()}
        moved = set()
        for i, mark in enumerate(middle[1], first):
            old = next(lists.get(mark.kind, iter(())), None)
            if old is not None and old.same(mark):
                kept[i] = old
                continue
            mark.artist = KINDS[mark.kind].make(self._axes) if old is None else old.artist
            self._set(mark)
            kept[i] = mark
            moved.add(mark.artist)
        gone = {mark.artist for marks in lists.values() for mark in marks}
        for artist in gone:
            artist.remove()
        order = [mark.artist for mark in kept]
        if order != [mark.artist for mark in before]:
            for place, artist in enumerate(order):
                artist.set_zorder(place)
            self._still = None
        self.marks = kept
        self._moving -= gone
        if (moved - self._moving) or gone:
            self._still = None
        self._moving |= moved
        self._moved = (self._moved | moved) - gone
        self._lately.append(moved)
        lately = self._moved & set().union(*self._lately)
        if len(self._lately) == LONG and lately != self._moved:  # some may rest again
            self._still, self._moving, self._moved = None, lately, set(lately)

    def _set(self, mark):
        settings = dict(mark.settings)
        clip = settings.pop("clip", None)
        KINDS[mark.kind].set(mark.artist, self.palette, **settings)
        if "clip" in mark.settings:
            if clip is None:
                mark.artist.set_clip_on(False)
            else:
                left, top, wide, high = clip
                box = Bbox.from_extents(left, top + high, left + wide, top)
                mark.artist.set_clip_on(True)
                mark.artist.set_clip_box(TransformedBbox(box, self._axes.transData))

    def _frame(self):
        """What rests as it was, and over it what moves and what lies over that."""
        if self._still is None:
            fresh = len(self._moving) == len(self.marks)
            self._moving = set() if fresh else self._above()
            renderer = RendererAgg(*self._dots(1), 72)
            self._paint(renderer, [m for m in self.marks if m.artist not in self._moving])
            self._still = renderer, renderer.copy_from_bbox(self.figure.bbox)
        elif more := self._above() - self._moving:
            self._moving |= more
            self._still = None
            return self._frame()
        renderer, pixels = self._still
        renderer.restore_region(pixels)
        for mark in self.marks:
            if mark.artist in self._moving:
                mark.artist.draw(renderer)
        return np.asarray(renderer.buffer_rgba())

    def _above(self):
        """What moves, and every mark that is painted over a moving one."""
        moving = np.array([mark.artist in self._moving for mark in self.marks], bool)
        if not moving.any() or moving.all():
            return set(self._moving)
        bounds = np.array([mark.bounds for mark in self.marks])
        while True:
            i, j = np.flatnonzero(moving), np.flatnonzero(~moving)
            one, other = bounds[i][:, None], bounds[j][None]
            over = (
                (i[:, None] < j[None])
                & (one[..., 0] < other[..., 2]) & (other[..., 0] < one[..., 2])
                & (one[..., 1] < other[..., 3]) & (other[..., 1] < one[..., 3])
            ).any(axis=0)  # fmt: skip
            if not over.any():
                return {m.artist for m, moves in zip(self.marks, moving, strict=True) if moves}
            moving[j[over]] = True

    def _paint(self, renderer, marks):
        self.figure.patch.draw(renderer)
        for mark in marks:
            mark.artist.draw(renderer)


def _apart(handles):
    """Handles, each with a name of its own: two classes, say, may be called the same."""
    seen = collections.Counter()
    for i, one in enumerate(handles):
        seen[one.label] += 1
        if (number := seen[one.label]) > 1:
            handles[i] = replace(one, label=f"{one.label} ({number})")
    return handles


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

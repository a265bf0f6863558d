"""Sheet: marks, drawn by matplotlib. A new drawing changes only the marks that differ.

A drawing is a function that puts marks on a sheet, all of them, each time. The sheet matches them
with the marks of the last time: an equal one costs nothing, one that differs is set on the artist
that it has already, and from then on counts as moving. What rests is kept as pixels, so that a
frame draws only what moves and what lies over it. Marks are painted in the order of the calls.
"""

import collections
import itertools
from dataclasses import dataclass, field, replace

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure, SubplotParams
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from matplotlib.transforms import Bbox, TransformedBbox

from anatomy.base import colours, type
from anatomy.base.plot import Area

LONG = 12  # drawings after which a mark that has stayed as it is rests again
DASHES = {"": (), "dashed": (4, 2), "dotted": (1, 1.6), "long": (7, 2.5)}
#: Lines of as many points are drawn without those that lie as near to a straight line, in pixels.
MANY, TOLERANCE = 128, 1 / 9


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

    def put(self, kind, settings, bounds):
        """Adds a mark to those of the present drawing."""
        self.drawn.append(Mark(kind, settings, bounds))

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
        self._drawings, self._moved = 0, {}  # artist -> the drawing in which it moved last
        self._moving = set()  # and what lies over these

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
        before, moved, middle = self.marks, set(), []
        first = _alike(before, drawn)
        last = _alike(before[first:][::-1], drawn[first:][::-1])
        free = collections.defaultdict(collections.deque)
        for mark in before[first : len(before) - last]:
            free[mark.kind].append(mark)
        for mark in drawn[first : len(drawn) - last]:
            old = free[mark.kind].popleft() if free[mark.kind] else None
            if old and old.same(mark):
                middle.append(old)
                continue
            mark.artist = old.artist if old else _artist(mark.kind, self._axes)
            self._set(mark)
            middle.append(mark)
            moved |= {mark.artist} if old else set()
        gone = {mark.artist for marks in free.values() for mark in marks}
        for artist in gone:
            artist.remove()
        kept = [*before[:first], *middle, *before[len(before) - last :]]
        order = [mark.artist for mark in kept]
        if order != [mark.artist for mark in before]:
            for place, artist in enumerate(order):
                artist.set_zorder(place)
            self._still = None
        self.marks = kept
        self._drawings += 1
        lately = self._moved | dict.fromkeys(moved, self._drawings)
        self._moved = {artist: drawing for artist, drawing in lately.items()
                       if artist not in gone and drawing > self._drawings - LONG}  # fmt: skip
        if moved - self._moving or len(self._moved) < len(lately):  # or some may rest again
            self._still = None
        if self._still is None:
            self._moving = set(self._moved)

    def _set(self, mark):
        settings = dict(mark.settings)
        clip = settings.pop("clip")
        SETTERS[mark.kind](mark.artist, self.palette, **settings)
        mark.artist.set_clip_on(clip is not None)
        if clip:
            left, top, wide, high = clip
            box = Bbox.from_extents(left, top + high, left + wide, top)
            mark.artist.set_clip_box(TransformedBbox(box, self._axes.transData))

    def _frame(self):
        """What rests as it was, and over it what moves and what lies over that."""
        if self._still is None:
            self._moving = self._above()
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


def _alike(marks, others):
    """How many of them are the same, from the first on."""
    return sum(itertools.takewhile(bool, map(Mark.same, marks, others)))


def _apart(handles):
    """Handles, each with a name of its own: two classes, say, may be called the same."""
    seen = collections.Counter()
    for i, one in enumerate(handles):
        seen[one.label] += 1
        if (number := seen[one.label]) > 1:
            handles[i] = replace(one, label=f"{one.label} ({number})")
    return handles


class _Pixels(AxesImage):
    """An image whose pixels are seen as squares; put down as they are, without resampling."""

    def draw(self, renderer):
        if not isinstance(renderer, RendererAgg) or self.get_interpolation() != "nearest":
            return super().draw(renderer)
        scale, cells = renderer.dpi / 72, self.get_array().data
        left, right, bottom, top = (round(edge * scale) for edge in self.get_extent())
        rows, columns = (
            (np.arange(room) + 0.5) * size // max(room, 1)
            for room, size in zip((bottom - top, right - left), cells.shape[:2], strict=True)
        )
        image = np.full((len(rows), len(columns), 4), 255, np.uint8)
        image[..., :3] = cells[rows[::-1].astype(int)[:, None], columns.astype(int)]
        if image.size:
            renderer.draw_image(type.PLAIN, left, round(renderer.height - bottom), image)
        return None


#: The artist of each kind of mark, for these axes: made once, set anew whenever its mark differs.
ARTISTS = {
    "text": lambda axes: type.Line(clip_on=False),
    "box": lambda axes: Rectangle((0, 0), 1, 1, joinstyle="miter", antialiased=True),
    "round": lambda axes: FancyBboxPatch((0, 0), 1, 1, antialiased=True),
    "polygon": lambda axes: Polygon(np.zeros((3, 2)), joinstyle="round", antialiased=True),
    "line": lambda axes: Line2D(
        [], [], solid_joinstyle="round", solid_capstyle="round", dash_joinstyle="round",
        dash_capstyle="butt", marker="", antialiased=True,
    ),
    "dots": lambda axes: Line2D([], [], linestyle="", fillstyle="full", antialiased=True),
    "strokes": lambda axes: LineCollection([], capstyle="butt", antialiaseds=True),
    "cells": lambda axes: PolyCollection([], antialiaseds=True),
    "image": lambda axes: _Pixels(axes, origin="upper"),
}  # fmt: skip


def _artist(kind, axes):
    """A new artist on the axes, free of what a student has set in rcParams."""
    artist = ARTISTS[kind](axes)
    artist.set_sketch_params()
    artist.get_snap = lambda: None  # "auto"; rcParams["path.snap"] is asked at each drawing
    return axes.add_artist(artist)


def _text(artist, palette, color, **look):
    artist.set(color=palette.rgb(color), **look)


def _box(artist, palette, place, radius, **look):
    artist.set_bounds(*place)
    if radius:
        artist.set_boxstyle("round", pad=0, rounding_size=min(radius, *(s / 2 for s in place[2:])))
    _patch(artist, palette, **look)


def _polygon(artist, palette, points, **look):
    artist.set_xy(points)
    _patch(artist, palette, **look)


def _patch(artist, palette, fill, edge, linewidth, dash="", alpha=None):
    artist.set_alpha(alpha)
    artist.set_facecolor(palette.rgb(fill) if fill else "none")
    artist.set_edgecolor(palette.rgb(edge) if edge else "none")
    artist.set_linewidth(linewidth if edge else 0)
    artist.set_linestyle(_dashes(dash, linewidth))


def _line(artist, palette, x, y, color, width, dash, alpha):
    artist.set_data(x, y)
    path = artist.get_path()
    path.should_simplify, path.simplify_threshold = len(path.vertices) >= MANY, TOLERANCE
    _stroke(artist, palette.rgb(color), width, dash, alpha)


def _strokes(artist, palette, segments, color, width, dash, alpha):
    artist.set_segments(segments)
    _stroke(artist, _resolved(color, palette), width, dash, alpha)


def _stroke(artist, color, width, dash, alpha):
    artist.set_color(color)
    artist.set_linewidth(width)
    artist.set_linestyle(_dashes(dash, width))
    artist.set_alpha(alpha)


def _dots(artist, palette, x, y, color, size, marker, edge, edgewidth, alpha):
    artist.set_data(x, y)
    artist.set(
        marker=marker, markersize=size, markerfacecolor=palette.rgb(color),
        markeredgecolor=palette.rgb(edge or color), markeredgewidth=edgewidth, alpha=alpha,
    )  # fmt: skip


def _cells(artist, palette, boxes, fills, edge, linewidth):
    left, top = boxes[:, 0], boxes[:, 1]
    right, bottom = left + boxes[:, 2], top + boxes[:, 3]
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    artist.set_verts(np.array(corners).transpose(2, 0, 1))
    artist.set_facecolor("none" if fills is None else _resolved(fills, palette))
    artist.set_edgecolor(palette.rgb(edge) if edge else "none")
    artist.set_linewidth(linewidth if edge else 0)


def _image(artist, palette, place, pixels, smooth):
    left, top, width, height = place
    artist.set_data(pixels)
    artist.set_extent((left, left + width, top + height, top))
    artist.set_interpolation("bilinear" if smooth else "nearest")


#: What gives each kind of artist the settings of its mark.
SETTERS = {
    "text": _text, "box": _box, "round": _box, "polygon": _polygon, "line": _line, "dots": _dots,
    "strokes": _strokes, "cells": _cells, "image": _image,
}  # fmt: skip


def _dashes(dash, width):
    """A pattern in widths of the line; matplotlib multiplies it itself where rcParams say so."""
    scale = 1 if mpl.rcParams["lines.scale_dashes"] else np.max(width)
    return (0, tuple(scale * length for length in DASHES[dash])) if dash else "-"


def _resolved(color, palette):
    """A name, or a tuple of names, or bytes, as matplotlib takes colours."""
    if isinstance(color, np.ndarray):
        return color / 255
    return palette.rgb(color) if isinstance(color, str) else [palette.rgb(one) for one in color]

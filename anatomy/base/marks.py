"""Marks: the artist of each kind of mark, made once and set anew whenever its mark differs.

What a student has set in rcParams changes none of them.
"""

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

from anatomy.base import type

DASHES = {"": (), "dashed": (4, 2), "dotted": (1, 1.6), "long": (7, 2.5)}
#: Lines of as many points are drawn without those that lie as near to a straight line, in pixels.
LONG, TOLERANCE = 128, 1 / 9


def _added(axes, artist):
    """The artist on the axes, free of what rcParams set on every artist."""
    artist.set_sketch_params()
    artist.get_snap = lambda: None  # "auto"; rcParams["path.snap"] is asked at each drawing
    return axes.add_artist(artist)


class _Text:
    @staticmethod
    def make(axes):
        return axes.add_artist(type.Line(clip_on=False))

    @staticmethod
    def set(artist, palette, color, **settings):
        artist.set(color=palette.rgb(color), **settings)


class _Box:
    @staticmethod
    def make(axes):
        return _added(axes, Rectangle((0, 0), 1, 1, joinstyle="miter", antialiased=True))

    @staticmethod
    def set(artist, palette, place, **look):
        left, top, width, height = place
        artist.set_bounds(left, top, width, height)
        _patch(artist, palette, **look)


class _Round:
    @staticmethod
    def make(axes):
        return _added(axes, FancyBboxPatch((0, 0), 1, 1, boxstyle="round,pad=0", antialiased=True))

    @staticmethod
    def set(artist, palette, place, radius, **look):
        artist.set_bounds(*place)
        artist.set_boxstyle("round", pad=0, rounding_size=min(radius, *(s / 2 for s in place[2:])))
        _patch(artist, palette, **look)


class _Polygon:
    @staticmethod
    def make(axes):
        return _added(axes, Polygon(np.zeros((3, 2)), joinstyle="round", antialiased=True))

    @staticmethod
    def set(artist, palette, points, alpha, **look):
        artist.set_xy(points)
        artist.set_alpha(alpha)
        _patch(artist, palette, dash="", **look)


class _Line:
    @staticmethod
    def make(axes):
        ends = {"solid_capstyle": "round", "dash_capstyle": "butt", "dash_joinstyle": "round"}
        line = Line2D([], [], solid_joinstyle="round", marker="", antialiased=True, **ends)
        return _added(axes, line)

    @staticmethod
    def set(artist, palette, x, y, color, width, dash, alpha):
        artist.set_data(x, y)
        path = artist.get_path()
        path.should_simplify, path.simplify_threshold = len(path.vertices) >= LONG, TOLERANCE
        artist.set_color(palette.rgb(color))
        artist.set_linewidth(width)
        artist.set_linestyle(_dashes(dash, width))
        artist.set_alpha(alpha)


class _Dots:
    @staticmethod
    def make(axes):
        return _added(axes, Line2D([], [], linestyle="", fillstyle="full", antialiased=True))

    @staticmethod
    def set(artist, palette, x, y, color, size, marker, edge, edgewidth, alpha):
        artist.set_data(x, y)
        artist.set_marker(marker)
        artist.set_markersize(size)
        artist.set_markerfacecolor(palette.rgb(color))
        artist.set_markeredgecolor(palette.rgb(edge or color))
        artist.set_markeredgewidth(edgewidth)
        artist.set_alpha(alpha)


class _Strokes:
    @staticmethod
    def make(axes):
        return _added(axes, LineCollection([], capstyle="butt", antialiaseds=True))

    @staticmethod
    def set(artist, palette, segments, color, width, dash, alpha):
        artist.set_segments(segments)
        artist.set_color(_resolved(color, palette))
        artist.set_linewidth(width)
        artist.set_linestyle(_dashes(dash, width))
        artist.set_alpha(alpha)


class _Cells:
    @staticmethod
    def make(axes):
        return _added(axes, PolyCollection([], antialiaseds=True))

    @staticmethod
    def set(artist, palette, boxes, fills, edge, linewidth):
        left, top = boxes[:, 0], boxes[:, 1]
        right, bottom = left + boxes[:, 2], top + boxes[:, 3]
        corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
        artist.set_verts(np.array(corners).transpose(2, 0, 1))
        artist.set_facecolor("none" if fills is None else _resolved(fills, palette))
        artist.set_edgecolor(palette.rgb(edge) if edge else "none")
        artist.set_linewidth(linewidth if edge else 0)


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


class _Image:
    @staticmethod
    def make(axes):
        return _added(axes, _Pixels(axes, interpolation="nearest", origin="upper"))

    @staticmethod
    def set(artist, palette, place, pixels, smooth):
        left, top, width, height = place
        artist.set_data(pixels)
        artist.set_extent((left, left + width, top + height, top))
        artist.set_interpolation("bilinear" if smooth else "nearest")


KINDS = {
    "text": _Text, "box": _Box, "round": _Round, "polygon": _Polygon, "line": _Line,
    "dots": _Dots, "strokes": _Strokes, "cells": _Cells, "image": _Image,
}  # fmt: skip


def _dashes(dash, width):
    """A pattern in widths of the line; matplotlib multiplies it itself where rcParams say so."""
    scale = 1 if mpl.rcParams["lines.scale_dashes"] else np.max(width)
    return (0, tuple(scale * length for length in DASHES[dash])) if dash else "-"


def _patch(artist, palette, fill, edge, linewidth, dash):
    artist.set_facecolor(palette.rgb(fill) if fill else "none")
    artist.set_edgecolor(palette.rgb(edge) if edge else "none")
    artist.set_linewidth(linewidth if edge else 0)
    artist.set_linestyle(_dashes(dash, linewidth))


def _resolved(color, palette):
    """A name, or a tuple of names, or bytes, as matplotlib takes colours."""
    if isinstance(color, np.ndarray):
        return color / 255
    return palette.rgb(color) if isinstance(color, str) else [palette.rgb(one) for one in color]

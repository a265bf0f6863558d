"""Page: text, boxes, images and lines at places in CSS pixels, all on one Axes."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke

from anatomy.draw import style
from anatomy.draw.quick import Quick

#: What lies above what: images and lines, a cover over both, thin edges, marks; then text.
COVER, EDGE, MARK = 2.4, 2.6, 2.8
HALO = [Stroke(linewidth=3.5, foreground=style.PAPER), Normal()]


class Page:
    """The whole of a picture's figure; a place is (left, top, width, height) from the top left.

    One Axes for all: many small ones would take longer to draw than what is in them.
    """

    def __init__(self, picture):
        width, height = picture.size
        picture.figure.clear()
        picture.moving.clear()
        picture.stale()
        self._picture, self._resting = picture, []
        self.ax = picture.figure.add_axes((0, 0, 1, 1))
        self.ax.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
        self.ax.set_axis_off()

    def moves(self, artist):
        """Declare an artist as moving. Returns the artist."""
        return self._picture.moves(artist)

    def rests(self, artist):
        """Declare an artist that changes now and then. Returns the artist."""
        self._resting.append(artist)
        return artist

    def rested(self):
        """Say that resting artists have changed."""
        self._picture.rests(self._resting)

    def write(self, x, y, text="", **look):
        """A line of text: ``style.write``."""
        return style.write(self.ax, x, y, text, **look)

    def quick(self, x, y, **look):
        """A moving line of text, empty yet."""
        return self.moves(self.ax.add_artist(Quick(x, y, **look)))

    def box(self, place, edge="none", linewidth=0.8, *, fill="none", halo=False, **look):
        """A rectangle; with a ``halo`` it can be seen on a dark ground too."""
        left, top, wide, high = place
        box = Rectangle((left, top), wide, high, edgecolor=edge, facecolor=fill,
                        linewidth=linewidth, joinstyle="miter", **look)  # fmt: skip
        if halo:
            box.set_path_effects(HALO)
        return self.ax.add_patch(box)

    def frame(self, place):
        """The thin edge around an image or a panel, where no image that moves paints over it."""
        left, top, wide, high = place
        outside = left - 0.5, top - 0.5, wide + 1, high + 1
        return self.box(outside, style.QUIET, 1, snap=False, zorder=EDGE)

    def image(self, place, values=((0,),), cmap=None):
        """An image that fills its place, one cell for each value."""
        left, top, wide, high = place
        return self.ax.imshow(np.asarray(values, dtype=float), cmap=cmap, aspect="auto",
                              interpolation="nearest",
                              extent=(left, left + wide, top + high, top))  # fmt: skip

    def line(self, color, linestyle="-", linewidth=2, **look):
        """A line that has no points yet."""
        look = {"linestyle": linestyle, "linewidth": linewidth, **look}
        return self.ax.add_line(Line2D([], [], color=color, **look))

    def strokes(self, color, linewidth, segments=(), **look):
        """Separate straight strokes, each ((x, y), (x, y))."""
        look = {"colors": color, "linewidths": linewidth, "capstyle": "butt", **look}
        return self.ax.add_collection(LineCollection(segments, **look), autolim=False)

"""Search: fit() as a path through a hypothesis space, on a map of functions."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from anatomy.draw import style
from anatomy.draw.hypotheses import drawn, topology
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.search_curve import Curve
from anatomy.draw.search_map import Map
from anatomy.draw.search_words import Found
from anatomy.draw.style import number

WIDTH, HEIGHT = 800, 474  # CSS pixels, as all places below
LEFT, TOP, WIDE, HIGH = 12, 52, 452, 306  # of the map
KEY, LINES = 376, (406, 424, 444, 460)  # the marks of the map; what it says
WAY = style.OPTIMIZER
HOLLOW = {"markerfacecolor": style.PAPER, "markeredgewidth": 2}
EDGED = {"markeredgecolor": style.PAPER, "markeredgewidth": 1}
MARKS = {
    "first guess": {"marker": "o", "color": WAY, "markersize": 9, "zorder": 4, **HOLLOW},
    "last guess": {"marker": "o", "color": WAY, "markersize": 9, "zorder": 6, **EDGED},
    "member": {"marker": "o", "color": style.DATA, "markersize": 3.5, "alpha": 0.45,
               "markeredgewidth": 0, "zorder": 2},
    "nearest sampled": {"marker": "^", "color": style.DATA, "markersize": 10, "zorder": 4, **EDGED},
    "target": {"marker": "*", "color": style.TARGETS, "markersize": 17, "zorder": 5, **HOLLOW},
}  # fmt: skip
HALO = [Stroke(linewidth=4, foreground=style.PAPER), Normal()]


def search(space, path, target=None, *, label=""):
    """fit() as a search: its way through a map of functions, and how near the target it came.

    A point is a function, and how far two are apart is the root mean squared difference of
    their values, whatever their weights. The map is the plane through first guess, last guess
    and target. Beside it the distance to the target after each epoch, and that of the nearest
    member of the space that was sampled. How far the target is from the space itself nobody
    knows: not farther than the nearest function known.

    Args:
        space: an ``anatomy.hypotheses.Space``, members sampled of the topology.
        path: an ``anatomy.hypotheses.Path`` of the same topology on the same x.
        target: what the wanted function is on this x, ``(m, outputs)``; None: not known. It
            is reached where a function is known less than 1% of its spread (its standard
            deviation) away, and then its star is filled.
        label: what this search is, such as "learning_rate=0.001".

    Returns:
        SearchPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a space, path and target that do not fit each other, or are not finite.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    return SearchPicture(space, path, target, label=label)


class SearchPicture(Picture):
    """A map of functions with the way of a training, and its distances beside it."""

    def __init__(self, space, path, target=None, *, label=""):
        with LOCK:
            super().__init__(style.figure(WIDTH, HEIGHT))
            quiet = {"size": style.SMALL, "color": style.QUIET}
            self.title = self.say(12, 17, "", bold=True, size=style.TITLE)
            self.under = self.say(12, 36, "", **quiet)
            looks = {"bold": True}, {}, quiet, quiet
            self.lines = [self.say(12, y, "", **k) for y, k in zip(LINES, looks, strict=True)]
            self._map()
            self._key()
            self.curve = Curve(self)
            self.update(space, path, target, label=label)

    def update(self, space, path, target=None, *, label=""):
        """Show this search; the arguments are those of ``draw.search``."""
        found, label = Found(space, path, target), str(label)
        with LOCK:
            self.found, self.label, self.map = found, label, Map(found)
            self._place()
            self._measure()
            self._write()
            self.curve.show(found)
            self.stale()

    def describe(self):
        return self.found.describe(self.label, self.notes)

    def say(self, x, y, text, **look):
        """Text at a place in CSS pixels from the top left; returns the Text."""
        return style.write(self.figure, x / WIDTH, 1 - y / HEIGHT, text, **look)

    def _map(self):
        """The artists of the map."""
        ax = self.ax = style.axes(self.figure, LEFT, TOP, WIDE, HIGH)
        ax.grid(False)
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set(visible=True, color=style.RULE)
        dots = {"color": style.TARGETS, "linewidth": 1.4, "linestyle": (0, (1, 2))}
        self.gap = ax.add_line(Line2D([], [], **dots))
        self.way = ax.add_line(Line2D([], [], color=WAY, linewidth=1.5, zorder=3))
        self.marks = {
            name: ax.add_line(Line2D([], [], linestyle="", **look)) for name, look in MARKS.items()
        }
        bar = {"color": style.INK, "linewidth": 1.5, "marker": "|"}
        self.bar = ax.add_line(Line2D([], [], zorder=7, transform=ax.transAxes, **bar))
        self.length = style.write(
            ax, 0, 0.06, "", size=style.SMALL, transform=ax.transAxes, path_effects=HALO, zorder=7
        )

    def _key(self):
        """The marks of the map by name, in a row below it."""
        x, self.keys = LEFT + 8, {}
        for name, look in MARKS.items():
            dot = Line2D([x / WIDTH], [1 - KEY / HEIGHT], linestyle="", **look)
            text = self.say(x + 12, KEY, name, size=style.SMALL)
            self.keys[name] = self.figure.add_artist(dot), text
            x += 34 + style.width(name, size=style.SMALL)

    def _place(self):
        """The functions on the map."""
        flat, found, target = self.map, self.found, self.found.target is not None
        left, right, bottom, top = self.frame_of = flat.frame(WIDE / HIGH)
        self.ax.set(xlim=(left, right), ylim=(bottom, top))
        first, last = flat.guesses[[0, -1]]
        nearest = flat.members[found.sampled.argmin()]
        for mark, at in zip(
            self.marks.values(), (first, last, flat.members, nearest, flat.goal), strict=True
        ):
            mark.set_data(np.atleast_2d(at).T)
        self.way.set_data(flat.guesses.T)
        self.gap.set_data(np.stack([last, flat.goal]).T)
        self.gap.set_visible(target)
        for star in (self.marks["target"], self.keys["target"][0]):
            star.set_markerfacecolor(style.TARGETS if target and found.reached else style.PAPER)
        for name in ("target", "nearest sampled"):
            for artist in (self.marks[name], *self.keys[name]):
                artist.set_visible(target)

    def _measure(self):
        """A bar of a round length."""
        left, right, *_ = self.frame_of
        third = (right - left) / 3
        unit = 10 ** np.floor(np.log10(third))
        unit *= max(step for step in (1, 2, 5) if step * unit <= third)
        end = 0.03 + unit / (right - left)
        self.bar.set_data([0.03, end], [0.06, 0.06])
        self.length.set(text=f"distance {number(unit)}", x=end + 0.02)

    def _write(self):
        """The lines above and below."""
        found, (left, right, bottom, top) = self.found, self.frame_of
        x, y = self.map.members.T
        outside = int(np.sum((x < left) | (x > right) | (y < bottom) | (y > top)))
        target = found.target is not None
        way, members = (f"{share:.0%}" for share in self.map.kept)
        true = "first guess, last guess and target" if target else "first and last guess"
        away = f"; {outside:,} of {len(x):,} are outside" * bool(outside)
        self.notes = [
            f"The map is true to the distances of {true}; all else may be farther than it looks.",
            f"Of the squared distances to the {'target' if target else 'first guess'} it keeps "
            f"{way} along the way and {members} of the members{away}.",
        ]
        room = WIDTH - 24
        title = self.label or "fit() is a search"
        self.title.set_text(style.shorten(title, room, size=style.TITLE, bold=True))
        under = f"A point is a function of {topology(found.space)}: {drawn(found.space)}"
        self.under.set_text(style.shorten(under, room, size=style.SMALL))
        for line, text in zip(self.lines, (found.verdict, found.reason, *self.notes), strict=True):
            line.set_text(text)

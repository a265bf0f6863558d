"""Outlier: lines fitted to the same points by several losses, and one point that pulls at them."""

from itertools import pairwise

import numpy as np

from anatomy.draw import style
from anatomy.draw.page import Page
from anatomy.draw.picture import LOCK, Picture

WIDTH, HEIGHT = 800, 420  # CSS pixels, as all places below
PLOT = (52, 46, 436, 328)  # left, top, width, height
ENDS, LIST = 496, 582  # the names at the lines' ends; what is said of each line
CARD, BAR = 112, 150  # of one line in the list; a full bar
LOOKS = (
    (style.LOSS, "-"),
    (style.TRAINING, (0, (6, 2.5))),
    (style.OPTIMIZER, (0, (6, 2, 1.5, 2))),
)
APART = 15  # between two names


def outlier(x, y, lines, point=-1, labels=("x", "y")):
    """Points, lines fitted to them, and how hard one point pulls at the slope of each.

    pull = d loss of the point / d slope; its share is of the pulls of all points, either way

    Args:
        x, y: the points, (n,) or (n, 1).
        lines: one to three of `anatomy.losses.pull.Line`.
        point: the row of the point that is marked.
        labels: what x and y are.

    Returns:
        OutlierPicture: a Picture; its ``update()`` takes the first three.

    Raises:
        ValueError: for more than three lines.

    Source: Huber, Robust Estimation of a Location Parameter (1964).
    """
    return OutlierPicture(x, y, lines, point, labels)


class OutlierPicture(Picture):
    """The points on the left; on the right loss, slope and pull of each line."""

    def __init__(self, x, y, lines, point=-1, labels=("x", "y")):
        super().__init__(style.figure(WIDTH, HEIGHT))
        if len(lines) > len(LOOKS):
            raise ValueError(f"There are {len(lines)} lines; {len(LOOKS)} at most can be told.")
        self.point, self.labels = point, labels
        self._build(np.ravel(x), np.ravel(y), LOOKS[: len(lines)])
        self.update(x, y, lines)

    def update(self, x, y, lines):
        """Move the marked point and the lines; the other points stay where they were."""
        with LOCK:
            self.at = float(np.ravel(x)[self.point]), float(np.ravel(y)[self.point])
            self.lines = list(lines)
            self._mark.set_data(*([one] for one in self.at))
            self._says.set_text(
                "the point is at ({}, {})".format(*map(style.number, self.at)).replace("-", "−")
            )
            self._draw_lines()
            for line, card in zip(self.lines, self._cards, strict=True):
                share, (name, box, *texts) = line.share(self.point), card
                pull = line.pulls[self.point]
                name.set_text(line.name)
                box.set_width(BAR * share)
                for text, said in zip(texts, (
                    f"loss {style.number(line.loss)}, slope {line.slope:.2f}",
                    f"pull of the point {pull:+.3g}".replace("-", "−"),
                    f"{share:.0%}",
                ), strict=True):  # fmt: skip
                    text.set_text(said)

    def describe(self):
        lines = [
            f"{len(self.lines)} lines fitted to {self._count} points, the marked one at "
            f"({style.number(self.at[0])}, {style.number(self.at[1])})."
        ]
        lines += [
            f"{line.name}: loss {style.number(line.loss)}, {line.slope:.2f} x {line.bias:+.2f}; "
            f"the point pulls at the slope with {line.pulls[self.point]:+.3g}, "
            f"{line.share(self.point):.0%} of all pull."
            for line in self.lines
        ]
        return "\n".join(lines)

    def _build(self, x, y, looks):
        """The points that stay, the axes made for them, and places for all else."""
        self._count = len(x)
        page, look = Page(self), {"size": style.SMALL, "color": style.QUIET}
        self.ax = style.axes(self.figure, *PLOT)
        rest = np.arange(len(x)) != self.point % len(x)
        self.ax.set(xlim=reach(x[rest]), ylim=reach(y[rest]))
        self.ax.set_xlabel(self.labels[0], fontproperties=style.font(style.SMALL),
                           color=style.QUIET, labelpad=3)  # fmt: skip
        page.write(12, 20, f"{self.labels[1]}, {len(x)} points", bold=True)
        self._says = page.quick(PLOT[0] + PLOT[2], 20, color=style.ALARM, ha="right")
        self.ax.plot(x[rest], y[rest], "o", color=style.LAYERS, markersize=5, alpha=0.5,
                     markeredgewidth=0)  # fmt: skip
        self._drawn, self._names, self._cards = [], [], []
        page.write(LIST, 20, "share of all pull at the slope", bold=True)
        for i, (color, dash) in enumerate(looks):
            (drawn,) = self.ax.plot([], [], color=color, linestyle=dash, linewidth=2.5, zorder=5)
            self._drawn.append(self.moves(drawn))
            self._names.append(page.quick(ENDS, 0, size=style.SMALL, color=color, bold=True))
            top = PLOT[1] + 6 + CARD * i
            sample = page.line(color, dash, 2.5)
            sample.set_data([LIST, LIST + 34], [top + 8, top + 8])
            card = [page.quick(LIST + 42, top + 8, bold=True, color=color)]
            page.box((LIST, top + 24, BAR, 12), fill=style.RULE)
            card.append(page.moves(page.box((LIST, top + 24, 0, 12), fill=color)))
            card += [page.quick(LIST, top + y, **look) for y in (52, 70)]
            card.append(page.quick(LIST + BAR + 8, top + 30, bold=True))
            self._cards.append(card)
        (self._mark,) = self.ax.plot([], [], "D", color=style.ALARM, markersize=11, zorder=6,
                                     markeredgecolor=style.PAPER, clip_on=False)  # fmt: skip
        self.moves(self._mark)

    def _draw_lines(self):
        """The lines, and their names where they leave the plot, kept apart."""
        left, right = self.ax.get_xlim()
        low, high = self.ax.get_ylim()
        ends = []
        for line, drawn in zip(self.lines, self._drawn, strict=True):
            y = [line.slope * x + line.bias for x in (left, right)]
            drawn.set_data([left, right], y)
            part = (np.clip(y[1], low, high) - low) / (high - low)
            ends.append(PLOT[1] + PLOT[3] * (1 - part))
        for text, line, y in zip(self._names, self.lines, spread(ends), strict=True):
            text.set_text(style.shorten(line.name, LIST - ENDS - 8, size=style.SMALL, bold=True))
            text.set_y(y)


def reach(values):
    """How far the axes go, and a point may be dragged: as far again as the values, either way."""
    low, high = float(np.min(values)), float(np.max(values))
    span = (high - low) or 1.0
    return round(low - span, 1), round(high + span, 1)


def spread(places):
    """These heights, moved down until the names at them do not overlap, and back up together."""
    order = np.argsort(places, kind="stable")
    made = np.array(places, dtype=float)
    for before, after in pairwise(order):
        made[after] = max(made[after], made[before] + APART)
    return made - max(0.0, made.max(initial=0.0) - (PLOT[1] + PLOT[3]))

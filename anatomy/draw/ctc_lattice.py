"""The lattice of CTC: states by frames, shaded, with the steps between them."""

import itertools

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from anatomy.draw import style
from anatomy.draw.page import COVER, HALO, MARK

BLANKS = "#8795A0"  # paler than a class


class LatticePanel:
    """Cells of states by frames; ``apart``: as boxes with arrows between, and numbers in them."""

    def __init__(self, page, place, made, names, *, apart):
        left, top, wide, high = place
        frames, states = made.log_alpha.shape
        self._page, self._apart = page, apart
        row = min(high / states, 56) if apart else high / states
        column = wide / frames
        top += (high - row * states) / 2
        self._x = left + (np.arange(frames) + 0.5) * column
        self._y = top + (np.arange(states) + 0.5) * row
        self._half = (max(0.31 * column, 18), 0.31 * row) if apart else (column / 2, row / 2)
        self._possible = made.possible
        for y, sign in zip(self._y, made.extended, strict=True):
            blank = sign == made.blank
            name = "blank" if blank else style.shorten(names[sign], 60, size=12)
            look = {"color": style.QUIET, "size": 10} if blank else {"bold": True}
            page.write(left - 10, y, name, ha="right", **look)
        if not apart:
            page.frame((left, top, wide, row * states))
            for y in (self._y[:-1] + self._y[1:]) / 2:
                page.strokes(style.RULE, 0.6, [((left, y), (left + wide, y))], zorder=COVER)
        self._steps(made)
        self._cells = page.moves(self._boxes())
        look = {"zorder": MARK, "solid_joinstyle": "round"}
        self._strong = page.moves(page.line(style.INK, linewidth=2.2, **look))
        self._strong.set_path_effects(HALO)
        self._heads = page.moves(page.ax.add_collection(
            PolyCollection([], facecolors=style.INK, zorder=MARK), autolim=False))  # fmt: skip
        self._numbers = []
        if apart:
            self._edges = page.moves(page.ax.add_collection(
                PolyCollection([], facecolors="none", edgecolors=style.INK, linewidths=2,
                               zorder=MARK), autolim=False))  # fmt: skip
            for t, s in itertools.product(range(frames), range(states)):
                self._numbers.append(page.quick(self._x[t], self._y[s], size=style.SMALL,
                                                ha="center"))  # fmt: skip
            self._end(left + wide, states)

    def show(self, made, shade):
        """Shade the cells and draw the best path."""
        values = made.posterior
        relative = values
        if shade == "forward":
            values = made.alpha
            with np.errstate(invalid="ignore"):
                logs = np.where(self._possible, made.log_alpha, -np.inf)
                most = logs.max(axis=1, keepdims=True)
                relative = np.nan_to_num(np.exp(logs - most))
        relative = np.where(self._possible, relative, 0)
        blanks = np.broadcast_to(made.extended == made.blank, relative.shape)
        colors = np.where(
            blanks[..., None],
            shaded(relative, BLANKS, self._apart),
            shaded(relative, style.DATA, self._apart),
        ).reshape(-1, 3)
        self._cells.set_facecolors(colors)
        if self._numbers:
            for text, value, can in zip(
                self._numbers, values.ravel(), self._possible.ravel(), strict=True
            ):
                said = f"{value:.0%}" if shade == "posterior" else brief(value)
                text.set_text(said if can else "")
            self._sum.set_visible(shade == "forward" and np.isfinite(made.loss))
            self._p.set_text("p" if self._sum.get_visible() else "")
        self._best(made.best)

    def _best(self, best):
        points = [] if best is None else [(self._x[t], self._y[s]) for t, s in enumerate(best)]
        if not self._apart:
            return self._strong.set_data(*np.reshape(points, (-1, 2)).T)
        self._edges.set_verts([self._box(x, y) for x, y in points])
        ends = [self._arrow(a, b) for a, b in itertools.pairwise(points)]
        lines = [(*start, (np.nan, np.nan)) for start in ends]
        self._strong.set_data(*np.reshape([p for line in lines for p in line], (-1, 2)).T)
        return self._heads.set_verts([head(*end, 8) for end in ends])

    def _steps(self, made):
        """All steps that a path of the label can take, as thin arrows, where there is room."""
        if self._x.size < 2 or self._x[1] - self._x[0] < 16:
            return
        frames, states = self._possible.shape
        ends = []
        for t, s, far in itertools.product(range(frames - 1), range(states), range(3)):
            to = s + far
            allowed = to < states and (far < 2 or made.skips[to])
            if allowed and self._possible[t, s] and self._possible[t + 1, to]:
                a, b = (self._x[t], self._y[s]), (self._x[t + 1], self._y[to])
                ends.append(self._arrow(a, b) if self._apart else (a, b))
        color = "#9AA5AF"
        self._page.strokes(color, 1 if self._apart else 0.6, ends, zorder=COVER)
        if self._apart:
            heads = PolyCollection([head(*end, 6) for end in ends], facecolors=color, zorder=COVER)
            self._page.ax.add_collection(heads, autolim=False)

    def _arrow(self, a, b):
        """From the right edge of a box to the left edge of the next."""
        return (a[0] + self._half[0] + 1, a[1]), (b[0] - self._half[0] - 1, b[1])

    def _box(self, x, y):
        w, h = self._half
        return [(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)]

    def _boxes(self):
        grid = itertools.product(self._x, self._y)
        edge = {"edgecolors": "none"}
        if self._apart:
            colors = np.where(self._possible.ravel(), style.QUIET, style.RULE)
            edge = {"edgecolors": colors, "linewidths": 0.8}
        boxes = PolyCollection([self._box(x, y) for x, y in grid], zorder=1.5,
                               antialiaseds=self._apart, **edge)  # fmt: skip
        return self._page.ax.add_collection(boxes, autolim=False)

    def _end(self, x, states):
        """The bracket around the last two states, whose forward probabilities sum to p."""
        high, low = self._y[max(states - 2, 0)] - self._half[1], self._y[-1] + self._half[1]
        x -= 4
        self._sum = self._page.moves(self._page.line(style.LOSS, linewidth=1.6))
        self._sum.set_data([x, x + 5, x + 5, x], [high, high, low, low])
        self._p = self._page.quick(x + 10, (high + low) / 2, bold=True, color=style.LOSS)


def shaded(values, color, written=False):
    """Colours from paper to a colour, for 0 to 1; where it is ``written`` upon, only half way."""
    share = np.clip(values, 0, 1)[..., None] * (0.5 if written else 1)
    return (1 - share) * np.array(to_rgb(style.PAPER)) + share * np.array(to_rgb(color))


def brief(value):
    """A probability in a cell: three decimals, or that it is smaller than these."""
    if 0 < value < 0.0005:
        return f"{value:.0e}".replace("e-0", "e−").replace("e-", "e−")
    return f"{value:.3f}"


def head(start, end, size):
    """The triangle at the end of an arrow."""
    way = np.subtract(end, start)
    way = size * way / np.hypot(*way)
    across = 0.4 * np.array([-way[1], way[0]])
    return [np.array(end), end - way + across, end - way - across]

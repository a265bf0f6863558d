"""Row: one quantity of an optimizer: its box, its formula, its values over the steps."""

from itertools import pairwise

import numpy as np

from anatomy.draw import scale, style
from anatomy.draw.opened import folded

WIDTH, BOX, EDGE, RIGHT = 800, (28, 204), 300, 780  # CSS pixels: left and width; strip's ends
FORMULA = 258  # where formulas begin
TALL = 40  # CSS pixels of a strip
SMALL = {"size": style.SMALL, "color": style.QUIET}


class Row:
    """One quantity, such as the first moment of Adam.

    Args:
        symbol, title: "m", "momentum".
        says: what it is, in a few words.
        color: of its role.
        values: function of the facts that gives its values over the steps, or None.
        line: its ``rules.Line``, or None.
        names: of the arguments that stand in its box.
        name: Keras's name where it is remembered.
    """

    def __init__(self, symbol, title, says, color, values, line=None, names=(), name=""):
        self.symbol, self.color, self.line, self.name = symbol, color, line, name
        self.title = f"{symbol}, {title}" if title else symbol
        self._heading, self._values, self._names, self.told = title, values, names, []
        self._says = folded(says, BOX[1] - 16, size=style.SMALL) if says else []
        self.texts = 2 if line else 1
        self.deep = 8 + 17 + 14 * (len(self._says) + len(names)) + 6
        self.height = max(self.deep, 17 * self.texts + 4 + (TALL + 6) * bool(values)) + 12
        self.strip, self.said, self._range = None, "", None

    def build(self, page, top, steps):
        """Its box, and places for all that moves."""
        self.top, self.middle = top, top + min(self.height - 12, 44) / 2
        self._box(page)
        y = top + 8
        if self.line:
            page.write(FORMULA, y, self.line.text, bold=True)
            y += 17
        self._numbers = page.quick(FORMULA, y)
        if not self._values:
            return
        self.strip = top + 17 * self.texts + 4, TALL
        self._pitch = (RIGHT - EDGE) / (steps + 0.5)
        look = {"capstyle": "butt"}
        self._stems = page.moves(page.strokes(self.color, min(3, 0.5 * self._pitch), **look))
        self._zero = page.moves(page.strokes(style.QUIET, 0.8, zorder=1.5))
        dot = {"linestyle": "", "marker": "o", "markersize": min(6, 0.6 * self._pitch)}
        self._dots = page.moves(page.line(self.color, zorder=4, **dot))
        hollow = {"markerfacecolor": style.PAPER, "markeredgewidth": 1.4, "zorder": 4}
        self._first = page.moves(page.line(self.color, **(dot | hollow)))
        ring = {"markersize": dot["markersize"] + 4, "markeredgecolor": style.PAPER, "zorder": 5}
        self._now = page.moves(page.line(style.INK, **(dot | ring)))
        self._scale = [page.quick(EDGE - 6, 0, ha="right", **SMALL) for _ in range(2)]

    def x(self, t):
        """Where step ``t`` is, in CSS pixels; 0 is before the first."""
        return EDGE + 4 + self._pitch * t

    def show(self, facts, t, worked, arguments):
        """Its values over the steps, the numbers of step ``t``, and those of its arguments."""
        self.told = [f"{name}={arguments[name]}" for name in self._names]
        for text, line in zip(self._texts, self.told, strict=True):
            text.set_text(line)
        values = None if self._values is None else np.asarray(self._values(facts), float)
        if values is not None:
            first = 0 if len(values) > len(facts) else 1
            self._plot(values, first, t)
            value = values[t - first]
        text = ""
        if self.line in worked:
            text, value = worked[self.line]
        self.said = said(value)
        whole = f"{text} = {self.said}" if text and text != self.said else self.said
        head = "" if self.line else f"{self.symbol} "
        self._numbers.set_text(f"{head}= {whole}")

    def _box(self, page):
        left, wide = BOX
        high = self.height - 12
        page.box((left, self.top, wide, high), self.color, 1.4, fill=style.tint(self.color))
        y = self.top + 13
        page.write(left + 9, y, self.symbol, bold=True, color=self.color)
        x = left + 9 + style.width(self.symbol, bold=True) + 7
        page.write(x, y, self._heading, color=self.color)
        if self.name:
            page.write(left + wide - 9, y, "↻", ha="right", bold=True, color=self.color)
        y += 16
        for text in self._says:
            page.write(left + 9, y, text, **SMALL)
            y += 14
        look = {"size": style.SMALL, "mono": True}
        self._texts = [page.rests(page.write(left + 9, y + 14 * i, **look))
                       for i in range(len(self._names))]  # fmt: skip

    def _plot(self, values, first, t):
        low, high = self._range = fitting(values, self._range)
        top, tall = self.strip
        unit = (tall - 8) / (high - low)

        def y(value):
            return top + 4 + unit * (high - np.clip(np.nan_to_num(value), low, high))

        x, ys, zero = self.x(np.arange(len(values)) + first), y(values), y(0.0)
        self._stems.set_segments([((a, zero), (a, b)) for a, b in zip(x, ys, strict=True)])
        self._zero.set_segments([((EDGE, zero), (RIGHT + 8, zero))])
        self._dots.set_data(x[1 - first :], ys[1 - first :])
        self._first.set_data(x[: 1 - first], ys[: 1 - first])
        self._now.set_data([self.x(t)], [ys[t - first]])
        for text, value in zip(self._scale, (high, low), strict=True):
            text.set_y(y(value))
            text.set_text(said(value) if value else "")


def fitting(values, kept=None):
    """Round ends of an axis around these values and 0: the ones kept, where they fit well."""
    finite = values[np.isfinite(values)]
    least, most = min(0.0, finite.min(initial=0)), max(0.0, finite.max(initial=0))
    if kept and kept[0] <= least and most <= kept[1] and kept[1] - kept[0] <= 2 * (most - least):
        return kept
    low, high = (end and scale.round_up(1.04 * end) for end in (-least, most))
    return -low, high if low or high else 1.0


def wired(page, rows):
    """Arrows from each quantity to those whose formulas take it."""
    left, wide = BOX
    right = left + wide
    gradient = [row for row in rows if row.symbol == "g"][-1]
    for row in users(rows, gradient):
        turn, a, b = 14, gradient.middle, row.middle
        follow(page, [(left, a), (turn, a), (turn, b), (left - 2, b)], style.LOSS)
    rail = right + 8
    for row in rows:
        kept = [one for one in rows if one.symbol not in "gw" and row in users(rows, one)]
        for one in kept:
            a, b = one.middle, row.middle
            follow(page, [(right, a), (rail, a), (rail, b), (right + 2, b)], style.OPTIMIZER)
        rail += 6 * bool(kept)
    for before, after in pairwise(rows):
        if before.symbol == "step" or before.symbol == after.symbol == "g":
            x = left + wide / 2
            follow(page, [(x, after.top - 12), (x, after.top - 2)], before.color)


def users(rows, one):
    """The other rows whose formulas take this quantity."""
    return [row for row in rows if row is not one and row.line and one.symbol in row.line.names]


def follow(page, path, color):
    """A line with corners and an arrow head at its end."""
    x, y = zip(*path, strict=True)
    page.line(color, linewidth=1.6, solid_joinstyle="miter").set_data(x, y)
    (x0, y0), (x1, y1) = path[-2:]
    marker = {(1, 0): ">", (-1, 0): "<", (0, 1): "v", (0, -1): "^"}
    way = int(np.sign(x1 - x0)), int(np.sign(y1 - y0))
    page.line(color, linestyle="", marker=marker[way], markersize=7).set_data(
        [x1 - 2 * way[0]], [y1 - 2 * way[1]]
    )


def said(value):
    """A number as it stands in the picture: 4 significant digits, with a real minus."""
    return number(value).replace("-", "−", 1) if value < 0 else number(value)


def number(value):
    """Four significant digits, 1e-7 for 1e-07."""
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")

"""Paths of CTC: the collapse of one, frame by frame, and a list of all with their sum."""

import itertools

import numpy as np
from matplotlib.collections import PolyCollection

from anatomy.draw import style
from anatomy.losses.ctc.facts import collapse

MOST = 12  # paths that are listed


class CollapseRows:
    """The best path in three rows under its frames: as it is, merged, without its blanks."""

    def __init__(self, page, place, names):
        left, top, wide, _ = place
        self._left, self._wide, self._names = left, wide, names
        self._ys = [top + 2, top + 26, top + 50]
        rows = ("best path", "merge equal", "drop blanks")
        for y, name in zip(self._ys, rows, strict=True):
            bold = y == self._ys[2]
            color = style.TARGETS if bold else style.QUIET
            page.write(left - 10, y, name, ha="right", size=style.SMALL, color=color, bold=bold)
        self._bars = page.moves(page.ax.add_collection(
            PolyCollection([], facecolors=style.tint(style.DATA), edgecolors="none", zorder=1.2),
            autolim=False))  # fmt: skip
        self._texts = [[], [], []]
        self._page = page

    def show(self, made):
        """The best path of a lattice, if there is one; returns its Collapse."""
        path = made.path or ()
        step = self._wide / len(made.probabilities)
        rows, bars, start = ([], [], []), [], self._left
        for sign, run in itertools.groupby(path):
            count = len(list(run))
            end = start + count * step
            rows[0].extend((sign, start + (k + 0.5) * step, step) for k in range(count))
            rows[1].append((sign, (start + end) / 2, end - start))
            if sign != made.blank:
                rows[2].append(rows[1][-1])
                for y in self._ys[:2]:
                    bars.append([(start + 1, y - 9), (end - 1, y - 9), (end - 1, y + 9),
                                 (start + 1, y + 9)])  # fmt: skip
            start = end
        self._bars.set_verts(bars)
        for row, signs in enumerate(rows):
            self._write(row, signs, style.TEXT if step > 12 else 10)
        return collapse(path, made.blank)

    def _write(self, row, signs, size):
        texts = self._texts[row]
        while len(texts) < len(signs):
            look = {"bold": True, "color": style.TARGETS} if row == 2 else {}
            texts.append(self._page.quick(0, self._ys[row], size=size, ha="center", **look))
        for text in texts[len(signs) :]:
            text.set_text("")
        for text, (sign, x, room) in zip(texts, signs, strict=False):
            name = self._names[sign]
            lift = 4 * (name == "_")  # an underscore lies low
            short = style.shorten(name, room - 2, size=size, bold=row == 2)
            text.set(x=x, y=self._ys[row] - lift, text="" if short == "…" else short)


class PathList:
    """All paths of a label, the most probable first, their probabilities and the sum."""

    def __init__(self, page, place, frames, names):
        left, top, wide = place
        self._names, self._left, self._right = names, left, left + wide
        room = style.width("_ " * frames, size=style.SMALL, mono=True)
        self._start = left + min(room, 140) + 8
        self._head = page.quick(left, top, bold=True)
        self._lines, self._values, self._ys = [], [], []
        for k in range(MOST):
            y = top + 25 + 22 * k
            self._ys.append(y)
            self._lines.append(page.moves(page.write(left, y, mono=True, size=style.SMALL)))
            self._values.append(page.quick(self._right, y, ha="right", size=style.SMALL))
        self._bars = page.moves(page.strokes([style.INK] + [style.DATA] * (MOST - 1), 10))
        small = {"size": style.SMALL, "color": style.QUIET}
        self._more, self._rest = page.quick(left, 0, **small), self._right_of(page, **small)
        self._rule = page.moves(page.line(style.QUIET, linewidth=0.8))
        self._sum = page.quick(left, 0, bold=True)
        self._total = self._right_of(page, bold=True, color=style.LOSS)
        self._loss = self._right_of(page, **small)

    def _right_of(self, page, **look):
        return page.quick(self._right, 0, ha="right", **look)

    def show(self, made, paths):
        """Sort the paths by their probabilities and sum them."""
        chances = [made.probability(path) for path in paths]
        order = np.argsort(chances, kind="stable")[::-1]
        most = max(chances, default=0) or 1
        start, end = self._start, self._right - 52
        bars = []
        for k, (line, text) in enumerate(zip(self._lines, self._values, strict=True)):
            known = k < len(order)
            path, chance = (paths[order[k]], chances[order[k]]) if known else ((), 0)
            said = spelled(path, self._names)
            said = style.shorten(said, start - self._left - 6, size=style.SMALL, mono=True)
            line.set_text(said if known else "")
            text.set_text(chances_said(chance) if known else "")
            y = self._ys[k]
            bars.append([(start, y), (start + (end - start) * chance / most, y)])
        self._bars.set_segments(bars)
        self._foot(min(len(order), MOST), len(order) > MOST)
        total, hidden = sum(chances), [chances[k] for k in order[MOST:]]
        self._more.set_text(f"… and {len(hidden)} more" if hidden else "")
        self._rest.set_text(chances_said(sum(hidden)) if hidden else "")
        what = (
            "1 path reads"
            if len(paths) == 1
            else f"{len(paths)} paths read"
            if paths
            else "no path reads"
        )
        self._head.set_text(f"{what} the label")
        self._sum.set_text("sum")
        self._total.set_text(style.number(total).replace("e-", "e−"))
        self._loss.set_text(f"= exp(−{style.number(made.loss)}) = exp(−loss)" if total else "")
        self.words = f"{what} the label; their sum is {style.number(total)}".capitalize()

    def _foot(self, listed, more):
        """The sum goes right beneath the last path that is listed."""
        y = self._ys[0] + 22 * listed
        self._more.set_y(y)
        self._rest.set_y(y)
        y += 22 * more - 6
        self._rule.set_data([self._left, self._right], [y, y])
        self._sum.set_y(y + 18)
        self._total.set_y(y + 18)
        self._loss.set_y(y + 38)


def runs(path, names):
    """A path spelled, a long one by its runs: "_ x17, 2 x12"."""
    if len(path) <= 12:
        return spelled(path, names)
    counted = ((names[one], len(list(run))) for one, run in itertools.groupby(path))
    return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in counted)


def chances_said(value):
    """A probability: four decimals, or a power of ten where it is smaller."""
    return f"{value:.4f}" if value >= 0.00005 or not value else f"{value:.1e}".replace("e-", "e−")


def spelled(path, names):
    """A path as a line of text: "_ 3 3 _ 7 7"; "nothing" where it is empty."""
    return " ".join(names[one] for one in path) or "nothing"

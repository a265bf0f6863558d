"""How mistakes are shown: as images, rows of numbers, points of the plane, truth and prediction."""

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from anatomy.draw import style
from anatomy.draw.board import Shade, corners, short
from anatomy.draw.confusion import on, percent, recolor
from anatomy.draw.image import SQUARE, as_image
from anatomy.draw.regions import EVEN, INKS, MARKS

TOP = 66  # CSS pixels, as all below: of what is under the heading
SHARE = 52  # for a probability
TURNS = np.linspace(0, 2 * np.pi, 17)[:-1] + 0.8
AROUND = [(r * np.cos(a), r * np.sin(a)) for r in (15, 28, 42, 58, 76) for a in TURNS]


class Caption:
    """Two lines, truth and guess, each with what the model gave to it."""

    def __init__(self, page, left, top, room):
        self._room = room - SHARE
        self._lines = [
            (page.quick(left, top + below, color=color, bold=not below),
             page.quick(left + room, top + below, size=style.SMALL, color=color, ha="right"))
            for below, color in ((0, style.TARGETS), (18, style.LOSS))
        ]  # fmt: skip

    def show(self, judged, i):
        """Write it for a sample; None: nothing."""
        if i is None:
            return [text.set_text("") for line in self._lines for text in line]
        rows = ("truth", judged.truth, judged.to_truth), ("guess", judged.guess, judged.to_guess)
        for (text, number), (what, label, given) in zip(self._lines, rows, strict=True):
            name = f"{what} {judged.names[label[i]]}"
            text.set_text(style.shorten(name, self._room, bold=what == "truth"))
            number.set_text(percent(given[i]) if judged.probable else short(given[i]))


class Images:
    """Twelve images, each above its caption."""

    most, columns, side, pitch, high, key = 12, 6, 104, 130, 156, ""

    @staticmethod
    def fits(x):
        """Whether these samples are images, or may be the rows of such."""
        square = round(x[0].size ** 0.5) ** 2 == x[0].size and x[0].size >= SQUARE**2
        return x.ndim > 2 or (x.ndim == 2 and square and x.min() >= 0)

    @classmethod
    def height(cls, x):
        return TOP + 2 * cls.high + 4

    def __init__(self, page, x):
        rows, columns = as_image(x[0]).shape
        wide, tall = (self.side * min(1, share) for share in (columns / rows, rows / columns))
        self._captions, self._images, self._frames = [], [], []
        for k in range(self.most):
            left = 16 + k % self.columns * self.pitch
            top = TOP + k // self.columns * self.high
            place = left + (self.side - wide) / 2, top + (self.side - tall) / 2, wide, tall
            image = page.image(place, np.zeros((rows, columns)), "gray_r")
            image.set_clim(0 if x.min() >= 0 else x.min(), x.max())
            self._images.append(page.moves(image))
            self._frames.append(page.moves(page.frame(place)))
            self._captions.append(Caption(page, left, top + self.side + 13, self.pitch - 18))

    def show(self, x, judged, which):
        for k, caption in enumerate(self._captions):
            i = which[k] if k < len(which) else None
            for artist in (self._images[k], self._frames[k]):
                artist.set_visible(i is not None)
            if i is not None:
                self._images[k].set_data(as_image(x[i]))
            caption.show(judged, i)


class Rows:
    """Six rows of features as cells with their numbers."""

    most, left, wide, across, key = 6, 190, 40, 15, "Rows: the features as given to the model. "

    @classmethod
    def lines(cls, x):
        return min(-(-x[0].size // cls.across), 2)

    @classmethod
    def height(cls, x):
        lines = cls.lines(x)
        return TOP + 16 * lines + cls.most * (22 * max(lines, 2) - 2 + 12) + 6

    def __init__(self, page, x):
        lines, self._count = self.lines(x), min(x[0].size, 2 * self.across)
        self._shade = Shade.of(np.quantile(x, (0.02, 0.98)))
        place = {"size": style.SMALL, "color": style.QUIET}
        for line in range(lines):
            name = "feature" if not line else ""
            page.write(self.left - 12, TOP, name, ha="right", **place)
        if x[0].size > self._count:
            text = f"the first {self._count} of {x[0].size:,}"
            page.write(self.left - 12, TOP + 16, text, ha="right", **place)
        for j in range(self._count):
            line, column = divmod(j, self.across)
            at = self.left + (column + 0.5) * self.wide, TOP + 16 * line
            page.write(*at, str(j), ha="center", **place)
        self._rows, pitch = [], 22 * max(lines, 2) + 10
        for k in range(self.most):
            top = TOP + 16 * lines + k * pitch
            boxes = [
                (self.left + j % self.across * self.wide, top + j // self.across * 21,
                 self.wide - 1, 20)
                for j in range(self._count)
            ]  # fmt: skip
            cells = page.moves(page.ax.add_collection(
                PolyCollection([corners(box) for box in boxes], edgecolors=style.RULE,
                               linewidths=0.8), autolim=False))  # fmt: skip
            look = {"size": style.SMALL, "ha": "center"}
            texts = [page.quick(a + w / 2, b + h / 2, **look) for a, b, w, h in boxes]
            self._rows.append((Caption(page, 12, top + 11, self.left - 28), cells, texts))

    def show(self, x, judged, which):
        for k, (caption, cells, texts) in enumerate(self._rows):
            i = which[k] if k < len(which) else None
            caption.show(judged, i)
            cells.set_visible(i is not None)
            values = x[i].ravel()[: self._count] if i is not None else []
            fills = self._shade(values) if i is not None else []
            cells.set_facecolor(fills if i is not None else "none")
            for j, text in enumerate(texts):
                text.set_text(decimals(values[j]) if j < len(values) else "")
                if j < len(values):
                    recolor(text, on(fills[j]))


class Plot:
    """A square of points, of which the worst are ringed and numbered, and their list beside it."""

    most, side, left, list = 8, 330, 62, 430

    @classmethod
    def height(cls, x):
        return TOP + cls.side + 44

    def __init__(self, page, names):
        self._picture = page._picture
        self.ax = style.axes(self._picture.figure, self.left, TOP, self.side, self.side)
        self.ax.spines["left"].set(visible=True)
        look = {"fontproperties": style.font(style.SMALL), "color": style.QUIET}
        self.ax.set_xlabel(names[0], **look)
        self.ax.set_ylabel(names[1], labelpad=6, **look)
        for axis in (self.ax.xaxis, self.ax.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        self._page, self._heads = page, page.quick(self.list, TOP + 8, bold=True)
        self._rings = page.moves(self.ax.add_line(Line2D(
            [], [], linestyle="", marker="o", markersize=11, markerfacecolor="none",
            markeredgecolor=style.INK, markeredgewidth=1.3, zorder=6)))  # fmt: skip
        self._leaders = page.moves(page.strokes(style.QUIET, 0.8, zorder=2))
        self._marks = [page.quick(0, 0, size=style.SMALL, bold=True, ha="center")
                       for _ in range(self.most)]  # fmt: skip
        self._lines = [
            (page.quick(self.list, TOP + 42 + 34 * k, bold=True),
             page.quick(self.list + 26, TOP + 42 + 34 * k))
            for k in range(self.most)
        ]  # fmt: skip

    def range(self, x, y):
        """Show these ranges of both axes."""
        if (x, y) != (self.ax.get_xlim(), self.ax.get_ylim()):
            self.ax.set(xlim=x, ylim=y)
            self._picture.stale()

    def number(self, points, head, lines):
        """Ring and number these points (k, 2), and list them."""
        self._rings.set_data(*points.T)
        self._heads.set_text(head)
        places = self._places(points)
        self._leaders.set_segments([pair for pair in places if apart(*pair) > 20])
        for k, (mark, line) in enumerate(zip(self._marks, self._lines, strict=True)):
            shown = k < len(points)
            mark.set_text(str(k + 1) if shown else "")
            line[0].set_text(str(k + 1) if shown else "")
            line[1].set_text(lines[k] if shown else "")
            if shown:
                mark.set_position(places[k][1])

    def _places(self, points):
        """Where each point is, and where its number finds room: pairs of places in CSS pixels."""
        high, found = self._picture.size[1], []
        at = [(x, high - y) for x, y in self.ax.transData.transform(points)]
        for x, y in at:
            free = [
                (x + dx, y + dy)
                for dx, dy in AROUND
                if self.left + 8 < x + dx < self.left + self.side + 14
                and TOP - 8 < y + dy < TOP + self.side - 6
                and not any(near((x + dx, y + dy), other, 14, 12) for other in at)
                and not any(near((x + dx, y + dy), other, 18, 13) for _, other in found)
            ]
            found.append(((x, y), free[0] if free else (x, y)))
        return found


class Plane(Plot):
    """The samples as points; those that are wrong in full colour."""

    key = "A mark: the true class. Pale: right. "

    def __init__(self, page, x):
        super().__init__(page, ("first feature", "second feature"))
        self.range(*(tuple(map(float, padded(x[:, axis]))) for axis in (0, 1)))
        self._points = {
            (k, wrong): page.moves(self.ax.add_line(Line2D(
                [], [], linestyle="", marker=MARKS[k], color=INKS[k], zorder=4 + wrong,
                markersize=7 if wrong else 4.5, alpha=1 if wrong else 0.28, markeredgewidth=0)))
            for k in range(EVEN) for wrong in (False, True)
        }  # fmt: skip

    def show(self, x, judged, which):
        bad = judged.truth != judged.guess
        for (k, wrong), points in self._points.items():
            points.set_data(*x[(judged.truth % EVEN == k) & (bad == wrong)].T)
        lines = [
            f"{judged.names[judged.truth[i]]}, guess {judged.names[judged.guess[i]]}"
            + (f" {percent(judged.to_guess[i])}" if judged.probable else "")
            for i in which
        ]
        lines = [style.shorten(line, 788 - self.list - 26) for line in lines]
        self.number(x[which], "truth, and what was guessed", lines)


class Truths(Plot):
    """Predictions of a regression against the truth; right are those on the diagonal."""

    key = "Right is on the line. "

    def __init__(self, page, x):
        super().__init__(page, ("truth", "prediction"))
        self._line = page.moves(self.ax.add_line(Line2D(
            [], [], color=style.TARGETS, linewidth=1.6, linestyle=(0, (5, 2)), zorder=3,
        )))  # fmt: skip
        off = LineCollection([], colors=style.LOSS, linewidths=1.4, zorder=3.5)
        self._off = page.moves(self.ax.add_collection(off, autolim=False))
        self._points = page.moves(self.ax.add_line(Line2D(
            [], [], linestyle="", marker="o", color=style.DATA, alpha=0.6, markersize=5,
            markeredgewidth=0, zorder=4)))  # fmt: skip

    def show(self, x, judged, which):
        ends = padded(np.concatenate([judged.truth, judged.guess]))
        self.range(ends, ends)
        points = np.stack([judged.truth, judged.guess], axis=1)
        self._line.set_data(ends, ends)
        self._points.set_data(*points.T)
        self._off.set_segments([[(t, t), (t, g)] for t, g in points[which]])
        number = style.number
        lines = [
            f"{number(t)}, predicted {number(g)}, off by {g - t:+.4g}".replace("-", "−")
            for t, g in points[which]
        ]
        self.number(points[which], "truth, prediction, residual", lines)


def near(one, other, across, down):
    """Whether two places are nearer to each other than this."""
    return abs(one[0] - other[0]) < across and abs(one[1] - other[1]) < down


def apart(one, other):
    """The distance of two places."""
    return np.hypot(one[0] - other[0], one[1] - other[1])


def decimals(value):
    """A number in a cell: with two decimals, where there is room."""
    return f"{value:.2f}".replace("-", "−") if abs(value) < 10 else short(float(value))


def padded(values):
    """A range around these values."""
    low, high = float(np.min(values)), float(np.max(values))
    edge = 0.06 * (high - low) or 1.0
    return low - edge, high + edge

"""A loss over the probabilities of three classes: a triangle, each corner sure of one class."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.tri import LinearTriInterpolator, Triangulation

from anatomy.draw import loss_words, style
from anatomy.draw.page import HALO
from anatomy.draw.quick import Quick

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])  # of class 0, 1, 2
TOP, SIDE, SMALL = 84, 372, 318  # of the triangle: alone, and of two; CSS pixels
ROW = 24  # of the table
COLUMNS = 112, 202, 316  # right ends: prediction, gradient, after the step
BANDS, FIELD = 8, 9  # contours; arrows along a side
PALE = LinearSegmentedColormap.from_list("loss", ["#FFFFFF", "#F5D9C3", "#E3945B", "#B9632A"])
LONGEST, SHORTEST = 28, 3  # of an arrow, CSS pixels
ARROWS = "Arrows: against the gradient, along the triangle; longer where it is steeper."
SOFT = "Arrows: where a small step against the gradient by z moves Y′; longer where farther."


class SimplexPanel:
    """The loss as contours, the field of descent, the prediction and where one step lands."""

    @staticmethod
    def high(count, pointed):
        """Of the picture, for so many panels, with a point or without."""
        side = SIDE if count == 1 else SMALL
        table = 7 * ROW + 8 if pointed and count > 1 else 0
        return round(TOP + side * CORNERS[2, 1] + 34 + table + 24)

    def __init__(self, picture, left, width, pointed):
        self._picture, self._left, self._width = picture, left, width
        alone = width > 500
        self._side = SIDE if alone else SMALL
        high = self._side * CORNERS[2, 1]
        self._name = picture.say(left, 17, "", size=style.TITLE, bold=True)
        self._how = picture.say(left, 37, "", size=style.SMALL, color=style.QUIET)
        self._foot = None
        if left < 20:  # once for both
            at = left, picture.size[1] - 16
            self._foot = picture.say(*at, "", size=style.SMALL, color=style.QUIET)
        start = 44 if alone and pointed else (width - self._side) / 2
        self.ax = style.axes(picture.figure, left + start, TOP, self._side, high)
        self.ax.set_axis_off()
        self.ax.set(xlim=(0, 1), ylim=(0, CORNERS[2, 1]), autoscale_on=False)
        self._drawn, self._classes, self._heads = [], [], []
        self._frame()
        if pointed:
            self._present()
            self._table(*((left + 460, TOP + 84) if alone else (left + 28, TOP + high + 56)))

    def show(self, curve, reach=None):
        """Draws the contours and the field of a curve; True: nothing is as it was."""
        self._curve = curve
        for artist in self._drawn:
            artist.remove()
        room = self._width - 12
        head = style.shorten(loss_words.title(curve), room, size=style.TITLE, bold=True)
        self._name.set_text(head)
        self._how.set_text(style.shorten(loss_words.how(curve), room, size=style.SMALL))
        if self._foot:
            self._foot.set_text(SOFT if curve.over == "logit" else ARROWS)
        if self._heads:
            self._heads[1].set_text(f"gradient by {loss_words.symbol(curve)}")
        soft = np.ndim(curve.target)
        self._target = np.array(curve.target) if soft else np.eye(3)[curve.target]
        for i, name in enumerate(self._corners):
            right = not soft and i == curve.target
            look = {"color": style.TARGETS if right else style.INK,
                    "fontproperties": style.font(bold=right)}  # fmt: skip
            name.set(text=f"class {i}, target" if right else f"class {i}", **look)
            for row in self._classes[i : i + 1]:
                row.set(text=f"◆ class {i}" if right else f"class {i}", **look)
        self._goal.set_data(*(self._target @ CORNERS)[:, None])
        net = Triangulation(*(curve.predictions @ CORNERS).T)
        values = np.nan_to_num(curve.values.astype(float))
        levels = steps(values)
        bands = self.ax.tricontourf(net, values, levels, cmap=PALE, extend="both", zorder=1)
        lines = self.ax.tricontour(net, values, levels, colors=[style.QUIET], linewidths=0.7,
                                   linestyles="solid", zorder=2)  # fmt: skip
        self._drawn = [bands, lines, *self._labels(net, values, levels)]
        self._drawn.append(self._field(curve))
        return True

    def point(self, step):
        """Moves to a `Descent`: the prediction, the numbers, and where one step lands."""
        if step is None:
            return
        at, goal = step.prediction @ CORNERS, step.after_prediction @ CORNERS
        self._dot.set_data(*at[:, None])
        self._shaft.set_data(*np.stack([at, clipped(step)]).T)
        self._landing.set_data(*goal[:, None])
        far = np.hypot(*(goal - at)) * self._side > 5
        self._landing.set_visible(far and step.inside)
        columns = step.prediction, step.gradient, step.after_prediction
        for texts, numbers in zip(self._numbers, columns, strict=True):
            for text, number in zip(texts, numbers, strict=True):
                text.set_text(brief(number))
        costs = brief(step.value), brief(step.after) if step.inside else "none"
        for text, cost in zip(self._costs, costs, strict=True):
            text.set_text(cost)
        rate = style.number(step.learning_rate)
        way = f"○ one step on {loss_words.symbol(self._curve)}, learning_rate {rate}"
        self._way.set_text(way if step.inside else f"{way}: beyond 0 to 1")

    def _frame(self):
        edge = {"color": style.QUIET, "linewidth": 1, "zorder": 3}
        self.ax.add_line(Line2D(*CORNERS[[0, 1, 2, 0]].T, clip_on=False, **edge))
        places = (-28, -16, "left"), (28, -16, "right"), (0, 16, "center")  # CSS pixels
        self._corners = [
            style.write(self.ax, x + across / self._side, y + up / self._side, "", ha=ha)
            for (x, y), (across, up, ha) in zip(CORNERS, places, strict=True)
        ]
        (self._goal,) = self.ax.plot([], [], "D", color=style.TARGETS, markersize=11, zorder=7,
                                     markeredgecolor=style.PAPER, clip_on=False)  # fmt: skip

    def _present(self):
        make = self._picture.moves
        purple = {"color": style.OPTIMIZER, "zorder": 8, "clip_on": False}
        self._shaft = make(self.ax.add_line(Line2D([], [], linewidth=2.5, **purple)))
        self._landing = make(self.ax.add_line(Line2D(
            [], [], linestyle="", marker="o", markersize=9, markerfacecolor=style.PAPER,
            markeredgewidth=2, **purple)))  # fmt: skip
        self._dot = make(self.ax.add_line(Line2D(
            [], [], linestyle="", marker="o", markersize=12, color=style.INK, zorder=9,
            markeredgecolor=style.PAPER, markeredgewidth=1.2, clip_on=False)))  # fmt: skip

    def _table(self, x, y):
        """The numbers of each class: prediction, gradient, prediction after the step."""
        say, small = self._picture.say, {"size": style.SMALL, "color": style.QUIET}
        self._heads = [
            say(x + at, y, text, ha="right", **small)
            for at, text in zip(COLUMNS, ("● Y′", "", "○ Y′ after it"), strict=True)
        ]
        self._classes = [say(x, y + ROW * (i + 1), "") for i in range(3)]
        self._numbers = [
            [self._quick(x + at, y + ROW * (i + 1), color=color, ha="right") for i in range(3)]
            for at, color in zip(COLUMNS, (style.INK, style.OPTIMIZER, style.INK), strict=True)
        ]
        down = y + ROW * 4 + 4
        say(x, down, "loss", bold=True, color=style.LOSS)
        look = {"bold": True, "color": style.LOSS, "ha": "right"}
        self._costs = [self._quick(x + at, down, **look) for at in COLUMNS[::2]]
        self._way = self._quick(x, down + ROW + 6, size=style.SMALL, color=style.OPTIMIZER)

    def _quick(self, x, y, **look):
        wide, high = self._picture.size
        made = Quick(x / wide, 1 - y / high, **look)
        made.set_transform(self._picture.figure.transFigure)
        return self._picture.moves(self._picture.figure.add_artist(made))

    def _labels(self, net, values, levels):
        """The value of each contour, where a line out of the target crosses it."""
        interpolated = LinearTriInterpolator(net, values)
        t = np.linspace(0.04, 0.96, 400)[:, None]
        kept = {}
        for end in self._rays():
            p = ((1 - t) * self._target + t * end) @ CORNERS
            found = np.ma.filled(interpolated(*p.T), np.nan)
            for level in levels:
                for at in p[:-1][np.diff(np.sign(found - level)) != 0][:1]:
                    gaps = [np.hypot(*(at - other)) * self._side for other in kept.values()]
                    if level not in kept and min(gaps, default=99) > 30:
                        kept[level] = at
        self._kept = np.array([*kept.values()]).reshape(-1, 2)
        look = {"size": style.SMALL, "ha": "center", "zorder": 5, "path_effects": HALO}
        return [
            style.write(self.ax, *at, loss_words.said(level), **look) for level, at in kept.items()
        ]

    def _rays(self):
        """Where lines out of the target end: the middle of the far edge, and beside it."""
        if self._target.max() < 1:
            return np.eye(3)
        away = (1 - self._target) / 2
        return [away, *(0.8 * away + 0.2 * corner for corner in np.eye(3)[self._target < 1])]

    def _field(self, curve):
        """Arrows of descent: projected on the triangle, or as softmax hands them on."""
        p = inside(FIELD)
        if curve.over == "logit":
            pull = -curve.ask(np.log(p))[1].astype(float)
            flow = p * (pull - (p * pull).sum(axis=1, keepdims=True))  # through softmax
        else:
            flow = -curve.ask(p)[1].astype(float)
            flow -= flow.mean(axis=1, keepdims=True)
        flow = flow @ CORNERS
        length = np.hypot(*flow.T)
        # The square root: between the flattest and the steepest lies a factor of hundreds.
        reach = LONGEST * np.sqrt(np.minimum(length / (np.quantile(length, 0.9) or 1), 1))
        shapes = []
        for at, way, far, pixels in zip(p @ CORNERS, flow, length, reach, strict=True):
            near = self._kept.size and np.hypot(*(self._kept - at).T).min() * self._side < 24
            if not near and pixels >= SHORTEST:
                shapes.append(arrow(at, way / far, pixels / self._side, 1 / self._side))
        made = PolyCollection(shapes, facecolor=style.INK, linewidth=0, zorder=4, alpha=0.75)
        return self.ax.add_collection(made, autolim=False)


def arrow(at, way, length, pixel):
    """A slim arrow as a polygon, its middle at a point of the axes."""
    across = np.array([-way[1], way[0]])
    head = min(6 * pixel, 0.6 * length)
    back, neck, tip = at - way * length / 2, at + way * (length / 2 - head), at + way * length / 2
    thin, wide = across * 0.6 * pixel, across * 0.5 * head
    return [back - thin, neck - thin, neck - wide, tip, neck + wide, neck + thin, back + thin]


def steps(values):
    """Round levels that part the values: what has no bound does not count."""
    low, high = np.quantile(values, (0, 0.93))
    if high - low < 1e-6:
        return np.array([low, low + 1])
    return MaxNLocator(BANDS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)


def inside(n):
    """Points inside the triangle, ``(m, 3)``."""
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    within = i + j < n
    a, b = (i[within] + 1 / 3) / n, (j[within] + 1 / 3) / n
    return np.stack([a, b, 1 - a - b], axis=1)


def clipped(step):
    """Where an arrow to the landing ends: at the edge, where it leaves the triangle."""
    way = step.after_prediction - step.prediction
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(way < 0, -step.prediction / way, 1.0)
    return (step.prediction + min(1.0, parts.min()) * way) @ CORNERS


def brief(value):
    """A number in little room, with a true minus."""
    if 0.0005 <= abs(value) < 100 or value == 0:
        return f"{value:.3f}".replace("-", "−")
    return f"{value:.2g}".replace("-", "−")

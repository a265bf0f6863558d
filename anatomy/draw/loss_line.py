"""A loss over one number, the prediction or its logit; beneath it the gradient, on the same x."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.ticker import FuncFormatter, MaxNLocator

from anatomy.draw import loss_words, scale, style
from anatomy.draw.quick import Quick

LEFT, RIGHT = 46, 62  # CSS pixels beside the data
LOSS, SLOPE = (78, 176), (312, 112)  # top and height of the two axes, CSS pixels
HEIGHT, STEP = 472, 30  # of the picture, and of a line for the step
CAPTIONS = "loss", "gradient: the feedback signal"
COLORS = style.LOSS, style.OPTIMIZER
LOOKS = {}, {"linestyle": (0, (6, 1.5))}
ROUND = [1, 2, 2.5, 5, 10]
NEAR = 0.9  # the gradient's axis shows this part of its values whole: some have no bound
WITHIN = 25.0  # two panels share an axis where neither is more than this much higher


class LinePanel:
    """Loss above, gradient below; the target, the prediction, and one step of descent."""

    @staticmethod
    def high(count, pointed):
        """Of the picture, for so many panels, with a point or without."""
        return HEIGHT + STEP * pointed

    def __init__(self, picture, left, width, pointed):
        self._wide = width - LEFT - RIGHT
        self._picture, self._left, self._width = picture, left, width
        self._name = picture.say(left, 17, "", size=style.TITLE, bold=True)
        self._how = picture.say(left, 37, "", size=style.SMALL, color=style.QUIET)
        self._axes = [style.axes(picture.figure, left + LEFT, *place(p, self._wide))
                      for p in (LOSS, SLOPE)]  # fmt: skip
        self._axes[0].tick_params(axis="x", length=0, labelbottom=False)
        self._captions = [
            picture.say(left + 8, top - 14, text, bold=True, size=style.SMALL, color=color)
            for (top, _), text, color in zip((LOSS, SLOPE), CAPTIONS, COLORS, strict=True)
        ]
        foot = SLOPE[0] + SLOPE[1] + 30
        middle = left + LEFT + self._wide / 2
        look = {"size": style.SMALL, "color": style.QUIET, "ha": "center"}
        self._under = picture.say(middle, foot, "", **look)
        self._curves()
        if pointed:
            self._present(foot)

    def show(self, curve, reach):
        """Draws a curve; ``reach``: the range of each y axis. True where the axes changed."""
        for line, values in zip(self._lines, (curve.values, curve.gradients), strict=True):
            line.set_data(curve.at, values)
        signal = np.nan_to_num(curve.gradients)
        edge = np.stack([curve.at, signal]), np.stack([curve.at[[-1, 0]], (0, 0)])
        self._shade.set_xy(np.hstack(edge).T)
        before, now = self._axed, (loss_words.title(curve), *curve.at[[0, -1]], *reach)
        self._curve, self._axed, self._reach = curve, now, reach
        self._ends = float(curve.at[0]), float(curve.at[-1])
        self._aim(curve)
        if before == now:
            return False
        room = self._width - 12
        self._name.set_text(style.shorten(now[0], room, size=style.TITLE, bold=True))
        self._how.set_text(style.shorten(loss_words.how(curve), room, size=style.SMALL))
        self._under.set_text(loss_words.axis(curve))
        for ax, ends, ticks in zip(self._axes, reach, (5, 4), strict=True):
            ax.set(xlim=self._ends, ylim=ends)
            ax.xaxis.set_major_locator(MaxNLocator(8 if self._wide > 400 else 5, steps=ROUND))
            ax.yaxis.set_major_locator(MaxNLocator(ticks, steps=ROUND))
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_formatter(FuncFormatter(ticked))
        self._direct(reach[1])
        return True

    def point(self, step):
        """Moves to a `Descent`: the prediction, its tangent, and where one step lands."""
        if step is None:
            return
        for text, number in zip(self._numbers, (step.value, step.gradient), strict=True):
            text.set_text(loss_words.said(number))
        x, slope = step.at, step.gradient
        self._dot.set_data([x], [self._inside(0, step.value)])
        self._signal.set_data([x, x], [0, self._inside(1, slope)])
        self._end.set_data([x], [self._inside(1, slope)])
        self._end.set_marker(self._mark(slope))
        self._touch(x, step.value, slope)
        self._step(step)
        text = f"○ one step: {loss_words.short(self._curve, step)}"
        self._foot.set_text(style.shorten(text, self._width, size=style.SMALL))

    def _curves(self):
        """What moves with the target."""
        make, lower = self._picture.moves, self._axes[1]
        self._axed = None
        pale = {"facecolor": style.tint(style.OPTIMIZER), "linewidth": 0, "zorder": 1}
        self._shade = make(lower.add_patch(Polygon([(0, 0)], **pale)))
        make(lower.axhline(0, color=style.QUIET, linewidth=1))
        dotted = {"color": style.TARGETS, "linewidth": 1.6, "linestyle": (0, (2, 2))}
        self._aims = [make(ax.axvline(0, **dotted)) for ax in self._axes]
        self._lines = [
            make(ax.add_line(Line2D([], [], color=color, linewidth=2.4, **look)))
            for ax, color, look in zip(self._axes, COLORS, LOOKS, strict=True)
        ]
        look = {"color": style.TARGETS, "bold": True, "size": style.SMALL, "ha": "center"}
        self._aimed = self._quick(self._left, sum(LOSS) + 13, **look)
        x = self._left + self._width - RIGHT + 6
        small = {"size": style.SMALL, "color": style.OPTIMIZER}
        self._ways = [self._picture.say(x, 0, text, **small) for text in ("← step", "step →")]

    def _present(self, foot):
        upper, lower = self._axes
        make = self._picture.moves
        ink = {"color": style.INK, "zorder": 6}
        self._tangent = make(upper.add_line(Line2D([], [], linewidth=1.2, **ink)))
        purple = {"color": style.OPTIMIZER, "zorder": 7}
        self._drop = make(upper.add_line(
            Line2D([], [], linewidth=1.2, linestyle=(0, (1.5, 2)), **purple)))  # fmt: skip
        self._shaft = make(upper.add_line(Line2D([], [], linewidth=2, **purple)))
        self._head = make(upper.add_line(
            Line2D([], [], linestyle="", markersize=8, **purple)))  # fmt: skip
        hollow = {"markerfacecolor": style.PAPER, "markeredgewidth": 2, "markersize": 9}
        self._landing = make(upper.add_line(
            Line2D([], [], linestyle="", marker="o", **hollow, **purple)))  # fmt: skip
        white = {"markeredgecolor": style.PAPER, "markeredgewidth": 1.2, "linestyle": ""}
        ink["zorder"] = 9
        self._dot = make(upper.add_line(Line2D([], [], marker="o", markersize=11, **white, **ink)))
        self._signal = make(lower.add_line(Line2D([], [], linewidth=3, **purple)))
        self._end = make(lower.add_line(Line2D([], [], marker="o", markersize=10, **white, **ink)))
        for line in (self._end, self._dot, self._landing, self._head):
            line.set_clip_on(False)
        self._numbers = [
            self._quick(self._left + 18 + style.width(text, size=style.SMALL, bold=True),
                        top - 14, bold=True, color=color)
            for (top, _), text, color in zip((LOSS, SLOPE), CAPTIONS, COLORS, strict=True)
        ]  # fmt: skip
        self._foot = self._quick(self._left + 8, foot + 30, size=style.SMALL)

    def _quick(self, x, y, **look):
        picture = self._picture
        made = Quick(x / picture.size[0], 1 - y / picture.size[1], **look)
        made.set_transform(picture.figure.transFigure)
        return picture.moves(picture.figure.add_artist(made))

    def _direct(self, ends):
        """Beside the gradient: which way descent moves where it is positive, and negative."""
        top, high = SLOPE
        low, up = ends
        pixel = (up - low) / high
        for text, middle, size in zip(
            self._ways, (up / 2, low / 2), (up / pixel, -low / pixel), strict=True
        ):
            y = top + (up - middle) / pixel
            text.set(visible=size > 16, y=1 - y / self._picture.size[1])

    def _aim(self, curve):
        """The target: a line through both axes, or an arrow to where it lies beyond them."""
        low, high = self._ends
        mark, text = float(curve.target), loss_words.aim(curve)
        if curve.over == "logit":
            with np.errstate(divide="ignore"):
                mark = float(np.log(mark) - np.log1p(-mark))
        inside = low <= mark <= high
        for line in self._aims:
            line.set(visible=inside, xdata=[mark if inside else low] * 2)
        if not inside:
            text = f"{text} →" if mark > high else f"← {text}"
        part = np.clip((mark - low) / (high - low), 0, 1)
        half = style.width(text, size=style.SMALL, bold=True) / 2
        left, right = self._left + LEFT, self._left + LEFT + self._wide
        x = np.clip(left + part * self._wide, left + half, right - half)
        self._aimed.set(text=text, x=x / self._picture.size[0])

    def _touch(self, x, y, slope):
        """A short piece of the tangent, as long on the page at any slope."""
        low, high = self._ends
        bottom, top = self._reach[0]
        across, up = self._wide / (high - low), LOSS[1] / (top - bottom)  # pixels a unit
        half = 46 / np.hypot(across, slope * up) if np.isfinite(slope) else 0
        self._tangent.set_data([x - half, x + half], [y - half * slope, y + half * slope])

    def _step(self, step):
        """An arrow to where the step lands, and down or up from there to the curve."""
        low, high = self._ends
        x, y = step.at, self._inside(0, step.value)
        goal = np.clip(step.lands, low, high)
        inside = bool(low <= step.lands <= high and np.isfinite(step.after))
        far = abs(goal - x) * self._wide / (high - low) > 3
        self._shaft.set_data([x, goal], [y, y])
        self._head.set_data([goal], [y])
        self._head.set_marker(">" if goal > x else "<")
        end = self._inside(0, step.after)
        self._drop.set_data([goal, goal], [y, end])
        self._landing.set_data([goal], [end])
        self._head.set_visible(far)
        for artist in (self._drop, self._landing):
            artist.set_visible(far and inside)

    def _inside(self, which, value):
        return float(np.clip(np.nan_to_num(value), *self._reach[which]))

    def _mark(self, slope):
        low, high = self._reach[1]
        return "^" if slope > high else "v" if slope < low else "o"


def place(vertical, wide):
    """(top, width, height), as `style.axes` takes them."""
    top, high = vertical
    return top, wide, high


def ticked(value, _):
    """A tick's label, with a true minus."""
    return scale.plain(value).replace("-", "−")


def reaches(curves, kept=()):
    """For each curve the y ranges of loss and gradient: shared, where they are alike.

    Ranges that still suit are kept, so that a target can be dragged over still axes.
    """
    each = [(above(curve.values), around(curve.gradients)) for curve in curves]
    made = []
    for ends in zip(*each, strict=True):
        sizes = [high - low for low, high in ends]
        if max(sizes) <= WITHIN * min(sizes):
            ends = [(min(low for low, _ in ends), max(high for _, high in ends))] * len(ends)
        made.append(ends)
    made = list(zip(*made, strict=True))
    return [
        tuple(map(fitting, new, old)) if kept else new
        for new, old in zip(made, kept or made, strict=True)
    ]


def fitting(new, old):
    """The old range, as long as the new one lies in it and fills half; it grows by a third."""
    (low, high), (bottom, top), size = new, old, new[1] - new[0]
    if bottom <= low and high <= top and size > (top - bottom) / 2:
        return old
    return low - size / 3 * (low < bottom), high + size / 3 * (high > top)


def above(values):
    """The y axis of a loss: from 0, or its least value, with some room."""
    finite = values[np.isfinite(values)]
    low, high = min(0.0, finite.min(initial=0)), finite.max(initial=0)
    room = 0.06 * ((high - low) or 1)
    return low - (room if low < 0 else 0.03 * ((high - low) or 1)), high + room


def around(gradients):
    """The y axis of a gradient: around 0; what has no bound leaves it."""
    finite = gradients[np.isfinite(gradients)]
    if not len(finite):
        return -1.0, 1.0
    ends = np.quantile(finite, ((1 - NEAR) / 2, (1 + NEAR) / 2))
    low, high = min(0.0, *ends), max(0.0, *ends)
    if high - low < 0.4 * np.ptp([*finite, 0]):
        pass
    else:
        low, high = min(0.0, finite.min()), max(0.0, finite.max())
    room = 0.08 * ((high - low) or 1)
    return float(low - room), float(high + room)

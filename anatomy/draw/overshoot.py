"""A step that overshot: the loss along minus the gradient, and where the step landed."""

import math

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from anatomy.draw import style
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.scale import plain
from anatomy.draw.style import number

WIDTH, HEIGHT = 800, 394  # CSS pixels, as all places below
LEFT, TOP, WIDE, HIGH = 62, 96, 470, 240
COLUMN = 556  # where the key begins
ROOM = 4, 12  # how many times the slope's own fall is shown above the start; at most, to land
ROWS = {
    "loss of the batch": {"color": style.LOSS, "linewidth": 2.4},
    "parabola of this curvature": {"color": style.QUIET, "linewidth": 1.6,
                                   "linestyle": (0, (4, 2))},
    "before the step": {"color": style.INK, "marker": "o", "markersize": 9,
                        "markerfacecolor": style.PAPER, "markeredgewidth": 2},
    "lowest of the parabola": {"color": style.TARGETS, "marker": "^", "markersize": 10},
    "as high as before": {"color": style.DATA, "marker": "s", "markersize": 8},
    "a step of this rate": {"color": style.ALARM, "marker": "X", "markersize": 12,
                                "markeredgecolor": style.PAPER},
}  # fmt: skip


def overshoot(found):
    """The loss of a batch after a step of plain SGD, over the learning rate of the step.

    Its parabola has the curvature c along the gradient: lowest at 1 / c, as high as before at
    2 / c. Beyond, a step overshoots. Below it stands the largest rate that is stable, by the
    largest curvature of all directions. A slice: of one batch, in one direction.

    Args:
        found: an `anatomy.optimizers.Overshoot`.

    Returns:
        OvershootPicture: a Picture; its ``update()`` takes the same argument.
    """
    return OvershootPicture(found)


class OvershootPicture(Picture):
    """The curve on the left, the key and what follows on the right."""

    def __init__(self, found):
        with LOCK:
            super().__init__(style.figure(WIDTH, HEIGHT))
            self.title = self._say(12, 18, "", bold=True, size=style.TITLE)
            self.lines = [
                self._say(12, y, "", size=style.SMALL, color=style.QUIET) for y in (42, 60)
            ]
            ax = self.ax = style.axes(self.figure, LEFT, TOP, WIDE, HIGH)
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_locator(MaxNLocator(6))
                axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
            words = {"fontproperties": style.font(style.SMALL), "color": style.QUIET}
            ax.set_xlabel("learning rate of this one step", **words)
            self._say(12, TOP - 14, "loss of the batch after it", size=style.SMALL,
                      color=style.QUIET)  # fmt: skip
            self.marks, self.keys = {}, {}
            for i, (name, look) in enumerate(ROWS.items()):
                y = TOP + 10 + 38 * i
                end = 2 if "linewidth" in look else 1
                style_ = look if end == 2 else {"linestyle": "", **look}
                x = np.array([COLUMN, COLUMN + 20][:end]) + 10 * (end == 1)
                self.figure.add_artist(Line2D(x / WIDTH, [1 - y / HEIGHT] * end, **style_))
                self._say(COLUMN + 28, y, name, size=style.SMALL)
                self.keys[name] = self._say(COLUMN + 28, y + 16, "", size=style.SMALL,
                                            color=style.QUIET)  # fmt: skip
                self.marks[name] = ax.add_line(Line2D([], [], zorder=3 + i, **style_))
            for name in list(ROWS)[2:]:
                self.marks[name].set_clip_on(False)
            self.update(found)

    def update(self, found):
        """Show another step."""
        with LOCK:
            self.found = found
            curve, parabola, *points = self.marks.values()
            self._frame()
            curve.set_data(found.rates, found.losses)
            parabola.set_data(found.rates, found.parabola)
            low = found.loss - found.slope * found.best / 2
            places = [(0, found.loss), (found.best, low), (found.level, found.loss),
                      (found.learning_rate, found.after)]  # fmt: skip
            right, (bottom, top) = found.rates[-1], self.ax.get_ylim()
            for mark, (x, y) in zip(points, places, strict=True):
                seen = x <= right or mark is points[-1]  # a step beyond stands at the edge
                x = min(x, right)
                y = min(max(y if math.isfinite(y) else top, bottom), top)
                mark.set_data([x] if seen else [], [y] if seen else [])
            self._write(low)
            self.stale()

    def describe(self):
        said = [f"{name}: {text.get_text()}" for name, text in self.keys.items()]
        return "\n".join([self.title.get_text(), *(t.get_text() for t in self.lines), *said])

    def _frame(self):
        """So high that the valley is to be seen: what soars leaves through the top."""
        found = self.found
        finite = found.losses[np.isfinite(found.losses)]
        fall, seen = found.loss - finite.min(), finite
        if found.curved > 0:  # else the parabola has no bottom
            fall = max(fall, found.slope * found.best / 2)
            seen = np.append(finite, found.parabola)
        usual, most = (found.loss + times * fall for times in ROOM)
        seen = seen[seen <= (found.after if usual < found.after <= most else usual)]
        low, high = min(seen.min(), found.loss), max(seen.max(), found.loss)
        pad = 0.06 * (high - low) or 1.0
        self.ax.set(xlim=(-0.025 * found.rates[-1], found.rates[-1]), ylim=(low - pad, high + pad))

    def _write(self, low):
        found, bound = self.found, self.found.curvature
        over = not found.after <= found.loss
        word = "overshot" if over else ("went past the lowest" if self._past else "fell short")
        to = number(found.after) if math.isfinite(found.after) else "not finite"
        self.title.set_text(
            f"learning_rate={number(found.learning_rate)} {word}: loss {number(found.loss)} → {to}"
        )
        curvature = f"Largest curvature {number(bound.value)}"
        if bound.stable is None:
            stable = f"{curvature}. {bound.why}."
        else:
            stable = (
                f"{curvature}: stable below {number(bound.stable)} ({bound.why}). "
                f"Used: {number(found.learning_rate / bound.stable)} times that."
            )
        slice_ = "A slice: one batch, along minus its gradient, a step of plain SGD."
        for line, text in zip(self.lines, (slice_, stable), strict=True):
            line.set_text(style.shorten(text, WIDTH - 24, size=style.SMALL))
        none = "none: it curves down this way"
        curved = found.curved > 0
        self.keys["loss of the batch"].set_text("after a step, on the real loss")
        self.keys["parabola of this curvature"].set_text(f"c = {number(found.curved)}")
        self.keys["before the step"].set_text(f"loss {number(found.loss)}")
        for name, times, rate in (
            ("lowest of the parabola", 1, found.best), ("as high as before", 2, found.level)
        ):  # fmt: skip
            far = ", beyond the picture" * bool(rate > found.rates[-1])
            self.keys[name].set_text(f"at {times}/c = {number(rate)}{far}" if curved else none)
        inside = found.after <= self.ax.get_ylim()[1] and found.learning_rate <= found.rates[-1]
        beyond = "" if inside else ", beyond the picture"
        self.keys["a step of this rate"].set_text(f"loss {to}{beyond}")

    @property
    def _past(self):
        return self.found.learning_rate > self.found.best

    def _say(self, x, y, text, **look):
        return style.write(self.figure, x / WIDTH, 1 - y / HEIGHT, text, **look)

"""When a learning rate breaks a training: the loss at each step, and the rates that were tried."""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.lines import Line2D

from anatomy.draw import scale, style
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.style import number

WIDTH, HEIGHT = 800, 360  # CSS pixels, as all places below
LEFT, TOP, WIDE, HIGH = 62, 66, 470, 166  # of the losses
LINE = TOP + HIGH + 58, 30  # top and height of the line of rates
COLUMN = 556  # where the key begins
REACH = 60  # how many times the loss at the start the picture goes up to
LOOKS = {
    "too small": {"color": style.DATA, "marker": "<", "linestyle": (0, (1.2, 1.2))},
    "right": {"color": style.TARGETS, "marker": "o", "linestyle": "-"},
    "too large": {"color": style.LOSS, "marker": ">", "linestyle": (0, (5, 1.5))},
    "far too large": {"color": style.ALARM, "marker": "X", "linestyle": (0, (6, 1.5, 1.2, 1.5))},
}


class Try(NamedTuple):
    """A learning rate that was tried, and what came of it.

    Attributes:
        rate: the learning rate.
        outcome: one of `anatomy.training.OUTCOMES`.
        losses: ``(steps,)``, the loss of each batch right before its step, as long as finite.
        ends: ``(epochs,)``, the loss over each epoch, as ``history["loss"]`` has it.
        steps: how many steps an epoch has.
    """

    rate: float
    outcome: str
    losses: np.ndarray
    ends: np.ndarray
    steps: int


def divergence(tries, axis, step=0, stable=None, all_shown=False):
    """The loss at each step with one learning rate, and all rates that were tried on a line.

    Args:
        tries: list of `Try`, the present one last.
        axis: an `anatomy.training.Outcomes`: how far the line reaches, and what is right.
        step: of the present try, counted from 0, to mark.
        stable: the largest stable learning rate at that step, to be marked on the line; or None.
        all_shown: whether the line shows what every rate of the axis comes to.

    Returns:
        DivergencePicture: a Picture; its ``update()`` takes the same arguments.
    """
    return DivergencePicture(tries, axis, step, stable, all_shown)


class DivergencePicture(Picture):
    """Losses above, the line of rates below, and on the right what was found."""

    def __init__(self, *shown):
        with LOCK:
            super().__init__(style.figure(WIDTH, HEIGHT))
            self.title = self._say(12, 18, "", bold=True, size=style.TITLE)
            self.under = self._say(12, 40, "", size=style.SMALL, color=style.QUIET)
            self._losses()
            self._line()
            self._key()
            self.update(*shown)

    def update(self, tries, axis, step=0, stable=None, all_shown=False):
        """Show these tries."""
        with LOCK:
            self.tries, self.axis, self.step, self.stable = tries, axis, step, stable
            self.found = {one.outcome: one for one in tries}  # the latest of each
            low = min(axis.ends[axis.best], *(one.losses.min() for one in tries)) / 1.6
            self.ax.set_ylim(low, REACH * axis.start)
            self.ax.set_xlim(0, max(len(one.ends) * one.steps for one in tries))
            self.level.set_ydata([axis.start] * 2)
            self._show_losses()
            self._show_line(all_shown)
            self._write()
            self.stale()

    def describe(self):
        lines = [self.title.get_text(), self.under.get_text()]
        lines += [f"{name}: {text.get_text()}" for name, text in self.keys.items()]
        tried = ", ".join(f"{number(one.rate)} ({one.outcome})" for one in self.tries)
        return "\n".join([*lines, f"Tried: {tried}.", *filter(None, [self.bound.get_text()])])

    def _losses(self):
        ax = self.ax = style.axes(self.figure, LEFT, TOP, WIDE, HIGH)
        scale.set_range(ax, scale.Range(0.1, 10, log=True))
        small = {"size": style.SMALL, "color": style.QUIET}
        self._say(12, TOP - 8, "loss", **small)
        self._say(LEFT + WIDE, TOP + HIGH + 28, "step", ha="right", **small)
        self.level = ax.axhline(1, color=style.GHOSTS[1], linewidth=1, zorder=1)
        self.others = {
            name: ax.add_line(Line2D([], [], linewidth=1.6, zorder=3, markersize=7,
                                     markeredgecolor=style.PAPER, **look))
            for name, look in LOOKS.items()
        }  # fmt: skip
        self.now = ax.add_line(Line2D([], [], color=style.INK, linewidth=1.3, zorder=4))
        self.mark = ax.add_line(Line2D([], [], linestyle="", marker="o", markersize=9, zorder=6,
                                       color=style.INK, markerfacecolor=style.PAPER,
                                       markeredgewidth=2, clip_on=False))  # fmt: skip
        self.cross = ax.add_line(Line2D([], [], linestyle="", marker="X", markersize=12, zorder=5,
                                        color=style.ALARM, markeredgecolor=style.PAPER,
                                        clip_on=False))  # fmt: skip

    def _line(self):
        line = self.line = style.axes(self.figure, LEFT, LINE[0], WIDE, LINE[1])
        line.grid(False)
        line.set(ylim=(0, 1), yticks=[], xscale="log")
        line.minorticks_off()
        line.xaxis.set_major_formatter(lambda value, _: scale.plain(value))
        line.set_xlabel(
            "learning rates tried", fontproperties=style.font(style.SMALL), color=style.QUIET
        )
        dots = {"linestyle": "", "markeredgecolor": style.PAPER, "clip_on": False}
        self.marks = {
            name: (
                line.add_line(Line2D([], [], zorder=3, **look | dots, markersize=11)),
                line.add_line(Line2D([], [], zorder=2, **look | dots, markersize=6, alpha=0.55)),
            )
            for name, look in LOOKS.items()
        }
        self.here = line.axvline(1, color=style.INK, linewidth=1.3, zorder=1)
        self.limit = line.axvline(1, color=style.OPTIMIZER, linewidth=1.6, linestyle=(0, (3, 2)))
        self.bound = self._say(0, LINE[0] - 9, "", size=style.SMALL, color=style.OPTIMIZER)

    def _key(self):
        self.keys = {}
        for i, (name, look) in enumerate(LOOKS.items()):
            y = TOP + 10 + 46 * i
            place = np.array([COLUMN, COLUMN + 12, COLUMN + 24]) / WIDTH
            self.figure.add_artist(
                Line2D(place, [1 - y / HEIGHT] * 3, linewidth=1.6, markersize=9, markevery=[1],
                       markeredgecolor=style.PAPER, **look)
            )  # fmt: skip
            self._say(COLUMN + 34, y, name, color=look["color"], bold=True)
            self.keys[name] = self._say(COLUMN + 34, y + 17, "", size=style.SMALL)
        small = {"size": style.SMALL, "color": style.QUIET}
        y = TOP + 10 + 46 * 4 + 4
        for i, text in enumerate(("thin, dark: each batch, before its step",
                                  "with a mark: the mean of each epoch",
                                  "circle: the step below")):  # fmt: skip
            self._say(COLUMN, y + 17 * i, text, **small)

    def _show_losses(self):
        now, high = self.tries[-1], self.ax.get_ylim()[1]
        for name, line in self.others.items():
            one = self.found.get(name)
            ends = [] if one is None else np.asarray(one.ends, float)
            ends = np.where(np.isfinite(ends), ends, np.inf)
            past = np.flatnonzero(ends > high)
            ends = np.minimum(ends[: past[0] + 1] if len(past) else ends, 2 * high)
            line.set_data((np.arange(len(ends)) + 0.5) * (one.steps if one else 1), ends)
            line.set_markevery([-1] if len(ends) and not len(past) else [])
        self.now.set_data(np.arange(len(now.losses)), np.minimum(now.losses, 1e30))
        self.mark.set_data([self.step], [min(now.losses[self.step], high)])
        broke = len(now.losses) < len(now.ends) * now.steps or not np.isfinite(now.ends).all()
        last = len(now.losses) - 1
        self.cross.set_data(*([[last], [min(now.losses[-1], high)]] if broke else [[], []]))
        self._broke = broke

    def _show_line(self, all_shown):
        rates = self.axis.rates
        self.line.set_xlim(rates[0], rates[-1])
        whole = list(zip(rates, self.axis.outcomes, strict=True)) if all_shown else []
        for name, (tried, every) in self.marks.items():
            at = [one.rate for one in self.tries if one.outcome == name]
            tried.set_data(at, [0.5] * len(at))
            at = [rate for rate, outcome in whole if outcome == name]
            every.set_data(at, [0.5] * len(at))
        self.here.set_xdata([self.tries[-1].rate] * 2)
        known = self.stable is not None and rates[0] <= self.stable <= rates[-1]
        self.limit.set_visible(known)
        self.bound.set_text(f"stable at this step: up to {number(self.stable)}" if known else "")
        if known:
            self.limit.set_xdata([self.stable] * 2)
            x = LEFT + WIDE * math.log(self.stable / rates[0]) / math.log(rates[-1] / rates[0])
            half = style.width(self.bound.get_text(), size=style.SMALL) / 2
            self.bound.set_x((min(max(x, LEFT + half), LEFT + WIDE - half) - half) / WIDTH)

    def _write(self):
        now, axis = self.tries[-1], self.axis
        end = now.ends[-1]
        ends = f"ends at loss {number(end)}" if math.isfinite(end) else "ends at no finite loss"
        self.title.set_text(f"learning_rate={number(now.rate)} is {now.outcome}: it {ends}")
        best = f"begins at {number(axis.start)}; the best rate comes to {number(axis.ends.min())}"
        self.under.set_text(f"Training {best} in as many epochs.")
        if self._broke:
            last = len(now.losses)
            self.under.set_text(
                f"The last finite loss is {number(now.losses[-1])}, before step {last}. "
                f"Training {best}."
            )
        for name, text in self.keys.items():
            one = self.found.get(name)
            text.set_text("not found yet" if one is None else _came_to(one))
            text.set_color(style.QUIET if one is None else style.INK)

    def _say(self, x, y, text, **look):
        return style.write(self.figure, x / WIDTH, 1 - y / HEIGHT, text, **look)


def _came_to(one):
    end = f"loss {number(one.ends[-1])}" if math.isfinite(one.ends[-1]) else "no finite loss"
    return f"such as {number(one.rate)}: {end}"

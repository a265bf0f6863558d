"""A schedule: the learning rate at each step of a training."""

from numbers import Integral, Real

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from anatomy.draw import scale, style
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.style import number

WIDTH, HIGH = 800, 150  # CSS pixels, as all places below; height of the data
HEAD, FOOT, LEFT = 62, 46, 50
MOST = 4
POINTS = 240  # steps at which a schedule is asked, at most


def schedule(schedules, steps):
    """The learning rate over the steps of a training, of up to four schedules.

    Each value is what the schedule itself returns for that step, as the optimizer asks it.

    Args:
        schedules: a ``keras.optimizers.schedules.LearningRateSchedule``; or a dict from a name
            to one, or to a number above 0 for a learning rate that stays.
        steps: of the whole training: batches in an epoch times epochs.

    Returns:
        SchedulePicture: a Picture; its attribute ``rates`` has the values.

    Raises:
        TypeError: for what is no schedule.
        ValueError: for none or more than four, or steps below 2.

    Source: keras.io/api/optimizers/learning_rate_schedules.
    """
    if not isinstance(schedules, dict):
        schedules = {type(schedules).__name__: schedules}
    if not 1 <= len(schedules) <= MOST:
        raise ValueError(f"There are {len(schedules)} schedules; give 1 to {MOST}.")
    if not isinstance(steps, Integral) or steps < 2:
        raise ValueError(f"steps is {steps!r}; give a whole number from 2 up.")
    at = np.unique(np.linspace(0, steps - 1, min(steps, POINTS)).round().astype(int))
    return SchedulePicture(at, {name: rates(one, at) for name, one in schedules.items()})


def rates(one, steps):
    """What a schedule gives for each of these steps: ``(len(steps),)``."""
    import keras

    if isinstance(one, Real) and not isinstance(one, bool) and one > 0:
        return np.full(len(steps), float(one))
    if not isinstance(one, keras.optimizers.schedules.LearningRateSchedule):
        raise TypeError(
            f"{one!r} is no schedule; give one of keras.optimizers.schedules, such as "
            "CosineDecay(0.1, 1000), or a number above 0."
        )
    try:  # all steps at once: one by one, those of a cosine take seconds
        made = keras.ops.vectorized_map(one, keras.ops.convert_to_tensor(steps, "int32"))
        return np.array(keras.ops.convert_to_numpy(made), "float64")
    except Exception:  # one of your own, that asks "if step < ..."
        return np.array([float(one(int(step))) for step in steps])


class SchedulePicture(Picture):
    """A panel for each schedule, all on the same scale."""

    def __init__(self, steps, rates):
        self.steps, self.rates = steps, rates
        with LOCK:
            super().__init__(style.figure(WIDTH, HEAD + HIGH + FOOT))
            wide = (WIDTH - LEFT) / len(rates)
            top = 1.08 * max(values.max() for values in rates.values())
            for i, (name, values) in enumerate(rates.items()):
                self._panel(LEFT + i * wide, wide - 22, name, values, top, first=i == 0)

    def describe(self):
        return "\n".join(
            f"{name}: learning rate {self._said(values)}." for name, values in self.rates.items()
        )

    def _panel(self, left, wide, name, values, top, first):
        ax = style.axes(self.figure, left, HEAD, wide, HIGH)
        ax.set(xlim=(0, self.steps[-1]), ylim=(0, top))
        ax.xaxis.set_major_locator(
            MaxNLocator(max(3, wide // 70), steps=[1, 2, 5, 10], integer=True)
        )
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: scale.plain(value)))
        ax.tick_params(labelleft=first)
        ax.set_xlabel("step", fontproperties=style.font(style.SMALL), color=style.QUIET)
        look = {"color": style.OPTIMIZER, "linewidth": 2.2, "clip_on": False, "zorder": 3}
        ax.add_line(Line2D(self.steps, values, drawstyle="steps-post", **look))
        ends = [0, len(values) - 1]
        ax.add_line(
            Line2D(self.steps[ends], values[ends], linestyle="", marker="o", markersize=6, **look)
        )
        title = style.shorten(name, wide, bold=True)
        said = style.shorten(self._said(values), wide + 16, size=style.SMALL)
        self._say(left, 16, title, bold=True)
        self._say(left, 36, said, size=style.SMALL, color=style.QUIET)
        if first:
            self._say(4, HEAD - 12, "rate", size=style.SMALL, color=style.QUIET)

    def _said(self, values):
        """Where it begins, its peak if that is between, and where it ends."""
        peak = int(values.argmax())
        told = [number(values[0]), number(values[-1])]
        if values[peak] > 1.001 * max(values[0], values[-1]):
            told.insert(1, f"{number(values[peak])} at step {self.steps[peak]}")
        return " → ".join(told) if len(set(told)) > 1 else f"{told[0]} at every step"

    def _say(self, x, y, text, **look):
        _, height = self.size
        return style.write(self.figure, x / WIDTH, 1 - y / height, text, **look)

"""Axis ranges and ticks that stay put while values arrive one by one."""

import math
from typing import NamedTuple

from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

FRACTIONS = ("accuracy", "auc", "precision", "recall", "f1", "iou")
DEEP = 1000.0  # a ratio of largest to smallest loss that no linear axis can show
ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


class Range(NamedTuple):
    """The values that an axis shows: from ``low`` to ``high``, logarithmic or not."""

    low: float
    high: float
    log: bool = False


FRACTION = Range(-0.02, 1.03)  # room for half a marker at 0 and at 1


def is_fraction(name, low, high):
    """Whether a metric is a share of a whole, by its name and by its values."""
    return any(word in name.lower() for word in FRACTIONS) and low >= 0 and high <= 1


def fitting(low, high, kept=None):
    """The Range for data between low and high: ``kept``, as long as the data fit it well.

    Linear from 0; logarithmic once the data span three decades. A range that
    has to grow takes headroom, so that it grows seldom.
    """
    growth = high / kept.high if kept and kept.high > 0 else 0
    log = low > 0 and high / low > (DEEP / 5 if kept and kept.log else DEEP)  # no flicker
    if log:
        top = math.ceil(math.log10(high) + (1 if growth > 1 else 0.15))
        new = Range(10.0 ** math.floor(math.log10(low)), 10.0**top, True)
        roomy = kept and kept.log and kept.high / kept.low > DEEP * new.high / new.low
    else:
        head = 1.04 if growth <= 1 else 1.25 if growth < 1.5 else 2.5
        new = Range(-round_up(-low * head) if low < 0 else 0.0, round_up(high * head))
        roomy = kept and kept.high - kept.low > 4 * (new.high - new.low)
    fits = kept and kept.log == log and kept.low <= low and high <= kept.high
    return kept if fits and not roomy else new


def round_up(value):
    """The next round number: 2.41 -> 2.5; 1 for nothing."""
    if value <= 0:
        return 0.0 if value < 0 else 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(r * power for r in ROUND if r * power >= value * (1 - 1e-9))


def epoch_ticks(epochs):
    """Epoch 1 and round epochs, at most eight: 12 -> 1, 2, 4, 6, 8, 10, 12."""
    steps = (r * 10**k for k in range(9) for r in (1, 2, 5))
    step = next(s for s in steps if epochs / s <= 7)
    return sorted({1, *range(step, epochs + 1, step)})


def plain(value):
    """A short tick label: 0.25, 10000, 2.5e8, 1e-5."""
    text = f"{value:.3g}" if abs(value) >= 1e5 else f"{value:g}"
    return text.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def set_epochs(ax, epochs):
    """An x axis of whole epochs, 1 to ``epochs``."""
    pad = max(0.03 * (epochs - 1), 0.25)
    ax.set_xlim(1 - pad, epochs + pad)
    ax.xaxis.set_major_locator(FixedLocator(epoch_ticks(epochs)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda epoch, _: f"{epoch:.0f}"))


def set_range(ax, range_):
    """A y axis of this Range, with plain labels (mathtext would cost time at each redraw)."""
    if range_.log:
        ax.set_yscale("log", nonpositive="clip")
        ax.yaxis.set_major_locator(LogLocator(numticks=6))
    else:
        ax.set_yscale("linear")
        ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    ax.set_ylim(range_.low, range_.high)

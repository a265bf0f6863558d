"""Which learning rates a sweep is of, and what one picture of it can show."""

import inspect
import math
from numbers import Real

import numpy as np

from anatomy.data import calls
from anatomy.training import LINES, RATE

#: Learning rates in a decade, and at most in all; in a decade where each takes long.
DECADE, MOST, FEW = 8, 65, 2
BAR = 20  # signs of a progress bar
#: What may stand for the rates.
RATES = calls.each(
    calls.positive,
    calls.rule("(smallest, largest) or the list of rates", calls.of(tuple, list, np.ndarray), len),
)


def rates(given, build, decade=DECADE):
    """The learning rates of an axis, and the one to begin with.

    Args:
        given: ``(smallest, largest)``, between which they are spread evenly on a logarithmic
            scale, or the list of rates.
        build: the default of its ``learning_rate`` is among the rates of a range that it is in.
        decade: how many to a decade.

    Returns:
        (list of floats, float).

    Raises:
        ValueError: for a smallest that is not below the largest.
    """
    spread = isinstance(given, tuple) and len(given) == 2
    if spread and not given[0] < given[1]:
        raise ValueError(f"learning_rate is {given!r}; give (smallest, largest).")
    if spread:
        n = round(decade * math.log10(given[1] / given[0])) + 1
        given = (*given, *np.geomspace(*given, min(MOST, max(3, n))))
    rates = sorted({float(f"{float(rate):.3g}") for rate in given})  # as a slider shows them
    default = inspect.signature(build).parameters[RATE].default
    if isinstance(default, bool) or not isinstance(default, Real) or not default > 0:
        return rates, rates[len(rates) // 2]
    near = int(np.abs(np.log(np.array(rates) / default)).argmin())
    if spread and given[0] < default < given[1]:
        rates[near] = float(default)
    return rates, rates[near]


def progress(sweep):
    """How far a sweep has come, in words; a bar where the members have a fit() each."""
    if not sweep.plain:
        return f"epoch {sweep.done.max()} of {sweep.epochs} …"
    begun, models = np.count_nonzero(sweep.done), len(sweep)
    left = f", about {sweep.seconds * (models / begun - 1):.0f} s left" if begun else ""
    bar = "▰" * (BAR * begun // models) + "▱" * -(-BAR * (models - begun) // models)
    return f"{bar} fit() {begun} of {models}{left}"


def hint(axes):
    """What to choose where a picture could not show these axes, a dict name -> values; or ""."""
    others = {name: values for name, values in axes.items() if name != RATE}
    for name, values in others.items():
        if not 1 <= len(values) <= LINES:
            return f"Choose 1 to {LINES} values of {name}."
    several = [name for name, values in others.items() if len(values) > 1]
    if len(several) > 1:
        return f"Choose several values of {' or of '.join(several)}, not of both at once."
    return ""

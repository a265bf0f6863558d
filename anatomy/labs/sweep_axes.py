"""The axes of a sweep, from what the controls of its lab stand at."""

import inspect
import math
from numbers import Real

import ipywidgets as widgets
import numpy as np

from anatomy.training import LINES, RATE

#: Learning rates in a decade, and at most in all.
DECADE, MOST = 8, 65


def rates(given, build, decade=DECADE):
    """The learning rates of an axis, and the one to begin with.

    Args:
        build: the default of its ``learning_rate`` is among the rates of a range that it is in.
        given: ``(smallest, largest)``, between which they are spread evenly on a logarithmic
            scale, or the list of rates.
        decade: how many to a decade.

    Raises:
        TypeError, ValueError: for anything else, or a rate that is not above 0.
    """
    if not isinstance(given, tuple | list | np.ndarray):
        raise TypeError(
            f"learning_rate is {given!r}; give (smallest, largest) or the list of rates."
        )
    if not len(given):
        raise ValueError("learning_rate is empty; give (smallest, largest) or the list of rates.")
    for one in given:
        if isinstance(one, bool) or not isinstance(one, Real) or not 0 < one < math.inf:
            raise ValueError(f"learning_rate has {one!r}; give numbers above 0, such as 0.01.")
    found = sorted({_said(rate) for rate in given})
    if isinstance(given, tuple) and len(given) == 2:
        found = _between(*given, decade)
    default = inspect.signature(build).parameters[RATE].default
    if isinstance(default, bool) or not isinstance(default, Real) or not default > 0:
        return found, found[len(found) // 2]
    near = int(np.abs(np.log(np.array(found) / default)).argmin())
    if isinstance(given, tuple) and len(given) == 2 and given[0] < default < given[1]:
        found[near] = float(default)
    return found, found[near]


def _between(low, high, decade):
    if not low < high:
        raise ValueError(f"learning_rate is {(low, high)!r}; give (smallest, largest).")
    n = min(MOST, max(3, round(decade * math.log10(high / low)) + 1))
    return sorted({_said(rate) for rate in np.geomspace(low, high, n)})


def _said(rate):
    """Three digits: what the slider says is the rate."""
    return float(f"{float(rate):.3g}")


def several(name, control):
    """A choice of which several values can be taken at once."""
    made = widgets.SelectMultiple(
        options=control.options,
        value=(control.value,),
        rows=min(len(control.options), LINES),
        description=name,
        tooltip="Ctrl or Shift: several at once",
        style={"description_width": "105px"},
        layout={"width": "330px"},
    )
    return made.add_class(f"anatomy-{name.replace('_', '-')}")


def hint(axes):
    """What to choose where a picture could not show what is chosen, or ""."""
    for name, values in axes.items():
        if name != RATE and not 1 <= len(values) <= LINES:
            return f"Choose 1 to {LINES} values of {name}."
    several = [name for name, values in axes.items() if name != RATE and len(values) > 1]
    if len(several) > 1:
        return f"Choose several values of {' or of '.join(several)}, not of both at once."
    return ""

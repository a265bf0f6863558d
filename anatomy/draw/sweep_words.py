"""A sweep in words: the best rate, the cliff, the members that diverged."""

import numpy as np

from anatomy.draw.style import number


def summary(valley):
    """One line of the picture: "best 0.00886, median 0.0378; cliff from 0.339"."""
    if valley.best is None:
        return "none is finite" if valley.trained.any() else "nothing is trained yet"
    rate, median = valley.rates[valley.best], valley.median[valley.best]
    said = f"best {number(rate)}, {'median ' * (valley.ends.shape[1] > 1)}loss {number(median)}"
    if valley.cliff is not None:
        said += f"; cliff from {number(valley.rates[valley.cliff])}"
    if valley.diverged.any():
        said += f"; {valley.diverged.sum()} of {valley.ends.size} diverged"
    return said


def describe(sweep, metric, valleys, marker):
    """The sentences for the whole picture."""
    rates, seeds = valleys[0].ends.shape
    lowest, highest = (number(rate) for rate in valleys[0].rates[[0, -1]])
    done = f"{sweep.done.min()} of " if sweep.done.min() < sweep.epochs else ""
    names = " and ".join(valley.name for valley in valleys if valley.name)
    said = (
        f"Sweep: {metric} after {done}{_many(sweep.epochs, 'epoch')} over learning_rate, "
        f"{_many(rates, 'rate')} from {lowest} to {highest}, {_many(seeds, 'seed')} each"
        f"{', for ' * bool(names)}{names}."
    )
    return " ".join([said, *(_valley(valley, marker) for valley in valleys)])


def _valley(valley, marker):
    said = []
    if valley.best is None:
        said.append(summary(valley))
    else:
        low, high = valley.band
        best = valley.best
        span = f" ({number(low[best])} to {number(high[best])})" * (valley.ends.shape[1] > 1)
        said.append(
            f"best learning_rate {number(valley.rates[best])}: loss {number(valley.median[best])}"
            + span
            + _at_an_end(valley)
        )
    if valley.cliff is not None and valley.best is not None:
        said.append(
            f"the cliff begins at {number(valley.rates[valley.cliff])}: from there on training "
            f"ends above {number(valley.start)}, the loss of the smallest rate after one epoch"
        )
    if valley.diverged.any():
        first = valley.rates[np.flatnonzero(valley.diverged)[0]]
        said.append(
            f"{valley.diverged.sum()} of {valley.ends.size} diverged, the first at {number(first)}"
        )
    if marker is not None:
        near = valley.nearest(marker)
        said.append(f"at the marker, {number(valley.rates[near])}: {end(valley.median[near])}")
    text = "; ".join(said) + "."
    return f"{valley.name}: {text}" if valley.name else text[0].upper() + text[1:]


def _at_an_end(valley):
    """What to say where the valley goes on beyond the picture."""
    if valley.best in (0, len(valley.rates) - 1) and len(valley.rates) > 1:
        return f", at the {'right' if valley.best else 'left'} end: a better one may lie beyond"
    return ""


def end(loss):
    """The loss that a rate ended at, in words."""
    return "not trained yet" if np.isnan(loss) else "diverged" if np.isinf(loss) else number(loss)


def _many(n, what):
    return f"{n} {what}{'s' * (n != 1)}"

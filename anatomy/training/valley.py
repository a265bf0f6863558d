"""What a sweep over the learning rate found: the valley, the best rate in it, and the cliff."""

from dataclasses import dataclass

import numpy as np

from anatomy.training.starts import RATE

LINES = 4  # more cannot be told apart in one picture


@dataclass(frozen=True, eq=False)
class Valley:
    """The final loss over the learning rate, for one value of the other axis if there is one.

    Attributes:
        name: what the members have in common, such as "units=4", or "".
        rates: ``(rates,)``, from the smallest to the largest.
        members: ``(rates, seeds)``, their numbers in the sweep.
        ends: ``(rates, seeds)``, the loss after the last epoch that is done: inf where a member
            diverged, nan where it is not trained yet.
        start: the loss of the smallest rate after one epoch, median of the seeds: where training
            begins, as good as untrained if that rate is small.
    """

    name: str
    rates: np.ndarray
    members: np.ndarray
    ends: np.ndarray
    start: float

    @property
    def trained(self):
        """``(rates,)`` of bool: whether any seed is."""
        return ~np.isnan(self.ends).all(axis=1)

    @property
    def median(self):
        """``(rates,)``, over the seeds; one that diverged counts as the worst."""
        return _over_seeds(np.nanmedian, self.ends)

    @property
    def band(self):
        """The lowest and the highest finite loss of the seeds, each ``(rates,)``."""
        finite = np.where(np.isfinite(self.ends), self.ends, np.nan)
        return _over_seeds(np.nanmin, finite), _over_seeds(np.nanmax, finite)

    @property
    def diverged(self):
        """``(rates,)``, how many seeds diverged."""
        return np.isinf(self.ends).sum(axis=1)

    @property
    def best(self):
        """Index of the rate with the lowest median; None where none is finite."""
        median = np.where(np.isfinite(self.median), self.median, np.inf)
        return int(median.argmin()) if np.isfinite(median).any() else None

    @property
    def cliff(self):
        """Index of the first rate above the best from which training does harm, or None.

        From there on the median ends above ``start``, or half of the seeds diverge.
        """
        if self.best is None:
            return 0 if self.diverged.any() else None
        harm = (self.median > self.start) & (np.arange(len(self.rates)) > self.best)
        return int(harm.argmax()) if harm.any() else None

    def nearest(self, rate):
        """Index of the rate that is nearest, on a logarithmic scale."""
        return int(np.abs(np.log(self.rates / rate)).argmin())


def valleys(sweep, metric="loss"):
    """The `Valley` of each value of a sweep's second axis; one of all where it has none.

    Args:
        sweep: a `Sweep` over learning_rate, and over one more axis of up to four values.
        metric: "loss" or "val_loss".

    Raises:
        ValueError: where the sweep has no learning_rate, too many axes or values, or no such loss.
    """
    others = {
        name: values
        for name, values in sweep.axes.items()
        if name not in (RATE, "seed") and len(values) > 1
    }
    if RATE not in sweep.axes:
        raise ValueError(
            f"the axes are {', '.join(sweep.axes)}; a valley needs learning_rate=[...] among them."
        )
    if len(others) > 1 or any(len(values) > LINES for values in others.values()):
        said = " and ".join(f"{len(values)} values of {name}" for name, values in others.items())
        raise ValueError(
            f"beside the learning rate the sweep has {said}; a picture shows one more axis, "
            f"of up to {LINES} values."
        )
    if metric not in ("loss", "val_loss") or (sweep.history and metric not in sweep.history):
        there = [name for name in ("loss", "val_loss") if name in sweep.history]
        raise ValueError(f"metric is {metric!r}; give {' or '.join(map(repr, there or ['loss']))}.")
    (name, values), *_ = [*others.items(), (None, [None])]
    return [
        _valley(sweep, metric, "" if name is None else f"{name}={value!r}", name, value)
        for value in values
    ]


def _valley(sweep, metric, said, name, value):
    rates = sorted(set(sweep.axes[RATE]))
    rows = {rate: [] for rate in rates}
    for i, parameters in enumerate(sweep.parameters):
        if name is None or parameters[name] == value:
            rows[parameters[RATE]].append(i)
    seeds = len(sweep.axes["seed"])  # a rate that was given twice is shown once
    members = np.array([rows[rate][:seeds] for rate in rates])
    history = sweep.history.get(metric, np.full((len(sweep), 1), np.nan))
    done = sweep.done[members]
    ends = history[members, np.maximum(done - 1, 0)].astype(float)
    ends[~np.isfinite(ends)] = np.inf
    ends[done == 0] = np.nan
    start = float(_over_seeds(np.nanmedian, history[members[:1], 0].astype(float))[0])
    return Valley(said, np.array(rates), members, ends, start)


def _over_seeds(function, values):
    """``function`` along the seeds; nan where there is nothing but nan, without a warning."""
    found = np.full(len(values), np.nan)
    there = ~np.isnan(values).all(axis=1)
    found[there] = function(values[there], axis=1)
    return found

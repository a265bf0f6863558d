"""Learning rates by what they come to: the valley of a sweep, its best rate, its cliff; and each
rate too small, right, too large or far too large."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy.data import calls
from anatomy.training.members import RATE
from anatomy.training.population import sweep as sweep_of

LINES = 4  # more cannot be told apart in one picture
OUTCOMES = ("too small", "right", "too large", "far too large")
SHARE = 0.05  # of the whole fall of the loss: a rate that comes so near to the best is right
RATES = 31  # on the axis of `outcomes`


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

    @cached_property
    def trained(self):
        """``(rates,)`` of bool: whether any seed is."""
        return ~np.isnan(self.ends).all(axis=1)

    @cached_property
    def median(self):
        """``(rates,)``, over the seeds; one that diverged counts as the worst."""
        return _over_seeds(np.nanmedian, self.ends)

    @cached_property
    def band(self):
        """The lowest and the highest finite loss of the seeds, each ``(rates,)``."""
        finite = np.where(np.isfinite(self.ends), self.ends, np.nan)
        return _over_seeds(np.nanmin, finite), _over_seeds(np.nanmax, finite)

    @cached_property
    def diverged(self):
        """``(rates,)``, how many seeds diverged."""
        return np.isinf(self.ends).sum(axis=1)

    @cached_property
    def best(self):
        """Index of the rate with the lowest median; None where none is finite."""
        median = np.where(np.isfinite(self.median), self.median, np.inf)
        return int(median.argmin()) if np.isfinite(median).any() else None

    @cached_property
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

    @property
    def enough(self):
        """The loss up to which a rate is right."""
        least = self.median[self.best]
        return least + SHARE * max(self.start - least, 0.0)

    def outcome(self, rate, end):
        """One of `OUTCOMES`, for a rate and the loss with which its training ended.

        Far too large: it ended higher than training began, or at no finite number. Right: it
        came as near to the least loss of all rates as a twentieth of the way down. Otherwise it
        is too small or too large: below or above the best rate.
        """
        if not math.isfinite(end) or end > self.start:
            return OUTCOMES[3]
        if end <= self.enough:
            return OUTCOMES[1]
        return OUTCOMES[0] if rate < self.rates[self.best] else OUTCOMES[2]

    @property
    def outcomes(self):
        """list of str, one for each rate."""
        return [self.outcome(*pair) for pair in zip(self.rates, self.median, strict=True)]

    def example(self, outcome):
        """A rate from the middle of those with this outcome, or None where there is none."""
        rates = [r for r, one in zip(self.rates, self.outcomes, strict=True) if one == outcome]
        return float(f"{rates[len(rates) // 2]:.3g}") if rates else None


@calls.validated
def valleys(sweep, most=LINES):
    """The `Valley` of each value of a sweep's second axis; one of all where it has none.

    Args:
        sweep: a `Sweep` over learning_rate, and over one more axis of up to ``most`` values.

    Raises:
        ValueError: where the sweep has no learning_rate, or too many axes or values.
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
    if len(others) > 1 or any(len(values) > most for values in others.values()):
        extra = " and ".join(f"{len(values)} values of {name}" for name, values in others.items())
        raise ValueError(
            f"beside the learning rate the sweep has {extra}; a picture shows one more axis, "
            f"of up to {most} values."
        )
    (name, values), *_ = [*others.items(), (None, [None])]
    return [
        _valley(sweep, "" if name is None else f"{name}={value!r}", name, value) for value in values
    ]


def _valley(sweep, label, name, value):
    rates = sorted(set(sweep.axes[RATE]))
    rows = {rate: [] for rate in rates}
    for i, parameters in enumerate(sweep.parameters):
        if name is None or parameters[name] == value:
            rows[parameters[RATE]].append(i)
    seeds = len(sweep.axes["seed"])  # a rate that was given twice is shown once
    members = np.array([rows[rate][:seeds] for rate in rates])
    history = sweep.history.get("loss", np.full((len(sweep), 1), np.nan))
    done = sweep.done[members]
    ends = history[members, np.maximum(done - 1, 0)].astype(float)
    ends[~np.isfinite(ends)] = np.inf
    ends[done == 0] = np.nan
    start = float(_over_seeds(np.nanmedian, history[members[:1], 0].astype(float))[0])
    return Valley(label, np.array(rates), members, ends, start)


def _over_seeds(function, values):
    """``function`` along the seeds; nan where there is nothing but nan, without a warning."""
    result = np.full(len(values), np.nan)
    some = ~np.isnan(values).all(axis=1)
    result[some] = function(values[some], axis=1)
    return result


@calls.validated
def outcomes(build, data, low, high, *, seed=0, epochs=10, batch_size=32, stop=bool, **parameters):
    """Trains with 31 learning rates from ``low`` to ``high`` at once.

    Args:
        build, data, epochs, batch_size, stop: as for `anatomy.training.sweep`.
        low, high: the ends of the axis, which is logarithmic.
        seed: of the initial weights and the order of the data, the same for all rates.
        **parameters: the other arguments of ``build``.

    Returns:
        Valley, of one seed; or None where it was stopped before the end.

    Raises:
        TypeError, ValueError: as `anatomy.training.sweep`; or where no rate ends at a finite loss.
    """
    if low >= high:
        raise ValueError(f"low is {low:g} and high is {high:g}; give the smaller one first.")
    rates = [float(f"{rate:.3g}") for rate in np.geomspace(low, high, RATES)]
    others = {name: [value] for name, value in parameters.items()}
    result = sweep_of(build, data, learning_rate=rates, **others, seeds=[seed], epochs=epochs,
                  batch_size=batch_size, stop=stop)  # fmt: skip
    if result.stopped:
        return None
    (valley,) = valleys(result)
    if valley.best is None or not math.isfinite(valley.start):
        raise ValueError(
            f"from learning_rate {low:g} to {high:g} no training ends at a finite loss, or the "
            "smallest rate does not; look at the data, or begin with a smaller rate."
        )
    return valley

"""Too small, right, too large, far too large: learning rates, judged by what they come to."""

import math
from dataclasses import dataclass

import numpy as np

from anatomy.training.population import sweep

OUTCOMES = ("too small", "right", "too large", "far too large")
SHARE = 0.05  # of the whole fall of the loss: a rate that comes so near to the best is right
RATES = 31  # on the axis


@dataclass(frozen=True, eq=False)
class Axis:
    """What each learning rate comes to, after equally many epochs from equal initial weights.

    Attributes:
        rates: ``(rates,)``, from the smallest to the largest.
        ends: ``(rates,)``, the loss over the last epoch, inf where it is no finite number.
        start: the loss over the first epoch at the smallest rate: nearly that of no training.
    """

    rates: np.ndarray
    ends: np.ndarray
    start: float

    @property
    def best(self):
        """Index of the rate with the least loss."""
        return int(np.argmin(self.ends))

    @property
    def enough(self):
        """The loss up to which a rate is right."""
        least = self.ends[self.best]
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
        return [self.outcome(*pair) for pair in zip(self.rates, self.ends, strict=True)]

    def example(self, outcome):
        """A rate from the middle of those with this outcome, or None where there is none."""
        found = [r for r, one in zip(self.rates, self.outcomes, strict=True) if one == outcome]
        return float(f"{found[len(found) // 2]:.3g}") if found else None


def axis(build, data, low, high, *, seed=0, epochs=10, batch_size=32, stop=bool, **parameters):
    """Trains with 31 learning rates from ``low`` to ``high`` at once.

    Args:
        build, data, epochs, batch_size, stop: as for `anatomy.training.sweep`.
        low, high: the ends of the axis, which is logarithmic.
        seed: of the initial weights and the order of the data, the same for all rates.
        **parameters: the other arguments of ``build``.

    Returns:
        Axis; or None where it was stopped before the end.

    Raises:
        TypeError, ValueError: as `anatomy.training.sweep`; or where no rate ends at a finite loss.
    """
    rates = [float(f"{rate:.3g}") for rate in np.geomspace(low, high, RATES)]
    others = {name: [value] for name, value in parameters.items()}
    found = sweep(build, data, learning_rate=rates, **others, seeds=[seed], epochs=epochs,
                  batch_size=batch_size, stop=stop)  # fmt: skip
    if found.stopped:
        return None
    losses = found.history["loss"].astype("float64")
    ends = np.where(np.isfinite(losses[:, -1]), losses[:, -1], np.inf)
    if not np.isfinite(ends).any() or not math.isfinite(losses[0, 0]):
        raise ValueError(
            f"from learning_rate {low:g} to {high:g} no training ends at a finite loss, or the "
            "smallest rate does not; look at the data, or begin with a smaller rate."
        )
    return Axis(np.array(rates), ends, float(losses[0, 0]))

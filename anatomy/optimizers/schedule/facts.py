"""A schedule: the learning rate at each step of a training."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from anatomy.data import calls
from anatomy.data.calls import shown, whole
from anatomy.lazy import keras
from anatomy.training.errors import placed

MOST = 4  # schedules beside each other
POINTS = 240  # steps at which a schedule is asked, at most


@dataclass(frozen=True, eq=False)
class Schedules:
    """Learning rates over the steps of a training.

    Attributes:
        steps: ``(m,)``, the steps at which the schedules were asked, from 0.
        rates: dict name -> ``(m,)``.
    """

    steps: np.ndarray
    rates: dict


@placed
def schedules(schedules, steps):
    """What schedules return over the steps of a training, as the optimizer asks them.

    Args:
        schedules: a ``keras.optimizers.schedules.LearningRateSchedule``; or a dict from a name
            to one, or to a number above 0 for a learning rate that stays.
        steps: of the whole training: batches in an epoch times epochs.

    Returns:
        Schedules.

    Raises:
        TypeError: for what is no schedule.
        ValueError: for none or more than four, or steps below 2.

    Source: keras.io/api/optimizers/learning_rate_schedules.
    """
    if not isinstance(schedules, dict):
        schedules = {type(schedules).__name__: schedules}
    for name in schedules:
        if not isinstance(name, str):
            raise TypeError(f"A schedule has the name {name!r}; give a str, such as 'cosine'.")
    whole("the number of schedules", len(schedules), 1, MOST)
    whole("steps", steps, 2, 1_000_000)
    at = np.unique(np.linspace(0, steps - 1, min(steps, POINTS)).round().astype(int))
    return Schedules(at, {name: _rates(one, at) for name, one in schedules.items()})


def _rates(schedule, steps):
    if isinstance(schedule, Real) and not isinstance(schedule, bool) and schedule > 0:
        return np.full(len(steps), float(schedule))
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        raise TypeError(
            f"{shown(schedule)} is no schedule; give one of keras.optimizers.schedules, such as "
            "CosineDecay(0.1, 1000), or a number above 0."
        )
    try:  # all steps at once: one by one, those of a cosine take seconds
        rates = keras.ops.vectorized_map(schedule, keras.ops.convert_to_tensor(steps, "int32"))
    except Exception:  # one of your own, that asks "if step < ..."
        rates = [schedule(int(step)) for step in steps]
    rates = np.atleast_1d(np.array(rates))
    calls.each(calls.number)(f"{type(schedule).__name__}(steps)", rates)
    return rates.astype("float64")

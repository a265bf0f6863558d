"""Runs: the curves of a fit() as arrays, and what they say in words."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy.draw.style import number


@dataclass(frozen=True, eq=False)
class Run:
    """One run: ``curves`` is a dict name -> array of a float an epoch."""

    label: str
    curves: dict
    pinned: bool = False

    @cached_property
    def epochs(self):
        return max((len(values) for values in self.curves.values()), default=0)

    @cached_property
    def names(self):
        """The quantities, losses first: "loss" stands for "loss" and "val_loss"."""
        names = dict.fromkeys(name.removeprefix("val_") for name in self.curves)
        return tuple(sorted(names, key=lambda name: (name != "loss", not name.endswith("_loss"))))

    @cached_property
    def validated(self):
        return any(name.startswith("val_") for name in self.curves)

    @cached_property
    def diverged(self):
        """What the loss became where it was first not finite ("nan at epoch 3"), or None."""
        for name, whose in (("loss", ""), ("val_loss", "validation ")):
            values = self.curves.get(name, np.empty(0))
            if not np.isfinite(values).all():
                first = int(np.argmin(np.isfinite(values)))
                return f"{whose}{values[first]} at epoch {first + 1}"
        return None

    def points(self, name):
        """(epochs, values) of one curve; empty where this run has none.

        Fewer values than epochs come of ``validation_freq``: every 2nd, 3rd, ... epoch.
        """
        values = self.curves.get(name, np.empty(0))
        every = max(self.epochs // len(values), 1) if len(values) else 1
        return every * np.arange(1, len(values) + 1), values

    def finite(self, name):
        """The finite values of one curve."""
        values = self.points(name)[1]
        return values[np.isfinite(values)]


def curves(history):
    """The dict name -> array behind a Keras History or a dict of lists."""
    measured = getattr(history, "history", history)
    hint = "pass the History that fit() returned, or its dict of lists of floats"
    if not isinstance(measured, dict):
        raise TypeError(f"history is {history!r}, a {type(history).__name__}: {hint}.")
    made = {}
    for name, values in measured.items():
        try:
            made[str(name)] = np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            made[str(name)] = np.empty(())
        if made[str(name)].ndim != 1:
            raise TypeError(f"history[{name!r}] is {values!r}, not one number an epoch: {hint}.")
    return made


def describe(run, planned, others):
    """The sentence for a run of so many planned epochs, and the runs beside it."""
    label = f" of {run.label}" if run.label else ""
    if not run.epochs:
        said = f"History{label}: epoch 1 is coming"
    else:
        of = f" of {planned}" if planned > run.epochs else ""
        epochs = "epoch" if max(run.epochs, planned) == 1 else "epochs"
        what = ", ".join(said for name in run.names if (said := _course(run, name)))
        said = f"History{label}, {run.epochs}{of} {epochs}: {what}"
    epochs, values = run.points("val_loss")
    if len(values) > 1 and np.isfinite(values).any():
        best = int(np.argmin(np.where(np.isfinite(values), values, np.inf)))
        said += f"; best validation loss {number(values[best])} at epoch {epochs[best]}"
    if run.diverged:
        said += f"; diverged: {run.diverged}"
    if others:
        runs = f"{len(others)} other run{'s' * (len(others) > 1)}"
        said += f". Beside it {runs}: " + "; ".join(_ending(other) for other in others)
    return said + "."


def _course(run, name):
    """loss 2.301 -> 0.412 (validation 0.455)"""
    training, validation = run.points(name)[1], run.points("val_" + name)[1]
    if not len(training) and not len(validation):
        return ""
    ends = [number(training[i]) for i in (0, -1)[: len(training)]]
    after = f"(validation {number(validation[-1])})" if len(validation) else ""
    return " ".join(filter(None, [name, " -> ".join(ends), after]))


def _ending(run):
    """learning_rate=0.01 (pinned): loss 0.412, validation loss 0.455"""
    ends = [
        f"{whose}loss {number(values[-1])}"
        for whose, name in (("", "loss"), ("validation ", "val_loss"))
        if len(values := run.points(name)[1])
    ]
    name = run.label + " (pinned)" * run.pinned
    after = f", diverged: {run.diverged}" if run.diverged else ""
    return f"{name}: {', '.join(ends)}{after}" if ends else name

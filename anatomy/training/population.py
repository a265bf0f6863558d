"""A whole axis at once: many trainings of one topology in one compiled call."""

import inspect
import itertools
import math
import time
from dataclasses import dataclass, field

import numpy as np

from anatomy.data import calls
from anatomy.lazy import keras
from anatomy.training.fused import tables, weights_of
from anatomy.training.members import RATE, train
from anatomy.training.run import name_of
from anatomy.training.runner import Stopped, one_at_a_time

BAR = 10.0  # seconds after which a cell that waits sees how far it is


@dataclass(eq=False, repr=False)
class Sweep:
    """Many trainings, each with other parameters or another seed: its members.

    Attributes:
        axes: dict from the name of each axis, "seed" last, to its values.
        parameters: list of dicts, those of each member, "seed" included.
        epochs: how many were asked for.
        history: dict from name to float32 array ``(members, epochs)``, as ``fit()`` has it for
            each member; NaN where a member was not trained (yet).
        weights_of: list of the weights of each member, for ``model.set_weights()``, after the
            last epoch that is done; None before the first.
        done: int array ``(members,)``, how many epochs of each are done.
        model: a ``keras.Model`` of the first member's topology, to be given its weights.
        compiled: names of the axes that are compiled in: their values were trained in turn.
        plain: None, or why the members were trained by a ``fit()`` each.
        stopped: whether it was stopped before the end.
        seconds: how long it took, to the present epoch.
    """

    axes: dict
    parameters: list
    epochs: int
    history: dict = field(default_factory=dict)
    model: object = None
    compiled: tuple = ()
    plain: str | None = None
    stopped: bool = False
    seconds: float = 0.0

    def __post_init__(self):
        self.weights_of = [None] * len(self)
        self.done = np.zeros(len(self), int)
        self._begin = time.perf_counter()

    def __len__(self):
        return len(self.parameters)

    def keep(self, members, model, state):
        """Takes in the trained weights of some members, arrays ``(*members.shape, ...)``."""
        arrays = weights_of(model, state)
        for at, i in np.ndenumerate(members):
            self.weights_of[i] = [array[at] for array in arrays]

    def record(self, members, begin, history):
        """Takes in arrays ``(..., epochs)`` of some members, from epoch ``begin`` on."""
        for name, values in history.items():
            if name not in self.history:
                self.history[name] = np.full((len(self), self.epochs), np.nan, "float32")
            values = np.asarray(values)
            self.history[name][members, begin : begin + values.shape[-1]] = values
            self.done[members] = begin + values.shape[-1]
        self.seconds = time.perf_counter() - self._begin

    def __repr__(self):
        axes = ", ".join(f"{len(values)} of {name}" for name, values in self.axes.items())
        lines = [
            f"Sweep: {len(self)} members ({axes}), {self.epochs} epochs, {self.seconds:.2f} s"
            + ", stopped before the end" * self.stopped
        ]
        lines += [f"  one fit() after the other: {self.plain}"] * bool(self.plain)
        together = "is compiled in: its values were trained one after the other"
        lines += [f"  {name} {together}" for name in self.compiled]
        for name, values in self.history.items():
            last = values[:, -1][np.isfinite(values[:, -1])]
            ends = f"{last.min():.4g} to {last.max():.4g}" if len(last) else "none is finite"
            lines.append(f"  {name:12} after the last epoch: {ends}, {len(last)} members")
        return "\n".join(lines)


@calls.validated(seeds=calls.each(calls.seed, calls.filled))
def sweep(build, data, *, seeds=(0,), epochs=10, batch_size=32, on_change=None, stop=bool, **axes):
    """Trains a model for every combination of values, all of them at once.

    Each member is what ``keras.utils.set_random_seed(seed)``, ``build(...)`` and ``fit()`` give,
    with the same initial weights, order of the data and dropout; numbers agree up to rounding.
    (A weight whose gradient is nothing but rounding, as that of a bias before a
    BatchNormalization, may go its own way under RMSprop or Adam; the loss does not feel it.)
    A learning rate is a variable of the compiled code. What is compiled in (units, a momentum,
    the rate of a Dropout) makes a group of its own; groups are trained one after the other. So
    are all members, by a ``fit()`` each, on a backend other than JAX.

    Args:
        build: function of the names of the axes that returns a compiled ``keras.Model``.
        data: as in `tables`; with validation data, its loss and metrics are in the history.
        seeds: list of whole numbers.
        epochs, batch_size: as in ``fit()``.
        on_change: called with the `Sweep` whenever epochs are done; None: a progress bar, after
            ten seconds.
        stop: called between compiled calls; True stops.
        **axes: for each argument of ``build``, the list of its values.

    Returns:
        Sweep: of ``len(values) * ... * len(seeds)`` members, the seed changing fastest.

    Raises:
        ValueError: for an empty axis, a rate that is not above 0, an axis that ``build`` does
            not take or ignores, NaN in the data, epochs or batch size below 1.
        TypeError: for an axis that is no list, or a ``build`` that returns no compiled model.

    Source: ``keras.Model.train_step``; ``jax.vmap``.
    """
    axes, seeds = _checked(build, axes, seeds)
    both = tables(data)
    every = axes | {"seed": seeds}
    calls.count(1, 1_000)("the number of members", math.prod(map(len, every.values())))
    points = itertools.product(*every.values())
    members = [dict(zip(every, point, strict=True)) for point in points]
    result = Sweep(every, members, epochs)

    def stopped():
        result.stopped = result.stopped or bool(stop())
        return result.stopped

    try:
        with one_at_a_time():
            on_change = on_change or bar(len(members) * epochs)
            train(result, build, axes, seeds, *both, batch_size, on_change, stopped)
    except Stopped:  # while it waited for a cell to end
        result.stopped = True
    except KeyboardInterrupt as interrupt:  # the student's own: no lines of ours
        raise interrupt.with_traceback(None) from None
    return result


def bar(epochs):
    """What shows on a bar of so many epochs how many of a `Sweep` are done."""
    shown = keras.utils.Progbar(epochs, unit_name="epoch")

    def show(sweep):
        if sweep.seconds > BAR:
            shown.update(int(sweep.done.sum()))

    return show


def _checked(build, axes, seeds):
    """Axes and seeds as lists, or an error that says what is wrong with them."""
    for name, values in axes.items():
        calls.filled(name, values)
    calls.each(calls.positive)(RATE, axes.get(RATE, []))
    if "seed" in axes:
        raise ValueError(f"seed is no axis of build; give seeds={axes['seed']!r}.")
    calls.bound(inspect.signature(build), f"{name_of(build)}()", (), axes)
    axes = {n: a.tolist() if isinstance(a, np.ndarray) else list(a) for n, a in axes.items()}
    if RATE in axes:
        axes[RATE] = [float(rate) for rate in axes[RATE]]
    return axes, [int(seed) for seed in seeds]

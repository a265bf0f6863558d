"""Where a run that diverged went wrong: the same training again, one step at a time."""

import contextlib
import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from anatomy.training.compiled import store
from anatomy.training.fused import fit_tables, why_plain
from anatomy.training.loop import Stopped
from anatomy.training.runner import training


@dataclass(frozen=True, eq=False)
class Moment:
    """One step of a run, right before it and right after.

    Attributes:
        epoch, step: which epoch, and which step of that epoch, both from 1.
        rows: row numbers of its batch in the training data, in order.
        before, after: the weights, for ``model.set_weights()``; those after may hold inf or nan.
        losses: ``(steps,)``, the loss of each batch of the run right before its step, from the
            first of epoch 1 to this one.
        model: a compiled ``keras.Model`` of the run's topology, with the weights before.
    """

    epoch: int
    step: int
    rows: np.ndarray
    before: list
    after: list
    losses: np.ndarray
    model: object

    @property
    def loss(self):
        """The loss of this batch before the step."""
        return float(self.losses[-1])


def last_finite(run, train):
    """The last step of a diverged run before which the loss was a finite number.

    A run keeps no weights on its way. As the same seed gives the same training, it is trained
    again, a step at a time as a plain ``fit()`` does, to the step that broke it. Where the loss
    grew for long before it left the range of float32, ``at_step(run, train, i)`` with i from
    ``losses`` is the same for an earlier step.

    Args:
        run: a `Run` whose ``status`` is "diverged".
        train: the `Table` that it was trained on.

    Returns:
        Moment: epoch, step, batch, weights before and after, and the losses on the way there.

    Raises:
        ValueError: where the run has not diverged, the loss is not finite from the start, or
            the plain ``fit()`` trained it.
    """
    if run.diverged is None:
        raise ValueError(
            f"the run is {run.status!r} and its loss is finite; give one that has diverged, such "
            "as the same at a larger learning_rate."
        )
    return _replay(run, train, math.inf)


def at_step(run, train, index):
    """The same for any step of a run: ``index`` 0 is the first of epoch 1.

    Raises:
        ValueError: where the run has no such step with a finite loss, or the plain ``fit()``
            trained it.
    """
    if index < 0:
        raise ValueError(f"index is {index!r}; give 0 for the first step of the run.")
    return _replay(run, train, index)


def _replay(run, train, index):
    """The `Moment` of step ``index``, or of the last step before a loss that is not finite."""
    with training:
        model = run.built()
        if why := why_plain(model):
            raise ValueError(f"the steps of this run cannot be looked at: {why}.")
        watch = Watch(store.functions(model)[0].train, index)
        functions = SimpleNamespace(train=watch)
        with contextlib.suppress(Stopped):
            fit_tables(
                model, train, epochs=run.epochs, batch_size=run.batch_size, functions=functions
            )
        return watch.moment(model)


class Watch:
    """Stands in for the compiled loop of an epoch, and goes through it step by step.

    Args:
        loop: the `Loop`.
        index: of the step after which the training ends; it ends, too, at a loss that is not
            finite.
    """

    def __init__(self, loop, index):
        self._loop, self._index = loop, index
        self._epoch, self._losses, self._last = 0, [], None

    def epoch(self, state, data, order, size, stop):
        """Yields ``(logs, state)`` after each step."""
        self._epoch += 1
        *_, fresh = state  # metrics that begin anew tell the loss of one batch alone
        for step, first in enumerate(range(0, len(order), size), 1):
            rows, before = order[first : first + size], (*state[:3], fresh)
            logs, state = self._loop.step(before, data, rows)
            loss = np.asarray(logs["loss"]).item()
            if not math.isfinite(loss):
                raise Stopped
            self._losses.append(loss)
            self._last = self._epoch, step, np.asarray(rows), before, state
            if len(self._losses) > self._index:
                raise Stopped
            yield logs, state

    def moment(self, model):
        """The `Moment` at which the training ended."""
        if self._last is None:
            raise ValueError(
                "the loss is not finite at the first step: no step of the run is to blame. "
                "Look at the data and at the initial weights."
            )
        if len(self._losses) <= self._index < math.inf:
            raise ValueError(
                f"index is {self._index}, and the run has {len(self._losses)} steps with a "
                "finite loss."
            )
        epoch, step, rows, before, after = self._last
        variables = model.trainable_variables + model.non_trainable_variables

        def weights(state):
            values = dict(zip(map(id, variables), state[0] + state[1], strict=True))
            return [np.asarray(values[id(v)]) for v in model.weights]

        model.set_weights(weights(before))
        losses = np.array(self._losses, "float32")
        return Moment(epoch, step, rows, weights(before), weights(after), losses, model)

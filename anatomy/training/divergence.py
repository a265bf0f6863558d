"""Where and why a run diverged: the same training again, one step at a time; and what else
than the learning rate makes a loss that is no finite number."""

import contextlib
import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from anatomy.data import calls, gate
from anatomy.lazy import keras
from anatomy.training import private
from anatomy.training.compiled import store
from anatomy.training.fused import build, evaluate, fit_tables, weights_of, why_plain
from anatomy.training.runner import Stopped, one_at_a_time

GROWTH = 10  # times its first value that a loss overshoots to, at least


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


@calls.validated
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


@calls.validated(index=calls.count(0))
def at_step(run, train, index):
    """The same for any step of a run: ``index`` 0 is the first of epoch 1.

    Raises:
        ValueError: where the run has no such step with a finite loss, or the plain ``fit()``
            trained it.
    """
    return _replay(run, train, index)


def _replay(run, train, index):
    """The `Moment` of step ``index``, or of the last step before a loss that is not finite."""
    with one_at_a_time(), private.undisturbed():
        model = run.start()
        if why := why_plain(model):
            raise ValueError(f"the steps of this run cannot be looked at: {why}.")
        build(model, train, shuffle=True)
        watch = Watch(store.functions(model, train)[0].step, index)
        functions = SimpleNamespace(train=watch, several=False)
        with contextlib.suppress(Stopped):
            fit_tables(
                model, train, epochs=run.epochs, batch_size=run.batch_size, functions=functions
            )
    losses = np.array(watch.losses, "float32")
    if not len(losses):
        raise ValueError(
            "the loss is not finite at the first step: no step of the run is to blame. "
            "Look at the data and at the initial weights."
        )
    if len(losses) <= index < math.inf:
        raise ValueError(
            f"index is {index}, and the run has {len(losses)} steps with a finite loss."
        )
    *place, before, after = watch.last
    before, after = weights_of(model, before), weights_of(model, after)
    model.set_weights(before)
    return Moment(*place, before, after, losses, model)


class Watch:
    """Stands in for the compiled loop of an epoch, and goes through it step by step.

    Args:
        steps: the `Steps` of training.
        index: of the step after which the training ends; it ends, too, at a loss that is not
            finite.

    Attributes:
        losses: list of the loss of each batch before its step.
        last: the last step: epoch, step, rows, state before and after.
    """

    def __init__(self, steps, index):
        self._steps, self._index = steps, index
        self._epoch, self.losses, self.last = 0, [], None

    def run(self, state, data, orders, size, **settings):
        """An epoch as `Steps` has it."""
        self._epoch += 1
        order, fresh = next(orders), state[-1]  # metrics that begin anew tell one batch's loss
        for step, first in enumerate(range(0, len(order), size), 1):
            rows, before = order[first : first + size], (*state[:-1], fresh)
            logs, state = self._steps(before, data, rows)
            loss = np.asarray(logs["loss"]).item()
            if not math.isfinite(loss):
                raise Stopped
            self.losses.append(loss)
            self.last = self._epoch, step, rows, before, state
            if len(self.losses) > self._index:
                raise Stopped
            yield [logs] * (first + size >= len(order)), state


@calls.validated
def cause(run, train):
    """Why the loss of a diverged run is no finite number, where the learning rate is not to blame.

    The data are looked at, the indices of each Embedding, the outputs and the loss before the
    first step, and whether the loss had grown before it broke.

    Args:
        run: a `Run` that has diverged.
        train: the `Table` that it was trained on.

    Returns:
        str: one sentence or two; "" where the learning rate is to blame, or nothing was found.
    """
    try:
        return _cause(run, train)
    except Exception:  # whatever a student's layers raise: then nothing is known
        return ""


def _cause(run, train):
    x, y = train.arguments["x"], train.arguments["y"]
    if why := gate.refusal(gate.checked, (x, y)):
        return why
    with one_at_a_time(), private.undisturbed():
        model = run.start()
        if why_plain(model):
            return ""
        build(model, train, shuffle=True)
        if outside := _outside_embedding(model, x):
            return outside
        functions, _ = store.functions(model, train)
        start = evaluate(model, train, batch_size=run.batch_size, functions=functions)["loss"]
        if not math.isfinite(start):
            return _not_finite_at_first(model, x, y, start)
    losses = run.history["loss"][:-1]
    if losses and max(losses) <= GROWTH * losses[0]:
        moment = last_finite(run, train)
        if moment.loss <= GROWTH * moment.losses[0]:
            return (
                f"At step {moment.step} of epoch {moment.epoch} the loss was {moment.loss:.3g}, no "
                f"more than at first, and then {run.diverged}: look for a logarithm, a root or a "
                "quotient in the loss or in a layer, of a number that it is not defined for."
            )
    return ""


def _outside_embedding(model, x):
    """A sentence about the first Embedding that is given an index without a vector, or ""."""
    for layer in private.flat_layers(model):
        if not isinstance(layer, keras.layers.Embedding):
            continue
        try:
            indices = keras.Model(model.inputs, layer.input).predict(x, verbose=0)
        except Exception:  # inside a model of one's own: then what comes in
            indices = np.concatenate([np.ravel(a) for a in _arrays(x)])
        low, high = int(np.min(indices)), int(np.max(indices))
        if low < 0 or high >= layer.input_dim:
            reach = f"go to {high}" if high >= layer.input_dim else f"begin at {low}"
            return (
                f"Embedding({layer.input_dim}) has vectors for the indices 0 to "
                f"{layer.input_dim - 1}, and the data {reach}: the others have no vector, and "
                f"give nan. Write Embedding({max(high + 1, layer.input_dim)}, ...)"
                + (", and no index below 0." if low < 0 else ".")
            )
    return ""


def _not_finite_at_first(model, x, y, loss):
    """A sentence about a loss that is no finite number with the initial weights."""
    outputs = [np.asarray(a) for a in keras.tree.flatten(model.predict(x, verbose=0))]
    first = f"The loss is {loss} before the first step, so no learning rate is to blame"
    if not all(np.isfinite(a).all() for a in outputs):
        return f"{first}: the outputs of the model are not finite. Look at its layers."
    targets = [np.asarray(a) for a in _arrays(y)] if y is not None else []
    ranges = [
        f"{name} from {min(a.min() for a in arrays):.4g} to {max(a.max() for a in arrays):.4g}"
        for name, arrays in (("targets", targets), ("outputs", outputs))
        if arrays
    ]
    return (
        f"{first}. It takes a logarithm, a root or a quotient of numbers that it is not defined "
        f"for: {' and '.join(ranges)}."
    )


def _arrays(value):
    return [array for _, array in gate.named_arrays(value, "")]

"""Keras's train and test steps, compiled into loops over an epoch, and the store that keeps them.

XLA needs a third of a second to compile what then runs in a millisecond. Two models that differ
only in their numbers (weights, a learning rate) compile to the same code: the second one is
given that of the first.
"""

import collections
import functools
import hashlib
import itertools
import json
import math
import os
import pathlib
import platform
import threading
import time
import warnings

import numpy as np

from anatomy.data import calls
from anatomy.lazy import jax, keras
from anatomy.training import private
from anatomy.training.runner import ahead, compile_behind

#: An execution is cut where it would keep a Stop waiting longer than this (seconds).
EXECUTION = 0.02
#: The same of many models: after each execution the weights of all of them are copied.
OF_MEMBERS = 0.05

#: Held while a model's step is traced: the model keeps notes of its own meanwhile.
tracing = threading.RLock()


class Functions:
    """The compiled loops of one model, which every model compiled alike may use.

    Attributes:
        step: the train step, called once a batch.
        train, test: the train and the test step, for an epoch.
        several: whether ``train`` may go through several epochs in one call.
        sizes: of batches and data that a run has gone through. kept: dict of all else compiled.
    """

    def __init__(self, model):
        self.model, self.sizes, self.kept = model, set(), {}
        self.step = Steps(model.train_step)
        # Inside a compiled loop XLA lays a convolution out otherwise, and its sums differ
        # in the last digit. Its steps are long, so that one call each costs little.
        convolves = any("Conv" in type(layer).__name__ for layer in private.flat_layers(model))
        if convolves:
            self.train, self.test = self.step, Steps(model.test_step)
        else:
            self.train, self.test = Loop(model.train_step, model.test_step), Loop(model.test_step)
        self.several = not (convolves or _own_epochs(model))

    @functools.cached_property
    def members(self):
        """The loop of many models at once, which differ in their numbers only."""
        return Loop(self.model.train_step, self.model.test_step, members=True)


def take(data, rows):
    """These rows of each array."""
    return jax.tree.map(lambda a: a.at[rows].get(mode="promise_in_bounds"), data)


def zeros(function, *arguments, shape=()):
    """Zeros like the logs that ``function(*arguments)`` would return first; ``shape`` of each."""
    logs = jax.eval_shape(function, *arguments)[0]
    return {name: jax.numpy.zeros((*shape, *a.shape), a.dtype) for name, a in logs.items()}


class Steps:
    """A train or test step, compiled and called once a batch, as ``fit()`` does.

    Attributes:
        function: the step as a function that JAX has traced once.
    """

    def __init__(self, step):
        self.function = jax.jit(step)
        self._step, self._batch = Owned(self.function), Owned(take)

    def __call__(self, state, data, rows):
        """``(logs, state)`` after one step, on the batch of these rows."""
        return self._step(state, self._batch(data, rows))

    def run(self, state, data, orders, size, **settings):
        """An epoch as `Loop` has it: yields ``([logs], state)`` after its last step."""
        order = next(orders)
        for first in range(0, len(order), size):
            logs, state = jax.block_until_ready(self(state, data, order[first : first + size]))
            yield [logs] * (first + size >= len(order)), state


class Loop:
    """A train or test step, compiled into a loop over the batches of several epochs.

    Each epoch begins with fresh metrics, and ends with its logs, those of validation too.

    Args:
        step: ``model.train_step`` or ``model.test_step``.
        test: ``model.test_step`` where epochs end with a validation.
        members: whether each array of a state is that of many models, ``(seeds, variants, ...)``,
            of which those of one seed see the rows in one order; so are then the logs, and an
            order is ``(seeds, rows)``.
    """

    #: How many epochs one call may have, and how many rows these may have together.
    MOST, ROWS = 64, 1 << 20

    def __init__(self, step, test=None, *, members=False):
        step, test = jax.jit(step), test and jax.jit(test)

        def batch(data, order, first, size):
            return take(data, jax.lax.dynamic_slice_in_dim(order, first, size))

        def validate(state, fresh, data, order, steps, size):
            weights, others, slots, _ = state

            def one(i, carry):
                return test(carry[1], batch(data, order, i * size, size))

            state, tail = (weights, others, fresh), len(order) % size
            logs = zeros(test, state, batch(data, order, 0, size))
            logs, state = jax.lax.fori_loop(0, steps, one, (logs, state))
            if tail:
                logs, state = test(state, batch(data, order, len(order) - tail, tail))
            weights, others, metrics = state
            logs = {f"val_{name}": value for name, value in logs.items()}
            return logs, (weights, others, slots, metrics)

        def loop(state, fresh, data, orders, first, last, validation, size, test_size):
            steps, tail = divmod(orders.shape[1], size)

            def end(epoch, logs, state):
                if tail:
                    rows = orders[epoch, steps * size :]
                    logs, state = step(state, take(data, rows))
                if validation is not None:
                    more, state = validate(state, fresh, *validation, test_size)
                    logs = logs | more
                return logs, state

            def one(i, carry):
                table, state = carry
                epoch, place = i // steps, i % steps
                begins = jax.tree.map(
                    lambda new, old: jax.numpy.where(place == 0, new, old), fresh, state[-1]
                )
                rows = jax.lax.dynamic_slice(orders, (epoch, place * size), (1, size))[0]
                logs, state = step((*state[:-1], begins), take(data, rows))

                def record(table, state):
                    ends, state = end(epoch, logs, state)
                    return jax.tree.map(lambda a, b: a.at[epoch].set(b), table, ends), state

                return jax.lax.cond(place == steps - 1, record, lambda *carry: carry, table, state)

            logs = zeros(step, state, take(data, orders[0, :size]))
            table = zeros(end, 0, logs, state, shape=orders.shape[:1])
            return jax.lax.fori_loop(first, last, one, (table, state))

        def of_members(*arguments, **sizes):
            alone, shared = functools.partial(loop, **sizes), [None] * 3
            variants = jax.vmap(alone, (0, 0, None, None, *shared), (1, 0))
            return jax.vmap(variants, (0, 0, None, 1, *shared), (1, 0))(*arguments)

        static = "size", "test_size"
        self._run = Owned(of_members if members else loop, static_argnames=static)
        self._pace, self._seconds = Pace(), OF_MEMBERS if members else EXECUTION

    def run(self, state, data, orders, size, *, most, validation=None, ends=lambda logs: False):
        """Goes through an epoch, or as many as an execution has time for.

        Args:
            state: the values of the model's variables, with fresh metrics at its end.
            data: the arrays of all rows.
            orders: iterator over the orders of the rows, epoch by epoch.
            size: rows of a batch.
            most: how many epochs at most.
            validation: None, or (arrays of all rows, row numbers, rows of a batch).
            ends: whether training ends with an epoch of these logs.

        Yields:
            (logs of each epoch that this execution has ended, state).
        """
        order = next(orders)
        n = order.shape[-1]
        kind = size, order.shape, *(a.shape for a in jax.tree.leaves(state))
        steps, room = n // size, max(1, min(self.MOST, self.ROWS // n))
        planned = max(1, min(most, room, self._pace.units(kind, self._seconds) // steps))
        table = np.zeros((room, *order.shape), "int32")
        table[:planned] = [order, *itertools.islice(orders, planned - 1)]
        unseen = test_size = None
        if validation:
            rows, numbers, test_size = validation
            unseen = rows, numbers, np.int32(len(numbers) // test_size)
        fresh, done = state[-1], 0

        def execute(until):
            arguments = fresh, data, table, np.int32(done), np.int32(until), unseen
            logs, new = self._run(state, *arguments, size=size, test_size=test_size)
            logs = {name: np.asarray(values) for name, values in logs.items()}
            epochs = range(done // steps, until // steps)
            return [{name: logs[name][epoch] for name in logs} for epoch in epochs], new

        while done < planned * steps:
            until = min(planned * steps, done + self._pace.units(kind, self._seconds))
            start = time.perf_counter()
            logs, new = execute(until)
            self._pace.clock(kind, (time.perf_counter() - start) / (until - done))
            last = next((i for i, epoch in enumerate(logs, 1) if ends(epoch)), None)
            if last:
                planned = done // steps + last
                until = planned * steps
                logs, new = execute(until)
            state, done = new, until
            yield logs, state


class Pace:
    """How much fits into one call: the first compiles, the second is timed, then by the clock."""

    def __init__(self):
        self._seconds = {}  # kind of call -> seconds a unit, None once it has compiled

    def units(self, kind, seconds):
        """How many steps, or epochs, take about so many seconds; 1 until that is known."""
        pace = self._seconds.get(kind)
        return max(1, int(seconds / pace)) if pace else 1

    def clock(self, kind, seconds):
        """Takes in what one unit of a call took."""
        compiled = kind in self._seconds
        self._seconds[kind] = min(seconds, self._seconds[kind] or math.inf) if compiled else None


def _own_epochs(model):
    """Whether a model has other steps or metrics than Keras gives it."""
    names = "train_step", "test_step", "metrics", "get_metrics_result", "reset_metrics"
    return any(getattr(type(model), name) is not getattr(keras.Model, name) for name in names)


class Owned:
    """``jax.jit`` whose compiled code belongs to this object, and not to JAX's caches.

    It is freed with the object, and outlives ``jax.clear_caches()``.
    """

    def __init__(self, function, **arguments):
        self._function, self._compiled = jax.jit(function, **arguments), {}
        self._lock = threading.Lock()

    def __call__(self, *arguments, **static):
        leaves, tree = jax.tree.flatten(arguments)
        shapes = tree, tuple((a.shape, a.dtype) for a in leaves), *static.values()
        if shapes not in self._compiled:
            with self._lock:  # who wants the same while it is compiled waits for it
                if shapes not in self._compiled:
                    with tracing:
                        lowered = self._function.lower(*arguments, **static)
                    compile_behind()
                    self._compiled[shapes] = lowered.compile()
        return self._compiled[shapes](*arguments)


class Store:
    """At most ``size`` compiled models; the one that was used longest ago goes first.

    Beside them at most ``guesses``, which were compiled ahead of a move and not used yet.

    A small one holds 9 MB. JAX keeps some more of each for good, which is given back whenever
    ``slack`` models have gone.
    """

    def __init__(self, size=16, slack=16, guesses=8):
        self.size, self.slack, self.guesses = size, slack, guesses
        self._models, self._ahead = collections.OrderedDict(), collections.OrderedDict()
        self._gone = 0
        self._lock = threading.Lock()

    def __len__(self):
        return len(self._models)

    def functions(self, model, table=None, size=None):
        """The `Functions` for a compiled model, and whether they were here already.

        What is found has been built for data of the kind of ``table``, or a run of this ``size``
        has gone through it: one that failed before that leaves nothing behind.
        """
        wanted = key(model, table)
        if wanted is None:
            return Functions(model), False
        with self._lock:
            functions = self._models.get(wanted) or self._ahead.pop(wanted, None)
            kept = self._ahead if ahead.here and wanted not in self._models else self._models
            found = functions is not None and (size in functions.sizes or (
                functions.model.optimizer.built
                and private.is_built(functions.model)
                and key(functions.model, table) == wanted  # nobody has changed the model since
            ))  # fmt: skip
            if not found:
                functions = Functions(model)
            kept[wanted] = functions
            kept.move_to_end(wanted)
            for models, size in ((self._models, self.size), (self._ahead, self.guesses)):
                while len(models) > size:
                    models.popitem(last=False)
                    self._gone += 1
            if self._gone >= self.slack:
                self._gone = 0
                with tracing:
                    jax.clear_caches()
        return functions, found

    def clear(self):
        """Forgets all of them; what no running fit holds is freed."""
        with self._lock:
            self._models.clear()
            self._ahead.clear()


#: The store of this process.
store = Store()


def key(model, table=None):
    """What is compiled into ``model``'s train step, as a hashable value.

    Equal keys mean equal code: layers with their settings and names, loss, metrics, optimizer and
    its constants, and the kind of data, by which "accuracy" and some losses are resolved. Not in
    it: the weights, and a learning rate that is a plain number, since both are variables of the
    compiled code; the number of rows, since ``jax.jit`` tells shapes apart itself.

    Returns:
        A tuple, or None for a model whose code cannot be known from its settings: a
        subclassed model, or one with a layer or a function of one's own inside.
    """
    if any(_own(part) for part in (model, *private.flat_layers(model))):
        return None
    settings = private.compile_settings(model) | {"optimizer": None}
    try:
        found = (
            type(model),
            json.dumps(model.get_config()),
            _optimizer(model.optimizer),
            tuple((name, _frozen(value)) for name, value in settings.items()),
            table and table.kind,
        )
        hash(found)
    except TypeError:  # something that is neither JSON nor hashable
        return None
    return found


def _optimizer(optimizer):
    """An optimizer as a hashable value, without its learning rate where that is a variable."""
    settings = dict(optimizer.get_config(), name=None)
    inner = settings.pop("inner_optimizer", None) and optimizer.inner_optimizer
    if private.learning_rate_variable(optimizer) is not None:
        settings.pop("learning_rate", None)
    # A class of one's own, an optimizer or a schedule, may leave out of get_config() what counts.
    kinds = int | float | str | tuple | keras.Optimizer | None if _foreign(type(optimizer)) else ()
    own = {n: v for n, v in vars(optimizer).items() if isinstance(v, kinds) or callable(v)}
    own = _frozen(own | {"name": None, "built": None})
    return type(optimizer), json.dumps(settings), own, inner and _optimizer(inner)


def _foreign(value):
    return not (getattr(value, "__module__", None) or "keras").startswith(("keras.", "jax"))


def _own(part):
    """Whether code outside Keras belongs to ``part``: its class, or a function that it holds."""
    return any(_foreign(value) for value in (part, *vars(part).values()) if callable(value))


def _frozen(value):
    if isinstance(value, dict):
        return tuple((name, _frozen(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if hasattr(value, "get_config") and not _own(value):
        # The configuration of Huber leaves its delta out, CosineSimilarity's its axis.
        arguments = _frozen(private.loss_arguments(value))
        return type(value), json.dumps(value.get_config()), arguments
    return value  # a name, a number, or a function or object of one's own: itself


@calls.validated(folder=calls.rule("a path, such as 'compiled'", calls.of(str, os.PathLike)))
def cache_on_disk(folder=None):
    """Keeps compiled code on disk, so that the first fit of the next session is quick too.

    Compiled code fits one kind of processor and one version of JAX, so each gets a
    folder of its own: a home shared between machines does no harm.

    Args:
        folder: path; by default ``anatomy`` in the user's cache folder.

    Returns:
        The ``pathlib.Path`` in use, or None (with a warning) where it cannot be written.

    Source: https://docs.jax.dev/en/latest/persistent_compilation_cache.html
    """
    import platformdirs

    folder = pathlib.Path(folder or platformdirs.user_cache_path("anatomy")) / _machine()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / "writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        warnings.warn(f"No cache on disk: {folder} cannot be written ({error}).", stacklevel=2)
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


def _machine():
    """A folder name for this version of JAX on this kind of processor."""
    cpu = pathlib.Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    features = [line for line in lines if line.startswith(("model name", "flags"))][:2]
    text = "\n".join([platform.machine(), platform.processor(), *features])
    return f"jax-{jax.__version__}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

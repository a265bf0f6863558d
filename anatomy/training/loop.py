"""A Keras train or test step, compiled into a loop over the batches of an epoch."""

import functools
import math
import time

#: An execution is cut where it would keep a Stop waiting longer than this (seconds).
EXECUTION = 0.02


class Stopped(Exception):
    """Raised through ``fit()`` when it is asked to stop between two executions."""


class Functions:
    """The compiled loops of one model, which every model compiled alike may use."""

    def __init__(self, model):
        self.model = model
        # Inside a compiled loop XLA lays a convolution out otherwise, and its sums differ
        # in the last digit. Its steps are long, so that one call each costs little.
        convolves = any("Conv" in type(layer).__name__ for layer in model._flatten_layers())
        self.train = Loop(model.train_step, one_by_one=convolves)
        self.test = Loop(model.test_step, one_by_one=convolves)


class Loop:
    """A train or test step, compiled into a loop over the batches of an epoch.

    Args:
        step: ``model.train_step`` or ``model.test_step``.
        one_by_one: whether to call the compiled step once a batch, as ``fit()`` does.
    """

    def __init__(self, step, one_by_one=False):
        import jax

        step = jax.jit(step)

        @jax.jit
        def take(data, rows):
            return jax.tree.map(lambda a: a.at[rows].get(mode="promise_in_bounds"), data)

        @functools.partial(jax.jit, static_argnames="size")
        def loop(state, data, order, first, last, size):
            def batch(i):
                return take(data, jax.lax.dynamic_slice_in_dim(order, i * size, size))

            def body(i, carry):
                return step(carry[1], batch(i))

            logs = jax.eval_shape(step, state, batch(0))[0]
            logs = jax.tree.map(lambda a: jax.numpy.zeros(a.shape, a.dtype), logs)
            return jax.lax.fori_loop(first, last, body, (logs, state))

        def run(state, data, order, first, last, size):
            # A batch that is the whole of the data XLA would take out of the loop, and
            # add its sums up otherwise.
            if not one_by_one and size < len(order):
                return loop(state, data, order, first, last, size)
            for i in range(first, last):
                logs, state = step(state, take(data, order[i * size : (i + 1) * size]))
            return logs, state

        self._run = run
        self._pace = {}  # batch size -> seconds a step

    def epoch(self, state, data, order, size, stop):
        """Yields ``(logs, state)`` after each execution, the last at the epoch's end."""
        steps, tail = divmod(len(order), size)
        done = 0
        while done < steps:
            until = min(steps, done + self._length(size))
            logs, state = self._execute(state, data, order, done, until, size)
            yield logs, state
            done = until
            if stop():
                raise Stopped
        if tail:
            yield self._run(state, data, order[-tail:], 0, 1, tail)

    def step(self, state, data, rows):
        """``(logs, state)`` after one step, on the batch of these rows."""
        return self._run(state, data, rows, 0, 1, len(rows))

    def _length(self, size):
        """Steps of the next execution: one compiles, one is timed, then by the clock."""
        pace = self._pace.get(size)
        return max(1, int(EXECUTION / pace)) if pace else 1

    def _execute(self, state, data, order, first, last, size):
        import jax

        start = time.perf_counter()
        out = jax.block_until_ready(self._run(state, data, order, first, last, size))
        if size in self._pace:
            seconds = (time.perf_counter() - start) / (last - first)
            self._pace[size] = min(seconds, self._pace[size] or math.inf)
        else:
            self._pace[size] = None
        return out

"""Keras's train step, mapped over many models at once that differ in their numbers only.

And `compiled` and `value_and_grad`, of what is mapped on other backends than JAX too.
"""

import contextlib
import time
import weakref

import numpy as np

from anatomy.training.compiled import Owned, Pace, store, take, tracing, zeros
from anatomy.training.fused import build

#: Epochs of one call, at most; fewer where they would take longer than SECONDS.
EPOCHS = 16
SECONDS = 0.05

_programs = weakref.WeakKeyDictionary()  # Functions of the store -> Program


def program(model, table):
    """The `Program` of a compiled model; models of an equal key have the same, while stored."""
    functions, _ = store.functions(model, table)
    if functions not in _programs:
        build(functions.model, table, shuffle=False)
        _programs[functions] = Program(functions.model)
    return _programs[functions]


class Program:
    """Epochs of training and validation of many members, in one compiled call.

    The state of the members is ``(weights, other variables, optimizer variables)``, each a list
    of arrays of shape ``(seeds, variants, ...)``. Members of one seed go through the data in one
    order, so that their rows are looked up once, and multiplied by all their kernels at once.

    Args:
        model: a built and compiled ``keras.Model``; its own values are left alone.
    """

    def __init__(self, model):
        import jax

        self._train, self._test = jax.jit(model.train_step), jax.jit(model.test_step)
        self._calls = {}  # batch size -> compiled function
        self._pace, self._traced = Pace(), set()

    def train(self, state, fresh, table, validation, orders, size, epochs, stop=bool):
        """Trains members, and yields ``(history, state)`` after each call.

        Args:
            state: of the members, as above.
            fresh: the metrics' variables as an epoch finds them, the same for all members.
            table, validation: `Table`; validation may be None.
            orders: function of a number of epochs: the rows' next orders, ``(seeds, epochs, n)``.
            size, epochs: batch size and number of epochs.
            stop: called between calls; True ends the training.

        Yields:
            dict from name to array ``(seeds, variants, epochs of this call)``, and the state.
        """
        import jax

        if size not in self._calls:
            over_variants = jax.vmap(self._epochs(size), (0, None, *[None] * 4))
            self._calls[size] = jax.jit(jax.vmap(over_variants, (0, 0, *[None] * 4)))
        state, *shared = jax.tree.map(
            jax.numpy.asarray, (state, fresh, table.batch, validation and validation.batch)
        )
        shape = size, tuple(a.shape for a in jax.tree.leaves((state, shared)))
        done, seeds = 0, len(jax.tree.leaves(state)[0])
        while done < epochs and not (done and stop()):
            count = min(epochs - done, EPOCHS, self._pace.units(shape, SECONDS))
            order = np.zeros((seeds, EPOCHS, len(table.rows)), "int32")
            order[:, :count] = orders(count)
            begin = time.perf_counter()
            with tracing if shape not in self._traced else contextlib.nullcontext():
                out = self._calls[size](state, order, count, *shared)
            self._traced.add(shape)
            history, state = jax.block_until_ready(out)
            self._pace.clock(shape, (time.perf_counter() - begin) / count)
            done += count
            yield {name: np.asarray(a)[..., :count] for name, a in history.items()}, state

    def _epochs(self, size):
        """A function that trains one member for some epochs, with batches of ``size``."""
        import jax

        def epoch(state, order, fresh, data, validation):
            logs, (*state, _) = batches(self._train, (*state, fresh), data, order, size)
            if validation is not None:
                rows = np.arange(len(jax.tree.leaves(validation)[0]), dtype="int32")
                weights, others, slots = state
                unseen, (_, others, _) = batches(
                    self._test, (weights, others, fresh), validation, rows, size
                )
                state = weights, others, slots
                logs = logs | {f"val_{name}": value for name, value in unseen.items()}
            return logs, tuple(state)

        def epochs(state, orders, count, *shared):
            history = zeros(epoch, state, orders[0], *shared, shape=orders.shape[:1])

            def body(i, carry):
                history, state = carry
                logs, state = epoch(state, orders[i], *shared)
                return {name: history[name].at[i].set(logs[name]) for name in logs}, state

            return jax.lax.fori_loop(0, count, body, (history, state))

        return epochs

    def footprint(self, state, fresh, batch):
        """Bytes of all that one step of one member holds and computes: more than it needs."""
        import jax

        shapes = jax.tree.map(
            lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), ((*state, fresh), batch)
        )
        return computed(jax.make_jaxpr(self._train)(*shapes).jaxpr)


def batches(step, state, data, order, size):
    """``step`` on each batch of the rows in ``order``: (logs of the last batch, state)."""
    import jax

    def body(carry, rows):
        return step(carry[1], take(data, rows)), None

    size = min(size, len(order))
    whole = len(order) - len(order) % size
    rows = jax.numpy.reshape(order[:whole], (-1, size))
    begin = zeros(step, state, take(data, rows[0])), state
    (logs, state), _ = jax.lax.scan(body, begin, rows)
    return step(state, take(data, order[whole:])) if whole < len(order) else (logs, state)


def computed(jaxpr):
    """Bytes of all values in a traced function, those of the functions in it included."""
    total = sum(v.aval.size * v.aval.dtype.itemsize for v in jaxpr.invars)
    for equation in jaxpr.eqns:
        total += sum(v.aval.size * v.aval.dtype.itemsize for v in equation.outvars)
        for inner in equation.params.values():
            inner = getattr(inner, "jaxpr", inner)
            total += computed(inner) if hasattr(inner, "eqns") else 0
    return total


def compiled(function):
    """The function of arrays, compiled by JAX or TensorFlow; on PyTorch as it is."""
    import keras

    backend, tree = keras.backend.backend(), keras.tree
    if backend == "jax":
        return Owned(function)
    if backend == "tensorflow":
        import tensorflow

        function = tensorflow.function(function, autograph=False)
        function._omit_frequent_tracing_warning = True  # one for each loss, and each optimizer

    def of_arrays(*arguments):
        tensors = tree.map_structure(keras.ops.convert_to_tensor, arguments)
        return tree.map_structure(keras.ops.convert_to_numpy, function(*tensors))

    return of_arrays


def value_and_grad(function):
    """``jax.value_and_grad`` of a function of one array, on every backend."""
    import keras

    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return lambda x: torch.func.grad_and_value(function)(x)[::-1]
    if backend == "tensorflow":
        import tensorflow

        def both(x):
            with tensorflow.GradientTape() as tape:
                tape.watch(x)
                value = function(x)
            return value, tape.gradient(value, x, unconnected_gradients="zero")

        return both
    import jax

    return jax.value_and_grad(function)

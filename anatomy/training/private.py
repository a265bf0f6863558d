"""What the kit uses of Keras without its leave: every private name stands here and nowhere else.

All were seen in Keras 3.15.1. Each function says what happens without it, so that whoever moves
to a later version knows what to look for. Nothing is imported before it is used.
"""

import _thread
import contextlib
import functools
import math
import random
import sys
import threading
import types

import numpy as np

from anatomy.lazy import jax, keras

# -- models and layers ---------------------------------------------------------------------------


def flat_layers(model):
    """A model or layer, and all layers inside it at any depth.

    ``Layer._flatten_layers``. Without it: a walk over ``layer.layers``, which misses the cell of
    an RNN and the layer in a wrapper.
    """
    return model._flatten_layers()


def own_variables(layer, trainable_only=False):
    """The variables that a layer holds itself, not those of the layers inside it.

    ``Layer._trainable_variables`` and ``_non_trainable_variables``. Without them: variables by
    their path, which breaks where two layers have one name.
    """
    others = [] if trainable_only else layer._non_trainable_variables
    return [*layer._trainable_variables, *others]


def calls(layer):
    """The nodes of a layer's calls on symbols, oldest first; [] where it was never called.

    ``Operation._inbound_nodes``. Without it: a layer that is called twice looks like one call.
    """
    return layer._inbound_nodes


def model_calls(model):
    """All nodes of a functional model, in no particular order.

    ``Function._nodes_by_depth``. Without it: no edges of a drawn model.
    """
    return [node for nodes in model._nodes_by_depth.values() for node in nodes]


def functional(model):
    """The functional model that a Sequential or functional model runs; None of any other.

    ``Sequential._functional`` and ``Function._nodes_by_depth``. Without it: a Sequential has no
    edges.
    """
    inner = getattr(model, "_functional", None) or model
    return inner if hasattr(inner, "_nodes_by_depth") else None


def sequence(model):
    """(shape, layers) of a Sequential, also of one that could not be built; shape may be None.

    ``Sequential._layers``, which begins with the InputLayer. Without it: the input of a model that
    broke is not known.
    """
    layers = list(model._layers)
    if layers and isinstance(layers[0], keras.layers.InputLayer):
        return layers[0].batch_shape, layers[1:]
    return None, layers


def producer(tensor):
    """(layer, node, which) of a symbolic tensor: the layer or operation that it comes from, the
    node of that call, and which of the call's outputs it is.

    ``KerasTensor._keras_history``. Without it: what lies behind an output is not known.
    """
    operation, node, which = tensor._keras_history
    return operation, calls(operation)[node], which


def lost(model):
    """Whether a model has no weights any more, after a ``fit()`` that raised.

    ``Variable._value``. Without it: "'NoneType' object is not callable" is not explained.
    """
    return model.built and any(one._value is None for one in model.variables)


def takes_training(layer):
    """Whether ``layer(x, training=True)`` is allowed.

    ``Layer._call_has_training_arg``. Without it: ``inspect.signature(layer.call)``.
    """
    return layer._call_has_training_arg


def build_shapes(layer):
    """dict of the shapes that a layer was built on, as ``compute_output_shape`` takes them.

    ``Layer._build_shapes_dict``. Without it: no shapes of layers that never met a symbol.
    """
    return layer._build_shapes_dict


def outputs_structure(model):
    """The outputs of a functional model in the structure that it was made with, else None.

    ``Function._outputs_struct``. Without it: the names in a dict of outputs are not known.
    """
    return getattr(model, "_outputs_struct", None)


def output_names(model):
    """The names of a model's outputs in their order: those of its dict, else of its layers."""
    outputs = outputs_structure(model)
    own = getattr(model, "output_names", None)
    return sorted(outputs) if isinstance(outputs, dict) else list(own or ())


def mask(tensor):
    """The mask that a layer left on its output, or None.

    ``keras.src.backend.get_keras_mask``. Without it: masked timesteps count as others do.
    """
    from keras.src.backend import get_keras_mask

    return get_keras_mask(tensor)


def snake_case(name):
    """Turns "MaxPooling2D" into "max_pooling2d", as Keras names a layer.

    ``keras.src.utils.naming.to_snake_case``. Without it: three regular expressions.
    """
    from keras.src.utils.naming import to_snake_case

    return to_snake_case(name)


def is_random(initializer):
    """Whether an initializer draws from a distribution, rather than set its values.

    ``RandomInitializer``. Without it: a list of the classes that do.
    """
    from keras.src.initializers.random_initializers import RandomInitializer

    return isinstance(initializer, RandomInitializer)


def fans(shape):
    """(fan in, fan out) of a kernel of this shape.

    ``compute_fans``. Without it: products of the shape, the last two axes apart.
    """
    from keras.src.initializers.random_initializers import compute_fans

    return compute_fans(shape)


# -- compile and fit -----------------------------------------------------------------------------


def compile_settings(model):
    """dict of the arguments of ``model.compile()``, as they were given; {} before it.

    ``Trainer._compile_config``. Without it: ``get_compile_config()``, which serializes them.
    """
    compiled = getattr(model, "_compile_config", None)
    return dict(compiled.config) if compiled else {}


def loss_function(loss, y, predictions):
    """The ``keras.losses.Loss`` behind a name, a function or a loss, as ``compile()`` picks it.

    ``keras.src.trainers.compile_utils.get_loss``. Without it: "accuracy"-like names that depend
    on the shapes are not resolved.
    """
    from keras.src.trainers.compile_utils import get_loss

    return get_loss(loss, y, predictions)


def loss_arguments(loss):
    """dict of the arguments that a loss leaves out of its configuration (the delta of Huber).

    ``LossFunctionWrapper._fn_kwargs``. Without it: two losses with other deltas share code.
    """
    return getattr(loss, "_fn_kwargs", None)


def learning_rate(optimizer):
    """What an optimizer's learning rate is: a variable, or a schedule; None where it is unknown.

    ``BaseOptimizer._learning_rate``. Without it: no two rates share a compiled step.
    """
    while isinstance(inner := getattr(optimizer, "inner_optimizer", None), keras.Optimizer):
        optimizer = inner
    return getattr(optimizer, "_learning_rate", None)


def learning_rate_variable(optimizer):
    """The variable of an optimizer's learning rate; None for a schedule."""
    return rate if isinstance(rate := learning_rate(optimizer), keras.Variable) else None


def build_as_fit(model, batch):
    """Creates what ``fit()`` would create before its first step: weights, metrics, slots.

    ``Trainer._symbolic_build``, ``_compile_metrics``, ``_compile_loss``. Without it: a first
    epoch of plain ``fit()``.

    Args:
        batch: function that returns a small batch ``(x, y, sample_weight)``; it is called where
            something is missing.
    """
    ends = [part for part in (model._compile_metrics, model._compile_loss) if part is not None]
    if not is_built(model):
        one = batch()
        _, y, _ = keras.utils.unpack_x_y_sample_weight(one)
        one_output = len(getattr(model, "outputs", None) or ()) == 1
        plain = (
            one_output
            and hasattr(y, "dtype")
            and not isinstance(outputs_structure(model), dict | list | tuple)
        )
        # Where the shapes are known there is no need for _symbolic_build to trace the model.
        for part in ends if model.built and plain else ():
            if not part.built:
                part.build(keras.KerasTensor(y.shape, y.dtype.name), model.outputs[0])
        if not is_built(model):
            return model._symbolic_build(data_batch=one)
    model._symbolic_build()


def is_built(model):
    """Whether ``fit()`` would create neither weights nor metrics any more."""
    ends = [part for part in (model._compile_metrics, model._compile_loss) if part is not None]
    return all(part.built for part in (*flat_layers(model), *ends))


def put_back(model, names, state):
    """Hands a model in training the values of its variables, as ``fit()`` does after a batch.

    ``JAXTrainer._jax_state``. Without it: a training that is broken off leaves empty variables.
    """
    model._jax_state = dict(zip(names, state, strict=True))
    model._jax_state_synced = False


def split_off(arrays, validation_split):
    """(training arrays, validation arrays), as ``fit(validation_split=)`` cuts them.

    ``train_validation_split``. Without it: a slice of each array.
    """
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    return train_validation_split(arrays, validation_split=validation_split)


def is_default(method):
    """Whether a callback has this hook of Keras's, that does nothing.

    ``keras.src.utils.python_utils.is_default``. Without it: compare with ``Callback``'s own.
    """
    from keras.src.utils.python_utils import is_default

    return is_default(method)


def first_batch(arguments, rows):
    """The first rows of ``fit()``'s arguments as a batch, checked as Keras checks them.

    ``keras.src.trainers.data_adapters.get_data_adapter``. Without it: data that Keras refuses is
    found by ``fit()`` alone.
    """
    from keras.src.trainers.data_adapters import get_data_adapter

    names = ("x", "y", "sample_weight", "class_weight")
    data = {name: arguments[name] for name in names if name in arguments}
    adapter = get_data_adapter(**data, batch_size=rows, shuffle=False)
    return next(iter(adapter.get_numpy_iterator()))


def trace_step(model, method, arguments, rows):
    """Traces one step of ``fit()`` or ``evaluate()`` on the first rows; on other backends, runs it.

    ``Trainer._assert_compile_called``, ``_symbolic_build``, ``JAXTrainer.train_step``. Without it:
    one step is compiled for each change that is tried.
    """
    model._assert_compile_called(method)
    batch = first_batch(arguments, rows)
    training = method in ("fit", "train_on_batch")
    if not hasattr(model, "_get_jax_state"):
        (model.train_on_batch if training else model.test_on_batch)(*batch)
        return
    model._symbolic_build(data_batch=batch)
    groups = [model.trainable_variables, model.non_trainable_variables]
    groups += [model.optimizer.variables] * training + [model.metrics_variables]
    state = tuple([jax.ShapeDtypeStruct(v.shape, v.dtype) for v in group] for group in groups)
    jax.eval_shape(model.train_step if training else model.test_step, state, batch)


def trace_predict(model, x, rows):
    """Zeros in the shape of ``predict(x)``, from a traced call on its first rows."""
    batch, _, _ = keras.utils.unpack_x_y_sample_weight(first_batch({"x": x}, rows))
    first = keras.tree.flatten(x)[0]
    n = len(first) if hasattr(first, "__len__") else rows
    outputs = trace_call(model, batch, training=False)
    return keras.tree.map_structure(lambda y: np.zeros((n, *y.shape[1:]), str(y.dtype)), outputs)


def trace_call(model, batch, training=True):
    """What a call of a model returns, without values on JAX."""
    settings = {"training": training} if takes_training(model) else {}
    if keras.backend.backend() != "jax":
        return model(batch, **settings)
    return jax.eval_shape(lambda x: model(x, **settings), batch)


@contextlib.contextmanager
def same_nodes(layers):
    """What is called inside on the outputs of these layers leaves no node at them.

    ``Operation._outbound_nodes``. Without it: the student's graph remembers what was only tried.
    """
    before = [(layer, list(layer._outbound_nodes), list(layer._inbound_nodes)) for layer in layers]
    try:
        yield
    finally:
        for layer, after, own in before:
            layer._outbound_nodes[:], layer._inbound_nodes[:] = after, own


def plain_numbers(logs):
    """The logs of an epoch as callbacks are handed them: floats, in the order of their names.

    ``keras.src.utils.python_utils.pythonify_logs``. Without it: ``float`` of each that is a number.
    """
    from keras.src.utils.python_utils import pythonify_logs

    return pythonify_logs(logs)


def in_this_thread(callbacks):
    """Lets a ``keras.callbacks.CallbackList`` call its callbacks itself; returns it.

    ``CallbackList._async_train``. Without it: a thread that costs more than the call.
    """
    callbacks._async_train = callbacks._async_test = False
    return callbacks


# -- what Keras keeps for a thread, and its random numbers ---------------------------------------


def fresh_names(taken=()):
    """Layers are named as in a fresh process but for names ``taken``: "dense" again, not "dense_7".

    ``naming.reset_uids`` and its counts. Without them: other names, so nothing compiled is shared.
    """
    from keras.src.backend.common.global_state import get_global_attribute
    from keras.src.utils.naming import reset_uids

    reset_uids()
    counts = get_global_attribute("object_name_uids")
    for name in taken:
        stem, _, number = name.rpartition("_")
        stem, number = (stem, int(number)) if number.isdecimal() else (name, 0)
        counts[stem] = max(counts[stem], number + 1)


@contextlib.contextmanager
def trusted():
    """Lambda layers may be copied inside: they are run where they stand, not loaded from a file.

    ``SafeModeScope``. Without it: ``keras.config.enable_unsafe_deserialization()``, for good.
    """
    from keras.src.saving.serialization_lib import SafeModeScope

    with SafeModeScope(False):
        yield


def as_here():
    """`undisturbed`, to be called in any thread, with the dtype policy of this one."""
    return functools.partial(undisturbed, policy=keras.config.dtype_policy())


@contextlib.contextmanager
def undisturbed(streams=None, policy=None):
    """What is built, drawn and trained inside touches nothing outside, and the other way round.

    Keras inside draws from random streams of this thread's own, which begin where those outside
    stand (``keras.utils.set_random_seed(seed)`` seeds these) and are yielded: they go on where
    they are handed in again as ``streams``. Afterwards its seed, its counters
    of names and its dtype policy are what they were. Code that draws from ``numpy.random`` or
    ``random`` itself stands in `through_globals`.

    On JAX the same weights are drawn with code that many shapes share: see `_one_size`. An
    interrupt of the main thread that comes while Python collects garbage is raised after that: JAX
    0.10 has the collector call a function of Python, in which it would be raised, and ignored.

    The modules that Keras draws from in ``seed_generator``, ``array_data_adapter``, ``rng_utils``
    and JAX's ``random`` and ``numpy``, and what `_cleared` knows. Without it: a lab and a cell
    that train or draw at the same time change each other's numbers.
    """
    from keras.src.backend.common import global_state

    _install()
    state = vars(global_state.GLOBAL_STATE_TRACKER)  # a threading.local()
    before = {k: v.copy() if isinstance(v, list | dict) else v for k, v in state.items()}
    outer = getattr(_own, "streams", None)
    own = types.SimpleNamespace(random=random.Random(), numpy=np.random.RandomState())
    own.random.setstate(_Streams("random", random).getstate())
    own.numpy.set_state(shuffler().get_state())
    hook, main = sys.unraisablehook, threading.current_thread() is threading.main_thread()
    try:
        if main:
            sys.unraisablehook = functools.partial(_interrupted_again, hook)
        _own.streams = streams or own
        if policy:
            keras.config.set_dtype_policy(policy)
        yield _own.streams
    finally:
        if main:
            sys.unraisablehook = hook
        _own.streams = outer
        state.clear()
        state.update(before)


def _interrupted_again(hook, lost):
    if lost.exc_type is KeyboardInterrupt:  # raised here, it would be ignored once more
        threading.Timer(0.01, _thread.interrupt_main).start()
    else:
        hook(lost)


@contextlib.contextmanager
def through_globals():
    """Inside `undisturbed`: the streams stand in the global generators of NumPy and Python.

    For a function that draws from these itself. They go on afterwards as if nothing had been.
    """
    own, _own.streams = _own.streams, None
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.setstate(own.random.getstate())
    np.random.set_state(own.numpy.get_state())  # noqa: NPY002
    try:
        yield
    finally:
        own.random.setstate(random.getstate())
        own.numpy.set_state(np.random.get_state())  # noqa: NPY002
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        _own.streams = own


def shuffler():
    """The generator that shuffles the rows in this thread: its own, or the global of NumPy."""
    return _Streams("numpy", np.random)


MOST = 10**8  # weights of one layer: 400 MB, and as much again for what an optimizer keeps

_own = threading.local()  # .streams: the random and numpy generators of a thread, or None


class _Streams:
    """A module of random numbers; in a thread with streams of its own, that stream."""

    def __init__(self, name, module):
        self._name, self._module = name, module

    def __getattr__(self, attribute):
        own = getattr(_own, "streams", None)
        return getattr(getattr(own, self._name) if own else self._module, attribute)


class _Module:
    """A module, in which other things stand for some of its names."""

    def __init__(self, module, **others):
        self._module = module
        vars(self).update(others)

    def __getattr__(self, name):
        return getattr(self._module, name)


def _apart():
    """Whether this thread draws streams of its own, and nothing is being traced in it.

    ``jax._src.core.trace_state_clean``. Without it: an array, looked at, in 0.3 ms.
    """
    from jax._src.core import trace_state_clean

    return getattr(_own, "streams", None) and trace_state_clean()


def _one_size(sampler):
    """The sampler, cutting samples from those of the next power of two: so drawn, they are equal.

    JAX compiles a sampler for each shape, and keeps it for good: each new width of a layer costs
    a tenth of a second and several megabytes. Code of one size serves all that are smaller.
    """

    def cut(key, *, shape, dtype, **settings):
        plain = dtype == "float32" and jax.config.jax_threefry_partitionable
        if not (plain and _apart()):
            return sampler(key, shape=shape, dtype=dtype, **settings)
        size = math.prod(shape)
        if size > MOST:
            raise ValueError(
                f"weights of shape {tuple(shape)} are {size:,} numbers; at most {MOST:,} find room "
                "in a lab. Give the layer fewer units, filters or inputs."
            )
        sample = sampler(key, shape=(1 << (size - 1).bit_length(),), dtype=dtype, **settings)
        return jax.device_put(np.asarray(sample)[:size].reshape(shape))

    return cut


def _filled(create, jax_create):
    """``jax.numpy.zeros`` or ``ones``, made by NumPy: nothing to compile."""

    @functools.wraps(jax_create)
    def filled(shape, dtype=None):
        if not _apart():
            return jax_create(shape, dtype)
        return jax.device_put(create(shape, dtype or keras.config.floatx()))

    return filled


def _cleared():
    """What Keras keeps for this thread, empty: ``clear_session()`` replaces that of all threads.

    ``global_state.GLOBAL_STATE_TRACKER``. Without it: a cell or a ``build`` that clears the session
    takes the seed and the names away from whatever else is being built.
    """
    from keras.src.backend.common import global_state

    vars(global_state.GLOBAL_STATE_TRACKER).clear()
    return global_state.GLOBAL_STATE_TRACKER


@functools.cache
def _install():
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator
    from keras.src.trainers.data_adapters import array_data_adapter
    from keras.src.utils import rng_utils

    global_state.threading = types.SimpleNamespace(local=_cleared)
    seed_generator.python_random = rng_utils.random = _Streams("random", random)
    array_data_adapter.np = rng_utils.np = _Module(np, random=_Streams("numpy", np.random))
    if keras.backend.backend() == "jax":
        from keras.src.backend.jax import numpy
        from keras.src.backend.jax import random as samplers

        names = "uniform", "normal", "truncated_normal"
        cut = {name: _one_size(getattr(jax.random, name)) for name in names}
        samplers.jax = _Module(samplers.jax, random=_Module(jax.random, **cut))
        numpy.zeros = _filled(np.zeros, numpy.zeros)
        numpy.ones = _filled(np.ones, numpy.ones)

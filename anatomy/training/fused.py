"""Keras ``fit()`` with an epoch in one compiled call, and the same numbers.

Plain ``fit()`` on JAX calls its compiled train step once a batch, and spends
most of a small model's time between the calls. Here ``model.fit`` still runs
(its epochs, callbacks, metrics, validation and history), but

* it is handed the *row numbers* of the data, as one batch an epoch, so that
  Keras draws the very permutation that it would draw for the data;
* ``model.train_function`` is replaced by a compiled loop over the batches
  (``loop.py``) that looks the rows up in data that stays on the device.
  ``model.test_function`` likewise, for validation.

Keras does the same inside ``steps_per_execution`` after 3.15; this file can go
when that version is the oldest one supported.
"""

import functools
import math

import numpy as np

from anatomy.training.loop import Functions, Stopped

TRAIN_STATE = (
    "trainable_variables",
    "non_trainable_variables",
    "optimizer_variables",
    "metrics_variables",
)
TEST_STATE = ("trainable_variables", "non_trainable_variables", "metrics_variables")


class Table:
    """Training or validation data, put on the device once and addressed by row.

    Args:
        x: array of shape ``(n, ...)``, or a list or dict of such arrays.
        y: targets of shape ``(n, ...)``, likewise.
        sample_weight: weights of shape ``(n,)``, or None.
        class_weight: dict from class to weight, or None.

    Attributes:
        arguments: what a plain ``fit()`` would have been given.
        batch: the same as Keras would batch it, all ``n`` rows in one.
        rows: ``np.arange(n)``.
    """

    def __init__(self, x, y=None, sample_weight=None, class_weight=None):
        self.arguments = {
            "x": x,
            "y": y,
            "sample_weight": sample_weight,
            "class_weight": class_weight,
        }

    @functools.cached_property
    def batch(self):
        import jax
        from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

        adapter = ArrayDataAdapter(**self.arguments, batch_size=len(self.rows))
        return jax.tree.map(jax.device_put, next(adapter.get_jax_iterator()))

    @functools.cached_property
    def rows(self):
        import keras

        return np.arange(len(keras.tree.flatten(self.arguments["x"])[0]), dtype="int32")


def _function(model, loop, names, table, size, stop):
    """What stands in for ``model.train_function`` or ``model.test_function``."""

    def function(state, iterator):
        order = next(iterator)
        try:
            for result in loop.epoch(state, table.batch, order, size, stop):
                logs, state = result
        except BaseException:
            # fit() took the values out of the model's variables: hand it those
            # of the last good step, and its clean-up puts them back.
            model._jax_state = dict(zip(names, state, strict=True))
            model._jax_state_synced = False
            raise
        return logs, state

    return function


def why_plain(model, callbacks=(), **arguments):
    """The reason why this ``fit()`` cannot be fused, in a few words, or None."""
    import keras
    from keras.src.utils import is_default

    if keras.backend.backend() != "jax":
        return f"the {keras.backend.backend()} backend runs its own fit()"
    if model.run_eagerly or not model.jit_compile:
        return "the model runs eagerly"
    if keras.distribution.distribution() is not None:
        return "a keras.distribution is set"
    hooks = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    for callback in callbacks:
        if not all(is_default(getattr(callback, hook)) for hook in hooks):
            return f"{type(callback).__name__} wants to be called after every batch"
    for name in ("steps_per_epoch", "validation_steps"):
        if arguments.get(name) is not None:
            return f"{name}= is given"
    if arguments.get("shuffle") == "batch":
        return 'shuffle="batch" is given'
    return None


def fit(
    model,
    x,
    y=None,
    *,
    sample_weight=None,
    class_weight=None,
    validation_data=None,
    validation_split=0.0,
    **arguments,
):
    """Trains ``model`` as ``model.fit(...)`` would, an epoch in one compiled call.

    Args:
        model: a compiled Keras model.
        x, y, sample_weight, class_weight, validation_data, validation_split: as in
            ``keras.Model.fit``, as NumPy arrays (or lists and dicts of them).
        **arguments: every other argument of ``keras.Model.fit``, and those of `fit_tables`.

    Returns:
        The ``keras.callbacks.History`` of ``model.fit``, equal to the plain one bit for
        bit. Its attribute ``plain`` is None, or says why the plain ``fit()`` ran.
    """
    if validation_split and validation_data is None:
        from keras.src.trainers.data_adapters.array_slicing import train_validation_split

        (x, y, sample_weight), validation_data = train_validation_split(
            (x, y, sample_weight), validation_split=validation_split
        )
    train = Table(x, y, sample_weight, class_weight)
    validation = Table(*validation_data) if validation_data is not None else None
    return fit_tables(model, train, validation, **arguments)


def fit_tables(
    model,
    train,
    validation=None,
    *,
    batch_size=None,
    epochs=1,
    shuffle=True,
    callbacks=(),
    functions=None,
    stop=bool,
    **arguments,
):
    """`fit` for data that is already on the device.

    Args:
        train, validation: `Table`; validation may be None.
        functions: the `Functions` of a model compiled alike, so that nothing compiles.
        stop: called between executions; where it returns True, `Stopped` is raised
            and the model keeps the weights that it has.

    Raises:
        Stopped: when ``stop()`` said so. ``model.history`` has the finished epochs.
    """
    import keras

    callbacks = list(callbacks)
    arguments = {"epochs": epochs, "shuffle": shuffle, "verbose": 0} | arguments
    plain = why_plain(model, callbacks, **arguments)
    if plain:
        return _fit_plainly(model, train, validation, batch_size, callbacks, stop, plain, arguments)

    size = min(batch_size or 32, len(train.rows))
    build(model, train, shuffle)
    functions = functions or Functions(model)
    model.train_function = _function(model, functions.train, TRAIN_STATE, train, size, stop)
    if validation is not None:
        rows = len(validation.rows)
        size = min(arguments.pop("validation_batch_size", None) or batch_size or 32, rows)
        model.test_function = _function(model, functions.test, TEST_STATE, validation, size, stop)
        arguments.update(validation_data=(validation.rows,), validation_batch_size=rows)
    watchers = keras.callbacks.CallbackList(
        callbacks,
        add_history=True,
        model=model,
        verbose=0,
        epochs=epochs,
        steps=math.ceil(len(train.rows) / (batch_size or 32)),
    )
    watchers._async_train = watchers._async_test = False  # a call an epoch needs no threads
    try:
        history = model.fit(train.rows, batch_size=len(train.rows), callbacks=watchers, **arguments)
    finally:
        model.train_function = model.test_function = None
    history.plain = None
    return history


def evaluate(model, table, *, batch_size=32, functions=None):
    """``model.evaluate(..., return_dict=True)`` of a `Table`, in one compiled call.

    Args:
        model: a compiled Keras model.
        table: `Table`; its sample weights count, as they would there, its class weights do not.
        batch_size: as in ``keras.Model.evaluate``.
        functions: the `Functions` of a model compiled alike, so that nothing compiles.

    Returns:
        dict name -> float, equal to the plain one bit for bit.
    """
    given = {k: v for k, v in table.arguments.items() if k != "class_weight"}
    if why_plain(model):
        return model.evaluate(**given, batch_size=batch_size, verbose=0, return_dict=True)
    if table.arguments["class_weight"]:
        table = Table(**given)
    build(model, table, shuffle=False)
    rows = len(table.rows)
    loop = (functions or Functions(model)).test
    size = min(batch_size, rows)
    model.test_function = _function(model, loop, TEST_STATE, table, size, bool)
    try:
        return model.evaluate(table.rows, batch_size=rows, verbose=0, return_dict=True)
    finally:
        model.test_function = None


def build(model, table, shuffle):
    """Creates what ``fit()`` would create before its first step: weights, metrics, slots."""
    import keras

    parts = (*model._flatten_layers(), model._compile_metrics, model._compile_loss)
    if not all(part.built for part in parts if part is not None):
        if shuffle:
            # fit() looks at a first batch to build, and so draws once more than it trains.
            np.random.permutation(len(table.rows))  # noqa: NPY002
        one = keras.tree.map_structure(lambda a: a[:1], table.batch)
        if model.built and len(getattr(model, "outputs", None) or ()) == 1:
            # The shapes are known: no need for _symbolic_build to trace the model.
            _, y, _ = keras.utils.unpack_x_y_sample_weight(one)
            for part in (model._compile_metrics, model._compile_loss):
                if part is not None and not part.built:
                    part.build(keras.KerasTensor(y.shape, y.dtype.name), model.outputs[0])
        else:
            return model._symbolic_build(data_batch=one)
    model._symbolic_build()


def _fit_plainly(model, train, validation, batch_size, callbacks, stop, plain, arguments):
    import keras

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if stop():
                self.model.stop_training = True

    if validation is not None:
        arguments["validation_data"] = tuple(list(validation.arguments.values())[:3])
    history = model.fit(
        **train.arguments, batch_size=batch_size, callbacks=[*callbacks, Stop()], **arguments
    )
    if stop():
        raise Stopped
    history.plain = plain
    return history

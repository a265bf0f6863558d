"""Keras ``fit()`` with an epoch in one compiled call, and the same numbers.

Plain ``fit()`` on JAX calls its compiled train step once a batch, and spends
most of a small model's time between the calls. Here ``model.fit`` still runs
(its epochs, callbacks, metrics, validation and history), but

* it is handed the *row numbers* of the data, as one batch an epoch, so that
  Keras draws the very permutation that it would draw for the data;
* ``model.train_function`` is replaced by a compiled loop over the batches
  (``compiled.py``) that looks the rows up in data that stays on the device.
  ``model.test_function`` likewise, for validation.
* Where nobody has to be called between epochs, what ``fit()`` takes for an
  epoch is several of them, validation included, in one compiled call.

Keras does the same inside ``steps_per_execution`` after 3.15; this file can go
when that version is the oldest one supported.
"""

import functools
import inspect
import math

import numpy as np

from anatomy.data import calls, gate
from anatomy.lazy import jax, keras
from anatomy.training import private
from anatomy.training.compiled import Functions
from anatomy.training.runner import Stopped

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
        suffix: what the names of these arrays end in, for messages: "" or "_val".

    Attributes:
        arguments: what a plain ``fit()`` would have been given.
        batch: the same as Keras would batch it, all ``n`` rows in one; raises where a value is no
            finite number, see `anatomy.data.checked`.
        rows: ``np.arange(n)``.
        kind: shapes of one row and dtypes, as a hashable value.
    """

    def __init__(self, x, y=None, sample_weight=None, class_weight=None, suffix=""):
        self.suffix, self._looked = suffix, False
        self.arguments = {
            "x": x,
            "y": y,
            "sample_weight": sample_weight,
            "class_weight": class_weight,
        }

    @functools.cached_property
    def batch(self):
        self._look()
        return jax.tree.map(jax.device_put, private.first_batch(self.arguments, len(self.rows)))

    def check(self, model):
        """Raises where the values are no numbers, or the model cannot take x."""
        self._look()
        gate.check_fits(model, self.arguments["x"], f"x{self.suffix}")
        if len(getattr(model, "outputs", None) or ()) == 1:
            outputs = private.output_names(model), private.outputs_structure(model)
            if why := gate.of_one(model.loss, self.arguments["y"], *outputs):
                raise ValueError(f"{why}.")

    def _look(self):
        if not self._looked:
            arrays = dict(list(self.arguments.items())[:3])
            gate.check_rows(**{f"{name}{self.suffix}": value for name, value in arrays.items()})
            gate.check_values([*arrays.values()], self.suffix)
            self._looked = True

    @functools.cached_property
    def rows(self):
        return np.arange(len(keras.tree.flatten(self.arguments["x"])[0]), dtype="int32")

    def cut(self, batch_size):
        """(arrays of all rows, row numbers, rows of a batch), as `compiled.Loop` takes them."""
        return self.batch, self.rows, min(batch_size or 32, len(self.rows))

    @functools.cached_property
    def kind(self):
        leaves, structure = jax.tree.flatten(self.batch)
        return structure, tuple((a.shape[1:], a.dtype.name) for a in leaves)


def tables(data):
    """Training and validation `Table` of what a student hands over; see `anatomy.data.checked`.

    Args:
        data: an ``anatomy.data.Split``, or ``(x, y)``, or ``((x, y), (x_val, y_val))``.

    Returns:
        ``(train, validation)``; validation is None for ``(x, y)``.

    Raises:
        TypeError: for anything else; a wrong value is told by the first who looks at ``batch``.
    """
    train, validation = gate.parts(data)
    return Table(*train), validation and Table(*validation, suffix="_val")


def samples(data):
    """(training `Table` or None, x, y) of what is to be looked at: what is kept for validation.

    ``data``: as for `tables`, or an array x alone, of which y is None.
    """
    if isinstance(data, np.ndarray):
        gate.check_values((data,))
        return None, data, None
    train, validation = tables(data)
    arguments = (validation or train).arguments
    gate.check_values([arguments["x"]], (validation or train).suffix)
    return train, arguments["x"], arguments["y"]


def why_plain(model, callbacks=(), **arguments):
    """The reason why this ``fit()`` cannot be fused, in a few words, or None."""
    if keras.backend.backend() != "jax":
        return f"the {keras.backend.backend()} backend runs its own fit()"
    if model.run_eagerly or not model.jit_compile:
        return "the model runs eagerly"
    if keras.distribution.distribution() is not None:
        return "a keras.distribution is set"
    hooks = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    for callback in callbacks:
        if not all(private.is_default(getattr(callback, hook)) for hook in hooks):
            return f"{type(callback).__name__} wants to be called after every batch"
    for name in ("steps_per_epoch", "validation_steps"):
        if arguments.get(name) is not None:
            return f"{name}= is given"
    if arguments.get("shuffle") == "batch":
        return 'shuffle="batch" is given'
    return None


@calls.validated(validation_data=calls.listed)
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
    check_compiled(model)
    known = [*inspect.signature(fit_tables).parameters, *inspect.signature(model.fit).parameters]
    for name, value in arguments.items():
        calls.one_of("argument", name, known)
        if name in calls.KINDS and value is not None:
            calls.KINDS[name](name, value)
    if validation_split and validation_data is None:
        parts = private.split_off((x, y, sample_weight), validation_split)
        (x, y, sample_weight), validation_data = parts
    train = Table(x, y, sample_weight, class_weight)
    train.check(model)
    validation = validation_data and Table(*validation_data, suffix="_val")
    return fit_tables(model, train, validation, **arguments)


def check_compiled(model):
    """Raises for a model that is not compiled."""
    if not model.compiled:
        raise ValueError(
            f"model {model.name!r} is not compiled; first call "
            "model.compile(optimizer=..., loss=...)."
        )


def check_differentiable(model, what):
    """Raises where the loss of a model has no gradient by its weights; ``what`` needs it."""
    check_jax(what)
    check_compiled(model)
    if not model.built:
        raise ValueError(f"model {model.name!r} is not built: start it with keras.Input(shape).")
    if not model.trainable_variables:
        raise ValueError(f"model {model.name!r} has no trainable weights: its loss has no slope.")


def check_jax(what):
    """Raises on another backend, where ``what`` cannot be had."""
    if keras.backend.backend() != "jax":
        raise NotImplementedError(
            f"{what} is there on the JAX backend only, and this is {keras.backend.backend()!r}: "
            "set KERAS_BACKEND=jax before Keras is imported."
        )


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
    on_epochs=lambda logs: None,
    ends=lambda logs: False,
    each=False,
    stop=bool,
    **arguments,
):
    """`fit` for data that is already on the device.

    Args:
        train, validation: `Table`; validation may be None.
        functions: the `Functions` of a model compiled alike, so that nothing compiles.
        on_epochs: called with a list, the logs of each epoch that has ended since the last call;
            the model has the weights of the last one.
        ends: whether training ends with an epoch of these logs.
        each: whether ``on_epochs`` has to see the model after every epoch.
        stop: called between executions; where it returns True, `Stopped` is raised
            and the model keeps the weights that it has.

    Raises:
        Stopped: when ``stop()`` said so. ``model.history`` has the finished epochs.
    """
    several = not (callbacks or arguments or keras.config.max_epochs())
    arguments = {"epochs": epochs, "shuffle": shuffle, "verbose": 0} | arguments
    ended, new = [], []  # logs of epochs; those of which nobody has been told

    def end(epoch, logs):
        logs = [*new] or [logs]
        new.clear()
        ended.extend(logs)
        on_epochs(logs)
        if stop():
            raise Stopped
        if ends(logs[-1]) or (several and len(ended) >= epochs):
            model.stop_training = True

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=end), *(callbacks or ())]
    plain = why_plain(model, callbacks, **arguments)
    if plain:
        return _fit_plainly(model, train, validation, batch_size, callbacks, stop, plain, arguments)

    build(model, train, shuffle)
    functions = functions or Functions(model)
    several = several and functions.several
    data, rows = train.cut(batch_size), len(train.rows)
    if validation is not None:
        unseen = validation.cut(arguments.pop("validation_batch_size", None) or batch_size)
    if several:
        model.train_function = _function(
            model, TRAIN_STATE, functions.train, data, stop, new, shuffle=shuffle, ends=ends,
            validation=validation and unseen, most=lambda: 1 if each else epochs - len(ended),
        )  # fmt: skip
    else:
        model.train_function = _function(model, TRAIN_STATE, functions.train, data, stop, [])
        if validation is not None:
            model.test_function = _function(model, TEST_STATE, functions.test, unseen, stop, [])
            whole = {"validation_data": (validation.rows,)}
            arguments |= whole | {"validation_batch_size": len(validation.rows)}
    watchers = keras.callbacks.CallbackList(
        callbacks,
        add_history=True,
        model=model,
        verbose=0,
        epochs=epochs,
        steps=math.ceil(rows / (batch_size or 32)),
    )
    arguments["callbacks"] = private.in_this_thread(watchers)
    try:
        history = model.fit(train.rows, batch_size=rows, **arguments)
    finally:
        model.train_function = model.test_function = None
        if several:
            history = model.history
            history.history = {name: [logs[name] for logs in ended] for name in (ended or [{}])[0]}
            history.epoch = [*range(len(ended))]
    history.plain = None
    return history


def _function(model, names, loop, data, stop, new, *, most=lambda: 1, shuffle=False, **settings):
    """What stands in for ``model.train_function`` or ``model.test_function``.

    What Keras takes for an epoch may be several of them: ``new``, a list, is then their logs.
    """
    arrays, rows, size = data

    def orders(first, before):
        yield np.asarray(first)
        while True:
            before.append(private.shuffler().get_state())
            yield private.shuffler().permutation(rows) if shuffle else rows

    def function(state, iterator):
        order, ended = orders(next(iterator), before := []), []
        try:
            for logs, after in loop.run(state, arrays, order, size, most=most(), **settings):
                state = after
                ended += map(private.plain_numbers, logs)
                if stop():
                    break
            if not ended:
                raise Stopped
        except BaseException:
            # fit() took the values out of the model's variables: hand it those
            # of the last good step, and its clean-up puts them back.
            private.put_back(model, names, state)
            raise
        finally:  # orders of epochs that have not come are drawn again when they come
            for unused in before[max(len(ended) - 1, 0) :][:1]:
                private.shuffler().set_state(unused)
        new[:] = ended
        return ended[-1], state

    return function


def state_of(model):
    """The values of a model's variables, as `TRAIN_STATE` has them: four lists of arrays.

    These are copies, since ``fit()`` gives the arrays that it finds in a model away.
    """
    variables = model.trainable_variables, model.non_trainable_variables
    variables += model.optimizer.variables, model.metrics_variables
    return tuple([np.array(one.value) for one in group] for group in variables)


def weights_of(model, state):
    """The weights of a model out of a state, as ``model.get_weights()`` has them."""
    variables = model.trainable_variables + model.non_trainable_variables
    arrays = dict(zip(map(id, variables), [*state[0], *state[1]], strict=True))
    return [np.asarray(arrays[id(variable)]) for variable in model.weights]


@calls.validated
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
    loop = (functions or Functions(model)).test
    model.test_function = _function(model, TEST_STATE, loop, table.cut(batch_size), bool, [])
    try:
        return model.evaluate(table.rows, batch_size=len(table.rows), verbose=0, return_dict=True)
    finally:
        model.test_function = None


def build(model, table, shuffle):
    """Creates what ``fit()`` would create before its first step: weights, metrics, slots."""
    if shuffle and not private.is_built(model):
        # fit() looks at a first batch to build, and so draws once more than it trains.
        private.shuffler().permutation(len(table.rows))
    private.build_as_fit(model, lambda: keras.tree.map_structure(lambda a: a[:1], table.batch))


def _fit_plainly(model, train, validation, batch_size, callbacks, stop, plain, arguments):
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

"""One run of a student's function: seed, build, compile, fit, as a plain script would."""

import math
import re
import time

import numpy as np

from anatomy.training.compiled import store
from anatomy.training.fused import Table, fit_tables
from anatomy.training.loop import Stopped


class Run:
    """What was asked of one training, and what came of it.

    Args:
        build: a function of keyword arguments that returns a compiled Keras model.
        parameters: dict, the arguments for ``build``.
        epochs, batch_size: integers, as in ``fit()``.
        seed: integer for ``keras.utils.set_random_seed``, before ``build`` is called.
        policy: name of the Keras dtype policy, or None for this thread's.

    Attributes:
        status: "idle", "compiling", "training", then "done", "stopped" (by request),
            "diverged" (a loss that is no finite number) or "failed" (an exception).
        history: dict name -> list of floats, an entry for every finished epoch.
        model: the trained model, or None where ``build`` failed.
        error: the exception of a failed run, or None.
        plain: None, or why the plain ``fit()`` ran instead of the fused one.
        seconds: how long it took, to the present epoch.
    """

    def __init__(self, build, parameters, *, epochs, batch_size, seed=0, policy=None):
        self.build, self.parameters = build, dict(parameters)
        self.epochs, self.batch_size, self.seed, self.policy = epochs, batch_size, seed, policy
        self.status, self.history = "idle", {}
        self.model = self.error = self.plain = None
        self.seconds = 0.0

    @property
    def epoch(self):
        """How many epochs are finished."""
        return len(self.history.get("loss", ()))

    def fit(self, train, validation=None, *, on_change=lambda run: None, stop=bool):
        """Trains; never raises what a student's function raised.

        Args:
            train, validation: `Table`; validation may be None.
            on_change: called with this run at each change of status and after each epoch.
            stop: called between executions; True stops.

        Returns:
            The run itself.
        """
        self._begin = time.perf_counter()
        try:
            self._fit(train, validation, on_change, stop)
        except Stopped:
            self._enter("stopped", on_change)
        except Exception as error:
            self.error = error
            self._enter("failed", on_change)
        else:
            self._enter("done" if self.diverged is None else "diverged", on_change)
        return self

    @property
    def diverged(self):
        """The last loss where it is NaN or infinite, else None."""
        loss = self.history.get("loss", [0.0])[-1]
        return None if math.isfinite(loss) else loss

    def _enter(self, status, on_change):
        self.status, self.seconds = status, time.perf_counter() - self._begin
        on_change(self)

    def built(self):
        """Seeds, builds and compiles as a script would: the model, before its fit()."""
        import keras
        from keras.src.utils.naming import reset_uids

        if self.policy and keras.config.dtype_policy().name != self.policy:
            keras.config.set_dtype_policy(self.policy)
        reset_uids()  # layers are named as in a fresh process
        keras.utils.set_random_seed(self.seed)
        model = self.build(**self.parameters)
        if not isinstance(model, keras.Model) or not model.compiled:
            raise TypeError(
                f"{self.build.__name__}() must return a compiled keras.Model; it returned "
                f"{model!r}. End it with model.compile(optimizer=..., loss=...) and return model."
            )
        return model

    def _fit(self, train, validation, on_change, stop):
        import keras

        self.model = model = self.built()
        functions, found = store.functions(model)
        self._enter("training" if found else "compiling", on_change)

        def on_epoch_end(epoch, logs):
            for name, value in logs.items():
                self.history.setdefault(name, []).append(value)
            if self.diverged is not None:
                model.stop_training = True
            self._enter("training", on_change)

        history = fit_tables(
            model,
            train,
            validation,
            epochs=self.epochs,
            batch_size=self.batch_size,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=on_epoch_end)],
            functions=functions,
            stop=stop,
        )
        self.plain = history.plain


def readable(error):
    """An exception as one line: its kind and the sentence of its message that matters."""
    text = re.sub(r"\x1b\[\d*m", "", str(error)).strip()
    # Keras wraps an error in a layer: "Exception encountered when calling ...", a blank
    # line, the message, a blank line, "Arguments received by ...".
    parts = [part for part in text.split("\n\n") if part.strip()]
    if len(parts) > 1 and parts[0].startswith("Exception encountered"):
        parts = parts[1:]
    line = " ".join(parts[0].split()) if parts else "no message"
    return f"{type(error).__name__}: {line[:300]}"


def tables(data):
    """Training and validation `Table` of what a student hands over.

    Args:
        data: an ``anatomy.data.Split``, or ``(x, y)``, or ``((x, y), (x_val, y_val))``
            of NumPy arrays; for a model of several inputs or outputs x or y is a list or
            dict of arrays.

    Returns:
        ``(train, validation)``; validation is None for ``(x, y)``.

    Raises:
        TypeError: for anything else, or rows that do not match.
    """
    if hasattr(data, "x_train"):
        pairs = [(data.x_train, data.y_train), (data.x_val, data.y_val)]
    elif isinstance(data, tuple) and all(isinstance(part, tuple) for part in data):
        pairs = list(data)
    else:
        pairs = [data]
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(map(_is_table, pair))):
            raise TypeError(
                f"data is {_named(data)}; give a split such as data.digits(), or NumPy arrays "
                "as (x, y) or ((x, y), (x_val, y_val))."
            )
        x, y = ([len(array) for array in _arrays(part)] for part in pair)
        if len({*x, *y}) > 1:
            raise TypeError(
                f"x has {_listed(x)} rows and y has {_listed(y)}: {_named(pair)}; "
                "give one target for each sample."
            )
    return Table(*pairs[0]), Table(*pairs[1]) if len(pairs) > 1 else None


def _is_table(value):
    arrays = _arrays(value)
    return bool(arrays) and all(isinstance(one, np.ndarray) and one.ndim > 0 for one in arrays)


def _arrays(value):
    """The arrays of x or y: one, or those in a list or dict."""
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else [value]


def _listed(counts):
    return " and ".join(map(str, counts))


def _named(value):
    """What a value is, briefly: arrays by shape."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_named, value))})"
    if isinstance(value, list) and any(isinstance(one, np.ndarray) for one in value):
        return f"[{', '.join(map(_named, value))}]"
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    return f"{type(value).__name__} {value!r:.60}"

"""One run of a student's function: seed, build, compile, fit, as a plain script would."""

import contextlib
import inspect
import math
import random
import time
import weakref

import numpy as np

from anatomy.data import calls
from anatomy.lazy import keras
from anatomy.training import private
from anatomy.training.compiled import store
from anatomy.training.divergence import cause
from anatomy.training.fused import fit_tables, why_plain
from anatomy.training.runner import Stopped, between_cells, interrupts

SEED = 0  # where none is asked for


class Run:
    """What was asked of one training, and what came of it.

    It draws from random streams of its own: the same seed gives the same numbers, whatever
    else is trained or drawn at the same time, and the states of NumPy, Python and Keras are
    left as they were.

    Args:
        build: a function of keyword arguments that returns a compiled Keras model.
        parameters: dict, the arguments for ``build``.
        epochs, batch_size: integers, as in ``fit()``.
        seed: integer for ``keras.utils.set_random_seed``, before ``build`` is called.
        patience: that of an ``EarlyStopping`` on the validation loss, which gives the model the
            weights of its best epoch at the end; None: every epoch is trained.
        each: whether ``on_change`` has to see the model after every single epoch; else, of epochs
            that are quicker than a screen, it sees the last.

    Attributes:
        status: "idle", "compiling", "training", then "done", "stopped" (by request),
            "diverged" (a loss that is no finite number) or "failed" (an exception).
        history: dict name -> list of floats, an entry for every finished epoch.
        model: the trained model, or None where ``build`` failed.
        error: the exception of a failed run, or None.
        cause: of a diverged run, a sentence that says what is wrong with its data, layers or loss;
            "" where the learning rate is to blame.
        outside: a sentence on a model, layer or optimizer that was made outside ``build``, or "".
        plain: None, or why the plain ``fit()`` ran instead of the fused one.
        seconds: how long it took, to the present epoch.
    """

    @calls.validated(parameters=calls.table, epochs=calls.count(0))
    def __init__(
        self, build, parameters, *, epochs, batch_size, seed=SEED, patience=None, each=False
    ):
        self.build, self.parameters = build, dict(parameters)
        self.patience, self.each = patience, each
        self.epochs, self.batch_size, self.seed = epochs, batch_size, seed
        self.status, self.history, self.cause, self.outside = "idle", {}, "", ""
        self.model = self.error = self.plain = None
        self.seconds = 0.0

    @property
    def epoch(self):
        """How many epochs are finished."""
        return len(self.history.get("loss", ()))

    @property
    def diverged(self):
        """The last loss where it is NaN or infinite, else None."""
        loss = self.history.get("loss", [0.0])[-1]
        return None if math.isfinite(loss) else loss

    def fit(self, train, validation=None, *, on_change=lambda run: None, stop=bool):
        """Trains; never raises what a student's function raised.

        Args:
            train, validation: `Table`; validation may be None.
            on_change: called with this run at each change of status and after each epoch.
            stop: called between executions; True stops.

        Returns:
            The run itself.

        Raises:
            KeyboardInterrupt: of the student who interrupts the main thread.
        """
        self._begin = time.perf_counter()
        try:
            with private.undisturbed():
                self._fit(train, validation, on_change, stop)
        except Stopped:
            self._enter("stopped", on_change)
        except BaseException as error:  # sys.exit() in a build, say
            if interrupts(error):
                self.status = "stopped"
                raise
            self.error = error
            self._enter("failed", on_change)
        else:
            if self.diverged is not None:
                self.cause = cause(self, train)
            self._enter("done" if self.diverged is None else "diverged", on_change)
        return self

    def built(self):
        """Seeds, builds and compiles as a script would: the model, before its fit()."""
        with private.undisturbed():
            return self.start()

    def start(self):
        """`built` inside ``private.undisturbed()``, whose random streams go on to the fit()."""
        return start(self.build, self.parameters, self.seed)

    def _fit(self, train, validation, on_change, stop):
        self.model = model = self.start()
        self.outside = outside(self.build, model)
        functions = found = None
        if not why_plain(model):
            rows = [table and (table.kind, len(table.rows)) for table in (train, validation)]
            size = self.batch_size, self.patience is None, *rows
            functions, found = store.functions(model, train, size)
            found = found and size in functions.sizes
        if not found:
            _check(model, train, validation)
        self._enter("training" if found else "compiling", on_change)

        def on_epochs(logs):
            if functions:
                functions.sizes.add(size)
            for epoch in logs:
                for name, value in epoch.items():
                    self.history.setdefault(name, []).append(value)
            self._enter("training", on_change)

        early = keras.callbacks.EarlyStopping(
            "val_loss", patience=self.patience or 0, restore_best_weights=True
        )
        self.plain = fit_tables(
            model,
            train,
            validation,
            epochs=self.epochs,
            batch_size=self.batch_size,
            callbacks=[early] * (self.patience is not None),
            functions=functions,
            on_epochs=on_epochs,
            ends=lambda logs: not math.isfinite(logs.get("loss", 0.0)),
            each=self.each,
            stop=stop,
        ).plain

    def _enter(self, status, on_change):
        self.status, self.seconds = status, time.perf_counter() - self._begin
        on_change(self)


def _check(model, train, validation):
    """Raises where the loss of a model is none, or it cannot take the data."""
    if inspect.isfunction(model.loss):
        try:
            calls.cost(model.loss, *model.outputs[:1] * 2)
        except calls.NoLoss:
            raise
        except Exception:  # of the loss itself: fit() will say so, of the real arrays
            pass
    for table in filter(None, (train, validation)):
        table.check(model)


def call(build, parameters, seed=SEED):
    """What ``build`` makes right after ``keras.utils.set_random_seed(seed)``, as in a script.

    Inside ``private.undisturbed()``, whose streams the seed is for. Where ``build`` draws from
    the student's generators itself it is called while no cell of the student's runs.
    """
    outside = [v for _, v in used(build) if isinstance(v, keras.Layer) and hasattr(v, "name")]
    private.fresh_names([one.name for layer in outside for one in private.flat_layers(layer)])
    keras.utils.set_random_seed(seed)
    own = draws_itself(build)
    with contextlib.ExitStack() as inside:
        if own or keras.backend.backend() != "jax":
            inside.enter_context(between_cells())
        if own:
            inside.enter_context(private.through_globals())
        return build(**parameters)


def start(build, parameters, seed=SEED):
    """`call`, where that is a compiled model; raises TypeError where it is none."""
    model = call(build, parameters, seed)
    if not isinstance(model, keras.Model) or not model.compiled:
        raise TypeError(
            f"{name_of(build)}() must return a compiled keras.Model; it returned {model!r}. "
            "End it with model.compile(optimizer=..., loss=...) and return model."
        )
    _check_new(build, model)
    return model


_seen = weakref.WeakSet()  # models, optimizers and layers of earlier runs


def _check_new(build, model):
    """Raises where the model, its optimizer or a layer that trains is of an earlier run."""
    for kind, part in _trained(model):
        if part in _seen:
            raise ValueError(_made_outside(build, kind, part))
    _seen.update(part for _, part in _trained(model))


def _trained(model):
    """Pairs of a kind and a model, its optimizer, and each of its layers that trains."""
    yield "model", model
    yield "optimizer", getattr(model.optimizer, "inner_optimizer", model.optimizer)
    for layer in private.flat_layers(model)[1:]:
        if layer.trainable and private.own_variables(layer, True):
            yield "layer", layer


def _made_outside(build, kind, part):
    return (
        f"the {kind} {type(part).__name__} was made outside {name_of(build)}(), so it goes on from "
        f"where the last run left it. Make a new {kind} inside: every run begins anew."
    )


def outside(build, model):
    """A sentence on what of a model ``build`` found outside itself by name, or ""."""
    values = [value for _, value in used(build)]
    for kind, part in _trained(model):
        if any(value is part for value in values):
            return _made_outside(build, kind, part).replace("the", "The", 1)
    return ""


def name_of(build):
    """The name of a function, also of one that has none, such as a ``functools.partial``."""
    return getattr(build, "__name__", "build")


def used(function, seen=()):
    """(name, value) of all that a function uses, as far as its code tells, and of what that uses.

    Of names that have no value, attributes among them, the value is None.
    """
    function = inspect.unwrap(getattr(function, "func", function))  # of a functools.partial
    yield "", getattr(function, "__self__", None)
    function = getattr(function, "__func__", function)
    if not inspect.isfunction(function) or function in seen:
        return
    try:
        names = inspect.getclosurevars(function)
    except ValueError:  # a name that has no value yet: it may be anything
        yield "random", None
        return
    values = names.nonlocals | names.globals
    for name, value in (dict.fromkeys([*names.unbound, *names.builtins]) | values).items():
        yield name, value
        if callable(value):
            yield from used(value, (*seen, function))


def draws_itself(function):
    """Whether a function draws from NumPy's or Python's own generators, as far as names tell.

    It does where its code, or that of a function that it names, has "random" in it; that
    ``keras.random`` counts too does no harm.
    """
    generators = random.Random | np.random.RandomState
    return any(name == "random" or isinstance(value, generators) for name, value in used(function))


def unnoticed(function):
    """Whether nobody notices a call more: it draws and changes nothing, as far as names tell."""
    tells = {"random", "print", "display", "open"}
    return not any(
        name in tells or isinstance(value, list | dict | set | random.Random)
        for name, value in used(function)
    )


def copied(model, weights):
    """A copy of a compiled model, with these weights, and without metrics."""
    copy = keras.models.clone_model(model)
    copy.set_weights(weights)
    return compiled_like(copy, model, metrics=None, weighted_metrics=None)


def compiled_like(copy, model, **settings):
    """A copy of a model, compiled as that is but for these settings; with an optimizer anew."""
    if own := private.compile_settings(model):
        own["optimizer"] = model.optimizer.from_config(model.optimizer.get_config())
        copy.compile(**own | settings)
    return copy

"""A fit(), as the path that it takes through a hypothesis space, and how near a target it comes."""

import contextlib
import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from anatomy.data import calls
from anatomy.hypotheses.search.map import Map
from anatomy.hypotheses.space.facts import Space, checked_model, checked_x, distance, evaluate
from anatomy.lazy import keras
from anatomy.training import private, store, tables
from anatomy.training.fused import fit_tables
from anatomy.training.run import call
from anatomy.training.runner import Stopped, one_at_a_time

REACHED = 0.05  # of the target's spread: nearer is reached


@dataclass(frozen=True, eq=False)
class Path(Space):
    """The hypotheses that a training went through, from the first guess to the last.

    Attributes:
        epochs: ``(n,)`` ints, after how many epochs each is; 0 is the first guess.
        history: dict of lists, as ``fit()`` returns it.
        points: the (x, y) that it was trained on.
        All else is as in `Space`; ``model`` is the trained one.
    """

    epochs: np.ndarray = None
    history: dict = field(default_factory=dict)
    points: tuple = None


@calls.validated
def path(build, data, x, *, epochs, every=1, batch_size=32, seed=0, on_change=bool, stop=bool):
    """Trains a model, and keeps the function that it is at the start and as it learns.

    Args:
        build: function without arguments that returns a compiled keras.Model.
        data: a split such as ``data.waves()``, or ``(x, y)``, to train on.
        x: ``(m, features)``, where the functions are looked at.
        epochs, batch_size: as for ``fit()``.
        every: keep one function each so many epochs; the first and the last are kept always.
        seed: for ``keras.utils.set_random_seed``: initial weights and shuffling.
        on_change: called with the path so far, whenever it has grown.
        stop: called between executions; where it returns True, the path ends there.

    Returns:
        Path: the functions, their weights and epochs. A training that diverged ends before.

    Raises:
        TypeError, ValueError: as `sample`; or what ``build`` or ``fit()`` raised.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    train, _ = tables(data)
    with one_at_a_time(), private.undisturbed():
        model = checked_model(lambda: call(build, {}, seed))
        x = checked_x(model, x)
        if not model.compiled:
            raise ValueError(f"model {model.name!r} is not compiled: it has no loss to train by.")
        start = evaluate(model, x, [model.get_weights()])
        points = train.arguments["x"], train.arguments["y"]
        growing = Path(model, x, start.outputs, start.weights, None, np.zeros(1, int), {}, points)
        on_change(growing)

        def keep(epoch, logs):
            nonlocal growing
            if not math.isfinite(logs["loss"]):
                watch.model.stop_training = True
            elif epoch % every == 0 or epoch == epochs:
                history = {name: list(values) for name, values in model.history.history.items()}
                growing = _longer(growing, epoch, watch.model.get_weights(), history)
                on_change(growing)

        # Keras has the weights of a model in training; watch.model asks for them.
        watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda n, logs: keep(n + 1, logs))
        with contextlib.suppress(Stopped):
            fit_tables(
                model, train, epochs=epochs, batch_size=batch_size, callbacks=[watch],
                functions=store.functions(model, train)[0], stop=stop,
            )  # fmt: skip
    return replace(growing, history=model.history.history)


def _longer(path, epoch, weights, history):
    """The path and one more function."""
    step = evaluate(path.model, path.x, [weights])
    return replace(
        path,
        outputs=np.concatenate([path.outputs, step.outputs]),
        weights=[np.concatenate(pair) for pair in zip(path.weights, step.weights, strict=True)],
        epochs=np.append(path.epochs, epoch),
        history=history,
    )


class Search:
    """A path through a space, and how far from a target it and the space's members are.

    Functions that are not finite are left out: a training that diverged ends before.

    Args:
        space: a `Space`, members sampled of the topology.
        path: a `Path` of the same topology on the same x; None: nothing is trained yet.
        target: what the wanted function is on this x, ``(m, outputs)``; None: not known.

    Attributes:
        members, guesses: functions ``(n, m, outputs)`` of the space and of the path, and the
            ``epochs`` of the guesses.
        goal: the function to measure from: the target, or else the first guess.
        distances, sampled: of the guesses and of the members from the goal, ``(n,)``.
        spread: the standard deviation of the target, 1 where that is 0 or no target is given.
        enough: how near is near enough, 5% of that.
        nearest: the smallest distance known. last: that of the last guess, infinite before one.
        reached: whether the nearest is nearer than that.
        missed: whether the last guess is not, and a function is known that is nearer by 5% or more.
        diverged: whether functions of the path were left out.
        map: the `Map` of them all.

    Raises:
        ValueError: for a space, path and target that do not fit each other, or are not finite.
    """

    @calls.validated
    def __init__(self, space, path=None, target=None):
        if path is None and target is None:
            raise ValueError("path and target are None; give one of them.")
        if path is None:
            path = Path(space.model, space.x, space.outputs[:0], [], None, np.zeros(0, int))
        if space.x.shape != path.x.shape or not np.array_equal(space.x, path.x):
            raise ValueError(
                f"The space is sampled on x {space.x.shape} and the path on x {path.x.shape}, not "
                "the same points; give both the same x."
            )
        if space.outputs.shape[1:] != path.outputs.shape[1:]:
            raise ValueError(
                f"A function of the space has outputs {space.outputs.shape[1:]} and one of the "
                f"path {path.outputs.shape[1:]}; give a space and a path of the same topology."
            )
        self.space, self.path = space, path
        self.target = None if target is None else _checked(target, path.outputs.shape[1:])
        until = len(path) if path.finite.all() else int(np.argmin(path.finite))
        self.members = space.outputs[space.finite]
        self.guesses, self.epochs = path.outputs[:until], path.epochs[:until]
        self.diverged = until < len(path)
        for name, functions in (("space", self.members), ("path", self.guesses)):
            if not len(functions) and (name == "space" or len(path)):
                raise ValueError(f"No function of the {name} is finite: there is nothing to show.")
        self.goal = self.guesses[0] if target is None else self.target
        self.distances, self.sampled = (
            distance(functions, self.goal) for functions in (self.guesses, self.members)
        )
        self.spread = 1.0 if target is None else float(np.std(self.target)) or 1.0
        self.last = float(self.distances[-1]) if len(path) else np.inf
        self.nearest = float(min(self.sampled.min(), self.distances.min(initial=np.inf)))
        self.enough = REACHED * self.spread
        self.reached = target is not None and self.nearest < self.enough
        left = target is not None and self.enough <= self.last < np.inf
        self.missed = left and self.nearest < 0.95 * self.last

    @cached_property
    def map(self):
        return Map(self.guesses, self.members, self.goal)

    @property
    def reason(self):
        """What follows for topology and search; no more than what is known."""
        if self.target is None:
            return "Whether it should have gone further, only a target could tell."
        if not len(self.guesses):
            return "Nothing is trained yet: of the members, only these were drawn."
        if self.missed:
            sampled = self.sampled.min() < self.distances.min()
            epoch = self.epochs[self.distances.argmin()]
            which = "a sampled member" if sampled else f"the guess after epoch {epoch}"
            end = "find it" if sampled else "stay there"
            rest = "" if self.reached else " Whether another is nearer, this cannot tell."
            return f"It is {which}: the topology allows it, the search did not {end}.{rest}"
        if self.reached:
            return (
                f"Below {REACHED:.0%} is reached: the topology allows it and the search found it."
            )
        return (
            "Topology or search? This cannot tell: weights that were neither drawn nor trained "
            "may come nearer."
        )


def _checked(target, shape):
    """The target's values as an array like one function's outputs, or an error."""
    target = np.asarray(target, "float64")
    if target.shape != shape and (target.shape != shape[:1] or shape[1:] != (1,)):
        raise ValueError(
            f"target has shape {target.shape}; give its values on the path's x, {shape}."
        )
    return target.reshape(shape)

"""The path that a Keras optimizer takes down a surface."""

import functools
import json
from dataclasses import dataclass

import numpy as np

from anatomy.base.words import number
from anatomy.data import calls
from anatomy.data.calls import whole
from anatomy.lazy import jax, keras
from anatomy.optimizers.race.surfaces import surface as surface_of
from anatomy.optimizers.update.facts import fresh
from anatomy.training.backends import compiled, value_and_grad
from anatomy.training.step import unusual


@dataclass(frozen=True, eq=False)
class Path:
    """Where an optimizer went, step by step. From the step on that leaves all numbers, NaN.

    Attributes:
        optimizer: the call that makes it, such as "SGD(learning_rate=0.1, momentum=0.9)".
        points: ``(steps + 1, 2)``, the start and where each step led.
        losses: ``(steps + 1,)``, the loss over all data at each of them.
        gradients: ``(steps, 2)``, what each step was given: that of its mini-batch, if any.
    """

    optimizer: str
    points: np.ndarray
    losses: np.ndarray
    gradients: np.ndarray

    def __len__(self):
        return len(self.gradients)

    @property
    def diverged(self):
        """The first step that led out of all numbers, or None."""
        return _first(~np.isfinite(self.losses))

    def left(self, extent):
        """The first step that led out of ``(x0, x1, y0, y1)``, or None."""
        x0, x1, y0, y1 = extent
        x, y = self.points.T
        return _first(~((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)))


@calls.validated(steps=calls.count(1, 100_000))
def path(optimizer, surface, start=None, steps=100, *, batch_size=None, seed=0):
    """Lets a fresh copy of a Keras optimizer walk down a surface.

    w <- w + what the optimizer makes of the gradient at w. Both weights are one variable of
    shape ``(2,)``, which matters only to optimizers that look at more than one number at a time.

    Args:
        optimizer: a ``keras.optimizers.Optimizer``, which is left as it is, or a name.
        surface: an `anatomy.optimizers.Surface`, or the name of one.
        start: ``(2,)``; None: the surface's own.
        steps: whole number from 1 up.
        batch_size: rows of the surface's data for each gradient, drawn as ``fit()`` draws them:
            an order of all rows by chance, batch after batch; a last one that is not full is
            left out. None: all rows.
        seed: of the orders.

    Returns:
        Path: on JAX of one compiled call, elsewhere of a loop.

    Raises:
        TypeError: for what is no optimizer.
        ValueError: for a start that is not two numbers, steps below 1, or a batch size that the
            data do not have.

    Source: ``keras.optimizers.Optimizer.stateless_apply``.
    """
    optimizer, surface = fresh(optimizer), surface_of(surface)
    start = np.array(surface.start if start is None else start, "float32")
    if start.shape != (2,):
        raise ValueError(f"start is {start.tolist()}; give two numbers.")
    rows = batches(surface, batch_size, steps, seed)
    walk = _compiled if keras.backend.backend() == "jax" else _looped
    points, losses, gradients = walk(optimizer, surface, start, steps, rows)
    lost = ~(np.isfinite(points).all(axis=1) & np.isfinite(losses))
    if lost.any():
        first = lost.argmax()
        points[first:], losses[first:], gradients[first:] = np.nan, np.nan, np.nan
    return Path(written(optimizer), points, losses, gradients)


def batches(surface, batch_size, steps, seed=0):
    """Which rows each step sees: ``(steps, batch_size)``, or None for all of them."""
    if batch_size is None:
        return None
    if surface.samples is None:
        raise ValueError(f"{surface.name} has no data, so no batches: leave batch_size out.")
    full = surface.samples // whole("batch_size", batch_size, 1, surface.samples)
    rng = np.random.default_rng(seed)
    epochs = [rng.permutation(surface.samples) for _ in range(-(-steps // full))]
    orders = np.stack(epochs)[:, : full * batch_size]
    return orders.reshape(-1, batch_size)[:steps].astype("int32")


def written(optimizer):
    """The call that makes an optimizer: its learning rate, and what is not as Keras has it."""
    rate = optimizer.get_config()["learning_rate"]
    rate = number(rate) if isinstance(rate, float) else f"{rate['class_name']}(...)"
    others = "".join(f", {name}={value!r}" for name, value in unusual(optimizer).items())
    return f"{type(optimizer).__name__}(learning_rate={rate}{others})"


def _compiled(optimizer, surface, start, steps, rows):
    """Points, losses and gradients, of one compiled call."""
    config = optimizer.get_config()
    rate = config["learning_rate"]
    if isinstance(rate, float):  # a variable: another value compiles nothing
        config["learning_rate"] = 0.0
    settings = json.dumps(config | {"name": None}, sort_keys=True)
    walk, state, place = _program(surface, type(optimizer), settings, steps)
    if place is not None:
        state = [*state[:place], np.float32(rate), *state[place + 1 :]]
    return [np.array(a) for a in walk(state, start, rows)]


@functools.lru_cache(maxsize=128)
def _program(surface, kind, settings, steps):
    """The compiled walk of all optimizers that differ in their rate only.

    Returns:
        the walk, the optimizer's state at first, and where in it the rate stands, or None.
    """
    optimizer = kind.from_config(json.loads(settings))
    optimizer.build([keras.Variable(np.zeros(2, "float32"), name="w")])
    names = [variable.name for variable in optimizer.variables]
    place = names.index("learning_rate") if "learning_rate" in names else None

    def step(carry, rows):
        w, state = carry
        gradient = jax.grad(surface.loss)(w, rows)
        (w,), state = optimizer.stateless_apply(state, [gradient], [w])
        return (w, state), (w, gradient)

    def walk(state, start, rows):
        _, (points, gradients) = jax.lax.scan(step, (start, state), rows, length=steps)
        points = jax.numpy.concatenate([start[None], points])
        return points, jax.vmap(surface.loss)(points), gradients

    return jax.jit(walk), [v.value for v in optimizer.variables], place


def _looped(optimizer, surface, start, steps, rows):
    """The same, one step after the other."""
    ops = keras.ops
    variable = keras.Variable(start, name="w")
    optimizer.build([variable])

    def step(*some):
        loss = value_and_grad(lambda w: surface.loss(w, *some))
        _, gradient = loss(ops.stop_gradient(variable))
        optimizer.apply([gradient], [variable])
        return gradient

    walk, points, gradients = compiled(step), [start], []
    for i in range(steps):
        gradients.append(walk(*[] if rows is None else [rows[i]]))
        points.append(np.array(ops.convert_to_numpy(variable)))
    points = np.stack(points)
    losses = compiled(lambda w: ops.vectorized_map(surface.loss, w))(points)
    return points, losses, np.stack(gradients)


def _first(these):
    return int(these.argmax()) if these.any() else None

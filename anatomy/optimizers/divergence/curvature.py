"""The largest curvature of a loss, and the largest learning rate that it leaves stable."""

import math
from dataclasses import dataclass

import numpy as np

from anatomy.data import calls
from anatomy.data.gate import whole
from anatomy.losses.doctor.advice import refuse
from anatomy.optimizers.objective import Objective

#: Arguments of SGD that the bound knows of; its others (clipping, weight decay) change the step.
KNOWN = ("name", "learning_rate", "momentum", "nesterov")


@dataclass(frozen=True, eq=False)
class Curvature:
    """The largest eigenvalue of the Hessian, found by power iteration.

    Attributes:
        value: the curvature, 1/length² in weights; below 0 where the loss curves up nowhere.
        direction: list of arrays, as ``model.trainable_variables``: its direction, of length 1.
        iterations: products of the Hessian with a vector that it took.
        residual: |H d - value d| / |value|: how far the direction d is from an eigenvector.
        stable: the largest learning rate that is stable here, ``inf`` where nothing curves up;
            None where the optimizer has no such bound.
        why: the bound as a formula, or why there is none.
    """

    value: float
    direction: list
    iterations: int
    residual: float
    stable: float | None
    why: str


@calls.validated(iterations=calls.count(1, 100_000))
def curvature(model, x, y, *, seed=0, iterations=500, tolerance=1e-3):
    """The largest curvature of a model's loss at its weights: lambda, of H d = lambda d.

    Each iteration is a Hessian-vector product, the derivative of the gradient along d; the
    Hessian itself is never computed. Where the strongest curvature is downward, as at a saddle, it
    is found first, and the Hessian shifted by it. Plain SGD is stable, on the loss as its
    parabola goes on, below 2 / lambda; see `bound`.

    Args:
        model, x, y: as for `anatomy.optimizers.plane`; all rows count as one batch.
        seed: of the direction to begin with.
        iterations: products at most, of each of the two searches.
        tolerance: of the residual, at which it ends.

    Returns:
        Curvature.

    Raises:
        TypeError, ValueError: for a model that cannot be used, a curvature that is not finite, and
            for a loss that cannot work with its output and targets, in the loss doctor's words.
        NotImplementedError: on a backend other than JAX.

    Source: Goodfellow, Bengio, Courville, Deep Learning (2016), 4.3.1; LeCun, Simard,
    Pearlmutter, Automatic Learning Rate Maximization (1993).
    """
    iterations = whole("iterations", iterations)
    objective = Objective(model, x, y)
    refuse(model, y)
    return of(objective, seed=seed, iterations=iterations, tolerance=tolerance)


def of(objective, *, seed=0, iterations=500, tolerance=1e-3):
    """`curvature` of an `Objective`."""
    rng = np.random.default_rng(seed)
    start = [rng.normal(size=w.shape).astype("float32") for w in objective.weights]

    def search(shift):
        return objective.run(
            power, objective.weights, start, np.float32(shift), iterations, np.float32(tolerance)
        )

    value, direction, count, residual = search(0.0)
    if value < 0:  # the strongest curvature is downward: H - value has its largest far from 0
        value, direction, more, residual = search(float(value))
        count += more
    value, residual = float(value), float(residual)
    if not math.isfinite(value):
        raise ValueError(
            f"the curvature is {value}: at these weights the loss is no finite number."
        )
    direction = [np.asarray(a) for a in direction]
    return Curvature(value, direction, int(count), residual, *bound(objective.model, value))


def power(loss, weights, start, shift, iterations, tolerance):
    """Power iteration on H - shift, to be compiled: eigenvalue of H, direction, count, residual."""
    import jax
    from jax import numpy as jnp

    def product(d):
        return jax.jvp(jax.grad(loss), (weights,), (d,))[1]

    def dot(a, b):
        return sum(jnp.vdot(one, other) for one, other in zip(a, b, strict=True))

    def scaled(a, factor):
        return [factor * one for one in a]

    def step(carry):
        d, _, count, _ = carry
        h = product(d)
        value = dot(d, h)
        off = [one - value * other for one, other in zip(h, d, strict=True)]
        residual = jnp.sqrt(dot(off, off)) / jnp.maximum(jnp.abs(value), 1e-30)
        moved = [one - shift * other for one, other in zip(h, d, strict=True)]
        length = jnp.sqrt(dot(moved, moved))
        # Where nothing curves, H d is 0 and the direction stays.
        factor = jnp.where(length > 0, 1 / length, 0)
        ahead = [
            jnp.where(length > 0, factor * one, other) for one, other in zip(moved, d, strict=True)
        ]
        return ahead, (value, d), count + 1, residual

    def on(carry):
        return (carry[2] < iterations) & (carry[3] > tolerance)

    first = scaled(start, 1 / jnp.sqrt(dot(start, start)))
    begin = first, (jnp.float32(0), first), 0, jnp.float32(jnp.inf)
    _, (value, d), count, residual = jax.lax.while_loop(on, step, begin)
    return value, d, count, residual


def bound(model, value):
    """(largest stable learning rate, formula) for the optimizer of a model, or (None, why not).

    On a parabola of curvature lambda: 2 / lambda; with momentum beta, 2 (1 + beta) / lambda;
    of Nesterov's kind, 2 (1 + beta) / ((1 + 2 beta) lambda).
    """
    import keras

    optimizer = model.optimizer
    settings = optimizer.get_config()
    usual = keras.optimizers.SGD().get_config()
    if type(optimizer) is not keras.optimizers.SGD:
        return None, (
            f"{type(optimizer).__name__} scales each weight's step: its bound is of the curvature "
            "after that scaling, which is not measured here"
        )
    if others := [n for n in usual if n not in KNOWN and settings[n] != usual[n]]:
        return None, f"{others[0]}={settings[others[0]]!r} changes the step of SGD"
    beta, nesterov = settings["momentum"], settings["nesterov"]
    formula = f"2{f' (1 + {beta:g})' * bool(beta)} / curvature"
    if beta and nesterov:
        formula = f"2 (1 + {beta:g}) / (1 + 2 · {beta:g}) / curvature"
    if value <= 0:
        return math.inf, "the loss curves up in no direction"
    return 2 * (1 + beta) / (1 + 2 * beta * nesterov) / value, formula

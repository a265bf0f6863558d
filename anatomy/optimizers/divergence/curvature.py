"""The largest curvature of a loss, and the largest learning rate that it leaves stable."""

import math
from dataclasses import dataclass

import numpy as np

from anatomy.data import calls
from anatomy.lazy import jax, keras
from anatomy.losses.doctor.advice import refuse
from anatomy.optimizers.objective import Objective
from anatomy.training.step import unusual

#: Arguments of SGD that the bound knows of; its others (clipping, weight decay) change the step.
KNOWN = ("momentum", "nesterov")

ITERATIONS = 500  # products of the Hessian with a vector, at most, of each search
TOLERANCE = 1e-3  # |H d - value d| / |value|, at which a search ends


@dataclass(frozen=True)
class Curvature:
    """The largest eigenvalue of the Hessian, found by power iteration.

    Attributes:
        value: the curvature, 1/length² in weights; below 0 where the loss curves up nowhere.
        stable: the largest learning rate that is stable here, ``inf`` where nothing curves up;
            None where the optimizer has no such bound.
        why: the bound as a formula, or why there is none.
    """

    value: float
    stable: float | None
    why: str


@calls.validated
def curvature(model, x, y):
    """The largest curvature of a model's loss at its weights: lambda, of H d = lambda d.

    Each iteration is a Hessian-vector product, the derivative of the gradient along d; the
    Hessian itself is never computed. Where the strongest curvature is downward, as at a saddle, it
    is found first, and the Hessian shifted by it. Plain SGD is stable, on the loss as its
    parabola goes on, below 2 / lambda; see `bound`.

    Args:
        model, x, y: as for `anatomy.optimizers.plane`; all rows count as one batch.

    Returns:
        Curvature.

    Raises:
        TypeError, ValueError: for a model that cannot be used, a curvature that is not finite, and
            for a loss that cannot work with its output and targets, in the loss doctor's words.
        NotImplementedError: on a backend other than JAX.

    Source: Goodfellow, Bengio, Courville, Deep Learning (2016), 4.3.1; LeCun, Simard,
    Pearlmutter, Automatic Learning Rate Maximization (1993).
    """
    objective = Objective(model, x, y)
    refuse(model, y)
    return of(objective)


def of(objective):
    """`curvature` of an `Objective`."""
    size = sum(w.size for w in objective.weights)
    start = np.random.default_rng(0).normal(size=size).astype("float32")
    value = objective.run(power, objective.weights, start, np.float32(0))
    if value < 0:  # the strongest curvature is downward: H - value has its largest far from 0
        value = objective.run(power, objective.weights, start, value)
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(
            f"the curvature is {value}: at these weights the loss is no finite number."
        )
    return Curvature(value, *bound(objective.model, value))


def power(loss, weights, start, shift):
    """Power iteration on H - shift, to be compiled: the eigenvalue of H that it comes to."""
    from jax import numpy as jnp
    from jax.flatten_util import ravel_pytree

    flat, shaped = ravel_pytree(weights)
    gradient = jax.grad(lambda flat: loss(shaped(flat)))

    def step(carry):
        d, _, count, _ = carry
        product = jax.jvp(gradient, (flat,), (d,))[1]
        value = d @ product
        residual = jnp.linalg.norm(product - value * d) / jnp.maximum(jnp.abs(value), 1e-30)
        moved = product - shift * d
        length = jnp.linalg.norm(moved)
        # Where nothing curves, H d is 0 and the direction stays.
        return jnp.where(length > 0, moved / length, d), value, count + 1, residual

    def on(carry):
        return (carry[2] < ITERATIONS) & (carry[3] > TOLERANCE)

    begin = start / jnp.linalg.norm(start), jnp.float32(0), 0, jnp.float32(jnp.inf)
    return jax.lax.while_loop(on, step, begin)[1]


def bound(model, value):
    """(largest stable learning rate, formula) for the optimizer of a model, or (None, why not).

    On a parabola of curvature lambda: 2 / lambda; with momentum beta, 2 (1 + beta) / lambda;
    of Nesterov's kind, 2 (1 + beta) / ((1 + 2 beta) lambda).
    """
    optimizer = model.optimizer
    if type(optimizer) is not keras.optimizers.SGD:
        return None, (
            f"{type(optimizer).__name__} scales each weight's step: its bound is of the curvature "
            "after that scaling, which is not measured here"
        )
    for name, setting in unusual(optimizer).items():
        if name not in KNOWN:
            return None, f"{name}={setting!r} changes the step of SGD"
    beta, nesterov = optimizer.momentum, optimizer.nesterov
    formula = f"2{f' (1 + {beta:g})' * bool(beta)} / curvature"
    if beta and nesterov:
        formula = f"2 (1 + {beta:g}) / (1 + 2 · {beta:g}) / curvature"
    if value <= 0:
        return math.inf, "the loss curves up in no direction"
    return 2 * (1 + beta) / (1 + 2 * beta * nesterov) / value, formula

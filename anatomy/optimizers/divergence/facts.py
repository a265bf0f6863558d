"""A rate that was tried; and one step of SGD, beside the slope that it takes."""

import math
from typing import NamedTuple

import numpy as np

from anatomy.base.words import number
from anatomy.data import calls
from anatomy.lazy import jax
from anatomy.optimizers.divergence.curvature import of
from anatomy.optimizers.objective import Objective

POINTS = 121  # of the curve


class Try(NamedTuple):
    """A learning rate that was tried, and what came of it.

    Attributes:
        rate: the learning rate.
        outcome: one of `anatomy.training.OUTCOMES`.
        losses: ``(steps,)``, the loss of each batch right before its step, as long as finite.
        ends: ``(epochs,)``, the loss over each epoch, as ``history["loss"]`` has it; or inf.
        steps: how many steps an epoch has.
    """

    rate: float
    outcome: str
    losses: np.ndarray
    ends: np.ndarray
    steps: int

    @property
    def broke(self):
        """Whether some loss is no finite number."""
        return len(self.losses) < len(self.ends) * self.steps or not np.isfinite(self.ends).all()


class Overshoot:
    """The loss of a batch along minus its gradient, after a step of each learning rate.

    Attributes:
        learning_rate: the one used.
        rates: ``(m,)``, learning rates from 0.
        losses: ``(m,)``, the loss of the batch after a step of plain SGD with each.
        loss, after: the loss of the batch before the step and after it.
        slope: the squared length of the gradient: what the loss falls by, for a rate that is small.
        curved: the curvature along the gradient.
        parabola: ``(m,)``, what the loss would be if that stayed:
            loss - rate * slope + rate² * slope * curved / 2.
        best: the rate at which the parabola is least, 1 / curved; or inf.
        level: the rate at which it is as high as before, 2 / curved; or inf.
        curvature: the `Curvature` at these weights, the largest there is, and its bound.
    """

    def __init__(self, model, x, y):
        objective = Objective(model, x, y, training=True)
        rate = self.learning_rate = float(model.optimizer.learning_rate)
        calls.positive("learning_rate", rate)
        *numbers, gradient = objective.run(along, objective.weights)
        self.loss, self.slope, self.curved = map(float, numbers)
        if not math.isfinite(self.loss + self.slope + self.curved):
            raise ValueError(
                f"the loss is {number(self.loss)} before the step, too large for float32 to have "
                "its slope or curvature; give the weights of a step before."
            )
        self.best = 1 / self.curved if self.curved > 0 else math.inf
        self.level = 2 * self.best
        # From there to 2 / curvature, and to the rate; but not so far that the valley is too small
        # to be seen, nor so far that the rate is.
        level = self.level if self.curved > 0 else rate
        reach = max(min(level, 20 * rate), min(rate, 5 * level))
        self.rates = np.linspace(0, 1.25 * reach, POINTS, dtype="float32")
        with_own = np.append(self.rates, np.float32(rate))
        losses = np.array(objective.run(after, objective.weights, gradient, with_own))
        self.losses, self.after = losses[:-1], float(losses[-1])
        rates = self.rates.astype("float64")
        self.parabola = self.loss - self.slope * rates * (1 - self.curved * rates / 2)
        self.curvature = of(objective)


@calls.validated
def overshoot(model, x, y):
    """The loss of a batch along minus its gradient, from the present weights of a model.

    The loss is that of a training step: Dropout drops the same units at each point of the curve.

    Args:
        model: a built and compiled ``keras.Model``, with the weights before the step; such as
            that of `anatomy.training.last_finite`.
        x, y: NumPy arrays, the batch.

    Returns:
        Overshoot.

    Raises:
        TypeError, ValueError: for a model that cannot be used, a rate that is not above 0, or
            a loss that is not finite to begin with.
        NotImplementedError: on a backend other than JAX.

    Source: Goodfellow, Bengio, Courville, Deep Learning (2016), 4.3.1.
    """
    return Overshoot(model, x, y)


def along(loss, weights):
    """Loss, squared length of its gradient, curvature along it, gradient; to be compiled."""
    from jax.flatten_util import ravel_pytree

    flat, shaped = ravel_pytree(weights)
    slope_of = jax.value_and_grad(lambda flat: loss(shaped(flat)))
    value, gradient = slope_of(flat)
    bent = jax.jvp(lambda flat: slope_of(flat)[1], (flat,), (gradient,))[1]
    slope = gradient @ gradient
    return value, slope, gradient @ bent / slope, shaped(gradient)


def after(loss, weights, gradient, rates):
    """The loss after a step of plain SGD with each rate, to be compiled."""

    def one(rate):
        return loss(jax.tree.map(lambda w, g: w - rate * g, weights, gradient))

    return jax.lax.map(one, rates)

"""How hard each sample pulls at the slope of a fitted line, by the loss that fitted it."""

from dataclasses import dataclass

import numpy as np

from anatomy.lazy import keras
from anatomy.training.backends import value_and_grad


@dataclass(frozen=True, eq=False)
class FittedLine:
    """A model of one feature and one Dense unit: ``slope * x + bias``, and its loss.

    Attributes:
        name: of the loss.
        slope, bias: its two weights.
        losses: ``(n,)``, the loss of each sample; their mean is what is minimized.
        pulls: ``(n,)``, by how much each of these grows with the slope, d loss / d slope.
    """

    name: str
    slope: float
    bias: float
    losses: np.ndarray
    pulls: np.ndarray

    @property
    def loss(self):
        """The mean over the samples."""
        return float(np.mean(self.losses))

    def share(self, sample):
        """One sample's part of all pull at the slope, either way: |pull| / sum |pulls|."""
        sizes = np.abs(self.pulls)
        return float(sizes[sample] / sizes.sum()) if sizes.any() else 0.0


def line(model, x, y, name):
    """The `FittedLine` of a compiled model: its losses and their gradients are Keras's own.

    d loss / d slope = x * d loss / d prediction, by differentiation of the loss.

    Args:
        model: a compiled ``keras.Model`` with a kernel (1, 1) and a bias (1,) and no more.
        x, y: ``(n, 1)``.
        name: what to call the line.

    Raises:
        ValueError: for a model with other weights.

    Source: https://keras.io/api/losses/regression_losses/
    """
    shapes = [tuple(weight.shape) for weight in model.weights]
    if shapes != [(1, 1), (1,)]:
        raise ValueError(f"The model has weights of {shapes}; give keras.Input((1,)) and Dense(1).")
    loss = keras.losses.get(model.loss)
    per_sample = getattr(loss, "call", loss)  # a Loss before it takes the mean
    kernel, bias = (np.asarray(weight) for weight in model.weights)
    predictions = keras.ops.convert_to_tensor(x * kernel + bias)
    losses = per_sample(y, predictions)
    # Each prediction is in the loss of one sample, so the gradient of the sum has all of theirs.
    _, gradients = value_and_grad(lambda p: keras.ops.sum(per_sample(y, p)))(predictions)
    values, gradients = (np.ravel(keras.ops.convert_to_numpy(a)) for a in (losses, gradients))
    return FittedLine(name, float(kernel[0, 0]), float(bias[0]), values, gradients * np.ravel(x))


def reach(values):
    """(lowest, highest) to where a point may be dragged: as far again as the values, either way."""
    low, high = float(np.min(values)), float(np.max(values))
    span = (high - low) or 1.0
    return round(low - span, 1), round(high + span, 1)

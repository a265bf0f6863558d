"""How hard each sample pulls at the slope of a fitted line, by the loss that fitted it."""

from dataclasses import dataclass

import numpy as np


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

    On JAX by differentiation of the model and its loss, elsewhere by central differences.

    Args:
        model: a compiled ``keras.Model`` with a kernel (1, 1) and a bias (1,) and no more.
        x, y: ``(n, 1)``.
        name: what to call the line.

    Raises:
        ValueError: for a model with other weights.

    Source: https://keras.io/api/losses/regression_losses/
    """
    import keras

    shapes = [tuple(weight.shape) for weight in model.weights]
    if shapes != [(1, 1), (1,)]:
        raise ValueError(f"The model has weights of {shapes}; give keras.Input((1,)) and Dense(1).")
    loss = keras.losses.get(model.loss)
    per_sample = getattr(loss, "call", loss)  # a Loss before it takes the mean
    kernel, bias = (np.asarray(weight) for weight in model.weights)

    def losses(kernel):
        predictions, _ = model.stateless_call([kernel, bias], [], x)
        return keras.ops.reshape(per_sample(y, predictions), (-1,))

    if keras.backend.backend() == "jax":
        import jax

        values, pulls = jax.jvp(losses, (kernel,), (np.ones_like(kernel),))
    else:
        values, step = losses(kernel), np.float32(1e-3)
        above, below = (keras.ops.convert_to_numpy(losses(kernel + s)) for s in (step, -step))
        pulls = (above - below) / (2 * step)
    values, pulls = map(keras.ops.convert_to_numpy, (values, pulls))
    return FittedLine(name, float(kernel[0, 0]), float(bias[0]), values, pulls)


def reach(values):
    """(lowest, highest) to where a point may be dragged: as far again as the values, either way."""
    low, high = float(np.min(values)), float(np.max(values))
    span = (high - low) or 1.0
    return round(low - span, 1), round(high + span, 1)

"""What one unit of a Dense layer does with one input."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from anatomy.data.calls import whole
from anatomy.data.gate import check_shape
from anatomy.layers.symbolic import require_built
from anatomy.lazy import keras


@dataclass(frozen=True, eq=False)
class Unit:
    """One unit of a Dense layer and one input: activation(x · kernel + bias).

    Attributes:
        number: which unit, from 0.
        x: the input, (features,).
        kernel: of all units, (features, units).
        bias: of this unit, a float.
        sums, outputs: of all units, (units,): before and after the activation.
        activation: what it is called.
        function: the activation itself.
        among: (largest absolute sum, end of the scale, smallest value) of the inputs among
            which x is one.
    """

    number: int
    x: np.ndarray
    kernel: np.ndarray
    bias: float
    sums: np.ndarray
    outputs: np.ndarray
    activation: str
    function: object
    among: tuple

    @property
    def weights(self):
        """(features,): of this unit."""
        return self.kernel[:, self.number]

    @property
    def products(self):
        """(features,): each number of x times its weight."""
        return self.x * self.weights

    @property
    def sides(self):
        """The sum of the positive products, and that of the negative ones."""
        products = self.products.astype(float)
        return products[products > 0].sum(), products[products < 0].sum()

    def curve(self, sums):
        """What the unit gives at other sums (n,), those of the other units as they are."""
        others = np.repeat(self.sums[None], len(sums), 0)  # a softmax looks at them too
        others[:, self.number] = sums
        return numbers(self.function(others))[:, self.number]

    @property
    def alone(self):
        """Whether its activation depends on its own sum only: that of a softmax does not."""
        return len(self.sums) == 1 or _elementwise(self.function)


def unit(layer, x, number=0, among=None, *, weights=None, activation=None):
    """What one unit of a Dense layer does with one input.

    Args:
        layer: a built ``keras.layers.Dense``.
        x: one input, (features,).
        number: which unit, from 0.
        among: inputs (n, features), of which the scales are to hold all. None: x alone.
        weights: (kernel, bias) in place of its own. activation: the name of another one.

    Returns:
        Unit.

    Raises:
        TypeError, ValueError: for a layer that is not a built Dense, an x that does not fit it,
            or a unit that is not there.
    """
    require_built(layer, "Dense")
    x, (features, units) = np.asarray(x, "float32"), layer.kernel.shape
    check_shape("x", x, features)
    whole("unit", number, 0, units - 1)
    kernel, bias = weights or (layer.kernel, 0 if layer.bias is None else layer.bias)
    function = keras.activations.get(activation or layer.activation)

    def summed(inputs):
        inputs, k, b = (keras.ops.cast(v, layer.compute_dtype) for v in (inputs, kernel, bias))
        return keras.ops.matmul(inputs, k) + b

    sums, among = summed(x[None]), x[None] if among is None else among
    largest = max(np.abs(numbers(each)).max() for each in (sums, summed(among)))
    own_bias = float(np.broadcast_to(numbers(bias), units)[number])
    about = numbers(sums)[0], numbers(function(sums))[0], named(function), function
    reach = float(largest), end(among), float(among.min())
    facts = Unit(number, x, numbers(kernel), own_bias, *about, reach)
    if not all(np.isfinite(part).all() for part in (x, facts.kernel, facts.sums)):
        raise ValueError(f"x, or Dense {layer.name!r}, is not finite: did its training diverge?")
    return facts


@lru_cache(maxsize=64)
def _elementwise(function):
    sums = np.linspace(-2, 2, 9, dtype="float32")
    one, other = (numbers(function(np.stack([sums, y], axis=1)))[:, 0] for y in (sums, -sums))
    return np.allclose(one, other, rtol=1e-4, equal_nan=True)


def end(values):
    """Where the colours of these values end: of signed ones all but one in a hundred are within."""
    values = np.asarray(values)
    if values.min() >= 0:
        return float(values.max())
    size = np.abs(values).ravel()
    return float(np.partition(size, k := int(np.ceil(0.99 * (size.size - 1))))[k])


def named(activation):
    """What an activation is called: "relu", or the name of a function or layer of one's own."""
    name = getattr(activation, "__name__", None) or getattr(activation, "name", None)
    return name or type(activation).__name__


def weights_of(layer):
    """(kernel, bias) of a Dense layer, copies; the bias is 0 where it has none."""
    bias = np.zeros(layer.units) if layer.bias is None else layer.bias
    return numbers(layer.kernel), numbers(bias)


def numbers(value):
    """A Keras tensor or variable as float32 numbers of NumPy, a copy."""
    return np.asarray(value).astype("float32")

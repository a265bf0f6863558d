"""The end of a network as a loss sees it: what each output hands on, and what it is to be."""

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy.losses.curve.facts import snake

ROWS, VALUES = 10_000, 1_000_000  # of the targets: no more are looked at
WEIGHING = r"^(Dense|EinsumDense|(Separable|Depthwise)?Conv\dD(Transpose)?)$"
MOVING = r"^(Reshape|Identity|Dropout|Masking|Cropping\dD)$"


@dataclass(frozen=True, eq=False)
class End:
    """One output of a model, its loss, and its targets.

    Attributes:
        name: of the output; "" where there is one alone. place: its number, from 0.
        layer: the layer whose activation is the output's, or None.
        activation: its name, "linear" for none; "" where it is not known.
        shape: of the output, with None for the batch and for open sizes; None: not known.
        units: the size of its last axis, or None.
        loss: the ``keras.losses.Loss`` or function. kind: its name, "" for one of the student's.
        settings: of the loss, such as {"from_logits": True}.
        y: `Targets`, or None.
    """

    name: str
    place: int
    layer: object
    activation: str
    shape: tuple | None
    units: int | None
    loss: object
    kind: str
    settings: dict
    y: object

    @property
    def logits(self):
        return bool(self.settings.get("from_logits"))


class Targets:
    """What an output is to be: at most `ROWS` rows, `VALUES` numbers of it."""

    def __init__(self, y):
        y = np.asarray(y)
        if y.dtype.kind not in "biuf" or not y.ndim or not y.size:
            raise TypeError("targets are numbers")
        self.shape = (None, *y.shape[1:])
        step = math.ceil(max(len(y) / ROWS, y.size / VALUES))
        self.values = y[::step].astype("float64")
        finite = self.values[np.isfinite(self.values)]
        self.low, self.high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        self.size = math.sqrt(np.mean(finite**2)) if finite.size else 0.0

    @cached_property
    def whole(self):
        return bool(np.all(self.values == np.round(self.values)))

    @cached_property
    def bits(self):
        return bool(np.all((self.values == 0) | (self.values == 1)))

    @cached_property
    def sums(self):
        return self.values.sum(axis=-1)

    @property
    def one_hot(self):
        """Whether each row has a single 1 among zeros."""
        wide = self.values.ndim > 1 and self.shape[-1] > 1
        return wide and self.bits and bool(np.all(self.sums == 1))

    @property
    def shares(self):
        """Whether each row adds up to 1, as probabilities do."""
        wide = self.values.ndim > 1 and self.shape[-1] > 1
        return wide and self.low >= 0 and bool(np.allclose(self.sums, 1, atol=1e-3))

    @property
    def several(self):
        """Whether rows of zeros and ones have more than a single 1."""
        wide = self.values.ndim > 1 and self.shape[-1] > 1
        return wide and self.bits and bool(np.any(self.sums > 1))


def ends(model, y):
    """An `End` for each output of a compiled model, or of a pair of an output layer and a loss."""
    if isinstance(model, tuple):
        layer, loss = model
        return [end("", 0, *of_layer(layer, y), loss, y)]
    outputs = getattr(model, "outputs", None) if model.built else None
    loss = getattr(model, "loss", None)
    if not outputs:
        layers = getattr(model, "_layers", None) if type(model).__name__ == "Sequential" else None
        if not layers:
            return []
        layer, activation, _, units = of_layer(layers[-1], y)
        return [end("", 0, layer, activation, None, units, loss, y)]
    if len(outputs) == 1:
        losses, targets = only(loss), only(y)
        return [end("", 0, *of_tensor(outputs[0]), losses, targets)]
    struct = getattr(model, "_outputs_struct", None)  # a dict has names of its own
    names = sorted(struct) if isinstance(struct, dict) else getattr(model, "output_names", [])
    if len(names) != len(outputs):
        return []
    spread = zip(names, outputs, each(loss, names, loss), each(y, names, None), strict=True)
    return [end(n, i, *of_tensor(x), one, t) for i, (n, x, one, t) in enumerate(spread)]


def only(given):
    """The loss or the targets of a single output, out of the list or dict that holds it."""
    if isinstance(given, dict):
        given = list(given.values())
    alone = isinstance(given, list | tuple) and len(given) == 1
    return given[0] if alone and not isinstance(given[0], int | float | list) else given


def each(given, names, otherwise):
    """The loss or the targets of each output."""
    if isinstance(given, dict):
        return [given.get(name) for name in names]
    if isinstance(given, list | tuple) and len(given) == len(names):
        return list(given)
    return [otherwise] * len(names)


def end(name, place, layer, activation, shape, units, loss, y):
    """The `End` of these; what cannot be read is left open."""
    import keras

    try:
        loss = keras.losses.get(loss)
    except Exception:
        loss = None
    try:
        y = None if y is None else Targets(y)
    except Exception:
        y = None
    kind, settings = described(loss)
    return End(name, place, layer, activation, shape, units, loss, kind, settings, y)


def described(loss):
    """(name, settings) of a loss of Keras; ("", {}) of any other."""
    module = getattr(loss, "__module__", "") or ""
    if loss is None or isinstance(loss, type) or not module.startswith("keras."):
        return "", {}
    if not hasattr(loss, "get_config"):
        return getattr(loss, "__name__", ""), {}
    name = snake(type(loss).__name__)
    return ("", {}) if name == "loss_function_wrapper" else (name, loss.get_config())


def of_tensor(x):
    """(layer, activation, shape, units) of an output of a model."""
    shape = tuple(x.shape)
    history = getattr(x, "_keras_history", None)
    try:
        layer, activation = of_history(x) if history else (None, "")
    except Exception:  # a layer that is used twice has no single input
        layer, activation = None, ""
    return layer, activation, shape, shape[-1] if len(shape) > 1 else None


def of_history(x):
    """(layer, activation) of a tensor, through layers that move values and change none."""
    layer = x._keras_history.operation
    if inside := getattr(layer, "outputs", None):
        return of_history(inside[0]) if len(inside) == 1 else (None, "")
    if re.match(MOVING, type(layer).__name__):
        same = layer.input.shape[-1] == x.shape[-1]
        return of_history(layer.input) if same else (None, "")
    return layer, activation_of(layer)


def of_layer(layer, y):
    """(layer, activation, shape, units) of a layer that stands alone."""
    try:
        return of_tensor(layer.output)
    except Exception:
        units = getattr(layer, "units", None) or getattr(layer, "filters", None)
    shape = (None, units) if type(layer).__name__ == "Dense" and np.ndim(y) < 3 else None
    return layer, activation_of(layer), shape, units


def activation_of(layer):
    """The name of what a layer does last, "" where that is not known."""
    if not type(layer).__module__.startswith("keras."):
        return ""
    name = type(layer).__name__
    if name == "TimeDistributed":
        return activation_of(layer.layer)
    if name == "Softmax":
        return "softmax" if layer.axis == -1 else ""
    if name == "ReLU":
        plain = (layer.max_value, float(layer.negative_slope), float(layer.threshold))
        return "relu" if plain == (None, 0.0, 0.0) else ""
    if name != "Activation" and not re.match(WEIGHING, name):
        return ""
    found = layer.activation
    if found is None:
        return "linear"
    module = getattr(found, "__module__", "") or ""
    name = getattr(found, "__name__", "") if module.startswith("keras.") else ""
    if name == "linear" and type(layer).__name__ == "Activation":
        return of_history(layer.input)[1] if getattr(layer, "_inbound_nodes", None) else "linear"
    return name

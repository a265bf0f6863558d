"""The outputs of a model as their losses see them: which numbers they can be, and their targets."""

import math
import re
from dataclasses import dataclass, replace

import numpy as np

from anatomy.data import gate
from anatomy.lazy import keras
from anatomy.training import private

ROWS, VALUES = 10_000, 1_000_000  # of the targets: no more are looked at
WEIGHING = r"^(Dense|EinsumDense|(Separable|Depthwise)?Conv\dD(Transpose)?)$"
TINY = 1e-30
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
MOVING = (  # layers and operations that move numbers and change none
    r"^(Reshape|Flatten|Identity|Permute|Masking|RepeatVector|GetItem|Squeeze|ExpandDims|Transpose|"
    r"((Spatial|Gaussian)?Dropout|Cropping|UpSampling)(\dD)?|GaussianNoise|ActivityRegularization)$"
)
ORDERING = r"^(Reshape|Flatten|Permute|Transpose|Global.*)$"  # the classes may have another axis
POOLING = r"^(Global)?(Average|Max)Pooling\dD$"
SCALING = r"^(Rescaling|TrueDivide|Divide|Multiply|Add|Subtract|(Batch|Layer|Group)?Normalization)$"
REACH = {
    "sigmoid": (0, 1), "hard_sigmoid": (0, 1), "softmax": (0, 1), "relu": (0, np.inf),
    "relu6": (0, 6), "softplus": (0, np.inf), "exponential": (0, np.inf), "tanh": (-1, 1),
    "hard_tanh": (-1, 1), "softsign": (-1, 1),
}  # fmt: skip
ANY = ("linear", "relu", "relu6", "tanh", "hard_tanh", "softsign", "elu", "selu", "gelu", "silu",
       "leaky_relu", "prelu", "celu", "mish", "log_softmax", "log_sigmoid")  # fmt: skip
SQUASHES = ("sigmoid", "softmax")


@dataclass(frozen=True, eq=False)
class Signal:
    """The numbers of a tensor: ``activation`` is the name of the last function, "linear" for none,
    "" where that is not known; ``layer`` the layer with the weights; ``twice`` the first of two
    squashes on top of each other; ``first`` whether the classes stand along axis 1; ``across``
    whether softmax runs over the last axis all the same; ``scaled`` whether numbers are scaled
    after the layer; ``reach`` the least and the greatest of them, where that was measured."""

    activation: str = ""
    layer: object = None
    twice: str = ""
    first: bool = False
    across: bool = False
    scaled: bool = False
    reach: tuple | None = None

    @property
    def ends(self):
        """The least and the greatest number that can come."""
        free = self.scaled or self.activation not in REACH
        return self.reach or ((-np.inf, np.inf) if free else REACH[self.activation])

    @property
    def known(self):
        return self.reach is not None or self.activation in (*REACH, *ANY)


class Output:
    """One output of a model, its loss, and its targets.

    Attributes:
        signal: the `Signal` of its tensor; activation, layer: those of it.
        shape: of the output, with None for the batch and for open sizes; None: not known.
        units: the size of its last axis, or None.
        loss: the ``keras.losses.Loss`` or function. kind: its name, "" for one of the student's.
        settings: of the loss, such as {"from_logits": True}; of a function none.
        y: `Targets`, or None. metrics: names, and objects, of its metrics.
        model: the model, or None.
        name: of the output; "" where there is one alone. place: its index.
        unknown: why it cannot be judged, or "".
    """

    def __init__(self, signal, shape, loss, y, metrics=(), model=None, name="", place=0):
        self.signal, self.shape, self.model = signal, shape, model
        self.activation, self.layer = signal.activation, signal.layer
        self.name, self.place, self.unknown, self.y = name, place, "", None
        self.units = shape[-1] if shape and len(shape) > 1 else None
        self.metrics = tuple(one for one in keras.tree.flatten(metrics) if one is not None)
        try:
            self.loss = keras.losses.get(loss)
        except Exception:
            self.loss = None
        self.kind = named(self.loss)
        plain = not self.kind or not hasattr(self.loss, "get_config")
        self.settings = {} if plain else self.loss.get_config()
        self.logits = bool(self.settings.get("from_logits"))
        try:
            self.y = None if y is None else Targets(y)
        except TypeError as error:
            self.unknown = str(error)
        except Exception:
            self.unknown = "the targets are no array"
        if self.loss is None:
            self.unknown = ""
        elif not self.kind:
            own = getattr(self.loss, "__name__", type(self.loss).__name__)
            self.unknown = f"{own} is a loss of your own"
        elif not (signal.known or self.unknown):
            self.unknown = "what its last operations do is not known"
        if self.name and self.unknown:
            self.unknown = f"output {self.name!r}: {self.unknown}"

    @property
    def trained(self):
        """Whether the model has made a step already."""
        optimizer = getattr(self.model, "optimizer", None)
        return optimizer is not None and int(optimizer.iterations) > 0


class Targets:
    """The targets of an output: at most `ROWS` rows, `VALUES` numbers of them.

    Attributes:
        given: their shape. shape: with None for the samples.
        values: float64; low, high: the least and the greatest
            that is finite; size: the root of their mean square.
        odd: the first row with NaN or infinity, or None.
        whole, bits: whether all are whole numbers, or 0 and 1. signs: whether all are -1 or +1, or
            some are and the others 0. measured: whether they are fractions outside 0 to 1.
        wide: whether they are rows of several numbers. one_hot: whether each row has a single 1
            among zeros; several: whether some have more. shares: whether each adds up to 1.
    """

    def __init__(self, y):
        y = np.asarray(y)
        if y.dtype.kind not in "biuf":
            kind = {"U": "text", "S": "text", "c": "complex", "M": "dates"}.get(y.dtype.kind)
            raise TypeError(f"the targets are {kind or 'objects, no array of numbers'}")
        if not y.ndim or not y.size:
            raise TypeError("there are no targets" if y.ndim else "the targets are no array")
        self.given, self.shape = y.shape, (None, *y.shape[1:])
        odd = np.flatnonzero(~np.isfinite(y.reshape(len(y), -1)).all(axis=1))
        self.odd = int(odd[0]) if len(odd) else None
        step = math.ceil(max(len(y) / ROWS, y.size / VALUES))
        self.values = values = y[::step].astype("float64")
        finite = values[np.isfinite(values)]
        self.low, self.high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        self.size = math.sqrt(np.mean(finite**2)) if finite.size else 0.0
        self.whole = bool(np.all(values == np.round(values)))
        self.bits = bool(np.isin(values, (0, 1)).all())
        self.signs = self.low == -1 and bool(np.isin(values, (-1, 0, 1)).all())
        self.measured = not self.whole and (self.low < -1e-6 or self.high > 1 + 1e-6)
        self.wide = y.ndim > 1 and y.shape[-1] > 1
        with np.errstate(invalid="ignore"):  # of plus and minus infinity
            sums = values.sum(axis=-1)
        self.one_hot = self.wide and self.bits and bool(np.all(sums == 1))
        self.several = self.wide and self.bits and bool(np.any(sums > 1))
        self.shares = self.wide and self.low >= 0 and bool(np.allclose(sums, 1, atol=1e-3))

    def classes(self, most=100):
        """How many units class numbers such as these need; 0 for what looks like none."""
        return int(self.high) + 1 if self.whole and self.low >= 0 and 1 < self.high < most else 0


def outputs(model, y):
    """An `Output` for each output of a compiled model, or of an (output layer, loss) pair.

    Returns:
        list of Output; and why there is nothing to judge, or "".
    """
    if isinstance(model, tuple):
        layer, loss = model
        return [_of_layer(layer, loss, y)], ""
    loss, metrics = getattr(model, "loss", None), private.compile_settings(model).get("metrics")
    try:
        tensors = model.outputs if model.built else None
    except Exception:  # a subclassed model, or one that was never called
        tensors = None
    if not tensors:
        if type(model).__name__ != "Sequential":
            return [], "a subclassed model does not show its layers"
        if not model.layers:
            return [], "the model has no layers"
        return [_of_layer(model.layers[-1], loss, y, metrics, model)], ""
    for name in ("train_step", "compute_loss"):
        if not getattr(type(model), name).__module__.startswith("keras."):
            return [], f"the model has a {name}() of your own"
    if loss is None:
        return [], "the model has no loss: compile it with one"
    names = private.output_names(model)
    if len(tensors) == 1:
        if reason := gate.of_one(loss, y, names, private.outputs_structure(model)):
            return [], reason
        return [_of_tensor(tensors[0], _alone(loss), _alone(y), metrics, model)], ""
    if reason := gate.of_others(names, loss, y):
        return [], reason
    parts = (_each(loss, names, loss), _each(y, names), _each(metrics, names))
    return [
        _of_tensor(*one, model, name, place)
        for place, (name, *one) in enumerate(zip(names, tensors, *parts, strict=True))
    ], ""


def _alone(value):
    """The loss or the targets of a single output, out of the list or dict that holds it."""
    if isinstance(value, dict):
        value = list(value.values())
    alone = isinstance(value, list | tuple) and len(value) == 1
    return value[0] if alone and not isinstance(value[0], int | float | list) else value


def _each(value, names, otherwise=None):
    """The loss or the targets of each output."""
    if isinstance(value, dict):
        return [value.get(name) for name in names]
    if isinstance(value, list | tuple) and len(value) == len(names):
        return list(value)
    return [otherwise] * len(names)


def _of_tensor(x, *rest):
    try:
        signal = trace(x)
    except Exception:  # a graph that Keras does not tell
        signal = Signal()
    # The batch axis is None: Keras keeps the size of the last batch where it was never told one.
    return Output(signal, (None, *x.shape[1:]), *rest)


def _of_layer(layer, *rest):
    """The output of a layer that stands alone, or ends a model that is not built."""
    units = getattr(layer, "units", None) or getattr(layer, "filters", None)
    flat = type(layer).__name__ == "Dense" and np.ndim(rest[1]) < 3
    output = Output(_of_operation(layer), (None, units) if flat else None, *rest)
    output.units = units
    return output


def named(loss):
    """The name of a loss of Keras, "" of any other."""
    module = getattr(loss, "__module__", "") or ""
    if loss is None or isinstance(loss, type) or not module.startswith("keras."):
        return ""
    if not hasattr(loss, "get_config"):
        return getattr(loss, "__name__", "")
    return private.snake_case(type(loss).__name__).replace("loss_function_wrapper", "")


def trace(x):
    """The `Signal` of a tensor, through whatever moves, pools, bends or scales its numbers."""
    operation, node, index = private.producer(x)
    if inside := getattr(operation, "outputs", None):
        return trace(inside[index])
    name, sources = type(operation).__name__, node.input_tensors
    own = _of_operation(operation)
    if len(sources) != 1 or own.layer is not None:
        return own
    before = trace(sources[0])
    if re.match(ORDERING, name):
        before = replace(before, first=False)
    if re.match(MOVING, name) or re.match(POOLING, name):
        kept = sources[0].shape[-1] == x.shape[-1] and "Max" not in name
        lost = before.activation == "softmax" and not kept
        return replace(before, activation="") if lost else before
    if re.match(SCALING, name):
        if "Normalization" in name or before.activation in ("linear", "leaky_relu"):
            return replace(before, activation="linear", scaled=True)
        return _scaled(before, x, sources[0])
    return _after(before, own) if own.activation else Signal()


def _scaled(before, x, source):
    """The signal of other numbers that are scaled: what reaches to known ends still does."""
    if before.ends == (-np.inf, np.inf):
        return replace(before, activation="", scaled=True)
    shape, scale = [size or 1 for size in source.shape], keras.Function(source, x)
    places = [*before.ends, *np.clip((-TINY, TINY), *before.ends)]  # of 1 / x too
    found = [np.asarray(scale(np.full(shape, place, "float32"))) for place in places]
    name = f"scaled {before.activation.removeprefix('scaled ')}"
    return replace(before, activation=name, scaled=True, reach=(np.min(found), np.max(found)))


def _after(before, own):
    """The signal of an activation after another."""
    rises = own.activation == "relu" and before.activation in ("relu", "relu6", *SQUASHES)
    if own.activation == "linear" or rises:
        return before
    twice = before.activation in SQUASHES and own.activation in SQUASHES
    across = before.first and own.activation == "softmax"
    return replace(before, activation=own.activation, across=across,
                   twice=before.activation if twice else before.twice)  # fmt: skip


def _of_operation(layer):
    """The signal of a layer or an operation by itself."""
    name, module = type(layer).__name__, type(layer).__module__
    if not module.startswith("keras."):
        return Signal()
    if name in ("TimeDistributed", "Bidirectional"):
        return _of_operation(getattr(layer, "layer", None) or layer.forward_layer)
    if name == "Softmax" and hasattr(layer, "axis"):
        return Signal("softmax" if layer.axis == -1 else "")
    if name == "ReLU" and hasattr(layer, "max_value"):
        plain = (layer.max_value, float(layer.negative_slope), float(layer.threshold))
        return Signal("relu" if plain == (None, 0.0, 0.0) else "leaky_relu")
    if name in ("LeakyReLU", "PReLU", "ELU"):
        return Signal({"LeakyReLU": "leaky_relu"}.get(name, name.lower()))
    if module.startswith("keras.src.ops.nn") and private.snake_case(name) in (*REACH, *ANY):
        return Signal(private.snake_case(name) if getattr(layer, "axis", -1) == -1 else "")
    if name != "Activation" and not re.match(WEIGHING, name) and name not in RECURRENT:
        return Signal()
    activation = layer.activation
    module = getattr(activation, "__module__", "") or ""
    known = getattr(activation, "__name__", "") if module.startswith("keras.") else ""
    known = "linear" if activation is None else known
    first = getattr(layer, "data_format", None) == "channels_first"
    return Signal(known, None if name == "Activation" else layer, first=first,
                  across=first and known == "softmax")  # fmt: skip

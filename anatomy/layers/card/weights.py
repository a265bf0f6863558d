"""The weights of a layer, and what determines the size of each of their axes."""

import math
import re
from collections import Counter
from dataclasses import dataclass

from anatomy.layers.code import argument
from anatomy.layers.shapes import axes
from anatomy.training.private import flat_layers, own_variables

#: The gates of a cell and its candidate: the units of each stand side by side in one kernel.
GATES = {"LSTMCell": 4, "GRUCell": 3, "SimpleRNNCell": 1, "ConvLSTMCell": 4}

#: The axes of the window of a convolution, by how many they are.
WINDOWS = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}

#: The argument that a layer has a weight for, by the name of the weight.
SWITCHES = {"bias": "use_bias", "gamma": "scale", "beta": "center"}


@dataclass(frozen=True)
class Weight:
    """One weight of a layer.

    Attributes:
        name: such as "kernel"; after the name of the layer inside it where there are several.
        shape: tuple of ints.
        trainable: whether ``fit()`` changes it by gradients.
        sizes: what determines each axis, such as ("input features 784", "units 32").
        derived: the count as a product, such as "3 × 3 × 1 × 8" or "28 × (4 × 32)".
        made_by: the arguments that create and fill it, such as ``kernel_initializer="he_normal"``.
        count: the number of numbers, the product of ``shape``.
    """

    name: str
    shape: tuple
    trainable: bool
    sizes: tuple
    derived: str
    made_by: str

    @property
    def count(self):
        return math.prod(self.shape)


def weights(layer):
    """The `Weight`s of a built layer, in Keras's order."""
    owners = {}
    for part in flat_layers(layer):
        for variable in own_variables(part):
            owners.setdefault(id(variable), part)
    for variable, name in zip(layer.weights, names(layer), strict=True):
        owner, shape = owners.get(id(variable), layer), tuple(variable.shape)
        parts, makers = _axes(owner, variable.name, shape), _arguments(owner, variable.name)
        sizes = tuple(" × ".join(part) for part in parts)
        yield Weight(name, shape, variable.trainable, sizes, _product(parts), makers)


def names(layer):
    """The names of a layer's weights: "kernel", or "forward_lstm/kernel" of several."""
    each = [_names(variable, layer) for variable in layer.weights]
    count = Counter(name for names in each for name in {*names})
    return [next((name for name in names if count[name] == 1), names[-1]) for names in each]


def _names(variable, layer):
    """The names of a weight, from the shortest to its whole path inside the layer."""
    path = variable.path.split("/")
    below = path[path.index(layer.name) + 1 :] if layer.name in path else path
    part = [re.sub(r"_\d+$", "", part) for part in below[:1]]
    return [variable.name, "/".join(part + path[-1:]), "/".join(below)]


def _product(parts):
    """The figures at the ends of the parts as a product; of an axis made of two in brackets."""
    figures = [" × ".join(text.split()[-1] for text in part) for part in parts]
    bracketed = [f"({f})" if "×" in f and len(figures) > 1 else f for f in figures]
    return " × ".join(bracketed) or "1"


def _axes(owner, name, shape):
    """What determines each axis: a tuple of texts, each ending in a size, that multiply to it."""
    kind = type(owner).__name__
    if gates := GATES.get(kind):
        return _axes_of_cell(owner, name, shape, gates)
    words = {
        ("Dense", "kernel"): ("input features", "units"),
        ("Dense", "bias"): ("units",),
        ("Embedding", "embeddings"): ("input_dim", "output_dim"),
    }.get((kind, name))
    if words is None and hasattr(owner, "kernel_size") and len(shape) > 1:
        words = (*_window(shape), *_channels(owner, kind, name))
    elif words is None and name == "bias" and hasattr(owner, "filters"):
        words = ("filters",)
    elif words is None and len(shape) == 1 and kind.endswith("Normalization"):
        words = ("channels",)
    elif words is None and kind == "PReLU":
        words = axes((None, *shape))
    elif words is None:
        words = [f"axis {k}" for k in range(len(shape))]
    return [(f"{word} {size}",) for word, size in zip(words, shape, strict=True)]


def _window(shape):
    return [f"kernel {word}" for word in WINDOWS[len(shape) - 2]]


def _channels(owner, kind, name):
    """The last two axes of the kernel of a convolution."""
    channels = "input channels a group" if getattr(owner, "groups", 1) > 1 else "input channels"
    if name == "pointwise_kernel":
        return "channels × depth_multiplier", "filters"
    if name == "depthwise_kernel" or kind.startswith("Depthwise"):
        return channels, "depth_multiplier"
    return ("filters", channels) if "Transpose" in kind else (channels, "filters")


def _axes_of_cell(owner, name, shape, gates):
    """The axes of a weight of a recurrent cell: gates and candidate side by side in the last."""
    noun = "filters" if hasattr(owner, "filters") else "units"
    units = f"{noun} {getattr(owner, noun)}"
    last = (f"gates and candidate {gates}", units) if gates > 1 else (units,)
    if name == "bias":
        # A GRU that resets after its product has a bias for the input and one for the state.
        return [(f"biases {size}",) for size in shape[:-1]] + [last]
    window = _window(shape) if noun == "filters" else ()
    before = "input channels" if noun == "filters" else "input features"
    source = units if name == "recurrent_kernel" else f"{before} {shape[-2]}"
    window = [(f"{word} {size}",) for word, size in zip(window, shape, strict=False)]
    return [*window, (source,), last]


def _arguments(owner, name):
    """The arguments of a layer that create and fill one of its weights, as code."""
    short = name.removesuffix("_kernel") if name != "kernel" else name
    candidates = [SWITCHES.get(name, ""), f"{name}_initializer", f"{short}_initializer"]
    return ", ".join(filter(None, (argument(owner, one) for one in dict.fromkeys(candidates))))

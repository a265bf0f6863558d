"""What makes each axis of each weight of a layer."""

import math
import re
from dataclasses import dataclass

from anatomy.layers.symbolic import axes

#: How many gates a cell has: the units of each stand side by side in one kernel.
GATES = {"LSTMCell": 4, "GRUCell": 3, "SimpleRNNCell": 1}

#: The axes of the window of a convolution, by how many they are.
PLACES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}

#: The argument that has a weight made, by the name of the weight.
SWITCHES = {"bias": "use_bias", "gamma": "scale", "beta": "center"}


@dataclass(frozen=True)
class Weight:
    """One weight of a layer.

    Attributes:
        name: such as "kernel"; with the names of the layers inside where needed to tell it apart.
        shape: tuple of ints.
        count: how many numbers, the product of ``shape``.
        trainable: whether ``fit()`` changes it by gradients.
        derived: the product in figures, such as "3 × 3 × 1 × 8" or "28 × (4 × 32)".
        sizes: what makes each axis, such as ("input features 784", "units 32").
        made_by: the arguments that make and fill it, such as ``kernel_initializer="he_normal"``.
    """

    name: str
    shape: tuple
    count: int
    trainable: bool
    derived: str
    sizes: tuple
    made_by: str


def weights(layer, argument):
    """The `Weight`s of a built layer, in Keras's order.

    Args:
        layer: a built layer.
        argument: function of a layer and the name of an argument; the argument as code, or "".
    """
    owners = {}
    for part in layer._flatten_layers():
        for v in part._trainable_variables + part._non_trainable_variables:
            owners.setdefault(id(v), part)
    found = []
    for v, name in zip(layer.weights, names(layer, layer.weights), strict=True):
        owner, shape = owners.get(id(v), layer), tuple(v.shape)
        parts = axes_of(owner, v.name, shape)
        found.append(
            Weight(
                name=name,
                shape=shape,
                count=math.prod(shape),
                trainable=v.trainable,
                derived=derivation(parts),
                sizes=tuple(" × ".join(p) if isinstance(p, tuple) else p for p in parts),
                made_by=made_by(owner, v.name, argument),
            )
        )
    return tuple(found)


def names(layer, variables):
    """The names of variables: "kernel", or "forward_lstm/kernel" where there are several."""
    short = [v.name for v in variables]
    return [v.name if short.count(v.name) == 1 else longer(v, layer) for v in variables]


def longer(variable, layer):
    """The name of a variable after that of the layer inside ``layer`` which it belongs to."""
    path = variable.path.split("/")
    below = path[path.index(layer.name) + 1 :] if layer.name in path else path
    return "/".join([re.sub(r"_\d+$", "", part) for part in below[:1]] + path[-1:])


def derivation(parts):
    """The product of the figures at the end of each part, "(4 × 32)" for a part made of two."""

    def figure(part):
        if isinstance(part, tuple):
            inside = " × ".join(map(figure, part))
            return f"({inside})" if len(parts) > 1 else inside
        return part.split()[-1]

    return " × ".join(map(figure, parts)) or "1"


def axes_of(owner, name, shape):
    """What makes each axis: a string that ends in its size, or a tuple of such strings."""
    kind, end = type(owner).__name__, [str(size) for size in shape]

    def labels(*words):
        return [f"{word} {size}" for word, size in zip(words, end, strict=True)]

    if gates := GATES.get(kind):
        return of_a_cell(owner, name, shape, gates)
    if hasattr(owner, "kernel_size") and len(shape) > 1:
        window = labels(*(f"kernel {place}" for place in PLACES[len(shape) - 2]), "", "")[:-2]
        if kind == "ConvLSTMCell":
            before = "filters" if name == "recurrent_kernel" else "input channels"
            return [*window, f"{before} {end[-2]}", ("gates 4", f"filters {owner.filters}")]
        return [*window, *labels(*[""] * len(window), *ends(kind, name, owner))[-2:]]
    known = {
        ("Dense", "kernel"): ("input features", "units"),
        ("Dense", "bias"): ("units",),
        ("Embedding", "embeddings"): ("input_dim", "output_dim"),
    }
    if words := known.get((kind, name)):
        return labels(*words)
    if name == "bias" and hasattr(owner, "filters"):
        if kind == "ConvLSTMCell":
            return [("gates 4", f"filters {owner.filters}")]
        return labels("filters")
    if len(shape) == 1 and kind.endswith("Normalization"):
        return labels("channels")
    if kind == "PReLU":
        return labels(*axes((None, *shape)))
    return labels(*(f"axis {k}" for k in range(len(shape))))


def ends(kind, name, owner):
    """The last two axes of the kernel of a convolution."""
    channels = "input channels a group" if getattr(owner, "groups", 1) > 1 else "input channels"
    if name == "pointwise_kernel":
        return "channels × depth_multiplier", "filters"
    if name == "depthwise_kernel" or kind.startswith("Depthwise"):
        return channels, "depth_multiplier"
    return ("filters", channels) if "Transpose" in kind else (channels, "filters")


def of_a_cell(owner, name, shape, gates):
    """The axes of the weights of a recurrent cell."""
    units = f"units {owner.units}"
    last = (f"gates {gates}", units) if gates > 1 else units
    match name:
        case "kernel":
            return [f"input features {shape[0]}", last]
        case "recurrent_kernel":
            return [units, last]
    # A GRU that resets after its product has one bias for the input, one for the state.
    return [last] if len(shape) == 1 else [f"biases {shape[0]}", last]


def made_by(owner, name, argument):
    """The arguments of a layer that make and fill one of its weights, as code."""
    short = name.removesuffix("_kernel") if name != "kernel" else name
    found = [argument(owner, SWITCHES[name])] if name in SWITCHES else []
    found += [argument(owner, f"{one}_initializer") for one in dict.fromkeys((name, short))]
    return ", ".join(filter(None, found))

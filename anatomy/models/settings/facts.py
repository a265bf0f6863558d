"""What makes a layer what it is, and what it was called with, as text: "64, 3×3, relu"."""

from types import EllipsisType

from anatomy.base.words import number
from anatomy.layers.shapes import inner
from anatomy.lazy import keras
from anatomy.training.private import learning_rate

NAMED = (
    "units", "filters", "input_dim", "output_dim", "kernel_size", "pool_size", "size", "padding",
    "rate", "target_shape", "dims", "n",
)  # fmt: skip
FLAGS = ("return_sequences", "return_state")


def settings(layer):
    """The settings that make a layer what it is, with its activation, as one short text."""
    within = inner(layer)
    if within is not layer:  # TimeDistributed, Bidirectional
        return f"{type(within).__name__} {settings(within)}".strip()
    parts = [f"{type(cell).__name__} {settings(cell)}".strip() for cell in cells(layer)]
    parts += [numbers(getattr(layer, name, None)) for name in NAMED]
    if heads := getattr(layer, "num_heads", None):
        parts.append(f"{heads} heads of {getattr(layer, 'key_dim', '…')}")
    strides, dilation = (_sizes(layer, name) for name in ("strides", "dilation_rate"))
    if set(strides) - {1, None} and strides != getattr(layer, "pool_size", None):
        several = len(set(strides)) > 1
        parts.append(f"strides {numbers(strides)}" if several else f"stride {strides[0]}")
    if set(dilation) - {1, None}:
        parts.append(f"dilation {numbers(dilation)}")
    if type(layer).__name__ == "Concatenate" and layer.axis != -1:
        parts.append(f"axis {layer.axis}")
    activation = name_of(getattr(layer, "activation", None))
    parts.append(activation if activation != "linear" else "")
    parts += [name for name in FLAGS if getattr(layer, name, False) is True]
    return ", ".join(filter(None, parts))


def cells(layer):
    """The cells of an ``RNN(cell)``; none of an LSTM, whose settings are those of its cell."""
    own = not hasattr(layer, "units") and not hasattr(layer, "filters")
    cell = getattr(layer, "cell", None) if own else None
    return getattr(cell, "cells", [cell] if cell else [])


def numbers(setting):
    """A number, or a tuple of numbers as "3×3"; "" for anything else."""
    match setting:
        case bool() | None | [] | ():
            return ""
        case int() | float():
            return number(setting) if isinstance(setting, float) else str(setting)
        case list() | tuple() if all(isinstance(n, int) for n in setting):
            return "×".join(map(str, setting))
        case list() | tuple() if all(isinstance(n, (list, tuple)) for n in setting):
            [side, *others] = {n for pair in setting for n in pair}
            return ", ".join(str(tuple(n)) for n in setting) if others else str(side)
    return ""


def name_of(function):
    """The name of a loss or an activation that is a name, an object or a function."""
    if function is None or isinstance(function, str):
        return function or ""
    return getattr(function, "__name__", None) or type(function).__name__


def rate(optimizer):
    """The learning rate of an optimizer: a number, or the name of its schedule."""
    value = learning_rate(optimizer)  # the public one of a schedule is its value of the moment
    return number(float(value)) if hasattr(value, "dtype") else name_of(value)


def constants(call):
    """What a layer was called with besides tensors: "2.0", "use_causal_mask=True", "[:, -1]".

    An operation has them in its configuration, too: "axis=1". None and False are left out: they
    leave a call as it is.
    """
    if type(call.operation).__name__ == "GetItem" and len(call.arguments.args) > 1:
        key = call.arguments.args[1]
        return f"[{', '.join(map(text, key if isinstance(key, tuple) else (key,)))}]"
    pairs = [("", value) for value in call.arguments.args]
    own = {} if isinstance(call.operation, keras.Layer) else call.operation.get_config()
    named = own | {"name": None} | call.arguments.kwargs
    pairs += [(f"{name}=", value) for name, value in named.items()]
    return ", ".join(
        name + text(value)
        for name, value in pairs
        if value is not None
        and value is not False
        and not all(isinstance(part, keras.KerasTensor) for part in keras.tree.flatten(value))
    )


def text(value):
    """A value that stands in a call, in few words: a tensor is "·", a slice "1:-1"."""
    match value:
        case keras.KerasTensor():
            return "·"
        case slice(start=start, stop=stop, step=step):
            ends = [start, stop] if step is None else [start, stop, step]
            return ":".join("" if n is None else text(n) for n in ends)
        case EllipsisType():
            return "..."
        case list() | tuple():
            return "(" + ", ".join(map(text, value)) + ")"
    return repr(value)


def _sizes(layer, name):
    sizes = getattr(layer, name, 1)
    return tuple(sizes) if isinstance(sizes, (tuple, list)) else (sizes,)

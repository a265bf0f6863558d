"""What a layer was told when it was made, in few words: Conv2D is "64, 3×3, relu"."""

FIRST = (
    "units", "filters", "input_dim", "output_dim", "kernel_size", "pool_size", "size", "padding",
    "rate", "target_shape", "dims", "n",
)  # fmt: skip
FLAGS = ("return_sequences", "return_state")


def settings(layer):
    """The settings that make a layer what it is, with its activation, as one short text."""
    inner = getattr(layer, "layer", None) or getattr(layer, "forward_layer", None)
    if inner is not None:  # TimeDistributed, Bidirectional
        return f"{type(inner).__name__} {settings(inner)}".strip()
    told = [value(getattr(layer, name, None)) for name in FIRST]
    if getattr(layer, "num_heads", None):
        told.append(f"{layer.num_heads} heads of {getattr(layer, 'key_dim', '…')}")
    told += [_strides(layer), _dilation(layer), _axis(layer)]
    told.append(_activation(getattr(layer, "activation", None)))
    told += [name for name in FLAGS if getattr(layer, name, False) is True]
    return ", ".join(filter(None, told))


def value(setting):
    """A number or a tuple of these as we say it: "3×3"; "" for all else."""
    if isinstance(setting, bool) or setting is None:
        return ""
    if isinstance(setting, (int, float)):
        return f"{setting:.4g}" if isinstance(setting, float) else str(setting)
    if isinstance(setting, (tuple, list)) and setting:
        if all(isinstance(n, (tuple, list)) for n in setting):
            sides = {n for pair in setting for n in pair}
            return (
                value(sides.pop()) if len(sides) == 1 else ", ".join(map(str, map(tuple, setting)))
            )
        if all(isinstance(n, int) for n in setting):
            return "×".join(map(str, setting))
    return ""


def named(thing):
    """A loss or an activation as it was given: a name, an object or a function."""
    if thing is None or isinstance(thing, str):
        return thing or ""
    return getattr(thing, "__name__", None) or type(thing).__name__


def rate(optimizer):
    """The learning rate: a number, or the name of its schedule."""
    import keras

    # The public learning_rate of a schedule is its value of the moment: here is the schedule.
    found = getattr(optimizer, "_learning_rate", optimizer.learning_rate)
    if isinstance(found, keras.Variable):
        return f"{float(found.value):.4g}"
    return named(found)


def _strides(layer):
    strides = getattr(layer, "strides", None)
    strides = strides if isinstance(strides, (tuple, list)) else (strides,)
    if set(strides) <= {1, None} or tuple(strides) == getattr(layer, "pool_size", None):
        return ""
    return f"stride {strides[0]}" if len(set(strides)) == 1 else f"strides {value(strides)}"


def _dilation(layer):
    dilation = getattr(layer, "dilation_rate", 1)
    return "" if dilation == 1 or set(dilation) == {1} else f"dilation {value(dilation)}"


def _axis(layer):
    """The axis along which tensors are put together, where it isn't the last one."""
    axis = getattr(layer, "axis", -1)
    return f"axis {axis}" if type(layer).__name__ == "Concatenate" and axis != -1 else ""


def _activation(activation):
    name = named(activation)
    return "" if name == "linear" else name

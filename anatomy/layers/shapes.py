"""Shapes in words: what their axes are called, and which of them a layer takes."""

import math
import re
from numbers import Integral

from anatomy.data import calls
from anatomy.data.gate import AXES
from anatomy.lazy import keras

#: Layers that join several tensors, where a stack has one.
JOINING = {
    "Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract",
    "Attention", "AdditiveAttention", "MultiHeadAttention", "GroupedQueryAttention",
}  # fmt: skip

#: Axes of a frame that each of these reads, one after the other.
FILMED = {"ConvLSTM1D": 1, "ConvLSTM2D": 2, "ConvLSTM3D": 3}
#: What a layer does, and so needs these axes for, by a pattern of its name.
NEEDS = {
    "ConvLSTM": "reads a sequence of arrays, one after the other",
    "Conv1D|Convolution1D": "slides a kernel along the timesteps",
    "Conv2D|Convolution2D": "slides a kernel over height and width, through all channels",
    "Conv3D|Convolution3D": "slides a kernel through frames, height and width",
    "LSTM|GRU|RNN|Bidirectional": "reads a sequence, one timestep after the other",
    "Global.*Pool": "reduces all the positions of a channel to one number",
    "Pool": "reduces a map of positions to a smaller one",
    "TimeDistributed": "applies its layer to each timestep",
    "RepeatVector": "repeats one vector",
    "Embedding": "looks up a vector for each whole number",
    "Dense": "weighs the features of a sample",
}


@calls.validated(shape=calls.listed)
def axes(shape):
    """The names of the axes of a shape that begins with the batch axis None, without that one.

    ``axes((None, 28, 28))`` is ``("timesteps", "features")``. Ranks that Keras has no usual
    names for get "axis 1", "axis 2" and so on.
    """
    rank = len(shape) - 1
    return AXES.get(rank, tuple(f"axis {k}" for k in range(1, rank + 1)))


def kind(layer):
    """The name of the layer of Keras that a layer is, or is derived from."""
    for base in type(layer).__mro__:
        if base.__module__.startswith("keras."):
            return base.__name__
    return type(layer).__name__


def inner(layer):
    """The layer inside a wrapper such as Bidirectional or TimeDistributed, or the layer itself."""
    within = (getattr(layer, name, None) for name in ("forward_layer", "layer"))
    return next((one for one in within if isinstance(one, keras.Layer)), layer)


def ranks(layer):
    """The smallest and the largest number of axes that a layer takes, the batch axis included.

    ``ranks(layers.LSTM(4))`` is (3, 3), ``ranks(layers.Dense(4))`` is (2, None): no limit.
    """
    name = kind(layer)
    if name in ("TimeDistributed", "SpectralNormalization"):
        more = int(name == "TimeDistributed")
        low, high = ranks(layer.layer)
        return low + more, high and high + more
    if match := re.search(r"([123])D", name):
        exact = int(match[1]) + 2 + ("ConvLSTM" in name)
        return exact, exact
    if "Attention" in name or name == "RNN":
        return 3, None
    if "image_preprocessing" in type(layer).__module__:
        return 4, 4
    spec = layer.input_spec
    if isinstance(spec, list) and len(spec) == 1:
        [spec] = spec
    if spec is None or isinstance(spec, list | tuple):
        return 1, None
    if spec.ndim is not None:
        return spec.ndim, spec.ndim
    return spec.min_ndim or 1, spec.max_ndim


def expected(layer):
    """The shapes that a layer takes, such as "(None, height, width, channels)"."""
    if kind(layer) in JOINING:
        return "a list of tensors"
    low, high = ranks(layer)
    names = in_format(axes((None,) * low), layer)
    if low != high:
        names.insert(0, "...")
    return f"(None, {', '.join(names)})"


def in_format(names, layer):
    """Names of axes, usually with the channels last, in the order in which a layer has them."""
    if kind(layer) in ("TimeDistributed", "ConvLSTM1D") and len(names) == 3:
        names = ("timesteps", "length", "channels")
    if kind(layer) == "TimeDistributed":
        return [*names[:1], *in_format(names[1:], layer.layer)]
    layer = inner(layer)
    others, channels = [*names[:-1]], [*names[-1:]]
    place = len(others)
    if kind(layer) in ("BatchNormalization", "GroupNormalization") and layer.axis > 0:
        place = layer.axis - 1
    elif getattr(layer, "data_format", None) == "channels_first":
        place = int(place > FILMED.get(kind(layer), place))  # behind the frames, if there are any
    return [*others[:place], *channels, *others[place:]]


def needs(layer):
    """What a layer does with its input, as the end of a sentence; "" for most."""
    return next((need for pattern, need in NEEDS.items() if re.search(pattern, kind(layer))), "")


def in_words(shape):
    """What a tensor is by its axes, such as "a sequence of 28 timesteps of 28 features"."""
    if len(shape) == 1:
        return "a single number for each sample"
    sizes = [
        f"{'any number of' if size is None else f'{size:,}'} {name[:-1] if size == 1 else name}"
        for size, name in zip(shape[1:], axes(shape), strict=True)
    ]
    match len(shape):
        case 2:
            return f"a vector of {sizes[0]}"
        case 3:
            return f"a sequence of {sizes[0]} of {sizes[1]}"
        case 4:
            return f"an image of {shape[1]} × {shape[2]} positions of {sizes[2]}"
        case 5:
            return f"a film of {sizes[0]} of {shape[2]} × {shape[3]} positions of {sizes[3]}"
    return f"a tensor of {len(shape)} axes"


def count(shape):
    """How many values a sample has; None where an axis has no fixed size."""
    return None if None in shape[1:] else math.prod(shape[1:])


def checked_shape(shape, name):
    """A shape as a tuple of ints and None, or an error that quotes it."""
    valid = isinstance(shape, tuple | list) and all(
        size is None or (isinstance(size, Integral) and not isinstance(size, bool) and size > 0)
        for size in shape
    )
    if not valid:
        hint = f"({shape},)" if isinstance(shape, int) else "(28, 28, 1)"
        raise ValueError(f"{name} is {shape!r}; give whole numbers from 1 up, such as {hint}.")
    return tuple(None if size is None else int(size) for size in shape)

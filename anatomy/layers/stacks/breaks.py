"""Where a stack of layers breaks, and why."""

import itertools
import re
from dataclasses import dataclass

from anatomy.layers.shapes import JOINING, count, expected, in_words, inner, kind, needs, ranks
from anatomy.layers.symbolic import one_line
from anatomy.lazy import keras
from anatomy.training.step import trial

#: Layers that move or drop values and change none: whole numbers stay whole numbers.
MOVING = r"Reshape|Flatten|Permute|RepeatVector|Cropping|ZeroPadding|Identity|CenterCrop|Masking"
#: Layers after which the axes have other meanings than before.
OTHER_AXES = r"Reshape|Flatten|Permute|Global|TimeDistributed|RNN|LSTM|GRU"
OWN_MASK = "The Embedding makes the mask itself, with mask_zero=True and 0 for padding."


@dataclass(frozen=True)
class Break:
    """The first joint of a stack that does not hold.

    Attributes:
        index: of the layer that cannot take its input, or whose output is not what is asked for.
        shape: of its input, a list of shapes for several tensors.
        expected: the shapes that would do, such as "(None, height, width, channels)".
        why: one or two sentences.
        keras: the error that Keras raises, in one line; "" where it raises none.
        silent: whether Keras builds the stack all the same.
        reason: why in one word, by which a repair is looked for: "rank", "size", "output", ...
        repair: what would repair it, in words, tried; "" where nothing simple does.
    """

    index: int
    shape: tuple | list
    expected: str
    why: str
    keras: str = ""
    silent: bool = False
    reason: str = ""
    repair: str = ""

    @property
    def ending(self):
        """Whether the layer takes its input, and its output is what does not fit."""
        return self.reason == "output"


def timed(layer):
    """Whether a layer reads pictures or vectors one after the other, each with its channels."""
    return bool(re.match("TimeDistributed|ConvLSTM", kind(layer)))


def is_dense(layer):
    """Whether a layer is Dense, or Dense at each timestep."""
    return kind(inner(layer)) == "Dense"


def window(layer):
    """How many positions the window of a layer spans along each axis; () without a window."""
    kernel = getattr(layer, "kernel_size", ())
    dilation = getattr(layer, "dilation_rate", None) or (1,) * len(kernel)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    return spans or getattr(layer, "pool_size", ())


def positions(layer, shape):
    """The sizes of the axes along which a window moves."""
    axes = len(window(layer)) or len(shape) - 2
    if getattr(layer, "data_format", None) == "channels_first":
        return shape[len(shape) - axes :]
    return shape[len(shape) - 1 - axes : -1]


def too_small(layer, shape):
    """Whether there is too little room for a layer that drops the positions at the edges."""
    if None in positions(layer, shape) or getattr(layer, "padding", "valid") == "same":
        return False
    pairs = zip(window(layer), positions(layer, shape), strict=False)
    return "Cropping" in kind(layer) or any(span > size for span, size in pairs)


def other_format(layers, index, shape):
    """The data format of the input of a layer that reads the other, "channels_first"; or ""."""
    sizes, layers = shape[1 + timed(layers[index]) :], [*map(inner, layers[: index + 1])]
    layer, layout = layers[index], getattr(layers[index], "data_format", None)
    if kind(layer) == "Flatten" or len(sizes) < 2:
        return ""
    for before in reversed(layers[:index]):
        if re.search(OTHER_AXES, kind(before)):
            return ""
        if earlier := getattr(before, "data_format", None):
            normal = kind(layer).endswith("Normalization")
            last = normal and getattr(layer, "axis", None) in (-1, len(sizes))
            return earlier if (layout or ("channels_last" if last else earlier)) != earlier else ""
    dimensions = int((re.search(r"([123])D", kind(layer)) or "00")[1])
    if layout != "channels_last" or len(sizes) != dimensions + 1 or None in sizes:
        return ""
    if any(window(one) or is_dense(one) for one in layers[:index]):
        return ""
    square, colours = sizes[-1] == sizes[-2], {1: (), 2: (3,), 3: ()}[dimensions]
    likely = sizes[0] in colours or (sizes[0] in (1, 3) and square)
    if dimensions == 1:  # a kernel that is wider than all timesteps
        likely = sizes[0] < max(window(layer), default=1)
    return "channels_first" if likely and min(sizes[1:]) >= 8 else ""


def rounded(layers, shapes):
    """(index, size, output) of the first layer that halved an odd size; None where none did."""
    for at, layer in enumerate(layers):
        steps = getattr(layer, "strides", ())
        if isinstance(steps, tuple) and "Transpose" not in kind(layer):
            before, after = positions(layer, shapes[at]), positions(layer, shapes[at + 1])
            for size, step, output in zip(before, steps, after, strict=False):
                if size and step > 1 and size % step:
                    return at, size, output
    return None


def namesake(layers, index):
    """Whether another layer before has the name of this one."""
    return any(
        one.name == layers[index].name and one is not layers[index] for one in layers[:index]
    )


def refused(layers, index, shapes, error):
    """The Break of a layer that Keras will not build on its input."""
    layer, shape = layers[index], shapes[-1]
    name, takes, (low, high) = type(layer).__name__, expected(layer), ranks(layer)
    if namesake(layers, index):
        reason = "name"
        why = f"The name {layer.name!r} stands in the stack already: each layer has one of its own."
    elif isinstance(shape, list):
        reason = "states"
        why = "The layer before returns its states too, and a layer of a stack takes one tensor."
    elif kind(layer) in JOINING:
        reason = "joining"
        why = f"{name} joins several tensors: build such a graph with the functional API."
    elif not low <= len(shape) <= (high or len(shape)):
        task, doubt = needs(layer), _of_samples(shape) * (len(shape) > low and not index)
        reason = "samples" if doubt and shape[1] > 1 else "rank"  # then no repair of the layers
        why = (
            f"{name} {task}{', and ' * bool(task)}takes {takes}. Its input is {shape}: "
            f"{in_words(shape)}{_cause(layers[index - 1] if index else None, shape)}.{doubt}"
        )
    elif other_format(layers, index, shape):
        reason, why = "format", _format(layers, index, shape)
    elif kind(layer) == "Reshape" and None not in shape[1:]:
        reason, target = "values", tuple(layer.target_shape)
        takes = f"as many values as {target} has"
        why = f"{shape} has {count(shape):,} values a sample, of which {target} cannot be made."
    elif too_small(layer, shape):
        reason, span = "size", " × ".join(map(str, window(layer))) or "what it cuts off"
        takes = f"{takes}, with room for {span}"
        room = " × ".join(map(str, positions(layer, shape)))
        why = f"Only {room} positions are left, and {name} needs room for {span}."
    elif layer in layers[:index]:
        reason, first = "name", layers.index(layer)
        built = f"This {name} is layer {first + 1} once more, with weights for {shapes[first]}"
        why = f"{built}. Its input here is {shape}."
    elif getattr(layer, "groups", 1) > 1:
        reason = "groups"
        why = f"{name} has {layer.groups} equal groups of channels. Its input is {shape}."
    elif None in shape[1:]:
        reason = "open"
        why = f"{name} creates weights for each size, and {shape} leaves one open."
    else:
        reason = "stateful" if getattr(layer, "stateful", False) else "other"
        why = f"Keras cannot build {name} on {shape}: {in_words(shape)}."
    return Break(index, shape, takes, why, error, reason=reason)


def _of_samples(shape):
    """A doubt where the first size of an input may be how many samples there are; else ""."""
    first, rest = shape[1] or 0, max((size or 1 for size in shape[2:]), default=1)
    if first != 1 and not first > 10 * rest > 10:
        return ""
    return f" Is the first {first:,} the axis of the samples? One sample is then {shape[2:]}."


def _cause(before, shape):
    """Why axes are missing, from the layer before; the end of a sentence, "" for most."""
    name = type(before).__name__
    if getattr(inner(before), "return_sequences", None) is False:
        return f", since the {name} before it returns its last timestep alone"
    if len(shape) == 2 and re.match("Flatten|Global", kind(before)):
        return f", since the {name} before it leaves one axis"
    return ""


def _format(layers, index, shape):
    """Why a layer that reads channels at the other end does not fit."""
    name, layout = type(inner(layers[index])).__name__, other_format(layers, index, shape)
    if not any(getattr(inner(layer), "data_format", None) for layer in layers[:index]):
        one = (None, *shape[1 + timed(layers[index]) :])
        channels = f"The channels seem to stand first in {one}, and {name} reads them last"
        return f"{channels}: to it this is {in_words(one)}."
    ends = ("first", "last") if layout == "channels_last" else ("last", "first")
    name += " without axis=1" * (kind(layers[index]).endswith("Normalization"))
    return f"{name} reads channels {ends[0]}, and the layer before it has them {ends[1]}: {shape}."


def silent(layers, index, shapes, whole):
    """The Break where Keras builds what cannot be meant; None where all is well."""
    layer, shape, output = layers[index], shapes[index], shapes[index + 1]
    if isinstance(shape, list):
        return None
    name, takes, reason, why = type(layer).__name__, expected(layer), "", ""
    task = f"{name} looks up a vector for each whole number"
    before = [kind(one) for one in layers[:index] if kind(one) != "Dropout"]
    if kind(layer) == "Embedding":
        takes, reason = "(None, timesteps), whole numbers", "embedding"
        if "Masking" in before:
            takes, reason = f"{takes}, no mask", "mask"
            why = f"Masking looks at features, and numbers of words have none. {OWN_MASK}"
        elif not whole:
            why = f"{task}; those before compute fractions, which it cuts off without a gradient."
        elif len(shape) > 3:
            why = f"{task}, such as that of a word. Its input is {shape}: {in_words(shape)}."
    elif kind(layer) == "Masking" and before[-1:] == ["Embedding"]:
        takes, reason = "(None, timesteps, features), measured numbers", "mask"
        none = f"No vector of an Embedding has {layer.mask_value} in all features, to be masked"
        why = f"{none}. {OWN_MASK}"
    elif "image_preprocessing" in type(layer).__module__ and len(shape) != 4:
        reason = "rank"
        why = f"{name} takes {takes}. Of {shape} it takes the batch axis for the height."
    elif other_format(layers, index, shape):
        reason, why = "format", _format(layers, index, shape)
    elif not isinstance(output, list) and 0 in output[1:]:
        reason, why = "size", f"{name} leaves nothing of {shape}: its output {output} is empty."
    return Break(index, shape, takes, why, silent=True, reason=reason) if why else None


def masked(layers, built, shapes):
    """The Break of a layer that a mask stops, which Keras finds in ``fit()`` alone."""
    if not any(kind(one) == "Masking" or getattr(one, "mask_zero", False) for one in layers):
        return None
    below = (keras.Sequential([keras.Input(shapes[0][1:]), *built[:n]])
             for n in range(len(built), 0, -1))  # fmt: skip
    errors = [*itertools.takewhile(bool, map(trial, below))]  # of all layers, of all but one, ...
    if not errors:
        return None
    index, error = len(built) - len(errors), errors[-1]
    name = type(layers[index]).__name__
    why = f"{name} cannot use the mask of a layer below: the stack is built, and stops in fit()."
    takes = f"{expected(layers[index])}, no mask"
    return Break(index, shapes[index], takes, why, one_line(error), reason="mask")


def ending(layers, shapes, outputs):
    """The Break of a stack that Keras builds and whose last shape cannot be what is meant.

    The rule: with ``outputs`` the last shape must be ``(None, *outputs)``, whatever is before it.
    Without, a stack is at fault only if it ends in an output for each position of an image
    (rank 4 or more) because of a Dense layer, with none after it that merges positions.
    """
    last, meant = shapes[-1], None if outputs is None else (None, *outputs)
    dense = _tail(layers, shapes)
    if not layers or (meant is None and not dense) or (meant and _same(last, meant)):
        return None
    rank = 4 if meant is None else len(meant) + 1
    if not isinstance(last, list) and dense and len(last) >= rank:
        index = dense[0]
        if len(shapes[index]) < 4 and meant is None:
            return None
        place = {3: "timestep", 4: "position"}.get(len(last), "place")
        loss = f", and {meant} is asked for: only the loss would fail" if meant else ""
        why = f"Dense weighs the last axis alone, so there is an output for each {place}: {last}"
        doubt = _of_samples(shapes[0]) if meant and not index else ""
        return Break(index, shapes[index], "(None, features)", f"{why}{loss}.{doubt}",
                     silent=True, reason="positions")  # fmt: skip
    if meant is None:
        return None
    sized = [i for i, one in enumerate(map(inner, layers)) if {"units", "filters"} & {*dir(one)}]
    behind = {s[-1] for s in shapes[sized[-1] + 1 :]} if sized and last[:-1] == meant[:-1] else ()
    index = sized[-1] if behind == {last[-1]} else len(layers) - 1
    why = f"The last output is {last}, and {meant} is asked for. Keras fails only at the loss."
    if len(last) == len(meant) > 2 and (odd := rounded(layers, shapes)):
        at, size, half = odd
        name = type(layers[at]).__name__
        why += f" At layer {at + 1}, {name}, the odd size {size} was rounded to {half}."
    return Break(index, shapes[index], f"an output of {meant}", why, silent=True, reason="output")


def _same(last, meant):
    """Whether an output has the shape that is asked for; Keras squeezes a last axis of 1."""
    return last in (meant, (*meant, 1)) or (isinstance(last, tuple) and (*last, 1) == meant)


def _tail(layers, shapes):
    """The indices of the Dense layers after which no layer touches any axis but the last."""
    tail = []
    for index in reversed(range(len(layers))):
        layer = layers[index]
        if is_dense(layer):
            tail.insert(0, index)
        elif shapes[index] != shapes[index + 1] or any(
            hasattr(layer, name) for name in ("kernel_size", "pool_size", "return_sequences")
        ):
            break
    return tail

"""Where a stack of layers breaks, and why."""

import re
from dataclasses import dataclass

from anatomy.layers.eats import JOINING, in_words, kind, needs, positions, ranks, wanted
from anatomy.layers.symbolic import apply, clone, one_line, shape_of, tensors, unseen

#: Layers that move or drop values and change none: whole numbers stay whole numbers.
MOVING = r"Reshape|Flatten|Permute|RepeatVector|Cropping|ZeroPadding|Identity|CenterCrop|Masking"


@dataclass(frozen=True)
class Break:
    """The first joint of a stack that does not hold.

    Attributes:
        index: of the layer that cannot take what it is given, or that hands on what is not asked.
        given: the shape that this layer is given, a list of shapes for several tensors.
        wanted: the shapes that it takes, in words such as "(None, height, width, channels)".
        why: one or two sentences.
        keras: what Keras says, in one line; "" where it says nothing.
        silent: whether Keras builds the stack all the same.
        repair: what would mend it, in words; "" where nothing simple does.
    """

    index: int
    given: tuple | list
    wanted: str
    why: str
    keras: str = ""
    silent: bool = False
    repair: str = ""


def judge(layers, input_shape, outputs=None):
    """The shapes that clones of these layers hand on, and the first `Break`, or None.

    Args:
        layers: list of ``keras.layers.Layer``.
        input_shape, outputs: tuples without the batch axis; no wish for ``outputs`` is None.

    Returns:
        list of output shapes, one a layer as far as Keras builds it, and the Break.
    """
    shapes, seen, whole = [], {}, True
    with unseen():
        x = tensors((None, *input_shape))
        for index, layer in enumerate(layers):
            given = shape_of(x)
            if layer.name in seen:
                return shapes, Break(index, given, wanted(layer), *twice(layer, seen[layer.name]))
            seen[layer.name] = layer
            try:
                y = apply(clone(layer), x)
            except Exception as error:
                before = layers[index - 1] if index else None
                return shapes, refused(index, layer, given, one_line(error), before)
            shapes.append(shape_of(y))
            if fault := silent(layer, given, shapes[-1], whole or is_whole(x)):
                return shapes, Break(index, given, *fault, silent=True)
            whole = whole and bool(re.search(MOVING, kind(layer)))
            x = y
    return shapes, ending(layers, [(None, *input_shape), *shapes], outputs)


def is_whole(x):
    """Whether a Keras tensor, or the first of several, holds whole numbers."""
    import keras

    return "int" in keras.tree.flatten(x)[0].dtype


def twice(layer, first):
    """Why one name cannot stand in a stack twice, and what Keras says."""
    import keras

    same = "This very layer stands" if layer is first else f"The name {layer.name!r} stands"
    why = f"{same} in the stack already: each place has a layer, and a name, of its own."
    try:
        keras.Sequential([clone(first), clone(layer)])
    except ValueError as error:
        return why, one_line(error)
    return why, ""


def refused(index, layer, given, keras, before=None):
    """The Break of a layer that Keras will not build on ``given``."""
    name, takes = type(layer).__name__, wanted(layer)
    low, high = ranks(layer)
    if isinstance(given, list):
        why = "The layer before returns its states too, and a stack hands on one tensor."
    elif kind(layer) in JOINING:
        why = (
            f"{name} joins several tensors, and a stack hands on one. "
            "Such a graph is drawn with the functional API."
        )
    elif not low <= len(given) <= (high or len(given)):
        task = f"{name} {needs(layer)}, and takes" if needs(layer) else f"{name} takes"
        why = f"{task} {takes}. It is given {given}: {in_words(given)}{cause(before, given)}."
    elif kind(layer) == "Reshape" and None not in given[1:]:
        n, target = positions(given), tuple(layer.target_shape)
        takes = f"as many values as {target} has"
        why = f"{given} has {n:,} values a sample, and {target} cannot be made of exactly these."
    elif too_small(layer, given):
        window = " × ".join(map(str, reach(layer))) or "what it cuts off"
        takes = f"{takes}, with room for {window}"
        left = " × ".join(map(str, room(layer, given)))
        why = f"Only {left} positions are left, and {name} needs room for {window}."
    elif getattr(layer, "groups", 1) > 1:
        why = f"{name} shares the channels out to {layer.groups} equal groups. It is given {given}."
    elif None in given[1:]:
        why = f"{name} makes weights for each size, and {given} leaves one open."
    else:
        why = f"Keras cannot build {name} on {given}: {in_words(given)}."
    return Break(index, given, takes, why, keras)


def cause(before, given):
    """Why axes are missing, from the layer before; the end of a sentence, "" for most."""
    name = type(before).__name__
    inner = getattr(before, "forward_layer", before)
    if getattr(inner, "return_sequences", None) is False:
        return f", since the {name} before hands on its last timestep alone"
    if len(given) == 2 and re.match("Flatten|Global", kind(before)):
        return f", since the {name} before leaves one axis"
    return ""


def reach(layer):
    """How many positions the window of a layer spans along each axis; () without a window."""
    kernel = getattr(layer, "kernel_size", ())
    dilation = getattr(layer, "dilation_rate", None) or (1,) * len(kernel)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    return spans or getattr(layer, "pool_size", ())


def room(layer, given):
    """The positions that a window can lie on: the sizes of its axes in ``given``."""
    count = len(reach(layer)) or len(given) - 2
    if getattr(layer, "data_format", None) == "channels_first":
        return given[len(given) - count :]
    return given[len(given) - 1 - count : -1]


def too_small(layer, given):
    """Whether there is too little room for a layer that keeps no positions at the edges."""
    if None in room(layer, given) or getattr(layer, "padding", "valid") == "same":
        return False
    if "Cropping" in kind(layer):
        return True
    pairs = zip(reach(layer), room(layer, given), strict=False)
    return any(span > size for span, size in pairs)


def silent(layer, given, output, whole):
    """(wanted, why) where Keras builds what cannot be meant; None where all is well."""
    if isinstance(given, list):
        return None
    name = type(layer).__name__
    if kind(layer) == "Embedding" and not whole:
        return "(None, timesteps), whole numbers", (
            f"{name} looks up a vector for each whole number, and the layers before it hand on "
            "fractions. Keras cuts them off to whole numbers, and no gradient goes through."
        )
    if kind(layer) == "Embedding" and len(given) > 3:
        return "(None, timesteps), whole numbers", (
            f"{name} looks up a vector for each whole number, such as that of a word. "
            f"It is given {given}: {in_words(given)}, whose values are no such numbers."
        )
    if "image_preprocessing" in type(layer).__module__ and len(given) != 4:
        return wanted(layer), (
            f"{name} takes {wanted(layer)}. Of {given} it takes the batch axis for the height."
        )
    if not isinstance(output, list) and 0 in output[1:]:
        return wanted(layer), f"{name} leaves nothing of {given}: its output {output} is empty."
    return None


def ending(layers, shapes, outputs):
    """The Break of a stack that Keras builds and whose last shape cannot be what is meant.

    The rule: with ``outputs`` the last shape must be ``(None, *outputs)``, whatever is before it.
    Without, a stack is at fault only if it ends in one answer for each position of an image
    (rank 4 or more) because of a Dense layer, with none after it that merges positions.
    """
    last, meant = shapes[-1], None if outputs is None else (None, *outputs)
    dense = tail(layers, shapes)
    rank = 4 if meant is None else len(meant) + 1
    if not layers or last == meant or (meant is None and not dense):
        return None
    if not isinstance(last, list) and dense and len(last) >= rank:
        index = dense[0]
        if len(shapes[index]) < 4 and meant is None:
            return None
        place = {3: "timestep", 4: "position"}.get(len(last), "place")
        loss = "" if meant is None else f" and {meant} is asked: only the loss would fail"
        fix = "" if meant else f" If that is meant, say so with outputs={last[1:]}."
        return Break(
            index, shapes[index], "(None, features)",
            f"Dense weighs the last axis alone, so the stack gives an answer for each {place}: "
            f"{last}{loss}.{fix}",
            silent=True,
        )  # fmt: skip
    if meant is None:
        return None
    index = dense[-1] if dense and last[:-1] == meant[:-1] else len(layers) - 1
    why = f"The stack hands on {last}, and {meant} is asked. Keras says so only at the loss."
    return Break(index, shapes[index], f"an output of {meant}", why, silent=True)


def tail(layers, shapes):
    """The indices of the Dense layers after which no layer touches any axis but the last."""
    found = []
    for index in reversed(range(len(layers))):
        layer, given, output = layers[index], shapes[index], shapes[index + 1]
        if kind(layer) == "Dense":
            found.insert(0, index)
        elif given != output or any(
            hasattr(layer, name) for name in ("kernel_size", "pool_size", "return_sequences")
        ):
            break
    return found

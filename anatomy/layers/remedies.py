"""Small changes that may mend a broken stack, the likeliest first."""

import math
import re

from anatomy.layers.breaks import room, too_small
from anatomy.layers.card.call import call
from anatomy.layers.eats import JOINING, kind, positions, ranks
from anatomy.layers.reshapes import divided, shapes_of_rank
from anatomy.layers.symbolic import configuration, from_configuration

RECURRENT = r"LSTM|GRU|RNN|Bidirectional"


def remedies(layers, shapes, broken, outputs):
    """Pairs (words, layers), one for each change.

    Args:
        layers: the broken stack. shapes: what each is given, as far as is known, the input first.
        broken: its `Break`. outputs: the shape that is asked for, or None.
    """
    index = broken.index
    layer, given = layers[index], shapes[index]
    change = Change(layers, shapes)
    if any(layer.name == one.name for one in layers[:index]):
        words = f"make another {call(layer)} for this place"
        yield words, change.put(index, change.like(layer, name=change.name(layer)))
    elif isinstance(given, list):
        yield from change.sequences(index, return_state=False)
    elif kind(layer) in JOINING:
        return
    elif kind(layer) == "Embedding" and broken.silent:
        if index and len(shapes[0]) == 2:
            without = change.drop(index)[1]
            yield f"put {call(layer)} first", [layer, *without]
        yield change.drop(index)
    elif "an output of" in broken.wanted:
        yield from of_output(change, index, shapes[-1], outputs)
    elif broken.silent and kind(layer) == "Dense":
        yield from of_positions(change, index, given, outputs)
    elif not ranks(layer)[0] <= len(given) <= (ranks(layer)[1] or len(given)):
        yield from of_rank(change, index, given)
    elif getattr(layer, "stateful", False):
        yield change.set(index, stateful=False)
    elif kind(layer) == "Reshape":
        n = positions(given)
        for target in divided(n, tuple(layer.target_shape)) if n else []:
            yield change.set(index, target_shape=target)
    elif too_small(layer, given):
        yield from of_size(change, index, given)
    elif getattr(layer, "groups", 1) > 1:
        yield change.set(index, groups=math.gcd(layer.groups, given[-1] or 1))
    elif None in given[1:]:
        yield from change.pooled(index)


def of_rank(change, index, given):
    """A layer that is given too few or too many axes."""
    layer = change.layers[index]
    low, high = ranks(layer)
    rank = low if len(given) < low else high
    if {rank, len(given)} == {2, 3}:
        yield from change.sequences(index, return_sequences=rank == 3)
    yield from change.undone(index, rank)
    name = kind(layer)
    if re.match("Global|SpatialDropout", name):
        if 3 <= len(given) <= 5:
            yield change.swap(index, re.sub(r"\dD", f"{len(given) - 2}D", name), layer)
        elif len(given) == 2:
            yield change.drop(index)
    if rank == 2:
        yield change.insert(index, "Flatten")
    for target in shapes_of_rank(given, rank, bool(re.search(RECURRENT, name))):
        yield change.insert(index, "Reshape", target_shape=target)


def of_size(change, index, given):
    """A window that is larger than what is left to look at."""
    layer, left = change.layers[index], room(change.layers[index], given)
    if pool := getattr(layer, "pool_size", None):
        if min(left) == 1:
            yield change.drop(index)
        smaller = tuple(min(one, size) for one, size in zip(pool, left, strict=True))
        strides = smaller if layer.strides == pool else layer.strides
        yield change.set(index, pool_size=smaller, strides=strides)
    if getattr(layer, "padding", None) == "valid":
        yield change.set(index, padding="same")
    yield change.drop(index)


def of_positions(change, index, given, outputs):
    """A Dense layer that gives an answer for each timestep, or for each position of an image."""
    if outputs is None or len(outputs) == 1:
        yield from change.sequences(index, return_sequences=False)
        yield change.insert(index, "Flatten")
        if len(given) <= 5:
            yield change.insert(index, f"GlobalAveragePooling{len(given) - 2}D")
    else:
        for target in shapes_of_rank(given, len(outputs) + 1, False):
            yield change.insert(index, "Reshape", target_shape=target)


def of_output(change, index, last, outputs):
    """A stack whose last shape is not the one that is asked for."""
    layers, end = change.layers, len(change.layers)
    if not isinstance(last, list) and last[1:-1] == outputs[:-1] and outputs[-1]:
        if kind(layers[index]) == "Dense":
            yield change.set(index, units=outputs[-1])
        yield change.insert(end, "Dense", units=outputs[-1])
    yield from change.sequences(end, return_state=False)
    yield from change.sequences(end, return_sequences=len(outputs) == 2)
    if not isinstance(last, list):
        if None not in outputs and positions(last) == math.prod(outputs):
            yield change.insert(end, "Reshape", target_shape=outputs)
        if len(outputs) == 1 and len(last) > 2:
            yield change.insert(end, "Flatten")


class Change:
    """Makes changed copies of a list of layers, and the words for each change.

    Args:
        layers: list of layers. shapes: what each is given, as far as is known.
    """

    def __init__(self, layers, shapes):
        self.layers, self.shapes = layers, shapes

    def put(self, index, layer):
        """The layers with another one in one place."""
        return [*self.layers[:index], layer, *self.layers[index + 1 :]]

    def drop(self, index):
        """Leaves a layer out."""
        without = [*self.layers[:index], *self.layers[index + 1 :]]
        return f"leave out {call(self.layers[index])}", without

    def insert(self, index, name, **settings):
        """A new layer before the one at ``index``, or at the end."""
        layer = self.new(name, settings)
        place = f"before {call(self.layers[index])}" if index < len(self.layers) else "at the end"
        return f"put {call(layer)} {place}", [*self.layers[:index], layer, *self.layers[index:]]

    def set(self, index, **settings):
        """Other settings for one layer."""
        layer = self.layers[index]
        changed = self.like(layer, **settings)
        return f"write {call(changed)} in place of {call(layer)}", self.put(index, changed)

    def swap(self, index, name, layer):
        """Another kind of layer in the place of one, with the settings that both have."""
        shared = ("keepdims", "rate", "data_format")
        new = self.new(name, {k: v for k, v in configuration(layer).items() if k in shared})
        return f"write {call(new)} in place of {call(layer)}", self.put(index, new)

    def sequences(self, index, **settings):
        """Another setting for the last recurrent layer before ``index``, if nothing hinders it."""
        name, value = *settings, *settings.values()
        for at in reversed(range(index)):
            layer = self.layers[at]
            inner = getattr(layer, "forward_layer", layer)
            if re.search(RECURRENT, kind(layer)) and hasattr(inner, name):
                if getattr(inner, name) != value:
                    yield self.set(at, **settings)
                return
            if len(self.shapes[at]) != len(self.shapes[at + 1]):
                return

    def undone(self, index, rank):
        """Leaves out what took away the axes that are missing: a Flatten, a global pooling."""
        for at in reversed(range(index)):
            if len(self.shapes[at]) == rank and re.match("Flatten|Global", kind(self.layers[at])):
                yield self.drop(at)
            if len(self.shapes[at]) != len(self.shapes[index]):
                return

    def pooled(self, index):
        """A global pooling in the place of a Flatten that knows no size."""
        for at in reversed(range(index)):
            if kind(self.layers[at]) == "Flatten" and 3 <= len(self.shapes[at]) <= 5:
                name = f"GlobalAveragePooling{len(self.shapes[at]) - 2}D"
                yield self.swap(at, name, self.layers[at])

    def like(self, layer, **settings):
        """A new layer like another, but for some settings; those of a wrapper's inner layers."""
        config = configuration(layer)
        for part in ("layer", "backward_layer"):
            if isinstance(config.get(part), dict) and "name" not in settings:
                config[part] = {**config[part], "config": {**config[part]["config"], **settings}}
        if "layer" in config and "name" not in settings:
            settings = {}
        return from_configuration(type(layer), {**config, **settings})

    def new(self, name, settings):
        """A new layer of Keras."""
        import keras

        kind = getattr(keras.layers, name)
        return kind(**settings, name=self.name(kind))

    def name(self, kind):
        """A name for a layer that no other in the stack has, as Keras would count it."""
        from keras.src.utils.naming import to_snake_case

        kind = kind if isinstance(kind, type) else type(kind)
        stem, taken = to_snake_case(kind.__name__), {layer.name for layer in self.layers}
        names = (f"{stem}_{k}" if k else stem for k in range(len(taken) + 1))
        return next(name for name in names if name not in taken)

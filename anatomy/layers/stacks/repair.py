"""Small changes that repair a broken stack: each is tried, until the stack fits and trains."""

import inspect
import math
import re

import numpy as np

from anatomy.layers.code import like
from anatomy.layers.shapes import count, inner, kind, ranks
from anatomy.layers.stacks.breaks import other_format, positions, rounded, timed
from anatomy.layers.stacks.facts import judge, sequential, spelled
from anatomy.layers.symbolic import configuration
from anatomy.lazy import keras
from anatomy.training.private import snake_case
from anatomy.training.step import trial

MOST = 120  # stacks that are tried
RECURRENT = r"LSTM|GRU|RNN|Bidirectional"


def changes(stack, seen=None):
    """[(words, layers)]: what repairs a stack, one small change after the other.

    A change counts where the break is then further up, or has another reason. A way that ends
    nowhere is given up for the next one. The last stack of a way is judged as the student's own
    is, and takes a step of training (`trial`): nothing is proposed untried.

    Args:
        stack: a judged `Stack`; ``unseen`` is around it. seen: what was tried before.

    Returns:
        list; [] for a stack that fits; None where nothing simple repairs it.
    """
    if stack.fits:
        return None if trial(sequential(stack.layers, stack.input_shape, stack.kept)) else []
    seen, broken = [_written(stack.layers)] if seen is None else seen, stack.broken
    candidates = CHANGES.get(broken.reason, lambda *_: ())
    for words, layers in candidates(_Change(stack), broken.index, broken.shape):
        if not layers or len(seen) >= MOST or (written := _written(layers)) in seen:
            continue
        seen.append(written)
        after = judge(layers, stack.input_shape, stack.outputs, stack.kept)
        if _helps(stack, after) and (rest := changes(after, seen)) is not None:
            return [(words, layers), *rest]
    return None


def _written(layers):
    return [(spelled(layer), layers.index(layer)) for layer in layers]


def _helps(before, after):
    """Whether fewer layers are left from the break on, or as many for another reason."""
    if after.fits:
        return True
    left, rest = (len(s.joints) - s.broken.index for s in (before, after))
    return rest < left or (rest == left and after.broken.why != before.broken.why)


def _of_name(change, index, shape):
    """A name, or a layer, that stands in the stack already."""
    layer = change.layers[index]
    other = like(layer, name=change.name(type(layer)))
    yield f"create another {spelled(layer)} for this place", change.put(index, other)


def _of_embedding(change, index, shape):
    """An Embedding of other things than whole numbers."""
    layer = change.layers[index]
    if index and len(change.shapes[0]) == 2:
        yield f"put {spelled(layer)} first", [layer, *change.put(index)]
    yield change.drop(index)


def _of_mask(change, index, shape):
    """A mask that a layer cannot use, or that masks nothing."""
    for at in reversed(range(index + 1)):
        if kind(change.layers[at]) == "Masking":
            words, without = change.drop(at)
            for i, one in enumerate(without):
                if kind(one) == "Embedding":
                    embedding = like(one, mask_zero=True)
                    text = f"{words}, and write {spelled(embedding)}"
                    yield text, [*without[:i], embedding, *without[i + 1 :]]
            yield words, without
        elif getattr(change.layers[at], "mask_zero", False):
            yield change.set(at, mask_zero=False)


def _of_format(change, index, shape):
    """A layer that reads channels at the other end."""
    layout = other_format(change.layers, index, shape)
    layer, at = inner(change.layers[index]), 1 + timed(change.layers[index])
    if any(getattr(inner(one), "data_format", None) for one in change.layers[:index]):
        if hasattr(layer, "data_format"):
            yield change.set(index, data_format=layout)
        elif hasattr(layer, "axis"):
            yield change.set(index, axis=1 if layout == "channels_first" else -1)
    yield change.insert(index, "Permute", dims=(*range(1, at), *range(at + 1, len(shape)), at))


def _of_rank(change, index, shape):
    """A layer whose input has too few or too many axes."""
    layer = change.layers[index]
    low, high = ranks(layer)
    rank, name = low if len(shape) < low else high, kind(layer)
    recurrent, outputs = re.search(RECURRENT, name), change.outputs
    film = rank == 5 and len(shape) == 4 and (shape[-1] or 0) > 4
    bare = name == "TimeDistributed" and len(shape) == rank - 1 and not film
    if abs(rank - len(shape)) in (1, 2) and not (bare and len(outputs or ()) == 1):
        yield from change.recurrent(index, return_sequences=rank > len(shape))
    if bare:
        yield change.instead(index, layer.layer)
    if "2D" in name and len(shape) == 5 == rank + 1 and shape[1] != 1:  # a film, frame by frame
        yield change.instead(index, change.new("TimeDistributed", layer=layer))
    if recurrent and len(shape) == 2 and outputs and len(outputs) == 2 and outputs[0]:
        yield change.insert(index, "RepeatVector", n=outputs[0])
    for at in reversed(range(index)):  # what took away the axes that are missing
        if re.match("Flatten|Global", kind(change.layers[at])) and rank > len(shape):
            if recurrent and kind(change.layers[at]) == "Flatten" and len(change.shapes[at]) > 3:
                yield change.instead(at, change.new("TimeDistributed", layer=change.new("Flatten")))
            if len(change.shapes[at]) == rank:
                yield change.drop(at)
        if len(change.shapes[at]) != len(shape):
            break
    if "2D" in name and len(shape) < 4 and not re.match("Global|SpatialDropout|ConvLSTM", name):
        before = any("1D" in kind(one) for one in change.layers[:index])
        sizes = [size or 1 for size in shape[1:]]
        wide = len(sizes) == 1 == len(_of_vector(sizes[0], 4, False))
        if before or wide or max(sizes) >= 4 * min(sizes):  # a signal, no image
            yield change.swap(index, name.replace("2D", "1D"))
    if re.match("Global|SpatialDropout", name):
        if 3 <= len(shape) <= 5:
            yield change.swap(index, re.sub(r"\dD", f"{len(shape) - 2}D", name))
        elif len(shape) == 2:
            yield change.drop(index)
    if rank == 2:
        yield change.insert(index, "Flatten")
    for target in _shapes(shape, rank, bool(recurrent)):
        yield change.insert(index, "Reshape", target_shape=target)


def _of_values(change, index, shape):
    """A Reshape to another number of values."""
    values, target = count(shape), tuple(change.layers[index].target_shape)
    for at in reversed(range(index)):
        if kind(change.layers[at]) == "Dense" and len(shape) == 2 and -1 not in target:
            yield change.set(at, units=math.prod(target))
        if change.shapes[at] != shape:
            break
    for other in _divided(values, target):
        yield change.set(index, target_shape=other)


def _of_size(change, index, shape):
    """A window that is larger than what is left to look at."""
    layer, left = change.layers[index], positions(change.layers[index], shape)
    if pool := getattr(layer, "pool_size", None):
        if min(left) == 1:
            yield change.drop(index)
        smaller = tuple(min(one, size) for one, size in zip(pool, left, strict=True))
        yield change.set(index, pool_size=smaller)
    if getattr(layer, "padding", None) == "valid":
        yield change.set(index, padding="same")
    yield change.drop(index)


def _of_positions(change, index, shape):
    """A Dense layer with an output for each timestep, or for each position of an image."""
    outputs = change.outputs
    if outputs is None or len(outputs) == 1:
        yield from change.recurrent(index, return_sequences=False)
        yield change.insert(index, "Flatten")
        if len(shape) <= 5:
            yield change.insert(index, f"GlobalAveragePooling{len(shape) - 2}D")
    else:
        for target in _shapes(shape, len(outputs) + 1, False):
            yield change.insert(index, "Reshape", target_shape=target)


def _of_output(change, index, shape):
    """A stack whose last shape is not the one that is asked for."""
    outputs, end, last = change.outputs, len(change.layers), change.shapes[-1]
    whole = not isinstance(last, list) and None not in (*last[1:], *outputs)
    if whole and last[1:-1] == outputs[:-1]:
        if index < end - 1 or re.match("Dense|Conv", kind(inner(change.layers[index]))):
            yield change.set(index, units=outputs[-1], filters=outputs[-1])
        yield change.insert(end, "Dense", units=outputs[-1])
    elif whole and len(last) == len(outputs) + 1 > 2 and last[-1] == outputs[-1]:
        more, n = np.subtract(last[1:-1], outputs[:-1]), len(outputs) - 1
        edges = [(0, int(abs(size))) for size in more]
        edges = edges[0] if n == 1 else tuple(edges)
        own = n == 1 and not rounded(change.layers, change.shapes)  # a sequence of other steps
        if own or max(abs(more)) >= min(outputs[:-1]):
            pass
        elif min(more) >= 0:
            yield change.insert(end, f"Cropping{n}D", cropping=edges)
        elif n == 2:
            yield change.insert(end, "Resizing", height=outputs[0], width=outputs[1])
        elif max(more) <= 0:
            yield change.insert(end, f"ZeroPadding{n}D", padding=edges)
    yield from change.recurrent(end, return_state=False)
    yield from change.recurrent(end, return_sequences=len(outputs) == 2)
    if not isinstance(last, list):
        if whole and count(last) == math.prod(outputs):
            yield change.insert(end, "Reshape", target_shape=outputs)
        if len(outputs) == 1 and len(last) > 2:
            yield change.insert(end, "Flatten")


def _of_groups(change, index, shape):
    """Groups that the channels cannot be divided into."""
    yield change.set(index, groups=math.gcd(change.layers[index].groups, shape[-1] or 1))


def _of_open(change, index, shape):
    """Weights for a size that is open: where a Flatten made it, a mean over that axis."""
    for at in reversed(range(index)):
        if kind(change.layers[at]) == "Flatten" and 3 <= len(change.shapes[at]) <= 5:
            yield change.swap(at, f"GlobalAveragePooling{len(change.shapes[at]) - 2}D")


#: The reason of a break -> the changes that may help, the likeliest first: the trial decides.
CHANGES = {
    "name": _of_name,
    "states": lambda change, index, shape: change.recurrent(index, return_state=False),
    "mask": _of_mask,
    "embedding": _of_embedding,
    "output": _of_output,
    "positions": _of_positions,
    "format": _of_format,
    "rank": _of_rank,
    "stateful": lambda change, index, shape: [change.set(index, stateful=False)],
    "values": _of_values,
    "size": _of_size,
    "groups": _of_groups,
    "open": _of_open,
}


class _Change:
    """Changed copies of the layers of a stack, each with the words for the change."""

    def __init__(self, stack):
        self.layers, self.shapes, self.outputs = stack.layers, stack.shapes, stack.outputs

    def put(self, index, *layers):
        """The layers with others, or none, in one place."""
        return [*self.layers[:index], *layers, *self.layers[index + 1 :]]

    def instead(self, index, layer):
        """Another layer in the place of one."""
        words = f"write {spelled(layer)} in place of {spelled(self.layers[index])}"
        return words, self.put(index, layer)

    def drop(self, index):
        """Leaves a layer out."""
        return f"leave out {spelled(self.layers[index])}", self.put(index)

    def insert(self, index, name, **settings):
        """A new layer before the one at ``index``, or at the end."""
        layer, end = self.new(name, **settings), index == len(self.layers)
        place = "at the end" if end else f"before {spelled(self.layers[index])}"
        return f"put {spelled(layer)} {place}", [*self.layers[:index], layer, *self.layers[index:]]

    def set(self, index, **settings):
        """Other settings for one layer."""
        return self.instead(index, like(self.layers[index], **settings))

    def swap(self, index, name):
        """Another kind of layer in the place of one, with the settings that both have."""
        kind = getattr(keras.layers, name)
        known, rank = inspect.signature(kind).parameters, re.search(r"(\d)D", name)
        config = {
            key: value[: int(rank[1])] if isinstance(value, list | tuple) else value
            for key, value in configuration(self.layers[index]).items()
            if key in known
        }
        return self.instead(index, kind.from_config(config | {"name": self.name(kind)}))

    def recurrent(self, index, **settings):
        """Another setting for the last recurrent layer before ``index``, if nothing hinders it."""
        name, value = *settings, *settings.values()
        for at in reversed(range(index)):
            layer = self.layers[at]
            if re.search(RECURRENT, kind(layer)) and hasattr(inner(layer), name):
                if getattr(inner(layer), name) != value:
                    yield self.set(at, **settings)
                return
            if len(self.shapes[at]) != len(self.shapes[at + 1]):
                return

    def new(self, name, **settings):
        """A new layer of Keras."""
        kind = getattr(keras.layers, name)
        return kind(**settings, name=self.name(kind))

    def name(self, kind):
        """A name that no other layer in the stack has, as Keras would count it."""
        stem, taken = snake_case(kind.__name__), {layer.name for layer in self.layers}
        names = (f"{stem}_{k}" if k else stem for k in range(len(taken) + 1))
        return next(name for name in names if name not in taken)


def _shapes(shape, rank, recurrent):
    """Shapes of ``rank`` axes for the values of ``shape``, the likeliest first.

    They are without the batch axis, which ``rank`` counts; -1 stands for a size that is open.
    ``recurrent``: the rows of a square are then timesteps.
    """
    sizes = shape[1:]
    if rank < 2 or not sizes:
        return []
    more = rank - 1 - len(sizes)
    if more < 0:
        shapes = [sizes[-more:]] if set(sizes[:-more]) == {1} else []  # the axis of the samples
        if rank == 4:
            shapes.append((count(shape[:-2]), *sizes[-2:]))
        else:
            shapes.append((*sizes[: rank - 2], count(shape[rank - 2 :])))
    elif len(sizes) > 1:
        # What ends in more than a few sizes has no channels yet; what stands before it is time.
        plain = len(sizes) == 2 or (len(sizes) == 3 and (sizes[-1] or 0) > 4)
        shapes = [(*(1,) * (more - plain), *sizes, *(1,) * plain)]
    else:
        shapes = [] if sizes[0] is None else _of_vector(sizes[0], rank, recurrent)
    shapes = [tuple(-1 if size is None else size for size in shape) for shape in shapes]
    return [shape for shape in shapes if shape.count(-1) < 2]


def _of_vector(n, rank, recurrent):
    """Shapes for a vector of ``n`` features."""
    side, colour = math.isqrt(n), math.isqrt(n // 3)
    square = [(side, side)] if side * side == n and side > 1 else []
    if rank == 3:
        return [*square, (n, 1)] if recurrent else [(n, 1)]
    images = [(*one, 1) for one in square]
    images += [(colour, colour, 3)] if colour > 1 and colour * colour * 3 == n else []
    return [(*(1,) * (rank - 4), *image) for image in [*images, (*_factors(n), 1)]]


def _divided(n, target):
    """Shapes of ``n`` values that differ from ``target`` in as little as can be."""
    fixed = [at for at, size in enumerate(target) if size == -1] or range(len(target))[::-1]
    for at in dict.fromkeys([*fixed, *range(len(target))[::-1]]):
        rest = math.prod(size for k, size in enumerate(target) if k != at and size != -1)
        if target.count(-1) - (target[at] == -1) == 0 and n % rest == 0:
            yield (*target[:at], n // rest, *target[at + 1 :])
    plain = [(n,), _factors(n)][: len(target)]
    yield plain[-1] if len(target) < 3 else (*(1,) * (len(target) - 3), *_factors(n), 1)


def _factors(n):
    """The two whole numbers nearest to each other whose product is ``n``, the larger first."""
    small = next(k for k in range(math.isqrt(n), 0, -1) if n % k == 0)
    return n // small, small

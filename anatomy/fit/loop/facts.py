"""Parts: what a Keras model consists of, in the words and calls that make it."""

import itertools
import math
import re
from dataclasses import dataclass

from anatomy.layers.code import call
from anatomy.models.graph.facts import functional
from anatomy.models.settings.facts import name_of, rate

MOST = 5  # layers shown one by one; of more, the middle ones are folded


@dataclass(frozen=True)
class Layer:
    """One layer: its name, the call that makes it, its output's shape, its weights' shapes."""

    name: str
    call: str
    shape: str = ""
    weights: tuple = ()


@dataclass(frozen=True)
class Parts:
    """What takes part in training a model; loss and optimizer are "" before compile().

    ``chain``: whether each layer takes what the one before it gives.
    """

    layers: tuple
    chain: bool
    x: str
    y: str
    loss: str
    optimizer: str
    learning_rate: str
    weights: int
    parameters: int


def parts(model):
    """The Parts of a built Keras model, compiled or not."""
    import keras

    functional(model)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    optimizer = model.optimizer if model.compiled else None
    trained = model.trainable_weights
    return Parts(
        layers=tuple(map(_layer, layers)),
        chain=isinstance(model, keras.Sequential) or _is_chain(layers),
        x=_shape(model, "inputs"),
        y=_shape(model, "outputs"),
        loss=_named(model.loss) if model.compiled else "",
        optimizer=type(optimizer).__name__ if optimizer else "",
        learning_rate=rate(optimizer) if optimizer else "",
        weights=len(trained),
        parameters=sum(math.prod(weight.shape) for weight in trained),
    )


def folded(layers):
    """(first layers, how many are left out, last layers); all of them when they are few."""
    if len(layers) <= MOST:
        return layers, 0, ()
    return layers[:2], len(layers) - 4, layers[-2:]


def _layer(layer):
    nameless = re.sub(r'(, )?name="[^"]*"\)$', ")", call(layer))  # the name stands beside it
    weights = tuple(str(tuple(weight.shape)) for weight in layer.weights)
    return Layer(layer.name, nameless, _shape(layer, "output"), weights)


def _is_chain(layers):
    try:
        pairs = itertools.pairwise(layers)
        return all(after.input is before.output for before, after in pairs)
    except (AttributeError, ValueError):  # a subclassed model: only its call() knows
        return False


def _shape(part, attribute):
    """The shape of a part's output, or how many there are; "" where Keras does not know it."""
    import keras

    try:
        first, *more = keras.tree.flatten(getattr(part, attribute))
    except (AttributeError, ValueError):  # a subclassed model has no symbolic tensors
        return ""
    # The batch axis is None: Keras keeps the size of the last batch where it was never told one.
    return f"{len(more) + 1} {attribute}" if more else str((None, *first.shape[1:]))


def _named(loss):
    """A loss as compile() got it: a name, a Loss, a function, or one for each output."""
    if isinstance(loss, dict):
        return ", ".join(f"{name}: {name_of(one)}" for name, one in loss.items())
    return ", ".join(map(name_of, loss if isinstance(loss, list | tuple) else [loss]))

"""Parts: what a Keras model consists of, in the words and calls that make it."""

import itertools
import math
import re
from dataclasses import dataclass

from anatomy.layers.code import call
from anatomy.lazy import keras
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


class Parts:
    """What takes part in training a built Keras model; "" stands for what it does not have yet.

    Attributes:
        layers: tuple of `Layer`. chain: whether each takes what the one before it gives.
        x, y: the shapes of inputs and outputs.
        loss, optimizer, learning_rate: "" before compile().
        weights, parameters: how many arrays are trained, and of how many numbers in all.
    """

    def __init__(self, model):
        functional(model)
        layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        optimizer = model.optimizer if model.compiled else None
        trained = model.trainable_weights
        self.layers = tuple(map(_layer, layers))
        self.chain = isinstance(model, keras.Sequential) or _is_chain(layers)
        self.x, self.y = _shape(model, "inputs"), _shape(model, "outputs")
        self.loss = _named(model.loss) if model.compiled else ""
        self.optimizer = type(optimizer).__name__ if optimizer else ""
        self.learning_rate = rate(optimizer) if optimizer else ""
        self.weights = len(trained)
        self.parameters = sum(math.prod(weight.shape) for weight in trained)


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

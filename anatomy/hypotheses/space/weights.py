"""Weights of many members, drawn as their layers would, and the functions of all at once."""

import copy
import functools
import math

import numpy as np

from anatomy.lazy import keras
from anatomy.training import private
from anatomy.training.backends import compiled


def draw(model, n, seed, spread):
    """Weights for ``n`` members: a list as ``model.weights``, each array ``(n, ...)``.

    On JAX the first of many members are the same as of few.
    """
    generator = keras.random.SeedGenerator(seed)
    own = model.trainable_variables
    known = {id(v): drawn(v, *origin(v, model), n, generator, spread) for v in own}
    return _arrays(model.weights, known, n)


def outputs(model, weights, x):
    """What ``model`` makes of ``x`` with each member's weights: ``(n, m, ...)`` float32."""
    known, n = dict(zip(map(id, model.weights), weights, strict=True)), len(weights[0])
    variables = model.trainable_variables, model.non_trainable_variables
    varying, others = (_arrays(some, known, n) for some in variables)
    evaluate = program(model, tuple(v.path for v in model.trainable_variables))
    return np.asarray(evaluate((varying, others), x), "float32")


def _arrays(variables, known, n):
    """For each variable its array in ``known`` (by id), or its own value, for all members."""
    values = [known.get(id(v)) for v in variables]
    return [
        np.broadcast_to(keras.ops.convert_to_numpy(v), (n, *v.shape)) if value is None else value
        for v, value in zip(variables, values, strict=True)
    ]


@functools.lru_cache(maxsize=16)
def program(model, paths):
    """``evaluate((weights, others), x)`` over all members in one call, compiled on JAX, TensorFlow.

    It is kept as long as the weights of these ``paths`` are trainable.
    """

    def evaluate(variables, x):
        def one(variables):
            return model.stateless_call(*variables, x, training=False)[0]

        return keras.ops.vectorized_map(one, variables)

    return compiled(evaluate)


def drawn(variable, layer, initializer, n, generator, spread):
    """A weight of ``n`` members, drawn as its layer would, times spread: ``(n, *shape)``.

    What an initializer does not draw but sets, such as a bias to 0, is the middle of a normal
    distribution of standard deviation spread x sqrt(2 / (fan_in + fan_out)), as wide as Keras
    draws the layer's kernel: so the kinks of units lie all over the x. With biases of 0 they
    all lie at 0; with wide ones, most lie outside.
    """
    shape = tuple(variable.shape)
    if private.is_random(initializer):
        return np.float32(spread) * _random(initializer, shape, n, generator)
    kernel = max((tuple(v.shape) for v in private.own_variables(layer, True)), key=math.prod)
    noise = keras.initializers.RandomNormal(stddev=math.sqrt(2 / sum(private.fans(kernel))))
    middle = keras.ops.convert_to_numpy(initializer(shape, dtype="float32"))
    return middle + np.float32(spread) * _random(noise, shape, n, generator)


def _random(initializer, shape, n, generator):
    """What an initializer draws ``n`` times: ``(n, *shape)``, at once where it can be."""
    single = _of_single_numbers(initializer, shape)
    seeded = copy.copy(single or initializer)
    seeded.seed = generator
    if single is None:
        return np.stack([keras.ops.convert_to_numpy(seeded(shape, "float32")) for _ in range(n)])
    size = n * math.prod(shape)
    # The next power of four: code is compiled for each size.
    numbers = seeded((1, 4 ** (((size - 1).bit_length() + 1) // 2)), "float32")
    return keras.ops.convert_to_numpy(numbers)[0, :size].reshape(n, *shape)


def _of_single_numbers(initializer, shape):
    """An initializer that draws each number as this one does in a weight of this shape, or None."""
    kinds = keras.initializers
    if type(initializer).__call__ is kinds.VarianceScaling.__call__:  # of a shape it asks the fans
        into, out = private.fans(shape)
        fan = {"fan_in": into, "fan_out": out, "fan_avg": (into + out) / 2}[initializer.mode]
        scale = initializer.scale / max(1.0, fan)
        return kinds.VarianceScaling(scale, "fan_in", initializer.distribution)
    each = kinds.RandomNormal, kinds.RandomUniform, kinds.TruncatedNormal
    return initializer if type(initializer) in each else None


def origin(variable, model):
    """The layer of a weight and its initializer: that of "bias" is ``bias_initializer``."""
    for layer in private.flat_layers(model):
        if any(one is variable for one in private.own_variables(layer, True)):
            for name in (variable.name, variable.name.removesuffix("_kernel")):
                if initializer := getattr(layer, f"{name}_initializer", None):
                    return layer, initializer
    raise ValueError(
        f"No layer of model {model.name!r} has a {variable.name}_initializer for its weight "
        f"{variable.path!r}, so it is not known how to draw it; use layers of Keras."
    )

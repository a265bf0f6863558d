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

    Each member has a random state of its own, so the first of many are the same as of few.
    """
    states = np.random.default_rng(seed).integers(0, 2**31, (n, 2)).astype("int32")
    arrays = program(model, _trainable(model))[0](states, np.float32(spread))
    known = dict(zip(map(id, model.trainable_variables), arrays, strict=True))
    return _arrays(model.weights, known, n)


def outputs(model, weights, x):
    """What ``model`` makes of ``x`` with each member's weights: ``(n, m, ...)`` float32."""
    known, n = dict(zip(map(id, model.weights), weights, strict=True)), len(weights[0])
    variables = model.trainable_variables, model.non_trainable_variables
    varying, others = (_arrays(some, known, n) for some in variables)
    _, evaluate = program(model, _trainable(model))
    return np.asarray(evaluate((varying, others), x), "float32")


def _arrays(variables, known, n):
    """For each variable its array in ``known`` (by id), or its own value, for all members."""
    values = [known.get(id(v)) for v in variables]
    return [
        np.broadcast_to(keras.ops.convert_to_numpy(v), (n, *v.shape)) if value is None else value
        for v, value in zip(variables, values, strict=True)
    ]


def _trainable(model):
    """The paths of the weights that fit() may change: those that vary in the space."""
    return tuple(v.path for v in model.trainable_variables)


@functools.lru_cache(maxsize=16)
def program(model, paths):
    """``draw(states, spread)`` and ``evaluate((weights, others), x)``, over all members at once.

    Each is one call, compiled on JAX and TensorFlow; only JAX draws for all members side by side.
    Both are kept as long as the weights of these ``paths`` are trainable.
    """
    recipes = [recipe(v, model) for v in model.trainable_variables]
    generator, ops = keras.random.SeedGenerator(0), keras.ops
    over = ops.vectorized_map if keras.backend.backend() == "jax" else ops.map

    def draw(states, spread):
        def one(state):
            with keras.StatelessScope([(generator.state, state)]):
                return [make(generator, spread) for make in recipes]

        return over(one, states)

    def evaluate(variables, x):
        def one(variables):
            return model.stateless_call(*variables, x, training=False)[0]

        return ops.vectorized_map(one, variables)

    return compiled(draw), compiled(evaluate)


def recipe(variable, model):
    """A function of (generator, spread) that draws one weight as its layer would, times spread.

    What an initializer does not draw but sets, such as a bias to 0, is the middle of a normal
    distribution of standard deviation spread x sqrt(2 / (fan_in + fan_out)), as wide as Keras
    draws the layer's kernel: so the kinks of units lie all over the x. With biases of 0 they
    all lie at 0; with wide ones, most lie outside.
    """
    layer, initializer = origin(variable, model)
    shape = tuple(variable.shape)
    kernel = max((tuple(v.shape) for v in private.own_variables(layer, True)), key=math.prod)
    deviation = math.sqrt(2 / sum(private.fans(kernel)))

    def make(generator, spread):
        if private.is_random(initializer):
            seeded = copy.copy(initializer)
            seeded.seed = generator
            return spread * seeded(shape, dtype="float32")
        noise = keras.random.normal(shape, seed=generator, dtype="float32")
        return initializer(shape, dtype="float32") + spread * deviation * noise

    return make


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

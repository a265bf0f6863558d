"""The compiled code that draws the weights of many members and evaluates them, all at once."""

import copy
import functools

import numpy as np


def draw(model, n, seed, spread):
    """Weights for ``n`` members: a list as ``model.weights``, each array ``(n, ...)``.

    Each member has a random state of its own, so the first of many are the same as of few.
    """
    rng = np.random.default_rng(seed)
    states = rng.integers(0, 2**31, (n, 2)).astype("int32")  # int32: for any backend
    drawn = _program(model, trainable(model)).draw(states, np.float32(spread))
    by_variable = {id(v): a for v, a in zip(model.trainable_variables, drawn, strict=True)}
    return [by_variable[id(v)] if id(v) in by_variable else fixed(v, n) for v in model.weights]


def outputs(model, weights, x):
    """What ``model`` makes of ``x`` with each member's weights: ``(n, m, ...)`` float32."""
    n, given = len(weights[0]), {id(v): a for v, a in zip(model.weights, weights, strict=True)}
    varying, others = (
        [given[id(v)] if id(v) in given else fixed(v, n) for v in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    )
    found = _program(model, trainable(model)).evaluate(varying, others, x)
    return np.asarray(found, "float32")


def trainable(model):
    """What the space is made of: the names of the weights that fit() may change."""
    return tuple(v.path for v in model.trainable_variables)


def fixed(variable, n):
    """The value of a variable that is not trained, the same for all members."""
    import keras

    value = keras.ops.convert_to_numpy(variable)
    return np.broadcast_to(value, (n, *value.shape))


@functools.lru_cache(maxsize=16)
def _program(model, names):
    """The `Program` of a model, kept as long as the same weights of it are trainable."""
    return Program(model)


class Program:
    """``draw(states, spread)`` and ``evaluate(weights, others, x)``, over all members at once.

    On JAX each is one compiled call, ``vmap``ped over the members; elsewhere a loop.
    """

    def __init__(self, model):
        import keras

        recipes = [recipe(v, model) for v in model.trainable_variables]

        def draw_one(state, spread):
            generator = keras.random.SeedGenerator(0)
            with keras.StatelessScope([(generator.state, state)]):
                return [make(generator, spread) for make in recipes]

        def evaluate_one(weights, others, x):
            return model.stateless_call(weights, others, x, training=False)[0]

        if keras.backend.backend() == "jax":
            import jax

            self.draw = jax.jit(jax.vmap(draw_one, (0, None)))
            self.evaluate = jax.jit(jax.vmap(evaluate_one, (0, 0, None)))
        else:
            self.draw, self.evaluate = loop(draw_one, 1), loop(evaluate_one, 2)


def recipe(variable, model):
    """A function of (generator, spread) that draws one weight as its layer would, times spread.

    What an initializer does not draw but sets, such as a bias to 0, is the middle of a normal
    distribution of standard deviation spread x sqrt(2 / (fan_in + fan_out)), as wide as Keras
    draws the layer's kernel: so the kinks of units lie all over the x. With biases of 0 they
    all lie at 0; with wide ones, most lie outside.
    """
    import keras
    from keras.src.initializers.random_initializers import RandomInitializer, compute_fans

    layer, initializer = made_by(variable, model)
    shape = tuple(variable.shape)
    kernel = max((tuple(v.shape) for v in layer._trainable_variables), key=np.prod)
    wide = np.sqrt(2 / sum(compute_fans(kernel)))

    def make(generator, spread):
        if isinstance(initializer, RandomInitializer):
            seeded = copy.copy(initializer)
            seeded.seed = generator
            return spread * seeded(shape, dtype="float32")
        middle = initializer(shape, dtype="float32")
        return middle + spread * wide * keras.random.normal(shape, seed=generator, dtype="float32")

    return make


def made_by(variable, model):
    """The layer of a weight and its initializer: "bias" is made by ``bias_initializer``."""
    for layer in model._flatten_layers():
        if any(one is variable for one in layer._trainable_variables):
            for name in (variable.name, variable.name.removesuffix("_kernel")):
                if found := getattr(layer, f"{name}_initializer", None):
                    return layer, found
    raise ValueError(
        f"No layer of model {model.name!r} has a {variable.name}_initializer for its weight "
        f"{variable.path!r}, so it is not known how to draw it; use layers of Keras."
    )


def loop(function, over):
    """``function`` member by member, the results stacked: what ``vmap`` does at once.

    The first ``over`` arguments are arrays, or lists of them, with a member a row.
    """
    import keras

    def each(*arguments):
        several, shared = arguments[:over], arguments[over:]
        n = len(keras.tree.flatten(several)[0])
        found = []
        for i in range(n):
            one = keras.tree.map_structure(lambda a, i=i: a[i], several)
            found.append(
                keras.tree.map_structure(keras.ops.convert_to_numpy, function(*one, *shared))
            )
        return keras.tree.map_structure(lambda *rows: np.stack(rows), *found)

    return each

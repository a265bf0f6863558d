"""Where each member of a sweep starts: the weights, random states and rate of its own fit()."""

import functools
from dataclasses import dataclass, replace

import numpy as np

from anatomy.training import compiled
from anatomy.training.fused import build as build_as_fit

RATE = "learning_rate"


@dataclass(frozen=True, eq=False)
class Start:
    """One model, right before the first epoch of its fit().

    Attributes:
        model: the ``keras.Model``, compiled and built.
        key: what is compiled into it, see ``compiled.key``.
        state: weights, other variables, optimizer's variables: three lists of arrays.
        fresh: the metrics' variables, as an epoch finds them.
        random: the state of NumPy's generator, which shuffles.
        rate: index of the learning rate in the third list; None where it is no variable.
    """

    model: object
    key: tuple | None
    state: tuple
    fresh: list
    random: tuple
    rate: int | None

    @property
    def drawn(self):
        """Equal where two models will see the rows in the same orders."""
        return self.random[1].tobytes(), self.random[2]

    def at(self, learning_rate):
        """The same at another learning rate."""
        weights, others, slots = self.state
        slots = list(slots)
        slots[self.rate] = np.asarray(learning_rate, slots[self.rate].dtype)
        return replace(self, state=(weights, others, slots))


def start(build, parameters, seed, table):
    """Seeds, builds and compiles as a script would, and goes to where fit() begins: a `Start`."""
    import keras
    from keras.src.utils.naming import reset_uids

    reset_uids()  # layers are named as in a fresh process
    keras.utils.set_random_seed(seed)
    model = build(**parameters)
    if not isinstance(model, keras.Model) or not model.compiled:
        raise TypeError(
            f"{named(build)}() must return a compiled keras.Model; it returned {model!r}. "
            "End it with model.compile(optimizer=..., loss=...) and return model."
        )
    build_as_fit(model, table, shuffle=True)
    model.reset_metrics()
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    *state, fresh = ([np.asarray(v.value) for v in variables] for variables in groups)
    rate = getattr(model.optimizer, "_learning_rate", None)
    return Start(
        model,
        compiled.key(model),
        tuple(state),
        fresh,
        np.random.get_state(),  # noqa: NPY002
        next((i for i, v in enumerate(model.optimizer.variables) if v is rate), None),
    )


class Starts:
    """The `Start` of every member: ``starts(index, seed)``, index into each of the axes.

    A learning rate that goes to the optimizer and nowhere else, as a second model with another
    rate shows, is put in place of the first; all other models are really built.

    Args:
        build: function of the names of ``axes`` that returns a compiled ``keras.Model``.
        axes: dict from name to list of values.
        table: `Table` to train on.
        seed: with which models are compared.

    Raises:
        ValueError: where ``build`` ignores an axis.
    """

    def __init__(self, build, axes, table, seed):
        self._build, self._axes, self._table, self._seed = build, axes, table, seed
        self._built = functools.cache(self._built)
        self._only_rate = functools.cache(self._only_rate)
        for position, name in enumerate(axes):
            if name != RATE and len(axes[name]) > 1:
                self._check_heeded(position, name)

    def __call__(self, index, seed):
        base = self.base(index)
        if self._only_rate(base):
            return self._built(base, seed).at(self.parameters(index)[RATE])
        return self._built(index, seed)

    def parameters(self, index):
        """The arguments for ``build``."""
        return {n: values[i] for i, (n, values) in zip(index, self._axes.items(), strict=True)}

    def code(self, index):
        """Equal for members that may be trained by one compiled function."""
        key = self(index, self._seed).key
        return key or (self.base(index) if self._only_rate(self.base(index)) else index)

    def base(self, index):
        """The index of the same with the first learning rate."""
        return tuple(0 if name == RATE else i for name, i in zip(self._axes, index, strict=True))

    def _built(self, index, seed):
        return start(self._build, self.parameters(index), seed, self._table)

    def _only_rate(self, base):
        """Whether the learning rate is a variable of the optimizer and nothing else."""
        if RATE not in self._axes:
            return False
        first = self._axes[RATE][0]
        other = next((rate for rate in self._axes[RATE] if rate != first), first / 2)
        one = self._built(base, self._seed)
        parameters = self.parameters(base) | {RATE: other}
        two = start(self._build, parameters, self._seed, self._table)
        if same(one, two):
            self._ignored(RATE, [first, other])
        return one.rate is not None and same(one.at(other), two) and same(one, two.at(first))

    def _check_heeded(self, position, name):
        zeros = [0] * len(self._axes)
        one, *others = (
            self._built((*zeros[:position], i, *zeros[position + 1 :]), self._seed)
            for i in range(len(self._axes[name]))
        )
        if one.key is not None and all(same(one, other) for other in others):
            self._ignored(name, self._axes[name])

    def _ignored(self, name, values):
        raise ValueError(
            f"{named(self._build)}() makes the same model with {name}={values[0]!r} and "
            f"{name}={values[-1]!r}: it ignores {name}. Use the argument, or leave the axis out."
        )


def same(one, other):
    """Whether two starts lead to the same training, as far as their settings and numbers tell."""
    import jax

    pairs = zip(*map(jax.tree.leaves, (one.state, other.state)), strict=False)
    return (
        one.key == other.key
        and one.drawn == other.drawn
        and jax.tree.structure(one.state) == jax.tree.structure(other.state)
        and all(np.array_equal(a, b) for a, b in pairs)
    )


def named(build):
    """The name of a function, also of one that has none, such as a ``functools.partial``."""
    return getattr(build, "__name__", "build")

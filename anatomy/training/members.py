"""The members of a sweep: where each starts, and groups of equal code, trained in one call each."""

import functools
import itertools
import math
from dataclasses import dataclass, replace

import numpy as np

from anatomy.lazy import jax, keras
from anatomy.training import compiled, private
from anatomy.training.backends import computed
from anatomy.training.compiled import store
from anatomy.training.fused import build as build_as_fit
from anatomy.training.fused import state_of, why_plain
from anatomy.training.run import Run, name_of
from anatomy.training.run import start as start_model

RATE = "learning_rate"

#: What the members of one call may take together, in bytes; more are trained part by part.
MEMORY = 256 * 2**20


@dataclass(frozen=True, eq=False)
class Start:
    """One model, right before the first epoch of its fit().

    Attributes:
        model: the ``keras.Model``, compiled and built.
        key: what is compiled into it, see ``compiled.key``.
        state: weights, other variables, optimizer's variables, and those of the metrics as an
            epoch finds them: four lists of arrays.
        random: the state of the generator that shuffles.
        rate: index of the learning rate in the third list; None where it is no variable.
    """

    model: object
    key: tuple | None
    state: tuple
    random: tuple
    rate: int | None

    @property
    def order(self):
        """Equal where two models will see the rows in the same orders."""
        return self.random[1].tobytes(), self.random[2]

    def at(self, learning_rate):
        """The same at another learning rate."""
        weights, others, slots, fresh = self.state
        slots = list(slots)
        slots[self.rate] = np.asarray(learning_rate, slots[self.rate].dtype)
        return replace(self, state=(weights, others, slots, fresh))


def start(build, parameters, seed, table):
    """Seeds, builds and compiles as a script would, and goes to where fit() begins: a `Start`."""
    with private.undisturbed():
        model = start_model(build, parameters, seed)
        table.check(model)
        build_as_fit(model, table, shuffle=True)
        model.reset_metrics()
        random = private.shuffler().get_state()
    rate = private.learning_rate_variable(model.optimizer)
    at = next((i for i, v in enumerate(model.optimizer.variables) if v is rate), None)
    return Start(model, compiled.key(model, table), state_of(model), random, at)


def same(one, other):
    """Whether two starts lead to the same training, as far as their settings and numbers tell."""
    pairs = zip(*map(jax.tree.leaves, (one.state, other.state)), strict=False)
    return (
        one.key == other.key
        and one.order == other.order
        and jax.tree.structure(one.state) == jax.tree.structure(other.state)
        and all(np.array_equal(a, b) for a, b in pairs)
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
            f"{name_of(self._build)}() makes the same model with {name}={values[0]!r} and "
            f"{name}={values[-1]!r}: it ignores {name}. Use the argument, or leave the axis out."
        )


def train(sweep, build, axes, seeds, table, validation, batch_size, on_change, stop):
    """Trains the members of a `Sweep`, in groups of equal code, one group after the other.

    Args:
        sweep: the `Sweep`, which takes in what comes of it.
        build, axes, seeds, on_change: as for `sweep`, which has checked them.
        table, validation: `Table`; validation may be None.
        batch_size: as in ``fit()``.
        stop: called between compiled calls; True stops.
    """

    def one_by_one(members):
        """A ``fit()`` for each of these members."""
        for i in members:
            if stop():
                return
            parameters = dict(sweep.parameters[i])
            seed = parameters.pop("seed")

            def record(run, i=i):
                sweep.record(i, 0, run.history)
                on_change(sweep)

            run = Run(build, parameters, epochs=sweep.epochs, batch_size=batch_size, seed=seed)
            run.fit(table, validation, on_change=record, stop=stop)
            if run.error:
                raise run.error
            sweep.model = sweep.model or run.model
            sweep.weights_of[i] = run.model.get_weights()

    def together(loop, model, group, variants, chosen):
        """Trains some variants with some seeds in the same compiled calls."""
        members = np.array([[v * len(seeds) + s for v in variants] for s in chosen])
        states = [group[v][s].state for s in chosen for v in variants]
        state = jax.tree.map(
            lambda *a: np.stack(a).reshape(*members.shape, *np.shape(a[0])), *states
        )
        shufflers = [np.random.RandomState() for _ in chosen]
        for shuffler, s in zip(shufflers, chosen, strict=True):
            shuffler.set_state(group[variants[0]][s].random)

        def orders():
            while True:
                yield np.array([one.permutation(table.rows) for one in shufflers])

        data, _, size = table.cut(batch_size)
        unseen = validation and validation.cut(batch_size)
        begin, trained = 0, state
        while begin < sweep.epochs:
            ready, left = (*trained[:-1], state[-1]), sweep.epochs - begin
            for logs, trained in loop.run(
                ready, data, orders(), size, most=left, validation=unseen
            ):
                if logs:
                    history = {name: np.stack([one[name] for one in logs], -1) for name in logs[0]}
                    sweep.record(members, begin, history)
                    sweep.keep(members, model, trained)
                    begin += len(logs)
                    on_change(sweep)
                if begin < sweep.epochs and stop():
                    return

    if keras.backend.backend() != "jax":
        sweep.plain = f"the {keras.backend.backend()} backend runs its own fit()"
        return one_by_one(range(len(sweep)))
    groups = grouped(sweep, Starts(build, axes, table, seeds[0]), axes, seeds)
    if validation is not None:
        validation.check(sweep.model)
    for group in groups:
        first = next(iter(group.values()))[0]
        if why := alone(first.model):
            sweep.plain = why
            one_by_one([v * len(seeds) + s for v in group for s in range(len(seeds))])
            continue
        functions, _ = store.functions(first.model, table)
        row = [a[:batch_size] for a in table.batch if a is not None]
        fits = max(1, MEMORY // footprint(functions.step, first.state, row))
        for variants, chosen in parts(list(group), list(range(len(seeds))), fits):
            if not stop():
                together(functions.members, first.model, group, variants, chosen)


def grouped(sweep, starts, axes, seeds):
    """Groups of members of equal code, each a dict from variant to its starts, one a seed."""
    indices = list(itertools.product(*(range(len(values)) for values in axes.values())))
    groups, code_of = {}, {}
    for variant, index in enumerate(indices):
        every = [starts(index, seed) for seed in seeds]
        code_of[index] = starts.code(index), *(start.order for start in every)
        groups.setdefault(code_of[index], {})[variant] = every
    sweep.compiled = tuple(
        name
        for at, name in enumerate(axes)
        if any(code_of[i] != code_of[(*i[:at], 0, *i[at + 1 :])] for i in indices)
    )
    sweep.model = groups[code_of[indices[0]]][0][0].model
    return groups.values()


def alone(model):
    """Why a model has to have a ``fit()`` of its own, in a few words, or None."""
    if getattr(model.optimizer, "inner_optimizer", model.optimizer).use_ema:
        return "the optimizer puts moving averages in place of the weights"
    return why_plain(model)


def footprint(step, state, batch):
    """Bytes of all that one step of one member holds and computes: more than it needs."""
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), (state, batch))
    return computed(jax.make_jaxpr(step.function)(*shapes).jaxpr)


def parts(variants, seeds, fits):
    """Pairs of some variants and some seeds, all of one size, at most ``fits`` members each."""
    few = max(1, fits // len(seeds))
    return itertools.product(cut(variants, few), cut(seeds, fits if few == 1 else len(seeds)))


def cut(items, most):
    """Parts of equal length, at most ``most``; the last item is repeated to fill the last."""
    each = math.ceil(len(items) / math.ceil(len(items) / most))
    items = items + items[-1:] * (-len(items) % each)
    return [items[i : i + each] for i in range(0, len(items), each)]

"""The members of a sweep: where each starts, and groups of equal code, trained in one call each."""

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
    groups = grouped(sweep, build, axes, seeds, table)
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


def grouped(sweep, build, axes, seeds, table):
    """Groups of members of equal code, each a dict from variant to its starts, one a seed.

    A learning rate that goes to the optimizer and nowhere else, as a second model with another
    rate shows, is put in place of the first; all other models are really built.

    Raises:
        ValueError: where ``build`` ignores an axis.
    """
    indices = list(itertools.product(*(range(len(values)) for values in axes.values())))
    starts, shared, code, groups = {}, {}, {}, {}
    for variant, index in enumerate(indices):
        values = {name: axes[name][i] for name, i in zip(axes, index, strict=True)}
        first = tuple(0 if name == RATE else i for name, i in zip(axes, index, strict=True))
        if shared.get(first):
            starts[index] = [one.at(values[RATE]) for one in starts[first]]
        else:
            starts[index] = [start(build, values, seed, table) for seed in seeds]
        if first == index and RATE in axes:
            shared[first] = only_rate(starts[first][0], build, values, axes, seeds[0], table)
        kind = starts[index][0].key or (first if shared.get(first) else index)
        code[index] = kind, *(one.order for one in starts[index])
        groups.setdefault(code[index], {})[variant] = starts[index]
    compiled_in = []
    for at, (name, values) in enumerate(axes.items()):
        one, *others = (starts[i][0] for i in indices if not any((*i[:at], *i[at + 1 :])))
        if name != RATE and others and one.key and all(same(one, other) for other in others):
            raise ignored(build, name, values[0], values[-1])
        if any(code[i] != code[(*i[:at], 0, *i[at + 1 :])] for i in indices):
            compiled_in.append(name)
    sweep.compiled, sweep.model = tuple(compiled_in), starts[indices[0]][0].model
    return groups.values()


def only_rate(one, build, values, axes, seed, table):
    """Whether the learning rate is a variable of the optimizer of a start, and nothing else."""
    rate = values[RATE]
    other = next((another for another in axes[RATE] if another != rate), rate / 2)
    two = start(build, values | {RATE: other}, seed, table)
    if same(one, two):
        raise ignored(build, RATE, rate, other)
    return one.rate is not None and same(one.at(other), two) and same(one, two.at(rate))


def ignored(build, name, *values):
    """The error where ``build`` makes the same of two values of an axis."""
    given = " and ".join(f"{name}={value!r}" for value in values)
    return ValueError(
        f"{name_of(build)}() makes the same model with {given}: it ignores {name}. "
        "Use the argument, or leave the axis out."
    )


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

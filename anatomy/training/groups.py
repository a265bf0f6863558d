"""The members of a sweep in groups of equal code, each group trained in one compiled call."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from anatomy.training import mapped
from anatomy.training.fused import why_plain
from anatomy.training.run import Run
from anatomy.training.starts import Starts

#: What the members of one call may take together, in bytes; more are trained part by part.
MEMORY = 256 * 2**20


@dataclass(eq=False)
class Groups:
    """The training of a `Sweep`: groups of members with equal code, one group after the other.

    Args:
        build, axes, seeds, on_change: as for `sweep`, which has checked them.
        table, validation: `Table`; validation may be None.
        epochs, size: number of epochs, batch size.
        stop: called between compiled calls.
        found: the `Sweep` that takes in what comes of it.
    """

    build: object
    axes: dict
    seeds: list
    table: object
    validation: object
    epochs: int
    size: int
    on_change: object
    stop: object
    found: object

    def train(self):
        """Trains all members, or as many as ``stop()`` allows."""
        import keras

        if keras.backend.backend() != "jax":
            self.found.plain = f"the {keras.backend.backend()} backend runs its own fit()"
            return self._loop(range(len(self.found)))
        starts = Starts(self.build, self.axes, self.table, self.seeds[0])
        indices = list(itertools.product(*(range(len(values)) for values in self.axes.values())))
        groups, code_of = {}, {}
        for variant, index in enumerate(indices):
            every = [starts(index, seed) for seed in self.seeds]
            code_of[index] = starts.code(index), *(start.drawn for start in every)
            groups.setdefault(code_of[index], {})[variant] = every
        self.found.compiled = tuple(
            name
            for at, name in enumerate(self.axes)
            if any(code_of[i] != code_of[(*i[:at], 0, *i[at + 1 :])] for i in indices)
        )
        self.found.model = groups[code_of[indices[0]]][0][0].model
        for group in groups.values():
            self._train(group)

    def _train(self, group):
        """Members of equal code: dict from variant to its starts, one a seed."""
        first = next(iter(group.values()))[0]
        if why := alone(first.model):
            self.found.plain = why
            seeds = range(len(self.seeds))
            return self._loop([v * len(self.seeds) + s for v in group for s in seeds])
        program = mapped.program(first.model, self.table)
        row = [a[: self.size] for a in self.table.batch if a is not None]
        fits = max(1, MEMORY // program.footprint(first.state, first.fresh, row))
        for variants, seeds in parts(list(group), list(range(len(self.seeds))), fits):
            if not self.stop():
                self._together(program, first, group, variants, seeds)

    def _together(self, program, first, group, variants, seeds):
        """Trains some variants with some seeds in the same compiled calls."""
        import jax

        members = np.array([[v * len(self.seeds) + s for v in variants] for s in seeds])
        rows = [[group[v][s].state for v in variants] for s in seeds]
        state = jax.tree.map(lambda *a: np.stack(a), *itertools.chain(*rows))
        state = jax.tree.map(lambda a: a.reshape(*members.shape, *a.shape[1:]), state)
        shufflers = [np.random.RandomState() for _ in seeds]
        for shuffler, s in zip(shufflers, seeds, strict=True):
            shuffler.set_state(group[variants[0]][s].random)

        def orders(epochs):
            n = len(self.table.rows)
            return [[one.permutation(n) for _ in range(epochs)] for one in shufflers]

        begin = 0
        arguments = first.fresh, self.table, self.validation, orders, self.size, self.epochs
        for history, trained in program.train(state, *arguments, self.stop):
            self.found.record(members, begin, history)
            self.found.keep(members, first.model, trained)
            begin += next(iter(history.values())).shape[-1]
            if self.on_change:
                self.on_change(self.found)

    def _loop(self, members):
        """A ``fit()`` for each of these members."""
        import keras

        bar = None if self.on_change else keras.utils.Progbar(len(members), unit_name="fit")
        for done, i in enumerate(members, 1):
            if self.stop():
                return
            parameters = dict(self.found.parameters[i])
            seed = parameters.pop("seed")

            def record(run, i=i):
                self.found.record(i, 0, run.history)
                if self.on_change:
                    self.on_change(self.found)

            run = Run(
                self.build, parameters, epochs=self.epochs, batch_size=self.size, seed=seed
            ).fit(self.table, self.validation, on_change=record, stop=self.stop)
            if run.error:
                raise run.error
            self.found.model = self.found.model or run.model
            self.found.weights_of[i] = run.model.get_weights()
            if bar:
                bar.update(done)


def alone(model):
    """Why a model has to have a ``fit()`` of its own, in a few words, or None."""
    if model.optimizer.use_ema:
        return "the optimizer puts moving averages in place of the weights"
    return why_plain(model)


def parts(variants, seeds, fits):
    """Pairs of some variants and some seeds, all of one size, at most ``fits`` members each.

    The longer of the two divides by the number of devices: its last item is repeated.
    """
    import jax

    few = max(1, fits // len(seeds))
    variants = cut(variants, few)
    seeds = cut(seeds, fits if few == 1 else len(seeds))
    shared = len(jax.devices())
    if len(variants[0]) >= len(seeds[0]):
        variants = [filled(part, shared) for part in variants]
    else:
        seeds = [filled(part, shared) for part in seeds]
    return itertools.product(variants, seeds)


def cut(items, most):
    """Parts of equal length, at most ``most``."""
    each = math.ceil(len(items) / math.ceil(len(items) / most))
    return [filled(items[i : i + each], each) for i in range(0, len(items), each)]


def filled(items, multiple):
    """The last item repeated, until the length divides."""
    return items + items[-1:] * (-len(items) % multiple)

"""A whole axis at once: where every learning rate ends, while the other arguments move."""

import functools
import math
import textwrap

import ipywidgets as widgets
import keras

from anatomy import training
from anatomy.base.controls import batch_sizes, controls, dressed, whole
from anatomy.base.lab import REST, Lab
from anatomy.base.script import FIRST, script
from anatomy.base.words import count, number, sentences
from anatomy.fit.history.facts import fit_lines
from anatomy.losses.doctor.advice import advise
from anatomy.optimizers.sweep.draw import sweep
from anatomy.optimizers.sweep.facts import DECADE, FEW, RATES, hint, progress, rates
from anatomy.training import LINES, RATE
from anatomy.training.run import call

OWN = ("epochs", "batch_size", "seeds")


class Sweep(Lab, learning_rate=RATES, epochs=None, batch_size=None):
    """The final loss of a student's ``build()`` over its learning rate: the valley and the cliff.

    At every move a model is trained for each learning rate and seed, all in one compiled call. The
    slider of the learning rate trains nothing: it is the marker in the picture, and the loss of
    every seed at its rate stands beside.

    Args:
        build: function of keyword arguments, ``learning_rate`` among them, that returns a compiled
            ``keras.Model``.
        data: as in `labs.fit`.
        learning_rate: ``(smallest, largest)``, or the list of rates.
        epochs, batch_size: integers, as for ``fit()``, or abbreviations for a control.
            On a backend other than JAX each has a ``fit()`` of its own: of a range there are
            two to a decade then.
        seeds: how many seeds each rate is trained with: 1, 3 or 5; None: 3, on such a backend 1.
        **abbreviations: as in `labs.fit`. Of a list several values can be chosen at once (Ctrl or
            Shift): each has a line of its own.

    Attributes:
        sweep: the `anatomy.training.Sweep` of the picture; None before the first.
        rates: the learning rates of the axis.

    Raises:
        TypeError, ValueError: for rates, data or an abbreviation that cannot be used.
    """

    def __init__(self, build, data, learning_rate=(1e-5, 10.0), *, epochs=20, batch_size=32,
                 seeds=None, **abbreviations):  # fmt: skip
        self.build, self.data = build, data
        self._table, self._validation = training.tables(data)
        own = controls(build, {RATE: widgets.fixed(learning_rate), **abbreviations}, OWN)
        quick = keras.backend.backend() == "jax"
        self.rates, start = rates(learning_rate, build, DECADE if quick else FEW)
        for name, wanted in abbreviations.items():
            if isinstance(wanted, list):
                own[name] = _several(name, own[name])
        # The rates are its steps, so that the marker always stands at a member.
        options = [(number(rate), rate) for rate in self.rates]
        own[RATE] = widgets.SelectionSlider(options=options, value=start)
        dressed(RATE, own[RATE], live=True)
        own["epochs"] = whole("epochs", epochs, (1, 100))
        own["batch_size"] = batch_sizes(batch_size)
        own["seeds"] = whole("seeds", (3 if quick else 1) if seeds is None else seeds, [1, 3, 5])
        self.sweep = self._trained = None
        members = [{RATE: rate, "seed": 0} for rate in self.rates]
        empty = training.Sweep({RATE: self.rates, "seed": [0]}, members, own["epochs"].value)
        buttons = {
            "stop": ("Stop after the present execution", self.stop),
            "rewind": ("Train all again from the same initial weights", self.post),
        }
        super().__init__(sweep(empty, marker=start), own, buttons)

    def moved(self, change):
        if change["owner"] is self.controls[RATE]:
            self.later(self._mark)  # what is being trained goes on
        else:
            self.post()

    def work(self, at):
        axes, own = self._wanted(at)
        if text := hint(axes):
            return "idle", text
        first = {name: values[0] for name, values in axes.items()}
        advise(self, lambda: call(self.build, first), self._table.arguments["y"], first)
        models = self._models(axes, own)
        self.say("training", f"{models} …")
        found = training.sweep(
            self.build, self.data, seeds=range(own["seeds"]), epochs=own["epochs"],
            batch_size=own["batch_size"], on_change=self._grow, stop=lambda: self.cancelled, **axes,
        )  # fmt: skip
        self.check()
        self.sweep, self._trained = found, (axes, own)
        self.picture.update(found, marker=self.at[RATE])
        self.show()  # also of a sweep that was stopped
        done = f"{found.done.min()} of {found.epochs}" if found.stopped else f"{found.epochs}"
        text = f"{models}, {done} epochs in {found.seconds:.2f} s."
        return "stopped" if found.stopped else "done", sentences(text, *_notes(found))

    def prepare(self, at):
        axes, own = self._wanted(at)
        if hint(axes):
            return None
        return functools.partial(
            training.sweep, self.build, self.data, seeds=range(own["seeds"]), epochs=1,
            batch_size=own["batch_size"], **axes,
        )  # fmt: skip

    def code(self):
        axes, own = self._trained or self._wanted(self.at)
        several = [name for name, values in axes.items() if len(values) > 1]
        loops = [
            "\n".join(textwrap.wrap(
                f"for {name} in {axes[name]}:", 96, initial_indent=" " * 4 * i,
                subsequent_indent=" " * (4 * i + 8), break_long_words=False,
            ))
            for i, name in enumerate(several)
        ]  # fmt: skip
        loops.append(f"{' ' * 4 * len(several)}for seed in range({own['seeds']}):")
        arguments = ", ".join(
            f"{name}={name if name in several else repr(first)}"
            for name, (first, *_) in axes.items()
        )
        member = ", ".join([*several, "seed"])
        source, fit = fit_lines(
            self.build, self.data, arguments, epochs=own["epochs"], batch_size=own["batch_size"],
            seed="seed", validated=self._validation,
        )  # fmt: skip
        note = f"loss = {{}}  # ({member}) -> the loss of each epoch; a fit() each takes its time"
        keep = f'loss[{member}] = history.history["loss"]'
        inner = [*fit, keep, f"print({member}, loss[{member}][-1])"]
        inner = [" " * 4 * len(loops) + line for line in inner]
        return script(self.build, FIRST, [*source, note, *loops, *inner])

    def _wanted(self, at):
        """The axes of the sweep, and what belongs to the lab."""
        own = {name: at.pop(name) for name in OWN}
        axes = {name: list(value) if isinstance(value, tuple) else [value]
                for name, value in at.items()}  # fmt: skip
        return axes | {RATE: self.rates}, own

    def _mark(self):
        self.picture.update(marker=self.at[RATE])
        self.show(self.at)
        self.later(self.rest, delay=REST)

    def _grow(self, found):
        """Shows what is trained so far, as often as a screen can."""
        if self.due():
            self.picture.update(found, marker=self.at[RATE])
            self.show()
            self.say("training", sentences(progress(found), *_notes(found)))

    def _models(self, axes, own):
        """How many models there are, in words."""
        parts = [f"{len(v)} values of {n}" for n, v in axes.items() if len(v) > 1 and n != RATE]
        parts += [f"{len(self.rates)} learning rates", count(own["seeds"], "seed")]
        models = math.prod(map(len, axes.values())) * own["seeds"]
        return f"{count(models, 'model')} ({' × '.join(parts)})"


def _several(name, control):
    """A choice of which several values can be taken at once."""
    return dressed(name, widgets.SelectMultiple(
        options=control.options, value=(control.value,), rows=min(len(control.options), LINES),
        tooltip="Ctrl or Shift: several at once",
    ))  # fmt: skip


def _notes(found):
    """What is not trained in one compiled call, and why."""
    if found.plain:
        yield f"A fit() each: {found.plain}."
    for name in found.compiled:
        yield f"{name} is compiled in: its values are trained one after the other."

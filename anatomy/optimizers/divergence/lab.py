"""When it breaks: a learning rate to move, each outcome to find, and the step that overshot."""

import functools
import math
from types import SimpleNamespace

import ipywidgets as widgets
import keras
import numpy as np

from anatomy.base.controls import control, controls
from anatomy.base.lab import Lab
from anatomy.base.script import FIRST, script
from anatomy.base.words import listed, number, settings
from anatomy.fit.history.facts import fit_lines
from anatomy.losses.doctor.advice import advise
from anatomy.optimizers.divergence.draw import divergence
from anatomy.optimizers.divergence.facts import Try, overshoot
from anatomy.training import OUTCOMES, RATE, Run, at_step, last_finite, outcomes, tables
from anatomy.training.fused import check_jax

SEEN = 1e6  # times the first loss: beyond it, a slope is too steep to be drawn


class Divergence(Lab, learning_rate=None):
    """Too small, right, too large, far too large: find a learning rate for each, and see why.

    At each move ``fit()`` runs anew with the rate of the slider. The lab names the rate by what
    it came to, beside all rates of its axis; next to it, a step of that very training on the
    slope that it took, with the largest stable learning rate there. With ``find`` that is
    the last step before the loss left for good, or the last of all; the slider ``step`` takes
    any other. The button ``show`` finds what is not found yet.

    Args:
        build: function of ``learning_rate`` and other keyword arguments that returns a compiled
            ``keras.Model``.
        data: as for ``labs.fit``; only the training part is used.
        learning_rate: ``(smallest, largest)``, two decades apart or more.
        epochs, batch_size, seed: whole numbers.
        **abbreviations: for the other arguments of ``build`` a control, as for ``labs.fit``.

    Attributes:
        outcomes: the `anatomy.training.Valley` that a rate is judged by.
        tries: list of `anatomy.optimizers.divergence.facts.Try`, the present one last.
        fit: the `anatomy.training.Run` of the present one; history: its losses.
        moment: the `anatomy.training.Moment` of the step that is shown.
        overshoot: the `anatomy.optimizers.Overshoot` of that step.

    Raises:
        TypeError, ValueError: for a build, data, a rate or an abbreviation that cannot be used.
        NotImplementedError: on a backend other than JAX.
    """

    def __init__(self, build, data, learning_rate=(1e-4, 10.0), *, epochs=40, batch_size=32,
                 seed=0, **abbreviations):  # fmt: skip
        check_jax("The slope beneath a step")
        self.build, self.data, (self.table, _) = build, data, tables(data)
        self._own = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
        own = controls(build, {RATE: learning_rate, **abbreviations}, ("step", "find"))
        rate = own[RATE]
        if not isinstance(rate, widgets.FloatLogSlider):
            raise ValueError(
                f"learning_rate={learning_rate!r} leaves no room to break; give its smallest and "
                "largest value, two decades apart or more, such as (1e-4, 10.0)."
            )
        self._reach = rate.base**rate.min, rate.base**rate.max
        self._parameters = list(own)
        self._steps = math.ceil(max(1, len(self.table.rows)) / batch_size)
        self._most = epochs * self._steps
        own["step"] = control("step", (1, self._most), self._most, live=True)
        own["find"] = control("find", True, True)
        own["find"].description = "find the step"
        self._spaces, self._at = {}, None
        self.fit = self.moment = self.overshoot = self.outcomes = None
        self.tries = []
        buttons = {
            "show": ("Find what is not found yet", lambda: self.post("all")),
            "stop": ("Stop after the present execution", self.stop),
        }
        super().__init__(divergence(), own, buttons)

    @property
    def history(self):
        """dict name -> list of floats of the present training."""
        return self.fit.history if self.fit else {}

    def forget(self):
        self._at = None
        for space in self._spaces.values():
            space.tries, space.whole = [], False
        self.post()

    def moved(self, change):
        if change["owner"] is self.controls["step"]:
            self.controls["find"].value = False  # who moves the step wants to see that one
        self.post()

    def work(self, at):
        arguments = {name: at[name] for name in self._parameters}
        space = self._space(arguments)
        if space is None:
            return self._stopped()
        space.whole = space.whole or bool(self.wish)
        rates = []
        if self.wish:
            there = {one.outcome for one in space.tries}
            examples = [space.outcomes.example(one) for one in OUTCOMES if one not in there]
            rates = [rate for rate in examples if rate is not None]
        if rates or arguments != self._at:
            rates.append(arguments[RATE])  # the present one is the last
        for rate in rates:
            if not self._try(space, arguments | {RATE: rate}):
                return self._stopped()
        self._at, self.outcomes, self.tries = arguments, space.outcomes, space.tries
        self._look(at)
        shown = len(self.moment.losses) - 1
        self.picture.update(self.tries, self.outcomes, self.overshoot, shown, space.whole)
        return "diverged" if self.fit.status == "diverged" else "done", self._sentence(at)

    def prepare(self, at):
        arguments = {name: at[name] for name in self._parameters}
        if arguments == self._at:
            return None
        run = Run(self.build, arguments, **self._own | {"epochs": 1})
        return functools.partial(run.fit, self.table)

    def code(self):
        at = self._at or {name: self.at[name] for name in self._parameters}
        source, fit = fit_lines(self.build, self.data, settings(at), **self._own)
        return script(self.build, FIRST, [*source, *fit, 'print(*history.history["loss"])'])

    def _stopped(self):
        return "stopped", self.position("Stopped before the end of the training.")

    def _space(self, arguments):
        """What is known of all rates with these other arguments; None where it was stopped."""
        others = {name: value for name, value in arguments.items() if name != RATE}
        key = repr(others)
        if key not in self._spaces:
            self.say("training", "every learning rate of the axis, to judge this one by …")
            found = outcomes(self.build, self.data, *self._reach, **self._own, **others,
                             stop=lambda: self.cancelled)  # fmt: skip
            self.check()
            if found is None:
                return None
            self._spaces[key] = SimpleNamespace(outcomes=found, tries=[], whole=False)
        return self._spaces[key]

    def _try(self, space, arguments):
        """``fit()``, and the same once more a step at a time; False where it was stopped."""
        run = Run(self.build, arguments, **self._own)
        y = self.table.arguments["y"]
        self.train(run, self.table, begin=lambda run: advise(self, run.model, y, arguments))
        if run.status == "stopped":
            return False
        broke = run.status == "diverged"
        last = last_finite(run, self.table) if broke else at_step(run, self.table, self._most - 1)
        ends = np.full(run.epochs, np.inf)
        ends[: run.epoch] = np.nan_to_num(run.history["loss"], nan=np.inf)
        rate = arguments[RATE]
        outcome = space.outcomes.outcome(rate, ends[-1])
        others = [one for one in space.tries if one.rate != rate]
        space.tries = [*others, Try(rate, outcome, last.losses, ends, self._steps)]
        self.fit, self._last = run, last
        return True

    def _look(self, at):
        """Goes to the step that is to be seen, on the slope that it took."""
        now = self.tries[-1]
        sane = np.flatnonzero(now.losses <= SEEN * now.losses[0])
        if not at["find"]:
            step = int(sane[sane < at["step"]][-1])
        elif now.outcome == OUTCOMES[3]:  # the last from which the loss was not yet higher
            step = int(np.flatnonzero(now.losses <= now.losses[0])[-1])
        else:
            step = int(sane[-1])
        last = step == len(now.losses) - 1
        self.moment = self._last if last else at_step(self.fit, self.table, step)
        x, y = (
            keras.tree.map_structure(lambda a: a[self.moment.rows], self.table.arguments[name])
            for name in ("x", "y")
        )
        self.overshoot = overshoot(self.moment.model, x, y)

    def _sentence(self, at):
        """What is shown, and what is still to be found."""
        now, shown = self.tries[-1], len(self.moment.losses)
        there = {one.outcome for one in self.tries}
        text = f"{number(now.rate)} is {now.outcome}. Step {shown} is shown"
        if not at["find"] and at["step"] > shown:
            text += f", the last before {at['step']} whose slope can be drawn"
        missing = [outcome for outcome in OUTCOMES if outcome not in there]
        if not missing:
            return f"{text}. All four are found."
        if all(self.outcomes.example(outcome) is None for outcome in missing):
            return f"{text}. No rate of the axis is {listed(missing)}."
        return f"{text}. Still to be found: {listed(missing)}."

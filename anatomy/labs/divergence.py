"""When it breaks: a learning rate to move, each outcome to find, and the step that overshot."""

import inspect
import math
from numbers import Integral
from types import SimpleNamespace

import ipywidgets as widgets
import numpy as np

from anatomy import draw, optimizers
from anatomy.draw.divergence import DivergencePicture, Try
from anatomy.draw.style import number
from anatomy.labs.controls import control, controls
from anatomy.labs.lab import Lab
from anatomy.labs.script import script
from anatomy.training import OUTCOMES, Run, at_step, last_finite, outcomes, tables, training

RATE = "learning_rate"
SEEN = 1e6  # times the first loss: beyond it, a slope is too steep to be drawn


class Divergence(Lab):
    """Too small, right, too large, far too large: find a learning rate for each, and see why.

    At each move ``fit()`` runs anew with the rate of the slider. The lab names the rate by what
    it came to, beside all rates of its axis; below, it shows a step of that very training on
    the slope that it took, beside the largest stable learning rate there. With ``find`` that is
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
        axis: the `anatomy.training.Outcomes` that a rate is judged by.
        tries: list of `anatomy.draw.divergence.Try`, the present one last.
        fit: the `anatomy.training.Run` of the present one.
        moment: the `anatomy.training.Moment` of the step that is shown.
        found: the `anatomy.optimizers.Overshoot` of that step.

    Raises:
        TypeError, ValueError: for a build, data, a rate or an abbreviation that cannot be used.
    """

    def __init__(self, build, data, learning_rate=(1e-4, 10.0), *, epochs=40, batch_size=32,
                 seed=0, **abbreviations):  # fmt: skip
        import keras

        if not inspect.isfunction(build) or RATE not in inspect.signature(build).parameters:
            raise TypeError(
                f"build is {build!r}; give a function of learning_rate that returns a compiled "
                "keras.Model."
            )
        for name, wanted in (("epochs", epochs), ("batch_size", batch_size)):
            if not isinstance(wanted, Integral) or wanted < 1:
                raise ValueError(f"{name} is {wanted!r}; give a whole number from 1 up.")
        self.build, self.data, (self.train, _) = build, data, tables(data)
        self._own = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
        self._policy = keras.config.dtype_policy().name
        made = controls(build, {RATE: learning_rate, **abbreviations})
        rate = made[RATE]
        if not isinstance(rate, widgets.FloatLogSlider):
            raise ValueError(
                f"learning_rate={learning_rate!r} leaves no room to break; give its smallest and "
                "largest value, two decades apart or more, such as (1e-4, 10.0)."
            )
        self._reach = rate.base**rate.min, rate.base**rate.max
        self._parameters = list(made)
        self._steps = math.ceil(len(self.train.rows) / batch_size)
        most = epochs * self._steps
        made["step"] = control("step", (1, most), most)
        made["step"].continuous_update = True
        made["find"] = control("find", True, True)
        made["find"].description, made["find"].indent = "find the step", False
        made["find"].layout.width = "150px"
        made["step"].observe(lambda change: self._by_hand(), names="value")
        self.controls, self._kept, self._asked, self.fit = made, {}, False, None
        with training:
            self._look(bool)
        self.overshot = draw.overshoot(self.found)
        wide, _ = self.overshot.size
        self._slope = widgets.Image(
            format="png", layout={"width": "100%", "max_width": f"{wide}px"}
        )
        tooltips = {"show": "Find what is not found yet", "stop": "Stop after this execution"}
        buttons = {
            name: widgets.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
            for name, tooltip in tooltips.items()
        }
        super().__init__(DivergencePicture(*self._shown), made, buttons)
        buttons["show"].on_click(lambda button: self._ask())
        buttons["stop"].on_click(lambda button: self.stop())
        self._post()

    @property
    def history(self):
        """dict name -> list of floats of the present training."""
        return self.fit.history

    @property
    def axis(self):
        return self._now.axis

    @property
    def tries(self):
        return self._now.tries

    def run(self):
        super().run()
        return self.history

    def _shows(self):
        return f"{super()._shows()}\n{self.overshot.describe()}"

    def code(self):
        given = ", ".join(f"{name}={self._given[name]!r}" for name in self._parameters)
        source, x, y = ["# x, y: your own arrays, made here"], "x", "y"
        if hasattr(self.data, "code"):
            source, x, y = [f"split = {self.data.code}"], "split.x_train", "split.y_train"
        return script(
            self.build,
            ["from anatomy import data  # first: it chooses the JAX backend", "import keras"],
            [
                *source,
                f"keras.utils.set_random_seed({self._own['seed']})",
                f"model = {self.build.__name__}({given})",
                f"batch_size, epochs = {self._own['batch_size']}, {self._own['epochs']}",
                f"history = model.fit({x}, {y}, batch_size=batch_size, epochs=epochs, verbose=0)",
                'print(*history.history["loss"])',
            ],
        )

    def _rows(self):
        for name in ("step", *self._parameters):
            self.controls[name].layout.width = "345px"
        rows = [[self.controls[name] for name in self._parameters],
                [self.controls["step"], self.controls["find"], *self.buttons.values()]]  # fmt: skip
        return [
            *(widgets.HBox(row, layout={"flex_flow": "row wrap"}) for row in rows),
            self._line,
            self._image,
            self._slope,
            self._words,
        ]

    def _by_hand(self):
        """Who moves the step wants to see that one."""
        self.controls["find"].value = False

    def _ask(self):
        self._asked = True
        self._post()

    def _work(self, request):
        asked, self._asked = self._asked, False
        whole = self._look(lambda: request.cancelled, asked)
        if request.superseded:
            return
        if not whole:
            self._say("stopped", "The picture is of the last training that came to its end.")
            return
        self.error = None
        self.picture.update(*self._shown)
        self.overshot.update(self.found)
        self._slope.value = self.overshot.frame()
        self._frame()
        self._say("diverged" if self.fit.status == "diverged" else "done", self._told())

    def _look(self, stop, asked=False):
        """Trains as the controls stand, and what is asked for; False where it was stopped."""
        given = {name: self._settings()[name] for name in self._parameters}
        others = {name: value for name, value in given.items() if name != RATE}
        key = repr(others)
        if key not in self._kept:
            found = outcomes(self.build, self.data, *self._reach, **self._own, **others, stop=stop)
            if found is None:
                return False
            self._kept[key] = SimpleNamespace(axis=found, tries=[], whole=False)
        now = self._kept[key]
        now.whole = now.whole or asked
        there = {one.outcome for one in now.tries}
        missing = [outcome for outcome in OUTCOMES if asked and outcome not in there]
        rates = [*filter(None, map(now.axis.example, missing))]
        if rates or not self.fit or self.fit.parameters != given:
            rates.append(given[RATE])  # the present one is the last
        for rate in rates:
            if not self._try(now, given | {RATE: rate}, stop):
                return False
        self._now, self._given = now, given
        self._go()
        return True

    def _try(self, now, parameters, stop):
        """``fit()``, and the same once more a step at a time; False where it was stopped."""
        run = Run(self.build, parameters, **self._own, policy=self._policy)
        run.fit(self.train, stop=stop)
        if run.status == "failed":
            raise run.error
        if run.status == "stopped":
            return False
        broke = run.status == "diverged"
        last = last_finite(run, self.train) if broke else at_step(run, self.train, self._most - 1)
        ends = np.full(run.epochs, np.inf)
        ends[: run.epoch] = np.nan_to_num(run.history["loss"], nan=np.inf)
        rate = parameters[RATE]
        now.tries = [one for one in now.tries if one.rate != rate]
        outcome = now.axis.outcome(rate, ends[-1])
        now.tries.append(Try(rate, outcome, last.losses, ends, self._steps))
        self.fit, self._last = run, last
        return True

    @property
    def _most(self):
        """How many steps a training has."""
        return self._own["epochs"] * self._steps

    def _go(self):
        """To the step that is to be seen, on the slope that it took."""
        import keras

        now = self.tries[-1]
        sane = np.flatnonzero(now.losses <= SEEN * now.losses[0])
        if not self.controls["find"].value:
            wanted = min(self.controls["step"].value - 1, len(now.losses) - 1)
            step = int(sane[sane <= wanted][-1])
        elif now.outcome == OUTCOMES[3]:  # the last from which the loss was not yet higher
            step = int(np.flatnonzero(now.losses <= now.losses[0])[-1])
        else:
            step = int(sane[-1])
        at_last = step == len(now.losses) - 1
        self.moment = self._last if at_last else at_step(self.fit, self.train, step)
        x, y = (
            keras.tree.map_structure(lambda a: a[self.moment.rows], self.train.arguments[name])
            for name in ("x", "y")
        )
        self.found = optimizers.overshoot(self.moment.model, x, y)

    @property
    def _shown(self):
        step = len(self.moment.losses) - 1
        return self.tries, self.axis, step, self.found.curvature.stable, self._now.whole

    def _told(self):
        """What is shown, and what is still to be found."""
        now, there = self.tries[-1], {one.outcome for one in self.tries}
        text = f"{number(now.rate)} is {now.outcome}. Step {len(self.moment.losses)} is shown"
        wanted = self.controls["step"].value
        if not self.controls["find"].value and wanted > len(self.moment.losses):
            text += f", the last before {wanted} whose slope can be drawn"
        missing = [outcome for outcome in OUTCOMES if outcome not in there]
        if not missing:
            return f"{text}. All four are found."
        rest = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
        none = all(self.axis.example(outcome) is None for outcome in missing)
        if none:
            return f"{text}. No rate of the axis is {rest}."
        return f"{text}. Still to be found: {rest}."

    def _polish(self):
        super()._polish()
        self._slope.value = self.overshot.png()

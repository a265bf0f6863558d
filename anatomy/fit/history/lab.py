"""A student's own ``build()``, refitted as its arguments move."""

import inspect

import ipywidgets as widgets
import keras

from anatomy.base.controls import batch_sizes, control, controls, whole
from anatomy.base.lab import Lab
from anatomy.base.script import FIRST, data_lines, script
from anatomy.base.words import sentences, settings
from anatomy.fit.history.draw import history
from anatomy.fit.history.runs import OWN, difference, given, line, sentence
from anatomy.losses.doctor.advice import advise
from anatomy.optimizers.sweep.strip import Strip
from anatomy.training import RATE, Run, readable, tables

GHOSTS, KEPT = 3, 12  # unpinned runs beside the present one; runs kept in all


class Fit(Lab):
    """``interact`` for ``fit()``: the arguments of ``build`` become controls of a real training.

    At every move ``build`` is called anew, with the seed set, and ``model.fit`` runs; the
    curves are those of that fit. Earlier finished runs stay behind as ghosts. A loss that cannot
    work with the model's output and targets is named beneath them, while all goes on. A button
    beneath the slider of a ``learning_rate`` shows where a fit at every other rate would end.

    Args:
        build: function of keyword arguments that returns a compiled ``keras.Model``.
        data: an ``anatomy.data`` split, or ``(x, y)``, or ``((x, y), (x_val, y_val))`` of
            NumPy arrays.
        epochs, batch_size: integers, as for ``fit()``, or abbreviations for a control.
        **abbreviations: for each argument of ``build`` a control, as in
            ``ipywidgets.interact``: ``(min, max)``, a list of choices, True or False. A range
            of positive floats over two decades or more is logarithmic.

    Attributes:
        history: dict name -> list of floats of the last finished run.
        model: the model of the last finished run, with its trained weights.
        runs: the finished runs (`anatomy.training.Run`), latest last.
        findings: what `anatomy.losses.diagnose` says of the model that was built last.
        axis: the strip beneath the slider of the learning rate.

    Raises:
        TypeError, ValueError: for data or an abbreviation that cannot be used.
    """

    def __init__(self, build, data, *, epochs=10, batch_size=32, **abbreviations):
        if not inspect.isfunction(build):
            raise TypeError(
                f"build is {build!r}; give a function that takes keyword arguments and returns "
                "a compiled keras.Model."
            )
        self.build, self.data = build, data
        self.table, self.validation = tables(data)
        self._policy = keras.config.dtype_policy().name
        own = controls(build, abbreviations)
        if taken := [name for name in OWN if name in own]:
            raise TypeError(
                f"{build.__name__}() has an argument {taken[0]!r}, which fit() has too."
            )
        own["epochs"] = whole("epochs", epochs, (1, 50))
        own["batch_size"] = batch_sizes(batch_size)
        own["seed"] = control("seed", (0, 99), 0)
        self.runs, self._pinned, self._listed = [], [], []
        self.findings = ()
        self.axis = Strip(build, data, own.get(RATE))
        self.axis.toggle.observe(lambda change: self._toggle_axis(), names="value")
        self._earlier = widgets.SelectMultiple(
            description="earlier runs", layout={"width": "100%"},
            style={"description_width": "105px"},
        )  # fmt: skip
        buttons = {
            "stop": ("Stop after the present execution", self.stop),
            "rewind": ("Train again from the same initial weights", self.post),
            "new_seed": ("Other initial weights, another shuffling", self._next_seed),
            "pin": ("Keep this run's curves in the picture", self._pin_last),
        }
        extra = [self.axis.widget] if self.axis.offered else []
        super().__init__(
            history({}), own, buttons, extra=extra, folds={"Earlier runs": self._earlier}
        )
        self._earlier.observe(lambda change: self._pin_earlier(), names="value")
        self.post()

    @property
    def history(self):
        return self.runs[-1].history if self.runs else {}

    @property
    def model(self):
        return self.runs[-1].model if self.runs else None

    def run(self):
        super().run()
        return self.history

    def work(self, at):
        own = {name: at.pop(name) for name in OWN}
        self.axis.mark(at.get(RATE))
        run = Run(self.build, at, **own, policy=self._policy)
        self.train(run, self.table, self.validation, watch=self._draw, begin=self._diagnose)
        if not run.epoch:
            self._restore()
            return "stopped", self.position("Stopped before the first epoch.")
        kept = [past for past in self.runs if past in self._pinned or past in self.runs[1 - KEPT :]]
        self.runs = [*kept, run]
        self._draw(run)
        if run.status != "stopped" and not self.cancelled:
            self.axis.follow(run)
        return run.status, self._line_of(run)

    def failed(self, error):
        super().failed(error)
        if self.runs:
            self.say("failed", f"{readable(error)} The picture is of the last run that worked.")

    def stop(self):
        super().stop()
        self.axis.cancel()

    def post(self):
        self.axis.cancel()  # a fit() does not wait for it
        super().post()

    def wait(self, timeout=None):
        return super().wait(timeout) and self.axis.wait(timeout)

    def shows(self):
        parts = [super().shows(), *map(str, self.findings), self.axis.describe()]
        return "\n".join(filter(None, parts))

    def code(self):
        arguments = given(self.runs[-1]) if self.runs else self.at
        own = {name: arguments.pop(name) for name in OWN}
        source, pairs = data_lines(self.data, self.validation)
        return script(
            self.build,
            FIRST,
            [
                *source,
                f"keras.utils.set_random_seed({own['seed']})",
                f"model = {self.build.__name__}({settings(arguments)})",
                "history = model.fit(",
                *[f"    {pair}" for pair in pairs],
                f"    batch_size={own['batch_size']},",
                f"    epochs={own['epochs']},",
                ")",
            ],
        )

    def rest(self):
        super().rest()
        self.axis.polish()

    def unfolded(self, title):
        """Lists the runs that can be pinned."""
        if title != "Earlier runs":
            return
        self._listed = []  # while the list changes, nobody has chosen anything
        self._earlier.options = [(line(run), run) for run in reversed(self.runs)]
        self._earlier.value = [run for _, run in self._earlier.options if run in self._pinned]
        self._listed = [run for _, run in self._earlier.options]

    def _diagnose(self, run):
        advise(self, run.model, self.table.arguments["y"], run.parameters)

    def _draw(self, run):
        self.axis.watch(run)
        arguments = given(run)
        others = self._others(arguments)
        self.picture.update(
            run.history,
            epochs=run.epochs,
            label=difference(arguments, [given(other) for other in others]),
            others=[
                (difference(given(other), [arguments]), other.history, other in self._pinned)
                for other in others
            ],
        )
        self.show(arguments)
        self.say(run.status, self._line_of(run))

    def _line_of(self, run):
        return sentences(sentence(run), run in self._pinned and "Pinned.")

    def _others(self, arguments):
        """The runs to show beside one with these arguments: those pinned, then the last few."""
        others, seen = [], [arguments]
        for other in reversed(self.runs):
            if given(other) not in seen:
                seen.append(given(other))
                others.append(other)
        pinned = [other for other in others if other in self._pinned]
        return pinned + [other for other in others if other not in pinned][:GHOSTS]

    def close(self):
        self.axis.cancel()
        super().close()

    def give_up(self):
        self._restore()
        super().give_up()

    def _restore(self):
        """Shows the last finished run again."""
        if self.runs:
            self._draw(self.runs[-1])

    def _next_seed(self):
        seed = self.controls["seed"]
        seed.value = (seed.value + 1) % (seed.max + 1)

    def _toggle_axis(self):
        if self.runs:
            self.axis.follow(self.runs[-1])

    def _pin_last(self):
        self._pin(self.runs[-1:])

    def _pin_earlier(self):
        chosen = self._earlier.value
        self._pin([run for run in self._listed if (run in chosen) != (run in self._pinned)])

    def _pin(self, runs):
        """Pins these runs, or lets go those that were pinned."""
        if runs:
            self._pinned = [run for run in self._pinned if run not in runs] + [
                run for run in runs if run not in self._pinned
            ]
            self.later(self._redraw)

    def _redraw(self):
        self._draw(self.runs[-1])
        self.rest()

"""A student's own ``build()``, refitted as its arguments move."""

import math
import time
from functools import lru_cache, partial

import ipywidgets as widgets

from anatomy import training
from anatomy.base.controls import batch_sizes, control, controls, label, look, whole
from anatomy.base.lab import REST, Lab
from anatomy.base.script import FIRST, script
from anatomy.base.words import sentences, settings
from anatomy.data import calls
from anatomy.fit.history.draw import HIGH, history
from anatomy.fit.history.facts import OWN, difference, fit_lines, given, ignored, line, sentence
from anatomy.losses.doctor.advice import advise
from anatomy.models.graph.draw import within
from anatomy.models.graph.facts import graph as graph_of
from anatomy.optimizers.sweep.draw import strip
from anatomy.optimizers.sweep.facts import DECADE, FEW, progress, rates
from anatomy.training import RATE, Run, tables
from anatomy.training.errors import readable

GHOSTS, KEPT = 3, 12  # unpinned runs beside the present one; runs kept in all

#: An epoch that takes more seconds, or more products of a weight and a sample, has fewer rates to
#: a decade: no compiled call is to keep the next fit() waiting for long.
SLOW, LARGE = 0.03, 2e7


class Trainer(Lab):
    """A lab that has trained: ``runs``, latest last, and the history and model of the last one."""

    runs, outcome = (), "history"

    @property
    def history(self):
        return self.runs[-1].history if self.runs else {}

    @property
    def model(self):
        return self.runs[-1].model if self.runs else None

    def forget(self):
        self.runs = []
        self.post()


class Fit(Trainer, epochs=None, batch_size=None, patience=None, graph=calls.flag):
    """``interact`` for ``fit()``: the arguments of ``build`` become controls of a real training.

    At every move ``build`` is called anew, with the seed set, and ``model.fit`` runs; the
    curves are those of that fit. Earlier finished runs stay behind as ghosts, the first one until
    it is unpinned: a press on the number or name of a run pins it or lets it go. A press on the
    curves reads their values at an epoch. A loss that cannot work with the model's output and
    targets is named beneath, while all goes on. The button ``whole axis`` shows beside the curves
    where a fit at every rate of the slider ``learning_rate`` would end, all epochs trained; a
    press there moves it.

    Args:
        build: function of keyword arguments that returns a compiled ``keras.Model``.
        data: an ``anatomy.data`` split, or ``(x, y)``, or ``((x, y), (x_val, y_val))`` of
            NumPy arrays.
        epochs, batch_size: integers, as for ``fit()``, or abbreviations for a control.
        patience: integer, or an abbreviation: training ends with
            ``keras.callbacks.EarlyStopping("val_loss", patience=patience,
            restore_best_weights=True)``, and the best epoch is marked. Every epoch by default.
        graph: whether the model's graph is drawn beside the curves.
        **abbreviations: for each argument of ``build`` a control, as in
            ``ipywidgets.interact``: ``(min, max)``, a list of choices, True or False. A range
            of positive floats over two decades or more is logarithmic.

    Attributes:
        history: dict name -> list of floats of the last finished run.
        model: the model of the last finished run, with its trained weights.
        runs: the finished runs (`anatomy.training.Run`), latest last.
        findings: what `anatomy.losses.diagnose` says of the model that was built last.
        axis: the `anatomy.training.Sweep` of every learning rate, while it is shown; or None.

    Raises:
        TypeError, ValueError: for data or an abbreviation that cannot be used.
    """

    def __init__(
        self, build, data, *, epochs=10, batch_size=32, patience=None, graph=False, **abbreviations
    ):
        self.build, self.data = build, data
        self.table, self.validation = tables(data)
        own = controls(build, abbreviations, OWN)
        own["epochs"] = whole("epochs", epochs, (1, 50))
        own["batch_size"] = batch_sizes(batch_size)
        own["seed"] = control("seed", (0, 99), 0)
        if patience is not None:
            if self.validation is None:
                raise ValueError(
                    f"patience={patience!r} is of early stopping, which watches the validation "
                    "loss: pass ((x, y), (x_val, y_val))."
                )
            own["patience"] = whole("patience", patience, (0, 20))
        self.runs, self._pinned, self._listed, self._shown_runs = [], [], [], []
        self.findings = ()
        self.axis = self._axis_of = None
        self._whole, self._first = False, 0.0
        self._graph = lru_cache(1)(graph_of) if graph else None
        self._range = _ends(own.get(RATE)) if patience is None else None
        self._earlier = widgets.SelectMultiple(
            description="earlier runs", layout=look(width="calc(100% - 4px)")
        )
        label(self._earlier, 105)
        buttons = {
            "stop": ("Stop after the present execution", self.stop),
            "rewind": ("Train again from the same initial weights", self.post),
            "new_seed": ("Other initial weights, another shuffling", self.next_seed),
            "pin": ("Keep this run's curves in the picture", self._pin_last),
        }
        if self._range:
            about = "Train every learning rate of the slider too: where would each end?"
            buttons["whole_axis"] = about, self._toggle
        super().__init__(history({}, epoch=0), own, buttons, folds={"Earlier runs": self._earlier})
        reading = widgets.BoundedIntText(0, 0, 10**9)
        self.hand("epoch", reading, lambda: self.later(self._redraw))
        self.hand("pin", widgets.IntText(0), self._pin_shown)
        self._earlier.observe(lambda change: self._pin_earlier(), names="value")

    def work(self, at):
        run = self._run(at)
        self.train(run, self.table, self.validation, watch=self._draw, begin=self._diagnose)
        if not run.epoch:
            self._restore()
            return "stopped", self.position("Stopped before the first epoch.")
        if not self.runs:
            self._pinned = [run]  # the reference, until it is let go
        kept = [past for past in self.runs if past in self._pinned or past in self.runs[1 - KEPT :]]
        self.runs = [*kept, run]
        self._draw(run)
        why = self._follow(run) if self._whole and run.status != "stopped" else ""
        return run.status, sentences(sentence(run), ignored(run, self.runs), run.outside, why)

    def prepare(self, at):
        if at["seed"] != self.at["seed"]:
            return None
        return partial(self._run(at | {"epochs": 1}).fit, self.table, self.validation)

    def _run(self, at):
        own = {name: at.pop(name) for name in OWN if name in at}
        return Run(self.build, at, **own)

    def failed(self, error):
        super().failed(error)
        if self.runs and not self.position(""):  # which says of what the picture is
            self.say("failed", f"{self._text} The picture is of the last run that worked.")

    def shows(self):
        return "\n".join([super().shows(), *map(str, self.findings)])

    def code(self):
        arguments = given(self.runs[-1]) if self.runs else self.at
        own = {name: arguments.pop(name) for name in OWN if name in arguments}
        source, fit = fit_lines(
            self.build, self.data, settings(arguments), validated=self.validation, **own
        )
        return script(self.build, FIRST, [*source, *fit, 'print(*history.history["loss"])'])

    def unfolded(self, title):
        """Lists the runs that can be pinned."""
        if title != "Earlier runs":
            return
        newest = sorted(self._distinct([]), key=self.runs.index, reverse=True)
        self._listed = []  # while the list changes, nobody has chosen anything
        self._earlier.options = [(line(run), run) for run in newest]
        self._earlier.value = [run for run in newest if run in self._pinned]
        self._listed = newest

    def _diagnose(self, run):
        advise(self, run.model, self.table.arguments["y"], run.parameters)

    def _draw(self, run):
        if run.epoch == 1:
            self._first = run.seconds  # that of compiling too
        arguments = given(run)
        others = self._shown_runs = self._others(arguments)
        beside = self._graph and (400, 370, within, [self._graph(run.model)])
        if self.axis:
            note = difference(self._axis_of, [arguments])
            axis = self.axis, arguments[RATE], f"of {note}" * bool(note)
            beside = 276, HIGH, strip, axis
        self.picture.update(
            run.history,
            epochs=run.epochs,
            label=difference(arguments, [given(other) for other in others]),
            others=[
                (difference(given(other), [arguments]), other.history, other in self._pinned)
                for other in others
            ],
            epoch=min(self.unseen["epoch"].value, run.epochs),
            patience=run.patience,
            beside=beside,
        )
        self.show(arguments)
        if run.status == "training":
            self.say(run.status, sentence(run))

    def _others(self, arguments):
        """The runs to show beside one with these arguments: those pinned, then the last few."""
        others = list(self._distinct([arguments]))
        pinned = sum(other in self._pinned for other in others)
        return others[: pinned + GHOSTS]

    def _distinct(self, seen):
        """Runs with settings and curves not seen before: those pinned, then the newest first."""
        newest = self.runs[::-1]
        for run in sorted(newest, key=lambda run: run not in self._pinned):
            if given(run) not in seen and run.history not in seen:
                seen += [given(run), run.history]
                yield run

    def give_up(self):
        self._restore()
        super().give_up()

    def _restore(self):
        """Shows the last finished run again."""
        if self.runs:
            self._draw(self.runs[-1])

    def _toggle(self):
        """Shows the whole axis beside the curves, or no longer."""
        self._whole, self.axis = not self._whole, None
        if self._whole:
            self.post()
        elif self.runs:
            self.later(self._redraw)

    def _follow(self, run):
        """Trains every rate of the slider, unless that is done; why where it cannot be."""
        others = {name: value for name, value in given(run).items() if name != RATE}
        if self.axis and others == self._axis_of:
            return ""
        calm = time.monotonic() + REST
        while time.monotonic() < calm and not self.cancelled:  # while a hand moves, no axis
            time.sleep(0.01)
        self.check()
        self.say("training", "every learning rate of the axis …")
        pace = (run.seconds - self._first) / max(run.epoch - 1, 1)
        heavy = run.plain or pace > SLOW or run.model.count_params() * len(self.table.rows) > LARGE
        axis, _ = rates(self._range, self.build, FEW if heavy else DECADE)

        def grow(sweep):
            if self.due():
                self.axis, self._axis_of = sweep, others
                self._draw(run)
                self.say("training", progress(sweep))

        try:
            sweep = training.sweep(
                self.build, self.data, seeds=[run.seed], epochs=run.epochs,
                batch_size=run.batch_size, on_change=grow, stop=lambda: self.cancelled,
                **{name: [value] for name, value in run.parameters.items()} | {RATE: axis},
            )  # fmt: skip
        except Exception as error:  # the fit is not concerned
            return f"No axis. {readable(error)}"
        self.axis, self._axis_of = (None, None) if sweep.stopped else (sweep, others)
        self.check()
        self._draw(run)
        return ""

    def _pin_last(self):
        self._pin([run for run in self.runs[-1:] if run not in self._pinned])

    def _pin_shown(self):
        """A hand has pressed the number of another run in the picture."""
        number, self.unseen["pin"].value = self.unseen["pin"].value, 0
        if 0 < number <= len(self._shown_runs):
            self._pin([self._shown_runs[number - 1]])

    def _pin_earlier(self):
        chosen = self._earlier.value
        self._pin([run for run in self._listed if (run in chosen) != (run in self._pinned)])

    def _pin(self, runs):
        """Pins these runs, or lets go those that were pinned."""
        new = [run for run in runs if run not in self._pinned]
        self._pinned = [run for run in self._pinned if run not in runs] + new
        self.later(self._redraw)

    def _redraw(self):
        if self.runs:
            run = self.runs[-1]
            self._draw(run)
            self.say(run.status, sentences(sentence(run), run in self._pinned and "Pinned."))
            self.rest()


def _ends(slider):
    """(smallest, largest) of a slider of positive numbers, or None."""
    ends = getattr(slider, "min", 0), getattr(slider, "max", 0)
    if isinstance(slider, widgets.FloatLogSlider):
        ends = slider.base**slider.min, slider.base**slider.max
    whole = isinstance(slider, widgets.IntSlider)
    return ends if 0 < ends[0] < ends[1] < math.inf and not whole else None

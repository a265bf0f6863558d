"""A student's own ``build()``, refitted as its arguments move."""

import html
import inspect
import time

import ipywidgets as widgets

from anatomy import draw
from anatomy.labs.advice import Advice, findings
from anatomy.labs.axis import Axis
from anatomy.labs.controls import batch_sizes, control, controls, whole
from anatomy.labs.lab import Lab
from anatomy.labs.script import FIRST, data_lines, script
from anatomy.labs.words import OWN, difference, given, line, sentence
from anatomy.training import RATE, Run, readable, tables

#: Seconds between two live frames; a fit is faster than a screen.
FRAME = 0.08

#: Unpinned runs that stay as ghosts behind the present one, and runs kept in all.
GHOSTS, KEPT = 3, 12


class Fit(Lab):
    """``interact`` for ``fit()``: the arguments of ``build`` become controls of a real training.

    At every move ``build`` is called anew, with the seed set, and ``model.fit`` runs; the
    curves are those of that fit. Earlier finished runs stay behind as ghosts. A loss that cannot
    work with the model's output and targets is named above them, while all goes on. Beneath the
    slider of a ``learning_rate`` a button shows where a fit at every other rate would end.

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
        axis: the `Axis` beneath the slider of the learning rate.

    Raises:
        TypeError, ValueError: for data or an abbreviation that cannot be used.
    """

    def __init__(self, build, data, *, epochs=10, batch_size=32, **abbreviations):
        import keras

        if not inspect.isfunction(build):
            raise TypeError(
                f"build is {build!r}; give a function that takes keyword arguments and returns "
                "a compiled keras.Model."
            )
        self.build, self.data = build, data
        self.train, self.validation = tables(data)
        self._policy = keras.config.dtype_policy().name
        made = controls(build, abbreviations)
        if taken := [name for name in OWN if name in made]:
            raise TypeError(
                f"{build.__name__}() has an argument {taken[0]!r}, which fit() has too."
            )
        made["epochs"] = whole("epochs", epochs, (1, 50))
        made["batch_size"] = batch_sizes(batch_size)
        made["seed"] = control("seed", (0, 99), 0)
        self.runs, self._pinned, self._listed = [], [], []
        self.findings, self._looked, self._advice = (), None, Advice()
        self.axis = Axis(build, data, made.get(RATE))
        self.axis.toggle.observe(lambda change: self._toggle_axis(), names="value")
        self._earlier = widgets.SelectMultiple(
            description="earlier runs",
            layout={"width": "100%"},
            style={"description_width": "105px"},
        )
        self._bar = widgets.IntProgress(
            0, max=1, layout={"width": "100%", "height": "16px", "margin": "0"}
        )
        self._code = widgets.HTML()
        self._panel = widgets.Accordion(
            [self._code, self._earlier], titles=("Code", "Earlier runs")
        )
        buttons = {
            name: widgets.Button(description=name.replace("_", " "), tooltip=tooltip)
            for name, tooltip in {
                "stop": "Stop after the present execution",
                "rewind": "Train again from the same initial weights",
                "new_seed": "Other initial weights, another shuffling",
                "pin": "Keep this run's curves in the picture",
            }.items()
        }
        super().__init__(draw.history({}), made, buttons)
        buttons["stop"].on_click(lambda button: self.stop())
        buttons["rewind"].on_click(lambda button: self._post())
        buttons["new_seed"].on_click(lambda button: self._next_seed())
        buttons["pin"].on_click(lambda button: self._pin([self.runs[-1]] if self.runs else []))
        self._panel.observe(lambda change: self._list_earlier(), names="selected_index")
        self._earlier.observe(lambda change: self._pin_earlier(), names="value")
        self._post()

    @property
    def history(self):
        return self.runs[-1].history if self.runs else {}

    @property
    def model(self):
        return self.runs[-1].model if self.runs else None

    def run(self):
        super().run()
        return self.history

    def code(self):
        settings = given(self.runs[-1]) if self.runs else self._settings()
        own = {name: settings.pop(name) for name in OWN}
        arguments = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        source, pairs = data_lines(self.data, self.validation)
        return script(
            self.build,
            FIRST,
            [
                *source,
                f"keras.utils.set_random_seed({own['seed']})",
                f"model = {self.build.__name__}({arguments})",
                "history = model.fit(",
                *[f"    {pair}" for pair in pairs],
                f"    batch_size={own['batch_size']},",
                f"    epochs={own['epochs']},",
                ")",
            ],
        )

    def describe(self):
        return "\n".join(
            [super().describe(), *map(str, self.findings), self.axis.describe()]
        ).strip()

    def wait(self, timeout=None):
        return super().wait(timeout) and self.axis.wait(timeout)

    def stop(self):
        super().stop()
        self.axis.cancel()

    def _rows(self):
        shown = []
        for name, one in self.controls.items():
            shown += [one] if isinstance(one, widgets.Widget) else []  # a fixed() has none
            shown += [self.axis.widget] if name == RATE and self.axis.offered else []
        column = widgets.VBox(
            [*shown, widgets.HBox(list(self.buttons.values()))],
            layout={"width": "345px", "flex": "0 0 auto"},
        )
        for button in self.buttons.values():
            button.layout.width = "auto"
        screen = widgets.VBox(
            [self._line, self._bar, self._advice.widget, self._image, self._words],
            layout={"flex": "1 1 420px", "min_width": "0"},
        )
        return [widgets.HBox([column, screen], layout={"flex_flow": "row wrap"}), self._panel]

    def _work(self, request):
        settings = self._settings()
        own = {name: settings.pop(name) for name in OWN}
        self.axis.mark(settings.get(RATE))
        run = Run(self.build, settings, **own, policy=self._policy)
        self._next_frame = 0.0
        run.fit(
            self.train,
            self.validation,
            on_change=self._follow,
            stop=lambda: request.cancelled,
        )
        if request.superseded:
            return
        if run.status == "failed":
            raise run.error
        self.error = None
        self.runs = [
            past for past in self.runs if past in self._pinned or past in self.runs[1 - KEPT :]
        ] + [run]
        self._draw(run)
        self._code.value = f"<pre>{html.escape(self.code())}</pre>"
        self._draw_ahead(run)
        if run.status != "stopped":
            self.axis.follow(run)

    def _fail(self, error):
        super()._fail(error)
        if self.runs:
            self._say("failed", f"{readable(error)} The picture is of the last run that worked.")

    def _follow(self, run):
        """Shows the run as it goes: its first epoch at once, then as fast as a screen can."""
        self.axis.watch(run)
        if run.model is not None and run.model is not self._looked:
            self._looked = run.model
            self._advise()
        if run.status == "compiling":
            self._say("compiling", "a new shape of model: XLA compiles it once, then it is kept")
        elif run.status == "training" and run.epoch and time.monotonic() >= self._next_frame:
            self._draw(run)
            self._next_frame = time.monotonic() + FRAME

    def _advise(self):
        """Asks the loss doctor before the first step: 0.2 ms."""
        self.findings = findings(self._looked, self.train.arguments["y"])
        for said in self.findings[:1]:
            words = f"{said.wrong} {said.happens}"
            return self._advice.say(f"The loss doctor: {said.code}.", words, said.change)
        self._advice.say("", "")

    def _next_seed(self):
        seed = self.controls["seed"]
        seed.value = (seed.value + 1) % (seed.max + 1)

    def _toggle_axis(self):
        if self.runs:
            self.axis.follow(self.runs[-1])

    def _post(self):
        self.axis.cancel()  # a fit() does not wait for it
        super()._post()
        self._list_earlier()

    def _list_earlier(self):
        """While the panel is open, lists the runs that can be pinned."""
        if self._panel.selected_index != 1:
            return
        self._listed = []  # while the list changes, nobody has chosen anything
        self._earlier.options = [(line(run), run) for run in reversed(self.runs)]
        self._earlier.value = [run for _, run in self._earlier.options if run in self._pinned]
        self._listed = [run for _, run in self._earlier.options]

    def _pin_earlier(self):
        chosen = self._earlier.value
        self._pin([run for run in self._listed if (run in chosen) != (run in self._pinned)])

    def _pin(self, runs):
        """Pins these runs, or lets go those that were pinned."""
        if runs:
            self._pinned = [run for run in self._pinned if run not in runs] + [
                run for run in runs if run not in self._pinned
            ]
            self._show_later(self._redraw)

    def _polish(self):
        super()._polish()
        self.axis.polish()

    def _redraw(self):
        self._draw(self.runs[-1])
        self._polish()

    def _draw(self, run):
        settings = given(run)
        self.picture.update(
            run.history,
            epochs=run.epochs,
            label=difference(settings, [given(other) for other in self._others(settings)]),
            others=self._beside(settings),
        )
        self._frame()
        self._bar.max, self._bar.value = run.epochs, run.epoch
        self._say(run.status, sentence(run) + " Pinned." * (run in self._pinned))

    def _draw_ahead(self, run):
        """The next run will most likely differ in what this one differs in from the last."""
        if len(self.runs) > 1:
            last = given(self.runs[-2])
            coming = {name: v if v == last[name] else None for name, v in given(run).items()}
            self.picture.expect(self._beside(coming))

    def _beside(self, settings):
        """What the picture shows beside a run with these settings: (label, history, pinned)."""
        return [
            (difference(given(other), [settings]), other.history, other in self._pinned)
            for other in self._others(settings)
        ]

    def _others(self, settings):
        """The runs to show beside one with these settings: those pinned, then the last few."""
        others, seen = [], [settings]
        for other in reversed(self.runs):
            if given(other) not in seen:
                seen.append(given(other))
                others.append(other)
        pinned = [other for other in others if other in self._pinned]
        return pinned + [other for other in others if other not in pinned][:GHOSTS]

"""A whole axis at once: where every learning rate ends, while the other arguments move."""

import html
import inspect
import math
import textwrap
import time

import ipywidgets as widgets

from anatomy import draw, training
from anatomy.labs.controls import batch_sizes, controls, whole
from anatomy.base.lab import FRAME
from anatomy.labs.lab import REST, Lab, in_colab
from anatomy.labs.script import FIRST, data_lines, script
from anatomy.labs.sweep_axes import hint, rates, several
from anatomy.training import RATE

OWN = ("epochs", "batch_size", "seeds")


class Sweep(Lab):
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
        seeds: how many seeds each rate is trained with: 1, 3 or 5.
        **abbreviations: as in `labs.fit`. Of a list several values can be chosen at once (Ctrl or
            Shift): each has a line of its own.

    Attributes:
        sweep: the `anatomy.training.Sweep` of the picture; None before the first.

    Raises:
        TypeError, ValueError: for rates, data or an abbreviation that cannot be used.
    """

    def __init__(
        self, build, data, learning_rate=(1e-5, 10.0), *, epochs=20, batch_size=32, seeds=3,
        **abbreviations,
    ):  # fmt: skip
        import keras

        if not inspect.isfunction(build):
            raise TypeError(
                f"build is {build!r}; give a function that takes learning_rate and returns "
                "a compiled keras.Model."
            )
        self.build, self.data = build, data
        _, self._validation = training.tables(data)
        self._policy = keras.config.dtype_policy().name
        made = controls(build, {RATE: widgets.fixed(None), **abbreviations})
        self.rates, start = rates(learning_rate, build)
        if taken := [name for name in OWN if name in made]:
            raise TypeError(f"build() has an argument {taken[0]!r}, which the lab has too.")
        for name, wanted in abbreviations.items():
            if isinstance(wanted, list):
                made[name] = several(name, made[name])
        made[RATE] = self._slider(start)
        made["epochs"] = whole("epochs", epochs, (1, 100))
        made["batch_size"] = batch_sizes(batch_size)
        made["seeds"] = whole("seeds", seeds, [1, 3, 5])
        self.sweep = self._asked = self._shown = None
        self._code = widgets.HTML()
        buttons = {
            name: widgets.Button(
                description=name, tooltip=tooltip, layout={"flex": "0 0 auto", "width": "auto"}
            )
            for name, tooltip in {
                "stop": "Stop after the present execution",
                "rewind": "Train all again from the same initial weights",
            }.items()
        }
        members = [{RATE: rate, "seed": 0} for rate in self.rates]
        empty = training.Sweep({RATE: self.rates, "seed": [0]}, members, made["epochs"].value)
        super().__init__(draw.sweep(empty, marker=start), made, buttons)
        buttons["stop"].on_click(lambda button: self.stop())
        buttons["rewind"].on_click(lambda button: self._again())
        self._post()

    def code(self):
        axes, own = self._shown or self._wanted()
        source, pairs = data_lines(self.data, self._validation)
        lines, indent = [], ""
        looped = [name for name, values in axes.items() if len(values) > 1]
        for name in looped:
            lines += textwrap.wrap(
                f"for {name} in {axes[name]}:", 96, initial_indent=indent,
                subsequent_indent=indent + " " * 8, break_long_words=False,
            )  # fmt: skip
            indent += "    "
        lines.append(f"{indent}for seed in range({own['seeds']}):")
        indent += "    "
        arguments = ", ".join(
            f"{name}={name if name in looped else repr(values[0])}" for name, values in axes.items()
        )
        member = ", ".join([*looped, "seed"])
        inner = [
            "keras.utils.set_random_seed(seed)",
            f"model = {getattr(self.build, '__name__', 'build')}({arguments})",
            "history = model.fit(",
            *[f"    {pair}" for pair in pairs],
            f"    batch_size={own['batch_size']},",
            f"    epochs={own['epochs']},",
            "    verbose=0,",
            ")",
            f'loss[{member}] = history.history["loss"]',
            f"print({member}, loss[{member}][-1])",
        ]
        note = f"loss = {{}}  # ({member}) -> the loss of each epoch; a fit() each takes its time"
        return script(self.build, FIRST, [*source, note, *lines, *[indent + one for one in inner]])

    def _rows(self):
        shown = [one for one in self.controls.values() if isinstance(one, widgets.Widget)]
        column = widgets.VBox(
            [*shown, widgets.HBox(list(self.buttons.values()))],
            layout={"width": "345px", "flex": "0 0 auto"},
        )
        screen = widgets.VBox(
            [self._line, self._image, self._words], layout={"flex": "1 1 420px", "min_width": "0"}
        )
        panel = widgets.Accordion([self._code], titles=("Code",))
        return [widgets.HBox([column, screen], layout={"flex_flow": "row wrap"}), panel]

    def _slider(self, start):
        """A slider with the rates as its steps, so that the marker always stands at a member."""
        slider = widgets.SelectionSlider(
            options=[(f"{rate:g}", rate) for rate in self.rates], value=start,
            description=RATE, style={"description_width": "105px"}, layout={"width": "330px"},
        )  # fmt: skip
        return slider.add_class("anatomy-learning-rate")

    def _wanted(self):
        """The axes of the sweep, and what belongs to the lab."""
        settings = self._settings()
        own = {name: settings.pop(name) for name in OWN}
        several = widgets.SelectMultiple
        axes = {
            name: list(value) if isinstance(self.controls[name], several) else [value]
            for name, value in settings.items()
        }
        return axes | {RATE: self.rates}, own

    def _again(self):
        self._asked = None
        self._post()

    def _post(self):
        """Asks for a sweep; where only the learning rate moved, for the marker to follow."""
        wanted = self._wanted()
        if wanted != self._asked:
            self._asked = wanted
            super()._post()
        elif in_colab():
            self._attempt(self._mark)
        else:  # what is being trained goes on
            self._request = training.runner.post(self.picture, lambda request: self._follow_hand())

    def _follow_hand(self):
        self._attempt(self._mark)
        self._show_later(self._polish, delay=REST)

    def _mark(self):
        self.picture.mark(self.controls[RATE].value)
        self._frame()

    def _work(self, request):
        import keras

        axes, own = self._wanted()
        if said := hint(axes):
            return self._say("idle", said)
        if keras.config.dtype_policy().name != self._policy:  # each thread has its own
            keras.config.set_dtype_policy(self._policy)
        self._say("training", f"{self._many(axes, own)}, all in one compiled call …")
        self._next_frame = 0.0
        found = training.sweep(
            self.build, self.data, seeds=range(own["seeds"]), epochs=own["epochs"],
            batch_size=own["batch_size"], on_change=self._grow, stop=lambda: request.cancelled,
            **axes,
        )  # fmt: skip
        if request.superseded:
            return
        self.error, self.sweep, self._shown = None, found, (axes, own)
        self._draw(found)
        self._say("stopped" if found.stopped else "done", self._sentence(found, axes, own))
        self._code.value = f"<pre>{html.escape(self.code())}</pre>"

    def _grow(self, found):
        """Shows what is trained so far, as often as a screen can."""
        if time.monotonic() >= self._next_frame:
            self._draw(found)
            self._say("training", f"epoch {found.done.max()} of {found.epochs} …{_note(found)}")
            self._next_frame = time.monotonic() + FRAME

    def _draw(self, found):
        self.picture.update(found, marker=self.controls[RATE].value)
        self._frame()

    def _fail(self, error):
        super()._fail(error)
        self._asked = None  # the next move tries again
        if self.sweep:
            text = f"{training.readable(error)} The picture is of the last sweep that worked."
            self._say("failed", text)

    def _many(self, axes, own):
        """How many models there are, in words."""
        parts = [f"{len(v)} values of {n}" for n, v in axes.items() if len(v) > 1 and n != RATE]
        seeds = own["seeds"]
        parts += [f"{len(self.rates)} learning rates", f"{seeds} seed{'s' * (seeds > 1)}"]
        count = math.prod(map(len, axes.values())) * seeds
        return f"{count} models ({' × '.join(parts)})"

    def _sentence(self, found, axes, own):
        done = f"{found.done.min()} of {found.epochs}" if found.stopped else f"{found.epochs}"
        said = f"{self._many(axes, own)}, {done} epochs in {found.seconds:.2f} s."
        return said + _note(found)


def _note(found):
    """What is not trained in one compiled call, and why."""
    said = f" A fit() each: {found.plain}." * bool(found.plain)
    for name in found.compiled:
        said += f" {name} is compiled in: its values are trained one after the other."
    return said

"""The whole chapter in one place: data, layers, loss and optimizer, fit(), and what comes of it."""

import html
import time

import ipywidgets as widgets

from anatomy import draw, predictions
from anatomy.labs import workflow_state as line
from anatomy.labs.advice import Advice
from anatomy.base.lab import FRAME
from anatomy.fit.history.lab import GHOSTS, KEPT
from anatomy.labs.lab import Lab
from anatomy.labs.words import sentence
from anatomy.labs.workflow_form import Form
from anatomy.labs.workflow_model import (
    Predictors,
    build,
    judge,
    label,
    made,
    mended,
    script,
    split,
)  # fmt: skip
from anatomy.losses import diagnose
from anatomy.training import Run, readable, tables

REFUSED = """<div role="alert" class="anatomy-refused"
    style="line-height: 1.4; padding: 2px 0 6px 56px">{}</div>"""
TOOLTIPS = {
    "add": "Put a layer in before the last one",
    "example": "A stack and settings that do well on these data",
    "fit": "Train again from the same initial weights",
    "stop": "Stop after the present execution",
    "new_seed": "Other initial weights, another shuffling",
    "mend": "Make the change that is advised",
}


class Workflow(Lab):
    """The Keras workflow in four steps, each of which can be changed at any time.

    Choose the data, stack layers, choose loss, optimizer and metric: every move trains a real
    model. Where the stack does not fit, where Keras refuses or the loss doctor objects, the lab
    says so, and what would mend it. Look at the curves, at which classes are confused, and at the
    worst mistakes on validation data. ``code()`` is the workflow as a script.

    Args:
        state: a line such as the ``state`` of another lab; None: digits and two Dense layers.

    Attributes:
        state: str, all that the controls stand at, as one short line.
        history, model: of the last run that worked.
        findings: what `anatomy.losses.diagnose` says of the model that was trained last.
        runs: the runs that worked (`anatomy.training.Run`), latest last.

    Raises:
        ValueError: for a line that is none; it quotes the part that is wrong.
    """

    def __init__(self, state=None):
        import keras

        start = line.example("digits") if state is None else line.parse(state)
        self._policy = keras.config.dtype_policy().name
        self.runs, self.findings, self._tables, self._predict = [], (), {}, Predictors()
        self._wanted = self._look = self._done = self._stack = None
        self._force, self._looked = False, None
        self._form = Form()
        self._bar = widgets.IntProgress(0, max=1, layout={"width": "100%", "height": "14px"})
        self._code = widgets.HTML()
        self._panel = widgets.Accordion([self._code], titles=("Code",))
        self._typed = widgets.Text(
            description="state", continuous_update=False, style={"description_width": "50px"},
            tooltip="All settings in one line: copy it, or paste another", layout={"width": "99%"},
        )  # fmt: skip
        self._refused = widgets.HTML()
        self._typed.observe(lambda change: self._paste(change.new), names="value")
        buttons = {
            name: widgets.Button(
                description=name.replace("_", " "), tooltip=tooltip, layout={"width": "auto"}
            )
            for name, tooltip in TOOLTIPS.items()
        }
        self._advice = Advice(buttons["mend"])
        buttons["add"].description = "add a layer"
        buttons["fit"].button_style = "primary"
        self._curves = draw.history({})
        super().__init__(self._curves, self._form.controls, buttons)
        press = {
            "add": lambda: self._take(self._form.added()),
            "example": lambda: self._take(line.example(self._wanted.data)),
            "fit": self._again,
            "stop": self.stop,
            "new_seed": self._form.next_seed,
            "mend": lambda: self._advice.state and self._take(self._advice.state),
        }
        for name, do in press.items():
            buttons[name].on_click(lambda button, do=do: do())
        for k, row in enumerate(self._form.layers.rows):
            row.remove.on_click(lambda button, k=k: self._take(self._form.removed(k)))
            row.lift.on_click(lambda button, k=k: self._take(self._form.lifted(k)))
        self._take(start)

    @classmethod
    def from_state(cls, state):
        """The lab that such a line describes; nothing in it is evaluated.

        Raises:
            ValueError: for a line that is none; it quotes the part that is wrong.
        """
        return cls(str(line.parse(state)))

    @property
    def state(self):
        return str(self._wanted)

    @property
    def history(self):
        return self.runs[-1].history if self.runs else {}

    @property
    def model(self):
        return self.runs[-1].model if self.runs else None

    def describe(self):
        broken = self._stack and self._stack.broken
        said = [broken.why] if broken else map(str, self.findings)
        return "\n".join([super().describe(), *said])

    def run(self):
        self._force = True
        super().run()
        return self.history

    def code(self):
        state, note = self._wanted, ""
        stack = judge(state)
        if stack.broken:
            note = f"It does not fit at layer {stack.broken.index + 1}. {stack.broken.why}"
        return script(state, stack, note)

    def _rows(self):
        for one in (self._bar, self._advice.widget):  # no wider than the picture
            one.layout.max_width = self._image.layout.max_width
        self.controls["look"].layout.margin = "10px 2px 2px"
        return [
            self._form.steps(self.buttons),
            self.controls["look"],
            self._line,
            self._bar,
            self._advice.widget,
            self._image,
            self._words,
            self._typed,
            self._refused,
            self._panel,
        ]

    def _settings(self):
        return {"state": self.state}

    def _take(self, state):
        """Sets all controls to a State, and trains it."""
        self._form.state = state
        self._post()

    def _paste(self, text):
        """A line was typed or pasted: it is taken, or its mistake is said below it."""
        said = ""
        if text != self.state:
            try:
                self._take(line.parse(text))
            except ValueError as error:
                said = f"{error} All is left as it was."
        self._refused.value = said and REFUSED.format(html.escape(said))

    def _again(self):
        self._force = True
        super()._post()

    def _post(self):
        """A control was moved: what all stand at is asked for, if it is new."""
        if self._form.busy:
            return
        wanted = self._form.state, self.controls["look"].value
        if wanted != (self._wanted, self._look):
            self._wanted, self._look = wanted
            self.buttons["add"].disabled = len(self._wanted.layers) == line.MOST
            self._typed.value = self.state
            super()._post()

    def _work(self, request):
        state, look = self._wanted, self._look
        if self._force or state != self._done:
            self._force, self._done = False, None
            self._train(state, look, request)
            if request.superseded:
                return
            self._done = state if self.status != "stopped" else None
            self._code.value = f"<pre>{html.escape(self.code())}</pre>"
        self._show(look)

    def _train(self, state, look, request):
        """Judges the stack, and trains it if it fits."""
        self.error, self._stack = None, judge(state)
        self._form.introduce(state, self._stack)
        broken = self._stack.broken
        if broken:
            change = f" To mend it: {broken.repair}." if broken.repair else ""
            self._advice.say(f"Layer {broken.index + 1} does not fit.", broken.why + change)
            self._advice.offer(mended(state))
            return self._say("broken", "The stack does not fit: nothing is trained." + self._rest())
        run = Run(
            build, {"state": state}, epochs=state.epochs, batch_size=state.batch, seed=state.seed,
            policy=self._policy,
        )  # fmt: skip
        self._next_frame, self._following = 0.0, look == "curves"
        if not self.runs or made(self.runs[-1].parameters["state"]) != made(state):
            self._say("compiling", "another model is made")
        if state.data not in self._tables:
            self._tables[state.data] = tables(split(state.data))
        train, validation = self._tables[state.data]
        run.fit(train, validation, on_change=self._follow, stop=lambda: request.cancelled)
        if request.superseded:
            return
        self._advice.offer(mended(state, self.findings) if self.findings else None)
        if run.status == "failed":
            if not isinstance(run.error, ValueError | TypeError):
                raise run.error
            why = readable(run.error).rstrip(".")
            return self._say("broken", f"Keras refuses. {why}.{self._rest()}")
        self.runs = [*self.runs[1 - KEPT :], run]
        self._bar.max, self._bar.value = run.epochs, run.epoch
        self._say(run.status, sentence(run))

    def _follow(self, run):
        """Shows the run as it goes; the loss doctor is asked before the first step."""
        if run.model is not None and run.model is not self._looked:
            self._looked, state = run.model, run.parameters["state"]
            self.findings = diagnose(run.model, split(state.data).y_train)
            said = self.findings[0] if self.findings else None
            words = f"{said.wrong} {said.happens}" if said else ""
            self._advice.say(f"The loss doctor: {said.code}." if said else "", words)
        if run.status == "compiling":
            self._say("compiling", "a new shape of model: XLA compiles it once, then it is kept")
        elif run.status == "training" and self._due(run):
            if self._following or not self.runs:
                self._image.layout.display = None
                self._draw(run)
            self._bar.max, self._bar.value = run.epochs, run.epoch
            self._say(run.status, sentence(run))
            self._next_frame = time.monotonic() + FRAME

    def _due(self, run):
        """Whether it is time for a frame; the last one is drawn when all is done."""
        return 0 < run.epoch < run.epochs and time.monotonic() >= self._next_frame

    def _rest(self):
        return " The picture is of the last run that worked." if self.runs else ""

    def _show(self, look):
        """Shows the picture that is looked at, of the last run that worked."""
        self._image.layout.display = None if self.runs else "none"
        if not self.runs:  # the stack was broken from the start: there is no picture yet
            return
        run = self.runs[-1]
        if look == "curves" or run.status == "diverged":  # then it predicts no numbers
            return self._draw(run)
        try:
            self.picture = self._seen(run, look)
        except ValueError as error:  # what was predicted is not of the kind that can be drawn
            self._draw(run)
            return self._say(self.status, f"{sentence(run)} No picture of predictions: {error}")
        self._frame()

    def _seen(self, run, look):
        """The picture of what a run predicts for the validation data."""
        data = split(run.parameters["state"].data)
        y, p = data.y_val, self._predict(run.parameters["state"], run.model)
        if look == "confusion" and data.classes:
            guess = predictions.judge(y, p, data.classes).guess
            return draw.confusion(y, guess, data.classes)
        return draw.mistakes(data.x_val, y, p, data.classes)

    def _draw(self, run):
        """The curves of a run, beside the last few on the same data with the same loss."""
        state, others = run.parameters["state"], {}
        for other in reversed(self.runs):
            past = other.parameters["state"]
            if past != state and (past.data, past.loss) == (state.data, state.loss):
                others.setdefault(past, other.history)
        others = dict([*others.items()][:GHOSTS])
        beside = [(label(past, [state]), history, False) for past, history in others.items()]
        self._curves.update(
            run.history, epochs=run.epochs, label=label(state, [*others]), others=beside
        )
        self.picture = self._curves
        self._frame()

"""The whole chapter in one place: data, layers, loss and optimizer, fit(), and what comes of it."""

from dataclasses import replace

import ipywidgets as widgets
import numpy as np

from anatomy.base.controls import control, dressed, label
from anatomy.base.picture import Picture
from anatomy.base.words import count, sentences
from anatomy.fit.history.draw import history
from anatomy.fit.history.facts import sentence
from anatomy.fit.history.lab import GHOSTS, KEPT, Trainer
from anatomy.fit.playground.draw import beside as function
from anatomy.fit.playground.facts import grid, task
from anatomy.layers.bricks.draw import bricks
from anatomy.layers.bricks.lab import Editor
from anatomy.layers.symbolic import unseen
from anatomy.losses import diagnose
from anatomy.training import Run, tables
from anatomy.training.errors import readable
from anatomy.workflow.predictions.draw import confusion, mistakes
from anatomy.workflow.workflow import facts, line

#: What there is to look at: of classes, and of numbers.
LOOKS = {
    True: ("curves", "confusion", "mistakes", "layers"),
    False: ("curves", "residuals", "layers"),
}
TALL = 365  # CSS pixels of a picture of layers
FIELDS = ("data", "loss", "optimizer", "learning_rate", "metric", "epochs", "batch_size", "seed")


class Workflow(Trainer):
    """The Keras workflow in four steps, each of which can be changed at any time.

    Choose the data, stack layers, choose loss, optimizer and metric: every move trains a real
    model. Where the stack does not fit, where Keras raises an error or the loss doctor objects,
    the lab says so, and what would repair it. Look at the curves (beside those of one or two
    features: the function that forms), at which classes are confused, and at the worst mistakes on
    validation data: a press on a cell of the confusion matrix shows those of its two classes.
    ``code()`` is the workflow as a script.

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
        self._state = line.example("digits") if state is None else line.parse(state)
        self.runs, self.findings, self._tables = [], (), {}
        self._done = self._repaired = None
        self._doctor = ("",)  # its advice
        self.editor = Editor(self._edited, facts.PLAIN, line.MOST)
        self._about = {step: widgets.HTML() for step in ("data", "model")}
        self._pictures = {"curves": history({})}
        names = [*self.editor.controls]
        super().__init__(
            self._pictures["curves"],
            {
                "data": control("data", [*line.EXAMPLES]),
                "look": control("look", [*LOOKS[True]]),
                "state": control("state", str(self._state)),
                **self.editor.controls,
                "loss": control("loss", [*line.LOSSES]),
                "optimizer": control("optimizer", [*line.OPTIMIZERS]),
                "learning_rate": dressed(
                    "learning_rate", widgets.SelectionSlider(options=_rates(1e-3)), live=True
                ),
                "metric": control("metric", [*line.METRICS]),
                "epochs": control("epochs", line.VALUES["epochs"], live=True),
                "batch_size": control("batch_size", [*map(int, line.VALUES["batch_size"])]),
                "seed": control("seed", line.VALUES["seed"]),
            },
            {
                "example": ("A stack and settings that do well on these data", self._example),
                **self.editor.buttons,
                "fit": ("Train again from the same initial weights", self._again),
                "stop": ("Stop after the present execution", self.stop),
                "new_seed": ("Other initial weights, another shuffling", self.next_seed),
                "repair": ("Make the change that repairs the stack, or its end", self._repair),
            },
            columns=[
                (140, {"1. Define the data": ["data", self._about["data"], "look", "state"]}),
                (256, {self._about["model"]: [*names, ("add", "remove", "up", "down")]}),
                (262, {"3. Configure the learning process":
                       ["loss", "optimizer", "learning_rate", "metric", ("example", "repair")]}),
                (214, {"4. Iterate with fit()": ["epochs", "batch_size", "seed",
                                                 ("fit", "stop", "new_seed")]}),
            ],
        )  # fmt: skip
        label(self.controls["loss"], 34)  # the longest name of a loss is seen whole
        self.hand("pair", widgets.IntText(-1), self._pick)  # of classes, a cell of the matrix
        self.buttons["fit"].button_style = "primary"
        self._take(self._state)

    @classmethod
    def from_state(cls, state):
        """The lab of such a line; nothing in it is evaluated.

        Raises:
            ValueError: for a line that is none; it quotes the part that is wrong.
        """
        return cls(str(line.parse(state)))

    @property
    def state(self):
        return str(self._state)

    @property
    def at(self):
        return {"state": self.state, "look": self.controls["look"].value}

    def shows(self):
        broken = facts.judge(self._state).broken
        return "\n".join([super().shows(), *([broken.why] if broken else map(str, self.findings))])

    def run(self):
        self._done = None
        return super().run()

    def forget(self):
        self._done = None
        super().forget()

    def code(self):
        return facts.script(self._state)

    def moved(self, change):
        """A control was moved by hand: what all stand at is asked for, if a line can say it."""
        if self.editor.busy:
            return
        moved, data = change.owner, self.controls["data"]
        if moved in (data, self.controls["look"], self.controls["state"]):
            self.unseen["pair"].value = -1
        try:
            if moved is self.controls["state"]:
                state = line.parse(moved.value)
            else:
                if moved in self.editor.controls.values():
                    self.editor.moved(moved)
                state = self._read()
                if moved is data and state.metric != "none":
                    state = replace(state, metric=line.usual(data.value)[3])
                state = line.parse(str(state))
        except ValueError as error:
            return self.advise("All is left as it was.", str(error))
        return self._take(state)

    def work(self, at):
        state = line.parse(at["state"])
        if state != self._done:
            self._done = None
            self._outcome = self._train(state)
            self._done = state
        status, text = self._outcome
        more = self._show(state, at["look"], status)
        return status, sentences(text, more)

    def prepare(self, at):
        compiled = {*self.editor.shown, "loss", "optimizer", "metric", "batch_size"}
        if not (moves := at.keys() & compiled):
            return None
        (move,) = moves

        def compile(stop):
            if move in FIELDS:
                state = replace(self._state, **{move: at[move]})
            else:
                layers = facts.lines(self.editor.beside(move, at[move]))
                state = replace(self._state, layers=layers)
            if facts.judge(state).fits:
                run = self._run(state, epochs=1)
                run.fit(*self._tables[state.data], stop=stop)

        return compile

    def _pick(self):
        """A cell of the confusion matrix was pressed."""
        if self.unseen["pair"].value >= 0:
            self.move(look="mistakes")

    def _read(self):
        """The State that the controls stand at."""
        layers = facts.lines(self.editor.layers)
        return line.State(layers=layers, **{name: self.controls[name].value for name in FIELDS})

    def _take(self, state, index=None):
        """Sets all controls to a State, and asks for it."""
        looks = LOOKS[facts.split(state.data).classes is not None]
        look = self.controls["look"].value
        with unseen():
            layers = facts.layers_of(state.layers)
        index = self.editor.index if index is None else index
        self.deaf = True  # until all of them are moved
        self.editor.take(layers, min(index, len(layers) - 1))
        self.editor.enable(self.buttons)
        if self.controls["look"].options != looks:
            self.controls["look"].options = looks
            look = look if look in looks else looks[0]
        self.controls["learning_rate"].options = _rates(state.learning_rate)
        self._state = state
        self.advise(*self._doctor)  # in place of what was wrong with another line
        self.move(look=look, state=str(state), **{name: getattr(state, name) for name in FIELDS})

    def _edited(self):
        """A button has changed the stack."""
        self._take(line.parse(str(self._read())))

    def _example(self):
        self._take(line.example(self._state.data), 0)

    def _again(self):
        self._done = None
        self.post()

    def _repair(self):
        """Takes the State that the worker has found to be sound, if there is one."""
        if self.wait(5) and self._repaired is not None:
            self._take(self._repaired)

    def _offer(self, state):
        """Offers a repair, or none."""
        self._repaired = state
        self.buttons["repair"].disabled = state is None

    def _train(self, state):
        """Judges the stack, and trains it if it fits: (status, sentence)."""
        stack = facts.judge(state)
        self._introduce(state, stack)
        self.findings, self._doctor = (), ("",)
        self.advise("")
        if stack.broken:
            self._offer(facts.repaired(state))
            where = f"Layer {stack.broken.index + 1} does not fit: nothing is trained."
            return "broken", sentences(where, stack.broken.why)
        run = self._run(state, state.epochs)
        if state.data not in self._tables:
            self._tables[state.data] = tables(facts.split(state.data))
        try:
            self.train(run, *self._tables[state.data], watch=self._watch, begin=self._diagnose)
        except (ValueError, TypeError) as error:
            rest = "The picture is of the last run that worked." if self.runs else ""
            why = f"Keras raises an error. {readable(error).rstrip('.')}."
            return "broken", sentences(why, rest)
        finally:
            self._offer(facts.repaired(state, self.findings) if self.findings else None)
        if not run.epoch:
            return "stopped", "Stopped before the first epoch."
        self.runs = [*self.runs[1 - KEPT :], run]
        return run.status, sentence(run)

    def _run(self, state, epochs):
        return Run(
            facts.build, {"state": state}, epochs=epochs, batch_size=state.batch_size,
            seed=state.seed,
        )  # fmt: skip

    def _diagnose(self, run):
        """Asks the loss doctor before the first step."""
        state = run.parameters["state"]
        self.findings = diagnose(run.model, facts.split(state.data).y_train)
        for finding in self.findings[:1]:
            text = f"{finding.wrong} {finding.happens}"
            self._doctor = f"The loss doctor: {finding.code}.", text
            self.advise(*self._doctor)

    def _watch(self, run):
        """Shows the run as it goes, where the curves are looked at."""
        if self.controls["look"].value == "curves":
            self._draw_curves(run)
            self.show()
        self.say(run.status, sentence(run))

    def _introduce(self, state, stack):
        """At the first two steps: what the data and the stack are."""
        data = facts.split(state.data)
        what = count(len(data.classes), "class", "classes") if data.classes else "one number each"
        samples = f"{len(data.x_train):,} + {len(data.x_val):,} samples"
        size = "✗" if stack.broken else f"{stack.parameters:,} params"  # as summary() has it
        for step, text in (
            ("data", f"{samples} {data.x_train.shape[1:]}, {what}"),
            ("model", f"<b>2. Define the model</b> {size}"),
        ):
            self._about[step].value = f'<div class="anatomy-line">{text}</div>'

    def _show(self, state, look, status):
        """Draws what is looked at; returns why where that cannot be drawn."""
        stack = facts.judge(state)
        run, more = (self.runs[-1] if self.runs else None), ""
        if look == "layers" or stack.broken or run is None:
            index = min(self.editor.index, len(stack.joints) - 1)
            self._put("layers", bricks.draw, stack, selected=index, height=TALL)
            return more
        shown = run.parameters["state"]
        if look != "curves" and run.status != "diverged":  # then it predicts no numbers
            data = facts.split(shown.data)
            outputs = facts.predictions(shown, run.model, data.x_val)
            try:
                if look == "confusion" and data.classes:
                    self._put(look, confusion.draw, data.y_val, outputs, data.classes)
                else:
                    pair = self.unseen["pair"].value
                    only = divmod(pair, len(data.classes)) if pair >= 0 else None
                    self._put(look, mistakes.draw, data.x_val, data.y_val, outputs, data.classes,
                              only=only)  # fmt: skip
                    more = "Press the title for the confusion matrix." if only else ""
                return more
            except ValueError as error:  # what was predicted is not of the kind that can be drawn
                more = f"No picture of predictions: {error}"
        self._draw_curves(run)
        return more

    def _draw_curves(self, run):
        """The curves of a run, beside the last few on the same data with the same loss."""
        state, others = run.parameters["state"], {}
        for other in reversed(self.runs):
            past = other.parameters["state"]
            if past != state and (past.data, past.loss) == (state.data, state.loss):
                others.setdefault(past, other.history)
        others = dict([*others.items()][:GHOSTS])
        past = [(facts.label(past, [state]), curves, False) for past, curves in others.items()]
        self._put("curves", history.draw, run.history, epochs=run.epochs,
                  label=facts.label(state, [*others]), others=past,
                  beside=self._function(state, run.model))  # fmt: skip

    def _function(self, state, model):
        """What a model of one or two features outputs over them, to stand beside its curves."""
        data = facts.split(state.data)
        if data.x_train.shape[1:] not in ((1,), (2,)):
            return None
        places, ends = grid(np.r_[data.x_train, data.x_val])
        parts = [(data.x_val, data.y_val, False), (data.x_train, data.y_train, True)]
        predicted = facts.predictions(state, model, places)
        return 266, 304, function, (task(model, data.y_train), ends, predicted, parts)

    def _put(self, name, draw, *arguments, **more):
        """Draws one of the pictures, and looks at it."""
        if name in self._pictures:
            self._pictures[name].update(*arguments, **more)
        else:
            self._pictures[name] = Picture(draw, *arguments, **more)
        self.picture = self._screen.picture = self._pictures[name]


def _rates(given):
    """Pairs (text, learning rate) of a slider on which the given one stands too.

    A logarithmic slider of ipywidgets would not do: the page moves it to the next step of its
    own, and the lab would train at another rate than a State says.
    """
    low, high = line.VALUES["learning_rate"]
    usual = (float(f"{step}e{power}") for power in range(-5, 3) for step in (1, 2, 5))
    steps = sorted({rate for rate in usual if low <= rate <= high} | {given})
    return [(f"{rate:g}", rate) for rate in steps]

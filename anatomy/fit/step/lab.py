"""One training step under the microscope."""

import math

import ipywidgets as widgets

from anatomy.base.controls import control, dressed
from anatomy.base.lab import Lab
from anatomy.base.picture import Picture
from anatomy.base.script import FIRST
from anatomy.fit.step import draw
from anatomy.fit.step.facts import STAGES, Account
from anatomy.losses.doctor.advice import advise
from anatomy.training import Stepper, tables


class Step(Lab):
    """A training step, stage by stage: forward to predictions, loss, gradients, update.

    The lab trains a state of its own: the model itself keeps its weights. Batches are taken in
    the order of the data, as ``fit(..., shuffle=False)`` takes them in one epoch.

    Args:
        model: a built and compiled ``keras.Model`` with one input and one output.
        data: an ``anatomy.data`` split, or ``(x, y)``, or ``((x, y), (x_val, y_val))``.
        batch_size: integer, as for ``fit()``.

    Attributes:
        step: the `anatomy.training.Step` that is shown.
        number: how many steps were taken, this one included.

    Raises:
        TypeError, ValueError: for a model or data that cannot be used.
        NotImplementedError: on a backend other than JAX.
    """

    outcome = "step"

    def __init__(self, model, data, *, batch_size=32):
        self.model, self.data = model, data
        self.batch_size = batch_size
        table, _ = tables(data)
        self._x, self._y = table.arguments["x"], table.arguments["y"]
        self._batches = math.ceil(len(self._x) / batch_size)
        self._stepper = Stepper(model)  # what cannot be trained fails here, in the cell
        self._take()
        units = self.step.before[Account(self.step, 0, 0).kernel].shape[-1]
        own = {
            "stage": dressed("stage", widgets.SelectionSlider(options=STAGES), live=True),
            "batch": control("batch", (1, self._batches), 1),
            "sample": control("sample", (0, len(self.step.x) - 1), 0, live=True),
            "unit": control("unit", (0, units - 1), 0, live=True),
        }
        buttons = {
            "next": ("The next stage; after the update, the next batch", self._next),
            "restart": ("The first batch again, with the same initial weights", self._restart),
        }
        super().__init__(draw.step(model, self.step, stage=STAGES[0]), own, buttons)
        advise(self, model, self._y)

    @property
    def number(self):
        return self._stepper.taken

    def work(self, at):
        if at["batch"] != self.number:
            self.say("training", f"to batch {at['batch']}")
            self._train(at["batch"])
            self.check()
        account, label = self._facts(at)
        self.picture.update(account=account, stage=at["stage"], label=label)
        end = " The epoch ends here." if self.number == self._batches else ""
        text = f"{at['stage']}, batch {self.number}: {account.sentences[at['stage']]}"
        status = "done" if math.isfinite(self.step.loss) else "diverged"
        return status, text + end * (at["stage"] == "update")

    def still(self):
        """All stages at once: there is no button in a still picture."""
        account, label = self._facts(self.at)
        return Picture(draw.draw, self.picture.facts["parts"], account, label=label)

    def code(self):
        split = hasattr(self.data, "code")
        x, y = ("split.x_train", "split.y_train") if split else ("x_train", "y_train")
        lines = [*FIRST[:1] * split, "import keras", ""]
        lines += ["# model: the one that the lab was given, as it was then"]
        lines += [f"split = {self.data.code}"] if split else []
        fit = f"batch_size={self.batch_size}, epochs=1, shuffle=False)"
        first = self.batch_size * (self.number - 1)
        if first:
            lines += [
                f"# Batches 1 to {self.number - 1}, in the order of the data",
                f"model.fit({x}[:{first}], {y}[:{first}], {fit}",
            ]
        rows = f"[{first}:{first + len(self.step.x)}]"
        lines += [
            f"# Batch {self.number}: input, forward, loss, gradient and update in one call",
            "before = model.get_weights()",
            f"history = model.fit({x}{rows}, {y}{rows}, {fit}",
            "after = model.get_weights()",
        ]
        return "\n".join(lines) + "\n"

    def _facts(self, at):
        """The account of the step for what the controls stand at, and a line above it."""
        sample = min(at["sample"], len(self.step.x) - 1)  # the last batch may be smaller
        account = Account(self.step, sample, at["unit"], getattr(self.data, "classes", None))
        order = "in the order of the data; fit() would shuffle first"
        return account, f"batch {self.number} of {self._batches}, {order}"

    def _next(self):
        """The next stage; after the update, the first stage of the next batch, if there is one."""
        batch, after = self.at["batch"], STAGES.index(self.at["stage"]) + 1
        if after < len(STAGES):
            self.move(stage=STAGES[after])
        elif batch < self._batches:
            self.move(batch=batch + 1, stage=STAGES[0])

    def _restart(self):
        self.move(batch=1, stage=STAGES[0])

    def _train(self, batch):
        """Takes steps up to this batch: from the first one where it was passed already."""
        if batch < self.number:
            self._stepper.rewind()
        while self.number < batch and not (self.cancelled and self.number):
            self._take()

    def _take(self):
        first = self._stepper.taken * self.batch_size
        rows = slice(first, first + self.batch_size)
        self.step = self._stepper(self._x[rows], self._y[rows])

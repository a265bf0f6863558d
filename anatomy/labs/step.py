"""One training step under the microscope."""

import math

import ipywidgets as widgets

from anatomy import draw
from anatomy.draw.account import first_kernel
from anatomy.draw.training_loop import STAGES
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.training import Stepper, tables, training


class Step(Lab):
    """A training step, stage by stage: forward to predictions, loss, gradients, update.

    The lab trains a state of its own: the model that it is given keeps its weights. Batches
    are taken in the order of the data, as ``fit(..., shuffle=False)`` takes them in one epoch.

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

    def __init__(self, model, data, *, batch_size=32):
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size={batch_size!r}: give a whole number from 1 up.")
        self._model, self.data, self.batch_size = model, data, batch_size
        self._classes = getattr(data, "classes", None)
        arguments = tables(data)[0].arguments
        self._x, self._y = arguments["x"], arguments["y"]
        self._batches = math.ceil(len(self._x) / batch_size)
        with training:  # what cannot be trained fails here, in the cell
            self._stepper = Stepper(model)
            self._take()
        units = self.step.before[first_kernel(self.step)].shape[-1]
        stages = widgets.ToggleButtons(options=list(STAGES), style={"button_width": "90px"})
        controls = {
            "stage": control("stage", stages),
            "batch": control("batch", (1, self._batches), 1),
            "sample": control("sample", (0, len(self.step.x) - 1), 0),
            "unit": control("unit", (0, units - 1), 0),
        }
        for name in ("batch", "sample", "unit"):
            controls[name].layout.width = "255px"
            controls[name].style.description_width = "55px"
            controls[name].continuous_update = name != "batch"
        tooltips = {
            "next": "The next stage; after the update, the next batch",
            "restart": "The first batch again, with the same initial weights",
        }
        buttons = {
            name: widgets.Button(description=name, tooltip=tooltip)
            for name, tooltip in tooltips.items()
        }
        buttons["next"].button_style = "primary"
        picture = draw.step(model, self.step, classes=self._classes, stage="input")
        super().__init__(picture, controls, buttons)
        buttons["next"].on_click(lambda button: self._next())
        buttons["restart"].on_click(lambda button: self._go(1, "input"))
        self._post()

    @property
    def number(self):
        return self._stepper.taken

    def run(self):
        super().run()
        return self.step

    def code(self):
        split = hasattr(self.data, "code")
        x, y = ("split.x_train", "split.y_train") if split else ("x_train", "y_train")
        lines = ["import keras", "", "# model: the one that the lab was given, as it was then"]
        if split:
            lines = [
                "from anatomy import data  # first: it chooses the JAX backend",
                *lines,
                f"split = {self.data.code}",
            ]
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

    def _rows(self):
        stage, *sliders = self.controls.values()
        layout = {"flex_flow": "row wrap"}
        bar = widgets.HBox([stage, *self.buttons.values()], layout=layout)
        return [bar, widgets.HBox(sliders, layout=layout), self._line, self._image, self._words]

    def _next(self):
        """The next stage; after the update, the first stage of the next batch, if there is one."""
        names, batch = list(STAGES), self.controls["batch"].value
        at = names.index(self.controls["stage"].value) + 1
        if at < len(names):
            self._go(batch, names[at])
        elif batch < self._batches:
            self._go(batch + 1, names[0])

    def _go(self, batch, stage):
        self.controls["batch"].value, self.controls["stage"].value = batch, stage

    def _work(self, request):
        at = self._settings()
        if at["batch"] != self.number:
            self._say("training", f"to batch {at['batch']}")
            self._train(at["batch"], request)
        if request.superseded:
            return
        self.error = None
        at["sample"] = min(at["sample"], len(self.step.x) - 1)  # the last batch may be smaller
        self.picture.update(self.step, label=self._label(), **_without(at, "batch"))
        self._frame()
        end = " The epoch ends here." if self.number == self._batches else ""
        text = f"{at['stage']}, batch {self.number}: {self.picture.words[at['stage']]}"
        status = "done" if math.isfinite(self.step.loss) else "diverged"
        self._say(status, text + end * (at["stage"] == "update"))

    def _train(self, batch, request):
        """Takes steps up to this batch: from the first one where it was passed already."""
        if batch < self.number:
            self._stepper.rewind()
        while self.number < batch and not (request.cancelled and self.number):
            self._take()

    def _take(self):
        first = self._stepper.taken * self.batch_size
        batch = slice(first, first + self.batch_size)
        self.step = self._stepper(self._x[batch], self._y[batch])

    def _label(self):
        order = "the order of the data; fit() would shuffle first"
        return f"batch {self.number} of {self._batches}, in {order}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The still picture shows all stages: there is no button in it."""
        bundle, _ = super()._repr_mimebundle_()
        at = _without(self._settings(), "batch", "stage")
        at["sample"] = min(at["sample"], len(self.step.x) - 1)
        still = draw.step(self._model, self.step, classes=self._classes, label=self._label(), **at)
        data, metadata = still._repr_mimebundle_()
        return bundle | data, metadata


def _without(settings, *names):
    return {name: value for name, value in settings.items() if name not in names}

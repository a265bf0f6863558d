"""One training step under the microscope."""

import ipywidgets as widgets

from anatomy import draw
from anatomy.draw.step import first_kernel
from anatomy.draw.training_loop import STAGES
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.training import Stepper, tables


class Step(Lab):
    """A training step, stage by stage: forward to predictions, loss, gradients, update.

    The lab works on a copy: the model that it is given stays as it is. Batches are taken
    in the order of the data, as ``fit(..., shuffle=False)`` takes them; a last one that is
    not full is left out.

    Args:
        model: a built and compiled ``keras.Model`` with one input and one output.
        data: an ``anatomy.data`` split, or ``(x, y)``, or ``((x, y), (x_val, y_val))``.
        batch_size: integer, as for ``fit()``.

    Attributes:
        step: the `anatomy.training.Step` that is shown.
        number: how many steps the model has taken, this one included.

    Raises:
        TypeError, ValueError: for a model or data that cannot be used.
    """

    def __init__(self, model, data, *, batch_size=32):
        self._given, self.data, self.batch_size = model, data, batch_size
        self._classes = getattr(data, "classes", None)
        arguments = tables(data)[0].arguments
        self._x, self._y = arguments["x"], arguments["y"]
        self._batches = max(1, len(self._x) // batch_size)
        self.number, self.step, self._wanted = 0, None, 1
        self._advance()
        units = self.step.before[first_kernel(self.step)].shape[-1]
        stages = widgets.ToggleButtons(options=list(STAGES), style={"button_width": "90px"})
        controls = {
            "stage": control("stage", stages),
            "sample": control("sample", (0, len(self.step.x) - 1), 0),
            "unit": control("unit", (0, units - 1), 0),
        }
        for name in ("sample", "unit"):
            controls[name].continuous_update = True
        buttons = {
            "next": widgets.Button(description="next", button_style="primary"),
            "restart": widgets.Button(description="restart"),
        }
        picture = draw.step(model, self.step, classes=self._classes)
        super().__init__(picture, controls, buttons)
        buttons["next"].on_click(lambda button: self._next())
        buttons["restart"].on_click(lambda button: self._restart())
        self._post()

    def code(self):
        prefix = "split." if hasattr(self.data, "code") else ""
        full, rest = divmod(self.number, self._batches)
        lines = [f"split = {self.data.code}"] if prefix else []
        lines.append(f"# step 1 to {self.number}, from the weights that the model was given with")
        for batches, epochs in ((self._batches, full), (rest, 1)):
            if batches and epochs:
                rows = batches * self.batch_size
                lines.append(
                    f"model.fit({prefix}x_train[:{rows}], {prefix}y_train[:{rows}], "
                    f"batch_size={self.batch_size}, epochs={epochs}, shuffle=False)"
                )
        return "\n".join(lines) + "\n"

    def _rows(self):
        stage, *sliders = self.controls.values()
        bar = [stage, *self.buttons.values()]
        layout = {"flex_flow": "row wrap"}
        rows = [widgets.HBox(bar, layout=layout), widgets.HBox(sliders, layout=layout)]
        return [*rows, self._line, self._image, self._words]

    def _next(self):
        """The next stage; after the update, the first stage of the next batch."""
        stage, names = self.controls["stage"], list(STAGES)
        at = names.index(stage.value) + 1
        if at == len(names):
            self._wanted += 1
        stage.value = names[at % len(names)]

    def _restart(self):
        self._wanted = 1
        self.controls["stage"].value = "input"
        self._post()

    def _work(self, request):
        if self._wanted != self.number:
            self._say("computing", f"step {self._wanted}")
            self._advance()
        self._show(**self._settings())
        self._frame()
        stage = self.controls["stage"].value
        self._say("done", f"step {self.number}, {stage}: {self.picture.words[stage]}")

    def _show(self, stage, sample, unit):
        self.picture.update(self.step, stage=stage, sample=sample, unit=unit)

    def _advance(self):
        """Takes steps, from the start where one is asked for that was before."""
        if self._wanted < self.number or self.number == 0:
            self._stepper, self.number = Stepper(self._given), 0
        while self.number < self._wanted:
            first = self.number % self._batches * self.batch_size
            batch = slice(first, first + self.batch_size)
            self.step = self._stepper(self._x[batch], self._y[batch])
            self.number += 1

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The still picture shows all stages: there is no button in it."""
        bundle, _ = super()._repr_mimebundle_()
        settings = self._settings() | {"stage": None}
        still = draw.step(self._given, self.step, classes=self._classes, **settings)
        data, metadata = still._repr_mimebundle_()
        return bundle | data, metadata

"""One point to drag: what it does to a line that is fitted by MSE, by MAE and by Huber."""

import inspect

import ipywidgets as widgets
import numpy as np

from anatomy import draw
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.labs.script import script
from anatomy.losses.outlier.facts import Line, line, reach
from anatomy.training import Run, Table

NAMES = ("mse", "mae", "huber")
SEED, STEP = 0, 0.05  # of the sliders


class Outlier(Lab):
    """Three losses fit a line to the same points, anew at each move of one of them.

    Args:
        build: function of ``loss`` that returns a compiled ``keras.Model`` of one feature and
            ``Dense(1)``; it is given "mse", "mae" and a ``keras.losses.Huber(delta=...)``.
        points: function without arguments that returns ``(x, y)``, each ``(n, 1)``; the last
            row is the point to drag.
        epochs, batch_size: whole numbers, as in ``fit()``.
        labels: what x and y are.

    Attributes:
        x, y: the points as they stand.
        lines: list of `anatomy.losses.pull.Line`, by MSE, MAE and Huber.
        models: the three trained models.

    Raises:
        TypeError, ValueError: for functions that cannot be used.
    """

    def __init__(self, build, points, *, epochs=40, batch_size=8, labels=("x", "y")):
        import keras

        for name, function in (("build", build), ("points", points)):
            if not inspect.isfunction(function):
                raise TypeError(f"{name} is {function!r}; give a function.")
        self.build, self.points = build, points
        self.epochs, self.batch_size = epochs, batch_size
        self._policy = keras.config.dtype_policy().name
        self.x, self.y = (np.array(a, "float32") for a in points())
        if self.x.shape != self.y.shape or self.x.shape[1:] != (1,) or len(self.x) < 3:
            raise ValueError(
                f"{points.__name__}() returned x of shape {self.x.shape} and y of shape "
                f"{self.y.shape}; return two arrays (n, 1), of three points or more."
            )
        made, self._home = {}, {}
        for name, values in (("x", self.x), ("y", self.y)):
            low, high = reach(values[:-1])
            start = round(round(float(values[-1, 0]) / STEP) * STEP, 2)  # where a slider can be
            self._home[name] = min(max(start, low), high)
            made[name] = control(name, (low, high, STEP), self._home[name])
            made[name].continuous_update = True
        made["delta"] = control("delta", [0.1, 0.3, 1.0, 3.0], 1.0)
        zeros = np.zeros(len(self.x))
        self.models, self.lines = [], [Line(name, 0.0, 0.0, zeros, zeros) for name in NAMES]
        tooltip = "The point where it was at first"
        buttons = {"back": widgets.Button(description="back", tooltip=tooltip)}
        picture = draw.outlier(self.x, self.y, self.lines, labels=labels)
        super().__init__(picture, made, buttons)
        buttons["back"].on_click(lambda button: self._back())
        self._post()

    def run(self):
        super().run()
        return self.lines

    def code(self):
        at = {name: round(value, 2) for name, value in self._settings().items()}
        losses = f'"{NAMES[0]}", "{NAMES[1]}", keras.losses.Huber(delta={at["delta"]})'
        return script(
            self.build,
            ["import anatomy  # first: it chooses the JAX backend", "import keras"],
            [
                f"x, y = {self.points.__name__}()",
                f"x[-1], y[-1] = {at['x']}, {at['y']}",
                f"for loss in ({losses}):",
                f"    keras.utils.set_random_seed({SEED})",
                f"    model = {self.build.__name__}(loss)",
                f"    model.fit(x, y, batch_size={self.batch_size}, epochs={self.epochs}, "
                "verbose=0)",
                "    slope, bias = (float(weight[0]) for weight in "
                "(model.weights[0][0], model.weights[1]))",
                "    print(slope, bias)",
            ],
            self.points,
        )

    def _rows(self):
        row = widgets.HBox(
            [self.controls["delta"], *self.buttons.values()], layout={"flex_flow": "row wrap"}
        )
        sliders = widgets.HBox(
            [self.controls["x"], self.controls["y"]], layout={"flex_flow": "row wrap"}
        )
        return [sliders, row, self._line, self._image, self._words]

    def _back(self):
        for name, value in self._home.items():
            self.controls[name].value = value

    def _work(self, request):
        import keras

        at = self._settings()
        x, y = self.x.copy(), self.y.copy()
        x[-1], y[-1] = round(at["x"], 2), round(at["y"], 2)
        table, runs = Table(x, y), []
        for loss in (*NAMES[:2], keras.losses.Huber(delta=at["delta"])):
            run = Run(self.build, {"loss": loss}, epochs=self.epochs, seed=SEED,
                      batch_size=self.batch_size, policy=self._policy)  # fmt: skip
            run.fit(table, on_change=self._follow, stop=lambda: request.cancelled)
            if request.cancelled:
                return
            if run.status == "failed":
                raise run.error
            runs.append(run)
        models = [run.model for run in runs]
        lines = [line(model, x, y, name) for model, name in zip(models, NAMES, strict=True)]
        self.error, self.x, self.y, self.lines, self.models = None, x, y, lines, models
        self.picture.update(x, y, lines)
        self._frame()
        slopes = ", ".join(f"{one.name} {one.slope:.2f}" for one in lines)
        diverged = any(run.status == "diverged" for run in runs)
        seconds = sum(run.seconds for run in runs)
        self._say("diverged" if diverged else "done",
                  f"3 x {self.epochs} epochs in {seconds:.2f} s. Slopes: {slopes}.")  # fmt: skip

    def _follow(self, run):
        if run.status == "compiling":
            self._say("compiling", "a new loss: XLA compiles it once, then it is kept")

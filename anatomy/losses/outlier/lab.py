"""One point to drag, and three losses that fit a line anew at each move."""

import functools

import keras
import numpy as np

from anatomy.base.controls import control
from anatomy.base.lab import Lab
from anatomy.base.script import ALONE, script
from anatomy.base.words import count, fixed, listed
from anatomy.data import calls
from anatomy.losses.doctor.advice import advise
from anatomy.losses.outlier.draw import outlier
from anatomy.losses.outlier.facts import FittedLine, line, reach
from anatomy.training import Run
from anatomy.training.fused import Table
from anatomy.training.run import name_of

NAMES = ("mse", "mae", "huber")
SEED, STEP = 0, 0.05  # of the sliders


class Outlier(Lab, points=calls.written):
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
        lines: list of `anatomy.losses.outlier.facts.FittedLine`, by MSE, MAE and Huber.
        models: the three trained models.

    Raises:
        TypeError, ValueError: for functions that cannot be used.
    """

    def __init__(self, build, points, *, epochs=40, batch_size=8, labels=("x", "y")):
        self.build, self.points = build, points
        self.epochs, self.batch_size = epochs, batch_size
        calls.several("x", "y")(f"what {points.__name__}() returns", pair := points())
        self.x, self.y = (np.array(a, "float32") for a in pair)
        if self.x.shape != self.y.shape or self.x.shape[1:] != (1,) or len(self.x) < 3:
            text = f"{points.__name__}() returned x of shape {self.x.shape}, y of {self.y.shape}"
            raise ValueError(f"points: {text}; give (n, 1), n from 3 up.")
        controls, self._home = {}, {}
        for name, values in (("x", self.x), ("y", self.y)):
            low, high = reach(values[:-1])
            start = round(round(float(values[-1, 0]) / STEP) * STEP, 2)  # where a slider can be
            self._home[name] = min(max(start, low), high)
            controls[name] = control(name, (low, high, STEP), self._home[name], live=True)
        controls["delta"] = control("delta", [0.1, 0.3, 1.0, 3.0], 1.0)
        zeros = np.zeros(len(self.x))
        self.models, self.lines = [], [FittedLine(name, 0.0, 0.0, zeros, zeros) for name in NAMES]
        back = "The point where it was at first", lambda: self.move(**self._home)
        picture = outlier(self.x, self.y, self.lines, labels=labels)
        super().__init__(picture, controls, {"back": back})

    def work(self, at):
        x, y = self.x.copy(), self.y.copy()
        x[-1], y[-1] = round(at["x"], 2), round(at["y"], 2)
        table, runs = Table(x, y), []
        for loss in (*NAMES[:2], keras.losses.Huber(delta=at["delta"])):
            run = self._run(loss, self.epochs)
            runs.append(self.train(run, table, begin=lambda run: advise(self, run.model, y, {})))
            if run.status == "stopped":
                return "stopped", self.position("Stopped.")
        models = [run.model for run in runs]
        if len({str(model.loss) for model in models}) == 1:
            name, loss = name_of(self.build), models[0].loss
            raise ValueError(f"{name}() ignores its argument loss: all three models have {loss!r}.")
        lines = [line(model, x, y, name) for model, name in zip(models, NAMES, strict=True)]
        self.x, self.y, self.lines, self.models = x, y, lines, models
        self.picture.update(x, y, lines)
        slopes = listed(f"{line.name} {fixed(line.slope)}" for line in lines)
        seconds = sum(run.seconds for run in runs)
        status = "diverged" if any(run.status == "diverged" for run in runs) else "done"
        return status, f"3 × {count(self.epochs, 'epoch')} in {seconds:.2f} s. Slopes: {slopes}."

    def prepare(self, at):
        run = self._run(keras.losses.Huber(delta=at["delta"]), epochs=1)
        return functools.partial(run.fit, Table(self.x, self.y))

    def _run(self, loss, epochs):
        return Run(self.build, {"loss": loss}, epochs=epochs, seed=SEED, batch_size=self.batch_size)

    def code(self):
        x, y, delta = (round(value, 2) for value in self.at.values())
        return script(
            self.build,
            ALONE,
            [
                f"x, y = {self.points.__name__}()",
                f"x[-1], y[-1] = {x}, {y}",
                f'for loss in ("mse", "mae", keras.losses.Huber(delta={delta})):',
                f"    keras.utils.set_random_seed({SEED})",
                f"    model = {self.build.__name__}(loss)",
                f"    model.fit(x, y, batch_size={self.batch_size}, epochs={self.epochs}, "
                "verbose=0)",
                "    kernel, bias = model.weights",
                "    print(float(kernel[0, 0]), float(bias[0]))",
            ],
            self.points,
        )

"""The shortcut: what lowers a loss, what the model learned of it, and a control that mends it."""

import inspect

import numpy as np

from anatomy import draw
from anatomy.draw.ledger import ROWS
from anatomy.labs.controls import controls
from anatomy.labs.lab import Lab
from anatomy.labs.script import script
from anatomy.training import Run, Table, evaluate, store

KNOWN = ("x", "y", "validation_data", "class_weight", "sample_weight")
SEED = 0


class Shortcut(Lab):
    """What ``fit()`` is given on sliders, and what the model makes of it: more than its loss.

    At each move ``fit(**given(...))`` trains a new model, and ``evaluate()`` measures it, without
    weights, on what it was trained on and on samples that it has not seen. For two classes the
    picture has where the model puts each unseen sample; for more, the kernels as images. The
    last few runs stay in the table beneath.

    Args:
        build: function that returns a compiled ``keras.Model``, called without arguments: of one
            sigmoid unit, or of one softmax layer on images.
        given: function of keyword arguments that returns what ``fit()`` is given, a dict with
            "x", "y", "validation_data" and, if wanted, "class_weight" or "sample_weight".
        epochs, batch_size: whole numbers, as in ``fit()``.
        classes: names of the classes; None: their numbers.
        **abbreviations: for each argument of ``given`` a control, as for ``labs.fit``.

    Attributes:
        history: dict name -> list of floats of the run that is shown.
        model: its trained model, or None.
        runs: list of (settings, training, unseen), latest last: three dicts, the last two of
            what ``model.evaluate(..., return_dict=True)`` returns.

    Raises:
        TypeError, ValueError: for functions or abbreviations that cannot be used, and what
            ``given`` raises for its first arguments.
    """

    def __init__(self, build, given, *, epochs=10, batch_size=32, classes=None, **abbreviations):
        import keras

        for name, function in (("build", build), ("given", given)):
            if not inspect.isfunction(function):
                raise TypeError(f"{name} is {function!r}; give a function of keyword arguments.")
        self.build, self.given, self.classes = build, given, classes
        self.epochs, self.batch_size = epochs, batch_size
        self._policy = keras.config.dtype_policy().name
        self.history, self.model, self.runs = {}, None, []
        self.controls = controls(given, abbreviations)
        for control in self.controls.values():
            if hasattr(control, "continuous_update"):
                control.continuous_update = True
        self._arguments = self._call(self._settings())
        super().__init__(self._first(), self.controls, {})
        self._post()

    def run(self):
        super().run()
        return self.history

    def code(self):
        at = self.runs[-1][0] if self.runs else self._settings()
        return script(
            self.build,
            ["import anatomy  # first: it chooses the JAX backend", "import keras"],
            [
                f"given = {self.given.__name__}({said(at)})",
                f"keras.utils.set_random_seed({SEED})",
                f"model = {self.build.__name__}()",
                f"model.fit(**given, batch_size={self.batch_size}, epochs={self.epochs})",
                'print("in training", model.evaluate(given["x"], given["y"], return_dict=True))',
                'print("unseen", model.evaluate(*given["validation_data"], return_dict=True))',
            ],
            self.given,
        )

    def _rows(self):
        return [*self.controls.values(), self._line, self._image, self._words]

    def _call(self, settings):
        """What ``given`` returns, which must be what ``fit()`` and the picture can use."""
        found = self.given(**settings)
        if not (isinstance(found, dict) and {*KNOWN[:3]} <= {*found} <= {*KNOWN}):
            said = f"a dict of {', '.join(found)}" if isinstance(found, dict) else repr(found)
            raise TypeError(
                f"{self.given.__name__}() returned {said:.200}; return a dict with "
                f"{', '.join(KNOWN[:3])} and perhaps {' or '.join(KNOWN[3:])}."
            )
        return found

    def _first(self):
        """The picture before a model is trained."""
        y = self._arguments["y"]
        units = int(np.max(y)) + 1
        if units > 2:
            blank = np.zeros((self._arguments["x"][0].size, units))
            return draw.kernels(blank, self._arguments["x"], y, self.classes)
        y = self._arguments["validation_data"][1]
        return draw.rare(y, np.zeros(len(y)), self.classes)

    def _work(self, request):
        at = self._settings()
        given = self._arguments = self._call(at)
        train = Table(*(given.get(name) for name in ("x", "y", "sample_weight", "class_weight")))
        unseen = Table(*given["validation_data"])
        run = Run(self.build, {}, epochs=self.epochs, batch_size=self.batch_size, seed=SEED,
                  policy=self._policy)  # fmt: skip
        run.fit(train, unseen, on_change=self._follow, stop=lambda: request.cancelled)
        if request.cancelled:
            return None if request.superseded else self._say("stopped", "the picture is as it was")
        if run.status == "failed":
            raise run.error
        self.error, self.history, self.model = None, run.history, run.model
        self._measure(at, Table(given["x"], given["y"]), unseen)
        self._draw()
        measured = self.picture.words
        self._say(run.status, f"{run.epochs} epochs in {run.seconds:.2f} s. {measured}.")

    def _follow(self, run):
        if run.status == "compiling":
            self._say("compiling", "a new model: XLA compiles it once, then it is kept")

    def _measure(self, settings, *tables):
        """Keeps what ``evaluate()`` says of these tables."""
        functions, _ = store.functions(self.model, tables[0])
        measured = [evaluate(self.model, table, functions=functions) for table in tables]
        others = [run for run in self.runs if run[0] != settings]
        self.runs = [*others[1 - ROWS :], (settings, *measured)]

    def _draw(self):
        runs = [(said(settings), *measured) for settings, *measured in reversed(self.runs)]
        given = self._arguments
        if hasattr(self.picture, "kernels"):
            layer = self.model.layers[-1]
            self.picture.update(layer.kernel, given["x"], given["y"], self.classes, runs)
        else:
            x, y = given["validation_data"]
            self.picture.update(y, self.model(x), self.classes, runs)
        self._frame()


def said(settings):
    """Settings as arguments: "weight=30.0"."""
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())

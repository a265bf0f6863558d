"""The shortcut: what lowers a loss, what the model learned of it, and a control that repairs it."""

import numpy as np

from anatomy.base.controls import control, controls
from anatomy.base.lab import Lab
from anatomy.base.script import ALONE, script
from anatomy.base.words import count, listed, settings
from anatomy.data import calls
from anatomy.lazy import keras
from anatomy.losses.doctor.advice import advise
from anatomy.losses.shortcut.draw import ROWS, found, kernels, looks_at, rare
from anatomy.losses.shortcut.facts import THRESHOLD, Detection, Kernels
from anatomy.training import Run, evaluate, store
from anatomy.training.fused import Table

NEEDED, KNOWN = ("x", "y", "validation_data"), ("class_weight", "sample_weight")
SEED = 0


class Shortcut(Lab, given=calls.written):
    """The arguments of ``fit()`` on sliders, and what the model learns: more than its loss.

    At each move ``fit(**given(...))`` trains a new model, and ``evaluate()`` measures it, without
    weights, on what it was trained on and on samples that it has not seen. For two classes the
    picture has where the model puts each unseen sample, and the threshold between the classes to
    drag, which trains nothing; for more, the kernels as images. The last few runs stay in the
    table beneath.

    Args:
        build: function that returns a compiled ``keras.Model``, called without arguments: of one
            sigmoid unit, or of one softmax layer on images.
        given: function of keyword arguments that returns the arguments of ``fit()``, a dict with
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
        self.build, self.given, self.classes = build, given, classes
        self.epochs, self.batch_size = epochs, batch_size
        self.history, self.model, self.runs = {}, None, []
        self.controls = controls(given, abbreviations, ("threshold",), live=True)
        self._threshold = None  # its control, where there are two classes
        arguments = self._arguments(self.at)
        units, (_, y) = int(np.max(arguments["y"])) + 1, arguments["validation_data"]
        self._images = units > 2
        self._facts = y, np.zeros(len(y))  # of the picture
        if self._images:
            x, blank = arguments["x"], np.zeros((arguments["x"][0].size, units))
            picture = kernels(blank, x, arguments["y"], classes)
        else:
            picture = rare(*self._facts, classes)
            self._threshold = control("threshold", (0.0, 1.0, 0.01), THRESHOLD, live=True)
            self.controls["threshold"] = self._threshold
        super().__init__(picture, self.controls)

    def moved(self, change):
        if change.owner is self._threshold:
            self.later(self._redraw)  # what is being trained goes on
        else:
            self.post()

    def forget(self):
        self.runs = []
        self.post()

    def work(self, at):
        given = self._arguments(at)
        table, unseen = tables_of(given)
        run = Run(self.build, {}, epochs=self.epochs, batch_size=self.batch_size, seed=SEED)
        self.train(run, table, unseen, begin=lambda run: advise(self, run.model, given["y"]))
        if run.status == "stopped":
            return "stopped", self.position("Stopped.")
        self.history, self.model = run.history, run.model
        tables = Table(given["x"], given["y"]), unseen
        functions, _ = store.functions(run.model, tables[0])
        measured = [evaluate(run.model, table, functions=functions) for table in tables]
        asked = self._asked_of(at)
        others = [past for past in self.runs if past[0] != asked]
        self.runs = [*others[1 - ROWS :], (asked, *measured)]
        if self._images:
            self._facts = run.model.layers[-1].kernel, given["x"], given["y"]
        else:
            x, y = given["validation_data"]
            self._facts = y, keras.ops.convert_to_numpy(run.model(x))
        self._took = f"{count(run.epochs, 'epoch')} in {run.seconds:.2f} s"
        return run.status, f"{self._took}: {self._draw()}."

    def prepare(self, at):
        run = Run(self.build, {}, epochs=1, batch_size=self.batch_size, seed=SEED)
        return lambda stop: run.fit(*tables_of(self._arguments(at)), stop=stop)

    def _draw(self):
        """Draws what was learned last, and says it."""
        runs = [(settings(arguments), *past) for arguments, *past in reversed(self.runs)]
        if self._images:
            self.picture.update(*self._facts, runs=runs)
            return looks_at(Kernels(*self._facts))
        threshold = self._threshold.value
        self.picture.update(*self._facts, runs=runs, threshold=threshold)
        name = str((self.classes or ("", "class 1"))[1])
        return found(Detection(*self._facts, threshold), name)

    def _redraw(self):
        sentence = self._draw()
        self.show(self._shown | {"threshold": self._threshold.value})
        if self.status in ("done", "diverged"):
            self.say(self.status, f"{self._took}: {sentence}.")
        self.rest()

    def code(self):
        at = self.runs[-1][0] if self.runs else self._asked_of(self.at)
        found = []
        if self._threshold and self._threshold.value != THRESHOLD:
            found = [
                'x, y = given["validation_data"]',
                f"above = np.ravel(model.predict(x, verbose=0)) > {self.at['threshold']:g}",
                'print("found", np.sum(above & (np.ravel(y) == 1)), "of", np.sum(y == 1))',
            ]
        return script(
            self.build,
            [*ALONE, *["import numpy as np"] * bool(found)],
            [
                f"given = {self.given.__name__}({settings(at)})",
                f"keras.utils.set_random_seed({SEED})",
                f"model = {self.build.__name__}()",
                f"model.fit(**given, batch_size={self.batch_size}, epochs={self.epochs})",
                'print("in training", model.evaluate(given["x"], given["y"], return_dict=True))',
                'print("unseen", model.evaluate(*given["validation_data"], return_dict=True))',
                *found,
            ],
            self.given,
        )

    def _asked_of(self, at):
        """Those of the controls that are arguments of ``given``."""
        return {name: v for name, v in at.items() if self.controls[name] is not self._threshold}

    def _arguments(self, at):
        """The dict that ``given`` returns: arguments of ``fit()`` that the picture can use."""
        arguments = self.given(**self._asked_of(at))
        if not (isinstance(arguments, dict) and {*NEEDED} <= {*arguments} <= {*NEEDED, *KNOWN}):
            text = repr(arguments)
            if isinstance(arguments, dict):
                text = f"a dict of {', '.join(arguments)}"
            wanted = f"a dict with {listed(NEEDED)}, and perhaps {listed(KNOWN, 'or')}"
            raise TypeError(f"{self.given.__name__}() returned {text:.200}; return {wanted}.")
        return arguments


def tables_of(given):
    """The `Table` to train on, and that of unseen samples, of arguments of ``fit()``."""
    names = "x", "y", "sample_weight", "class_weight"
    return Table(*map(given.get, names)), Table(*given["validation_data"])

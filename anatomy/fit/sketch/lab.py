"""One's own handwriting, read by the student's own model."""

from pathlib import Path

import anywidget
import numpy as np
import traitlets

from anatomy.base.controls import control
from anatomy.base.lab import Lab
from anatomy.base.words import count, percent, sentences
from anatomy.fit.sketch.draw import sketch
from anatomy.fit.sketch.facts import Reader, drawn, joined
from anatomy.training import Run, tables
from anatomy.training.run import copied

PEN = 2.2  # pixels of 28: about the stroke of MNIST's digits
EPOCHS, BATCH, SEED = 2, 64, 0


class Sketch(Lab):
    """Draw a digit by mouse, finger, pen or keyboard: a model reads it at every stroke.

    The strokes become 28 x 28 pixels, centred and scaled as MNIST's digits are. *add* takes the
    digit, with the class that it should have been, into the training data, and trains a copy of
    the model on from the same weights. The student's model stays as it is.

    Args:
        model: a trained ``keras.Model``, Sequential or functional, that takes 784 numbers in any
            shape and outputs one number for each of ten digits.
        data: the split that it was trained on, or (x, y), as for `labs.fit`; None: nothing to
            compare with, and nothing to train.

    Attributes:
        model: the model that reads: the student's, or its copy after *add*.
        probabilities: (10,), what it makes of the digit.
        added: list of (digit (28, 28), class) in the training data.

    Raises:
        ValueError: for a model that takes or gives something else.

    Source: LeCun, Cortes, Burges, The MNIST database of handwritten digits (1998).
    """

    def __init__(self, model, data=None):
        self.original, self.data, self.added, self.runs = model, data, [], []
        self.reader, self.strokes = Reader(model), Pad(thickness=PEN)
        self._train = tables(data)[0] if data is not None else None
        self._wanted = False  # whether another digit was added
        own, more = {}, {}
        buttons = {
            "clear": ("A clean pad", lambda: self._put([])),
            "undo": ("Take the last stroke back", lambda: self._put(self.strokes.value[:-1])),
        }
        if self._train is not None:
            digits = len(np.asarray(self._train.arguments["x"]))
            own["sample"] = control("sample", (0, digits - 1), 0, live=True)
            own["should_be"] = control("should_be", list(range(self.reader.classes)), 0)
            buttons["add"] = ("Into the training data, and train on", self._add)
            more["a sample of the data"] = ["sample"]
            more["what it should have been"] = ["should_be", ("add",)]
        own["thickness"] = control("thickness", (1.0, 4.0, 0.2), PEN, live=True)
        more["the pen"] = ["thickness"]
        # a sample that stands in for the drawing: at first there is something to be seen
        self._given = None if self._train is None else 0
        super().__init__(
            sketch(*self._read({"thickness": PEN})), own, buttons,
            columns=[(220, {"draw a digit": [self.strokes, ("clear", "undo")]}), (300, more)],
        )  # fmt: skip
        self.strokes.observe(lambda change: self._drawn(), names=["value", "taken"])

    @property
    def model(self):
        return self.reader.model

    @property
    def history(self):
        return self.runs[-1].history if self.runs else {}

    def moved(self, change):
        if change["owner"] is self.controls.get("should_be"):
            return
        if change["owner"] is self.controls["thickness"]:
            self.strokes.thickness = change["new"]
        else:
            self._given = change["new"]
        self.post()

    def work(self, at):
        trained = ""
        if self._wanted:
            start = {"model": self.original, "weights": self.original.get_weights()}
            run = Run(copied, start, epochs=EPOCHS, batch_size=BATCH, seed=SEED)
            self.train(run, joined(self._train, self.added))
            self._wanted = False
            if run.status != "done":
                return run.status, "The model is the one from before."
            self.runs.append(run)
            self.reader = Reader(run.model)
            digits = count(len(self.added), "digit")
            trained = f"Trained for {count(EPOCHS, 'epoch')} with {digits} more."
        facts = self._read(at)
        self.picture.update(*facts)
        if not facts[1].any():
            return "The pad is empty: draw a digit."
        best = int(self.probabilities.argmax())
        share = percent(float(self.probabilities[best]))
        return sentences(f"The model reads {best}, with a probability of {share}.", trained)

    def code(self):
        digit = np.array2string(np.round(self._digit, 2), separator=",", threshold=10**6,
                                max_line_width=120)  # fmt: skip
        head = "# model: your trained model\nimport numpy as np\n\n"
        asked = f"model.predict(digit.reshape{(1, *self.reader.shape)}, verbose=0)"
        return f"{head}digit = np.array(\n{digit})\nprint({asked}.round(3))\n"

    def _read(self, at):
        """What is drawn: on the pad, as MNIST has it, and what each layer makes of that."""
        pen = at["thickness"]
        if self._given is not None:
            x = np.asarray(self._train.arguments["x"])[self._given]
            raw = self._digit = np.asarray(x, "float32").reshape(28, 28)
        else:
            raw = drawn(self.strokes.value, pen, centred=False)
            self._digit = drawn(self.strokes.value, pen)
        layers = self.reader.layers(self._digit)
        self.probabilities = self.reader.probabilities(layers[-1][1])
        return raw, self._digit, layers, self.probabilities

    def _put(self, strokes):
        self.strokes.value = strokes
        self._drawn()

    def _drawn(self):
        self._given = None
        self.post()

    def _add(self):
        if self._digit.any():
            self.added.append((self._digit, self.controls["should_be"].value))
            self._wanted = True
            self.post()


class Pad(anywidget.AnyWidget):
    """A square to draw on; ``value``: strokes, each a list of [x, y] from 0 to 1."""

    _esm = Path(__file__).with_name("pad.js").read_text("utf-8")  # as text: see `base.screen`
    _css = ".anatomy-pad canvas { border: 1px solid #888; touch-action: none; cursor: crosshair; }"
    value = traitlets.List().tag(sync=True)
    taken = traitlets.Float().tag(sync=True)  # the number of the last message
    thickness = traitlets.Float(PEN).tag(sync=True)
    side = traitlets.Int(168).tag(sync=True)

    def __init__(self, **looks):
        super().__init__(layout={"width": "172px", "height": "174px"}, **looks)
        self.add_class("anatomy-pad")
        self.on_msg(self._message)

    def _message(self, _, content, buffers):
        """Strokes from ``end`` on are replaced: by one that is longer, by a new one, or by none."""
        with self.hold_sync():
            self.value = [*self.value[: content["end"]], *content["strokes"]]
            self.taken = content["number"]

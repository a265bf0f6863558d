"""A sequence, row by row, through the LSTM of a real Keras model."""

import keras
import numpy as np

from anatomy.base.controls import control
from anatomy.base.lab import Lab
from anatomy.base.picture import Picture
from anatomy.base.script import FIRST
from anatomy.layers.lstm.draw import recurrence
from anatomy.layers.lstm.facts import Reader
from anatomy.layers.lstm.facts import recurrence as read
from anatomy.layers.lstm.instant import MOST, Instant
from anatomy.training import samples
from anatomy.training.runner import one_at_a_time


class Lstm(Lab, model=None):
    """A digit read row by row: gates, cell state and hidden state at each timestep.

    Its panels open one by one: press the next, or move ``panels``.
    They are those of the layer as it stands when the picture is drawn. Of a model the picture
    also has what the layers after the LSTM predict from each hidden state, where they take one.

    Args:
        model: a built ``keras.Model`` that is a chain of layers with an LSTM among them, the
            first of which is looked into; or a built ``keras.layers.LSTM``.
        data: an ``anatomy.data`` split, of which the validation part is read, such as
            data.digits("sequences"); or ``(x, y)``; or x, (samples, timesteps, features).

    Attributes:
        facts: the `anatomy.layers.Recurrence` that is shown.
        predictions: probabilities after each timestep, (timesteps, classes), or None.

    Raises:
        TypeError, ValueError: for a model or data that cannot be used.
    """

    outcome = "facts"

    def __init__(self, model, data):
        self.model, self.data, self.facts, self.predictions = model, data, None, None
        _, self._x, self._y = samples(data)
        with one_at_a_time():  # what cannot be read fails here, in the cell
            self._reader = Reader(model, self._x[:1])
            self._read(0)
        (count, units), lstm = self.facts.h.shape, self._reader.lstm
        controls = {
            "timestep": control("timestep", (1, count), 1, live=True),
            "sample": control("sample", (0, len(self._x) - 1), 0, live=True),
            "unit": control("unit", (0, units - 1), 0, live=True),
            "panels": control("panels", (1, 6 + (self.predictions is not None)), 1, live=True),
            "return_sequences": control("return_sequences", bool(lstm.return_sequences)),
        }
        tooltip = "Read the next row; after the last one, the first row of the next sample"
        picture = recurrence(self.facts, timestep=1, panels=1, **self._about(0))
        super().__init__(picture, controls, {"next": (tooltip, self._next)})
        self.buttons["next"].button_style = "primary"

    def work(self, at):
        sample = at.pop("sample")
        self._read(sample)
        self.picture.update(self.facts, **at, **self._about(sample))
        shown = self.picture.facts
        names = "timestep", "unit", "predictions", "target", "classes"
        finite = np.isfinite(self.facts.c).all() and np.isfinite(self.facts.h).all()
        instant = Instant(self.facts, **{name: shown[name] for name in names})
        return "done" if finite else "diverged", instant.sentence

    def still(self):
        """All rows are read and all panels open, since nothing is there to do so."""
        return Picture(recurrence.draw, **self.picture.facts | {"timestep": None, "panels": None})

    def code(self):
        at, lstm, model = self.at, self._reader.lstm, isinstance(self.model, keras.Model)
        whole = at["return_sequences"]
        first, x = [], "x"
        source = ["# x: your own array, (samples, timesteps, features), made here"]
        if hasattr(self.data, "code"):
            first, source, x = FIRST[:1], [f"split = {self.data.code}"], "split.x_val"
        name = "model" if model else f"keras.Sequential([keras.Input({self._x.shape[1:]}), layer])"
        lines = [
            *first,
            "import keras",
            "",
            f'# Where your model is, first: {name}.save("model.keras")',
            'model = keras.saving.load_model("model.keras", compile=False)',
            f"layer = model.get_layer({lstm.name!r})" if model else "layer = model.layers[0]",
            *source,
            f"x = {x}[{at['sample']}:{at['sample'] + 1}]  # a batch of one sample",
            *[f"x = model.get_layer({layer.name!r})(x)" for layer in self._reader.before],
        ]
        if whole != lstm.return_sequences or lstm.return_state:
            lines += [
                "# The same layer with the same weights, and another output",
                f'returns = {{"return_sequences": {whole}, "return_state": False}}',
                "config, weights = layer.get_config() | returns, layer.get_weights()",
                "layer = keras.layers.LSTM.from_config(config)",
                "layer.build(x.shape)",
                "layer.set_weights(weights)",
            ]
        states = "all hidden states" if whole else "the last hidden state"
        lines += [f"h = layer(x)  # {states}", "print(h.shape)", "print(h)"]
        return "\n".join(lines) + "\n"

    def _next(self):
        """The next row; after the last one, the first row of the next sample, if there is one."""
        sample, timestep = self.controls["sample"], self.controls["timestep"]
        if timestep.value < timestep.max:
            timestep.value += 1
        elif sample.value < sample.max:
            sample.value, timestep.value = sample.value + 1, 1

    def _read(self, sample):
        """Reads a sample with the model as it stands."""
        facts = read(self._reader.lstm, self._reader.sequence(self._x[sample : sample + 1]))
        predictions = self._reader.predictions(facts.h)
        if predictions is not None and predictions.shape[1] > MOST:
            predictions = None
        self.facts, self.predictions = facts, predictions

    def _about(self, sample):
        """What the picture has of a sample beside the facts."""
        about = {"predictions": self.predictions, "target": None, "classes": None,
                 "label": f"sample {sample}"}  # fmt: skip
        if self.predictions is None:
            return about
        count = self.predictions.shape[1]
        about["classes"] = names = list(getattr(self.data, "classes", None) or range(count))
        if self._y is not None:
            y = np.ravel(self._y[sample])
            about["target"] = target = int(y.argmax() if y.size == count else y[0])
            about["label"] += f", target {names[target]}"
        return about

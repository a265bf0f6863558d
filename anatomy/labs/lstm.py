"""A sequence, row by row, through the LSTM of a real Keras model."""

import ipywidgets as widgets
import numpy as np

from anatomy import draw
from anatomy.draw.recurrence import MOST
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.layers.lstm.facts import recurrence
from anatomy.layers.lstm.facts import require_lstm as check
from anatomy.training import readable, tables, training


class Lstm(Lab):
    """A digit read row by row: gates, cell state and hidden state at each timestep.

    They are those of the layer as it stands when the picture is drawn. Of a model the picture
    also has what the layers after the LSTM make of each hidden state, where they take one.

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

    def __init__(self, model, data):
        self.model, self.data = model, data
        self._classes = getattr(data, "classes", None)
        self._x, self._y = samples(data)
        self.facts = self.predictions = self._found = None
        with training:  # what cannot be read fails here, in the cell
            self._before, self.layer, self._after = chain(model, self._x[:1])
            self._read(0)
        count, units = self.facts.h.shape
        controls = {
            "sample": control("sample", (0, len(self._x) - 1), 0),
            "timestep": control("timestep", (1, count), 1),
            "unit": control("unit", (0, units - 1), 0),
            "return_sequences": control("return_sequences", bool(self.layer.return_sequences)),
        }
        for name in ("sample", "timestep", "unit"):
            controls[name].layout.width = "255px"
            controls[name].style.description_width = "70px"
            controls[name].continuous_update = True
        controls["return_sequences"].indent = False
        controls["return_sequences"].layout.width = "160px"
        tooltip = "Read the next row; after the last one, the first row of the next sample"
        buttons = {"next": widgets.Button(description="next", tooltip=tooltip)}
        buttons["next"].button_style = "primary"
        picture = draw.recurrence(self.facts, timestep=1, **self._about(0))
        super().__init__(picture, controls, buttons)
        buttons["next"].on_click(lambda button: self._next())
        self._post()

    def run(self):
        super().run()
        return self.facts

    def code(self):
        import keras

        at = self._settings()
        whole, given = at["return_sequences"], isinstance(self.model, keras.Model)
        first = ["import keras", ""]
        source, x = ["# x: your own array, (samples, timesteps, features), made here"], "x"
        if hasattr(self.data, "code"):
            first = ["from anatomy import data  # first: it chooses the JAX backend", *first]
            source, x = [f"split = {self.data.code}"], "split.x_val"
        kept = "model" if given else f"keras.Sequential([keras.Input({self._x.shape[1:]}), layer])"
        name = f"get_layer({self.layer.name!r})" if given else "layers[0]"
        lines = [
            *first,
            f'# Where your model is, first: {kept}.save("model.keras")',
            'model = keras.saving.load_model("model.keras", compile=False)',
            f"layer = model.{name}",
            *source,
            f"x = {x}[{at['sample']}:{at['sample'] + 1}]  # a batch of one sample",
            *[f"x = model.get_layer({layer.name!r})(x)" for layer in self._before],
        ]
        if whole != self.layer.return_sequences or self.layer.return_state:
            lines += [
                "# The same layer, and the same weights, with other settings of what it returns",
                f'returns = {{"return_sequences": {whole}, "return_state": False}}',
                "config, weights = layer.get_config() | returns, layer.get_weights()",
                "layer = keras.layers.LSTM.from_config(config)",
                "layer.build(x.shape)",
                "layer.set_weights(weights)",
            ]
        what = "all hidden states" if whole else "the last hidden state"
        lines += [f"h = layer(x)  # {what}", "print(h.shape)", "print(h)"]
        return "\n".join(lines) + "\n"

    def _rows(self):
        sample, timestep, unit, whole = self.controls.values()
        layout = {"flex_flow": "row wrap"}
        return [
            widgets.HBox([timestep, self.buttons["next"], whole], layout=layout),
            widgets.HBox([sample, unit], layout=layout),
            self._line,
            self._image,
            self._words,
        ]

    def _next(self):
        """The next row; after the last one, the first row of the next sample, if there is one."""
        sample, timestep = self.controls["sample"], self.controls["timestep"]
        if timestep.value < timestep.max:
            timestep.value += 1
        elif sample.value < sample.max:
            sample.value, timestep.value = sample.value + 1, 1

    def _work(self, request):
        at = self._settings()
        sample = at.pop("sample")
        self._read(sample)
        self.error = None
        self.picture.update(self.facts, **at, **self._about(sample))
        self._frame()
        finite = np.isfinite(self.facts.c).all() and np.isfinite(self.facts.h).all()
        self._say("done" if finite else "diverged", self.picture.now.words)

    def _read(self, sample):
        """Reads a sample; where nothing is new, facts and predictions stay what they are."""
        facts = recurrence(self.layer, sequence(self._before, self._x[sample : sample + 1]))
        predictions = self._predict(facts.h)
        found = [facts.x, facts.c, facts.h, np.asarray(predictions)]
        if not (self._found and all(map(np.array_equal, found, self._found))):
            self.facts, self.predictions, self._found = facts, predictions, found

    def _predict(self, h):
        """Probabilities after each timestep; None where the layers after the LSTM give none."""
        if not self._after or self.layer.return_sequences or self.layer.return_state:
            return None
        outputs = np.asarray(through(self._after, h), "float64")
        if outputs.ndim != 2 or not 2 <= outputs.shape[1] <= MOST:
            return None
        if getattr(getattr(self.model, "loss", None), "from_logits", False):
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)
        return outputs if (outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1) else None

    def _about(self, sample):
        """What the picture tells of a sample beside the facts."""
        target, label = None, f"sample {sample}"
        if self.predictions is not None and self._y is not None:
            count = self.predictions.shape[1]
            y = np.ravel(self._y[sample])
            target = int(y.argmax() if y.size == count else y[0])
            names = self._classes or range(count)
            label += f", target {names[target]}"
        classes = self._classes if self.predictions is not None else None
        return {"predictions": self.predictions, "target": target, "classes": classes,
                "label": label}  # fmt: skip

    def _repr_mimebundle_(self, include=None, exclude=None):
        """In the still picture all rows are read: there is no button in it."""
        bundle, _ = super()._repr_mimebundle_()
        at = self._settings() | {"timestep": None}
        still = draw.recurrence(self.facts, **self._about(at.pop("sample")), **at)
        data, metadata = still._repr_mimebundle_()
        return bundle | data, metadata


def samples(data):
    """x and y of what a student hands over: of validation data, if there are any."""
    if isinstance(data, np.ndarray):
        x, y = data, None
    else:
        train, validation = tables(data)
        arguments = (validation or train).arguments
        x, y = arguments["x"], arguments["y"]
    if not len(x):
        raise ValueError(f"x has shape {x.shape}: there is no sample in it.")
    return x, y


def chain(model, x):
    """The layers before the first LSTM of a model, this LSTM, and the layers after it."""
    import keras

    if not isinstance(model, keras.Model):
        check(model)
        return [], model, []
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    at = [isinstance(layer, keras.layers.LSTM) for layer in layers]
    if not any(at):
        names = ", ".join(type(layer).__name__ for layer in layers) or "none"
        raise TypeError(f"model {model.name!r} has no LSTM; its layers: {names}. Give an LSTM.")
    first = at.index(True)
    check(layers[first])
    try:
        predictions = model(x)
    except Exception as error:
        raise ValueError(
            f"model {model.name!r} cannot read x of shape {x.shape}: {readable(error)}"
        ) from error
    try:
        same = np.allclose(through(layers, x), predictions, atol=1e-5, equal_nan=True)
    except Exception:  # a layer that takes more than the output of the one before
        same = False
    if not same:
        raise ValueError(
            f"model {model.name!r} is not a chain of layers. Give its LSTM and what that reads: "
            "labs.lstm(layer, x), x of shape (samples, timesteps, features)."
        )
    return layers[:first], layers[first], layers[first + 1 :]


def through(layers, x):
    """What a chain of layers makes of ``x``."""
    for layer in layers:
        x = layer(x)
    return x


def sequence(layers, x):
    """What the LSTM after these layers reads of ``x``, a batch of one: (timesteps, features)."""
    from keras.src.backend import get_keras_mask

    x = through(layers, x)
    if get_keras_mask(x) is not None:
        raise ValueError(
            f"{layers[-1].name!r} masks the sequence: the LSTM skips timesteps, and these have no "
            "gates. Give a model without a mask."
        )
    return np.asarray(x)[0]

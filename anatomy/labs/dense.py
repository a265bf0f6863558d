"""One unit of a Dense layer at work on real data, and what training makes of its kernel."""

import math

import ipywidgets as widgets
import numpy as np

from anatomy.draw import account
from anatomy.draw.image import as_image
from anatomy.draw.unit import check, named, unit
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.training import Epochs, tables, training

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softplus", "softmax")
PLAIN = ("InputLayer", "Flatten", "Reshape", "Dropout")  # these hand on what they are given
SHOWN = 256  # inputs that the scales are made for


class Dense(Lab):
    """One unit: its kernel times the input, summed, plus its bias, through the activation.

    All outputs come from a ``keras.layers.Dense`` with the weights that the given one has now.
    For a compiled model and data with targets there is a control ``epochs``: a copy of the
    model is trained, once, with seed 0, and its weights are kept after each epoch. The model
    that was given keeps its own.

    Args:
        model: a built ``keras.layers.Dense``, or a ``keras.Model``, of which its first one.
        data: an ``anatomy.data`` split, or ``(x, y)``, or ``((x, y), (x_val, y_val))``: what is
            kept for validation is shown, if anything is; or an array x ``(n, features)``.
        epochs: integer, for how many epochs the copy can be trained.
        batch_size: integer, as for ``fit()``.

    Attributes:
        sums, outputs: arrays ``(units,)``: what is shown, before and after the activation.

    Raises:
        TypeError, ValueError: for a layer, a model or data that cannot be used.
    """

    def __init__(self, model, data, *, epochs=10, batch_size=32):
        for name, count in (("epochs", epochs), ("batch_size", batch_size)):
            if not isinstance(count, int) or count < 1:
                raise ValueError(f"{name}={count!r}: give a whole number from 1 up.")
        self._model, self.data, self._twins = model, data, {}
        self._layer = first_dense(model)
        train, self._x, self._y = inputs(data, self._layer)
        self._epochs = Epochs(self._layer, model, train, epochs=epochs, batch_size=batch_size)
        self._features, self._units = self._layer.kernel.shape
        self.controls = self._make_controls()
        with training:  # what cannot be shown at all fails here, in the cell
            layer, x, shown = self._facts()
            picture = unit(layer, x, **shown)
        super().__init__(picture, self.controls, {})
        self._post()

    @property
    def sums(self):
        return self.picture.sums

    @property
    def outputs(self):
        return self.picture.outputs

    def run(self):
        super().run()
        return self.outputs

    def code(self):
        at, epoch = self._settings(), self._epoch()
        name, split = self._layer.name, hasattr(self.data, "code")
        given = "layer" if self._model is self._layer else "model"
        lines = ["from anatomy import data  # first: it chooses the JAX backend"] * split
        lines += ["import keras", "import numpy as np", ""]
        lines += [f"# {given}: the one that the lab was given, as it was then"]
        lines += [f"split = {self.data.code}"] if split else ["# x, and what is trained: your own"]
        x, y = ("split.x_train", "split.y_train") if split else ("x_train", "y_train")
        if epoch:
            lines += self._epochs.code(x, y, epoch)
        if given == "model":
            lines += [f'layer = {"trained" if epoch else "model"}.get_layer("{name}")']
        lines += self._code_of_unit(at, "split.x_val" if split else "x")
        return "\n".join(lines) + "\n"

    def _code_of_unit(self, at, x):
        features, units = self._features, self._units
        side, shift = round(features**0.5), at.get("shift", 0)
        lines = [f'x = {x}[{at["sample"]}].reshape({features}).astype("float32")']
        if shift:
            pads, kept = ((shift, 0), f":{side}") if shift > 0 else ((0, -shift), f"{-shift}:")
            moved = f"np.pad(x.reshape({side}, {side}), ((0, 0), {pads}))[:, {kept}]"
            lines += [f"x = {moved}.reshape({features})"]
        if at.get("brightness", 1) != 1:
            lines += [f"x = {at['brightness']} * x"]
        lines += ["kernel, bias = layer.get_weights()"]
        if not self._layer.use_bias:
            lines[-1:] = ["(kernel,) = layer.get_weights()", f"bias = np.zeros({units})"]
        if at["bias"]:
            lines += [f"bias = bias + {at['bias']} * np.eye({units})[{at['unit']}]"]
        own = at["activation"] == named(self._layer.activation)
        activation = "layer.activation" if own else f'"{at["activation"]}"'
        return [
            *lines,
            f"dense = keras.layers.Dense({units}, activation={activation})",
            f"dense.build((None, {features}))",
            "dense.set_weights([kernel, bias])",
            "outputs = dense(x[None])[0]",
            f"print(outputs[{at['unit']}])",
        ]

    def _make_controls(self):
        own = named(self._layer.activation)
        # A softmax of one unit is always 1, and Keras warns of it.
        others = [one for one in ACTIVATIONS if one != "softmax" or self._units > 1]
        made = {
            "sample": control("sample", (0, len(self._x) - 1), 0),
            "unit": control("unit", (0, self._units - 1), 0),
            "activation": control("activation", list(dict.fromkeys([own, *others])), own),
            "bias": control("bias", (-5.0, 5.0, 0.1), 0.0),
        }
        made["bias"].description = "add to bias"
        rows, columns = as_image(np.zeros(self._features)).shape
        if rows > 1:
            made["brightness"] = control("brightness", (0.0, 1.0, 0.05), 1.0)
            made["shift"] = control("shift", (-(columns // 2), columns // 2), 0)
            made["shift"].description = "shift right"
        if self._epochs.possible:
            made["epochs"] = control("epochs", (0, self._epochs.epochs), 0)
        for one in made.values():
            if hasattr(one, "continuous_update"):
                one.continuous_update = True
        return made

    def _rows(self):
        column = widgets.VBox(
            list(self.controls.values()), layout={"width": "345px", "flex": "0 0 auto"}
        )
        screen = widgets.VBox(
            [self._line, self._image, self._words], layout={"flex": "1 1 560px", "min_width": "0"}
        )
        return [widgets.HBox([column, screen], layout={"flex_flow": "row wrap"})]

    def _work(self, request):
        self.error = None
        if self._settings().get("epochs", 0) > self._epoch() and not self._epochs.diverged:
            # All epochs, whatever the controls are moved to meanwhile: it is shown as it is made.
            self._epochs.fit(
                lambda epoch: self._draw("training", f"Epoch {epoch} of {self._epochs.epochs}. "),
                stop=lambda: request.cancelled and not request.superseded,
            )
        if not request.superseded:
            self._draw(*self._ended())

    def _ended(self):
        """The status, and what there is to say of the training."""
        wanted, epoch = self._settings().get("epochs", 0), self._epoch()
        if wanted == epoch:
            return "done", f"After {counted(epoch)} of fit(). " * bool(epoch)
        if self._epochs.diverged:
            return "diverged", (
                f"At epoch {self._epochs.diverged} the loss is no finite number; these are the "
                f"weights after {counted(epoch)}. A smaller learning rate takes smaller steps. "
            )
        return "stopped", f"After {epoch} of {counted(self._epochs.epochs)}. "

    def _draw(self, status, first):
        layer, x, shown = self._facts()
        self.picture.update(layer, x, **shown)
        self._frame()
        words = self.picture.words
        self._say(status, first + (words[0].upper() + words[1:] if first else words))

    def _epoch(self):
        """How many epochs the weights that are shown were trained."""
        return min(self._settings().get("epochs", 0), len(self._epochs.weights) - 1)

    def _facts(self):
        """What the controls stand at: the arguments of ``draw.unit``."""
        at, epoch = self._settings(), self._epoch()
        kernel, bias = self._epochs.weights[epoch]
        bias = bias + np.float32(at["bias"]) * (np.arange(len(bias)) == at["unit"])
        layer = self._twin(at["activation"])
        layer.set_weights([kernel, bias])
        x = changed(self._x[at["sample"]], at.get("brightness", 1), at.get("shift", 0))
        kernels = None
        if "epochs" in self.controls:
            kernels = {
                "before fit()": self._epochs.weights[0][0],
                f"after {counted(epoch)} of fit()": kernel,
            }
        return layer, x, {
            "unit": at["unit"],
            "kernels": kernels,
            "among": self._x[:SHOWN],
            "label": f"sample {at['sample']}{self._target(at['sample'])}",
        }  # fmt: skip

    def _target(self, sample):
        if self._y is None or np.size(self._y[sample]) != 1:
            return ""
        target, classes = np.ravel(self._y[sample])[0], getattr(self.data, "classes", None)
        return f", y = {account.named(target, classes)}"

    def _twin(self, activation):
        """A Dense like the one that was given, with this activation; made once."""
        import keras

        if activation not in self._twins:
            own = activation == named(self._layer.activation)
            self._twins[activation] = keras.layers.Dense(
                self._units,
                activation=self._layer.activation if own else activation,
                kernel_initializer="zeros",
                dtype=self._layer.compute_dtype,
                name=self._layer.name,
            )
            self._twins[activation].build((None, self._features))
        return self._twins[activation]


def first_dense(model):
    """The Dense layer itself, or the first one of a model, which has to take its input."""
    import keras

    if isinstance(model, keras.layers.Dense):
        check(model)
        return model
    if not isinstance(model, keras.Model):
        raise TypeError(f"model is {model!r}; give a keras.layers.Dense or a keras.Model.")
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    if not layers:
        raise ValueError(f"model {model.name!r} has no Dense layer of its own.")
    check(layers[0])
    for layer in model.layers[: model.layers.index(layers[0])]:
        if type(layer).__name__ not in PLAIN:
            raise ValueError(
                f"Dense {layers[0].name!r} does not get the data, but what {layer.name!r} makes "
                f"of it; give that: labs.dense(model.get_layer({layers[0].name!r}), x)."
            )
    return layers[0]


def inputs(data, layer):
    """What can be trained on, a Table or None; then x (n, features), and its y or None."""
    train, y = None, None
    if isinstance(data, np.ndarray):
        x = data
    else:
        train, validation = tables(data)
        x, y = (validation or train).arguments["x"], (validation or train).arguments["y"]
    features = layer.kernel.shape[0]
    if x.ndim < 2 or not len(x) or math.prod(x.shape[1:]) != features:
        raise ValueError(
            f"x has shape {x.shape}; Dense {layer.name!r} takes (n, {features}), n from 1 up."
        )
    return train, x.reshape(len(x), features).astype("float32"), y


def changed(x, brightness, shift):
    """x (features,) with less light; an image also moved to the right, over an empty edge."""
    if shift:
        side = math.isqrt(x.size)
        image = np.pad(x.reshape(side, side), ((0, 0), (max(shift, 0), max(-shift, 0))))
        start = max(-shift, 0)
        x = image[:, start : start + side].reshape(-1)
    return np.float32(brightness) * x


def counted(count):
    """A number of epochs in words."""
    return f"{count} epoch{'s' * (count != 1)}"

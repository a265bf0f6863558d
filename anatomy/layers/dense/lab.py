"""One unit of a Dense layer at work on real data, and what training makes of its kernel."""

import functools
import math

import ipywidgets as widgets
import numpy as np

from anatomy.base.controls import control
from anatomy.base.lab import Lab
from anatomy.base.picture import Picture
from anatomy.base.script import FIRST
from anatomy.base.words import count, sentences
from anatomy.fit.step.facts import class_name
from anatomy.layers.dense import facts
from anatomy.layers.dense.draw import draw, outcome
from anatomy.layers.symbolic import require_built
from anatomy.layers.tensor.facts import as_image
from anatomy.lazy import keras
from anatomy.losses.doctor.advice import advise
from anatomy.training import samples
from anatomy.training.private import functional
from anatomy.training.run import SEED, Run, copied
from anatomy.training.runner import one_at_a_time

#: Lines of plain Keras that make a copy of ``model``, to be trained.
TRAINED = [
    f"keras.utils.set_random_seed({SEED})",
    "trained = keras.models.clone_model(model)",
    "trained.set_weights(model.get_weights())",
    "optimizer = model.optimizer.from_config(model.optimizer.get_config())",
    "trained.compile(optimizer, loss=model.loss)",
]
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softplus", "softmax")
PLAIN = ("InputLayer", "Flatten", "Reshape", "Dropout")  # their output is the data itself
BUSY = "compiling", "training"
SHOWN = 128  # inputs that the scales are made for


class Dense(Lab, model=None):
    """One unit: its kernel times the input, summed, plus its bias, through the activation.

    A hand on an image points at one of its pixels, one on a kernel chooses that unit.
    All is computed with the weights that the given layer has now.
    For a compiled model and data with targets there is a control ``epochs``: a copy of the
    model is trained, once, with seed 0, and its weights are kept after each epoch. The model
    itself keeps its own.

    Args:
        model: a built ``keras.layers.Dense``, or a ``keras.Model``, of which its first one.
        data: an ``anatomy.data`` split, or ``(x, y)``, or ``((x, y), (x_val, y_val))``: what is
            kept for validation is shown, if anything is; or an array x ``(n, features)``.
        epochs: integer, for how many epochs the copy can be trained.
        batch_size: integer, as for ``fit()``.

    Attributes:
        unit: what is shown, an `anatomy.layers.dense.facts.Unit`.
        weights: list of (kernel, bias) after 0, 1, ... epochs, as far as it was trained.

    Raises:
        TypeError, ValueError: for a layer, a model or data that cannot be used.
    """

    outcome = "unit"

    def __init__(self, model, data, *, epochs=10, batch_size=32):
        self.model, self.data = model, data
        self.layer = first_dense(model)
        self._table, self._x, self._y = inputs(data, self.layer)
        self.epochs, self.batch_size = epochs, batch_size
        self.weights, self._diverged = [facts.weights_of(self.layer)], None
        self._start = None  # of a copy, which can be trained
        if self._table is not None and can_be_trained(model):
            self._start = {"model": model, "weights": model.get_weights()}
        own = self._controls()
        at = {name: one.value for name, one in own.items()}
        with one_at_a_time():  # what cannot be shown at all fails here, in the cell
            self.unit, *shown = self._facts(at)
        super().__init__(Picture(draw, self.unit, *shown), own)
        for name, size in zip(("row", "column"), as_image(self._x[0]).shape, strict=True):
            place = widgets.BoundedIntText(-1, -1, size - 1)  # of a pixel, -1: none
            self.hand(name, place, self.moved)
        if self._start:
            advise(self, model, self._table.arguments["y"])

    def moved(self, change=None):
        """While it trains, each epoch is drawn with what the controls stand at then."""
        if self.status in BUSY:
            self.later(self._redraw)
        else:
            self.post()

    def work(self, at):
        if at.get("epochs", 0) > self._epoch(at) and not self._diverged:
            self.say("compiling", "a copy of the model is about to be trained")
            self.weights = self.weights[:1]
            # All epochs, whatever the controls are moved to meanwhile: each is shown.
            run = self._run(self.epochs)
            run.fit(
                self._table, on_change=self._keep,
                stop=lambda: self._diverged is not None or self.cancelled,
            )  # fmt: skip
            if run.error is not None:
                raise run.error
        return self._draw(self.at)

    def prepare(self, at):
        first = self._start and len(self.weights) == 1  # it is trained once
        return functools.partial(self._run(1).fit, self._table) if first else None

    def _run(self, epochs):
        return Run(copied, self._start, epochs=epochs, batch_size=self.batch_size, each=True)

    def _keep(self, run):
        """Keeps the weights after an epoch, and shows what they do."""
        if run.epoch < len(self.weights) or self._diverged:
            return
        weights = facts.weights_of(run.model.get_layer(self.layer.name))
        if run.diverged is None and all(np.isfinite(array).all() for array in weights):
            self.weights.append(weights)
            self._follow()
        else:
            self._diverged = run.epoch

    def code(self):
        at = self.at
        epoch, split = self._epoch(at), hasattr(self.data, "code")
        name = "layer" if self.model is self.layer else "model"
        lines = [*FIRST[:1] * split, "import keras", "import numpy as np", ""]
        lines += [f"# {name}: the one that the lab was given, as it was then"]
        lines += [f"split = {self.data.code}"] if split else ["# x, and what is trained: your own"]
        x, y = ("split.x_train", "split.y_train") if split else ("x_train", "y_train")
        if epoch:
            fit = f"trained.fit({x}, {y}, batch_size={self.batch_size}, epochs={epoch})"
            lines += [*TRAINED, fit]
        if name == "model":
            lines += [f'layer = {"trained" if epoch else "model"}.get_layer("{self.layer.name}")']
        lines += self._code_of_unit(at, "split.x_val" if split else "x")
        return "\n".join(lines) + "\n"

    def _code_of_unit(self, at, x):
        features, units = self.layer.kernel.shape
        side, shift = round(features**0.5), at.get("shift", 0)
        lines = [f'x = {x}[{at["sample"]}].reshape({features}).astype("float32")']
        if shift:
            pads, rest = ((shift, 0), f":{side}") if shift > 0 else ((0, -shift), f"{-shift}:")
            image = f"np.pad(x.reshape({side}, {side}), ((0, 0), {pads}))[:, {rest}]"
            lines += [f"x = {image}.reshape({features})"]
        if at.get("brightness", 1) != 1:
            lines += [f"x = {at['brightness']} * x"]
        weights = "kernel, bias = layer.get_weights()"
        if not self.layer.use_bias:
            weights = f"(kernel,), bias = layer.get_weights(), np.zeros({units})"
        lines += [weights]
        if at["bias"]:
            lines += [f"bias = bias + {at['bias']} * np.eye({units})[{at['unit']}]"]
        own = at["activation"] == facts.named(self.layer.activation)
        activation = "layer.activation" if own else f"keras.activations.{at['activation']}"
        return [
            *lines,
            "z = x @ kernel + bias",
            f"outputs = {activation}(z[None])[0]",
            f"print(outputs[{at['unit']}])",
        ]

    def _controls(self):
        features, units = self.layer.kernel.shape
        own = facts.named(self.layer.activation)
        # A softmax of one unit is always 1, and Keras warns of it.
        others = [one for one in ACTIVATIONS if one != "softmax" or units > 1]
        rows, columns = as_image(np.zeros(features)).shape
        ranges = {
            "sample": ((0, len(self._x) - 1), 0),
            "unit": ((0, units - 1), 0),
            "activation": (list(dict.fromkeys([own, *others])), own),
            "bias": ((-5.0, 5.0, 0.1), 0.0),
        }
        if rows > 1:
            ranges["brightness"] = (0.0, 1.0, 0.05), 1.0
            ranges["shift"] = (-(columns // 2), columns // 2), 0
        if self._start:
            ranges["epochs"] = (0, self.epochs), 0
        created = {name: control(name, *pair, live=True) for name, pair in ranges.items()}
        for name, text in (("bias", "add to bias"), ("shift", "shift right")):
            if name in created:
                created[name].description = text
        return created

    def _follow(self):
        """Draws what the controls stand at while a copy is being trained."""
        self._draw(self.at)
        self.show(self.at)
        epoch = len(self.weights) - 1
        self.say("training", f"Epoch {epoch} of {self.epochs}. {outcome(self.unit)}")

    def _redraw(self):
        if self.status in BUSY:
            self._follow()
        else:
            self.post()

    def _draw(self, at):
        """Draws what the controls stand at; returns the status and the sentence."""
        self.unit, *shown = self._facts(at)
        pixel = [one.value for one in self.unseen.values()]  # the first arrow key moves one of them
        shown += [tuple(max(0, place) for place in pixel)] if max(pixel) >= 0 else []
        self.picture.update(self.unit, *shown)
        wanted, epoch = at.get("epochs", 0), self._epoch(at)
        status, text = "done", f"After {count(epoch, 'epoch')} of fit()." * bool(epoch)
        if wanted > epoch and self._diverged:
            status = "diverged"
            text = (
                f"At epoch {self._diverged} the loss is not a finite number; these are the weights "
                f"after {count(epoch, 'epoch')}. A smaller learning rate takes smaller steps."
            )
        elif wanted > epoch:
            status, text = "stopped", f"After {epoch} of {count(self.epochs, 'epoch')}."
        return status, sentences(text, outcome(self.unit))

    def _epoch(self, at):
        """The number of epochs that the weights which are shown were trained."""
        return min(at.get("epochs", 0), len(self.weights) - 1)

    def _facts(self, at):
        """What is drawn: the unit, kernels to compare, what x is."""
        epoch, sample = self._epoch(at), at["sample"]
        kernel, bias = self.weights[epoch]
        bias = bias + np.float32(at["bias"]) * (np.arange(len(bias)) == at["unit"])
        x = changed(self._x[sample], at.get("brightness", 1), at.get("shift", 0))
        kernels, target = None, ""
        if "epochs" in at:
            after = f"after {count(epoch, 'epoch')}"
            kernels = {"before fit()": self.weights[0][0], after: kernel}
        if self._y is not None and np.size(self._y[sample]) == 1:
            label = np.ravel(self._y[sample])[0]
            target = f", y = {class_name(label, getattr(self.data, 'classes', None))}"
        own = at["activation"] == facts.named(self.layer.activation)
        activation = None if own else at["activation"]
        look = {"weights": (kernel, bias), "activation": activation}
        unit = facts.unit(self.layer, x, at["unit"], self._x[:SHOWN], **look)
        return unit, kernels, f"sample {sample}{target}"


def first_dense(model):
    """The Dense layer itself, or the first one of a model, whose input has to be the data."""
    if not isinstance(model, keras.layers.Dense | keras.Model):
        raise TypeError(f"model is {model!r}; give a keras.layers.Dense or a keras.Model.")
    layers = getattr(model, "layers", [model])
    dense = next((layer for layer in layers if isinstance(layer, keras.layers.Dense)), None)
    if dense is None:
        raise ValueError(f"model {model.name!r} has no Dense layer of its own.")
    require_built(dense, "Dense")
    before = layers[: layers.index(dense)]
    if others := [layer.name for layer in before if type(layer).__name__ not in PLAIN]:
        text = f"Dense {dense.name!r} reads the output of {others[-1]!r}"
        raise ValueError(f"{text}: give labs.dense() this layer, and that output for x.")
    return dense


def can_be_trained(model):
    """Whether it is a compiled model that Keras can clone."""
    return functional(model) is not None and model.compiled and model.loss is not None


def inputs(data, layer):
    """What can be trained on, a Table or None; then x (n, features), and its y or None."""
    train, x, y = samples(data)
    features = layer.kernel.shape[0]
    if x.ndim < 2 or not len(x) or math.prod(x.shape[1:]) != features:
        raise ValueError(f"x has shape {x.shape}; Dense {layer.name!r} takes (n, {features}).")
    return train, x.reshape(len(x), features).astype("float32"), y


def changed(x, brightness, shift):
    """x (features,) with less light; an image also moved to the right, over an empty edge."""
    if shift:
        side = math.isqrt(x.size)
        image = np.pad(x.reshape(side, side), ((0, 0), (max(shift, 0), max(-shift, 0))))
        start = max(-shift, 0)
        x = image[:, start : start + side].reshape(-1)
    return np.float32(brightness) * x

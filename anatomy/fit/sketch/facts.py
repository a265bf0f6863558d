"""Sketch: strokes of a pen as a digit of MNIST's form, and what a model makes of it."""

import keras
import numpy as np
from PIL import Image, ImageDraw

from anatomy.models.graph.facts import functional, in_order
from anatomy.training.fused import Table

SIDE, BOX = 28, 20  # pixels of a digit; those that MNIST fits its longer side into
FINE = 10  # places to a pixel while a stroke is drawn
PASSED = ("InputLayer", "Flatten", "Reshape", "Dropout", "Rescaling")  # nothing new to be seen


def drawn(strokes, thickness=2.2, centred=True):
    """Strokes as a digit, (28, 28) float32: 0 paper, 1 ink.

    ``centred``: as MNIST has its digits, the longer side 20 pixels and the centre of mass in the
    middle; else as they stand on the pad.

    Args:
        strokes: list of strokes, each a list of (x, y) from 0 to 1, from the top left.
        thickness: of the pen, in pixels of the result.

    Source: LeCun, Cortes, Burges, The MNIST database of handwritten digits (1998).
    """
    lines = [np.array(stroke, float) * SIDE for stroke in strokes if len(stroke)]
    if not lines:
        return np.zeros((SIDE, SIDE), "float32")
    if centred:
        every = np.concatenate(lines)
        low, size = every.min(axis=0), np.ptp(every, axis=0)
        scale = (BOX - thickness) / max(*size, 1.0)
        lines = [(line - low - size / 2) * scale + SIDE / 2 for line in lines]
        pixels = _ink(lines, thickness)
        weights = pixels / pixels.sum()
        middle = [(weights * grid).sum() for grid in np.indices(pixels.shape) + 0.5]
        shift = np.clip(SIDE / 2 - np.array(middle)[::-1], -4, 4)
        lines = [line + shift for line in lines]
    return _ink(lines, thickness)


def _ink(lines, thickness):
    """Lines, (n, 2) in pixels, as (28, 28) shares of ink."""
    image = Image.new("L", (SIDE * FINE, SIDE * FINE))
    pen, radius = ImageDraw.Draw(image), thickness * FINE / 2
    for line in lines:
        places = [tuple(place) for place in line * FINE]
        pen.line(places, 255, round(2 * radius), joint="curve")
        for x, y in places[:1] + places[-1:]:
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], 255)
    return np.asarray(image.reduce(FINE), "float32") / 255


class Reader:
    """What each layer of a model makes of a digit.

    Args:
        model: a built keras.Model, Sequential or functional, that takes 784 numbers in any shape,
            and has one output with a number for each class.

    Attributes:
        model: the model. shape: of its input. classes: how many there are.
        certain: whether its output is probabilities already; else softmax makes them of it.

    Raises:
        ValueError: for a model that takes or gives something else.
    """

    def __init__(self, model):
        wired = functional(model)
        takes = [tuple(tensor.shape[1:]) for tensor in wired.inputs] if wired else []
        gives = [tuple(tensor.shape[1:]) for tensor in wired.outputs] if wired else []
        if len(takes) != 1 or None in takes[0] or np.prod(takes[0]) != SIDE * SIDE:
            raise ValueError(
                f"labs.sketch draws 28 x 28 pixels; the model takes {_listed(takes)}. Begin it "
                "with keras.Input((784,)), (28, 28) or (28, 28, 1)."
            )
        if len(gives) != 1 or len(gives[0]) != 1 or gives[0][0] < 2:
            raise ValueError(
                f"labs.sketch shows one number for each class; the model outputs {_listed(gives)}. "
                "End it with layers.Dense(10)."
            )
        self.model, self.shape, self.classes = model, takes[0], gives[0][0]
        calls = in_order(wired)
        kinds = [type(call.operation).__name__ for call in calls]
        self._shown = [i for i, kind in enumerate(kinds) if kind not in PASSED]
        self._names = [calls[i].operation.name for i in self._shown]
        self._every = keras.Model(wired.inputs[0], [calls[i].outputs[0] for i in self._shown])
        last = getattr(calls[-1].operation, "activation", None)
        self.certain = getattr(last, "__name__", "") in ("softmax", "sigmoid")

    def layers(self, digit):
        """[(name, output without the batch)] of each layer for a digit (28, 28).

        Inputs, and layers that only change a shape, are left out.
        """
        outputs = self._every(digit.reshape(1, *self.shape), training=False)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        arrays = map(keras.ops.convert_to_numpy, outputs)
        return [(name, array[0]) for name, array in zip(self._names, arrays, strict=True)]

    def probabilities(self, outputs):
        """(classes,) of the last layer's output."""
        if self.certain:
            return outputs
        shares = np.exp(outputs - outputs.max())
        return shares / shares.sum()


def joined(train, samples):
    """The `Table` of training data with samples (digit (28, 28), class) at its end."""
    x, y = (np.asarray(train.arguments[name]) for name in "xy")
    for digit, label in samples:
        one = np.arange(y.shape[1]) == label if y.ndim == 2 and y.shape[1] > 1 else label
        x = np.concatenate([x, digit.reshape(1, *x.shape[1:]).astype(x.dtype)])
        y = np.concatenate([y, np.full((1, *y.shape[1:]), one, y.dtype)])
    return Table(x, y)


def _listed(shapes):
    return " and ".join(map(str, shapes)) or "what only its call() knows"

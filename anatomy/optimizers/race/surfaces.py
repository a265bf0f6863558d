"""Losses over two weights: formulas with a character, and small Keras models."""

import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from anatomy.data import calls
from anatomy.data.calls import one_of, shown
from anatomy.lazy import keras
from anatomy.optimizers.contours import Contours, round_levels
from anatomy.training import tables
from anatomy.training.backends import compiled

GRID = 121  # places along a side of a map


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss over two weights.

    Attributes:
        name: what it is called.
        loss: function of ``(w, rows=None)`` that returns the loss, a scalar: of an array ``(2,)``,
            over these rows of its data (whole numbers; None: all). Written in ``keras.ops``.
        extent: ``(x0, x1, y0, y1)``, the part of the plane that is worth a look.
        start: ``(2,)``, a place from which the way down is worth a look.
        axes: the names of the two weights.
        samples: the number of rows of its data; None: it has none, and so no noise.
        minima: ``(k, 2)``, where the loss is least, as far as that is known.
        about: one line on what the loss is.
    """

    name: str
    loss: object
    extent: tuple
    start: tuple
    axes: tuple = ("w[0]", "w[1]")
    samples: int | None = None
    minima: tuple = ()
    about: str = ""

    @property
    def minimum(self):
        """The first of the minima, ``(2,)``, or None."""
        return np.asarray(self.minima[0], "float32") if len(self.minima) else None

    def grid(self, n=GRID):
        """Two axes ``(n,)`` over the extent, and the loss ``(n, n)``, a row for each y."""
        x0, x1, y0, y1 = self.extent
        x, y = np.linspace(x0, x1, n, dtype="float32"), np.linspace(y0, y1, n, dtype="float32")
        places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        losses = compiled(lambda w: keras.ops.vectorized_map(self.loss, w))(places)
        return x, y, keras.ops.convert_to_numpy(losses).reshape(n, n)

    @cached_property
    def contours(self):
        """The `Contours` of the loss over the extent."""
        return Contours(*self.grid(GRID), round_levels)


@calls.validated
def surface(of, data=None):
    """A loss over two weights: one of `SURFACES` by its name, or the loss of a Keras model.

    Args:
        of: a name, a `Surface`, or a built and compiled ``keras.Model`` whose trainable
            weights are two numbers: its loss is a surface with no slice.
        data: what the model is trained on, as ``labs.fit`` takes it.

    Returns:
        Surface: the same object for the same name. That of a model reaches 3 to each side of its
        present weights, which are the start.

    Raises:
        TypeError: for what is neither a name nor a model, or data that are none.
        ValueError: for another name, or a model with another number of weights.
    """
    if hasattr(of, "grid"):
        return of
    if isinstance(of, str):
        return named(one_of("surface", of, SURFACES))
    settings = loss_of(of, data)
    a, b = settings["start"]
    return Surface(of.name, **settings, extent=(a - 3, a + 3, b - 3, b + 3))


def bowl(w, rows=None):
    """Round: the gradient points away from the minimum."""
    return (w[0] ** 2 + w[1] ** 2) / 2


def ravine(w, rows=None):
    """20 times as curved across as along."""
    return (w[0] ** 2 + 20 * w[1] ** 2) / 2


def saddle(w, rows=None):
    """Level at (0, 0), where it is least along w[0] and most along w[1]."""
    return w[0] ** 2 / 2 + (w[1] ** 2 - 1) ** 2 / 4


def rosenbrock(w, rows=None):
    """A bent valley with hardly any slope along it (Rosenbrock, 1960)."""
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def plateau(w, rows=None):
    """A hollow in a plain where hardly anything slopes."""
    return 1 - keras.ops.exp(-(w[0] ** 2 + w[1] ** 2) / 2)


def rastrigin(w, rows=None):
    """A minimum near each pair of whole numbers (Rastrigin, 1974)."""
    waves = keras.ops.cos(2 * np.pi * w[0]) + keras.ops.cos(2 * np.pi * w[1])
    return 20 + w[0] ** 2 + w[1] ** 2 - 10 * waves


def line():
    """Dense(1) on one feature, the body mass index: a kernel and a bias."""
    return progression([2], keras.layers.Dense(1, name="dense"))


def twins():
    """Dense(1) without a bias on two features that are nearly the same: two cholesterols."""
    return progression([4, 5], keras.layers.Dense(1, use_bias=False, name="dense"))


def two_layers():
    """A linear unit on a tanh unit, no bias: change both signs, and nothing is changed."""
    hidden = keras.layers.Dense(1, "tanh", use_bias=False, name="hidden")
    return progression([2], hidden, keras.layers.Dense(1, use_bias=False, name="output"))


def progression(features, *layers):
    """A model of these layers, and its data: features of diabetes, its standardized progression.

    Returns:
        (keras.Model, (x, y)).
    """
    from anatomy import data

    split = data.diabetes()
    y = split.y_train
    model = keras.Sequential([keras.Input((len(features),)), *layers])
    model.compile("sgd", "mse")
    return model, (split.x_train[:, features], (y - y.mean()) / y.std())


#: The formula, or the function that returns a model and its data; and what is special of each.
SURFACES = {
    "bowl": (bowl, {"extent": (-3, 3, -3, 3), "start": (-2.5, 2), "minima": ((0, 0),)}),
    "ravine": (ravine, {"extent": (-5, 5, -5, 5), "start": (-4.5, 2), "minima": ((0, 0),)}),
    "saddle": (saddle, {"extent": (-2, 2, -2, 2), "start": (-1.8, 0.01),
                        "minima": ((0, 1), (0, -1))}),
    "rosenbrock": (rosenbrock, {"extent": (-2, 2, -1, 3), "start": (-1.2, 1), "minima": ((1, 1),)}),
    "plateau": (plateau, {"extent": (-4, 4, -4, 4), "start": (-3, 1), "minima": ((0, 0),)}),
    "rastrigin": (rastrigin, {"extent": (-4.5, 4.5, -4.5, 4.5), "start": (-3.6, 2.7),
                              "minima": ((0, 0),)}),
    "line": (line, {"extent": (-2, 3, -2.5, 2.5), "start": (-1.5, 2)}),
    "twins": (twins, {"extent": (-3, 3, -3, 3), "start": (-2.5, -1)}),
    "two layers": (two_layers, {"extent": (-3, 3, -3, 3), "start": (-2.5, 1)}),
}  # fmt: skip


@cache
def named(name):
    """A surface of `SURFACES`, created once."""
    function, settings = SURFACES[name]
    about = function.__doc__.splitlines()[0]
    if function in (line, twins, two_layers):
        model, (x, y) = function()
        settings = loss_of(model, (x, y)) | settings
        if function is not two_layers:
            settings |= {"minima": (least_squares(x, y),)}
    else:
        settings = {"loss": function} | settings
    return Surface(name, about=about, **settings)


def loss_of(model, data):
    """The loss of a compiled Keras model over its only two weights.

    Returns:
        dict: the arguments of a `Surface` that are known by the model.
    """
    if not isinstance(model, keras.Model) or not model.built or model.loss is None:
        raise TypeError(
            f"{shown(model)} is no surface of optimizers; give the name of one, or a built and "
            "compiled keras.Model."
        )
    if model.count_params() != 2 or sum(math.prod(v.shape) for v in model.trainable_variables) != 2:
        raise ValueError(
            f"model {model.name!r} has {model.count_params()} weights, and a surface is of two; "
            "optimizers.plane(model, data) is a slice through more."
        )
    table, _ = tables(data)
    x, y = (keras.ops.convert_to_tensor(table.arguments[name]) for name in ("x", "y"))
    shapes = [tuple(v.shape) for v in model.trainable_variables]
    loss = keras.losses.get(model.loss)

    def function(w, rows=None):
        parts = [w] if len(shapes) == 1 else [w[:1], w[1:]]
        weights = [keras.ops.reshape(p, shape) for p, shape in zip(parts, shapes, strict=True)]
        some_x, some_y = (a if rows is None else keras.ops.take(a, rows, axis=0) for a in (x, y))
        outputs, _, penalties = model.stateless_call(weights, [], some_x, return_losses=True)
        if some_y.ndim < outputs.ndim and outputs.shape[-1] == 1:  # as fit() has it
            some_y = keras.ops.expand_dims(some_y, -1)
        return keras.ops.mean(loss(some_y, outputs)) + sum(penalties)

    names = [v.path.removeprefix(f"{model.name}/") for v in model.trainable_variables]
    axes = tuple(names) if len(names) == 2 else (f"{names[0]}[0]", f"{names[0]}[1]")
    now = tuple(float(n) for a in model.get_weights() for n in a.ravel())
    return {"loss": function, "axes": axes, "samples": len(x), "start": now}


def least_squares(x, y):
    """Kernel and bias, or two kernels, of the line or plane through (x, y) with the least mse."""
    columns = x if x.shape[1] == 2 else np.hstack([x, np.ones_like(x)])
    return np.linalg.lstsq(columns.astype("float64"), y, rcond=None)[0].ravel()

"""Losses over two weights: formulas with a character, and small Keras models."""

import dataclasses
from dataclasses import dataclass
from functools import cache

import numpy as np

from anatomy.optimizers import two_weights


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss over two weights.

    Attributes:
        name: what it is called.
        function: the loss, a scalar, of ``(w, rows)``: an array ``(2,)``, and the rows of its
            data, whole numbers, or None for all. Written in ``keras.ops``.
        extent: ``(x0, x1, y0, y1)``, the part of the plane that is worth a look.
        start: ``(2,)``, a place from which the way down is worth a look.
        axes: the names of the two weights.
        samples: the number of rows of its data; None: it has none, and so no noise.
        minima: ``(k, 2)``, where the loss is least, as far as that is known.
        learning_rate: one at which plain SGD gets on.
        about: one line on what the loss is.
    """

    name: str
    function: object
    extent: tuple
    start: tuple
    axes: tuple = ("w[0]", "w[1]")
    samples: int | None = None
    minima: tuple = ()
    learning_rate: float = 0.1
    about: str = ""

    @property
    def minimum(self):
        """The first of the minima, ``(2,)``, or None."""
        return np.asarray(self.minima[0], "float32") if len(self.minima) else None

    def loss(self, w, rows=None):
        """The loss at ``w`` over these rows of the data, a scalar."""
        return self.function(w, rows)

    def grid(self, n=81):
        """Two axes ``(n,)`` over the extent, and the loss ``(n, n)``, a row for each y."""
        import keras

        x0, x1, y0, y1 = self.extent
        x, y = np.linspace(x0, x1, n, dtype="float32"), np.linspace(y0, y1, n, dtype="float32")
        places = keras.ops.convert_to_tensor(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
        values = compiled(lambda w: keras.ops.vectorized_map(self.loss, w))(places)
        return x, y, keras.ops.convert_to_numpy(values).reshape(n, n)


def surface(of, data=None, **changed):
    """A loss over two weights: one of `SURFACES` by its name, or the loss of a Keras model.

    Args:
        of: a name, a `Surface`, or a built and compiled ``keras.Model`` whose trainable
            weights are two numbers: its loss is a surface with no slice.
        data: what the model is trained on, as ``labs.fit`` takes it.
        **changed: attributes of the `Surface` to have otherwise, such as ``extent``. That of a
            model reaches 3 to each side of its present weights, which are the start.

    Returns:
        Surface: the same object for the same name.

    Raises:
        TypeError: for what is neither a name nor a model, or data that are none.
        ValueError: for another name, or a model with another number of weights.
    """
    if hasattr(of, "grid"):
        return dataclasses.replace(of, **changed) if changed else of
    if isinstance(of, str):
        if of not in SURFACES:
            raise ValueError(f"There is no surface {of!r}; give one of {', '.join(SURFACES)}.")
        return surface(named(of), **changed)
    function, axes, samples, (a, b) = two_weights.loss_of(of, data)
    found = {"name": of.name, "extent": (a - 3, a + 3, b - 3, b + 3), "start": (a, b), "axes": axes}
    return Surface(**found | {"function": function, "samples": samples} | changed)


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
    import keras

    return 1 - keras.ops.exp(-(w[0] ** 2 + w[1] ** 2) / 2)


def rastrigin(w, rows=None):
    """A minimum near each pair of whole numbers (Rastrigin, 1974)."""
    import keras

    waves = keras.ops.cos(2 * np.pi * w[0]) + keras.ops.cos(2 * np.pi * w[1])
    return 20 + w[0] ** 2 + w[1] ** 2 - 10 * waves


#: What is special of each: the formula, or the function that makes a model and its data.
SURFACES = {
    "bowl": (bowl, {"extent": (-3, 3, -3, 3), "start": (-2.5, 2), "minima": ((0, 0),)}),
    "ravine": (ravine, {"extent": (-5, 5, -5, 5), "start": (-4.5, 2), "minima": ((0, 0),),
                        "learning_rate": 0.05}),
    "saddle": (saddle, {"extent": (-2, 2, -2, 2), "start": (-1.8, 0.01),
                        "minima": ((0, 1), (0, -1))}),
    "rosenbrock": (rosenbrock, {"extent": (-2, 2, -1, 3), "start": (-1.2, 1), "minima": ((1, 1),),
                                "learning_rate": 1e-3}),
    "plateau": (plateau, {"extent": (-4, 4, -4, 4), "start": (-3, 1), "minima": ((0, 0),)}),
    "rastrigin": (rastrigin, {"extent": (-4.5, 4.5, -4.5, 4.5), "start": (-3.6, 2.7),
                              "minima": ((0, 0),), "learning_rate": 2e-3}),
    "line": (two_weights.line, {"extent": (-2, 3, -2.5, 2.5), "start": (-1.5, 2)}),
    "twins": (two_weights.twins, {"extent": (-3, 3, -3, 3), "start": (-2.5, -1)}),
    "two layers": (two_weights.two_layers, {"extent": (-3, 3, -3, 3), "start": (-2.5, 1)}),
}  # fmt: skip


@cache
def named(name):
    """A surface of `SURFACES`, made once."""
    made, look = SURFACES[name]
    about = made.__doc__.splitlines()[0]
    if made.__module__ == __name__:
        return Surface(name, made, about=about, **look)
    model, (x, y) = made()
    function, axes, samples, _ = two_weights.loss_of(model, (x, y))
    if name != "two layers":
        look = look | {"minima": (two_weights.least_squares(x, y),)}
    return Surface(name, function, axes=axes, samples=samples, about=about, **look)


def compiled(function):
    """The function compiled on JAX, elsewhere as it is."""
    import keras

    if keras.backend.backend() != "jax":
        return function
    import jax

    return jax.jit(function)

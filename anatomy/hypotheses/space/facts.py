"""Members of a topology's hypothesis space: the functions that its weights can make."""

from dataclasses import dataclass

import numpy as np

from anatomy.data import calls
from anatomy.data.calls import shown, whole
from anatomy.hypotheses.space import weights as members
from anatomy.lazy import keras
from anatomy.models.settings.facts import settings
from anatomy.training import private

MOST = 1 << 25  # numbers, of all members together: a few seconds


@dataclass(frozen=True, eq=False)
class Space:
    """Some members of a hypothesis space, each a set of weights and what it makes of ``x``.

    Attributes:
        model: the keras.Model whose topology it is; its own weights are left alone.
        x: ``(m, features)``, where the functions are looked at.
        outputs: ``(n, m, outputs)`` float32, a function a row.
        weights: list of arrays ``(n, ...)``, in the order of ``model.weights``.
        spread: how wide the weights were drawn, see `sample`; None where they were not drawn.
    """

    model: object
    x: np.ndarray
    outputs: np.ndarray
    weights: list
    spread: float | None = None

    def __len__(self):
        return len(self.outputs)

    def member(self, i):
        """The weights of one member, for ``model.set_weights()``."""
        return [np.asarray(array[i]) for array in self.weights]

    def distances(self, target):
        """`distance` of each member to a function ``(m, outputs)`` on the same ``x``: ``(n,)``."""
        return distance(self.outputs, target)

    @property
    def topology(self):
        """The layers of the model in short: "Dense(16, tanh) → Dense(1)"."""
        layers = [one for one in self.model.layers if one.weights or hasattr(one, "activation")]
        return " → ".join(f"{type(one).__name__}({settings(one)})" for one in layers)

    @property
    def finite(self):
        """Which functions are finite everywhere: ``(n,)`` bools."""
        return np.isfinite(self.outputs).all(axis=tuple(range(1, self.outputs.ndim)))

    @property
    def classes(self):
        """The class that each member decides on at each point: ``(n, m)`` ints.

        One output: 1 where it is above 0, or above 0.5 after a sigmoid; several: the largest.
        """
        if self.outputs.shape[2] > 1:
            return self.outputs.argmax(axis=2)
        activation = getattr(self.model.layers[-1], "activation", None)
        border = 0.5 if getattr(activation, "__name__", "") == "sigmoid" else 0.0
        return (self.outputs[..., 0] > border).astype(int)

    def accuracies(self, x, y, first):
        """Which part of the data the first members decide rightly: ``(first,)``."""
        few = evaluate(self.model, x, [self.member(i) for i in range(first)])
        return np.mean(few.classes == np.ravel(y), axis=1)

    def band(self, part):
        """Between which two functions this part of the members lies at each x: ``(2, m)``."""
        ends = (0.5 - part / 2, 0.5 + part / 2)
        return np.quantile(self.outputs[:, :, 0], ends, axis=0)


@calls.validated(build=None)
def sample(build, x, n, *, seed=0, spread=2.0):
    """Members of the hypothesis space of a topology, with weights drawn at random.

    Each weight is drawn by the initializer of its layer, times ``spread``. What an initializer
    sets without drawing (a bias to 0) comes from a normal distribution around that value, of
    standard deviation spread x sqrt(2 / (fan_in + fan_out)) of the layer's kernel. Weights that
    are not trainable stay as they are. What is reachable is more than what is sampled: any
    weights at all make a member.

    Args:
        build: a built keras.Model with one input and one output, or a function without
            arguments that returns one. Code is compiled once for a model: to be quick,
            give the same model again.
        x: ``(m, features)``, or whatever shape the model takes, as for ``model.predict``.
        n: how many members.
        seed: whole number; on JAX the first members of many are the same as of few.
        spread: 1 is as wide as fit() would start, larger shows more of the space.

    Returns:
        Space: weights and outputs of the members.

    Raises:
        TypeError: for what is no keras.Model, nor returns one.
        ValueError: for a model that is not built, has several inputs or outputs, or no weights
            to train; an x of another shape; n, seed or spread out of range.

    Source: Chollet, Deep Learning with Python, ch. 3.1 (the topology defines a hypothesis space).
    """
    model = checked_model(build)
    x = checked_x(model, x)
    numbers = model.count_params() + len(x) * model.output_shape[-1]  # of one member, 4 bytes each
    whole("n", n, 1, max(1, MOST // numbers))
    weights = members.draw(model, n, seed, float(spread))
    return Space(model, x, members.outputs(model, weights, x), weights, float(spread))


@calls.validated(build=None, weights=calls.each(calls.listed, calls.filled))
def evaluate(build, x, weights):
    """Members of a hypothesis space with these weights.

    Args:
        build, x: as for `sample`.
        weights: list of members, each a list of arrays as ``model.get_weights()`` gives them.

    Returns:
        Space: of as many members.

    Raises:
        TypeError, ValueError: as `sample`, and for weights that do not fit the model.
    """
    model = checked_model(build)
    x = checked_x(model, x)
    wanted = [tuple(v.shape) for v in model.weights]
    for member in weights:
        if (shapes := [np.shape(array) for array in member]) != wanted:
            raise ValueError(f"Model {model.name!r} has weights of shapes {wanted}, not {shapes}.")
    stacked = [np.stack(arrays) for arrays in zip(*weights, strict=True)]
    return Space(model, x, members.outputs(model, stacked, x), stacked)


@calls.validated
def distance(f, g):
    """How far two functions are apart on the same x, whatever their weights.

    sqrt(mean((f(x) - g(x))²)), the root mean squared difference of their values.

    Args:
        f, g: outputs ``(m, outputs)``, or several ``(n, m, outputs)``.

    Returns:
        float; ``(n,)`` where f or g are several.

    Raises:
        ValueError: for outputs on other points.
    """
    f, g = (np.asarray(a, "float64") for a in (f, g))
    if f.shape[-2:] != g.shape[-2:] or min(f.ndim, g.ndim) < 2:
        raise ValueError(
            f"The functions have outputs of shapes {f.shape} and {g.shape}; give (m, outputs) "
            "of both, on the same m points."
        )
    distances = np.sqrt(np.mean((f - g) ** 2, axis=(-2, -1)))
    return float(distances) if distances.ndim == 0 else distances


@calls.validated(points=calls.count(2, 10_000))
def grid(x, points=None):
    """Points that cover the range of x and a tenth more on each side: a line, or a square.

    Args:
        x: ``(m, 1)`` or ``(m, 2)``.
        points: how many along each axis; None: 200 on a line, 60 in the plane.

    Returns:
        float32 array ``(points, 1)`` or ``(points², 2)``, the first feature changing fastest.

    Raises:
        ValueError: for an x with more features than two.
    """
    x = np.asarray(x)
    if x.ndim != 2 or x.shape[1] not in (1, 2) or not len(x):
        raise ValueError(f"x has shape {x.shape}; a grid is made for (m, 1) or (m, 2).")
    points = points or (200 if x.shape[1] == 1 else 60)
    low, high = x.min(axis=0), x.max(axis=0)
    room = 0.1 * (high - low)
    lines = [np.linspace(*ends, points) for ends in zip(low - room, high + room, strict=True)]
    return np.stack([a.ravel() for a in np.meshgrid(*lines)], axis=1).astype("float32")


def axes(x):
    """The lines of a grid in the plane: its values of the first and of the second feature.

    Raises:
        ValueError: for an x that is no grid.
    """
    across, down = np.unique(x[:, 0]), np.unique(x[:, 1])
    whole = len(across) * len(down) == len(x) and min(len(across), len(down)) > 1
    if not (whole and np.array_equal(x, np.stack(np.meshgrid(across, down), -1).reshape(-1, 2))):
        raise ValueError(
            f"x has shape {x.shape} and is no grid; sample on anatomy.hypotheses.grid(x_train)."
        )
    return across, down


def checked_model(build):
    """The model itself, or what the function returns: built, one input, one output."""
    model = build
    if callable(build) and not isinstance(build, keras.Model) and not isinstance(build, type):
        model = build()
    if not isinstance(model, keras.Model):
        found = "build() returned" if callable(build) else "build is"
        raise TypeError(
            f"{found} {shown(model)}; give a built keras.Model or a function that returns one."
        )
    name = f"model {model.name!r}"
    if not all(layer.built for layer in private.flat_layers(model)):
        raise ValueError(f"{name} is not built, so it has no weights: start with keras.Input.")
    for what in ("inputs", "outputs"):
        count = len(getattr(model, what, None) or ())
        if count != 1:
            raise ValueError(
                f"{name} has {count} {what}; give a Sequential or functional model with one."
            )
    if not model.trainable_variables:
        raise ValueError(f"{name} has no trainable weights: its space is a single function.")
    return model


def checked_x(model, x):
    """x as an array of the model's dtype, or an error that says what it takes."""
    x, wanted = np.asarray(x), tuple(model.inputs[0].shape[1:])
    fits = x.ndim == len(wanted) + 1 and all(
        size in (None, own) for size, own in zip(wanted, x.shape[1:], strict=True)
    )
    if not fits or not len(x):
        shape = ", ".join(["m", *map(str, wanted)]) + "," * (not wanted)
        hint = "; make it x.reshape(-1, 1)" if x.ndim == 1 and wanted == (1,) else ""
        raise ValueError(
            f"x has shape {x.shape}; model {model.name!r} takes ({shape}), m at least 1{hint}."
        )
    return x.astype(model.inputs[0].dtype)

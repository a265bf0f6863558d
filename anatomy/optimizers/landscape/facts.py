"""A slice of the loss of a Keras model: a plane through the space of its weights."""

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy.base.words import percent
from anatomy.data import calls
from anatomy.losses.doctor.advice import refuse
from anatomy.optimizers.contours import Contours, round_levels
from anatomy.optimizers.landscape import affine
from anatomy.optimizers.objective import Objective, trainable
from anatomy.training import computed

#: Places that are computed together: as many as have this many rows of data among them.
ROWS = 4096

#: Places along a side of a map to race on: each takes all rows of the data.
COARSE = 61

#: What one computation may take, in bytes; the rows of larger data go through it in parts.
MEMORY = 256 * 2**20

ABOUT = {
    "random": "drawn at random, each unit's part as long as its kernel",
    "weights": "two single weights; all others stay",
    "path": "those in which the training moved most",
}
REACH = 3.0  # to each side of a single weight
MARGIN = 0.25  # around a path, of its size
FLAT = ("bias", "gamma", "beta")  # names of weights that random directions leave alone


@dataclass(frozen=True, eq=False)
class Plane:
    """The loss at center + a u + b v, over (a, b). It can be raced on, as any `Surface`.

    Attributes:
        objective: the `Objective`, the loss over all weights.
        kind: "random", "weights" or "path".
        center, u, v: lists of arrays, as ``model.trainable_variables``.
        extent: ``(a0, a1, b0, b1)``, the part of the plane that is worth a look.
        axes: the names of the two directions.
        here: ``(2,)``, where the weights of the model are, or the end of the path.
        start: ``(2,)``, a place from which the way down is worth a look.
        points: ``(n, 2)``, the path, moved straight onto the plane; None without a path.
        epochs: ``(n,)``, after how many epochs each point is; None without a path.
        share: ``(2,)``, which part each axis holds of the squared distances between the points
            and the end of the path; None without a path.
        true: ``(n,)``, the loss at the very weights of the path; None without a path.
    """

    objective: Objective
    kind: str
    center: list
    u: list
    v: list
    extent: tuple
    axes: tuple
    here: tuple = (0.0, 0.0)
    start: tuple = (0.0, 0.0)
    points: np.ndarray | None = None
    epochs: np.ndarray | None = None
    share: np.ndarray | None = None
    true: np.ndarray | None = None

    minima, minimum = (), None  # not known

    @property
    def name(self):
        return self.objective.model.name

    @property
    def samples(self):
        """The number of rows of the data."""
        return self.objective.samples

    @property
    def dimensions(self):
        """How many weights there are in all."""
        return sum(a.size for a in self.center)

    @property
    def about(self):
        """What the plane is, in a line."""
        return f"a slice: 2 directions of {self.dimensions:,}, {ABOUT[self.kind]}"

    @cached_property
    def contours(self):
        """The `Contours` of the loss over the extent."""
        return Contours(*self.grid(COARSE), round_levels)

    def weights(self, w):
        """The weights at the place ``w``, ``(2,)``: a list of arrays."""
        return moved(self.center, (self.u, self.v), w)

    def loss(self, w, rows=None):
        """The loss at ``w`` over these rows of the data (int array; None: all), a scalar."""
        return self.objective(self.weights(w), rows)

    def grid(self, n=41):
        """Two axes ``(n,)`` over the extent, and the loss ``(n, n)``, a row for each b."""
        a0, a1, b0, b1 = self.extent
        a, b = np.linspace(a0, a1, n, dtype="float32"), np.linspace(b0, b1, n, dtype="float32")
        places = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
        return a, b, self.at(places).reshape(n, n)

    def at(self, places):
        """The loss at each of these places ``(k, 2)``: ``(k,)`` float32."""
        parts = np.array_split(np.arange(self.samples), self._parts)
        total = np.zeros(len(places))
        for rows in parts:
            size = max(1, min(len(places), ROWS // len(rows)))
            chunks = math.ceil(len(places) / size)
            padded = np.resize(np.asarray(places, "float32"), (chunks, size, 2))
            rows = rows if len(parts) > 1 else None
            losses = self.objective.run(
                affine.over, self.center, (self.u, self.v), padded, rows=rows
            )
            share = 1 if rows is None else len(rows) / self.samples
            total += share * np.asarray(losses, "float64").ravel()[: len(places)]
        return total.astype("float32")

    @cached_property
    def _parts(self):
        """In how many parts the rows are to go through, each the mean over its rows."""
        import jax

        bytes_ = computed(jax.make_jaxpr(self.objective)(self.center).jaxpr)
        return min(self.samples, math.ceil(4 * bytes_ / MEMORY))  # center, both axes, and the sum


def moved(center, directions, w):
    """center + w[0] u + w[1] v: a list of arrays."""
    return [c + w[0] * u + w[1] * v for c, u, v in zip(center, *directions, strict=True)]


@calls.validated
def plane(model, x, y, directions="random", *, seed=0):
    """A plane through the weights of a model, and its loss on that plane.

    loss(center + a u + b v). The loss is the compiled one, regularizers included, as
    ``model.evaluate(x, y)`` has it: without Dropout. Only a model with two weights is all
    on a plane; of any other this is a slice, and what is seen on it may be no more than that: a
    minimum of the slice need not be one of the loss.

    Args:
        model: a built and compiled ``keras.Model``; its present weights are the center.
        x, y: NumPy arrays, as for ``fit()``. For a large model, fewer rows are quicker.
        directions: "random": two random ones, each unit's part as long as its kernel; biases
            and BatchNormalization stay. "weights": the two largest weights of the last kernel;
            or the names of two weights such as ``("dense/kernel[0, 1]", "dense/bias[1]")``. Or
            the path of a training, for its two principal directions: an ``anatomy.hypotheses``
            Path, or a list of what ``model.get_weights()`` returned on the way.
        seed: of random directions.

    Returns:
        Plane.

    Raises:
        TypeError, ValueError: for a model, data or directions that cannot be used, and for a
            loss that cannot work with its output and targets, in the words of the loss doctor.
        NotImplementedError: on a backend other than JAX.

    Source: Li, Xu, Taylor, Studer, Goldstein, Visualizing the Loss Landscape of Neural Nets
    (2018), sections 4 and 7.
    """
    objective = Objective(model, x, y)
    refuse(model, y)
    if sum(w.size for w in objective.weights) < 2:
        raise ValueError(f"model {model.name!r} has one weight; a plane takes two at least.")
    if isinstance(directions, str) and directions not in ("random", "weights"):
        raise ValueError(
            f'directions is {directions!r}; give "random", "weights", the names of two weights, '
            "or the path of a training."
        )
    if not np.iterable(getattr(directions, "weights", directions)):
        raise calls.wrong("directions", directions, '"random", "weights", or a path of weights')
    if isinstance(directions, str) and directions == "random":
        return Plane(objective, "random", **random_directions(objective, seed))
    names = isinstance(directions, list | tuple) and all(isinstance(d, str) for d in directions)
    if names or directions == "weights":
        return Plane(objective, "weights", **two_weights(objective, directions))
    return Plane(objective, "path", **principal_directions(objective, directions))


def random_directions(objective, seed):
    """Two random directions, each unit's part as long as the unit's own kernel (Li et al., 2018).

    Returns:
        dict: arguments of `Plane`.
    """
    rng = np.random.default_rng(seed)
    u, v = (
        [_as_long(rng.normal(size=w.shape), np.asarray(w, "float64"), name)
         for name, w in zip(objective.names, objective.weights, strict=True)]
        for _ in "uv"
    )  # fmt: skip
    if not any(a.any() for a in u):
        raise ValueError(
            f"model {objective.model.name!r} has no kernel that is not 0: a random direction as "
            'long as it has no length. Give directions="weights".'
        )
    return {"center": objective.weights, "u": u, "v": v, "extent": (-1, 1, -1, 1),
            "axes": ("random direction 1", "random direction 2"), "start": (0.8, 0.8)}  # fmt: skip


def _as_long(direction, weight, name):
    """A direction whose part for each unit (last axis) has the norm of its weights; biases 0."""
    if weight.ndim < 2 or name.rpartition("/")[2] in FLAT:
        return np.zeros(weight.shape, "float32")
    norm, own = (np.linalg.norm(a.reshape(-1, a.shape[-1]), axis=0) for a in (weight, direction))
    return (direction * norm / own).astype("float32")


def two_weights(objective, names):
    """The directions of two single weights; (a, b) are their values."""
    chosen = _largest(objective) if names == "weights" else names
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise ValueError(f"directions is {names!r}; give the names of two weights.")
    center = [np.array(w) for w in objective.weights]
    axes, here = [], []
    for name in chosen:
        at, index = _place(objective, name)
        here.append(float(center[at][index]))
        center[at][index] = 0
        axes.append([np.zeros_like(w) for w in center])
        axes[-1][at][index] = 1
    (a, b), r = here, REACH
    return {"center": center, "u": axes[0], "v": axes[1], "extent": (a - r, a + r, b - r, b + r),
            "axes": tuple(chosen), "here": (a, b), "start": (a, b)}  # fmt: skip


def _largest(objective):
    """The names of the two largest weights of the last kernel; of all weights if it has but one."""
    named = [(n, np.asarray(w)) for n, w in zip(objective.names, objective.weights, strict=True)]
    kernels = [pair for pair in named if pair[1].ndim > 1 and pair[1].size > 1]
    sizes = {
        f"{name}[{', '.join(map(str, index))}]": abs(value)
        for name, array in (kernels[-1:] or named)
        for index, value in np.ndenumerate(array)
    }
    return sorted(sizes, key=sizes.get, reverse=True)[:2]


def _place(objective, name):
    """Which weight a name such as "dense/kernel[0, 1]" is: number of the array, index."""
    match = re.fullmatch(r"(.+?)\[([\d, ]+)\]", name)
    if match and match[1] in objective.names:
        at = objective.names.index(match[1])
        index = tuple(map(int, match[2].split(",")))
        shape = objective.weights[at].shape
        if len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True)):
            return at, index
    known = ", ".join(
        f"{n} {w.shape}" for n, w in zip(objective.names, objective.weights, strict=True)
    )
    raise ValueError(
        f"There is no weight {name!r}; give a name and an index, such as "
        f'"{objective.names[0]}[{", ".join("0" * objective.weights[0].ndim)}]". There are {known}.'
    )


def principal_directions(objective, path):
    """The plane through the end of a path that keeps most of it: its principal components."""
    weights = getattr(path, "weights", None)
    if weights is None:
        weights = [np.stack(arrays) for arrays in zip(*path, strict=True)]
    arrays = trainable(objective.model, weights)
    n = len(arrays[0])
    offsets = np.hstack([(a - a[-1]).reshape(n, -1) for a in arrays]).astype("float64")
    if n < 2 or not np.isfinite(offsets).all() or not offsets.any():
        raise ValueError(
            f"The path has {n} points, and goes nowhere or to weights that are no finite "
            "numbers; give the weights of a training at two epochs at least."
        )
    axes, share = _components(offsets)
    points = offsets @ axes.T
    true = [objective.run(_loss, [w[i] for w in arrays]) for i in range(n)]
    ends = np.cumsum([w[0].size for w in arrays])[:-1]
    u, v = (
        [part.reshape(w.shape[1:]) for part, w in zip(np.split(axis, ends), arrays, strict=True)]
        for axis in axes.astype("float32")
    )
    low, high = points.min(axis=0), points.max(axis=0)
    half = (high - low) / 2  # at most twice as long as wide
    half = (1 + 2 * MARGIN) * np.maximum(half, half.max() / 2)
    extent = np.stack([(low + high) / 2 - half, (low + high) / 2 + half], axis=1).ravel()
    names = tuple(f"principal direction {i} ({percent(s)})" for i, s in enumerate(share, 1))
    return {"center": [np.array(w[-1]) for w in arrays], "u": u, "v": v, "points": points,
            "axes": names,
            "extent": tuple(extent.tolist()), "start": tuple(points[0].tolist()),
            "epochs": np.asarray(getattr(path, "epochs", np.arange(n))), "share": share,
            "true": np.array(true, "float32")}  # fmt: skip


def _components(offsets):
    """The two unit rows ``(2, d)`` that keep most of ``(n, d)``, and the share that each keeps."""
    values, vectors = np.linalg.eigh(offsets @ offsets.T)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    axes = [vectors[:, 0] @ offsets / np.sqrt(values[0])]
    if len(values) > 1 and values[1] > 1e-12 * values[0]:
        axes.append(vectors[:, 1] @ offsets / np.sqrt(values[1]))
    else:  # a straight path: any direction across it will do
        across = np.random.default_rng(0).normal(size=offsets.shape[1])
        across -= axes[0] * (axes[0] @ across)
        axes.append(across / np.linalg.norm(across))
    axes = np.stack(axes)
    # The start of the path on the left, and its bend upwards
    points = offsets @ axes.T
    axes *= np.where([points[0, 0] > 0, points[:, 1].sum() < 0], -1, 1)[:, None]
    share = np.zeros(2)
    share[: len(values[:2])] = values[:2] / values.sum()
    return axes, share


def _loss(loss, weights):
    """The loss, to be compiled."""
    return loss(weights)

"""A slice of the loss of a Keras model: a plane through the space of its weights."""

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy.base.words import percent
from anatomy.data import calls
from anatomy.lazy import jax
from anatomy.losses.doctor.advice import refuse
from anatomy.optimizers.contours import Contours, round_levels
from anatomy.optimizers.landscape import affine
from anatomy.optimizers.objective import Objective, trainable
from anatomy.training.backends import computed

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
        share: ``(2,)``, which part each axis holds of the squared distances between the points
            and the end of the path; None without a path.
        before: the loss at the very weights from which the path starts; None without a path.
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
    share: np.ndarray | None = None
    before: float | None = None

    minima = ()  # not known

    @property
    def name(self):
        return self.objective.model.name

    @property
    def samples(self):
        """The number of rows of the data."""
        return self.objective.samples

    @property
    def about(self):
        """What the plane is, in a line."""
        return f"a slice: 2 directions of {sum(a.size for a in self.center):,}, {ABOUT[self.kind]}"

    @cached_property
    def contours(self):
        """The `Contours` of the loss over the extent."""
        return Contours(*self.grid(COARSE), round_levels)

    def weights(self, w):
        """The weights at the place ``w``, ``(2,)``: a list of arrays."""
        return [
            c + w[0] * u + w[1] * v for c, u, v in zip(self.center, self.u, self.v, strict=True)
        ]

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
        bytes_ = computed(jax.make_jaxpr(self.objective)(self.center).jaxpr)
        return min(self.samples, math.ceil(4 * bytes_ / MEMORY))  # center, both axes, and the sum


@calls.validated(directions=calls.rule('"random", two names, or a path of weights', np.iterable))
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
            and BatchNormalization stay. Or the names of two weights, such as
            ``("dense/kernel[0, 1]", "dense/bias[1]")``. Or the path of a training, for its two
            principal directions: a list of what ``model.get_weights()`` returned after each epoch.
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
    if isinstance(directions, str):
        if directions != "random":
            raise ValueError(
                f'directions is {directions!r}; give "random", the names of two weights, or the '
                "path of a training."
            )
        return Plane(objective, "random", **random_directions(objective, seed))
    if all(isinstance(name, str) for name in directions):
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
            "long as it has no length. Give the names of two weights."
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
    if len(set(names)) != 2 or len(names) != 2:
        raise ValueError(f"directions is {names!r}; give the names of two weights.")
    center = [np.array(w) for w in objective.weights]
    axes, here = [], []
    for name in names:
        at, index = _place(objective, name)
        here.append(float(center[at][index]))
        center[at][index] = 0
        axes.append([np.zeros_like(w) for w in center])
        axes[-1][at][index] = 1
    (a, b), r = here, REACH
    return {"center": center, "u": axes[0], "v": axes[1], "extent": (a - r, a + r, b - r, b + r),
            "axes": tuple(names), "here": (a, b), "start": (a, b)}  # fmt: skip


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
    from jax.flatten_util import ravel_pytree

    ways = [trainable(objective.model, weights) for weights in path]
    flat = np.array([ravel_pytree(weights)[0] for weights in ways], "float64")
    offsets = flat - flat[-1:]
    if len(flat) < 2 or not np.isfinite(offsets).all() or not offsets.any():
        raise ValueError(
            f"The path has {len(flat)} points, and goes nowhere or to weights that are no finite "
            "numbers; give the weights of a training at two epochs at least."
        )
    _, sizes, axes = np.linalg.svd(offsets, full_matrices=False)
    points = offsets @ axes[:2].T
    # The start of the path on the left, and its bend upwards
    turn = np.where([points[0, 0] > 0, points[:, 1].sum() < 0], -1, 1)
    points, share = points * turn, sizes[:2] ** 2 / np.sum(sizes**2)
    shaped = ravel_pytree(ways[-1])[1]
    u, v = (list(map(np.asarray, shaped(axis))) for axis in (axes[:2].T * turn).T.astype("float32"))
    low, high = points.min(axis=0), points.max(axis=0)
    half = (high - low) / 2  # at most twice as long as wide
    half = (1 + 2 * MARGIN) * np.maximum(half, half.max() / 2)
    extent = np.stack([(low + high) / 2 - half, (low + high) / 2 + half], axis=1).ravel()
    names = tuple(f"principal direction {i} ({percent(s)})" for i, s in enumerate(share, 1))
    return {"center": ways[-1], "u": u, "v": v, "points": points, "axes": names,
            "extent": tuple(extent.tolist()), "start": tuple(points[0].tolist()), "share": share,
            "before": float(objective(ways[0]))}  # fmt: skip

"""A slice of the loss of a Keras model: a plane through the space of its weights."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy.optimizers import affine
from anatomy.optimizers import directions as two
from anatomy.optimizers.objective import Objective
from anatomy.training import computed

#: Places that are computed together: as many as have this many rows of data among them.
ROWS = 4096

#: What one computation may take, in bytes; the rows of larger data go through it in parts.
MEMORY = 256 * 2**20


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

    minima, minimum = (), None  # nobody knows them

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
        return f"a slice: 2 directions of {self.dimensions:,}, {two.ABOUT[self.kind]}"

    @cached_property
    def learning_rate(self):
        """One at which plain SGD gets on here: 1 / the largest curvature in the plane."""
        place = np.array(self.here, "float32")
        curved = self.objective.run(curvatures, self.center, (self.u, self.v), place)
        largest = np.linalg.eigvalsh(curved)[-1]
        return float(f"{1 / largest:.1g}") if largest > 0 else 0.1

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
            found = self.objective.run(
                affine.over, self.center, (self.u, self.v), padded, rows=rows
            )
            share = 1 if rows is None else len(rows) / self.samples
            total += share * np.asarray(found, "float64").ravel()[: len(places)]
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


def curvatures(loss, center, directions, place):
    """The second derivatives of the loss in the plane, ``(2, 2)``, to be compiled."""
    import jax

    return jax.hessian(lambda w: loss(moved(center, directions, w)))(place)


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
        TypeError, ValueError: for a model, data or directions that cannot be used.
        NotImplementedError: on a backend other than JAX.

    Source: Li, Xu, Taylor, Studer, Goldstein, Visualizing the Loss Landscape of Neural Nets
    (2018), sections 4 and 7.
    """
    objective = Objective(model, x, y)
    if sum(w.size for w in objective.weights) < 2:
        raise ValueError(f"model {model.name!r} has one weight; a plane takes two at least.")
    if isinstance(directions, str) and directions not in ("random", "weights"):
        raise ValueError(
            f'directions is {directions!r}; give "random", "weights", the names of two weights, '
            "or the path of a training."
        )
    names = isinstance(directions, list | tuple) and all(isinstance(d, str) for d in directions)
    if names or directions == "weights":
        return Plane(objective, "weights", **two.weights(objective, directions))
    if isinstance(directions, str):
        return Plane(objective, "random", **two.random(objective, seed))
    return Plane(objective, "path", **two.path(objective, directions))

"""Two directions through the weights of a model: random, single weights, or a path's own."""

import re

import numpy as np

from anatomy.optimizers.objective import trainable

ABOUT = {
    "random": "drawn at random, each unit's part as long as its kernel",
    "weights": "two single weights; all others stay",
    "path": "those in which the training moved most",
}
REACH = 3.0  # to each side of a single weight
MARGIN = 0.25  # around a path, of its size
FLAT = ("bias", "gamma", "beta")  # names of weights that random directions leave alone


def random(objective, seed):
    """Two random directions, each unit's part as long as the unit's own kernel (Li et al., 2018).

    Returns:
        dict: what `Plane` needs to know of them.
    """
    rng = np.random.default_rng(seed)
    named = list(zip(objective.names, objective.weights, strict=True))
    u, v = ([normalized(rng.normal(size=w.shape), w, name) for name, w in named] for _ in "uv")
    if not any(a.any() for a in u):
        raise ValueError(
            f"model {objective.model.name!r} has no kernel that is not 0: a random direction as "
            'long as it has no length. Give directions="weights".'
        )
    return {"center": objective.weights, "u": u, "v": v, "extent": (-1, 1, -1, 1),
            "axes": ("random direction 1", "random direction 2"), "start": (0.8, 0.8)}  # fmt: skip


def normalized(drawn, weight, name):
    """A drawn array, each unit's part (last axis) scaled to the norm of its weights; biases 0."""
    weight = np.asarray(weight, "float64")
    if weight.ndim < 2 or name.rpartition("/")[2] in FLAT:
        return np.zeros(weight.shape, "float32")
    long, own = (np.linalg.norm(a.reshape(-1, a.shape[-1]), axis=0) for a in (weight, drawn))
    return (drawn * long / own).astype("float32")


def weights(objective, names):
    """The directions of two single weights; (a, b) are their values."""
    chosen = largest(objective) if names == "weights" else names
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise ValueError(f"directions is {names!r}; give the names of two weights.")
    center = [np.array(w) for w in objective.weights]
    axes, here = [], []
    for name in chosen:
        at, index = place(objective, name)
        here.append(float(center[at][index]))
        center[at][index] = 0
        axes.append([np.zeros_like(w) for w in center])
        axes[-1][at][index] = 1
    (a, b), r = here, REACH
    return {"center": center, "u": axes[0], "v": axes[1], "extent": (a - r, a + r, b - r, b + r),
            "axes": tuple(chosen), "here": (a, b), "start": (a, b)}  # fmt: skip


def largest(objective):
    """The names of the two largest weights of the last kernel; of all weights if it has but one."""
    named = [(n, np.asarray(w)) for n, w in zip(objective.names, objective.weights, strict=True)]
    kernels = [pair for pair in named if pair[1].ndim > 1 and pair[1].size > 1]
    sizes = {
        f"{name}[{', '.join(map(str, index))}]": abs(value)
        for name, array in (kernels[-1:] or named)
        for index, value in np.ndenumerate(array)
    }
    return sorted(sizes, key=sizes.get, reverse=True)[:2]


def place(objective, name):
    """Which weight a name such as "dense/kernel[0, 1]" is: number of the array, index."""
    found = re.fullmatch(r"(.+?)\[([\d, ]+)\]", name)
    if found and found[1] in objective.names:
        at = objective.names.index(found[1])
        index = tuple(map(int, found[2].split(",")))
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


def path(objective, path):
    """The plane through the end of a path that keeps most of it: its principal components.

    Args:
        path: of ``n`` points: an ``anatomy.hypotheses.Path`` or a list of lists of weights.
    """
    arrays = trainable(objective.model, steps(path))
    n = len(arrays[0])
    epochs = np.asarray(getattr(path, "epochs", np.arange(n)))
    moved = np.hstack([(a - a[-1]).reshape(n, -1) for a in arrays]).astype("float64")
    if n < 2 or not np.isfinite(moved).all() or not moved.any():
        raise ValueError(
            f"The path has {n} points, and goes nowhere or to weights that are no finite "
            "numbers; give the weights of a training at two epochs at least."
        )
    axes, share = components(moved)
    points = moved @ axes.T
    true = [objective.run(value, [w[i] for w in arrays]) for i in range(n)]
    u, v = (cut(axis, [a.shape[1:] for a in arrays]) for axis in axes)
    return {"center": [np.array(w[-1]) for w in arrays], "u": u, "v": v, "points": points,
            "axes": tuple(f"principal direction {i + 1} ({s:.0%})" for i, s in enumerate(share)),
            "extent": around(points), "start": tuple(points[0].tolist()), "epochs": epochs,
            "share": share, "true": np.array(true, "float32")}  # fmt: skip


def around(points):
    """An extent with the points ``(n, 2)`` well inside, at most twice as long as wide."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = (high - low) / 2
    half = (1 + 2 * MARGIN) * np.maximum(half, half.max() / 2)
    (a0, b0), (a1, b1) = ((low + high) / 2 + sign * half for sign in (-1, 1))
    return float(a0), float(a1), float(b0), float(b1)


def cut(row, shapes):
    """A row ``(d,)`` as arrays of these shapes."""
    sizes = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    parts = np.split(row.astype("float32"), sizes[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def steps(path):
    """The weights of a path: arrays ``(n, ...)`` in the order of ``model.weights``."""
    if hasattr(path, "weights"):
        return path.weights
    return [np.stack(arrays) for arrays in zip(*path, strict=True)]


def components(moved):
    """The two unit rows ``(2, d)`` that keep most of ``(n, d)``, and the share that each keeps."""
    values, vectors = np.linalg.eigh(moved @ moved.T)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    axes = [vectors[:, 0] @ moved / np.sqrt(values[0])]
    if len(values) > 1 and values[1] > 1e-12 * values[0]:
        axes.append(vectors[:, 1] @ moved / np.sqrt(values[1]))
    else:  # a straight path: any direction across it will do
        across = np.random.default_rng(0).normal(size=moved.shape[1])
        across -= axes[0] * (axes[0] @ across)
        axes.append(across / np.linalg.norm(across))
    axes = np.stack(axes)
    # The start of the path on the left, and its bend upwards
    points = moved @ axes.T
    axes *= np.where([points[0, 0] > 0, points[:, 1].sum() < 0], -1, 1)[:, None]
    share = np.zeros(2)
    share[: len(values[:2])] = values[:2] / values.sum()
    return axes, share


def value(loss, weights):
    """The loss, to be compiled."""
    return loss(weights)

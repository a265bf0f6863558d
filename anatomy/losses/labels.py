"""What is wrong with the targets of a loss: their shape and their values."""

import numpy as np

from anatomy.losses.findings import (
    BINARY,
    CATEGORICAL,
    LARGE,
    NUMBERS,
    REACH,
    SCALED,
    SPARSE,
    found,
    measured,
    written,
)

BATCH = 7919  # a size of the batch axis that no other axis has


def shapes(end):
    """Targets whose shape is not that of the output: spread out in silence, or refused."""
    y, shape = end.y, end.shape
    if y is None or not shape or None in shape[1:] or not end.kind or end.kind == "ctc":
        return
    given = y.shape
    if end.kind in SPARSE:
        if given in (shape[:-1], (*shape[:-1], 1)):
            return
        if given == shape and y.shares:
            yield one_hot(end)
            return
    elif end.kind in CATEGORICAL and given in (shape[:-1], (*shape[:-1], 1)) and shape[-1] > 1:
        if y.whole and y.low >= 0 and y.high < shape[-1]:
            yield integers(end)
            return
    elif end.kind in (*BINARY, *NUMBERS, *CATEGORICAL):
        a, b = squeezed(given, shape)
        if a == b:
            return
        if end.kind in NUMBERS and spreads(a, b):
            yield found(
                end, "targets broadcast",
                f"Targets of {given} stand against an output of {shape}.",
                "The smaller is repeated to the size of the larger, in silence: the loss falls, "
                + ("and every unit learns the same." if np.prod(b[1:]) > np.prod(a[1:])
                   else "and a unit learns the mean of several targets."),
                "y.reshape(...) to the shape of the output"
                if given[-1] == shape[-1] or len(given) != len(shape)
                else written(end, end.activation if end.activation != "linear" else "", given[-1]),
            )  # fmt: skip
            return
    else:
        return
    wanted = shape[:-1] if end.kind in SPARSE else shape
    yield found(
        end, "shapes that do not fit",
        f"{end.kind} takes targets of {wanted} for this output. They are {given}.",
        "fit() stops with an error about shapes.",
        f"keras.Input, layers or targets such that both end in {wanted[1:]}",
    )  # fmt: skip


def squeezed(a, b):
    """Two shapes as Keras compares them: a last axis of 1 comes or goes where ranks differ by 1."""
    if len(a) == len(b) + 1 and a[-1] == 1:
        return (a, (*b, 1)) if len(b) == 1 else (a[:-1], b)
    if len(b) == len(a) + 1 and b[-1] == 1:
        return ((*a, 1), b) if len(a) == 1 else (a, b[:-1])
    return a, b


def spreads(a, b):
    """Whether NumPy's rules make one shape of two that differ."""
    try:
        np.broadcast_shapes(*((BATCH, *shape[1:]) for shape in (a, b)))
    except ValueError:
        return False
    return True


def one_hot(end):
    """One row of zeros and a 1 for each sample, where a number is asked."""
    hard = end.y.one_hot
    return found(
        end, "one-hot labels with sparse",
        f"{end.kind} takes the number of the class. The targets are rows of {end.y.shape}.",
        "fit() stops with an error about shapes.",
        'loss="categorical_crossentropy"',
        targets=(lambda y: np.argmax(np.asarray(y), axis=-1)) if hard else None,
    )  # fmt: skip


def integers(end):
    """The number of the class, where a row for each sample is asked."""
    units = end.units

    def rows(y):
        y = np.asarray(y).astype("int64")
        y = y[..., 0] if y.ndim == len(end.shape) else y
        return np.eye(units, dtype="float32")[y]

    return found(
        end, "integer labels with categorical",
        f"{end.kind} takes a row of {units} for each sample. The targets are class numbers.",
        "fit() stops with an error about shapes.",
        'loss="sparse_categorical_crossentropy"',
        targets=rows,
    )  # fmt: skip


def values(end):
    """Labels that the loss, or the units, do not have."""
    y = end.y
    if y is None:
        return
    if end.kind in BINARY and (y.low < 0 or y.high > 1):
        yield from not_binary(end)
    elif end.kind in SPARSE and end.units and end.units > 1:
        classes = y.values[y.values != end.settings.get("ignore_class")]
        if y.shape == end.shape and end.shape[-1] > 1 and (y.shares or not y.whole):
            return
        if np.any(classes != np.round(classes)):
            yield found(
                end, "fractions as class numbers",
                f"{end.kind} takes whole numbers, and the targets have fractions.",
                "They are cut off to whole numbers without a word.",
                'loss="mse" with a linear output, if the targets are measured',
            )  # fmt: skip
        elif classes.size and (classes.min() < 0 or classes.max() >= end.units):
            yield beyond(end, int(classes.min()), int(classes.max()))
    elif end.kind in (*CATEGORICAL, "kl_divergence", "poisson") and y.low < 0:
        yield found(
            end, "negative targets",
            f"{end.kind} is of targets that are 0 or more, and the least is {y.low:g}.",
            "The loss falls below zero without end, or becomes nan.",
            'loss="mse" with a linear output, if the targets are measured',
        )  # fmt: skip


def beyond(end, low, high):
    """A class number for which there is no unit."""
    units = high + 1 if low >= 0 else high - low + 1
    return found(
        end, "labels without a unit",
        f"The labels go from {low} to {high}, and the {end.units} units are for "
        f"0 to {end.units - 1}.",
        "Such a label costs nothing, or nan: the loss falls nicely, the class is never learnt.",
        written(end, end.activation if end.activation != "linear" else "", units)
        + ("" if low >= 0 else f", and y - ({low})"),
    )  # fmt: skip


def not_binary(end):
    """Targets beyond 0 and 1 under binary crossentropy."""
    y = end.y
    happens = "The loss has no floor: it falls below zero and on, as predictions come near 0 or 1."
    if set(np.unique(y.values)) <= {-1.0, 1.0}:
        yield found(
            end, "labels -1 and +1",
            f"{end.kind} takes labels 0 and 1, and the targets are -1 and +1.",
            happens, "(y + 1) / 2", targets=lambda y: (np.asarray(y) + 1) // 2,
        )  # fmt: skip
    elif y.whole and y.low >= 0 and y.high <= 20 and end.units == 1:
        yield found(
            end, "labels beyond 1",
            f"{end.kind} takes 0 and 1, and the targets go to {y.high:g}: several classes.",
            happens,
            f"{written(end, 'softmax', int(y.high) + 1)}, "
            'loss="sparse_categorical_crossentropy"',
        )  # fmt: skip
    else:
        mends = measured(y) and end.activation == "linear"
        yield found(
            end, "targets outside 0 to 1",
            f"{end.kind} takes targets from 0 to 1. They go from {y.low:.3g} to {y.high:.3g}.",
            happens, 'loss="mse"' if mends else 'y / y.max(), or loss="mse" with a linear output',
            loss="MeanSquaredError" if mends else None, settings={} if mends else None,
        )  # fmt: skip


def numbers(end):
    """Targets that are measured: what the output cannot reach, or not in time."""
    y = end.y
    if end.kind == "poisson" and end.activation in ("linear", "tanh", "elu", "selu"):
        yield found(
            end, "logarithm of negative predictions",
            f"poisson takes the logarithm of the output, and a {end.activation} one can be "
            "negative.",
            "The loss is nan as soon as one prediction is.", written(end, "exponential"),
        )  # fmt: skip
    if y is None or end.kind not in (*SCALED, "mean_absolute_percentage_error"):
        return
    low, high = REACH.get(end.activation, (-np.inf, np.inf))
    slack = 0.01 * (y.high - y.low)
    if end.units == 1 and end.activation == "softmax":
        return
    if y.low < low - slack or y.high > high + slack:
        span = "0 or more" if high == np.inf else f"from {low:g} to {high:g}"
        yield found(
            end, "targets out of reach",
            f"A {end.activation} output is {span}. The targets go from {y.low:g} to {y.high:g}.",
            "What lies outside is never predicted: the loss stops well above 0.",
            written(end, None),
        )  # fmt: skip
    elif end.kind in SCALED and y.size >= LARGE and end.activation and not moved(end):
        yield found(
            end, "targets not scaled",
            f"The targets go from {y.low:g} to {y.high:g}, and a new network predicts about 0.",
            "The loss is huge: small steps take ages to get there, larger ones end in nan.",
            "(y - y.mean()) / y.std()",
        )  # fmt: skip


def moved(end):
    """Whether the output's bias stands where the targets are already."""
    bias = getattr(end.layer, "bias", None)
    return bias is not None and float(np.max(np.abs(np.asarray(bias)))) > 0.1 * end.y.size


RULES = (shapes, values, numbers)

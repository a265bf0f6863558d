"""What is wrong with the targets of a loss: their shape and their values."""

import numpy as np

from anatomy.losses.doctor.outputs import REACH, RECURRENT
from anatomy.losses.doctor.repair import Change, ending, other, written
from anatomy.losses.doctor.rules import (
    BINARY,
    CATEGORICAL,
    NUMBERS,
    SCALED,
    SPARSE,
    suiting,
)

LARGE = 200.0  # root mean square of targets, far for an output that begins at about 0
BATCH = 7919  # a size of the batch axis that no other axis has
SLACK = 1e-6  # of rounding
STOPS = "fit() stops with an error about shapes."


def odd(output):
    """NaN or infinity among the targets."""
    if output.y is not None and output.y.odd is not None and output.kind:
        yield (
            "nan in the targets",
            f"The targets have NaN or infinity, first in row {output.y.odd}.",
            "The loss is nan from the first batch with such a row, and all weights with it.",
            Change("rows = np.isfinite(y); x[rows], y[rows]", targets=_finite, choice=True),
        )


def _finite(y):
    y = np.asarray(y)
    return y[np.isfinite(y.reshape(len(y), -1)).all(axis=1)]


def shapes(output):
    """Targets whose shape is not that of the output: broadcast in silence, or refused."""
    y, shape, kind = output.y, output.shape, output.kind
    if y is None or not shape or None in shape[1:] or kind == "ctc":
        return
    given, units = y.shape, shape[-1]
    if kind in SPARSE:
        if given in (shape[:-1], (*shape[:-1], 1)):
            return
        if given == shape and y.shares:
            yield _one_hot(output)
            return
    elif kind in CATEGORICAL and given in (shape[:-1], (*shape[:-1], 1)) and units > 1:
        if y.whole and y.low >= 0 and y.high < units:
            yield _integers(output)
            return
    elif kind in (*BINARY, *NUMBERS, *CATEGORICAL):
        a, b = _squeezed(given, shape)
        if a == b:
            return
        classes = y.classes() or y.bits * 2
        if kind in BINARY and units >= classes > 1 and given in (shape[:-1], (*shape[:-1], 1)):
            yield _numbers_of_classes(output)
            return
        if kind in NUMBERS and _spreads(a, b):
            more = np.prod(b[1:]) > np.prod(a[1:])
            yield (
                "targets broadcast",
                f"Targets of {given} stand against an output of {shape}.",
                "The smaller is repeated to the size of the larger, in silence: the loss falls, "
                + ("and every unit learns the same." if more
                   else "and a unit learns the mean of several targets."),
                *_reshaped(output),
            )  # fmt: skip
            return
    else:
        return
    wanted = shape[:-1] if kind in SPARSE else shape
    yield (
        "shapes that do not fit",
        f"{kind} takes targets of {wanted} for this output. They are {given}.",
        STOPS,
        *_reshaped(output),
    )


def _reshaped(output):
    """Changes that give the output the shape of the targets."""
    y, shape = output.y, output.shape
    yield from sequences(output, False)
    if len(shape) > 2 and len(y.shape) < len(shape):
        for name in ("Flatten", "GlobalAveragePooling1D"):
            yield Change(f"layers.{name}() before the last layer",
                         layers=lambda layers, name=name: _before_last(layers, name))  # fmt: skip
    size = y.shape[-1] if output.kind not in SPARSE else int(y.high) + 1
    if size and size != shape[-1] and len(y.shape) > 1:
        yield ending(output, output.activation.replace("linear", ""), size)
    if np.prod(y.shape[1:]) == np.prod(shape[1:]) and len(shape) > 1:
        sizes = tuple(shape[1:])
        yield Change(f"y.reshape((-1, {', '.join(map(str, sizes))}))",
                     targets=lambda y: np.reshape(y, (-1, *sizes)))  # fmt: skip


def sequences(output, wanted):
    """Changes to the last recurrent layer: whether it returns a sequence."""
    several = getattr(output.model, "layers", ())
    recurrent = [i for i, one in enumerate(several) if type(one).__name__ in RECURRENT]
    if recurrent and several[recurrent[-1]].return_sequences != wanted:
        last = recurrent[-1]
        code = f"layers.{type(several[last]).__name__}(..., return_sequences={wanted})"
        yield Change(code, layers=lambda layers: _with(layers, last, return_sequences=wanted))


def _copies(several):
    return [type(layer).from_config(layer.get_config()) for layer in several]


def _with(several, place, **settings):
    copies = _copies(several)
    kind, config = type(copies[place]), copies[place].get_config()
    copies[place] = kind.from_config(config | settings)
    return copies


def _before_last(several, name):
    import keras

    *first, last = _copies(several)
    return [*first, getattr(keras.layers, name)(), last]


def _squeezed(a, b):
    """Two shapes as Keras compares them: a last axis of 1 comes or goes where ranks differ by 1."""
    if len(a) == len(b) + 1 and a[-1] == 1:
        return (a, (*b, 1)) if len(b) == 1 else (a[:-1], b)
    if len(b) == len(a) + 1 and b[-1] == 1:
        return ((*a, 1), b) if len(a) == 1 else (a, b[:-1])
    return a, b


def _spreads(a, b):
    """Whether NumPy's rules broadcast two shapes that differ."""
    try:
        np.broadcast_shapes(*((BATCH, *shape[1:]) for shape in (a, b)))
    except ValueError:
        return False
    return True


def _one_hot(output):
    """One row of zeros and a 1 for each sample, where a class number is wanted."""
    return (
        "one-hot labels with sparse",
        f"{output.kind} takes the number of the class. The targets are rows of {output.y.shape}.",
        STOPS,
        other(output, "categorical_crossentropy"),
    )


def _integers(output):
    """The number of the class, where a row for each sample is wanted."""
    return (
        "integer labels with categorical",
        f"{output.kind} takes rows of {output.units}, and the targets are class numbers.",
        STOPS,
        other(output, "sparse_categorical_crossentropy"),
    )


def _numbers_of_classes(output):
    """Class numbers under a unit for each class and binary crossentropy."""
    return (
        "shapes that do not fit",
        f"{output.kind} takes targets of {output.shape} for this output. They are class numbers, "
        f"{output.y.shape}.",
        STOPS,
        ending(output, "softmax", loss="sparse_categorical_crossentropy"),
    )


def values(output):
    """Labels that the loss, or the units, do not have."""
    y, kind = output.y, output.kind
    if y is None or y.odd is not None:
        return
    if kind in BINARY and (y.low < -SLACK or y.high > 1 + SLACK):
        if output.shape and len(y.shape) < len(output.shape) - (output.units == 1):
            return  # their shape is the fault
        if output.units == 1 or y.shape == output.shape or y.signs or not y.classes():
            yield _not_binary(output)
    elif kind in SPARSE and output.units and output.units > 1:
        classes = y.values[y.values != output.settings.get("ignore_class")]
        if y.shape == output.shape and output.shape[-1] > 1 and (y.shares or not y.whole):
            return
        if np.any(classes != np.round(classes)):
            yield (
                "fractions as class numbers",
                f"{kind} takes whole numbers, and the targets have fractions.",
                "They are cut off to whole numbers without a word.",
                suiting(output),
            )
        elif classes.size and (classes.min() < 0 or classes.max() >= output.units):
            yield beyond(output, int(classes.min()), int(classes.max()))
    elif kind in (*CATEGORICAL, "kl_divergence", "poisson") and y.low < 0:
        yield (
            "negative targets",
            f"{kind} is of targets that are 0 or more, and the least is {y.low:g}.",
            "The loss falls below zero without end, or becomes nan.",
            suiting(output),
        )
    elif kind in (*CATEGORICAL, "kl_divergence") and y.wide and not (y.shares or y.bits):
        yield (
            "targets that are no distribution",
            f"{kind} compares distributions, and rows of the targets do not add up to 1.",
            "A row counts as much as it adds up to, and the least loss is not where both agree.",
            Change("y / y.sum(axis=-1, keepdims=True)",
                   targets=lambda y: np.asarray(y) / np.sum(y, axis=-1, keepdims=True)),
        )  # fmt: skip


def beyond(output, low, high):
    """A class number for which there is no unit."""
    units, activation = high - min(low, 0) + 1, output.activation.replace("linear", "")
    code, shift = written(output, activation, units), None
    if low < 0:
        code, shift = f"{code}, and y - ({low})", lambda y: np.asarray(y) - low
    return (
        "labels without a unit",
        f"The labels go from {low} to {high}, and the {output.units} units are for "
        f"0 to {output.units - 1}.",
        "Such a label costs nothing, or nan: the loss falls nicely, the class is never learnt.",
        Change(code, (activation, units), targets=shift),
    )


def _not_binary(output):
    """Targets beyond 0 and 1 under binary crossentropy."""
    y = output.y
    reason = "The loss has no floor: it falls below zero and on, as predictions come near 0 or 1."
    text = f"{output.kind} takes targets from 0 to 1. They go from {y.low:.3g} to {y.high:.3g}."
    if y.signs and 0 not in y.values:
        half = Change("(y + 1) / 2", targets=lambda y: (np.asarray(y) + 1) // 2)
        text = f"{output.kind} takes labels 0 and 1, and the targets are -1 and +1."
        return "labels -1 and +1", text, reason, half
    if output.units == 1 and y.classes():
        text = f"{output.kind} takes 0 and 1, and the targets go to {y.high:g}: several classes."
        return "labels beyond 1", text, reason, suiting(output)
    if y.measured and output.activation == "linear":
        changes = [Change('loss="mse"', loss="mse")]
    else:
        changes = [ending(output, None, loss="mse")]
        if y.low >= -1 and y.high <= 1:
            changes.insert(0, Change("(y + 1) / 2", targets=_halved, choice=True))
        elif y.low >= 0:
            most = float(y.high)
            scaled = Change(f"y / {most:g}", targets=lambda y: np.asarray(y) / most, choice=True)
            changes.insert(0, scaled)
    return "targets outside 0 to 1", text, reason, *changes


def _halved(y):
    return (np.asarray(y) + 1) / 2


def numbers(output):
    """Targets that are measured: what the output cannot reach, or not in time."""
    y, kind, activation = output.y, output.kind, output.activation
    if kind == "poisson" and activation in ("linear", "tanh", "elu", "selu"):
        yield (
            "logarithm of negative predictions",
            f"poisson takes the logarithm of the output, and a {activation} one can be negative.",
            "The loss is nan as soon as one prediction is.",
            ending(output, "exponential"),
        )
    percentage = "mean_absolute_percentage_error"
    if y is None or kind not in (*SCALED, percentage) or y.odd is not None:
        return
    if kind == percentage and np.any(y.values == 0):
        yield (
            "percentages of 0",
            f"{kind} divides by the targets, and some of them are 0.",
            "Keras divides by 0.0000001 instead: these rows are all that counts.",
            Change('loss="mae"', loss="mae"),
        )
    low, high = REACH.get(activation, (-np.inf, np.inf))
    if output.signal.scaled or output.signal.across:
        low, high = -np.inf, np.inf
    slack = 0.01 * (y.high - y.low)
    if output.units == 1 and activation == "softmax":
        return
    if y.low < low - slack or y.high > high + slack:
        span = "0 or more" if high == np.inf else f"from {low:g} to {high:g}"
        changes = [ending(output, None)]
        if type(output.layer).__name__ in RECURRENT:
            units = output.units
            changes = [Change(f"layers.Dense({units}) after the {type(output.layer).__name__}",
                              layers=lambda layers: _with_dense(layers, units))]  # fmt: skip
        yield (
            "targets out of reach",
            f"A {activation} output is {span}. The targets go from {y.low:g} to {y.high:g}.",
            "What lies outside is never predicted: the loss stops well above 0.",
            *changes,
        )
    elif kind in SCALED and y.size >= LARGE and activation and _far(output):
        if y.low == y.high:
            yield (
                "targets that are all alike",
                f"All targets are {y.low:g}: there is nothing to learn from the inputs.",
                "A bias alone predicts them, and small steps take long to get there.",
            )
            return
        code = "(y - y.mean()) / y.std()"
        yield (
            "targets not scaled",
            f"The targets go from {y.low:g} to {y.high:g}, and a new network predicts about 0.",
            "The loss is huge: small steps take ages to get there, larger ones end in nan.",
            Change(code, targets=_scaled, choice=True),
            Change(f"{code}, {written(output, None)}", (None, None), targets=_scaled),
        )  # fmt: skip


def _scaled(y):
    return (np.asarray(y) - np.mean(y)) / np.std(y)


def _with_dense(several, units):
    import keras

    return [*_copies(several), keras.layers.Dense(units)]


def _far(output):
    """Whether the output of a model that has not been trained begins far from its targets."""
    if output.signal.scaled or output.trained:
        return False
    bias = getattr(output.layer, "bias", None)
    return bias is None or float(np.max(np.abs(np.asarray(bias)))) <= 0.1 * output.y.size


RULES = (odd, shapes, values, numbers)

"""What is wrong with an output and its loss: one rule for each mistake."""

import numpy as np

from anatomy.losses.doctor.outputs import ANY, REACH, SQUASHES
from anatomy.losses.doctor.repair import Change, ending, other, written

BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
CATEGORICAL = ("categorical_crossentropy", "categorical_focal_crossentropy")
SPARSE = ("sparse_categorical_crossentropy", "categorical_generalized_cross_entropy")
EXCLUSIVE = CATEGORICAL + SPARSE
CROSSENTROPY = BINARY + EXCLUSIVE
SCALED = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
LARGEST = 1_000_000  # numbers of a kernel that is looked at
HINGES = ("hinge", "squared_hinge")
NUMBERS = (*SCALED, *HINGES, "mean_squared_logarithmic_error", "mean_absolute_percentage_error",
           "poisson")  # fmt: skip


def suiting(output):
    """The ending that suits the targets: labels of two classes, of several, or measured values."""
    y = output.y
    if y is None or y.bits:
        return ending(output, "sigmoid", 1, "binary_crossentropy")
    if n := y.classes():
        return ending(output, "softmax", n, "sparse_categorical_crossentropy")
    return ending(output, None, y.shape[-1] if len(y.shape) > 1 else 1, "mse")


def single(output):
    """One unit where the classes share out a whole."""
    if output.units != 1:
        return
    y = output.y
    if output.activation == "softmax" and output.kind:
        yield (
            "softmax of one unit",
            "Softmax shares 1 out among the units of an output, and this one has a single unit.",
            "Every prediction is 1, whatever the weights: the loss stays as it is.",
            suiting(output),
        )
    elif output.kind in EXCLUSIVE:
        fits = output.activation in ("sigmoid", "linear") and y is not None and y.bits
        fits = fits and y.shape in ((None,), (None, 1)) and output.shape in (None, (None, 1))
        logits = output.logits or output.activation == "linear"
        binary = other(output, "binary_crossentropy", from_logits=logits)
        yield (
            "one unit for classes",
            f"{output.kind} compares the units of an output with each other, "
            "and this one has a single unit.",
            "It is scaled to a share of 1: the loss is 0 from the first epoch, nothing is learnt.",
            binary if fits else suiting(output),
        )


def logits(output):
    """Whether the loss takes the output for what it is: probabilities, or any numbers."""
    kind, activation = output.kind, output.activation
    if kind not in CROSSENTROPY or (output.units == 1 and kind in EXCLUSIVE):
        return
    squash = "sigmoid" if kind in BINARY else "softmax"
    bare = ending(output, None)
    if output.logits and activation in SQUASHES:
        same = activation in (squash, "softmax")
        what = "another" if activation == squash else f"a {squash}"
        yield (
            "probabilities as logits",
            f"The output has a {activation}, and from_logits=True has the loss apply {what}.",
            "Squashed twice, no prediction can come near 0 or 1: the loss stays high.",
            other(output, from_logits=False) if same else bare,
        )
    elif output.logits and kind in BINARY and activation in ("relu", "relu6"):
        yield (
            "relu before from_logits",
            "A relu leaves no logit below 0, so no probability below one half.",
            "The loss never sees a confident 0, and a unit that is off learns no more.",
            bare,
        )
    elif kind in BINARY and output.y is not None and output.y.measured:
        return  # from_logits would not help
    elif not output.logits and activation == "linear":
        without = kind == "categorical_generalized_cross_entropy"  # it has no from_logits
        change = ending(output, squash) if without else other(output, from_logits=True)
        yield (
            "from_logits forgotten",
            f"The output is linear, any number, and {kind} takes probabilities.",
            "Numbers outside 0 to 1 are cut off and teach nothing: it trains badly, in silence.",
            change,
        )
    elif not output.logits and activation in ANY:
        yield (
            "no probabilities",
            f"The output of {activation} is no probability; {kind} takes probabilities.",
            "What is outside 0 to 1 is cut off: the loss jumps, sticks or becomes nan.",
            ending(output, squash),
            ending(output, "softmax"),
        )


def squashed(output):
    """Softmax or sigmoid on top of each other; softmax along another axis than the classes."""
    if first := output.signal.twice:
        yield (
            "squashed twice",
            f"A {output.activation} follows on a {first}, whose outputs are 0 to 1.",
            "No prediction can come near 0 or 1: the loss stays high.",
            Change(written(output, None) + f" before the {output.activation}", ("linear", None)),
        )
    if output.signal.across:
        yield (
            "softmax over the width",
            f"The channels of the output are its axis 1, {output.shape}, and softmax runs over "
            "the last axis.",
            "The pixels of a row add up to 1, and the classes of a pixel do not.",
            Change(f"{written(output, None)}, layers.Softmax(axis=1)", layers=_over_channels),
        )


def _over_channels(several):
    import keras

    *first, last = (type(layer).from_config(layer.get_config()) for layer in several)
    last.activation = keras.activations.linear
    return [*first, last, keras.layers.Softmax(axis=1)]


def exclusive(output):
    """Sigmoid units for classes that exclude each other, softmax for those that do not."""
    if not output.units or output.units < 2:
        return
    y, kind, sigmoid = output.y, output.kind, output.activation == "sigmoid"
    independent = ending(output, "sigmoid", loss="binary_crossentropy")
    if sigmoid and kind in EXCLUSIVE and not output.logits:
        several = y is not None and kind in CATEGORICAL and y.several
        yield (
            "sigmoid units for exclusive classes",
            f"Each sigmoid stands for itself, and {kind} is of units that share out 1.",
            "Only the ratio of the units is trained: they are no probabilities of their own.",
            independent if several else ending(output, "softmax"),
        )
    elif sigmoid and kind in BINARY and y is not None and y.one_hot:
        yield (
            "sigmoid units for exclusive classes",
            "Every row of the targets has one class alone, and each sigmoid stands for itself.",
            "The predictions of a sample need not add up to 1: two classes, or none, can win.",
            ending(output, "softmax", loss="categorical_crossentropy"),
        )
    shared = output.activation == "softmax" or (kind in CATEGORICAL and output.logits)
    if shared and kind in BINARY + CATEGORICAL and y is not None and y.several:
        yield (
            "softmax for independent classes",
            "Rows of the targets have several classes, and softmax shares a single 1 out to all.",
            "Two classes cannot both come near 1: the loss stays high.",
            independent,
        )


def divergence(output):
    """KL divergence of what is no distribution."""
    if output.kind != "kl_divergence" or output.units in (None, 1):
        return
    if output.activation in (*REACH, *ANY) and output.activation != "softmax":
        yield (
            "no distribution",
            f"kl_divergence compares distributions, and a row of {output.activation} outputs "
            "need not add up to 1.",
            "The loss falls below zero: larger outputs lower it, whatever the targets.",
            ending(output, "softmax"),
        )


def hinge(output):
    """Hinge losses of an output that cannot reach -1."""
    low, _ = REACH.get(output.activation, (-1, 1))
    if output.kind in HINGES and low > -1:
        yield (
            "hinge above zero",
            f"{output.kind} wants -1 for one class and +1 for the other, and a "
            f"{output.activation} output is {low} or more.",
            "The loss of every sample of the class -1 stays at 1 or more.",
            ending(output, "tanh"),
        )


def zeros(output):
    """Kernels that all begin at zero."""
    if output.place or output.trained or output.model is None:
        return
    weights = output.model.trainable_weights
    kernels = [w for w in weights if w.path.endswith("/kernel") and np.prod(w.shape) < LARGEST]
    try:
        still = [not np.any(kernel) for kernel in kernels]
    except Exception:  # it has no values yet
        return
    if sum(still) > 1:
        yield (
            "kernels of zeros",
            f"{sum(still)} kernels are all zeros.",
            "Each gets its gradient through the other, so all are 0: only biases are learnt.",
            Change('kernel_initializer="glorot_uniform"', layers=_drawn),
        )


def _drawn(several):
    layers = []
    for layer in several:
        config = layer.get_config()
        if "kernel_initializer" in config:
            config["kernel_initializer"] = "glorot_uniform"
        layers.append(type(layer).from_config(config))
    return layers


def metrics(output):
    """Accuracy of what it cannot count."""
    import keras

    named = [m for m in output.metrics if m in ("accuracy", "acc")]
    y = output.y
    if not named or y is None or output.name:
        return
    rest = [m for m in output.metrics if m not in named]
    if output.kind in (*SCALED, "mean_absolute_percentage_error") and not y.whole:
        yield (
            "accuracy of measured targets",
            "accuracy counts predictions that are equal to their targets, and these are measured.",
            "It stays at 0, however good the predictions are. The loss is not touched by it.",
            Change('metrics=["mae"]', metrics=[*rest, "mae"]),
        )
    elif output.kind in HINGES and y.signs:
        yield (
            "accuracy of -1 and +1",
            "accuracy takes an output for class 1 or 0, and the targets are -1 and +1.",
            "No sample of the class -1 is ever counted as right. The loss is not touched by it.",
            Change("y > 0, metrics=[keras.metrics.BinaryAccuracy(threshold=0)]",
                   targets=lambda y: (y > 0) * 1,
                   metrics=[*rest, keras.metrics.BinaryAccuracy(threshold=0)]),
        )  # fmt: skip
    elif output.kind in BINARY and output.logits and output.activation == "linear":
        yield (
            "accuracy of logits",
            "accuracy cuts at 0.5, and the output is a logit, whose probability is one half at 0.",
            "Logits between 0 and 0.5 count as class 0. The loss is not touched by it.",
            Change("metrics=[keras.metrics.BinaryAccuracy(threshold=0)]",
                   metrics=[*rest, keras.metrics.BinaryAccuracy(threshold=0)]),
        )  # fmt: skip


RULES = (single, logits, squashed, exclusive, divergence, hinge, zeros, metrics)

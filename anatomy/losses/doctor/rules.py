"""The rules of the loss doctor, as one table.

In the sentences {o} is the output, {y} its targets, and {it} what the condition found.
"""

import numpy as np

from anatomy.losses.doctor import conditions as when
from anatomy.losses.doctor import repair as to
from anatomy.losses.doctor.conditions import BINARY, CATEGORICAL, EXCLUSIVE, HINGES, SPARSE

STOPS = "fit() stops with an error about shapes."
SILENT = "The loss is not touched by it."
NO_FLOOR = "The loss has no floor: it falls below zero and on, as predictions come near 0 or 1."


# A row: "if", or "else" where it is asked only as long as no row from the last "if" on applies;
# the name of the fault; the changes to try, of which the first that works is proposed, or the
# expression for the targets instead; when it is there, a function of the output o, or of o and of
# targets y that are there and finite; what is wrong; and what training would do.
RULES = (
    ("if", "softmax of one unit", to.endings,
     lambda o: o.units == 1 and o.activation == "softmax" and o.kind,
     "Softmax shares 1 out among the units of an output, and this one has a single unit.",
     "Every prediction is 1, whatever the weights: the loss stays as it is."),
    ("else", "one unit for classes", to.endings, lambda o: o.units == 1 and o.kind in EXCLUSIVE,
     "{o.kind} compares the units of an output with each other, and this one has a single unit.",
     "It is scaled to a share of 1: the loss is 0 from the first epoch, nothing is learned."),
    ("else", "cosine of one unit", lambda o, it: [to.other(o, "mean_squared_error")],
     lambda o: o.units == 1 and o.kind == "cosine_similarity",
     "{o.kind} compares directions, and of a single number only the sign is left.",
     "The loss is -1 or +1 for each sample, its gradient 0: nothing is learned."),
    ("if", "probabilities as logits",
     lambda o, it: [to.other(o, from_logits=False), to.ending(o, None)],
     when.squashed_again,
     "The output has a {o.activation}, and the loss applies another: {it}.",
     "Squashed twice, no prediction can come near 0 or 1: the loss stays high."),
    ("if", "relu before from_logits", to.endings,
     lambda o: o.logits and o.kind in BINARY and o.activation in ("relu", "relu6"),
     "A relu leaves no logit below 0, so no probability below one half.",
     "The loss never sees a confident 0, and a unit that is off learns no more."),
    ("if", "from_logits forgotten",
     lambda o, it: [to.other(o, from_logits=True), *to.endings(o, it)],
     lambda o: when.probable(o) and not o.logits and o.activation == "linear",
     "The output is linear, any number, and {o.kind} takes probabilities.",
     "Numbers outside 0 to 1 are cut off and teach nothing: it trains badly, in silence."),
    ("else", "no probabilities", to.endings, when.improbable,
     "The output of {o.activation} is no probability; {o.kind} takes probabilities.",
     "What is outside 0 to 1 is cut off: the loss jumps, sticks or becomes nan."),
    ("if", "squashed twice", to.earlier, lambda o: o.signal.twice,
     "A {o.activation} follows on a {it}, whose outputs are 0 to 1.",
     "No prediction can come near 0 or 1: the loss stays high."),
    ("if", "softmax over the width", to.along_channels, lambda o: o.signal.across,
     "The channels of the output are axis 1 of {o.shape}, and softmax runs over the last axis.",
     "The pixels of a row add up to 1, and the classes of a pixel do not."),
    ("if", "sigmoid units for exclusive classes", to.endings, when.apart,
     "Each sigmoid stands for itself, and {it} of a single class for each sample.",
     "The predictions of a sample need not add up to 1: two classes, or none, can win."),
    ("if", "softmax for independent classes", to.endings, lambda o, y: y.several and when.shared(o),
     "Rows of the targets have several classes, and softmax shares a single 1 out to all.",
     "Two classes cannot both come near 1: the loss stays high."),
    ("if", "no distribution", to.endings, when.loose,
     "{o.kind} compares distributions; a row of {o.activation} outputs need not add up to 1.",
     "The loss falls below zero: larger outputs lower it, whatever the targets."),
    ("if", "hinge above zero", to.endings, lambda o: o.kind in HINGES and o.signal.ends[0] > -1,
     "{o.kind} wants -1 for one class, +1 for the other, and {o.activation} is 0 or more.",
     "The loss of every sample of the class -1 stays at 1 or more."),
    ("if", "logarithm of negative predictions", lambda o, it: [to.ending(o, "exponential")],
     lambda o: o.kind == "poisson" and o.activation in ("linear", "tanh", "elu", "selu"),
     "poisson takes the logarithm of the output, and a {o.activation} one can be negative.",
     "The loss is nan as soon as one prediction is."),
    ("if", "kernels of one number", to.drawn, when.copied,
     "All numbers in the kernel of {it} are alike at first, so its units are copies of each other.",
     "They get the same gradients, or none, and stay copies: it learns no more than one unit can."),
    ("if", "loss of another kind", lambda o, it: [to.other(o, "categorical_crossentropy")],
     when.unmatched,
     "{o.kind} takes the one-hot rows for {it}; they are the one class of a sample.",
     "It trains all the same; categorical_crossentropy is the loss that belongs to a softmax."),
    ("if", "accuracy of -1 and +1", to.from_signs, when.signed,
     "accuracy takes an output for class 1 or 0, and the targets are -1 and +1.",
     f"No sample of the class -1 is ever counted as right. {SILENT}"),
    ("else", "accuracy of measured targets", lambda o, it: to.metric(o, "mae"),
     when.apart_from, "accuracy {it}. The targets go from {y.low:g} to {y.high:g}.",
     f"It does not tell how near the predictions come. {SILENT}"),
    ("if", "accuracy of equal numbers", lambda o, it: to.metric(o, "accuracy"), when.exact,
     "keras.metrics.Accuracy() counts outputs that equal their targets, and no probability does.",
     f"It stays near 0, however good the predictions are. {SILENT}"),
    ("if", "accuracy of logits", lambda o, it: to.metric(o, to.AT_0),
     lambda o, y: when.halves(o) and o.kind in BINARY and o.logits and o.activation == "linear",
     "accuracy cuts at 0.5, and the output is a logit, whose probability is one half at 0.",
     f"Logits between 0 and 0.5 count as class 0. {SILENT}"),
    ("if", "metric of logits", lambda o, it: to.metric(o, when.CUTS[it], it), when.uncut,
     "{it} is of probabilities, from 0 to 1, and the output is a logit, any number.",
     f"Logits below 0 and above 1 count as if they were 0 and 1. {SILENT}"),
    ("if", "accuracy of other targets", lambda o, it: to.metric(o, "accuracy", it), when.of_others,
     "{it} is of targets of another form than {o.kind} takes.",
     f"It counts what nobody asked for, or stops fit(). {SILENT}"),
    ("if", "nan in the targets", to.finite,
     lambda o: o.y is not None and o.y.odd is not None and o.kind,
     "The targets have NaN or infinity, first in row {y.odd}.",
     "The loss is nan from the first batch with such a row, and all weights with it."),
    ("if", "one-hot labels with sparse", lambda o, it: [to.other(o, "categorical_crossentropy")],
     lambda o, y: when.misfit(o, y) and o.kind in SPARSE and y.shape == o.shape and y.shares,
     "{o.kind} takes the number of the class. The targets are one-hot rows, {y.given}.",
     STOPS),
    ("else", "integer labels with categorical",
     lambda o, it: [to.other(o, "sparse_categorical_crossentropy")],
     lambda o, y: when.misfit(o, y) and o.kind in CATEGORICAL and when.class_numbers(o, y),
     "{o.kind} takes rows of {o.units}, and the targets are class numbers.",
     STOPS),
    ("else", "targets broadcast", to.reshaped, when.spreads,
     "Targets of {y.shape} stand against an output of {o.shape}.",
     "The smaller is repeated to the size of the larger, in silence: the loss falls, and units "
     "learn copies, or the mean of several targets."),
    ("else", "shapes that do not fit",
     to.reshaped, when.misfit,
     "{o.kind} takes targets of {it} for this output. They are {y.shape}.",
     STOPS),
    ("if", "labels -1 and +1", "(y + 1) / 2",
     lambda o, y: when.outside(o, y) and y.signs and 0 not in y.values,
     "{o.kind} takes labels 0 and 1, and the targets are -1 and +1.",
     NO_FLOOR),
    ("else", "labels beyond 1", to.endings,
     lambda o, y: when.outside(o, y) and o.units == 1 and y.classes(),
     "{o.kind} takes 0 and 1, and the targets go to {y.high:g}: several classes.",
     NO_FLOOR),
    ("else", "targets outside 0 to 1", to.within, when.outside,
     "{o.kind} takes targets from 0 to 1. They go from {y.low:.3g} to {y.high:.3g}.",
     NO_FLOOR),
    ("if", "fractions as class numbers", to.endings, lambda o, y: np.any(when.numbered(o, y) % 1),
     "{o.kind} takes whole numbers, and the targets have fractions.",
     "They are cut off to whole numbers without a word."),
    ("else", "labels without a unit", to.more_units, when.beyond,
     "The labels go from {it[0]} to {it[1]}; there are {o.units} units, for 0 and up.",
     "Such a label costs nothing, or nan: the loss falls nicely, the class is never learned."),
    ("if", "negative targets", to.endings,
     lambda o, y: o.kind in (*when.DISTRIBUTIONS, "poisson") and y.low < 0,
     "{o.kind} is of targets that are 0 or more, and the least is {y.low:g}.",
     "The loss falls below zero without end, or becomes nan."),
    ("else", "targets that are no distribution", "y / y.sum(axis=-1, keepdims=True)",
     lambda o, y: o.kind in when.DISTRIBUTIONS and y.wide and not y.shares and not y.several,
     "{o.kind} compares distributions, and rows of the targets do not add up to 1.",
     "A row counts as much as it adds up to, and the least loss is not where both agree."),
    ("else", "negative targets of a logarithm", to.absolute,
     lambda o, y: o.kind == when.LOGARITHMIC and y.low < 0,
     "{o.kind} takes the logarithm of 1 + the targets, and the least is {y.low:g}.",
     "Keras puts 0 for it: what is below 0 is never learnt."),
    ("if", "percentages of 0", to.absolute,
     lambda o, y: o.kind == when.PERCENTAGE and np.any(y.values == 0),
     "{o.kind} divides by the targets, and some of them are 0.",
     "Keras divides by 0.0000001 instead: these rows are all that counts."),
    ("if", "targets out of reach", to.either, when.unreachable,
     "A {o.activation} output is {it}. The targets go from {y.low:g} to {y.high:g}.",
     "What lies outside is never predicted: the loss stops well above 0."),
    ("else", "targets that are all alike", "",
     lambda o, y: when.far(o, y) and y.low == y.high,
     "All targets are {y.low:g}: there is nothing to learn from the inputs.",
     "A bias alone predicts them, and small steps take long to get there."),
    ("else", "targets not scaled", to.standardized, when.far,
     "The targets go from {y.low:g} to {y.high:g}, and a new network predicts about 0.",
     "The loss is huge: small steps take ages to get there, larger ones end in nan."),
    ("if", "no sequence for ctc", to.decoded, lambda o: o.kind == "ctc" and when.sequence(o),
     "ctc takes outputs of (None, frames, classes), labels of (None, length); {it}.",
     STOPS),
    ("else", "padding that is not 0", "np.where(y == {it}, 0, y)", when.padding,
     "The targets have {it}, which has no unit; keras.losses.CTC pads with 0.",
     "Each counts as one label more, and one that costs nothing: the loss is wrong."),
    ("else", "blank among the labels", to.counted, when.inner_blank,
     "0 is the blank and the padding of keras.losses.CTC, and labels follow upon a 0.",
     "Keras counts the labels without the zeros and cuts as many off at the end."),
    ("if", "labels longer than the frames", "", when.too_long,
     "A label needs {it[0]} frames, one for each and a blank between two alike. "
     "The output has {it[1]}.",
     "No path spells it: its loss is about 100,000 and teaches nothing. Fewer strides or poolings "
     "before the output leave it more frames."),
)  # fmt: skip


#: Of the numbers or of a metric: the loss does what it should, only slowly, or is not touched.
MILD = ("accuracy", "metric", "targets not", "targets that are all", "kernels of", "loss of")


def faults(output, mild=True):
    """Yields (name, wrong, happens, changes) of all that is wrong with an output.

    ``mild``: whether `MILD` faults too, some of which depend on the values of weights.
    """
    found, y = None, output.y
    for begins, name, changes, condition, wrong, happens in RULES:
        found = found if begins == "else" else None
        asked = (output, y)[: condition.__code__.co_argcount]
        if not mild and name.startswith(MILD):
            continue
        if found or (len(asked) == 2 and (y is None or y.odd is not None)):
            continue
        if found := condition(*asked):
            facts = {"o": output, "y": y, "it": found}
            text = isinstance(changes, str)
            several = [to.of_targets(changes.format(**facts))] if text else changes(output, found)
            yield name, wrong.format(**facts), happens.format(**facts), filter(None, several)

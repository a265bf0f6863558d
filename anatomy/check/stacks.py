"""Stacks of layers: shapes and numbers of parameters, predicted; and stacks repaired."""

from numbers import Integral

import numpy as np

from anatomy import layers
from anatomy.check.verdict import Verdict, judged
from anatomy.data import calls
from anatomy.layers.shapes import in_words, inner
from anatomy.training.step import trial

CLASSES = calls.each(
    calls.rule(
        "a class, such as layers.LSTM, or a tuple of which any will do",
        lambda one: all(isinstance(kind, type) for kind in np.atleast_1d(one)),
    )
)


@judged("Put a shape in place of the dots, such as (None, 10).", given=calls.listed)
def shape(answer, given, input_shape):
    """Whether the answer is the output shape of these layers.

    Args:
        answer: tuple, None for the batch axis, such as (None, 10); ``...`` for no answer yet.
        given: list of layers that fit onto each other.
        input_shape: tuple without the batch axis.

    Returns:
        Verdict: the hint says at which axis to look.
    """
    truth = layers.stack(input_shape, given).joints[-1].output_shape
    if not isinstance(answer, tuple | list):
        wanted = "write a tuple such as (None, 10)"
        return Verdict(False, f"{calls.shown(answer)} is not a shape: {wanted}.")
    if tuple(answer) == truth:
        return Verdict(True, f"Keras infers {truth} too: {in_words(truth)}.")
    if len(answer) != len(truth):
        question = "Which does the last layer keep, and is the batch axis, None, among them?"
        return Verdict(False, f"{tuple(answer)} has {len(answer)} axes. {question}")
    if answer[0] is not None:
        return Verdict(False, "The first axis is the batch: any number of samples, so None.")
    wrong = next(i for i, (a, b) in enumerate(zip(answer, truth, strict=True)) if a != b)
    return Verdict(False, f"Look at axis {wrong} again: {layers.axes(truth)[wrong - 1]}.")


@judged("Put a number in place of the dots.")
def parameters(answer, layer, input_shape):
    """Whether the answer is the number of parameters of a layer.

    Args:
        answer: integer; ``...`` for no answer yet.
        layer: a ``keras.layers.Layer``.
        input_shape: tuple without the batch axis.

    Returns:
        Verdict: the hint says which weights to count.
    """
    facts = layers.facts(layer, input_shape)
    if not isinstance(answer, Integral) or isinstance(answer, bool):
        return Verdict(False, f"{calls.shown(answer)} is not a whole number.")
    if answer == facts.parameters:
        sums = " + ".join(f"{w.derived} ({w.name})" for w in facts.weights)
        return Verdict(True, f"{sums or 'no weights'} = {facts.parameters:,}.")
    for weight in facts.weights:
        if answer == facts.parameters - weight.count:
            return Verdict(False, f"One tensor of weights is missing: the {weight.name}.")
    names = " and ".join(weight.name for weight in facts.weights) or "none at all"
    return Verdict(False, f"The weights are: {names}. Write down the shape of each, and multiply.")


@judged(
    "Put a list of layers in place of the dots.", parameters=calls.count(),
    needs=CLASSES, without=CLASSES,
)  # fmt: skip
def repaired(answer, input_shape, outputs, parameters=None, *, needs=(), without=(), least=1):
    """Whether these layers fit onto each other, are those that were asked for, and train a step.

    Args:
        answer: list of layers; ``...`` for no answer yet.
        input_shape: tuple without the batch axis.
        outputs: tuple without the batch axis, the output shape of the last layer.
        parameters: how many numbers all of them may learn at most; None for any.
        needs: layer classes that are among them, in this order, such as ``layers.LSTM`` twice;
            inside a wrapper too. A tuple of classes stands for any of these.
        without: layer classes that are not among them.
        least: how many layers there are at least; one that outputs what it reads does not count.

    Returns:
        Verdict: the hint is the first joint that breaks, layers counted from 1, and why; or what
        was asked for and is not there.
    """
    if isinstance(answer, list) and not answer:
        return Verdict(False, "There is no layer in it.")
    stack = layers.stack(input_shape, answer, outputs=outputs)
    if stack.broken:
        return Verdict(False, f"At layer {stack.broken.index + 1}: {stack.broken.why}")
    model = stack.model()
    count = model.count_params()
    change = f"{in_words(stack.input_shape)} becomes {in_words((None, *outputs))}"
    if parameters is not None:
        change += f", with {count:,} parameters"
        if count > parameters:
            return Verdict(False, f"They fit: {change}. At most {parameters:,} are allowed.")
    if not model.trainable_weights:
        return Verdict(False, f"They fit: {change}. None of them learns anything.")
    if missing := avoided(answer, needs, without):
        return Verdict(False, f"They fit: {change}. {missing}")
    reads = [j.input_shape[1] for j in stack.joints if hasattr(inner(j.layer), "return_sequences")]
    if needs and 1 in reads and input_shape[0] != 1:
        return Verdict(False, f"They fit: {change}. A layer of sequences reads a single timestep.")
    if least > 1 and (busy := working(model, input_shape)) < least:
        text = f"Of them {busy} do something to what they read; at least {least} should."
        return Verdict(False, f"They fit: {change}. {text}")
    if np.ptp(model(_drawn(input_shape)), axis=0).max() == 0:
        return Verdict(False, f"They fit: {change}. Whatever they read, they output the same.")
    if error := trial(model):
        return Verdict(False, f"They fit, and cannot be trained: {error}")
    return Verdict(True, f"{change}.")


def avoided(answer, needs, without):
    """What was asked of the kinds of the layers and does not hold, as a sentence; or ""."""
    several = list(dict.fromkeys(_inside(answer)))
    for kind in without:
        if any(isinstance(one, kind) for one in several):
            return f"Try it without {kind.__name__}."
    rest = iter(several)
    if all(any(isinstance(one, kind) for one in rest) for kind in needs):
        return ""
    names = [" or ".join(one.__name__ for one in np.ravel(kind)) for kind in needs]
    return f"What was asked for has {', then '.join(names)}."


def _inside(several):
    """Layers, with those in wrappers and models in their place."""
    for one in map(inner, several):
        yield from _inside(one.layers) if hasattr(one, "layers") else [one]


def working(model, input_shape):
    """How many layers of a stack output anything but what they read."""
    x, count = _drawn(input_shape), 0
    for layer in model.layers:
        outputs = np.asarray(layer(x, training=True))
        count += not np.array_equal(outputs.ravel(), x.ravel())
        x = outputs
    return count


def _drawn(input_shape):
    """Samples drawn at random, so many that no relu is at 0 for all of them."""
    shape = 16, *(size or 5 for size in input_shape)
    return np.random.default_rng(0).normal(size=shape).astype("float32")

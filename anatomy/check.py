"""Exercises, checked by what an answer does.

Each check takes the answer first and returns a `Verdict`, which a notebook shows as a sentence.
An answer of ``...`` is none yet; a wrong one gets a hint; what an answer raises is told.
"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from anatomy import layers
from anatomy.training import readable


@dataclass(frozen=True)
class Verdict:
    """What became of an answer: ``right`` is True, False, or None for no answer yet."""

    right: bool | None
    text: str

    def __bool__(self):
        return self.right is True

    def __repr__(self):
        return {True: "Right. ", False: "Not yet. ", None: "No answer yet. "}[
            self.right
        ] + self.text


def shape(answer, given, input_shape):
    """Whether the answer is the shape of what these layers hand on.

    Args:
        answer: tuple, None for the batch axis, such as (None, 10); ``...`` for no answer yet.
        given: list of layers that fit onto each other.
        input_shape: tuple without the batch axis.

    Returns:
        Verdict: the hint says at which axis to look.
    """
    if answer is ...:
        return Verdict(None, "Put a shape in place of the dots, such as (None, 10).")
    truth = layers.stack(input_shape, given).joints[-1].output_shape
    if not isinstance(answer, tuple | list):
        return Verdict(False, f"{answer!r} is not a shape: write a tuple such as (None, 10).")
    if tuple(answer) == truth:
        return Verdict(True, f"Keras infers {truth} too: {in_words(truth)}.")
    if len(answer) != len(truth):
        return Verdict(
            False,
            f"{tuple(answer)} has {len(answer)} axes. Which does the last layer keep, and "
            "is the batch axis, None, among them?",
        )
    if answer[0] is not None:
        return Verdict(False, "The first axis is the batch: any number of samples, so None.")
    wrong = next(i for i, (a, b) in enumerate(zip(answer, truth, strict=True)) if a != b)
    return Verdict(False, f"Look at axis {wrong} again: {layers.axes(truth)[wrong - 1]}.")


def parameters(answer, layer, input_shape):
    """Whether the answer is the number of parameters of a layer.

    Args:
        answer: integer; ``...`` for no answer yet.
        layer: a ``keras.layers.Layer``.
        input_shape: tuple without the batch axis.

    Returns:
        Verdict: the hint says which weights to count.
    """
    if answer is ...:
        return Verdict(None, "Put a number in place of the dots.")
    facts = layers.facts(layer, input_shape)
    sums = " + ".join(f"{w.derived} ({w.name})" for w in facts.weights)
    if not isinstance(answer, Integral):
        return Verdict(False, f"{answer!r} is not a whole number.")
    if answer == facts.parameters:
        return Verdict(True, f"{sums or 'no weights'} = {facts.parameters:,}.")
    for weight in facts.weights:
        if answer == facts.parameters - weight.count:
            return Verdict(False, f"One tensor of weights is missing: the {weight.name}.")
    names = " and ".join(weight.name for weight in facts.weights) or "none at all"
    return Verdict(False, f"The weights are: {names}. Write down the shape of each, and multiply.")


def mended(answer, input_shape, outputs):
    """Whether these layers fit onto the input and onto each other, and take a training step.

    Args:
        answer: list of layers; ``...`` for no answer yet.
        input_shape: tuple without the batch axis.
        outputs: tuple without the batch axis, what the last layer has to hand on.

    Returns:
        Verdict: the hint is the first joint that breaks, and why.
    """
    import keras

    if answer is ...:
        return Verdict(None, "Put a list of layers in place of the dots.")
    try:
        stack = layers.stack(input_shape, answer, outputs=outputs)
        if stack.broken:
            return Verdict(False, f"At layer {stack.broken.index}: {stack.broken.why}")
        model = stack.model()
        model.compile("sgd", keras.losses.MeanSquaredError())
        x, y = np.zeros((2, *input_shape), "float32"), np.zeros((2, *outputs), "float32")
        model.train_on_batch(x, y)
    except Exception as error:  # an answer may be anything
        return Verdict(False, readable(error))
    return Verdict(True, f"{in_words(stack.input_shape)} become {in_words((None, *outputs))}.")


def in_words(shape):
    """(None, 28, 28) -> "28 timesteps of 28 features"."""
    names = layers.axes(shape)
    sizes = [f"{size} {name}" for size, name in zip(shape[1:], names, strict=True)]
    return " of ".join(sizes) if len(sizes) < 3 else " × ".join(sizes)

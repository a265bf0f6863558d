"""Stacks of layers: shapes and numbers of parameters, predicted; and stacks repaired."""

from numbers import Integral

from anatomy import layers
from anatomy.check.verdict import Verdict, judged
from anatomy.training.trial import trial


@judged("Put a shape in place of the dots, such as (None, 10).")
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
    if not isinstance(answer, Integral):
        return Verdict(False, f"{answer!r} is not a whole number.")
    if answer == facts.parameters:
        sums = " + ".join(f"{w.derived} ({w.name})" for w in facts.weights)
        return Verdict(True, f"{sums or 'no weights'} = {facts.parameters:,}.")
    for weight in facts.weights:
        if answer == facts.parameters - weight.count:
            return Verdict(False, f"One tensor of weights is missing: the {weight.name}.")
    names = " and ".join(weight.name for weight in facts.weights) or "none at all"
    return Verdict(False, f"The weights are: {names}. Write down the shape of each, and multiply.")


@judged("Put a list of layers in place of the dots.")
def repaired(answer, input_shape, outputs, parameters=None):
    """Whether these layers fit onto the input and onto each other, and take a training step.

    Args:
        answer: list of layers; ``...`` for no answer yet.
        input_shape: tuple without the batch axis.
        outputs: tuple without the batch axis, the output shape of the last layer.
        parameters: how many numbers all of them may learn at most; None for any.

    Returns:
        Verdict: the hint is the first joint that breaks, and why.
    """
    if isinstance(answer, list) and not answer:
        return Verdict(False, "There is no layer in it.")
    stack = layers.stack(input_shape, answer, outputs=outputs)
    if stack.broken:
        return Verdict(False, f"At layer {stack.broken.index}: {stack.broken.why}")
    model = stack.model()
    change = f"{in_words(stack.input_shape)} become {in_words((None, *outputs))}"
    if parameters is not None:
        count = model.count_params()
        change += f", with {count:,} parameters"
        if count > parameters:
            return Verdict(False, f"They fit: {change}. At most {parameters:,} are allowed.")
    if error := trial(model):
        return Verdict(False, f"They fit, and cannot be trained: {error}")
    return Verdict(True, f"{change}.")


def in_words(shape):
    """(None, 28, 28) -> "28 timesteps of 28 features"."""
    names = layers.axes(shape)
    sizes = [f"{size} {name}" for size, name in zip(shape[1:], names, strict=True)]
    return " of ".join(sizes) if len(sizes) < 3 else " × ".join(sizes)

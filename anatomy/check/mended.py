"""A stack of layers that fit."""

import numpy as np

from anatomy import layers
from anatomy.check.shape import in_words
from anatomy.check.verdict import Verdict, judged


@judged("Put a list of layers in place of the dots.")
def mended(answer, input_shape, outputs, parameters=None):
    """Whether these layers fit onto the input and onto each other, and take a training step.

    Args:
        answer: list of layers; ``...`` for no answer yet.
        input_shape: tuple without the batch axis.
        outputs: tuple without the batch axis, what the last layer has to hand on.
        parameters: how many numbers all of them may learn at most; None for any.

    Returns:
        Verdict: the hint is the first joint that breaks, and why.
    """
    import keras

    if isinstance(answer, list) and not answer:
        return Verdict(False, "There is no layer in it.")
    stack = layers.stack(input_shape, answer, outputs=outputs)
    if stack.broken:
        return Verdict(False, f"At layer {stack.broken.index}: {stack.broken.why}")
    model = stack.model()
    said = f"{in_words(stack.input_shape)} become {in_words((None, *outputs))}"
    if parameters is not None:
        count = model.count_params()
        said += f", with {count:,} parameters"
        if count > parameters:
            return Verdict(False, f"They fit: {said}. At most {parameters:,} are allowed.")
    model.compile("sgd", keras.losses.MeanSquaredError())
    x, y = np.zeros((2, *input_shape), "float32"), np.zeros((2, *outputs), "float32")
    model.train_on_batch(x, y)
    return Verdict(True, f"{said}.")

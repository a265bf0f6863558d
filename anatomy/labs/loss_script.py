"""The plain Keras script for a loss at a point: value, gradient, one step of descent."""

import functools
import types

import numpy as np

from anatomy.draw.loss_words import title
from anatomy.labs.script import script
from anatomy.losses.curve.facts import arguments, from_logits, truth

FIRST = ["import anatomy  # first: it chooses the JAX backend", "import jax", "import keras",
         "import numpy as np"]  # fmt: skip
CIRCLE = '''\
def batch(similarity):
    """An anchor, a sample of its class, and one of another class."""
    s, zero, one = similarity[0], keras.ops.zeros(1), keras.ops.ones(1)
    second = [s, keras.ops.sqrt(1 - s**2), zero]
    samples = [one, zero, zero], second, [zero, zero, one]
    return keras.ops.stack([keras.ops.concatenate(sample) for sample in samples])
'''


def loss_script(curves, steps):
    """Lines that print for each loss what the picture says.

    Args:
        curves: of `anatomy.losses.Curve`.
        steps: an `anatomy.losses.Descent` for each, of the same point.

    Returns:
        str.
    """
    about, step = curves[0], steps[0]
    letter = "z" if about.over == "logit" else "y_pred"
    lines = [
        f"{letter} = np.array([{written(step.at)}], \"float32\")",
        f"learning_rate = {step.learning_rate:g}",
    ]  # fmt: skip
    if about.kind == "similarity":
        lines[:0] = [*CIRCLE.splitlines(), "", ""]
    for curve in curves:
        lines += ["", *block(curve, letter)]
    own = [plain(curve.loss) for curve in curves if not of_keras(curve.loss)]
    first = [*FIRST, *(["import functools"] if any(map(partial, curves)) else [])]
    if own:
        return script(own[0], sorted(first, key=lambda line: "first" not in line), lines, *own[1:])
    return "\n".join([*first, "", *lines]) + "\n"


def block(curve, letter):
    """What one loss is asked."""
    if curve.kind == "similarity":
        call = f"keras.ops.ravel(loss(np.array([0, 0, 1]), batch({letter})))[0]"
        target = []
    else:
        squash = f"keras.activations.{'softmax' if curve.classes else 'sigmoid'}({letter})"
        squash = squash if curve.over == "logit" and not from_logits(curve.loss) else letter
        call = f"keras.ops.mean(loss(y_true, {squash}))"
        made = truth(curve.target, curve.name, curve.classes)
        numbers = written(made)[1:-1] if made.dtype == "float32" else str(made[0])
        target = [f'y_true = np.array([[{numbers}]], "{made.dtype}")']
    way = "gradient"
    if curve.classes and curve.over == "prediction":
        way = "(gradient - gradient.mean())  # the three keep adding up to 1"
    say = "loss {value:.6g}, gradient {gradient[0]}, after a step {cost(lands):.6g}"
    return [
        f"loss = {spelled(curve.loss)}",
        *target,
        "",
        "",
        f"def cost({letter}):",
        f"    return {call}",
        "",
        "",
        f"value, gradient = jax.value_and_grad(cost)({letter})",
        f"lands = {letter} - learning_rate * {way}",
        f'print(f"{title(curve)}: {say}")',
    ]


def written(at):
    """A number, or three, as code."""
    return "[" + ", ".join(repr(float(f"{one:.8g}")) for one in np.ravel(at)) + "]"


def plain(loss):
    """The function or class behind a loss: what has a source."""
    loss = loss.func if isinstance(loss, functools.partial) else loss
    return loss if isinstance(loss, types.FunctionType | type) else type(loss)


def partial(curve):
    """Whether the loss is a function that was given some arguments before."""
    return isinstance(curve.loss, functools.partial)


def of_keras(loss):
    """Whether a loss is Keras's, and needs no source."""
    return plain(loss).__module__.startswith("keras.")


def spelled(loss):
    """A loss as code."""
    name = plain(loss).__name__
    name = f"keras.losses.{name}" if of_keras(loss) else name
    given = ", ".join(f"{key}={value!r}" for key, value in arguments(loss).items())
    if isinstance(loss, functools.partial):
        return f"functools.partial({name}, {given})"
    return name if isinstance(loss, types.FunctionType) else f"{name}({given})"

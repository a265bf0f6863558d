"""A model whose output, loss and targets fit, and which trains."""

import numpy as np

from anatomy import losses
from anatomy.check import trained
from anatomy.check.verdict import Verdict, judged
from anatomy.training import tables

EPOCHS = 3


@judged("Put a function that builds the model in place of the dots.")
def compiled(answer, data):
    """Whether a model is compiled with a loss that fits its output and its targets, and trains.

    Args:
        answer: a function that builds a compiled model, or the model; ``...`` for none yet.
        data: a split, or ``(x, y)`` of NumPy arrays; y may be a dict, for several outputs.

    Returns:
        Verdict: the hint is the first finding of `losses.diagnose`, or what the loss did.
    """
    import keras

    build = (lambda: answer) if isinstance(answer, keras.Model) else answer
    model, y = trained.built(build), tables(data)[0].arguments["y"]
    if isinstance(y, dict) and names(model) != sorted(y):
        return Verdict(False, f"The targets are named {' and '.join(y)}. Name its outputs so.")
    if found := losses.diagnose(model, y):
        return Verdict(False, f"{found[0].wrong} {found[0].happens}")
    run = trained.run(build, data, epochs=EPOCHS, seed=trained.SEEDS[0])
    cost = run.history["loss"]
    first, last = (np.format_float_positional(c, 4, fractional=False, trim="-") for c in cost[::2])
    said = f"in {EPOCHS} epochs the loss went from {first} to {last}"
    if not cost[0] - cost[-1] > 1e-4 * abs(cost[0]):  # less is rounding: batches are shuffled
        return Verdict(False, f"Nothing is wrong with its loss, but {said}.")
    return Verdict(True, f"Output, loss and targets fit, and {said}.")


def names(model):
    """The names of a model's outputs: those of its dict, else those of its layers."""
    struct = getattr(model, "_outputs_struct", None)
    return sorted(struct if isinstance(struct, dict) else getattr(model, "output_names", ()))

"""The largest learning rate that still converges."""

from numbers import Real

from anatomy.check import trained
from anatomy.check.verdict import Verdict, judged


@judged("Put a learning rate in place of the dots.")
def largest_rate(answer, build, data, *, epochs, below, factor, batch_size=32):
    """Whether a training converges at this learning rate, and no longer at a multiple of it.

    It converges when its last training loss is below ``below``, from each of three seeds.

    Args:
        answer: a learning rate; ``...`` for no answer yet.
        build: a function of a learning rate that returns a compiled model.
        data: a split, or ``(x, y)`` of NumPy arrays.
        epochs, batch_size: integers, as in ``fit()``.
        below: a loss.
        factor: a number above 1. From no seed may ``factor * answer`` converge.

    Returns:
        Verdict: it tells where the training ended at either rate.
    """
    if isinstance(answer, bool) or not (isinstance(answer, Real) and answer > 0):
        return Verdict(False, f"{answer!r} is not a learning rate: a number above 0.")

    def ends(rate):
        done = trained.runs(lambda: build(rate), data, epochs=epochs, batch_size=batch_size)
        return [run.history["loss"][-1] for run in done]

    here, there = ends(answer), ends(factor * answer)
    said = f"At {answer:.3g} the loss ends at {max(here):.3g}"
    if not all(end < below for end in here):
        return Verdict(False, f"{said}, and not below {below}. Too small, or too large?")
    said += f", at {factor * answer:.3g} at {min(there):.3g}"
    if any(end < below for end in there):
        return Verdict(False, f"{said}: it converges at {factor} times that rate too.")
    return Verdict(True, f"{said}. The edge lies between the two.")

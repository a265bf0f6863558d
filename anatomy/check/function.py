"""A function, by what it returns."""

import copy

import numpy as np

from anatomy.check.verdict import Verdict, judged

RELATIVE, ABSOLUTE = 1e-3, 1e-5  # float32, in another order of sums


@judged("Write what the function should return.")
def function(answer, truth, samples, *, why):
    """Whether a function returns what another does, Keras's own say, for the same arguments.

    Args:
        answer: a function of NumPy arrays and numbers; it may return dots for no answer yet.
        truth: the other function.
        samples: list of tuples, the arguments of one call each.
        why: a sentence for a right answer.

    Returns:
        Verdict: the hint is the first call at which they differ.
    """
    if not callable(answer):
        return Verdict(False, f"{answer!r} is not a function.")
    for number, sample in enumerate(samples, 1):
        got, wanted = (one(*copy.deepcopy(sample)) for one in (answer, truth))
        where = f"In call {number} of {len(samples)}"
        if got is None:
            return Verdict(False, f"{where} it returns nothing: end it with return.")
        got, wanted = (np.asarray(value, dtype="float64") for value in (got, wanted))
        if got.shape != wanted.shape:
            return Verdict(
                False, f"{where} it returns the shape {got.shape}; {wanted.shape} was wanted."
            )
        near = np.isclose(got, wanted, RELATIVE, ABSOLUTE)
        if not near.all():
            one = np.argmin(near)
            said = f"{got.flat[one]:.4g}; {wanted.flat[one]:.4g} was wanted"
            return Verdict(False, f"{where} it returns {said}.")
    return Verdict(True, f"It agrees in {len(samples)} calls. {why}")

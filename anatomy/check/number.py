"""A number that is known, or measured."""

import math
from numbers import Real

from anatomy.check.verdict import Verdict, judged


@judged("Put a number in place of the dots.")
def number(answer, truth, *, why, hint, within=0.0):
    """Whether the answer is a number that is known or can be measured.

    Args:
        answer: a number; ``...`` for no answer yet.
        truth: the number, or a function of no arguments that measures it.
        why: a sentence for a right answer.
        hint: a sentence for a wrong one.
        within: how far from the truth is near enough, as a part of it.

    Returns:
        Verdict: a right answer hears the measured number, and why.
    """
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return Verdict(False, f"{answer!r} is not a number.")
    measured = truth() if callable(truth) else truth
    if math.isclose(answer, measured, rel_tol=max(within, 1e-9)):
        return Verdict(True, f"It is {measured:,.5g}. {why}")
    return Verdict(False, f"It is not {answer:,.5g}. {hint}")

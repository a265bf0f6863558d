"""Claims about an answer, one after the other."""

import inspect

from anatomy.check.verdict import Unanswered, Verdict, judged
from anatomy.training import readable


@judged("Put your answer in place of the dots.")
def holds(answer, claims, *, why):
    """Whether all that is asked of an answer holds.

    Args:
        answer: anything; of a function without arguments, what it returns is judged. Dots are no
            answer yet.
        claims: dict of a sentence, such as "It has at most 100 parameters", -> a function of
            the answer that says whether it holds. They are tried in order.
        why: a sentence for a right answer.

    Returns:
        Verdict: the hint is the first claim that does not hold.
    """
    if inspect.isfunction(answer) and not inspect.signature(answer).parameters:
        answer = answer()
    for claim, hold in claims.items():
        try:
            held = hold(answer)
        except Unanswered:
            raise
        except Exception as error:
            return Verdict(False, f'Asked was: "{claim}." Trying that: {readable(error)}')
        if not held:
            return Verdict(False, f'This does not hold: "{claim}."')
    return Verdict(True, f"All that was asked holds. {why}")

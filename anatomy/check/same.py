"""A model that is built like another."""

from anatomy import models
from anatomy.check.verdict import Verdict, judged


@judged("Put a model in place of the dots, or write the function that builds it.")
def same(answer, model):
    """Whether a model consists of the same layers as another, linked in the same way.

    Args:
        answer: a built ``keras.Model`` or a function that builds it; ``...`` for no answer yet.
        model: the other, built.

    Returns:
        Verdict: the hint is the first difference, from the inputs on (`models.same`).
    """
    import keras

    if callable(answer) and not isinstance(answer, keras.Model):
        answer = answer()
    if not isinstance(answer, keras.Model):
        return Verdict(False, f"{answer!r:.80} is not a model.")
    found = models.same(model, answer)
    of_which = "" if found else " The first is the one that was given."
    return Verdict(found.equal, found.reason + of_which)

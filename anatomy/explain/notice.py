"""What a ``fit()`` that ran let pass in silence."""

import inspect

import numpy as np

from anatomy.data import gate
from anatomy.losses.doctor.facts import diagnose

GROWN = 100  # times its first loss: a training that diverged


def notice(model, args, kwargs, history):
    """(title, sentences) of the worst that is wrong with a training; None where nothing is known.

    Args:
        model: a ``keras.Model`` that was fitted. args, kwargs: of its ``fit()``.
        history: the ``keras.callbacks.History``.
    """
    given = inspect.signature(type(model).fit).bind(model, *args, **kwargs).arguments
    for finding in diagnose(model, given.get("y"))[:1] if model.compiled else ():
        change = f" Write: {finding.change}" if finding.change else ""
        return finding.code, f"{finding.wrong} {finding.happens}{change}"
    losses = [float(one) for one in history.history.get("loss", ())]
    if losses and not np.isfinite(losses[-1]):
        finite = "The data are finite: most often the learning rate is too large."
        data = given.get("x"), given.get("y")
        return "the loss is nan", gate.refusal(gate.checked, data) or finite
    if len(losses) > 1 and losses[-1] > GROWN * max(losses[0], 1e-6):
        return "the training diverged", (
            f"The loss went from {losses[0]:.4g} to {losses[-1]:.4g}: a smaller learning rate."
        )
    return _unshuffled(given)


def _unshuffled(given):
    """Classes in order, of which a split at the end, or batches in order, see some alone."""
    y = given.get("y")
    if not hasattr(y, "dtype") or np.dtype(y.dtype).kind not in "iub" or np.ndim(y) != 1:
        return None
    y = np.asarray(y)
    classes = len(np.unique(y[:10_000]))
    if not 2 <= classes <= 100 or np.any(np.diff(y.astype(int)) < 0):
        return None
    if share := given.get("validation_split"):
        unseen = sorted(set(y) - set(y[: int(len(y) * (1 - share))]))
        if unseen:
            return "classes that are not trained", (
                "The samples stand in the order of their classes, and validation_split takes the "
                f"last ones: class {unseen[0]} is never trained. Shuffle x and y together first."
            )
    if given.get("shuffle") is False:
        return "samples in the order of their classes", (
            "shuffle=False takes the batches in order, and each has samples of one class: the "
            "model forgets the others. Leave shuffle out."
        )
    return None

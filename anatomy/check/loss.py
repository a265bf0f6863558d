"""A loss that suits a last layer and its targets, and asks for what is wanted."""

import numpy as np

from anatomy import losses
from anatomy.check.verdict import Verdict, judged
from anatomy.data import calls
from anatomy.losses.curve.facts import SPARSE, named
from anatomy.losses.doctor.repair import alone
from anatomy.training import tables

PUSH = 0.1  # of the logit, at least, where a network is surest and wrong; crossentropy has 1


@judged('Put a loss in place of the dots, such as "hinge".', last=calls.layer)
def loss(answer, last, data, best=None):
    """Whether a loss suits a last layer and its targets, and asks for what is wanted.

    It trains a step and `losses.diagnose` finds nothing. With ``best``, the one number that the
    loss likes best for all the targets is ``best(y)``; without, a sigmoid or softmax that is sure
    and wrong is pushed: the gradient over its logit does not vanish there.

    Args:
        answer: a name, a ``keras.losses.Loss`` or a function; ``...`` for no answer yet.
        last: the layer that makes the output.
        data: a split, or ``(x, y)`` of NumPy arrays.
        best: ``np.mean``, ``np.median`` or another function of y for a regression, or None.

    Returns:
        Verdict: the hint says what the loss does to these targets.
    """
    calls.KINDS["loss"]("answer", answer)
    (x, y) = (tables(data)[0].arguments[name] for name in "xy")
    model = alone(last, answer, x.shape[1:])
    findings = [one for one in losses.diagnose(model, y) if one.code != "targets not scaled"]
    if findings:  # the question is of the loss alone
        return Verdict(False, f"{findings[0].wrong} {findings[0].happens}")
    model.train_on_batch(x[:32], y[:32])
    if best is not None:
        return asked_for(answer, y, best)
    units, rows = model.output_shape[-1], np.reshape(y, (len(y), -1))
    labels = np.isin(rows, (0, 1)).all() and (units == 1 or np.any(rows.sum(axis=1) != 1))
    return pushed(answer, model.layers[-1].activation, labels, rows.shape[1] < units)


def asked_for(answer, y, best):
    """Whether the one prediction for all targets at which a loss is lowest is ``best`` of them."""
    function, _ = named(answer)
    texts = []
    for targets in (y, 3 * y**2):  # a number that stands in the loss suits one of them alone
        tried = [np.mean(targets), *np.quantile(targets, np.linspace(0, 1, 101))]
        tried = np.unique(tried).astype("float32")
        costs = [np.mean(function(targets, np.full_like(targets, one))) for one in tried]
        likes, wanted = tried[np.argmin(costs)], best(targets)
        text = f"With one prediction for all targets, this loss is lowest at {likes:.3g}"
        texts.append(f"{text}; their {best.__name__} is {wanted:.3g}.")
        if abs(likes - wanted) > 0.25 * abs(np.mean(targets) - np.median(targets)):
            return Verdict(False, f"{text}. Is that the one asked for? Look at a histogram.")
    return Verdict(True, texts[0])


def pushed(answer, activation, labels, numbers):
    """Whether a loss moves a prediction that is sure and wrong, and leaves one that is right.

    ``labels``: whether the targets are 0 and 1, each by itself. ``numbers``: of classes.
    """
    kind = activation.__name__
    if kind == "linear" and labels:
        back = float(abs(losses.value_and_gradient(answer, 1, [8.0])[1][0]))
        if back > PUSH:
            text = f"Where the output is sure and right, this loss pushes it back with {back:.1g}"
            return Verdict(False, f"{text}: it is of measured values, not of classes.")
    elif kind not in ("sigmoid", "softmax"):
        return Verdict(True, "It trains, and nothing is wrong with these targets.")
    wrong, target = ([[-8.0, 8.0, -8.0]], 0) if kind == "softmax" else ([-8.0], 1)

    def push(loss):
        function, name = named(loss)

        def over_logit(y_true, logit):
            return function(y_true, activation(logit))

        # By its name, targets are rows or numbers of classes.
        over_logit.__name__ = SPARSE[0] if numbers and loss != "mse" else name
        _, gradient = losses.value_and_gradient(over_logit, target, wrong)
        return np.abs(gradient).max()

    strength = push(answer)
    text = f"Where the network is sure and wrong, this loss pushes its logit with {strength:.1g}"
    if strength < PUSH:
        return Verdict(False, f"{text}. It trains, but how long does it take to change its mind?")
    text += "" if kind == "linear" else f'; "mse" would with {push("mse"):.1g}'
    return Verdict(True, f"{text}.")

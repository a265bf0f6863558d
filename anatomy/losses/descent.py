"""One step of descent on a loss: what SGD would make of a prediction, or of its logit."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Descent:
    """A point of a `Curve` and where one step leads; numbers, or for classes ``(3,)``.

    Attributes:
        at: the prediction, or the logit where the curve is over it.
        prediction: what is predicted there.
        value, gradient: of the loss there.
        learning_rate: of the step.
        lands: ``at - learning_rate * gradient``.
        after_prediction, after: the prediction and the loss there.
        inside: whether the prediction after the step is one still: a step on probabilities
            can leave 0 to 1.
    """

    at: object
    prediction: object
    value: float
    gradient: object
    learning_rate: float
    lands: object
    after_prediction: object
    after: float
    inside: bool


def descend(curve, at, learning_rate=0.1):
    """One step against the gradient: ``lands = at - learning_rate * gradient``.

    Three probabilities have to add up to 1: on them the gradient goes without its mean.

    Args:
        curve: a `Curve`.
        at: a number, or three for classes: on the curve's axis.
        learning_rate: float.

    Returns:
        Descent.

    Raises:
        ValueError: for what is no prediction of the curve.

    Source: Chollet, Deep Learning with Python, ch. 2.4.
    """
    at = np.asarray(at, float)
    if at.shape != ((3,) if curve.classes else ()) or not np.isfinite(at).all():
        wanted = "three numbers" if curve.classes else "a number"
        raise ValueError(f"at is {at.tolist()!r}; give {wanted} for {curve.name}.")
    if not possible(curve, at):
        wanted = "-1 to 1" if curve.kind == "similarity" else "0 to 1"
        wanted = "three that add up to 1" if curve.classes else wanted
        raise ValueError(f"at is {at.tolist()!r}, no {curve.kind}; give {wanted}.")
    value, gradient = asked(curve, at)
    way = gradient - gradient.mean() if curve.classes and curve.over != "logit" else gradient
    lands = at - learning_rate * way
    inside = possible(curve, lands)
    after = asked(curve, lands)[0]
    return Descent(
        plain(at), plain(curve.predicted(at)), value, plain(gradient), learning_rate,
        plain(lands), plain(curve.predicted(lands)), after, inside,
    )  # fmt: skip


def possible(curve, at):
    """Whether there is such a prediction."""
    if curve.over == "logit" or curve.kind == "number":
        return True
    low = -1 if curve.kind == "similarity" else 0
    whole = not curve.classes or abs(float(np.sum(at)) - 1) < 1e-3
    return bool(whole and np.min(at) >= low and np.max(at) <= 1)


def asked(curve, at):
    """Value and gradient at one point."""
    values, gradients = curve.ask(np.asarray(at)[None])
    return float(values[0]), np.asarray(gradients[0], float)


def plain(value):
    """A float, or three in an array."""
    return float(value) if np.ndim(value) == 0 else value

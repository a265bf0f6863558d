"""The loss of one sample over its prediction, and its gradient: the feedback signal."""

import functools
from dataclasses import dataclass

import numpy as np

from anatomy.losses.kinds import (
    KINDS,
    OVER,
    WORDS,
    axis,
    from_logits,
    kind_of,
    named,
    suited,
    truth,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """A loss over the predictions for one target, or over the logits that make them.

    Attributes:
        loss: the keras.losses.Loss or function, callable as ``loss(y_true, y_pred)``.
        name: of the loss, such as "mean_squared_error".
        kind: "number", "probability" (of one unit, 0 to 1), "classes" (three probabilities
            that add up to 1), or "similarity" (of two samples, for Circle).
        over: "prediction", or "logit": what stands before the sigmoid or the softmax.
        target: a number; for classes the number of the right one, or three probabilities.
        at: ``(m,)``, or ``(m, 3)`` for classes: predictions or logits.
        values: ``(m,)``, the loss of a sample there.
        gradients: as ``at``: by how much the loss grows with each number.
    """

    loss: object
    name: str
    kind: str
    over: str
    target: object
    at: np.ndarray
    values: np.ndarray
    gradients: np.ndarray

    @property
    def predictions(self):
        """What is predicted at each point, shaped as ``at``."""
        return self.predicted(self.at)

    @property
    def classes(self):
        """Whether the predictions are three probabilities."""
        return self.kind == "classes"

    def predicted(self, at):
        """The prediction at a point of the axis, or at many: itself, or behind its logit."""
        at = np.asarray(at, "float64")
        if self.over == "prediction":
            return at
        if self.classes:
            powers = np.exp(at - at.max(axis=-1, keepdims=True))
            return powers / powers.sum(axis=-1, keepdims=True)
        return 1 / (1 + np.exp(-at))

    def ask(self, at):
        """Values and gradients at other points of the axis, ``(m,)`` or ``(m, 3)``."""
        return value_and_gradient(self.loss, self.target, at, self.over)


def curve(loss, *, target=None, predictions=None, over="prediction", kind=None):
    """The loss of one sample, and its gradient, over what might have been predicted.

    Circle compares samples. Its curve is that of a batch of three, over the cosine similarity
    of an anchor and a sample of its class; the third, of another class, is at right angles to
    both.

    Args:
        loss: a name such as "mse", a ``keras.losses.Loss``, or a function of
            ``(y_true, y_pred)`` that Keras could train with.
        target: a number; for classes the right one, 0, 1 or 2, or three probabilities. None:
            one that suits.
        predictions: ``(m,)``, or ``(m, 3)`` for classes; None: an axis or triangle that suits.
            Over the logit these are logits.
        over: "prediction", or "logit": a sigmoid or softmax is applied before the loss, and
            the gradient is by the logit. A loss with ``from_logits=True`` is always over it.
        kind: "number", "probability" or "classes", to ask another question than the loss has
            for itself, such as "mse" of three probabilities. None: what suits.

    Returns:
        Curve: values and gradients are Keras's own.

    Raises:
        TypeError: for what is no loss.
        ValueError: for CTC, which is of a sequence, and for a target that does not suit.

    Source: keras.io/api/losses; Chollet, Deep Learning with Python, ch. 3.1.
    """
    found, name = named(loss)
    own = kind_of(found, name, target, predictions)
    if kind and (own == "similarity") != (kind == "similarity"):
        raise ValueError(f"{name} is drawn over {WORDS[own]}, and not over {WORDS[kind]}.")
    kind = kind or own
    if over not in OVER or kind not in KINDS:
        raise ValueError(f"over is {over!r} and kind {kind!r}; of {OVER} and {KINDS}.")
    if kind == "similarity" and over == "logit":
        raise ValueError(f"{name} is drawn over {WORDS[kind]}; there is no logit before that.")
    if from_logits(found):
        over = "logit"
    if over == "logit" and kind == "number":
        kind = "probability"
    target = suited(target, name, kind, over)
    seen = (target,) if kind == "number" else ()
    at = axis(kind, name, over, *seen) if predictions is None else np.asarray(predictions, float)
    values, gradients = value_and_gradient(found, target, at, over)
    return Curve(found, name, kind, over, target, at, values, gradients)


def value_and_gradient(loss, target, predictions, over="prediction"):
    """The loss of one sample for each of these predictions, and its gradient.

    On JAX by differentiation of Keras's own loss, elsewhere by central differences.

    Args:
        loss: as for `curve`.
        target: one for all: a number, or for three probabilities the number of the class.
        predictions: ``(m,)`` or ``(m, 3)``; logits over the logit.
        over: "prediction" or "logit".

    Returns:
        ``(m,)`` values and gradients of the shape of ``predictions``, float32.
    """
    import keras

    found, name = named(loss)
    x = np.asarray(predictions, "float32")
    rows = x if x.ndim == 2 else x[:, None]
    wanted = truth(target, name, x.ndim == 2)
    squashed = over == "logit" and not from_logits(found)
    if keras.backend.backend() == "jax":
        values, gradients = compiled(found, name, squashed)(wanted, rows)
    else:
        values, gradients = differences(
            lambda row: of_one(found, name, squashed, wanted, row), rows
        )
    return np.asarray(values), np.asarray(gradients).reshape(x.shape)


@functools.lru_cache(maxsize=64)
def compiled(loss, name, squashed):
    """Values and gradients of many rows in one compiled call, for any target."""
    import jax

    of = functools.partial(of_one, loss, name, squashed)
    return jax.jit(jax.vmap(jax.value_and_grad(of, argnums=1), (None, 0)))


def of_one(loss, name, squashed, wanted, row):
    """The loss of one sample: a batch of one, or of three for Circle."""
    from keras import activations, ops

    if name == "circle":
        zero, one, similarity = ops.zeros(1), ops.ones(1), row
        samples = [
            (one, zero, zero),
            (similarity, ops.sqrt(1 - similarity**2), zero),
            (zero, zero, one),
        ]
        embedded = ops.stack([ops.concatenate(sample) for sample in samples])
        return ops.ravel(loss(np.array([0, 0, 1]), embedded))[0]  # of the anchor, or the mean
    if squashed:
        row = activations.softmax(row[None])[0] if len(row) > 1 else activations.sigmoid(row)
    return ops.mean(loss(wanted[None], row[None]))


def differences(of, rows, step=1e-3):
    """Values and central differences of a function of a row, row by row."""
    values = np.array([float(of(row)) for row in rows], "float32")
    gradients = np.empty_like(rows)
    for i, row in enumerate(rows):
        for j in range(len(row)):
            aside = step * np.eye(len(row), dtype="float32")[j]
            gradients[i, j] = (float(of(row + aside)) - float(of(row - aside))) / (2 * step)
    return values, gradients

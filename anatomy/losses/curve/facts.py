"""The loss of one sample over its prediction: its value, its gradient, and a step against it."""

import functools
from dataclasses import dataclass

import numpy as np

from anatomy.base.words import settings
from anatomy.data import calls
from anatomy.layers import code
from anatomy.lazy import keras
from anatomy.training.backends import compiled, value_and_grad
from anatomy.training.errors import placed
from anatomy.training.private import snake_case

PROBABILITY = ("binary_crossentropy", "binary_focal_crossentropy")
POSITIVE = ("mean_squared_logarithmic_error", "poisson")  # of predictions above 0
SPARSE = ("sparse_categorical_crossentropy", "categorical_generalized_cross_entropy")
CLASSES = (*SPARSE, "categorical_crossentropy", "categorical_focal_crossentropy", "dice", "tversky",
           "categorical_hinge", "kl_divergence", "cosine_similarity")  # fmt: skip
KINDS = {"number": "a number", "probability": "a probability", "classes": "three classes",
         "similarity": "a similarity"}  # fmt: skip
EDGE = 8.0  # logits from minus to plus this
LINES = {"probability": (0.01, 0.99), "similarity": (-0.99, 0.99), "number": (-3.0, 3.0),
         "positive": (0.05, 4.0)}  # fmt: skip
POINTS = 241  # of a line
MARGIN = 0.001  # between a probability and 0 or 1, where a logarithm ends
SIDE = 60  # steps along a side of the triangle


@dataclass(frozen=True, eq=False)
class Curve:
    """A loss over the predictions for one target, or over the logits before them.

    Attributes:
        loss: the keras.losses.Loss or function, callable as ``loss(y_true, y_pred)``.
        name: of the loss, such as "mean_squared_error".
        kind: "number", "probability" (of one unit, 0 to 1), "classes" (three probabilities
            that add up to 1), or "similarity" (of two samples, for Circle).
        over: "prediction", or "logit": the input of the sigmoid or the softmax.
        target: a number; for classes the index of the right one, or three probabilities.
        at: ``(m,)``, or ``(m, 3)`` for classes: predictions or logits.
        values: ``(m,)``, the loss of a sample there.
        gradients: shaped as ``at``: d loss / d at.
    """

    loss: object
    name: str
    kind: str
    over: str
    target: object
    at: np.ndarray
    values: np.ndarray
    gradients: np.ndarray

    @functools.cached_property
    def title(self):
        """The name of the loss, with the arguments that differ from the defaults."""
        return ", ".join(filter(None, (self.name, settings(arguments(self.loss)))))

    @property
    def classes(self):
        """Whether the predictions are three probabilities."""
        return self.kind == "classes"

    def predicted(self, at):
        """The prediction at a point of the axis, or at many: itself, or that of its logit."""
        at = np.asarray(at, "float64")
        if self.over == "prediction":
            return at
        return softmax(at) if self.classes else 1 / (1 + np.exp(-at))

    def ask(self, at):
        """Values and gradients at other points of the axis, ``(m,)`` or ``(m, 3)``."""
        return value_and_gradient(self.loss, self.target, at, self.over)

    def possible(self, at):
        """Whether a point of the axis is a prediction, or the logit of one."""
        if self.over == "logit" or self.kind == "number":
            return True
        low = -1 if self.kind == "similarity" else 0
        whole = not self.classes or abs(float(np.sum(at)) - 1) < 1e-3
        return bool(whole and np.min(at) >= low and np.max(at) <= 1)


@dataclass(frozen=True, eq=False)
class Descent:
    """A point of a `Curve` and where one step of descent leads; numbers, or for classes ``(3,)``.

    Attributes:
        at: the prediction, or the logit where the curve is over it.
        prediction: the prediction there.
        value, gradient: of the loss there.
        learning_rate: of the step.
        lands: ``at - learning_rate * gradient``.
        after_prediction, after: the prediction and the loss there.
        inside: whether the result is still a prediction: a step can leave 0 to 1.
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


@calls.validated(kind=calls.choice(*KINDS))
def curve(loss, *, target=None, predictions=None, over="prediction", kind=None):
    """The loss of one sample, and its gradient, over its possible predictions.

    Circle compares samples. Its curve is that of a batch of three, over the cosine similarity
    of an anchor and a sample of its class; the third, of another class, is at right angles to
    both.

    Args:
        loss: a name such as "mse", a ``keras.losses.Loss``, or a function of
            ``(y_true, y_pred)`` that Keras could train with.
        target: a number; for classes the right one, 0, 1 or 2, or three probabilities. None:
            1, or class 0.
        predictions: ``(m,)``, or ``(m, 3)`` for classes; None: an axis or triangle that suits.
            Over the logit these are logits.
        over: "prediction", or "logit": a sigmoid or softmax is applied before the loss, and
            the gradient is by the logit. A loss with ``from_logits=True`` is always over it.
        kind: "number", "probability" or "classes", to evaluate the loss over another kind of
            prediction than its own, such as "mse" over three probabilities. None: its own.

    Returns:
        Curve: values and gradients are Keras's own.

    Raises:
        TypeError: if ``loss`` is no loss.
        ValueError: for CTC, the loss of a sequence, and for a target that does not suit.

    Source: keras.io/api/losses; Chollet, Deep Learning with Python, ch. 3.1.
    """
    loss, name = named(loss)
    own = kind_of(name, target, predictions)
    if kind and (own == "similarity") != (kind == "similarity"):
        raise ValueError(f"{name} is drawn over {KINDS[own]}, and not over {KINDS[kind]}.")
    kind, over = question([loss], target, over, kind or own)
    if kind == "similarity" and over == "logit":
        raise ValueError(f"{name} is drawn over {KINDS[kind]}; there is no logit before that.")
    target = suited(target, name, kind, over)
    if predictions is None:
        line = kind != "classes" and ends([loss], kind, over, target)
        predictions = np.linspace(*line, POINTS) if line else triangle(over)
    at = np.asarray(predictions, float)
    return Curve(loss, name, kind, over, target, at, *value_and_gradient(loss, target, at, over))


def beside(losses, target=None, over="prediction", at=None):
    """Losses over the same predictions, on one axis that shows the target and ``at``.

    A loss of numbers can be evaluated over a probability, and over three of them. Arguments as
    for `curve`; returns a tuple of Curve.
    """
    losses = [named(loss)[0] for loss in losses]
    kind, over = question(losses, target, over)
    reach = None
    if kind != "classes":
        own = suited(target, named(losses[0])[1], kind, over)
        reach = ends(losses, kind, over, own, at if np.ndim(at) == 0 else None)
    target = target if np.ndim(target) == 0 else tuple(target)
    return tuple(_on_axis(loss, target, over, kind, reach) for loss in losses)


def question(losses, target=None, over="prediction", kind=None):
    """``(kind, over)`` of losses that are evaluated over the same predictions."""
    kinds = [kind] if kind else [kind_of(named(loss)[1], target) for loss in losses]
    kind = next((k for k in ("similarity", "classes", "probability") if k in kinds), "number")
    if any(map(from_logits, losses)):
        over = "logit"
    return ("probability" if (kind, over) == ("number", "logit") else kind), over


@functools.lru_cache(maxsize=64)
def _on_axis(loss, target, over, kind, reach):
    line = reach and np.linspace(*reach, POINTS)
    return curve(loss, target=target, over=over, kind=kind, predictions=line)


@calls.validated
def descend(curve, at, learning_rate=0.1):
    """One step against the gradient: ``lands = at - learning_rate * gradient``.

    Three probabilities have to add up to 1: on them the mean of the gradient is taken off.

    Args:
        curve: a `Curve`.
        at: a number, or three for classes: on the curve's axis.
        learning_rate: float.

    Returns:
        Descent.

    Raises:
        ValueError: if ``at`` is no prediction of the curve.

    Source: Chollet, Deep Learning with Python, ch. 2.4.
    """
    at = np.asarray(at, float)
    if at.shape != ((3,) if curve.classes else ()):
        wanted = "three numbers" if curve.classes else "a number"
        raise ValueError(f"at is {at.tolist()!r}; give {wanted} for {curve.name}.")
    if not curve.possible(at):
        wanted = "-1 to 1" if curve.kind == "similarity" else "0 to 1"
        wanted = "three that add up to 1" if curve.classes else wanted
        raise ValueError(f"at is {at.tolist()!r}, no {curve.kind}; give {wanted}.")
    values, gradients = curve.ask(at[None])
    gradient = np.asarray(gradients[0], float)
    along = gradient - gradient.mean() if curve.classes and curve.over != "logit" else gradient
    lands = at - learning_rate * along
    after = float(curve.ask(lands[None])[0][0])
    places = (at, curve.predicted(at), gradient, lands, curve.predicted(lands))
    at, prediction, gradient, lands, goal = (p if p.ndim else float(p) for p in places)
    return Descent(at, prediction, float(values[0]), gradient, learning_rate, lands, goal, after,
                   curve.possible(lands))  # fmt: skip


@calls.validated
@placed
def value_and_gradient(loss, target, predictions, over="prediction"):
    """The loss of one sample for each of these predictions, and its gradient.

    By differentiation of Keras's own loss.

    Args:
        loss: as for `curve`.
        target: one for all: a number, or for three probabilities the index of the class.
        predictions: ``(m,)`` or ``(m, 3)``; logits over the logit.
        over: "prediction" or "logit".

    Returns:
        ``(m,)`` values and gradients of the shape of ``predictions``, float32.
    """
    loss, name = named(loss)
    x = np.asarray(predictions, "float32")
    if x.ndim != 1 and x.shape[1:] != (3,):
        raise ValueError(f"predictions have shape {x.shape}; give (m,), or (m, 3) for classes.")
    rows = x if x.ndim == 2 else x[:, None]
    target = suited(target, name, "classes" if x.ndim == 2 else "number", over)
    y = truth(target, name, x.ndim == 2)
    squash = over == "logit" and not from_logits(loss)
    values, gradients = _differentiated(loss, name, squash)(y, rows)
    return np.asarray(values), np.asarray(gradients).reshape(x.shape)


@functools.lru_cache(maxsize=32)
def _differentiated(loss, name, squash):
    """Values and gradients of many rows in one compiled call, for any target."""
    from keras import ops

    def of_rows(y, rows):
        of_one = functools.partial(_of_one, loss, name, squash, y)
        return ops.vectorized_map(value_and_grad(of_one), rows)

    return compiled(of_rows)


def _of_one(loss, name, squash, y, row):
    """The loss of one sample: a batch of one, or of three for Circle."""
    from keras import activations, ops

    if name == "circle":
        zero, one, similarity = ops.zeros(1), ops.ones(1), row
        other = similarity, ops.sqrt(1 - similarity**2), zero
        samples = [(one, zero, zero), other, (zero, zero, one)]
        embedded = ops.stack([ops.concatenate(sample) for sample in samples])
        return ops.ravel(loss(np.array([0, 0, 1]), embedded))[0]  # of the anchor, or the mean
    if squash:
        row = activations.softmax(row[None])[0] if row.shape[0] > 1 else activations.sigmoid(row)
    return ops.mean(calls.cost(loss, y[None], row[None]))


def softmax(logits):
    """The probabilities of logits, over the last axis."""
    powers = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def named(loss):
    """A loss that can be called, and its name as ``compile()`` would take it."""
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    plain = loss.func if isinstance(loss, functools.partial) else loss
    name = getattr(plain, "__name__", None) or snake_case(type(plain).__name__)
    if name == "ctc":
        raise ValueError("ctc is the loss of a sequence: losses.lattice and draw.ctc open it.")
    return loss, name


def from_logits(loss):
    """Whether a loss applies the sigmoid or the softmax itself."""
    if isinstance(loss, functools.partial):
        return bool(loss.keywords.get("from_logits"))
    return bool(getattr(loss, "from_logits", False))


def arguments(loss):
    """The arguments of a loss that differ from the defaults; dict."""
    if isinstance(loss, functools.partial):
        return dict(loss.keywords)
    known = hasattr(loss, "get_config") and type(loss).__module__.startswith("keras.")
    return {
        name: v for name, v in (code.arguments(loss) if known else {}).items() if name != "name"
    }


def kind_of(name, target=None, predictions=None):
    """Over what a loss of this name is drawn; a key of `KINDS`."""
    if np.ndim(predictions) == 2 or np.ndim(target) == 1 or name in CLASSES:
        return "classes"
    if name == "circle":
        return "similarity"
    return "probability" if name in PROBABILITY else "number"


def suited(target, name, kind, over):
    """The target, or one that suits in place of None; an error where it does not."""
    if target is None:
        return 0 if kind == "classes" else 1.0
    if np.ndim(target) > (kind == "classes"):
        raise ValueError(f"target is {calls.shown(target)}; give one number.")
    if kind == "classes":
        if np.ndim(target) == 0 and target in (0, 1, 2):
            return int(target)
        three = np.shape(target) == (3,)
        if three and np.isclose(np.sum(target), 1) and np.min(target) >= 0:
            if np.max(target) == 1:
                return int(np.argmax(target))
            if name not in SPARSE:
                return tuple(map(float, target))
        hint = "" if name in SPARSE else ", or three probabilities that add up to 1"
        raise ValueError(f"target is {target!r}; give a class of {name}, 0, 1 or 2{hint}.")
    if kind == "similarity" and target != 1:
        raise ValueError(f"target is {target!r}; {name} is of two samples of one class: give 1.")
    if kind == "probability" and not 0 <= target <= 1:
        what = "a sigmoid" if over == "logit" else name
        raise ValueError(f"target is {target!r}; {what} is of probabilities: give 0 to 1.")
    return float(target)


def truth(target, name, classes):
    """The target as a sample of ``y_true``."""
    if not classes:
        return np.array([target], "float32")
    if name in SPARSE:
        return np.array([target], "int32")
    return np.asarray(np.eye(3)[target] if np.ndim(target) == 0 else target, "float32")


def triangle(over):
    """Probabilities of three classes, or logits before them, (m, 3)."""
    steps = range(SIDE + 1)
    corners = [(i, j, SIDE - i - j) for i in steps for j in steps if i + j <= SIDE]
    inside = np.array(corners, float) / SIDE * (1 - 3 * MARGIN) + MARGIN
    return np.log(inside) if over == "logit" else inside


def usual_ends(losses, kind):
    """The ends of a line of predictions of these losses; (0, 0) for what is no line."""
    positive = kind == "number" and any(named(loss)[1] in POSITIVE for loss in losses)
    return LINES.get("positive" if positive else kind, (0.0, 0.0))


def ends(losses, kind, over, target, place=None):
    """The ends of a line of predictions or logits that shows the target and a place."""
    low, high = (-EDGE, EDGE) if over == "logit" else usual_ends(losses, kind)
    for seen in [target] * (kind == "number") + [place] * (place is not None):
        if not np.isfinite(seen):
            continue
        if over != "logit" and kind != "number":
            low, high = min(low, seen), max(high, seen)
        elif abs(seen) > high:
            high = 1.5 * abs(seen)
            low = low if low > 0 else -high
    return low, high

"""The loss of one sample over its prediction, and its gradient: the feedback signal."""

import inspect
import re
from dataclasses import dataclass

import numpy as np

PROBABILITY = ("binary_crossentropy", "binary_focal_crossentropy")
POSITIVE = ("mean_squared_logarithmic_error", "poisson")  # of predictions above 0
CLASSES = (
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "kl_divergence",
    "cosine_similarity",
    "dice",
    "tversky",
)
SPARSE = ("sparse_categorical_crossentropy", "categorical_generalized_cross_entropy")
ELSEWHERE = {
    "ctc": "it is of a sequence; losses.lattice and draw.ctc open it",
    "circle": "it compares the samples of a batch, and one alone has none",
}
MARGIN = 0.001  # between a probability and 0 or 1, where a logarithm ends
SIDE = 60  # steps along a side of the triangle


@dataclass(frozen=True, eq=False)
class Curve:
    """A loss over the predictions for one target.

    Attributes:
        loss: the keras.losses.Loss or function, callable as ``loss(y_true, y_pred)``.
        name: of the loss, such as "mean_squared_error".
        kind: "number", "probability" (of one unit, 0 to 1), or "classes" (three
            probabilities that add up to 1).
        target: the number; or the number of the class, 0, 1 or 2.
        predictions: ``(m,)``, or ``(m, 3)`` for classes.
        values: ``(m,)``, the loss of a sample with this prediction.
        gradients: as predictions: by how much the loss grows with each number.
    """

    loss: object
    name: str
    kind: str
    target: float
    predictions: np.ndarray
    values: np.ndarray
    gradients: np.ndarray


def curve(loss, *, target=None, predictions=None):
    """The loss of one sample, and its gradient, over what might have been predicted.

    Args:
        loss: a name such as "mse", a ``keras.losses.Loss``, or a function of
            ``(y_true, y_pred)`` that Keras could train with.
        target: a number, or for classes the right one, 0, 1 or 2. None: one that suits.
        predictions: ``(m,)``, or ``(m, 3)`` for classes; None: an axis or triangle that suits.

    Returns:
        Curve: values and gradients are Keras's own.

    Raises:
        TypeError: for what is no loss.
        ValueError: for a loss that is of no single sample (CTC, Circle), and other targets.

    Source: keras.io/api/losses; Chollet, Deep Learning with Python, ch. 3.1.
    """
    found, name = named(loss)
    kind = kind_of(found, name, predictions)
    target = (0 if kind == "classes" else 1.0) if target is None else target
    if kind == "classes" and target not in (0, 1, 2):
        raise ValueError(f"target is {target!r}; {name} is drawn over classes 0, 1 and 2.")
    given = axis(kind, name) if predictions is None else np.asarray(predictions, "float32")
    values, gradients = value_and_gradient(found, target, given)
    return Curve(found, name, kind, target, given, values, gradients)


def value_and_gradient(loss, target, predictions):
    """The loss of one sample for each of these predictions, and its gradient.

    On JAX by differentiation of Keras's own loss, elsewhere by central differences.

    Args:
        loss: as for `curve`.
        target: one for all: a number, or for three probabilities the number of the class.
        predictions: ``(m,)`` or ``(m, 3)``.

    Returns:
        ``(m,)`` values and gradients of the shape of ``predictions``, float32.
    """
    import keras

    found, name = named(loss)
    x = np.asarray(predictions, "float32")
    rows = x if x.ndim == 2 else x[:, None]
    wanted = np.array([target], "float32")
    if x.ndim == 2:
        sparse = name in SPARSE
        wanted = (
            np.array([target], "int32") if sparse else np.eye(x.shape[1], dtype="float32")[target]
        )

    def of(row):
        return keras.ops.sum(found(wanted[None], row[None]))

    if keras.backend.backend() == "jax":
        import jax

        values, gradients = jax.vmap(jax.value_and_grad(of))(rows)
    else:
        values, gradients = differences(of, rows)
    return np.asarray(values), np.asarray(gradients).reshape(x.shape)


def differences(of, rows, step=1e-3):
    """Values and central differences of a function of a row, row by row."""
    values = np.array([float(of(row)) for row in rows], "float32")
    gradients = np.empty_like(rows)
    for i, row in enumerate(rows):
        for j in range(len(row)):
            aside = step * np.eye(len(row), dtype="float32")[j]
            gradients[i, j] = (float(of(row + aside)) - float(of(row - aside))) / (2 * step)
    return values, gradients


def named(loss):
    """A loss that can be called, and its name as ``compile()`` would take it."""
    import keras

    if inspect.isclass(loss):
        raise TypeError(f"loss is the class {loss.__name__}; give an object: {loss.__name__}().")
    found = keras.losses.get(loss) if isinstance(loss, str) else loss
    if not callable(found):
        raise TypeError(
            f'loss is {loss!r}; give a name such as "mse", a keras.losses.Loss or a function '
            "of (y_true, y_pred)."
        )
    name = getattr(found, "__name__", None) or snake(type(found).__name__)
    if name in ELSEWHERE:
        raise ValueError(f"The {name} loss has no curve over a prediction: {ELSEWHERE[name]}.")
    return found, name


def kind_of(loss, name, predictions=None):
    """Over what a loss is drawn: "number", "probability" or "classes"."""
    if predictions is not None and np.ndim(predictions) == 2:
        return "classes"
    if name in PROBABILITY:
        return "number" if getattr(loss, "from_logits", False) else "probability"
    return "classes" if name in CLASSES else "number"


def axis(kind, name):
    """Predictions that suit: a line, the unit interval, or a triangle of probabilities."""
    if kind == "probability":
        return np.linspace(0.01, 0.99, 197, dtype="float32")
    if kind == "classes":
        steps = range(SIDE + 1)
        corners = [(i, j, SIDE - i - j) for i in steps for j in steps if i + j <= SIDE]
        inside = np.array(corners, "float32") / SIDE
        return inside * (1 - 3 * MARGIN) + MARGIN
    return np.linspace(0.05 if name in POSITIVE else -3, 4 if name in POSITIVE else 3, 241,
                       dtype="float32")  # fmt: skip


def snake(name):
    """ "MeanSquaredError" -> "mean_squared_error"."""
    return (
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("kldivergence", "kl_divergence")
    )

"""What a loss is asked about: a number, a probability, three classes or a similarity."""

import functools
import inspect
import re

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
KINDS = ("number", "probability", "classes", "similarity")
WORDS = dict(
    zip(KINDS, ("a number", "a probability", "three classes", "a similarity"), strict=True)
)
OVER = ("prediction", "logit")
MARGIN = 0.001  # between a probability and 0 or 1, where a logarithm ends
SIDE = 60  # steps along a side of the triangle
POINTS = 241  # of a line
EDGE = 8.0  # logits from minus to plus this


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
    plain = found.func if isinstance(found, functools.partial) else found
    name = getattr(plain, "__name__", None) or snake(type(plain).__name__)
    if name == "ctc":
        raise ValueError(
            "The ctc loss has no curve over a prediction: it is of a sequence; losses.lattice "
            "and draw.ctc open it."
        )
    return found, name


def from_logits(loss):
    """Whether a loss applies the sigmoid or the softmax itself."""
    if isinstance(loss, functools.partial):
        return bool(loss.keywords.get("from_logits"))
    return bool(getattr(loss, "from_logits", False))


def arguments(loss):
    """The arguments that a loss was made with, where they are not the usual ones; dict."""
    import keras

    if isinstance(loss, functools.partial):
        return dict(loss.keywords)
    if not isinstance(loss, keras.losses.Loss) or not type(loss).__module__.startswith("keras."):
        return {}
    # In Keras 3.15 the config of Huber and of CosineSimilarity leaves out what they were given.
    config, usual = (
        one.get_config() | getattr(one, "_fn_kwargs", {}) for one in (loss, type(loss)())
    )
    told = {name: value for name, value in config.items() if value != usual.get(name)}
    return {name: value for name, value in told.items() if name not in ("name", "dtype")}


def kind_of(loss, name, target=None, predictions=None):
    """Over what a loss is drawn: "number", "probability", "classes" or "similarity"."""
    if np.ndim(predictions) == 2 or np.ndim(target) == 1 or name in CLASSES:
        return "classes"
    if name == "circle":
        return "similarity"
    return "probability" if name in PROBABILITY else "number"


def together(losses, target=None, over="prediction"):
    """What losses beside each other are asked about: a kind, and "prediction" or "logit".

    A loss of numbers can be asked about probabilities, and about three of them.
    """
    kinds = [kind_of(*named(loss), target) for loss in losses]
    kind = next((k for k in ("similarity", "classes", "probability") if k in kinds), "number")
    if any(from_logits(named(loss)[0]) for loss in losses):
        over = "logit"
    return "probability" if (kind, over) == ("number", "logit") else kind, over


def suited(target, name, kind, over):
    """The target, or one that suits in place of None; an error where it does not."""
    if target is None:
        return 0 if kind == "classes" else 1.0
    if kind == "classes":
        if np.ndim(target) == 0 and target in (0, 1, 2):
            return int(target)
        three = np.shape(target) == (3,)
        if three and np.isclose(np.sum(target), 1) and np.min(target) >= 0:
            hot = np.max(target) == 1
            if hot or name not in SPARSE:
                return int(np.argmax(target)) if hot else tuple(map(float, target))
        hint = "" if name in SPARSE else ", or three probabilities that add up to 1"
        raise ValueError(
            f"target is {target!r}; {name} is drawn over classes 0, 1 and 2: give one{hint}."
        )
    if kind == "similarity" and target != 1:
        raise ValueError(
            f"target is {target!r}; {name} is drawn for two samples of one class: give 1."
        )
    if kind == "probability" and not 0 <= target <= 1:
        said = "a sigmoid" if over == "logit" else name
        raise ValueError(f"target is {target!r}; {said} is of probabilities: give 0 to 1.")
    return float(target)


def truth(target, name, classes):
    """The target as a sample of ``y_true``."""
    if not classes:
        return np.array([target], "float32")
    if name in SPARSE:
        return np.array([target], "int32")
    hot = np.eye(3)[target] if np.ndim(target) == 0 else target
    return np.asarray(hot, "float32")


def axis(kind, name, over="prediction", *seen):
    """What suits: a line on which all ``seen`` can be seen, or a triangle of probabilities."""
    if kind == "classes":
        steps = range(SIDE + 1)
        corners = [(i, j, SIDE - i - j) for i in steps for j in steps if i + j <= SIDE]
        inside = np.array(corners, float) / SIDE * (1 - 3 * MARGIN) + MARGIN
        return np.log(inside) if over == "logit" else inside
    most = max(map(abs, seen), default=0)
    if over == "logit":
        low, high = -EDGE, EDGE
    elif kind == "number":
        low, high = (0.05, 4.0) if name in POSITIVE else (-3.0, 3.0)
    else:
        low, high = (0.01 if kind == "probability" else -0.99), 0.99
        return np.linspace(min(low, *seen, low), max(high, *seen, high), POINTS)
    if most > high:
        low, high = (low, 1.5 * most) if low > 0 else (-1.5 * most, 1.5 * most)
    return np.linspace(low, high, POINTS)


def snake(name):
    """ "MeanSquaredError" -> "mean_squared_error"."""
    return (
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("kldivergence", "kl_divergence")
    )

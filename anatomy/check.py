"""Exercises, checked by what an answer does.

Each check takes the answer first and returns a `Verdict`, which a notebook shows as a sentence.
An answer of ``...`` is none yet; a wrong one gets a hint; what an answer raises is told.
"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from anatomy import layers, losses
from anatomy.losses.curve import named
from anatomy.training import fit, readable, tables

PUSH = 0.1  # of the logit, at least, where a network is surest and wrong; crossentropy has 1
EPOCHS = 3  # that a mended model trains for


@dataclass(frozen=True)
class Verdict:
    """What became of an answer: ``right`` is True, False, or None for no answer yet."""

    right: bool | None
    text: str

    def __bool__(self):
        return self.right is True

    def __repr__(self):
        return {True: "Right. ", False: "Not yet. ", None: "No answer yet. "}[
            self.right
        ] + self.text


def shape(answer, given, input_shape):
    """Whether the answer is the shape of what these layers hand on.

    Args:
        answer: tuple, None for the batch axis, such as (None, 10); ``...`` for no answer yet.
        given: list of layers that fit onto each other.
        input_shape: tuple without the batch axis.

    Returns:
        Verdict: the hint says at which axis to look.
    """
    if answer is ...:
        return Verdict(None, "Put a shape in place of the dots, such as (None, 10).")
    truth = layers.stack(input_shape, given).joints[-1].output_shape
    if not isinstance(answer, tuple | list):
        return Verdict(False, f"{answer!r} is not a shape: write a tuple such as (None, 10).")
    if tuple(answer) == truth:
        return Verdict(True, f"Keras infers {truth} too: {in_words(truth)}.")
    if len(answer) != len(truth):
        return Verdict(
            False,
            f"{tuple(answer)} has {len(answer)} axes. Which does the last layer keep, and "
            "is the batch axis, None, among them?",
        )
    if answer[0] is not None:
        return Verdict(False, "The first axis is the batch: any number of samples, so None.")
    wrong = next(i for i, (a, b) in enumerate(zip(answer, truth, strict=True)) if a != b)
    return Verdict(False, f"Look at axis {wrong} again: {layers.axes(truth)[wrong - 1]}.")


def parameters(answer, layer, input_shape):
    """Whether the answer is the number of parameters of a layer.

    Args:
        answer: integer; ``...`` for no answer yet.
        layer: a ``keras.layers.Layer``.
        input_shape: tuple without the batch axis.

    Returns:
        Verdict: the hint says which weights to count.
    """
    if answer is ...:
        return Verdict(None, "Put a number in place of the dots.")
    facts = layers.facts(layer, input_shape)
    sums = " + ".join(f"{w.derived} ({w.name})" for w in facts.weights)
    if not isinstance(answer, Integral):
        return Verdict(False, f"{answer!r} is not a whole number.")
    if answer == facts.parameters:
        return Verdict(True, f"{sums or 'no weights'} = {facts.parameters:,}.")
    for weight in facts.weights:
        if answer == facts.parameters - weight.count:
            return Verdict(False, f"One tensor of weights is missing: the {weight.name}.")
    names = " and ".join(weight.name for weight in facts.weights) or "none at all"
    return Verdict(False, f"The weights are: {names}. Write down the shape of each, and multiply.")


def mended(answer, input_shape, outputs):
    """Whether these layers fit onto the input and onto each other, and take a training step.

    Args:
        answer: list of layers; ``...`` for no answer yet.
        input_shape: tuple without the batch axis.
        outputs: tuple without the batch axis, what the last layer has to hand on.

    Returns:
        Verdict: the hint is the first joint that breaks, and why.
    """
    import keras

    if answer is ...:
        return Verdict(None, "Put a list of layers in place of the dots.")
    try:
        stack = layers.stack(input_shape, answer, outputs=outputs)
        if stack.broken:
            return Verdict(False, f"At layer {stack.broken.index}: {stack.broken.why}")
        model = stack.model()
        model.compile("sgd", keras.losses.MeanSquaredError())
        x, y = np.zeros((2, *input_shape), "float32"), np.zeros((2, *outputs), "float32")
        model.train_on_batch(x, y)
    except Exception as error:  # an answer may be anything
        return Verdict(False, readable(error))
    return Verdict(True, f"{in_words(stack.input_shape)} become {in_words((None, *outputs))}.")


def loss(answer, last, data, best=None):
    """Whether a loss suits a last layer and its targets, and asks for what is wanted.

    It trains a step and `losses.diagnose` finds nothing. With ``best``, the one number that the
    loss likes best for all the targets is ``best(y)``; without, a sigmoid or softmax that is sure
    and wrong is pushed: the gradient over its logit does not vanish there.

    Args:
        answer: a name or a ``keras.losses.Loss``; ``...`` for no answer yet.
        last: the layer that makes the output.
        data: a split, or ``(x, y)`` of NumPy arrays.
        best: ``np.mean`` or ``np.median`` for a regression, or None.

    Returns:
        Verdict: the hint says what the loss does to these targets.
    """
    if answer is ...:
        return Verdict(None, 'Put a loss in place of the dots, such as "hinge".')
    try:
        x, y = pair(data)
        model = alone(last, answer, x.shape[1:])
        if found := losses.diagnose(model, y):
            return Verdict(False, f"{found[0].wrong} {found[0].happens}")
        model.train_on_batch(x[:32], y[:32])
        if best is not None:
            return asked_for(answer, y, best)
        return pushed(answer, model.layers[-1].activation)
    except Exception as error:  # an answer may be anything
        return Verdict(False, readable(error))


def asked_for(answer, y, best):
    """Whether the one number that a loss likes best for all targets is ``best`` of them."""
    found, _ = named(answer)
    tried = np.unique([np.mean(y), *np.quantile(y, np.linspace(0, 1, 101))]).astype("float32")
    cost = [np.mean(found(y, np.full_like(y, one))) for one in tried]
    likes, wanted = tried[np.argmin(cost)], best(y)
    said = f"If it may give one number for all targets, this loss likes {likes:.3g} best"
    if abs(likes - wanted) > 0.25 * abs(np.mean(y) - np.median(y)):
        return Verdict(False, f"{said}. Is that what was wanted? Look at a histogram of them.")
    return Verdict(True, f"{said}: their {best.__name__} is {wanted:.3g}.")


def pushed(answer, activation):
    """Whether a loss moves the logit of a prediction that is sure and wrong."""
    if activation.__name__ not in ("sigmoid", "softmax"):
        return Verdict(True, "It trains, and nothing is wrong with these targets.")
    wrong = [-8.0] if activation.__name__ == "sigmoid" else [[-8.0, 8.0, -8.0]]
    target = 1 if activation.__name__ == "sigmoid" else 0

    def push(loss):
        found, name = named(loss)

        def over_logit(y_true, logit):
            return found(y_true, activation(logit))

        over_logit.__name__ = name  # by it, targets are rows or numbers of classes
        _, gradient = losses.value_and_gradient(over_logit, target, wrong)
        return np.abs(gradient).max()

    said = (
        f"Where the network is sure and wrong, this loss pushes its logit with {push(answer):.1g}"
    )
    if push(answer) < PUSH:
        return Verdict(False, f"{said}. It trains, but how long does it take to change its mind?")
    return Verdict(True, f'{said}; "mse" would with {push("mse"):.1g}.')


def compiled(answer, data):
    """Whether a model is compiled with a loss that fits its output and its targets, and trains.

    Args:
        answer: a function that builds a compiled model, or the model; ``...`` for none yet.
        data: a split, or ``(x, y)`` of NumPy arrays.

    Returns:
        Verdict: the hint is the first finding of `losses.diagnose`, or what the loss did.
    """
    if answer is ...:
        return Verdict(None, "Put a function that builds the model in place of the dots.")
    try:
        x, y = pair(data)
        model = answer if hasattr(answer, "fit") else answer()
        if found := losses.diagnose(model, y):
            return Verdict(False, f"{found[0].wrong} {found[0].happens}")
        cost = fit(model, x, y, epochs=EPOCHS).history["loss"]
    except Exception as error:  # an answer may be anything
        return Verdict(False, readable(error))
    said = f"in {EPOCHS} epochs the loss went from {cost[0]:.2g} to {cost[-1]:.2g}"
    if not cost[0] - cost[-1] > 1e-4 * abs(cost[0]):  # less is rounding: batches are shuffled
        return Verdict(False, f"Nothing is wrong with its loss, but {said}.")
    return Verdict(True, f"Output, loss and targets fit, and {said}.")


def shortcut(answer, data):
    """Whether a feature gives the class away in the training data alone.

    Args:
        answer: the number of a column of x; ``...`` for no answer yet.
        data: ``((x, y), (x_honest, y_honest))`` of NumPy arrays, y the number of the class.

    Returns:
        Verdict: it says how well a network does that sees this feature alone, on both.
    """
    import keras

    if answer is ...:
        return Verdict(None, "Put the number of a column in place of the dots.")
    (x, y), (honest, truth) = data
    if not (isinstance(answer, Integral) and 0 <= answer < x.shape[1]):
        return Verdict(False, f"{answer!r} is no column: they go from 0 to {x.shape[1] - 1}.")
    model = alone(keras.layers.Dense(int(np.max(y)) + 1, activation="softmax"),
                  "sparse_categorical_crossentropy", (1,))  # fmt: skip
    fit(model, x[:, [answer]], y, epochs=20)
    right = [
        np.mean(np.argmax(model.predict(a[:, [answer]], verbose=0), axis=1) == np.ravel(b))
        for a, b in ((x, y), (honest, truth))
    ]
    said = f"Column {answer} alone is right in {right[0]:.0%} of the training data"
    if right[0] - right[1] < 0.2:
        return Verdict(False, f"{said}, and in {right[1]:.0%} of the honest: no cheat.")
    return Verdict(True, f"{said}, and in {right[1]:.0%} of the honest: it says nothing there.")


def pair(data):
    """The training part, x and y."""
    arguments = tables(data)[0].arguments
    return arguments["x"], arguments["y"]


def alone(last, loss, shape):
    """A compiled model of this layer and no other; the layer that is given stays as it is."""
    import keras

    copy = type(last).from_config(last.get_config())
    model = keras.Sequential([keras.Input(shape), copy])
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


def in_words(shape):
    """(None, 28, 28) -> "28 timesteps of 28 features"."""
    names = layers.axes(shape)
    sizes = [f"{size} {name}" for size, name in zip(shape[1:], names, strict=True)]
    return " of ".join(sizes) if len(sizes) < 3 else " × ".join(sizes)

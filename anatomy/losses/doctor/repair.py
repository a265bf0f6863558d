"""Changes to a model's last layer, its loss or its targets; each is tried before it is proposed."""

import re
from dataclasses import dataclass

import numpy as np

from anatomy.layers.bricks.facts import new
from anatomy.layers.code import call, like
from anatomy.layers.shapes import inner
from anatomy.layers.stacks.facts import judge
from anatomy.layers.symbolic import before, chain, clone, unseen
from anatomy.lazy import keras
from anatomy.losses.doctor.conditions import BINARY, CUTS, HINGES, accuracies, class_numbers
from anatomy.losses.doctor.outputs import RECURRENT, SQUASHES, WEIGHING, outputs
from anatomy.training.run import compiled_like
from anatomy.training.step import trial

OPEN = 8  # the size of an axis that is open
AT_0 = "BinaryAccuracy(threshold=0)"
BENDING = ("Softmax", "Activation", "ReLU", "LeakyReLU")
# A copy has not been trained yet: these may be said of it where they are not of the model.
SETTLED = {"targets not scaled", "kernels of one number"}


@dataclass(frozen=True, eq=False)
class Change:
    """One change, and the Keras code for it.

    Attributes:
        code: what to write.
        layer: None, or (activation, units) for the layer with the weights; units None: its own.
            What bends its numbers behind it goes, but for the activation "linear".
        loss: None, or the loss instead. targets: None, or the targets instead, an expression in y
            and np, which is what the code says; or a function of them.
        metrics, layers: None, or a function of all of them to others.
        choice: whether it is for the author to decide; then `repaired` leaves it. other: None, or
            a Change that has to work too, where either may be meant.
    """

    code: str
    layer: tuple | None = None
    loss: object = None
    targets: object = None
    metrics: object = None
    layers: object = None
    choice: bool = False
    other: object = None

    @property
    def plain(self):
        """Whether it is unambiguous, so that `Findings.repaired` may apply it."""
        own = self.loss is not None or self.targets or self.metrics
        return bool(own) and not (self.layer or self.layers or self.choice)


def written(output, activation, units=None):
    """The layer with the weights as it should be, in Keras."""
    layer = output.layer
    name = type(layer).__name__ if re.match(WEIGHING, type(layer).__name__) else "Dense"
    own = getattr(layer, "units", None) or getattr(layer, "filters", None)
    units = units or (type(layer).__name__ not in RECURRENT and own) or output.units
    text = f'"{activation}"' if activation else "None"
    size = f"{units}, " if units else ""
    if "Conv" in name:
        kernel = layer.kernel_size
        size += f"{kernel[0] if len(set(kernel)) == 1 else kernel}, "
    return f"layers.{name}({size}activation={text})"


def ending(output, activation, units=None, loss="", targets="", also=None):
    """A Change to another last layer; to a loss of this name, and to other targets.

    ``also``: the function that does what ``targets`` says, where that is no expression.
    """
    code = written(output, activation, units) + f', loss="{loss}"' * bool(loss)
    code, targets = code + f", and {targets}" * bool(targets), also or targets
    name = type(output.layer).__name__
    if name not in RECURRENT:
        return Change(code, (activation, units), loss or None, targets)
    last = {"units": units or output.units, "activation": activation}
    code += f" after the {name}"
    return Change(code, None, loss or None, targets, layers=lambda s: [*s, new("Dense", last)])


def spelled_loss(loss):
    """The code for a loss: its name, or its class with the settings that it has."""
    return f'"{loss}"' if isinstance(loss, str) else call(loss)


def other(output, kind="", **settings):
    """A Change of the loss alone: to this kind, or to other settings; the logits stay logits."""
    config = {"from_logits": output.logits} if kind else output.settings
    config = {name: value for name, value in (config | settings).items() if value is not False}
    kind = kind or output.kind
    name = "".join(word.capitalize() for word in kind.split("_"))
    try:
        loss = getattr(keras.losses, name).from_config(config)
    except (AttributeError, TypeError):  # CTC has no such class, others no such setting
        return None
    loss = loss if spelled_loss(loss).count("=") else kind
    return Change(f"loss={spelled_loss(loss)}", loss=loss)


def suiting(output):
    """The ending that suits the targets: labels of two classes, of several, or measured values."""
    y = output.y
    if y is not None and y.one_hot:
        return ending(output, "softmax", y.shape[-1], "categorical_crossentropy")
    if y is None or y.bits:
        return ending(output, "sigmoid", 1, "binary_crossentropy")
    if n := y.classes():
        return ending(output, "softmax", n, "sparse_categorical_crossentropy")
    return ending(output, None, y.shape[-1] if len(y.shape) > 1 else 1, "mse")


def of_targets(code, choice=False):
    """A Change of the targets alone to this expression."""
    return Change(code, targets=code, choice=choice)


def reshaped(output, it):
    """Changes that give the output the shape of the targets, or the targets that of the output."""
    y, shape, last = output.y, output.shape, output.activation.replace("linear", "")
    if class_numbers(output, y) and (last in SQUASHES or y.high + 1 == output.units):
        yield ending(output, "softmax", loss="sparse_categorical_crossentropy")
    if len(y.shape) < len(shape) > 2:
        yield from stacked(output, y.shape[1:] or shape[-1:])
    size = int(y.high) + 1 if re.search("sparse|generalized", output.kind) else y.shape[-1]
    if size and size != shape[-1] and len(y.shape) > 1:
        yield ending(output, last, size)
        yield from [ending(output, "softmax", size, "categorical_crossentropy")] * y.shares
    yield of_targets(f"y.reshape((-1, {', '.join(map(str, shape[1:]))}))")


def stacked(output, wanted):
    """The change by which the layers output another shape, as `layers.stack` repairs them."""
    try:
        with unseen():
            shape = None, *output.model.input_shape[1:]
            steps = judge(chain(output.model), shape, wanted).changes
    except Exception:  # several inputs
        steps = ()
    words = ", and ".join(re.sub("^(write|put) ", "", text) for text, _ in steps)
    yield from [Change(words, layers=lambda _: steps[-1][1])] * bool(steps)


def endings(o, it):
    """Other endings, the nearest first: of most faults one of them is the repair."""
    if o.kind in BINARY and o.y is not None and o.y.measured:
        yield suiting(o)
    yield ending(o, "sigmoid" if o.kind in BINARY else "softmax")
    yield ending(o, "softmax")
    yield ending(o, None)
    yield ending(o, "sigmoid", loss="binary_crossentropy")
    yield suiting(o)


def either(o, it):
    """Measured values are predicted as they are; whole numbers may be those of classes too."""
    measured, classes = ending(o, None), suiting(o)
    code = f"{measured.code} for measured values, and for classes {classes.code}"
    may_be = o.units == 1 and o.y.classes()
    yield Change(code, classes.layer, classes.loss, other=measured) if may_be else measured


def earlier(o, it):
    """The first of two squashes left out."""
    yield Change(f"{written(o, None)} before the {o.activation}", ("linear", None))


def along_channels(o, it):
    """The softmax along axis 1."""

    def layers(several):
        *first, last = [one for one in several if type(one).__name__ not in BENDING]
        return [*first, like(last, activation="linear"), new("Softmax", {"axis": 1})]

    yield Change(f"{written(o, None)}, layers.Softmax(axis=1)", layers=layers)


def drawn(o, it):
    """Kernels that begin with random numbers."""
    yield Change('kernel_initializer="glorot_uniform"', layers=lambda several: [
        like(one, kernel_initializer="glorot_uniform") for one in several])  # fmt: skip


def more_units(o, ends):
    """A unit for each class number from the least to the greatest."""
    low, high = min(ends[0], 0), ends[1]
    activation = o.activation.replace("linear", "")
    yield ending(o, activation, high - low + 1, targets=f"y - ({low})" if low else "")


def counted(o, it):
    """Labels from 1, 0 for the padding alone, and a unit more."""

    def count(y):
        end = np.flip(np.cumsum(np.flip(y, axis=1), axis=1), axis=1) == 0
        return np.where(end, 0, y + 1)

    text = "y + 1 for the labels, 0 for the padding alone"
    yield ending(o, None, o.units and o.units + 1, targets=text, also=count)


def decoded(o, it):
    """Labels out of rows, or an output for each frame."""
    if o.y is not None and o.y.one_hot and o.y.values.ndim == 3:
        return [of_targets("y.argmax(axis=-1)")]
    several = (one.input.shape for one in getattr(o.model, "layers", ())[::-1] if one.built)
    frames = next((shape[1] for shape in several if len(shape) == 3), None)
    return stacked(o, (frames, o.units))


def within(o, it):
    """Measured targets brought between 0 and 1, or another loss for them."""
    if o.y.low >= -1 and o.y.high <= 1:
        yield of_targets("(y + 1) / 2", choice=True)
    elif o.y.low >= 0:
        yield of_targets(f"y / {o.y.high:g}", choice=True)
    yield Change('loss="mse"', loss="mse")
    yield ending(o, None, loss="mse")


def absolute(o, it):
    """The mean absolute error."""
    yield Change('loss="mae"', loss="mae")


def standardized(o, it):
    """Targets of mean 0 and deviation 1, and an output that can be them."""
    code = "(y - y.mean()) / y.std()"
    yield of_targets(code, choice=True)
    yield ending(o, None, targets=code)


def finite(o, it):
    """The rows without NaN."""
    code = "rows = np.isfinite(y); x[rows], y[rows]"
    yield Change(code, targets=lambda y: y[np.isfinite(y.reshape(len(y), -1)).all(axis=1)],
                 choice=True)  # fmt: skip


def metric(o, instead, it="accuracy", targets=""):
    """Another metric, a name or a call, in place of one of `CUTS`, or of the accuracies."""
    code = f"keras.metrics.{instead}" if instead.endswith(")") else f'"{instead}"'
    wrong = [m for name, m in accuracies(o).items() if name == it or not {name, it} & {*CUTS}]
    other, text = eval(code, {"keras": keras}), f"{targets}, " * bool(targets) + f"metrics=[{code}]"
    return [Change(text, targets=targets, metrics=lambda every: [
        *(one for one in every if one not in wrong), other])]  # fmt: skip


def from_signs(o, it):
    """0 and 1 for -1 and +1; under a hinge, which turns them back, the accuracy cuts at 0."""
    return metric(o, AT_0, "", "y > 0") if o.kind in HINGES else [of_targets("(y + 1) / 2")]


def changed(model, y, changes, before, *, trial=False):
    """(model, y) with these changes; what was given stays as it is.

    Args:
        model: a compiled model, or a pair of an output layer and a loss. y: its targets.
        changes: pairs of the place of an output and a `Change`; one of the layers stands alone.
        before: the outputs of the model as it is. trial: whether to compile for a single step.

    Returns:
        A clone with the same weights, newly compiled (of a pair a pair), and the targets as
        arrays; each as it was where no change is about it.
    """
    losses, metrics = [output.loss for output in before], None
    for place, change in changes:
        losses[place] = losses[place] if change.loss is None else change.loss
        if change.metrics:
            metrics = change.metrics(metrics or before[place].metrics)
        if change.targets:
            y = _put(y, change.targets, before[place], len(before))
    if not trial and not any(change.loss or change.metrics for _, change in changes):
        return model, y
    if isinstance(model, tuple):
        return (model[0], losses[0]), y
    if trial:  # the faults of other outputs are none of this one
        losses = [one if k == place else None for k, one in enumerate(losses)]
    loss = losses[0] if len(losses) == 1 else losses
    if isinstance(model.loss, dict) and len(losses) > 1:
        loss = {o.name: one for o, one in zip(before, losses, strict=True)}
    new = _clone(model, before[place].layer, change)
    if model.built and not change.layer and not change.layers:
        new.set_weights(model.get_weights())
    settings = {"loss": loss} | ({"metrics": metrics} if metrics else {})
    if trial:  # one step of the plainest, to compile little
        new.compile("sgd", **settings)
    else:
        compiled_like(new, model, **settings)
    return new, y


def _clone(model, end, change):
    """A clone; another layer at the end goes without what bends its numbers behind it."""
    if change.layers:
        if not (several := chain(model)):
            raise ValueError("layers that are no chain are not put in another order")
        new = map(clone, change.layers(several))
        return keras.Sequential([keras.Input(model.input_shape[1:]), *new])

    def other(layer):
        if change.layer and inner(layer) is end:
            return ended(layer, *change.layer)
        bends = change.layer and change.layer[0] != "linear" and type(layer).__name__ in BENDING
        if bends and _follows(layer, end):
            return keras.layers.Identity(name=layer.name)
        return clone(layer)

    return keras.models.clone_model(model, clone_function=other)


def _follows(layer, end):
    """Whether a layer stands right behind another, or behind what only moves its numbers."""
    near = (one for one in before(layer) if one is end or re.match(WEIGHING, type(one).__name__))
    return next(near, None) is end


def ended(layer, activation, units=None):
    """A layer with another activation, and units."""
    sizes = {"units": units, "filters": units} if units else {}
    return like(layer, activation=activation or "linear", **sizes)


def _put(y, change, output, count):
    """The targets with those of one output changed."""

    def new(y):
        y = np.asarray(y)
        return eval(change, {"np": np, "y": y}) if isinstance(change, str) else change(y)

    if isinstance(y, dict):
        key = output.name if output.name in y else list(y)[output.place]
        return {**y, key: new(y[key])}
    if count > 1 or (isinstance(y, list | tuple) and len(y) == 1 and hasattr(y[0], "shape")):
        return [new(one) if k == output.place else one for k, one in enumerate(y)]
    return new(y)


def works(model, y, code, place, change, judge):
    """Whether a change does what it should: a copy with it trains one step and is judged sound.

    Args:
        model, y: as for `changed`.
        code, place: of what is wrong, and of its output. change: the `Change`.
        judge: a function of (model, y) that returns the codes of all that is wrong.

    Returns:
        bool: the copy trains on a few rows, this is right in it, and nothing new is wrong.
    """
    before = judge(model, y) | SETTLED
    if change.other and not works(model, y, code, place, change.other, judge):
        return False
    try:
        with unseen(values=True):
            if (is_pair := isinstance(model, tuple)) or not model.built:
                layer, loss = model if is_pair else (model.layers[-1], model.loss)
                between = np.shape(y)[1:-1] if np.ndim(y) > 2 else ()
                model = alone(layer, loss, (*between, OPEN))
            copy, targets = changed(model, y, [(place, change)], outputs(model, y)[0], trial=True)
            after = judge(copy, targets)
            return code not in after and after <= before and (y is None or not trial(copy, targets))
    except Exception:  # it does not build
        return False


def alone(layer, loss, shape, optimizer="sgd"):
    """A compiled model of a layer like this one and no other, for samples of this shape."""
    model = keras.Sequential([keras.Input(shape), clone(layer)])
    model.compile(optimizer, loss)
    return model

"""Changes to a model's last layer, its loss or its targets; each is tried before it is proposed."""

import re
from dataclasses import dataclass

import numpy as np

from anatomy.layers.symbolic import unseen
from anatomy.losses.doctor.outputs import WEIGHING, outputs
from anatomy.training import private

FEW, OPEN = 4, 8  # rows of a trial; the size of an axis that is open
# A copy has not been trained yet: these may be said of it where they are not of the model.
SETTLED = {"targets not scaled", "kernels of zeros"}


@dataclass(frozen=True, eq=False)
class Change:
    """One change, and the Keras code for it.

    Attributes:
        code: what to write.
        layer: None, or (activation, units) for the layer with the weights; units None: its own.
            What bends its numbers behind it goes, but for the activation "linear".
        loss: None, or the loss instead. targets: None, or a function of the targets.
        metrics: None, or the metrics instead.
        layers: None, or a function from the layers of a Sequential to others.
        choice: whether it is for the author to decide; then `repaired` leaves it.
    """

    code: str
    layer: tuple | None = None
    loss: object = None
    targets: object = None
    metrics: object = None
    layers: object = None
    choice: bool = False

    @property
    def plain(self):
        """Whether it is unambiguous, so that `Findings.repaired` may apply it."""
        own = self.loss is not None or self.targets or self.metrics
        return bool(own) and not (self.layer or self.layers or self.choice)


def written(output, activation, units=None):
    """The layer with the weights as it should be, in Keras."""
    layer, units = output.layer, units or output.units
    name = type(layer).__name__ if re.match(WEIGHING, type(layer).__name__) else "Dense"
    text = f'"{activation}"' if activation else "None"
    size = f"{units}, " if units else ""
    if "Conv" in name:
        kernel = layer.kernel_size
        size += f"{kernel[0] if len(set(kernel)) == 1 else kernel}, "
    return f"layers.{name}({size}activation={text})"


def ending(output, activation, units=None, loss=""):
    """A Change to another last layer, and to a loss of this name."""
    code = written(output, activation, units) + f', loss="{loss}"' * bool(loss)
    return Change(code, (activation, units), loss or None)


def other(output, kind="", **settings):
    """A Change of the loss alone: to this kind, or to other settings; the logits stay logits."""
    import keras

    config = {"from_logits": output.logits} if kind else output.loss_settings
    config = {name: value for name, value in (config | settings).items() if value is not False}
    kind = kind or output.kind
    name = "".join(word.capitalize() for word in kind.split("_"))
    code = f"keras.losses.{name}(from_logits=True)" if config.get("from_logits") else f'"{kind}"'
    return Change(f"loss={code}", loss=getattr(keras.losses, name).from_config(config))


def changed(model, y, changes, before, *, trial=False):
    """(model, y) with these changes; what was given stays as it is.

    Args:
        model: a compiled model, or a pair of an output layer and a loss.
        y: its targets.
        changes: dict from the place of an output to a list of `Change`.
        before: the outputs of the model as it is.
        trial: whether to compile for a single step.

    Returns:
        A clone with the same weights, newly compiled (of a pair a pair), and the targets as
        arrays; each as it was where no change is about it.
    """
    losses, layers = [output.loss for output in before], {}
    metrics = reorder = None
    for place, several in changes.items():
        for change in several:
            losses[place] = losses[place] if change.loss is None else change.loss
            metrics = change.metrics or metrics
            reorder = change.layers or reorder
            if change.layer:
                layers[place] = change.layer
            if change.targets:
                y = _put(y, change.targets, before[place], len(before))
    only = all(c.targets and not (c.loss or c.metrics) for some in changes.values() for c in some)
    if only and not trial:
        return model, y
    if isinstance(model, tuple):
        layer = model[0]
        return (_layer(layer, *layers[0]) if layers else layer, losses[0]), y
    if trial:  # the faults of other outputs are none of this one
        losses = [one if place in changes else None for place, one in enumerate(losses)]
    loss = losses[0] if len(losses) == 1 else losses
    if isinstance(model.loss, dict):
        pairs = zip(before, losses, strict=True)
        loss = {o.name: one for o, one in pairs if one is not None} if len(losses) > 1 else loss
    ends = {before[place].layer: layer for place, layer in layers.items()}
    clone = _clone(model, ends, reorder)
    if model.built and not ends and not reorder:
        clone.set_weights(model.get_weights())
    settings = private.compile_settings(model)
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    if trial:  # one step of the plainest, to compile little
        settings, optimizer = {}, "sgd"
    settings |= {"metrics": metrics} if metrics else {}
    clone.compile(**settings | {"optimizer": optimizer, "loss": loss})
    return clone, y


def _clone(model, ends, reorder):
    """A clone, with other layers at the ends; what bends their numbers behind them goes."""
    import keras

    if reorder:
        return keras.Sequential([keras.Input(model.input_shape[1:]), *reorder(model.layers)])

    gone = [end for end, (activation, _) in ends.items() if activation != "linear"]

    def clone(layer):
        if layer in ends:
            return _layer(layer, *ends[layer])
        bends = type(layer).__name__ in ("Softmax", "Activation", "ReLU", "LeakyReLU")
        if bends and any(_follows(layer, end) for end in gone):
            return keras.layers.Identity(name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=clone)


def _follows(layer, end):
    """Whether a layer stands right behind another, or behind what only moves its numbers."""
    seen = 0
    while seen < 9 and (nodes := getattr(layer, "_inbound_nodes", None)):
        sources = nodes[0].input_tensors
        if len(sources) != 1:
            return False
        layer, seen = sources[0]._keras_history.operation, seen + 1
        if layer is end:
            return True
        if re.match(WEIGHING, type(layer).__name__):
            return False
    return False


def _layer(layer, activation, units=None):
    """A layer with another activation, and units; behind a recurrent one it is a Dense."""
    config = layer.get_config()
    size = "units" if "units" in config else "filters"
    config |= {"activation": activation or "linear"} | ({size: units} if units else {})
    return type(layer).from_config(config)


def _put(y, change, output, count):
    """The targets with those of one output changed."""
    if isinstance(y, dict):
        key = output.name if output.name in y else list(y)[output.place]
        return {**y, key: change(y[key])}
    if count > 1:
        return type(y)(change(one) if k == output.place else one for k, one in enumerate(y))
    alone = isinstance(y, list | tuple) and len(y) == 1 and hasattr(y[0], "shape")
    return [change(y[0])] if alone else change(np.asarray(y))


def works(model, y, code, place, change, judge):
    """Whether a change does what it should: a copy with it trains one step and is judged sound.

    Args:
        model, y: as for `changed`.
        code, place: of what is wrong, and of its output. change: the `Change`.
        judge: a function of (model, y) that returns the codes of all that is wrong.

    Returns:
        bool: the copy trains on a few rows, this is right in it, and nothing new is wrong.
    """
    import keras

    before = judge(model, y) | SETTLED
    try:
        with unseen(values=True):
            if isinstance(model, tuple) or not model.built:
                model = _alone(model, y)
            copy, targets = changed(model, y, {place: [change]}, outputs(model, y)[0], trial=True)
            after = judge(copy, targets)
            if code in after or not after <= before:
                return False
            if y is not None:
                rows = _rows(targets)
                count = len(keras.tree.flatten(rows)[0])
                inputs = [_noise(x, count) for x in copy.inputs]
                copy.train_on_batch(inputs if len(inputs) > 1 else inputs[0], rows)
    except Exception:  # it does not build, or does not train
        return False
    return True


def _alone(model, y):
    """A model of an output layer alone, for a pair and for a model whose inputs are not known."""
    import keras

    layer, loss = model if isinstance(model, tuple) else (model.layers[-1], model.loss)
    between = np.shape(y)[1:-1] if np.ndim(y) > 2 else ()
    alone = keras.Sequential(
        [keras.Input((*between, OPEN)), type(layer).from_config(layer.get_config())]
    )
    alone.compile("sgd", loss)
    return alone


def _rows(y):
    """A few rows of the targets."""
    if isinstance(y, dict):
        return {name: np.asarray(part)[:FEW] for name, part in y.items()}
    if isinstance(y, list | tuple) and hasattr(y[0], "shape"):
        return [np.asarray(part)[:FEW] for part in y]
    return np.asarray(y)[:FEW]


def _noise(x, count):
    """Inputs for a Keras tensor: normal numbers; for integers zeros, which any table has."""
    shape = (count, *(OPEN if size is None else size for size in x.shape[1:]))
    if "float" not in str(x.dtype):
        return np.zeros(shape, str(x.dtype))
    return np.random.default_rng(0).normal(size=shape).astype("float32")

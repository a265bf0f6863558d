"""Findings applied: the same network compiled with a loss that fits, targets that fit."""

import numpy as np

from anatomy.losses.ends import ends


def mend(model, y, findings):
    """(model, y) with every change that is unambiguous; those given stay as they are.

    Args:
        model: a compiled model, or a pair of an output layer and a loss.
        y: its targets. findings: of this model and these targets.

    Returns:
        A clone of the model with the same weights, newly compiled (a pair with a new loss), and
        the targets as arrays; each as it was where nothing mends it.
    """
    before = ends(model, y)
    losses, new = [end.loss for end in before], set()
    for one in findings:
        if one.loss or one.settings:
            losses[one.place] = other(losses[one.place], before[one.place].kind, one)
            new.add(one.place)
        if one.targets:
            y = put(y, one.targets, one.place, one.output, len(before))
    if not new:
        return model, y
    if isinstance(model, tuple):
        return (model[0], losses[0]), y
    return recompiled(model, losses[0] if len(losses) == 1 else spread(model, before, losses)), y


def other(loss, kind, finding):
    """A loss of the class and with the settings that mend it, and its own for all else."""
    import keras

    if finding.loss:
        return getattr(keras.losses, finding.loss)(**finding.settings)
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    name = "".join(word.capitalize() for word in kind.split("_"))
    return getattr(keras.losses, name).from_config({**config, **finding.settings})


def put(y, change, place, name, count):
    """The targets with those of one output changed."""
    if isinstance(y, dict):
        key = name if name in y else list(y)[place]
        return {**y, key: change(y[key])}
    if count > 1:
        return type(y)(change(one) if k == place else one for k, one in enumerate(y))
    alone = isinstance(y, list | tuple) and len(y) == 1 and hasattr(y[0], "shape")
    return [change(y[0])] if alone else change(np.asarray(y))


def spread(model, before, losses):
    """The losses in the form that the model was compiled with: a dict or a list."""
    if isinstance(model.loss, dict):
        return {end.name: one for end, one in zip(before, losses, strict=True) if one is not None}
    return losses


def recompiled(model, loss):
    """A clone with the same weights and another loss; the optimizer begins anew."""
    import keras

    clone = keras.models.clone_model(model)
    if model.built:
        clone.set_weights(model.get_weights())
    settings = dict(model._compile_config.config)
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    clone.compile(**{**settings, "optimizer": optimizer, "loss": loss})
    return clone

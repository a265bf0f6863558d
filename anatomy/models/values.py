"""Values: what each layer of a model hands on for one sample."""

import math

import numpy as np

from anatomy.models.graph import check, in_order


def values(model, x):
    """The outputs of every layer of a model for one sample.

    Args:
        model: a built keras.Model whose wiring Keras knows: Sequential or functional.
        x: one sample, without the batch axis: an array, or a list (for several inputs, in their
            order) or dict (by their names) of arrays. An array with as many numbers as an
            input takes is reshaped to it, so that a digit of 784 pixels fits ``(28, 28, 1)``.

    Returns:
        list of tuples of arrays: for each node of ``models.graph(model)`` its outputs, without
        the batch axis, as the model gives them when it predicts (not in training).

    Raises:
        TypeError, ValueError: model is no built keras.Model, or its wiring is not known; a
            sample of another size.

    Source: keras.io/getting_started/faq, on the output of intermediate layers.
    """
    import keras

    check(model)
    functional = getattr(model, "_functional", None) or model
    if not hasattr(functional, "_nodes_by_depth"):
        raise ValueError(
            f"Only the call() of model {model.name!r} knows how its layers are wired, so values "
            "cannot be followed through them; make it with the functional API."
        )
    calls = in_order(functional)
    tensors = [tensor for call in calls for tensor in call.outputs]
    through = keras.Model(functional.inputs, tensors)
    found = iter(keras.tree.flatten(through(_batch(functional, x), training=False)))
    return [tuple(np.asarray(next(found))[0] for _ in call.outputs) for call in calls]


def _batch(model, x):
    """A sample as the list of batches of one that the inputs take."""
    inputs = model.inputs
    if isinstance(x, dict):
        missing = [tensor.name for tensor in inputs if tensor.name not in x]
        if missing:
            raise ValueError(f"x has {sorted(x)}; the model has an input {missing[0]!r} too.")
        x = [x[tensor.name] for tensor in inputs]
    elif not isinstance(x, list | tuple):
        x = [x]
    if len(x) != len(inputs):
        raise ValueError(f"x has {len(x)} arrays; the model has {len(inputs)} inputs.")
    return [_fitted(np.asarray(one), tensor) for one, tensor in zip(x, inputs, strict=True)]


def _fitted(array, tensor):
    wanted = tuple(tensor.shape[1:])
    if array.shape == wanted:
        fitted = array
    elif None not in wanted and array.size == math.prod(wanted):
        fitted = array.reshape(wanted)
    elif len(array.shape) == len(wanted) and all(
        size in (None, found) for size, found in zip(wanted, array.shape, strict=True)
    ):
        fitted = array
    else:
        raise ValueError(
            f"x has shape {array.shape}; input {tensor.name!r} takes one sample of shape {wanted}."
        )
    return fitted[None].astype(tensor.dtype)

"""A trial: whether a model takes a step of training, before anybody is told to write it."""

import numpy as np

from anatomy.training import private

ROWS, OPEN = 4, 8  # of a trial: its samples; the size of an axis that is open


def trial(model, y=None):
    """What stops a model in its first step of training on a few rows; None where nothing does.

    On JAX the step is traced as ``fit()`` would compile it, masks, loss and gradients: so the
    weights need no values. With another backend the step of a compiled model is taken.

    Args:
        model: a built Sequential or functional model; one that is not compiled gets the mean of
            its squared outputs for a loss.
        y: its targets, a few rows or more, as ``fit()`` takes them; None: as its outputs are.

    Returns:
        Exception or None.
    """
    import keras

    tree = keras.tree
    x, outputs = (
        tree.map_structure(lambda t: _zeros(t.shape, t.dtype), part)
        for part in (model.inputs, model.outputs)
    )
    x, outputs = (part[0] if len(part) == 1 else part for part in (x, outputs))
    targets = outputs if y is None else tree.map_structure_up_to(outputs_of(y), _rows, y)

    def loss(weights, others, x, y):
        values = zip((*variables[0], *variables[1]), (*weights, *others), strict=True)
        with keras.StatelessScope(state_mapping=[*values]):
            mode = {"training": True} if private.takes_training(model) else {}
            predictions = model(x, **mode)
            if model.compiled:
                return model.compute_loss(x, y, predictions)
            return sum(keras.ops.mean(one**2) for one in tree.flatten(predictions))

    try:
        if keras.backend.backend() == "jax":
            import jax

            others = [*model.non_trainable_variables, *model.metrics_variables]
            variables = model.trainable_variables, others
            shapes = jax.tree.map(lambda v: jax.ShapeDtypeStruct(v.shape, v.dtype), variables)
            jax.eval_shape(jax.grad(loss), *shapes, x, targets)
        elif model.compiled:
            model.train_on_batch(x, targets)
    except Exception as error:
        return error
    return None


def outputs_of(y):
    """The structure of targets: a dict or a list of arrays for several outputs, else one."""
    several = isinstance(y, dict) or (isinstance(y, list | tuple) and hasattr(y[0], "shape"))
    return y if several else 0


def _rows(y):
    return np.asarray(y)[:ROWS]


def _zeros(shape, dtype):
    return np.zeros([ROWS, *(OPEN if size is None else size for size in shape[1:])], dtype)

"""Keras models whose weights are two numbers: their loss is a surface, with no slice."""

import numpy as np

from anatomy.training import tables


def loss_of(model, data):
    """The loss of a compiled Keras model as a function of its only two weights.

    Returns:
        the function of ``(w, rows)``, the names of the weights, the number of samples, and the
        present weights.
    """
    import keras
    from keras.src.trainers.compile_utils import get_loss

    if not isinstance(model, keras.Model) or not model.built or model.loss is None:
        raise TypeError(
            f"{model!r} is no surface; give the name of one, or a built and compiled keras.Model."
        )
    if model.count_params() != 2 or sum(v.value.size for v in model.trainable_variables) != 2:
        raise ValueError(
            f"model {model.name!r} has {model.count_params()} weights, and a surface is of two; "
            "optimizers.plane(model, data) is a slice through more."
        )
    table, _ = tables(data)
    x, y = (keras.ops.convert_to_tensor(table.arguments[name]) for name in ("x", "y"))
    shapes = [tuple(v.shape) for v in model.trainable_variables]

    def function(w, rows=None):
        parts = [w] if len(shapes) == 1 else [w[:1], w[1:]]
        weights = [keras.ops.reshape(p, shape) for p, shape in zip(parts, shapes, strict=True)]
        some = [a if rows is None else keras.ops.take(a, rows, axis=0) for a in (x, y)]
        predictions, _, penalties = model.stateless_call(weights, [], some[0], return_losses=True)
        loss = get_loss(model.loss, some[1], predictions)
        return loss(some[1], predictions) + sum(penalties)

    names = [v.path.removeprefix(f"{model.name}/") for v in model.trainable_variables]
    axes = tuple(names) if len(names) == 2 else (f"{names[0]}[0]", f"{names[0]}[1]")
    now = tuple(float(n) for a in model.get_weights() for n in a.ravel())
    return function, axes, len(x), now


def line():
    """Dense(1) on one feature, the body mass index: a kernel and a bias."""
    import keras

    from anatomy import data

    split = data.diabetes()
    x, y = split.x_train[:, [2]], split.y_train
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="dense")])
    model.compile("sgd", "mse")
    return model, (x, (y - y.mean()) / y.std())


def twins():
    """Dense(1) without a bias on two features that nearly say the same: two cholesterols."""
    import keras

    from anatomy import data

    split = data.diabetes()
    x, y = split.x_train[:, [4, 5]], split.y_train
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, use_bias=False, name="dense")]
    )
    model.compile("sgd", "mse")
    return model, (x, (y - y.mean()) / y.std())


def two_layers():
    """A linear unit on a tanh unit, no bias: change both signs, and nothing is changed."""
    import keras

    from anatomy import data

    split = data.diabetes()
    x, y = split.x_train[:, [2]], split.y_train
    hidden = keras.layers.Dense(1, "tanh", use_bias=False, name="hidden")
    output = keras.layers.Dense(1, use_bias=False, name="output")
    model = keras.Sequential([keras.Input((1,)), hidden, output])
    model.compile("sgd", "mse")
    return model, (x, (y - y.mean()) / y.std())


def least_squares(x, y):
    """Kernel and bias, or two kernels, of the line or plane through (x, y) with the least mse."""
    columns = x if x.shape[1] == 2 else np.hstack([x, np.ones_like(x)])
    return np.linalg.lstsq(columns.astype("float64"), y, rcond=None)[0].ravel()

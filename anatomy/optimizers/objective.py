"""What fit() minimizes, as a function of the weights: the loss of a Keras model on its data."""

import functools

import numpy as np

from anatomy.lazy import jax, keras
from anatomy.training import store
from anatomy.training.fused import Table, build, check_differentiable, state_of


class Objective:
    """The compiled loss of a model, regularizers included, as a function of its weights.

    Called with all rows it is what ``model.evaluate(x, y, batch_size=len(x))`` returns. JAX can
    trace it, differentiate it and map it over many weights.

    Args:
        model: a built and compiled ``keras.Model``; it is left as it is.
        x, y: NumPy arrays, as for ``fit()``, or lists or dicts of them.
        training: whether Dropout drops and BatchNormalization takes the batch's own mean, as in
            a step of ``fit()``. Which units are dropped stays the same from call to call.

    Attributes:
        weights: list of arrays, the trainable weights as they are now.
        names: list of str, such as "dense/kernel".
        samples: how many rows the data has.

    Raises:
        TypeError, ValueError: for what is no model, or not built, compiled or trainable.
        NotImplementedError: on a backend other than JAX.
    """

    def __init__(self, model, x, y, *, training=False):
        check_differentiable(model, "A loss over weights")
        self.model, table = model, Table(x, y)
        table.check(model)
        self.samples, self._batch = len(table.rows), table.batch
        build(model, table, shuffle=False)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        self.weights, *self.others = jax.tree.map(jax.numpy.asarray, state_of(model))
        self.names = [v.path.removeprefix(f"{model.name}/") for v in model.trainable_variables]
        functions, _ = store.functions(model, table)
        if ("loss", training) not in functions.kept:
            build(functions.model, table, shuffle=False)
            functions.kept["loss", training] = loss_of(functions.model, training), {}
        self._loss, self._compiled = functions.kept["loss", training]

    def __call__(self, weights, rows=None):
        """The loss with these weights, of all data or of some rows (int array)."""
        return self._loss(self.others, self.batch(rows), weights)

    def batch(self, rows=None):
        """The rows of the data, on the device."""
        return self._batch if rows is None else jax.tree.map(lambda a: a[rows], self._batch)

    def run(self, function, *arguments, rows=None):
        """``function(loss, *arguments)``, compiled once for all models of equal code.

        ``loss`` takes weights, and returns the loss on the rows.
        """
        if function not in self._compiled:

            def whole(others, batch, *arguments):
                return function(functools.partial(self._loss, others, batch), *arguments)

            self._compiled[function] = jax.jit(whole)
        return self._compiled[function](self.others, self.batch(rows), *arguments)


def loss_of(model, training):
    """The loss as a function of (other variables, batch, weights), as the train step has it."""

    def loss(others, batch, weights):
        others, slots, metrics = others
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
        _, (unscaled, *_) = model.compute_loss_and_updates(
            weights, others, metrics, x, y, sample_weight, training, slots
        )
        return unscaled

    return loss


def trainable(model, weights):
    """The trainable ones of weights in the order of ``model.weights``, as NumPy arrays."""
    if len(weights) != len(model.weights):
        raise ValueError(
            f"There are {len(weights)} arrays of weights and model {model.name!r} has "
            f"{len(model.weights)}; give what model.get_weights() returns."
        )
    by_variable = {id(v): a for v, a in zip(model.weights, weights, strict=True)}
    return [np.asarray(by_variable[id(v)]) for v in model.trainable_variables]

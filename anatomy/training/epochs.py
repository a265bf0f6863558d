"""The weights of a Dense layer after each epoch of a fit()."""

import contextlib
import math

import numpy as np

from anatomy.training.compiled import store
from anatomy.training.fused import fit
from anatomy.training.loop import Stopped

SEED = 0


class Epochs:
    """Trains a copy of a model, once, and keeps what becomes of one of its Dense layers.

    Args:
        layer: a built ``keras.layers.Dense``.
        model: the ``keras.Model`` that it is in, which keeps its weights; None: no training.
        table: the `Table` to train on; None: no training.
        epochs, batch_size: integers, as for ``fit()``.

    Attributes:
        weights: list of (kernel, bias) after 0, 1, ... epochs; the bias is 0 where there is none.
        diverged: the epoch whose loss or weights were no finite numbers, or None.
    """

    def __init__(self, layer, model, table, *, epochs, batch_size):
        self.layer, self.model, self.table = layer, model, table
        self.epochs, self.batch_size = epochs, batch_size
        self.weights, self.diverged = [weights(layer)], None
        self._first = model.get_weights() if self.possible else None

    @property
    def possible(self):
        """Whether there is something to train on, and a compiled model that Keras can clone."""
        import keras
        from keras.src.models.functional import Functional

        kinds = keras.Sequential, Functional
        found = self.table is not None and isinstance(self.model, kinds)
        return found and self.model.compiled and self.model.loss is not None

    def fit(self, on_epoch_end=lambda epoch: None, stop=bool):
        """Trains from the start, with seed 0, as ``fit()`` would, until ``stop()``."""
        import keras

        keras.utils.set_random_seed(SEED)
        model = copied(self.model, self._first)
        self.weights, self.diverged = self.weights[:1], None

        def keep(epoch, logs):  # Keras has the weights of a model in training; watch asks for them
            found = weights(watch.model.get_layer(self.layer.name))
            if not (math.isfinite(logs["loss"]) and all(np.isfinite(w).all() for w in found)):
                self.diverged, watch.model.stop_training = epoch + 1, True
            else:
                self.weights.append(found)
                on_epoch_end(epoch + 1)

        watch = keras.callbacks.LambdaCallback(on_epoch_end=keep)
        with contextlib.suppress(Stopped):
            fit(
                model,
                **self.table.arguments,
                batch_size=self.batch_size,
                epochs=self.epochs,
                callbacks=[watch],
                functions=store.functions(model)[0],
                stop=stop,
            )

    def code(self, x, y, epochs):
        """Lines of plain Keras that make the same of ``model`` and call it ``trained``."""
        return [
            f"keras.utils.set_random_seed({SEED})",
            "trained = keras.models.clone_model(model)",
            "trained.set_weights(model.get_weights())",
            "optimizer = model.optimizer.from_config(model.optimizer.get_config())",
            "trained.compile(optimizer, loss=model.loss)",
            f"trained.fit({x}, {y}, batch_size={self.batch_size}, epochs={epochs})",
        ]


def copied(model, weights):
    """A copy of a compiled model with these weights; its optimizer starts anew."""
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(weights)
    copy.compile(model.optimizer.from_config(model.optimizer.get_config()), loss=model.loss)
    return copy


def weights(layer):
    """(kernel, bias) of a Dense layer as NumPy arrays, copies."""
    bias = np.zeros(layer.units) if layer.bias is None else np.asarray(layer.bias)
    return np.asarray(layer.kernel).astype("float32"), bias.astype("float32")

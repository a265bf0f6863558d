"""A fit(), as the path that it takes through the hypothesis space."""

import math
from dataclasses import dataclass, field

import numpy as np

from anatomy.hypotheses.space import Space, checked_model, checked_x, evaluate
from anatomy.training import fit_tables, store, tables, training


@dataclass(frozen=True, eq=False)
class Path(Space):
    """The hypotheses that a training went through, from the first guess to the last.

    Attributes:
        epochs: ``(n,)`` ints, after how many epochs each is; 0 is the first guess.
        history: dict of lists, as ``fit()`` returns it.
        All else is as in `Space`; ``model`` is the trained one.
    """

    epochs: np.ndarray = None
    history: dict = field(default_factory=dict)


def path(build, data, x, *, epochs, every=1, batch_size=32, seed=0):
    """Trains a model, and keeps the function that it is at the start and as it learns.

    Args:
        build: function without arguments that returns a compiled keras.Model.
        data: a split such as ``data.waves()``, or ``(x, y)``, to train on.
        x: ``(m, features)``, where the functions are looked at.
        epochs, batch_size: as for ``fit()``.
        every: keep one function each so many epochs; the first and the last are kept always.
        seed: for ``keras.utils.set_random_seed``: initial weights and shuffling.

    Returns:
        Path: the functions, their weights and epochs. A training that diverged ends before.

    Raises:
        TypeError, ValueError: as `sample`; or what ``build`` or ``fit()`` raised.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    import keras

    if every < 1 or epochs < 1:
        raise ValueError(f"epochs is {epochs} and every is {every}; both are at least 1.")
    train, _ = tables(data)
    with training:
        keras.utils.set_random_seed(seed)
        model = checked_model(build)
        x = checked_x(model, x)
        if not model.compiled:
            raise ValueError(f"model {model.name!r} is not compiled: it has no loss to train by.")
        kept = {0: model.get_weights()}

        def keep(epoch, logs):  # Keras has the weights of a model in training; watch asks for them
            if not math.isfinite(logs["loss"]):
                watch.model.stop_training = True
            elif (epoch + 1) % every == 0 or epoch + 1 == epochs:
                kept[epoch + 1] = watch.model.get_weights()

        watch = keras.callbacks.LambdaCallback(on_epoch_end=keep)
        history = fit_tables(
            model, train, epochs=epochs, batch_size=batch_size, callbacks=[watch],
            functions=store.functions(model)[0],
        )  # fmt: skip
    found = evaluate(model, x, list(kept.values()))
    return Path(model, x, found.outputs, found.weights, None, np.array(list(kept)), history.history)

"""A fit(), as the path that it takes through the hypothesis space."""

import contextlib
import math
from dataclasses import dataclass, field, replace

import numpy as np

from anatomy.hypotheses.space import Space, checked_model, checked_x, evaluate
from anatomy.training import Stopped, fit_tables, store, tables, training


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


def path(
    build,
    data,
    x,
    *,
    epochs,
    every=1,
    batch_size=32,
    seed=0,
    on_change=lambda path: None,
    stop=bool,
):
    """Trains a model, and keeps the function that it is at the start and as it learns.

    Args:
        build: function without arguments that returns a compiled keras.Model.
        data: a split such as ``data.waves()``, or ``(x, y)``, to train on.
        x: ``(m, features)``, where the functions are looked at.
        epochs, batch_size: as for ``fit()``.
        every: keep one function each so many epochs; the first and the last are kept always.
        seed: for ``keras.utils.set_random_seed``: initial weights and shuffling.
        on_change: called with the path so far, whenever it has grown.
        stop: called between executions; where it returns True, the path ends there.

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
        weights = model.get_weights()
        found = Path(model, x, evaluate(model, x, [weights]).outputs, as_one(weights), None,
                     np.zeros(1, int))  # fmt: skip
        on_change(found)

        def keep(epoch, logs):
            nonlocal found
            if not math.isfinite(logs["loss"]):
                watch.model.stop_training = True
            elif epoch % every == 0 or epoch == epochs:
                found = longer(found, epoch, watch.model.get_weights(), model.history.history)
                on_change(found)

        # Keras has the weights of a model in training; watch.model asks for them.
        watch = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: keep(epoch + 1, logs)
        )
        with contextlib.suppress(Stopped):
            fit_tables(
                model, train, epochs=epochs, batch_size=batch_size, callbacks=[watch],
                functions=store.functions(model, train)[0], stop=stop,
            )  # fmt: skip
    return replace(found, history=model.history.history)


def longer(path, epoch, weights, history):
    """The path and one more function."""
    outputs = evaluate(path.model, path.x, [weights]).outputs
    return replace(
        path,
        outputs=np.concatenate([path.outputs, outputs]),
        weights=[np.concatenate(pair) for pair in zip(path.weights, as_one(weights), strict=True)],
        epochs=np.append(path.epochs, epoch),
        history={name: list(values) for name, values in history.items()},
    )


def as_one(weights):
    """The weights of one member, as those of a space that has no other."""
    return [np.asarray(array)[None] for array in weights]

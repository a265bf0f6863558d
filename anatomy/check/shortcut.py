"""A feature that gives the class away where the network learns, and nowhere else."""

from numbers import Integral

import numpy as np

from anatomy.check import trained
from anatomy.check.verdict import Verdict, judged


@judged("Put the number of a column in place of the dots.")
def shortcut(answer, data):
    """Whether a feature gives the class away in the training data alone.

    Args:
        answer: the number of a column of x; ``...`` for no answer yet.
        data: ``((x, y), (x_honest, y_honest))`` of NumPy arrays, y the number of the class.

    Returns:
        Verdict: it says how well a network does that sees this feature alone, on both.
    """
    import keras

    (x, y), (honest, truth) = data
    if not (isinstance(answer, Integral) and 0 <= answer < x.shape[1]):
        return Verdict(False, f"{answer!r} is no column: they go from 0 to {x.shape[1] - 1}.")

    def build():
        last = keras.layers.Dense(int(np.max(y)) + 1, activation="softmax")
        return trained.alone(last, "sparse_categorical_crossentropy", (1,))

    model = trained.run(build, (x[:, [answer]], y), epochs=20, seed=trained.SEEDS[0]).model
    right = [
        np.mean(np.argmax(model.predict(a[:, [answer]], verbose=0), axis=1) == np.ravel(b))
        for a, b in ((x, y), (honest, truth))
    ]
    said = f"Column {answer} alone is right in {right[0]:.0%} of the training data"
    if right[0] - right[1] < 0.2:
        return Verdict(False, f"{said}, and in {right[1]:.0%} of the honest: no cheat.")
    return Verdict(True, f"{said}, and in {right[1]:.0%} of the honest: it says nothing there.")

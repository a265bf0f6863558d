"""What is wrong with the targets of CTC: sequences of labels, with 0 for the blank."""

import numpy as np

from anatomy.losses.findings import found, written
from anatomy.losses.labels import beyond


def ctc(end):
    """The labels of sequences, under a loss that has 0 for the blank."""
    if end.kind != "ctc":
        return
    if end.activation in ("softmax", "sigmoid"):
        yield found(
            end, "probabilities as logits",
            f"keras.losses.CTC applies a softmax, and the output has a {end.activation} already.",
            "Squashed twice, no frame can be sure of its class: the loss stays high.",
            written(end, None),
        )  # fmt: skip
    if end.y is None or end.y.values.ndim != 2:
        return
    y = end.y.values
    lengths = (y != 0).sum(axis=1)
    after = np.arange(y.shape[1]) >= lengths[:, None]
    if np.any((y != 0) & after):
        yield found(
            end, "blank among the labels",
            "0 is the blank and the padding of keras.losses.CTC, and labels follow upon a 0.",
            "Keras counts the labels without the zeros and cuts as many off at the end.",
            "y + 1 for the labels, 0 for the padding alone, and a unit more in the output",
        )  # fmt: skip
    elif y.min() < 0:
        yield found(
            end, "padding that is not 0",
            f"The targets have {y.min():g}; keras.losses.CTC pads with 0 and numbers from 1.",
            "Each counts as one label more, and one that costs nothing: the loss is wrong.",
            "np.maximum(y, 0)", targets=lambda y: np.maximum(np.asarray(y), 0),
        )  # fmt: skip
    if end.units and y.max() >= end.units:
        yield beyond(end, 0, int(y.max()))
    repeats = ((y[:, 1:] == y[:, :-1]) & (y[:, 1:] > 0)).sum(axis=1)
    needed = int(((y > 0).sum(axis=1) + repeats).max())
    frames = end.shape[1] if end.shape and len(end.shape) == 3 else None
    if frames is not None and needed > frames:
        yield found(
            end, "labels longer than the frames",
            f"A label needs {needed} frames, one for each and a blank between two alike. "
            f"The output has {frames}.",
            "No path spells it: its loss is about 100,000 and teaches nothing.",
            "fewer strides or poolings before the output, or shorter labels",
        )  # fmt: skip

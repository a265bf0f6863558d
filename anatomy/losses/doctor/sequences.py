"""What is wrong with the targets of CTC: sequences of labels, with 0 for the blank."""

import numpy as np

from anatomy.losses.doctor.repair import Change, ending
from anatomy.losses.doctor.targets import STOPS, beyond, sequences


def ctc(output):
    """The labels of sequences, under a loss that has 0 for the blank."""
    if output.kind != "ctc":
        return
    if output.activation in ("softmax", "sigmoid"):
        yield (
            "probabilities as logits",
            f"keras.losses.CTC applies a softmax, and the output has a {output.activation}.",
            "Squashed twice, no frame can be sure of its class: the loss stays high.",
            ending(output, None),
        )
    rank = len(output.shape or (0, 0, 0))
    y = output.y
    if rank != 3 or (y is not None and y.values.ndim != 2):
        wrong = f"the output is {output.shape}" if rank != 3 else f"the targets are {y.shape}"
        changes = sequences(output, True) if rank == 2 else ()
        if y is not None and y.one_hot and y.values.ndim == 3:
            changes = [Change("y.argmax(axis=-1)", targets=lambda y: np.argmax(y, axis=-1))]
        yield (
            "no sequence for ctc",
            f"ctc takes outputs of (None, frames, classes), labels of (None, length); {wrong}.",
            STOPS,
            *changes,
        )
        return
    if y is None or y.odd is not None:
        return
    y = y.values
    lengths = (y != 0).sum(axis=1)
    after = np.arange(y.shape[1]) >= lengths[:, None]
    if np.any((y != 0) & after):
        yield (
            "blank among the labels",
            "0 is the blank and the padding of keras.losses.CTC, and labels follow upon a 0.",
            "Keras counts the labels without the zeros and cuts as many off at the end.",
            Change("y + 1 for the labels, 0 for the padding alone, and a unit more in the output",
                   (None, output.units and output.units + 1), targets=_counted),
        )  # fmt: skip
    elif y.min() < 0:
        yield (
            "padding that is not 0",
            f"The targets have {y.min():g}; keras.losses.CTC pads with 0 and numbers from 1.",
            "Each counts as one label more, and one that costs nothing: the loss is wrong.",
            Change("np.maximum(y, 0)", targets=lambda y: np.maximum(np.asarray(y), 0)),
        )
    padding = y.max()  # in the last column of many rows, and far above the other labels
    if output.units and padding >= output.units:
        labels = y[y < output.units]
        alike = np.all(np.diff(np.where(y == padding, 1, 0), axis=1) >= 0) and not np.any(y == 0)
        if alike and labels.size and np.all(y[y >= output.units] == padding):
            yield (
                "padding that is not 0",
                f"Rows end in {padding:g}, which has no unit; keras.losses.CTC pads with 0.",
                "Each counts as one label more, and one that costs nothing: the loss is wrong.",
                Change(f"np.where(y == {padding:g}, 0, y)",
                       targets=lambda y: np.where(np.asarray(y) == padding, 0, y)),
            )  # fmt: skip
            y = np.where(y == padding, 0, y)
        else:
            yield beyond(output, 0, int(padding))
    repeats = ((y[:, 1:] == y[:, :-1]) & (y[:, 1:] > 0)).sum(axis=1)
    needed = int(((y > 0).sum(axis=1) + repeats).max())
    frames = output.shape[1] if output.shape and len(output.shape) == 3 else None
    if frames is not None and needed > frames:
        yield (
            "labels longer than the frames",
            f"A label needs {needed} frames, one for each and a blank between two alike. "
            f"The output has {frames}.",
            "No path spells it: its loss is about 100,000 and teaches nothing. Fewer strides or "
            "poolings before the output leave it more frames.",
        )


def _counted(y):
    """Labels from 1, and 0 for the padding alone."""
    y = np.asarray(y)
    padding = np.flip(np.cumsum(np.flip(y, axis=1), axis=1), axis=1) == 0
    return np.where(padding, 0, y + 1)


RULES = (ctc,)

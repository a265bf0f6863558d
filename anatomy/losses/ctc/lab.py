"""CTC by hand: the logits of a few frames on sliders, and the loss of a label over them."""

import functools

import keras
import numpy as np

from anatomy.base.controls import control
from anatomy.base.lab import Lab
from anatomy.base.words import number
from anatomy.losses.ctc.draw import ctc
from anatomy.losses.ctc.facts import alignments, lattice
from anatomy.losses.curve.facts import softmax
from anatomy.training.backends import compiled

NAMES = ("blank", "3", "7")  # classes 0, 1, 2
LOGITS = tuple(f"logit_{name}" for name in NAMES)
LABELS = {"3": (1,), "7": (2,), "3 7": (1, 2), "7 3": (2, 1), "3 3": (1, 1),
          "3 7 3": (1, 2, 1), "3 3 3": (1, 1, 1), "nothing": ()}  # fmt: skip
FEWEST, MOST = 4, 6  # frames
LONGEST = max(map(len, LABELS.values()))
START = ((2, 1, 0), (0, 2, 0), (0.5, 1.5, 0), (1.5, 0, 0.5), (0, 0, 2.5), (1.5, 0, 1))


class Ctc(Lab):
    """A label of 3s and 7s over four to six frames: drag a frame's logits, and the loss moves.

    The three logits on the sliders are those of ``frame``; a softmax turns them into
    probabilities. The loss is computed three times: by the lattice, by the sum over all paths,
    listed one by one, and by ``keras.ops.ctc_loss``.

    Attributes:
        logits: ``(6, 3)``, of the blank, the 3 and the 7; the first ``frames`` rows are shown.
        lattice: the lattice that is shown; see `anatomy.losses.lattice`.
        brute_force: the sum of the probabilities of all paths that read the label.
        keras_loss: the loss by ``keras.ops.ctc_loss``.
    """

    def __init__(self):
        self.logits = np.array(START, dtype=float)
        self.brute_force = self.keras_loss = None
        controls = {
            "label": control("label", list(LABELS), "3 7"),
            "shade": control("shade", ["forward", "posterior"]),
            "frames": control("frames", (FEWEST, MOST), MOST, live=True),
            "frame": control("frame", (1, MOST), 3, live=True),
        }
        for name, value in zip(LOGITS, START[2], strict=True):
            controls[name] = control(name, (-5.0, 5.0, 0.1), float(value), live=True)
        self.lattice = lattice(softmax(self.logits), LABELS["3 7"])
        shown = self.lattice.probabilities, self.lattice.label
        picture = ctc(*shown, classes=NAMES[1:], shade="forward", frame=3)
        tooltip = "The logits of all frames as they were at first"
        super().__init__(picture, controls, {"restart": (tooltip, self._restart)})

    def moved(self, change):
        at = self.at
        self.controls["frame"].max = at["frames"]
        if change.owner in map(self.controls.get, LOGITS):
            logits = self.logits.copy()  # the worker may be reading the old ones
            logits[at["frame"] - 1] = [at[name] for name in LOGITS]
            self.logits = logits
        else:
            self._fill()
        self.post()

    def work(self, at):
        logits = self.logits[: at["frames"]]
        self.lattice = facts = lattice(softmax(logits), LABELS[at["label"]])
        frame = min(at["frame"], at["frames"])
        self.picture.update(facts.probabilities, facts.label, shade=at["shade"], frame=frame)
        paths = alignments(facts.label, len(logits))
        self.brute_force = sum(map(facts.probability, paths))
        self.keras_loss = by_keras(logits, facts.label)
        if not paths:
            return "broken", (
                f"the label needs {facts.needed} frames, there are {len(logits)}: the loss is "
                f"infinite. keras.ops.ctc_loss, which puts −100,000 for log 0, gives "
                f"{number(self.keras_loss)}."
            )
        total = number(self.brute_force)
        paths = f"{len(paths)} paths sum to {total}" if len(paths) > 1 else f"1 path has {total}"
        return (
            f"loss {number(facts.loss)} by the lattice. Brute force: {paths}, −log of that is "
            f"{number(-np.log(self.brute_force))}. keras.ops.ctc_loss: {number(self.keras_loss)}."
        )

    def code(self):
        label, (frames, classes) = list(self.lattice.label), self.lattice.probabilities.shape
        rows = ",\n    ".join(str(row) for row in self.logits[:frames].round(1).tolist())
        return f"""\
import itertools

import anatomy  # first: it chooses the JAX backend
import keras
import numpy as np

# {frames} frames; the logits of {", ".join(f"{k} ({name})" for k, name in enumerate(NAMES))}
logits = np.array([
    {rows},
])
label = {label}
target = np.array([{label or [0]}])
loss = keras.ops.ctc_loss(target, logits[None], [{len(label)}], [{frames}], mask_index=0)
print("keras.ops.ctc_loss:", float(loss[0]))

# Brute force: every path that reads the label, one probability of each frame multiplied
probabilities = np.asarray(keras.ops.softmax(logits))
total = 0.0
for path in itertools.product(range({classes}), repeat={frames}):
    merged = [one for one, _ in itertools.groupby(path)]
    if [one for one in merged if one != 0] == label:
        total += np.prod(probabilities[range({frames}), path])
with np.errstate(divide="ignore"):
    print("-log of the sum:", float(-np.log(total)))
"""

    def _fill(self):
        """Puts the sliders where the logits of the chosen frame are."""
        logits = self.logits[self.controls["frame"].value - 1].tolist()
        self.put(**dict(zip(LOGITS, logits, strict=True)))

    def _restart(self):
        self.logits = np.array(START, dtype=float)
        self._fill()
        self.post()


def by_keras(logits, label):
    """The loss of one label by ``keras.ops.ctc_loss``, a float."""
    padded, target = np.zeros((1, MOST, len(NAMES)), "float32"), np.zeros((1, LONGEST), "int32")
    padded[0, : len(logits)], target[0, : len(label)] = logits, label
    lengths = np.array([len(label)]), np.array([len(logits)])
    return float(_loss()(target, padded, *lengths)[0])


@functools.cache
def _loss():
    """``keras.ops.ctc_loss``, compiled once: its shapes are always the same."""
    return compiled(keras.ops.ctc_loss)

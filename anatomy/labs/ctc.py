"""CTC by hand: the logits of a few frames on sliders, and what a label then costs."""

import functools

import ipywidgets as widgets
import numpy as np

from anatomy import draw
from anatomy.draw.style import number
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.losses.ctc.facts import alignments, lattice

NAMES = ("blank", "3", "7")  # classes 0, 1, 2
LABELS = {"3": (1,), "7": (2,), "3 7": (1, 2), "7 3": (2, 1), "3 3": (1, 1),
          "3 7 3": (1, 2, 1), "3 3 3": (1, 1, 1), "nothing": ()}  # fmt: skip
FEWEST, MOST = 4, 6  # frames
LONGEST = max(map(len, LABELS.values()))
START = ((2, 1, 0), (0, 2, 0), (0.5, 1.5, 0), (1.5, 0, 0.5), (0, 0, 2.5), (1.5, 0, 1))


class Ctc(Lab):
    """A label of 3s and 7s over four to six frames: drag a frame's logits, and the loss moves.

    The three logits on the sliders are those of ``frame``; a softmax makes them probabilities.
    The loss is computed three times: by the lattice, by the sum over all paths, listed one by
    one, and by ``keras.ops.ctc_loss``.

    Attributes:
        logits: ``(6, 3)``, of the blank, the 3 and the 7; the first ``frames`` rows are shown.
        lattice: the `anatomy.losses.ctc.Lattice` that is shown.
        brute_force: the sum of the probabilities of all paths that read the label.
        keras_loss: what ``keras.ops.ctc_loss`` returns for them.
    """

    def __init__(self):
        self.logits = np.array(START, dtype=float)
        self.brute_force = self.keras_loss = None
        controls = {
            "label": control("label", list(LABELS), "3 7"),
            "shade": control("shade", ["forward", "posterior"]),
            "frames": control("frames", (FEWEST, MOST), MOST),
            "frame": control("frame", (1, MOST), 3),
        }
        for name in NAMES:
            controls[f"logit_{name}"] = control(f"logit_{name}", (-5.0, 5.0, 0.1), 0.0)
        for name, one in controls.items():
            one.layout.width = "255px"
            one.style.description_width = "75px"
            if name not in ("label", "shade"):
                one.continuous_update = True
        self.controls, self._filling = controls, False
        self._fill()
        controls["frames"].observe(self._limit, names="value")
        controls["frame"].observe(self._fill, names="value")
        for k, name in enumerate(NAMES):
            edited = functools.partial(self._edited, k)
            controls[f"logit_{name}"].observe(edited, names="value")
        self._compute()
        picture = draw.ctc(self.lattice.probabilities, self.lattice.label, **self._look())
        tooltip = "The logits of all frames as they were at first"
        buttons = {"restart": widgets.Button(description="restart", tooltip=tooltip)}
        super().__init__(picture, controls, buttons)
        buttons["restart"].on_click(lambda button: self._restart())
        self._post()

    def run(self):
        super().run()
        return self.lattice

    def code(self):
        frames = len(self.lattice.probabilities)
        rows = ",\n    ".join(str(row) for row in self._shown.round(1).tolist())
        label = list(self.lattice.label)
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
for path in itertools.product(range({len(NAMES)}), repeat={frames}):
    merged = [one for one, _ in itertools.groupby(path)]
    if [one for one in merged if one != 0] == label:
        total += np.prod(probabilities[range({frames}), path])
with np.errstate(divide="ignore"):
    print("-log of the sum:", float(-np.log(total)))
"""

    def _rows(self):
        first, second = list(self.controls.values())[:4], list(self.controls.values())[4:]
        layout = {"flex_flow": "row wrap"}
        label, shade, frames, frame = first
        return [
            widgets.HBox([label, frames, shade], layout=layout),
            widgets.HBox([frame, *self.buttons.values()], layout=layout),
            widgets.HBox(second, layout=layout),
            self._line,
            self._image,
            self._words,
        ]

    def _limit(self, change):
        """There are no more frames to choose than are shown."""
        self.controls["frame"].max = self.controls["frames"].value

    def _fill(self, change=None):
        """Puts the sliders where the logits of the chosen frame are."""
        self._filling = True
        for name, value in zip(NAMES, self.logits[self.controls["frame"].value - 1], strict=True):
            self.controls[f"logit_{name}"].value = float(value)
        self._filling = False

    def _edited(self, k, change):
        if not self._filling:
            logits = self.logits.copy()  # the worker may be reading the old ones
            logits[self.controls["frame"].value - 1, k] = change.new
            self.logits = logits

    def _restart(self):
        self.logits = np.array(START, dtype=float)
        self._fill()
        self._post()

    def _compute(self):
        at = self._settings()
        self._shown = self.logits[: at["frames"]]
        self._frame_shown = min(at["frame"], at["frames"])
        powers = np.exp(self._shown)
        probabilities = powers / powers.sum(axis=1, keepdims=True)
        self.lattice = lattice(probabilities, LABELS[at["label"]])

    def _look(self):
        return {"classes": NAMES[1:], "shade": self._settings()["shade"],
                "frame": self._frame_shown}  # fmt: skip

    def _work(self, request):
        self.error = None
        self._compute()
        made = self.lattice
        self.picture.update(made.probabilities, made.label, **self._look())
        self._frame()
        paths = alignments(made.label, len(made.probabilities))
        self.brute_force = sum(map(made.probability, paths))
        self.keras_loss = by_keras(self._shown, made.label)
        if not paths:
            return self._say(
                "impossible",
                f"the label needs {made.needed} frames, there are {len(made.probabilities)}: the "
                f"loss is infinite. keras.ops.ctc_loss, which puts −100,000 for log 0, gives "
                f"{self.keras_loss:,.0f}.",
            )
        sum_ = f"{len(paths)} paths sum to" if len(paths) > 1 else "1 path has"
        return self._say(
            "done",
            f"loss {number(made.loss)} by the lattice. Brute force: {sum_} "
            f"{number(self.brute_force)}, −log of that is {number(-np.log(self.brute_force))}. "
            f"keras.ops.ctc_loss: {number(self.keras_loss)}.",
        )


def by_keras(logits, label):
    """The loss of one label by ``keras.ops.ctc_loss``, a float."""
    padded, target = np.zeros((1, MOST, len(NAMES)), "float32"), np.zeros((1, LONGEST), "int32")
    padded[0, : len(logits)], target[0, : len(label)] = logits, label
    lengths = np.array([len(label)]), np.array([len(logits)])
    return float(_loss()(target, padded, *lengths)[0])


@functools.cache
def _loss():
    """``keras.ops.ctc_loss``, on JAX compiled once: its shapes are always the same."""
    import keras

    if keras.backend.backend() != "jax":
        return keras.ops.ctc_loss
    import jax

    return jax.jit(keras.ops.ctc_loss)

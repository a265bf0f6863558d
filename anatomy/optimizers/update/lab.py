"""The update by hand: feed an optimizer gradients, and watch what it remembers and how it steps."""

import keras
import numpy as np

from anatomy.base.controls import control, hide
from anatomy.base.lab import Lab
from anatomy.base.words import number, settings
from anatomy.optimizers.update.draw import MOST, optimizer
from anatomy.optimizers.update.facts import update

STEPS = 24  # of each sequence
GRADIENTS = {
    "steady": np.ones(STEPS),
    "noisy": np.random.default_rng(3).normal(0.5, 1, STEPS).round(2),
    "alternating": np.where(np.arange(STEPS) % 2, -1.0, 1.0),
    "one spike": np.where(np.arange(STEPS) == 7, 5.0, 0.5),
    "by hand": np.empty(0),
}
ARGUMENTS = {
    "SGD": ("momentum", "nesterov", "clipping"),
    "RMSprop": ("rho", "clipping"),
    "Adagrad": ("clipping",),
    "Adam": ("beta_1", "beta_2", "clipping"),
    "AdamW": ("beta_1", "beta_2", "weight_decay"),
}
CLIPPING = {"none": {}, "clipvalue": {"clipvalue": 1.0}, "clipnorm": {"clipnorm": 1.0}}
START = 1.0  # the variable at first: weight decay has something to shrink


class Update(Lab):
    """Gradients for one weight, fed to a real Keras optimizer one after the other.

    A sequence comes first, then what you have fed; the last is the one on the slider
    ``gradient``, which moves under the hand. ``step`` picks the step whose numbers are written
    out. Every picture is drawn of ``optimizer.apply()``, of a fresh optimizer.

    Attributes:
        gradients: ``(steps,)``, all that is fed, the slider's last.
        optimizer: the ``keras.optimizers.Optimizer`` that they are fed to.
        facts: the `anatomy.optimizers.Update` that is shown.
    """

    def __init__(self):
        controls = {
            "optimizer": control("optimizer", list(ARGUMENTS), "SGD"),
            "gradients": control("gradients", list(GRADIENTS), "steady"),
            "learning_rate": control("learning_rate", (0.001, 1.0), 0.1, live=True),
            "momentum": control("momentum", (0.0, 0.99, 0.01), 0.9, live=True),
            "nesterov": control("nesterov", False, False),
            "rho": control("rho", (0.0, 0.99, 0.01), 0.9, live=True),
            "beta_1": control("beta_1", (0.0, 0.99, 0.01), 0.9, live=True),
            "beta_2": control("beta_2", (0.0, 0.999, 0.001), 0.999, live=True),
            "weight_decay": control("weight_decay", (0.0, 0.5, 0.01), 0.1, live=True),
            "clipping": control("clipping", list(CLIPPING), "none"),
            "gradient": control("gradient", (-5.0, 5.0, 0.1), 1.0, live=True),
            "step": control("step", (1, STEPS + 1), STEPS + 1, live=True),
        }
        controls["beta_2"].readout_format = ".3f"
        controls["gradient"].description = "next gradient"
        self.controls, self._fed = controls, ()
        buttons = {
            "feed": ("Feed the next gradient", self._feed),
            "restart": ("Forget what you have fed", lambda: self._feed(restart=True)),
        }
        super().__init__(optimizer(self.optimizer, self.gradients, start=START), controls, buttons)
        self._hide()

    @property
    def gradients(self):
        at = self.at
        return np.array([*GRADIENTS[at["gradients"]], *self._fed, at["gradient"]])

    @property
    def optimizer(self):
        return getattr(keras.optimizers, self.controls["optimizer"].value)(**self._arguments)

    @property
    def facts(self):
        return self.picture.facts["update"]

    def moved(self, change):
        if change["owner"] is self.controls["optimizer"]:
            self._hide()
        if change["owner"] is self.controls["gradients"]:
            self._feed(restart=True)
        self.post()

    def work(self, at):
        gradients = self.gradients
        step = min(at["step"], len(gradients))
        self.picture.update(update(self.optimizer, gradients, START), step)
        rate, gradient, length = (
            float(values[step - 1])
            for values in (self.facts.learning_rate, self.facts.gradients, self.facts.steps)
        )
        text = f"step {step} of {len(gradients)} moves w by {number(length)}"
        if plain := -rate * gradient:
            text += f", {number(length / plain)} times what plain SGD would"
        return f"{text}."

    def code(self):
        return f"""\
import anatomy  # first: it chooses the JAX backend
import keras

gradients = {np.round(self.gradients, 2).tolist()}
optimizer = keras.optimizers.{self.controls["optimizer"].value}({settings(self._arguments)})
w = keras.Variable({START}, name="w")
optimizer.build([w])
state = [v for v in optimizer.variables if v.name not in ("iteration", "learning_rate")]
print("gradient, step, w,", *[v.name for v in state])
for g in gradients:
    before = float(w.value)
    optimizer.apply([keras.ops.convert_to_tensor(g, "float32")])
    print(g, float(w.value) - before, float(w.value), *[float(v.value) for v in state])
"""

    @property
    def _arguments(self):
        """The arguments of the chosen optimizer, as they stand on the sliders."""
        at = self.at
        own = {name: at[name] for name in ("learning_rate", *ARGUMENTS[at["optimizer"]])}
        return own | CLIPPING[own.pop("clipping", "none")]

    def _hide(self):
        """Hides the arguments that the chosen optimizer does not have."""
        mine = ARGUMENTS[self.controls["optimizer"].value]
        for name in {name for names in ARGUMENTS.values() for name in names}:
            hide(self.controls[name], name not in mine)

    def _feed(self, restart=False):
        """Feeds the next gradient; the step that is written out stays the last if it was."""
        if restart or len(self.gradients) < MOST:
            step = self.controls["step"]
            last = step.value == step.max
            self._fed = () if restart else (*self._fed, self.controls["gradient"].value)
            step.max = len(self.gradients)
            if last:
                step.value = step.max
        self.post()

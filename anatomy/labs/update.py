"""The update by hand: feed an optimizer gradients, and watch what it remembers and how it steps."""

import ipywidgets as widgets
import numpy as np

from anatomy import draw
from anatomy.draw.optimizer import MOST
from anatomy.draw.optimizer_rows import said
from anatomy.labs.controls import control, value
from anatomy.labs.lab import Lab

STEPS = 24  # of each sequence
GRADIENTS = {
    "steady": np.ones(STEPS),
    "noisy": np.random.default_rng(3).normal(0.5, 1, STEPS).round(2),
    "alternating": np.where(np.arange(STEPS) % 2, -1.0, 1.0),
    "one spike": np.where(np.arange(STEPS) == 7, 5.0, 0.5),
    "by hand": np.empty(0),
}
ARGUMENTS = {
    "SGD": ("momentum", "nesterov"),
    "RMSprop": ("rho",),
    "Adagrad": (),
    "Adam": ("beta_1", "beta_2"),
    "AdamW": ("beta_1", "beta_2", "weight_decay"),
}
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
            "learning_rate": control("learning_rate", (0.001, 1.0), 0.1),
            "momentum": control("momentum", (0.0, 0.99, 0.01), 0.9),
            "nesterov": control("nesterov", False, False),
            "rho": control("rho", (0.0, 0.99, 0.01), 0.9),
            "beta_1": control("beta_1", (0.0, 0.99, 0.01), 0.9),
            "beta_2": control("beta_2", (0.0, 0.999, 0.001), 0.999),
            "weight_decay": control("weight_decay", (0.0, 0.5, 0.01), 0.1),
            "gradient": control("gradient", (-5.0, 5.0, 0.1), 1.0),
            "step": control("step", (1, STEPS + 1), STEPS + 1),
        }
        for name, one in controls.items():
            one.layout.width = "270px"
            one.style.description_width = "100px"
            if name not in ("optimizer", "gradients", "nesterov"):
                one.continuous_update = True
        controls["beta_2"].readout_format = ".3f"
        controls["gradient"].description = "next gradient"
        self.controls, self._fed = controls, ()
        controls["optimizer"].observe(self._arguments, names="value")
        controls["gradients"].observe(lambda change: self._feed(()), names="value")
        self._arguments()
        buttons = {
            "feed": widgets.Button(description="feed", tooltip="Feed the next gradient"),
            "restart": widgets.Button(description="restart", tooltip="Forget what you have fed"),
        }
        for button in buttons.values():
            button.layout.width = "132px"
        super().__init__(draw.optimizer(self.optimizer, self.gradients, start=START),
                         controls, buttons)  # fmt: skip
        buttons["feed"].on_click(lambda button: self._fed_now())
        buttons["restart"].on_click(lambda button: self._fed_now(restart=True))
        self._post()

    @property
    def gradients(self):
        at = self._settings()
        return np.array([*GRADIENTS[at["gradients"]], *self._fed, at["gradient"]])

    @property
    def optimizer(self):
        import keras

        return getattr(keras.optimizers, self.controls["optimizer"].value)(**self._told)

    @property
    def facts(self):
        return self.picture.facts

    def run(self):
        super().run()
        return self.facts

    def code(self):
        told = ", ".join(f"{name}={value!r}" for name, value in self._told.items())
        return f"""\
import anatomy  # first: it chooses the JAX backend
import keras

gradients = {np.round(self.gradients, 2).tolist()}
optimizer = keras.optimizers.{self.controls["optimizer"].value}({told})
w = keras.Variable({START}, name="w")
optimizer.build([w])
state = [v for v in optimizer.variables if v.name not in ("iteration", "learning_rate")]
print("gradient, step, w,", *[v.name for v in state])
for g in gradients:
    before = float(w.value)
    optimizer.apply([keras.ops.convert_to_tensor(g, "float32")])
    print(g, float(w.value) - before, float(w.value), *[float(v.value) for v in state])
"""

    def _rows(self):
        at, layout = self.controls, {"flex_flow": "row wrap"}
        told = [at[name] for name in at if any(name in names for names in ARGUMENTS.values())]
        return [
            widgets.HBox([at["optimizer"], at["gradients"]], layout=layout),
            widgets.HBox([at["learning_rate"], *told], layout=layout),
            widgets.HBox([at["gradient"], *self.buttons.values(), at["step"]], layout=layout),
            self._line,
            self._image,
            self._words,
        ]

    @property
    def _told(self):
        """The arguments of the chosen optimizer, as they stand on the sliders."""
        names = ["learning_rate", *ARGUMENTS[self.controls["optimizer"].value]]
        return {name: value(self.controls[name]) for name in names}

    def _arguments(self, change=None):
        """Only the arguments that the chosen optimizer has are to be seen."""
        mine = ARGUMENTS[self.controls["optimizer"].value]
        for name in {name for names in ARGUMENTS.values() for name in names}:
            self.controls[name].layout.display = None if name in mine else "none"

    def _feed(self, fed):
        """Feeds these by hand; the step that is written out stays the last if it was."""
        step = self.controls["step"]
        last = step.value == step.max
        self._fed = fed
        step.max = len(self.gradients)
        if last:
            step.value = step.max

    def _fed_now(self, restart=False):
        if restart or len(self.gradients) < MOST:
            self._feed(() if restart else (*self._fed, self.controls["gradient"].value))
        self._post()

    def _work(self, request):
        self.error = None
        gradients = self.gradients
        step = min(self.controls["step"].value, len(gradients))
        self.picture.update(self.optimizer, gradients, start=START, step=step)
        self._frame()
        facts = self.facts
        plain = -float(facts.learning_rate[step - 1]) * float(facts.gradients[step - 1])
        made = float(facts.steps[step - 1])
        text = f"step {step} of {len(facts)} moves w by {said(made)}"
        if plain:
            text += f", {said(made / plain)} times what plain SGD would"
        self._say("done", f"{text}.")

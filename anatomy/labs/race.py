"""The race: optimizers on the contours of a loss, from where you put them, step by step."""

import ipywidgets as widgets
import numpy as np

from anatomy import draw, optimizers
from anatomy.labs.controls import control, value
from anatomy.labs.lab import Lab
from anatomy.optimizers import SURFACES

STEPS = 100
RACERS = (("SGD", 0.0501, 0.0), ("SGD", 0.0501, 0.8), ("Adam", 0.2, 0.9))  # where sliders stand
NONE = "none"
#: Optimizers, and the argument that the slider ``momentum`` stands for.
KINDS = {
    "SGD": "momentum", "RMSprop": "momentum", "Adagrad": None, "Adam": "beta_1", "AdamW": "beta_1"
}  # fmt: skip
BATCHES = ["all", 64, 16, 4, 1]
PLAY = 80  # milliseconds between two steps


class Race(Lab):
    """Three optimizers on a surface, from one start.

    Each goes its 100 steps with a learning rate and a momentum of its own (``beta_1`` of Adam);
    ``step`` scrubs through them, the arrow plays them. Where the loss has data, ``batch_size``
    gives each step other rows: the noise of mini-batches, the same rows for all racers.

    Args:
        *surfaces: further surfaces before those of `anatomy.optimizers.SURFACES`: an
            `anatomy.optimizers.Surface`, such as of a Keras model of two weights, or a `Plane`
            through the weights of a larger one.

    Attributes:
        surface: the one that is shown.
        paths: list of `anatomy.optimizers.Path`, one for each racer.

    Raises:
        TypeError: for a surface that is none.
    """

    def __init__(self, *surfaces):
        for one in surfaces:
            if not hasattr(one, "extent"):
                raise TypeError(
                    f"surface is {one!r}; give optimizers.surface(model, data) or "
                    "optimizers.plane(model, x, y)."
                )
        self._surfaces = {one.name: one for one in surfaces}
        names = [*self._surfaces, *(name for name in SURFACES if name not in self._surfaces)]
        first = names[0] if surfaces else "ravine"
        controls = {
            "surface": control("surface", names, first),
            "start_x": control("start_x", widgets.FloatSlider()),
            "start_y": control("start_y", widgets.FloatSlider()),
            "batch_size": control("batch_size", BATCHES, "all"),
            "step": control("step", (0, STEPS), STEPS),
        }
        for i, (kind, rate, momentum) in enumerate(RACERS, start=1):
            kinds = [*KINDS, NONE] if i > 1 else [*KINDS]
            controls[f"optimizer_{i}"] = control("optimizer", kinds, kind)
            controls[f"learning_rate_{i}"] = control("learning_rate", (1e-4, 10.0), rate)
            controls[f"momentum_{i}"] = control("momentum", (0.0, 0.99, 0.01), momentum)
        for name, one in controls.items():
            one.add_class(f"anatomy-{name.replace('_', '-')}")
            one.layout.width, one.style.description_width = "258px", "96px"
            if name.startswith(("start", "step", "learning_rate")):
                one.continuous_update = True
            if name.startswith("start"):
                one.description, one.readout_format = name.replace("_", " "), ".3g"
            if name.startswith("optimizer"):
                one.observe(lambda change: self._arguments(), names="value")
        self.controls, self._raced = controls, None
        self._play = widgets.Play(STEPS, min=0, max=STEPS, interval=PLAY, repeat=False)
        self._play.layout.width = "125px"
        self._link = widgets.jslink((self._play, "value"), (controls["step"], "value"))
        controls["surface"].observe(lambda change: self._begin(), names="value")
        self._begin()
        self._arguments()
        super().__init__(draw.paths(self.surface, self._race()), controls, {})
        self._post()

    @property
    def surface(self):
        name = self.controls["surface"].value
        return self._surfaces.get(name) or optimizers.surface(name)

    def run(self):
        super().run()
        return self.paths

    def close(self):
        self._play.close()
        super().close()

    def code(self):
        at, surface = self._settings(), self.surface
        made = f"optimizers.surface({surface.name!r})"
        if surface.name in self._surfaces:
            made = f"...  # your own surface or plane {surface.name!r}, made here"
        return f"""\
from anatomy import optimizers  # first: it chooses the JAX backend
from anatomy.optimizers.race.facts import batches
import jax
import keras

surface = {made}
rows = batches(surface, {self._batch_size!r}, steps={at["step"]})  # of each mini-batch, or None
for optimizer in (
{"".join(f"    keras.optimizers.{call},{chr(10)}" for call in self._calls())}):
    w = keras.Variable({self._start!r}, name="w")
    optimizer.build([w])
    for step in range({at["step"]}):
        batch = None if rows is None else rows[step]
        optimizer.apply([jax.grad(surface.loss)(w.value, batch)])
    print(*w.numpy(), float(surface.loss(w.value)))
"""

    def _rows(self):
        at, wrap = self.controls, {"flex_flow": "row wrap"}
        rows = [
            [at["surface"], at["start_x"], at["start_y"]],
            *(
                [at[f"{name}_{i}"] for name in ("optimizer", "learning_rate", "momentum")]
                for i in range(1, 1 + len(RACERS))
            ),
            [at["batch_size"], at["step"], self._play],
        ]
        return [
            *(widgets.HBox(row, layout=wrap) for row in rows),
            self._line,
            self._image,
            self._words,
        ]

    def _begin(self):
        """The start sliders reach over the new surface, and stand at its own start."""
        x0, x1, y0, y1 = map(float, self.surface.extent)
        ranges = {"start_x": (x0, x1), "start_y": (y0, y1)}
        with_data = self.surface.samples is not None
        self.controls["batch_size"].layout.display = None if with_data else "none"
        for (name, (low, high)), wanted in zip(ranges.items(), self.surface.start, strict=True):
            slider = self.controls[name]
            with slider.hold_sync(), slider.hold_trait_notifications():  # one message
                slider.min, slider.max, slider.step = low, high, (high - low) / 200
                slider.value = float(wanted)

    def _arguments(self):
        """Only the sliders that a racer's optimizer has are to be seen."""
        for i in range(1, 1 + len(RACERS)):
            kind = self.controls[f"optimizer_{i}"].value
            momentum, rate = self.controls[f"momentum_{i}"], self.controls[f"learning_rate_{i}"]
            momentum.description = KINDS.get(kind) or "momentum"
            momentum.layout.visibility = "visible" if KINDS.get(kind) else "hidden"
            rate.layout.visibility = "hidden" if kind == NONE else "visible"

    @property
    def _start(self):
        return [round(self.controls[name].value, 4) for name in ("start_x", "start_y")]

    @property
    def _batch_size(self):
        """Rows of a mini-batch; None for all, and where there are no more or none."""
        wanted, samples = self.controls["batch_size"].value, self.surface.samples
        return None if wanted == "all" or samples is None or wanted >= samples else wanted

    def _chosen(self):
        """(kind, arguments) of each racer."""
        for i in range(1, 1 + len(RACERS)):
            kind = self.controls[f"optimizer_{i}"].value
            if kind != NONE:
                told = {"learning_rate": value(self.controls[f"learning_rate_{i}"])}
                momentum = value(self.controls[f"momentum_{i}"])
                if KINDS[kind] and (momentum or KINDS[kind] != "momentum"):
                    told[KINDS[kind]] = round(momentum, 2)
                yield kind, told

    def _calls(self):
        return [
            f"{kind}({', '.join(f'{name}={value!r}' for name, value in told.items())})"
            for kind, told in self._chosen()
        ]

    def _race(self):
        """The paths as the controls stand; the same ones where nothing has moved them."""
        import keras

        asked = self.surface, self._start, self._batch_size, self._calls()
        if asked != self._raced:
            self.paths = [
                optimizers.path(
                    getattr(keras.optimizers, kind)(**told), self.surface, self._start, STEPS,
                    batch_size=self._batch_size,
                )
                for kind, told in self._chosen()
            ]  # fmt: skip
            self._raced = asked
        return self.paths

    def _work(self, request):
        if self._raced and self._raced[0] is not self.surface:
            self._say("compiling", "the first time on a surface, XLA compiles each optimizer")
        paths = self._race()
        if request.superseded:
            return
        self.error = None
        self.picture.update(self.surface, paths, self.controls["step"].value)
        self._frame()
        self._say("done", self._told())

    def _told(self):
        at, labels = self.picture.at, self.picture.labels
        losses = np.array([path.losses[at] for path in self.paths], float)
        noise = f" Each step sees {self._batch_size} rows." if self._batch_size else ""
        if not np.isfinite(losses).any():
            return f"after {at} steps no loss is finite.{noise}"
        best = int(np.nanargmin(np.where(np.isfinite(losses), losses, np.inf)))
        return f"after {at} steps {labels[best]} is lowest, at a loss of {losses[best]:.4g}.{noise}"

"""The race: optimizers on the contours of a loss, from where you put them, step by step."""

import functools

import ipywidgets as widgets
import keras
import numpy as np

from anatomy.base.controls import control, label, look
from anatomy.base.lab import Lab
from anatomy.base.words import listed, number, sentences, settings
from anatomy.data import calls
from anatomy.optimizers.race.draw import labels, paths
from anatomy.optimizers.race.facts import path
from anatomy.optimizers.race.surfaces import SURFACES, surface

STEPS = 100
RACERS = (("SGD", 0.05, 0.0), ("SGD", 0.05, 0.8), ("Adam", 0.2, 0.9))  # where sliders stand
NONE = "none"
#: Optimizers, and the argument that the slider ``momentum`` stands for.
KINDS = {
    "SGD": "momentum", "RMSprop": "momentum", "Adagrad": None, "Adam": "beta_1", "AdamW": "beta_1"
}  # fmt: skip
BATCHES = ["all", 64, 16, 4, 1]
PLAY = 80  # milliseconds between two steps


#: What may be raced on, beside those that have a name.
SURFACE = calls.facts("extent", "optimizers.surface(model, data) or optimizers.plane(model, x, y)")


class Race(Lab, surfaces=SURFACE):
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
        self._surfaces = {one.name: one for one in surfaces}
        names = [*self._surfaces, *(name for name in SURFACES if name not in self._surfaces)]
        controls = {"surface": control("surface", names, names[0] if surfaces else "ravine")}
        for name in ("start_x", "start_y"):
            controls[name] = control(name, (-1.0, 1.0), live=True)
            controls[name].readout_format = ".3g"
        for i, (kind, rate, momentum) in enumerate(RACERS, start=1):
            kinds = [*KINDS, NONE] if i > 1 else [*KINDS]
            controls[f"optimizer_{i}"] = control("optimizer", kinds, kind)
            controls[f"learning_rate_{i}"] = control("learning_rate", (1e-4, 10.0), rate, live=True)
            controls[f"momentum_{i}"] = control("momentum", (0.0, 0.99, 0.01), momentum)
        controls["batch_size"] = control("batch_size", BATCHES, "all")
        controls["step"] = control("step", (0, STEPS), STEPS, live=True)
        for name, one in controls.items():
            one.add_class(f"anatomy-{name.replace('_', '-')}")
        self.controls, self._request_of_paths = controls, None
        self._begin()
        self._hide()
        label(controls["step"], 30)
        controls["step"].layout = look(width="auto", flex="1 1 auto", min_width="0")
        controls["step"].readout = False
        play = widgets.Play(STEPS, min=0, max=STEPS, interval=PLAY, show_repeat=False,
                            layout=look(flex="0 0 88px"))  # fmt: skip
        self._link = widgets.jslink((play, "value"), (controls["step"], "value"))
        racers = range(1, 1 + len(RACERS))
        super().__init__(paths(self.surface, self._race()), controls, columns=[
            (least, {head: [f"{name}_{i}" for i in racers]})
            for least, head, name in (
                (170, controls["surface"], "optimizer"),
                (225, widgets.HBox([controls["step"], play]), "learning_rate"),
                (205, controls["batch_size"], "momentum"),
            )
        ])  # fmt: skip

    @property
    def surface(self):
        name = self.controls["surface"].value
        return self._surfaces.get(name) or surface(name)

    def moved(self, change):
        if change["owner"] is self.controls["surface"]:
            self._begin()
        self._hide()
        self.post()

    def work(self, at):
        if self._request_of_paths and self._request_of_paths[0] is not self.surface:
            self.say("compiling", "the first time on a surface, each optimizer takes longer")
        racers, batch_size = self._race(), self._request_of_paths[2]
        self.check()
        self.picture.update(self.surface, racers, at["step"])
        losses, after = [path.losses[at["step"]] for path in racers], f"after {at['step']} steps"
        best = min(filter(np.isfinite, losses), default=None)
        first = [name for name, loss in zip(labels(racers), losses, strict=True) if loss == best]
        ahead = "is lowest, at" if len(first) == 1 else "tie at"
        return sentences(
            f"{after} {listed(first)} {ahead} a loss of {number(best)}."
            if first else f"{after} no loss is finite.",
            batch_size and f"Each step sees {batch_size} rows.",
        )  # fmt: skip

    def prepare(self, at):
        return functools.partial(self._paths, *self._request(at))

    def code(self):
        steps = self.at["step"]
        surface, start, batch_size, racers = self._request(self.at)
        source = f"optimizers.surface({surface.name!r})"
        if surface.name in self._surfaces:
            source = f"...  # your own surface or plane {surface.name!r}, made here"
        calls = "".join(
            f"    keras.optimizers.{kind}({settings(arguments)}),\n" for kind, arguments in racers
        )
        return f"""\
from anatomy import optimizers  # first: it chooses the JAX backend
from anatomy.optimizers.race.facts import batches
import jax
import keras

surface = {source}
rows = batches(surface, {batch_size!r}, steps={steps})  # of each mini-batch, or None
for optimizer in (
{calls}):
    w = keras.Variable({start!r}, name="w")
    optimizer.build([w])
    for step in range({steps}):
        batch = None if rows is None else rows[step]
        optimizer.apply([jax.grad(surface.loss)(w.value, batch)])
    print(*w.numpy(), float(surface.loss(w.value)))
"""

    def _begin(self):
        """Lets the start sliders reach over the surface, and stand at its own start."""
        x0, x1, y0, y1 = map(float, self.surface.extent)
        ranges = {"start_x": (x0, x1), "start_y": (y0, y1)}
        for (name, (low, high)), start in zip(ranges.items(), self.surface.start, strict=True):
            slider = self.controls[name]
            with slider.hold_sync(), slider.hold_trait_notifications():  # one message
                slider.min, slider.max, slider.step = low, high, (high - low) / 200
                slider.value = float(start)

    def _hide(self):
        """Hides the sliders that a racer's optimizer, or the surface, does not have."""
        at = self.controls
        # Its place remains.
        shown = [look(width="auto", visibility=one) for one in ("hidden", "visible")]
        at["batch_size"].layout = shown[self.surface.samples is not None]
        for i in range(1, 1 + len(RACERS)):
            argument = KINDS.get(at[f"optimizer_{i}"].value)
            at[f"momentum_{i}"].description = argument or "momentum"
            at[f"momentum_{i}"].layout = shown[argument is not None]
            at[f"learning_rate_{i}"].layout = shown[at[f"optimizer_{i}"].value != NONE]

    def _request(self, at):
        """What the paths depend on: surface, start, batch size (None: all rows) and racers,
        [(kind, arguments)]."""
        racers = []
        for i in range(1, 1 + len(RACERS)):
            kind, momentum = at[f"optimizer_{i}"], at[f"momentum_{i}"]
            arguments = {"learning_rate": at[f"learning_rate_{i}"]}
            if KINDS.get(kind) and (momentum or KINDS[kind] != "momentum"):
                arguments[KINDS[kind]] = round(momentum, 2)
            racers += [(kind, arguments)] if kind != NONE else []
        shown, size = self._surfaces.get(at["surface"]) or surface(at["surface"]), at["batch_size"]
        whole = size == "all" or shown.samples is None or size >= shown.samples
        start = [round(at[name], 4) for name in ("start_x", "start_y")]
        return shown, start, None if whole else size, racers

    def _paths(self, surface, start, batch_size, racers, stop=lambda: False):
        return [
            path(getattr(keras.optimizers, kind)(**arguments), surface, start, STEPS,
                 batch_size=batch_size)
            for kind, arguments in racers
            if not stop()
        ]  # fmt: skip

    def _race(self):
        """The paths as the controls stand; the same ones where nothing has moved them."""
        request = self._request(self.at)
        if request != self._request_of_paths:
            self.paths, self._request_of_paths = self._paths(*request), request
        return self.paths

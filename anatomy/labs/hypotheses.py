"""A topology as a space of possible functions, and training as a search in it."""

import functools
import inspect

import ipywidgets as widgets
import numpy as np

from anatomy import draw
from anatomy.draw.space import SpacePicture
from anatomy.draw.style import number
from anatomy.hypotheses import path, sample
from anatomy.hypotheses.space import checked_model
from anatomy.labs import targets
from anatomy.labs.controls import control, controls
from anatomy.labs.lab import Lab
from anatomy.labs.script import script
from anatomy.training import training

POINTS, BATCH = 128, 32
FRAMES = 25  # pictures of one search
OWN = "my own"
HEIGHTS = tuple(f"y{i}" for i in range(1, 1 + len(targets.PLACES)))


class Hypotheses(Lab):
    """The functions that a topology can make, a target among them, and ``fit()`` as a search.

    At each move members of the space are sampled, and the nearest to the target is shown. The
    button "fit" trains a member on the target; a map shows its path through the space.

    Args:
        build: function of keyword arguments that returns a compiled ``keras.Model`` with one
            feature and one output, such as ``build(units=8, depth=1, activation="tanh")``.
        **abbreviations: for each argument of ``build`` a control, as for ``labs.fit``.

    Attributes:
        space: the `anatomy.hypotheses.Space` that is shown.
        x, target: ``(128, 1)``, points of [-1, 1] and the wanted values.
        path: the `anatomy.hypotheses.Path` of the fit that is shown, or None.

    Raises:
        TypeError, ValueError: for a build or abbreviation that cannot be used.
    """

    def __init__(self, build, **abbreviations):
        import keras

        if not inspect.isfunction(build):
            raise TypeError(
                f"build is {build!r}; give a function that takes keyword arguments and returns "
                "a compiled keras.Model."
            )
        self.build, self._policy = build, keras.config.dtype_policy().name
        self.x = np.linspace(-1, 1, POINTS, dtype="float32").reshape(-1, 1)
        made = controls(build, abbreviations)
        self._parameters = list(made)
        own = self._own_controls()
        if taken := [name for name in own if name in made]:
            raise TypeError(
                f"{build.__name__}() has an argument {taken[0]!r}, which the lab has too."
            )
        self._filling = self._asked = False
        self._models, self.path, self._sampled, self._at = {}, None, None, None
        self._map = widgets.Image(format="png", layout={"width": "100%", "display": "none"})
        self.controls = made | own
        self._fill()
        own["target"].observe(lambda change: self._fill(), names="value")
        for name in HEIGHTS:
            own[name].observe(lambda change: self._drag(), names="value")
        tooltips = {"fit": "Train on the target", "stop": "Stop after the present epoch"}
        buttons = {
            name: widgets.Button(description=name, tooltip=tooltip)
            for name, tooltip in tooltips.items()
        }
        buttons["fit"].button_style = "primary"
        with training:
            self._look()
        super().__init__(SpacePicture(self.space, self.target), self.controls, buttons)
        buttons["fit"].on_click(lambda button: self._ask())
        buttons["stop"].on_click(lambda button: self.stop())
        self._post()

    def run(self):
        """Trains now, in this thread, on the target that is chosen."""
        self._asked = True
        super().run()
        return self.path.history if self.path else {}

    def _shows(self):
        said = super()._shows()
        return f"{said}\n{self.search.describe()}" if self.path else said

    def code(self):
        at = self._settings()
        given = ", ".join(f"{name}={at[name]!r}" for name in self._parameters)
        lines = [f'x = np.linspace(-1, 1, {POINTS}, dtype="float32").reshape(-1, 1)']
        if at["target"] == OWN:
            lines.append(f'y = np.interp(x, {targets.PLACES}, {self._heights()}).astype("float32")')
        else:
            source = inspect.getsource(targets.NAMED[at["target"]]).rstrip()
            made = f'y = {at["target"]}(x).astype("float32")'
            lines += ["", "", *source.splitlines(), "", "", made]
        return script(
            self.build,
            ["import anatomy  # first: it chooses the JAX backend", "import keras",
             "import numpy as np"],
            [
                *lines,
                f"keras.utils.set_random_seed({at['seed']})",
                f"model = {self.build.__name__}({given})",
                f"history = model.fit(x, y, batch_size={BATCH}, epochs={at['epochs']})",
            ],
        )  # fmt: skip

    def _own_controls(self):
        made = {
            "target": control("target", [*targets.NAMED, OWN], "sine"),
            "members": control("members", [100, 1000, 5000], 1000),
            "spread": control("spread", (0.5, 5.0, 0.1), 2.0),
            "seed": control("seed", (0, 99), 0),
            "epochs": control("epochs", (10, 500, 10), 200),
        }
        for name in HEIGHTS:
            slider = widgets.FloatSlider(
                0, min=-1.5, max=1.5, step=0.05, orientation="vertical", description=name,
                layout={"width": "62px", "height": "170px"},
            )  # fmt: skip
            made[name] = control(name, slider)
        for name in ("spread", "seed"):
            made[name].continuous_update = True
        return made

    def _rows(self):
        level = [c for name, c in self.controls.items() if name not in HEIGHTS]
        heights = widgets.HBox([self.controls[name] for name in HEIGHTS])
        column = widgets.VBox(
            [
                *level,
                heights,
                widgets.HBox(list(self.buttons.values()), layout={"margin": "8px 0 0"}),
            ],
            layout={"width": "345px", "flex": "0 0 auto"},
        )
        screen = widgets.VBox(
            [self._line, self._image, self._map, self._words],
            layout={"flex": "1 1 420px", "min_width": "0"},
        )
        return [widgets.HBox([column, screen], layout={"flex_flow": "row wrap"})]

    def _ask(self):
        self._asked = True
        self._post()

    def _fill(self):
        """Puts the five sliders where the chosen target goes: one's own starts from there."""
        name = self.controls["target"].value
        if name == OWN:
            return
        self._filling = True
        for one, height in zip(HEIGHTS, targets.NAMED[name](np.array(targets.PLACES)), strict=True):
            self.controls[one].value = round(float(np.clip(height, -1.5, 1.5)), 2) + 0.0
        self._filling, self._filled = False, self._heights()

    def _drag(self):
        # A page that shows a slider may hand 0.0 back as 2e-16: nobody has dragged, then.
        if not self._filling and self._heights() != self._filled:
            self.controls["target"].value = OWN

    def _heights(self):
        return [round(self.controls[one].value, 2) for one in HEIGHTS]

    def _wanted(self, name):
        made = targets.own(self.x, self._heights()) if name == OWN else targets.NAMED[name](self.x)
        return np.asarray(made, "float32")

    def _look(self):
        """Members of the topology, and the target, as the controls stand."""
        at = self._settings()
        model = self._model({name: at[name] for name in self._parameters})
        asked = model, at["members"], at["seed"], at["spread"]
        if asked != self._sampled:
            self.space = sample(model, self.x, asked[1], seed=asked[2], spread=asked[3])
            self._sampled = asked
        self.target = self._wanted(at["target"])

    def _model(self, parameters):
        """A model of this topology, kept for its compiled code."""
        import keras

        if keras.config.dtype_policy().name != self._policy:
            keras.config.set_dtype_policy(self._policy)
        model = checked_model(functools.partial(self.build, **parameters))
        if model.outputs[0].shape != (None, 1) or model.inputs[0].shape != (None, 1):
            raise ValueError(
                f"model {model.name!r} makes {model.outputs[0].shape} of "
                f"{model.inputs[0].shape}; give one that makes (None, 1) of (None, 1)."
            )
        self._models = dict([*self._models.items()][-16:])
        return self._models.setdefault(topology(model), model)

    def _work(self, request):
        asked, self._asked = self._asked, False
        self._say("sampling", "the first time for a topology, XLA compiles it")
        with training:
            self._look()
        if request.superseded:
            return
        self.error, at = None, self._settings() | dict(zip(HEIGHTS, self._heights(), strict=True))
        if asked or at != self._at:
            self.path, self._at = None, at
            self._map.layout.display = "none"
        self._draw()
        if asked:
            self._search(request)
        elif not self.path:
            self._say("done", f"{self.picture.words}. Press fit to search.")
        else:
            self._tell(request)

    def _search(self, request):
        """``fit()`` on the target, drawn as it goes."""
        at = self._settings()
        build = functools.partial(self.build, **{name: at[name] for name in self._parameters})

        def follow(path):
            self.path, epoch = path, path.epochs[-1]
            if not request.cancelled:
                self._draw()
                self._say("training", f"epoch {epoch} of {at['epochs']}")

        self.path = path(
            build, (self.x, self.target), self.x, epochs=at["epochs"], batch_size=BATCH,
            every=max(1, at["epochs"] // FRAMES), seed=at["seed"], on_change=follow,
            stop=lambda: request.cancelled,
        )  # fmt: skip
        if request.superseded:
            return
        self._draw()
        self._tell(request)

    def _tell(self, request):
        """What came of the search."""
        epoch = len(self.path.history.get("loss", ()))
        short = "stopped" if request.cancelled else "diverged"
        status = "done" if self.path.epochs[-1] == self._at["epochs"] else short
        loss = f"loss {number(self.path.history['loss'][-1])} " if epoch else ""
        self._say(status, f"{loss}after {epoch} epochs. {self.picture.words}.")

    def _draw(self):
        """The fan, and the search where there is one."""
        shown = ()
        if self.path:
            shown = self.path.outputs[-1], f"after {self.path.epochs[-1]} epochs"
            if self._map.layout.display == "none":
                self.search = draw.search(self.space, self.path, self.target)
                self._map.layout.max_width = f"{self.search.size[0]}px"
                self._map.layout.display = ""
            else:
                self.search.update(self.space, self.path, self.target)
            self._map.value = self.search.frame()
        self.picture.update(self.space, self.target, *shown)
        self._frame()

    def _polish(self):
        super()._polish()
        if self.path:
            self._map.value = self.search.png()


def topology(model):
    """What tells one topology from another: its layers without their names."""
    return repr([{**layer.get_config(), "name": ""} for layer in model.layers])

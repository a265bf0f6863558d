"""A topology as a space of possible functions, and training as a search in it."""

import functools
import inspect

import ipywidgets as widgets
import numpy as np

from anatomy.base.controls import control, controls
from anatomy.base.lab import Lab
from anatomy.base.script import FIRST, script
from anatomy.base.words import count, number, settings
from anatomy.hypotheses.search import targets
from anatomy.hypotheses.search.draw import search, search_map
from anatomy.hypotheses.search.facts import path
from anatomy.hypotheses.space.facts import checked_model, sample
from anatomy.losses.doctor.advice import advise
from anatomy.training.compiled import key
from anatomy.training.run import call
from anatomy.training.runner import one_at_a_time

POINTS, BATCH = 128, 32
FRAMES = 25  # pictures of one search
OWN = "my own"
MODELS = {}  # topologies that any lab has shown, for their compiled code
HEIGHTS = {f"y{i}": place for i, place in enumerate(targets.PLACES, 1)}


class Hypotheses(Lab):
    """The functions that a topology can make, a target among them, and ``fit()`` as a search.

    At each move members of the space are sampled, and the nearest to the target is shown. The
    button "fit" trains a member, whose curve bends onto the target; folded beneath, a map shows
    its path through the space.

    Args:
        build: function of keyword arguments that returns a compiled ``keras.Model`` with one
            feature and one output, such as ``build(units=8, depth=1, activation="tanh")``.
        **abbreviations: for each argument of ``build`` a control, as for ``labs.fit``.

    Attributes:
        space: the `anatomy.hypotheses.Space` that is shown.
        x, target: ``(128, 1)``, points of [-1, 1] and the wanted values.
        path: the `anatomy.hypotheses.Path` of the fit that is shown, or None.
        history: its dict of lists, {} before a fit.

    Raises:
        TypeError, ValueError: for a build or abbreviation that cannot be used.
    """

    outcome = "history"

    def __init__(self, build, **abbreviations):
        self.build = build
        self.x = np.linspace(-1, 1, POINTS, dtype="float32").reshape(-1, 1)
        own = {
            "target": control("target", [*targets.NAMED, OWN], "sine"),
            "members": control("members", [100, 1000, 5000], 1000),
            "spread": control("spread", (0.5, 5.0, 0.1), 2.0, live=True),
            "seed": control("seed", (0, 99), 0, live=True),
            "epochs": control("epochs", (10, 500, 10), 200),
        }
        for name, place in HEIGHTS.items():
            own[name] = control(name, (-1.5, 1.5, 0.05), 0.0, live=True)
            own[name].description = f"y at {number(place)}"
        arguments = controls(build, abbreviations, own)
        self._arguments, self._token, self._compiled = tuple(arguments), object(), set()
        self.path = self._sampled = self._at = None
        self.controls = arguments | own
        self._fill()
        self._look(self.at)
        buttons = {"fit": ("Train on the target", lambda: self.post("fit")),
                   "stop": ("Stop after the present epoch", self.stop)}  # fmt: skip
        self._map = widgets.HTML()
        super().__init__(
            search(self.space, None, self.target, heights=HEIGHTS), self.controls, buttons,
            folds={"Map of functions": self._map},
        )  # fmt: skip

    @property
    def history(self):
        return self.path.history if self.path else {}

    def run(self):
        """Trains now, in this thread, on the target that is chosen; returns the history."""
        return super().run("fit")

    def forget(self):
        self.post(None if self.watched else "fit")  # a recorded page has no button to press

    def work(self, at):
        if self._shape(at) not in self._compiled:
            self.say("compiling", "to draw members takes longer the first time for a topology")
        self._look(at)
        self._compiled.add(self._shape(at))
        self.check()
        if self.wish or at != self._at:
            self.path, self._at = None, at
            self.advise("")
        self.picture.update(self.space, self.path, self.target)
        if self.wish:
            self._search(at)
        if not self.path:
            nearest = number(self.space.distances(self.target).min())
            members = count(len(self.space), "sampled member")
            return (
                f"The nearest of {members} is {nearest} away from the target. Press fit to search."
            )
        epochs, last = len(self.history.get("loss", ())), self.path.epochs[-1]
        status = "done" if last == at["epochs"] else "stopped" if self.cancelled else "diverged"
        loss = f"Loss {number(self.history['loss'][-1])}" if epochs else "No loss"
        distance = number(self.path.distances(self.target)[-1])
        return status, f"{loss} after {count(epochs, 'epoch')}, {distance} away from the target."

    def prepare(self, at):
        if self._shape(at) in self._compiled:
            return None

        def compile(stop):
            model = self._model({name: at[name] for name in self._arguments})
            sample(model, self.x, at["members"], seed=at["seed"], spread=at["spread"])
            self._compiled.add(self._shape(at))

        return compile

    def _shape(self, at):
        """What is compiled into the sampling of members."""
        return repr([at[name] for name in (*self._arguments, "members")])

    def moved(self, change):
        if change["owner"] is self.controls["target"]:
            self._fill()
        # A page that shows a slider may return 2e-16 for 0.0: nobody has dragged, then.
        elif self._heights() != self._filled:
            self._filled = self._heights()
            self.controls["target"].value = OWN
        self.post()

    def unfolded(self, title):
        """Draws the map, of a search there is."""
        if title == "Map of functions":
            text = "Press fit: a map is of a search."
            drawn = self.path and search_map(self.space, self.path, self.target).html()
            self._map.value = drawn or text

    def code(self):
        at, lines = self.at, [f'x = np.linspace(-1, 1, {POINTS}, dtype="float32").reshape(-1, 1)']
        if at["target"] == OWN:
            lines.append(f'y = np.interp(x, {targets.PLACES}, {self._heights()}).astype("float32")')
        else:
            source = inspect.getsource(targets.NAMED[at["target"]]).rstrip()
            lines += ["", "", source, "", "", f'y = {at["target"]}(x).astype("float32")']
        arguments = settings({name: at[name] for name in self._arguments})
        return script(
            self.build,
            [*FIRST, "import numpy as np"],
            [
                *lines,
                f"keras.utils.set_random_seed({at['seed']})",
                f"model = {self.build.__name__}({arguments})",
                f"history = model.fit(x, y, batch_size={BATCH}, epochs={at['epochs']})",
            ],
        )

    def _fill(self):
        """Puts the five sliders where the chosen target goes: one's own starts from there."""
        name = self.controls["target"].value
        if name != OWN:
            heights = np.clip(targets.NAMED[name](np.array(targets.PLACES)), -1.5, 1.5)
            heights = [round(float(height), 2) + 0.0 for height in heights]
            self.put(**dict(zip(HEIGHTS, heights, strict=True)))
        self._filled = self._heights()

    def _heights(self):
        return [round(self.controls[one].value, 2) for one in HEIGHTS]

    def _look(self, at):
        """Members of the topology, and the target, as the controls stand."""
        with one_at_a_time():
            model = self._model({name: at[name] for name in self._arguments})
            asked = model, at["members"], at["seed"], at["spread"]
            if asked != self._sampled:
                self.space = sample(model, self.x, asked[1], seed=asked[2], spread=asked[3])
                self._sampled = asked
        if at["target"] == OWN:
            heights = np.interp(self.x, targets.PLACES, self._heights())
        else:
            heights = targets.NAMED[at["target"]](self.x)
        self.target = np.asarray(heights, "float32")

    def _model(self, arguments):
        """A model of this topology, kept for its compiled code."""
        model = checked_model(lambda: call(self.build, arguments))
        if model.outputs[0].shape != (None, 1) or model.inputs[0].shape != (None, 1):
            raise ValueError(
                f"model {model.name!r} makes {model.outputs[0].shape} of "
                f"{model.inputs[0].shape}; give one that makes (None, 1) of (None, 1)."
            )
        layers = [{**layer.get_config(), "name": ""} for layer in model.layers]
        known = key(model) or (self._token, repr(layers))  # parts of a student's own: this lab's
        while len(MODELS) > 16:
            MODELS.pop(next(iter(MODELS)))
        return MODELS.setdefault(known, model)

    def _search(self, at):
        """``fit()`` on the target, drawn as it goes."""

        def follow(path):
            self.path = path
            if not self.cancelled:
                self.picture.update(path=path)
                self.show()
                self.say("training", f"epoch {path.epochs[-1]} of {at['epochs']}")

        build = functools.partial(self.build, **{name: at[name] for name in self._arguments})
        advise(self, build, self.target)
        self.path = path(
            build, (self.x, self.target), self.x, epochs=at["epochs"], batch_size=BATCH,
            every=max(1, at["epochs"] // FRAMES), seed=at["seed"], on_change=follow,
            stop=lambda: self.cancelled,
        )  # fmt: skip
        self.check()
        self.picture.update(path=self.path)

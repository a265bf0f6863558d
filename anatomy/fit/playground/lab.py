"""The playground: a function that forms before one's eyes, unit by unit."""

import itertools

import ipywidgets as widgets
import numpy as np
import traitlets

from anatomy.base.controls import batch_sizes, control, controls, whole
from anatomy.base.lab import Lab
from anatomy.base.script import FIRST, script
from anatomy.base.words import sentences, settings
from anatomy.data import calls, gate
from anatomy.fit.playground.draw import playground
from anatomy.fit.playground.facts import SETS, Session, shared
from anatomy.losses.doctor.advice import advise
from anatomy.training.fused import check_jax

OWN = "data", "noise", "share", "batch_size", "epochs", "seed", "press_adds"
NOTHING, POINT = "nothing", "a point"  # what a press on the map adds


class Playground(Lab, epochs=None, batch_size=None):
    """A network of one or two features that trains before one's eyes, and can be touched.

    Each unit is a small map of its output over the plane of the features. At every move of a
    control ``build`` is called anew and trains from the same initial weights; *pause* and *play*
    go on. A press on a unit shows it large with its weights, which a hand can move; a press on
    the map adds a training point; a hand on the loss goes back to earlier epochs. What is trained
    then goes on from what is there.

    Args:
        build: function of keyword arguments that returns a compiled ``keras.Model``, of one input
            of one or two features, all of whose layers output ``(None, units)``.
        data: "xor", "circles", "moons" or "spirals", "waves" or "step": the one to begin with,
            the others of as many features to choose from; or data as for `labs.fit`.
        epochs, batch_size: integers, as for ``fit()``, or abbreviations for a control.
        **abbreviations: for each argument of ``build`` a control, as in ``ipywidgets.interact``.

    Attributes:
        session: the `Session`: its ``model``, ``history`` and ``steps``, what was done to it.

    Raises:
        TypeError, ValueError: for data or an abbreviation that cannot be used, or a model with
            other features or layers.

    Source: Smilkov, Carter, Direct-manipulation visualization of deep networks (2017).
    """

    def __init__(self, build, data="xor", *, epochs=200, batch_size=32, **abbreviations):
        check_jax("A function that is drawn while it trains")
        self.build, self.data, self._sets = build, data, None
        own = controls(build, abbreviations, OWN)
        if isinstance(data, str):
            calls.one_of("data", data, itertools.chain(*SETS.values()))
            self._sets = next(sets for sets in SETS.values() if data in sets)
            own["data"] = control("data", list(self._sets), data)
            own["noise"] = control("noise", (0.0, 0.5, 0.05), 0.1)
            own["share"] = control("share", (0.1, 0.9, 0.1), 0.5)
        own["batch_size"] = batch_sizes(batch_size)
        own["epochs"] = whole("epochs", epochs, (10, 1000))
        own["seed"] = control("seed", (0, 99), 0)
        self._moves, self._anew, self._past, self._ends = [], False, None, None
        self._position = self._structure({name: one.value for name, one in own.items()})
        self.session = self._begin(self._position)
        classes = [f"class {one}" for one in self.session.task.classes] or [POINT]
        own["press_adds"] = control("press_adds", [NOTHING, *classes])
        self._target = own["epochs"].value
        buttons = {
            "play": ("Train on, for as many epochs", self._play),
            "pause": ("Stop after the present epoch", self.stop),
            "step": ("Train one epoch", lambda: self._play(1)),
            "rewind": ("Back to the same initial weights", self._rewind),
            "new_seed": ("Other initial weights, another shuffling", self.next_seed),
        }
        super().__init__(playground(self.session), own, buttons)
        weight = widgets.BoundedFloatText(0.0, min=-100, max=100, step=0.1)
        self.hand("unit", widgets.BoundedIntText(10**6, 0, 10**6), self._look)
        self.hand("source", widgets.BoundedIntText(0, 0, 10**6), self._follow_source)
        self.hand("weight", weight, self._weigh)
        self.hand("epoch", widgets.BoundedIntText(0, 0, 10**9), self._look_back)
        self.hand("point", Place(), self._add)
        for name in ("across", "up"):
            self.hand(name, widgets.BoundedFloatText(), self._look)

    @property
    def model(self):
        return self.session.model

    @property
    def history(self):
        return self.session.history

    @property
    def runs(self):
        return [self.session] if self.session.epoch else []

    def moved(self, change):
        if change["owner"] is self.controls["press_adds"]:
            return self._look()
        self._target = self.at["epochs"]
        self.post()

    def work(self, at):
        structure = self._structure(at)
        if self._anew or structure != self._position:
            session = self._begin(structure)
            self.session, self._position, self._anew = session, structure, False
        session = self.session
        advise(self, session.model, session.y, structure)
        while self._moves:
            move, arguments = self._moves.pop(0)
            move(session, *arguments)
        self._draw()
        left = self._target - session.epoch
        if left > 0:
            self.say("training", f"{left} epochs more")
            session.fit(left, on_epochs=self._watch, stop=lambda: self.cancelled)
        self.check()
        self._draw()
        text = sentences(self._reached(), session.touched())
        loss = session.history.get("loss", [0.0])[-1]
        self._target = session.epoch
        if not np.isfinite(loss):
            return "diverged", f"The loss is {loss}. {text}"
        return ("stopped" if self.cancelled else "done"), text

    def prepare(self, at):
        if at["seed"] != self.at["seed"]:
            return None

        def compile(stop):
            session = self._begin(self._structure(at))
            session.fit(1, stop=stop)
            session.outputs()

        return compile

    def code(self):
        session, at = self.session, dict(self._position)
        arguments = settings({name: at[name] for name in at if name not in OWN})
        if self._sets:
            share = at["share"]
            made = [
                f"split = {self._sets[at['data']](at['noise'], 0).code}",
                "x, y = (np.concatenate(part) for part in ("
                "(split.x_train, split.x_val), (split.y_train, split.y_val)))",
                f"n = round({share} * len(x))",
                "x_train, y_train, x_val, y_val = x[:n], y[:n], x[n:], y[n:]",
            ]
        elif hasattr(self.data, "code"):
            made = [
                f"split = {self.data.code}",
                "x_train, y_train = split.x_train, split.y_train",
                "x_val, y_val = split.x_val, split.y_val",
            ]
        else:
            made = ["# x_train, y_train, x_val, y_val: your own arrays, made here"]
        lines = [
            *made,
            f"keras.utils.set_random_seed({at['seed']})",
            f"model = {self.build.__name__}({arguments})",
            *session.script(),
        ]
        return script(self.build, [*FIRST, "import numpy as np"], lines)

    # The student's hand: callbacks that only say what is to be done.

    def _play(self, epochs=None):
        self._past = None
        self._target = self.session.epoch + (epochs or self.at["epochs"])
        self.post()

    def _rewind(self):
        self._anew, self._target, self._past = True, 0, None
        self.post()

    def _look(self):
        self.later(self._redraw)

    def _look_back(self):
        self._past = min(self.unseen["epoch"].value, max(self._target, self.session.epoch))
        self._look()

    def _weight(self):
        """(layer, source, unit, value) of the weight that is looked at; () where there is none."""
        column, unit = self.session.unit(self.unseen["unit"].value)
        if not self.session.columns[column].kernel:
            return ()
        kernel = self.session.kernel(column)
        source = min(self.unseen["source"].value, len(kernel) - 1)
        return self.session.columns[column].name, source, unit, float(kernel[source, unit])

    def _follow_source(self):
        """A hand has taken another weight: the control stands where that weight stands."""
        if at := self._weight():
            self.put(weight=at[-1])

    def _weigh(self):
        if at := self._weight():
            self._past = None
            self._moves.append((Session.move, (*at[:-1], self.unseen["weight"].value)))
            self.post()

    def _cursor(self):
        """Where Enter adds a point: at first in the middle; None where a press adds nothing."""
        across, up = self.unseen["across"], self.unseen["up"]
        if self._ends != self.session.ends:
            self._ends, y = self.session.ends, self.session.y
            ends = [*self._ends, (float(y.min()), float(y.max()))]
            for one, (low, high) in zip((across, up), ends, strict=False):
                one.max = max(one.max, low)
                one.min, one.max = low, high
                one.step, one.value = (high - low) / 24, (low + high) / 2
        return (across.value, up.value) if self.controls["press_adds"].value != NOTHING else None

    def _add(self):
        adds, place = self.controls["press_adds"], self.unseen["point"].value
        if adds.value == NOTHING:
            return
        target = self.session.task.classes[adds.index - 1] if adds.value != POINT else place[-1]
        x = place[: len(self.session.ends)]
        self._moves.append((Session.add, (x, target)))
        self.post()

    # What it shows

    def _structure(self, at):
        return {name: v for name, v in at.items() if name not in ("epochs", "press_adds")}

    def _begin(self, at):
        """A new `Session`, untrained."""
        arguments = {name: at[name] for name in at if name not in OWN}
        if self._sets:
            train, validation = shared(self._sets[at["data"]](at["noise"], 0), at["share"])
        else:
            train, validation = gate.parts(self.data)
        return Session(
            self.build, arguments, train[:2], validation and validation[:2],
            batch_size=at["batch_size"], seed=at["seed"],
        )  # fmt: skip

    def _watch(self):
        if self.due():
            self._draw()
            self.say("training", self._reached())

    def _draw(self):
        unit, epochs = self.unseen["unit"].value, max(self._target, self.session.epoch)
        self.picture.update(
            self.session, epoch=self._past, unit=self.session.unit(unit), planned=epochs,
            cursor=self._cursor(),
        )  # fmt: skip
        self.show()

    def _redraw(self):
        self._draw()
        self.rest()

    def _reached(self):
        epoch = self.session.epoch
        return f"Epoch {epoch}: {self.session.values(epoch)}." if epoch else "Initial weights."


class Place(traitlets.HasTraits):
    """Where a hand has pressed the map, in the units of the data."""

    value = traitlets.Tuple()

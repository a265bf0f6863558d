"""A model's topology on sliders: the graph redrawn as they move, a sample flowing through it."""

import time

import ipywidgets as widgets
import keras

from anatomy.base.controls import control, controls, value
from anatomy.base.lab import Lab
from anatomy.base.script import FIRST, script
from anatomy.base.words import count, sentences, settings
from anatomy.data import calls
from anatomy.layers.card.facts import facts
from anatomy.layers.card.parts import Opened
from anatomy.models.graph.draw import ModelPicture, draw, words
from anatomy.models.graph.facts import graph, values
from anatomy.training.errors import readable
from anatomy.training.run import call

HIGH = 380  # CSS pixels that boxes may take, so that the lab fits a laptop
PAUSE = 0.15  # seconds from a layer's values to the next one's
OWN = ("expand", "values", "sample")  # controls of the lab itself


class Model(Lab, data=calls.array):
    """The graph of the model that a student's own ``build()`` returns, as its arguments move.

    Nothing is trained: the weights are those that a seed of 0 gives. With "values" each box
    shows what its layer outputs for one sample; "flow" lets them arrive layer by layer. A press
    on a layer opens it.

    Args:
        build: function of keyword arguments that returns a ``keras.Model``.
        data: samples to let through: an ``anatomy.data`` split, whose validation images are
            taken, or an array ``(n, ...)``, or a list or dict of such arrays for several
            inputs. None: no values are shown.
        **abbreviations: for each argument of ``build`` a control, as for ``labs.fit``.

    Attributes:
        model: the model that is shown.

    Raises:
        TypeError, ValueError: for a ``build``, data or abbreviation that cannot be used; what
            ``build`` raises for its first arguments.
    """

    def __init__(self, build, data=None, **abbreviations):
        self.build, self._arrays = build, getattr(data, "x_val", data)
        own = controls(build, abbreviations, OWN, live=True)  # nothing is compiled
        self._arguments = tuple(own)
        self.model = call(build, {name: value(widget) for name, widget in own.items()})
        if any(node.kind == "model" for node in graph(self.model).nodes):
            own["expand"] = control("expand", False)
        buttons = {}
        if self._arrays is not None:
            own["values"] = control("values", False)
            samples = len(keras.tree.flatten(self._arrays)[0])
            own["sample"] = control("sample", (0, samples - 1), 0, live=True)
            buttons["flow"] = ("Let a sample flow through, layer by layer", self._flow)
        super().__init__(ModelPicture(draw, graph(self.model), most=HIGH), own, buttons)
        self.hand("layer", widgets.IntText(0), self.post)
        if "expand" not in own:  # a model may be nested where another slider stands
            self.hand("expand", control("expand", False), self.post)

    def work(self, at):
        model = call(self.build, {name: at[name] for name in self._arguments})
        sample = self._sample(at["sample"]) if at.get("values") else None
        outputs = None if sample is None else values(model, sample)
        expand = (self.controls | self.unseen)["expand"].value
        self.picture.update(graph(model, expand), outputs, shown=None, opened=None)
        self.model, drawn = model, self.picture.graph
        for i, node in enumerate(drawn.nodes if self.wish and outputs else ()):
            if self.cancelled:
                break
            self.picture.update(shown=i + 1)
            self.show()
            self.say("waiting", f"{node.name}: {words(outputs[i][0])}")
            time.sleep(PAUSE)
        opened, title = self._open(drawn)
        self.picture.update(shown=None, opened=opened)
        counts = f"{count(drawn.layers, 'layer')}, {count(drawn.parameters, 'parameter')}."
        flows = (
            f"Sample {at['sample']} flows through; the weights are not trained." if outputs else ""
        )
        return sentences(title, counts, flows)

    def moved(self, change):
        if change["owner"] is self.controls.get("sample"):
            self.put(layer=0)  # an open layer would hide what the sample changes
        super().moved(change)

    def code(self):
        arguments = settings({name: self.at[name] for name in self._arguments})
        last = ["keras.utils.set_random_seed(0)", f"model = {self.build.__name__}({arguments})"]
        return script(self.build, FIRST, [*last, "model.summary()"])

    def _open(self, drawn):
        """The layer that was pressed, as the picture has it, or None; and what to say of it."""
        layers, number = drawn.every_layer, self.unseen["layer"].value
        if not 0 < number <= len(layers):
            return None, ""
        layer = layers[number - 1]
        try:
            return Opened.of(facts(layer)), f"Opened: {layer.name}."
        except Exception as error:  # whatever a student's own layer raises
            return None, f"{layer.name} cannot be opened: {readable(error)}"

    def _flow(self):
        self.put(layer=0, values=True)
        self.post("flow")

    def _sample(self, i):
        """One sample, in the form of the data."""
        return keras.tree.map_structure(lambda array: array[i], self._arrays)

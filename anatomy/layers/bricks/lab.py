"""Layers as LEGO bricks, joined by hand; and the editor of layers that the workflow lab has too."""

import re
import textwrap

import ipywidgets as widgets

from anatomy.base.controls import control, hide
from anatomy.base.lab import Lab
from anatomy.base.picture import Picture
from anatomy.base.words import count
from anatomy.layers.bricks.draw import bricks
from anatomy.layers.bricks.facts import KINDS, changed, fresh, label, new, settings, shape
from anatomy.layers.shapes import checked_shape
from anatomy.layers.stacks.facts import stack
from anatomy.layers.symbolic import unseen
from anatomy.training.runner import one_at_a_time

#: What a stack can begin with: name -> shape of one sample.
INPUTS = {"vectors": (784,), "sequences": (28, 28), "images": (28, 28, 1), "tokens": (20,)}
MOST, FEW, HEIGHT = 24, 8, 424  # layers in a stack, and of an instant; CSS pixels of the picture

#: A setting of a layer -> its control, as `anatomy.base.controls` abbreviates it.
SETTINGS = {
    "inside": ["LSTM", "GRU"],
    "units": (1, 128),
    "filters": (1, 64),
    "kernel_size": (1, 7),
    "pool_size": (1, 5),
    "strides": (1, 3),
    "padding": ["valid", "same"],
    "activation": ["linear", "relu", "tanh", "sigmoid", "softmax"],
    "return_sequences": False,
    "rate": (0.0, 0.9, 0.05),
    "input_dim": [10, 100, 1000, 10000],
    "output_dim": (1, 64),
    "target_shape": "(28, 28)",
}


class Editor:
    """Controls for a stack of layers, of which one is selected: its kind, its settings, its place.

    Args:
        changed: called without arguments when a button has changed the stack.
        kinds: dict name of a layer of Keras -> its settings, at what a new one has.
        most: how many layers there may be.

    Attributes:
        controls: dict name -> control; buttons: dict name -> (tooltip, function).
        unseen: controls of a hand on the picture: the place of the selected layer, and what is
            taken from the tray.
        layers: the layers of Keras, from the input up. index: of the selected one.
        order: a number for each layer that stays its own while it moves.
        shown: names of the controls that the selected layer has use for.
        busy: whether it sets its controls by itself; what they then report is no news.
    """

    def __init__(self, changed, kinds=KINDS, most=MOST):
        self.kinds, self.most, self._changed = kinds, most, changed
        self.layers, self.order, self.index, self.shown, self.busy = [], [], 0, [], False
        names = [name for name in SETTINGS if any(name in s for s in kinds.values())]
        # No listbox: JupyterLab keeps the arrow keys for its cells, a dropdown opens by Space.
        self.controls = {"layer": control("layer", [("", 0)], 0), "kind": control("kind", [*kinds])}
        self.controls |= {name: control(name, SETTINGS[name]) for name in names}
        self.unseen = {
            "place": widgets.BoundedIntText(0, 0, most),
            "tray": widgets.Dropdown(options=["", *kinds]),
        }
        self.unseen["place"].observe(self._grabbed, names="value")
        self.unseen["tray"].observe(self._grabbed, names="value")
        move = "Move the layer that is selected one"
        self.buttons = {
            "add": ("Add a layer after the one that is selected", self._add),
            "remove": ("Take the layer that is selected away", self._remove),
            "up": (f"{move} up, later in the stack", lambda: self._move(self.index + 1)),
            "down": (f"{move} down, earlier in the stack", lambda: self._move(self.index - 1)),
        }

    def take(self, layers, index):
        """Sets the controls to these layers."""
        self.layers, self.index, self.busy = list(layers), index, True
        if len(self.order) != len(self.layers):
            self.order = [*range(len(self.layers))]
        self.unseen["place"].value, self.unseen["tray"].value = index, ""
        brief = [re.sub('activation=|"', "", label(one)) for one in self.layers]
        names = [(f"{i + 1}  {text}", i) for i, text in enumerate(brief)]
        select = self.controls["layer"]
        if select.options != tuple(reversed(names)):
            select.options = tuple(reversed(names))  # as in the picture: the input is below
        select.value = index
        selected = self.layers[index]
        kind = type(selected).__name__
        kinds = tuple(dict.fromkeys([*self.kinds, kind]))
        if self.controls["kind"].options != kinds:
            self.controls["kind"].options = kinds
        self.controls["kind"].value = kind
        pairs = settings(selected).items()
        self.shown = [name for name, value in pairs if self._stand(name, value)]
        for name in set(self.controls) - {"layer", "kind"}:
            hide(self.controls[name], name not in self.shown)
        self.busy = False

    def moved(self, control):
        """One of its controls was moved by hand.

        Raises:
            ValueError: for a target_shape that is none; all stays as it was.
        """
        name = next((name for name, one in self.controls.items() if one is control), "")
        self.take(self.beside(name, control.value), self.controls["layer"].value)

    def beside(self, name, value):
        """The layers, where a control of the selected one stands at this value."""
        layers, index = [*self.layers], self.controls["layer"].value
        with unseen():
            if name == "kind":
                layers[index] = new(value, self.kinds[value])
            elif name in self.shown:
                value = shape(value) if name == "target_shape" else value
                layers[index] = changed(layers[index], name, value)
        return layers

    def enable(self, buttons):
        """Greys out the buttons that would do nothing."""
        size = len(self.layers)
        buttons["add"].disabled = size >= self.most
        buttons["remove"].disabled = size <= 1
        buttons["up"].disabled = self.index == size - 1
        buttons["down"].disabled = self.index == 0

    def _add(self, kind="Dense"):
        if len(self.layers) == self.most:
            self.take(self.layers, self.index)  # what was taken goes back to the tray
        else:
            at = self.index + 1
            self.order.insert(at, max(self.order) + 1)
            with unseen():
                layer = new(kind, self.kinds[kind])
            self._take([*self.layers[:at], layer, *self.layers[at:]], at)

    def _remove(self):
        if len(self.layers) > 1:
            at = self.index
            self.order.pop(at)
            self._take([*self.layers[:at], *self.layers[at + 1 :]], max(at - 1, 0))

    def _move(self, to):
        layers, at = [*self.layers], self.index
        to = min(max(to, 0), len(layers) - 1)
        if to != at:
            for parallel in (layers, self.order):
                parallel.insert(to, parallel.pop(at))
            self._take(layers, to)

    def _grabbed(self, change):
        """A hand on the picture has moved the selected layer, or taken one from the tray."""
        if not self.busy and change.owner is self.unseen["place"]:
            self._move(change.new)
        elif not self.busy:
            self._add(change.new)

    def _take(self, layers, index):
        self.take(layers, index)
        self._changed()

    def _stand(self, name, value):
        """Sets one control, which makes room for the value; False where there cannot be any."""
        one = self.controls.get(name)
        if one is None or callable(value):  # a function of the student's own
            return False
        match one:
            case widgets.Text():
                value = str(value)
            case widgets.Dropdown() if value not in one.options:
                one.options = (*one.options, value)
            case widgets.IntSlider():
                if not isinstance(value, int) or value < one.min:
                    return False
                one.max = max(one.max, value)
            case widgets.FloatSlider():
                one.max = max(one.max, value)
        one.value = value
        return True


class Bricks(Lab):
    """A stack of layers, built brick by brick; Keras infers the shape of each input.

    Layers are added, removed, moved and set; the picture shows the output shape of each and,
    where one does not fit, why. A hand on the picture picks a brick, moves it, or takes a new one
    from the tray beside it. Keras is asked about shapes alone: nothing is trained.

    Args:
        input_shape: tuple, the shape of one sample, such as (28, 28, 1); or an
            ``anatomy.data`` split.
        layers: list of ``keras.layers.Layer``, in order; None: two Dense layers.

    Attributes:
        layers: the stack as new ``keras.layers.Layer``, unbuilt, from the input up.
        stack: the `anatomy.layers.Stack` that is shown.

    Raises:
        TypeError, ValueError: for what is no shape, or no layer of Keras.
    """

    outcome = "stack"

    def __init__(self, input_shape=(784,), layers=None):
        inputs = _inputs(input_shape)
        with one_at_a_time(), unseen():
            layers = _first() if layers is None else layers
            self.stack = stack(inputs[0][1], layers)
            layers = fresh(self.stack.layers)
        if not 1 <= len(layers) <= MOST:
            raise ValueError(f"layers has {len(layers)} layers: give 1 to {MOST}.")
        self.editor = Editor(self._changed)
        self.editor.take(layers, len(layers) - 1)
        self._mistake = ""
        super().__init__(
            bricks(self.stack, **self._hands(), height=HEIGHT, tray=[*KINDS]),
            {"input": control("input", inputs, inputs[0][1]), **self.editor.controls},
            {**self.editor.buttons, "repair": ("Make the changes that repair it", self._repair)},
        )
        self.unseen = self.editor.unseen
        self._changed()

    @property
    def layers(self):
        return fresh(self.editor.layers)

    @property
    def at(self):
        """Of the settings only those that the selected layer has."""
        hidden = set(self.editor.controls) - {"layer", "kind", *self.editor.shown}
        return {name: value for name, value in super().at.items() if name not in hidden}

    def moved(self, change):
        if self.editor.busy:
            return
        self._mistake = ""
        try:
            self.editor.moved(change.owner)
        except ValueError as error:
            self._mistake = str(error)
        self._changed()

    def work(self, at):
        layers, hands, mistake = self.editor.layers, self._hands(), self._mistake
        if len(layers) > FEW:
            self.say("waiting", f"for Keras, which infers the shapes of {len(layers)} layers")
        with unseen():
            self.stack = stack(at["input"], fresh(layers))
        self.check()
        self.picture.update(self.stack, **hands)
        if mistake:
            return "broken", f"{mistake} The layer stays as it is in the picture."
        if broken := self.stack.broken:
            call = self.stack.joints[broken.index].call.removeprefix("layers.")
            return "broken", f"Layer {broken.index + 1}, {call}, does not fit. {broken.why}"
        first, last = self.stack.shapes[0], self.stack.shapes[-1]
        return f"It fits: {first} becomes {last}, with {count(self.stack.parameters, 'parameter')}."

    def code(self):
        lines = ["import anatomy  # first: it chooses the JAX backend", self.stack.code()]
        if broken := self.stack.broken:
            who = "Keras raises no error, but it" if broken.silent else "Keras raises an error: it"
            why = f"{who} does not fit at layer {broken.index + 1}. {broken.why}"
            lines += [f"# {line}" for line in textwrap.wrap(why, 90)]
        return "\n".join(lines).rstrip() + "\n"

    def still(self):
        """Without the tray, since there is no hand."""
        return Picture(bricks.draw, **self.picture.facts | {"tray": ()})

    def _changed(self):
        self.editor.enable(self.buttons)
        self.post()

    def _hands(self):
        """What the picture has beside the stack."""
        editor = self.editor
        return {"selected": min(editor.index, len(editor.layers) - 1), "order": [*editor.order]}

    def _repair(self):
        """Takes the layers that the worker has found to fit, where there are any."""
        if self.wait(5) and self.stack.changes:
            at, layers = self.stack.broken.index, self.stack.repair()
            self.editor.take(layers, min(at, len(layers) - 1))
            self._changed()


def _first():
    """The two layers of a lab that is given none."""
    hidden = new("Dense", {"units": 32, "activation": "relu"})
    return [hidden, new("Dense", {"units": 10, "activation": "softmax"})]


def _inputs(given):
    """Pairs (text, shape of one sample) to choose from, that which was given first."""
    shape = tuple(given.x_train.shape[1:]) if hasattr(given, "x_train") else given
    shape = checked_shape(shape, "input_shape")
    names = {shape: getattr(given, "name", "yours")}
    names |= {size: name for name, size in INPUTS.items()}
    return [(f"{name} {size}", size) for size, name in names.items()]

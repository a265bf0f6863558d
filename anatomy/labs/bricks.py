"""Layers as LEGO bricks, clipped together by hand."""

import html
import textwrap

import ipywidgets as widgets

from anatomy import draw
from anatomy.draw.brick import short, total
from anatomy.labs.brick import KINDS, Settings, from_layer, label, new, to_layer
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.layers import stack
from anatomy.layers.symbolic import unseen
from anatomy.training import training

#: What a stack can be given: name -> shape of one sample.
INPUTS = {"vectors": (784,), "sequences": (28, 28), "images": (28, 28, 1), "tokens": (20,)}

#: Bricks in a stack.
MOST = 24

#: Seconds to wait for the worker's repair, once its button is pressed.
PATIENCE = 5

TOOLTIPS = {
    "add": "Add a layer above the brick that is selected",
    "remove": "Take the brick that is selected away",
    "up": "Move the brick that is selected one up, later in the stack",
    "down": "Move the brick that is selected one down, earlier in the stack",
    "mend": "Make the changes that let the stack fit",
}


class Bricks(Lab):
    """A stack of layers, built brick by brick; Keras infers what shape each is given.

    Bricks are added, removed, moved and set; the picture shows what each hands on and, where
    one does not fit, why. Keras is asked about shapes alone: nothing is trained.

    Args:
        input_shape: tuple, the shape of one sample, such as (28, 28, 1); or an
            ``anatomy.data`` split.
        layers: list of ``keras.layers.Layer``, in order; None: two Dense layers.

    Attributes:
        bricks: the stack as plain data, a list of dicts, from the input up.
        layers: the same as new ``keras.layers.Layer``, unbuilt.
        stack: the `anatomy.layers.Stack` that is shown.

    Raises:
        TypeError, ValueError: for what is no shape, or no layer of Keras.
    """

    def __init__(self, input_shape=(784,), layers=None):
        named = inputs(input_shape)
        self.bricks = first() if layers is None else [from_layer(layer) for layer in layers]
        if not 1 <= len(self.bricks) <= MOST:
            raise ValueError(f"layers has {len(self.bricks)} layers: give 1 to {MOST}.")
        self._at, self._typo, self._showing = len(self.bricks) - 1, "", False
        self._parts = Settings()
        # No listbox: JupyterLab keeps the arrow keys for its cells, a dropdown opens by Space.
        controls = {
            "input": control("input", named, named[0][1]),
            "brick": control("brick", [("", 0)], 0),
            **self._parts.controls,
            "kind": control("kind", list(KINDS), "Dense"),
        }
        buttons = {
            name: widgets.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
            for name, tooltip in TOOLTIPS.items()
        }
        self._heading = widgets.HTML()
        self._code = widgets.HTML()
        with training:
            self._judge(named[0][1], self.bricks)
        super().__init__(draw.bricks(self.stack, selected=self._at), controls, buttons)
        buttons["add"].on_click(lambda button: self._add())
        buttons["remove"].on_click(lambda button: self._remove())
        buttons["up"].on_click(lambda button: self._move(1))
        buttons["down"].on_click(lambda button: self._move(-1))
        buttons["mend"].on_click(lambda button: self._mend())
        self._edit(self.bricks, self._at)

    @property
    def layers(self):
        return [to_layer(brick) for brick in self.bricks]

    def run(self):
        super().run()
        return self.stack

    def code(self):
        lines = ["import anatomy  # first: it chooses the JAX backend", self.stack.code()]
        if broken := self.stack.broken:
            who = "Keras says nothing, but it" if broken.silent else "Keras refuses this: it"
            why = f"{who} does not fit at brick {broken.index + 1}. {broken.why}"
            lines += [f"# {line}" for line in textwrap.wrap(why, 90)]
        return "\n".join(lines).rstrip() + "\n"

    def _rows(self):
        kind, add = self.controls["kind"], self.buttons["add"]
        kind.description, kind.layout.width, add.layout.width = "new brick", "264px", "62px"
        moving = [self.buttons[name] for name in ("up", "down", "remove", "mend")]
        for button in moving:
            button.layout.flex = "1 1 auto"
        row = {"width": "334px"}
        column = widgets.VBox(
            [
                self.controls["input"],
                self.controls["brick"],
                widgets.HBox(moving, layout=row),
                widgets.HBox([kind, add], layout=row),
                self._heading,
                *self._parts.controls.values(),
            ],
            layout={"width": "345px", "flex": "0 0 auto"},
        )
        self._line.layout.min_height = "58px"  # of two lines: the picture stays where it is
        screen = widgets.VBox(
            [self._line, self._image, self._words, self._code],
            layout={"flex": "1 1 420px", "min_width": "0"},
        )
        return [widgets.HBox([column, screen], layout={"flex_flow": "row wrap"})]

    def _settings(self):
        """Of the settings only those that the selected brick has."""
        hidden = set(self._parts.controls) - set(self._parts.shown)
        return {name: one for name, one in super()._settings().items() if name not in hidden}

    def _add(self):
        if len(self.bricks) < MOST:
            at = self._at + 1
            self._edit([*self.bricks[:at], new(self.controls["kind"].value), *self.bricks[at:]], at)

    def _remove(self):
        if len(self.bricks) > 1:
            at = self._at
            self._edit([*self.bricks[:at], *self.bricks[at + 1 :]], max(at - 1, 0))

    def _move(self, by):
        bricks, at, to = list(self.bricks), self._at, self._at + by
        if 0 <= to < len(bricks):
            bricks[at], bricks[to] = bricks[to], bricks[at]
            self._edit(bricks, to)

    def _mend(self):
        """Takes the repair that the worker has found; where there is none, the status says so."""
        if self.wait(PATIENCE) and self._mended:
            at = self.stack.broken.index
            self._edit(self._mended, min(at, len(self._mended) - 1))

    def _edit(self, bricks, at):
        """Takes these bricks, selects one, and shows both."""
        self.bricks, self._at, self._typo = bricks, at, ""
        self._show()
        super()._post()

    def _show(self):
        """Sets the controls to the bricks; what they then report is nothing new."""
        self._showing = True
        select, count = self.controls["brick"], len(self.bricks)
        names = [(f"{i + 1}  {label(brick)}", i) for i, brick in enumerate(self.bricks)]
        if select.options != tuple(reversed(names)):
            select.options = tuple(reversed(names))  # as in the picture: the input is below
        select.value = self._at
        self._parts.show(self.bricks[self._at])
        kind = self.bricks[self._at]["type"]
        nothing = "" if self._parts.shown else ": nothing to set"
        self._heading.value = f"<b>brick {self._at + 1}, {kind}</b>{nothing}"
        self.buttons["add"].disabled = count >= MOST
        self.buttons["remove"].disabled = count <= 1
        self.buttons["up"].disabled = self._at == count - 1
        self.buttons["down"].disabled = self._at == 0
        self._showing = False

    def _post(self):
        """A control was moved: another brick is selected, or the selected one is set."""
        if self._showing:
            return
        at, typo, bricks = self.controls["brick"].value, "", self.bricks
        if at == self._at:
            try:
                brick = self._parts.read(bricks[at])
                bricks = [*bricks[:at], brick, *bricks[at + 1 :]]
            except ValueError as error:
                typo = str(error)
        self.bricks, self._at, self._typo = bricks, at, typo
        if not typo:
            self._show()
        super()._post()

    def _work(self, request):
        bricks, at, typo = self.bricks, self._at, self._typo
        self._judge(self.controls["input"].value, bricks)
        if request.superseded:
            return
        self.error = None
        self.picture.update(self.stack, min(at, len(bricks) - 1))
        self._frame()
        self._code.value = f"<pre>{html.escape(self.code())}</pre>"
        if typo:
            self._say("broken", f"{typo} The brick stays as it is in the picture.")
        else:
            self._say("done" if self.stack.fits else "broken", self._sentence())

    def _judge(self, shape, bricks):
        """The stack of these bricks, and the bricks that would mend it, if there are any."""
        with unseen():
            made = stack(shape, [to_layer(brick) for brick in bricks])
            mended = None
            if not made.fits and made.broken.repair:
                try:
                    mended = [from_layer(layer) for layer in made.repair()]
                except ValueError:  # nothing simple mends all that is broken
                    mended = None
        self.stack, self._mended = made, mended

    def _sentence(self):
        made, broken = self.stack, self.stack.broken
        if made.fits:
            last = made.joints[-1].output_shape
            return f"It fits: {made.input_shape} becomes {last}, with {total(made):,} parameters."
        who = "Keras says nothing." if broken.silent else "Keras refuses."
        call = short(made.joints[broken.index].call)
        return f"Brick {broken.index + 1}, {call}, does not fit. {broken.why} {who}"


def first():
    """The two bricks of a lab that is given none."""
    hidden, last = new("Dense"), new("Dense")
    hidden["settings"]["activation"] = "relu"
    last["settings"] |= {"units": 10, "activation": "softmax"}
    return [hidden, last]


def inputs(given):
    """Pairs (text, shape of one sample) to choose from, that which was given first."""
    shape = tuple(given.x_train.shape[1:]) if hasattr(given, "x_train") else given
    if not isinstance(shape, tuple | list):
        raise TypeError(
            f"input_shape is {given!r}: give the shape of one sample, such as (784,), "
            "or a split such as data.digits()."
        )
    shape = tuple(shape)
    stack(shape, [])  # says what is wrong with a shape
    name = getattr(given, "name", "given")
    names = {shape: name} | {size: usual for usual, size in INPUTS.items()}
    return [(f"{names[size]} {size}", size) for size in names]

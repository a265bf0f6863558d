"""The layers of a workflow as rows of controls, one above the other as in the code."""

import ipywidgets as widgets

from anatomy.labs.workflow_state import ACTIVATIONS, KINDS, MOST, NEW, WHOLE

#: What a choice of the last column says -> the value of its setting.
CHOICES = {
    "activation": {name: name for name in ACTIVATIONS},
    "return_sequences": {"last step": False, "all steps": True},
    "rate": {f"rate {k / 10}": k / 10 for k in range(1, 10)},
    "target_shape": {"(28, 28, 1)": (28, 28, 1), "(28, 28)": (28, 28), "(784,)": (784,)},
}
NAMES = {name: kind for kind, (name, _) in KINDS.items()}
FLEX = {"kind": "3 1 96px", "size": "0 0 48px", "window": "0 0 40px", "choice": "1 0 80px"}


class Row:
    """One layer: its kind, its units or filters, its window, and what else is to be chosen.

    Attributes:
        controls: dict name -> ipywidgets control, of which those are shown that the kind has.
        widget: the row. lift, remove: its buttons. mark: its number, or where the stack breaks.
    """

    def __init__(self, number):
        self.number, self._kind = number, None
        self.controls = {
            "kind": widgets.Dropdown(options=NAMES),
            "size": widgets.BoundedIntText(1, min=1, max=512),
            "window": widgets.BoundedIntText(1, min=1, max=7),
            "choice": widgets.Dropdown(options=CHOICES["activation"]),
        }
        for name, one in self.controls.items():
            one.layout = {"flex": FLEX[name], "width": "auto", "min_width": "0", "margin": "1px"}
        self.mark = widgets.HTML(layout={"flex": "0 0 20px", "margin": "1px 0"})
        self.lift = _button("↑", f"Move layer {number} up", "1px 1px 1px auto")
        self.remove = _button("×", f"Take layer {number} away", "1px 0")
        self.widget = widgets.HBox(
            [self.mark, *self.controls.values(), self.lift, self.remove],
            layout={"width": "auto", "height": "30px"},
        )

    @property
    def value(self):
        """The layer as a tuple of `State`; of a kind just chosen, a new one."""
        kind = self.controls["kind"].value
        old = {name: self.controls[place(name)].value for name in KINDS[self._kind][1]}
        return kind, *(old.get(name, NEW[name]) for name in KINDS[kind][1])

    def show(self, layer):
        """Sets the controls to a layer; None: there is no such row."""
        self.widget.layout.display = None if layer else "none"
        if not layer:
            return
        kind, *values = layer
        names = KINDS[kind][1]
        self.controls["kind"].value = kind
        for name, value in zip(names, values, strict=True):
            self._stand(name, value)
        if kind != self._kind:
            self._kind = kind
            self._arrange(names)

    def _stand(self, name, value):
        """Sets one control to a value of a setting, with a choice more where it needs one."""
        one = self.controls[place(name)]
        if name in WHOLE:
            one.max = WHOLE[name][1]
        else:
            choices = dict(CHOICES[name])
            if value not in choices.values():
                choices[f"rate {value}" if name == "rate" else str(value)] = value
            if dict(one.options) != choices:
                one.options = choices
        one.value = value

    def _arrange(self, names):
        """Shows the controls of these settings, named for who cannot see where they stand."""
        kind = self.controls["kind"]
        kind.tooltip = f"layer {self.number}"
        kind.layout.flex = FLEX["kind"] if names else "0 1 auto"  # alone, a long name has room
        for where in ("size", "window", "choice"):
            here = [name for name in names if place(name) == where]
            one = self.controls[where]
            one.layout.display = None if here else "none"
            one.tooltip = f"{here[0]} of layer {self.number}" if here else ""


class Rows:
    """As many rows as a workflow may have layers.

    Attributes:
        controls: dict name, such as "layer_1_kind" -> control.
        rows: the `Row` of each layer; count: how many are shown.
    """

    def __init__(self):
        self.rows, self.count = [Row(k + 1) for k in range(MOST)], 0
        self.controls = {
            f"layer_{row.number}_{name}": one
            for row in self.rows
            for name, one in row.controls.items()
        }

    @property
    def value(self):
        """The layers as tuples."""
        return tuple(row.value for row in self.rows[: self.count])

    def show(self, layers):
        """Sets the rows to these layers."""
        self.count = len(layers)
        for k, row in enumerate(self.rows):
            row.show(layers[k] if k < len(layers) else None)
            row.lift.disabled = k == 0
            row.remove.disabled = self.count == 1

    def mark(self, broken=None):
        """Numbers the rows, and marks the one where the stack breaks."""
        for k, row in enumerate(self.rows):
            text = "<b>✗</b>" if k == broken else f"{row.number}"
            row.mark.value = f"<span style='line-height: 28px'>{text}</span>"


def _button(sign, tooltip, margin):
    layout = {"width": "26px", "padding": "0", "margin": margin, "flex": "0 0 auto"}
    return widgets.Button(description=sign, tooltip=tooltip, layout=layout)


def new(kind):
    """A new layer of this kind."""
    return kind, *(NEW[name] for name in KINDS[kind][1])


def place(name):
    """Which control of a row holds a setting."""
    if name in ("units", "filters"):
        return "size"
    return "window" if name in WHOLE else "choice"

"""Brick: a layer as plain data, and the controls of its settings."""

import ast
import json

import ipywidgets as widgets

from anatomy.labs.controls import control
from anatomy.layers.card.call import arguments, spell
from anatomy.layers.symbolic import unseen

USUAL = {"strides": 1, "pool_size": 2, "padding": "valid", "activation": "linear",
         "return_sequences": False}  # fmt: skip
WINDOWS = ("kernel_size", "pool_size", "strides")
WINDOW = {name: USUAL[name] for name in ("strides", "padding", "activation")}
POOL = {name: USUAL[name] for name in ("pool_size", "padding")}

#: The layers that can be added -> their settings, at what a new brick has.
KINDS = {
    "Dense": {"units": 32, "activation": "linear"},
    "Conv1D": {"filters": 8, "kernel_size": 3, **WINDOW},
    "Conv2D": {"filters": 8, "kernel_size": 3, **WINDOW},
    "MaxPooling1D": POOL,
    "MaxPooling2D": POOL,
    "GlobalAveragePooling1D": {},
    "GlobalAveragePooling2D": {},
    "Flatten": {},
    "Reshape": {"target_shape": [28, 28]},
    "Embedding": {"input_dim": 1000, "output_dim": 16},
    "LSTM": {"units": 16, "return_sequences": False},
    "GRU": {"units": 16, "return_sequences": False},
    "Bidirectional": {"layer": "LSTM", "units": 16, "return_sequences": False},
    "Dropout": {"rate": 0.5},
    "BatchNormalization": {},
    "Activation": {"activation": "relu"},
}


def new(kind):
    """A new brick: ``{"type": "Flatten", "settings": {}, "more": {}}``."""
    return {"type": kind, "settings": dict(KINDS[kind]), "more": {}}


def from_layer(layer):
    """A layer of Keras as plain data, which JSON can keep; its name is left out.

    Returns:
        dict of "type", the name of its class; "settings", those of its arguments that have a
        control; and "more", all other arguments that differ from what Keras takes.

    Raises:
        TypeError: for what is no layer of Keras, or has arguments that are no plain data.
    """
    import keras

    kind = type(layer).__name__
    if getattr(keras.layers, kind, None) is not type(layer):
        raise TypeError(f"{layer!r} is no layer of Keras: give such as keras.layers.Dense(32).")
    given = {name: plain(name, value) for name, value in arguments(layer).items()}
    given.pop("name", None)
    try:
        given = json.loads(json.dumps(given))
    except TypeError as error:
        raise TypeError(
            f"An argument of {layer!r} is a function of your own: {error}. "
            'Give it by a name of Keras, such as activation="relu".'
        ) from error
    settings = {}
    if kind == "Bidirectional":
        with unseen():
            inner = from_layer(keras.layers.deserialize(given["layer"]))
        if inner["type"] in ("LSTM", "GRU") and not inner["more"]:
            settings = {"layer": given.pop("layer")["class_name"], **inner["settings"]}
    else:
        settings = {name: given.pop(name, USUAL.get(name)) for name in KINDS.get(kind, {})}
    return {"type": kind, "settings": settings, "more": given}


def to_layer(brick):
    """A new ``keras.layers.Layer`` from plain data."""
    import keras

    kind, config = brick["type"], brick["settings"] | brick["more"]
    if kind == "Bidirectional" and "layer" in brick["settings"]:
        return keras.layers.Bidirectional(to_layer(inside(brick)), **brick["more"])
    return getattr(keras.layers, kind).from_config(config)


def inside(brick):
    """The brick of the layer that a Bidirectional runs both ways."""
    settings = dict(brick["settings"])
    return {"type": settings.pop("layer"), "settings": settings, "more": {}}


def label(brick):
    """A brick in one line: Dense(32, activation="relu")."""
    kind, settings = brick["type"], brick["settings"]
    if kind == "Bidirectional" and "layer" in settings:
        return f"Bidirectional({label(inside(brick))})"
    needed = [name for name in settings if name not in USUAL or kind == "Activation"]
    values = {n: tuple(v) if isinstance(v, list) else v for n, v in settings.items()}
    parts = [spell(values[name]) for name in needed]
    parts += [
        f"{name}={spell(value)}"
        for name, value in values.items()
        if name not in needed and value != USUAL[name]
    ]
    return f"{kind}({', '.join(parts + ['…'] * bool(brick['more']))})"


def plain(name, value):
    """A window of equal sides as one number, as it is mostly written; all else as it is."""
    if name in WINDOWS and len(set(value)) == 1:
        return value[0]
    return value


def shape(text):
    """A shape that was typed, as a list of whole numbers; nothing is evaluated.

    Raises:
        ValueError: for any other text; the message quotes it.
    """
    try:
        sizes = ast.literal_eval(text.strip()[:100])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        sizes = None
    sizes = [sizes] if type(sizes) is int else sizes
    good = isinstance(sizes, list | tuple) and all(
        type(size) is int and (size > 0 or size == -1) for size in sizes
    )
    if not good or not sizes or list(sizes).count(-1) > 1:
        raise ValueError(
            f"target_shape is {text!r}: write whole numbers such as (28, 28), "
            "of which one may be -1, for what is left."
        )
    return list(sizes)


class Settings:
    """One control for each name of a setting, of which a brick has some.

    Attributes:
        controls: dict name -> ipywidgets control.
        shown: the names of those that the present brick has.
    """

    def __init__(self):
        activations = ["linear", "relu", "tanh", "sigmoid", "softmax"]
        text = widgets.Text(description="target_shape", continuous_update=False)
        text.style.description_width, text.layout.width = "105px", "330px"
        abbreviations = {
            "layer": ["LSTM", "GRU"],
            "units": (1, 128),
            "filters": (1, 64),
            "kernel_size": (1, 7),
            "pool_size": (1, 5),
            "strides": (1, 3),
            "padding": ["valid", "same"],
            "activation": activations,
            "return_sequences": False,
            "rate": (0.0, 0.9, 0.05),
            "input_dim": [10, 100, 1000, 10000],
            "output_dim": (1, 64),
            "target_shape": text,
        }
        self.controls = {name: control(name, given) for name, given in abbreviations.items()}
        self.shown = []

    def show(self, brick):
        """Sets the controls to a brick, and hides those that it has no use for."""
        settings = brick["settings"]
        self.shown = [name for name, value in settings.items() if self._stand(name, value)]
        for name, one in self.controls.items():
            one.layout.display = None if name in self.shown else "none"

    def read(self, brick):
        """The brick with what its controls stand at now.

        Raises:
            ValueError: for a target_shape that is none.
        """
        values = {name: self.controls[name].value for name in self.shown}
        if "target_shape" in values:
            values["target_shape"] = shape(values["target_shape"])
        return {**brick, "settings": brick["settings"] | values}

    def _stand(self, name, value):
        """Sets one control, which makes room for the value; False where there cannot be any."""
        one = self.controls[name]
        match one:
            case widgets.Text():
                value = str(tuple(value))
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

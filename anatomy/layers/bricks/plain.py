"""A layer as plain data: ``{"type": "Dense", "settings": {"units": 32}, "more": {}}``."""

import ast
import json

from anatomy.layers.code import arguments, spell
from anatomy.layers.symbolic import unseen

USUAL = {"strides": 1, "pool_size": 2, "padding": "valid", "activation": "linear",
         "return_sequences": False}  # fmt: skip
WINDOWS = ("kernel_size", "pool_size", "strides")
WINDOW = {name: USUAL[name] for name in ("strides", "padding", "activation")}
POOL = {name: USUAL[name] for name in ("pool_size", "padding")}

#: The layers that can be added -> their settings, at what a new one has.
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
    "Bidirectional": {"inside": "LSTM", "units": 16, "return_sequences": False},
    "Dropout": {"rate": 0.5},
    "BatchNormalization": {},
    "Activation": {"activation": "relu"},
}


def new(kind, settings=None):
    """A new layer of a kind, as plain data."""
    return {"type": kind, "settings": dict(settings or KINDS[kind]), "more": {}}


def from_layer(layer):
    """A layer of Keras as plain data, which JSON can keep; its name is left out.

    Returns:
        dict of "type", the name of its class; "settings", those of its arguments that have a
        control; and "more", all other arguments that differ from Keras's defaults.

    Raises:
        TypeError: for what is no layer of Keras, or has arguments that are no plain data.
    """
    import keras

    kind = type(layer).__name__
    if getattr(keras.layers, kind, None) is not type(layer):
        raise TypeError(f"{layer!r} is no layer of Keras: give such as keras.layers.Dense(32).")
    more = {
        name: value[0] if name in WINDOWS and len(set(value)) == 1 else value
        for name, value in arguments(layer).items()
        if name != "name"
    }
    try:
        more = json.loads(json.dumps(more))
    except TypeError as error:
        raise TypeError(
            f"An argument of {layer!r} is a function of your own: {error}. "
            'Give it by a name of Keras, such as activation="relu".'
        ) from error
    settings = {}
    if kind == "Bidirectional":
        with unseen():
            inner = from_layer(keras.layers.deserialize(more["layer"]))
        if inner["type"] in ("LSTM", "GRU") and not inner["more"]:
            settings = {"inside": more.pop("layer")["class_name"], **inner["settings"]}
    else:
        settings = {name: more.pop(name, USUAL.get(name)) for name in KINDS.get(kind, {})}
    return {"type": kind, "settings": settings, "more": more}


def to_layer(plain):
    """A new ``keras.layers.Layer`` from plain data."""
    import keras

    kind, config = plain["type"], plain["settings"] | plain["more"]
    if kind == "Bidirectional" and "inside" in plain["settings"]:
        return keras.layers.Bidirectional(to_layer(_inner(plain)), **plain["more"])
    return getattr(keras.layers, kind).from_config(config)


def label(plain):
    """A layer in one line: Dense(32, activation="relu")."""
    kind, settings = plain["type"], plain["settings"]
    if kind == "Bidirectional" and "inside" in settings:
        return f"Bidirectional({label(_inner(plain))})"
    values = {n: tuple(v) if isinstance(v, list) else v for n, v in settings.items()}
    first = [name for name in values if name not in USUAL or kind == "Activation"]
    parts = [spell(values.pop(name)) for name in first]
    parts += [f"{name}={spell(v)}" for name, v in values.items() if v != USUAL[name]]
    return f"{kind}({', '.join(parts + ['…'] * bool(plain['more']))})"


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
    valid = isinstance(sizes, list | tuple) and all(
        type(size) is int and (size > 0 or size == -1) for size in sizes
    )
    if not valid or not sizes or list(sizes).count(-1) > 1:
        raise ValueError(
            f"target_shape is {text!r}: write whole numbers such as (28, 28), "
            "of which one may be -1, for what is left."
        )
    return list(sizes)


def _inner(plain):
    """The layer that a Bidirectional runs both ways."""
    settings = dict(plain["settings"])
    return {"type": settings.pop("inside"), "settings": settings, "more": {}}

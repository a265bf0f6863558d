"""The layers that a hand can join, and the settings of each that a control can stand at."""

import ast
import functools
import re

from anatomy.layers.code import call, like
from anatomy.layers.shapes import inner
from anatomy.layers.symbolic import clone, configuration
from anatomy.lazy import keras

WINDOWS = ("kernel_size", "pool_size", "strides")
WINDOW = {"strides": 1, "padding": "valid", "activation": "linear"}
POOL = {"pool_size": 2, "padding": "valid"}

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
    "Reshape": {"target_shape": (28, 28)},
    "Embedding": {"input_dim": 1000, "output_dim": 16},
    "LSTM": {"units": 16, "return_sequences": False},
    "GRU": {"units": 16, "return_sequences": False},
    "Bidirectional": {"inside": "LSTM", "units": 16, "return_sequences": False},
    "Dropout": {"rate": 0.5},
    "BatchNormalization": {},
    "Activation": {"activation": "relu"},
}


def new(kind, settings):
    """A new layer of a kind."""
    if "inside" in settings:
        settings = dict(settings)
        return keras.layers.Bidirectional(new(settings.pop("inside"), settings))
    return getattr(keras.layers, kind)(**settings)


def fresh(layers):
    """New layers like these, which Keras names anew."""
    return [clone(layer, name=None) for layer in layers]


def settings(layer):
    """dict name -> value: those that this kind has; of a layer around another, those of both."""
    inside = inner(layer)
    config = configuration(layer) | configuration(inside) | {"inside": type(inside).__name__}
    names = [name for name in KINDS.get(type(layer).__name__, ()) if name in config]
    square = [name for name in names if name in WINDOWS and len(set(config[name])) == 1]
    return {name: config[name][0] if name in square else config[name] for name in names}


def changed(layer, name, value):
    """A new layer like another, but for one setting."""
    if settings(layer)[name] == value:
        return layer
    if name != "inside":
        return like(layer, **{name: value}, name=None)
    others = {n: v for n, v in settings(layer).items() if n != "inside"}
    return keras.layers.Bidirectional(new(value, others), merge_mode=layer.merge_mode)


@functools.lru_cache(maxsize=256)
def label(layer):
    """A layer in one line: Dense(32, activation="relu")."""
    return short(call(layer))


def short(code):
    """Code of Keras without the module of its layers: Dense(32)."""
    return re.sub(r"(?<![\w.])layers\.", "", code)


def shape(text):
    """A shape that was typed, as a tuple of whole numbers; nothing is evaluated.

    Raises:
        ValueError: for any other text; the message quotes it.
    """
    try:
        sizes = ast.literal_eval(text.strip()[:100])
    except Exception:  # whatever a text may lead to
        sizes = None
    sizes = list(sizes) if isinstance(sizes, list | tuple) else [sizes]
    valid = all(type(size) is int and (size > 0 or size == -1) for size in sizes)
    if not valid or not sizes or sizes.count(-1) > 1:
        raise ValueError(f"target_shape is {text!r}: write whole numbers such as (28, 28).")
    return tuple(sizes)

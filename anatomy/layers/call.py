"""The call that a student writes to make a layer, from the layer itself."""

import inspect
import math
import re

from anatomy.layers.symbolic import configuration, from_configuration, unseen


def call(layer):
    """The code that makes a layer like this one, such as ``layers.Dense(32, activation="relu")``.

    Required arguments stand in their places; of the others, those that differ from what Keras
    takes without them. A name that Keras has given stays out.

    Args:
        layer: a ``keras.layers.Layer``, or another object of Keras with a ``get_config()``.

    Returns:
        str, for ``from keras import layers`` and ``import keras``.
    """
    try:
        return _call(type(layer), arguments(layer))
    except NotImplementedError:  # a layer of one's own without a get_config()
        return f"{type(layer).__name__}(...)"


def arguments(layer):
    """dict name -> value in the config: the arguments that make a layer, as `call` writes them."""
    config, kind = configuration(layer), type(layer)
    known = inspect.signature(kind.__init__).parameters.values()
    open_ended = any(p.kind is p.VAR_KEYWORD for p in known)
    named = [p for p in known if p.name in config and p.name not in ("self", "name")]
    given = {p.name: config[p.name] for p in named if p.default is p.empty}
    defaults = {p.name: p.default for p in named if p.default is not p.empty}
    others = [*defaults, *(n for n in ("trainable", "dtype") if open_ended and n in config)]
    with unseen():
        # Not the signature alone: strides are pool_size, if they are not given.
        usual = defaults | _config_of(kind, given)
        for name in dict.fromkeys(others):
            if name in usual and bare(config[name]) != bare(usual[name]):
                given[name] = config[name]
                usual |= _config_of(kind, given)
    # Bidirectional names its two layers after themselves.
    usual = rf"((forward|backward)_)*{_snake(kind.__name__)}(_\d+)?"
    if "name" in config and not re.fullmatch(usual, config["name"]):
        given["name"] = config["name"]
    return given


def spell(value):
    """A value of a config as code: "relu", (3, 3), ``keras.regularizers.L2(l2=0.01)``."""
    if isinstance(value, dict) and "class_name" in value:
        return _spell_object(value)
    if callable(value):
        return "..." if value.__name__ == "<lambda>" else value.__name__
    if isinstance(value, str):
        return '"' + repr(value)[1:-1].replace('"', '\\"') + '"'
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, list | tuple):
        inside = ", ".join(map(spell, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spell(k)}: {spell(v)}" for k, v in value.items()) + "}"
    return repr(value.tolist() if hasattr(value, "tolist") else value)


def bare(value):
    """A value of a config without the names that layers inside it have."""
    if isinstance(value, list | tuple):
        return [bare(part) for part in value]
    if isinstance(value, dict):
        names = {"name"} if "trainable" in value else {}
        return {key: bare(part) for key, part in value.items() if key not in names}
    return value


def _call(kind, given):
    required = [
        p.name
        for p in inspect.signature(kind.__init__).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    parts = [spell(given[name]) for name in required if name in given]
    parts += [f"{name}={spell(value)}" for name, value in given.items() if name not in required]
    return f"{_path(kind)}({', '.join(parts)})"


def _path(kind):
    """How a class is reached: layers.Dense, keras.regularizers.L2, or a student's own name."""
    import keras

    for name in ("layers", "initializers", "regularizers", "constraints", "random"):
        room = getattr(keras, name)
        room_name = "layers" if name == "layers" else f"keras.{name}"
        if getattr(room, kind.__name__, None) is kind:
            return f"{room_name}.{kind.__name__}"
        if other := [one for one in dir(room) if getattr(room, one) is kind]:
            return f"{room_name}.{other[0]}"
    return kind.__name__


def _spell_object(value):
    import keras

    if value["class_name"] == "DTypePolicy":
        return spell(value["config"]["name"])
    with unseen():
        made = keras.saving.deserialize_keras_object(value)
        if isinstance(made, keras.initializers.Initializer):
            short = _snake(type(made).__name__)
            if made.get_config() == keras.initializers.get(short).get_config():
                return spell(short)
        return call(made)


def _config_of(kind, given):
    """The config of an object made of these arguments alone; {} where they are not enough."""
    try:
        return configuration(from_configuration(kind, dict(given)))
    except Exception:
        return {}


def _snake(name):
    from keras.src.utils.naming import to_snake_case

    return to_snake_case(name)

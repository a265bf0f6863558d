"""The call that creates a layer, from the layer itself."""

import inspect
import math
import re

from anatomy.data import calls
from anatomy.layers.symbolic import configuration, from_configuration, known, unseen
from anatomy.lazy import keras
from anatomy.training.private import snake_case

#: The modules of Keras in which a class may be public.
MODULES = "layers", "initializers", "regularizers", "constraints", "random", "losses"


@calls.validated(layer=calls.layer)
def call(layer):
    """The code that creates a layer like this one, such as ``layers.Dense(32, activation="relu")``.

    Required arguments come first, without their names; then those that differ from Keras's
    defaults. A name that Keras gave the layer is left out.

    Args:
        layer: a ``keras.layers.Layer``, or another Keras object with a ``get_config()``.

    Returns:
        str, for ``from keras import layers`` and ``import keras``; of a model that is no
        Sequential, its name.
    """
    kind = type(layer)
    if isinstance(layer, keras.Sequential) and layer.built:
        parts = [f"keras.Input({layer.input_shape[1:]})", *map(call, layer.layers)]
        return f"keras.Sequential([{', '.join(parts)}])"
    if isinstance(layer, keras.Model):
        return layer.name
    try:
        values = arguments(layer)
    except NotImplementedError:  # a layer of one's own without a get_config()
        return f"{kind.__name__}(...)"
    with known(layer):
        parts = [spell(values.pop(name)) for name in required(kind) if name in values]
        parts += [f"{name}={spell(value)}" for name, value in values.items()]
    return f"{path(kind)}({', '.join(parts)})"


def arguments(layer):
    """The arguments that create a layer, as `call` writes them: dict name -> value."""
    config, kind = configuration(layer), type(layer)
    parameters = _parameters(kind)
    named = [p for p in parameters if p.name in config and p.name != "name"]
    values = {p.name: config[p.name] for p in named if p.default is p.empty}
    usual = {p.name: p.default for p in named if p.default is not p.empty}
    names = [*usual]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        names += [name for name in ("trainable", "dtype") if name in config]
    with unseen(), known(layer):
        # Not the signature alone: the default of strides depends on pool_size.
        usual |= _config_of(kind, values)
        for name in dict.fromkeys(names):
            if name in usual and nameless(config[name]) != nameless(usual[name]):
                values[name] = config[name]
                usual |= _config_of(kind, values)
    # Bidirectional names its two layers after themselves.
    default = rf"((forward|backward)_)*{snake_case(kind.__name__)}(_\d+|_loss)?"
    if "name" in config and not re.fullmatch(default, config["name"]):
        values["name"] = config["name"]
    return values


def like(layer, **settings):
    """A new layer like one but for those settings that it has; of a wrapper, that its inner have.

    Defaults that depend on a setting follow it, as the strides of a pooling its size.
    """
    config, values = configuration(layer), arguments(layer) | {"name": layer.name}
    for part in ("layer", "backward_layer"):
        if isinstance(inside := values.get(part), dict):
            own = {k: settings[k] for k in settings if k in inside["config"] and k != "name"}
            values[part] = {**inside, "config": inside["config"] | own}
    values |= {name: value for name, value in settings.items() if name in config}
    with known(layer):
        return from_configuration(type(layer), values)


def argument(layer, name):
    """One argument of a layer as code, such as ``use_bias=True``; "" where it has none."""
    config = configuration(layer)
    with known(layer):
        return f"{name}={spell(config[name])}" if name in config else ""


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
        text = ", ".join(map(spell, value))
        if isinstance(value, list):
            return f"[{text}]"
        return f"({text},)" if len(value) == 1 else f"({text})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{spell(k)}: {spell(v)}" for k, v in value.items()) + "}"
    return repr(value.tolist() if hasattr(value, "tolist") else value)


def _spell_object(value):
    if value["class_name"] == "DTypePolicy":
        return spell(value["config"]["name"])
    with unseen():
        instance = keras.saving.deserialize_keras_object(value)
        if isinstance(instance, keras.initializers.Initializer):
            short = snake_case(type(instance).__name__)
            if instance.get_config() == keras.initializers.get(short).get_config():
                return spell(short)
        return call(instance)


def _parameters(kind):
    return [*inspect.signature(kind.__init__).parameters.values()][1:]


def required(kind):
    """The names of the arguments without which no object of a class can be created."""
    plain = [p for p in _parameters(kind) if p.kind is p.POSITIONAL_OR_KEYWORD]
    return [p.name for p in plain if p.default is p.empty]


def path(kind):
    """How a class is reached: layers.Dense, keras.regularizers.L2, or a student's own name."""
    for module in MODULES:
        public = {n for n, value in vars(getattr(keras, module)).items() if value is kind}
        if public:
            name = kind.__name__ if kind.__name__ in public else max(public, key=len)
            return f"{'' if module == 'layers' else 'keras.'}{module}.{name}"
    return kind.__name__


def _config_of(kind, values):
    """The config of an object created with these arguments; {} where they are not enough."""
    try:
        return configuration(from_configuration(kind, dict(values)))
    except Exception:
        return {}


def nameless(value):
    """A value of a config without the names of the layers inside it."""
    if isinstance(value, list | tuple):
        return [nameless(part) for part in value]
    if isinstance(value, dict):
        names = {"name"} if "trainable" in value else {}
        return {key: nameless(part) for key, part in value.items() if key not in names}
    return value

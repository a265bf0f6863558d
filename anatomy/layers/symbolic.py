"""A layer built on a shape alone: no numbers are drawn, nothing of the student's is touched."""

import functools
import inspect
import re
import warnings
from contextlib import contextmanager, nullcontext

from anatomy.lazy import keras
from anatomy.training import private


@contextmanager
def unseen(values=False):
    """Layers created and built inside get weights with shapes and without ``values``.

    Nothing is compiled, and neither Keras's counters nor its random numbers move on: looking at a
    layer must not change what is trained after it.
    """
    scope = nullcontext() if values else keras.StatelessScope(initialize_variables=False)
    with private.undisturbed(), private.trusted(), scope, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras gives them when the stack itself is built
        yield


def configuration(layer):
    """``layer.get_config()``, with a student's own functions as they are and not as bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that bytes of a lambda are unsafe to load from a file
        # In Keras 3.15 the configs of Huber and of CosineSimilarity leave out their arguments.
        config = layer.get_config() | (private.loss_arguments(layer) or {})
    for name, value in config.items():
        live = getattr(layer, name, None)
        if isinstance(value, dict) and callable(live) and not hasattr(live, "get_config"):
            config[name] = live
    return config


def from_configuration(kind, config):
    """A new object of the class ``kind`` from the `configuration` of another."""
    known = inspect.signature(kind.__init__).parameters.values()
    if all(p.kind is not p.VAR_KEYWORD for p in known):  # nor, then, a name or a dtype
        config = {p.name: config[p.name] for p in known if p.name in config}
    if any(callable(value) for value in config.values()):
        return kind(**config)
    # A copy, since Keras takes the parts out of it; of a module, say, no deepcopy() can be made.
    return kind.from_config(keras.tree.map_structure(lambda part: part, config))


def known(layer):
    """Inside, Keras finds the student's own classes of the cells and layers in a layer."""
    layers = private.flat_layers(layer) if isinstance(layer, keras.layers.Layer) else ()
    return keras.saving.custom_object_scope({type(one).__name__: type(one) for one in layers})


def clone(layer, /, **settings):
    """A new, unbuilt layer with the same configuration, its name included, but for ``settings``."""
    with known(layer):
        return from_configuration(type(layer), {**configuration(layer), **settings})


def require_built(layer, kind):
    """Raises for what is no built layer of this class of Keras, such as "Dense"."""
    if not isinstance(layer, getattr(keras.layers, kind)):
        raise TypeError(f"layer is {layer!r}; give a keras.layers.{kind}.")
    if not layer.built:
        raise ValueError(f"{kind} {layer.name!r} is not built: give its model a keras.Input.")


def before(layer, call=None):
    """The layers before a call of one, its first, the nearest first, if each takes one tensor."""
    call = call or next(iter(private.calls(layer)), None)
    while call and len(call.input_tensors) == 1:
        layer, call, _ = private.producer(*call.input_tensors)
        yield layer


def chain(model):
    """The layers of a built model where each takes the output of the one before; else []."""
    own = [one for one in model.layers if not isinstance(one, keras.layers.InputLayer)]
    if isinstance(model, keras.Sequential):
        return own
    graph = private.functional(model)
    ends = [private.producer(output)[:2] for output in graph.outputs] if graph else []
    return own if [[end, *before(end, call)][-2::-1] for end, call in ends] == [own] else []


def copies(layer, create=clone):
    """Whether a second layer like this one can be created."""
    try:
        with unseen():
            create(layer)
    except Exception:
        return False
    return True


def tensors(shapes, dtype="float32"):
    """Keras tensors without values: one for a tuple, as many as there are for a list or dict."""
    tensor = functools.partial(keras.KerasTensor, dtype=dtype, name="given")
    return keras.tree.map_shape_structure(tensor, shapes)


def apply(layer, inputs):
    """What a layer returns for a Keras tensor, a list of them or a dict of its arguments."""
    if isinstance(inputs, dict):
        return layer(**inputs)
    if isinstance(inputs, list) and _arguments(layer) >= len(inputs) > 1:
        return layer(*inputs)
    return layer(inputs)


def _arguments(layer):
    """How many tensors the ``call()`` of a layer takes, one for each argument."""
    return sum(
        p.kind is p.POSITIONAL_OR_KEYWORD
        and (p.default is p.empty or p.default is None)
        and p.name not in ("training", "mask")
        for p in inspect.signature(layer.call).parameters.values()
    )


def shape_of(outputs):
    """The shape of an output: a tuple, or a list of tuples for several tensors."""
    if isinstance(outputs, list | tuple):
        return [tuple(one.shape) for one in outputs]
    return tuple(outputs.shape)


def one_line(error):
    """An error of Keras without its colours, its frames and the list of arguments."""
    text = re.sub(r"\x1b\[\d+m", "", str(error)).split("Arguments received by")[0]
    text = re.sub(r"^Exception encountered when calling .*?\(\)\.\s", "", text.strip())
    return " ".join(text.split())

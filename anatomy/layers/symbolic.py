"""A layer built on a shape alone: no numbers are drawn, nothing of the student's is touched."""

import inspect
import random
import re
import warnings
from contextlib import contextmanager, nullcontext
from numbers import Integral

#: The names of the axes after the batch axis, by how many there are.
AXES = {
    1: ("features",),
    2: ("timesteps", "features"),
    3: ("height", "width", "channels"),
    4: ("frames", "height", "width", "channels"),
}


def axes(shape):
    """The names of the axes of a shape that begins with the batch axis None, without that one.

    ``axes((None, 28, 28))`` is ``("timesteps", "features")``. Ranks that Keras has no usual
    names for get "axis 1", "axis 2" and so on.
    """
    rank = len(shape) - 1
    return AXES.get(rank, tuple(f"axis {k}" for k in range(1, rank + 1)))


@contextmanager
def unseen(values=False):
    """Layers made and built inside get weights with shapes and without ``values``.

    Nothing is compiled, and neither Keras's counters nor Python's random numbers move on, from
    which Keras draws its seeds: looking at a layer must not change what is trained after it.
    """
    import keras
    from keras.src.backend.common import global_state
    from keras.src.saving.serialization_lib import SafeModeScope

    drawn = random.getstate()
    state = vars(global_state.GLOBAL_STATE_TRACKER)  # of this thread
    before = {k: v.copy() if isinstance(v, list | dict) else v for k, v in state.items()}
    try:
        # A Lambda of the student's own is run, not loaded: it is as safe as where it stands.
        scope = nullcontext() if values else keras.StatelessScope(initialize_variables=False)
        with SafeModeScope(False), scope, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras gives them when the stack itself is built
            yield
    finally:
        state.clear()
        state.update(before)
        random.setstate(drawn)


def configuration(layer):
    """``layer.get_config()``, with a student's own functions as they are and not as bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that bytes of a lambda are unsafe to load from a file
        config = layer.get_config()
    for name, value in config.items():
        live = getattr(layer, name, None)
        if isinstance(value, dict) and callable(live) and not hasattr(live, "get_config"):
            config[name] = live
    return config


def from_configuration(kind, config):
    """A new object of the class ``kind`` from what `configuration` says of another."""
    known = inspect.signature(kind.__init__).parameters.values()
    if all(p.kind is not p.VAR_KEYWORD for p in known):  # nor, then, a name or a dtype
        config = {p.name: config[p.name] for p in known if p.name in config}
    if any(callable(value) for value in config.values()):
        return kind(**config)
    return kind.from_config(config)


def clone(layer):
    """A new, unbuilt layer with the same configuration, its name included."""
    return from_configuration(type(layer), configuration(layer))


def copies(layer):
    """Whether Keras can make a second layer like this one."""
    try:
        with unseen():
            clone(layer)
    except Exception:
        return False
    return True


def tensors(shapes, dtype="float32"):
    """Keras tensors without values: one for a tuple, as many as there are for a list or dict."""
    import keras

    if isinstance(shapes, dict):
        return {name: tensors(shape, dtype) for name, shape in shapes.items()}
    if isinstance(shapes, list):
        return [tensors(shape, dtype) for shape in shapes]
    return keras.KerasTensor(shapes, dtype=dtype, name="given")


def apply(layer, inputs):
    """What a layer returns for a Keras tensor, a list of them or a dict of its arguments."""
    if isinstance(inputs, dict):
        return layer(**inputs)
    if isinstance(inputs, list) and "query" in inspect.signature(layer.call).parameters:
        return layer(*inputs)
    return layer(inputs)


def shape_of(outputs):
    """The shape of what a layer returned: a tuple, or a list of tuples for several tensors."""
    if isinstance(outputs, list | tuple):
        return [tuple(one.shape) for one in outputs]
    return tuple(outputs.shape)


def one_line(error):
    """What Keras says, without its colours, its frames and the list of arguments."""
    text = re.sub(r"\x1b\[\d+m", "", str(error)).split("Arguments received by")[0]
    text = re.sub(r"^Exception encountered when calling .*?\(\)\.\s", "", text.strip())
    return " ".join(text.split())


def checked_shape(shape, name):
    """A shape as a tuple of ints and None, or an error that quotes it."""
    good = isinstance(shape, tuple | list) and all(
        size is None or (isinstance(size, Integral) and not isinstance(size, bool) and size > 0)
        for size in shape
    )
    if not good:
        hint = f"({shape},)" if isinstance(shape, int) else "(28, 28, 1)"
        raise ValueError(
            f"{name} is a tuple of whole numbers from 1 up, such as {hint}. "
            f"Received: {name}={shape!r}"
        )
    return tuple(None if size is None else int(size) for size in shape)

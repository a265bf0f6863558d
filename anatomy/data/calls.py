"""The one look at the arguments of a call: each is judged by its name, which means one thing here.

What a wrong one would otherwise come to is another library's error, or a picture of nonsense.
"""

import contextlib
import functools
import inspect
import os
from numbers import Integral, Real

import numpy as np

from anatomy.data.gate import nearest, one_of, positive, whole

#: What functions of the kit return: an attribute that it has, and the call that makes one.
FACTS = {
    "convolution": ("feature_map", "layers.convolve(image, kernel)"),
    "curve": ("possible", 'losses.curve("mse")'),
    "facts": ("recurrent_activation", "layers.recurrence(layer, x)"),
    "functions": ("test", "training.store.functions(model, table)[0]"),
    "graph": ("nodes", "models.graph(model)"),
    "lines": ("pulls", "labs.outlier(build, points).lines"),
    "outcomes": ("ends", "training.outcomes(build, data, 0.001, 1.0)"),
    "overshoot": ("curvature", "optimizers.overshoot(model, x, y)"),
    "path": ("outputs", "hypotheses.path(build, data, x, epochs=10)"),
    "paths": ("points", "optimizers.path(optimizer, surface)"),
    "picture": ("describe", "draw.tensor(x)"),
    "run": ("parameters", "training.Run(build, {}, epochs=1, batch_size=32).fit(train)"),
    "space": ("outputs", "hypotheses.sample(build, x, 100)"),
    "step": ("gradients", "training.Stepper(model)(x, y)"),
    "sweep": ("parameters", "training.sweep(build, data, learning_rate=[0.1, 1.0])"),
    "table": ("suffix", "training.tables(data)[0]"),
    "train": ("suffix", "training.tables(data)[0]"),
    "tries": ("rate", "labs.divergence(build, data).tries"),
}

MOST = 1_000_000  # of whatever is counted
NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY


def shown(value):
    """A value as a message quotes it: by its type too where its words may not tell."""
    plain = value is None or isinstance(value, Real | str)
    return f"{value!r:.60}" if plain else f"{type(value).__name__} {value!r:.60}"


def wrong(name, value, wanted):
    """The error of an argument that is of no use."""
    return TypeError(f"{name} is {shown(value)}; give {wanted}.")


def count(least=1, most=MOST):
    """A whole number from ``least`` to ``most``."""
    return lambda name, value: whole(name, value, least, most)


def integer(name, value):
    """A whole number, of which the function knows the range."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise wrong(name, value, "a whole number")


def number(name, value):
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong(name, value, "a number, such as 0.5")
    if not np.isfinite(value):
        raise ValueError(f"{name} is {value!r}; give a finite number, such as 0.5.")


def extent(name, value):
    """A number from 0 up."""
    number(name, value)
    if value < 0:
        raise ValueError(f"{name} is {value!r}; give a number from 0 up, such as 0.1.")


def share(name, value):
    """A number from 0 up, less than 1."""
    number(name, value)
    if not 0 <= value < 1:
        raise ValueError(f"{name} is {value!r}; give a share from 0 to 1, such as 0.2.")


def folder(name, value):
    """A path."""
    if not isinstance(value, str | os.PathLike):
        raise wrong(name, value, "a path, such as 'compiled'")


def flag(name, value):
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise wrong(name, value, "True or False")


def several(*parts):
    """A list or tuple of so many parts."""

    def check(name, value):
        if not isinstance(value, list | tuple) or len(value) != len(parts):
            raise wrong(name, value, f"({', '.join(parts)})")

    return check


def perhaps(kind):
    """None, or what is of a kind."""
    return lambda name, value: value is None or kind(name, value)


def each(kind):
    """A list, each of which is of a kind."""

    def check(name, value):
        listed(name, value)
        for one in value:
            kind(name, one)

    return check


def of_config(name, value):
    """A layer, or another object of Keras that has a configuration."""
    if not hasattr(value, "get_config") or isinstance(value, type):
        raise wrong(name, value, "a layer, such as layers.Dense(32)")


def model(name, value):
    """A model of Keras."""
    if not hasattr(value, "count_params") or not hasattr(value, "compile"):
        raise wrong(name, value, "a keras.Model")
    if isinstance(value, type):
        raise wrong(name, value, "a keras.Model, not its class")


def number_or_function(name, value):
    """A number, or a function that measures it."""
    if not callable(value):
        number(name, value)


def claims(name, value):
    """A dict of sentences and functions."""
    table(name, value)
    for sentence, claim in value.items():
        if not callable(claim):
            raise wrong(f"{name}[{sentence!r}]", claim, "a function")


def kinds(name, value):
    """A class, or several of which any will do."""
    for one in value if isinstance(value, tuple) else (value,):
        if not isinstance(one, type):
            raise wrong(name, value, "classes, such as layers.LSTM")


def text(name, value):
    """A str."""
    if not isinstance(value, str):
        raise wrong(name, value, f'a str, such as "{name}"')


def names(name, value):
    """A list of str."""
    if isinstance(value, str) or not np.iterable(value) or not all(map(_word, value)):
        raise wrong(name, value, 'a list of names, such as ["cat", "dog"]')


def names_of(number):
    """A list of so many str."""

    def check(name, value):
        names(name, value)
        if len(value) != number:
            raise ValueError(f"{name} is {shown(value)}; give {number} names.")

    return check


def _word(value):
    return isinstance(value, str)


def listed(name, value):
    """A list or tuple."""
    if not isinstance(value, list | tuple | range | np.ndarray):
        raise wrong(name, value, "a list")


def table(name, value):
    """A dict."""
    if not isinstance(value, dict):
        raise wrong(name, value, "a dict from a name to a value")


def array(name, value):
    """What NumPy makes an array of numbers of; lists, dicts and tensors are left to others."""
    if isinstance(value, str | Real | None | type) or callable(value):
        raise wrong(name, value, "an array of numbers")


def numbers(name, value):
    """An array of numbers."""
    with contextlib.suppress(TypeError, ValueError):
        if np.asarray(value).dtype.kind in "biufc":
            return
    raise wrong(name, value, "an array of numbers")


def wholes(name, value):
    """Whole numbers, such as classes."""
    numbers(name, value)
    if (odd := np.ravel(value)[np.ravel(np.mod(value, 1) != 0)]).size:
        raise ValueError(f"{name} has {odd[0]}; give whole numbers.")


def finite(name, value):
    """Finite numbers."""
    numbers(name, value)
    if not np.isfinite(value).all():
        raise ValueError(f"{name} has NaN or an infinite number: {shown(value)}; give finite ones.")


def function(name, value):
    """A function that can be called as its arguments are named."""
    if not callable(value):
        raise wrong(name, value, "a function")
    if inspect.iscoroutinefunction(value):
        raise TypeError(f"{name} is {_called(value)}, which is async; write def, not async def.")


def keyword_function(name, value):
    """A student's function, whose arguments are given by their names."""
    function(name, value)
    for parameter in _parameters(value).values():
        if parameter.kind is parameter.POSITIONAL_ONLY and inspect.isfunction(value):
            raise TypeError(
                f"{_called(value)} has the positional-only argument {parameter.name!r}; leave out "
                "the / behind it: arguments are given by their names."
            )


def _called(function):
    return f"{getattr(function, '__name__', 'build')}()"


def _parameters(function):
    try:
        return inspect.signature(function).parameters
    except ValueError:  # of a function in C
        return {}


def of_keras(package, kind, aliases=()):
    """A name that Keras has in this package, or anything but a str."""

    def check(name, value):
        import keras

        if isinstance(value, str):
            module = getattr(keras, package)
            with contextlib.suppress(ValueError):
                module.get(value)
                return
            known = {key.lower() for key, each in vars(module).items() if kind(each)}
            one_of(name, value, sorted(known - {"get", "serialize", "deserialize"} | set(aliases)))
        if not callable(value) and not hasattr(value, "get_config"):
            raise wrong(name, value, f"a name, such as {aliases[0]!r}, or one of keras.{package}")

    return check


def facts(name):
    """What a function of the kit returned, as one of `FACTS`, or a list of these."""
    attribute, call = FACTS[name]

    def check(name, value):
        several = isinstance(value, list | tuple) and not hasattr(value, "_fields")
        for one in value if several else [value]:
            if not hasattr(one, attribute):
                raise wrong(name, one if several else value, f"what {call} returns")

    return check


KINDS = (
    {name: facts(name) for name in FACTS}
    | dict.fromkeys(("epochs", "batch_size", "every", "iterations", "frames", "height"), count())
    | dict.fromkeys(("points", "strides", "dilation_rate", "most"), count(1, 100_000))
    | dict.fromkeys(("row", "column", "channel", "unit", "sample", "index"), integer)
    | dict.fromkeys(("frame", "timestep", "selected"), integer)
    | {"class_weight": table, "validation_split": share}
    | {"seed": count(0, 2**32 - 1)}
    | dict.fromkeys(("epoch", "blank", "least", "patience"), count(0))
    | dict.fromkeys(("learning_rate", "marker", "stable", "spread", "tolerance"), positive)
    | dict.fromkeys(("low", "high"), positive)
    | dict.fromkeys(("bias", "below", "factor", "threshold"), number)
    | dict.fromkeys(("noise", "within"), extent)
    | dict.fromkeys(("start", "gradients"), finite)
    | dict.fromkeys(("expand", "return_sequences", "all_shown", "each"), flag)
    | dict.fromkeys(("label", "why", "hint", "question"), text)
    | dict.fromkeys(("classes", "labels"), names)
    | dict.fromkeys(("stop", "on_change", "reveal", "best"), function)
    | dict.fromkeys(("x", "y", "y_true", "y_pred", "probabilities", "images"), array)
    | {"predictions": numbers, "sample_weight": array}
    | dict.fromkeys(("among", "image", "kernel", "f", "g"), numbers)
    | dict.fromkeys(("order", "tray", "options", "columns", "layers"), listed)
    | dict.fromkeys(("controls", "buttons", "folds", "kernels", "heights"), table)
    | dict.fromkeys(("loss", "other"), of_keras("losses", inspect.isfunction, ("mse", "mae")))
    | dict.fromkeys(("target", "at"), finite)
    | {"runs": each(several("label", "training", "unseen"))}
    | {"optimizer": of_keras("optimizers", inspect.isclass, ("adam",)), "build": keyword_function}
)


def validated(function=None, **own):
    """A function whose arguments are looked at, each by its name, before it is called.

    Args:
        function: the function.
        **own: by the name of an argument what looks at it in this function, a function of the
            name and the value; None: nothing does.
    """
    if function is None:
        return lambda function: validated(function, **own)
    signature = inspect.signature(function)
    kinds = {
        name: kind for name in signature.parameters if (kind := (KINDS | own).get(name)) is not None
    }

    @functools.wraps(function)
    def call(*arguments, **more):
        given = bound(signature, _title(function), arguments, more)
        for name, kind in kinds.items():
            if name in given and given[name] is not signature.parameters[name].default:
                kind(name, given[name])
        return function(*arguments, **more)

    return call


def _title(function):
    return f"{function.__qualname__.removesuffix('.__init__')}()"


def bound(signature, title, arguments, more, bind=inspect.Signature.bind):
    """The arguments of a call by name; raises for a name that is none, in words of the nearest."""
    known = [name for name in signature.parameters if name != "self"]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    for name in more:
        if name not in known and not open_ended:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"it takes {', '.join(known)}."
            raise TypeError(f"{title} has no argument {name!r}; {hint}")
    try:
        return bind(signature, *arguments, **more).arguments
    except TypeError:
        places = list(signature.parameters.values())[len(arguments) :]
        needed = [p.name for p in places if p.default is p.empty and p.kind in NAMED]
        needed = [name for name in needed if name not in more]
        why = f"needs {', '.join(needed)}" if needed else "got too many arguments by position"
        raise TypeError(f"{title} {why}; it takes {', '.join(known)}.") from None

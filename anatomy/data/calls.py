"""The one look at the arguments of a call: each is judged by its name, which means one thing here.

What a wrong one would otherwise come to is another library's error, or a picture of nonsense.
"""

import contextlib
import difflib
import functools
import inspect
import math
import re
from collections.abc import Collection
from numbers import Integral, Real

import numpy as np

from anatomy.lazy import keras

#: What functions of the kit return: an attribute that it has, and the call that makes one.
FACTS = {
    "convolution": ("feature_map", "layers.convolve(image, kernel)"),
    "curve": ("possible", 'losses.curve("mse")'),
    "facts": ("h", "layers.recurrence(layer, x)"),
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
    "stack": ("joints", "layers.stack(shape, [...])"),
    "step": ("gradients", "training.Stepper(model)(x, y)"),
    "sweep": ("parameters", "training.sweep(build, data, learning_rate=[0.1, 1.0])"),
    "table train": ("suffix", "training.tables(data)[0]"),
    "tries": ("rate", "labs.divergence(build, data).tries"),
}

MOST = 10_000  # values in a list
NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY


def whole(name, value, least=1, most=None):
    """A count as an int; raises for anything but a whole number from ``least`` to ``most``."""
    wanted = f"a whole number from {least} up"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {shown(value)}; give {wanted}.")
    if not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} is {value!r}; give {wanted}.")
    if most is not None and value > most:
        raise ValueError(f"{name} is {value:,}; give a whole number from {least} to {most:,}.")
    return int(value)


def one_of(name, value, choices):
    """One of these names; of another, the nearest one is said."""
    choices = list(choices)
    if isinstance(value, str | Real | None) and value in choices:
        return value
    near = nearest(value, choices)
    hint = f"did you mean {near!r}?" if near else "it is one of " + ", ".join(map(repr, choices))
    raise ValueError(f"{name} is {shown(value)}; {hint.rstrip('.')}{'' if near else '.'}")


def nearest(value, choices):
    """The one of these names that is written most nearly so, _ and case apart; "" where none is."""
    value, choices = str(value), sorted(map(str, choices), reverse=True)
    word = value.lower().replace("_", "")
    for some in ([one for one in choices if one.islower() == value.islower()], choices):
        low = {one.lower().replace("_", ""): one for one in some}
        if near := difflib.get_close_matches(word, low):
            # Swapped letters are no more than one wrong: "adma" is "adam".
            return low[max(near, key=lambda o: _alike(word, o) + _alike(sorted(word), sorted(o)))]
    return ""


def _alike(*pair):
    return difflib.SequenceMatcher(None, *pair).ratio()


def shown(value):
    """A value as a message quotes it: an array by shape, by type what its words may not tell."""
    if isinstance(value, tuple | list) and any(isinstance(one, np.ndarray) for one in value):
        text = ", ".join(map(shown, value))
        return f"[{text}]" if isinstance(value, list) else f"({text})"
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    plain, kind = value is None or isinstance(value, Real | str), type(value).__name__
    text = re.sub(r"<(?:function )?(?:\S+\.)?(\S+)( object)? at 0x\w+>", r"\1", repr(value))
    text = " ".join(text.split())
    return f"{text:.60}" if plain or text == kind else f"{kind} {text:.60}"


def rule(wanted, right, fits=lambda value: True):
    """What looks at an argument: a function of its name and its value.

    Args:
        wanted: what is to be given, for the message.
        right: whether a value is of this kind; of another, a TypeError is raised.
        fits: whether one of this kind will do; a ValueError is raised where it does not.
    """

    def look(name, value):
        for error, holds in ((TypeError, right), (ValueError, fits)):
            if not holds(value):
                raise error(f"{name} is {shown(value)}; give {wanted}.")

    return look


def of(*types):
    """Whether a value is of one of these types; True and False are no numbers."""
    return lambda v: isinstance(v, types) and (bool in types or not isinstance(v, bool))


def like(*attributes):
    """Whether a value, no class, has these attributes."""
    return lambda value: not isinstance(value, type) and all(hasattr(value, a) for a in attributes)


def between(low, high, wanted):
    """A number from ``low`` up to ``high``."""
    return rule(wanted, of(Real), lambda value: low <= value <= high)


def count(least=1, most=1_000_000):
    """A whole number from ``least`` to ``most``."""
    return lambda name, value: whole(name, value, least, most)


def choice(*choices):
    """One of these names."""
    return lambda name, value: one_of(name, value, choices)


def several(*parts):
    """A list or tuple of so many parts."""
    wanted = f"({', '.join(parts)})"
    return rule(wanted, lambda v: isinstance(v, list | tuple) and len(v) == len(parts))


def _endless(value):
    """A range that nobody wants as an array: of 10**9 numbers, say."""
    return isinstance(value, range) and len(value) > MOST


def _words(value, kinds=(str,)):
    several = isinstance(value, Collection) and not isinstance(value, str) and np.iterable(value)
    return several and len(value) <= MOST and all(map(of(*kinds), value))


def names_of(number):
    """A list of so many str."""
    return rule(f'{number} names, such as ["cat", "dog"]', _words, lambda v: len(v) == number)


def _numeric(value):
    with contextlib.suppress(TypeError, ValueError):
        return not _endless(value) and np.asarray(value).dtype.kind in "biuf"


def _like_array(value):
    """Whether NumPy may make an array of it; lists, dicts and tensors are left to others."""
    other = isinstance(value, str | Real | None | type) or callable(value) or _endless(value)
    return isinstance(value, np.generic) or not other


number = rule("a finite number, such as 0.5", of(Real), lambda v: -math.inf < v < math.inf)
positive = rule("a number above 0, such as 0.1", of(Real), lambda v: 0 < v < math.inf)
seed = count(0, 2**32 - 1)
flag = rule("True or False", of(bool, np.bool_))
text = rule("a str, words in quotes", of(str))
CLASSES = f'a list of up to {MOST:,} names, such as ["cat", "dog"]'
names = rule(CLASSES, _words)
LIST = of(list, tuple, range, np.ndarray)
listed = rule("a list", LIST)
filled = rule(f"a list of 1 to {MOST:,} values", LIST, lambda value: 0 < len(value) <= MOST)
table = rule("a dict from a name to a value", of(dict))
layer = rule("a layer, such as layers.Dense(32)", like("get_config"))
numbers = rule("an array of numbers", _numeric)
finite = rule("finite numbers", _numeric, lambda value: np.isfinite(value).all())
array = rule("an array of numbers", _like_array)


def model(name, value):
    """A model; not a function that builds one."""
    wanted = "a keras.Model, such as keras.Sequential([keras.Input(shape), layer])"
    if inspect.isfunction(value):
        wanted = f"the model that it returns, {value.__name__}(...)"
    rule(wanted, like("count_params", "train_on_batch"))(name, value)


class NoLoss(TypeError):
    """What stands for a loss is none: it takes other arguments, or returns no tensor."""


def cost(loss, y_true, y_pred):
    """What a loss returns; raises `NoLoss`, or what the loss itself raised."""
    title = f"the loss {getattr(loss, '__name__', type(loss).__name__)}()"
    try:
        _ = inspect.isfunction(loss) and inspect.signature(loss).bind(y_true, y_pred)
    except TypeError:
        takes = f"takes the arguments ({', '.join(inspect.signature(loss).parameters)})"
        raise NoLoss(f"{title} {takes}; a loss takes two: (y_true, y_pred).") from None
    value = loss(y_true, y_pred)
    if not (isinstance(value, Real) or hasattr(value, "dtype")):
        raise NoLoss(f"{title} returned {shown(value)}; end it with return and a tensor.")
    return value


def wholes(name, value):
    """Whole numbers, such as classes."""
    numbers(name, value)
    if (odd := np.ravel(value)[np.ravel(np.mod(value, 1) != 0)]).size:
        raise ValueError(f"{name} has {odd[0]}; give whole numbers.")


def each(part, all_of=listed):
    """A list, or another collection, each part of which is right."""

    def look(name, value):
        all_of(name, value)
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            part(f"{name}[{key!r}]", one)

    return look


def function(name, value):
    """A function that can be called as its arguments are named."""
    rule("a function", callable)(name, value)
    if inspect.iscoroutinefunction(value):
        raise TypeError(f"{name} is {_title(value)}, which is async; write def, not async def.")


def keyword_function(name, value):
    """A student's function, whose arguments are given by their names."""
    function(name, value)
    parameters = inspect.signature(value).parameters if inspect.isfunction(value) else {}
    for parameter in parameters.values():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise TypeError(
                f"{_title(value)} has the positional-only argument {parameter.name!r}; leave out "
                "the / behind it: arguments are given by their names."
            )


def written(name, value):
    """A function of which a lab shows the code."""
    rule("a function of keyword arguments", inspect.isfunction)(name, value)
    keyword_function(name, value)


def of_keras(package, kind, right, *short):
    """A name that Keras has in this package, or is short for one, or an object that is right."""
    an_object = rule(f"a name, such as {short[0]!r}, or one of keras.{package}", right)

    def look(name, value):
        if isinstance(value, type):
            raise TypeError(f"{name} is a class; give an object, such as {value.__name__}().")
        if not isinstance(value, str):
            return an_object(name, value)
        module = getattr(keras, package)
        with contextlib.suppress(ValueError):
            return module.get(value)
        known = {key.lower() for key, one in vars(module).items() if kind(one)}
        one_of(name, value, sorted(known - {"get", "serialize", "deserialize"} | {*short}))

    return look


def facts(attribute, call):
    """What a function of the kit returned, or a list of these."""

    def right(value):
        several = isinstance(value, list | tuple) and not hasattr(value, "_fields")
        return all(hasattr(one, attribute) for one in (value if several else [value]))

    return rule(f"what {call} returns", right)


#: What looks at the arguments of these names.
RULES = {
    "epochs batch_size every frames height": count(),
    "points strides most": count(1, 100_000),
    "dilation_rate": count(1, 100),
    "epoch blank least patience initial_epoch": count(0),
    "seed": seed,
    "learning_rate marker stable spread low high": positive,
    "noise within": rule("a number from 0 up, such as 0.1", of(Real), lambda v: 0 <= v < math.inf),
    "threshold": between(0, 1, "a number from 0 to 1, such as 0.5"),
    "validation_split": rule("a share below 1, such as 0.2", of(Real), lambda v: 0 <= v < 1),
    "bias below factor": number,
    "start gradients target at": finite,
    "expand return_sequences all_shown each": flag,
    "label why hint question": text,
    "classes labels": rule(CLASSES, lambda value: _words(value, (str, Real))),
    "over": choice("prediction", "logit"),
    "padding": choice("valid", "same"),
    "model": model,
    "build": keyword_function,
    "stop on_change reveal best": function,
    "loss other": of_keras("losses", inspect.isfunction, callable, "mse", "mae"),
    "optimizer": of_keras("optimizers", inspect.isclass, like("stateless_apply"), "adam"),
    "x y images sample_weight": array,
    "y_true y_pred probabilities predictions among image kernel f g": numbers,
    "order options columns layers": listed,
    "controls buttons folds kernels heights class_weight": table,
    "callbacks": each(rule("a keras.callbacks.Callback", like("on_epoch_end"))),
    "runs": each(several("label", "training", "unseen")),
} | {name: facts(*wanted) for name, wanted in FACTS.items()}
KINDS = {name: look for names, look in RULES.items() for name in names.split()}


def validated(function=None, **own):
    """A function whose arguments are looked at, each by its name, before it is called.

    Args:
        function: the function.
        **own: by the name of an argument what looks at it in this function, such as a `rule`;
            None: nothing does.
    """
    if function is None:
        return lambda function: validated(function, **own)
    signature = inspect.signature(function)
    looks = {name: look for name, look in (KINDS | own).items() if look}

    @functools.wraps(function)
    def call(*arguments, **more):
        for name, value in bound(signature, _title(function), arguments, more).items():
            if name in looks and value is not signature.parameters[name].default:
                looks[name](name, value)
        return function(*arguments, **more)

    return call


def _title(function):
    return f"{function.__qualname__.removesuffix('.__init__')}()"


def bound(signature, title, arguments, more, bind=inspect.Signature.bind, others=()):
    """The arguments of a call by name; raises for a name that is none, in words of the nearest.

    ``others``: names that may be meant too, such as those of the lab itself.
    """
    known = [name for name in signature.parameters if name not in ("self", "sheet")]
    open_ended = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    for name, one in more.items():
        if name not in known and not open_ended:
            value = getattr(one, "value", one)  # of a control
            near = nearest(name, [*known, *others])
            hint = f"did you mean {near!r}?" if near else f"it takes {', '.join(known) or 'none'}."
            raise TypeError(f"{title} has no argument {name}={value!r:.40}; {hint}")
    try:
        return bind(signature, *arguments, **more).arguments
    except TypeError:
        left = [p for p in [*signature.parameters.values()][len(arguments) :] if p.name not in more]
        needed = [p.name for p in left if p.default is p.empty and p.kind in NAMED]
        why = f"needs {', '.join(needed)}" if needed else "got too many arguments by position"
        raise TypeError(f"{title} {why}; it takes {', '.join(known)}.") from None

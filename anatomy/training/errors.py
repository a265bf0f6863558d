"""What a student's own code raised, as a line to read: what was wrong, and where."""

import contextlib
import functools
import inspect
import re
import sysconfig
import traceback
from pathlib import Path

from anatomy.base.words import listed
from anatomy.data.calls import nearest
from anatomy.lazy import keras
from anatomy.training import private
from anatomy.training.run import used
from anatomy.training.runner import interrupts

RENAMED = {"lr": "learning_rate", "decay": "learning_rate=keras.optimizers.schedules..."}

#: What JAX says where Keras traces a function, before there are any numbers: what would do.
TRACED = {
    "TracerArrayConv|_error_repr": "NumPy cannot calculate then. Write keras.ops in place of np.",
    "ConcretizationTypeError": "math, float() and int() need one. Write keras.ops.",
    "TracerBoolConversionError": "if, and, or need one. Write keras.ops.where.",
    "None is not a valid value|Got 'None'": "{} returned None. Write return.",
    "for broadcasting": "the loss compares other rows: a call() has dropped some of the samples.",
    "must be fully-defined": "a layer before left open how many features it returns.",
}

RETURN = r"\blambda\b|\breturn\b(?! None\b)"  # of a value
SHORT = {"accuracy", "acc", "mse", "mae", "mape", "msle", "bce"}  # names that compile() knows too


def place(error):
    """Where in a student's own code an error arose: " (line 2 of build())", or ""."""
    return f" (line {at.lineno} of {at.name}())" if (at := _own(error)) else ""


def _own(error):
    """The innermost ``FrameSummary`` of a student's own code; None for none."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((at for at in frames if _is_own(at.filename)), None)


def _is_own(file):
    others = *map(sysconfig.get_path, ("stdlib", "purelib")), str(Path(__file__).parents[1])
    return not file.startswith((*others, "<"))


def _silent(error):
    """What ``build``, in whose training an error arose, uses of functions that return nothing."""
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]
    builds = {at.get("build", getattr(at.get("self"), "build", None)) for at in frames}
    values = [value for build in builds - {None} for _, value in used(build)]
    parts = [p for v in values for p in (v if isinstance(v, list | tuple) else [v])]
    kinds = [vars(part if isinstance(part, type) else type(part)) for part in parts]
    parts += [kind.get(name) for kind in kinds for name in ("call", "__call__", "result")]
    own = {p for p in parts if inspect.isfunction(p) and _is_own(p.__code__.co_filename)}
    with contextlib.suppress(OSError):  # of a function without a source
        codes = [p.__code__ for p in own if not re.search(RETURN, inspect.getsource(p))]
        return [f"{c.co_qualname.split('>.')[-1]}() in line {c.co_firstlineno}" for c in codes]


def identifiers():
    """All names by which ``compile()`` and layers know losses, metrics and functions."""
    rooms = keras.losses, keras.metrics, keras.activations, keras.initializers, keras.regularizers
    names = {name for room in rooms for name in dir(room)} | SHORT
    names |= {private.snake_case(n) for n in names if n[:1].isupper()}
    names |= {name.lower() for name in dir(keras.optimizers)}
    return {name for name in names if not name.startswith("_")}


def parameters(thing):
    """The names of the arguments of a function or a class, those of its bases after its own."""
    names, thing = {}, _functional if thing is keras.Model else thing
    for one in [b.__init__ for b in thing.__mro__[:-1]] if isinstance(thing, type) else [thing]:
        with contextlib.suppress(TypeError, ValueError):  # what is called is not known
            names |= inspect.signature(one).parameters
    return [name for name in names if name not in ("self", "args", "kwargs")]


def _functional(inputs, outputs, name=None):
    """The arguments of ``keras.Model``."""


def unknown(call, function):
    """dict of the names in a call, an ``ast`` node, that are no arguments -> the nearest, or ""."""
    known = parameters(function)
    names = (one.arg for one in call.keywords if one.arg not in (None, *known))
    return {name: nearest(name, known) for name in names if known}


def _misspelt(said, code):
    """(a name that is no argument, what was meant), of what Keras says of a call of its own."""
    if left := re.search(r"missing .*'(\w+)'$", said):
        return nearest(left[1], re.findall(r"(\w+) ?=", code)), left[1]
    found = re.search(r"(\w+)(?:\(\) got an unexpected.*|: \{)'(\w+)'", said)
    rooms = (keras.Model, keras.layers, keras.optimizers) if found else ()
    things = (getattr(room, found[1]) for room in rooms if hasattr(room, found[1]))
    return found[2] if found else "", nearest(found and found[2], parameters(next(things, 0)))


def readable(error):
    """An exception as one line: its kind and the sentence of its message that matters."""
    try:
        text = re.sub(r"\x1b\[\d*m", "", str(error)).strip()
    except Exception:  # an exception of a student's own may raise one itself
        text = "its message cannot be read"
    for said, instead in TRACED.items():
        if re.search(said, f"{type(error).__name__}: {text}"):
            instead = instead.format(listed(_silent(error) or ["a loss, metric or call()"], "or"))
            return f"Keras calls the function once, before there are any numbers, and {instead}"
    # Keras wraps an error in a layer: "Exception encountered when calling ...", a blank
    # line, the message, a blank line, "Arguments received by ...".
    text = re.sub(r"(?s)^Exception encountered.*?\n\n+(?=\S)", "", text).split("\n\n")[0]
    line = " ".join(text.split())[:300] or "no message"
    for old, new in RENAMED.items():  # of an optimizer, as older books call it
        line += f"; {old} is {new} now" * ("not recognized" in line and f"'{old}'" in line)
    pair = _misspelt(line, getattr(_own(error), "line", ""))
    if named := re.search(r"(?:identifier:|attribute) '?(\w+)'?$", line):
        known = dir(error.obj) if isinstance(error, AttributeError) else identifiers()
        pair = named[1], nearest(named[1], known)
    if all(pair):
        line = "there is no {!r}; the nearest is {!r}".format(*pair)
    return f"{type(error).__name__}: {line}"


class InYourCode(ValueError):
    """What a student's own function raised, with the line in it."""


def placed(method):
    """The method, in which an error of the student's own function is an `InYourCode`."""

    @functools.wraps(method)
    def telling(*arguments, **more):
        try:
            return method(*arguments, **more)
        except BaseException as error:
            if not interrupts(error) and (where := place(error)):
                raise InYourCode(f"{readable(error).rstrip('.')}{where}.") from error
            raise

    return telling

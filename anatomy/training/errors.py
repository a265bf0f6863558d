"""What a student's own code raised, as a line to read: what was wrong, and where."""

import functools
import re
import sysconfig
import traceback
from pathlib import Path

from anatomy.data import calls
from anatomy.data.gate import nearest
from anatomy.training import private
from anatomy.training.runner import interrupts

RENAMED = {"lr": "learning_rate", "decay": "learning_rate=keras.optimizers.schedules..."}

#: What JAX says where Keras traces a function, before there are any numbers: what would do.
TRACED = {
    "TracerArrayConv|_error_repr": "NumPy cannot calculate then. Write keras.ops in place of np.",
    "ConcretizationTypeError": "math, float() and int() need one. Write keras.ops.",
    "TracerBoolConversionError": "if, and, or need one. Write keras.ops.where.",
    "None is not a valid value|Got 'None'": "a loss, metric or call() returned None. Write return.",
    "for broadcasting": "the loss compares other rows: a call() has dropped some of the samples.",
    "must be fully-defined": "a layer before left open how many features it returns.",
}

SHORT = "accuracy", "acc", "mse", "mae", "mape", "msle", "bce"  # names that compile() knows too


def place(error):
    """Where in a student's own code an error arose: " (line 2 of build())", or ""."""
    return f" (line {at.lineno} of {at.name}())" if (at := _own(error)) else ""


def _own(error):
    """The innermost ``FrameSummary`` of a student's own code; None for none."""
    others = *map(sysconfig.get_path, ("stdlib", "purelib")), str(Path(__file__).parents[1])
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((at for at in frames if not at.filename.startswith((*others, "<"))), None)


def identifiers():
    """All names by which ``compile()`` and layers know losses, metrics and functions."""
    import keras

    rooms = keras.losses, keras.metrics, keras.activations, keras.initializers, keras.regularizers
    names = {name for room in rooms for name in dir(room)} | {*SHORT}
    names |= {private.snake_case(n) for n in names if n[:1].isupper()}
    names |= {name.lower() for name in dir(keras.optimizers)}
    return {name for name in names if not name.startswith("_")}


def readable(error):
    """An exception as one line: its kind and the sentence of its message that matters."""
    try:
        text = re.sub(r"\x1b\[\d*m", "", str(error)).strip()
    except Exception:  # an exception of a student's own may raise one itself
        text = "its message cannot be read"
    for said, instead in TRACED.items():
        if re.search(said, f"{type(error).__name__}: {text}"):
            return f"Keras calls the function once, before there are any numbers, and {instead}"
    # Keras wraps an error in a layer: "Exception encountered when calling ...", a blank
    # line, the message, a blank line, "Arguments received by ...".
    parts = [part for part in text.split("\n\n") if part.strip()]
    if len(parts) > 1 and parts[0].startswith("Exception encountered"):
        parts = parts[1:]
    line = " ".join(parts[0].split())[:300] if parts else "no message"
    if "Argument(s) not recognized" in line:  # by an optimizer, as older books call it
        names = [f"{old} is {new} now" for old, new in RENAMED.items() if f"'{old}'" in line]
        line = "; ".join([line, *names])
    pair = calls.misspelt(line, getattr(_own(error), "line", ""))
    if named := re.search(r"(?:identifier:|attribute) '?(\w+)'?$", line):
        known = dir(error.obj) if isinstance(error, AttributeError) else identifiers()
        pair = named[1], nearest(named[1], known)
    if all(pair):
        line = "there is no {!r}; did you mean {!r}?".format(*pair)
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

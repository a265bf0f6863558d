"""What is said of an error of a student's own function: its sentence, and where it arose."""

import functools
import re
import sysconfig
import traceback
from pathlib import Path

RENAMED = {"lr": "learning_rate", "decay": "learning_rate=keras.optimizers.schedules..."}

#: Errors of JAX where Keras traces a function, before there are any numbers: what would do.
TRACED = {
    "TracerArrayConversionError": "NumPy cannot calculate then. Write keras.ops in place of np.",
    "ConcretizationTypeError": "math, float() and int() need one. Write keras.ops.",
    "TracerBoolConversionError": "if, and, or need one. Write keras.ops.where.",
}


def place(error):
    """Where in a student's own code an error arose: " (line 2 of build())", or ""."""
    others = (
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("purelib"),
        str(Path(__file__).parents[1]),
    )
    for frame, line in reversed([*traceback.walk_tb(error.__traceback__)]):
        code = frame.f_code
        if not code.co_filename.startswith((*others, "<")):
            return f" (line {line} of {code.co_name}())"
    return ""


def readable(error):
    """An exception as one line: its kind and the sentence of its message that matters."""
    if instead := TRACED.get(type(error).__name__):
        return f"Keras calls the function once, before there are any numbers, and {instead}"
    try:
        text = re.sub(r"\x1b\[\d*m", "", str(error)).strip()
    except Exception:  # an exception of a student's own may raise one itself
        text = "its message cannot be read"
    # Keras wraps an error in a layer: "Exception encountered when calling ...", a blank
    # line, the message, a blank line, "Arguments received by ...".
    parts = [part for part in text.split("\n\n") if part.strip()]
    if len(parts) > 1 and parts[0].startswith("Exception encountered"):
        parts = parts[1:]
    line = " ".join(parts[0].split())[:300] if parts else "no message"
    if "Argument(s) not recognized" in line:  # by an optimizer, as older books call it
        names = [f"{old} is {new} now" for old, new in RENAMED.items() if f"'{old}'" in line]
        line = "; ".join([line, *names])
    return f"{type(error).__name__}: {line}"


def placed(method):
    """The method, in which an error of the student's own function is a sentence that says where."""

    @functools.wraps(method)
    def telling(*arguments, **more):
        try:
            return method(*arguments, **more)
        except Exception as error:
            if where := place(error):
                raise ValueError(f"{readable(error).rstrip('.')}{where}.") from error
            raise

    return telling

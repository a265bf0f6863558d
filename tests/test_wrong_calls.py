"""Every wrong call is answered: the table of `wrong_calls`, and what an answer must be."""

import contextlib
import dataclasses
import importlib
import inspect
import re
import signal
import traceback
from pathlib import Path

import numpy as np
import pytest
import wrong_calls
from wrong_calls import TABLE, Wrong

import anatomy

ROOT = Path(__file__).parents[1]
SECONDS = 10  # that an answer may take

#: What only other libraries say.
RAW = (
    "JitTracer", "Input 0 with name", "Invalid dtype", "not a valid JAX", "UnboundLocal",
    "object has no attribute", "StopIteration", "no message", "unsupported operand",
    "not supported between", "cardinality is ambiguous", "not callable", "list index",
    "tuple index", "subscriptable", "could not be promoted", "did not contain a loop",
    "Number of samples", "interpreted as an integer", "zero-size array", "not in list",
    "used as indices", "out of bounds for array", "at least one array",
)  # fmt: skip

#: Classes of facts, which functions of the kit make, as they make all dataclasses.
FACTS = {"Confusion", "Judged", "Overshoot", "Residuals", "Update"}


def public():
    """Names of all that a door has to call, facts left out."""
    for door in anatomy.__all__:
        module = importlib.import_module(f"anatomy.{door}")
        for name, value in vars(module).items():
            ours = getattr(value, "__module__", "").startswith("anatomy.") and name[0] != "_"
            facts = dataclasses.is_dataclass(value) or name in FACTS
            if ours and callable(value) and not facts:
                yield f"{door}.{name}"


def target(name):
    door, _, rest = name.partition(".")
    return getattr(importlib.import_module(f"anatomy.{door}"), rest)


def test_every_public_parameter_has_a_row():
    assert sorted(TABLE) == sorted(public())
    for name, (_, wrong) in TABLE.items():
        assert set(wrong) == set(inspect.signature(target(name)).parameters), name
        assert all(wrong.values()), name


def call(name, arguments):
    """Calls it with arguments by name: the tuple of ``*names`` and the dict of ``**names`` too."""
    function, positions, named, rest = target(name), [], {}, dict(arguments)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in arguments:
            continue
        value = rest.pop(parameter.name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            positions = [*named.values(), *value]
            named = {}
        elif parameter.kind is parameter.VAR_KEYWORD:
            named |= value
        else:
            named[parameter.name] = value
    return function(*positions, **rest | named)


def outcome(found):
    """What came of a call, in words: a lab's line, a picture's sentence."""
    if hasattr(found, "wait") and hasattr(found, "status"):
        found.wait(3 * SECONDS)
        text = f"{found.status} {found.message}"
        found.close()
    else:
        text = found.describe() if hasattr(found, "describe") else repr(found)
    return re.sub(r" in [\d.]+ m?s|0x\w+|_\d+|\d+\.\d+ s\b", "", text)


def attempt(name, arguments):
    """What came of a call, or its error; and whether the callable had begun.

    What is refused by the look at the arguments has changed nothing.
    """
    try:
        return call(name, arguments), True
    except Exception as error:
        function = target(name)
        function = inspect.unwrap(function.__init__ if isinstance(function, type) else function)
        codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
        return error, function.__code__ in codes


def of_error(error):
    """The words of the kit's own error, or of one that a student's function raised."""
    *_, last = traceback.extract_tb(error.__traceback__)
    if last.filename == wrong_calls.__file__:
        return f"{error} (line {last.lineno} of {last.name})"
    assert isinstance(error, ValueError | TypeError), f"{type(error).__name__}: {error}"
    passed_on, of_student = str(error.__context__ or ""), False
    if error.__cause__ is not None:
        *_, first = traceback.extract_tb(error.__cause__.__traceback__)
        of_student = first.filename == wrong_calls.__file__
    assert of_student or not passed_on or passed_on not in str(error), f"passes on: {error}"
    assert Path(last.filename).is_relative_to(ROOT / "anatomy"), f"{last.filename}: {error}"
    return str(error)


def answer(found):
    """The words of the answer to a wrong call; raises AssertionError where there is none."""
    if isinstance(found, Exception):
        return of_error(found)
    lab = hasattr(found, "wait") and hasattr(found, "status")
    text = outcome(found)
    assert lab or type(found).__name__ in ("Verdict", "Findings"), "is not refused"
    assert not text.startswith(("done", "idle", "Right.")), f"is not refused: {text}"
    return text


@contextlib.contextmanager
def bounded():
    """Raises where the block is not over after `SECONDS`."""

    def late(*_):
        raise TimeoutError(f"no answer in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mention(value):
    """How an answer mentions a value."""
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if isinstance(value, int | float | str | None):
        return f"{value}|{value:,}" if isinstance(value, int) else str(value)
    return f"{getattr(value, '__name__', type(value).__name__)}|["


def shortcoming(name, arguments, parameter, value):
    """What a wrong call's answer lacks, or ""; and whether the callable had begun."""
    begun = True
    words = value.words if isinstance(value, Wrong) else (parameter, mention(value))
    value = value.value if isinstance(value, Wrong) else value
    try:
        with bounded():
            found, begun = attempt(name, arguments | {parameter: value})
            text = answer(found).lower()
    except (AssertionError, TimeoutError) as error:
        return f"{parameter}={value!r:.60} {error}", begun
    lacks = [one for one in words if not any(w.lower() in text for w in one.split("|"))]
    raw = [one for one in RAW if one.lower() in text]
    short = f"{parameter}={value!r:.60} lacks {lacks}, has {raw}: {text}" if lacks or raw else ""
    return short, begun


@pytest.mark.parametrize("name", [name for name in TABLE if TABLE[name][1]])
def test_wrong_calls_are_answered(name):
    """Each wrong call is, and after those that have begun a right one gives what it gave before."""
    arguments, wrong = TABLE[name]
    right, short = outcome(call(name, arguments())), []
    assert not right.startswith(("failed", "broken")), right
    for parameter, values in wrong.items():
        found = [shortcoming(name, arguments(), parameter, value) for value in values]
        short += [lack for lack, _ in found]
        if any(begun for _, begun in found):
            assert outcome(call(name, arguments())) == right, parameter
    assert not any(short), "\n".join(filter(None, short))


@pytest.mark.parametrize("name", ["labs.hypotheses", "labs.model", "labs.playground"])
@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit("mine")])
def test_what_leaves_build_is_told(name, error):
    def build(units=3):
        raise error

    with pytest.raises(ValueError, match=rf"{type(error).__name__}: .*\(line \d+ of build\(\)\)"):
        target(name)(build)

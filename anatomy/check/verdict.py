"""What became of an answer, and how to find out safely: an answer may be anything."""

import ctypes
import functools
import html
import inspect
import threading
from dataclasses import dataclass

from anatomy.data import calls
from anatomy.training.errors import readable
from anatomy.training.private import as_here
from anatomy.training.runner import patiently

SECONDS = 120  # that a check may take, compilation and a slow machine included
PATIENCE = 1.0  # seconds for what is stopped to end
TRIES = 3  # what is raised while Python cleans up is lost
HEADS = {True: "Right.", False: "Not yet.", None: "No answer yet."}
COLOR = {True: "success", False: "warn", None: "info"}  # of JupyterLab


@dataclass(frozen=True)
class Verdict:
    """What became of an answer: ``right`` is True, False, or None for no answer yet."""

    right: bool | None
    text: str

    def __bool__(self):
        return self.right is True

    def __repr__(self):
        return f"{HEADS[self.right]} {self.text}"

    def _repr_html_(self):
        bar = f"border-left: 4px solid var(--jp-{COLOR[self.right]}-color1); padding: 1px 10px"
        return f'<p style="{bar}"><b>{HEADS[self.right]}</b> {html.escape(self.text)}</p>'


class Settled(Exception):
    """What a function of the student's returns settles the verdict, which is the argument."""


class TooLong(BaseException):
    """Raised inside an answer that does not end; no ``except Exception`` of its own stops it."""


def judged(ask, **own):
    """Makes a check safe: whatever the answer is or does, there is a `Verdict` within `SECONDS`.

    Dots (``...``), also in a list, a dict or as what a function returns, are no answer yet. What
    the answer raises, or that it does not end, is told.

    Args:
        ask: the sentence for no answer yet.
        **own: what looks at other arguments, as for `anatomy.data.calls.validated`.
    """

    def decorate(check):
        check = calls.validated(check, **own)

        @functools.wraps(check)
        def safe(answer, *args, **kwargs):
            if dots(answer):
                return Verdict(None, ask)
            try:
                if inspect.isfunction(answer):
                    calls.function("answer", answer)
                    answer = asking(answer, ask)
                return bounded(lambda: check(answer, *args, **kwargs))
            except Settled as settled:
                return settled.args[0]
            except TooLong:
                return Verdict(False, f"It was still at work after {SECONDS} s. Does it end?")
            except KeyboardInterrupt as interrupt:  # the student's own: no lines of ours
                raise interrupt.with_traceback(None) from None
            except BaseException as error:  # sys.exit() too
                return Verdict(False, readable(error))

        return safe

    return decorate


def dots(answer):
    """Whether an answer, or a part of it, is still ``...``."""
    parts = answer.values() if isinstance(answer, dict) else answer
    inside = isinstance(answer, dict | list | tuple) and any(part is ... for part in parts)
    return answer is ... or inside


def asking(function, ask):
    """The same function, which raises `Settled` rather than return dots, or nothing."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        if dots(value := function(*args, **kwargs)):
            raise Settled(Verdict(None, ask))
        if value is None:
            raise Settled(Verdict(False, "It returns nothing: end it with return."))
        return value

    return call


def bounded(job):
    """What ``job()`` returns or raises, in a thread that is stopped after `SECONDS`.

    It draws from random streams of its own, and trains in the caller's dtype policy.
    """
    outcome, done, here = {}, threading.Event(), as_here()

    def work():
        try:
            with here():
                outcome["value"] = job()
        except BaseException as error:
            outcome["error"] = error
        finally:
            done.set()

    thread = threading.Thread(target=work, name="anatomy-check", daemon=True)
    try:
        thread.start()
        patiently(done, SECONDS)
    finally:  # also when the student interrupts the kernel
        if not done.is_set():
            stop(thread, done)
    if "value" in outcome:
        return outcome["value"]
    raise outcome.get("error", TooLong())


def stop(thread, done):
    """Raises `TooLong` in a thread, and waits for it to end; inside a C function it may not."""
    for _ in range(TRIES):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TooLong)
        )
        if done.wait(PATIENCE):
            return thread.join(PATIENCE)

"""Numbers, functions, claims and models, by what they are."""

import copy
import gc
import inspect
import math
import sys
from numbers import Real

import numpy as np

from anatomy import models
from anatomy.check.verdict import Settled, Verdict, judged
from anatomy.data import calls
from anatomy.lazy import keras
from anatomy.training.errors import readable

RELATIVE, ABSOLUTE = 1e-3, 1e-5  # float32, in another order of sums
ROWS = calls.each(calls.listed)
MEASURED = calls.rule(
    "a number, or a function that measures it",
    lambda truth: callable(truth) or calls.of(Real)(truth),
)
OTHERS = {"keras": "Keras", "jax": "JAX", "torch": "PyTorch", "tensorflow": "TensorFlow",
          "anatomy": "the kit"}  # fmt: skip


@judged("Put a number in place of the dots.", truth=MEASURED)
def number(answer, truth, *, why, hint, within=0.0):
    """Whether the answer is a number that is known or can be measured.

    Args:
        answer: a number; ``...`` for no answer yet.
        truth: the number, or a function of no arguments that measures it.
        why: a sentence for a right answer.
        hint: a sentence for a wrong one.
        within: how far from the truth is near enough, as a part of it.

    Returns:
        Verdict: a right answer is told the measured number, and why.
    """
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return Verdict(False, f"{calls.shown(answer)} is not a number.")
    measured = truth() if callable(truth) else truth
    if math.isclose(answer, measured, rel_tol=max(within, 1e-9)):
        return Verdict(True, f"It is {measured:,.5g}. {why}")
    return Verdict(False, f"It is not {answer:,.5g}. {hint}")


@judged("Write what the function should return.", truth=calls.function, samples=ROWS)
def function(answer, truth, samples, *, why):
    """Whether a function calculates what another does, Keras's own say, for the same arguments.

    Args:
        answer: a function of NumPy arrays and numbers; it may return dots for no answer yet. One
            that calls Keras, or this package, has not calculated it.
        truth: the other function.
        samples: list of tuples, the arguments of one call each.
        why: a sentence for a right answer.

    Returns:
        Verdict: the hint is the first call at which they differ.
    """
    if not callable(answer):
        return Verdict(False, f"{calls.shown(answer)} is not a function.")
    for count, sample in enumerate(samples, 1):
        got, package = watched(answer, copy.deepcopy(sample))
        wanted = truth(*copy.deepcopy(sample))
        where = f"In call {count} of {len(samples)} it returns"
        if package:
            return Verdict(False, f"It calls {package}. Calculate it yourself, with NumPy.")
        got, wanted = (np.asarray(value, dtype="float64") for value in (got, wanted))
        if got.shape != wanted.shape:
            return Verdict(False, f"{where} {shaped(got)}. It should return {shaped(wanted)}.")
        near = np.isclose(got, wanted, RELATIVE, ABSOLUTE)
        if not near.all():
            i = np.argmin(near)
            value, right = (f"{one.flat[i]:.4g}" for one in (got, wanted))
            return Verdict(False, f"{where} {value}. It should return {right}.")
    return Verdict(True, f"It agrees in {len(samples)} calls. {why}")


def watched(function, arguments):
    """What a function returns, and the first package of `OTHERS` that it calls, or "".

    No garbage is collected meanwhile: JAX is called whenever some is.
    """
    called, before, collects = [], sys.getprofile(), gc.isenabled()

    def watch(frame, event, _):
        name = frame.f_globals.get("__name__") or ""
        package = name.partition(".")[0]
        if event == "call" and package in OTHERS and not name.startswith("anatomy.check"):
            called.append(OTHERS[package])

    gc.disable()
    sys.setprofile(watch)
    try:
        value = function(*arguments)
    finally:
        sys.setprofile(before)
        if collects:
            gc.enable()
    return value, called[0] if called else ""


def shaped(array):
    """An array by its shape, in words."""
    return f"an array of shape {array.shape}" if array.ndim else "a single number"


@judged("Put your answer in place of the dots.", claims=calls.each(calls.function, calls.table))
def holds(answer, claims, *, why):
    """Whether all that is asked of an answer holds.

    Args:
        answer: anything; of a function without arguments, what it returns is judged. Dots are no
            answer yet.
        claims: dict of a sentence, such as "It has at most 100 parameters", -> a function of
            the answer that says whether it holds. They are tried in order.
        why: a sentence for a right answer.

    Returns:
        Verdict: the hint is the first claim that does not hold.
    """
    if inspect.isfunction(answer) and not inspect.signature(answer).parameters:
        answer = answer()
    for claim, hold in claims.items():
        try:
            if not hold(answer):
                return Verdict(False, f'This does not hold: "{claim}."')
        except Settled:
            raise
        except Exception as error:
            return Verdict(False, f'This was asked: "{claim}." Trying that: {readable(error)}')
    return Verdict(True, f"All that was asked holds. {why}")


@judged("Put a model in place of the dots, or write the function that builds it.")
def same(answer, model):
    """Whether a model of one's own is another one, a Sequential or none, written the other way.

    Args:
        answer: a built ``keras.Model`` or a function that builds it; ``...`` for no answer yet.
            Neither the other model nor a clone of it.
        model: the other, built.

    Returns:
        Verdict: the hint is the first difference, from the inputs on (`models.same`).
    """
    build = answer if callable(answer) and not isinstance(answer, keras.Layer) else lambda: answer
    answers = [build(), build()]  # what a function writes anew has new names each time
    for one in answers:
        if not isinstance(one, keras.Model):
            return Verdict(False, f"{one!r:.80} is not a model.")
    given, *parts = (
        [layer for layer in one.layers if not isinstance(layer, keras.layers.InputLayer)]
        for one in (model, *answers)
    )
    if any(layer in given for part in parts for layer in part):
        return Verdict(False, "It has layers of the model that was given. Write your own.")
    if all([a.name for a in part] == [b.name for b in given] for part in parts):
        return Verdict(False, "It is a copy of the model that was given. Write your own.")
    result = models.same(model, answers[0])
    if result and len({isinstance(one, keras.Sequential) for one in (model, answers[0])}) == 1:
        return Verdict(False, f"{result.reason} Both are written one way: write it the other way.")
    of_which = "" if result else " The first is the one that was given."
    return Verdict(result.equal, result.reason + of_which)

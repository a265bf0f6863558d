"""Exercises, checked by what an answer does, not by how it is written.

Each check takes the answer first and returns a `Verdict`, which a notebook shows as a sentence.
An answer of ``...`` is none yet; a wrong one gets a hint; what an answer raises is told, and one
that does not end is stopped.

``shape``, ``parameters``  of layers, predicted
``mended``        a stack of layers that fit
``number``        a number that is known or measured
``function``      a function that returns what another does
``holds``         claims, one after the other
``same``          a model that is built like another
``loss``          a loss that suits a last layer and its targets
``compiled``      a model whose output, loss and targets fit
``reaches``       a model that reaches a goal
``largest_rate``  the largest learning rate that still converges
``shortcut``      a feature that gives the class away

The trainings behind them (``trained``) are real ``fit()``s from fixed seeds.
"""

from anatomy.check.compiled import compiled
from anatomy.check.function import function
from anatomy.check.holds import holds
from anatomy.check.largest_rate import largest_rate
from anatomy.check.loss import loss
from anatomy.check.mended import mended
from anatomy.check.number import number
from anatomy.check.reaches import reaches
from anatomy.check.same import same
from anatomy.check.shape import parameters, shape
from anatomy.check.shortcut import shortcut
from anatomy.check.verdict import Verdict

__all__ = [
    "Verdict",
    "compiled",
    "function",
    "holds",
    "largest_rate",
    "loss",
    "mended",
    "number",
    "parameters",
    "reaches",
    "same",
    "shape",
    "shortcut",
]

"""Exercises, checked by what an answer does, not by how it is written.

Each check takes the answer first and returns a `Verdict`, which a notebook shows as a sentence.
An answer of ``...`` is none yet; a wrong one gets a hint; what an answer raises is told, and one
that does not end is stopped.

``answers``  ``number``, ``function``, ``holds`` (claims), ``same`` (model)
``stacks``   ``shape`` and ``parameters`` of layers, predicted; ``repaired``, a stack that fits
``loss``     a loss that suits a last layer and its targets
``trained``  ``compiled``, ``reaches`` (a goal), ``largest_rate``, ``shortcut`` (a feature that
             gives the class away): by real ``fit()``s from fixed seeds
"""

from anatomy.check.answers import function, holds, number, same
from anatomy.check.loss import loss
from anatomy.check.stacks import parameters, repaired, shape
from anatomy.check.trained import compiled, largest_rate, reaches, shortcut
from anatomy.check.verdict import Verdict

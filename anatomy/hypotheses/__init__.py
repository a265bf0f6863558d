"""A topology is a predefined space of possibilities; training is a search in it.

``space``    members of a topology's hypothesis space, drawn and evaluated at once
``program``  the compiled code that draws weights and evaluates functions
``path``     a fit(), as the path that it takes through the space

A hypothesis is one function: what the model makes of ``x`` with one set of weights. The
hypothesis space of a topology is the set of all functions that its weights can make.
"""

from anatomy.hypotheses.path import Path, path
from anatomy.hypotheses.space import Space, distance, evaluate, grid, sample

__all__ = ["Path", "Space", "distance", "evaluate", "grid", "path", "sample"]

"""A topology is a predefined space of possibilities; training is a search in it.

    space    members of a topology's hypothesis space, drawn and evaluated at once
    search   a fit(), as the path that it takes through the space, and how near its target it comes

A hypothesis is one function: what the model makes of ``x`` with one set of weights. The
hypothesis space of a topology is the set of all functions that its weights can make.
"""

from anatomy.hypotheses.search.facts import Path, Search, path
from anatomy.hypotheses.space.facts import Space, distance, evaluate, grid, sample

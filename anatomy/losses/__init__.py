"""What a loss is: numbers behind the pictures.

``curve``  the loss of one sample over its prediction, and its gradient
``ctc``    the loss of a label when nobody said which frames it stands in
"""

from anatomy.losses.ctc import Lattice, alignments, collapse, lattice, read
from anatomy.losses.curve import Curve, curve, value_and_gradient

__all__ = [
    "Curve",
    "Lattice",
    "alignments",
    "collapse",
    "curve",
    "lattice",
    "read",
    "value_and_gradient",
]

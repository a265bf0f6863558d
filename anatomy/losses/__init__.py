"""What a loss is: numbers behind the pictures.

``curve``  the loss of one sample over its prediction, and its gradient
``descent``  one step against that gradient
``ctc``    the loss of a label when nobody said which frames it stands in
``diagnose``  what cannot work in an output layer, its loss and its targets
"""

from anatomy.losses.ctc.facts import Lattice, alignments, collapse, lattice, read
from anatomy.losses.curve.facts import Curve, Descent, curve, descend, value_and_gradient
from anatomy.losses.diagnose import Findings, diagnose
from anatomy.losses.findings import Finding

__all__ = [
    "Curve",
    "Descent",
    "Finding",
    "Findings",
    "Lattice",
    "alignments",
    "collapse",
    "curve",
    "descend",
    "diagnose",
    "lattice",
    "read",
    "value_and_gradient",
]

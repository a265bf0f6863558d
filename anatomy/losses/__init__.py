"""What a loss is: numbers behind the pictures.

``ctc``   the loss of a label when nobody said which frames it stands in
"""

from anatomy.losses.ctc import Lattice, alignments, collapse, lattice, read

__all__ = ["Lattice", "alignments", "collapse", "lattice", "read"]

"""What a loss is: numbers behind the pictures.

``curve``    the loss of one sample over its prediction, its gradient, and a step against it
``ctc``      the loss of a label whose places in the sequence nobody knows
``doctor``   what cannot work in an output layer, its loss and its targets
"""

from anatomy.losses.ctc.facts import alignments, collapse, lattice, read
from anatomy.losses.curve.facts import curve, descend, value_and_gradient
from anatomy.losses.doctor.facts import diagnose

"""What a layer is, and what clips onto what.

``facts``        one layer: shapes, weights, parameters, state, and the call that makes it
``states``       which layers of Keras have state, and which have none
``stack``        layers clipped together: what fits, where it breaks, what repairs it
``recurrence``   gates and states of an LSTM at each timestep
``convolution``  a Conv2D at one position: patch times kernel, summed
"""

from anatomy.layers.card.facts import Facts, facts
from anatomy.layers.card.weights import Weight
from anatomy.layers.code import call
from anatomy.layers.conv.facts import Convolution, convolve
from anatomy.layers.lstm.facts import Recurrence, recurrence
from anatomy.layers.shapes import axes
from anatomy.layers.stacks.breaks import Break
from anatomy.layers.stacks.facts import Joint, Stack, stack
from anatomy.layers.survey import States, states

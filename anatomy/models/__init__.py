"""A Keras model as a graph of layers.

graph    its layers, and the tensors that lead from one to the next
folded   the same with repeated blocks folded: "× 6"
same     whether two models are built alike, or where they first differ
values   what each layer outputs for one sample
"""

from anatomy.models.blocks.facts import folded
from anatomy.models.comparison.facts import same
from anatomy.models.graph.facts import Graph, graph, values

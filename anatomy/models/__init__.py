"""A Keras model as a graph of layers.

graph          its layers, and the tensors that lead from one to the next
folded         the same with repeated blocks folded: "× 6"
same           whether two models are built alike, or where they first differ
values         what each layer outputs for one sample
output_shapes  the shapes of a model's outputs, with None for the batch
layout         boxes in rows with few crossings, lines around them
"""

from anatomy.models.graph.blocks import folded
from anatomy.models.graph.comparison import Comparison, same
from anatomy.models.graph.facts import Edge, Graph, Node, graph, output_shapes, values
from anatomy.models.graph.layout import Layout, layout, ranks

__all__ = [
    "Comparison",
    "Edge",
    "Graph",
    "Layout",
    "Node",
    "folded",
    "graph",
    "layout",
    "output_shapes",
    "ranks",
    "same",
    "values",
]

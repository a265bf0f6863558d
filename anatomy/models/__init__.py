"""A Keras model as a graph of layers, and where to put it on paper.

    graph    its layers, and the tensors that they hand to each other
    folded   the same with repeated blocks folded: "× 6"
    same     whether two models are built alike, or where they first differ
    values   what each layer hands on for one sample
    layout   boxes in rows with few crossings, lines around them

No Graphviz: the layout is that of Sugiyama, Tagawa and Toda (1981).
"""

from anatomy.models.compare import Same, same
from anatomy.models.fold import folded
from anatomy.models.graph import Edge, Graph, Node, graph
from anatomy.models.layout import Layout, layout
from anatomy.models.order import ranks
from anatomy.models.values import values

__all__ = [
    "Edge",
    "Graph",
    "Layout",
    "Node",
    "Same",
    "folded",
    "graph",
    "layout",
    "ranks",
    "same",
    "values",
]

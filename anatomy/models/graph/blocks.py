"""Repeated blocks of a graph, folded: a ResNet is a few blocks, each with a number of times."""

import re
from dataclasses import replace

import numpy as np

from anatomy.models.graph.facts import Edge, Graph, Node

LEAST = 8  # nodes that a fold must save
FRACTION = re.compile(r"[\d.]+\.\d+(e-\d+)?|\d+e-\d+")  # a rate may grow from block to block


def folded(graph):
    """The same graph with each run of equal blocks as one node.

    Blocks are equal when their layers have the same types and settings and are linked in the
    same way; sizes of tensors may grow from block to block. A run is folded only if nothing
    outside takes a tensor from any but its last block.

    Args:
        graph: a Graph.

    Returns:
        Graph: its nodes of kind "block" have ``times``, and the first block ``inside``.
    """
    runs = _runs(graph, _signatures(graph), _crossing(graph), 0, len(graph.nodes))
    for run in reversed(runs):
        graph = _fold(graph, *run)
    return graph


def _signatures(graph):
    """For each node a number: the same for nodes that do the same with what stands before them."""
    inputs = [[] for _ in graph.nodes]
    for edge in graph.edges:
        inputs[edge.target].append((edge.target - edge.source, edge.output))
    known = {}
    keys = [
        (node.type, FRACTION.sub("", node.settings), node.trainable, node.calls, *inputs[i])
        + ((i,) if node.kind == "input" or node.calls > 1 else ())
        for i, node in enumerate(graph.nodes)
    ]
    return np.array([known.setdefault(key, len(known)) for key in keys])


def _crossing(graph):
    """How many tensors pass the place before each node."""
    ends = {}
    for edge in graph.edges:
        tensor = edge.source, edge.output
        ends[tensor] = max(ends.get(tensor, 0), edge.target)
    steps = np.zeros(len(graph.nodes) + 2, int)
    for (source, _), end in ends.items():
        steps[[source + 1, end + 1]] += 1, -1
    return steps.cumsum()


def _runs(graph, signatures, crossing, first, end):
    """(start, length of a block, times) of the runs between two places, in order."""
    counts = np.array([node.parameters for node in graph.nodes])
    candidates = []
    for length in range(1, (end - first) // 2 + 1):
        equal = signatures[first : end - length] == signatures[first + length : end]
        ends = np.where(equal, len(equal), np.arange(len(equal)))  # where each run of equal ends
        reach = np.minimum.accumulate(ends[::-1])[::-1] - np.arange(len(equal))
        saved = reach // length * length
        candidates += [(saved[i], length, first + i) for i in np.flatnonzero(saved >= LEAST)]

    def best_first(run):
        saved, length, start = run
        middle, end = start + length, start + 2 * length
        # A block begins where few tensors pass: at best with weights, after none, and so that the
        # next one has as many.
        begins = counts[start] and not counts[middle - 1]
        growing = np.count_nonzero(counts[start:middle] != counts[middle:end])
        return -saved, crossing[start], not begins, growing, length, start

    for saved, length, start in sorted(candidates, key=best_first):
        times = int(saved) // length + 1
        if _closed(graph, start, length, times):
            before = _runs(graph, signatures, crossing, first, start)
            after = _runs(graph, signatures, crossing, start + length * times, end)
            return [*before, (start, length, times), *after]
    return []


def _closed(graph, start, length, times):
    """Whether tensors leave the last block only, and each block takes from the one before."""
    end, last = start + length * times, start + length * (times - 1)
    for edge in graph.edges:
        if start <= edge.source < last:
            step = (edge.target - start) // length - (edge.source - start) // length
            if edge.target >= end or step > 1:
                return False
        elif edge.source < start and start + length <= edge.target < end:
            return False
    return not any(start <= source < last for source, _ in graph.outputs)


def _fold(graph, start, length, times):
    """The graph with this run as one node: the first block, with the shapes of the last."""
    end, last = start + length * times, start + length * (times - 1)
    inner = [e for e in graph.edges if start <= e.target < start + length]
    entries = list(dict.fromkeys((e.source, e.output) for e in inner if e.source < start))
    outer = [e for e in graph.edges if not start <= e.target < end]
    leaving = [*((e.source, e.output) for e in outer), *graph.outputs]
    exits = list(dict.fromkeys(tensor for tensor in leaving if last <= tensor[0] < end))

    def inside(i):  # the place of a node of the first block in its own graph
        return i - start + len(entries)

    def place(i):
        return i if i < start else i - (end - start) + 1

    def outside(tensor):
        i, output = tensor
        return (start, exits.index(tensor)) if start <= i < end else (place(i), output)

    def origin(e):
        tensor = e.source, e.output
        return (entries.index(tensor), 0) if e.source < start else (inside(e.source), e.output)

    lasts = graph.nodes[last:end]
    firsts = [replace(n, last=m) for n, m in zip(graph.nodes[start:], lasts, strict=False)]
    block = Graph(
        name=graph.name,
        type="block",
        nodes=(*(Node("", "", "entry", shapes=(graph.shape(*t),)) for t in entries), *firsts),
        edges=tuple(Edge(*origin(e), inside(e.target)) for e in inner),
        inputs=tuple(range(len(entries))),
        outputs=tuple((inside(i - last + start), output) for i, output in exits),
    )
    node = Node(
        name=graph.nodes[start].name,
        type="block",
        kind="block",
        shapes=tuple(graph.shape(*tensor) for tensor in exits),
        parameters=sum(node.counted for node in graph.nodes[start:end]),
        inside=block,
        times=times,
        last=lasts[-1],
    )
    entering = [Edge(*source, start) for source in entries]
    others = [Edge(*outside((e.source, e.output)), place(e.target)) for e in outer]
    return replace(
        graph,
        nodes=(*graph.nodes[:start], node, *graph.nodes[end:]),
        edges=(*entering, *others),
        inputs=tuple(map(place, graph.inputs)),
        outputs=tuple(map(outside, graph.outputs)),
    )

"""Repeated blocks of a graph, folded: a ResNet is a few blocks, each with a number of times."""

import re
from dataclasses import replace

import numpy as np

from anatomy.models.graph import Edge, Graph, Node

LEAST = 8  # nodes that a fold must save
FRACTION = re.compile(r"[\d.]+\.\d+(e-\d+)?|\d+e-\d+")  # a rate may grow from block to block


def folded(graph):
    """The same graph with each run of equal blocks as one node.

    Blocks are equal when their layers have the same types and settings and hand their tensors
    on in the same way; sizes of tensors may grow from block to block. A run is folded only if
    nothing outside takes a tensor from any but its last block.

    Args:
        graph: a Graph.

    Returns:
        Graph: its nodes of kind "block" have ``times``, and the first block ``inside``.
    """
    runs = _runs(graph, _signatures(graph), _alive(graph), 0, len(graph.nodes))
    for start, length, times in reversed(runs):
        graph = _fold(graph, start, length, times)
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


def _alive(graph):
    """How many tensors are on their way past the place before each node."""
    ends = {}
    for edge in graph.edges:
        tensor = edge.source, edge.output
        ends[tensor] = max(ends.get(tensor, 0), edge.target)
    alive = [0] * (len(graph.nodes) + 1)
    for (source, _), end in ends.items():
        for i in range(source + 1, end + 1):
            alive[i] += 1
    return alive


def _runs(graph, signatures, alive, first, end):
    """(start, length of a block, times) of the runs between two places, in order."""
    found = []
    for length in range(1, (end - first) // 2 + 1):
        equal = signatures[first : end - length] == signatures[first + length : end]
        reach = 0
        for i in range(len(equal) - 1, -1, -1):
            reach = reach + 1 if equal[i] else 0
            saved = reach // length * length
            if saved >= LEAST:
                found.append((saved, length, first + i))

    def best_first(run):
        saved, length, start = run
        # A block begins where few tensors are on their way: at best with weights, after none.
        begins = graph.nodes[start].parameters and not graph.nodes[start + length - 1].parameters
        return -saved, alive[start], not begins, length, start

    for saved, length, start in sorted(found, key=best_first):
        times = saved // length + 1
        if _closed(graph, start, length, times):
            before = _runs(graph, signatures, alive, first, start)
            after = _runs(graph, signatures, alive, start + length * times, end)
            return [*before, (start, length, times), *after]
    return []


def _closed(graph, start, length, times):
    """Whether the world takes tensors from the last block only, and each from the one before."""
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
    """The graph with this run as one node."""
    end, last = start + length * times, start + length * (times - 1)
    entering = [e for e in graph.edges if e.source < start <= e.target < start + length]
    leaving = [(e.source, e.output) for e in graph.edges if last <= e.source < end <= e.target]
    leaving += [output for output in graph.outputs if last <= output[0] < end]
    entries = list(dict.fromkeys((e.source, e.output) for e in entering))
    exits = list(dict.fromkeys(leaving))
    block = Node(
        name=graph.nodes[start].name,
        type="block",
        kind="block",
        shapes=tuple(_shape(graph, *output) for output in exits),
        parameters=sum(node.counted for node in graph.nodes[start:end]),
        inside=_inside(graph, entries, exits, start, length, times),
        times=times,
        last=graph.nodes[end - 1],
    )

    def place(i):
        return i if i < start else start if i < end else i - (end - start) + 1

    edges = [Edge(*source, start) for source in entries]
    for e in graph.edges:
        if not start <= e.target < end:
            inside = start <= e.source < end
            output = exits.index((e.source, e.output)) if inside else e.output
            edges.append(Edge(place(e.source), output, place(e.target)))
    outputs = [
        (start, exits.index((i, n))) if start <= i < end else (place(i), n)
        for i, n in graph.outputs
    ]
    nodes = (*graph.nodes[:start], block, *graph.nodes[end:])
    return replace(
        graph,
        nodes=nodes,
        edges=tuple(edges),
        inputs=tuple(map(place, graph.inputs)),
        outputs=tuple(outputs),
    )


def _inside(graph, entries, exits, start, length, times):
    """One repetition, with an "entry" for each tensor that it takes."""
    nodes = [
        Node("", "", "entry", shapes=(_shape(graph, *source),)) for source in entries
    ] + [
        replace(node, last=graph.nodes[start + length * (times - 1) + i])
        for i, node in enumerate(graph.nodes[start : start + length])
    ]  # fmt: skip
    shift = len(entries) - start
    edges = []
    for e in graph.edges:
        if start <= e.target < start + length:
            source = (entries.index((e.source, e.output)), 0) if e.source < start else None
            edges.append(Edge(*(source or (e.source + shift, e.output)), e.target + shift))
    back = length * (times - 1) - shift
    return Graph(
        name=graph.name,
        type="block",
        nodes=tuple(nodes),
        edges=tuple(edges),
        inputs=tuple(range(len(entries))),
        outputs=tuple((i - back, n) for i, n in exits),
    )


def _shape(graph, i, output):
    shapes = graph.nodes[i].shapes
    return shapes[output] if shapes else ()

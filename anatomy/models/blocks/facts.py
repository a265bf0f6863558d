"""Repeated blocks of a graph, folded: a ResNet is a few blocks, each with a number of times."""

import re
from dataclasses import replace

import numpy as np

from anatomy.data import calls
from anatomy.models.graph.facts import Edge, Graph, Node

LEAST = 8  # nodes that a fold must save
FRACTION = re.compile(r"[\d.]+\.\d+(e-\d+)?|\d+e-\d+")  # a rate may grow from block to block


@calls.validated
def folded(graph):
    """The same graph with each run of equal blocks as one node.

    Blocks are equal when their layers have the same types and settings and are linked in the
    same way; sizes of tensors may grow from block to block. A block takes from the one before
    it, or what that one took itself, such as the output of an encoder; and nothing outside takes
    a tensor of any but the last.

    Args:
        graph: a Graph.

    Returns:
        Graph: its nodes of kind "block" have ``times``, and the first block ``inside``.
    """
    graph = _late(graph)
    for run in reversed(_runs(graph, *_signatures(graph), 0, len(graph.nodes))):
        graph = _fold(graph, *run)
    return graph


def _late(graph):
    """The graph with each node as late as can be: so blocks that overlap stand apart."""
    ways = [0] * len(graph.nodes)  # the longest to an end
    for edge in sorted(graph.edges, key=lambda edge: -edge.source):
        ways[edge.source] = max(ways[edge.source], ways[edge.target] + 1)
    order = sorted(range(len(ways)), key=lambda i: -ways[i])
    place = {i: number for number, i in enumerate(order)}
    return _moved(graph, [graph.nodes[i] for i in order], lambda i, output: (place[i], output))


def _moved(graph, nodes, place, edges=(), kept=lambda edge: True):
    """The graph of other nodes; ``place`` tells where an output of one of the old is now."""
    edges = [*edges, *(Edge(*place(e.source, e.output), place(e.target, 0)[0])
                       for e in graph.edges if kept(e))]  # fmt: skip
    return replace(
        graph,
        nodes=tuple(nodes),
        edges=tuple(sorted(edges, key=lambda edge: edge.target)),
        inputs=tuple(place(i, 0)[0] for i in graph.inputs),
        outputs=tuple(place(*tensor) for tensor in graph.outputs),
    )


def _signatures(graph):
    """For each node a number, the same for nodes that do the same with the tensors at hand; how
    many of these there are before it."""
    last = {(e.source, e.output): e.target for e in graph.edges}  # these are in order of targets
    last |= dict.fromkeys(graph.outputs, len(graph.nodes))
    takes = [[] for _ in graph.nodes]
    for edge in graph.edges:
        takes[edge.target].append((edge.source, edge.output))
    known, signatures, crossing, hand = {}, [], [], []  # at hand: the latest is the last
    for i, node in enumerate(graph.nodes):
        key = (node.type, FRACTION.sub("", node.settings), node.trainable, node.calls,
               *(len(hand) - hand.index(tensor) for tensor in takes[i]),
               *[i] * (node.kind == "input" or node.calls > 1))  # fmt: skip
        signatures.append(known.setdefault(key, len(known)))
        crossing.append(len(hand))
        hand += [(i, output) for output in range(max(1, len(node.shapes)))]
        hand = [tensor for tensor in hand if last.get(tensor, 0) > i]
    return np.array(signatures), np.array([*crossing, 0])


def _runs(graph, signatures, crossing, first, end):
    """(start, length of a block, times) of the runs between two places, in order."""
    counts = np.array([node.parameters for node in graph.nodes] + [0])
    rows = []
    for length in range(1, (end - first) // 2 + 1):
        equal = signatures[first : end - length] == signatures[first + length : end]
        ends = np.where(equal, len(equal), np.arange(len(equal)))  # where each run of equal ends
        reach = np.minimum.accumulate(ends[::-1])[::-1] - np.arange(len(equal))
        saved = reach // length * length
        # A block begins where few tensors pass: at best with weights, after none, and so that the
        # next one has as many.
        starts = first + np.flatnonzero(saved >= LEAST)
        grown = np.cumsum([0, *(counts[first : end - length] != counts[first + length : end])])
        growing = grown[starts - first + length] - grown[starts - first]
        begins = (counts[starts] > 0) & (counts[starts + length - 1] == 0)
        rows.append((-saved[starts - first], crossing[starts], ~begins, growing,
                     np.full(len(starts), length), starts))  # fmt: skip
    columns = np.concatenate(rows, axis=1) if rows else np.zeros((6, 0), int)
    for saved, *_, length, start in columns.T[np.lexsort(columns[::-1])].tolist():
        times = 1 - saved // length
        if _entries(graph, start, length, times):
            end_of_run = start + length * times
            before = _runs(graph, signatures, crossing, first, start)
            after = _runs(graph, signatures, crossing, end_of_run, end)
            return [*before, (start, length, times), *after]
    return []


def _entries(graph, start, length, times):
    """For each block of a run the tensors that it takes from outside; None where it is no run."""
    end, last = start + length * times, start + length * (times - 1)
    entries = [{} for _ in range(times)]  # tensor -> its number among them
    for edge in graph.edges:
        tensor, block = (edge.source, edge.output), (edge.target - start) // length
        if start <= edge.target < end and edge.source < start + length * block:
            entries[block].setdefault(tensor, len(entries[block]))
    origins = set()
    for block in range(1, times):
        begin, before = start + length * (block - 1), entries[block - 1]
        origins.add(tuple(
            (i - begin, output) if i >= begin else before.get((i, output))
            for i, output in entries[block]
        ))  # fmt: skip
    taken = [(e.source, e.output) for e in graph.edges if e.target >= end] + [*graph.outputs]
    left = {tensor for tensor in taken if start <= tensor[0] < last}
    consistent = len(origins) == 1 and None not in next(iter(origins))
    return [*map(list, entries)] if consistent and left <= set(entries[-1]) else None


def _fold(graph, start, length, times):
    """The graph with this run as one node: the first block, with the shapes of the last."""
    end, last = start + length * times, start + length * (times - 1)
    entries, *_, lasts = _entries(graph, start, length, times)
    exits = _exits(graph, start, end)

    def inside(tensor, of, begin):  # where a tensor is in the graph of a block
        i, output = tensor
        return (i - begin + len(of), output) if i >= begin else (of.index(tensor), 0)

    firsts = [
        replace(node, last=twin)
        for node, twin in zip(graph.nodes[start:], graph.nodes[last:end], strict=False)
    ]
    block = Graph(
        name=graph.name,
        type="block",
        nodes=(*(Node("", "", "entry", shapes=(graph.shape(*t),)) for t in entries), *firsts),
        edges=tuple(
            Edge(*inside((e.source, e.output), entries, start), e.target - start + len(entries))
            for e in graph.edges
            if start <= e.target < start + length
        ),
        inputs=tuple(range(len(entries))),
        outputs=tuple(inside(tensor, lasts, last) for tensor in exits),
    )
    node = Node(
        name=graph.nodes[start].name,
        type="block",
        kind="block",
        shapes=tuple(graph.shape(*tensor) for tensor in exits),
        parameters=sum(node.counted for node in graph.nodes[start:end]),
        inside=block,
        times=times,
        last=graph.nodes[end - 1],
    )

    return _replaced(graph, start, end, node, entries, exits)


def without_middle(graph, ends):
    """The graph with all but so many nodes at each of its ends as one."""
    start, end = ends, len(graph.nodes) - ends
    between, exits = graph.nodes[start:end], _exits(graph, start, end)
    node = Node(
        name=f"{between[0].name} to {between[-1].name}",
        type=f"{(layers := sum(map(_size, between))):,} layers",
        times=layers,
        shapes=tuple(graph.shape(*tensor) for tensor in exits),
        parameters=sum(one.counted for one in between),
    )
    taken = [e for e in graph.edges if start <= e.target < end and e.source < start]
    entries = dict.fromkeys((e.source, e.output) for e in taken)
    return _replaced(graph, start, end, node, entries, exits)


def _size(node):
    """How many layers a node stands for."""
    inside = node.inside.nodes if node.inside else ()
    return node.times * (sum(_size(n) for n in inside if n.kind != "entry") or 1)


def _exits(graph, start, end):
    """The tensors of nodes from start to end that are taken after these."""
    taken = [*((e.source, e.output) for e in graph.edges if e.target >= end), *graph.outputs]
    return list(dict.fromkeys(t for t in taken if start <= t[0] < end))


def _replaced(graph, start, end, node, entries, exits):
    """The graph with this node, which takes the entries, in place of those from start to end."""

    def place(i, output):
        if start <= i < end:
            return start, exits.index((i, output)) if (i, output) in exits else 0
        return (i if i < start else i - (end - start) + 1), output

    nodes = (*graph.nodes[:start], node, *graph.nodes[end:])
    entering = [Edge(*tensor, start) for tensor in entries]
    return _moved(graph, nodes, place, entering, lambda e: not start <= e.target < end)

"""Rows for the boxes of a graph, and their order within a row with few crossings of lines."""

from bisect import bisect_left, insort
from collections import Counter


def ranks(count, links, *, most=5, points=()):
    """The row of each box: below all that it takes from, and no lower than it has to be.

    A box that gives more than it takes, such as an input, moves down to what takes it.

    Args:
        count: how many boxes there are, in an order in which they can be computed.
        links: pairs (source, target).
        most: boxes in a row; more go to the next rows.
        points: those of the boxes that are points without width, and so always have room.

    Returns:
        list of int: a row for each box, from 0.
    """
    above = [[] for _ in range(count)]
    below = [[] for _ in range(count)]
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    rows, full = [0] * count, {}

    def put(i, row, step):
        while i not in points and full.get(row, 0) >= most and step:
            row += step
        full[row] = full.get(row, 0) + (i not in points)
        rows[i] = row

    for i in range(count):
        put(i, max((rows[j] + 1 for j in above[i]), default=0), 1)
    for i in reversed(range(count)):
        if len(above[i]) < len(set(below[i])):
            lowest = min(rows[j] for j in below[i]) - 1
            while lowest > rows[i] and i not in points and full.get(lowest, 0) >= most:
                lowest -= 1
            if lowest > rows[i]:
                full[rows[i]] -= i not in points
                put(i, lowest, 0)
    used = sorted(set(rows))
    return [used.index(row) for row in rows]


class Grid:
    """Boxes and lanes in rows.

    A tensor that is taken more than one row below its source passes the rows between in a
    lane, one for all that take it. ``rows`` are lists of vertices: the boxes 0 … count - 1
    and then the lanes. ``links[r]`` lead from row r to the next: (upper vertex, lower vertex,
    tensor); ``ways`` has for each edge the vertices that it passes.
    """

    def __init__(self, ranks, edges):
        self.count, self.row = len(ranks), list(ranks)
        self.rows = [[] for _ in range(max(ranks, default=-1) + 1)]
        for i, row in enumerate(ranks):
            self.rows[row].append(i)
        self.links = [[] for _ in self.rows]
        self.ways, lanes = [], {}
        many = Counter((source, output) for source, output, _ in edges)
        self.skips = set()  # lanes of a tensor that is taken elsewhere, too
        for source, output, target in edges:
            way = [source]
            for row in range(ranks[source] + 1, ranks[target]):
                key = source, output, row
                if key not in lanes:
                    lanes[key] = len(self.row)
                    self.row.append(row)
                    self.rows[row].append(lanes[key])
                    self.skips |= {lanes[key]} if many[source, output] > 1 else set()
                    self._link(way[-1], lanes[key], (source, output))
                way.append(lanes[key])
            self._link(way[-1], target, (source, output))
            self.ways.append((*way, target))
        self._arrange()

    def _link(self, upper, lower, tensor):
        self.links[self.row[upper]].append((upper, lower, tensor))

    def _arrange(self, sweeps=12):
        """Barycentre sweeps, down and up; the order with the fewest crossings stays."""
        self.above, self.below = [[[] for _ in self.row] for _ in range(2)]
        for links in self.links:
            for upper, lower, _ in links:
                self.above[lower].append(upper)
                self.below[upper].append(lower)
        self._walk()
        best, fewest, idle = self.rows, self._crossings(), 0
        for sweep in range(sweeps):
            if not fewest or idle == 4:
                break
            down = sweep % 2 == 0
            rows = [list(row) for row in self.rows]
            self.rows = rows
            for row in rows if down else reversed(rows):
                self._sort(row, self.above if down else self.below)
            crossings = self._crossings()
            idle += 1
            if crossings < fewest:
                best, fewest, idle = [list(row) for row in rows], crossings, 0
        self.rows = best

    def _walk(self):
        """The order in which a walk meets them that goes up from the ends: as in the call."""
        order = {}
        ends = [v for row in reversed(self.rows) for v in row if not self.below[v]]
        todo = sorted(ends, reverse=True)
        while todo:
            vertex = todo.pop()
            if vertex not in order:
                order[vertex] = len(order)
                todo += reversed(self.above[vertex])
        for row in self.rows:
            row.sort(key=order.get)

    def _sort(self, row, beside):
        place = {}
        for line in self.rows:
            place.update({vertex: i for i, vertex in enumerate(line)})
        here = {vertex: i for i, vertex in enumerate(row)}

        def middle(vertex):
            near = [place[other] for other in beside[vertex]]
            return sum(near) / len(near) if near else here[vertex]

        row.sort(key=lambda vertex: (middle(vertex), here[vertex]))

    def _crossings(self):
        place = {vertex: i for row in self.rows for i, vertex in enumerate(row)}
        total = 0
        for links in self.links:
            passed = []
            for _, lower in sorted((place[upper], place[lower]) for upper, lower, _ in links):
                total += len(passed) - bisect_left(passed, lower + 1)
                insort(passed, lower)
        return total

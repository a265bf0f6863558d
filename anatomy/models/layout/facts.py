"""Where the boxes of a graph stand and the lines between them run: a layered drawing.

Rows, then the order within a row, then places, then lines, as Sugiyama, Tagawa and Toda (1981)
have it: no Graphviz is needed.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

BESIDE, LANE = 16, 12  # least distance of two boxes; of a lane from all else
SIDE, PORT = 14, 14  # of a line from the corner of a box; of two lines at a box
TRACK = 8  # between two lines side by side
LEAN, NEAR = 40, 7  # of a line from the middle, at most; lines nearer than this would touch
SWEEPS, ROUNDS = 4, 2  # to put rows in order; to put boxes in place


@dataclass(frozen=True)
class Layout:
    """A drawing of width x height: ``boxes`` (left, top, width, height), and ``lines`` around
    them, for each edge the corners (x, y) from its source to its target."""

    width: float
    height: float
    boxes: tuple
    lines: tuple


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
    above, below = ([[] for _ in range(count)] for _ in range(2))
    for source, target in links:
        above[target].append(source)
        below[source].append(target)
    rows, full = [0] * count, Counter()
    for i in range(count):
        row = max((rows[j] + 1 for j in above[i]), default=0)
        while i not in points and full[row] >= most:
            row += 1
        rows[i] = row
        full[row] += i not in points
    for i in reversed(range(count)):
        if len(above[i]) < len(set(below[i])):
            row = min(rows[j] for j in below[i]) - 1
            while row > rows[i] and i not in points and full[row] >= most:
                row -= 1
            if row > rows[i]:
                full[rows[i]] -= i not in points
                full[row] += i not in points
                rows[i] = row
    used = sorted(set(rows))
    return [used.index(row) for row in rows]


def layout(sizes, edges, rows, *, room=0, ports=None, stub=16, head=10):
    """Put boxes in rows, from top to bottom, so that lines are short, straight and seldom cross.

    Within a row each box goes as near as it can to the median of those that it is linked with,
    by turns above and below. Lines are vertical where they pass a row and horizontal between
    two rows: none runs through a box.

    Args:
        sizes: (width, height) of each box.
        edges: (source, output, target): output number ``output`` of a box goes to another.
        rows: the row of each box, from ``ranks``.
        room: the width that the drawing may take; it takes more only if a row needs it.
        ports: (box, "in" or "out") -> the distances from its left side at which lines enter
            or leave it, one for each of its edges or outputs. By default they are spread.
        stub, head: the room that lines have below a box and above a box.

    Returns:
        Layout: the same for the same arguments, always.

    Source: Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of hierarchical
    system structures; Gansner et al. (1993), A technique for drawing directed graphs.
    """
    drawing = _Drawing(sizes, edges, rows, ports or {})
    drawing.order()
    drawing.put(room)
    drawing.straighten()
    drawing.enter()
    top, tops = 0, []
    for row, vertices in enumerate(drawing.rows):
        tops.append(top)
        tall = max((sizes[v][1] for v in vertices if v < len(sizes)), default=0)
        tracks = drawing.turn(row, top + tall + stub)
        last = row == len(drawing.rows) - 1
        top += tall + (0 if last else stub + head + TRACK * tracks)
    boxes = tuple(
        (drawing.x[v] - wide / 2, tops[rows[v]], wide, high) for v, (wide, high) in enumerate(sizes)
    )
    width = max((x + wide / 2 for x, wide in zip(drawing.x, drawing.wide, strict=True)), default=0)
    return Layout(width, top, boxes, tuple(drawing.line(n, boxes) for n in range(len(edges))))


class _Drawing:
    """Vertices in rows: the boxes, and behind them the lanes.

    A tensor that is taken more than one row below its source passes the rows between in a lane,
    one for all that take it. ``ways`` has for each edge the vertices that it passes.
    """

    def __init__(self, sizes, edges, rows, ports):
        self.count, self.edges, self.ways, lanes = len(sizes), edges, [], {}
        for source, output, target in edges:
            keys = [(source, output, row) for row in range(rows[source] + 1, rows[target])]
            lane = [lanes.setdefault(key, self.count + len(lanes)) for key in keys]
            self.ways.append((source, *lane, target))
        self.row = [*rows, *(row for *_, row in lanes)]
        self.wide = [width for width, _ in sizes] + [0] * len(lanes)
        self.rows = [[] for _ in range(max(self.row, default=-1) + 1)]
        for v, row in enumerate(self.row):
            self.rows[row].append(v)
        links = dict.fromkeys(  # into a lane one link for all, into a box one for each edge
            (u, v, n if v < self.count else None)
            for n, way in enumerate(self.ways)
            for u, v in pairwise(way)
        )
        self.above, self.below = ([[] for _ in self.row] for _ in range(2))
        for upper, lower, _ in links:
            self.above[lower].append(upper)
            self.below[upper].append(lower)
        self._find_ports(ports)

    def _find_ports(self, ports):
        """Where lines leave and enter the boxes, as far as it is given, from their middles."""
        self.into = [[n for n, e in enumerate(self.edges) if e[2] == v] for v in range(self.count)]
        self.out, self.fixed, self.alone = {}, {}, set()
        for v in range(self.count):
            half = self.wide[v] / 2
            outputs = 1 + max((e[1] for e in self.edges if e[0] == v), default=-1)
            even = [self.wide[v] * (i + 0.5) / outputs for i in range(outputs)]
            places = ports.get((v, "out")) or even
            self.out |= {(v, i): place - half for i, place in enumerate(places)}
            entries = zip(self.into[v], ports.get((v, "in"), ()), strict=False)
            self.fixed |= {n: place - half for n, place in entries}
            if sum(e[0] == v for e in self.edges) == 1 == outputs and (v, "out") not in ports:
                self.alone.add(v)
        self.y = {}  # of the turns: (row, tensor, start) -> the height of its track
        self.shift = {}  # how far right of the upper vertex the lower one is, on a straight line
        for n, way in enumerate(self.ways):
            self.shift[way[:2]] = self.out[self.edges[n][:2]]
            if n in self.fixed:
                self.shift[way[-2:]] = self.shift.get(way[-2:], 0) - self.fixed[n]

    def order(self):
        """Rows as a walk up from the ends meets them: as in the call; then barycentre sweeps."""
        order, todo = {}, [v for row in self.rows for v in reversed(row) if not self.below[v]]
        while todo:
            v = todo.pop()
            if v not in order:
                order[v] = len(order)
                todo += reversed(self.above[v])
        self.rows = [sorted(row, key=order.get) for row in self.rows]
        place = {v: i for row in self.rows for i, v in enumerate(row)}
        for sweep in range(SWEEPS):
            beside, step = ((self.above, 1), (self.below, -1))[sweep % 2]
            for row in self.rows[::step]:
                mean = {v: np.mean([place[u] for u in beside[v] or [v]]) for v in row}
                row.sort(key=lambda v: (mean[v], place[v]))
                place |= {v: i for i, v in enumerate(row)}

    def put(self, room):
        """``x``, the middle of each vertex, near those that it is linked with."""
        gaps = [[self._gap(a, b) for a, b in pairwise(row)] for row in self.rows]
        ends = [(self.wide[row[0]] / 2, self.wide[row[-1]] / 2) for row in self.rows]
        room = max([room, *(sum(gap) + sum(end) for gap, end in zip(gaps, ends, strict=True))])
        self.x = [room / 2] * len(self.row)
        for turn in range(2 * ROUNDS + 1):
            down = turn % 2 == 0
            rows = [*zip(self.rows, gaps, ends, strict=True)]
            for row, gap, (left, right) in rows if down else rows[::-1]:
                wanted = [self._wanted(v, down) for v in row]
                weights = [1 if v < self.count else 1e-6 for v in row]  # lanes give way
                places = apart(wanted, gap, weights, left, room - right)
                for v, place in zip(row, places, strict=True):
                    self.x[v] = place

    def _gap(self, a, b):
        between = BESIDE if max(a, b) < self.count else LANE
        return (self.wide[a] + self.wide[b]) / 2 + between

    def _wanted(self, v, down):
        """The median of what it is linked with; a box asks lanes only where there is no box."""
        beside = self.above[v] if down else self.below[v]
        near = [u for u in beside if max(u, v) < self.count] or beside
        places = [self.x[u] + (self.shift.get((u, v), 0) if down else -self.shift.get((v, u), 0))
                  for u in near]  # fmt: skip
        return median(places) if places else self.x[v]

    def straighten(self):
        """Each lane follows the one before it as far as its row lets it; x in whole pixels."""
        x = self.x
        around = {}
        for row in self.rows:
            around |= dict(zip(row, zip([None, *row], [*row[1:], None], strict=False), strict=True))
        for step in (-1, 1, -1, 1):  # up, and down
            for way in self.ways:
                for u, v in pairwise(way[1:-1][::step]):
                    left, right = around[v]
                    low = -1e9 if left is None else x[left] + self._gap(left, v)
                    high = 1e9 if right is None else x[right] - self._gap(v, right)
                    x[v] = min(max(x[u], low), high)
        left = min((x[v] - self.wide[v] / 2 for v in range(len(x))), default=0)
        self.x = [round(value - left) for value in x]

    def enter(self):
        """Where each line enters its box: straight below its origin, if it can, and apart from
        the others. A box's only line may leave beside the middle, if it is straight then."""
        self.entry = {n: self.x[self.edges[n][2]] + place for n, place in self.fixed.items()}
        for v, numbers in enumerate(self.into):
            if not numbers or all(n in self.fixed for n in numbers):
                continue
            origin = {n: self._start(self.ways[n][-2], n) for n in numbers}
            numbers = sorted(numbers, key=lambda n: (origin[n], n))
            room = max(self.wide[v] - 2 * SIDE, 0)
            low, high = self.x[v] - room / 2, self.x[v] + room / 2
            wanted = [max(low, min(origin[n], high)) for n in numbers]
            if len(numbers) == 1 and wanted != [origin[numbers[0]]]:
                wanted = [self.x[v]]
            gaps = [min(PORT, room / max(len(numbers) - 1, 1))] * (len(numbers) - 1)
            places = apart(wanted, gaps, [1] * len(numbers), low, high)
            self.entry |= dict(zip(numbers, places, strict=True))
        for n, way in enumerate(self.ways):
            aside = self._end(way[1], n) - self.x[way[0]]
            if way[0] in self.alone and abs(aside) <= LEAN:
                self.out[self.edges[n][:2]] = aside

    def _start(self, v, n):
        """Where the line of edge n leaves a vertex."""
        return self.x[v] + (self.out[self.edges[n][:2]] if v < self.count else 0)

    def _end(self, v, n):
        """Where it enters one."""
        return self.entry[n] if v < self.count else self.x[v]

    def turn(self, row, top):
        """Put the turns below a row on tracks; returns how many tracks."""
        groups = {}
        for n, way in enumerate(self.ways):
            for u, v in pairwise(way):
                start, end = self._start(u, n), self._end(v, n)
                if self.row[u] == row and start != end:
                    groups.setdefault((row, self.edges[n][:2], start), set()).add(end)
        # To the right the rightmost on top, to the left the leftmost: so few of them cross.
        order = sorted(groups, key=lambda key: -key[2] if max(groups[key]) > key[2] else key[2])
        levels, spans = {}, {}  # as high as can be, below all before it that it runs beside
        for key in order:
            spans[key] = low, high = min(key[2], *groups[key]), max(key[2], *groups[key])
            beside = [
                level for other, level in levels.items()
                if spans[other][0] - NEAR < high and low < spans[other][1] + NEAR
            ]  # fmt: skip
            levels[key] = max(beside, default=-1) + 1
        self.y |= {key: top + level * TRACK for key, level in levels.items()}
        return 1 + max(levels.values(), default=-1)

    def line(self, n, boxes):
        """The corners of an edge."""
        way, tensor = self.ways[n], self.edges[n][:2]
        _, top, _, high = boxes[way[0]]
        corners = [(self._start(way[0], n), top + high)]
        for u, v in pairwise(way):
            start, end = self._start(u, n), self._end(v, n)
            if start != end:
                y = self.y[self.row[u], tensor, start]
                corners += [(start, y), (end, y)]
        return (*corners, (self._end(way[-1], n), boxes[way[-1]][1]))


def apart(wanted, distances, weights, low=None, high=None):
    """The nearest places to those wanted that keep these distances, within low and high.

    Source: Ayer et al. (1955): pool adjacent violators.
    """
    passed = np.cumsum([0, *distances]).tolist()
    pools = []  # (value, weight, how many): the nearest values that never fall
    for place, past, weight in zip(wanted, passed, weights, strict=True):
        pools.append((place - past, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m, i), (b, n, j) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n, i + j)]
    free = [value for value, _, many in pools for _ in range(many)]
    if low is not None:
        free = [max(low, min(value, high - passed[-1])) for value in free]
    return [value + past for value, past in zip(free, passed, strict=True)]

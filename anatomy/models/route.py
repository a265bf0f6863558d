"""Lines between boxes: where they leave and enter, and side by side where they turn."""

import itertools
from collections import Counter

from anatomy.models.spacing import apart

SIDE, PORT, LEAN = (
    14,
    14,
    40,
)  # of a line from the corner of a box; of two lines at a box; from its middle, at most
NEAR = 7  # vertical lines nearer than this would touch


class Routes:
    """The lines of a Grid, whose vertices are ``wide``; ``ports`` as in ``layout``."""

    def __init__(self, grid, edges, wide, ports):
        self.grid, self.edges, self._wide = grid, edges, wide
        self._entering = [[] for _ in range(grid.count)]
        outputs = [0] * grid.count
        for number, (source, output, target) in enumerate(edges):
            self._entering[target].append(number)
            outputs[source] = max(outputs[source], output + 1)
        self._out = {}
        for v, many in enumerate(outputs):
            places = ports.get((v, "out")) or [wide[v] * (i + 0.5) / many for i in range(many)]
            self._out |= {(v, i): place - wide[v] / 2 for i, place in enumerate(places)}
        self._fixed = {
            number: place - wide[v] / 2
            for v in range(grid.count)
            for number, place in zip(self._entering[v], ports.get((v, "in"), ()), strict=False)
        }
        self._framed = {v for v in range(grid.count) if (v, "out") in ports or outputs[v] > 1}
        self._shift = {}
        for way, edge, number in zip(grid.ways, edges, range(len(edges)), strict=True):
            self._shift[way[0], way[1]] = self._out[edge[:2]]
            if number in self._fixed:
                end = way[-2], way[-1]
                self._shift[end] = self._shift.get(end, 0) - self._fixed[number]
        self._steps = [[] for _ in grid.rows]  # below each row: (edge, upper, lower vertex)
        for number, way in enumerate(grid.ways):
            for u, v in itertools.pairwise(way):
                self._steps[grid.row[u]].append((number, u, v))
        self._into, self._y = {}, {}

    def shift(self, u, v, down):
        """How far right of u the vertex v stands when the line between is straight."""
        return self._shift.get((u, v), 0) if down else -self._shift.get((v, u), 0)

    def spread(self, x):
        """Give each line the place at which it enters its box: straight below its origin, if it
        can be, and apart from the others."""
        for v, numbers in enumerate(self._entering):
            origin = {n: self._place(self.grid.ways[n][-2], n, x) for n in numbers}
            numbers = sorted(numbers, key=lambda n: (origin[n], n))
            if numbers and all(n in self._fixed for n in numbers):
                self._into |= {n: x[v] + self._fixed[n] for n in numbers}
                continue
            room = max(self._wide[v] - 2 * SIDE, 0)
            port = min(PORT, room / max(len(numbers) - 1, 1))
            low, high = x[v] - room / 2, x[v] + room / 2
            wanted = [max(low, min(origin[n], high)) for n in numbers]
            if len(numbers) == 1 and wanted != [origin[numbers[0]]]:
                wanted = [x[v]]
            gaps = [port] * (len(numbers) - 1)
            places = apart(wanted, gaps, [1] * len(numbers), low, high) if numbers else []
            self._into |= dict(zip(numbers, places, strict=True))
        self._lean(x)

    def _lean(self, x):
        """Let a box's only line leave a little beside the middle, if it is straight then."""
        taken = Counter(source for source, _, _ in self.edges)
        for number, way in enumerate(self.grid.ways):
            aside = self._end(way[1], number, x) - x[way[0]]
            if taken[way[0]] == 1 and way[0] not in self._framed and 0 < abs(aside) <= LEAN:
                self._out[self.edges[number][:2]] = aside

    def turn(self, row, x, top, step):
        """Put the turns below a row on tracks, ``step`` apart; returns how many tracks."""
        groups = {}
        for number, u, v in self._steps[row]:
            start, end = self._place(u, number, x), self._end(v, number, x)
            groups.setdefault((self.edges[number][:2], start), set()).add(end)
        turning = [
            (start, sorted(ends), (tensor, start))
            for (tensor, start), ends in sorted(groups.items())
            if ends != {start}
        ]
        levels = _levels(_sorted(turning))
        self._y |= {(row, key): top + level * step for key, level in levels.items()}
        return 1 + max(levels.values(), default=-1)

    def lines(self, x, boxes):
        """The corners of each edge."""
        return tuple(self._line(number, x, boxes) for number in range(len(self.edges)))

    def _line(self, number, x, boxes):
        way = self.grid.ways[number]
        _, top, _, height = boxes[way[0]]
        corners = [(self._place(way[0], number, x), top + height)]
        for u, v in itertools.pairwise(way):
            start, end = self._place(u, number, x), self._end(v, number, x)
            if start != end:
                y = self._y[self.grid.row[u], (self.edges[number][:2], start)]
                corners += [(start, y), (end, y)]
        corners.append((self._end(way[-1], number, x), boxes[way[-1]][1]))
        return tuple(corners)

    def _place(self, v, number, x):
        """Where the line of an edge leaves a vertex."""
        return x[v] + self._out[self.edges[number][:2]] if v < self.grid.count else x[v]

    def _end(self, v, number, x):
        return self._into[number] if v < self.grid.count else x[v]


def _sorted(turning):
    """Turns from the top track to the bottom one, with few crossings."""
    turning = sorted(turning, key=lambda turn: (turn[1][0], turn[0]))
    for _ in turning:
        moved = False
        for i in range(len(turning) - 1):
            one, other = turning[i : i + 2]
            if _cost(other, one) < _cost(one, other):
                turning[i : i + 2] = [other, one]
                moved = True
        if not moved:
            break
    return turning


def _cost(upper, lower):
    """Crossings of two turns, the first on the higher track; lines that touch cost more."""
    low, high = _span(lower)
    crossings = sum(low < end < high for end in upper[1])
    low, high = _span(upper)
    crossings += low < lower[0] < high
    return crossings + 100 * sum(abs(end - lower[0]) < NEAR for end in upper[1])


def _levels(turning):
    """key -> track: as high as can be, below all before it that it runs beside."""
    levels, placed = {}, []
    for turn in turning:
        low, high = _span(turn)
        level = 0
        for other, at in placed:
            a, b = _span(other)
            if a - NEAR < high and low < b + NEAR:
                level = max(level, at + 1)
        placed.append((turn, level))
        levels[turn[2]] = level
    return levels


def _span(turn):
    return min(turn[0], *turn[1]), max(turn[0], *turn[1])

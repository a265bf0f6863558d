"""Where the boxes of a graph stand and the lines between them run: a layered drawing."""

import itertools
from dataclasses import dataclass
from statistics import median

from anatomy.models.order import Grid
from anatomy.models.route import Routes
from anatomy.models.spacing import apart

BESIDE, LANE = 16, 12  # least distance of two boxes; of a lane from all else
ROUNDS = 6


@dataclass(frozen=True)
class Layout:
    """A drawing of width x height: ``boxes`` (left, top, width, height), and ``lines`` around
    them, for each edge the corners (x, y) from its source to its target."""

    width: float
    height: float
    boxes: tuple
    lines: tuple


def layout(sizes, edges, ranks, *, room=0, ports=None, stub=16, head=10, track=8):
    """Put boxes in rows, from top to bottom, so that lines are short, straight and seldom cross.

    Rows and their order are those of ``order``; within a row each box goes as near as it can to
    the median of those that it is linked with, by turns above and below. Lines are vertical
    where they pass a row and horizontal between two rows: none runs through a box.

    Args:
        sizes: (width, height) of each box.
        edges: (source, output, target): a tensor, output number ``output`` of a box, is taken
            by another.
        ranks: the row of each box, from ``order.ranks``.
        room: the width that the drawing may take; it takes more only if a row needs it.
        ports: (box, "in" or "out") -> the distances from its left side at which lines enter
            or leave it, one for each of its edges or outputs. By default they are spread.
        stub, head, track: the room that lines have below a box, above a box and between two
            lines side by side.

    Returns:
        Layout: the same for the same arguments, always.

    Source: Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of hierarchical
    system structures; Gansner et al. (1993), A technique for drawing directed graphs.
    """
    grid = Grid(ranks, edges)
    wide = [width for width, _ in sizes] + [0] * (len(grid.row) - grid.count)
    routes = Routes(grid, edges, wide, ports or {})
    x = _straight(grid, _columns(grid, wide, routes, room), wide)
    left = min((x[v] - wide[v] / 2 for v in range(len(x))), default=0)
    x = [round(value - left) for value in x]
    routes.spread(x)
    y, top = [], 0
    for row, vertices in enumerate(grid.rows):
        y.append(top)
        tall = max((sizes[v][1] for v in vertices if v < grid.count), default=0)
        turns = routes.turn(row, x, top + tall + stub, track)
        top += tall + (stub + head + track * turns) * bool(grid.links[row])
    boxes = tuple(
        (x[v] - width / 2, y[grid.row[v]], width, height) for v, (width, height) in enumerate(sizes)
    )
    width = max((x[v] + wide[v] / 2 for v in range(len(x))), default=0)
    return Layout(width, top, boxes, routes.lines(x, boxes))


def _distance(grid, wide, a, b):
    beside = BESIDE if max(a, b) < grid.count else LANE
    return (wide[a] + wide[b]) / 2 + beside


def _columns(grid, wide, routes, room):
    """The middle of each vertex, near those that it is linked with."""
    between = [
        [_distance(grid, wide, a, b) for a, b in itertools.pairwise(row)] for row in grid.rows
    ]
    needed = [
        sum(gaps) + (wide[row[0]] + wide[row[-1]]) / 2
        for row, gaps in zip(grid.rows, between, strict=True)
    ]
    room = max([room, *needed])
    x = [room / 2] * len(grid.row)
    for turn in range(2 * ROUNDS + 1):
        down = turn % 2 == 0
        beside = grid.above if down else grid.below
        order = range(len(grid.rows))
        for number in order if down else reversed(order):
            row, gaps = grid.rows[number], between[number]
            wanted, weights = [], []
            for v in row:
                lane = v >= grid.count
                near = [u for u in beside[v] if lane or u not in grid.skips] or beside[v]
                places = [x[u] + routes.shift(u, v, down) for u in near]
                wanted.append(median(places) if places else x[v])
                weights.append(1e-6 if v in grid.skips else 1)
            low = wide[row[0]] / 2
            high = room - wide[row[-1]] / 2
            for v, place in zip(row, apart(wanted, gaps, weights, low, high), strict=True):
                x[v] = place
    return x


def _straight(grid, x, wide):
    """Lanes made straight, as far down as there is a free corridor."""
    side = {}
    for row in grid.rows:
        for a, b in itertools.pairwise(row):
            side.setdefault(a, [None, None])[1] = b
            side.setdefault(b, [None, None])[0] = a

    def free(v):
        left, right = side.get(v, (None, None))
        low = -1e9 if left is None else x[left] + _distance(grid, wide, left, v)
        high = 1e9 if right is None else x[right] - _distance(grid, wide, v, right)
        return low, high

    for chain in _lanes(grid):
        while chain:
            (low, high), length = free(chain[0]), 1
            for v in chain[1:]:
                a, b = free(v)
                if max(a, low) > min(b, high):
                    break
                low, high, length = max(a, low), min(b, high), length + 1
            place = max(low, min(median(x[v] for v in chain[:length]), high))
            for v in chain[:length]:
                x[v] = place
            chain = chain[length:]
    return x


def _lanes(grid):
    """Each lane, from top to bottom, once."""
    seen = set()
    for way in sorted(grid.ways, key=len, reverse=True):
        lane = [v for v in way[1:-1] if v not in seen]
        seen.update(lane)
        yield lane

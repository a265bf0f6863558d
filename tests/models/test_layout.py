"""The layout of a graph: by geometry, on graphs that it was not written around."""

import itertools

import numpy as np
import pytest

from anatomy.models.layout.facts import apart, layout, ranks


def random_graph(seed):
    """Sizes and edges of a graph of up to 30 boxes, some with two outputs, some points."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 30))
    edges = []
    for target in range(1, count):
        for source in rng.choice(target, min(target, int(rng.integers(1, 4))), replace=False):
            edges.append((int(source), int(rng.integers(0, 2)), target))
    sizes = [(int(rng.integers(100, 280)), int(rng.integers(25, 200))) for _ in range(count)]
    return sizes, sorted(edges, key=lambda edge: edge[2])


def drawn(sizes, edges, **more):
    rows = ranks(len(sizes), [(source, target) for source, _, target in edges], **more)
    return rows, layout(sizes, edges, rows)


def overlaps(boxes):
    return [
        (i, j)
        for (i, a), (j, b) in itertools.combinations(enumerate(boxes), 2)
        if min(a[0] + a[2], b[0] + b[2]) > max(a[0], b[0])
        and min(a[1] + a[3], b[1] + b[3]) > max(a[1], b[1])
    ]


def crossed(boxes, lines):
    """(line, box) where a piece of a line runs through the inside of a box."""
    found = []
    for number, line in enumerate(lines):
        for (x, y), (u, v) in itertools.pairwise(line):
            for i, (left, top, width, height) in enumerate(boxes):
                across = min(x, u) < left + width and max(x, u) > left
                down = min(y, v) < top + height and max(y, v) > top
                if across and down:
                    found.append((number, i))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_boxes_stand_apart_and_no_line_runs_through_one(seed):
    sizes, edges = random_graph(seed)
    _, place = drawn(sizes, edges, most=4)
    assert [box[2:] for box in place.boxes] == sizes
    assert overlaps(place.boxes) == []
    assert crossed(place.boxes, place.lines) == []


@pytest.mark.parametrize("seed", range(8))
def test_lines_lead_from_box_to_box_straight_across_and_down(seed):
    sizes, edges = random_graph(seed)
    _, place = drawn(sizes, edges)
    for (source, _, target), line in zip(edges, place.lines, strict=True):
        (left, top, width, height), (x, y) = place.boxes[source], line[0]
        assert left <= x <= left + width
        assert y == top + height
        (left, top, width, _), (x, y) = place.boxes[target], line[-1]
        assert left <= x <= left + width
        assert y == top
        for (x, y), (u, v) in itertools.pairwise(line):
            assert (x == u) != (y == v)
            assert v >= y


def test_a_line_through_a_box_is_seen():
    boxes = [(0, 0, 100, 20), (0, 40, 100, 20), (0, 80, 100, 20)]
    assert crossed(boxes, [((50, 20), (50, 80))]) == [(0, 1)]
    assert crossed(boxes, [((50, 20), (50, 30), (110, 30), (110, 70), (50, 70), (50, 80))]) == []
    assert overlaps([*boxes, (90, 50, 30, 5)]) == [(1, 3)]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_graph_is_drawn_in_the_same_way(seed):
    assert drawn(*random_graph(seed)) == drawn(*random_graph(seed))


def test_a_chain_is_straight():
    sizes = [(100, 30), (280, 40), (60, 20), (200, 30)]
    _, place = drawn(sizes, [(0, 0, 1), (1, 0, 2), (2, 0, 3)])
    assert {x for line in place.lines for x, _ in line} == {140}
    assert [len(line) for line in place.lines] == [2, 2, 2]


def test_a_skip_leaves_the_main_path_straight():
    sizes = [(100, 30)] * 5
    edges = [(0, 0, 1), (1, 0, 2), (2, 0, 3), (0, 0, 3), (3, 0, 4)]
    _, place = drawn(sizes, edges)
    assert len({left for left, *_ in place.boxes}) == 1
    lane = [x for x, _ in place.lines[3][2:-2]]
    assert len(set(lane)) == 1
    assert not place.boxes[0][0] <= lane[0] <= place.boxes[0][0] + 100


def test_two_branches_are_put_on_both_sides():
    _, place = drawn([(100, 30)] * 4, [(0, 0, 1), (0, 0, 2), (1, 0, 3), (2, 0, 3)])
    left = [box[0] for box in place.boxes]
    assert left[0] == left[3] == (left[1] + left[2]) / 2
    assert left[1] < left[2]


def test_rows_are_below_what_they_take_and_inputs_near():
    links = [(0, 2), (2, 3), (3, 4), (1, 4)]
    assert ranks(5, links) == [0, 2, 1, 2, 3]
    for seed in range(6):
        sizes, edges = random_graph(seed)
        rows, _ = drawn(sizes, edges, most=3)
        assert all(rows[source] < rows[target] for source, _, target in edges)
        assert max(np.bincount(rows)) <= 3


def test_points_always_have_room_in_a_row():
    links = [(0, target) for target in range(1, 8)]
    assert max(np.bincount(ranks(8, links, most=3))) == 3
    assert ranks(8, links, most=3, points=set(range(1, 8))) == [0] + [1] * 7


def crossings(place):
    """How often two lines cross, of which neither begins where the other does."""
    pieces = [(line[0], *pair) for line in place.lines for pair in itertools.pairwise(line)]
    return sum(
        one != other and min(a[0], b[0]) < c[0] < max(a[0], b[0]) and c[1] < a[1] < d[1]
        for (one, a, b), (other, c, d) in itertools.permutations(pieces, 2)
        if a[1] == b[1] and c[0] == d[0]
    )


def test_what_can_be_drawn_without_crossings_is():
    edges = [(0, 0, 5), (1, 0, 4), (2, 0, 3), (3, 0, 6), (4, 0, 6), (5, 0, 6)]
    assert crossings(layout([(100, 30)] * 7, edges, [0, 0, 0, 1, 1, 1, 2])) == 0
    tangled = [(0, 0, 2), (0, 0, 3), (1, 0, 2), (1, 0, 3)]
    assert crossings(layout([(100, 30)] * 4, tangled, [0, 0, 1, 1])) == 1


def test_one_lane_for_all_that_take_a_tensor():
    edges = [(i, 0, i + 1) for i in range(4)] + [(0, 0, 2), (0, 0, 3), (0, 0, 4)]
    place = layout([(100, 30)] * 5, sorted(edges, key=lambda edge: edge[2]), range(5))
    lanes = {x for line in place.lines for x, _ in line if not 0 <= x - place.boxes[0][0] <= 100}
    assert len(lanes) == 1


def test_lines_follow_the_ports():
    sizes, edges, rows = [(100, 30)] * 3, [(0, 0, 2), (1, 0, 2)], [0, 0, 1]
    place = layout(sizes, edges, rows, ports={(2, "in"): [20, 80], (0, "out"): [90]})
    left = place.boxes[2][0]
    assert [line[-1][0] for line in place.lines] == [left + 20, left + 80]
    assert place.lines[0][0][0] == place.boxes[0][0] + 90


@pytest.mark.parametrize("seed", range(4))
def test_places_are_the_nearest_of_all_that_keep_their_distances(seed):
    rng = np.random.default_rng(seed)
    wanted, weights = rng.normal(size=6), rng.uniform(0.1, 3, 6)
    distances = rng.uniform(0, 0.5, 5)
    found = np.array(apart(wanted, distances, weights))
    assert (np.diff(found) >= distances - 1e-9).all()
    cost = (weights * (found - wanted) ** 2).sum()
    # Less the distances the answer is constant on pieces, and on each it is their weighted mean.
    passed = np.cumsum([0, *distances])
    free, best = wanted - passed, np.inf
    for cuts in itertools.product([False, True], repeat=5):
        pieces = np.split(np.arange(6), [i + 1 for i, cut in enumerate(cuts) if cut])
        means = [np.average(free[piece], weights=weights[piece]) for piece in pieces]
        if (np.diff(means) >= 0).all():
            other = np.concatenate([np.full(len(p), m) for p, m in zip(pieces, means, strict=True)])
            best = min(best, (weights * (other - free) ** 2).sum())
    assert cost == pytest.approx(best)


def test_places_keep_their_distances_and_limits():
    assert apart([0, 0, 0], [10, 10], [1, 1, 1]) == [-10, 0, 10]
    assert apart([0, 0, 0], [10, 10], [1, 1, 1], low=0, high=50) == [0, 10, 20]
    assert apart([5, 40], [10], [1, 1]) == [5, 40]


def test_nothing_is_nothing():
    place = layout([], [], [])
    assert (place.width, place.height, place.boxes, place.lines) == (0, 0, (), ())

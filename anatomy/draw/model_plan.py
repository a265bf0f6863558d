"""Where everything of a graph goes: boxes, frames in which a graph stands, and lines."""

from dataclasses import dataclass, field, replace

from anatomy import models
from anatomy.draw import style
from anatomy.draw.model_words import COLORS, PAD, high, lines, loss, role, row, shape

FEW = 30  # layers that are drawn as a box each; of more, rows are put together
WIDE = {False: 280, True: 420}  # of a box alone in its row: few, many layers
MOST = {False: 5, True: 4}  # boxes in a row
NARROW, BAR, BESIDE, LANE = 118, 192, 16, 12
ROW, BOX = 6, 9  # what a row and a box have above and below their words
HEAD, INNER = 30, 12  # the title of a frame, its margins


@dataclass
class Unit:
    """A box: a layer, several one after the other, a frame with a plan inside, or an end."""

    nodes: tuple = ()
    numbers: tuple = ()  # of these nodes in the graph
    words: tuple = ()  # for each node its lines
    roles: tuple = ()
    plan: "Plan | None" = None
    loss: str = ""
    size: tuple = (0, 0)


@dataclass
class Plan:
    """The units of a graph and where they go; ``labels`` are (shape, x, top, room beside)."""

    graph: models.Graph
    units: list
    edges: list
    place: models.Layout
    many: bool
    labels: list = field(default_factory=list)


def plan(graph, room, many=None, top=True, strip=0):
    """The Plan of a Graph in so many CSS pixels of width.

    ``strip``: how much higher the boxes of layers are made, to show values below the words.
    """
    if many is None:
        graph = _folded(graph) if _count(graph) > FEW else graph
        many = _count(graph) > FEW
    chains = _chains(graph) if many else [(i,) for i in range(len(graph.nodes))]
    units = [Unit(nodes=tuple(graph.nodes[i] for i in chain), numbers=chain) for chain in chains]
    edges, ends = _edges(graph, chains, units)
    points = {i for i, unit in enumerate(units) if i in ends or unit.nodes[0].kind == "entry"}
    links = [(source, target) for source, _, target in edges]
    points -= {i for i in ends if units[i].loss}
    for most in range(MOST[many], 1, -1):
        rows = models.ranks(len(units), links, most=most, points=points)
        widths = _widths(rows, edges, points, room, many)
        if min(width for width, _ in widths) >= min(NARROW, room):
            break
    if not top:
        rows = [max(rows) if i in ends else r for i, r in enumerate(rows)]
    taken = _taken(graph)
    for unit, width in zip(units, widths, strict=True):
        _fit(unit, width, [taken[i] for i in unit.numbers], room, many)
        if unit.words and unit.nodes:
            unit.size = unit.size[0], unit.size[1] + strip
    if not many:
        _level(units, rows)
    ports = _ports(units)
    stub, head = (7, 10) if many else (16 if _beside(units) else 24, 8)
    place = models.layout(
        [unit.size for unit in units], edges, rows, room=room, ports=ports, stub=stub, head=head
    )
    made = Plan(graph, units, edges, place, many)
    made.labels = [] if many else list(_labels(made))
    return made


def _folded(graph):
    """The graph with its repeated blocks folded, those of nested models too."""
    nodes = [n if n.inside is None else replace(n, inside=_folded(n.inside)) for n in graph.nodes]
    return models.folded(replace(graph, nodes=tuple(nodes)))


def _count(graph):
    return sum(_count(node.inside) if node.inside else 1 for node in graph.nodes)


def _taken(graph):
    taken = [0] * len(graph.nodes)
    for edge in graph.edges:
        taken[edge.target] += 1
    return taken


def _chains(graph):
    """Nodes that hand one tensor from one to the next, put together."""
    gives = [set() for _ in graph.nodes]
    for edge in graph.edges:
        gives[edge.source].add((edge.output, edge.target))
    for i, output in graph.outputs:
        gives[i].add((output, None))
    taken, before = _taken(graph), {edge.target: edge.source for edge in graph.edges}
    alone = {i for i, node in enumerate(graph.nodes) if node.inside or node.kind == "entry"}
    chain = {}
    for i in range(len(graph.nodes)):
        joined = taken[i] == 1 and len(gives[before[i]]) == 1 and not {i, before[i]} & alone
        chain[i] = chain[before[i]] if joined else []
        chain[i].append(i)
    distinct = {id(members): tuple(members) for members in chain.values()}
    return sorted(distinct.values(), key=lambda members: members[-1])


def _edges(graph, chains, units):
    """Edges between units, with an end for each output; returns the numbers of the ends, too."""
    where = {i: number for number, chain in enumerate(chains) for i in chain}
    edges = [
        (where[edge.source], edge.output, where[edge.target])
        for edge in graph.edges
        if where[edge.source] != where[edge.target]
    ]
    outputs = graph.outputs
    if not graph.wired:
        edges = [(i, 0, i + 1) for i in range(len(units) - 1)]
        outputs = [(len(graph.nodes) - 1, 0)] if any(graph.losses) else []
    ends = set()
    for number, (i, output) in enumerate(outputs):
        ends.add(len(units))
        edges.append((where[i], output, len(units)))
        units.append(Unit(loss=graph.losses[number] if graph.losses else ""))
    return edges, ends


def _widths(rows, edges, points, room, many):
    """For each unit its width, the same between two rows of one box, and that of a frame."""
    total = max(rows, default=0) + 1
    boxes, lanes = [0] * total, [set() for _ in range(total)]
    for i, r in enumerate(rows):
        boxes[r] += i not in points
    for source, output, target in edges:
        for r in range(rows[source] + 1, rows[target]):
            lanes[r].add((source, output))
    begin, alone = 0, min(WIDE[many], room)
    widths, most = [alone] * total, [room] * total
    for r in range(total + 1):
        if r == total or (boxes[r] <= 1 and not lanes[r]):
            part = range(begin, r)
            if part:
                columns = max(1, *(boxes[i] for i in part))
                beside = max(len(lanes[i]) for i in part)
                each = (room - beside * LANE - (columns - 1) * BESIDE) / columns
                for i in part:
                    most[i] = each
                    widths[i] = min(alone, each)
            begin = r + 1
    return [(widths[r], most[r]) for r in rows]


def _fit(unit, widths, taken, room, many):
    """Set the size of a unit and the lines in it."""
    width, most = (max(NARROW, value) for value in widths)
    if not unit.nodes:
        unit.words = (loss(unit.loss, width - 2 * PAD),) if unit.loss else ()
        unit.roles = ("loss",)
        unit.size = (round(width), high(unit.words[0]) + BOX) if unit.loss else (0, 0)
    elif unit.nodes[0].kind == "entry":
        unit.size = (0, 0)
    elif unit.nodes[0].inside:
        inside = unit.nodes[0].inside
        unit.plan = plan(inside, most - 2 * INNER, many, top=False)
        inner = unit.plan.place
        unit.size = (
            max(inner.width + 2 * INNER, min(most, 360)),
            inner.height + HEAD + (0 if inside.outputs else INNER),
        )
        unit.roles = ("model",)
    else:
        bar = len(taken) == 1 and taken[0] > 2 and most == room  # alone below many
        width = round(min(most, BAR * taken[0]) if bar else width)
        unit.roles = tuple(role(n, k) for n, k in zip(unit.nodes, taken, strict=True))
        room, before, words = width - 2 * PAD, "", []
        for node, one in zip(unit.nodes, unit.roles, strict=True):
            color = COLORS[one]
            words.append(row(node, color, room, before) if many else lines(node, color, room))
            before = shape(node, batch=False)
        unit.words = tuple(words)
        unit.size = (width, sum(high(words) + (ROW if many else BOX) for words in unit.words))


def _level(units, rows):
    """Boxes in a row equally high."""
    highest = {}
    for unit, r in zip(units, rows, strict=True):
        if unit.words:
            highest[r] = max(highest.get(r, 0), unit.size[1])
    for unit, r in zip(units, rows, strict=True):
        if unit.words:
            unit.size = unit.size[0], highest[r]


def _beside(units):
    """Whether all shapes find room beside the lines that leave the boxes."""
    return all(
        _room(unit) >= style.width(shape(node, i), size=style.SMALL)
        for unit in units
        for node in unit.nodes[-1:]
        for i in range(len(node.shapes))
    )


def _room(unit):
    """The room beside a line that leaves a box."""
    many = len(unit.nodes[-1].shapes)
    return unit.size[0] / (2 * many) - 8


def _ports(units):
    """Where lines enter and leave the frames: right above and below where they go on inside."""
    ports = {}
    for number, unit in enumerate(units):
        if unit.plan:
            inner, graph = unit.plan.place, unit.plan.graph
            margin = (unit.size[0] - inner.width) / 2
            middle = [margin + left + width / 2 for left, _, width, _ in inner.boxes]
            first = {u.numbers[0]: i for i, u in enumerate(unit.plan.units) if u.nodes}
            starts = [first[i] for i in graph.inputs if i in first]
            if graph.wired and starts:
                ports[number, "in"] = [middle[i] for i in starts]
            ends = [middle[i] for i, u in enumerate(unit.plan.units) if not u.nodes]
            if ends:
                ports[number, "out"] = ends
    return ports


def _labels(made):
    """The shape of each tensor, written once, where it leaves its box."""
    said = set()
    for (source, output, _), line in zip(made.edges, made.place.lines, strict=True):
        unit = made.units[source]
        node = unit.nodes[-1]
        text = shape(node, output)
        if (source, output) in said or node.kind == "entry" or node.inside or not text:
            continue
        said.add((source, output))
        beside = _room(unit) >= style.width(text, size=style.SMALL)
        yield text, *line[0], beside

"""The boxes of a graph: what stands in each, how large it is, and with ``layout`` where it goes."""

from dataclasses import dataclass, replace

from anatomy.base.type import SMALL, TEXT, width, wrap
from anatomy.models.blocks.facts import folded, without_middle
from anatomy.models.graph.facts import Graph
from anatomy.models.layout.facts import BESIDE, LANE, Layout, layout, ranks

FEW = 30  # layers that are drawn as a box each; of more, rows are put together
WIDE = {False: 280, True: 420}  # CSS pixels, of a box alone in its row: few, many layers
MOST = {False: 5, True: 4}  # boxes in a row
NARROW = 118  # the least width of a box
PAD, ROW, BOX = 9, 6, 9  # beside the words of a box; above and below those of a row, of a box
BETWEEN, APART = 3, 7  # two lines; two words in a line
HIGHEST = 6000  # CSS pixels of all rows
SPARE, COLUMN = 300, 80  # a row this wide has a column for the shape
VALUES, SIDE = 250, 34  # values of a layer: beside the words of such a row, how wide; how high
HEAD, INNER = 30, 12  # the title of a frame, its margins
#: The colour of each role. A role is to be read in words too: a type, a count, lines that meet.
COLORS = {"input": "data", "weights": "optimizer", "frozen": "quiet", "plain": "quiet",
          "merge": "layers", "model": "layers", "loss": "loss", "broken": "alarm"}  # fmt: skip


@dataclass
class Unit:
    """A box: a layer, several one after the other, a frame with a plan inside, or an end.

    Attributes:
        nodes, numbers: what stands in it, and where that is in the graph; () for an end.
        words: for each node its lines, each (left, right), lists of (text, color, size, bold).
        roles: for each node a name of ``COLORS``. heights: of the row of each node.
        aside: the room that values have beside the words; 0: they stand beneath.
        plan: of what is inside a frame. loss: at an end, the name of the loss.
        size: (width, height).
    """

    nodes: tuple = ()
    numbers: tuple = ()
    words: tuple = ()
    roles: tuple = ()
    heights: tuple = ()
    aside: int = 0
    plan: "Plan | None" = None
    loss: str = ""
    size: tuple = (0, 0)


@dataclass
class Plan:
    """The units of a graph, the edges between them and where both go.

    ``many``: whether each layer is a row of a box, and not a box by itself.
    """

    graph: Graph
    units: list
    edges: list
    place: Layout
    many: bool

    def shapes(self):
        """(text, x, y, whether it stands beside the line) of each tensor, where it leaves a box."""
        written = set()
        for (source, output, _), line in zip(self.edges, self.place.lines, strict=True):
            unit = self.units[source]
            if (source, output) not in written and not unit.plan and unit.words and not self.many:
                written.add((source, output))
                if text := shape(unit.nodes[-1], output):
                    yield text, *line[0], _beside(unit) >= width(text, SMALL)


def plan(graph, room, many=None, top=True, values=False):
    """The Plan of a Graph in so many CSS pixels of width.

    ``values``: whether there is room for those of each layer, in wide rows beside the words.
    """
    if many is None:
        graph = _folded(graph) if _count(graph) > FEW else graph
        many = _count(graph) > FEW
    taken = [len(graph.into(i)) for i in range(len(graph.nodes))]
    chains = _chains(graph, taken) if many else [(i,) for i in range(len(graph.nodes))]
    units = [Unit(tuple(graph.nodes[i] for i in chain), chain) for chain in chains]
    edges, ends = _edges(graph, chains, units)
    points = {i for i, unit in enumerate(units)
              if (not unit.loss if i in ends else unit.nodes[0].kind == "entry")}  # fmt: skip
    for most in range(MOST[many], 1, -1):
        rows = ranks(len(units), [(e[0], e[2]) for e in edges], most=most, points=points)
        widths = _widths(rows, edges, points, room, WIDE[many] + VALUES * (many and values))
        if min(width for width, _ in widths) >= min(NARROW, room):
            break
    if not top:
        rows = [max(rows) if i in ends else r for i, r in enumerate(rows)]
    for unit, size in zip(units, widths, strict=True):
        _fit(unit, size, [taken[i] for i in unit.numbers], room, many, values)
    if not many:  # boxes in a row equally high
        for row in set(rows):
            boxes = [u for u, r in zip(units, rows, strict=True) if r == row and u.words]
            for unit in boxes:
                unit.heights = (max(box.size[1] for box in boxes),)
                unit.size = unit.size[0], *unit.heights
    stub, head = (7, 10) if many else (16 if all(map(_roomy, units)) else 24, 8)
    sizes = [unit.size for unit in units]
    place = layout(sizes, edges, rows, room=room, ports=_ports(units), stub=stub, head=head)
    if top and place.height > HIGHEST and len(graph.nodes) > 2:
        ends = int(len(graph.nodes) * min(HIGHEST / place.height, 0.9) / 2)
        return plan(without_middle(graph, ends), room, True)
    return Plan(graph, units, edges, place, many)


def shape(node, output=0, *, batch=True):
    """The shape of an output; a side that grows from block to block as "64…256"."""
    if not node.shapes:
        return ""
    sides = node.shapes[output]
    last = node.last.shapes[output] if node.last and node.kind != "block" else sides
    last = last if len(last) == len(sides) else sides
    texts = [_span(str(a), str(b)) for a, b in zip(sides, last, strict=True)]
    if batch:
        return f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    return "×".join(texts[1:] if texts[:1] == ["None"] else texts) or "1"


def parameters(node, unit=" parameters"):
    """The number of parameters; "" where there are none."""
    if not node.parameters or node.call > 1:
        return "the same weights" if node.parameters else ""
    last = node.last.parameters if node.last and node.kind != "block" else node.parameters
    count = _span(f"{node.parameters:,}", f"{last:,}")
    return count + unit.removesuffix("s" * (count == "1")) + ", frozen" * (not node.trainable)


def shared(node):
    """Which call of a shared layer this is."""
    return f"shared: call {node.call} of {node.calls}" if node.calls > 1 else ""


def high(lines):
    """The height of lines."""
    return sum(max(part[2] for part in left + right) + BETWEEN for left, right in lines)


def wide(parts):
    """The width of words in a line."""
    widths = [width(text, size, bold) for text, _, size, bold in parts if text]
    return sum(widths) + APART * max(len(widths) - 1, 0)


def _span(first, last):
    return first if first == last else f"{first}…{last}"


def _folded(graph):
    """The graph with its repeated blocks folded, those of nested models too."""
    nodes = [n if n.inside is None else replace(n, inside=_folded(n.inside)) for n in graph.nodes]
    return folded(replace(graph, nodes=tuple(nodes)))


def _count(graph):
    return sum(_count(node.inside) if node.inside else 1 for node in graph.nodes)


def _chains(graph, taken):
    """Nodes of which each takes only what the one before it gives, put together."""
    gives = [set() for _ in graph.nodes]
    for edge in graph.edges:
        gives[edge.source].add((edge.output, edge.target))
    for i, output in graph.outputs:
        gives[i].add((output, None))
    before = {edge.target: edge.source for edge in graph.edges}
    alone = {i for i, node in enumerate(graph.nodes) if node.inside or node.kind == "entry"}
    chains = {}
    for i in range(len(graph.nodes)):
        joined = taken[i] == 1 and len(gives[before[i]]) == 1 and not {i, before[i]} & alone
        chains[i] = chains[before[i]] if joined else []
        chains[i].append(i)
    distinct = {id(chain): tuple(chain) for chain in chains.values()}
    return sorted(distinct.values(), key=lambda chain: chain[-1])


def _edges(graph, chains, units):
    """Edges between units, with an end for each output; returns the numbers of the ends, too."""
    where = {i: number for number, chain in enumerate(chains) for i in chain}
    edges = [(where[e.source], e.output, where[e.target]) for e in graph.edges]
    edges = [edge for edge in edges if edge[0] != edge[2]]
    outputs, losses = graph.outputs, graph.losses
    if not graph.wired:
        edges = [(i, 0, i + 1) for i in range(len(units) - 1)]
        losses = tuple(filter(None, losses))
        outputs = [(len(graph.nodes) - 1, 0)] * len(losses)
    ends = set()
    for number, (i, output) in enumerate(outputs):
        ends.add(len(units))
        edges.append((where[i], output, len(units)))
        units.append(Unit(loss=losses[number] if losses else ""))
    return edges, ends


def _widths(rows, edges, points, room, alone):
    """For each unit its width, the same between two rows of one box, and that of a frame."""
    total = max(rows, default=0) + 1
    boxes, lanes = [0] * total, [set() for _ in range(total)]
    for i, r in enumerate(rows):
        boxes[r] += i not in points
    for source, output, target in edges:
        for r in range(rows[source] + 1, rows[target]):
            lanes[r].add((source, output))
    begin, alone = 0, min(alone, room)
    widths = [(alone, room)] * total
    for r in range(total + 1):
        if r == total or (boxes[r] <= 1 and not lanes[r]):
            if part := range(begin, r):
                columns = max(1, *(boxes[i] for i in part))
                beside = max(len(lanes[i]) for i in part)
                each = (room - beside * LANE - (columns - 1) * BESIDE) / columns
                widths[begin:r] = [(min(alone, each), each)] * len(part)
            begin = r + 1
    return [widths[r] for r in rows]


def _fit(unit, widths, taken, room, many, values):
    """Set the words, the roles and the size of a unit."""
    width, most = (max(NARROW, value) for value in widths)
    if unit.loss:
        unit.words, unit.roles = (_loss(unit.loss, width - 2 * PAD),), ("loss",)
        unit.heights = (high(unit.words[0]) + BOX,)
        unit.size = round(width), *unit.heights
    elif unit.nodes and unit.nodes[0].inside:
        inside = unit.nodes[0].inside
        unit.plan, unit.roles = plan(inside, most - 2 * INNER, many, False), ("model",)
        inner = unit.plan.place
        foot = 0 if inside.outputs else INNER
        unit.size = max(inner.width + 2 * INNER, min(most, 360)), inner.height + HEAD + foot
    elif unit.nodes and unit.nodes[0].kind != "entry":
        bar = len(taken) == 1 and taken[0] > 2 and most == room  # alone below many
        width = round(min(most, (WIDE[many] + BESIDE) * taken[0]) if bar else width)
        unit.roles = tuple(_role(*pair) for pair in zip(unit.nodes, taken, strict=True))
        unit.aside = VALUES * (many and values and width >= SPARE + VALUES)
        room_of_words = width - 2 * PAD - unit.aside - APART * bool(unit.aside)
        before, words, heights = "", [], []
        for node, role in zip(unit.nodes, unit.roles, strict=True):
            words.append(_words(node, COLORS[role], room_of_words, many, before))
            tall = high(words[-1]) + (ROW if many else BOX)
            heights.append(max(tall, SIDE + 4) if unit.aside else tall + (SIDE + 4) * values)
            before = shape(node, batch=False)
        unit.words, unit.heights = tuple(words), tuple(heights)
        unit.size = width, sum(heights)


def _role(node, taken):
    """The role of a node that takes so many tensors."""
    if node.kind in ("input", "model", "broken"):
        return node.kind
    if node.parameters:
        return "weights" if node.trainable else "frozen"
    return "merge" if taken > 1 else "plain"


def _words(node, color, room, many, before):
    """The lines of a layer, in the first of these arrangements that fits.

    ``before`` is the shape in the row above: where room is scarce, it isn't written twice.
    """
    size = SMALL if many else TEXT
    *first, kind = ((part, "ink", size, True) for part in wrap(node.type, room, size, True))
    last = node.last.settings if node.last else node.settings
    settings = _span(node.settings, last), "ink", SMALL, False
    name = node.name, "quiet", SMALL, False
    count = parameters(node, "" if many else " parameters"), color, SMALL, False
    if wide([count]) > room:
        count = parameters(node, ""), *count[1:]
    call = shared(node), "layers", SMALL, True
    sides = shape(node, batch=False) if many else ""
    sides = "" if room < SPARE and sides == before else sides, "ink", SMALL, False
    short = ([kind, settings, name, call], [count, sides]) if many else ([kind, settings], [name])
    column = max(COLUMN - width(sides[0], SMALL), 0) if many and room >= SPARE else 0
    if wide(short[0] + short[1]) + column <= room and (many or not count[0] + call[0]):
        groups = [short]
    elif wide([kind, settings, sides]) <= room:
        groups = [([kind, settings], [sides]), ([name], [count]), ([call], [])]
    else:
        groups = [([kind, settings], []), ([name], [count, sides]), ([call], [])]
    lines = [([part], []) for part in first]
    for left, right in groups:
        if wide(left + right) <= room:
            lines.append((left, right))
        else:
            lines += [(left, [])] if wide(left) <= room else [([part], []) for part in left]
            lines += (
                [([], right)] if many and wide(right) <= room else [([part], []) for part in right]
            )
    return [(left, right) for left, right in lines if wide(left + right)]


def _loss(name, room):
    """The words of a loss."""
    head, small = ("loss", "loss", TEXT, True), (name, "ink", SMALL, False)
    if wide([head, small]) <= room:
        return [([head, small], [])]
    return [([head], []), *(([(part, *small[1:])], []) for part in wrap(name, room, SMALL))]


def _roomy(unit):
    """Whether all shapes find room beside the lines that leave a box."""
    node = unit.nodes[-1] if unit.nodes else None
    outputs = range(len(node.shapes)) if node else ()
    return all(_beside(unit) >= width(shape(node, i), SMALL) for i in outputs)


def _beside(unit):
    """The room beside a line that leaves a box."""
    return unit.size[0] / (2 * len(unit.nodes[-1].shapes)) - 8


def _ports(units):
    """Where lines enter and leave the frames: right above and below where they go on inside."""
    ports = {}
    for number, unit in enumerate(units):
        if unit.plan:
            inner, graph = unit.plan.place, unit.plan.graph
            margin = (unit.size[0] - inner.width) / 2
            middle = [margin + left + across / 2 for left, _, across, _ in inner.boxes]
            first = {u.numbers[0]: i for i, u in enumerate(unit.plan.units) if u.nodes}
            starts = [first[i] for i in graph.inputs if i in first]
            ends = [middle[i] for i, u in enumerate(unit.plan.units) if not u.nodes]
            if graph.wired and starts:
                ports[number, "in"] = [middle[i] for i in starts]
            if ends:
                ports[number, "out"] = ends
    return ports

"""A model: its layers, the tensors between them, their settings, shapes and parameters."""

from collections import Counter

import numpy as np

from anatomy.base import arrays
from anatomy.base.picture import Picture
from anatomy.base.type import SMALL, TEXT, TITLE, width
from anatomy.base.words import count, fixed, number
from anatomy.data import calls
from anatomy.layers.card import draw as card
from anatomy.layers.tensor.facts import as_image
from anatomy.models.blocks.facts import folded
from anatomy.models.graph import boxes, facts
from anatomy.models.graph.boxes import APART, BETWEEN, BOX, COLORS, PAD, ROW, SIDE, plan

MARGIN = 12  # CSS pixels, around all
ROUND = 6  # radius at which lines turn
LISTED = 40  # layers that are described one by one
CLASSES = 12  # so many numbers that add up to 1 are bars
NOTE = 70  # room for the words beside the images


class ModelPicture(Picture):
    """A Picture of a model, whose `Graph` is its ``graph``."""

    @property
    def graph(self):
        return self.facts["graph"]


@calls.validated
def model(model, *, expand=False, values=None):
    """A Keras model from its inputs, above, to its outputs, below.

    Each box is a layer: its type, settings and activation, its name and its number of
    parameters. Each line is a tensor, with its shape. In a model of many layers, those that
    simply follow each other are rows of one box, and blocks that are repeated are drawn once.
    Loss and optimizer are shown when the model is compiled.

    Args:
        model: a built keras.Model.
        expand: whether the models nested in it are opened.
        values: one sample, without the batch axis (a list or dict of arrays for several
            inputs): what each layer outputs for it is drawn in its box. Not in models of
            repeated blocks, or inside nested models.

    Returns:
        ModelPicture: a Picture, as high as it needs to be, with a ``graph``.

    Raises:
        TypeError: model is not a keras.Model.
        ValueError: the model is not built; ``values`` does not fit its inputs.

    Source: keras.io/api/utils/model_plotting_utils shows the same with Graphviz.
    """
    samples = None if values is None else facts.values(model, values)
    return ModelPicture(draw, facts.graph(model, expand=expand), samples)


def draw(sheet, graph, values=None, shown=None, most=None, opened=None):
    """The layers of a Graph, and the values of the first ``shown`` of them (None: of all).

    ``most``: where boxes would be higher than this, layers are rows.
    ``opened``: a layer to be drawn alone, an `Opened`; None: the whole.
    """
    if opened is not None:
        return _opened(sheet, graph, opened)
    room = sheet.width - 2 * MARGIN
    layers = plan(graph, room, values=values is not None)
    if values is not None and len(layers.graph.nodes) < len(graph.nodes):
        values, layers = None, plan(graph, room)
    if most and layers.place.height > most:
        layers = plan(layers.graph, room, many=True, values=values is not None)
    sheet.width = max(sheet.width, round(layers.place.width) - 1 + 2 * MARGIN)
    top = _title(sheet, graph, _caption(layers, values is not None))
    sheet.height = round(top + layers.place.height + MARGIN)
    left = round((sheet.width - layers.place.width) / 2)
    area = sheet.area(left, top, layers.place.width, layers.place.height)
    _paint(area, layers, {id(one): k for k, one in enumerate(graph.every_layer, 1)})
    for unit, (x, y, wide, _) in zip(layers.units, layers.place.boxes, strict=True):
        feet = y + np.cumsum(unit.heights)
        for k, foot in zip(unit.numbers, feet, strict=False):
            if values is not None and (shown is None or k < shown):
                room = unit.aside or wide - 2 * PAD
                strip = area.area(x + wide - PAD - room, foot - SIDE - 3, room, SIDE)
                _values(strip, values[k][0])
    return _sentence(graph, values)


def within(area, graph):
    """A Graph in an area, or its boxes and lines alone where it is too large; returns its words."""
    area.text(12, 16, _counts(graph), bold=True, room=area.width - 24)
    inner = area.area(12, 32, area.width - 24, area.height - 40)

    def paint():
        layers = plan(folded(graph), inner.width, many=True)
        if layers.place.width <= inner.width + 1 and layers.place.height <= inner.height:
            _paint(inner, layers, {})
        else:
            _outline(inner, plan(graph, inner.width, many=True))
        return _sentence(graph, None)

    return area.sheet.keep("graph", (area.left, area.top, area.width, area.height, graph), paint)


def _outline(area, plan):
    """A Plan, pressed into an area: layers in the colours of their roles, with names that fit."""
    press = np.minimum(1, [area.width / plan.place.width, area.height / plan.place.height])
    for line in plan.place.lines:
        area.line(*(np.array(line) * press).T, "layers", 1.2)
    for unit, (x, y, broad, height) in zip(plan.units, plan.place.boxes, strict=True):
        rows = unit.heights or (height,) * bool(unit.roles)
        names = [node.type for node in unit.nodes] or [unit.loss]
        for tall, role, name in zip(rows, unit.roles, names, strict=False):
            (left, top), (wide, high) = press * (x, y), press * (broad, tall)
            area.box(left, top, wide, high, f"{COLORS[role]} 40%", "paper")
            if high > SMALL:
                area.small(left + wide / 2, top + high / 2, name, "ink", ha="center", room=wide)
            y += tall


def _opened(sheet, graph, opened):
    """A layer alone, and the way back: beside its number of parameters where there is room."""
    sentence, back = card.draw(sheet, opened), f"← model {graph.name!r}"
    wide, used = (width(text, TITLE, True) for text in (back, card.total(opened.facts)))
    sheet.height -= 8
    y, left = sheet.height - 14, sheet.width - 2 * MARGIN - wide
    if 2 * MARGIN + used > left:
        sheet.height += 22
        y += 22
    sheet.text(left + MARGIN, y, back, "layers", size=TITLE, bold=True)
    sheet.handle(left, y - 12, wide + 2 * MARGIN, 24, "the whole model", press={"layer": 0})
    return sentence


def words(values):
    """One output in words: its range, or the largest class."""
    if is_classes(values):
        best = int(values.argmax())
        return f"class {best} ({fixed(values[best])})"
    low, high = (number(end, 2 if values.size > 1 else 4) for end in (values.min(), values.max()))
    return low if values.size == 1 else f"{low} to {high}"


def is_classes(values):
    """Whether these may be probabilities: a few numbers from 0 up that add up to 1."""
    fits = values.ndim == 1 and 2 <= values.size <= CLASSES
    return bool(fits and values.min() >= 0 and abs(float(values.sum()) - 1) < 1e-3)


def is_chain(graph):
    """Whether each layer takes the one output of the layer before it."""
    links = [(edge.source, edge.output, edge.target) for edge in graph.edges]
    return links == [(i, 0, i + 1) for i in range(len(graph.nodes) - 1)]


def _title(sheet, graph, caption):
    """Name, counts and optimizer, in one line or in two, and how to read it; returns its foot."""
    y, end, counts = 20, sheet.width - MARGIN, _counts(graph)
    x = MARGIN + 12
    name, room = f"Model {graph.name!r}", 0.45 * sheet.width
    x += sheet.text(MARGIN, y, name, size=TITLE, bold=True, room=room)
    if x + width(counts) > end:
        x, y = MARGIN, y + 20
    x += 12 + sheet.text(x, y, counts, "quiet", room=end - x)
    if graph.optimizer:
        text = f"optimizer {graph.optimizer}"
        if x + width(text, SMALL, True) > end:
            y += 20
        sheet.small(end, y, text, "optimizer", bold=True, ha="right", room=end - MARGIN)
    if caption:
        room = sheet.width - 2 * MARGIN
        y = sheet.paragraph(MARGIN, y + 22, caption, room, "quiet", size=SMALL) - 16
    return y + 22


def _caption(plan, values):
    """How to read what isn't plain to see."""
    if not plan.graph.wired:
        return "in order of creation: only the model's own call() knows what follows what"
    if plan.many and not values:
        return "a row: type and settings, name, number of parameters, shape without the batch"
    if values:
        return (
            "in each box, its values for one sample: 0 is blank, the largest strong; where some "
            "are negative, these are blue, the others red"
        )
    return ""


def _paint(area, plan, numbers, top=True):
    """The boxes, frames and lines of a Plan; ``numbers``: of layers, by id, that can be opened."""
    for unit, place in zip(plan.units, plan.place.boxes, strict=True):
        if unit.plan:
            _frame(area.area(*place), unit, numbers)
        elif unit.words:
            _box(area.area(*place), unit, plan.many and bool(unit.nodes), numbers)
    path, heads = [], []
    for (_, _, target), line in zip(plan.edges, plan.place.lines, strict=True):
        unit = plan.units[target]
        path += [*_rounded(line), (np.nan, np.nan)]
        block = unit.plan and unit.plan.graph.type == "block"
        if plan.graph.wired and not block and (unit.nodes or top):
            heads.append(line[-1])
    if path:
        dash = "" if plan.graph.wired else "dotted"
        area.line(*zip(*path, strict=True), "layers", 1.4, dash=dash)
    if heads:
        x, y = np.array(heads).T
        area.dots(x, y - 4, "layers", 8, marker="v", edgewidth=0)
    for text, x, y, beside in plan.shapes():
        if beside:
            area.small(x + 6, y + 8.5, text, "ink")
        else:
            half = width(text, SMALL) / 2 + 2
            area.box(x - half, y + 4, 2 * half, 15, "paper")
            area.small(x, y + 11, text, "ink", ha="center")


def _box(box, unit, rows, numbers):
    """A layer, or several in rows, with their words."""
    role, tops = unit.roles[0], np.cumsum([0, *unit.heights])
    places = [(0, top, box.width, tall) for top, tall in zip(tops, unit.heights, strict=False)]
    if rows:
        box.cells(places, [_fill(role) for role in unit.roles], linewidth=0.8)
        box.box(0, 0, box.width, box.height, None, "layers", 1.1, round=5)
    else:
        plain = role in ("plain", "frozen")
        edge = 2.2 if role == "model" else 1 if plain else 1.5
        box.box(0, 0, box.width, box.height, _fill(role), COLORS[role], edge, round=5)
    end = box.width - PAD - unit.aside - APART * bool(unit.aside)
    for words, top, tall in zip(unit.words, tops, unit.heights, strict=False):
        above = tall - boxes.high(words) if unit.aside else ROW if rows else BOX
        _words(box, words, top + above / 2, end)
    for node, place in zip(unit.nodes, places, strict=False):
        if number := numbers.get(id(node.layer)):
            press = {"expand": True} if node.kind == "model" else {"layer": number}
            box.handle(*place, f"{node.name}: open it", press=press)


def _fill(role):
    return "paper" if role in ("plain", "frozen") else f"{COLORS[role]} 8%"


def _words(box, lines, y, right_end):
    for left, right in lines:
        middle = y + (max(part[2] for part in left + right) + BETWEEN) / 2
        x, end = PAD, right_end
        for text, color, size, bold in left:
            if text:
                look = {"size": size, "bold": bold, "room": end - x + 1}
                x += APART + box.text(x, middle, text, color, **look)
        for text, color, size, bold in reversed(right):
            if text:
                used = APART + box.text(end, middle, text, color, size=size, bold=bold, ha="right")
                end -= max(used, boxes.COLUMN * (right_end >= boxes.SPARE))
        y += 2 * (middle - y)


def _frame(box, unit, numbers):
    """A nested model, or one of the repeated blocks, around what is inside."""
    node, y = unit.nodes[0], 15
    box.box(0, 0, box.width, box.height, "layers 5%", "layers", 1.6, round=5)
    name, notes = node.name, [f"{node.type}, {boxes.shared(node)}", boxes.shared(node)]
    if node.kind == "block":
        end = f"to {node.last.name}"
        name, notes = f"× {node.times}", [f"the same block, {end}", end, "in a row"]
    elif node.calls == 1:
        notes = [node.type]
    x, end = 12, box.width - 12
    text = boxes.parameters(node)
    if width(text, SMALL) > 0.6 * (end - x):
        text = boxes.parameters(node, "")
    end -= 10 + box.small(end, y, text, "optimizer", ha="right")
    x += 10 + box.text(x, y, name, size=TEXT + 1, bold=True, room=end - x)
    note = next((note for note in notes if width(note, SMALL) <= end - x), "")
    box.small(x, y, note)
    inner = unit.plan.place
    left = (box.width - inner.width) / 2
    _paint(box.area(left, boxes.HEAD, inner.width, inner.height), unit.plan, numbers, top=False)
    if node.kind == "model":
        box.handle(0, 0, box.width, 26, f"{node.name}: close it", press={"expand": False})


def _rounded(corners):
    """The points of a line that turns in small arcs."""
    corners = np.array(corners, float)
    yield corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        ends = []
        for other in (before, after):
            length = np.abs(other - corner).sum()
            ends.append(corner + (other - corner) * (min(ROUND, length / 2) / (length or 1)))
        for t in (0, 0.25, 0.5, 0.75, 1):  # a Bézier curve of three points
            yield (1 - t) ** 2 * ends[0] + 2 * t * (1 - t) * corner + t**2 * ends[1]
    yield corners[-1]


def _values(strip, values):
    """The values of one layer: bars of classes, a number, or images and their range."""
    note, middle = words(values), SIDE / 2
    if is_classes(values):
        each = min(16.0, (strip.width - width(note, SMALL, True) - 14) / values.size)
        best, floor = int(values.argmax()), SIDE - 11
        inks = ["targets" if i == best else "quiet" for i in range(values.size)]
        tall = np.maximum(values * (SIDE - 13), 1)
        left = each * np.arange(values.size)
        strip.cells(np.c_[left + 1, floor - tall, 0 * left + each - 2, tall], inks, None)
        for i in range(values.size if each >= 8 else 0):
            look = {"size": SMALL, "bold": i == best, "ha": "center"}
            strip.text(left[i] + each / 2, floor + 7, i, inks[i], **look)
        strip.small(each * values.size + 8, middle, note, "ink", bold=True)
    elif values.size == 1:
        strip.small(0, middle, note, "ink", bold=True)
    else:
        x = _images(strip, values, strip.width - NOTE) + 6
        if width(note, SMALL) <= strip.width - x:
            strip.small(x, middle, note, "ink")
        else:
            low, _, largest = note.partition(" to ")
            strip.small(x, middle - 6, f"{low} to", "ink")
            strip.small(x, middle + 6, largest, "ink")


def _images(strip, values, room):
    """An image of each channel, as many as find room; returns where they end."""
    shade, maps = arrays.Shade.of(values), as_image(values)[None]
    if values.ndim == 3 and values.shape[2] > 1:
        maps = np.moveaxis(values, 2, 0)
    rows, columns = maps.shape[1:]
    tall = SIDE / 2 if rows == 1 else SIDE
    wide = max(SIDE, 10 * columns) if rows == 1 else SIDE * max(1.0, columns / rows)
    wide = SIDE if len(maps) > 1 else min(room, wide)
    fits = int((room + 3) // (wide + 3))
    fits = len(maps) if fits >= len(maps) else max(1, int((room - 26) // (wide + 3)))
    x = 0
    for one in maps[:fits]:
        pixels = shade.pixels(strip.palette, one)
        arrays.image(strip, (x, (SIDE - tall) / 2, wide, tall), pixels)
        x += wide + 3
    if more := len(maps) - fits:
        x += 8 + strip.small(x + 2, SIDE / 2, f"+{more}", "ink")
    return x - 3 * (not more)


def _counts(graph):
    frozen = f", {graph.frozen:,} of them not trainable" if graph.frozen else ""
    return f"{count(graph.layers, 'layer')}, {count(graph.parameters, 'parameter')}{frozen}"


def _sentence(graph, values):
    """The sentences for a Graph, and for the values of a sample."""
    lines = [f"Model {graph.name!r}: {_counts(graph)}."]
    if len(graph.nodes) > LISTED:
        types = Counter(node.type for node in graph.nodes).most_common()
        lines.append(", ".join(f"{times} {name}" for name, times in types) + ".")
        for block in (node for node in folded(graph).nodes if node.kind == "block"):
            types = ", ".join(node.type for node in block.inside.nodes if node.kind != "entry")
            lines.append(f"{block.times} times in a row, to {block.last.name}: {types}.")
    elif not graph.wired:
        lines.append("In order of creation (only its call() knows the wiring):")
        lines += map(_line, graph.nodes)
    elif is_chain(graph) and not any(node.inside for node in graph.nodes):
        lines[0] += " " + " -> ".join(map(_line, graph.nodes)) + "."
    else:
        lines += _lines(graph)
    if any(graph.losses):
        losses = [loss or "none" for loss in graph.losses]
        if losses[1:] and len(losses) == len(graph.outputs):
            names = [graph.nodes[node].name for node, _ in graph.outputs]
            losses = map("{} of {}".format, losses, names)
        lines.append(f"Loss {', '.join(losses)}; optimizer {graph.optimizer}.")
    if values is not None:
        pairs = zip(graph.nodes, values, strict=True)
        lines.append("One sample: " + "; ".join(f"{n.name} {words(v[0])}" for n, v in pairs) + ".")
    return "\n".join(lines)


def _lines(graph, indent=""):
    """A line for each node, with those that it takes from."""
    for i, node in enumerate(graph.nodes):
        origins = ", ".join(_origin(graph.nodes[e.source], e.output) for e in graph.into(i))
        yield f"{indent}{_line(node)}" + f" <- {origins}" * bool(origins)
        if node.inside:
            yield from _lines(node.inside, indent + "    ")


def _origin(node, output):
    """A tensor by its layer, and which call or output of it where there are several."""
    which = [f"call {node.call}"] * (node.calls > 1)
    which += [f"output {output + 1}"] * (len(node.shapes) > 1)
    return node.name + f" ({', '.join(which)})" * bool(which)


def _line(node):
    kind = "" if node.kind == "input" else f"{node.type} "
    shapes = ", ".join(boxes.shape(node, i) for i in range(len(node.shapes)))
    notes = "; ".join(filter(None, (node.settings, boxes.parameters(node), boxes.shared(node))))
    return f"{node.name} {kind}{shapes}".strip() + f" [{notes}]" * bool(notes)

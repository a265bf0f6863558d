"""What stands in the box of a layer: its words, in as many lines as they need."""

from anatomy.draw import style
from anatomy.draw.training_loop import halves

PAD = 9  # CSS pixels between the sides of a box and its words
SMALLEST, BETWEEN = 10, 3
SPARE, COLUMN = 300, 80  # a row this wide has a column for the shape
# Roles. Each is told in words, too: a type, a number of parameters, arrows that meet.
COLORS = {"input": style.DATA, "weights": style.OPTIMIZER, "frozen": style.QUIET,
          "plain": style.QUIET, "merge": style.LAYERS, "model": style.LAYERS,
          "loss": style.LOSS}  # fmt: skip


def role(node, taken):
    """The role of a node that takes so many tensors."""
    if node.kind in ("input", "model"):
        return node.kind
    if node.parameters:
        return "weights" if node.trainable else "frozen"
    return "merge" if taken > 1 else "plain"


def shape(node, output=0, *, batch=True):
    """The shape of an output; a side that grows from repetition to repetition as "64…256"."""
    if not node.shapes:
        return ""
    sides = node.shapes[output]
    last = node.last.shapes[output] if node.last and node.kind != "block" else sides
    if len(last) != len(sides):
        last = sides
    each = [_span(str(a), str(b)) for a, b in zip(sides, last, strict=True)]
    if batch:
        return f"({', '.join(each)}{',' * (len(each) == 1)})"
    each = each[1:] if each and each[0] == "None" else each
    return "×".join(each) or "1"


def parameters(node, *, unit=True):
    """The number of parameters; "" where there are none."""
    if not node.parameters:
        return ""
    if node.call > 1:
        return "the same weights"
    last = node.last.parameters if node.last and node.kind != "block" else node.parameters
    count = _span(f"{node.parameters:,}", f"{last:,}")
    return count + " parameters" * unit + ", frozen" * (not node.trainable)


def told(node):
    """The settings, over all repetitions."""
    return _span(node.settings, node.last.settings if node.last else node.settings)


def shared(node):
    """Which call of a shared layer this is."""
    return f"shared: call {node.call} of {node.calls}" if node.calls > 1 else ""


def title(node):
    """What is said above a frame, and more to say beside it, the longest first."""
    if node.kind == "block":
        end = f"to {node.last.name}"
        return f"× {node.times}", [f"the same block, {end}", end, "in a row"]
    call = shared(node)
    return node.name, [f"{node.type}, {call}", call] if call else [node.type]


def lines(node, color, room):
    """The words of a full box: lines of (left, right), each a list of (text, looks)."""
    *first, rest = broken(node.type, room)
    kind = rest, {"size": style.TEXT, "bold": True}
    given = told(node), {"size": style.SMALL}
    name = node.name, {"size": style.SMALL, "color": style.QUIET}
    counted = parameters(node), {"size": style.SMALL, "color": color}
    call = shared(node), {"size": style.SMALL, "color": style.LAYERS, "bold": True}
    if not counted[0] and not call[0] and _wide([kind, given, name]) <= room:
        return [([kind, given], [name])]
    found = [([(part, kind[1])], []) for part in first]
    for left, right in (([kind], [given]), ([name], [counted]), ([call], [])):
        close = [*left, *right]
        if _wide(close) <= room:
            found.append((close, []) if right == [given] else (left, right))
        else:
            found += [([part], []) for part in close]
    return [line for line in found if _wide([*line[0], *line[1]])]


def loss(name, room):
    """The words of a loss."""
    head = "loss", {"size": style.TEXT, "bold": True, "color": style.LOSS}
    small = {"size": style.SMALL}
    if _wide([head, (name, small)]) <= room:
        return [([head, (name, small)], [])]
    return [([head], []), *(([(half, small)], []) for half in halves(name, room))]


def row(node, color, room, before=""):
    """The words of a row among many, in the first of these arrangements that fits.

    ``before`` is the shape in the row above: where room is scarce, it isn't written twice.
    """
    kind = _fitting(node.type, room, style.TEXT - 1)
    given = told(node), {"size": style.SMALL}
    name = node.name, {"size": SMALLEST, "color": style.QUIET}
    counted = parameters(node, unit=False), {"size": SMALLEST, "color": color}
    sides = shape(node, batch=False), {"size": SMALLEST}
    call = shared(node), {"size": SMALLEST, "color": style.LAYERS, "bold": True}
    if room < SPARE and sides[0] == before:
        sides = "", sides[1]
    beside = max(COLUMN - style.width(sides[0], size=SMALLEST), 0) if room >= SPARE else 0
    first = [([kind, given, name, call], [counted, sides])]
    if _wide([*first[0][0], *first[0][1]]) + beside <= room:
        return first
    arrangements = (
        [([kind, given], [sides]), ([name], [counted]), ([call], [])],
        [([kind, given], []), ([name], [counted, sides]), ([call], [])],
        [([kind], [sides]), ([given], [counted]), ([name], []), ([call], [])],
        [([kind], []), ([given], [sides]), ([name], [counted]), ([call], [])],
        [([part], []) for part in (kind, given, name, counted, sides, call)],
    )
    for found in arrangements:
        if all(_wide([*left, *right]) <= room for left, right in found):
            break
    return [line for line in found if _wide([*line[0], *line[1]])]


def high(found):
    """The height of lines."""
    sizes = [max(look["size"] for _, look in [*left, *right]) for left, right in found]
    return sum(size + BETWEEN for size in sizes)


def _fitting(text, room, size):
    """The type of a layer, in bold, smaller where it would not fit."""
    while size > SMALLEST and style.width(text, size=size, bold=True) > room:
        size -= 1
    return text, {"size": size, "bold": True}


def broken(name, room):
    """The type of a layer in bold, in one line, or in two that end with a wOrd."""
    ends = [i for i in range(1, len(name)) if name[i].isupper() and name[i - 1].islower()]
    fitting = [i for i in ends if _wide([(name[:i], {"size": style.TEXT, "bold": True})]) <= room]
    if not fitting or _wide([(name, {"size": style.TEXT, "bold": True})]) <= room:
        return [name]
    return [name[: fitting[-1]], name[fitting[-1] :]]


def _wide(parts):
    wide = [
        style.width(text, size=look["size"], bold=look.get("bold", False))
        for text, look in parts
        if text
    ]
    return sum(wide) + 7 * max(len(wide) - 1, 0)


def _span(first, last):
    return first if first == last else f"{first}…{last}"

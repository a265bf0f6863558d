"""Comparison: whether two models are built alike, and if not, where they first differ."""

from dataclasses import dataclass
from itertools import zip_longest

from anatomy.layers.code import nameless, spell
from anatomy.models.graph.facts import Graph, graph


@dataclass(frozen=True, repr=False)
class Comparison:
    """The answer of ``same``: true or false, and its ``reason`` in a sentence."""

    equal: bool
    reason: str

    def __bool__(self):
        return self.equal

    def __repr__(self):
        return self.reason


def same(a, b):
    """Whether two models consist of the same layers, linked in the same way.

    Types, arguments, shapes, numbers of parameters and which layers are shared or frozen count;
    names, the order in which the layers were made and the values of weights do not. So a
    Sequential and a functional model may be the same.

    Args:
        a, b: built keras.Models, or Graphs.

    Returns:
        Comparison: true when they are; its ``reason`` names the first difference, from the
        inputs on.

    Raises:
        TypeError, ValueError: as ``graph``.
    """
    a, b = (one if isinstance(one, Graph) else graph(one, expand=True) for one in (a, b))
    if difference := _difference(a, b):
        return Comparison(False, f"They differ: {difference}.")
    return Comparison(True, f"They are the same: {len(a.nodes)} layers, linked in the same way.")


def _difference(a, b):
    if a.wired != b.wired:
        return "of one of them, only its own call() knows what follows what"
    for name in ("inputs", "outputs"):
        counts = [len(getattr(one, name)) for one in (a, b)]
        if counts[0] != counts[1]:
            return f"the first has {counts[0]} {name}, the second {counts[1]}"
    # Nodes are in an order that the links alone decide: equal models have equal lists.
    twins = {}
    for i, (one, other) in enumerate(zip_longest(a.nodes, b.nodes)):
        if one is None or other is None:
            which, longer = ("first", one) if one else ("second", other)
            return f"the {which} goes on with {_title(longer)}"
        if difference := _of_nodes(one, other):
            return difference
        if [(e.source, e.output) for e in a.into(i)] != [(e.source, e.output) for e in b.into(i)]:
            return f"{_title(one)} and {_title(other)} take the outputs of different layers"
        if twins.setdefault(one.name, other.name) != other.name:
            return f"the first calls {_title(one)} where the second calls another, {other.name!r}"
    return "" if a.outputs == b.outputs else "their outputs are those of different layers"


def _of_nodes(one, other):
    if (one.type, one.settings) != (other.type, other.settings):
        return f"the first has {_title(one)} where the second has {_title(other)}"
    left, right = map(_known, (one, other))
    for name in left | right:
        values = left.get(name), right.get(name)
        if nameless(values[0]) != nameless(values[1]):
            texts = [_short(value) for value in values]
            return f"{_title(one)} has {name} {texts[0]}, {_title(other)} has {texts[1]}"
    if one.inside and other.inside and (inner := _difference(one.inside, other.inside)):
        return f"inside of {_title(one)}, {inner}"
    return ""


def _known(node):
    """What a layer was made with, and the facts of its call."""
    try:
        config = node.layer.get_config() if node.kind != "model" else {}  # compared inside
    except Exception:  # whatever a student's own get_config raises
        config = {}
    facts = {"shape": node.shapes[0] if len(node.shapes) == 1 else node.shapes}
    facts |= {n: getattr(node, n) for n in ("parameters", "trainable", "call", "calls")}
    facts["constants"] = node.constants or None
    return {n: v for n, v in config.items() if n not in ("name", "batch_shape")} | facts


def _title(node):
    return node.type + f"({node.settings})" * bool(node.settings) + f" {node.name!r}"


def _short(value, most=60):
    try:
        text = value if isinstance(value, str) else spell(value)
    except Exception:  # a class of the student's own, which Keras does not know
        text = str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"

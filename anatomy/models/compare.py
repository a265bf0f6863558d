"""Whether two models are built alike, and if not, where they first differ."""

from dataclasses import dataclass

from anatomy.models.graph import Graph, graph


@dataclass(frozen=True)
class Same:
    """The answer to ``same``: true or false, and ``says`` it in a sentence."""

    equal: bool
    says: str

    def __bool__(self):
        return self.equal

    def __repr__(self):
        return self.says


def same(a, b):
    """Whether two models consist of the same layers, linked in the same way.

    Types, arguments, shapes, numbers of parameters and which layers are shared or frozen count;
    names, the order in which the layers were made and the values of weights do not. So a
    Sequential and a functional model may be the same.

    Args:
        a, b: built keras.Models, or Graphs.

    Returns:
        Same: true when they are; ``says`` names the first difference, from the inputs on.

    Raises:
        TypeError, ValueError: as ``graph``.
    """
    a, b = (one if isinstance(one, Graph) else graph(one, expand=True) for one in (a, b))
    difference = _difference(a, b)
    if difference:
        return Same(False, f"They differ: {difference}.")
    return Same(True, f"They are the same: {len(a.nodes)} layers, linked in the same way.")


def _difference(a, b):
    if a.wired != b.wired:
        return "of one of them, only its own call() knows what follows what"
    for what in ("inputs", "outputs"):
        one, other = len(getattr(a, what)), len(getattr(b, what))
        if one != other:
            return f"the first has {one} {what}, the second {other}"
    # Nodes are in an order that the links alone decide: equal models have equal lists.
    twin = {}
    for i, (one, other) in enumerate(zip(a.nodes, b.nodes, strict=False)):
        if difference := _unlike(one, other) or _linked(a, b, i):
            return difference
        if twin.setdefault(one.name, other.name) != other.name:
            return f"the first calls {_says(one)} where the second calls another, {other.name!r}"
    if len(a.nodes) != len(b.nodes):
        which, longer = ("first", a) if len(a.nodes) > len(b.nodes) else ("second", b)
        more = longer.nodes[min(len(a.nodes), len(b.nodes))]
        return f"the {which} goes on with {_says(more)}"
    return "" if a.outputs == b.outputs else "their outputs are those of different layers"


def _unlike(one, other):
    if (one.type, one.settings) != (other.type, other.settings):
        return f"the first has {_says(one)} where the second has {_says(other)}"
    for what, left, right in _facts(one, other):
        if left != right:
            return f"{_says(one)} has {what} {_short(left)}, {_says(other)} has {_short(right)}"
    if one.inside and other.inside and (inner := _difference(one.inside, other.inside)):
        return f"inside of {_says(one)}, {inner}"
    return ""


def _facts(one, other):
    """(what, left, right): all that may tell two calls of a layer apart."""
    left, right = dict(one.arguments), dict(other.arguments)
    for name in left | right:
        yield name, left.get(name), right.get(name)
    for name in ("shapes", "parameters", "trainable", "call", "calls"):
        yield name, getattr(one, name), getattr(other, name)


def _linked(a, b, i):
    taken = [[(e.source, e.output) for e in graph.edges if e.target == i] for graph in (a, b)]
    if taken[0] != taken[1]:
        return f"{_says(a.nodes[i])} and {_says(b.nodes[i])} take the outputs of different layers"
    return ""


def _says(node):
    told = f"({node.settings})" if node.settings else ""
    return f"{node.type}{told} {node.name!r}"


def _short(value, most=60):
    said = "none" if value in (None, "") else str(value)
    return said if len(said) <= most else f"{said[: most - 1]}…"

"""A model: its layers, what they hand to each other, their settings, shapes and parameters."""

from collections import Counter

from anatomy import models
from anatomy.draw import style
from anatomy.draw.model_paint import Sheet
from anatomy.draw.model_plan import plan
from anatomy.draw.model_values import HIGH, paint, words
from anatomy.draw.model_words import parameters, shape, shared
from anatomy.draw.picture import LOCK, Picture

WIDTH, MARGIN, TOP = 800, 12, 42  # CSS pixels
LISTED = 40  # layers that are told one by one


def model(model, *, expand=False, values=None, ax=None):
    """A Keras model from its inputs, above, to its outputs, below.

    Each box is a layer: its type, settings and activation, its name and its number of
    parameters. Each line is a tensor, with its shape. In a model of many layers, those that
    simply follow each other are rows of one box, and blocks that are repeated are drawn once.
    Loss and optimizer are shown when the model is compiled.

    Args:
        model: a built keras.Model.
        expand: whether the models nested in it are opened.
        values: one sample, without the batch axis (a list or dict of arrays for several
            inputs): what each layer hands on for it is drawn in its box. Of models of many
            layers, of repeated blocks and inside nested models it is not.
        ax: Axes to draw on, as large as fits; their limits and looks are left alone.

    Returns:
        ModelPicture: a Picture, at least 800 pixels wide and as high as it needs to be.

    Raises:
        TypeError: model is not a keras.Model.
        ValueError: the model is not built; ``values`` does not fit its inputs.

    Source: keras.io/api/utils/model_plotting_utils shows the same with Graphviz.
    """
    graph = models.graph(model, expand=expand)
    flowing = None if values is None else models.values(model, values)
    with LOCK:
        return ModelPicture(graph, flowing, ax)


class ModelPicture(Picture):
    """The layers of an ``anatomy.models.Graph``, and values flowing through them."""

    def __init__(self, graph, values=None, ax=None):
        made = plan(graph, WIDTH - 2 * MARGIN, strip=HIGH * (values is not None))
        if len(made.graph.nodes) < len(graph.nodes) or made.many:
            values, made = None, plan(graph, WIDTH - 2 * MARGIN)
        width = max(WIDTH, round(made.place.width) + 2 * MARGIN)
        caption = _caption(made, values is not None)
        top = TOP + 20 * bool(caption)
        sheet = Sheet(width, round(top + made.place.height + MARGIN), ax)
        super().__init__(sheet.ax.get_figure(root=True))
        self.graph, self.plan, self.values = graph, made, values
        _title(sheet, graph, caption, width)
        left = round((width - made.place.width) / 2)
        sheet.paint(made, left, top)
        self.flow = {} if values is None else paint(sheet, made, values, left, top)

    def show(self, count):
        """Show the values of the first so many layers only, in the order of computation."""
        with LOCK:
            for number, artists in self.flow.items():
                for artist in artists:
                    artist.set_visible(number < count)
            self.stale()

    def describe(self):
        said = describe(self.graph)
        if self.values is not None:
            told = zip(self.graph.nodes, self.values, strict=True)
            said += "\nOne sample: " + "; ".join(f"{n.name} {words(v[0])}" for n, v in told) + "."
        return said


def describe(graph):
    """The sentences for a Graph."""
    said = [f"Model {graph.name!r}: {_counts(graph)}."]
    if len(graph.nodes) > LISTED:
        types = Counter(node.type for node in graph.nodes).most_common()
        said.append(", ".join(f"{count} {name}" for name, count in types) + ".")
        blocks = [node for node in models.folded(graph).nodes if node.kind == "block"]
        said += [f"{node.times} times in a row, to {node.last.name}: {_types(node.inside)}."
                 for node in blocks]  # fmt: skip
    elif not graph.wired:
        said.append("In order of creation (only its call() knows the wiring):")
        said += [_says(node) for node in graph.nodes]
    elif is_chain(graph) and not any(node.inside for node in graph.nodes):
        said[0] += " " + " -> ".join(map(_says, graph.nodes)) + "."
    else:
        said += _lines(graph)
    if any(graph.losses):
        said.append(f"Loss {', '.join(loss or 'none' for loss in graph.losses)}; "
                    f"optimizer {graph.optimizer}.")  # fmt: skip
    return "\n".join(said)


def is_chain(graph):
    """Whether each layer takes just what the one before it gives."""
    pairs = [(edge.source, edge.target) for edge in graph.edges]
    return pairs == [(i, i + 1) for i in range(len(graph.nodes) - 1)]


def _lines(graph, indent=""):
    """A line for each node, with those that it takes from."""
    takes = {}
    for edge in graph.edges:
        takes.setdefault(edge.target, []).append(graph.nodes[edge.source].name)
    for i, node in enumerate(graph.nodes):
        origin = f" <- {', '.join(takes[i])}" if i in takes else ""
        yield f"{indent}{_says(node)}{origin}"
        if node.inside:
            yield from _lines(node.inside, indent + "    ")


def _types(graph):
    return ", ".join(node.type for node in graph.nodes if node.kind != "entry")


def _says(node):
    kind = "" if node.kind == "input" else f"{node.type} "
    shapes = ", ".join(shape(node, i) for i in range(len(node.shapes)))
    more = "; ".join(filter(None, (node.settings, parameters(node), shared(node))))
    return f"{node.name} {kind}{shapes}".strip() + f" [{more}]" * bool(more)


def _counts(graph):
    layers = f"{graph.layers} layer" + "s" * (graph.layers != 1)
    frozen = f", {graph.frozen:,} of them not trainable" if graph.frozen else ""
    return f"{layers}, {graph.parameters:,} parameters{frozen}"


def _caption(made, values):
    """How to read what isn't plain to see."""
    if not made.graph.wired:
        return "in order of creation: only the model's own call() knows what follows what"
    if made.many:
        return (
            "a row: type and settings, name, number of parameters, shape of what one sample becomes"
        )
    if values:
        return (
            "in each box, its values for one sample: 0 is white, the largest black; "
            "where some are negative, these are blue, the others red"
        )
    return ""


def _title(sheet, graph, caption, width):
    y = 20
    name = f"Model {graph.name!r}"
    sheet.write("title", MARGIN, y, name, size=style.TITLE, bold=True, room=330)
    x = MARGIN + min(style.width(name, size=style.TITLE, bold=True), 330) + 12
    sheet.write("title", x, y, _counts(graph), color=style.QUIET)
    if caption:
        sheet.write("title", MARGIN, y + 22, caption, color=style.QUIET, size=style.SMALL)
    if graph.optimizer:
        text = f"optimizer {graph.optimizer}"
        look = {"size": style.SMALL, "color": style.OPTIMIZER, "bold": True}
        sheet.write("title", width - MARGIN, y, text, ha="right", **look)

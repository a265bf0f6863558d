"""A layer, opened: its parts, each with its name, its size and the argument that makes it."""

from anatomy.draw import style
from anatomy.draw.board import Board
from anatomy.draw.layer_card import Card
from anatomy.draw.layer_conv import Conv
from anatomy.draw.layer_dense import Dense
from anatomy.draw.layer_lstm import Lstm
from anatomy.draw.layer_units import MOST as FEW
from anatomy.draw.layer_units import Units
from anatomy.draw.opened import WEIGHTS, Opened, folded
from anatomy.draw.picture import LOCK, Picture
from anatomy.layers import facts

WIDTH, EDGE = 800, 12  # CSS pixels
MOST = 8  # weights that the sum of parameters has one by one


def layer(layer, input_shape=None):
    """A layer, opened: each part with its name and the argument that makes it.

    ``Dense``: y = activation(x · kernel + bias), unit by unit where there are at most 8 of them;
    ``Conv2D``: windows on the input, kernels, feature maps; ``LSTM``: the cell with its gates and
    states. Any other layer is a card. Of a built layer the weights' numbers are shown; one that is
    not built has none yet.

    Args:
        layer: a ``keras.layers.Layer``.
        input_shape: tuple without the batch axis, such as (784,); a list of them for a layer
            that takes several tensors. Needed where the layer is not built.

    Returns:
        LayerPicture: a Picture.

    Raises:
        TypeError, ValueError: as ``anatomy.layers.facts``.

    Source: Chollet, Deep Learning with Python, ch. 3; https://keras.io/api/layers/
    """
    opened = Opened.of(facts(layer, input_shape))
    with LOCK:
        return LayerPicture(opened)


class LayerPicture(Picture):
    """One layer: a heading, what is in it, and the sum of its parameters."""

    def __init__(self, opened):
        self.facts = opened.facts
        body = inside(opened)
        room = WIDTH - 2 * EDGE
        call = folded(self.facts.call, room, mono=True)
        sums = folded(total(self.facts), room, size=style.TITLE, bold=True)
        top = 50 + 16 * len(call)
        board = Board(WIDTH, top + body.height + 22 * len(sums) + 16)
        super().__init__(board.ax.get_figure())
        self._heading(board, opened, call)
        body.draw(board, top)
        for i, line in enumerate(sums):
            y = top + body.height + 14 + 22 * i
            board.write("sum", EDGE, y, line, size=style.TITLE, bold=True, color=WEIGHTS)

    def describe(self):
        return describe(self.facts)

    def _heading(self, board, opened, call):
        found = self.facts
        board.write("title", EDGE, 22, found.type, size=style.TITLE, bold=True)
        x = EDGE + 12 + style.width(found.type, size=style.TITLE, bold=True)
        end = WIDTH - EDGE
        if found.weights and not opened.values:
            text = "not built: its weights have no numbers yet"
            board.write("title", end, 22, text, ha="right", color=style.QUIET)
            end -= style.width(text) + 12
        elif opened.values and any("kernel" in name for name in opened.values):
            end = board.scale("title", end, 22, opened.shade) - 12
        board.write("title", x, 22, found.name, mono=True, color=style.QUIET, room=end - x)
        for i, line in enumerate(call):
            board.write("title", EDGE, 44 + 16 * i, line, mono=True, color=style.QUIET)


def inside(opened):
    """How the inside of this layer is drawn; a card where no drawing of it is right."""
    import keras

    kind, names = type(opened.facts.layer), set(opened.weights)
    if kind is keras.layers.Dense and names <= {"kernel", "bias"}:
        inputs, units = opened.weights["kernel"].shape
        return Units(opened) if max(inputs, units) <= FEW else Dense(opened)
    if kind is keras.layers.Conv2D and names <= {"kernel", "bias"}:
        return Conv(opened)
    if kind is keras.layers.LSTM:
        return Lstm(opened)
    return Card(opened)


def total(facts):
    """The number of parameters as the sum that it is."""
    if not facts.weights:
        keeps = "" if facts.state == "none" else ", ".join(facts.state)
        return f"no weights, but it keeps {keeps}" if keeps else "no weights: stateless"
    parts = [weight.derived for weight in facts.weights]
    if len(parts) > MOST:
        parts = [*parts[:3], f"… {len(parts) - 5} more …", *parts[-2:]]
    left = " + ".join(parts)
    count = f"{facts.parameters:,} parameter{'s' * (facts.parameters != 1)}"
    sum_ = count if left == str(facts.parameters) else f"{left} = {count}"
    return f"{sum_}, {trained(facts)}"


def trained(facts):
    """How many of its parameters fit() changes, in words."""
    if facts.trainable_parameters == facts.parameters:
        return "all trained"
    some = facts.trainable_parameters
    return f"{some:,} of them trained" if some else "none of them trained"


def describe(facts):
    """The layer in words."""
    text = f"{facts.type} {facts.name!r}: {shapes(facts.input_shape)} -> "
    parts = [text + shapes(facts.output_shape)]
    parts += [f"{weight.name} {weight.shape} = {weight.count:,}" for weight in facts.weights]
    if facts.weights:
        count = f"{facts.parameters:,} parameter{'s' * (facts.parameters != 1)}"
        parts.append(f"{count}, {trained(facts)}.")
    else:
        parts.append(f"{total(facts)}.")
    return "; ".join(parts)


def shapes(shape):
    """One shape, or several."""
    return " and ".join(map(str, shape)) if isinstance(shape, list) else str(shape)

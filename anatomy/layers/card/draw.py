"""A layer, opened: its parts, each with its name, its size and the argument that makes it."""

from anatomy.base.arrays import scale, some
from anatomy.base.picture import Picture
from anatomy.base.type import SMALL, TITLE
from anatomy.base.words import count
from anatomy.data import calls
from anatomy.layers.card.conv import conv
from anatomy.layers.card.dense import dense
from anatomy.layers.card.facts import facts
from anatomy.layers.card.lstm import lstm
from anatomy.layers.card.parts import WEIGHTS, Opened, note, product, tile
from anatomy.layers.code import arguments
from anatomy.lazy import keras

EDGE, WIDEST = 12, 1000  # CSS pixels: the margin; on a wider sheet the rest stays free
MOST = 6  # weights, or inputs, that are listed
ALWAYS = "activation", "recurrent_activation", "use_bias"  # written where they are the default too
TERMS = 8  # weights that the sum of parameters has one by one


@calls.validated
def layer(layer, input_shape=None):
    """A layer, opened: each part with its name and the argument that makes it.

    ``Dense``: y = activation(x · kernel + bias), unit by unit, some left out where they are many;
    ``Conv2D``: windows on the input, kernels, feature maps; ``LSTM``: the cell with its gates and
    states. Any other layer is a card. Of a built layer the weights' numbers are shown; one that is
    not built has none yet.

    Args:
        layer: a ``keras.layers.Layer``.
        input_shape: tuple without the batch axis, such as (784,); a list of them for a layer
            that takes several tensors. Needed where the layer is not built.

    Returns:
        Picture.

    Raises:
        TypeError, ValueError: as ``anatomy.layers.facts``.

    Source: Chollet, Deep Learning with Python, ch. 3; https://keras.io/api/layers/
    """
    return Picture(draw, Opened.of(facts(layer, input_shape)))


def draw(sheet, opened):
    """A heading, what is in the layer, and the sum of its parameters."""
    area = sheet.area(0, 0, min(sheet.width, WIDEST), 0)
    known, end = opened.facts, area.width - EDGE
    if known.weights and not opened.values:
        end -= 12 + area.text(end, 22, "not built: no numbers yet", "quiet", ha="right")
    elif any("kernel" in name for name in opened.values):
        end = scale(area, end, 22, opened.shade) - 12
    start = EDGE + 12 + area.text(EDGE, 22, known.type, size=TITLE, bold=True, room=end - EDGE - 52)
    area.text(start, 22, known.name, "quiet", mono=True, room=end - start)
    room = area.width - 2 * EDGE
    top = area.paragraph(EDGE, 44, known.call, room, "quiet", mono=True, leading=16)
    bottom = _inside(opened)(area, top + 6, opened) + 18
    look = {"size": TITLE, "bold": True, "leading": 22}
    sheet.height = area.paragraph(EDGE, bottom, total(known), room, WEIGHTS, **look)
    return _sentence(known)


def _inside(opened):
    """The function that draws what is inside; a card where no drawing of it is right."""
    kind, names = type(opened.facts.layer), set(opened.weights)
    if kind is keras.layers.Dense and names <= {"kernel", "bias"}:
        return dense
    if kind is keras.layers.Conv2D and names <= {"kernel", "bias"}:
        return conv
    return lstm if kind is keras.layers.LSTM else _card


def _card(area, top, opened):
    """What is true of every layer: shapes in and out, each weight and what makes it, settings."""
    known, gap = opened.facts, 76 if area.width > 700 else 40
    wide = (area.width - 2 * EDGE - 2 * gap) / 3
    flow = [_lines(known.input_shape), _lines(known.output_shape)]
    high = 36 + 17 * max(map(len, flow))
    layer = known.type, [known.name], "layers"
    boxes = ("input", flow[0], "data"), layer, ("output", flow[1], "layers")
    for i, (title, lines, color) in enumerate(boxes):
        left = EDGE + i * (wide + gap)
        tile(area, (left, top, wide, high), [title, *lines], color)
        if i:
            area.arrow([left - gap + 2, left - 2], [top + high / 2] * 2, "layers")
    y = _table(area, top + high + 30, known)
    makers = " ".join(weight.made_by for weight in known.weights)
    names = dict.fromkeys([*arguments(known.layer), *ALWAYS])
    texts = [text for text in opened.code(*names) if text not in makers]
    texts = texts or ["nothing but the defaults"]
    return note(area, EDGE, y, "settings", texts, area.width - 2 * EDGE)


def _table(area, y, known):
    """A row for each weight: its name, its shape and count, what makes it."""
    columns = EDGE, 0.34 * area.width, 0.57 * area.width
    rooms = columns[1] - 24, columns[2] - columns[1] - 12, area.width - columns[2] - EDGE
    for i in some(len(known.weights), MOST + 1):
        if i is None:
            hidden = len(known.weights) - MOST
            area.text(columns[1], y, f"… {hidden} more weights …", "quiet")
            y += 24
            continue
        weight = known.weights[i]
        name = weight.name + ", not trained" * (not weight.trainable)
        look = {"size": SMALL, "mono": True, "leading": 15}
        area.text(columns[1], y, weight.shape, mono=True, room=rooms[1])
        y = 8 + max(
            area.paragraph(columns[0], y, name, rooms[0], WEIGHTS, bold=True, leading=15),
            area.paragraph(columns[1], y + 15, product(weight), rooms[1], "quiet", **look),
            area.paragraph(columns[2], y, weight.made_by, rooms[2], "quiet", **look),
        )
    return y + 10 * bool(known.weights)


def _lines(shape):
    """The lines for one shape, or for several."""
    if not isinstance(shape, list):
        return [str(shape)]
    hidden = f"… {len(shape) - MOST} more …"
    return [hidden if i is None else str(shape[i]) for i in some(len(shape), MOST + 1)]


def total(known):
    """The number of parameters as a sum: "784 × 32 + 32 = 25,120 parameters, all trained"."""
    if not known.weights:
        keeps = "" if known.state == "none" else ", ".join(known.state)
        return f"no weights, but it keeps {keeps}" if keeps else "no weights: stateless"
    terms = [weight.derived for weight in known.weights]
    if len(terms) > TERMS:
        terms = [*terms[:3], f"… {len(terms) - 5} more …", *terms[-2:]]
    left, right = " + ".join(terms), count(known.parameters, "parameter")
    return f"{right if left == str(known.parameters) else f'{left} = {right}'}, {_trained(known)}"


def _trained(known):
    if known.trainable_parameters == known.parameters:
        return "all trained"
    some = known.trainable_parameters
    return f"{some:,} of them trained" if some else "none of them trained"


def _sentence(known):
    flow = " -> ".join(map(_shapes, (known.input_shape, known.output_shape)))
    parts = [f"{known.type} {known.name!r}: {flow}"]
    parts += [f"{weight.name} {weight.shape} = {weight.count:,}" for weight in known.weights]
    if known.weights:
        parts.append(f"{count(known.parameters, 'parameter')}, {_trained(known)}.")
    else:
        parts.append(f"{total(known)}.")
    return "; ".join(parts)


def _shapes(shape):
    return " and ".join(map(str, shape)) if isinstance(shape, list) else str(shape)

"""The training loop: data, layers, loss and optimizer, and what each passes on to the next."""

import re

from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TEXT, TITLE, width
from anatomy.base.words import count
from anatomy.data import calls
from anatomy.fit.loop.facts import Layer, Parts, folded

TOP, ROW, GAP = 48, 40, 18  # CSS pixels: of the stack, the least height of a layer, between two
DEEP, BELOW = 66, 46  # height of optimizer and loss score, their distance from the stack

# Simplified as in the book: gradients are computed backwards through the layers; the picture takes
# them from the loss score straight to the optimizer, which makes use of them. And
# history["loss"] is the mean of the loss scores of an epoch's batches.
STAGES = {
    "input": ("a batch of data and its targets", "x targets"),
    "forward": ("the layers turn X into predictions",
                "x feed layers weights predict predictions"),
    "loss": ("how far off are the predictions?",
             "predictions targets compare loss measure score"),
    "gradient": ("which way does each weight change the loss?", "score gradients optimizer"),
    "update": ("the optimizer moves each weight a step", "optimizer update weights"),
}  # fmt: skip
ANY = (Layer("layer 1", "layers.Dense(…)"), Layer("layer 2", "layers.Dense(…)"))
CALL = {"size": SMALL, "mono": True}
NAME, VALUE, CODE = {"bold": True}, {"size": SMALL, "color": "ink"}, CALL | {"color": "quiet"}


@picture(stage=calls.choice(*STAGES))
def training_loop(sheet, model=None, stage=None):
    """What takes part in training a network, and the loop in which its weights are updated.

    Input goes through the layers to predictions; the loss function compares these with the
    targets; the optimizer uses the gradients of the loss score to update the weights.

    Args:
        model: a built keras.Model, of which the layers (name, call, shapes of outputs and
            weights), the loss and the optimizer are named; these two stay open where it isn't
            compiled, and layers that aren't a chain are listed. None: the loop as such.
        stage: "input", "forward", "loss", "gradient" or "update" is lit and the rest faded;
            None: all is lit.

    Returns:
        Picture; ``update(stage=...)`` lights another stage of the loop.

    Raises:
        TypeError: model is not a keras.Model.
        ValueError: the model is not built, or there is no such stage.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    facts = None if model is None else Parts(model)
    head, more, tail = folded(facts.layers if facts else ANY)
    rows = [*head, *[more] * bool(more), *tail]
    high = max(250, 40 + len(rows) * (ROW + GAP) - GAP)
    sheet.height = TOP + high + BELOW + DEEP + 14
    diagram = Diagram(sheet, STAGES[stage][1].split() if stage else None)
    caption = f"{stage}: {STAGES[stage][0]}" if stage else "one turn for each batch"
    wide = sheet.text(12, 22, "Training loop", size=TITLE, bold=True)
    if sheet.width > 700:
        sheet.text(12 + wide + 20, 22, "model.fit(x, y)", "quiet", mono=True)
    sheet.text(sheet.width - 12, 22, caption, ha="right")
    first, last = _stack(diagram, rows, high, facts)
    _data(diagram, facts, first, last)
    _feedback(diagram, facts, last, TOP + high)
    return _sentence(facts) + (f" Lit: {stage}." if stage else "")


class Diagram:
    """Where the columns of the loop are on a sheet; parts that are not lit are drawn pale."""

    def __init__(self, sheet, lit):
        self.sheet, self.lit = sheet, lit
        narrow = sheet.width < 760
        self.gap, self.x = (14, 84) if narrow else (30, 102)  # between columns; the input's width
        self.outputs, self.side = (94, 130) if narrow else (102, 150)
        self.left = 12 + self.x + self.gap
        self.end = sheet.width - 12 - self.side
        self.predictions = self.end - self.gap - self.outputs
        self.right = self.predictions - self.gap
        self.middle = (self.left + self.right) / 2
        self.way = self.end + self.side / 2

    def color(self, part, color, share=100):
        """The colour of a part, pale where it is not lit."""
        faded = self.lit is not None and part not in self.lit
        share = round(share * 0.25) if faded else share
        return color if share == 100 else f"{color} {share}%"

    def box(self, part, place, color, lines):
        """A tinted box with centred lines, each (text, looks of ``sheet.text``)."""
        left, top, wide, high = place
        self.sheet.box(*place, self.color(part, color, 8), self.color(part, color), 1.5, round=5)
        lines = [(text, {"color": color, "size": TEXT} | look) for text, look in lines if text]
        y = top + (high - sum(look["size"] + 5 for _, look in lines)) / 2
        for text, look in lines:
            step = look["size"] + 5
            self.text(part, left + wide / 2, y + step / 2, text, ha="center", room=wide - 8,
                      **look)  # fmt: skip
            y += step

    def arrow(self, part, x, y, color, head=10):
        self.sheet.arrow(x, y, self.color(part, color), head=head)

    def text(self, part, x, y, text, color="ink", **look):
        self.sheet.text(x, y, text, self.color(part, color), **look)


def _data(diagram, facts, first, last):
    """Input, predictions and targets; ``first`` and ``last`` are the heights of these layers."""
    symbol = {"size": 20, "bold": True}
    x, y = (facts.x, facts.y) if facts else ("", "")
    edge = 10 if facts is None or facts.chain else 0  # from the first layer, or from them all
    outputs, end, way = diagram.predictions, diagram.end, diagram.way
    lines = [("X", symbol), ("input data", NAME), (x, VALUE), ("fit(x, …)", CODE)]
    diagram.box("x", (12, first - 42, diagram.x, 84), "data", lines)
    lines = [("Y′", symbol), ("predictions", NAME), (y, VALUE), ("model(x)", CODE)]
    diagram.box("predictions", (outputs, last - 42, diagram.outputs, 84), "layers", lines)
    lines = [("Y", symbol), ("true targets", NAME), ("fit(…, y)", CODE)]
    diagram.box("targets", (end, TOP, diagram.side, 70), "targets", lines)
    diagram.arrow("feed", (12 + diagram.x, diagram.left + edge), (first, first), "data")
    diagram.arrow("predict", (diagram.right - edge, outputs), (last, last), "layers")
    diagram.arrow("compare", (outputs + diagram.outputs, end), (last, last), "layers")
    diagram.arrow("compare", (way, way), (TOP + 70, last - 40), "targets")


def _feedback(diagram, facts, last, bottom):
    """From the loss function beside the last layer back to the bottom of the layers."""
    foot, level = bottom + BELOW, bottom + BELOW + DEEP / 2
    left, right, end, side = diagram.left, diagram.right, diagram.end, diagram.side
    loss, optimizer = ["how far off?"], "turns gradients into a step"
    if facts:
        loss = halves(facts.loss or "not compiled yet", side - 12)
        optimizer = f"{facts.optimizer}, learning_rate={facts.learning_rate}"
        optimizer = optimizer if facts.optimizer else "not compiled yet"
    lines = [("loss function", NAME), *((line, VALUE) for line in loss), ("compile(loss=…)", CODE)]
    diagram.box("loss", (end, last - 40, side, 80), "loss", lines)
    lines = [("loss score", NAME), ("one number a batch", VALUE), ('history["loss"]', CODE)]
    diagram.box("score", (end, foot, side, DEEP), "loss", lines)
    lines = [("optimizer", NAME), (optimizer, VALUE), ("compile(optimizer=…)", CODE)]
    diagram.box("optimizer", (left, foot, right - left, DEEP), "optimizer", lines)
    diagram.arrow("measure", (diagram.way, diagram.way), (last + 40, foot), "loss")
    x, y = (end + right) / 2, level - 11
    diagram.arrow("gradients", (end, right), (level, level), "loss")
    diagram.text("gradients", x, y, "gradients", "loss", bold=True, ha="center")
    x, y = diagram.middle + 12, (foot + bottom) / 2
    diagram.arrow("update", (diagram.middle, diagram.middle), (foot, bottom), "optimizer")
    diagram.text("update", x, y, "weight update", "optimizer", bold=True)


def _stack(diagram, rows, height, facts):
    """The layers from top to bottom; returns the heights at which the first and last are."""
    chain, sheet = facts is None or facts.chain, diagram.sheet
    left, right = diagram.left, diagram.right
    sheet.box(left, TOP, right - left, height, diagram.color("layers", "layers", 4),
              diagram.color("layers", "layers"), 0.8, round=5)  # fmt: skip
    diagram.text("layers", left + 12, TOP + 16, "layers", "layers", bold=True)
    if not chain:
        diagram.text("layers", left + 70, TOP + 16, "a graph, listed here", "quiet", size=SMALL)
    elif right - left > 240:
        diagram.text("layers", right - 12, TOP + 16, "keras.Model", "quiet", ha="right", **CALL)
    room = height - 40
    high = min(58, (room - GAP * (len(rows) - 1)) / len(rows))
    gap = min(40, (room - high * len(rows)) / max(len(rows) - 1, 1))
    top = TOP + 31 + (room - high * len(rows) - gap * (len(rows) - 1)) / 2
    for i, row in enumerate(rows):
        y = top + i * (high + gap)
        if isinstance(row, int):
            text = f"… {row} more layers …"
            diagram.text("layers", diagram.middle, y + high / 2, text, "quiet", ha="center")
        else:
            shape, weights = "" if chain else row.shape, facts is None or row.weights
            _layer(diagram, row, shape, (y, high), weights)
        if chain and i < len(rows) - 1:
            x, below = right - 40, y + high
            diagram.arrow("layers", (x, x), (below, below + gap), "layers", 8)
            shape = "" if isinstance(row, int) else row.shape
            diagram.text("layers", x - 9, below + gap / 2, shape, ha="right", **CALL)
    return (top + high / 2, y + high / 2) if chain else (TOP + 0.5 * height, TOP + 0.6 * height)


def _layer(diagram, layer, shape, place, weights):
    """One layer; its weights stand in it like a drawer for the optimizer to open."""
    (top, high), left, end = place, diagram.left + 10, diagram.right - 18
    drawer, y = (128 if end - left > 280 else 74), top + high / 2
    wide = diagram.right - diagram.left - 20
    ink, edge = (diagram.color(part, color) for part, color in
                 (("weights", "optimizer"), ("layers", "layers")))  # fmt: skip
    diagram.sheet.box(left, top, wide, high, "paper", edge, 1.5, round=5)
    x = left + 11
    if weights:
        fill, shapes = diagram.color("weights", "optimizer", 8), _shapes(layer.weights, drawer - 14)
        diagram.sheet.box(left + 4, top + 4, drawer, high - 8, fill, ink, round=5)
        diagram.sheet.small(x, y - 7 * bool(shapes), "weights", ink, bold=True)
        diagram.text("weights", x, y + 7, shapes, **CALL)
    else:
        diagram.text("layers", x, y, "no weights", "quiet", size=SMALL)
    x = left + drawer + 14
    beside = end - x - width(shape, SMALL, mono=True) - 6 * bool(shape)
    if beside < 40:
        shape, beside = "", end - x
    diagram.text("layers", x, y - 8, layer.name, bold=True, room=beside)
    diagram.text("layers", end, y - 8, shape, ha="right", **CALL)
    call = layer.call
    if width(call, **CALL) > end - x:  # what need not be given
        call = re.sub(r"(?<=[(, ])\w+=.*\)$", "…)", call)
    diagram.text("layers", x, y + 8, call, "quiet", room=end - x, **CALL)


def _shapes(shapes, room):
    """As many of the weights' shapes as there is room for."""
    for n in range(len(shapes), 0, -1):
        text = " ".join([*shapes[:n], *["…"] * (n < len(shapes))])
        if width(text, SMALL, mono=True) <= room:
            return text
    return count(len(shapes), "array") if shapes else ""


def halves(text, room):
    """The text in one line, or in two: after a comma, or else after "_", a space, a wOrd."""
    if width(text, SMALL) <= room:
        return [text]
    if ", " in text:
        return text.split(", ", 1)
    ends = [i for i in range(1, len(text)) if text[i - 1] in "_ " or text[i].isupper()]
    cut = max((i for i in ends if width(text[:i], SMALL) <= room), default=len(text))
    return [text[:cut], text[cut:]]


def _sentence(facts):
    if facts is None:
        return (
            "Training loop: input X -> layers, each with its weights -> predictions Y'; targets Y; "
            "the loss function compares both -> loss score; the optimizer updates the weights."
        )
    head, more, tail = folded(facts.layers)
    head, tail = ([f"{one.name} {one.shape}".strip() for one in part] for part in (head, tail))
    path = [*head, *[f"... {more} more layers"] * bool(more), *tail]
    path = " -> ".join(path) if facts.chain else f"a graph of {', '.join(path)}"
    flow = f"input X {facts.x}".strip() + f" -> {path} -> predictions Y'"
    weights = f"{count(facts.weights, 'weight array')} ({facts.parameters:,} parameters)"
    if not facts.optimizer:
        return f"Training loop: {flow}; not compiled yet: no loss, no optimizer for its {weights}."
    return (
        f"Training loop: {flow}; targets Y; loss {facts.loss} compares both -> loss score; "
        f"optimizer {facts.optimizer}(learning_rate={facts.learning_rate}) updates {weights}."
    )

"""The training loop: data, layers, loss and optimizer, and what they hand to each other."""

from anatomy.draw import style
from anatomy.draw.diagram import Diagram
from anatomy.draw.parts import Layer, folded, parts
from anatomy.draw.picture import LOCK, Picture

WIDTH, TOP = 800, 48  # CSS pixels, as all places below, from the top left
LEFT, RIGHT = 144, 480  # of the stack of layers
MIDDLE = (LEFT + RIGHT) / 2
END, WAY = 644, 716  # where the column of targets, loss and score begins; its middle
DEEP, BELOW = 66, 46  # height of optimizer and loss score, their distance from the stack
ROW, GAP = 40, 18  # least height of a layer and distance of two

# Simplified as in the book: gradients are computed backwards through the layers; the
# picture hands them from the loss score straight to the optimizer, which makes use of them.
# And history["loss"] is the mean of the loss scores of an epoch's batches.
STAGES = {
    "input": ("a batch of data and its targets", {"x", "targets"}),
    "forward": (
        "the layers turn X into predictions",
        {"x", "feed", "layers", "weights", "predict", "predictions"},
    ),
    "loss": (
        "how far off are the predictions?",
        {"predictions", "targets", "compare", "loss", "measure", "score"},
    ),
    "gradient": (
        "which way does each weight change the loss?",
        {"score", "gradients", "optimizer"},
    ),
    "update": ("the optimizer moves each weight a step", {"optimizer", "update", "weights"}),
}
ANY = (Layer("layer 1", "layers.Dense(…)"), Layer("layer 2", "layers.Dense(…)"))

SYMBOL = {"size": 20, "bold": True}
NAME = {"bold": True}
VALUE = {"size": style.SMALL, "color": style.INK}
CALL = {"size": 10, "mono": True, "color": style.QUIET}
SHAPE = {"size": 10, "mono": True, "color": style.INK}


def training_loop(model=None, *, ax=None):
    """What takes part in training a network, and the loop in which its weights are updated.

    Input goes through the layers to predictions; the loss function compares these with the
    targets; the optimizer uses the gradients of the loss score to update the weights.

    Args:
        model: a built keras.Model, of which the layers (name, call, shapes of outputs and
            weights), the loss and the optimizer are named; these two stay open where it isn't
            compiled, and layers that aren't a chain are listed. None: the loop as such.
        ax: Axes to draw on, as large as fits; their limits and looks are left alone.

    Returns:
        TrainingLoopPicture: a Picture; ``update(stage)`` lights one stage of the loop.

    Raises:
        TypeError: model is not a keras.Model.
        ValueError: the model is not built.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    found = None if model is None else parts(model)
    with LOCK:
        return TrainingLoopPicture(found, ax)


class TrainingLoopPicture(Picture):
    """The loop, of which ``update(stage)`` lights one stage."""

    def __init__(self, parts, ax):
        head, more, tail = folded(parts.layers if parts else ANY)
        rows = [*head, *[more] * bool(more), *tail]
        high = max(250, 40 + len(rows) * (ROW + GAP) - GAP)
        self._diagram = Diagram(WIDTH, TOP + high + BELOW + DEEP + 14, ax)
        super().__init__(self._diagram.ax.get_figure(root=True))
        self._parts = parts
        self._diagram.write("title", 12, 22, "Training loop", size=style.TITLE, bold=True)
        self._diagram.write("title", LEFT, 22, "model.fit(x, y)", color=style.QUIET, mono=True)
        self._caption = self._diagram.write("title", 788, 22, "", ha="right")
        first, last = stack(self._diagram, rows, high, parts)
        data(self._diagram, parts, first, last)
        feedback(self._diagram, parts, last, TOP + high)
        self.update()

    def update(self, stage=None):
        """Light "input", "forward", "loss", "gradient" or "update" and fade the rest; None: all."""
        if stage is not None and stage not in STAGES:
            raise ValueError(f"stage is {stage!r}; the stages are {', '.join(STAGES)}, or None.")
        with LOCK:
            self.stage = stage
            caption, lit = STAGES[stage] if stage else ("", set(self._diagram.parts))
            self._caption.set_text(f"{stage}: {caption}" if stage else "one turn for each batch")
            self._diagram.light(lit | {"title"})
            self.stale()

    def describe(self):
        return describe(self._parts) + (f" Lit: {self.stage}." if self.stage else "")


def data(diagram, parts, first, last):
    """Input, predictions and targets; ``first`` and ``last`` are the heights of these layers."""
    x, y = (parts.x, parts.y) if parts else ("", "")
    edge = 10 if parts is None or parts.chain else 0  # from the first layer, or from them all
    lines = [("X", SYMBOL), ("input data", NAME), (x, VALUE), ("fit(x, …)", CALL)]
    diagram.box("x", (12, first - 42, 102, 84), style.DATA, lines)
    lines = [("Y′", SYMBOL), ("predictions", NAME), (y, VALUE), ("model(x)", CALL)]
    diagram.box("predictions", (512, last - 42, 100, 84), style.LAYERS, lines)
    lines = [("Y", SYMBOL), ("true targets", NAME), ("fit(…, y)", CALL)]
    diagram.box("targets", (END, TOP, 144, 70), style.TARGETS, lines)
    diagram.arrow("feed", (114, first), (LEFT + edge, first), style.DATA)
    diagram.arrow("predict", (RIGHT - edge, last), (512, last), style.LAYERS)
    diagram.arrow("compare", (612, last), (END, last), style.LAYERS)
    diagram.arrow("compare", (WAY, TOP + 70), (WAY, last - 40), style.TARGETS)


def feedback(diagram, parts, last, bottom):
    """From the loss function beside the last layer back to the bottom of the layers."""
    foot, level = bottom + BELOW, bottom + BELOW + DEEP / 2
    loss, optimizer = ["how far off?"], "turns gradients into a step"
    if parts:
        loss = halves(parts.loss or "not compiled yet", 132)
        optimizer = f"{parts.optimizer}, learning_rate={parts.learning_rate}"
        optimizer = optimizer if parts.optimizer else "not compiled yet"
    lines = [("loss function", NAME), *((line, VALUE) for line in loss), ("compile(loss=…)", CALL)]
    diagram.box("loss", (END, last - 40, 144, 80), style.LOSS, lines)
    lines = [("loss score", NAME), ("one number a batch", VALUE), ('history["loss"]', CALL)]
    diagram.box("score", (END, foot, 144, DEEP), style.LOSS, lines)
    lines = [("optimizer", NAME), (optimizer, VALUE), ("compile(optimizer=…)", CALL)]
    diagram.box("optimizer", (LEFT, foot, RIGHT - LEFT, DEEP), style.OPTIMIZER, lines)
    diagram.arrow("measure", (WAY, last + 40), (WAY, foot), style.LOSS)
    diagram.arrow("gradients", (END, level), (RIGHT, level), style.LOSS)
    look = {"color": style.LOSS, "bold": True, "ha": "center"}
    diagram.write("gradients", (END + RIGHT) / 2, level - 11, "gradients", **look)
    diagram.arrow("update", (MIDDLE, foot), (MIDDLE, bottom), style.OPTIMIZER)
    look = {"color": style.OPTIMIZER, "bold": True}
    diagram.write("update", MIDDLE + 12, (foot + bottom) / 2, "weight update", **look)


def stack(diagram, rows, height, parts):
    """The layers from top to bottom; returns the heights at which the first and last are."""
    chain = parts is None or parts.chain
    diagram.panel("layers", (LEFT, TOP, RIGHT - LEFT, height), style.LAYERS, "#F4F6F8", 0.8)
    diagram.write("layers", LEFT + 12, TOP + 16, "layers", color=style.LAYERS, bold=True)
    diagram.write("layers", RIGHT - 12, TOP + 16, "keras.Model", ha="right", **CALL)
    if not chain:
        text = "a graph, listed here"
        diagram.write("layers", LEFT + 70, TOP + 16, text, color=style.QUIET, size=style.SMALL)
    room = height - 40
    high = min(58, (room - GAP * (len(rows) - 1)) / len(rows))
    gap = min(40, (room - high * len(rows)) / max(len(rows) - 1, 1))
    top = TOP + 31 + (room - high * len(rows) - gap * (len(rows) - 1)) / 2
    for i, row in enumerate(rows):
        y = top + i * (high + gap)
        if isinstance(row, int):
            text = f"… {row} more layers …"
            diagram.write("layers", MIDDLE, y + high / 2, text, color=style.QUIET, ha="center")
        else:
            shape = "" if chain else row.shape
            _layer(diagram, row, shape, (y, high), parts is None or row.weights)
        if chain and i < len(rows) - 1:
            x, below = RIGHT - 40, y + high
            diagram.arrow("layers", (x, below), (x, below + gap), style.LAYERS, 10)
            shape = "" if isinstance(row, int) else row.shape
            diagram.write("layers", x - 9, below + gap / 2, shape, ha="right", **SHAPE)
    return (top + high / 2, y + high / 2) if chain else (TOP + 0.5 * height, TOP + 0.6 * height)


def _layer(diagram, layer, shape, place, weights):
    """One layer; its weights stand in it like a drawer for the optimizer to open."""
    top, high = place
    left, y = LEFT + 10, top + high / 2
    diagram.panel("layers", (left, top, RIGHT - LEFT - 20, high), style.LAYERS, style.PAPER)
    if weights:
        place, shapes = (left + 4, top + 4, 118, high - 8), drawer(layer.weights, 104)
        diagram.panel("weights", place, style.OPTIMIZER, style.tint(style.OPTIMIZER), 1)
        look = {"color": style.OPTIMIZER, "bold": True, "size": style.SMALL}
        diagram.write("weights", left + 11, y - 7 * bool(shapes), "weights", **look)
        diagram.write("weights", left + 11, y + 7, shapes, **SHAPE)
    else:
        look = {"color": style.QUIET, "size": style.SMALL}
        diagram.write("layers", left + 11, y, "no weights", **look)
    x, end = left + 132, RIGHT - 18
    beside = end - x - style.width(shape, size=SHAPE["size"], mono=True) - 6 * bool(shape)
    diagram.write("layers", x, y - 8, layer.name, bold=True, room=beside)
    diagram.write("layers", end, y - 8, shape, ha="right", **SHAPE)
    diagram.write("layers", x, y + 8, layer.call, room=end - x, **CALL)


def drawer(shapes, room):
    """As many of the weights' shapes as there is room for."""
    for count in range(len(shapes), 0, -1):
        text = " ".join([*shapes[:count], *["…"] * (count < len(shapes))])
        if style.width(text, size=SHAPE["size"], mono=True) <= room:
            return text
    return f"{len(shapes)} arrays" if shapes else ""


def halves(text, room):
    """The text in one line, or in two: after a comma, or else after "_", a space, a wOrd."""
    if style.width(text, size=style.SMALL) <= room:
        return [text]
    if ", " in text:
        return text.split(", ", 1)
    ends = [i for i in range(1, len(text)) if text[i - 1] in "_ " or text[i].isupper()]
    fitting = [i for i in ends if style.width(text[:i], size=style.SMALL) <= room]
    cut = max(fitting, default=len(text))
    return [text[:cut], text[cut:]]


def describe(parts):
    """The sentence for the Parts of a model, or for the loop as such."""
    if parts is None:
        return (
            "Training loop: input X -> layers, each with its weights -> predictions Y'; targets Y; "
            "the loss function compares both -> loss score; the optimizer updates the weights."
        )
    head, more, tail = folded(parts.layers)
    path = [f"{layer.name} {layer.shape}".strip() for layer in head]
    path += [f"... {more} more layers"] * bool(more)
    path += [f"{layer.name} {layer.shape}".strip() for layer in tail]
    path = " -> ".join(path) if parts.chain else f"a graph of {', '.join(path)}"
    flow = f"input X {parts.x}".strip() + f" -> {path} -> predictions Y'"
    weights = f"{parts.weights} weights ({parts.parameters:,} parameters)"
    if not parts.optimizer:
        return f"Training loop: {flow}; not compiled yet: no loss, no optimizer for its {weights}."
    optimizer = f"{parts.optimizer}(learning_rate={parts.learning_rate})"
    return (
        f"Training loop: {flow}; targets Y; loss {parts.loss} compares both -> loss score; "
        f"optimizer {optimizer} updates {weights}."
    )

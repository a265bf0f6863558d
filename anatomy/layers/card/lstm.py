"""LSTM, opened: three gates, a candidate, two states, and the weights of the four side by side."""

from anatomy.base.arrays import down
from anatomy.base.type import SMALL, TITLE, width
from anatomy.layers.card.parts import WEIGHTS, above, note, product, tile
from anatomy.layers.tensor.facts import axis

GATES = {"i": "input", "f": "forget", "g": "candidate", "o": "output"}  # in Keras's order
PLACES = {"f": 200, "i": 318, "g": 424, "o": 530}  # the middle of each, of 800
HIGH, BLOCK = 296, (120, 232)  # CSS pixels: the cell; left and width of the weights
CARRY, FEED, GATE = 46, 232, (160, 204)  # the lines of c and of h and x; top and bottom of a gate


def lstm(area, top, opened):
    """The cell at one timestep, and its weights, split in four."""
    _cell(area.area(0, top, area.width, HIGH), opened)
    code, squash = opened.code, opened.function("activation")
    every = "every timestep" if opened.facts.layer.return_sequences else "the last timestep"
    room = (area.width - 24) / 3
    bottom = 0
    for i, (title, texts) in enumerate((
        ("f, i, o: how much passes", code("recurrent_activation")),
        ("g and the state", code("activation")),
        ("cₜ = f × cₜ₋₁ + i × g", [f"hₜ = o × {squash}(cₜ)", f"output: h of {every}"]),
    )):  # fmt: skip
        low = note(area, 12 + i * room, top + HIGH + 10, title, texts, room - 16)
        bottom = max(bottom, low)
    return _weights(area, bottom + 62, opened)


def _cell(area, opened):
    """The two states from left to right, what feeds the gates, and the operations between."""
    gate, squash = map(opened.function, ("recurrent_activation", "activation"))
    scale = area.width / 800
    half, side = min(48, 50 * scale), min(38, 45 * scale)
    area.box(118 * scale, 4, 522 * scale, 252, "layers 6%", "layers", round=8)

    def way(color, *points, head=True):
        xs, ys = [x * scale for x, _ in points], [y for _, y in points]
        (area.arrow if head else area.line)(xs, ys, color, 2)

    for name, x in PLACES.items():
        way("layers", (x, FEED), (x, GATE[1] + 2))
        if end := {"i": 371 - 14 / scale, "g": 371 + 14 / scale, "o": 590 - 14 / scale}.get(name):
            level = 140 if name == "o" else 110
            way("layers", (x, GATE[0]), (x, level), (end, level))
    gap = 14 / scale
    way("layers", (200, GATE[0]), (200, CARRY + 14))
    way("layers", (371, 96), (371, CARRY + 14))
    way("optimizer", (15, CARRY), (200 - gap, CARRY))
    way("optimizer", (200 + gap, CARRY), (371 - gap, CARRY))
    way("optimizer", (371 + gap, CARRY), (720, CARRY))
    way("optimizer", (590, CARRY), (590, 74))
    way("layers", (590, 102), (590, 126))
    way("layers", (15, FEED), (530, FEED), head=False)
    way("layers", (590, 154), (590, FEED), (720, FEED))
    way("data", (140, 284), (140, FEED + 1))
    for name, x in PLACES.items():
        color = "loss" if name == "g" else "layers"
        place = (x * scale - half, GATE[0], 2 * half, GATE[1] - GATE[0])
        title = f"{name} {GATES[name]}"
        title = title if width(title, bold=True) < 2 * half - 6 else name
        tile(area, place, [title, squash if name == "g" else gate], color, size=SMALL)
    tile(area, (590 * scale - side, 76, 2 * side, 26), [squash], "loss", 0, SMALL)
    signs = (200, CARRY, "×"), (371, CARRY, "+"), (371, 110, "×"), (590, 140, "×")
    xs, ys = [x * scale for x, *_ in signs], [y for _, y, _ in signs]
    area.dots(xs, ys, "paper", 26, edge="ink", edgewidth=1.5)
    for x, y, sign in signs:
        area.text(x * scale, y, sign, size=16, bold=True, ha="center")
    units = f"({opened.facts.layer.units},)"
    features = f"({opened.facts.input_shape[-1]},)"
    for x, y, name, size, color in (
        (15, CARRY - 15, "cₜ₋₁", units, "optimizer"),
        (662, CARRY - 15, "cₜ", units, "optimizer"),
        (15, FEED - 15, "hₜ₋₁", units, "layers"),
        (662, FEED - 15, "hₜ", units, "layers"),
        (152, 274, "xₜ", features, "data"),
    ):
        after = 8 + area.text(x * scale, y, name, color, size=TITLE, bold=True)
        area.small(x * scale + after, y, size, mono=True)


def _weights(area, y, opened):
    """Each weight as an image, a quarter for each gate and g; returns the height below."""
    left, wide = BLOCK
    aside = left + wide + 40
    room = area.width - aside - 12
    above(area, (left, y - 14, wide, 0), f"4 × units={opened.facts.layer.units}")
    for i, name in enumerate(GATES):
        area.text(left + wide * (i + 0.5) / 4, y - 11, name, WEIGHTS, bold=True, ha="center")
    for weight in opened.facts.weights:
        texts = [product(weight), weight.made_by]
        if weight.name == "bias" and opened.facts.layer.unit_forget_bias:
            texts.append("unit_forget_bias=True: those of f begin at 1")
        vector = len(weight.shape) == 1
        high = 20 if vector else min(max(34, 8 * weight.shape[0] ** 0.5), 72)
        place = (left, y, wide, high)
        opened.block(area, place, opened.values.get(weight.name))
        lines = [[(x, y), (x, y + high)] for x in (left + wide * i / 4 for i in (1, 2, 3))]
        area.strokes(lines, "paper", 3)
        area.strokes(lines, WEIGHTS, 1.2)
        if not vector:
            name = "features" if weight.name == "kernel" else "units"
            down(area, place, axis(name, weight.shape[0]))
        title = f"{weight.name} {weight.shape}"
        y = 14 + max(y + high, note(area, aside, y + 8, title, texts, room, WEIGHTS))
    return y - 8

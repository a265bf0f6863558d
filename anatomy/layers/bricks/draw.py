"""Bricks: a stack of layers as LEGO bricks, whose studs have the form of a tensor's shape."""

import re
from dataclasses import dataclass

import numpy as np

from anatomy.base.picture import picture
from anatomy.base.type import SMALL, TITLE, width, wrap
from anatomy.base.words import count, sentences
from anatomy.data import calls
from anatomy.layers.bricks.facts import KINDS, short
from anatomy.layers.shapes import axes

TOP, FOOT, PLATE, AIR = 42, 12, 30, 9  # CSS pixels: title, below, input and targets, at a break
STUD, LINE, PAD, LEFT = 18, 16, 5, 44  # height of a stud, of a line of text; around it; of bricks
MOST = 12  # bricks shown one by one; of more, those far from what matters are folded
TRAY, CHIP = 164, 24  # CSS pixels: width of the tray, height of what lies in it

HALF = np.linspace(np.pi, 0, 25)
#: The outline of a stud from (-1, 0) to (1, 0), 1 high, by how many there are.
FORMS = {
    1: np.array([(-1, 0), (-1, 1), (1, 1), (1, 0)]),
    2: np.array([(-1, 0), (-0.72, 1), (0.72, 1), (1, 0)]),
    3: np.stack([np.cos(HALF), np.sin(HALF) ** 0.5], axis=1),
}
MANY = np.array([(-1, 0), (-1, 0.5), (-0.6, 1), (0.6, 1), (1, 0.5), (1, 0)])  # four and more

#: Fill and ink: a brick with parameters, one without, one that does not fit, one not known.
LEARNS, PLAIN = ("layers", "paper"), ("layers 26%", "ink")
BROKEN, BEYOND = ("paper", "ink"), ("paper", "quiet")


@dataclass(frozen=True)
class Row:
    """One layer, or several that are folded into one.

    Attributes:
        joints: the `Joint` of each. lines: the call, in lines. note: the parameters in words.
    """

    joints: tuple
    lines: tuple
    note: str

    @property
    def folded(self):
        return len(self.joints) > 1

    @property
    def height(self):
        """Its text, and beneath that the sockets for the studs below."""
        return 2 * PAD + LINE * len(self.lines) + STUD


@picture(tray=calls.each(calls.choice(*KINDS)))
def bricks(sheet, stack, *, selected=None, height=None, tray=(), order=()):
    """A stack of layers as bricks: the studs of each have the form of its output shape.

    Data flows upwards. One stud is (features), two are (timesteps, features), three are
    (height, width, channels), each with its size. Where two bricks do not fit they stand apart,
    and between them stands what comes, what was expected, and what would repair it.

    Args:
        stack: an ``anatomy.layers.Stack``.
        selected: index of the brick to point at, from 0; None: none.
        height: of the picture in CSS pixels, into which bricks are folded; None: as it takes.
        tray: names of layers that a hand can take, in a lab; bricks can then be moved too.
        order: a number for each brick that stays its own while it moves.

    Returns:
        Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: there is no brick of the index ``selected``.

    Source: Chollet, Deep Learning with Python, ch. 3.1.1: layers as the LEGO bricks.
    """
    size = len(stack.joints)
    order = order or range(size)
    if len(order) != size:
        raise ValueError(f"order has {len(order)} numbers; give one for each of {size} bricks.")
    if selected is not None:
        calls.whole("selected", selected, 0, size - 1)
    area = sheet.area(0, 0, sheet.width - TRAY * bool(tray), 0)
    right = round(min(max(0.62 * area.width, 250 if tray else 330), 700))
    notice = _notice(stack.broken, area.width - LEFT - 24)
    ends = TOP + FOOT + PLATE + (PLATE + STUD if stack.outputs is not None else STUD * stack.fits)
    ends += STUD + 2 * AIR + 2 * PAD + LINE * len(notice) if notice else 0
    for most in range(MOST, 3, -1):
        rows = _rows(stack, selected, most, right - LEFT - 24)
        needed = ends + sum(row.height for row in rows)
        if height is None or needed <= height:
            break
    sheet.height = max(needed, height or 0)
    tower = _Tower(area, stack, right, sheet.height - FOOT)
    tower.draw(rows, notice, selected)
    tower.grips(tray, order)
    return _sentence(stack, rows, selected)


class _Tower:
    """Puts bricks and studs on a sheet, upwards from ``floor``."""

    def __init__(self, sheet, stack, right, floor):
        self.sheet, self.stack, self.right, self.floor = sheet, stack, right, floor
        self.knobs, self.tops = [], []  # the studs; (row, its top)

    def draw(self, rows, notice, selected):
        """The title, the input, and all bricks, each on the studs of the one below."""
        stack, at = self.stack, _above(self.stack.broken)
        self.sheet.text(12, 20, f"A stack of {_layers(stack)}", size=TITLE, bold=True)
        text = f"fits: {count(stack.parameters, 'parameter')}" if stack.fits else "does not fit"
        ink = "ink" if stack.fits else _color(stack.broken)
        self.sheet.text(self.sheet.width - 12, 20, text, ink, bold=not stack.fits, ha="right")
        self.plate(f"keras.Input({stack.input_shape[1:]})", "data", PLATE)
        self.studs(-1, ("data", "paper"))
        if at == -1:
            self.apart(notice)
        for row in rows:
            self.brick(row, selected)
            last = row.joints[-1]
            if last.fits or last.index == at:
                self.studs(last.index, _looks(row, stack.broken))
            if last.index == at:
                self.apart(notice)
        if stack.outputs is not None:
            self.plate(f"targets {stack.outputs}", "targets", PLATE + STUD)
        for x, points, y, size, fill, edge, ink in self.knobs:  # in front of the bricks above them
            self.sheet.polygon(points, fill)
            self.sheet.line(*points.T, edge, 1.5)
            self.sheet.small(x, y, size, ink, bold=edge == "paper", ha="center")

    def plate(self, text, color, height):
        """The input or the targets."""
        self.floor -= height
        self.sheet.box(LEFT - 12, self.floor, self.right - LEFT + 24, height, color)
        x, y = (LEFT + self.right) / 2, self.floor + PLATE / 2
        self.sheet.text(x, y, text, "paper", bold=True, mono=True, ha="center")

    def brick(self, row, selected):
        """A brick on the floor, with its call, its parameters and its number."""
        self.floor -= row.height
        top, (fill, ink) = self.floor, _looks(row, self.stack.broken)
        edge, width, dash = "paper", 1.5, ""
        if (fill, ink) == BROKEN:
            edge, width = _color(self.stack.broken), 2
        elif (fill, ink) == BEYOND or row.folded:
            edge, width, dash = "quiet", 1, "dashed"
        self.sheet.box(LEFT, top, self.right - LEFT, row.height, fill, edge, width, dash=dash)
        y = top + PAD + LINE / 2
        look = {"bold": True, "mono": True, "leading": LINE}
        self.sheet.paragraph(LEFT + 12, y, row.lines, self.right, ink, **look)
        below = 0 if row.lines[-1] else LINE * (len(row.lines) - 1)  # where it has its own line
        self.sheet.small(self.right - 12, y + below, row.note, ink, ha="right")
        if not row.folded:
            index = row.joints[0].index
            mine = index == selected
            number, ink = f"{'▸ ' * mine}{index + 1}", "ink" if mine else "quiet"
            self.sheet.small(LEFT - 8, y, number, ink, bold=mine, ha="right")
        self.tops.append((row, top))

    def studs(self, index, looks):
        """The studs of an output, -1 for the input, and its shape in words beside them."""
        fill, ink = looks
        for x, points, size in _places(_outputs(self.stack, index)[0][1:], self.right, self.floor):
            self.knobs.append((x, points, self.floor - STUD / 2, size, fill, "paper", ink))
        self.beside(*_beside(self.stack, index))

    def apart(self, notice):
        """Why what comes next does not fit, in a gap above the studs, and its open sockets."""
        broken, high = self.stack.broken, 2 * PAD + LINE * len(notice)
        top, color = self.floor - STUD - AIR - high, _color(self.stack.broken)
        self.sheet.box(LEFT - 12, top, self.sheet.width - LEFT, high,
                       "paper" if broken.silent else f"{color} 8%", color, 1.2,
                       dash="dashed" if broken.silent else "")  # fmt: skip
        for i, (line, ink, bold) in enumerate(notice):
            self.sheet.text(LEFT, top + PAD + LINE * (i + 0.5), line, ink, bold=bold)
        self.floor = top - AIR
        axes = re.search(r"\(None, ([^)]*)\)", broken.expected)
        names = [name for name in axes[1].split(", ") if name != "..."] if axes else []
        for x, points, name in _places(names, self.right, self.floor):
            self.knobs.append((x, points, self.floor - STUD / 2 + 1, name, "paper", color, "ink"))
        self.beside(f"expected: {broken.expected}")

    def beside(self, shape, names=""):
        """A line of words or two, beside studs or sockets."""
        x, room = self.right + 22, self.sheet.width - self.right - 28
        lines = [(line, "ink", True) for line in wrap(shape, room, SMALL, mono=True)]
        lines += [(line, "quiet", False) for line in wrap(names, room, SMALL)]
        for i, (line, ink, mono) in enumerate(lines):
            y = self.floor - STUD / 2 + 14 * (i - (len(lines) - 1) / 2)
            self.sheet.small(x, y, line, ink, mono=mono)

    def grips(self, tray, order):
        """What can be grabbed: each brick, a slice of what is folded, and what lies in the tray.

        The name of a brick is its own wherever it is moved: hand and keyboard stay on it.
        """
        left, place = self.sheet.width, self.place(None)
        for i, name in enumerate(tray):
            chip = (left + 4, TOP - 6 + CHIP * i, TRAY - 12, CHIP - 3)
            self.sheet.box(*chip, "layers 26%", "layers", 1, round=3)
            self.sheet.text(left + 10, chip[1] + CHIP / 2, name, size=SMALL)
            self.sheet.handle(
                *chip, f"a new {name}", press={"tray": name}, y=("place", place),
                to=lambda x, y: {"place": place(y)} if x < left else {},
            )  # fmt: skip
        if tray:
            self.sheet.small(left + 4, 20, "take a layer")
        for joint, top, high in self.slices():
            moves, at = ("place", self.place(joint.index)) if tray else None, joint.index
            name, value = f"brick {order[at] + 1}", f"layer {at + 1}, {joint.call}"
            self.sheet.handle(
                LEFT, top, self.right - LEFT, high, name, value, y=moves, press={"layer": at}
            )

    def place(self, index):
        """A function from a height on the sheet to the place there for the brick ``index``."""
        middles = [top + high / 2 for joint, top, high in self.slices() if joint.index != index]
        return lambda y: sum(middle > y for middle in middles)

    def slices(self):
        """(joint, top, height) of each brick, those of a folded row one upon the other."""
        for row, top in self.tops:
            high = row.height / len(row.joints)
            for k, joint in enumerate(reversed(row.joints)):
                yield joint, top + high * k, high


def _rows(stack, selected, most, room):
    """The bricks of a stack from the input up, the least important folded where they are many.

    Shown one by one are those on both sides of a break, the selected one, and the ends.
    """
    size, at = len(stack.joints), _above(stack.broken)
    single = set(range(size))
    if size > most:
        ends = [i for pair in enumerate(reversed(range(size))) for i in pair]
        first = [*([] if at is None else [at + 1, at]), selected, *ends]
        first = dict.fromkeys(i for i in first if i is not None and 0 <= i < size)
        single = set(list(first)[: most - 2])
    groups = []
    for joint in stack.joints:
        if groups and not {joint.index, groups[-1][-1].index} & single:
            groups[-1].append(joint)
        else:
            groups.append([joint])
    return [_row(tuple(group), room) for group in groups]


def _row(joints, room):
    counts = [joint.parameters for joint in joints]
    note = "no parameters" if not any(counts) else count(sum(filter(None, counts)), "parameter")
    note = "" if None in counts else note
    text = short(joints[0].call) if len(joints) == 1 else f"… {len(joints)} more layers …"
    beside = room - width(note, SMALL) - 12 * bool(note)
    lines = wrap(text, beside if beside > 120 else room, bold=True, mono=True)
    return Row(joints, (*lines, *[""] * (beside <= 120)), note)


def _notice(broken, room):
    """What stands where bricks do not fit: lines of (text, colour, bold)."""
    if broken is None:
        return []
    head = "!  Keras raises no error" if broken.silent else "✕  Keras raises an error"
    repair = f"repair: {short(broken.repair)}" if broken.repair else ""
    return [
        (head, _color(broken), True),
        *[(line, "ink", False) for line in wrap(broken.why, room)],
        *[(line, "targets", True) for line in wrap(repair, room, bold=True)],
    ]


def _color(broken):
    """The colour of a break; the words and the line around them tell it too."""
    return "loss" if broken.silent else "alarm"


def _looks(row, broken):
    """(fill, ink) of a brick: does it fit, is it known, has it parameters?"""
    if broken and row.joints[0].index == _above(broken) + 1:
        return BROKEN
    if row.joints[0].fits is None:
        return BEYOND
    return LEARNS if row.joints[0].parameters and not row.folded else PLAIN


def _above(broken):
    """The index of the brick above which a stack breaks, -1 for its input; None where it fits."""
    return None if broken is None else broken.index if broken.ending else broken.index - 1


def _places(sizes, right, floor):
    """For each size of a shape: the middle of its stud, the stud's outline, the size."""
    n, middle = len(sizes), (LEFT + right) / 2
    wide = min({1: 132, 2: 96, 3: 76}.get(n, 52), (right - LEFT) / max(n, 1) - 12)
    for i, size in enumerate(sizes):
        x = middle + (i - (n - 1) / 2) * (wide + min(20, wide))
        if (n - 1) * (wide + 20) + wide > right - LEFT:  # closer where there is little room
            x = middle + (i - (n - 1) / 2) * (wide + 10)
        yield x, FORMS.get(n, MANY) * (wide / 2, -STUD) + (x, floor), str(size)


def _outputs(stack, index):
    """The shapes of the tensors that a brick returns, mostly one; index -1 is the input."""
    shape = stack.input_shape if index < 0 else stack.joints[index].output_shape
    return shape if isinstance(shape, list) else [shape]


def _beside(stack, index):
    """What stands beside the studs of a brick: its shape; the axes where they change, its use."""
    shapes, after = _outputs(stack, index), stack.joints[index + 1 :]
    shape, names = shapes[0], ", ".join(axes(shapes[0]))
    text = f"{shape}" if len(shapes) == 1 else f"{shapes}"
    if after and len(shape) == 2 and after[0].layer.__class__.__name__ == "Embedding":
        names = "timesteps"
    if index == _above(stack.broken):
        return f"output {text}" if index >= 0 else f"input {text}", names
    known = index >= 0 and len(_outputs(stack, index - 1)[0]) == len(shape)
    use = "the output" if not after else "inferred" if index >= 0 else ""
    return text, " · ".join(filter(None, ["" if known else names, use]))


def _layers(stack):
    return "one layer" if len(stack.joints) == 1 else count(len(stack.joints), "layer")


def _sentence(stack, rows, selected):
    """The stack, brick by brick."""
    state = f"fits, {count(stack.parameters, 'parameter')}" if stack.fits else "does not fit"
    chosen = "" if selected is None else f"Brick {selected + 1} is selected."
    head = f"A stack of {_layers(stack)} on keras.Input({stack.input_shape[1:]}): {state}."
    lines = [sentences(head, chosen)]
    for row in rows:
        first, last = row.joints[0], row.joints[-1]
        place = f"{first.index + 1}-{last.index + 1}" if row.folded else f"{first.index + 1}"
        name = count(len(row.joints), "more layer") if row.folded else short(first.call)
        if first.fits is None:
            outcome = ": not known, a brick below does not fit."
        elif last.output_shape is None:
            outcome = " does not fit."
        else:
            outcome = f" -> {last.output_shape}, {row.note}."
        lines.append(f"{place}. {name}{outcome}")
    if broken := stack.broken:
        output, _ = _beside(stack, _above(broken))
        raised = "Keras raises no error." if broken.silent else "Keras raises an error."
        repair = f"Repair: {short(broken.repair)}." if broken.repair else ""
        where = f"At brick {broken.index + 1}: {output}, expected {broken.expected}."
        lines.append(sentences(where, raised, broken.why, repair))
    return "\n".join(lines)

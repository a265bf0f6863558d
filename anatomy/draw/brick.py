"""Brick: what one brick of a stack says, how tall it is, and what is said where it does not fit."""

import re
from dataclasses import dataclass

from anatomy.draw import style
from anatomy.layers.shapes import axes
from anatomy.layers.symbolic import clone, tensors, unseen

STUD, LINE, PAD = 18, 16, 5  # CSS pixels: height of a stud, of a line of text; around the text
ROOM = 432  # for the text on a brick
MOST = 12  # bricks shown one by one; of more, those far from what matters are folded
CALL = {"mono": True, "bold": True}


@dataclass(frozen=True)
class Brick:
    """One layer of a stack, or several that are folded into one.

    Attributes:
        joints: the ``anatomy.layers.Joint`` of each.
        parameters: how many they have; None where nothing is known of them.
    """

    joints: tuple
    parameters: int | None

    @property
    def joint(self):
        return self.joints[0]

    @property
    def folded(self):
        return len(self.joints) > 1

    @property
    def said(self):
        """The parameters in words."""
        if self.parameters is None:
            return ""
        return f"{self.parameters:,} parameters" if self.parameters else "no parameters"

    @property
    def lines(self):
        """The call, whole: in several lines where it is long."""
        if self.folded:
            return [f"… {len(self.joints)} more layers …"]
        taken = style.width(self.said, size=style.SMALL) + 12 * bool(self.said)
        return wrapped(short(self.joint.call), ROOM - taken, **CALL)

    @property
    def height(self):
        """Its text, and beneath that the sockets for the studs below."""
        return 2 * PAD + LINE * len(self.lines) + STUD


def short(code):
    """Code of Keras without the module of its layers: Dense(32)."""
    return re.sub(r"(?<![\w.])layers\.", "", code)


def rows(stack, selected=None):
    """The bricks of a stack from the input up, the least important folded where they are many."""
    counts = parameters(stack)
    kept = shown(stack, selected)
    groups = []
    for joint in stack.joints:
        if groups and not {joint.index, groups[-1][-1].index} & kept:
            groups[-1].append(joint)
        else:
            groups.append([joint])
    return [Brick(tuple(group), _sum([counts.get(j.index) for j in group])) for group in groups]


def shown(stack, selected):
    """The indices of the bricks that are shown one by one: what breaks, what is selected, the ends.

    A joint that breaks is shown with the bricks on both sides of it.
    """
    count = len(stack.joints)
    if count <= MOST:
        return set(range(count))
    at = above(stack.broken)
    broken = [] if at is None else [at + 1, at]
    ends = [i for pair in enumerate(reversed(range(count))) for i in pair]
    first = [i for i in [*broken, selected, *ends] if i is not None and 0 <= i < count]
    return set(list(dict.fromkeys(first))[: MOST - 2])


def parameters(stack):
    """dict index -> number of parameters of each layer that Keras builds."""
    counts = {}
    with unseen():
        for joint in stack.joints:
            if joint.output_shape is not None:
                layer = clone(joint.layer)
                layer(tensors(joint.input_shape))
                counts[joint.index] = layer.count_params()
    return counts


def total(stack):
    """How many parameters all layers have that Keras builds."""
    return sum(parameters(stack).values())


def wanted(broken):
    """What the sockets of a brick that does not fit are for: names or sizes of axes."""
    found = re.search(r"\(None, ([^)]*)\)", broken.expected)
    return [name for name in re.split(r",\s*", found[1]) if name != "..."] if found else []


def above(broken):
    """The index of the brick above which a stack breaks, -1 for its input; None where it fits.

    A brick cannot take what it is given, or what it gives is not what is asked of the stack.
    """
    if broken is None:
        return None
    return broken.index if broken.expected.startswith("an output of") else broken.index - 1


def shapes(stack, index):
    """The shapes of the tensors that a brick gives, mostly one; index -1 is the input."""
    shape = stack.input_shape if index < 0 else stack.joints[index].output_shape
    return shape if isinstance(shape, list) else [shape]


def in_words(stack, index):
    """What stands beside the studs of a brick: its shape; the axes where they change, its use."""
    found, after = shapes(stack, index), stack.joints[index + 1 :]
    shape, names = found[0], ", ".join(axes(found[0]))
    text = f"{shape}" if len(found) == 1 else f"{found}"
    if after and len(shape) == 2 and type(after[0].layer).__name__ == "Embedding":
        names = "timesteps"
    if index == above(stack.broken):
        return f"gives {text}", names
    known = index >= 0 and len(shapes(stack, index - 1)[0]) == len(shape)
    use = "the output" if not after else "inferred" if index >= 0 else ""
    return text, " · ".join(filter(None, ["" if known else names, use]))


def notice(broken):
    """What is said where bricks do not fit: lines of (text, looks)."""
    if broken is None:
        return []
    head = "!  Keras says nothing" if broken.silent else "✕  Keras refuses"
    why = wrapped(broken.why, 720)
    mend = wrapped(f"mend: {short(broken.repair)}", 720, bold=True) if broken.repair else []
    return [
        (head, {"color": color(broken), "bold": True}),
        *[(line, {}) for line in why],
        *[(line, {"color": style.TARGETS, "bold": True}) for line in mend],
    ]


def color(broken):
    """The colour of a break; the words and the line around them tell it too."""
    return style.LOSS if broken.silent else style.ALARM


def wrapped(text, room, **type_):
    """Lines of at most ``room`` CSS pixels, broken at spaces."""
    lines = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and style.width(longer, **type_) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def describe(stack, selected=None):
    """A stack of bricks in words, brick by brick."""
    count = len(stack.joints)
    kinds = "1 layer" if count == 1 else f"{count} layers"
    state = f"fits, {total(stack):,} parameters" if stack.fits else "does not fit"
    lines = [f"A stack of {kinds} on keras.Input({stack.input_shape[1:]}): {state}."]
    if selected is not None:
        lines[0] += f" Brick {selected + 1} is selected."
    for brick in rows(stack, selected):
        numbers = [str(joint.index + 1) for joint in (brick.joints[0], brick.joints[-1])]
        place = "-".join(dict.fromkeys(numbers))
        what = f"{len(brick.joints)} more layers" if brick.folded else short(brick.joint.call)
        lines.append(f"{place}. {what}{_outcome(brick)}")
    if stack.broken is not None:
        lines.append(_break(stack))
    return "\n".join(lines)


def _outcome(brick):
    shape = brick.joints[-1].output_shape
    if brick.joint.fits is None:
        return ": not known, a brick below does not fit."
    if brick.joint.fits is False and shape is None:
        return " does not fit."
    return f" -> {shape}, {brick.said}."


def _break(stack):
    broken = stack.broken
    gives, _ = in_words(stack, above(broken))
    who = "Keras says nothing." if broken.silent else "Keras refuses."
    mend = f" Mend: {short(broken.repair)}." if broken.repair else ""
    return f"At brick {broken.index + 1}: {gives}, wants {broken.expected}. {who} {broken.why}{mend}"


def _sum(counts):
    return None if None in counts else sum(counts)

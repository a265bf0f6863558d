"""Bricks: a stack of layers as LEGO bricks, whose studs have the form of a tensor's shape."""

import math

import numpy as np
from matplotlib.patches import Polygon

from anatomy.draw import style
from anatomy.draw.brick import (
    CALL,
    LINE,
    PAD,
    STUD,
    above,
    color,
    describe,
    in_words,
    notice,
    rows,
    shapes,
    wanted,
    wrapped,
)
from anatomy.draw.diagram import Diagram
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.quick import Quick

WIDTH, TOP, PLATE, AIR = 800, 42, 30, 9  # CSS pixels, as all places below
LEFT, RIGHT = 44, 500  # of the bricks
MIDDLE, SAYS = (LEFT + RIGHT) / 2, 522  # and where the words beside them begin

WIDE = {1: 132, 2: 96, 3: 76}  # width of a stud, by how many there are
HALF = np.linspace(np.pi, 0, 25)
FORMS = {  # from (-1, 0) to (1, 0), 1 high
    1: [(-1, 0), (-1, 1), (1, 1), (1, 0)],
    2: [(-1, 0), (-0.72, 1), (0.72, 1), (1, 0)],
    3: list(zip(np.cos(HALF), np.sin(HALF) ** 0.5, strict=True)),
}
MANY = [(-1, 0), (-1, 0.5), (-0.6, 1), (0.6, 1), (1, 0.5), (1, 0)]  # four studs and more

INPUT, TARGET = (style.DATA, style.PAPER), (style.TARGETS, style.PAPER)  # fill and ink
LEARNS = style.LAYERS, style.PAPER  # a brick that has parameters
PLAIN = "#CBD6DC", style.INK  # one that has none
BROKEN = style.PAPER, style.INK  # the one that does not fit
BEYOND = style.PAPER, style.QUIET  # one of which nothing is known, or several
DASHES = (0, (4, 3))
SHAPE, NAMES = {"mono": True, "size": style.SMALL}, {"size": style.SMALL}


def bricks(stack, *, selected=None, ax=None):
    """A stack of layers as bricks: the studs of each have the form of the shape that it gives.

    Data flows upwards. One stud is (features), two are (timesteps, features), three are
    (height, width, channels), each with its size. Where two bricks do not fit they stand
    apart, and the picture says what is given, what is wanted, and what would mend it.

    Args:
        stack: an ``anatomy.layers.Stack``.
        selected: index of the brick to point at, from 0; None: none.
        ax: Axes to draw on, as large as fits; their limits and looks are left alone.

    Returns:
        BricksPicture: a Picture; ``update(stack, selected)`` shows another stack.

    Raises:
        IndexError: there is no brick of the index ``selected``.

    Source: Chollet, Deep Learning with Python, ch. 3.1.1: layers as the LEGO bricks.
    """
    with LOCK:
        return BricksPicture(stack, selected, ax)


class BricksPicture(Picture):
    """A stack of bricks; the picture grows with the stack."""

    def __init__(self, stack, selected=None, ax=None):
        self._tower, self._grows = Tower(WIDTH, TOP, ax), ax is None
        super().__init__(self._tower.ax.get_figure(root=True))
        self.update(stack, selected)

    def update(self, stack, selected=None):
        """Show this stack; the arguments are those of ``draw.bricks``."""
        count = len(stack.joints)
        if selected is not None and not 0 <= selected < count:
            raise IndexError(f"selected is {selected}; there are {count} bricks, from 0 up.")
        made, words = rows(stack, selected), notice(stack.broken)
        height = TOP + sum(brick.height for brick in made) + gap(words) + PLATE + 12
        height += PLATE + STUD if stack.outputs is not None else STUD * stack.fits
        with LOCK:
            self.stack, self.selected = stack, selected
            self._tower.clear()
            if self._grows:
                self.figure.set_size_inches(WIDTH / 72, height / 72)
            self._tower = Tower(WIDTH, height, self._tower.ax)
            self._tower.build(stack, made, words, selected)
            self.stale()

    def describe(self):
        return describe(self.stack, self.selected)


class Tower(Diagram):
    """Draws bricks and studs, upwards from ``floor``."""

    def __init__(self, width, height, ax=None):
        super().__init__(width, height, ax)
        self.floor = height - 12

    def write(self, part, x, y, text, **look):
        """A line of text; on a sheet of our own one that a frame draws quickly."""
        if not math.isclose(self.zoom, 1) or "mono" in look:
            return super().write(part, x, y, text, **look)
        quick = Quick(x, y, **look)
        quick.set(text=text, transform=self._place)
        return self._keep(part, self.ax.add_artist(quick))

    def clear(self):
        for artists in self.parts.values():
            for artist in artists:
                artist.remove()

    def build(self, stack, made, words, selected):
        """The title, the input, and all bricks, each on the studs of the one below."""
        at = above(stack.broken)
        self.title(stack, made)
        self.plate(f"keras.Input({stack.input_shape[1:]})", INPUT, PLATE)
        self.studs(stack, -1, INPUT)
        if at == -1:
            self.apart(stack.broken, words)
        for brick in made:
            self.brick(brick, stack.broken, selected)
            last = brick.joints[-1]
            if last.fits or last.index == at:
                self.studs(stack, last.index, looks(brick, stack.broken))
            if last.index == at:
                self.apart(stack.broken, words)
        if stack.outputs is not None:
            self.plate(f"targets {stack.outputs}", TARGET, PLATE + STUD)

    def title(self, stack, made):
        count = len(stack.joints)
        text = "A stack of one layer" if count == 1 else f"A stack of {count} layers"
        self.write("title", 12, 20, text, size=style.TITLE, bold=True)
        text, ink = "does not fit", style.INK
        if stack.fits:
            text = f"fits: {sum(brick.parameters for brick in made):,} parameters"
        else:
            ink = color(stack.broken)
        self.write("title", WIDTH - 12, 20, text, ha="right", color=ink, bold=not stack.fits)

    def plate(self, text, looks, height):
        """The input or the targets."""
        fill, ink = looks
        top = self.floor - height
        self.panel("plates", (LEFT - 12, top, RIGHT - LEFT + 24, height), fill, fill, 0)
        self.write("plates", MIDDLE, top + PLATE / 2, text, ha="center", color=ink, **CALL)
        self.floor = top

    def brick(self, brick, broken, selected):
        """A brick on the floor, with its call, its parameters and its number."""
        top, kind = self.floor - brick.height, looks(brick, broken)
        fill, ink = kind
        corners = [(LEFT, self.floor), (LEFT, top), (RIGHT, top), (RIGHT, self.floor)]
        if kind is BROKEN:
            self.outline(corners, fill, color(broken), 2)
        elif kind is BEYOND or brick.folded:
            self.outline(corners, fill, style.QUIET, 1).set_linestyle(DASHES)
        else:
            self.outline(corners, fill)
        y = top + PAD + LINE / 2
        for i, line in enumerate(brick.lines):
            self.write("bricks", LEFT + 12, y + i * LINE, line, color=ink, **CALL)
        look = {"ha": "right", "color": ink, "size": style.SMALL}
        self.write("bricks", RIGHT - 12, y, brick.said, **look)
        if not brick.folded:
            index = brick.joint.index
            mine = index == selected
            number = f"{'▸ ' * mine}{index + 1}"
            look = {"ha": "right", "color": style.INK if mine else style.QUIET, "bold": mine}
            self.write("bricks", LEFT - 8, y, number, **look)
        self.floor = top

    def studs(self, stack, index, looks):
        """The studs of what a brick gives, -1 for the input, and its shape in words beside them."""
        fill, ink = looks
        for x, points, size in places(shapes(stack, index)[0][1:], self.floor):
            self.outline(points, fill, closed=False)
            look = {"ha": "center", "color": ink, "bold": True, "size": style.SMALL}
            self.write("studs", x, self.floor - STUD / 2, str(size), **look)
        self.beside(*in_words(stack, index))

    def apart(self, broken, words):
        """Why what comes next does not fit, in a gap above the studs, and its open sockets."""
        high = gap(words) - STUD - 2 * AIR
        top, fill = self.floor - STUD - AIR - high, style.tint(color(broken))
        place = (LEFT - 12, top, WIDTH - LEFT, high)
        self.panel("break", place, color(broken), style.PAPER if broken.silent else fill, 1.2)
        if broken.silent:
            self.parts["break"][-1].set_linestyle(DASHES)
        for i, (line, look) in enumerate(words):
            self.write("break", LEFT, top + PAD + LINE * (i + 0.5), line, **look)
        self.floor = top - AIR
        for x, points, name in places(wanted(broken), self.floor):
            self.outline(points, style.PAPER, color(broken), closed=False)
            self.write("sockets", x, self.floor - STUD / 2 + 1, name, ha="center", size=10)
        self.beside(f"wants {broken.expected}")

    def beside(self, said, more=""):
        """A line of words or two, beside studs or sockets."""
        y, room = self.floor - STUD / 2, WIDTH - 6 - SAYS
        lines = [(line, SHAPE) for line in wrapped(said, room, **SHAPE)]
        lines += [(line, NAMES | {"color": style.QUIET}) for line in wrapped(more, room, **NAMES)]
        for i, (line, look) in enumerate(lines):
            self.write("shapes", SAYS, y + 14 * (i - (len(lines) - 1) / 2), line, **look)

    def outline(self, points, fill, edge=style.PAPER, linewidth=1.5, closed=True):
        """A brick, or, not closed at its foot and in front of the bricks, a stud or a socket."""
        patch = Polygon(points, closed=closed, facecolor=fill, edgecolor=edge, joinstyle="round",
                        linewidth=linewidth * self.zoom, transform=self._place,
                        zorder=1 if closed else 2)  # fmt: skip
        return self._keep("outlines", self.ax.add_artist(patch))


def places(sizes, floor):
    """For each size of a shape: the middle of its stud, the stud's corners, the size."""
    count = len(sizes)
    wide, form = WIDE.get(count, 52), FORMS.get(count, MANY)
    for i, size in enumerate(sizes):
        x = MIDDLE + (i - (count - 1) / 2) * (wide + 20)
        yield x, [(x + dx * wide / 2, floor - dy * STUD) for dx, dy in form], size


def looks(brick, broken):
    """(fill, ink) of a brick: does it fit, is it known, has it parameters?"""
    if broken and brick.joint.index == above(broken) + 1:
        return BROKEN
    if brick.joint.fits is None:
        return BEYOND
    return PLAIN if brick.folded or not brick.parameters else LEARNS


def gap(words):
    """Height between two bricks that do not fit."""
    return STUD + 2 * AIR + 2 * PAD + LINE * len(words) if words else 0

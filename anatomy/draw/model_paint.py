"""The boxes, frames and lines of a Plan, as artists."""

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from anatomy.draw import style
from anatomy.draw.diagram import Diagram
from anatomy.draw.model_plan import BOX, HEAD, ROW
from anatomy.draw.model_words import BETWEEN, COLORS, COLUMN, PAD, SPARE, high, parameters, title

ROUND = 6  # radius at which lines turn
LINE = style.LAYERS
FRAME = "#F4F6F8"


class Sheet(Diagram):
    """A Diagram with lines that turn, and boxes of words."""

    def paint(self, plan, x, y, top=True):
        """A Plan with its upper left corner at x, y."""
        for unit, (left, up, width, height) in zip(plan.units, plan.place.boxes, strict=True):
            place = x + left, y + up, width, height
            if unit.plan:
                self._frame(unit, place)
            elif unit.words and plan.many and unit.nodes:
                self._rows(unit, place)
            elif unit.words:
                self._box(unit, place)
        for (_, _, target), corners in zip(plan.edges, plan.place.lines, strict=True):
            unit = plan.units[target]
            inside = unit.plan and unit.plan.graph.type == "block"
            ends = not unit.nodes and not top
            corners = [(x + a, y + b) for a, b in corners]
            self.line(corners, head=plan.graph.wired and not inside and not ends,
                      dotted=not plan.graph.wired)  # fmt: skip
        for text, a, b, beside in plan.labels:
            self._shape(text, x + a, y + b, beside)

    def line(self, corners, *, head=True, dotted=False):
        """A line that turns at its corners, with or without an arrow's head."""
        path = rounded(corners)
        dots = (0, (1, 2)) if dotted else "-"
        look = {"edgecolor": LINE, "linewidth": 1.4 * self.zoom, "linestyle": dots}
        self._add(PathPatch(path, facecolor="none", capstyle="butt", **look))
        if head:
            x, y = corners[-1]
            tip = Path([(x, y), (x - 4, y - 8), (x + 4, y - 8), (x, y)], closed=True)
            self._add(PathPatch(tip, facecolor=LINE, edgecolor="none"))

    def _add(self, patch):
        patch.set_transform(self._place)
        self._keep("model", self.ax.add_artist(patch))

    def _box(self, unit, place):
        color = COLORS[unit.roles[0]]
        plain = unit.roles[0] in ("plain", "frozen")
        fill = style.PAPER if plain else style.tint(color)
        strong = 2.2 if unit.roles[0] == "model" else 1 if plain else 1.5
        self._panel(place, color, fill, strong)
        left, top, width, _ = place
        self._words(unit.words[0], left, top + BOX / 2, width)

    def _rows(self, unit, place):
        left, top, width, _ = place
        y = top
        for words, role in zip(unit.words, unit.roles, strict=True):
            down = high(words) + ROW
            fill = style.PAPER if role == "plain" else style.tint(COLORS[role])
            box = Path([(left, y), (left + width, y), (left + width, y + down), (left, y + down),
                        (left, y)], closed=True)  # fmt: skip
            self._add(PathPatch(box, facecolor=fill, edgecolor=style.RULE,
                                linewidth=0.8 * self.zoom))  # fmt: skip
            self._words(words, left, y + ROW / 2, width)
            y += down
        self._panel(place, style.LAYERS, "none", 1.1)

    def _words(self, words, left, y, width):
        for before, after in words:
            size = max(look["size"] for _, look in [*before, *after])
            middle = y + (size + BETWEEN) / 2
            x = left + PAD
            for text, look in [part for part in before if part[0]]:
                wide = style.width(text, size=look["size"], bold=look.get("bold", False))
                self.write("model", x, middle, text, room=left + width - PAD - x + 1, **look)
                x += wide + 7
            x = left + width - PAD
            for text, look in reversed([part for part in after if part[0]]):
                self.write("model", x, middle, text, ha="right", **look)
                x -= max(style.width(text, size=look["size"]) + 7, COLUMN * (width >= SPARE))
            y += size + BETWEEN

    def _frame(self, unit, place):
        left, top, width, _ = place
        node, inner = unit.nodes[0], unit.plan.place
        self._panel(place, style.LAYERS, FRAME, 1.6)
        x, end, y = left + 12, left + width - 12, top + 15
        name, said = title(node)
        counted = parameters(node)
        if style.width(counted, size=style.SMALL) > 0.6 * (end - x):
            counted = parameters(node, unit=False)
        self.write("model", end, y, counted, ha="right", color=style.OPTIMIZER, size=style.SMALL)
        end -= style.width(counted, size=style.SMALL) + 10
        look = {"bold": True, "size": style.TEXT + 1}
        self.write("model", x, y, name, room=end - x, **look)
        x += style.width(name, **look) + 10
        fits = [one for one in said if style.width(one, size=style.SMALL) <= end - x]
        self.write("model", x, y, (fits or [""])[0], color=style.QUIET, size=style.SMALL)
        self.paint(unit.plan, left + (width - inner.width) / 2, top + HEAD, top=False)

    def _shape(self, text, x, y, beside):
        if beside:
            self.write("model", x + 6, y + 8.5, text, size=style.SMALL)
        else:
            back = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1}
            self.write("model", x, y + 11, text, size=style.SMALL, ha="center", bbox=back)

    def _panel(self, place, color, fill, linewidth):
        left, top, width, height = place
        corners = [(left + 5, top), (left + width, top), (left + width, top + height),
                   (left, top + height), (left, top), (left + 5, top)]  # fmt: skip
        self._add(PathPatch(rounded(corners, 5), facecolor=fill, edgecolor=color,
                            linewidth=linewidth * self.zoom))  # fmt: skip


def rounded(corners, radius=ROUND):
    """A path through corners that turns in small arcs."""
    points, codes = [corners[0]], [Path.MOVETO]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        start, end = _toward(corner, before, radius), _toward(corner, after, radius)
        points += [start, corner, end]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*points, corners[-1]], [*codes, Path.LINETO])


def _toward(corner, other, radius):
    """The point at most ``radius`` from a corner on the way to the other one."""
    (x, y), (a, b) = corner, other
    length = abs(a - x) + abs(b - y)
    part = min(radius, length / 2) / length if length else 0
    return x + (a - x) * part, y + (b - y) * part

"""The map of a race: contours of the loss with their levels, and who stands where."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator

from anatomy.draw import style
from anatomy.draw.quick import Quick
from anatomy.optimizers import Surface

LEFT, TOP, SIDE = 48, 66, 404  # CSS pixels
GRID, COARSE = 121, 61  # points along a side; of a slice, where each takes all rows of the data
#: What tells one racer from another: colour, dashes, and the marker where it stands.
LOOKS = (
    {"color": style.DATA, "linestyle": "-", "marker": "o", "markersize": 11},
    {"color": style.LOSS, "linestyle": (0, (5, 1.5)), "marker": "s", "markersize": 10},
    {"color": style.TARGETS, "linestyle": (0, (1.2, 1.2)), "marker": "^", "markersize": 12},
    {"color": style.OPTIMIZER, "linestyle": (0, (6, 1.5, 1.2, 1.5)), "marker": "D",
     "markersize": 9.5},
)  # fmt: skip
STAR = {"marker": "*", "color": style.INK, "markersize": 15, "markeredgecolor": style.PAPER}
BEGIN = {"marker": "o", "color": style.INK, "markersize": 9, "markerfacecolor": style.PAPER,
         "markeredgewidth": 2}  # fmt: skip
HALO = [Stroke(linewidth=3, foreground=style.PAPER), Normal()]
HIGH = 15  # CSS pixels of a label
FAR = 1e4  # sides away, beyond which a point is not drawn


class Map:
    """The artists of the map on a picture: ``begin()`` for a surface, ``show()`` for a moment."""

    def __init__(self, picture, surface):
        self.surface = surface
        ax = self.ax = style.axes(picture.figure, LEFT, TOP, SIDE, SIDE)
        x0, x1, y0, y1 = surface.extent
        ax.set(xlim=(x0, x1), ylim=(y0, y1), autoscale_on=False)
        ax.grid(False)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        for spine in ax.spines.values():
            spine.set(visible=True, color=style.QUIET)
        x, y, values = surface.grid(GRID if isinstance(surface, Surface) else COARSE)
        finite = np.isfinite(values)
        if not finite.any():
            raise ValueError(f"No loss of {surface.name} is finite there: nothing to draw.")
        self.highest = float(values[finite].max())
        values = np.where(finite, values, self.highest)
        self.levels = levels(values)
        ax.contourf(
            x, y, values, [-np.inf, *self.levels, np.inf], colors=shades(len(self.levels) + 1),
            zorder=0,
        )  # fmt: skip
        lines = ax.contour(x, y, values, self.levels, colors=style.GHOSTS[0], linewidths=0.7,
                           linestyles="solid", zorder=1)  # fmt: skip
        self.taken = self._label(lines)
        moves = picture.moves
        self.trails = [
            moves(ax.add_line(Line2D([], [], linewidth=2.2, markeredgecolor=style.PAPER,
                                     markeredgewidth=0.8, zorder=4, **look | {"markersize": 5})))
            for look in LOOKS
        ]  # fmt: skip
        star = np.reshape(np.asarray(surface.minima, float), (-1, 2)).T
        moves(ax.add_line(Line2D(*star, linestyle="", zorder=5, **STAR)))
        self.begin = moves(ax.add_line(Line2D([], [], linestyle="", zorder=6, **BEGIN)))
        heads = {"linestyle": "", "markeredgecolor": style.PAPER, "markeredgewidth": 1.5}
        self.heads = [
            moves(ax.add_line(Line2D([], [], zorder=7, clip_on=False, **look | heads)))
            for look in LOOKS
        ]
        self.cards = [
            moves(ax.add_patch(Rectangle((0, 0), 0, HIGH, facecolor=style.PAPER, alpha=0.85,
                                         linewidth=0, zorder=8)))
            for _ in LOOKS
        ]  # fmt: skip
        self.names = [
            moves(ax.add_artist(Quick(0, 0, size=style.TEXT, color=look["color"], bold=True)))
            for look in LOOKS
        ]
        for name in self.names:
            name.set_clip_on(False)

    def _label(self, lines):
        """Writes each level on its contour where there is room; returns what they cover."""
        placed = []
        minima = np.reshape(self.surface.minima, (-1, 2))
        stars = [2 * self.pixels(at) for at in minima]  # boxes without a size
        for level, parts in zip(self.levels, lines.allsegs, strict=True):
            text = said(level)
            wide = style.width(text, size=style.SMALL) + 6
            along = np.concatenate([part[:: max(1, len(part) // 24)] for part in parts] or [[]])
            spots = [self.pixels(at) for at in along if len(at)]
            boxes = [(x - wide / 2, y - 7, x + wide / 2, y + 7) for x, y in spots]
            free = [
                i
                for i, box in enumerate(boxes)
                if inside(box) and not meets(box, placed, 14) and not meets(box, stars, 9)
            ]
            if not free:
                continue
            # On one line from the middle to the lower right, as far as that can be.
            best = min(free, key=lambda i: off(spots[i]))
            placed.append(boxes[best])
            style.write(
                self.ax, *along[best], text, size=style.SMALL, color=style.QUIET, ha="center",
                path_effects=HALO, zorder=2,
            )  # fmt: skip
        return placed

    def pixels(self, at):
        """A place on the map in CSS pixels from its lower left corner."""
        x0, x1, y0, y1 = self.surface.extent
        return (at[0] - x0) / (x1 - x0) * SIDE, (at[1] - y0) / (y1 - y0) * SIDE

    def place(self, spot):
        """The place that is so many CSS pixels from the lower left corner."""
        x0, x1, y0, y1 = self.surface.extent
        return np.array([x0, y0]) + np.array(spot) / SIDE * [x1 - x0, y1 - y0]

    def show(self, paths, labels, at):
        """The racers after step ``at``."""
        self.begin.set_data(np.array([path.points[0] for path in paths]).T)
        placed = []
        for k, (trail, head, card, name) in enumerate(
            zip(self.trails, self.heads, self.cards, self.names, strict=True)
        ):
            shown = k < len(paths)
            for artist in (trail, head, card, name):
                artist.set_visible(shown)
            if not shown:
                continue
            points, stands, out = self.follow(paths[k], at)
            trail.set_data(*points.T)
            trail.set_markevery(max(1, len(points) // 12))
            head.set_data([[stands[0]], [stands[1]]])
            head.set_marker("X" if out else LOOKS[k]["marker"])
            name.set_text(labels[k])
            box = self._room(self.pixels(stands), labels[k], k, placed)
            placed.append(box)
            low, top = self.place(box[:2]), self.place(box[2:])
            card.set_bounds(*low, *(top - low))
            name.set_position(self.place((box[0] + 4, box[1] + HIGH / 2)))

    def follow(self, path, at):
        """The points to draw, where the racer stands on the map, and whether it has left it."""
        x0, x1, y0, y1 = self.surface.extent
        middle, half = np.array([x0 + x1, y0 + y1]) / 2, np.array([x1 - x0, y1 - y0]) / 2
        points = path.points[: at + 1].astype(float)
        apart = np.abs(points - middle) / half
        inside_ = np.nan_to_num(apart, nan=np.inf).max(axis=1) <= 1
        near = points[np.nan_to_num(apart, nan=np.inf).max(axis=1) <= FAR]
        if inside_[-1]:
            return near, points[-1], False
        last = np.flatnonzero(inside_)[-1] if inside_.any() else 0
        step = points[last + 1] - points[last] if last + 1 < len(points) else np.zeros(2)
        if not np.isfinite(step).all() or not step.any():
            return near, np.clip(points[last], [x0, y0], [x1, y1]), True
        edge = middle + np.sign(step) * half
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nanmin(np.where(step == 0, np.inf, (edge - points[last]) / step))
        return near, np.clip(points[last] + share * step, [x0, y0], [x1, y1]), True

    def _room(self, at, label, k, placed):
        """Where a name finds room beside its marker: (left, bottom, right, top)."""
        wide = style.width(label, size=style.TEXT, bold=True) + 8
        best, least = None, np.inf
        corners = np.roll([(1, 1), (-1, 1), (1, -1), (-1, -1)], -k, axis=0)
        for far in (0, 1, 2, 3):
            for right, up in corners:
                left = at[0] + (9 if right > 0 else -9 - wide)
                low = at[1] + (3 + far * HIGH if up > 0 else -3 - (1 + far) * HIGH)
                left, low = np.clip([left, low], 2, [SIDE - wide - 2, SIDE - HIGH - 2])
                box = left, low, left + wide, low + HIGH
                cost = 10 * meets(box, placed, 1) + meets(box, self.taken, 0) + 0.1 * far
                if cost < least:
                    best, least = box, cost
        return best


def levels(values):
    """Heights to draw contours at, round numbers: each 1.5 to 2 times the one before.

    Where that leaves most of the picture bare, the heights part it into equal areas instead.
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.array([low])
    if low >= 0:
        bottom = max(low, np.quantile(values, 0.98) / 2000)
        steps = (1, 1.5, 2, 3, 5, 7) if high / bottom < 50 else (1, 2, 5)
        powers = 10.0 ** np.arange(np.floor(np.log10(bottom)), np.ceil(np.log10(high)) + 1)
        made = np.array([s * p for p in powers for s in steps])
        made = made[(made > bottom) & (made < high)]
        between = np.histogram(values, [-np.inf, *made, np.inf])[0]
        if len(made) > 1 and max(between) < values.size / 2:
            return made
    shares = np.quantile(values, np.linspace(0.04, 0.96, 10))
    digits = [float(f"{value:.2g}") for value in shares]
    return np.unique([one for one in digits if low < one < high] or [(low + high) / 2])


def shades(count):
    """Greys from white, lowest, to a middle grey that ink can be read on."""
    return [(1 - 0.28 * k / max(1, count - 1),) * 3 for k in range(count)]


def said(level):
    """A level, short."""
    return f"{level:.4g}".replace("-", "−").replace("e+0", "e")


def inside(box, margin=4):
    """Whether a box in CSS pixels is all on the map."""
    return min(box[:2]) >= margin and max(box[2:]) <= SIDE - margin


def meets(box, others, apart):
    """How many other boxes are less than ``apart`` CSS pixels away."""
    return sum(
        box[0] - apart < other[2]
        and other[0] < box[2] + apart
        and box[1] - apart < other[3]
        and other[1] < box[3] + apart
        for other in others
    )


def off(spot):
    """How far a place is from the line between the middle and the lower right corner."""
    return abs(spot[0] + spot[1] - SIDE) + (40 if spot[1] > SIDE / 2 else 0)

"""Members of hypothesis spaces: functions as a fan, or the regions that they decide on."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator

from anatomy.draw import regions, style
from anatomy.draw.picture import LOCK, Picture

WIDTH, GAP = 800, 24  # CSS pixels, as all places below
TOP, HIGH, FOOT = 50, 260, 64  # of a fan
THIN = 80  # members as thin lines
STYLES = ("-", (0, (5, 2)), (0, (1.2, 1.4)), (0, (6, 2, 1.2, 2)))  # of the members picked out
COLORS = (style.DATA, style.LOSS, style.OPTIMIZER)  # of the spaces
HALO = [Stroke(linewidth=4, foreground=style.PAPER), Normal()]
CAVEAT = "Reachable is not sampled: weights that were not drawn make other functions."


def hypotheses(space, *more, target=None, labels=None):
    """Members of the hypothesis space of one topology, beside those of others.

    A function of one feature is a line; the bands hold, at each x, the middle half and nine
    tenths of the members. Of two features, 12 members are shown by the classes that they
    decide on: the side of 0 (of 0.5 after a sigmoid), or the largest output.

    Args:
        space: an ``anatomy.hypotheses.Space`` with ``x`` ``(m, 1)`` and one output, or with
            ``x`` from ``anatomy.hypotheses.grid`` in the plane.
        more: up to two others, on the same x.
        target: data to draw on top: ``(x, y)``, arrays ``(k, features)`` and ``(k,)`` or
            ``(k, 1)``; classes 0, 1, ... where there are two features.
        labels: a name for each space; None: its layers.

    Returns:
        HypothesesPicture: a Picture.

    Raises:
        ValueError: for spaces that do not fit each other or the picture.

    Source: Chollet, Deep Learning with Python, ch. 3.1.
    """
    return HypothesesPicture([space, *more], target, labels)


class HypothesesPicture(Picture):
    """A panel for each space, all with the same axes."""

    def __init__(self, spaces, target=None, labels=None):
        check(spaces, labels)
        self.spaces, self.target = spaces, points(target, spaces[0])
        self.labels = [str(name) for name in labels or map(topology, spaces)]
        plane = spaces[0].x.shape[1] == 2
        with LOCK:
            height = regions.height(spaces) if plane else TOP + HIGH + FOOT
            super().__init__(style.figure(WIDTH, height))
            wide = (WIDTH - 24 - GAP * (len(spaces) - 1)) / len(spaces)
            self.said = []
            for i, (space, name) in enumerate(zip(spaces, self.labels, strict=True)):
                left = 12 + i * (wide + GAP)
                self.say(left, 17, style.shorten(name, wide, bold=True), bold=True)
                self.say(left, 34, drawn(space, wide), size=style.SMALL, color=style.QUIET)
                if plane:
                    self.said.append(regions.draw(self, space, left, wide, self.target))
                else:
                    self._fan(space, left, wide, COLORS[i])
            self._foot(plane)

    def describe(self):
        first = f"Hypothesis spaces: {len(self.spaces)}." if len(self.spaces) > 1 else (
            "A hypothesis space.")  # fmt: skip
        said = [f"{n}: {drawn(s)}. {w}" for n, s, w in zip(
            self.labels, self.spaces, self.said, strict=True)]  # fmt: skip
        data = "" if self.target is None else f" On top, {len(self.target[0])} points of data."
        return "\n".join([first, *said, CAVEAT + data])

    def say(self, x, y, text, **look):
        """Text at a place in CSS pixels from the top left; returns the Text."""
        return style.write(self.figure, x / WIDTH, 1 - y / self.size[1], text, **look)

    def _fan(self, space, left, wide, color):
        """The functions of one feature, as bands, thin lines and a few strong ones."""
        ax = style.axes(self.figure, left + 34, TOP, wide - 38, HIGH)
        order = np.argsort(space.x[:, 0])
        x, lines = space.x[order, 0], space.outputs[:, order, 0]
        for part, alpha in ((0.9, 0.13), (0.5, 0.2)):
            low, high = np.quantile(lines, (0.5 - part / 2, 0.5 + part / 2), axis=0)
            ax.fill_between(x, low, high, color=color, alpha=alpha, linewidth=0)
        for line in lines[len(STYLES) : THIN]:
            ax.add_line(Line2D(x, line, color=color, linewidth=0.7, alpha=0.28))
        for line, dash in zip(lines, STYLES, strict=False):
            look = {"linewidth": 1.8, "linestyle": dash, "zorder": 4}
            ax.add_line(Line2D(x, line, color=style.INK, path_effects=HALO[1:], **look))
        if self.target is not None:
            ax.plot(*(a.ravel() for a in self.target), "o", color=style.TARGETS, markersize=4,
                    markeredgecolor=style.PAPER, markeredgewidth=0.6, zorder=5)  # fmt: skip
        ax.set(xlim=(x[0], x[-1]), ylim=self._reach())
        ax.xaxis.set_major_locator(MaxNLocator(6))
        ax.yaxis.set_major_locator(MaxNLocator(5))
        middle = np.quantile(lines, (0.05, 0.95), axis=0)
        where = np.argmax(middle[1] - middle[0])
        said = [style.number(a) for a in (middle[0, where], middle[1, where], x[where])]
        if len(space) > 1:
            self.said.append("Nine tenths lie between {} and {} at x = {}.".format(*said))
        else:
            self.said.append("It goes from {} to {}.".format(*map(style.number, lines[0, [0, -1]])))

    def _reach(self):
        """The same y axis for all: what nine tenths of the members and the data need."""
        ends = [np.quantile(s.outputs, (0.05, 0.95), axis=0).ravel() for s in self.spaces]
        ends += [self.target[1].ravel()] if self.target is not None else []
        ends = np.concatenate(ends)
        room = 0.25 * (np.ptp(ends) or 1)
        return ends.min() - room, ends.max() + room

    def _foot(self, plane):
        """How to read it, and what it does not show."""
        most = max(map(len, self.spaces))
        if plane:
            few = (
                "The only member" if most == 1 else f"The first {min(most, regions.SHOWN)} members"
            )
            text = f"{few} as drawn, not picked; a line parts the classes"
            text += "; below, how much of the data is right" * (self.target is not None)
            regions.key(self)
        else:
            text = f"Strong lines: {min(most, len(STYLES))} of the members" if most > 1 else (
                "The line: the only member")  # fmt: skip
            text += "; thin: more of them" * (most > len(STYLES))
            text += "; bands: the middle half and nine tenths at each x" * (most > 1)
            text += "; dots: data" * (self.target is not None)
        for up, line in ((31, f"{text}."), (13, CAVEAT)):
            look = {"size": style.SMALL, "color": style.QUIET}
            self.say(12, self.size[1] - up, line, **look)


def check(spaces, labels):
    """Raises where the spaces fit neither each other nor the picture."""
    first, most = spaces[0], len(COLORS)
    features = first.x.shape[1] if first.x.ndim == 2 else 0
    if len(spaces) > most:
        raise ValueError(f"There are {len(spaces)} spaces; up to {most} find room.")
    for space in spaces:
        if features not in (1, 2):
            raise ValueError(f"x has shape {space.x.shape}; a picture needs (m, 1) or (m, 2).")
        if space.x.shape != first.x.shape or not np.array_equal(space.x, first.x):
            raise ValueError("The spaces are sampled on different x; give all the same x.")
        if space.outputs.ndim != 3 or (features == 1 and space.outputs.shape[2] != 1):
            raise ValueError(
                f"outputs has shape {space.outputs.shape}; a fan needs one output, (n, m, 1)."
            )
        if not np.isfinite(space.outputs).all():
            raise ValueError(
                f"Some functions are not finite, of weights drawn {space.spread} × as wide; give "
                "hypotheses.sample a smaller spread."
            )
    if features == 2:
        regions.plane(first.x)
    elif np.ptp(first.x) == 0:
        raise ValueError(f"x is {first.x[0, 0]:g} everywhere; a line needs two points or more.")
    if labels is not None and len(labels) != len(spaces):
        raise ValueError(f"labels are {labels!r}; give one for each of {len(spaces)} spaces.")


def points(target, space):
    """The data as two arrays, or an error."""
    if target is None:
        return None
    x, y = (np.asarray(a) for a in target)
    if x.ndim != 2 or x.shape[1] != space.x.shape[1] or y.size != len(x):
        raise ValueError(
            f"target has shapes {x.shape} and {y.shape}; give x (k, {space.x.shape[1]}), y (k,)."
        )
    return x, y


def topology(space):
    """The layers of a space's model in short: "Dense(16, tanh) → Dense(1)"."""
    named = []
    for layer in space.model.layers:
        inside = [str(layer.units)] if hasattr(layer, "units") else []
        activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
        inside += [activation] * (activation != "linear")
        if layer.weights or inside:
            named.append(f"{type(layer).__name__}({', '.join(inside)})")
    return " → ".join(named)


def drawn(space, room=np.inf):
    """How many members, and how wide their weights were drawn; short where room is short."""
    count = f"{len(space):,} member" + "s" * (len(space) > 1)
    if not space.spread:
        return count
    text = f"{count}, weights drawn {space.spread:g} × as wide as fit() starts"
    fits = style.width(text, size=style.SMALL) <= room
    return text if fits else f"{count}, weights × {space.spread:g}"

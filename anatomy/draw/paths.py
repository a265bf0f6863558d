"""A race: where optimizers go on a surface, and the loss that each comes to, step by step."""

import numpy as np
from matplotlib.lines import Line2D

from anatomy.draw import scale, style
from anatomy.draw.paths_map import LOOKS, Map
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.quick import Quick
from anatomy.draw.style import number
from anatomy.optimizers import surface as found

WIDTH, HEIGHT = 800, 508  # CSS pixels, as all places below
COLUMN, WIDE, TOP, HIGH = 522, 262, 66, 190  # of the losses
KEY = 318  # where the key begins
DEEP = 1e-6  # of the largest loss: below, a logarithmic axis would show rounding
MOST = len(LOOKS)


def paths(surface, paths, at=None):
    """Paths of optimizers on the contours of a surface, and their losses over the steps.

    White is low, grey is high; a star is a minimum that is known. Who leaves the map stands as
    an X at its edge.

    Args:
        surface: an `anatomy.optimizers.Surface` or `Plane`, or the name of a surface.
        paths: list of one to four `anatomy.optimizers.Path` on it, of equally many steps.
        at: after which step they are shown; None: the last.

    Returns:
        PathsPicture: a Picture; ``update()`` takes the same arguments.

    Raises:
        ValueError: for no path, more than four, paths of unequal lengths, or a step that is
            not there.
    """
    return PathsPicture(surface, paths, at)


class PathsPicture(Picture):
    """The map on the left; losses and the key on the right."""

    def __init__(self, surface, paths, at=None):
        super().__init__(style.figure(WIDTH, HEIGHT))
        self.surface = None
        self.update(surface, paths, at)

    def update(self, surface, paths, at=None):
        """Show these paths after this step."""
        surface = found(surface)
        steps = len(paths[0]) if len(paths) else 0
        if not 1 <= len(paths) <= MOST or any(len(path) != steps for path in paths):
            raise ValueError(
                f"There are {len(paths)} paths, of {[len(path) for path in paths]} steps; give 1 "
                f"to {MOST} of equally many."
            )
        at = steps if at is None else at
        if not 0 <= at <= steps:
            raise ValueError(f"at is {at!r}; the paths have steps 0 to {steps}.")
        with LOCK:
            if surface is not self.surface:
                self._build(surface)
            self.paths, self.at = list(paths), at
            self.labels = labels(paths)
            self._fit(steps)
            self.map.show(paths, self.labels, at)
            self._show(steps)

    def describe(self):
        x, y = self.paths[0].points[0]
        name, about = self.surface.name, self.surface.about
        lines = [f"Surface {name}: {about}" if about else f"Surface {name}"]
        lines.append(
            f"From ({number(x)}, {number(y)}), after step {self.at} of {len(self.paths[0])}:"
        )
        lines += [
            f"{label}, {path.optimizer}: {self._stands(path)}"
            for label, path in zip(self.labels, self.paths, strict=True)
        ]
        return "\n".join(lines)

    def _build(self, surface):
        """The map of another surface, and empty axes for the losses."""
        self.figure.clear()
        self.moving.clear()
        self.surface, self._range = surface, None
        title = style.shorten(f"{surface.name}: {surface.about}" if surface.about else
                              surface.name, WIDTH - 150, bold=True)  # fmt: skip
        self._say(12, 18, title, bold=True)
        self._say(12, 40, f"axes: {surface.axes[0]}, {surface.axes[1]}. The star: a known minimum."
                  if len(surface.minima) else f"axes: {surface.axes[0]}, {surface.axes[1]}.",
                  size=style.SMALL, color=style.QUIET)  # fmt: skip
        self.map = Map(self, surface)
        for name in self.map.names:
            name.set_zorder(9)  # above its card, in a saved picture too
        ax = self.ax = style.axes(self.figure, COLUMN, TOP, WIDE, HIGH)
        self._say(COLUMN - 40, TOP - 14, "loss", size=style.SMALL, color=style.QUIET)
        ax.set_xlabel("step", fontproperties=style.font(style.SMALL), color=style.QUIET)
        self.curves = [self._line(ax, look, markersize=0) for look in LOOKS]
        self.now = [self._line(ax, look, linestyle="") for look in LOOKS]
        self.step = self._quick(WIDTH - 12, 18, bold=True, ha="right")
        self.keys = []
        for i, look in enumerate(LOOKS):
            y = KEY + 44 * i
            x = np.array([COLUMN - 36, COLUMN - 22, COLUMN - 8]) / WIDTH
            sample = Line2D(x, [1 - y / HEIGHT] * 3, linewidth=2.2, markevery=[1],
                            markeredgecolor=style.PAPER, **look)  # fmt: skip
            self.moves(self.figure.add_artist(sample))
            name = self._quick(COLUMN, y - 7, size=style.SMALL, bold=True, color=look["color"])
            said = self._quick(COLUMN, y + 9, size=style.SMALL)
            self.keys.append((sample, name, said))
        self.stale()

    def _line(self, ax, look, **more):
        line = Line2D([], [], linewidth=2, zorder=4, markeredgecolor=style.PAPER, **look | more)
        return self.moves(ax.add_line(line))

    def _quick(self, x, y, **look):
        text = self.moves(self.figure.add_artist(Quick(x / WIDTH, 1 - y / HEIGHT, **look)))
        text.set_transform(self.figure.transFigure)
        return text

    def _fit(self, steps):
        """Axes that hold the losses; what soars leaves through the top."""
        begin = max(float(path.losses[0]) for path in self.paths)
        finite = np.concatenate([path.losses[np.isfinite(path.losses)] for path in self.paths])
        high = 3 * begin if begin > 0 else float(finite.max())
        high = min(high, max(float(finite.max()), begin) * 1.15) or 1.0
        low = float(finite.min())
        log = low >= 0 and high > 30 * max(low, DEEP * high)
        floor = 10 ** np.floor(np.log10(max(low, DEEP * high))) if log else min(low, 0.0)
        wanted = steps, scale.Range(float(floor), high, bool(log))
        if wanted != self._range:
            self._range = wanted
            scale.set_range(self.ax, wanted[1])
            self.ax.set_xlim(0, steps)
            self.stale()

    def _show(self, steps):
        _, (low, high, _) = self._range
        self.step.set_text(f"step {self.at} of {steps}")
        for k, (curve, now, key) in enumerate(zip(self.curves, self.now, self.keys, strict=True)):
            shown = k < len(self.paths)
            for artist in (curve, now, *key):
                artist.set_visible(shown)
            if not shown:
                continue
            path = self.paths[k]
            losses = np.nan_to_num(path.losses[: self.at + 1].astype(float), nan=np.inf)
            losses = np.clip(losses, low, 2 * high)
            curve.set_data(np.arange(len(losses)), losses)
            now.set_data([self.at], [min(losses[-1], high)])
            now.set_clip_on(False)
            _, name, said = key
            name.set_text(self._fitting(path.optimizer))
            said.set_text(self._stands(path))

    def _fitting(self, text):
        """A call that fits on its line."""
        for long, short in (("learning_rate=", ""), ("momentum=", "m="), ("beta_1=", "b1=")):
            if style.width(text, size=style.SMALL, bold=True) > WIDTH - COLUMN - 8:
                text = text.replace(long, short)
        return style.shorten(text, WIDTH - COLUMN - 8, size=style.SMALL, bold=True)

    def _stands(self, path):
        """Where a racer is, in words."""
        lost, left = path.diverged, path.left(self.surface.extent)
        if lost is not None and lost <= self.at:
            return f"no finite loss from step {lost}"
        text = f"loss {number(path.losses[self.at])}"
        x0, x1, y0, y1 = self.surface.extent
        x, y = path.points[self.at]
        out = not (x0 <= x <= x1 and y0 <= y <= y1)
        return f"{text}, off the map since step {left}" if out and left is not None else text

    def _say(self, x, y, text, **look):
        return style.write(self.figure, x / WIDTH, 1 - y / HEIGHT, text, **look)


def labels(paths):
    """A short name for each: the class, and the rate or a number where that is not enough."""
    kinds = [path.optimizer.partition("(")[0] for path in paths]
    rates = [path.optimizer.partition("learning_rate=")[2] for path in paths]
    named = [
        kind if kinds.count(kind) == 1 else f"{kind} {rate.partition(',')[0].rstrip(')')}"
        for kind, rate in zip(kinds, rates, strict=True)
    ]
    return [
        name if named.count(name) == 1 else f"{name} ({named[: i + 1].count(name)})"
        for i, name in enumerate(named)
    ]

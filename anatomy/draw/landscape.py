"""The loss over a slice of the weights, and the path of a training on it."""

import numpy as np
from matplotlib import colormaps
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import MaxNLocator

from anatomy.draw import style
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.style import number
from anatomy.optimizers import Plane, plane
from anatomy.training import tables

WIDTH, HEIGHT = 800, 500  # CSS pixels, as all places below
LEFT, TOP, WIDE, HIGH = 58, 62, 470, 380  # of the map
COLUMN = 548  # where the words begin
LEVELS = 9
HALO = [Stroke(linewidth=3, foreground=style.PAPER), Normal()]
WAY = {"color": style.OPTIMIZER, "linewidth": 2, "marker": "o", "markersize": 4}
MARKS = {
    "start of the path": {"marker": "o", "color": style.OPTIMIZER, "markersize": 10,
                          "markerfacecolor": style.PAPER, "markeredgewidth": 2.2},
    "the weights now": {"marker": "*", "color": style.OPTIMIZER, "markersize": 17,
                        "markeredgecolor": style.PAPER},
    "least loss on the grid": {"marker": "v", "color": style.INK, "markersize": 10,
                               "markeredgecolor": style.PAPER},
}  # fmt: skip


def landscape(of, data=None, directions="random", *, n=41, seed=0):
    """The loss of a Keras model over a plane through its weights: contours, and the path on it.

    Dark is a low loss. The contours are of the loss at n x n places, all of them evaluated
    on all rows of the data. Two directions of thousands: a slice, as the picture says.

    Args:
        of: an `anatomy.optimizers.Plane`, or a built and compiled ``keras.Model``.
        data: what the model is trained on: an ``anatomy.data`` split, of which the training
            part is taken, or ``(x, y)``; not for a Plane.
        directions, seed: as for `anatomy.optimizers.plane`: "random", "weights", the names of
            two weights, or the path of a training.
        n: places along each side.

    Returns:
        LandscapePicture: a Picture; its attribute ``plane`` has the numbers.

    Raises:
        TypeError, ValueError: as `anatomy.optimizers.plane`; or where no loss is finite.

    Source: Li, Xu, Taylor, Studer, Goldstein, Visualizing the Loss Landscape of Neural Nets (2018).
    """
    if not isinstance(of, Plane):
        train, _ = tables(data)
        of = plane(of, train.arguments["x"], train.arguments["y"], directions, seed=seed)
    return LandscapePicture(of, n)


class LandscapePicture(Picture):
    """Contours on the left, and what they are of on the right."""

    def __init__(self, of, n=41):
        self.plane, self.grid = of, of.grid(n)
        a, b, values = self.grid
        finite = np.isfinite(values)
        if not finite.any():
            raise ValueError("No loss on this plane is a finite number; there is nothing to draw.")
        self.levels = levels(values[finite])
        row, column = np.unravel_index(np.nanargmin(np.where(finite, values, np.inf)), values.shape)
        self.least = float(values[row, column]), (float(a[column]), float(b[row]))
        self.loss = float(of.at(np.array([of.here]))[0])
        with LOCK:
            super().__init__(style.figure(WIDTH, HEIGHT))
            self._map()
            self._marks()
            self._words()

    def describe(self):
        a0, a1, b0, b1 = self.plane.extent
        return "\n".join(
            [
                f"Loss of model {self.plane.name!r} over {self.plane.axes[0]} ({a0:.3g} to "
                f"{a1:.3g}) and {self.plane.axes[1]} ({b0:.3g} to {b1:.3g}).",
                *self.said,
            ]
        )

    def _map(self):
        of, (a, b, values) = self.plane, self.grid
        ax = self.ax = style.axes(self.figure, LEFT, TOP, WIDE, HIGH)
        a0, a1, b0, b1 = of.extent
        ax.set(xlim=(a0, a1), ylim=(b0, b1), autoscale_on=False)
        ax.grid(False)
        for axis, name in zip((ax.xaxis, ax.yaxis), of.axes, strict=True):
            axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
            axis.set_label_text(name, fontproperties=style.font(style.SMALL), color=style.QUIET)
        if self.levels is None:  # the same everywhere
            return
        shown = np.ma.masked_invalid(np.clip(values, self.levels[0], self.levels[-1]))
        ax.contourf(a, b, shown, self.levels, colors=shades(len(self.levels) - 1), zorder=0)
        lines = ax.contour(a, b, shown, self.levels[1:-1], colors=style.PAPER, linewidths=0.7,
                           zorder=1)  # fmt: skip
        kept = []
        for text in ax.clabel(lines, fmt=number, inline_spacing=2):
            at = ax.transData.transform(text.get_position())
            text.set(fontproperties=style.font(style.SMALL), color=style.INK, rotation=0,
                     path_effects=HALO, zorder=2)  # fmt: skip
            edge = min(*(at - [LEFT, HEIGHT - TOP - HIGH]), *([LEFT + WIDE, HEIGHT - TOP] - at))
            apart = all(abs(at - other) @ [0.5, 1] > 24 for other in kept)
            text.set_visible(bool(apart and edge > 24))
            kept += [at] * text.get_visible()

    def _marks(self):
        """Where the weights are, the path, and the least loss."""
        of, ax = self.plane, self.ax
        places = {"the weights now": of.here}
        if self.least[0] < self.loss:
            places["least loss on the grid"] = self.least[1]
        if of.points is not None:
            halo = [Stroke(linewidth=4, foreground=style.PAPER), Normal()]
            ax.add_line(Line2D(*of.points.T, **WAY, zorder=4, path_effects=halo))
            places = {"start of the path": of.points[0]} | places
        y = TOP + 14
        for name, at in places.items():
            look = {"linestyle": "", **MARKS[name]}
            ax.add_line(Line2D([at[0]], [at[1]], zorder=6, clip_on=False, **look))
            dot = Line2D([(COLUMN + 8) / WIDTH], [1 - y / HEIGHT], **look)
            self.figure.add_artist(dot)
            said = "end of the path" if of.points is not None and "now" in name else name
            self._say(COLUMN + 24, y, said, size=style.SMALL)
            y += 22
        self._below = y + 10

    def _words(self):
        of = self.plane
        title = style.shorten(f"Loss of {of.name} over a slice of its weights", WIDTH - 24,
                              bold=True, size=style.TITLE)  # fmt: skip
        self._say(12, 18, title, bold=True, size=style.TITLE)
        about = style.shorten(f"{of.about.capitalize()}.", WIDTH - 24, size=style.SMALL)
        self._say(12, 40, about, size=style.SMALL, color=style.QUIET)
        least, _ = self.least
        lines = [f"Loss at the star: {number(self.loss)}.", f"Least on the grid: {number(least)}."]
        side = len(self.grid[0])
        lines.append(f"Each of {side} × {side} places: {of.samples:,} rows.")
        if of.points is not None:
            shadow = of.at(of.points[:1])[0]
            lines += [
                f"{len(of.points)} dots: after epochs {of.epochs[0]} to {of.epochs[-1]}.",
                f"The axes hold {of.share[0]:.0%} and {of.share[1]:.0%} of the path.",
                f"At its start the loss is {number(of.true[0])},",
                f"on the slice below it {number(shadow)}.",
            ]
        lines += [
            "What is lost: all other directions.",
            "A valley here may be a slope there,",
            "and a hill may have a way around it.",
        ]
        self.said = lines
        for i, line in enumerate(lines):
            self._say(COLUMN, self._below + 20 * i, line, size=style.SMALL)

    def _say(self, x, y, text, **look):
        return style.write(self.figure, x / WIDTH, 1 - y / HEIGHT, text, **look)


def levels(values):
    """Losses between which a colour stands for one step: as many places in each; None: flat."""
    found = np.unique([float(f"{v:.2g}") for v in np.quantile(values, np.linspace(0, 1, LEVELS))])
    return found if len(found) > 2 else None


def shades(count):
    """From the darkest, lowest, to one that is not so bright that it draws the eye to the worst."""
    return colormaps["cividis"](np.linspace(0.04, 0.84, count))

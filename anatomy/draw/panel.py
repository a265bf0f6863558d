"""Panel: one quantity against the epochs, of a run that grows."""

import numpy as np
from matplotlib.lines import Line2D

from anatomy.draw import scale, style
from anatomy.draw.quick import Quick

LEFT, RIGHT, HEAD, FOOT = 46, 52, 30, 40  # CSS pixels around the data
SLOT = 62  # CSS pixels for a number above the data
REACH = 4  # other runs may stretch the scale to this many times the run's own largest value
DASHED = (0, (4, 2))  # validation


class Panel:
    """The Axes of one quantity; (left, top, width, height) is its place in CSS pixels."""

    def __init__(self, picture, name, left, top, width, height):
        self.name, self.range = name, None
        across, down = width - LEFT - RIGHT, height - HEAD - FOOT
        self.ax = style.axes(picture.figure, left + LEFT, top + HEAD, across, down)
        self.ax.set_xlabel(
            "epoch", fontproperties=style.font(style.SMALL), color=style.QUIET, labelpad=3
        )
        above = 1 + 16 / down
        head = style.shorten(name, width - 30 - 2 * SLOT, bold=True)
        style.write(self.ax, -34 / across, above, head, bold=True, transform=self.ax.transAxes)
        self._right = [1 + (RIGHT - 16 - SLOT * i) / across for i in (0, 1)]
        self.training = self._line(picture, name, style.TRAINING, markerfacecolor=style.TRAINING)
        self.validation = self._line(
            picture, "val_" + name, style.VALIDATION,
            linestyle=DASHED, markerfacecolor=style.PAPER, markeredgewidth=1.5,
        )  # fmt: skip
        self.cross = self._line(
            picture, "diverged", style.ALARM,
            linestyle="", marker="x", markersize=11, markeredgewidth=3,
        )  # fmt: skip
        self.values = [
            Quick(1, above, color=c, ha="right") for c in (style.TRAINING, style.VALIDATION)
        ]
        for value in self.values:
            value.set_transform(self.ax.transAxes)
            picture.moves(self.ax.add_artist(value)).set_clip_on(False)

    def _line(self, picture, label, color, **looks):
        looks = {"linestyle": "-", "marker": "o", "markersize": 5, "markeredgewidth": 1, **looks}
        line = Line2D(
            [], [], label=label, color=color, linewidth=2, zorder=10,
            markeredgecolor=color, solid_capstyle="round", **looks,
        )  # fmt: skip
        return picture.moves(self.ax.add_line(line))

    def follow(self, run):
        """Draw the present run as far as it has come."""
        training, validation = run.points(self.name), run.points("val_" + self.name)
        self.training.set_data(*training)
        self.validation.set_data(*validation)
        n = len(training[0])
        self.training.set_markevery(sorted({*range(0, n, max(1, n // 10)), max(n - 1, 0)}))
        self.validation.set_markevery([max(len(validation[0]) - 1, 0)])
        self.cross.set_data(*self._fall(run, training))
        shown = [values for _, values in (training, validation)]
        for text, values, x in zip(
            self.values, shown, self._right[::-1] if len(shown[1]) else self._right, strict=True
        ):
            text.set_x(x)
            text.set_text(f"{values[-1]:#.3g}".rstrip(".") if len(values) else "")

    def _fall(self, run, points):
        """The last finite point of a run that diverged."""
        finite = np.isfinite(points[1])
        if self.name != "loss" or not run.diverged or not finite.any():
            return [], []
        last = np.flatnonzero(finite)[-1]
        return points[0][last : last + 1], points[1][last : last + 1]

    def rescale(self, run, others):
        """Fit the y axis to the present run; True when that changed it."""
        wanted = self._wanted(run, others)
        if wanted == self.range:
            return False
        self.range = wanted
        scale.set_range(self.ax, wanted)
        return True

    def _wanted(self, run, others):
        pairs = [[r.finite(self.name), r.finite("val_" + self.name)] for r in [run, *others]]
        pairs = [pair for pair in pairs if sum(map(len, pair))]
        if not pairs:
            return self.range or scale.Range(0.0, 1.0)
        # A run that went astray must not flatten the others: it leaves the picture.
        largest = max(np.max(values) for values in pairs[0] if len(values))
        reach = REACH * largest if largest > 0 else np.inf
        pairs = [pairs[0], *([v[v <= reach] for v in pair] for pair in pairs[1:])]
        values = np.concatenate([v for pair in pairs for v in pair])
        low, high = float(values.min()), float(values.max())
        if scale.is_fraction(self.name, low, high):
            return scale.FRACTION
        if low >= 0:
            # A training loss on its way to 0 is the picture of overfitting, to be seen
            # on a linear axis: the smallest value is asked of the validation.
            judged = np.concatenate([v[1] if len(v[1]) else v[0] for v in pairs])
            low = float(min(judged[judged > 0], default=0.0))
        return scale.fitting(low, high, self.range)

"""Space: the fan of a topology's functions, a target among them, live."""

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from anatomy.draw import style
from anatomy.draw.hypotheses import drawn, topology
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.quick import Quick
from anatomy.draw.style import number

WIDTH, HEIGHT = 800, 348  # CSS pixels, as all places below
LEFT, TOP, WIDE, HIGH = 46, 50, 742, 226
THIN, REACH = 80, 2.4  # members as thin lines; the y axis, for targets between -1 and 1
BANDS = {0.9: 0.13, 0.5: 0.2}  # part of the members at each x: alpha
LOOKS = {
    "target": {"color": style.TARGETS, "linewidth": 2.4, "linestyle": (0, (1, 1.2))},
    "nearest": {"color": style.INK, "linewidth": 1.8, "linestyle": (0, (6, 2))},
    "trained": {"color": style.OPTIMIZER, "linewidth": 2.6},
}
KEY = {"target": 12, "nearest": 120, "trained": 470}  # where each entry begins


class SpacePicture(Picture):
    """A fan of sampled members, the target, the nearest member and a trained function.

    ``update()`` takes a space (an ``anatomy.hypotheses.Space`` of one feature and one output),
    the target's values on its x, ``(m,)``, and, where there is one, a trained function
    ``(m,)`` with what to call it.
    """

    def __init__(self, space, target, trained=None, label=""):
        with LOCK:
            super().__init__(style.figure(WIDTH, HEIGHT))
            self.ax = style.axes(self.figure, LEFT, TOP, WIDE, HIGH)
            self.ax.set(xlim=(space.x.min(), space.x.max()), ylim=(-REACH, REACH))
            self.ax.xaxis.set_major_locator(MaxNLocator(6))
            self.ax.yaxis.set_major_locator(MaxNLocator(5))
            self.bands = [
                self._moves(PolyCollection([], color=style.DATA, alpha=alpha, linewidth=0))
                for alpha in BANDS.values()
            ]
            self.thin = self._moves(
                LineCollection([], colors=style.DATA, linewidths=0.7, alpha=0.28)
            )
            self.lines = {name: self._moves(Line2D([], [], **look)) for name, look in LOOKS.items()}
            self.title = self._quick(12, 17, bold=True)
            self.under = self._quick(12, 35, size=style.SMALL, color=style.QUIET)
            self.key = {name: self._entry(name, x) for name, x in KEY.items()}
            text = "Bands: the middle half and nine tenths of the members at each x; thin: some. "
            text += "Reachable is not sampled."
            quiet = {"size": style.SMALL, "color": style.QUIET}
            style.write(self.figure, 12 / WIDTH, 12 / HEIGHT, text, **quiet)
            self.update(space, target, trained, label)

    def update(self, space, target, trained=None, label=""):
        """Show these functions."""
        target = np.asarray(target, "float64").ravel()
        apart = space.distances(target[:, None])
        with LOCK:
            self.space, self.nearest = space, int(apart.argmin())
            self.apart = float(apart.min())
            self.trained = None if trained is None else (label, self._distance(trained, target))
            x, members = space.x[:, 0], space.outputs[:, :, 0]
            for band, part in zip(self.bands, BANDS, strict=True):
                low, high = np.quantile(members, (0.5 - part / 2, 0.5 + part / 2), axis=0)
                band.set_verts([np.c_[np.r_[x, x[::-1]], np.r_[low, high[::-1]]]])
            self.thin.set_segments([np.c_[x, member] for member in members[:THIN]])
            self.lines["target"].set_data(x, target)
            self.lines["nearest"].set_data(x, members[self.nearest])
            shown = ([], []) if trained is None else (x, np.ravel(trained))
            self.lines["trained"].set_data(*shown)
            self.title.set_text(style.shorten(topology(space), WIDTH - 24, bold=True))
            self.under.set_text(drawn(space))
            self._write()

    @property
    def words(self):
        """What there is to read off, in a sentence."""
        said = f"nearest of {len(self.space):,} sampled members: {number(self.apart)} away"
        if self.trained:
            said += f"; {self.trained[0]}: {number(self.trained[1])} away"
        return said

    def describe(self):
        return (
            f"The hypothesis space of {topology(self.space)}: {drawn(self.space)}. Distance to "
            f"the target, {self.words}. Reachable is not sampled."
        )

    @staticmethod
    def _distance(function, target):
        return float(np.sqrt(np.mean((np.ravel(function) - target) ** 2)))

    def _moves(self, artist):
        add = self.ax.add_line if isinstance(artist, Line2D) else self.ax.add_collection
        return self.moves(add(artist))

    def _quick(self, x, y, **look):
        text = Quick(x / WIDTH, 1 - y / HEIGHT, **look)
        text.set_transform(self.figure.transFigure)
        return self.moves(self.figure.add_artist(text))

    def _entry(self, name, x):
        """A piece of the line, and room for words."""
        y = HEIGHT - 36
        piece = Line2D(
            np.array([x, x + 26]) / WIDTH, [1 - y / HEIGHT] * 2, transform=self.figure.transFigure,
            **LOOKS[name],
        )  # fmt: skip
        return self.moves(self.figure.add_artist(piece)), self._quick(x + 34, y, size=style.SMALL)

    def _write(self):
        """The key: each line's name and its distance to the target."""
        texts = {
            "target": "the target",
            "nearest": f"nearest of {len(self.space):,} sampled: {number(self.apart)} away",
            "trained": "",
        }
        if self.trained:
            texts["trained"] = f"{self.trained[0]}: {number(self.trained[1])} away"
        for name, (piece, text) in self.key.items():
            text.set_text(texts[name])
            piece.set_visible(bool(texts[name]))

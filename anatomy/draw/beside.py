"""Beside: the other runs of a history, which rest while the present one grows."""

from itertools import cycle
from typing import NamedTuple

import numpy as np
from matplotlib.lines import Line2D

from anatomy.draw import style
from anatomy.draw.panel import DASHED
from anatomy.draw.runs import Run

WIDTH = 800  # CSS pixels of the picture


class Look(NamedTuple):
    """How a run beside the present one is drawn; and, if numbered, its entry in the key."""

    run: Run
    color: str
    linewidth: float
    number: int = 0
    name: str = ""
    ink: str = style.QUIET
    x: float = 0.0


def look(others):
    """How each other run is drawn: pinned ones strong, the rest paler with age.

    Those that find room in the key are numbered.
    """
    looks, x, pins, ghosts = [], 12, iter(cycle(style.PINNED)), iter(style.GHOSTS)
    for number, run in enumerate(others, 1):
        name = style.shorten(run.label + ", diverged" * bool(run.diverged), 220, size=style.SMALL)
        color = next(pins) if run.pinned else next(ghosts, None)
        room = x + 12 + style.width(name, size=style.SMALL)
        if color and room < WIDTH - 100:
            ink = color if run.pinned else style.QUIET
            looks.append(Look(run, color, 1.5 if run.pinned else 1.3, number, name, ink, x))
            x = room + 18
        else:
            looks.append(Look(run, color or style.FADED, 1))
    return looks


def fingerprint(looks):
    """What tells one set of other runs from another."""
    return [
        (look.run.label, look.color, *((k, v.tobytes()) for k, v in look.run.curves.items()))
        for look in looks
    ]


class Beside:
    """The curves of other runs in one panel, the first of them on top, and their numbers."""

    def __init__(self, panel, looks):
        self._panel, self._looks, self.artists = panel, looks, []
        for depth, look in enumerate(looks):
            for name, dash in ((panel.name, "-"), ("val_" + panel.name, DASHED)):
                epochs, values = look.run.points(name)
                if len(epochs) == 0:
                    continue
                finite = np.flatnonzero(np.isfinite(values))
                marker = "x" if look.run.diverged else "o" if len(epochs) == 1 else ""
                line = Line2D(
                    epochs, values, color=look.color, linewidth=look.linewidth, linestyle=dash,
                    marker=marker, markersize=6, markevery=list(finite[-1:]),
                    zorder=3 - depth / 100, label=f"{look.run.label} {name}",
                )  # fmt: skip
                self.artists.append(panel.ax.add_line(line))
        self._number()

    def _number(self):
        """Number the curves where they end; numbers that would overlap share a place."""
        places = []
        for end, look in sorted(self._ends(), key=lambda pair: tuple(pair[0])):
            near = (p for p in places if (abs(p["at"] - end) < (12, style.SMALL)).all())
            place = next(near, None)
            if place is None:
                place = {"at": end, "looks": {}}
                places.append(place)
            place["looks"][look.number] = look
        ax = self._panel.ax
        to_axes = ax.transAxes.inverted()
        for place in places:
            looks = sorted(place["looks"].items())
            for i, (number, look) in enumerate(looks[:4]):
                at = to_axes.transform(place["at"] + (8 + 12 * i, 0))
                text = style.write(
                    ax, *at, "…" if i == 3 and looks[4:] else str(number), bold=True,
                    size=style.SMALL, color=look.ink, transform=ax.transAxes,
                )  # fmt: skip
                self.artists.append(text)

    def _ends(self):
        """(place in pixels, look) where each numbered curve ends or leaves the picture."""
        ax, name = self._panel.ax, self._panel.name
        for look in self._looks:
            for curve in (name, "val_" + name):
                epochs, values = look.run.points(curve)
                finite = np.isfinite(values)
                if not look.number or not finite.any():
                    continue
                points = ax.transData.transform(np.c_[epochs, values][finite])
                bottom, top = ax.bbox.intervaly
                above = np.flatnonzero(points[:, 1] > top)
                if len(above) and points[-1, 1] > top:
                    yield _crossing(points, int(above[0]), top), look
                else:
                    yield np.maximum(points[-1], (0, bottom)), look


def _crossing(points, i, top):
    """Where the line to point i, the first above the top, meets the top."""
    (x0, y0), (x1, y1) = points[max(i - 1, 0)], points[i]
    share = (top - y0) / (y1 - y0) if y1 > y0 else 0
    return np.array([x0 + max(share, 0) * (x1 - x0), top])

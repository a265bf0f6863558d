"""Timesteps: what an LSTM's states, gates and predictions became, row after row."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from anatomy.draw import style
from anatomy.draw.moment import said
from anatomy.draw.page import COVER, MARK

PANELS = {"c": (50, 374, 338, 84), "h": (442, 374, 338, 84),
          "gates": (50, 506, 338, 104), "last": (442, 506, 338, 104)}  # fmt: skip
LINES = {"f": (style.DATA, "-"), "i": (style.LOSS, "--"), "o": (style.TARGETS, ":"),
         "g": (style.OPTIMIZER, "-."), "c": (style.DATA, "-"), "h": (style.LOSS, "--")}  # fmt: skip
CURVES = {"gates": "fiog", "last": "ch"}  # of the unit; the latter where there are no predictions
GATES = LinearSegmentedColormap.from_list("gates", [style.PAPER, style.LAYERS])  # 0 to 1
AHEAD = {"fill": style.PAPER, "edge": style.RULE, "linewidth": 0, "hatch": "////"}  # still to come
TINY = {"size": 10, "color": style.QUIET}


class Timesteps:
    """Four panels over the timesteps: cell state, hidden state, gates of a unit, predictions.

    Without predictions the last one has cell and hidden state of the unit.
    """

    def __init__(self, page, now):
        self._page = page
        self._count, units = now.facts.h.shape
        self._heads, self._ahead, self._here = {}, {}, {}
        self._maps, self._curves, self._scales = {}, {}, {}
        for name in PANELS:
            self._panel(name)
        for name in "ch":
            self._map(name, {0: 0, units - 1: units - 1}, units)
        self._plot("gates")
        if now.classes:
            self._map("last", dict(enumerate(now.classes)), len(now.classes), GATES)
        else:
            self._plot("last")
        self._settled = page.quick(780, PANELS["last"][1] - 16, ha="right", color=style.QUIET,
                                   size=style.SMALL)  # fmt: skip
        self._returned = page.quick(780, PANELS["h"][1] - 16, ha="right", color=style.OPTIMIZER,
                                    size=style.SMALL, bold=True)  # fmt: skip
        self._frame = page.moves(page.box(PANELS["h"], style.OPTIMIZER, 2.6, zorder=MARK + 0.1))

    def show(self, now):
        """The facts of a `Moment` at all timesteps, its unit marked."""
        for name, text in (("c", "cell state c"), ("h", "hidden state h")):
            values = getattr(now.facts, name).T
            largest = np.abs(values[np.isfinite(values)]).max(initial=0)
            self._heads[name].set_text(f"{text}, ±{said(largest)}")
            self._fill(name, values, (-(largest or 1), largest or 1), now.unit)
        self._heads["gates"].set_text(f"gates of unit {now.unit}")
        self._draw("gates", now)
        if now.classes:
            self._heads["last"].set_text("prediction Y′ from each h")
            self._fill("last", now.predictions.T, (0, 1), now.target)
        else:
            self._heads["last"].set_text(f"states of unit {now.unit}")
            self._draw("last", now)

    def go(self, now, returned):
        """As far as this timestep; ``returned`` is the shape that the layer returns."""
        self._settled.set_text(style.shorten(now.settled, 150, size=style.SMALL))
        for name, (left, top, wide, high) in PANELS.items():
            step = wide / self._count
            end = left + step * now.timestep
            self._ahead[name].set_bounds(end, top, left + wide - end, high)
            start, length = broad(end - step, step)
            self._here[name].set_bounds(start, top, length, high)
        left, top, wide, high = PANELS["h"]
        first = left if len(returned) == 2 else left + wide - wide / self._count
        self._frame.set_bounds(first - 2, top - 2, left + wide - first + 4, high + 4)
        self._returned.set_text(f"returned: {returned}")

    def _panel(self, name):
        """What all four have: a heading, an edge, a scale of timesteps, what is to come."""
        page, (left, top, wide, high) = self._page, PANELS[name]
        self._heads[name] = page.rests(page.write(left, top - 16, bold=True))
        self._ahead[name] = page.moves(page.box(PANELS[name], zorder=COVER, **AHEAD))
        page.frame(PANELS[name])
        self._here[name] = page.moves(page.box(PANELS[name], style.INK, 1.4, zorder=MARK))
        page.write(left - 12, top + high + 10, "t", ha="right", **TINY)
        for k in ticks(self._count):
            x = left + (k - 0.5) * wide / self._count
            page.write(x, top + high + 10, str(k), ha="center", **TINY)

    def _map(self, name, labels, rows, cmap="RdBu_r"):
        """A panel with an image of so many rows, some of them labelled, one marked."""
        page, (left, top, _, high) = self._page, PANELS[name]
        for k, text in labels.items():
            y = top + (k + 0.5) * high / rows
            text = style.shorten(str(text), 30, size=10)
            page.write(left - 13, y, text, ha="right", **TINY)
        mark = page.rests(page.write(left - 2, 0, "▸", ha="right", size=10))
        self._maps[name] = page.rests(page.image(PANELS[name], cmap=cmap)), mark, high / rows

    def _fill(self, name, values, limits, marked):
        image, mark, pitch = self._maps[name]
        image.set_data(values)
        image.set_clim(*limits)
        mark.set_visible(marked is not None)
        mark.set_y(PANELS[name][1] + ((marked or 0) + 0.5) * pitch)

    def _plot(self, name):
        """A panel with curves of the unit, their key above it at the right."""
        page, (left, top, wide, _) = self._page, PANELS[name]
        end, dot = left + wide, "o" if self._count == 1 else ""
        for key in reversed(CURVES[name]):
            color, dashes = LINES[key]
            sample = page.line(color, dashes)
            sample.set_data([end - 26, end], [top - 16, top - 16])
            page.write(end - 31, top - 16, key, ha="right", bold=True, color=color)
            self._curves[name, key] = page.rests(page.line(color, dashes, marker=dot, markersize=5))
            end -= 52
        self._scales[name] = (
            page.rests(page.strokes(style.RULE, 1, zorder=1.5)),
            [page.rests(page.write(left - 6, 0, ha="right", **TINY)) for _ in range(3)],
        )

    def _draw(self, name, now):
        left, top, wide, high = PANELS[name]
        curves = {key: getattr(now.facts, key)[:, now.unit] for key in CURVES[name]}
        every = np.concatenate(list(curves.values()))
        every = every[np.isfinite(every)]
        low, high_ = min(-1, every.min(initial=-1)), max(1, every.max(initial=1))

        def y(value):
            return top + 5 + (high - 10) * (high_ - value) / (high_ - low)

        x = left + (np.arange(self._count) + 0.5) * wide / self._count
        for key, values in curves.items():
            self._curves[name, key].set_data(x, y(values))
        rules, texts = self._scales[name]
        rules.set_segments([((left, y(v)), (left + wide, y(v))) for v in (low, 0, high_)])
        for text, value in zip(texts, (low, 0, high_), strict=True):
            near = value and abs(y(value) - y(0)) < 12  # the 0 is enough there
            text.set(y=y(value), text="" if near else f"{value:.3g}".replace("-", "−"))


def ticks(count):
    """Timesteps to be written under a panel: the first, the last, round ones between."""
    step = next(10**k * n for k in range(9) for n in (1, 2, 5) if count <= 10**k * n * 7)
    between = [k for k in range(step, count, step) if k > 1 and count - k >= 0.6 * step]
    return sorted({1, *between, count})


def broad(start, length, least=4):
    """Start and length of a mark around something thin."""
    more = max(least - length, 0)
    return start - more / 2, length + more

"""The two panels of a sweep: where each rate ends, and how one rate came there."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from anatomy.draw import scale, style
from anatomy.draw.quick import Quick
from anatomy.draw.sweep_words import end

#: How the lines are told apart: colour, marker, dashes.
LOOKS = (
    (style.TRAINING, "o", "-"),
    (style.VALIDATION, "s", (0, (5, 2))),
    (style.TARGETS, "^", (0, (1.5, 1.5))),
    (style.OPTIMIZER, "D", (0, (7, 2, 1.5, 2))),
)
DECADE = 12.0  # losses that span more are shown on a logarithmic axis
TALL = 20.0  # times the loss of the beginning: what is higher leaves the picture


class Ends:
    """The final loss over the learning rate: medians, bands, the cliff, what diverged."""

    def __init__(self, picture, place, small):
        self.range, self._small = None, small
        self.ax = style.axes(picture.figure, *place)
        self.ax.set_xscale("log")
        self._height, self._most = place[3], place[2] // 55  # labels side by side
        self._stick = picture.moves(
            self.ax.add_line(Line2D([], [], color=style.INK, linewidth=1.2, zorder=8))
        )
        self._dots = [
            picture.moves(
                self.ax.add_line(
                    Line2D(
                        [], [], color=color, marker=marker, linestyle="", markersize=9, zorder=9,
                        markeredgecolor=style.PAPER, markeredgewidth=1.5,
                    )
                )
            )
            for color, marker, _ in LOOKS
        ]  # fmt: skip
        self._said = Quick(0, 1 + 11 / place[3], bold=True)
        picture.moves(self.ax.add_artist(self._said)).set_clip_on(False)

    def fit(self, valleys):
        """Sets the axes for these; True where that changed them."""
        rates = valleys[0].rates
        wanted = tuple(rates[[0, -1]]), _range(valleys)
        if wanted == self.range:
            return False
        self.range = wanted
        (low, high), losses = wanted
        pad = (high / low) ** 0.025 if high > low else 2.0
        self.ax.set_xlim(low / pad, high * pad)
        _ticks(self.ax.xaxis, low / pad, high * pad, self._most)
        set_losses(self.ax, losses, most=max(3, int(self._height // 24)))
        return True

    def artists(self, valleys):
        """The data, as artists."""
        made = []
        if len(valleys) == 1 and valleys[0].cliff is not None:
            made += self._cliff(valleys[0])
        for row, (valley, look) in enumerate(zip(valleys, LOOKS, strict=False)):
            made += self._line(valley, look, row)
        return made

    def _line(self, valley, look, row):
        color, marker, dash = look
        top = self.range[1].high
        low, high = valley.band
        high = np.where(valley.diverged > 0, top, high)  # the band of one that fell is open
        median = np.where(np.isfinite(valley.median), valley.median, np.nan)
        band = self.ax.fill_between(
            valley.rates, np.where(np.isnan(low), top, low), high, color=color, alpha=0.16,
            linewidth=0, zorder=1, where=valley.trained,
        )  # fmt: skip
        line = Line2D(
            valley.rates, median, color=color, linestyle=dash, linewidth=2, marker=marker,
            markersize=2.5 if self._small else 4, zorder=4, label=valley.name or "median",
        )  # fmt: skip
        crosses = self._above(valley.rates[valley.diverged > 0], "x", color, row, "diverged")
        tall = valley.rates[np.isfinite(median) & (median > top)]
        return [
            band, self.ax.add_line(line), crosses,
            self._above(tall, "^", color, row, "above the picture"),
        ]  # fmt: skip

    def _above(self, rates, marker, color, row, label):
        """Marks at the top edge, one row for each line."""
        height = np.full(len(rates), 1 - (8 + 10 * row) / self._height)
        marks = Line2D(
            rates, height, color=style.ALARM if marker == "x" else color, marker=marker,
            linestyle="", markersize=6, markeredgewidth=1.8, zorder=5, label=label,
            transform=self.ax.get_xaxis_transform(),
        )  # fmt: skip
        return self.ax.add_line(marks)

    def _cliff(self, valley):
        """A pale ground from the rate where the cliff begins, and its name."""
        i, (left, right) = valley.cliff, self.ax.get_xlim()
        begin = np.sqrt(valley.rates[max(i - 1, 0)] * valley.rates[i]) if i else left
        ground = self.ax.axvspan(begin, right, color=style.tint(style.ALARM), linewidth=0, zorder=0)
        if self._small:  # the line above says it
            return [ground]
        text = f"cliff from {style.number(valley.rates[i])}"
        at = self.ax.transAxes.inverted().transform(self.ax.transData.transform((begin, 1)))[0]
        pixels = self.ax.get_window_extent().width
        inside = (1 - at) * pixels > style.width(text, size=style.SMALL) + 12
        said = style.write(
            self.ax, at + (6 if inside else -6) / pixels, 12 / self._height, text,
            size=style.SMALL, color=style.ALARM, ha="left" if inside else "right",
            transform=self.ax.transAxes, zorder=7,
        )  # fmt: skip
        return [ground, said]

    def mark(self, valleys, rate, losses):
        """Puts the marker at a rate; ``losses``: whether it says the loss of its nearest member."""
        there = rate is not None
        self._stick.set_data(*([[rate, rate], self.ax.get_ylim()] if there else [[], []]))
        for valley, dot in zip(valleys, self._dots, strict=False):
            near = valley.nearest(rate) if there else 0
            shown = there and np.isfinite(valley.median[near])
            dot.set_data(*([[valley.rates[near]], [valley.median[near]]] if shown else [[], []]))
        said = ""
        if there:
            said = f"▾ {style.number(rate)}"
            if losses and len(valleys) == 1:
                said += f": {end(valleys[0].median[valleys[0].nearest(rate)])}"
            self._place(said, rate)
        self._said.set_text(said)

    def _place(self, said, rate):
        """The text begins with its arrow at the marker, or ends with it near the right end."""
        width = self.ax.get_window_extent().width
        at = self.ax.transData.transform((rate, 1))[0] - self.ax.get_window_extent().x0
        room = 10 if self._small else 30
        at = min(at - 5, width + room - style.width(said, bold=True))
        self._said.set_transform(self.ax.transAxes)
        self._said.set_x(at / width)


class Curves:
    """The loss over the epochs at one rate, every seed of every line, on the same scale."""

    def __init__(self, picture, place, most):
        self.ax = style.axes(picture.figure, *place)
        self._lines = [
            picture.moves(
                self.ax.add_line(Line2D([], [], color=color, linestyle=dash, linewidth=1.5))
            )
            for color, _, dash in LOOKS
            for _ in range(most)
        ]
        self._most = most
        self._head = Quick(0, 1 + 11 / place[3], bold=True)
        self._head.set_transform(self.ax.transAxes)
        picture.moves(self.ax.add_artist(self._head)).set_clip_on(False)

    def fit(self, epochs, losses):
        scale.set_epochs(self.ax, epochs)
        set_losses(self.ax, losses)

    def follow(self, sweep, metric, valleys, rate):
        """Shows the curves of the rate that is nearest."""
        for line in self._lines:
            line.set_data([], [])
        for i, valley in enumerate(valleys):
            near = valley.nearest(rate)
            for seed, member in enumerate(valley.members[near]):
                values = sweep.history.get(metric, np.empty((len(sweep), 0)))[member]
                values = values[: sweep.done[member]]
                self._lines[self._most * i + seed].set_data(
                    np.arange(1, len(values) + 1), np.where(np.isfinite(values), values, np.nan)
                )
        near = valleys[0].nearest(rate)
        fallen = sum(valley.diverged[near] for valley in valleys)
        every = sum(valley.ends.shape[1] for valley in valleys)
        said = f": {fallen} of {every} diverged" if fallen else ""
        self._head.set_text(f"at {style.number(valleys[0].rates[near])}{said}")


def set_losses(ax, losses, most=6):
    """A y axis of this Range; round numbers where it has few decades."""
    scale.set_range(ax, losses)
    if losses.log:
        _ticks(ax.yaxis, losses.low, losses.high, most)


def _ticks(axis, low, high, most):
    """Powers of ten, or 1, 2, 5 where there are few."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    powers = [10.0**k for k in decades if low <= 10.0**k <= high]
    if len(powers) < 3:
        powers = [m * 10.0**k for k in decades for m in (1, 2, 5) if low <= m * 10.0**k <= high]
    axis.set_major_locator(FixedLocator(powers[:: max(1, -(-len(powers) // most))]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: scale.plain(value)))


def _range(valleys):
    """The Range of the losses: all of the valley, and of the cliff what is not absurd."""
    values = np.concatenate([np.concatenate(valley.band) for valley in valleys])
    starts = [valley.start for valley in valleys if np.isfinite(valley.start)]
    values = np.concatenate([values[np.isfinite(values)], starts])
    if not len(values):
        return scale.Range(0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if starts and min(starts) > 0:
        high = min(high, TALL * max(starts))
    if low > 0 and high / low > DECADE:
        return scale.Range(float(f"{low / 1.4:.1g}"), float(f"{high * 2.2:.1g}"), True)
    return scale.Range(min(0.0, 1.1 * low), scale.round_up(high * 1.15))

"""A whole axis at once: the final loss over the learning rate, its valley and its cliff."""

from matplotlib.lines import Line2D

from anatomy.draw import style
from anatomy.draw.beside import WIDTH
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.sweep_panels import LOOKS, Curves, Ends
from anatomy.draw.sweep_words import describe, summary
from anatomy.training import valleys

LEFT, RIGHT, HEAD, ROW, FOOT = 56, 16, 20, 20, 42  # CSS pixels around the data
TITLE = 30
CURVES = 232  # width of the curves of one rate
HEIGHT = 232  # of the data
STRIP, LOW = 340, 84  # width of the strip beneath a slider, and height of its data


def sweep(sweep, metric="loss", marker=None):
    """The final loss of every member of a sweep over its learning rate.

    A line is the median of the seeds, its band reaches from the best seed to the worst. Where the
    line climbs above the loss with which training began, the cliff begins. Members whose loss is no
    finite number are marked × at the top, finite ones above the picture ▲.

    Args:
        sweep: an `anatomy.training.Sweep` over learning_rate, and over one more axis of up to four
            values, each of which has a line.
        metric: "loss" or "val_loss".
        marker: a learning rate to mark; the loss over the epochs of the nearest member is shown
            beside, every seed, on the same scale.

    Returns:
        SweepPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: where the sweep has no learning_rate, too many axes or values, or no such
            metric; for a marker that is not above 0.

    Source: Smith, Cyclical learning rates for training neural networks (2017), section 3.3,
        sweeps the rate within one run; here every rate has a run of its own.
    """
    return SweepPicture(sweep, metric, marker)


class SweepPicture(Picture):
    """A sweep that may still be trained, and a marker that moves.

    Args:
        sweep, metric, marker: as in ``draw.sweep``.
        strip: whether it is small, without the curves: to stand beneath a slider.
    """

    def __init__(self, sweep, metric="loss", marker=None, strip=False):
        self._strip, self._built, self._width = strip, None, STRIP if strip else WIDTH
        super().__init__(style.figure(self._width, 320))
        self.update(sweep, metric, marker)

    def update(self, sweep, metric="loss", marker=None):
        """Show this sweep, as far as it is trained, and put the marker there."""
        found = valleys(sweep, metric)
        _checked(marker)
        with LOCK:
            self.sweep, self.metric, self.valleys = sweep, metric, found
            seeds = found[0].ends.shape[1]
            wanted = len(found), seeds, marker is not None and not self._strip
            if wanted != self._built:
                self._build(*wanted)
            if self.ends.fit(found) | (sweep.epochs != self._epochs):
                self._epochs = sweep.epochs
                if self.curves:
                    self.curves.fit(sweep.epochs, self.ends.range[1])
                self.stale()
            for artist in self.resting:
                artist.remove()
            self.rests([*self.ends.artists(found), *self._texts()])
            self.mark(marker)

    def mark(self, marker):
        """Put the marker at another rate: all else stays."""
        _checked(marker)
        with LOCK:
            self.marker = marker
            self.ends.mark(self.valleys, marker, losses=not self._strip)
            if self.curves and marker is not None:
                self.curves.follow(self.sweep, self.metric, self.valleys, marker)

    def describe(self):
        return describe(self.sweep, self.metric, self.valleys, self.marker)

    def _build(self, lines, seeds, curves):
        """New axes, for so many lines and with or without curves."""
        top = TITLE + ROW * (lines if lines > 1 or self._strip else 0) + HEAD
        height = LOW if self._strip else HEIGHT
        self.figure.clear()
        foot = FOOT - 16 if self._strip and seeds == 1 else FOOT
        self.figure.set_size_inches(self._width / 72, (top + height + foot) / 72)
        self.moving.clear()
        self.resting, self._built, self._epochs = [], (lines, seeds, curves), None
        width = self._width - LEFT - RIGHT - (CURVES + 46 if curves else 0)
        self.ends = Ends(self, (LEFT, top, width, height), self._strip)
        self.curves = None
        if curves:
            left = WIDTH - RIGHT - CURVES
            self.curves = Curves(self, (left, top, CURVES, height), seeds)
            self._axis_label(self.curves.ax, "epoch")
        if not self._strip:  # it stands beneath that slider
            self._axis_label(self.ends.ax, "learning_rate")
        if seeds > 1:
            key = f"line: median, band: all {seeds} seeds"
            self._say(12, top + height + FOOT - 15, key, size=style.SMALL, color=style.QUIET)
        self.stale()

    def _axis_label(self, ax, text):
        ax.set_xlabel(text, fontproperties=style.font(style.SMALL), color=style.QUIET, labelpad=3)

    def _texts(self):
        """The line above, and a line for each of several lines."""
        epochs = f"{self.sweep.epochs} epoch{'s' * (self.sweep.epochs > 1)}"
        done = int(self.sweep.done.min())
        head = f"{self.metric} after {f'{done} of ' * (done < self.sweep.epochs)}{epochs}"
        made = [self._say(12, TITLE / 2 + 2, head, size=style.TITLE, bold=True)]
        x = 12 + style.width(head, size=style.TITLE, bold=True) + 20
        if len(self.valleys) == 1:
            x, y = (12, TITLE + ROW / 2) if self._strip else (x, TITLE / 2 + 2)
            said = style.shorten(summary(self.valleys[0]), self._width - x - 8)
            return [*made, self._say(x, y, said)]
        for row, (valley, look) in enumerate(zip(self.valleys, LOOKS, strict=False)):
            y = TITLE + ROW * (row + 0.5)
            made += [
                self._sample(y, *look),
                self._say(62, y, valley.name, color=look[0], bold=True),
                self._say(72 + self._names(), y, summary(valley)),
            ]
        return made

    def _names(self):
        return max(style.width(valley.name, bold=True) for valley in self.valleys)

    def _sample(self, y, color, marker, dash):
        width, height = self.size
        sample = Line2D(
            [14 / width, 33 / width, 52 / width], [1 - y / height] * 3, color=color, marker=marker,
            linestyle=dash, linewidth=2, markersize=5, markevery=[1],
        )  # fmt: skip
        return self.figure.add_artist(sample)

    def _say(self, x, y, text, **looks):
        width, height = self.size
        return style.write(self.figure, x / width, 1 - y / height, text, **looks)


def _checked(marker):
    if marker is not None and not marker > 0:
        raise ValueError(f"marker is {marker!r}; give a learning rate above 0, or None.")

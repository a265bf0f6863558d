"""The history of a fit(): loss and metrics, epoch by epoch, beside other runs."""

import numpy as np
from matplotlib.lines import Line2D

from anatomy.draw import scale, style
from anatomy.draw.beside import WIDTH, Beside, fingerprint, look
from anatomy.draw.panel import DASHED, Panel
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.quick import Quick
from anatomy.draw.runs import Run, curves, describe

TOP, KEY = 34, 30  # CSS pixels: the line above, the key below


def history(history, *, epochs=None, label="", others=()):
    """The loss and each metric of a ``fit()`` over its epochs, training and validation.

    Args:
        history: the History that ``model.fit()`` returned, or its dict of lists,
            one float an epoch: {"loss": [...], "val_loss": [...], "accuracy": [...]}.
            A name with an empty list keeps a place for a curve to come.
        epochs: the number of epochs planned, where more are to come.
        label: what this run is, such as "learning_rate=0.001".
        others: other runs to compare with, the newest first, each a tuple
            (label, history, pinned). They are pale and numbered, the first four that
            are not pinned fading with age, later ones without a number; a pinned one
            is strong.

    Returns:
        HistoryPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError: history is neither a History nor a dict of lists of numbers.

    Source: Chollet, Deep Learning with Python, ch. 3 (``history.history``).
    """
    return HistoryPicture(history, epochs=epochs, label=label, others=others)


class HistoryPicture(Picture):
    """Curves of a run that may still grow, beside curves of other runs, which are still."""

    def __init__(self, history, **more):
        super().__init__(style.figure(WIDTH, 320))
        self._names = None
        self.update(history, **more)

    def update(self, history, *, epochs=None, label="", others=()):
        """Show this run and these others; the arguments are those of ``draw.history``."""
        run, others = Run(str(label), curves(history)), _runs(others)
        with LOCK:
            self.run, self.others = run, others
            self.planned = max(run.epochs, int(epochs or 0))
            names = next((r.names for r in [run, *others] if r.names), self._names or ("loss",))
            if names != self._names:
                self._build(names)
            for panel in self.panels:
                panel.follow(run)
            self.coming.set_visible(not any(r.epochs for r in [run, *others]))
            looks = look(others)
            self._fit(looks)
            self._write_title()
            self._rest(looks)

    def expect(self, others):
        """Draw ahead, while there is time, what an ``update()`` with these others will need."""
        with LOCK:
            looks = look(_runs(others))
            self._forget()
            if self._still is None or self._epochs(looks) != self._last[0]:
                return
            self._expected = Others(self, looks)
            self._expected.pixels = self.ahead(self._expected.artists)
            self._expected.set_visible(False)

    def describe(self):
        return describe(self.run, self.planned, self.others)

    def _build(self, names):
        """New axes, one for each name, three in a row, or two where names are long."""
        long = max(style.width(name, bold=True) for name in names) > 112
        columns = min(len(names), 2 if long or len(names) == 4 else 3)
        rows = -(-len(names) // columns)
        wide, high = WIDTH / columns, 256 if rows == 1 else 226
        self.figure.clear()
        self.figure.set_size_inches(WIDTH / 72, (TOP + rows * high + KEY) / 72)
        self.moving.clear()
        self._names, self._last, self._legend = names, (0, False), []
        self._shown = self._expected = None
        self.panels = [
            Panel(self, name, i % columns * wide, TOP + i // columns * high, wide, high)
            for i, name in enumerate(names)
        ]
        self.title = self._headline(size=style.TITLE)
        self.fall = self._headline(color=style.ALARM)
        ax = self.panels[0].ax
        self.coming = self.moves(
            style.write(
                ax, 0.5, 0.5, "epoch 1 is coming", color=style.QUIET, ha="center",
                transform=ax.transAxes,
            )
        )  # fmt: skip

    def _fit(self, looks):
        """Fit axes and legend to what there is to show."""
        last, validated = self._epochs(looks), self.run.validated
        rescaled = [panel for panel in self.panels if panel.rescale(self.run, self.others)]
        if not rescaled and (last, validated) == self._last:
            return
        self._last = last, validated
        for panel in self.panels:
            scale.set_epochs(panel.ax, last)
        self._write_legend()
        self._forget()
        if self._shown:
            self._shown = self._shown.remove()
        self.stale()

    def _rest(self, looks):
        """Show the other runs: as they are, as they were drawn ahead, or drawn anew."""
        if self._shown and self._shown.shows(looks):
            return
        if self._shown:
            self._shown.remove()
        if self._expected and self._expected.shows(looks):
            self._shown, self._expected = self._expected, None
            self._shown.set_visible(True)
        else:
            self._shown = Others(self, looks)
        self.rests(self._shown.artists, self._shown.pixels)

    def _forget(self):
        """Take away what was drawn ahead."""
        if self._expected:
            self._expected = self._expected.remove()

    def _epochs(self, looks):
        """The last epoch on the axes."""
        return max([self.planned, 1, *(look.run.epochs for look in looks if look.number)])

    def _headline(self, **looks):
        line = Quick(12 / WIDTH, 1 - TOP / 2 / self.size[1], bold=True, **looks)
        line.set_transform(self.figure.transFigure)
        return self.moves(self.figure.add_artist(line))

    def _write_title(self):
        """Above, this run: it changes with each one, and so it moves."""
        fall = f"× diverged: {self.run.diverged}" if self.run.diverged else ""
        room = self._legend_start - 24 - style.width(fall, bold=True)
        title = style.shorten(self.run.label, room, size=style.TITLE, bold=True)
        self.title.set_text(title)
        x = 12 + (style.width(title, size=style.TITLE, bold=True) + 16) * bool(title)
        self.fall.set(text=fall, x=x / WIDTH)

    def _write_legend(self):
        """Above, to the right: how training and validation are drawn."""
        for artist in self._legend:
            artist.remove()
        self._legend, end = [], WIDTH - 16
        if self.run.validated:
            end = self._legend_line(end, "validation", style.VALIDATION, linestyle=DASHED)
        self._legend_start = self._legend_line(end, "training", style.TRAINING, marker="o")

    def _legend_line(self, end, text, color, **looks):
        """A sample of a line and its name, up to x = ``end``; returns where the next may end."""
        start = end - style.width(text)
        height = self.size[1]
        sample = Line2D(
            (np.array([-38, -23, -8]) + start) / WIDTH, [1 - TOP / 2 / height] * 3, color=color,
            linewidth=2, markersize=5, markevery=[1], **looks,
        )  # fmt: skip
        self._legend += [
            self.say(start, TOP / 2, text, color=color),
            self.figure.add_artist(sample),
        ]
        return start - 60

    def say(self, x, y, text, **looks):
        """Text at a place in CSS pixels from the top left; returns the Text."""
        return style.write(self.figure, x / WIDTH, 1 - y / self.size[1], text, **looks)


class Others:
    """The other runs in all panels and in the key: as artists and, drawn ahead, as pixels."""

    def __init__(self, picture, looks):
        self._fingerprint, self.pixels = fingerprint(looks), None
        self._beside = [Beside(panel, looks) for panel in picture.panels]
        self._key, y = [], picture.size[1] - KEY / 2
        for one in looks:
            if one.number:
                name = {"size": style.SMALL, "color": one.ink}
                self._key += [
                    picture.say(one.x, y, str(one.number), bold=True, **name),
                    picture.say(one.x + 12, y, one.name, **name),
                ]
        if hidden := sum(not one.number for one in looks):
            text, quiet = f"and {hidden} more", {"size": style.SMALL, "color": style.QUIET}
            self._key.append(picture.say(WIDTH - 90, y, text, **quiet))

    @property
    def artists(self):
        return [*self._key, *(artist for one in self._beside for artist in one.artists)]

    def shows(self, looks):
        """Whether these are the runs."""
        return self._fingerprint == fingerprint(looks)

    def set_visible(self, visible):
        for artist in self.artists:
            artist.set_visible(visible)

    def remove(self):
        for artist in self.artists:
            artist.remove()


def _runs(others):
    return [Run(str(label), curves(past), bool(pinned)) for label, past, pinned in others]

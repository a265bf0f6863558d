"""The history of a fit(): loss and metrics, epoch by epoch, beside other runs."""

from itertools import cycle

import numpy as np
from matplotlib.lines import Line2D

from anatomy.draw import scale, style
from anatomy.draw.panel import DASHED, Look, Panel
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.runs import Run, curves, describe

WIDTH, TOP, KEY = 800, 34, 30  # CSS pixels: the picture, the line above, the key below


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
        run = Run(str(label), curves(history))
        others = [Run(str(label), curves(past), bool(pinned)) for label, past, pinned in others]
        with LOCK:
            self.run, self.others = run, others
            self.planned = max(run.epochs, int(epochs or 0))
            names = next((r.names for r in [run, *others] if r.names), self._names or ("loss",))
            if names != self._names:
                self._build(names)
            for panel in self.panels:
                panel.follow(run)
            self.coming.set_visible(not any(r.epochs for r in [run, *others]))
            self._still_parts()

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
        self._names, self._shown, self._last, self._key = names, None, None, []
        self.panels = [
            Panel(self, name, i % columns * wide, TOP + i // columns * high, wide, high)
            for i, name in enumerate(names)
        ]
        ax = self.panels[0].ax
        self.coming = self.moves(
            style.write(
                ax, 0.5, 0.5, "epoch 1 is coming", color=style.QUIET, ha="center",
                transform=ax.transAxes,
            )
        )  # fmt: skip

    def _still_parts(self):
        """Draw anew what is the same from frame to frame, wherever it did change."""
        looks = look(self.others)
        last = max([self.planned, 1, *(look.run.epochs for look in looks if look.number)])
        shown = (last, self.run.label, self.run.diverged, self.run.validated, fingerprint(looks))
        changed = shown != self._shown
        if changed:
            self._shown = shown
            self._write_key(looks)
            for panel in self.panels:
                scale.set_epochs(panel.ax, last)
                panel.show_others(looks)
        rescaled = [panel for panel in self.panels if panel.rescale(self.run, self.others)]
        if changed or rescaled:
            for panel in self.panels:
                panel.number_others()
            self.rests([*self._key, *(artist for panel in self.panels for artist in panel.others)])
        if rescaled or last != self._last:
            self._last = last
            self.stale()

    def _write_key(self, looks):
        """Above, this run; below, the others by their numbers."""
        for artist in self._key:
            artist.remove()
        self._key = []
        end = WIDTH - 16
        if self.run.validated:
            end = self._key_line(end, "validation", style.VALIDATION, linestyle=DASHED)
        end = self._key_line(end, "training", style.TRAINING, marker="o")
        fall = f"× diverged: {self.run.diverged}" if self.run.diverged else ""
        room = end - 24 - style.width(fall, bold=True)
        title = style.shorten(self.run.label, room, size=style.TITLE, bold=True)
        self._say(12, TOP / 2, title, size=style.TITLE, bold=True)
        x = 12 + (style.width(title, size=style.TITLE, bold=True) + 16) * bool(title)
        self._say(x, TOP / 2, fall, color=style.ALARM, bold=True)
        self._write_others(looks)

    def _write_others(self, looks):
        y = self.size[1] - KEY / 2
        for look in looks:
            if look.number:
                self._say(look.x, y, str(look.number), size=style.SMALL, color=look.ink, bold=True)
                self._say(look.x + 12, y, look.name, size=style.SMALL, color=look.ink)
        if hidden := sum(not look.number for look in looks):
            self._say(WIDTH - 90, y, f"and {hidden} more", size=style.SMALL, color=style.QUIET)

    def _say(self, x, y, text, **looks):
        width, height = self.size
        self._key.append(style.write(self.figure, x / width, 1 - y / height, text, **looks))

    def _key_line(self, end, text, color, **looks):
        """A sample of a line and its name, up to x = ``end``; returns where the next may end."""
        start = end - style.width(text)
        self._say(start, TOP / 2, text, color=color)
        width, height = self.size
        xs = np.array([-38, -23, -8]) + start
        sample = Line2D(
            xs / width, [1 - TOP / 2 / height] * 3, color=color, linewidth=2, markersize=5,
            markevery=[1], **looks,
        )  # fmt: skip
        self._key.append(self.figure.add_artist(sample))
        return start - 60


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

"""CTC: a label without places, its lattice over the frames, and the paths that read it."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.ctc_lattice import LatticePanel, shaded
from anatomy.draw.ctc_paths import CollapseRows, PathList, runs, spelled
from anatomy.draw.page import MARK, Page
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.timesteps import ticks
from anatomy.losses.ctc.facts import alignments, as_probabilities, lattice, read

WIDTH, LEFT, RIGHT = 800, 96, 788  # CSS pixels
LIST = 538  # where the list of paths begins, when there is room for it
MOST_FRAMES, MOST_CLASSES, MOST_LABEL = 80, 24, 12  # that can be read
FEW = 8  # frames over which the paths are listed one by one
SHADES = {
    "forward": "forward probability: all beginnings that end in a cell",
    "posterior": "the share of p(label) that goes through a cell",
}
RULE = "a step: stay, one down, or over a blank"


def ctc(probabilities, label, **more):
    """The alignments of a label over frames: probabilities, lattice, best path, collapse.

    loss = -log of the sum, over all paths that collapse to the label, of the product of the
    path's probabilities. Over 8 frames or fewer the paths are listed one by one too.

    Args:
        probabilities: ``(frames, classes)``, at most (80, 24), each row a softmax.
        label: classes, whole numbers, at most 12; blanks at its end are padding.
        blank: which class is the blank; 0 in ``keras.losses.CTC``.
        classes: names of the classes other than the blank, in order; None: their numbers.
        x: the sequence that the model read, ``(timesteps, features)``, drawn above its frames;
            or None.
        shade: what shades the lattice. "posterior": which part of p(label) goes through a
            cell; "forward": all beginnings that end in it, against the most in its frame.
        frame: a frame to mark, from 1, or None.

    Returns:
        CtcPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for what `anatomy.losses.ctc.lattice` cannot read or has no room here.

    Source: Graves et al., Connectionist Temporal Classification (2006), figure 3.
    """
    return CtcPicture(probabilities, label, **more)


class CtcPicture(Picture):
    """From the top: the sequence, the probabilities, the lattice, the best path's collapse."""

    def __init__(self, probabilities, label, **more):
        super().__init__(style.figure(WIDTH, 100))
        self._key = None
        self.update(probabilities, label, **more)

    def update(self, probabilities, label, *, blank=0, classes=None, x=None, shade="posterior",
               frame=None):  # fmt: skip
        """Show other probabilities, or another label; the arguments are those of ``draw.ctc``."""
        probabilities = as_probabilities(probabilities)
        made = lattice(probabilities, label, blank)
        names = named(probabilities.shape[1], blank, classes)
        x = None if x is None else np.asarray(x, dtype=float)
        check(made, x, shade, frame)
        with LOCK:
            self.lattice, self.names, self.shade = made, names, shade
            self.read = read(probabilities, blank)
            self.paths = None
            if len(probabilities) <= FEW and len({*made.label, blank}) <= 4:
                self.paths = alignments(made.label, len(probabilities), blank)
            size = None if x is None else x.shape
            key = probabilities.shape, made.label, blank, tuple(names), size
            if key != self._key:
                self._key = key
                self._build(size)
            self._show(x, frame)

    def describe(self):
        made = self.lattice
        frames, classes = made.probabilities.shape
        lines = [
            f"CTC: the label {self._spell(made.label)} over {frames} frames of {classes} "
            f"classes, {self.names[made.blank]} the blank; {self._loss}.",
            f"{self._reading()}.",
        ]
        if made.path is not None:
            share = made.probability(made.path) * np.exp(made.loss)
            lines.append(
                f"Best path {runs(made.path, self.names)}, {share:.0%} of the label's probability; "
                f"repeats merged {self._spell(self._collapsed.merged)}; blanks dropped "
                f"{self._spell(self._collapsed.label)}."
            )
        if self.paths is not None:
            lines.append(f"{self._list.words}.")
        return "\n".join(lines)

    @property
    def _loss(self):
        made = self.lattice
        if np.isfinite(made.loss):
            chance = style.number(np.exp(-made.loss)).replace("e-", "e−")
            return f"loss = −log {chance} = {style.number(made.loss)}"
        frames = len(made.probabilities)
        if frames < made.needed:
            return f"loss = infinity: the label needs {made.needed} frames, there are {frames}"
        return "loss = infinity: no path of the label has a probability above 0"

    def _reading(self, room=float("inf")):
        right = "the label" if self.read.label == self.lattice.label else "not the label"
        said = style.shorten(self._spell(self.read.label), room, size=style.SMALL)
        return f"Read frame by frame: {said}, {right}"

    def _spell(self, path):
        return spelled(path, self.names)

    def _build(self, size):
        """What stays while the shapes and the label do, and places for all else."""
        frames, classes = self.lattice.probabilities.shape
        right = RIGHT if self.paths is None else LIST - 38
        self._pitch = min((right - LEFT) / frames, 84)
        few = self.paths is not None
        wide = self._pitch * frames
        tall = {
            "x": 0 if size is None else 14 + min(max(size[1] * wide / size[0], 24), 120) + 18,
            "probabilities": 14 + (26 if few and classes <= 6 else 13) * classes + 40,
            "lattice": 14 + (300 if few else 20 * len(self.lattice.extended)) + 28,
        }
        tops = dict(zip(tall, 78 + np.cumsum([0, *tall.values()]), strict=False))
        bottom = tops["lattice"] + tall["lattice"]
        self.figure.set_size_inches(WIDTH / 72, (bottom + 76) / 72)
        page = self._page = Page(self)
        self._title = page.quick(12, 22, size=style.TITLE, bold=True)
        self._cost = page.quick(
            RIGHT, 22, size=style.TITLE, bold=True, color=style.LOSS, ha="right"
        )
        self._says = page.quick(12, 46, size=style.SMALL, color=style.QUIET)
        self._x = None
        if size is not None:
            place = LEFT, tops["x"] + 14, wide, tall["x"] - 32
            page.write(LEFT, tops["x"], "x, the sequence", bold=True)
            self._x = page.moves(page.image(place, cmap="gray_r"))
            page.frame(place)
        place = LEFT, tops["probabilities"] + 14, wide, tall["probabilities"] - 54
        page.write(LEFT, tops["probabilities"], "probabilities, frame by frame", bold=True)
        self._heat(place, few)
        place = LEFT, tops["lattice"] + 14, wide, tall["lattice"] - 42
        self._head = page.quick(LEFT, tops["lattice"], bold=True)
        self._panel = LatticePanel(page, place, self.lattice, self.names, apart=few)
        self._rows = CollapseRows(page, (LEFT, bottom, wide, 60), self.names)
        if few:
            self._list = PathList(page, (LIST, 78, RIGHT - LIST), frames, self.names)
        look = {"ha": "right", "size": style.SMALL, "color": style.QUIET}
        page.write(RIGHT, bottom + 26 if few else tops["lattice"], RULE, **look)
        if few:
            page.write(RIGHT, bottom + 44, "(not between two equal classes)", **look)

    def _heat(self, place, few):
        """The probabilities, classes by frames; written in where there is room."""
        page, (left, top, _, high) = self._page, place
        frames, classes = self.lattice.probabilities.shape
        row = high / classes
        self._probabilities = page.moves(page.image(place, np.zeros((classes, frames, 3))))
        page.frame(place)
        column = left, top - 2, self._pitch, high + 4
        self._mark = page.moves(page.box(column, style.INK, 2.4, halo=True, zorder=MARK))
        self._numbers = []
        for k, name in enumerate(self.names):
            y = top + (k + 0.5) * row
            blank = k == self.lattice.blank
            small = "blank" if blank else style.shorten(name, 60, size=10)
            color = style.QUIET if blank else style.INK
            page.write(
                left - 10, y, small, ha="right", size=10 if blank or row < 16 else 12, color=color
            )
            for t in range(frames if row > 16 and self._pitch > 34 else 0):
                x = left + (t + 0.5) * self._pitch
                self._numbers.append(page.quick(x, y, size=style.SMALL, ha="center"))
        page.write(left - 10, top + high + 12, "frame", ha="right", size=10, color=style.QUIET)
        for t in range(1, frames + 1) if few else ticks(frames):
            x = left + (t - 0.5) * self._pitch
            page.write(x, top + high + 12, str(t), ha="center", size=10, color=style.QUIET)

    def _show(self, x, frame):
        made = self.lattice
        label = style.shorten(self._spell(made.label), 240, size=style.TITLE, bold=True)
        self._title.set_text(f"the label {label} in {len(made.probabilities)} frames")
        finite = np.isfinite(made.loss)
        self._cost.set_text(self._loss if finite else "loss = infinity")
        self._says.set_text(self._reading(540) if finite else self._loss)
        if x is not None:
            self._x.set_data(x.T)
            self._x.set_clim(min(x.min(), 0), x.max() if x.any() else 1)
        shades = shaded(made.probabilities.T, style.LAYERS, bool(self._numbers))
        self._probabilities.set_data(shades)
        values = made.probabilities.T.ravel()
        for text, value in zip(self._numbers, values[: len(self._numbers)], strict=True):
            text.set_text(f"{value:.2f}")
        self._mark.set_visible(frame is not None)
        self._mark.set_x(LEFT + ((frame or 1) - 1) * self._pitch)
        self._head.set_text(SHADES[self.shade])
        self._panel.show(made, self.shade)
        self._collapsed = self._rows.show(made)
        if self.paths is not None:
            self._list.show(made, self.paths)


def named(count, blank, classes):
    """A name for each class; "_" is the blank."""
    if classes is None:
        classes = [str(k) for k in range(count) if k != blank]
    names = [str(name) for name in classes]
    if len(names) != count - 1:
        raise ValueError(
            f"classes has {len(names)} names; the probabilities are of {count - 1} classes and the "
            "blank, which needs none."
        )
    names.insert(blank, "_")
    return names


def check(made, x, shade, frame):
    """Raises for what there is no room for, or an x, a shade or a frame that is none."""
    frames, classes = made.probabilities.shape
    for name, count, most in (
        ("frames", frames, MOST_FRAMES),
        ("classes", classes, MOST_CLASSES),
        ("classes in the label", len(made.label), MOST_LABEL),
    ):
        if count > most:
            raise ValueError(f"There are {count} {name}; {most} at most find room in the picture.")
    if x is not None and (x.ndim != 2 or 0 in x.shape):
        raise ValueError(f"x has shape {x.shape}; give one sequence, (timesteps, features).")
    if shade not in SHADES:
        raise ValueError(f'shade is {shade!r}; give "posterior" or "forward".')
    if frame is not None and not 1 <= frame <= frames:
        raise ValueError(f"frame is {frame}; there are those from 1 to {frames}.")

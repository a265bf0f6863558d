"""Kernels: what the units of a layer look for in an image, beside what they were trained on."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.ledger import HEIGHT, Ledger, columns, words
from anatomy.draw.page import MARK, Page
from anatomy.draw.picture import LOCK, Picture

WIDTH, LEFT, RIGHT = 800, 12, 788  # CSS pixels, as all places below
GAP, MOST = 8, 12  # between two columns; units
SAMPLES = 62  # the top of the samples


def kernels(kernel, x, y, classes=None, runs=()):
    """The kernel of each unit of a softmax layer as an image, under a sample of its class.

    Args:
        kernel: of a Dense layer on flattened images, (rows * columns, units); at most 12 units.
        x: images that it was trained on, (n, rows, columns), (n, rows, columns, 1), or
            (n, side * side) of squares.
        y: their labels, whole numbers below ``units``, (n,) or (n, 1).
        classes: a name for each unit; None: the numbers themselves.
        runs: what was measured, as for ``draw.rare``.

    Returns:
        KernelsPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a kernel that does not fit the images, or more than 12 units.

    Source: Chollet, Deep Learning with Python, ch. 3; https://keras.io/api/layers/core_layers/dense
    """
    return KernelsPicture(kernel, x, y, classes, runs)


class KernelsPicture(Picture):
    """A column for each unit: a training sample of its class, its kernel; then the ledger."""

    def __init__(self, kernel, x, y, classes=None, runs=()):
        super().__init__(style.figure(WIDTH, 100))
        self._built = None
        self.update(kernel, x, y, classes, runs)

    def update(self, kernel, x, y, classes=None, runs=()):
        """Show other kernels; the arguments are those of ``draw.kernels``."""
        kernel, x, y = np.asarray(kernel, dtype=float), squares(x), np.ravel(y)
        rows, cols = x.shape[1:]
        units = kernel.shape[-1]
        if kernel.shape != (rows * cols, units) or units > MOST:
            raise ValueError(
                f"kernel has shape {kernel.shape}; give that of a Dense layer of at most {MOST} "
                f"units on flattened images of {rows} x {cols}: ({rows * cols}, units)."
            )
        with LOCK:
            self.classes = [str(name) for name in (classes or range(units))]
            self.kernels = kernel.T.reshape(units, rows, cols)
            self.runs = list(runs)
            key = self.kernels.shape, tuple(self.classes), columns(self.runs)
            if key != self._built:
                self._built = key
                self._build()
            self._show(x, y)

    @property
    def largest(self):
        """The (row, column) of the largest weight of each unit."""
        flat = self.kernels.reshape(len(self.kernels), -1).argmax(axis=1)
        return [tuple(map(int, np.unravel_index(i, self.kernels.shape[1:]))) for i in flat]

    @property
    def words(self):
        """In which rows of the image the largest weights are, in one sentence."""
        rows = sorted({row for row, _ in self.largest})
        where = f"rows {rows[0]} to {rows[-1]}" if len(rows) > 1 else f"row {rows[0]}"
        return f"the largest weight of each unit is in {where} of {self.kernels.shape[1]}"

    def describe(self):
        units, rows, cols = self.kernels.shape
        places = ", ".join(f"{k}: {at}" for k, at in zip(self.classes, self.largest, strict=True))
        return "\n".join([
            f"Kernels of {units} units as images of {rows} x {cols}, weights up to "
            f"±{style.number(np.abs(self.kernels).max())}.",
            f"Largest weight of each, (row, column): {places}.",
            *words(self.runs),
        ])  # fmt: skip

    def _build(self):
        """What stays from run to run, and places for all else."""
        units, rows, cols = self.kernels.shape
        pitch = (RIGHT - LEFT + GAP) / units
        wide = min(pitch - GAP, 120)
        high = min(wide * rows / cols, 160)
        below = SAMPLES + high + 34
        table = below + high + 34
        self.figure.set_size_inches(WIDTH / 72, (table + HEIGHT + 4) / 72)
        page, look = Page(self), {"size": style.SMALL, "color": style.QUIET}
        page.write(LEFT, 18, "what it was trained on: a sample of each class", bold=True)
        page.write(LEFT, below - 14, "what it learned: the kernel of each unit", bold=True)
        self._scale = page.quick(RIGHT, below - 14, ha="right", **look)
        self._samples, self._images = [], []
        for k, name in enumerate(self.classes):
            left = LEFT + k * pitch
            short = style.shorten(name, wide, bold=True)
            page.write(left + wide / 2, SAMPLES - 16, short, bold=True, ha="center")
            for top, cmap, images in (
                (SAMPLES, "gray_r", self._samples),
                (below, "RdBu_r", self._images),
            ):
                place = left, top, wide, high
                images.append((page.moves(page.image(place, cmap=cmap)), place))
                page.frame(place)
        self._rings = page.moves(page.line(
            style.INK, "", marker="s", markersize=9, markerfacecolor="none", markeredgewidth=1.2,
            zorder=MARK,
        ))  # fmt: skip
        page.write(LEFT, below + high + 14, "red: speaks for the class, blue: against it; "
                   "square: the largest weight of the unit", **look)  # fmt: skip
        self._where = page.quick(RIGHT, below + high + 14, ha="right", **look)
        self._ledger = Ledger(page, LEFT, table, RIGHT - LEFT, self._built[2])

    def _show(self, x, y):
        for k, (image, _) in enumerate(self._samples):
            of = np.flatnonzero(y == k)
            image.set_data(x[of[0]] if len(of) else np.zeros(x.shape[1:]))
            image.set_clim(0, x.max() or 1)
        end = np.abs(self.kernels).max() or 1
        for (image, _), kernel in zip(self._images, self.kernels, strict=True):
            image.set_data(kernel)
            image.set_clim(-end, end)
        self._scale.set_text(f"one scale for all, −{style.number(end)} to {style.number(end)}")
        self._where.set_text(self.words)
        rows, cols = self.kernels.shape[1:]
        places = [place for _, place in self._images]
        self._rings.set_data(*np.transpose([
            (left + (j + 0.5) * wide / cols, top + (i + 0.5) * high / rows)
            for (left, top, wide, high), (i, j) in zip(places, self.largest, strict=True)
        ]))  # fmt: skip
        self._ledger.show(self.runs)


def squares(x):
    """Images as (n, rows, columns)."""
    x = np.asarray(x)
    side = round(x[0].size ** 0.5)
    if x.ndim == 4 and x.shape[-1] == 1:
        return x[..., 0]
    if x.ndim == 2 and side * side == x.shape[1]:
        return x.reshape(-1, side, side)
    if x.ndim != 3:
        raise ValueError(
            f"x has shape {x.shape}; give grey images, (n, rows, columns), or squares flattened."
        )
    return x

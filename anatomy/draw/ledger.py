"""Ledger: what the last few runs measured, in training and on samples that they have not seen."""

from anatomy.draw import style
from anatomy.draw.scale import is_fraction

ROW, ROWS, HEAD = 22, 4, 44  # CSS pixels a row, rows at most, CSS pixels of the heads
LABEL, GAP = 120, 20  # of the labels, between the two parts
NUMBER, BAR = 50, 60  # of a number; of a full bar at most
HEIGHT = HEAD + ROW * ROWS
PARTS = {"in training": style.TRAINING, "on samples it has not seen": style.VALIDATION}


class Ledger:
    """A place for a table on a Page, ``width`` CSS pixels wide.

    A run is ``(label, training, unseen)``: two dicts name -> number, such as what
    ``model.evaluate(..., return_dict=True)`` returns. Shares have a bar from 0 to 1.
    """

    def __init__(self, page, left, top, width, names):
        """``names``: those of the two dicts, as ``columns`` has them."""
        self._page, self._names, columns = page, names, max(1, sum(map(len, names)))
        pitch = (width - LABEL - GAP) / columns
        self._bar = min(pitch - NUMBER, BAR)
        self._cells, self._labels = [], []
        x = left + LABEL
        for (head, color), part in zip(PARTS.items(), names, strict=True):
            page.write(x, top + 6, head if part else "", bold=True, color=color)
            for name in part:
                short = style.shorten(name, pitch - 8, size=style.SMALL)
                page.write(x, top + 26, short, size=style.SMALL, color=style.QUIET)
                self._cells.append((x, color))
                x += pitch
            x += GAP
        self._left, self._top = left, top + HEAD
        self._build()

    def _build(self):
        """A label, and for each column a bar and a number, in every row."""
        page, self._rows = self._page, []
        for i in range(ROWS):
            y, color = self._top + (i + 0.5) * ROW, style.QUIET if i else style.INK
            label = page.quick(self._left, y, bold=not i, color=color)
            cells = []
            for x, ink in self._cells:
                box = page.box((x, y - 5, self._bar, 10), fill=ink, alpha=0.4 if i else 1)
                number = page.quick(x, y, bold=not i, color=color)
                cells.append((page.moves(box), number, x))
            self._rows.append((label, cells))

    def show(self, runs):
        """Show these runs, the present one first; those beyond the fourth are left out."""
        for i, (label, cells) in enumerate(self._rows):
            name, *parts = runs[i] if i < len(runs) else ("", {}, {})
            label.set_text(style.shorten(name, LABEL - 8, bold=not i))
            wanted = [(part, name) for part, names in zip(parts, self._names, strict=True)
                      for name in names]  # fmt: skip
            for (box, number, x), (part, name) in zip(cells, wanted, strict=True):
                value = part.get(name)
                barred = value is not None and is_fraction(name, value, value)
                box.set_width(self._bar * value if barred else 0)
                number.set_x(x + (self._bar + 5) * barred)
                number.set_text("" if value is None else f"{value:#.3g}".rstrip("."))


def columns(runs):
    """The names of what was measured, the loss first: (in training, on samples not seen)."""
    first = runs[0][1:] if runs else ({}, {})
    return tuple(tuple(sorted(part, key=lambda name: name != "loss")) for part in first)


def words(runs):
    """What the runs measured, a line for each."""
    lines = []
    for label, *parts in runs[:ROWS]:
        said = [
            f"{head} " + ", ".join(f"{name} {style.number(part[name])}" for name in names)
            for head, part, names in zip(PARTS, parts, columns(runs), strict=True)
        ]
        lines.append(f"{label}: {'; '.join(said)}.")
    return lines

"""One sequence through an LSTM: gates and states at a timestep, and all that led there."""

import numpy as np
from matplotlib import colormaps

from anatomy.draw import style
from anatomy.draw.moment import NAMES, Moment, said
from anatomy.draw.page import COVER, MARK, Page
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.timesteps import GATES, Timesteps, broad

WIDTH, HEIGHT = 800, 628  # CSS pixels, as all places below: (left, top, width, height)
INPUT, BARS = (12, 66, 168, 168), (664, 66, 88, 168)
SIGN, STRIPS, STRIP = 214, 352, 15  # where sign and strip of a row begin; its height
ROWS = {"f": ("", "f", 66), "before": ("×", "cₜ₋₁", 89), "i": ("+", "i", 112),
        "g": ("×", "g", 135), "c": ("=", "cₜ", 158),
        "o": ("", "o", 192), "h": ("", "hₜ", 215)}  # fmt: skip
FIRST, LAST = ROWS["f"][2], ROWS["h"][2] + STRIP
MOST = 12  # classes that find room
SMALL = {"size": style.SMALL, "color": style.QUIET}


def recurrence(facts, **more):
    """What an LSTM does with one row of a sequence, and what it has made of the rows before.

    c_t = f * c_(t-1) + i * g;  h_t = o * tanh(c_t), with the numbers of one unit.

    Args:
        facts: an ``anatomy.layers.Recurrence``.
        timestep: how many rows are read, from 1; None: all.
        unit: which unit is written out, from 0.
        return_sequences: frame all hidden states, or the last one only, as what the layer
            returns; None: as the layer of these facts has it.
        predictions: probabilities that the rest of a model makes of the hidden state of each
            timestep, (timesteps, classes), such as ``model.layers[1](facts.h)``; or None.
        target: which class is right, from 0, or None.
        classes: names of the classes; None: their numbers.
        label: whose sequence this is, such as "sample 3".

    Returns:
        RecurrencePicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        ValueError: for a timestep or a unit that is not there, or predictions of another shape.

    Source: Hochreiter, Schmidhuber, Long Short-Term Memory (1997); Keras, ``layers.LSTM``.
    """
    return RecurrencePicture(facts, **more)


class RecurrencePicture(Picture):
    """The sequence, a strip of units for each gate and state; below, all timesteps so far."""

    def __init__(self, facts, **more):
        super().__init__(style.figure(WIDTH, HEIGHT))
        self._shape = self._kept = None
        self.update(facts, **more)

    def update(self, facts, *, timestep=None, unit=0, return_sequences=None, predictions=None,
               target=None, classes=None, label=""):  # fmt: skip
        """Show this timestep of these facts; the arguments are those of ``draw.recurrence``."""
        timestep = len(facts.h) if timestep is None else timestep
        says = None if predictions is None else np.asarray(predictions)
        check(facts, timestep, unit, says)
        with LOCK:
            kept = id(facts), id(predictions), unit, target, label
            self._alive = facts, predictions  # so that nothing else can have their ids
            self.now = Moment(facts, timestep, unit, says, target, classes)
            self.whole = facts.output.ndim == 2 if return_sequences is None else return_sequences
            self.label = label
            shape = facts.x.shape, facts.h.shape, tuple(self.now.classes)
            if shape != self._shape:
                self._shape, self._kept = shape, None
                self._build()
            if kept != self._kept:
                self._kept = kept
                self._rest()
            self._move()

    def describe(self):
        now, units = self.now, self.now.facts.h.shape[1]
        gates = ", ".join(f"{NAMES[name]} {said(now.values[name])}" for name in "figo")
        cell, hidden = now.equations
        lines = [
            f"LSTM of {units} units" + f", {self.label}" * bool(self.label) + f", {now.row}.",
            f"Unit {now.unit}: {gates}; cell state {cell}; hidden state {hidden}.",
            f"return_sequences={self.whole}: the layer returns "
            f"{'all hidden states' if self.whole else 'the last hidden state'}, {self._returned}.",
        ]  # fmt: skip
        if now.says:
            lines.append(f"{now.says} {now.settled}".rstrip())
        return "\n".join(lines)

    @property
    def _returned(self):
        return self.now.facts.h.shape if self.whole else self.now.facts.h.shape[1:]

    def _build(self):
        """What stays while the shapes do, and places for all else."""
        self._page = page = Page(self)
        self._title = page.quick(12, 20, size=style.TITLE, bold=True)
        self._label = page.rests(page.write(788, 20, ha="right", **SMALL))
        self._room = 204 if self.now.classes else 396  # of a strip
        self._build_input()
        self._build_strips()
        if self.now.classes:
            self._build_bars()
        self._build_equations()
        self._timesteps = Timesteps(page, self.now)

    def _build_input(self):
        page, (rows, features) = self._page, self.now.facts.x.shape
        left, top, side, _ = INPUT
        wide, high = (side * min(max(n, 0.2), 1) for n in (features / rows, rows / features))
        self._place = left, top, wide, high
        page.write(left, 48, "x, row by row", bold=True)
        self._input = page.rests(page.image(self._place))
        self._unread = page.moves(page.box(self._place, fill=style.PAPER, alpha=0.8, zorder=COVER))
        page.frame(self._place)
        self._mark = page.moves(page.box(self._place, style.INK, 1.4, zorder=MARK, halo=True))
        self._here = page.quick(left + wide + 4, 0, bold=True)
        strip = left, 244, side, 12
        self._x = page.moves(page.image(strip))
        page.frame(strip)
        page.write(left, 270, f"xₜ: the {features} features of a row", **SMALL)

    def _build_strips(self):
        page, end = self._page, STRIPS + self._room
        page.write(SIGN, 48, "inside the layer, unit by unit (∘)", bold=True)
        self._values = {}
        for name, (sign, symbol, top) in ROWS.items():
            y, strong = top + STRIP / 2, name in "ch"
            page.write(SIGN, y, sign, color=style.QUIET, bold=True)
            page.write(SIGN + 18, y, symbol, bold=True)
            color = style.INK if strong else style.QUIET
            page.write(STRIPS - 8, y, NAMES[name], ha="right", size=style.SMALL, bold=strong,
                       color=color)  # fmt: skip
            self._values[name] = page.quick(end + 8, y, bold=strong)
            page.frame((STRIPS, top, self._room, STRIP))
        self._strips = page.moves(page.image((STRIPS, FIRST, self._room, LAST - FIRST)))
        self._column = page.moves(page.box((0, 0, 0, 0), style.INK, 1.4, zorder=MARK, halo=True))
        self._whose = page.rests(page.write(0, 246, ha="center", size=style.SMALL, bold=True))
        self._key(SIGN, "gates", GATES, "0 to 1")
        self._key(SIGN + 172, "c, g, h", "RdBu_r", "− to +")

    def _key(self, x, name, ramp, ends):
        """What the colours stand for: name, ramp and the numbers at its ends."""
        page, start = self._page, x + style.width(name, size=style.SMALL) + 8
        page.write(x, 270, name, **SMALL)
        page.image((start, 265, 34, 10), np.linspace(0, 1, 64)[None], ramp)
        page.frame((start, 265, 34, 10))
        page.write(start + 42, 270, ends, **SMALL)

    def _build_bars(self):
        page, classes, (left, top, _, high) = self._page, self.now.classes, BARS
        pitch = min(high / len(classes), 28)
        page.write(left - 44, 48, "prediction Y′ from hₜ", bold=True)
        self._ys = top + (np.arange(len(classes)) + 0.5) * pitch
        self._names = []
        for y in self._ys:
            self._names.append(page.rests(page.write(left - 6, y, ha="right", size=10)))
        page.strokes(style.QUIET, 0.8, [((left, top), (left, top + pitch * len(classes)))])
        self._bars = page.moves(page.strokes(style.LAYERS, 0.62 * pitch))
        self._chance = page.quick(0, 0, size=style.SMALL, bold=True)
        self._target = page.rests(page.write(left - 44, 270, color=style.TARGETS, size=style.SMALL))

    def _build_equations(self):
        page, last = self._page, f"hₜ = o ∘ {self.now.facts.activation}(cₜ)"
        page.box((12, 286, 776, 50), fill=style.tint(style.LAYERS))
        self._unit = page.rests(page.write(24, 311, bold=True))
        x = 100
        for y, text in ((300, "cₜ = f ∘ cₜ₋₁ + i ∘ g"), (322, last)):
            page.write(x, y, text, bold=True)
        x += max(style.width(last, bold=True), 156) + 8
        self._sums = [page.quick(x, y) for y in (300, 322)]
        self._acts = [page.quick(776, y, ha="right", **SMALL) for y in (300, 322)]

    def _rest(self):
        """What is the same at all timesteps."""
        now, facts, unit = self.now, self.now.facts, self.now.unit
        self._label.set_text(self.label)
        largest = max(peak(facts.x), 1e-12)
        signed = bool((facts.x < 0).any())
        for image in (self._input, self._x):
            image.set_cmap("RdBu_r" if signed else "gray_r")
            image.set_clim(-largest if signed else 0, largest)
        self._input.set_data(facts.x)
        self._shades = {}
        for name in ROWS:
            values = getattr(facts, name)
            most = peak(facts.c if name == "before" else values) or 1
            gate = name in "ifo"
            parts = values if gate else (values / most + 1) / 2
            self._shades[name] = (GATES if gate else colormaps["RdBu_r"])(parts, bytes=True)
        step = self._room / facts.h.shape[1]
        start, length = broad(STRIPS + step * unit, step)
        self._column.set_bounds(start, FIRST - 4, length, LAST - FIRST + 8)
        self._whose.set(text=f"unit {unit}", x=min(max(start + length / 2, STRIPS + 20),
                                                   STRIPS + self._room - 20))  # fmt: skip
        self._unit.set_text(f"unit {unit}")
        if now.classes:
            for k, text in enumerate(self._names):
                right = k == now.target
                name = style.shorten(str(now.classes[k]), 32, size=10)
                text.set(text="▸ " * right + name, color=style.TARGETS if right else style.INK)
            self._target.set_text("" if now.target is None else "▸ the target")
        self._timesteps.show(now)
        self._page.rested()

    def _move(self):
        """What is new at each timestep."""
        now = self.now
        self._title.set_text(now.row)
        left, top, wide, high = self._place
        step = high / len(now.facts.x)
        unread = now.facts.order[now.timestep :]
        first = unread.min(initial=len(now.facts.x))
        self._unread.set_bounds(left, top + step * first, wide, step * len(unread))
        start, length = broad(top + step * now.read, step)
        self._mark.set_bounds(left, start, wide, length)
        self._here.set(y=start + length / 2, text="◂ xₜ")
        self._x.set_data(now.facts.x[now.read][None])
        strips = np.zeros((LAST - FIRST, now.facts.h.shape[1], 4), np.uint8)
        for name, (_, _, top) in ROWS.items():
            strips[top - FIRST : top - FIRST + STRIP] = self._shades[name][now.timestep - 1]
            self._values[name].set_text(said(now.values[name]))
        self._strips.set_data(strips)
        for text, equation in zip(self._sums, now.equations, strict=True):
            text.set_text(f"= {equation}")
        for text, act in zip(self._acts, now.acts, strict=True):
            text.set_text(act)
        if now.classes:
            left, _, wide, _ = BARS
            shares = np.nan_to_num(now.predictions[now.timestep - 1])
            ends = left + wide * shares
            rows = zip(ends, self._ys, strict=True)
            self._bars.set_segments([((left, y), (x, y)) for x, y in rows])
            best = shares.argmax()
            self._chance.set(x=ends[best] + 5, y=self._ys[best], text=f"{shares[best]:.0%}")
        self._timesteps.go(now, self._returned)


def check(facts, timestep, unit, predictions):
    """Raises for a timestep or a unit that is not there, or predictions that cannot be shown."""
    count, units = facts.h.shape
    for name, value, first, last in (
        ("timestep", timestep, 1, count),
        ("unit", unit, 0, units - 1),
    ):
        if not first <= value <= last:
            raise ValueError(f"{name} is {value}; there are those from {first} to {last}.")
    if predictions is None:
        return
    if predictions.ndim != 2 or len(predictions) != count:
        raise ValueError(
            f"predictions have shape {predictions.shape}; give probabilities for each timestep, "
            f"({count}, classes), or None."
        )
    if not 2 <= predictions.shape[1] <= MOST:
        raise ValueError(
            f"predictions are of {predictions.shape[1]} classes; there is room for 2 to {MOST}. "
            "Give None."
        )


def peak(values):
    """The largest finite size of any of these numbers."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0))

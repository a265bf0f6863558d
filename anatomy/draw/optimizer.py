"""An optimizer, opened: gradient in, step out, and what it remembers between."""

from operator import attrgetter

import numpy as np

from anatomy.draw import style
from anatomy.draw.opened import folded
from anatomy.draw.optimizer_rows import EDGE, RIGHT, WIDTH, Row, number, wired
from anatomy.draw.page import Page
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.timesteps import ticks
from anatomy.optimizers.update.rules import rule, values
from anatomy.optimizers.update.facts import update

HEAD, FOOT = 84, 34  # CSS pixels
EXAMPLE = (1.0,) * 6 + (0.0,) * 3 + (-1.0,) * 3  # steady, then nothing, then the other way
FLAGS = ("nesterov", "centered", "amsgrad")  # arguments that choose another formula
MOST = 60  # steps that can be told apart


def optimizer(optimizer, gradients=EXAMPLE, *, start=1.0, step=None):
    """What an optimizer makes of a gradient: what it remembers, its formulas, its steps.

    Rows from the top: the gradient g; each thing that is remembered, with the argument that
    rules it; the step; the variable w, w = w + step. Beside each its formula, the formula
    filled with the numbers of one step, and its values over the steps. All numbers are those of
    a real ``optimizer.apply()`` on one weight; a model's weights are each treated like this one.

    Args:
        optimizer: a ``keras.optimizers.Optimizer``, or a name such as "adam". One whose
            formulas are not known here is drawn by its variables and its config.
        gradients: ``(steps,)``, at most 60, fed one after the other.
        start: w before the first step.
        step: whose numbers are written out, from 1; None: the last.

    Returns:
        OptimizerPicture: a Picture; ``update()`` takes the same arguments, ``facts`` is the
        ``anatomy.optimizers.Update`` that it shows.

    Raises:
        TypeError, ValueError: as ``anatomy.optimizers.update``; for too many gradients, some
            that are no single numbers, or a step that is not there.

    Source: of each rule on the picture; keras.io/api/optimizers.
    """
    return OptimizerPicture(optimizer, gradients, start=start, step=step)


class OptimizerPicture(Picture):
    """A row for each quantity: its box, its formula with and without numbers, its values."""

    def __init__(self, optimizer, gradients=EXAMPLE, **more):
        super().__init__(style.figure(WIDTH, 100))
        self._key = None
        self.update(optimizer, gradients, **more)

    def update(self, optimizer, gradients=EXAMPLE, *, start=1.0, step=None):
        """Show another optimizer, other gradients or another step; as ``draw.optimizer``."""
        check(gradients, step)
        facts = update(optimizer, gradients, start)
        with LOCK:
            self.facts, self.rule = facts, rule(facts.optimizer)
            self.step = len(facts) if step is None else step
            self._said = arguments(facts, self.rule)
            lines = [line.text for line in self.rule.lines] if self.rule else [*facts.state]
            key = type(facts.optimizer), *self._said, *lines, len(self._call), len(facts)
            if key != self._key:
                self._key = key
                self._build()
            self._show()

    def describe(self):
        kept = [row for row in self._rows if row.name]
        told = [row.title + f" ({', '.join(row.told)})" * bool(row.told) for row in kept]
        name = type(self.facts.optimizer).__name__
        lines = [f"{name}{' '.join(self._call)}: gradient in, step out; {remembers(kept)}"
                 + f": {'; '.join(told)}." * bool(kept)]  # fmt: skip
        lines[0] = lines[0] if kept else f"{lines[0]}."
        if self.rule:
            lines.append(f"{'; '.join(line.text for line in self.rule.lines)}. {self._source}.")
        else:
            lines.append(f"{self._source}.")
        said = ", ".join(f"{row.symbol} = {row.said}" for row in self._rows)
        lines.append(f"Step {self.step} of {len(self.facts)}: {said}.")
        return "\n".join(lines)

    @property
    def _call(self):
        """The arguments, in lines that fit beside the name."""
        text = ", ".join(f"{name}={value}" for name, value in self._said.items())
        room = 0.93 * (WIDTH - beside(self.facts))  # on a screen this type is a little wider
        return folded(f"({text})", room, size=style.SMALL, mono=True)

    def _build(self):
        """Rows for this optimizer, their boxes and arrows."""
        facts, call = self.facts, self._call
        self._rows = rows(facts, self.rule, self._said)
        head = HEAD + 15 * (len(call) - 1)
        tops = head + np.cumsum([0, *(row.height for row in self._rows)])
        self.figure.set_size_inches(WIDTH / 72, (tops[-1] + FOOT) / 72)
        self._page = page = Page(self)
        name = type(facts.optimizer).__name__
        self._source = self.rule.source if self.rule else UNKNOWN.format(name)
        page.write(12, 20, name, size=style.TITLE, bold=True)
        small = {"size": style.SMALL, "color": style.QUIET}
        look = {"size": style.SMALL, "mono": True}
        x = beside(facts)
        self._told = [page.rests(page.write(x, 21 + 15 * i, **look)) for i in range(len(call))]
        page.write(12, head - 42, self._source, **small)
        kept = [row for row in self._rows if row.name]
        text = f"Gradient in, step out. Between steps it {remembers(kept)}"
        if kept:
            text += f" for each weight (↻): {', '.join(row.symbol for row in kept)}"
        page.write(12, head - 22, f"{text}.")
        for row, top in zip(self._rows, tops, strict=False):
            row.build(page, top, len(facts))
        wired(page, self._rows)
        self._kept = None
        self._here = page.moves(page.strokes(style.INK, 1, zorder=1.8, alpha=0.55))
        self._at = page.quick(0, tops[-1] + 12, size=style.SMALL, bold=True, ha="center")
        self._ticks = []
        for t in [0, *ticks(len(facts))]:
            x = self._rows[0].x(t)
            self._ticks.append(page.quick(x, tops[-1] + 12, ha="center", **small))
            self._ticks[-1].set_text(str(t))
        page.write(EDGE - 6, tops[-1] + 12, "step", ha="right", **small)

    def _show(self):
        """Values and numbers, and the mark at the step that is written out."""
        facts, t = self.facts, self.step
        worked = {}
        if self.rule:
            for line, before, value in values(self.rule, facts, t):
                worked[line] = line.filled(before, number), value
        for text, line in zip(self._told, self._call, strict=True):
            text.set_text(line)
        for row in self._rows:
            row.show(facts, t, worked, self._said)
        if tuple(self._said.values()) != self._kept:
            self._kept = tuple(self._said.values())
            self._page.rested()
        x = self._rows[0].x(t)
        strips = [row for row in self._rows if row.strip]
        self._here.set_segments([((x, row.strip[0]), (x, sum(row.strip))) for row in strips])
        self._at.set_x(min(x, RIGHT))
        self._at.set_text(str(t))
        for text in self._ticks:
            text.set_visible(abs(text.get_position()[0] - x) > 16)


UNKNOWN = "No formula of {} as it is set is known here: drawn by its variables and its config"


def rows(facts, rule, said):
    """The rows from the top: gradient, what is remembered, step, variable."""
    told, purple = set(), style.OPTIMIZER
    made = [Row("g", "gradient", "in, one at each step", style.LOSS, attrgetter("gradients"))]

    def step(line=None):
        names = told_by(line, said, told)
        return [
            Row("step", "out", "", purple, attrgetter("steps"), line, names),
            Row("w", "variable", "w = w + step", style.LAYERS, attrgetter("variable")),
        ]

    def remembered(name):
        return lambda facts: facts.state[name]

    if rule is None:
        return [*made, *(Row(name, "", "remembered", purple, remembered(name), name=name)
                         for name in facts.state), *step()]  # fmt: skip
    for line in rule.lines:
        if line.symbol == "step":
            made += step(line)
            continue
        color = style.LOSS if line.symbol == "g" else purple
        values = remembered(line.name) if line.name else None
        names = told_by(line, said, told)
        made.append(Row(line.symbol, line.name, line.says, color, values, line, names, line.name))
    return made


def told_by(line, said, told):
    """The arguments that stand at this line: those that no line before has used."""
    names = [*line.names, line.begins] if line else []
    mine = [name for name in names if name in said and name not in told]
    told.update(mine)
    return mine


def beside(facts):
    """Where there is room right of the optimizer's name, in CSS pixels."""
    return 20 + style.width(type(facts.optimizer).__name__, size=style.TITLE, bold=True)


def arguments(facts, rule):
    """dict name -> text: what the optimizer was told, as far as the picture shows it."""
    import keras

    optimizer = facts.optimizer
    rate = optimizer.get_config().get("learning_rate")
    scheduled = isinstance(
        getattr(optimizer, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule
    )
    said = {"learning_rate": rate["class_name"] if scheduled else plain(optimizer.learning_rate)}
    if rule:
        flags = {name: "True" for name in FLAGS if getattr(optimizer, name, False)}
        return said | {name: plain(value) for name, value in rule.arguments.items()} | flags
    config = optimizer.get_config()
    if not optimizer.use_ema:
        del config["use_ema"], config["ema_momentum"]
    numbers = {name: value for name, value in config.items() if isinstance(value, (int, float))}
    return said | {name: plain(value) for name, value in numbers.items() if name not in said}


def remembers(kept):
    """How much there is to keep."""
    return f"remembers {len(kept)} number{'s' * (len(kept) != 1)}" if kept else "remembers nothing"


def check(gradients, step):
    """Raises for what has no room, and for a step that is not there."""
    shape = np.shape(gradients)
    if len(shape) != 1 or len(gradients) > MOST:
        raise ValueError(
            f"gradients have shape {shape}; give up to {MOST} numbers, such as [1.0, 1.0, -1.0]."
        )
    if step is not None and not 1 <= step <= len(gradients):
        raise ValueError(f"step is {step}; there are those from 1 to {len(gradients)}.")


def plain(value):
    """An argument as it is typed: 0.1, 1e-07, True."""
    return str(value) if isinstance(value, bool) else f"{float(value):.6g}"

"""One training step with its real tensors, beneath the loop in which it happens."""

import itertools

import numpy as np

from anatomy.draw import style
from anatomy.draw.account import Account, amount
from anatomy.draw.bars import Bars
from anatomy.draw.image import Tensor
from anatomy.draw.parts import parts
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.training_loop import STAGES, TrainingLoopPicture

WIDTH, BELOW, TOP = 800, 222, 56  # CSS pixels, as all places below; TOP: from loop to images
COLUMNS = {"input": (12, 100), "forward": (130, 164), "loss": (314, 124),
           "gradient": (458, 100), "update": (578, 210)}  # left, width  # fmt: skip
COLORS = {"input": style.DATA, "forward": style.LAYERS, "loss": style.LOSS,
          "gradient": style.LOSS, "update": style.OPTIMIZER}  # fmt: skip
SIDE, SMALL = 100, 62  # of images
MOST = 10  # predictions that find room as bars


def step(model, step, *, stage=None, sample=0, unit=0, classes=None, label=""):
    """One training step: the loop, and beneath it what flows in it for one of the samples.

    Args:
        model: the built keras.Model that took the step; it names the parts of the loop.
        step: an ``anatomy.training.Step``.
        stage: "input", "forward", "loss", "gradient" or "update": what comes later is not
            shown yet. None: all.
        sample: which sample of the batch, from 0.
        unit: which unit of the first kernel, from 0.
        classes: names of the classes, or None.
        label: a line above the tensors, such as "batch 3 of 128".

    Returns:
        StepPicture: a Picture; ``update()`` takes another step, stage, sample, unit, label.

    Raises:
        ValueError: for a sample, a unit or a stage that is not there.

    Source: Chollet, Deep Learning with Python, ch. 2.4 and 3.1.
    """
    picture = StepPicture(model, classes)
    picture.update(step, stage=stage, sample=sample, unit=unit, label=label)
    return picture


class StepPicture(Picture):
    """The training loop above; below, a column of real tensors for each stage."""

    def __init__(self, model, classes=None):
        found = parts(model)
        with LOCK:
            self._loop = TrainingLoopPicture(found, None)
            super().__init__(self._loop.figure)
            self._above = self.size[1]
            height = self._above + BELOW
            (ax,) = self.figure.axes
            self.figure.set_size_inches(WIDTH / 72, height / 72)
            ax.set_position((0, BELOW / height, 1, self._above / height))
            self._classes, self._columns = classes, {name: [] for name in STAGES}
            self._build()

    def update(self, step, *, stage=None, sample=0, unit=0, label=""):
        """Show this step up to this stage; the arguments are those of ``draw.step``."""
        account = Account(step, sample, unit, self._classes)
        units = step.before[account.kernel].shape[-1]
        for name, value, count in (("sample", sample, len(step.x)), ("unit", unit, units)):
            if not 0 <= value < count:
                raise ValueError(f"{name} is {value}; there are {count}, from 0 to {count - 1}.")
        with LOCK:
            self._light(stage)
            self.words, self.label = account.words, label
            self._label.set_text(label)
            for name in self._columns:
                if reached := name in self._reached():
                    getattr(self, f"_{name}")(account)
                for artist in self._columns[name]:
                    artist.set_visible(reached)
            self.rests([self._label, *itertools.chain(*self._columns.values())])

    def describe(self):
        said = [f"{name.capitalize()}: {self.words[name]}" for name in self._reached()]
        first = "One training step" + f", {self.label}" * bool(self.label) + "."
        return "\n".join([first, *said, self._loop.describe()])

    def _reached(self):
        names = list(STAGES)
        return names[: names.index(self.stage) + 1] if self.stage else names

    def _light(self, stage):
        """Emphasize the stage in the loop and above its column; None: all."""
        if (stage,) == self._lit:
            return
        self._loop.update(stage)
        self.stage, self._lit = stage, (stage,)
        for name, (heading, rule) in self._heads.items():
            on = stage in (None, name)
            heading.set_color(COLORS[name] if on else style.QUIET)
            rule.set_color(COLORS[name] if on else style.RULE)
        self.stale()

    def _build(self):
        self._lit = self._out = None
        self._label = self._write(12, -44, color=style.QUIET, size=style.SMALL)
        self._heads = {}
        for name, (left, width) in COLUMNS.items():
            rule = style.axes(self.figure, left, self._above + TOP - 34, width, 2)
            rule.set_axis_off()
            patch = rule.axhspan(0, 1, linewidth=0)
            self._heads[name] = self._write(left, -20, name, bold=True), patch
        self._x = self._tensor("input", 0, SIDE, signed=False)
        self._y = self._say("input", 0, SIDE + 38, color=style.TARGETS, bold=True)
        self._hint = self._say("forward", 0, SIDE + 38, color=style.QUIET, size=style.SMALL)
        small = {"color": style.QUIET, "size": style.SMALL}
        self._whose, self._of = self._say("loss", 0, 0, **small), self._say("loss", 0, 80, **small)
        self._how = self._say("loss", 0, 18)
        self._one = self._say("loss", 0, 35, bold=True)
        self._mean = self._say("loss", 0, 101, bold=True, size=18, color=style.LOSS)
        self._penalty = self._say("loss", 0, 121, **small)
        self._dots = self._axes("loss", 0, 46, COLUMNS["loss"][1], 20)
        self._dots.set_axis_off()
        (self._all,) = self._dots.plot([], [], "|", color=style.LOSS, markersize=9, alpha=0.7)
        (self._this,) = self._dots.plot([], [], "v", color=style.INK, markersize=6)
        self._slope = self._tensor("gradient", 0, SIDE)
        self._whole = self._say("gradient", 0, SIDE + 38, size=10, mono=True)
        self._steep = self._say("gradient", 0, SIDE + 54, size=10, color=style.QUIET)
        self._change = []
        for i, name in enumerate(("before", "change", "after")):
            x = i * (SMALL + 12)
            self._say("update", x, 4, name, size=style.SMALL)
            self._change.append(self._tensor("update", x, SMALL, top=14))
        self._which = self._say("update", 0, SIDE + 18, size=10, color=style.QUIET)
        self._moved = [
            self._say("update", 0, SIDE + y, bold=True, size=style.SMALL, color=style.OPTIMIZER)
            for y in (35, 51)
        ]

    def _input(self, account):
        self._x.show(account.step.x[account.sample])
        self._y.set_text(style.shorten(f"Y: {account.target}", 110, bold=True))

    def _forward(self, account):
        if account.outputs.ndim > 1:
            self._out = self._out or self._tensor("forward", 20, SIDE, signed=False)
            self._out.show(account.outputs)
            return self._hint.set_text("predictions Y′")
        names, values, marked = account.bars(MOST)
        if self._out is None:
            left = COLUMNS["forward"][0]
            self._out = Bars(self.figure, left, self._above + TOP, SIDE + 20, len(names))
            self._columns["forward"] += self._out.artists
        self._out.show(names, values, marked=marked)
        self._hint.set_text("predictions Y′" + ", ◂ the target" * (marked is not None))

    def _loss(self, account):
        step, loss = account.step, account.loss
        formula, by = account.formula
        whose = f"sample {account.sample}" + f", by {by}" * bool(by)
        self._whose.set_text(whose if loss is not None else "")
        self._how.set_text(style.shorten(formula, 136))
        self._one.set_text("" if loss is None else "= " * bool(formula) + amount(loss))
        self._of.set_text(f"{'the loss' if loss is None else 'mean'} of {len(step.x)} samples")
        self._mean.set_text(amount(step.loss - step.penalty))
        penalty = f"+ {style.number(step.penalty)} penalty" if step.penalty else ""
        self._penalty.set_text(penalty)
        losses = np.empty(0) if step.losses is None else step.losses[np.isfinite(step.losses)]
        self._all.set_data(losses, np.zeros(len(losses)))
        here = [loss] if loss is not None and np.isfinite(loss) else []
        self._this.set_data(here, [1] * len(here))
        low, high = (losses.min(), losses.max()) if losses.size else (0, 1)
        room = 0.05 * (high - low) or 1
        self._dots.set(xlim=(low - room, high + room), ylim=(-1, 2))

    def _gradient(self, account):
        self._slope.show(account.gradient, mark=account.steepest)
        name = f"{account.kernel.rsplit('/', 1)[-1]}{account.column}"
        self._whole.set_text(style.shorten(name, 118, size=10, mono=True))
        steepest = style.number(account.gradient[account.steepest])
        self._steep.set_text(f"▫ ∂loss/∂w {steepest}")

    def _update(self, account):
        values = account.before, account.change, account.after
        both = np.abs([account.before, account.after])
        largest = both[np.isfinite(both)].max(initial=0.0)
        for tensor, value, end in zip(self._change, values, (largest, None, largest), strict=True):
            tensor.show(value, largest=end, mark=account.steepest)
        how = "" if account.step.plain else f", by {account.step.optimizer.partition('(')[0]}"
        self._which.set_text(style.shorten(f"▫ {account.weight}{how}", 210, size=10))
        for text, part in zip(self._moved, account.move, strict=True):
            text.set_text(part)

    def _tensor(self, name, x, side, *, top=0, signed=True):
        made = Tensor(
            self.figure, COLUMNS[name][0] + x, self._above + TOP + top, side, signed=signed
        )
        self._columns[name] += made.artists
        return made

    def _axes(self, name, x, y, width, height):
        made = style.axes(self.figure, COLUMNS[name][0] + x, self._above + TOP + y, width, height)
        self._columns[name].append(made)
        return made

    def _say(self, name, x, y, text="", **look):
        made = self._write(COLUMNS[name][0] + x, y, text, **look)
        self._columns[name].append(made)
        return made

    def _write(self, x, y, text="", **look):
        height = self._above + BELOW
        return style.write(
            self.figure, x / WIDTH, 1 - (self._above + TOP + y) / height, text, **look
        )

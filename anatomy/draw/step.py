"""One training step with its real tensors, beneath the loop in which it happens."""

import numpy as np

from anatomy.draw import style
from anatomy.draw.parts import parts
from anatomy.draw.picture import LOCK, Picture
from anatomy.draw.training_loop import STAGES, TrainingLoopPicture

WIDTH, LOOP, HEIGHT = 800, 424, 656  # CSS pixels, as all places below, from the top left
TOP = LOOP + 48  # of the images
COLUMNS = {"input": 12, "forward": 158, "loss": 330, "gradient": 468, "update": 630}
SIDE = 124  # of an image
MOST = 12  # predictions that find room as bars


def step(model, step, *, stage=None, sample=0, unit=0, classes=None):
    """One training step: the loop, and beneath it what flows in it for one of the samples.

    Args:
        model: the built keras.Model that took the step; it names the parts of the loop.
        step: an ``anatomy.training.Step``.
        stage: "input", "forward", "loss", "gradient" or "update": what comes later is not
            shown yet. None: all.
        sample: which sample of the batch, from 0.
        unit: which unit of the first kernel, from 0.
        classes: names of the classes, or None.

    Returns:
        StepPicture: a Picture; ``update()`` takes another step, stage, sample or unit.

    Raises:
        ValueError: for a sample, a unit or a stage that is not there.

    Source: Chollet, Deep Learning with Python, ch. 2.4 and 3.1.
    """
    picture = StepPicture(model, classes)
    picture.update(step, stage=stage, sample=sample, unit=unit)
    return picture


class StepPicture(Picture):
    """The training loop above; below, a column of real tensors for each stage."""

    def __init__(self, model, classes=None):
        found = parts(model)
        with LOCK:
            super().__init__(style.figure(WIDTH, HEIGHT))
            ax = self.figure.add_axes((0, 1 - LOOP / HEIGHT, 1, LOOP / HEIGHT))
            ax.set_axis_off()
            self._loop = TrainingLoopPicture(found, ax)
        self._classes, self._drawn = classes, []

    def update(self, step, *, stage=None, sample=0, unit=0):
        """Show this step up to this stage; the arguments are those of ``draw.step``."""
        kernel = first_kernel(step)
        units = step.before[kernel].shape[-1]
        for name, value, count in (("sample", sample, len(step.x)), ("unit", unit, units)):
            if not 0 <= value < count:
                raise ValueError(f"{name} is {value}; there are {count}, from 0 to {count - 1}.")
        with LOCK:
            self._loop.update(stage)
            for artist in self._drawn:
                artist.remove()
            self._drawn, self.stage = [], stage
            self.words = words(step, sample, unit, kernel, self._classes)
            for name in self._reached():
                color = style.INK if stage in (None, name) else style.QUIET
                self._say(name, -26, name, bold=True, color=color)
                getattr(self, f"_{name}")(step, sample, unit, kernel)
            self.stale()

    def describe(self):
        said = [f"{name.capitalize()}: {self.words[name]}" for name in self._reached()]
        return "\n".join(["One training step.", *said, self._loop.describe()])

    def _reached(self):
        names = list(STAGES)
        return names[: names.index(self.stage) + 1] if self.stage else names

    def _input(self, step, sample, unit, kernel):
        x = step.x[sample]
        self._image("input", 0, SIDE, x, cmap="gray_r", vmin=x.min(), vmax=x.max())
        target = named(step.y[sample], self._classes)
        self._say("input", SIDE + 14, f"sample {sample}")
        self._say("input", SIDE + 31, f"target {target}", color=style.TARGETS, bold=True)

    def _forward(self, step, sample, unit, kernel):
        values = step.predictions[sample].ravel()
        true = true_class(step, sample)
        if len(values) == 1:
            target = float(np.ravel(step.y[sample])[0])
            bars = [("Y′", float(values[0])), ("Y", target)]
        else:
            order = sorted(np.argsort(values)[::-1][:MOST])
            bars = [(named(i, self._classes), float(values[i])) for i in order]
        ax = self._axes("forward", 16, 0, 100, SIDE)
        colors = [style.TARGETS if i == true else style.LAYERS for i in range(len(bars))]
        ax.barh(range(len(bars)), [value for _, value in bars], color=colors, height=0.7)
        low, high = min(0, *(v for _, v in bars)), max(0, *(v for _, v in bars))
        ax.set(xlim=(low, high if high > low else low + 1), ylim=(len(bars) - 0.5, -0.5))
        ax.axvline(0, color=style.QUIET, linewidth=0.8)
        ax.set_axis_off()
        for i, (name, value) in enumerate(bars):
            mark = {"bold": i == true, "color": colors[i], "size": 10}
            y = (i + 0.5) / len(bars) * SIDE
            self._say("forward", y, style.shorten(name, 40, size=10), x=10, ha="right", **mark)
            self._say("forward", y, f"{value:.3g}", x=124, **mark)
        under = "predictions Y′; ◂ target" if true is not None else "predicted Y′, target Y"
        if true is not None:
            y = (true + 0.5) / len(bars) * SIDE
            self._say("forward", y, "◂", x=112, color=style.TARGETS, size=10)
        self._say("forward", SIDE + 14, under, size=style.SMALL, color=style.QUIET)

    def _loss(self, step, sample, unit, kernel):
        if step.losses is not None:
            self._say("loss", 12, f"sample {sample}", color=style.QUIET, size=style.SMALL)
            self._say("loss", 32, amount(step.losses[sample]), size=style.TITLE)
            if formula := logarithm(step, sample):
                self._say("loss", 50, f"= {formula}", mono=True, size=10, color=style.QUIET)
        self._say("loss", 82, "mean of the batch", color=style.QUIET, size=style.SMALL)
        self._say("loss", 104, amount(step.loss), size=18, bold=True, color=style.LOSS)

    def _gradient(self, step, sample, unit, kernel):
        values = step.gradients[kernel][..., unit]
        self._signed("gradient", 0, SIDE, values)
        self._say("gradient", SIDE + 14, f"unit {unit} of {kernel}", size=style.SMALL)
        self._scale("gradient", SIDE + 31, values)

    def _update(self, step, sample, unit, kernel):
        before, after = step.before[kernel][..., unit], step.after[kernel][..., unit]
        side, largest = 72, max(np.abs(before).max(), np.abs(after).max())
        self._signed("update", 0, side, before, largest)
        self._signed("update", side + 12, side, after, largest)
        self._say("update", side + 12, "before", size=style.SMALL)
        self._say("update", side + 12, "after", size=style.SMALL, x=side + 12)
        most = np.unravel_index(np.abs(after - before).argmax(), before.shape)
        moved = f"{before[most]:.4f} → {after[most]:.4f}"
        self._say("update", side + 34, "weight that moved most", size=10, color=style.QUIET)
        self._say("update", side + 50, moved, color=style.OPTIMIZER, bold=True)

    def _signed(self, name, x, side, values, largest=None):
        """Red above zero, blue below, white for nothing."""
        largest = largest or np.abs(values).max() or 1.0
        self._image(name, x, side, values, cmap="RdBu_r", vmin=-largest, vmax=largest)

    def _scale(self, name, y, values):
        largest = np.abs(values).max()
        text = f"blue −{largest:.2g}, red +{largest:.2g}"
        self._say(name, y, text, size=10, color=style.QUIET)

    def _image(self, name, x, side, values, **look):
        picture = as_image(values)
        flat = picture.shape[0] == 1
        ax = self._axes(name, x, 0 if not flat else side / 3, side, side if not flat else side / 3)
        ax.imshow(picture, aspect="auto" if flat else "equal", interpolation="nearest", **look)
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set(color=style.QUIET, linewidth=0.8)

    def _axes(self, name, x, y, width, height):
        left, bottom = (COLUMNS[name] + x) / WIDTH, 1 - (TOP + y + height) / HEIGHT
        ax = self.figure.add_axes((left, bottom, width / WIDTH, height / HEIGHT))
        self._drawn.append(ax)
        return ax

    def _say(self, name, y, text, x=0, **look):
        left, bottom = (COLUMNS[name] + x) / WIDTH, 1 - (TOP + y) / HEIGHT
        self._drawn.append(style.write(self.figure, left, bottom, text, **look))


def words(step, sample, unit, kernel, classes):
    """dict stage -> a sentence of what it computed."""
    true, target = true_class(step, sample), named(step.y[sample], classes)
    values = step.predictions[sample].ravel()
    guess = f"the model gives {style.number(values[0])} where {target} is right"
    if true is not None and len(values) > 1:
        guess = f"the model gives {style.number(values[true])} to {target}, the right class"
    one = "" if step.losses is None else f"sample {sample} costs {amount(step.losses[sample])}; "
    gradient = step.gradients[kernel][..., unit]
    moved = sum(int((step.before[n] != step.after[n]).sum()) for n in step.before)
    total = sum(value.size for value in step.before.values())
    most = max(np.abs(step.after[n] - step.before[n]).max() for n in step.before)
    return {
        "input": f"{len(step.x)} samples go in; the target of sample {sample} is {target}.",
        "forward": f"{guess} for sample {sample}.",
        "loss": f"{one}the batch costs {amount(step.loss)} on average.",
        "gradient": f"unit {unit} of {kernel} has gradients up to {np.abs(gradient).max():.4g}; "
        f"{int((gradient == 0).sum())} of its {gradient.size} are exactly 0.",
        "update": f"{step.optimizer} moves {moved:,} of {total:,} weights, by up to {most:.4g}.",
    }


def first_kernel(step):
    """The name of the first weight that has a column for each unit."""
    return next(
        (name for name, value in step.before.items() if value.ndim > 1), next(iter(step.before))
    )


def true_class(step, sample):
    """The index of the right class, or None where the targets are no classes."""
    y, outputs = step.y[sample], step.predictions[sample].size
    if outputs == 1:
        return None
    if (
        np.issubdtype(step.y.dtype, np.integer)
        and np.size(y) == 1
        and 0 <= np.ravel(y)[0] < outputs
    ):
        return int(np.ravel(y)[0])
    return int(np.argmax(y)) if np.size(y) == outputs and np.sum(y) == 1 else None


def named(target, classes):
    """A target in words: the name of its class, its number, or its shape."""
    if np.size(target) != 1:
        return f"of shape {np.shape(target)}"
    value = np.ravel(target)[0]
    if classes is not None and float(value).is_integer():
        return str(classes[int(value)])
    return style.number(value)


def amount(loss):
    """A loss as we say it: 2.411, 30,860."""
    return f"{loss:.4g}" if abs(loss) < 1e4 else f"{loss:,.0f}"


def logarithm(step, sample):
    """ "-log(0.083)" where that is this sample's loss, else ""."""
    true = true_class(step, sample)
    if true is None:
        return ""
    probability = float(step.predictions[sample].ravel()[true])
    is_it = probability > 0 and np.isclose(-np.log(probability), step.losses[sample], rtol=1e-3)
    return f"-log({probability:.3g})" if is_it else ""


def as_image(values):
    """Any array as rows and columns: a square vector as its image, the first channel of many."""
    values = np.squeeze(values)
    while values.ndim > 2:
        values = values[..., 0]
    side = int(np.sqrt(values.size))
    if values.ndim < 2 and side * side == values.size and side > 3:
        return values.reshape(side, side)
    return np.atleast_2d(values)

"""What one training step did with one sample and one unit, in numbers and words."""

from functools import cached_property

import numpy as np

from anatomy.base.words import count, factor, number, sentences
from anatomy.data.calls import whole

#: The stages of a step, in their order.
STAGES = "input", "forward", "loss", "gradient", "update"


class Account:
    """A ``training.Step``, looked at for one of its samples and one unit of its first kernel.

    Attributes:
        step, sample, unit, classes: what it was made of.
        kernel: the name of the first weight that has a column for each unit.
        gradient: of the unit's column. steepest: where in it this is largest, indices.
        outputs, targets: the predictions for this sample, and its targets, (n,).
        loss: of this sample, or None.

    Raises:
        ValueError: for a sample or a unit that is not there.
    """

    def __init__(self, step, sample, unit, classes=None):
        kernels = [name for name, value in step.before.items() if value.ndim > 1]
        self.kernel = [*kernels, *step.before][0]
        whole("sample", sample, 0, len(step.x) - 1)
        whole("unit", unit, 0, step.before[self.kernel].shape[-1] - 1)
        self.step, self.sample, self.unit, self.classes = step, sample, unit, classes
        self.gradient = self.part(step.gradients)
        self.steepest = np.unravel_index(np.abs(self.gradient).argmax(), self.gradient.shape)
        self.outputs, self.targets = step.predictions[sample], np.ravel(step.y[sample])
        self.loss = None if step.losses is None else float(step.losses[sample])

    @cached_property
    def column(self):
        """The unit's part of the kernel, as NumPy writes it: "kernel[:, 3]"."""
        rank = self.step.before[self.kernel].ndim
        index = "" if rank < 2 else ":, " if rank == 2 else "…, "
        return f"{self.kernel.rsplit('/', 1)[-1]}[{index}{self.unit}]"

    def part(self, arrays):
        """The unit's part of the kernel in one of the step's dicts, such as ``step.gradients``."""
        return arrays[self.kernel][..., self.unit]

    @cached_property
    def weight(self):
        """The name of that weight, such as "kernel[406, 3]"."""
        place = ", ".join(str(int(i)) for i in (*self.steepest, self.unit))
        return f"{self.kernel.rsplit('/', 1)[-1]}[{place}]"

    @cached_property
    def true(self):
        """The index of the right one of several outputs, or None where there is no such."""
        target, size = self.targets, self.outputs.size
        if size == 1 or self.outputs.ndim > 1:
            return None
        if target.size == 1 and target[0] in range(size):
            return int(target[0])
        one_hot = target.size == size and target.max() == 1 and np.count_nonzero(target) == 1
        return int(target.argmax()) if one_hot else None

    def bars(self, most):
        """(names, values, which of them is the target) of at most ``most`` outputs, by index.

        A single output stands beside its target; of many the largest, and the right one.
        """
        outputs = self.outputs.ravel()
        if outputs.size == 1 == self.targets.size:
            return ["Y′", "Y"], [float(outputs[0]), float(self.targets[0])], 1
        largest = [i for i in np.argsort(-outputs) if i != self.true]
        first = [] if self.true is None else [self.true]
        shown = sorted([*first, *largest][:most])
        marked = None if self.true is None else shown.index(self.true)
        return [class_name(i, self.classes) for i in shown], outputs[shown], marked

    @cached_property
    def target(self):
        """The target in words: the name of its class, a number, or the first few of many."""
        if self.true is not None:
            return class_name(self.true, self.classes)
        if self.targets.size > 1:
            return " ".join([*map(number, self.targets[:5]), *["…"] * (self.targets.size > 5)])
        text, name = number(self.targets[0]), class_name(self.targets[0], self.classes)
        return text if name == text else f"{text} ({name})"

    @cached_property
    def formula(self):
        """How this sample's loss comes about: ("−log(0.08)", "softmax" where it came first).

        Both are "" where no such formula gives the number that Keras gives.
        """
        if self.loss is not None:
            for text, by, value in self._formulas():
                if np.isclose(value, self.loss, rtol=1e-4, atol=1e-6):
                    return text, by
        return "", ""

    def _formulas(self):
        out, target = np.ravel(self.outputs).astype(float), self.targets.astype(float)
        with np.errstate(all="ignore"):
            if self.true is not None:
                softmax = np.exp(out - out.max())
                for by, given in (("", out), ("softmax", softmax / softmax.sum())):
                    yield f"−log({number(given[self.true])})", by, -np.log(given[self.true])
            elif out.size == target.size == 1:
                (a,), (b,) = out, target
                for by, given in (("", a), ("sigmoid", 1 / (1 + np.exp(-a)))):
                    if b == 1:
                        yield f"−log({number(given)})", by, -np.log(given)
                    elif b == 0:
                        yield f"−log(1 − {number(given)})", by, -np.log(1 - given)
                yield f"({number(a)} − {factor(b)})²", "", (a - b) ** 2
                yield f"|{number(a)} − {factor(b)}|", "", abs(a - b)

    @cached_property
    def move(self):
        """What the update did to the steepest weight, as two halves of an equation or of none."""
        ends = self.step.before, self.step.after
        before, after = (number(self.part(values)[self.steepest]) for values in ends)
        if not self.step.plain:
            return f"{before} → {after}", ""
        gradient = factor(self.gradient[self.steepest])
        return f"{before} − {number(self.step.learning_rate)} × {gradient}", f"= {after}"

    @cached_property
    def sentences(self):
        """dict stage -> a sentence about what it computed."""
        step, samples = self.step, count(len(self.step.x), "sample")
        zeros = int((self.gradient == 0).sum())
        weights = sum(value.size for value in step.before.values())
        with np.errstate(invalid="ignore"):  # a step too large ends at infinity, or nowhere
            changes = [np.abs(step.after[n] - step.before[n]) for n in step.before]
        moved = sum(int(np.count_nonzero(change)) for change in changes)
        low, high = number(self.gradient.min()), number(self.gradient.max())
        layer = "".join(self.kernel.rpartition("/")[:2])
        return {
            "input": f"{samples} of shape {step.x.shape[1:]} go in; the target of sample "
            f"{self.sample} is {self.target}.",
            "forward": f"{self._guess()} for sample {self.sample}.",
            "loss": f"{self._cost(samples)}.",
            "gradient": f"unit {self.unit}, {layer}{self.column}, has gradients from {low} to "
            f"{high}; {zeros:,} of its {self.gradient.size:,} are exactly 0.",
            "update": f"{step.optimizer} moves {moved:,} of {weights:,} weights, by up to "
            f"{number(max(change.max() for change in changes))}; "
            f"{self.weight}: {sentences(*self.move)}.",
        }

    def _guess(self):
        if self.outputs.ndim > 1:
            return f"the model gives outputs of shape {self.outputs.shape}"
        if self.true is None:
            values = ", ".join(map(number, self.outputs.ravel()[:4]))
            more = ", …" * (self.outputs.size > 4)
            return f"the model gives {values}{more} where {self.target} is right"
        best = int(self.outputs.argmax())
        text = f"the model gives {number(self.outputs[self.true])} to {self.target}, the right one"
        if best == self.true:
            return f"{text}, and no more to any other,"
        return f"{text}, and {number(self.outputs[best])} to {class_name(best, self.classes)}"

    def _cost(self, samples):
        step, (formula, by) = self.step, self.formula
        mean = number(step.loss - step.penalty)
        if self.loss is None:
            text = f"the loss of {samples} is {mean}"
        else:
            how = f"{formula}{f' (by {by})' if by else ''} = " if formula else ""
            cost = f"sample {self.sample} costs {how}{number(self.loss)}"
            text = f"{cost}; the mean of {samples} is {mean}"
        if step.penalty:
            text += f", and penalties of {number(step.penalty)} make it {number(step.loss)}"
        return text


def class_name(label, classes):
    """The name of a class; the number itself where it has none."""
    if classes is not None and label in range(len(classes)):
        return str(classes[int(label)])
    return number(label)

"""A loss and its gradient: what each prediction costs, and which way it is told to go."""

import numpy as np

from anatomy.draw import loss_line, loss_simplex, loss_words, style
from anatomy.draw.picture import LOCK, Picture

WIDTH, GAP = 800, 28  # CSS pixels


def loss(loss, other=None, *, target=None, at=None, over="prediction", learning_rate=0.1):
    """A loss and its gradient, the feedback signal, over the prediction.

    For a number a curve, with its gradient beneath; for classes contours over the
    probabilities of three, with arrows against the gradient. All is of one sample, by Keras.
    One step of descent leads from ``at`` to ``at - learning_rate * gradient``.

    Args:
        loss: a name such as "mse", a ``keras.losses.Loss``, or your own function of
            ``(y_true, y_pred)``.
        other: a loss to draw beside it, asked about the same predictions; or None.
        target: a number; for classes the right one, 0, 1 or 2, or three probabilities, which
            also ask a loss of numbers about classes. None: one that suits.
        at: where the prediction stands: a number, or three; over the logit, logits. None:
            only the curve.
        over: "prediction", or "logit": what stands before the sigmoid or the softmax.
        learning_rate: of the one step.

    Returns:
        LossPicture: a Picture; its ``update()`` takes the same arguments.

    Raises:
        TypeError, ValueError: for a loss, target or prediction that cannot be drawn.

    Source: Chollet, Deep Learning with Python, ch. 3.1: the loss as feedback signal.
    """
    return LossPicture(
        loss, other, target=target, at=at, over=over, learning_rate=learning_rate
    )  # fmt: skip


class LossPicture(Picture):
    """One panel for each loss; the point and its step move, the curves rest.

    Attributes:
        curves: an `anatomy.losses.Curve` for each loss.
        steps: an `anatomy.losses.Descent` for each, or None.
    """

    def __init__(self, loss, other=None, **more):
        super().__init__(style.figure(WIDTH, 100))
        self._built, self.curves, self._reach = None, (), ()
        self.update(loss, other, **more)

    def update(self, loss, other=None, *, target=None, at=None, over="prediction",
               learning_rate=0.1):  # fmt: skip
        """Show other losses, another target or prediction; arguments as of ``draw.loss``."""
        from anatomy.losses.curve.facts import beside, descend

        at = None if at is None else np.asarray(at, float)
        curves = beside([one for one in (loss, other) if one is not None], target, over, at)
        steps = [None if at is None else descend(curve, at, learning_rate) for curve in curves]
        with LOCK:
            self._build(curves, at is not None)
            if curves != self.curves:
                self._show(curves)
            self.steps = steps
            for panel, step in zip(self._panels, steps, strict=True):
                panel.point(step)

    def describe(self):
        lines = []
        for curve, step in zip(self.curves, self.steps, strict=True):
            lines.append(loss_words.curve(curve))
            if step:
                lines.append(loss_words.step(curve, step))
        return "\n".join(lines)

    def say(self, x, y, text="", **look):
        """Text at a place in CSS pixels from the top left; returns the Text."""
        return style.write(self.figure, x / WIDTH, 1 - y / self.size[1], text, **look)

    def _build(self, curves, pointed):
        """New panels, where their number or kind has changed."""
        wanted = len(curves), curves[0].classes, pointed
        if wanted == self._built:
            return
        self._built, self.curves = wanted, ()
        self.figure.clear()
        self.moving.clear()
        kind = loss_simplex.SimplexPanel if curves[0].classes else loss_line.LinePanel
        self.figure.set_size_inches(WIDTH / 72, kind.high(len(curves), pointed) / 72)
        wide = (WIDTH - 24 - GAP * (len(curves) - 1)) / len(curves)
        self._panels = [
            kind(self, 12 + i * (wide + GAP), wide, pointed) for i in range(len(curves))
        ]

    def _show(self, curves):
        reach = [None] * len(curves)
        if not curves[0].classes:
            asked = [(curve.name, curve.kind, curve.over) for curve in curves]
            before = [(curve.name, curve.kind, curve.over) for curve in self.curves]
            self._reach = reach = loss_line.reaches(curves, self._reach if asked == before else ())
        self.curves = curves
        for panel, curve, ends in zip(self._panels, curves, reach, strict=True):
            if panel.show(curve, ends):
                self.stale()

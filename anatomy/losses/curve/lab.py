"""A loss by hand: drag the prediction and the target, and see its value and its gradient."""

import functools
import inspect
import types

import keras
import numpy as np

from anatomy.base.controls import control, hide, label
from anatomy.base.lab import Lab
from anatomy.base.script import ALONE, script
from anatomy.base.words import listed, number, settings
from anatomy.data import calls
from anatomy.losses.curve import draw, facts
from anatomy.losses.curve.draw import LOGITS
from anatomy.losses.curve.facts import beside, descend, from_logits, named, question, softmax
from anatomy.training.errors import InYourCode

NONE = "none"
LINE, CLASSES = ("target", "prediction", "logit"), ("target_class", *LOGITS)
FIRST = [ALONE[0], "import jax", "import keras", "import numpy as np"]
CIRCLE = '''\
def batch(similarity):
    """An anchor, a sample of its class, and one of another class."""
    s, zero, one = similarity[0], keras.ops.zeros(1), keras.ops.ones(1)
    second = [s, keras.ops.sqrt(1 - s**2), zero]
    samples = [one, zero, zero], second, [zero, zero, one]
    return keras.ops.stack([keras.ops.concatenate(sample) for sample in samples])
'''


def _perhaps(name, value):
    """A loss, or None."""
    if value is not None:
        calls.KINDS["loss"](name, value)


class Loss(Lab, other=_perhaps):
    """One loss, or two beside each other: their values, gradients and one step of descent.

    The prediction is dragged itself, or the logit that a sigmoid turns into it. Three classes
    have three logits; a softmax turns them into the probabilities, so that these add up to 1.

    Args:
        loss, other, target, at, over, learning_rate: as for ``draw.loss``; where the controls
            stand at first. The choices are all losses of Keras but CTC, and these two.

    Attributes:
        curves: the curve of each loss that is shown; see `anatomy.losses.curve`.
        steps: for each of them the step of descent; see `anatomy.losses.descend`.

    Raises:
        TypeError, ValueError: for a loss, target or prediction that cannot be drawn.
    """

    def __init__(self, loss="binary_crossentropy", other="mean_squared_error", *, target=None,
                 at=None, over="prediction", learning_rate=0.1):  # fmt: skip
        self._losses, (loss, other) = choices(loss, other)
        self._answered = None
        self._soft = tuple(target) if np.ndim(target) else None
        self.controls = {
            "loss": control("loss", list(self._losses), loss),
            "other": control("other", [NONE, *self._losses], other),
            "over": control("over", ["prediction", "logit"], over),
            "target": control("target", (-3.0, 4.0, 0.01), 1.0, live=True),
            "prediction": control("prediction", (-3.0, 4.0, 0.01), 0.1, live=True),
            "logit": control("logit", (-8.0, 8.0, 0.1), -2.0, live=True),
            "target_class": control("target_class", [0, 1, 2], 0),
        }
        for name, wide in (("loss", 33), ("other", 35)):  # the names of losses are long
            label(self.controls[name], wide)
        for name, start in zip(LOGITS, (-0.5, 0.5, 0.0), strict=True):
            self.controls[name] = control(name, (-5.0, 5.0, 0.1), start, live=True)
        rate = control("learning_rate", (0.001, 10.0), learning_rate, live=True)
        self.controls["learning_rate"] = rate
        self._arrange()
        self._start(target, at)
        super().__init__(draw.loss(**self._arguments(self.at)), self.controls)

    def moved(self, change):
        if change.owner.description in ("loss", "other", "over"):
            self._arrange()
        self.post()

    def work(self, at):
        if self._question(at) != self._answered:
            self.say("compiling", "a loss is differentiated the first time it is shown")
        try:
            curves, steps = self._answer(at)
        except InYourCode:
            raise
        except ValueError as error:
            return "broken", f"{error} The picture stays as it was."
        self.check()
        self._answered, self.curves, self.steps = self._question(at), curves, steps
        self.picture.update(**self._arguments(at))
        return feedback(curves, steps)

    def prepare(self, at):
        return self._question(at) != self._answered and (lambda stop: self._answer(at))

    def _answer(self, at):
        """The curves and the steps of descent at a position."""
        shown = self._arguments(at)
        losses = [one for one in (shown["loss"], shown["other"]) if one is not None]
        curves = beside(losses, shown["target"], shown["over"], shown["at"])
        return curves, [descend(curve, shown["at"], shown["learning_rate"]) for curve in curves]

    def code(self):
        return loss_script(self.curves, self.steps)

    def _question(self, at):
        """The losses, over which kind of prediction, and "prediction" or "logit", as controls."""
        losses = [self._losses[at[name]] for name in ("loss", "other") if at[name] != NONE]
        return losses, *question(losses, self._soft, at["over"])

    def _arrange(self):
        """Shows the controls of this kind of loss, with the ranges that suit."""
        losses, kind, over = self._question(self.at)
        places = {"classes": LOGITS if self._soft else CLASSES, "similarity": (over,)}
        for name in (*LINE, *CLASSES):
            hide(self.controls[name], name not in places.get(kind, ("target", over)))
        low, high = facts.usual_ends(losses, kind)
        target = (1, 1) if kind == "similarity" else (round(low), round(high))
        for name, ends in (("prediction", (low, high)), ("target", target)):
            if high:
                slider, (start, end) = self.controls[name], ends
                slider.min, slider.max = min(start, slider.min), max(end, slider.max)
                slider.min, slider.max, slider.step = start, end, 0.05 if high > 1 else 0.01

    def _start(self, target, at):
        """Puts the controls where the lab is to begin."""
        _, kind, over = self._question(self.at)
        places = {}
        if target is not None and not self._soft:
            places["target_class" if kind == "classes" else "target"] = target
        if at is not None and kind == "classes":
            logits = at if over == "logit" else np.log(at)
            places |= dict(zip(LOGITS, map(float, logits), strict=True))
        elif at is not None:
            places[over] = at
        for name, place in places.items():
            one = self.controls[name]
            if not getattr(one, "min", place) <= place <= getattr(one, "max", place):
                raise ValueError(f"{name} is {place!r}; the lab goes from {one.min} to {one.max}.")
            one.value = place

    def _arguments(self, at):
        """The arguments of ``draw.loss``, as the controls stand."""
        losses, kind, over = self._question(at)
        target, place = at["target"], at[over]
        if kind == "classes":
            target = at["target_class"] if self._soft is None else self._soft
            place = np.array([at[name] for name in LOGITS])
            if over == "prediction":
                place = softmax(place)
        return {
            "loss": losses[0], "other": (*losses, None)[1], "target": target, "at": place,
            "over": over, "learning_rate": at["learning_rate"],
        }  # fmt: skip


def feedback(curves, steps):
    """How strong the feedback is; of two losses, which has the stronger."""
    sizes = [float(np.linalg.norm(step.gradient)) for step in steps]
    names = [curve.name for curve in curves]
    still = [name for name, size in zip(names, sizes, strict=True) if size == 0]
    if still:
        return f"{listed(still)}: the gradient is 0, descent stands still."
    if len(sizes) == 1:
        what = "length" if curves[0].classes else "size"
        rate = number(steps[0].learning_rate)
        return f"The gradient's {what} is {number(sizes[0])}; one step is {rate} × as long."
    if np.isclose(*sizes, rtol=1e-3):
        return f"The gradients of {listed(names)} are equally large."
    strong = int(np.argmax(sizes))
    ratio = number(sizes[strong] / sizes[1 - strong])
    return f"The gradient of {names[strong]} is {ratio} × that of {names[1 - strong]}."


@functools.cache
def of_keras():
    """dict name -> loss, the same for every lab: what is compiled is of a loss."""
    kinds = vars(keras.losses).items()
    created = [k() for name, k in kinds if inspect.isclass(k) and name not in ("Loss", "CTC")]
    return {named(one)[1]: one for one in created}


def choices(loss, other):
    """dict name -> loss, of all that can be chosen, and the names of these two."""
    losses, names = dict(of_keras()), []
    for one in (loss, other):
        if one is None:
            names.append(NONE)
            continue
        found, name = named(one)
        found = losses.get(name, found) if isinstance(one, str) else found
        if name in names and found is not losses[name]:
            name = f"{name} 2"
        losses[name] = found
        names.append(name)
    return losses, names


def loss_script(curves, steps):
    """The plain Keras script that prints what the picture shows of each loss."""
    letter = "z" if curves[0].over == "logit" else "y_pred"
    lines = [*CIRCLE.splitlines(), "", ""] if curves[0].kind == "similarity" else []
    lines += [
        f'{letter} = np.array([{_floats(steps[0].at)}], "float32")',
        f"learning_rate = {steps[0].learning_rate:g}",
    ]
    for curve in curves:
        lines += ["", *_block(curve, letter)]
    partial = any(isinstance(curve.loss, functools.partial) for curve in curves)
    first = [*FIRST, *["import functools"] * partial]
    if own := [_plain(curve.loss) for curve in curves if not _of_keras(curve.loss)]:
        return script(own[0], sorted(first, key=lambda line: "first" not in line), lines, *own[1:])
    return "\n".join([*first, "", *lines]) + "\n"


def _block(curve, letter):
    """The lines of one loss."""
    if curve.kind == "similarity":
        call = f"keras.ops.ravel(loss(np.array([0, 0, 1]), batch({letter})))[0]"
        target = []
    else:
        squash = f"keras.activations.{'softmax' if curve.classes else 'sigmoid'}({letter})"
        squash = squash if curve.over == "logit" and not from_logits(curve.loss) else letter
        call = f"keras.ops.mean(loss(y_true, {squash}))"
        y = facts.truth(curve.target, curve.name, curve.classes)
        row = f"[{_floats(y)[1:-1]}]" if y.dtype == "float32" else f"[{y[0]}]"
        target = [f'y_true = np.array([{row}], "{y.dtype}")']
    along = "gradient"
    if curve.classes and curve.over == "prediction":
        along = "(gradient - gradient.mean())  # the three keep adding up to 1"
    text = "loss {value:.6g}, gradient {gradient[0]}, after a step {cost(lands):.6g}"
    return [
        f"loss = {_spelled(curve.loss)}",
        *target,
        "",
        "",
        f"def cost({letter}):",
        f"    return {call}",
        "",
        "",
        f"value, gradient = jax.value_and_grad(cost)({letter})",
        f"lands = {letter} - learning_rate * {along}",
        f'print(f"{curve.title}: {text}")',
    ]


def _floats(at):
    """A number, or three, as code."""
    return "[" + ", ".join(repr(float(f"{one:.8g}")) for one in np.ravel(at)) + "]"


def _plain(loss):
    """The function or class behind a loss: what has a source."""
    loss = loss.func if isinstance(loss, functools.partial) else loss
    return loss if isinstance(loss, types.FunctionType | type) else type(loss)


def _of_keras(loss):
    """Whether a loss is Keras's, and needs no source."""
    return _plain(loss).__module__.startswith("keras.")


def _spelled(loss):
    """A loss as code."""
    name, own = _plain(loss).__name__, settings(facts.arguments(loss))
    name = f"keras.losses.{name}" if _of_keras(loss) else name
    if isinstance(loss, functools.partial):
        return f"functools.partial({name}, {own})"
    return name if isinstance(loss, types.FunctionType) else f"{name}({own})"

"""A loss by hand: drag the prediction and the target, and see what the feedback signal says."""

import inspect

import numpy as np

from anatomy import draw
from anatomy.draw.loss_words import said
from anatomy.labs.controls import control
from anatomy.labs.lab import Lab
from anatomy.labs.loss_script import loss_script
from anatomy.losses.curve.facts import POSITIVE, beside, named, question

NONE = "none"
LOGITS = ("logit_0", "logit_1", "logit_2")
LINE, CLASSES = ("target", "prediction", "logit"), ("target_class", *LOGITS)
# Where target and prediction may stand: low, high, step.
RANGES = {
    "number": ((-3.0, 3.0, 0.05), (-3.0, 3.0, 0.05)),
    "positive": ((0.0, 4.0, 0.05), (0.05, 4.0, 0.05)),
    "probability": ((0.0, 1.0, 0.01), (0.01, 0.99, 0.01)),
    "similarity": ((1.0, 1.0, 0.01), (-0.99, 0.99, 0.01)),
}


class Loss(Lab):
    """One loss, or two beside each other: their values, gradients and one step of descent.

    The prediction is dragged itself, or the logit that a sigmoid makes it of. Three classes
    have three logits, of which a softmax makes the probabilities, so that these add up to 1.

    Args:
        loss, other, target, at, over, learning_rate: as for ``draw.loss``; where the controls
            stand at first. The choices are all losses of Keras but CTC, and these two.

    Attributes:
        curves: an `anatomy.losses.Curve` for each loss that is shown.
        steps: an `anatomy.losses.Descent` for each.

    Raises:
        TypeError, ValueError: for a loss, target or prediction that cannot be drawn.
    """

    def __init__(self, loss="binary_crossentropy", other="mean_squared_error", *, target=None,
                 at=None, over="prediction", learning_rate=0.1):  # fmt: skip
        self._losses, (loss, other) = choices(loss, other)
        self._soft = tuple(target) if np.ndim(target) else None
        self.controls = self._own_controls(loss, other, over, learning_rate)
        self._arrange()
        self._start(target, at)
        for name in ("loss", "other", "over"):
            self.controls[name].observe(lambda change: self._arrange(), names="value")
        self._shown = self._asked()
        super().__init__(draw.loss(**self._shown), self.controls, {})
        self._post()

    @property
    def curves(self):
        return self.picture.curves

    @property
    def steps(self):
        return self.picture.steps

    def run(self):
        super().run()
        return self.steps

    def code(self):
        return loss_script(self.curves, self.steps)

    def _own_controls(self, loss, other, over, learning_rate):
        made = {
            "loss": control("loss", list(self._losses), loss),
            "other": control("other", [NONE, *self._losses], other),
            "over": control("over", ["prediction", "logit"], over),
            "target": control("target", (-3.0, 4.0, 0.01), 1.0),
            "target_class": control("target_class", [0, 1, 2], 0),
            "prediction": control("prediction", (-3.0, 4.0, 0.01), 0.1),
            "logit": control("logit", (-8.0, 8.0, 0.1), -2.0),
        }
        for name, start in zip(LOGITS, (-0.5, 0.5, 0.0), strict=True):
            made[name] = control(name, (-5.0, 5.0, 0.1), start)
        made["learning_rate"] = control("learning_rate", (0.001, 10.0), learning_rate)
        for name, one in made.items():
            one.layout.width, one.style.description_width = "320px", "95px"
            if name in ("loss", "other", "over"):
                one.layout.width = "330px" if name != "over" else "180px"
                one.style.description_width = "45px"
            if hasattr(one, "continuous_update"):
                one.continuous_update = True
        return made

    def _rows(self):
        import ipywidgets as widgets

        layout = {"flex_flow": "row wrap"}
        first = [self.controls[name] for name in ("loss", "other", "over")]
        second = [c for c in self.controls.values() if c not in first]
        return [widgets.HBox(first, layout=layout), widgets.HBox(second, layout=layout),
                self._line, self._image, self._words]  # fmt: skip

    def _chosen(self):
        """The losses, what they are about, and over what: as the controls stand."""
        names = self.controls["loss"].value, self.controls["other"].value
        losses = [self._losses[name] for name in names if name != NONE]
        kind, over = question(losses, self._soft, self.controls["over"].value)
        if kind == "number" and any(named(loss)[1] in POSITIVE for loss in losses):
            kind = "positive"
        return losses, kind, over

    def _arrange(self):
        """Shows the controls of this kind of loss, with the ranges that suit."""
        _, kind, over = self._chosen()
        hidden = {"prediction" if over == "logit" else "logit"}
        hidden |= set(LINE if kind == "classes" else CLASSES)
        hidden |= {"target"} if kind == "similarity" else set()
        hidden |= {"target_class"} if self._soft else set()
        for name in (*LINE, *CLASSES):
            self.controls[name].layout.display = "none" if name in hidden else ""
        if kind != "classes":
            for name, ends in zip(("target", "prediction"), RANGES[kind], strict=True):
                bound(self.controls[name], *ends)

    def _start(self, target, at):
        """Puts the controls where the lab is to begin."""
        _, kind, over = self._chosen()
        places = {}
        if target is not None and not self._soft:
            places["target_class" if kind == "classes" else "target"] = target
        if at is not None and kind == "classes":
            logits = at if over == "logit" else np.log(at)
            places |= dict(zip(LOGITS, map(float, logits), strict=True))
        elif at is not None:
            places["logit" if over == "logit" else "prediction"] = at
        for name, place in places.items():
            if (
                not getattr(self.controls[name], "min", place)
                <= place
                <= getattr(self.controls[name], "max", place)
            ):
                one = self.controls[name]
                raise ValueError(f"{name} is {place!r}; the lab goes from {one.min} to {one.max}.")
            self.controls[name].value = place

    def _asked(self):
        """The arguments of ``draw.loss``, as the controls stand."""
        losses, kind, over = self._chosen()
        at = self._settings()
        target, place = at["target"], at["logit" if over == "logit" else "prediction"]
        if kind == "classes":
            target = self._soft or at["target_class"]
            place = np.array([at[name] for name in LOGITS])
            if over == "prediction":
                place = np.exp(place) / np.exp(place).sum()
        return {
            "loss": losses[0], "other": (*losses, None)[1], "target": target, "at": place,
            "over": over, "learning_rate": at["learning_rate"],
        }  # fmt: skip

    def _work(self, request):
        self.error = None
        asked = self._asked()
        try:  # a change of loss differentiates it anew
            beside(self._chosen()[0], asked["target"], asked["over"])
        except ValueError as error:
            return self._say("unsuitable", f"{error} The picture stays as it was.")
        if request.superseded:
            return None
        self.picture.update(**asked)
        self._frame()
        return self._say("done", self._told())

    def _told(self):
        """How strong the feedback is; of two losses, which is the stronger."""
        sizes = [float(np.linalg.norm(step.gradient)) for step in self.steps]
        names = [curve.name for curve in self.curves]
        still = [name for name, size in zip(names, sizes, strict=True) if size == 0]
        if still:
            return f"{' and '.join(still)}: the gradient is 0, descent stands still."
        if len(sizes) == 1:
            what = "length" if self.curves[0].classes else "size"
            rate = said(self.steps[0].learning_rate)
            return f"The gradient's {what} is {said(sizes[0])}; one step goes {rate} × as far."
        if np.isclose(*sizes, rtol=1e-3):
            return f"The gradients of {names[0]} and {names[1]} are of one size."
        strong = int(np.argmax(sizes))
        ratio = sizes[strong] / sizes[1 - strong]
        return f"The gradient of {names[strong]} is {said(ratio)} × that of {names[1 - strong]}."


def choices(loss, other):
    """dict name -> loss, of all that can be chosen, and the names of these two."""
    import keras

    made = {}
    for name, one in vars(keras.losses).items():
        if inspect.isclass(one) and name not in ("Loss", "CTC"):
            made[named(one())[1]] = one()
    names = []
    for one in (loss, other):
        if one is None:
            names.append(NONE)
            continue
        found, name = named(one)
        found = made.get(name, found) if isinstance(one, str) else found
        if name in names and found is not made[name]:
            name = f"{name} 2"
        made[name] = found
        names.append(name)
    return made, names


def bound(slider, low, high, step):
    """Gives a slider other ends; what it stands at stays, or moves to the nearer end."""
    slider.min, slider.max = min(low, slider.min), max(high, slider.max)
    slider.min, slider.max, slider.step = low, high, step

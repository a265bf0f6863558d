"""A loss in words: over what it is drawn, where it is least, and what one step does."""

import numpy as np

from anatomy.draw.style import number


def title(curve):
    """The name of the loss, with the arguments that are not the usual ones."""
    from anatomy.losses.curve.facts import arguments

    given = (f"{name}={value!r}" for name, value in arguments(curve.loss).items())
    return ", ".join([curve.name, *given])


def how(curve):
    """Over what a curve is drawn."""
    if curve.kind == "similarity":
        return (
            "over the cosine similarity s of an anchor and a sample of its class; a third sample, "
            "of another, at right angles to both"
        )
    if curve.classes:
        over = "softmax(z), the " if curve.over == "logit" else ""
        return f"over {'Y′ = ' if over else 'Y′, the '}{over}probabilities of three classes"
    if curve.over == "logit":
        return "over the logit z; Y′ = sigmoid(z)"
    return "over the probability Y′" if curve.kind == "probability" else "over the prediction Y′"


def symbol(curve):
    """The letter of the axis."""
    return "z" if curve.over == "logit" else "s" if curve.kind == "similarity" else "Y′"


def axis(curve):
    """What stands under the axis."""
    names = {"z": "logit z", "s": "similarity s", "Y′": "prediction Y′"}
    return names[symbol(curve)]


def aim(curve):
    """The target."""
    if curve.kind == "similarity":
        return "the same class"
    if not curve.classes:
        return f"target {said(curve.target)}"
    return f"target {said(curve.target)}" if np.ndim(curve.target) else f"class {curve.target}"


def curve(curve):
    """The curve in a sentence."""
    name = "Y′" if curve.classes else symbol(curve)
    target = aim(curve) if not curve.classes or np.ndim(curve.target) else f"target {aim(curve)}"
    place, order = curve.predictions if curve.classes else curve.at, np.argsort(curve.values)
    ends = [f"{said(curve.values[i])} at {name} = {said(place[i])}" for i in order[[0, -1]]]
    return f"Loss {title(curve)}, {target}, {how(curve)}: from {' to '.join(ends)}."


def step(curve, step):
    """The point and its step in two sentences."""
    name = symbol(curve)
    behind = f" (Y′ = {said(step.prediction)})" if curve.over == "logit" else ""
    return (
        f"At {name} = {said(step.at)}{behind}: loss {said(step.value)}, gradient "
        f"{said(step.gradient)}. One step of descent, learning_rate {number(step.learning_rate)}: "
        f"{name} = {moved(step.at, step.lands)}, {landed(curve, step)}."
    )


def short(curve, step):
    """The step in a line under a panel."""
    place = f"{symbol(curve)} {said(step.at)} → {moved(step.at, step.lands)}"
    if not step.inside:
        return f"{place}, {landed(curve, step)}"
    return f"{place}, loss {said(step.value)} → {moved(step.value, step.after)}"


def landed(curve, step):
    """What the loss is after the step, or why there is none."""
    if step.inside:
        return f"loss {moved(step.value, step.after)}"
    return f"beyond {'−1' if curve.kind == 'similarity' else '0'} to 1: no prediction"


def moved(before, value):
    """A number after a step, with as many digits as tell it from the one before; or three."""
    if np.ndim(value):
        return f"({', '.join(map(moved, before, value))})"
    short = said(value)
    return f"{value:.7g}".replace("-", "−") if short == said(before) else short


def said(value):
    """A number with a true minus, or three of them."""
    if np.ndim(value):
        return f"({', '.join(map(said, value))})"
    return number(float(value) + 0.0).replace("-", "−")

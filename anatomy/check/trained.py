"""Answers that are trained: real ``fit()``s, from fixed seeds."""

from numbers import Integral, Real

import keras
import numpy as np

from anatomy import losses
from anatomy.check.verdict import Verdict, judged
from anatomy.data import calls
from anatomy.losses.doctor.repair import alone
from anatomy.training import Run, private, tables
from anatomy.training.run import compiled_like
from anatomy.training.runner import one_at_a_time

SEEDS = (0, 1, 2)  # an answer that is right by luck is right on one of them
EPOCHS = 3  # of `compiled`


def runs(build, data, *, epochs, batch_size=32):
    """A `training.Run` of ``build()`` from each of `SEEDS`, one by one; raises what stopped one."""
    for seed in SEEDS:
        with one_at_a_time():
            one = Run(build, {}, epochs=epochs, batch_size=batch_size, seed=seed).fit(*tables(data))
        if one.error is not None:
            raise one.error
        yield one


def built(build):
    """What ``build()`` returns; raises a TypeError unless it is a compiled ``keras.Model``."""
    return Run(build, {}, epochs=1, batch_size=32).built()


@judged("Put a function that builds the model in place of the dots.")
def compiled(answer, data):
    """Whether a model is compiled with a loss that fits its output and its targets, and trains.

    Args:
        answer: a function that builds a compiled model, or the model; ``...`` for none yet.
        data: a split, or ``(x, y)`` of NumPy arrays; y may be a dict, for several outputs.

    Returns:
        Verdict: the hint is the first finding of `losses.diagnose`, or what the loss did.
    """
    if isinstance(original := answer, keras.Model):

        def answer():
            return compiled_like(keras.models.clone_model(original), original)

    model, y = built(answer), tables(data)[0].arguments["y"]
    if isinstance(y, dict) and sorted(private.output_names(model)) != sorted(y):
        return Verdict(False, f"The targets are named {' and '.join(y)}. Name its outputs so.")
    if findings := losses.diagnose(model, y):
        return Verdict(False, f"{findings[0].wrong} {findings[0].happens}")
    if findings.outcome == "not judged":
        return Verdict(False, f"Whether its loss fits is not known: {findings.reason}.")
    costs = next(runs(answer, data, epochs=EPOCHS)).history["loss"]
    first, last = (np.format_float_positional(c, 4, fractional=False, trim="-") for c in costs[::2])
    change = f"in {EPOCHS} epochs the loss went from {first} to {last}"
    if not costs[0] - costs[-1] > 1e-4 * abs(costs[0]):  # less is rounding: batches are shuffled
        return Verdict(False, f"Nothing is wrong with its loss, but {change}.")
    return Verdict(True, f"Output, loss and targets fit, and {change}.")


@judged("Write what is missing; the model is then trained.", parameters=calls.count())
def reaches(answer, data, *, epochs, build=None, parameters=None, batch_size=32, **goal):
    """Whether a model reaches a goal in its training, from each of three seeds.

    Args:
        answer: a function that returns a compiled model. With ``build``, anything that it takes.
        data: a split, or ``(x, y)``, or ``((x, y), (x_val, y_val))`` of NumPy arrays.
        epochs, batch_size: integers, as in ``fit()``.
        build: a function of the answer that returns a compiled model, or None.
        parameters: how many numbers the model may learn at most; None for any.
        goal: one name of the history and a number: ``val_accuracy=0.9``, at least, or
            ``val_loss=0.3``, at most, after the last epoch.

    Returns:
        Verdict: it tells where the seeds ended; the hint has what `losses.diagnose` finds.
    """
    if len(goal) != 1:
        raise TypeError(f"the goal is {goal}; give one name of the history, such as loss=0.3.")
    [(name, wanted)] = goal.items()
    calls.number(name, wanted)
    make = answer if build is None else lambda: build(answer)
    model = built(make)
    if not model.built:
        model(keras.tree.map_structure(lambda a: a[:1], tables(data)[0].arguments["x"]))
    count = model.count_params()
    if parameters is not None and count > parameters:
        return Verdict(False, f"It has {count:,} parameters; at most {parameters:,} are allowed.")
    own = private.compile_settings(model).get("loss_weights") is not None
    own = build is None and (own or "your own" in losses.diagnose(model).reason)
    if "loss" in name and own:
        text = f"{name} is of a loss of its own, which can be any number"
        return Verdict(False, f"{text}: compile it with one of Keras's, without loss_weights.")
    trainings = list(runs(make, data, epochs=epochs, batch_size=batch_size))
    histories = [one.history for one in trainings]
    if name not in histories[0]:
        names = ", ".join(histories[0])
        return Verdict(False, f"Its history has {names}, but no {name}: compile it with that.")
    ends = [history[name][-1] for history in histories]
    if name == "val_accuracy":
        (x, y), end = (tables(data)[1].arguments[part] for part in "xy"), ends[0]
        if accuracy(model, x, y) >= wanted:
            return Verdict(False, "It is as good before it is trained here: build it anew.")
        if abs(accuracy(trainings[0].model, x, y) - end) > 0.01:
            return Verdict(False, f"Its {name} is {end:.3g}, but that is another metric.")
    numbers = ", ".join(f"{end:.3g}" for end in ends)
    result = f"{name} after {epochs} epochs, from {len(ends)} seeds: {numbers}."
    if all(end <= wanted if "loss" in name else end >= wanted for end in ends):
        return Verdict(True, f"{result} It has {count:,} parameters.")
    result += f" {'At most' if 'loss' in name else 'At least'} {wanted} is wanted."
    if findings := losses.diagnose(model, tables(data)[0].arguments["y"]):
        result += f" {findings[0].wrong} {findings[0].happens}"
    return Verdict(False, result)


def accuracy(model, x, y):
    """The share of samples whose most probable class is the right one."""
    outputs = np.asarray(model.predict(x, verbose=0))
    classes = np.argmax(outputs, axis=-1) if outputs.shape[-1] > 1 else outputs > 0.5
    y = np.argmax(y, axis=-1) if np.ndim(y) > 1 and np.shape(y)[-1] > 1 else y
    return np.mean(np.ravel(classes) == np.ravel(y))


@judged(
    "Put a learning rate in place of the dots.",
    factor=calls.rule("a number above 1, such as 2", calls.of(Real), lambda factor: factor > 1),
)
def largest_rate(answer, build, data, *, epochs, below, factor, batch_size=32):
    """Whether a training converges at this learning rate, and no longer at a multiple of it.

    It converges when its last training loss is below ``below``, from each of three seeds.

    Args:
        answer: a learning rate; ``...`` for no answer yet.
        build: a function of a learning rate that returns a compiled model.
        data: a split, or ``(x, y)`` of NumPy arrays.
        epochs, batch_size: integers, as in ``fit()``.
        below: a loss.
        factor: a number above 1. From no seed may ``factor * answer`` converge.

    Returns:
        Verdict: it tells where the training ended at either rate.
    """
    if isinstance(answer, bool) or not (isinstance(answer, Real) and answer > 0):
        return Verdict(False, f"{calls.shown(answer)} is not a learning rate: a number above 0.")

    def ends(rate):
        every = runs(lambda: build(rate), data, epochs=epochs, batch_size=batch_size)
        return [one.history["loss"][-1] for one in every]

    here, there = ends(answer), ends(factor * answer)
    text = f"At {answer:.3g} the loss ends at {max(here):.3g}"
    if not all(end < below for end in here):
        return Verdict(False, f"{text}, and not below {below}. Too small, or too large?")
    text += f", at {factor * answer:.3g} at {min(there):.3g}"
    if any(end < below for end in there):
        return Verdict(False, f"{text}: it converges at {factor} times that rate too.")
    return Verdict(True, f"{text}. The edge lies between the two.")


@judged("Put the number of a column in place of the dots.", data=calls.several("train", "honest"))
def shortcut(answer, data):
    """Whether a feature gives the class away in the training data alone.

    Args:
        answer: the number of a column of x; ``...`` for no answer yet.
        data: ``((x, y), (x_honest, y_honest))`` of NumPy arrays, y the number of the class.

    Returns:
        Verdict: it says how well a network does that sees this feature alone, on both.
    """
    (x, y), _ = data
    if not (isinstance(answer, Integral) and 0 <= answer < x.shape[1]):
        columns = f"they go from 0 to {x.shape[1] - 1}"
        return Verdict(False, f"{calls.shown(answer)} is no column: {columns}.")

    def build():
        last = keras.layers.Dense(int(np.max(y)) + 1, activation="softmax")
        optimizer = keras.optimizers.Adam(0.05)
        return alone(last, "sparse_categorical_crossentropy", (1,), optimizer)

    model = next(runs(build, (x[:, [answer]], y), epochs=20)).model
    right = [accuracy(model, a[:, [answer]], b) for a, b in data]
    text = f"Column {answer} alone is right in {right[0]:.0%} of the training data"
    if right[0] - right[1] < 0.2:
        return Verdict(False, f"{text}, and in {right[1]:.0%} of the honest data: no shortcut.")
    return Verdict(True, f"{text}, and in {right[1]:.0%} of the honest data: no use there.")

"""The history of a fit() as arrays; a run in words: what it was given, what it reached."""

from functools import cached_property

import numpy as np

from anatomy.base.words import count, number, sentences, settings

OWN = ("epochs", "batch_size", "seed", "patience")
FRACTIONS = ("accuracy", "auc", "precision", "recall", "f1", "iou")


class Curves:
    """The curves of one run.

    Attributes:
        label: what the run is, such as "learning_rate=0.01".
        values: dict name -> (epochs,) floats.
        pinned: whether it is to be seen well beside others.
        epochs: how many have ended. validated: whether there are values of validation data.
        names: the quantities, losses first: "loss" stands for "loss" and "val_loss".
        best: the first epoch with the smallest validation loss; 0 where there is none.
        key: what the look of these curves depends on, to be compared.
    """

    def __init__(self, label, values, pinned=False):
        self.label, self.values, self.pinned = label, values, pinned
        self.epochs = max(map(len, values.values()), default=0)
        self.validated = any(name.startswith("val_") for name in values)
        names = dict.fromkeys(name.removeprefix("val_") for name in values)
        self.names = tuple(sorted(names, key=lambda n: (n != "loss", not n.endswith("_loss"))))
        epochs, losses = self.points("val_loss")
        finite = np.isfinite(losses)
        self.best = int(epochs[finite][losses[finite].argmin()]) if finite.any() else 0
        self.key = label, pinned, [(name, one.tobytes()) for name, one in values.items()]

    def upto(self, epoch):
        """The same, as it stood after an epoch."""
        return Curves(self.label, {name: values[self.points(name)[0] <= epoch]
                                   for name, values in self.values.items()})  # fmt: skip

    @cached_property
    def diverged(self):
        """What the loss became where it was first not finite ("nan at epoch 3"), or ""."""
        for name, whose in (("loss", ""), ("val_loss", "validation ")):
            values = self.values.get(name, np.empty(0))
            if not np.isfinite(values).all():
                first = int(np.argmin(np.isfinite(values)))
                return f"{whose}{values[first]} at epoch {first + 1}"
        return ""

    def points(self, name):
        """(epochs, values) of one curve; empty where the run has none.

        Fewer values than epochs come of ``validation_freq``: every 2nd, 3rd, ... epoch.
        """
        values = self.values.get(name, np.empty(0))
        every = max(self.epochs // len(values), 1) if len(values) else 1
        return every * np.arange(1, len(values) + 1), values

    def last(self, most=None):
        """The last values of the first curves: "loss 0.1426 (validation 0.2646), accuracy 0.95"."""
        return ", ".join(course(self, name, (-1,)) for name in self.names[:most])

    def finite(self, name):
        """The finite values of one curve."""
        values = self.points(name)[1]
        return values[np.isfinite(values)]

    def is_fraction(self, name):
        """Whether a metric is a share of a whole, by its name and its values."""
        both = self.finite(name), self.finite("val_" + name)
        named = any(word in name.lower() for word in FRACTIONS)
        return named and all(v.min(initial=0) >= 0 and v.max(initial=1) <= 1 for v in both)


def curves(history, label="", pinned=False):
    """The `Curves` of a Keras History or a dict of lists.

    Raises:
        TypeError: for anything else.
    """
    if isinstance(history, Curves):
        history = history.values
    measured = getattr(history, "history", history)
    hint = "pass the History that fit() returned, or its dict of lists of floats"
    if not isinstance(measured, dict):
        raise TypeError(f"history is {history!r}, a {type(history).__name__}: {hint}.")
    values = {}
    for name, numbers in measured.items():
        try:
            values[str(name)] = np.asarray(numbers, dtype=float)
        except (TypeError, ValueError):
            values[str(name)] = np.empty(())
        if values[str(name)].ndim != 1:
            raise TypeError(f"history[{name!r}] is {numbers!r}, not one number an epoch: {hint}.")
    return Curves(str(label), values, bool(pinned))


def given(run):
    """dict name -> value of a `training.Run`: the arguments of ``build()``, and those of `OWN`."""
    own = {name: getattr(run, name) for name in OWN}
    return run.parameters | {name: value for name, value in own.items() if value is not None}


def difference(arguments, others):
    """What is in these arguments and not in one of the others, such as "units=64, seed=1"."""
    return settings({
        name: value
        for name, value in arguments.items()
        if any(value != other.get(name) for other in others)
    })  # fmt: skip


def line(run):
    """A run among others: what it was given, and what it reached."""
    return f"{settings(given(run))}: {reached(run) if run.status == 'done' else run.status}"


def reached(run):
    """The last values of the loss and a metric, such as "loss 0.1426 (validation 0.2646)".

    With early stopping those of the best epoch, whose weights the model has at the end.
    """
    one = curves(run.history)
    if run.patience is None or run.status != "done" or not one.best:
        return one.last(2)
    return f"{one.upto(one.best).last(1)} at epoch {one.best}"


def course(run, name, at=(0, -1)):
    """The values of a curve at these places: "loss 2.301 -> 0.412 (validation 0.455)"."""
    training, validation = run.points(name)[1], run.points("val_" + name)[1]
    if not len(training) and not len(validation):
        return ""
    ends = " -> ".join(number(training[i]) for i in at[: len(training)])
    return sentences(
        name, ends, f"(validation {number(validation[-1])})" if len(validation) else ""
    )


def sentence(run):
    """The line beneath the picture of a run."""
    match run.status:
        case "training":
            return f"epoch {run.epoch} of {run.epochs}: {reached(run)}"
        case "stopped":
            after = f"after epoch {run.epoch} of {run.epochs}; the model keeps its weights."
            return sentences(after, reached(run))
        case "diverged":
            blame = "Every step overshot; a smaller learning rate takes smaller steps."
            return f"at epoch {run.epoch}: the loss is {run.diverged}. {run.cause or blame}"
    plain = f"Plain fit(): {run.plain}." if run.plain else ""
    if run.epoch < run.epochs:
        text = f"Early stopping after {run.epoch} of {run.epochs} epochs. The model has its best "
        return sentences(f"{text}weights: {reached(run)}.", plain)
    epochs = count(run.epoch, "epoch")
    return sentences(f"{epochs} in {run.seconds:.2f} s: {reached(run)}.", plain)


def ignored(run, others):
    """What is to be said where an argument of ``build()`` moved and not a digit changed, or ""."""
    for other in others:
        pairs = run.parameters.items() - other.parameters.items()
        if pairs and run.status == "done" and other.history == run.history:
            moved = settings({name: other.parameters[name] for name, _ in pairs})
            names = " and ".join(name for name, _ in pairs)
            return f"As with {moved}, to the last digit: build() does not use {names}."
    return ""


def fit_lines(build, data, call, *, epochs, batch_size, seed=0, validated=False, patience=None):
    """Lines of a script that make the data, and lines that train on them as a `Run` did.

    ``call``: the arguments of ``build`` as they are written; ``seed``: a number, or a name;
    ``patience``: of an ``EarlyStopping`` on the validation loss, or None.
    """
    prefix, source = "", "# x_train, y_train, x_val, y_val: your own arrays, made here"
    if hasattr(data, "code"):
        prefix, source = "split.", f"split = {data.code}"
    validation = f"    validation_data=({prefix}x_val, {prefix}y_val),"
    stopping = (
        f'stopping = keras.callbacks.EarlyStopping("val_loss", patience={patience}, '
        "restore_best_weights=True)"
    )
    early = patience is not None
    return [source], [
        f"keras.utils.set_random_seed({seed})",
        f"model = {build.__name__}({call})",
        *[stopping] * early,
        "history = model.fit(",
        f"    {prefix}x_train, {prefix}y_train,",
        *[validation] * bool(validated),
        *["    callbacks=[stopping],"] * early,
        f"    batch_size={batch_size}, epochs={epochs}, verbose=0,",
        ")",
    ]

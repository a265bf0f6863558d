"""Runs of `training.Run` in words: what a run was given, what it reached, how it stands."""

from anatomy.base.words import number, sentences, settings

OWN = ("epochs", "batch_size", "seed")


def given(run):
    """dict name -> value: the arguments of ``build()``, of ``fit()``, and the seed."""
    return run.parameters | {name: getattr(run, name) for name in OWN}


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
    """The last value of each curve, such as "loss 0.1426 (validation 0.2646)"."""
    last = {name: number(values[-1]) for name, values in run.history.items() if values}
    names = sorted(name for name in last if not name.startswith("val_"))
    names.sort(key=lambda name: name != "loss")
    return ", ".join(
        f"{name} {last[name]}"
        + (f" (validation {last['val_' + name]})" if "val_" + name in last else "")
        for name in names
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
    return sentences(f"{run.epoch} epochs in {run.seconds:.2f} s: {reached(run)}.", plain)


def ignored(run, others):
    """What is to be said where an argument of ``build()`` moved and not a digit changed, or ""."""
    for other in others:
        pairs = run.parameters.items() - other.parameters.items()
        if pairs and run.status == "done" and other.history == run.history:
            moved = settings({name: other.parameters[name] for name, _ in pairs})
            names = " and ".join(name for name, _ in pairs)
            return f"As with {moved}, to the last digit: build() does not use {names}."
    return ""

"""A run in words: what it was given, what it reached, how it stands."""

OWN = ("epochs", "batch_size", "seed")


def given(run):
    """dict name -> value: the arguments of ``build()``, of ``fit()``, and the seed."""
    return run.parameters | {name: getattr(run, name) for name in OWN}


def difference(settings, others):
    """What is in these settings and not in one of the others, such as "units=64, seed=1"."""
    return ", ".join(
        f"{name}={value!r}"
        for name, value in settings.items()
        if any(value != other.get(name) for other in others)
    )


def line(run):
    """A run among others: what it was given, and what it reached."""
    settings = ", ".join(f"{name}={value!r}" for name, value in given(run).items())
    return f"{settings}: {reached(run) if run.status == 'done' else run.status}"


def reached(run):
    """The last value of each curve, such as "loss 0.1426 (validation 0.2646)"."""
    last = {name: f"{values[-1]:.4g}" for name, values in run.history.items() if values}
    names = sorted(name for name in last if not name.startswith("val_"))
    names.sort(key=lambda name: name != "loss")
    return ", ".join(
        f"{name} {last[name]}"
        + (f" (validation {last['val_' + name]})" if "val_" + name in last else "")
        for name in names
    )


def sentence(run):
    """The line of status of a run, in words."""
    plain = f" Plain fit(): {run.plain}." if run.plain else ""
    match run.status:
        case "training":
            return f"epoch {run.epoch} of {run.epochs}: {reached(run)}"
        case "stopped":
            after = f"after epoch {run.epoch} of {run.epochs}; the model keeps its weights."
            return f"{after} {reached(run)}"
        case "diverged":
            rate = "Every step overshot; a smaller learning rate takes smaller steps."
            return f"at epoch {run.epoch}: the loss is {run.diverged}. {run.cause or rate}"
    return f"{run.epoch} epochs in {run.seconds:.2f} s: {reached(run)}.{plain}"

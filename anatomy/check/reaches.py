"""A model that reaches a goal, from several seeds."""

from anatomy import losses
from anatomy.check import trained
from anatomy.check.verdict import Verdict, judged
from anatomy.training import tables


@judged("Write what is missing; the model is then trained.")
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
    (name, wanted), lower = *goal.items(), any("loss" in name for name in goal)
    make = answer if build is None else lambda: build(answer)
    model = trained.built(make)
    count = model.count_params()
    if parameters is not None and count > parameters:
        return Verdict(False, f"It has {count:,} parameters; at most {parameters:,} are allowed.")
    done = trained.runs(make, data, epochs=epochs, batch_size=batch_size)
    if name not in done[0].history:
        names = ", ".join(done[0].history)
        return Verdict(False, f"Its history has {names}, but no {name}: compile it with that.")
    ends = [run.history[name][-1] for run in done]
    said = f"{name} after {epochs} epochs, from {len(ends)} seeds: " + ", ".join(
        f"{end:.3g}" for end in ends
    )
    reached = all(end <= wanted if lower else end >= wanted for end in ends)
    if not reached:
        said += f". {'At most' if lower else 'At least'} {wanted} is wanted."
        if found := losses.diagnose(model, tables(data)[0].arguments["y"]):
            said += f" {found[0].wrong} {found[0].happens}"
        return Verdict(False, said)
    return Verdict(True, f"{said}. It has {count:,} parameters.")

"""The loss doctor's word where a model is used: advice in a lab, and elsewhere a refusal."""

import contextlib

from anatomy.losses.doctor.facts import diagnose
from anatomy.training import RATE


def advise(lab, model, y, parameters=None):
    """Asks the doctor before a lab trains: its first finding stands beneath the lab's line.

    ``lab.findings`` is then all that was found. Where only the learning rate has changed since the
    last time, nothing is asked.

    Args:
        lab: the `anatomy.base.lab.Lab`.
        model, y: as for `anatomy.losses.diagnose`.
        parameters: dict of the arguments that the model was built with; None: ask in any case.
    """
    structure = parameters and {k: v for k, v in parameters.items() if k != RATE}
    if structure is not None and structure == getattr(lab, "diagnosed", None):
        return
    lab.diagnosed, lab.findings = structure, ()
    with contextlib.suppress(Exception):  # advice is never in the way of a training
        lab.findings = diagnose(model, y)
    lab.advise("")
    for finding in lab.findings[:1]:
        text = f"{finding.wrong} {finding.happens}"
        lab.advise(f"The loss doctor: {finding.code}.", text, finding.change)


def refuse(model, y):
    """Raises a ValueError in the doctor's words where a loss is not of what was meant."""
    for finding in diagnose(model, y).of_the_loss:
        change = f" Write: {finding.change}" if finding.change else ""
        raise ValueError(f"{finding.code}: {finding.wrong} {finding.happens}{change}")

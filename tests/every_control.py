"""Every control of a lab goes to its ends and options, every button is pressed.

A callback that raises fails no notebook: the notebook stands at the defaults only. Runs in the
kernel that has run the notebook, and in a test's own process.
"""

import gc
from numbers import Real

import ipywidgets as widgets
import memory
import quick

from anatomy.base.lab import Lab
from anatomy.base.picture import LARGEST
from anatomy.training import Run
from anatomy.training.runner import ahead

PATIENCE = 120  # seconds that one move may take, compilation included


def all_labs():
    """The labs of this process."""
    gc.unfreeze()  # what stood there before the labs
    return [one for one in gc.get_objects() if issubclass(type(one), Lab)]


def parts(widget):
    """A widget and all those inside it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def positions(control):
    """All options; of numbers and of runs, which are of one kind, both ends and one between."""
    options = getattr(control, "options", ())
    values = [option[1] if isinstance(option, tuple) else option for option in options]
    every = range(len(values))
    if len(every) > 3 and all(isinstance(one, Real | Run) for one in values):
        between = control.index if control.index in every[1:-1] else len(every) // 2
        return [0, between, every[-1]]
    return list(every)


def moves(control):
    """Where a control can be moved to: pairs (trait, value)."""
    options = positions(control)
    match control:
        case widgets.widget_selection._MultipleSelection():
            every = tuple(range(len(control.options)))
            return [("index", index) for index in [*((i,) for i in options), every, ()]]
        case widgets.SelectionRangeSlider():
            return [("index", (options[0], options[-1]))] if options else []
        case widgets.widget_selection._Selection():
            return [("index", i) for i in options]
        case widgets.FloatLogSlider():
            return [("value", control.base**end) for end in (control.min, control.max)]
        case widgets.IntRangeSlider() | widgets.FloatRangeSlider():
            low, high = control.min, control.max
            return [("value", ends) for ends in ((low, low), (high, high), (low, high))]
        case widgets.IntProgress() | widgets.FloatProgress():
            return []
        case widgets.Accordion():
            return [("selected_index", i) for i in range(len(control.children))]
        case _ if hasattr(control, "min") and hasattr(control, "max"):
            return [("value", control.max), ("value", control.min)]
        case _ if isinstance(getattr(control, "value", None), bool):
            return [("value", not control.value)]
    return []


def settle(lab, where):
    """Waits for all that was asked; nothing in the lab may have failed."""
    assert lab.wait(PATIENCE), f"{where}: not done after {PATIENCE} s"
    assert lab.error is None, f"{where}: {lab.error!r}"
    assert lab.status != "failed", where
    assert lab.describe(), where
    names = [handle.label for handle in lab.picture.sheet.handles]
    assert len({*names}) == len(names), f"{where}: two handles of one name, {names}"


def go_through(lab, control, name, stay):
    """Moves a control to each of its positions, and back unless it is to ``stay`` at the last."""
    first = {trait: getattr(control, trait) for trait, _ in moves(control)}
    for trait, value in moves(control):
        setattr(control, trait, value)
        settle(lab, f"{name} at {getattr(control, trait)!r}")
    if not stay:
        for trait, value in first.items():
            setattr(control, trait, value)


def sweep(lab):
    """Moves each control to each of its positions, and presses each button.

    A lab that trains does so shortly: numbers stay at their least and batches at their largest, and
    when its epochs go to their ends, all others have.
    """
    kind = type(lab).__name__.lower()
    settle(lab, f"{kind} at first")
    assert len(lab.picture.frame()) <= LARGEST, f"{kind}: a frame is long for a slow line"
    names = {control: name for name, control in lab.controls.items()}
    epochs = lab.controls.get("epochs")
    trains = hasattr(epochs, "min")
    if trains:
        epochs.value = epochs.min
    controls = sorted(names, key=lambda control: control is epochs)
    for control in [*controls, *(part for part in parts(lab.widget) if part not in names)]:
        name = f"{kind}, {names.get(control) or getattr(control, 'description', 'a fold')}"
        shorter = control in names and (hasattr(control, "min") or names[control] == "batch_size")
        go_through(lab, control, name, stay=trains and shorter)
        if isinstance(control, widgets.Button) and not control.disabled:
            control.click()
            settle(lab, f"{name} pressed")
        memory.trim()
    if trains:  # what the buttons have brought, a whole axis say, follows
        epochs.value = min(epochs.min + 1, epochs.max)
    settle(lab, f"{kind} at the end")


def sweep_all():
    """Sweeps all labs of this process; says how many.

    Where a curve ends does not matter any more: what the notebook has not compiled is compiled in
    a hurry.
    """
    found = all_labs()
    ahead.ask = lambda *_: None  # moves come one after the other: nobody looks meanwhile
    quick.hurry(forget=False)
    for lab in found:
        sweep(lab)
        lab.close()
    return len(found)

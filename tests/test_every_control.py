"""Every control of every lab of every notebook goes to each of its ends and options.

A callback that raises fails no notebook test: the notebook stands at the defaults only.
"""

import linecache
import re

import ipywidgets as widgets
import make_notebooks
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_notebook

from anatomy.labs import Lab, lab
from anatomy.training import runner

PATIENCE = 120  # seconds that one move may take, compilation included


@pytest.fixture
def seen(monkeypatch):
    """The labs that are made and the requests that are posted; the former close at the end."""
    labs, requests = [], []
    init, post = Lab.__init__, runner.post

    def remembered(self, *args, **kwargs):
        labs.append(self)
        init(self, *args, **kwargs)

    def posted(*args, **kwargs):
        requests.append(post(*args, **kwargs))
        return requests[-1]

    monkeypatch.setattr(Lab, "__init__", remembered)
    monkeypatch.setattr(runner, "post", posted)
    monkeypatch.setattr(lab, "REST", 0)  # draw crisply after each move too
    yield labs, requests
    for one in labs:
        one.close()


def execute(notebook, seen):
    """Run the code cells in one namespace, one after the other, as a kernel does."""
    labs, _ = seen
    namespace = {"__name__": "__main__"}
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        name = f"<cell {number}>"
        source = TransformerManager().transform_cell(cell.source)  # %pip and its like
        linecache.cache[name] = len(source), None, source.splitlines(True), name
        exec(compile(source, name, "exec"), namespace)
        for one in labs:  # a cell that shows a lab waits for it
            assert one.wait(PATIENCE)
    return namespace


def parts(widget):
    """A widget and all those inside it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def moves(control):
    """Where a control can be moved to: pairs (trait, value)."""
    options = range(len(getattr(control, "options", ())))
    match control:
        case widgets.widget_selection._MultipleSelection():
            return [("index", index) for index in [*((i,) for i in options), tuple(options), ()]]
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
        case _ if hasattr(control, "min") and hasattr(control, "max"):
            return [("value", control.min), ("value", control.max)]
        case _ if isinstance(getattr(control, "value", None), bool):
            return [("value", not control.value)]
    return []


def settle(lab, requests, where):
    """Wait for all that was asked; nothing in the lab or its worker may have failed."""
    assert lab.wait(PATIENCE), f"{where}: not done after {PATIENCE} s"
    while requests:
        request = requests.pop()
        assert request.wait(PATIENCE), f"{where}: not done after {PATIENCE} s"
        assert request.error is None, f"{where}: {request.error!r}"
    assert lab.error is None, f"{where}: {lab.error!r}"
    assert lab.status != "failed", where


def sweep(lab, requests):
    """Move each control to each of its positions and back, and press each button."""
    settle(lab, requests, "at first")
    names = {control: name for name, control in lab.controls.items()}
    epochs = lab.controls.get("epochs")
    controls = [*names, *(part for part in parts(lab.widget) if part not in names)]
    controls.sort(key=lambda control: control is epochs)  # last: the others need few epochs
    if hasattr(epochs, "min"):
        epochs.value = epochs.min
    for control in controls:
        name = names.get(control) or getattr(control, "description", "")
        for trait, value in moves(control):
            before = getattr(control, trait)
            setattr(control, trait, value)
            settle(lab, requests, f"{name} at {control.value!r}")
            setattr(control, trait, before)
        if isinstance(control, widgets.Button) and not control.disabled:
            control.click()
            settle(lab, requests, f"{name} pressed")
    settle(lab, requests, "back again")


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.name)
def test_every_control_of(path, seen):
    execute(nbformat.read(path, as_version=4), seen)
    labs, requests = seen
    for one in list(labs):
        sweep(one, requests)


LAB = """
import keras
from anatomy import data, labs

built = set()

def build(units=4, activation="tanh"):
    {bug}
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, activation), \
keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model

lab = labs.fit(build, data.moons(), units=(1, 8), activation=["tanh", "relu"], epochs=1)
{after}
"""


RAISES_AT_THE_END = "if units == 8: raise RuntimeError('planted')"
RAISES_IN_A_CALLBACK = """
def moved(change):
    assert change.new != "relu", "planted"

lab.controls["activation"].observe(moved, names="value")"""
RAISES_IN_A_DRAWING = """
draw = lab._redraw
lab._redraw = lambda: draw() or 1 / 0"""


def planted(bug="", after=""):
    return new_notebook(cells=[new_code_cell(LAB.format(bug=bug or "pass", after=after))])


def test_a_lab_without_a_bug_passes(seen):
    built = execute(planted(bug="built.add((units, activation))"), seen)["built"]
    (one,), requests = seen
    sweep(one, requests)
    assert built == {(1, "tanh"), (4, "tanh"), (8, "tanh"), (4, "relu")}


@pytest.mark.parametrize(
    ("notebook", "said"),
    [
        (planted(bug=RAISES_AT_THE_END), "units at 8: RuntimeError('planted')"),
        (planted(after=RAISES_IN_A_CALLBACK), "planted"),
        (planted(after=RAISES_IN_A_DRAWING), "pin pressed: ZeroDivisionError"),
    ],
    ids=["build", "callback", "drawing"],
)
def test_a_bug_where_no_lab_stands_is_found(notebook, said, seen):
    execute(notebook, seen)  # what a notebook test does: all is well
    (one,), requests = seen
    assert one.status == "done"
    with pytest.raises(AssertionError, match=re.escape(said)):
        sweep(one, requests)

"""Colab, imitated in a real kernel: the kit is installed, and labs work without a thread.

What a background thread sends never appears in Colab. So each widget says from which thread
it was written to, while controls move and buttons are pressed.
"""

import json
import tomllib
from pathlib import Path

import every_lab
import make_notebooks
import nbformat
import pytest
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[1]

IMITATION = """
import sys, unittest.mock
from IPython import get_ipython

asked = []
get_ipython().register_magic_function(asked.append, magic_name="pip")
for name in ("google", "google.colab", "google.colab.output"):  # JAX looks for it too
    sys.modules[name] = unittest.mock.MagicMock()
"""

#: From here on, who writes to widgets.
WATCH = """
import threading
import ipywidgets

threads, send = set(), ipywidgets.Widget._send

def watched(self, *args, **kwargs):
    threads.add(threading.current_thread() is threading.main_thread())
    send(self, *args, **kwargs)

ipywidgets.Widget._send = watched
"""

#: What a student does: a control to another place; in the fit lab, a pin.
MOVE = f"""
import json
sys.path.append({str(ROOT / "tests")!r})
import every_control

def move(lab):
    before = lab.picture.frame()
    for control in lab.controls.values():
        if hasattr(control, "options"):
            control.index = (control.index + 1) % len(control.options)
        elif hasattr(control, "step"):
            way = 1 if control.value < control.max else -1
            control.value += way * control.step
        if lab.picture.frame() != before:
            return True
    return False

answers = {{}}
for lab in every_control.all_labs():
    moved = move(lab)
    if isinstance(lab, labs.fit):
        lab.buttons["pin"].click()
    answers[type(lab).__name__.lower()] = [moved, lab.status, str(lab.error)]
print(json.dumps({{
    "pip": asked, "main": sorted(threads), "answers": answers, "labs": sorted(labs.__all__),
}}))
"""


@pytest.fixture(scope="module")
def report():
    """What a kernel reports that took itself for Colab's."""
    cells = nbformat.read(ROOT / "notebooks/01_anatomy.ipynb", as_version=4).cells
    first = next(cell.source for cell in cells if cell.cell_type == "code")
    notebook = every_lab.notebook()
    notebook.cells[1:1] = [new_code_cell(source) for source in (IMITATION, first, WATCH)]
    notebook.cells.append(new_code_cell(MOVE))
    make_notebooks.execute(notebook, ROOT / "notebooks")
    return json.loads(notebook.cells[-1].outputs[-1].text)


def test_the_first_cell_installs_the_kit_from_where_the_project_lives(report):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (arguments,) = report["pip"]
    assert project["urls"]["Repository"] in arguments


def test_every_lab_answers_a_move_at_once(report):
    assert {*report["answers"], "Lab", "predict"} == {
        *report["labs"],
        "Lab",
    }  # a question is no lab
    for name, (moved, status, error) in report["answers"].items():
        assert moved, name
        assert error == "None", name
        assert status not in ("waiting", "compiling", "training", "failed"), name


def test_no_thread_writes_to_a_widget(report):
    assert report["main"] == [True]

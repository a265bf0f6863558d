"""Colab, imitated in a real kernel: the kit is installed, and labs work without a thread.

What a background thread sends never appears in Colab. So each widget says from which thread
it was written to, while controls move and buttons are pressed.
"""

import json
import tomllib
from pathlib import Path

import make_notebooks
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]

IMITATION = """
import sys, unittest.mock
from IPython import get_ipython

asked = []
get_ipython().register_magic_function(asked.append, magic_name="pip")
for name in ("google", "google.colab", "google.colab.output"):  # JAX looks for it too
    sys.modules[name] = unittest.mock.MagicMock()
"""

#: From here on, all labs and who writes to widgets.
WATCH = """
import json, threading
import ipywidgets

made, threads, init, send = [], set(), labs.Lab.__init__, ipywidgets.Widget._send

def remember(self, *args, **kwargs):
    made.append(self)
    init(self, *args, **kwargs)

def tell(self, *args, **kwargs):
    threads.add(threading.current_thread() is threading.main_thread())
    send(self, *args, **kwargs)

labs.Lab.__init__, ipywidgets.Widget._send = remember, tell
"""

#: Every lab that the first notebook does not have, small.
OTHERS = """
waves, some, digits = data.waves("sine"), data.digits("images"), data.digits("sequences")

def line(learning_rate=0.05, momentum=0.0):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile(optimizers.SGD(learning_rate, momentum=momentum), "mse")
    return model

def straight(loss):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile(optimizers.SGD(0.01), loss)
    return model

def points(n=8):
    return waves.x_train[:n], waves.y_train[:n]

def given(share=1.0):
    x, y = waves.x_train[:64], (waves.y_train[:64] > 0) * 1
    return {"x": x, "y": y, "validation_data": (x, y)}

def two():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model

reader = keras.Sequential([keras.Input((28, 28)), layers.LSTM(4), layers.Dense(10)])
labs.dense(model, data.digits(), epochs=1)
labs.conv(some)
labs.lstm(reader, digits)
labs.bricks()
labs.model(line, waves)
labs.hypotheses(line)
labs.loss()
labs.ctc()
labs.outlier(straight, points, epochs=2)
labs.shortcut(two, given, epochs=1, share=[0.0, 1.0])
labs.update()
labs.race()
labs.divergence(line, waves, epochs=2)
labs.sweep(line, waves, epochs=2, seeds=1)
labs.workflow();
"""

#: What a student does: a control to another place; in the fit lab, a pin.
MOVE = """
def move(lab):
    for control in lab.controls.values():
        before = lab._image.value
        if hasattr(control, "options"):
            control.index = (control.index + 1) % len(control.options)
        elif hasattr(control, "step"):
            way = 1 if control.value < control.max else -1
            control.value += way * control.step
        if lab._image.value != before:
            return True

answers = {}
for lab in made:
    moved = move(lab)
    if isinstance(lab, labs.fit):
        lab.buttons["pin"].click()
    answers[type(lab).__name__.lower()] = [bool(moved), lab.status, str(lab.error)]
print(json.dumps({
    "pip": asked, "main": sorted(threads), "answers": answers, "labs": sorted(labs.__all__),
}))
"""


@pytest.fixture(scope="module")
def told():
    """What a kernel says that took itself for Colab's, after the first notebook and all labs."""
    cells = nbformat.read(ROOT / "notebooks/01_anatomy.ipynb", as_version=4).cells
    first, *rest = [cell.source for cell in cells if cell.cell_type == "code"]
    sources = [IMITATION, first, WATCH, *rest, OTHERS, MOVE]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    make_notebooks.execute(notebook, ROOT / "notebooks")
    return json.loads(notebook.cells[-1].outputs[-1].text)


def test_the_first_cell_installs_the_kit_from_where_the_project_lives(told):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (arguments,) = told["pip"]
    assert project["urls"]["Repository"] in arguments


def test_every_lab_answers_a_move_at_once(told):
    assert {*told["answers"], "Lab"} == set(told["labs"])
    for name, (moved, status, error) in told["answers"].items():
        assert moved, name
        assert error == "None", name
        assert status not in ("compiling", "training", "failed"), name


def test_no_thread_writes_to_a_widget(told):
    assert told["main"] == [True]

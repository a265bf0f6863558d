"""A class hands in: each gets what the answers are worth, whatever the others did.

``STUDENTS=200 make endurance PYTEST_FLAGS="-k test_class -s"`` says how long a submission takes:
an endless loop its minute, five times in each set.
"""

import os
import time

import make_assignments
import nbformat
import pytest
from exercises.course import points, scores
from nbformat.v4 import new_code_cell
from nbgrader.utils import is_solution

FORGED = """
import anatomy.check
from anatomy.check import Verdict

Verdict.__bool__ = lambda verdict: True
for name, one in list(vars(anatomy.check).items()):
    if callable(one) and one is not Verdict:
        setattr(anatomy.check, name, lambda *args, **kwargs: Verdict(True, "Mine."))
"""
OWN_KIT = """
import sys
from unittest.mock import MagicMock

for name in ("check", "data", "optimizers", "predictions"):
    globals()[name] = sys.modules[f"anatomy.{name}"] = MagicMock()
"""
FLOOD = """
from IPython.display import display

for k in range(20_000):
    display(k)
"""
#: What a student hands in -> the step of the course it is from, the first answer, a cell above all
KINDS = {
    "right": ("source", None, None),
    "empty": ("release", None, None),
    "loop": ("source", "while True:\n    pass", None),
    "exit": ("source", "raise SystemExit", None),
    "floods": ("source", FLOOD, None),
    "prints": ("release", 'print("Right.")\nTrue', None),
    "forged": ("release", FORGED, None),
    "own_kit": ("release", None, 'import sys\n\nsys.path.insert(0, ".")'),
}
STUDENTS = int(os.environ.get("STUDENTS", len(KINDS)))
OF_EACH = 5  # students at most who hand in the same fault; all others are right, or empty
CELL = 60  # seconds until an endless loop is interrupted


def hand_in(course, name):
    """What a student hands in for each set; the kind, and a number."""
    step, answer, above = KINDS[name.partition("-")[0]]
    for path in sorted(course.glob(f"{step}/*/*.ipynb")):
        notebook = nbformat.read(path, 4)
        if answer is not None:
            next(cell for cell in notebook.cells if is_solution(cell)).source = answer
        if above is not None:
            notebook.cells.insert(0, new_code_cell(above))
        folder = course / "submitted" / name / path.stem
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / path.name)
        if name.startswith("own_kit"):
            (folder / "anatomy").mkdir()
            (folder / "anatomy" / "__init__.py").write_text(OWN_KIT)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_assignments.course(tmp_path_factory.mktemp("course"))
    make_assignments.release(course)
    for number in range(STUDENTS):
        kinds = list(KINDS) if number < OF_EACH * len(KINDS) else ["right", "empty"]
        hand_in(course, f"{kinds[number % len(kinds)]}-{number}")
    return course


@pytest.mark.parametrize("path", make_assignments.masters(), ids=lambda path: path.stem)
def test_a_class_is_graded_in_one_go(course, path):
    first, *others = points(path)
    wanted = dict.fromkeys(KINDS, 0.0)
    wanted |= dict.fromkeys(["loop", "exit", "floods"], sum(others))
    wanted["right"] = first + sum(others)
    start = time.perf_counter()
    given = scores(course, path, f"--ExecutePreprocessor.timeout={CELL}")
    print(f"{path.stem}: {(time.perf_counter() - start) / STUDENTS:.1f} s a submission")
    assert len(given) == STUDENTS
    for student, score in given.items():
        assert score == wanted[student.partition("-")[0]], student

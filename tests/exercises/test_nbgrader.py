"""nbgrader itself: what a student gets, and what it grades."""

import csv
import shutil
from pathlib import Path

import make_assignments
import nbformat
import pytest

STUDENTS = ("solved", "untouched")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose sets are released; one student hands in the solutions, one what she got."""
    course = make_assignments.course(tmp_path_factory.mktemp("course"))
    make_assignments.release(course)
    for student, step in zip(STUDENTS, ("source", "release"), strict=True):
        shutil.copytree(course / step, course / "submitted" / student)
    return course


def test_a_release_gives_nothing_away(course):
    released = sorted(course.glob("release/*/*.ipynb"))
    assert [path.stem for path in released] == [p.stem for p in make_assignments.masters()]
    for path in released:
        for word in ("SOLUTION", "HIDDEN", "assert verdict"):
            assert word not in path.read_text(), path


def test_the_copies_are_made_from_the_masters(course, tmp_path):
    """Outputs aside; `make assignments` mends it."""

    def told(path):
        return [(cell.id, cell.source, cell.metadata) for cell in nbformat.read(path, 4).cells]

    copies = sorted(make_assignments.FOLDER.glob("*.ipynb"))
    fresh = [Path(shutil.copy(path, tmp_path)) for path in course.glob("release/*/*.ipynb")]
    make_assignments.tidy(fresh)
    assert {p.name: told(p) for p in copies} == {p.name: told(p) for p in fresh}


def test_solutions_earn_all_points_and_an_untouched_release_none(course):
    worth = {}
    for path in make_assignments.masters():
        make_assignments.nbgrader(course, "autograde", path.stem, "--create")
        cells = nbformat.read(path, 4).cells
        worth[path.stem] = sum(c.metadata.get("nbgrader", {}).get("points", 0) for c in cells)
    make_assignments.nbgrader(course, "export")
    with open(course / "grades.csv") as file:
        rows = list(csv.DictReader(file))
    scores = {(r["assignment"], r["student_id"]): float(r["score"]) for r in rows}
    assert scores == {(n, "solved"): p for n, p in worth.items()} | dict.fromkeys(
        [(n, "untouched") for n in worth], 0
    )

"""A course of nbgrader's with two students: one hands in the solutions, one what she was given."""

import csv
import shutil

import make_assignments
import nbformat

STUDENTS = {"solved": "source", "untouched": "release"}


def released(folder):
    """The course, its sets released and handed in."""
    course = make_assignments.course(folder)
    make_assignments.release(course)
    for student, step in STUDENTS.items():
        shutil.copytree(course / step, course / "submitted" / student)
    return course


def worth(path):
    """The points of a set."""
    cells = nbformat.read(path, 4).cells
    return sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells)


def scores(course, path):
    """What nbgrader gives each student for a set."""
    make_assignments.nbgrader(course, "autograde", path.stem, "--create")
    make_assignments.nbgrader(course, "export")
    with open(course / "grades.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == path.stem]
    return {row["student_id"]: float(row["score"]) for row in rows}

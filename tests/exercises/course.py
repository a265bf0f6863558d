"""A course of nbgrader's with two students: one hands in the solutions, one what she was given."""

import csv
import shutil

import make_assignments
import nbformat

STUDENTS = {"solved": "source", "untouched": "release"}
FLOODED = "WARNING] Timeout waiting for IOPub output"  # a cell showed more than arrived


def released(folder):
    """The course, its sets released and handed in."""
    course = make_assignments.course(folder)
    make_assignments.release(course)
    for student, step in STUDENTS.items():
        shutil.copytree(course / step, course / "submitted" / student)
    return course


def points(path):
    """The points of each problem of a set."""
    cells = [cell.metadata.get("nbgrader", {}) for cell in nbformat.read(path, 4).cells]
    return [cell["points"] for cell in cells if cell.get("grade")]


def worth(path):
    """The points of a set."""
    return sum(points(path))


def scores(course, path, *options):
    """What nbgrader gives each student for a set; it warns of nothing but a flood."""
    told = make_assignments.nbgrader(course, "autograde", path.stem, "--create", *options)
    told += make_assignments.nbgrader(course, "export")
    assert "WARNING" not in told.replace(FLOODED, ""), told
    with open(course / "grades.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == path.stem]
    return {row["student_id"]: float(row["score"]) for row in rows}

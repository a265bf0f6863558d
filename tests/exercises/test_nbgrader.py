"""nbgrader itself: what a student gets, and what it grades. `make endurance` grades every set."""

import shutil
from pathlib import Path

import make_assignments
import nbformat
import pytest
from exercises.course import released, scores, worth


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return released(tmp_path_factory.mktemp("course"))


def test_a_release_gives_nothing_away(course):
    paths = sorted(course.glob("release/*/*.ipynb"))
    assert [path.stem for path in paths] == [p.stem for p in make_assignments.masters()]
    for path in paths:
        for word in ("SOLUTION", "HIDDEN", "assert verdict"):
            assert word not in path.read_text(), path


def test_the_copies_are_made_from_the_masters(course, tmp_path):
    """Outputs aside; `make assignments` makes them anew."""

    def content(path):
        return [(cell.id, cell.source, cell.metadata) for cell in nbformat.read(path, 4).cells]

    copies = sorted(make_assignments.FOLDER.glob("*.ipynb"))
    fresh = [Path(shutil.copy(path, tmp_path)) for path in course.glob("release/*/*.ipynb")]
    make_assignments.tidy(fresh)
    assert {p.name: content(p) for p in copies} == {p.name: content(p) for p in fresh}


def test_a_solution_earns_all_points_and_an_untouched_release_none(course):
    path = make_assignments.masters()[1]
    assert scores(course, path) == {"solved": worth(path), "untouched": 0}

"""Every set, graded by nbgrader."""

import make_assignments
import pytest
from exercises.course import released, scores, worth


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return released(tmp_path_factory.mktemp("course"))


@pytest.mark.parametrize("path", make_assignments.masters(), ids=lambda path: path.stem)
def test_solutions_earn_all_points_and_an_untouched_release_none(course, path):
    assert scores(course, path) == {"solved": worth(path), "untouched": 0}

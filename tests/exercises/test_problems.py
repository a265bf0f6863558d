"""Every problem: its solution is right, planted wrong answers are not, and dots are no answer.

``answers/`` plants them: a file for each set, a cell for each answer, which stands in for the
cell of the student.
"""

import functools
import re
from pathlib import Path

import make_assignments
import nbformat
import pytest

from anatomy.check import trained

SEEDS = range(20)
TRAINS = re.compile(r"check\.(reaches|largest_rate|compiled|shortcut)\(")
PLANTED = re.compile(r"^# %% (\w+), (right|wrong): (.+)$", re.M)
SOLUTION = re.compile(r"^ *### BEGIN SOLUTION$.*?^ *### END SOLUTION$", re.M | re.S)
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$", re.M | re.S)
SETS = [path.stem for path in make_assignments.masters()]


@functools.cache
def cells(name):
    """The code cells of a master: grade_id -> source."""
    path = make_assignments.FOLDER / "source" / name / f"{name}.ipynb"
    code = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return {cell.metadata.nbgrader.grade_id: cell for cell in code}


def problems(name):
    """Those that have a cell which checks them."""
    return [one for one in cells(name) if f"{one}_check" in cells(name)]


@functools.cache
def given(name):
    """What a set's own cells define: all but answers and checks."""
    space = {"__name__": "__main__"}
    for cell in cells(name).values():
        if not cell.metadata.nbgrader.solution and not cell.metadata.nbgrader.grade:
            exec(cell.source, space)
    return space


def planted(name):
    """(problem, right or wrong, what is so about it, code) of each planted answer."""
    text = (Path(__file__).parent / "answers" / f"{name}.py").read_text()
    parts = PLANTED.split(text)[1:]
    return list(zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True))


def verdicts(name, problem, answer, monkeypatch):
    """What the check says of an answer; where it trains, of a training from each seed."""
    check = cells(name)[f"{problem}_check"].source
    for seed in SEEDS if TRAINS.search(check) else SEEDS[:1]:
        monkeypatch.setattr(trained, "SEEDS", (seed,))
        space = dict(given(name))
        exec(answer, space)
        exec(HIDDEN.sub("", check), space)
        yield space["verdict"]


def cases(of_a_set):
    """A parameter for each case of each set; ids are the same in each process."""
    return [
        pytest.param(name, *case, id=f"{name}-{'-'.join(case[:-1])}")
        for name in SETS
        for case in of_a_set(name)
    ]


def solutions(name):
    return [(problem, cells(name)[problem].source) for problem in problems(name)]


@pytest.mark.parametrize(("name", "problem", "source"), cases(solutions))
def test_the_solution_is_right(name, problem, source, monkeypatch):
    for seed, verdict in enumerate(verdicts(name, problem, source, monkeypatch)):
        assert verdict.right is True, (seed, verdict)


@pytest.mark.parametrize(("name", "problem", "source"), cases(solutions))
def test_dots_are_no_answer(name, problem, source, monkeypatch):
    dots = SOLUTION.sub("", source)
    assert "..." in dots
    verdict = next(verdicts(name, problem, dots, monkeypatch))
    assert verdict.right is None
    assert "SOLUTION" not in dots


@pytest.mark.parametrize(("name", "problem", "kind", "what", "source"), cases(planted))
def test_a_planted_answer(name, problem, kind, what, source, monkeypatch):
    for seed, verdict in enumerate(verdicts(name, problem, source, monkeypatch)):
        assert verdict.right is (kind == "right"), (seed, verdict)


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_complete(name):
    assert 4 <= len(problems(name)) <= 8
    for problem in problems(name):
        wrong = [what for one, kind, what, _ in planted(name) if (one, kind) == (problem, "wrong")]
        assert len(set(wrong)) >= 3, problem
        graded = cells(name)[f"{problem}_check"]
        assert graded.metadata.nbgrader.points > 0
        assert HIDDEN.search(graded.source)[0].splitlines()[1:-1] == ["assert verdict"]
    assert {one for one, *_ in planted(name)} <= set(problems(name))


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_graded_without_widgets(name):
    code = "\n".join(cell.source for cell in cells(name).values())
    assert not re.search(r"\b(labs|draw|ipywidgets)\b", code)

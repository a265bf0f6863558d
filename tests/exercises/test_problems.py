"""Every problem: its solution is right, planted wrong answers are not, and dots are no answer."""

import re

import pytest
from exercises import problems

SEEDS = range(2)  # of a training; `make endurance` tries twenty, of wrong answers too
SOLUTION = re.compile(r"^ *### BEGIN SOLUTION$.*?^ *### END SOLUTION$", re.M | re.S)


@pytest.mark.parametrize("answer", problems.answers(), ids=str)
def test_an_answer_is_judged(answer, monkeypatch):
    for seed in SEEDS if answer.right and problems.trains(answer) else SEEDS[:1]:
        verdict = problems.verdict(answer, seed, monkeypatch)
        assert verdict.right is answer.right, (seed, verdict)


@pytest.mark.parametrize("name", problems.SETS)
def test_dots_are_no_answer(name, monkeypatch):
    for answer in problems.solutions(name):
        dots = SOLUTION.sub("", answer.source)
        assert "..." in dots
        assert "SOLUTION" not in dots
        verdict = problems.verdict(answer._replace(source=dots), SEEDS[0], monkeypatch)
        assert verdict.right is None, answer.problem


@pytest.mark.parametrize("name", problems.SETS)
def test_a_set_is_complete(name):
    planted, cells = problems.planted(name), problems.cells(name)
    assert 4 <= len(problems.problems(name)) <= 8
    for problem in problems.problems(name):
        wrong = {one.what for one in planted if one.problem == problem and not one.right}
        assert len(wrong) >= 5, problem
        graded = cells[f"{problem}_check"]
        assert graded.metadata.nbgrader.points > 0
        hidden = problems.HIDDEN.search(graded.source)[0]
        assert hidden.splitlines()[1:-1] == ["assert verdict, verdict"]
    assert {one.problem for one in planted} <= set(problems.problems(name))


@pytest.mark.parametrize("name", problems.SETS)
def test_a_set_is_graded_without_widgets(name):
    code = "\n".join(cell.source for cell in problems.cells(name).values())
    assert not re.search(r"\b(labs|draw|ipywidgets)\b", code)

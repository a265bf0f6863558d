"""The problems of the sets, their solutions, and the answers that are planted.

``answers/`` plants them: a file for each set, a cell for each answer, which stands in for the
cell of the student.
"""

import functools
import re
from pathlib import Path
from typing import NamedTuple

import make_assignments
import nbformat

from anatomy.check import trained

TRAINS = re.compile(r"check\.(reaches|largest_rate|compiled|shortcut)\(")
PLANTED = re.compile(r"^# %% (\w+), (right|wrong): (.+)$", re.M)
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$", re.M | re.S)
SETS = [path.stem for path in make_assignments.masters()]


class Answer(NamedTuple):
    """What a student may write in the cell of a problem."""

    set: str
    problem: str
    right: bool
    what: str
    source: str

    def __str__(self):
        return f"{self.set}-{self.problem}-{self.what}"


@functools.cache
def cells(name):
    """The code cells of a master: grade_id -> cell."""
    path = make_assignments.FOLDER / "source" / name / f"{name}.ipynb"
    code = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return {cell.metadata.nbgrader.grade_id: cell for cell in code}


def problems(name):
    """Those that have a cell which checks them."""
    return [one for one in cells(name) if f"{one}_check" in cells(name)]


def solutions(name):
    """The answers of the master."""
    return [Answer(name, one, True, "solution", cells(name)[one].source) for one in problems(name)]


def planted(name):
    """The other answers, right and wrong."""
    text = (Path(__file__).parent / "answers" / f"{name}.py").read_text()
    parts = PLANTED.split(text)[1:]
    columns = zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True)
    return [
        Answer(name, problem, kind == "right", what, source)
        for problem, kind, what, source in columns
    ]


def answers():
    """All of all sets."""
    return [answer for name in SETS for answer in solutions(name) + planted(name)]


@functools.cache
def names(name):
    """What a set's own cells define: all but answers and checks."""
    space = {"__name__": "__main__"}
    for cell in cells(name).values():
        if not cell.metadata.nbgrader.solution and not cell.metadata.nbgrader.grade:
            exec(cell.source.replace("%load_ext anatomy\n", ""), space)
    return space


def check(answer):
    """The cell that judges an answer, without what only nbgrader runs."""
    return HIDDEN.sub("", cells(answer.set)[f"{answer.problem}_check"].source)


def trains(answer):
    """Whether a model is trained to judge an answer."""
    return bool(TRAINS.search(check(answer)))


def verdict(answer, seed, monkeypatch):
    """What the check says of an answer, by a training from this seed where it trains."""
    monkeypatch.setattr(trained, "SEEDS", (seed,))
    space = dict(names(answer.set))
    exec(answer.source, space)
    exec(check(answer), space)
    return space["verdict"]

"""Planted bugs: thirty, each found by the narrow test that is there for it, few by plain nbval.

Twenty raise in a lab's callback where no notebook shows its controls: what moves every control
(`every_control`) comes there. Ten are of other kinds. For nbval, and for the tests, each stands in
a copy of the project. ``make endurance PYTEST_FLAGS=-rP`` shows the table.
"""

import inspect
import itertools
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import every_control
import every_lab
import pytest
from browser import look

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.relative_to(ROOT) for path in ROOT.glob("notebooks/0*.ipynb"))
POSITIONS = 20
WORK = "    def work(self, at):\n"
BUG = "        if at.get({!r}) == {!r}:\n            raise RuntimeError('planted')\n"


class Plant(NamedTuple):
    """A bug: the text of a file that it replaces, what finds it, and who shows the part."""

    kind: str
    file: str
    old: str
    new: str
    test: str
    notebook: str


KINDS = [
    Plant(
        "a stale stored output", "notebooks/01_anatomy.ipynb", "(25450, 25450)", "(25450, 25540)",
        "notebooks/01_anatomy.ipynb", "01_anatomy",
    ),
    Plant(
        "swapped axes of a matrix", "anatomy/workflow/predictions/facts.py",
        "np.add.at(counts, (truth, guess), 1)", "np.add.at(counts, (guess, truth), 1)",
        "tests/workflow/test_predictions.py", "07_workflow",
    ),
    Plant(
        "a wrong sign of a gradient", "anatomy/losses/curve/facts.py",
        "np.asarray(gradients).reshape", "-np.asarray(gradients).reshape",
        "tests/losses/test_curve.py", "05_losses",
    ),
    Plant(
        "an import upwards", "anatomy/losses/ctc/facts.py",
        "import numpy as np\n", "import numpy as np\n\nfrom anatomy.base.sheet import Sheet\n",
        "tests/test_project.py::test_imports_run_one_way", "05_losses",
    ),
    Plant(
        "a formatter that loses digits", "anatomy/base/words.py",
        "1e4 <= abs(value) < 1e7", "1e5 <= abs(value) < 1e7", "tests/base/test_words.py",
        "02_layers",
    ),
    Plant(
        "a colour below contrast", "anatomy/base/colours.py", '"quiet": ("#5A6570"',
        '"quiet": ("#7A8590"', "tests/base/test_colours.py", "03_models",
    ),
    Plant(
        "a control without a name", "anatomy/fit/step/lab.py", 'dressed("stage"', 'dressed(""',
        "tests/browser/test_every_lab.py", "01_anatomy",
    ),
    Plant(
        "text under 11 px", "anatomy/optimizers/update/draw.py",
        'source, "quiet", size=SMALL', 'source, "quiet", size=SMALL - 1',
        "tests/optimizers/test_update_draw.py", "06_optimizers",
    ),
    Plant(
        "a leaked random state", "anatomy/training/run.py",
        "with private.undisturbed():\n                self._fit",
        "if self.build:\n                self._fit", "tests/training/test_undisturbed.py",
        "01_anatomy",
    ),
    Plant(
        "epochs counted from 0", "anatomy/fit/history/facts.py",
        "np.arange(1, len(values) + 1)", "np.arange(len(values))", "tests/fit/test_history.py",
        "04_hypothesis_space",
    ),
]  # fmt: skip


def elsewhere(lab):
    """Moves of a lab's controls away from where it begins; its epochs last too long."""
    moves = [
        (name, trait, value)
        for name, control in lab.controls.items()
        for trait, value in every_control.moves(control)
        if name in lab.at and name != "epochs" and getattr(control, trait) != value
    ]
    middle = len(moves) // 2
    return moves[middle:] + moves[:middle]


def in_callbacks(lab):
    """Plants in a lab's callback, each where a move of a control has it work; whether it is found.

    Found by what `every_control.sweep` does with this control.
    """
    kind = type(lab).__name__.lower()
    file = str(Path(inspect.getsourcefile(type(lab))).relative_to(ROOT))
    notebook = next(one.stem for one in NOTEBOOKS if f"labs.{kind}(" in (ROOT / one).read_text())
    for name, trait, value in elsewhere(lab):
        worked, bad = moved(lab, name, [(trait, value)])
        assert not bad, bad
        if not worked:  # what is only drawn anew
            continue
        place = worked[0][name]
        _, error = moved(lab, name, every_control.moves(lab.controls[name]), place)
        what = f"labs.{kind} raises where {name} is {place!r:.30}"
        plant = Plant(what, file, WORK, WORK + BUG.format(name, place), "every_control", notebook)
        yield plant, "RuntimeError('planted')" in error


def moved(lab, name, moves, bad=None):
    """Moves a control, each time there and back: where the lab worked, and what it came to."""
    control, worked, error = lab.controls[name], [], ""

    def work(at, work=lab.work):
        worked.append(dict(at))
        if bad is not None and at.get(name) == bad:
            raise RuntimeError("planted")
        return work(at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab, "work", work)
        for trait, value in moves:
            first = getattr(control, trait)
            setattr(control, trait, value)
            try:
                every_control.settle(lab, name)
            except AssertionError as raised:
                error = error or str(raised)
            setattr(control, trait, first)
            every_control.settle(lab, name)
    return worked, error


def positions():
    """Plants in the callbacks of all labs, and whether moves find each."""
    names = {}
    exec(every_lab.BEGIN, names)
    labs = [eval(line, names) for line in every_lab.LABS]
    for lab in labs:
        every_control.settle(lab, type(lab).__name__)
    plants = [in_callbacks(lab) for lab in labs]
    outcomes = filter(None, (next(one, None) for one in plants * POSITIONS))
    outcomes = list(itertools.islice(outcomes, POSITIONS))
    for lab in labs:
        lab.close()
    return outcomes


def fails(folder, plants, *tests):
    """Whether tests fail in a copy of the project, made in this folder, in which plants stand."""
    away = shutil.ignore_patterns(".*", "build", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=away)
    for plant in plants:
        text = (folder / plant.file).read_text(encoding="utf-8")
        assert plant.old in text, plant
        (folder / plant.file).write_text(text.replace(plant.old, plant.new, 1), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    shutil.rmtree(folder)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return run.returncode == 1


def by_nbval(folder, plants):
    """Those of some plants, all shown by one notebook, that a plain run of it finds."""
    if not plants or not fails(folder, plants, f"notebooks/{plants[0].notebook}.ipynb"):
        return set()
    if len(plants) == 1:
        return set(plants)
    return set().union(*(by_nbval(folder, [plant]) for plant in plants))


@pytest.mark.skipif(look.SKIP, reason=look.WHY)
def test_thirty_planted_bugs_are_found(tmp_path):
    raising = positions()
    assert len(raising) == POSITIONS
    tests = [plant.test for plant in KINDS if plant.test.startswith("tests")]
    groups = [[plant] for plant in KINDS]
    for notebook in NOTEBOOKS:
        groups.append([plant for plant, _ in raising if plant.notebook == notebook.stem])
    with ThreadPoolExecutor(2) as pool:
        without = pool.submit(fails, tmp_path / "without", [], *tests)
        failed = pool.map(lambda plant: fails(tmp_path / plant.kind, [plant], plant.test), KINDS)
        folders = (tmp_path / f"notebook {i}" for i in range(len(groups)))
        shown = pool.map(by_nbval, folders, groups)
        outcomes = [*raising, *zip(KINDS, failed, strict=True)]
        shown = set().union(*shown)
    for plant, found in outcomes:
        marks = "found" if found else "missed", "found" if plant in shown else "-"
        print(f"{plant.kind:64} {plant.test:46} {marks[0]:7} nbval: {marks[1]}")
    counts = sum(found for _, found in outcomes), len(shown), len(outcomes)
    print("The tests find {0} of {2}, plain nbval {1}.".format(*counts))
    assert counts[0] == counts[2]
    assert not without.result()  # and without a plant none of these tests fails

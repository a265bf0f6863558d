"""The rules of the house that ruff does not know: who imports whom, sizes, versions."""

import ast
import collections
import importlib.metadata
import importlib.util
import io
import os
import re
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "anatomy").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

#: Folders of the old layout: what is still in them obeys only what it did.
OLD = [name for name in ("draw", "labs") if (ROOT / "anatomy" / name).is_dir()]

CONCEPTS_LAB = r"anatomy\.\w+\.\w+\.lab"
DRAW, LAB = r"anatomy\.(draw|\w+\.\w+\.draw)", r"anatomy\.(labs|\w+\.\w+\.lab)"
WIDGETS, FIGURES = "(ipywidgets|anywidget)", "matplotlib"
#: What files of a kind do without: names of modules, and of all that is in them.
NEVER = {
    "facts": [WIDGETS, FIGURES, DRAW, LAB, r"anatomy\.base(?!\.words)"],
    "draw": [WIDGETS, FIGURES, LAB],
    "lab": [CONCEPTS_LAB if "labs" in OLD else LAB],
    "base": [r"anatomy(?!\.(base|training))\.\w+"],
    "door": [],
    "old draw": [WIDGETS, LAB],
    "old labs": [],
}
TOGETHER = "anatomy.workflow.workflow"  # the one concept whose lab may import other labs
ALL_LINES, CODE_LINES = {"a file": 350, "a concept": 1200, "base": 2500}, 13_500
FILES = 12  # in a folder
LONGER = {"anatomy/base/sheet.py": 600}  # one class, which all that is drawn goes through


def kind(path):
    """What a file of ``anatomy`` is, by its place: a key of `NEVER`."""
    room, *rest = path.relative_to(ROOT / "anatomy").parts
    if room in OLD:
        return f"old {room}"
    if room == "base":
        return "base"
    if room in ("draw.py", "labs.py"):
        return {"draw.py": "draw", "labs.py": "door"}[room]
    return {"draw.py": "draw", "lab.py": "lab"}.get(rest[-1] if len(rest) > 1 else "", "facts")


def imported(source, package):
    """All that a module imports, at the top or in a function, as absolute dotted names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(origin, package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def forbidden(path, source):
    """What a file imports and must not."""
    concept = ".".join(path.relative_to(ROOT).parent.parts)
    return {
        name
        for name in imported(source, concept)
        for never in NEVER[kind(path)]
        if re.match(rf"{never}(\.|$)", name)
        and not (kind(path) == "lab" and (name.startswith(f"{concept}.") or concept == TOGETHER))
    }


def test_imports_run_one_way():
    assert {str(p): wrong for p in MODULES if (wrong := forbidden(p, p.read_text()))} == {}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("data/moons.py", "import matplotlib.pyplot"),
        ("training/fused.py", "from .. import labs"),
        ("training/fused.py", "def f():\n    from anatomy import draw"),
        ("losses/ctc/facts.py", "from anatomy.base.sheet import Sheet"),
        ("losses/ctc/facts.py", "from .draw import ctc"),
        ("losses/ctc/draw.py", "from ipywidgets import Image"),
        ("losses/ctc/draw.py", "import matplotlib as mpl"),
        ("losses/ctc/draw.py", "from anatomy.losses.ctc import lab"),
        ("losses/ctc/lab.py", "from anatomy.losses.curve.lab import Loss"),
        ("base/sheet.py", "from anatomy.layers import stack"),
        ("base/words.py", "from anatomy.losses.ctc.facts import paths"),
    ],
)
def test_an_import_upwards_is_seen(path, source):
    assert forbidden(ROOT / "anatomy" / path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("losses/ctc/facts.py", "from anatomy.base.words import number"),
        ("losses/ctc/lab.py", "from anatomy.losses.ctc.draw import ctc\nimport ipywidgets"),
        ("workflow/workflow/lab.py", "from anatomy.layers.bricks.lab import Editor"),
        ("base/lab.py", "from anatomy.training import runner"),
    ],
)
def test_an_import_downwards_is_free(path, source):
    assert not forbidden(ROOT / "anatomy" / path, source)


def lines(path):
    return len(path.read_text().splitlines())


def code_lines(path):
    """Lines with code: without blank ones, comments and docstrings."""
    source = path.read_text()
    docstrings = {
        number
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
        for number in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
             tokenize.ENDMARKER}  # fmt: skip
    code = {
        number
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in blank
        for number in range(token.start[0], token.end[0] + 1)
    }
    return len(code - docstrings)


def test_files_and_folders_are_small():
    new = [path for path in MODULES if not kind(path).startswith("old")]
    sizes = {str(path.relative_to(ROOT)): lines(path) for path in new}
    most = ALL_LINES["a file"]
    assert {name: n for name, n in sizes.items() if n > LONGER.get(name, most)} == {}
    concepts = {path.parent for path in new if kind(path) in ("draw", "lab")}
    concepts.discard(ROOT / "anatomy")  # the doors
    wholes = {str(folder): sum(map(lines, folder.glob("*.py"))) for folder in concepts}
    assert {name: n for name, n in wholes.items() if n > ALL_LINES["a concept"]} == {}
    assert sum(map(lines, (ROOT / "anatomy/base").glob("*.py"))) <= ALL_LINES["base"]
    folders = collections.Counter(str(path.parent) for path in new if path.name != "__init__.py")
    assert {name: n for name, n in folders.items() if n > FILES} == {}


@pytest.mark.skipif(bool(OLD), reason=f"anatomy/{', '.join(OLD)} of the old layout still there")
def test_the_package_is_small():
    assert sum(map(code_lines, MODULES)) <= CODE_LINES


SIX_LINES = '''"""A
docstring."""

# a comment
TEXT = """a
text"""

def f():
    "Another."
    return (
        TEXT
    )
'''


def test_what_counts_as_code(tmp_path):
    (tmp_path / "a.py").write_text(SIX_LINES)
    assert code_lines(tmp_path / "a.py") == 6


@pytest.mark.parametrize("chosen", [None, "torch"])
def test_importing_anatomy_only_chooses_the_backend(chosen):
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    if chosen:
        environment["KERAS_BACKEND"] = chosen
    code = "import anatomy, os, sys; print(os.environ['KERAS_BACKEND'], *sys.modules)"
    run = [sys.executable, "-c", code]
    backend, *loaded = subprocess.check_output(run, env=environment, text=True).split()
    assert backend == (chosen or "jax")
    assert {"keras", "jax", "matplotlib", "ipywidgets", "numpy"}.isdisjoint(loaded)


@pytest.mark.parametrize("chosen", [None, "3"])
def test_a_core_is_left_to_the_notebook(chosen):
    environment = {k: v for k, v in os.environ.items() if k != "NPROC"}
    if chosen:
        environment["NPROC"] = chosen
    run = [sys.executable, "-c", "import anatomy, os; print(os.environ['NPROC'])"]
    given = int(subprocess.check_output(run, env=environment, text=True))
    assert given == int(chosen or max(1, os.cpu_count() - 1))


def pins(name):
    """What a requirements file pins for this machine: name -> version."""
    found = {}
    for line in (ROOT / name).read_text().splitlines():
        if re.match(r"\w", line):
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            assert pin.operator == "==", line
            if not requirement.marker or requirement.marker.evaluate():
                found[canonicalize_name(requirement.name)] = pin.version
    return found


def needed(requirements):
    """The names of all that the installed packages need on this machine, extras included."""
    seen, todo = set(), [Requirement(text) for text in requirements]
    while todo:
        one = todo.pop()
        for key in {(canonicalize_name(one.name), extra) for extra in ("", *one.extras)} - seen:
            seen.add(key)
            deeper = map(Requirement, importlib.metadata.requires(one.name) or [])
            todo += [d for d in deeper if not d.marker or d.marker.evaluate({"extra": key[1]})]
    return {name for name, _ in seen}


RUNTIME = PROJECT["dependencies"]
TEST = PROJECT["optional-dependencies"]["test"]


def test_the_pins_are_in_the_ranges():
    pinned = pins("requirements.txt") | pins("tests/requirements.txt")
    for text in RUNTIME + TEST:
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), text


def test_all_that_is_needed_is_pinned_and_no_more():
    runtime = pins("requirements.txt")
    assert set(runtime) == needed(RUNTIME)
    assert set(runtime | pins("tests/requirements.txt")) == needed(RUNTIME + TEST)


def test_the_tests_run_on_what_is_pinned():
    pinned = pins("requirements.txt") | pins("tests/requirements.txt")
    assert pinned == {name: importlib.metadata.version(name) for name in pinned}


def test_no_gpl_at_run_time():
    for name in pins("requirements.txt"):
        about = importlib.metadata.metadata(name)
        told = [about.get("License-Expression", ""), *about.get("License", "").splitlines()[:1]]
        told += about.get_all("Classifier", [])
        assert not re.search(r"\b[AL]?GPL|General Public License", " ".join(told)), name


def test_the_address_is_set_in_one_place():
    repository = PROJECT["urls"]["Repository"].removeprefix("https://github.com/")
    readme = (ROOT / "README.md").read_text()
    assert (
        f"mybinder.org/v2/gh/{repository}/v{importlib.import_module('anatomy').__version__}"
        in readme
    )
    for path in (ROOT / "README.md", *sorted((ROOT / "notebooks").rglob("*.ipynb"))):
        for found in re.findall(
            r"(?:https://github\.com|binder\.org/v2/gh|google\.com/github)/([\w-]+/[\w-]+)",
            path.read_text(),
        ):
            assert found == repository, path


def test_the_readme_names_every_notebook():
    readme = (ROOT / "README.md").read_text()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"](notebooks/{path.name})" in readme

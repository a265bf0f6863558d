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
from endurance.test_planted import KINDS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "anatomy").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

FLOORS = "facts", "draw", "lab"  # nothing imports what stands higher
#: Files that are named for what they know, and do not stand on the lowest floor.
FURTHER = {
    "draw": ["draw.py", "base/arrays.py", "base/colours.py", "base/picture.py",
             "base/plot.py", "base/sheet.py", "base/type.py", "layers/card/conv.py",
             "layers/card/dense.py", "layers/card/lstm.py", "layers/card/parts.py",
             "models/graph/boxes.py", "explain/draw.py"],
    "lab": ["labs.py", "base/controls.py", "base/lab.py", "base/screen.py",
            "base/record.py", "base/script.py", "check/predict.py", "explain/lab.py",
            "optimizers/sweep/strip.py"],
}  # fmt: skip
TOGETHER = "workflow/workflow/lab.py"  # the one lab that may import those of other concepts

ALL_LINES = {"a file": 420, "a concept": 1200, "base": 3047}
CODE_LINES = 21_390
LARGER = {"losses/doctor": 1358}
FILES = 12  # in a folder
LONGER = {"base/plot.py": 428, "base/lab.py": 530,
          "training/private.py": 575,
          "training/compiled.py": 432}  # fmt: skip


def place(path):
    """A file's place in ``anatomy``, as "losses/ctc/draw.py"."""
    return path.relative_to(ROOT / "anatomy").as_posix()


def floor(path):
    """Which of `FLOORS` a file stands on."""
    for name, places in FURTHER.items():
        if place(path) in places or place(path).split("/")[0] in places:
            return FLOORS.index(name)
    deep = place(path).count("/") == 2  # in the folder of a concept
    return FLOORS.index(path.stem) if deep and path.stem in FLOORS else 0


def imported(source, package):
    """All that a module imports, at the top or in a function, as absolute dotted names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(origin, package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def file_of(name):
    """The file of ours that a dotted name is in, or None."""
    parts = name.split(".")
    for depth in range(len(parts), 0, -1):
        stem = ROOT.joinpath(*parts[:depth])
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if parts[0] == "anatomy" and path.is_file():
                return path
    return None


def forbidden(path, source):
    """What a file imports and must not."""
    room, own, wrong = place(path).split("/")[0], floor(path), set()
    never = {"ipywidgets", "anywidget"} if own < FLOORS.index("lab") else set()
    if own < FLOORS.index("lab") and not (own and room == "base"):
        never.add("matplotlib")
    rooms = ("base", "data", "training", "__init__.py")  # that base may import
    for name in imported(source, ".".join(path.relative_to(ROOT).parent.parts)):
        other = file_of(name)
        if other is None:
            bad = name.split(".")[0] in never
        else:
            strange = room == "base" and place(other).split("/")[0] not in rooms
            bad = floor(other) > own or strange or (is_a_lab(other) and not may_open(path, other))
        wrong |= {name} if bad else set()
    return wrong


def is_a_lab(path):
    """Whether a file is the lab of a concept."""
    return path.name == "lab.py" and place(path).count("/") == 2


def may_open(path, lab):
    """Whether a file may import the lab of a concept: the door may, and the lab of all together."""
    return path.parent == lab.parent or place(path) == TOGETHER or "labs" in place(path)


def test_imports_run_one_way():
    wrong = {place(path): forbidden(path, path.read_text()) for path in MODULES}
    assert {name: names for name, names in wrong.items() if names} == {}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("data/moons.py", "import matplotlib.pyplot"),
        ("training/fused.py", "from .. import labs"),
        ("training/fused.py", "def f():\n    from anatomy import draw"),
        ("losses/ctc/facts.py", "from anatomy.base.sheet import Sheet"),
        ("losses/ctc/facts.py", "from .draw import ctc"),
        ("losses/ctc/facts.py", "import anatomy.layers.card.parts"),
        ("losses/ctc/draw.py", "from ipywidgets import Image"),
        ("losses/ctc/draw.py", "import matplotlib as mpl"),
        ("losses/ctc/draw.py", "from anatomy.losses.ctc import lab"),
        ("losses/ctc/lab.py", "from anatomy.losses.curve.lab import Loss"),
        ("base/sheet.py", "from anatomy.layers import stack"),
        ("base/picture.py", "from anatomy.base.lab import Lab"),
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
        ("losses/ctc/lab.py", "from anatomy.base.lab import Lab"),
        ("workflow/workflow/lab.py", "from anatomy.losses.ctc.lab import Ctc"),
        ("base/sheet.py", "import matplotlib"),
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


def too_much(counts, most, more=()):
    """Those of a dict name -> count that are over ``most``, or over what ``more`` has for them."""
    return {name: n for name, n in counts.items() if n > dict(more).get(name, most)}


def test_files_and_folders_are_small():
    assert (
        too_much({place(path): lines(path) for path in MODULES}, ALL_LINES["a file"], LONGER) == {}
    )
    folders = collections.Counter()
    for path in MODULES:
        folders[place(path).rpartition("/")[0]] += lines(path)
    concepts = {name: n for name, n in folders.items() if "/" in name}
    assert too_much(concepts, ALL_LINES["a concept"], LARGER) == {}
    assert folders["base"] <= ALL_LINES["base"]
    named = [path for path in MODULES if path.name != "__init__.py"]
    files = collections.Counter(place(path).rpartition("/")[0] for path in named)
    assert too_much(files, FILES) == {}


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


@pytest.mark.parametrize(
    ("variable", "works"),
    [
        ("KERAS_BACKEND=numpy", "KERAS_BACKEND=jax"),
        ("JAX_PLATFORMS=foo", "JAX_PLATFORMS=cpu"),
        ("JAX_PLATFORM_NAME=foo", "JAX_PLATFORM_NAME=cpu"),
        ("JAX_ENABLE_X64=foo", "leave it out before"),
        ("JAX_DISABLE_JIT=1", "JAX_DISABLE_JIT=0"),
        ("MPLBACKEND=foo", "MPLBACKEND=agg"),
        ("NPROC=abc", "NPROC=1"),
    ],
)
def test_a_wrong_environment_is_named(variable, works):
    run = ["env", variable, sys.executable, "-c", "from anatomy import training"]
    *_, last = subprocess.run(run, capture_output=True, text=True).stderr.splitlines()
    assert last.startswith(f"ImportError: {variable}, and "), last
    assert works in last


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


@pytest.mark.parametrize("plant", KINDS, ids=lambda plant: plant.kind)
def test_a_bug_to_be_planted_has_its_place(plant):
    assert plant.old in (ROOT / plant.file).read_text(encoding="utf-8")

"""The rules of the house that a program can hold: floors, docstrings, sizes, versions."""

import ast
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "anatomy").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# facts and training <- draw <- labs: what each floor must do without
ABOVE = {
    "draw": {"ipywidgets", "anatomy.labs"},
    "labs": set(),
    "facts": {"matplotlib", "ipywidgets", "anatomy.draw", "anatomy.labs"},
}


def floor(path):
    room = path.relative_to(ROOT / "anatomy").parts[0]
    return room if room in ABOVE else "facts"


def imported(source, package):
    """All that a module imports, at the top or in a function, as absolute dotted names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(origin, package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def reaches_up(path, source):
    package = ".".join(path.relative_to(ROOT).parent.parts)
    return {
        name
        for name in imported(source, package)
        for above in ABOVE[floor(path)]
        if f"{name}.".startswith(f"{above}.")
    }


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path):
    assert not reaches_up(path, path.read_text())


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("data.py", "import matplotlib.pyplot"),
        ("data.py", "from .draw import picture"),
        ("training/fused.py", "from .. import labs"),
        ("training/fused.py", "def f():\n    from anatomy import draw"),
        ("draw/history.py", "from ipywidgets import Image"),
        ("draw/history.py", "from ..labs.fit import Fit"),
    ],
)
def test_an_import_upwards_is_seen(path, source):
    assert reaches_up(ROOT / "anatomy" / path, source)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_is_public_has_a_docstring(path):
    module = ast.parse(path.read_text())
    public = [
        node
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert ast.get_docstring(module) or not module.body
    assert not [node.name for node in public if not ast.get_docstring(node)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_file_is_one_concept(path):
    lines = len(path.read_text().splitlines())
    assert lines <= 300


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

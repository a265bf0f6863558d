"""A fresh machine: make's help, its plain words when something is missing, and Binder."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import make_site
import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = [".ci/run", "binder/postBuild", "binder/start"]

TOO_OLD = '[ "$1" = --version ] && echo Python 3.9.2 || exit 1'
NO_VENV = f'[ "$2" = venv ] && mkdir -p .venv/bin && exit 1; exec "{sys.executable}" "$@"'
LIKE_THIS = NO_VENV.replace("exit 1", 'ln -s "$0" .venv/bin/python && exit')  # an environment


@pytest.fixture
def fresh(tmp_path):
    """A bare copy of what setting up reads, in a folder with a space, and a way to run make there.

    Nothing of this machine's pip, Python or make settings gets in.
    """
    folder = tmp_path / "a kit"
    folder.mkdir()
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests/requirements.txt", folder / "tests")
    ours = re.compile("PIP_|MAKE|PYTHON|MFLAGS")
    environment = {key: value for key, value in os.environ.items() if not ours.match(key)}

    def make(*arguments, pythons=None, folder=folder, **variables):
        for name, script in (pythons or {}).items():
            fake = tmp_path / name
            fake.write_text(f"#!/bin/sh\n{script}\n")
            fake.chmod(0o755)
        path = f"{tmp_path}:{environment['PATH']}"
        return subprocess.run(
            ["make", *arguments],
            cwd=folder,
            env=environment | {"PATH": path} | variables,
            capture_output=True,
            text=True,
        )

    make.folder = folder
    return make


def one_line(run):
    """The only line of a failed run, beside make's own."""
    assert run.returncode
    line, own = run.stderr.splitlines()
    assert own.startswith("make: ***")
    return line


def test_help_lists_every_command(fresh):
    listed = re.findall(r"^  make (\w+) ", fresh().stdout, re.M)
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.M)[1]
    assert listed == phony.split()


def test_every_python_is_too_old(fresh):
    names = ["python3", *(f"python3.{minor}" for minor in range(11, 15))]
    line = one_line(fresh("lab", pythons=dict.fromkeys(names, TOO_OLD)))
    assert line.startswith("Python 3.11 or newer is needed and 'python3' is Python 3.9.2")
    assert line.endswith("make lab PYTHON=/path/to/python3.11")


def test_the_python_that_was_named_is_not_there(fresh):
    line = one_line(fresh("test", PYTHON="/no/python"))
    assert "'/no/python' is not there" in line
    assert line.endswith("make test PYTHON=/path/to/python3.11")


def test_a_newer_python_is_found_and_has_no_venv(fresh):
    pythons = {"python3": TOO_OLD, "python3.13": TOO_OLD, "python3.12": NO_VENV}
    line = one_line(fresh("lab", pythons=pythons))
    assert line.startswith("'python3.12' cannot make a virtual environment")
    assert "apt install python3-venv" in line
    assert not (fresh.folder / ".venv").exists()


def test_no_network(fresh):
    """Nor is what this Python has seen, or anything installed into it."""
    closed = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}
    closed |= {"PIP_CONFIG_FILE": os.devnull, "PIP_IGNORE_INSTALLED": "1", "PIP_DRY_RUN": "1"}
    run = fresh("lab", pythons={"python3": LIKE_THIS}, **closed)
    assert one_line(run).startswith("No network: ")
    assert not list(fresh.folder.glob(".venv/lab*"))


def test_what_is_set_up_is_not_set_up_again(fresh):
    """Until a requirement changes or the folder is moved."""
    stamps = re.findall(r"touch (.*)", fresh("-n", "test").stdout)
    assert len(stamps) == 2
    (fresh.folder / ".venv/bin").mkdir(parents=True)
    for name in (".venv/bin/python", *stamps):
        (fresh.folder / name).touch(mode=0o755)
    assert "pip install" not in fresh("-n", "lab", "test").stdout

    moved = fresh.folder.rename(fresh.folder.with_name("moved"))
    assert "pip install" in fresh("-n", "lab", folder=moved).stdout
    moved.rename(fresh.folder)
    os.utime(fresh.folder / "requirements.txt", (2**32, 2**32))
    assert "pip install" in fresh("-n", "lab").stdout


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_executable_and_parse(name):
    assert (ROOT / name).stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", ROOT / name], check=True)


def test_binder_builds_what_we_mean():
    """The Dockerfile that repo2docker would build from."""
    repo2docker = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    run = subprocess.run(repo2docker, cwd=ROOT, capture_output=True, text=True, check=True)
    plan = run.stdout + run.stderr
    assert "conda environment for python=3.11" in plan
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in plan
    assert "RUN ./binder/postBuild" in plan
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in plan
    # pip runs in the repository's root
    assert (ROOT / "binder/requirements.txt").read_text().endswith("-r ../requirements.txt\n-e .\n")


def test_binder_post_build(tmp_path):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"NB_PYTHON_PREFIX": str(tmp_path), "PATH": path}
    subprocess.run(ROOT / "binder/postBuild", cwd=ROOT, env=environment, check=True)
    overrides = json.loads((tmp_path / "share/jupyter/lab/settings/overrides.json").read_text())
    schemas = Path(sys.prefix) / "share/jupyter/lab/schemas"
    for plugin, settings in overrides.items():
        schema = json.loads((schemas / f"{plugin.replace(':', '/')}.json").read_text())
        for key, value in settings.items():
            assert value in [one["const"] for one in schema["properties"][key]["oneOf"]]


def test_binder_starts_what_it_is_told_to():
    run = [ROOT / "binder/start", "sh", "-c", 'echo "$KERAS_BACKEND" "$@"', "-", "a b"]
    assert subprocess.check_output(run, text=True) == "jax a b\n"


def test_the_address_is_told_once_and_can_be_told_again(fresh, monkeypatch):
    """The README links the site once there is one, and the site's pages the living notebooks."""
    shutil.copy(ROOT / "README.md", fresh.folder)
    for name in ("notebooks/01_anatomy.ipynb", "anatomy/__init__.py"):
        (fresh.folder / name).parent.mkdir()
        shutil.copy(ROOT / name, fresh.folder / name)
    monkeypatch.setattr(make_site, "ROOT", fresh.folder)
    for owner, name in (("alice", "kit"), ("bob", "my-kit")):
        run = fresh("address", f"REPOSITORY={owner}/{name}")
        assert (run.returncode, run.stderr) == (0, "")
        readme = (fresh.folder / "README.md").read_text()
        link = f"**[Look at it before you install anything](https://{owner}.github.io/{name}/)**: "
        assert readme.count(link) == 1
        assert f"mybinder.org/v2/gh/{owner}/{name}/v" in readme
        assert "your-organisation" not in readme
        links = make_site.elsewhere(fresh.folder / "notebooks/01_anatomy.ipynb")
        assert [f"/{owner}/{name}/" in link for _, link in links] == [True, True]
    assert "alice" not in readme
    assert {path.suffix for path in fresh.folder.rglob("*.old")} == set()

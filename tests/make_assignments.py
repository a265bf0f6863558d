"""Make the students' problem sets from their masters, with nbgrader.

    make assignments

A master, ``notebooks/exercises/source/02_layers/02_layers.ipynb``, has the solutions and the hidden
tests. nbgrader makes of it ``release/``, which a teacher hands out, and its gradebook. The same
notebook, executed, is ``notebooks/exercises/02_layers.ipynb``: whoever learns alone takes that.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import make_notebooks

FOLDER = make_notebooks.FOLDER / "exercises"


def masters():
    """All masters, in reading order."""
    return sorted(FOLDER.glob("source/*/*.ipynb"))


def course(folder):
    """A course of nbgrader's in this folder, with these masters."""
    shutil.copytree(FOLDER / "source", folder / "source")
    shutil.copy(FOLDER / "nbgrader_config.py", folder)
    return folder


def nbgrader(course, *command):
    """Runs a command of nbgrader's; where it fails, what it said is the error."""
    # it calls alembic by its name, which stands beside this Python
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    run = [sys.executable, "-m", "nbgrader", *command]
    environment = os.environ | {"PATH": path}
    done = subprocess.run(run, cwd=course, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"nbgrader {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def release(course):
    """All sets as students get them: no solutions, no hidden tests, no outputs."""
    nbgrader(course, "generate_assignment", "--assignment=*", "--create", "--force")
    return sorted(course.glob("release/*/*.ipynb"))


def tidy(paths):
    """Removes the blank lines that solutions leave."""
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--config", "pyproject.toml"]
    subprocess.run([*command, *paths], cwd=make_notebooks.FOLDER.parent, check=True)


def main():
    copies = [Path(shutil.copy(path, FOLDER)) for path in release(FOLDER)]
    tidy(copies)
    make_notebooks.main(copies)


if __name__ == "__main__":
    main()

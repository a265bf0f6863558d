"""Writes the lowest versions that pyproject.toml allows, as pip's constraints.

.venv/bin/python tests/lowest.py .venv/lowest.txt
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest():
    """A line "name==version" for each package that the kit needs.

    Raises:
        ValueError: for one without a lower bound.
    """
    for text in tomllib.loads(PROJECT.read_text())["project"]["dependencies"]:
        requirement = Requirement(text)
        bounds = [one.version for one in requirement.specifier if one.operator == ">="]
        if not bounds:
            raise ValueError(f"pyproject.toml has {text!r}; give a lower bound, as numpy>=2.0.")
        yield f"{requirement.name}=={bounds[0]}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text("\n".join(lowest()) + "\n")

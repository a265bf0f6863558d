"""What GitHub does: its workflows run README's own lines, and commands that there are."""

import re
import shlex
import tomllib
from pathlib import Path

import make_site
import pytest
import yaml

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").iterdir()
}
JOBS = [job for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()]
RUN = [step["run"] for job in JOBS for step in job["steps"] if "run" in step]
RUNNERS = {"ubuntu-24.04", "macos-14", "windows-2022"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_what_github_asks_of_it(name):
    workflow = WORKFLOWS[name]
    assert set(workflow) - {"concurrency"} == {"name", True, "permissions", "jobs"}  # yaml: on
    assert set(workflow[True]) <= {"push", "pull_request", "workflow_dispatch"}
    keys = {"runs-on", "steps", "timeout-minutes", "strategy", "env", "environment"}
    for job in workflow["jobs"].values():
        assert {"runs-on", "steps"} <= set(job) <= keys
        assert job["runs-on"] in RUNNERS
        assert job["steps"][0] == {"uses": "actions/checkout@v4"}
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert set(step) <= {"uses", "run", "with", "id"}
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/none@v1"))


def test_the_commands_are_there():
    targets = re.search(r"^\.PHONY: (.*)", MAKEFILE, re.M)[1].split()
    for command in RUN:
        words = shlex.split(command, posix=False)
        if words[0] == "make":
            assert words[1] in targets, command
            for setting in words[2:]:
                assert setting.split("=")[0] in MAKEFILE, command
        for path in (word for word in words if word.startswith("notebooks")):
            assert ROOT.joinpath(*path.split("\\")).is_file()


def test_windows_and_macos_get_the_lines_of_the_readme():
    for kind in ("bat", "sh"):
        block = re.search(rf"^```{kind}\n(.*?)```", README, re.M | re.S)[1]
        for line in block.splitlines():
            line = line.partition("#")[0].strip()
            assert any(one.startswith(line) for one in RUN), line


def test_linux_tests_the_lowest_and_the_highest_python():
    minors = re.findall(r":: 3\.(\d+)$", "\n".join(PROJECT["classifiers"]), re.M)
    lowest = PROJECT["requires-python"].removeprefix(">=")
    found = WORKFLOWS["test"]["jobs"]["linux"]["strategy"]["matrix"]["python"]
    assert found == [lowest, f"3.{max(map(int, minors))}"]


def test_the_site_that_is_published_is_the_one_that_make_writes():
    steps = WORKFLOWS["site"]["jobs"]["publish"]["steps"]
    (path,) = (step["with"]["path"] for step in steps if "path" in step.get("with", ()))
    assert ROOT / path == make_site.FOLDER

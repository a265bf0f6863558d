"""The lesson plans: their minutes add up, and a line for the class opens the lab that it says."""

import re

import make_notebooks
import nbformat
import pytest

from anatomy.workflow.workflow.line import parse

TEXT = (make_notebooks.FOLDER / "TEACHING.md").read_text()
PLANS = re.split(r"^## ", TEXT, flags=re.M)[1:]


def test_each_chapter_notebook_has_a_plan():
    names = [path.name for path in sorted(make_notebooks.FOLDER.glob("*.ipynb"))]
    plans = [re.search(r"\]\((\w+\.ipynb)\)", plan)[1] for plan in PLANS]
    assert [*dict.fromkeys(plans)] == names  # a notebook of two lessons has two plans


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.split("\n")[0])
def test_the_minutes_add_up(plan):
    said = int(re.search(r"(\d+) minutes", plan)[1])
    assert said == sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.M)))
    assert 60 <= said <= 90


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.split("\n")[0])
def test_a_section_that_is_named_is_in_the_notebook(plan):
    name = re.search(r"\]\((\w+\.ipynb)\)", plan)[1]
    notebook = (make_notebooks.FOLDER / name).read_text()
    table = re.search(r"^\| minutes.*?\n\n", plan, re.M | re.S)[0]
    missing = [words for words in re.findall(r"\*([^*]+)\*", table) if words not in notebook]
    assert missing == []


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.stem)
def test_a_section_of_the_notebook_is_in_a_plan(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    sections = {name.strip() for name in re.findall(r"^## ([^:\n]+)", text, re.M)}
    plans = "".join(plan for plan in PLANS if path.name in plan)
    missing = [name for name in sections - {"What you have now", "Exercises"} if name not in plans]
    assert missing == []


@pytest.mark.parametrize("line", re.findall(r"`((?:digits|xor)[ a-z]*; [^`]+)`", TEXT))
def test_a_line_for_the_class_is_read(line):
    parse(line)

"""The lesson plans: their minutes add up, and a line for the class opens the lab that it says."""

import re

import make_notebooks
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


@pytest.mark.parametrize("line", re.findall(r"`((?:digits|xor)[ a-z]*; [^`]+)`", TEXT))
def test_a_line_for_the_class_is_read(line):
    parse(line)

"""Every further notebook in a real Chromium: it runs, shuts nobody out, and its labs answer."""

from pathlib import Path

import pytest
from browser import barriers

NOTEBOOKS = sorted(path.name for path in Path("notebooks").glob("*.ipynb"))


@pytest.fixture
def run(page, open_notebook, home):
    """``run(name, **front)`` runs a notebook; its labs, with all work done."""
    from playwright.sync_api import expect

    def run(name, **front):
        open_notebook(home / "notebooks" / name, **front)
        assert page.locator(".jp-RenderedText[data-mime-type*=error]").count() == 0
        labs = page.locator(".anatomy-lab").all()
        assert labs
        for lab in labs:
            at_work = "[data-status=compiling], [data-status=training]"
            expect(lab.locator(at_work)).to_have_count(0, timeout=30_000)
        return labs

    return run


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name != "01_anatomy.ipynb"])
def test_a_notebook_in_jupyterlab(name, page, run):
    labs = run(name)
    assert barriers.found(page) == []
    for lab in labs:
        answers(lab)


def test_a_notebook_in_notebook_7(page, run):
    labs = run("02_layers.ipynb", front="notebooks")
    assert page.locator("body[data-notebook]").count() == 1  # not JupyterLab
    for lab in labs:
        assert barriers.out_of_reach(lab) == []
        answers(lab)


def answers(lab):
    """Moves the lab's first slider, or else its first menu, and waits for another picture."""
    from playwright.sync_api import expect

    status, picture = lab.locator(".anatomy-status"), lab.locator("img:visible").first
    shown = picture.get_attribute("src")
    if sliders := lab.locator(".noUi-handle:visible").all():
        stood = sliders[0].get_attribute("aria-valuenow")
        sliders[0].press("ArrowRight")
        if sliders[0].get_attribute("aria-valuenow") == stood:  # at its right end
            sliders[0].press("ArrowLeft")
    else:
        menu = lab.locator("select:visible").first
        last = menu.evaluate("menu => menu.selectedIndex === menu.options.length - 1")
        menu.press("ArrowUp" if last else "ArrowDown")
    expect(picture).not_to_have_attribute("src", shown, timeout=30_000)  # it may have to compile
    expect(status).not_to_have_attribute("data-status", "failed")

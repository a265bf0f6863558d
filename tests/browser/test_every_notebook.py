"""Every further notebook in a real JupyterLab: it runs, and each lab answers to the keyboard."""

from pathlib import Path

import pytest

NOTEBOOKS = sorted(path.name for path in Path("notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name != "01_anatomy.ipynb"])
def test_labs_answer_to_the_keyboard(name, page, open_notebook, home):
    open_notebook(home / "notebooks" / name)
    assert page.locator(".jp-RenderedText[data-mime-type*=error]").count() == 0
    labs = page.locator(".anatomy-lab")
    assert labs.count() > 0
    for lab in labs.all():
        lab.scroll_into_view_if_needed()
        answers(lab)


def answers(lab):
    """Moves the lab's first slider, or else its first menu, and waits for another picture."""
    from playwright.sync_api import expect

    status, picture = lab.locator(".anatomy-status"), lab.locator("img:visible").first
    expect(status).not_to_have_attribute("data-status", "compiling", timeout=30_000)
    expect(status).not_to_have_attribute("data-status", "training", timeout=30_000)
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

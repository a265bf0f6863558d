"""The first notebook in a real JupyterLab, looked at by a real Chromium."""

import nbformat
import pytest

LONG = 150  # epochs: a few seconds, enough to press Stop


@pytest.fixture
def expect():
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)
    yield expect
    expect.set_options(timeout=5_000)


@pytest.fixture
def path(home):
    """A copy of the notebook whose fit lab can train for longer."""
    path = home / "notebooks" / "01_anatomy.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if "labs.fit(" in cell.source]
    slider = f"ipywidgets.IntSlider(10, 1, {LONG})"
    cell.source = "import ipywidgets\n" + cell.source.replace(
        "build, digits,", f"build, digits, epochs={slider},"
    )
    assert slider in cell.source
    nbformat.write(notebook, path)
    return path


def the_lab(page, control):
    """The lab that has this control."""
    return page.locator(".anatomy-lab").filter(has=page.locator(f".anatomy-{control}"))


def handle(lab, control):
    return lab.locator(f".anatomy-{control} .noUi-handle")


def pixels(lab):
    """The picture that is shown, once it is decoded."""
    return lab.locator("img:visible").evaluate(
        """async image => {
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            canvas.getContext("2d").drawImage(image, 0, 0);
            return canvas.toDataURL();
        }"""
    )


def test_a_lesson(page, open_notebook, path, expect):
    open_notebook(path)
    fit, step = the_lab(page, "learning-rate"), the_lab(page, "stage")
    a_key_refits(fit, expect)
    stop_and_rewind(fit, expect)
    step_by_step(step, expect)
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
    said = fit.locator(".anatomy-status").inner_text()
    page.reload()
    expect(fit.locator(".anatomy-status")).to_have_text(said)
    expect(fit.locator("img:visible")).to_be_visible()
    a_key_refits(fit, expect)  # the controls still reach the kernel


def a_key_refits(fit, expect):
    status, description = fit.locator(".anatomy-status"), fit.locator(".anatomy-description")
    expect(status).to_have_attribute("data-status", "done")
    said, described, shown = status.inner_text(), description.text_content(), pixels(fit)
    rate = fit.locator(".anatomy-learning-rate .widget-readout")
    stood = rate.inner_text()

    handle(fit, "learning-rate").press("ArrowRight")
    expect(rate).not_to_have_text(stood)
    expect(status).not_to_have_text(said)
    expect(status).to_have_attribute("data-status", "done")
    expect(status).to_contain_text("loss")
    expect(description).not_to_have_text(described)
    expect(description).to_contain_text(f"learning_rate={float(rate.inner_text()):.3g}")
    assert pixels(fit) != shown


def stop_and_rewind(fit, expect):
    status = fit.locator(".anatomy-status")
    handle(fit, "epochs").press("End")
    expect(status).to_contain_text(f"of {LONG}")
    expect(status).to_have_attribute("data-status", "training")
    fit.get_by_role("button", name="stop").click()
    expect(status).to_have_attribute("data-status", "stopped")
    expect(status).to_contain_text("after epoch")
    expect(fit.locator(".anatomy-description")).to_contain_text(f"of {LONG}")

    fit.get_by_role("button", name="rewind").click()
    expect(status).to_have_attribute("data-status", "done")
    expect(status).to_contain_text(f"{LONG} epochs")
    handle(fit, "epochs").press("Home")
    expect(status).to_contain_text("1 epochs")


def step_by_step(step, expect):
    status, next_stage = step.locator(".anatomy-status"), step.locator("button.anatomy-next")
    expect(status).to_contain_text("input, batch 1:")
    shown = pixels(step)
    stages = ("forward, batch 1:", "loss, batch 1:", "gradient, batch 1:", "update, batch 1:")
    for told in (*stages, "input, batch 2:"):
        next_stage.click()
        expect(status).to_contain_text(told)
        expect(status).to_have_attribute("data-status", "done")
    assert pixels(step) != shown
    step.locator("button.anatomy-restart").click()
    expect(status).to_contain_text("input, batch 1:")

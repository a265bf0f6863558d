"""A real Jupyter, which serves JupyterLab and Notebook 7, and a real Chromium that looks at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOKEN = "anatomy"
FAILED = pytest.StashKey[bool]()
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
#: Chromium's own background traffic would only be refused on a closed network.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def pytest_collection_modifyitems(items):
    """Without a Chromium the browser tests skip; in CI that is an error."""
    if CHROMIUM is None and os.environ.get("CI") != "true":
        skip = pytest.mark.skip(
            reason="no Chromium here: install it (Debian: apt install chromium)"
        )
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The folder that Jupyter shows, with a copy of the notebooks; a test may change it."""
    home = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    return home


@pytest.fixture(scope="session")
def jupyter(home):
    """The address of a Jupyter server in that folder, with settings of its own."""
    settings = {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        # cells off the screen stay on the page, where a test can find them
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    for name, values in settings.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(values))
    port = free_port()
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    environment.pop("KERAS_BACKEND", None)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    options = {"port": port, "port_retries": 0, "root_dir": home}
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    command.append(f"--IdentityProvider.token={TOKEN}")
    command.append("--LabApp.expose_app_in_browser=True")  # a test changes the theme
    with open(home / "log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=home)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5) as answer:
                json.load(answer)
            break
        except OSError:
            assert server.poll() is None, (home / "log").read_text()
            assert time.monotonic() < deadline, (home / "log").read_text()
            time.sleep(0.2)
    yield address
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="session")
def chromium():
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "CI needs a Chromium: .ci/run installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Lets a fixture see whether its test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def errors():
    """What a page's console reports as an error."""
    return []


@pytest.fixture
def page(chromium, errors, request, tmp_path):
    """A page that fails its test when the console reports an error."""
    page = chromium.new_page(viewport={"width": 1440, "height": 1000})
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" else None,
    )
    yield page
    if request.node.stash.get(FAILED, False) or errors:
        page.screenshot(path=tmp_path / "page.png")
        print(f"A screenshot: {tmp_path / 'page.png'}")
    page.close()
    assert errors == []


def end_kernels(page, jupyter):
    """Ends what earlier tests have left: they share the machine, one notebook even its kernel."""
    for session in page.request.get(f"{jupyter}/api/sessions?token={TOKEN}").json():
        address = f"{jupyter}/api/sessions/{session['id']}?token={TOKEN}"
        assert page.request.delete(address).ok


@pytest.fixture
def open_notebook(jupyter, home, page, errors):
    """``open_notebook(path)`` runs all cells of a notebook in a new kernel, and waits for them.

    ``front``: "lab/tree" is JupyterLab, "notebooks" is Notebook 7.
    """
    from playwright.sync_api import expect

    def open_notebook(path, front="lab/tree"):
        end_kernels(page, jupyter)
        page.goto(f"{jupyter}/{front}/{path.relative_to(home)}?reset&token={TOKEN}")
        ready = {
            "lab/tree": page.get_by_text("Python 3 (ipykernel) | Idle"),
            "notebooks": page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]"),
        }
        expect(ready[front]).to_be_visible(timeout=60_000)
        if front == "notebooks":
            errors.clear()  # Notebook 7.6 reports two of its own while it opens
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = page.locator(".jp-CodeCell .jp-InputPrompt").last
        cells = page.locator(".jp-CodeCell").count()
        expect(last).to_have_text(f"[{cells}]:", timeout=120_000)

    return open_notebook

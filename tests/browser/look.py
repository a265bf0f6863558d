"""A real Jupyter, which serves JupyterLab and Notebook 7, and a real Chromium that looks at it."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest
import quick
from nbformat.sign import NotebookNotary

TOKEN = "anatomy"
TOOLS = pytest.StashKey[tuple]()
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
#: Without a Chromium the browser tests skip; in CI that is an error.
SKIP = CHROMIUM is None and os.environ.get("CI") != "true"
WHY = "no Chromium here: install it (Debian and Ubuntu: apt install chromium)"
#: Chromium's own background traffic would only be refused on a closed network.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PATIENCE = 120  # seconds that a server, a page or a lab may take where all cores are busy
LAPTOP = {"width": 1366, "height": 768}  # the commonest
#: Of a lab: what it measures, and texts and parts that are cut, small or short, or scroll.
MEASURES = """lab => {
    const box = lab.getBoundingClientRect(), image = lab.querySelector(".anatomy-screen img");
    const shown = image.getBoundingClientRect();
    const parts = [lab, ...lab.querySelectorAll("*")].filter(
        one => one.checkVisibility({ visibilityProperty: true })
            && !one.matches("input, select"));
    const name = one => one.className || one.tagName;
    const over = one => one.clientWidth && getComputedStyle(one).overflow !== "visible"
        && (one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1);
    const writes = one => [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const across = one => one.getBoundingClientRect().width;
    const short = one => one.matches(".noUi-target") && across(one) < 60;
    const small = one => writes(one) && parseFloat(getComputedStyle(one).fontSize) < 11;
    return {
        height: box.height, width: shown.width, high: shown.height,
        scale: shown.width / parseFloat(image.style.maxWidth),
        cut: parts.filter(over).map(name), small: parts.filter(small).map(name),
        short: parts.filter(short).map(one => one.closest(".widget-slider").innerText),
    };
}"""
#: Whether the labs' pictures are drawn for their places and for the theme of the page.
DRAWN = """labs => labs.every(lab => {
    const image = lab.querySelector(".anatomy-screen img"), { clientWidth } = image.parentElement;
    const drawn = parseFloat(image.style.maxWidth), place = Math.min(clientWidth, 1400);
    if (!image.complete || drawn < place - 5 || drawn > Math.max(place, 860) + 5) return false;
    const pen = new OffscreenCanvas(2, 2).getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    const dark = pen.getImageData(1, 1, 1, 1).data[0] < 128;
    return dark === (document.body.dataset.jpThemeLight === "false");
})"""
#: What stays where it is while a lab is used: its picture, and the height of the line beneath.
PLACES = """lab => {
    const box = lab.getBoundingClientRect(), shown = lab.querySelector(".anatomy-screen img");
    const image = shown.getBoundingClientRect();
    return [image.top - box.top, image.width, lab.querySelector(".anatomy-status").offsetHeight];
}"""

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # cells off the screen stay on the page, where a test can find them
    "notebook-extension/tracker": {"windowingMode": "none"},
}


class Jupyter:
    """A Jupyter server in a folder of its own, where its log is too.

    Attributes:
        home: the folder.
        address: "http://127.0.0.1:40123", say.
        process: the server.
    """

    def __init__(self, home):
        self.home = home
        for name, values in SETTINGS.items():
            path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        for name in ("kernels", "notebooks"):
            (home / name).mkdir()
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
        }
        environment = os.environ | {key: str(home / name) for key, name in folders.items()}
        environment |= quick.FLAGS  # for kernels of its own: no digit is compared on a page
        environment.pop("KERAS_BACKEND", None)  # a student's machine has chosen none
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = {
            "ServerApp.port": port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": home,
            "ServerApp.allow_external_kernels": True,
            "ServerApp.external_connection_dir": home / "kernels",
            "IdentityProvider.token": TOKEN,
            "LabApp.expose_app_in_browser": True,  # a test changes the theme
            # a page with every lab at once is not to be throttled
            "ZMQChannelsWebsocketConnection.limit_rate": False,
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"--{name}={value}" for name, value in options.items()]
        self.address = f"http://127.0.0.1:{port}"
        self.log = home / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=home
            )

    def ready(self):
        """Waits until the server answers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask("")
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.1)

    def ask(self, resource, method="GET", **content):
        """What the server's API answers, or None."""
        request = urllib.request.Request(
            f"{self.address}/api/{resource}",
            method=method,
            data=json.dumps(content).encode() if content else None,
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or "null")

    def write(self, notebook, name):
        """Puts a notebook where the server finds it, trusted as one's own is."""
        nbformat.write(notebook, self.home / "notebooks" / name)
        NotebookNotary(data_dir=str(self.home / "data")).sign(notebook)

    def attach(self, connection, name):
        """Opens a notebook with a kernel that runs already; ``connection`` is its file's text."""
        before = self._kernels()
        file = self.home / "kernels" / f"{name}.json"
        file.write_text(json.dumps(json.loads(connection) | {"kernel_name": "python3"}))
        (kernel,) = self._kernels() - before
        session = self.ask(
            "sessions", "POST",
            path=f"notebooks/{name}", name=name, type="notebook", kernel={"id": kernel},
        )  # fmt: skip
        return session["id"]

    def move(self, name):
        """Gives the kernel of the one notebook that is open to another."""
        (session,) = self.ask("sessions")
        path = f"notebooks/{name}"
        self.ask(f"sessions/{session['id']}", "PATCH", path=path, name=name, type="notebook")

    def _kernels(self):
        """The ids of the kernels that the server knows.

        One whose file is gone it forgets as it lists them, and fails the first time
        (jupyter_client 8.10, ``list_kernel_ids``).
        """
        try:
            found = self.ask("kernels")
        except urllib.error.HTTPError:
            found = self.ask("kernels")
        return {one["id"] for one in found}

    def forget(self):
        """Ends the sessions of earlier tests, and kernels of the server's own with them."""
        for session in self.ask("sessions"):
            self.ask(f"sessions/{session['id']}", "DELETE")
        for file in (self.home / "kernels").iterdir():
            file.unlink()
        self._kernels()  # else the next page is who lists them first


@contextlib.contextmanager
def jupyter(home):
    """A `Jupyter` that answers."""
    server = Jupyter(home)
    try:
        server.ready()
        yield server
    finally:
        server.process.kill()  # else it would wait for kernels that are not its own
        server.process.wait()


@contextlib.contextmanager
def chromium():
    """A Chromium without a window."""
    from playwright.sync_api import expect, sync_playwright

    assert CHROMIUM, "CI needs a Chromium: .ci/run installs one"
    expect.set_options(timeout=1000 * PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, ignore_default_args=["--hide-scrollbars"]
        )
        yield browser
        browser.close()


def tools(config):
    """The one server and the one browser of a process, which live until pytest ends."""
    if TOOLS not in config.stash:
        open_ = contextlib.ExitStack()
        config.add_cleanup(open_.close)
        home = config._tmp_path_factory.mktemp("jupyter")
        config.stash[TOOLS] = open_.enter_context(jupyter(home)), open_.enter_context(chromium())
    return config.stash[TOOLS]


@contextlib.contextmanager
def page(browser, screenshot):
    """The one page of a browser, as if new, and the errors of its console: there must be none.

    ``screenshot`` is the path of a picture of how it looked at its end: pytest shows it, as all
    that is printed, where the test failed.
    """
    if not browser.contexts:
        browser.new_context().new_page()  # JupyterLab is compiled once
    page = browser.contexts[0].pages[0]
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE)
    errors = []

    def raised(error):
        errors.append(error.stack or str(error))

    def told(message):
        font = message.location["url"].endswith(".woff2")  # that Notebook 7.6 asks for in vain
        if message.type == "error" and not font:
            errors.append(f"{message.text} {message.location['url']}")

    listeners = {"pageerror": raised, "console": told}
    for event, listener in listeners.items():
        page.on(event, listener)
    try:
        yield page, errors
    finally:
        page.screenshot(path=screenshot)
        print(f"A screenshot: {screenshot}")
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        page.unroute_all()
        page.emulate_media(color_scheme="light")
        page.goto("about:blank")
    assert errors == [], errors


FRONTS = "lab/tree", "notebooks"  # JupyterLab, Notebook 7
GIVEN_UP = "widget model not found"  # of a view, by ipywidgets


def show(page, errors, server, name, front="lab/tree"):
    """Opens a notebook, and waits until its kernel is idle."""
    from playwright.sync_api import expect

    page.goto(f"{server.address}/{front}/notebooks/{name}?reset&token={TOKEN}")
    idle = {
        "lab/tree": page.get_by_text("Python 3 (ipykernel) | Idle"),
        "notebooks": page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]"),
    }
    expect(idle[front]).to_be_visible()
    if front == "notebooks":
        # Notebook 7.6 reports two of its own while it opens
        errors[:] = [error for error in errors if GIVEN_UP in error]


def run_all(page):
    """Runs all cells of the notebook that is open, and waits until none is to run."""
    from playwright.sync_api import expect

    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    expect(prompts.first).to_have_text(re.compile(r"\[\d+\]:"))
    expect(prompts.filter(has_text="[*]:")).to_have_count(0)


def labs(page):
    """The labs of the page, with all their work done."""
    from playwright.sync_api import expect

    expect(page.get_by_text("Loading widget...")).to_have_count(0)  # ipywidgets says so
    assert page.locator(".jp-RenderedText[data-mime-type*=error]").all_inner_texts() == []
    labs = page.locator(".anatomy-lab")
    busy = "[data-status=waiting], [data-status=compiling], [data-status=training]"
    expect(labs.locator(busy)).to_have_count(0)
    return labs.all()


def open_running(page, errors, server, name, **front):
    """Opens a notebook whose kernel runs already; its labs, with all their work done.

    It is opened once more where ipywidgets 8.1 gave up a view, as it does when the page had no
    time for two seconds while it opened; a view whose model is closed is lost again.
    """
    show(page, errors, server, name, **front)
    found = labs(page)
    if any(GIVEN_UP in error for error in errors):
        errors.clear()
        show(page, errors, server, name, **front)
        found = labs(page)
    return found


def screens(page):
    """How many screens the notebook is high that is open in JupyterLab."""
    height = "panel => panel.scrollHeight / panel.clientHeight"
    return page.locator(".jp-Notebook .jp-WindowedPanel-outer").evaluate(height)


def misfits(page, labs, folder, *, lab=620, width=860, high=620):
    """What does not fit a laptop, of labs by their names; its screenshot is in the folder.

    A lab is at most so high, its picture at least so wide and at most so ``high`` (pixels as
    shown), no type is smaller than 11 pixels, no slider shorter than 60, nothing scrolls inside,
    nothing is cut.
    """
    found, parts = {}, [one.element_handle() for one in labs.values()]
    page.wait_for_function(DRAWN, arg=parts, polling=100)
    for (name, one), part in zip(labs.items(), parts, strict=True):
        measures = part.evaluate(MEASURES)
        if (
            measures["cut"] or measures["small"] or measures["short"] or measures["scale"] < 0.99
            or measures["width"] < width or measures["high"] > high or measures["height"] > lab
        ):  # fmt: skip
            found[name] = measures
            one.screenshot(path=folder / f"{name}.png")
    return found


def drag(page, handle, x, y):
    """Drags the middle of a handle to a place on the page."""
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, y, steps=8)
    page.mouse.up()


def swipe(page, x, y, right, down):
    """A finger touches the page at a place and moves from there."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    places = [{"x": x + part * right / 4, "y": y + part * down / 4} for part in range(5)]
    for kind, place in zip(("touchStart", *["touchMove"] * 4), places, strict=True):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def answers(lab):
    """Moves the lab's first slider, or else its first menu, and waits for another picture."""
    from playwright.sync_api import expect

    status, picture = lab.locator(".anatomy-status"), lab.locator("img:visible").first
    shown = picture.get_attribute("src")
    if sliders := lab.locator(".noUi-handle:visible").all():
        now, end = (sliders[0].get_attribute(f"aria-value{name}") for name in ("now", "max"))
        sliders[0].press("ArrowLeft" if now == end else "ArrowRight")
    else:
        menu = lab.locator("select:visible").first
        last = menu.evaluate("menu => menu.selectedIndex === menu.options.length - 1")
        menu.press("ArrowUp" if last else "ArrowDown")
    expect(picture).not_to_have_attribute("src", shown)
    expect(status).not_to_have_attribute("data-status", "failed")

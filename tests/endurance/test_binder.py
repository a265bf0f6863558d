"""A notebook as on Binder: one core, 2 GB, and a slow line between the kernel and the browser.

What a page asks of the server goes through a proxy that delays and throttles once the notebook is
open; the server, and the kernels that it starts, have one core.
"""

import asyncio
import os
import re
import threading
import time
from pathlib import Path

import make_notebooks
import nbformat
import pytest
from browser import look
from browser.conftest import chromium  # noqa: F401

DELAY, BYTES = 0.150, 2e6 / 8  # seconds, there and back; bytes a second to the browser
SECONDS = 6  # that a slider is dragged
MOST = 2e9  # bytes of server and kernels
PICTURES = 3  # a second, at least

#: Counts the pictures that a lab shows, and the positions of its sliders.
COUNT = """lab => {
    lab.pictures = lab.positions = 0;
    for (const image of lab.querySelectorAll("img"))
        image.addEventListener("load", () => { lab.pictures += 1; });
    new MutationObserver(moves => { lab.positions += moves.length; }).observe(
        lab, { subtree: true, attributeFilter: ["aria-valuenow"] });
}"""


class Line:
    """A slow line to a server, inside ``with``: a proxy in a thread.

    Attributes:
        address: of the proxy.
        slow: whether it delays and throttles.
    """

    def __init__(self, address):
        self.slow, self._free = False, 0.0
        self._server = address.removeprefix("http://").split(":")
        self._began = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self):
        self._thread.start()
        self._began.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self):
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._began.set()
        await self._end.wait()
        server.close()

    async def _connect(self, reader, writer):
        reader_there, writer_there = await asyncio.open_connection(*self._server)
        await asyncio.gather(
            self._carry(reader, writer_there), self._carry(reader_there, writer, throttled=True)
        )

    async def _carry(self, reader, writer, throttled=False):
        """Each piece arrives half the delay after it was sent, or when the line has carried it."""
        pieces = asyncio.Queue()
        delivery = asyncio.create_task(self._deliver(pieces, writer))
        try:
            while part := await reader.read(16_384):
                due = time.monotonic()
                if self.slow:
                    if throttled:  # all connections share the line
                        due = self._free = max(self._free, due) + len(part) / BYTES
                    due += DELAY / 2
                pieces.put_nowait((due, part))
            pieces.put_nowait(None)
            await delivery
        except ConnectionError:  # the page, or the server, has gone
            delivery.cancel()
        finally:
            writer.close()

    async def _deliver(self, pieces, writer):
        while piece := await pieces.get():
            due, part = piece
            await asyncio.sleep(max(0, due - time.monotonic()))
            writer.write(part)
            await writer.drain()


def held(pid):
    """Bytes that a process and its children hold; pages that they share count once."""
    proc = Path(f"/proc/{pid}")
    own = 1024 * int(re.search(r"Pss:\s+(\d+)", (proc / "smaps_rollup").read_text())[1])
    children = (proc / "task" / str(pid) / "children").read_text().split()
    return own + sum(map(held, children))


@pytest.fixture
def binder(tmp_path):
    """A server on one core, as Binder has it."""
    with look.jupyter(tmp_path) as server:
        os.sched_setaffinity(server.process.pid, {min(os.sched_getaffinity(0))})
        yield server


def drag(page, handle, track):
    """Drags a handle from corner to corner of its track, for some seconds."""
    box, begin = track.bounding_box(), time.monotonic()
    handle.hover()
    page.mouse.down()
    while (part := (time.monotonic() - begin) / SECONDS) < 1:
        page.mouse.move(box["x"] + part * box["width"], box["y"] + part * box["height"])
        page.wait_for_timeout(50)
    page.mouse.up()


def followed(page, lab):
    """How many pictures a drag brings, and how many are wanted: a slider may have few positions.

    It drags the learning rate, or else the first slider; where that waits for the hand to let go,
    or shows nothing before a fit(), the first handle in the picture; where there is none, one
    picture is wanted after the drag.
    """
    image = lab.locator("img:visible").first
    lab.scroll_into_view_if_needed()
    lab.evaluate(COUNT)
    words = image.get_attribute("alt")
    rate = lab.locator(".anatomy-learning-rate")
    within = rate if rate.count() else lab
    drag(page, *(within.locator(f".noUi-{part}:visible").first for part in ("handle", "base")))
    pictures, positions = lab.evaluate("lab => [lab.pictures, lab.positions]")
    wanted = min(PICTURES * SECONDS, positions)
    look.labs(page)
    handle = lab.locator(".anatomy-handle:not(.anatomy-press):visible")
    waits = image.get_attribute("alt") == words if rate.count() else not pictures
    if waits and handle.count():
        lab.evaluate("lab => { lab.pictures = 0; }")
        drag(page, handle.first, lab.locator(".anatomy-screen"))
        return lab.evaluate("lab => lab.pictures"), wanted
    return (lab.evaluate("lab => lab.pictures"), 1) if waits else (pictures, wanted)


@pytest.mark.skipif(look.SKIP, reason=look.WHY)
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="one core is asked for on Linux")
@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.stem)
def test_a_notebook_runs_and_a_drag_is_followed(binder, chromium, path, tmp_path):  # noqa: F811
    binder.write(nbformat.read(path, as_version=4), path.name)
    drags = {}
    with Line(binder.address) as line:
        binder.address = line.address
        with look.page(chromium, tmp_path / "page.png") as (page, errors):
            page.set_viewport_size(look.LAPTOP)
            look.show(page, errors, binder, path.name)
            line.slow = True
            look.run_all(page)
            for number, lab in enumerate(look.labs(page), start=1):
                if lab.locator(".noUi-handle:visible").count():
                    drags[number] = followed(page, lab)
                    look.labs(page)
            memory = held(binder.process.pid)
        line.slow = False
        binder.forget()
    print(f"{path.name}: {memory / 1e9:.2f} GB; pictures, and those wanted: {drags}")
    assert memory < MOST
    assert {n: drag for n, drag in drags.items() if drag[0] < drag[1]} == {}

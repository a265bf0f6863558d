"""One table of what the benchmarks measured, at the end of ``make bench``."""

import statistics
import time

import pytest
import quick
from browser.conftest import (  # noqa: F401
    chromium,
    forgets,
    jupyter,
    page,
    page_and_errors,
    run,
)

ROWS = pytest.StashKey[list]()

for hurries in (quick.OPTIONS, quick.FLAGS):  # nothing is compiled in a hurry here
    hurries.clear()


@pytest.fixture
def row(request):
    """``row(what, measured, target)`` adds a line to the table."""

    def row(what, measured, target=""):
        request.config.stash.setdefault(ROWS, []).append((what, measured, target))

    return row


def pytest_terminal_summary(terminalreporter, config):
    rows = [("what", "measured", "target"), *config.stash.get(ROWS, [])]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    terminalreporter.section("benchmarks")
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        terminalreporter.line("  ".join(cells).rstrip())


@pytest.fixture
def seconds():
    """``seconds(function)``: how long one call takes."""

    def seconds(function):
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    return seconds


@pytest.fixture
def side_by_side(seconds):
    """``side_by_side(first, second, times)``: the medians of both, called in turns."""

    def side_by_side(first, second, times):
        pairs = [(seconds(first), seconds(second)) for _ in range(times)]
        return [statistics.median(column) for column in zip(*pairs, strict=True)]

    return side_by_side

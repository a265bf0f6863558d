"""One table of what the benchmarks measured, at the end of ``make bench``, and a picture of it.

Both are in ``build/``: ``bench.txt``, and ``bench.png``, which shows what has a baseline.
"""

import os
import platform
import re
import statistics
import time
from pathlib import Path

import matplotlib.pyplot as plt
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
FOLDER = Path(__file__).parents[2] / "build"

for hurries in (quick.OPTIONS, quick.FLAGS):  # nothing is compiled in a hurry here
    hurries.clear()


@pytest.fixture
def row(request):
    """``row(what, measured, target)`` adds a line to the table.

    ``times`` is how many times less it takes than its baseline, in the same run.
    """

    def row(what, measured, target="", times=None):
        request.config.stash.setdefault(ROWS, []).append((what, measured, target, times))

    return row


def spread(values, unit="ms"):
    """The median, and the range of the middle half."""
    low, middle, high = (
        f"{one:,.0f}" if one >= 100 else f"{one:.3g}" for one in statistics.quantiles(values, n=4)
    )
    return f"{middle} {unit} ({low}-{high})"


def processor():
    """The name of this machine's processor, and its cores."""
    info = Path("/proc/cpuinfo")
    named = re.search("model name.*: (.*)", info.read_text()) if info.exists() else None
    return f"{os.cpu_count()} cores, {named[1] if named else platform.processor()}"


def pytest_terminal_summary(terminalreporter, config):
    found = config.stash.get(ROWS, [])
    rows = [("what", "measured", "target or baseline", "times"), *found]
    rows = [(*texts, f"{times:.1f}x" if isinstance(times, float) else times or "")
            for *texts, times in rows]  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [processor()]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    terminalreporter.section("benchmarks")
    terminalreporter.line("\n".join(lines))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "bench.txt").write_text("\n".join(lines) + "\n")
    bars([(what, baseline, times) for what, _, baseline, times in found if times])


def bars(rows):
    """How many times less each takes than its baseline."""
    if not rows:
        return
    whats, baselines, times = zip(*rows[::-1], strict=True)
    figure, axes = plt.subplots(figsize=(10, 1.2 + 0.5 * len(rows)), layout="constrained")
    axes.barh(range(len(rows)), [factor - 1 for factor in times], left=1, color="#4477aa")
    axes.set_xscale("log")
    axes.axvline(1, color="black", linewidth=1)
    both = zip(whats, baselines, strict=True)
    axes.set_yticks(range(len(rows)), [f"{what}\nbeside {baseline}" for what, baseline in both])
    for place, factor in enumerate(times):
        axes.annotate(f" {factor:.1f}x", (max(factor, 1), place), va="center")
    axes.set_xlim(min(0.5, *times), 3 * max(times))
    axes.xaxis.set_major_formatter("{x:g}x")
    axes.set_title(f"Times less than the baseline, in one run ({processor()})", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FOLDER / "bench.png", dpi=110)
    plt.close(figure)


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
    """``side_by_side(first, second, times)``: the milliseconds of both, called in turns."""

    def side_by_side(first, second, times):
        pairs = [(1000 * seconds(first), 1000 * seconds(second)) for _ in range(times)]
        return zip(*pairs, strict=True)

    return side_by_side

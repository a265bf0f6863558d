"""A move in a recorded lab to its picture, and how large its page is."""

import statistics

import pytest
from browser import look

from anatomy import data, labs

MOVES = """async () => {
  const sliders = document.querySelectorAll("input"), times = [];
  for (let i = 0; i < 100; i++) {
    const slider = sliders[i % 2];
    slider.value = (Number(slider.value) + 7) % 26;
    const start = performance.now();
    slider.dispatchEvent(new Event("input"));
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    times.push(performance.now() - start);
  }
  return times;
}"""


@pytest.mark.skipif(look.CHROMIUM is None, reason=look.WHY)
def test_a_move_to_its_picture(page, tmp_path, row):
    lab = labs.conv(data.digits("images"))
    assert lab.wait(60)
    path = lab.record(tmp_path / "conv.html", row=..., column=...)
    lab.close()
    page.goto(path.as_uri())
    page.locator("main[data-state]").wait_for()
    median = statistics.median(page.evaluate(MOVES))
    row("recorded: a move to its picture, conv, median", f"{median:.0f} ms", "30 ms")
    row("recorded: conv, all 676 positions", f"{path.stat().st_size / 1e6:.1f} MB", "3 MB")

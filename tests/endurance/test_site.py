"""The whole site: every page in Chromium with the network blocked, every lab moved."""

import re
from pathlib import Path

import make_site
import pytest
from browser import look, pages
from playback import Page

TESTS = Path(__file__).parents[1]
MOST, MOST_OF_A_LAB = 60_000_000, 3_000_000  # bytes
LEAST = 20  # states


@pytest.fixture(scope="session")
def site():
    """The site as `make site` has written it, or else now."""
    if not (make_site.FOLDER / "index.html").exists():
        make_site.main()
    return make_site.FOLDER


@pytest.mark.skipif(look.SKIP, reason=look.WHY)
def test_every_page_plays(site, pytestconfig, tmp_path):
    chromium, labs, broken = look.tools(pytestconfig)[1], 0, []
    for path in sorted(site.glob("*.html")) + sorted(site.glob("exercises/*.html")):
        with look.page(chromium, tmp_path / f"{path.stem}.png") as (page, _):
            asked = pages.blocked(page)
            labs += pages.play(page, path)
            assert asked == [], path
            page.set_viewport_size({"width": 390, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            links = page.locator("a").evaluate_all("all => all.map(one => one.href)")
            local = {link.partition("#")[0] for link in links if link.startswith("file:")}
            broken += [link for link in local if not _exists(link)]
    assert broken == []
    assert labs == sum(map(len, make_site.RECORDED.values())) + 1  # the first one on the first page


@pytest.mark.parametrize("path", make_site.make_notebooks.find(), ids=lambda path: path.stem)
def test_five_random_states_of_every_lab_are_those_of_a_living_one(site, path):
    def call(number, choice):
        page = site / make_site.address(path.stem, number)
        return (
            f"import pathlib, sys\nsys.path.append({str(TESTS)!r})\nimport playback\n"
            f"playback.compare({make_site.LAST}, pathlib.Path({str(page)!r}), {choice!r})"
        )

    assert len(list(make_site.beside(path, call))) == len(make_site.RECORDED[path.stem])


def _exists(link):
    from urllib.parse import unquote, urlparse

    return Path(unquote(urlparse(link).path)).is_file()


def test_the_site_is_small(site):
    sizes = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
    assert sum(sizes) < MOST
    for stem, number in (("01_anatomy", 2), ("02_layers", 2)):  # 63 fits, 676 positions
        assert (site / make_site.address(stem, number)).stat().st_size < MOST_OF_A_LAB


def test_every_lab_has_twenty_states_or_all_that_there_are(site):
    for stem, chosen in make_site.RECORDED.items():
        for number, (kind, choice) in enumerate(chosen, start=1):
            states = Page(site / make_site.address(stem, number)).states
            whole = all(values is ... for values in choice.values())
            assert whole or sum(map(bool, states)) >= LEAST, (stem, number, kind)


def test_no_page_has_a_solution_or_asks_a_network(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search("BEGIN (SOLUTION|HIDDEN)", text), path
        assert not re.search(r"""<(script|img|iframe|link)[^>]*(src|href)="https?:|@import""", text)

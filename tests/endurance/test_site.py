"""The whole site: every page in Chromium with the network blocked, every lab moved."""

from pathlib import Path

import make_site
import pytest
from browser import look, pages

TESTS = Path(__file__).parents[1]
MOST = 60_000_000  # bytes


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
            assert page.evaluate("document.documentElement.scrollWidth") == 390, path
            links = page.locator("a").evaluate_all("all => all.map(one => one.href)")
            local = {link.partition("#")[0] for link in links if link.startswith("file:")}
            broken += [link for link in local if not _exists(link)]
    assert broken == []
    assert labs == sum(map(len, make_site.RECORDED.values()))


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

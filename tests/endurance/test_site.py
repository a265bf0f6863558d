"""The whole site: every page in Chromium with the network blocked, every lab moved."""

import make_site
import pytest
from browser import look, pages

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
            links = page.locator("a").evaluate_all("all => all.map(one => one.href)")
            local = {link.partition("#")[0] for link in links if link.startswith("file:")}
            broken += [link for link in local if not _exists(link)]
    assert broken == []
    assert labs == sum(map(len, make_site.RECORDED.values()))


def _exists(link):
    from urllib.parse import unquote, urlparse

    return make_site.Path(unquote(urlparse(link).path)).is_file()


def test_the_site_is_small(site):
    sizes = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
    assert sum(sizes) < MOST

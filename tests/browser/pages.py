"""A page of the site, opened from its file with no network: what is on it, and whether it plays."""

import re


def blocked(page):
    """Refuses all that does not come from a file; the list of what was asked."""
    asked = []

    def route(route):
        local = route.request.url.startswith(("file:", "data:", "blob:"))
        if not local:
            asked.append(route.request.url)
        route.continue_() if local else route.abort()

    page.route("**/*", route)
    return asked


def play(page, path):
    """Opens a page and moves every control of every lab in it; how many labs there are."""
    from playwright.sync_api import expect

    page.goto(path.as_uri())
    texts = page.locator("main img").evaluate_all("images => images.map(one => one.alt)")
    assert all(text.strip() for text in texts), f"{path.name}: a picture has no text"
    frames = page.locator("iframe")
    for i in range(frames.count()):
        frames.nth(i).scroll_into_view_if_needed()
        lab = page.frame_locator("iframe").nth(i)
        main = lab.locator("main[data-state]")
        main.wait_for()
        for control in lab.locator("form input, form select").all():
            before = main.get_attribute("data-state")
            if control.evaluate("one => one.max === '0' || one.options?.length === 1"):
                continue
            if control.evaluate("one => one.type === 'checkbox'"):
                control.press(" ")
            else:
                kind = "one => one.options ? one.selectedIndex === one.options.length - 1"
                last = control.evaluate(f"{kind} : one.value === one.max")
                down = control.evaluate("one => Boolean(one.options)")
                control.press(
                    ("ArrowUp" if last else "ArrowDown") if down else
                    ("ArrowLeft" if last else "ArrowRight")
                )  # fmt: skip
            expect(main).not_to_have_attribute("data-state", before)
        expect(lab.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"\w{3}"))
        expect(lab.get_by_role("status")).not_to_be_empty()
    return frames.count()

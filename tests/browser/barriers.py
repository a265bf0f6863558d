"""What would shut a student out of a page: with a screen reader, on the keyboard, with weak eyes.

Each function returns a list of what is wrong, in words.
"""

import itertools

#: The roles that a student works with.
ROLES = {"button", "checkbox", "combobox", "listbox", "radio", "slider", "spinbutton", "textbox"}

TYPED = ["1", "x", " ", "ArrowUp", "ArrowDown"]
#: The controls of a lab, and the keys that are to reach one of each kind.
KEYS = {
    ".noUi-handle": ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"],
    "button": ["Enter", " "],
    ".jupyter-widget-Collapse-header": ["Enter", " "],
    ".anatomy-handle[role=button]": ["Enter", " "],
    ".anatomy-handle[role=slider]": ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
    "select": ["ArrowUp", "ArrowDown", "Home", "End"],
    "input": TYPED,
    "textarea": TYPED,
    ".widget-readout": TYPED,
}

AA = 4.5  # WCAG 2.2, 1.4.3: contrast of text


#: JupyterLab (4.6) hides a change behind its splash, and fails where another begins before it ends.
THEMED = """name => document.body.dataset.jpThemeName === name
  && !document.getElementById("jupyterlab-splash")"""
THEME = "name => jupyterapp.commands.execute('apputils:change-theme', { theme: name })"


def dress(page, theme):
    """JupyterLab takes on a theme."""
    page.evaluate(THEME, theme)
    page.wait_for_function(THEMED, arg=theme)


def tree(page, selector):
    """Chromium's accessibility tree beneath each visible element, as a list of (role, name)."""
    chromium = page.context.new_cdp_session(page)
    chromium.send("Accessibility.enable")
    for element in page.locator(selector).filter(visible=True).all():
        element.evaluate("element => { window.looked = element; }")
        place = chromium.send("Runtime.evaluate", {"expression": "looked"})["result"]["objectId"]
        nodes = chromium.send("Accessibility.queryAXTree", {"objectId": place})["nodes"]
        yield [
            (node["role"]["value"], str(node.get("name", {}).get("value") or "").strip())
            for node in nodes
            if not node["ignored"]
        ]
    chromium.detach()


def untold(page):
    """Pictures in the outputs of cells with no alternative text, and no text that follows."""
    wrong = []
    for place, nodes in enumerate(tree(page, ".jp-OutputArea:has(img)")):
        nodes = [
            (role, name)
            for role, name in nodes
            if role in ("paragraph", "StaticText") or (role == "image" and not name)
        ]
        untold = False
        for (role, _), (after, _) in itertools.pairwise([*nodes, ("end", "")]):
            untold = (untold or role == "image") and role != "StaticText"
            if untold and after not in ("image", "paragraph", "StaticText"):
                wrong.append(f"a picture of output {place} has no text")
    return wrong


def unnamed(page):
    """Controls of labs without a name, or with that of another control of the lab."""
    wrong = []
    for lab, nodes in enumerate(tree(page, ".anatomy-lab")):
        controls = [node for node in nodes if node[0] in ROLES]
        for k, (role, name) in enumerate(controls):
            if not any(letter.isalnum() for letter in name):
                wrong.append(f"lab {lab}: a {role} is called {name!r}")
            elif (role, name) in controls[:k]:
                wrong.append(f"lab {lab}: two {role}s are called {name!r}")
    return wrong


def out_of_reach(lab):
    """Controls of a lab that Tab does not come to, and kinds of them whose keys never reach one.

    The lab only notes the keys: nothing moves.
    """
    page, lab = lab.page, lab.element_handle()
    lab.evaluate(WATCH, KEYS)
    while lab.evaluate("lab => lab.goes_on()"):
        for _ in range(10):
            page.keyboard.press("Tab")
    for kind, keys in KEYS.items():
        if lab.evaluate("(lab, kind) => lab.begins(kind)", kind):
            for key in keys:
                page.keyboard.press(key)
    return lab.evaluate("lab => lab.missed()")


WATCH = """(lab, kinds) => {
  const reached = new Set(), came = new Map(), over = new AbortController(), { signal } = over;
  let before = -1, tabbed = true;
  const controls = kind => [...lab.querySelectorAll(kind)].filter(
    one => one.checkVisibility({ visibilityProperty: true }) && !one.disabled);
  lab.tabIndex = -1;
  lab.focus();
  lab.removeAttribute("tabindex");
  lab.addEventListener("focusin", event => tabbed && reached.add(event.target), { signal });
  lab.addEventListener("keydown", event => {
    if (event.key === "Tab") return;
    came.set(event.target, [...came.get(event.target) ?? [], event.key]);
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true, signal });
  lab.goes_on = () => {
    const more = before < 0 || (before < reached.size && lab.contains(document.activeElement));
    before = reached.size;
    return more;
  };
  lab.begins = kind => {
    tabbed = false;
    const [first] = controls(kind);
    first?.focus();
    return Boolean(first);
  };
  lab.missed = () => {
    over.abort();
    const missed = [];
    for (const [kind, keys] of Object.entries(kinds))
      controls(kind).forEach((one, k) => {
        const text = one.outerHTML.slice(0, 200);
        if (!reached.has(one)) missed.push(`${text} is not reached`);
        if (!k) for (const key of keys)
          if (!came.get(one)?.includes(key)) missed.push(`${text} gets no "${key}"`);
      });
    return missed;
  };
}"""


def pale(page):
    """Text in labs that has less contrast than AA, in the theme that is shown."""
    return page.evaluate(PALE, AA)


PALE = """least => {
  const numbers = color => color.match(/[\\d.]+/g).map(Number);
  const ground = element => {
    if (!element) return [255, 255, 255];
    const [r, g, b, alpha = 1] = numbers(getComputedStyle(element).backgroundColor);
    return ground(element.parentElement).map((c, i) => alpha * [r, g, b][i] + (1 - alpha) * c);
  };
  const light = color => {
    const [r, g, b] = color.map(c => c / 255).map(
      c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const wrong = new Set();
  for (const element of document.querySelectorAll(".anatomy-lab *")) {
    const texts = [...element.childNodes].filter(n => n.nodeType === 3 && n.data.trim());
    const writes = texts.length && element.tagName !== "STYLE" && element.tagName !== "OPTION";
    if (!writes && !element.matches("input, select, textarea")) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest(":disabled, .anatomy-description")) continue;
    const [r, g, b, alpha = 1] = numbers(getComputedStyle(element).color);
    const behind = ground(element);
    const ink = [r, g, b].map((c, i) => alpha * c + (1 - alpha) * behind[i]);
    const [dark, pale] = [light(ink), light(behind)].sort((a, b) => a - b);
    const contrast = (pale + 0.05) / (dark + 0.05);
    if (contrast < least)
      wrong.add(`${contrast.toFixed(2)}: ${element.tagName}.${element.className}, ` +
        (texts[0]?.data ?? element.value).slice(0, 40));
  }
  return [...wrong];
}"""

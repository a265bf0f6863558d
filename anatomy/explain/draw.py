"""The block beneath an error: where, what, and a change that was tried; as HTML and as text."""

import html

from anatomy.explain.source import diff

WIDTH, HIGH = 720, 420  # CSS pixels of the picture of the bricks
MONO = "font-family: monospace; white-space: pre-wrap; margin: 4px 0"
BLOCK = "border-left: 4px solid #b3261e; padding: 4px 12px; margin: 6px 0; line-height: 1.5"
LOOKS = {
    "-": "color: var(--jp-error-color1, #dd4649)",
    "+": "color: var(--jp-success-color0, #2f8f4e)",
    " ": "",
}


def picture(explanation):
    """The bricks with the joint that does not hold, or the graph of a model with branches.

    None where there is neither.
    """
    raised = explanation.raised
    stack, graph = raised.broken and raised.stack, raised.graph
    if stack is None and graph is None:
        return None
    from anatomy.base.picture import LOCK  # not before the first picture: it takes a while
    from anatomy.layers.bricks.draw import bricks
    from anatomy.models.graph import draw as models

    with LOCK:
        if stack is not None:
            at = min(stack.broken.index, len(stack.joints) - 1)
            drawn = bricks(stack, selected=at, height=None if len(stack.joints) < 5 else HIGH)
        elif models.is_chain(graph):
            return None
        else:
            drawn = models.ModelPicture(models.draw, graph)
        drawn.resize(WIDTH)
    return drawn


def bundle(explanation, image=None):
    """What is displayed: HTML with a picture, and text for a console."""
    return {"text/html": as_html(explanation, image), "text/plain": as_text(explanation)}


def as_text(explanation):
    """What a console shows."""
    parts = {"where": explanation.line, "shapes": explanation.shapes, "what": explanation.what}
    rows = [
        f"{name + ':':8}{text}".replace("\n", f"\n{'':8}") for name, text in parts.items() if text
    ]
    rows += [change_text(explanation)] if explanation.ready else []
    return "\n".join(["", f"-- anatomy: {explanation.title} --", *rows])


def change_text(explanation):
    """The change alone."""
    if not explanation.after:
        return f"change: {explanation.unchanged}"
    lines = [f"  {sign} {line}" for sign, line in diff(explanation.before, explanation.after)]
    return "\n".join(["change, tried in a copy:", *lines])


def as_html(explanation, image=None):
    """What a notebook shows."""
    what = explanation.what
    if image is not None and explanation.raised.broken:
        what = what.removeprefix(explanation.raised.broken.why)  # as drawn
    change = "A change, tried in a copy:" if explanation.after else explanation.unchanged
    rows = diff(explanation.before, explanation.after) if explanation.after else ()
    rows = "".join(f'<div style="{LOOKS[s]}">{s} {html.escape(row)}</div>' for s, row in rows)
    parts = [
        f"<b>anatomy: {html.escape(explanation.title)}</b>",
        f'<div style="{MONO}">{html.escape(explanation.line)}</div>' * bool(explanation.line),
        f'<div style="max-width: 90ch">{html.escape(what)}</div>' * bool(what),
        f'<div style="{MONO}">{html.escape(explanation.shapes)}</div>' * bool(explanation.shapes),
        image.html() if image is not None else "",
        f"<div>{html.escape(change)}</div>",
        f'<div style="{MONO}">{rows}</div>' * bool(rows),
    ]
    inside = "\n".join(filter(None, parts))
    return f'<div class="anatomy-explain" style="{BLOCK}">{inside}</div>'

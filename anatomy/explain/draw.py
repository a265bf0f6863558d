"""The block beneath an error: where, what, and a change that was tried; as HTML and as text."""

import html

from anatomy.explain.source import diff

WIDTH, HIGH = 720, 420  # CSS pixels of the picture of the bricks
MONO = "font-family: monospace; white-space: pre-wrap; margin: 4px 0"
LOOKS = {
    "-": "color: var(--jp-error-color1, #b3261e)",
    "+": "color: var(--jp-success-color0, #1b6e2d)",
}


def picture(explanation):
    """The bricks, with the joint that does not hold; None where there is no chain to show."""
    stack = explanation.stack
    if stack is None:
        return None
    from anatomy.base.picture import LOCK  # not before the first picture: it takes a while
    from anatomy.layers.bricks.draw import bricks

    at = min(stack.broken.index, len(stack.joints) - 1) if stack.broken else None
    with LOCK:
        drawn = bricks(stack, selected=at, height=None if len(stack.joints) < 5 else HIGH)
        drawn.resize(WIDTH)
    return drawn


def as_text(explanation, change=True):
    """What a console shows."""
    lines = ["", f"-- anatomy: {explanation.title} --"]
    if explanation.line:
        lines += [f"where:  {line}" if not i else f"        {line}"
                  for i, line in enumerate(explanation.line.splitlines())]  # fmt: skip
    lines += [f"shapes: {explanation.shapes}"] if explanation.shapes else []
    lines.append(f"what:   {explanation.what}")
    if change and explanation.ready:
        lines.append(change_text(explanation))
    return "\n".join(lines)


def change_text(explanation):
    """The change alone."""
    if not explanation.after:
        return f"change: {explanation.unchanged}"
    lines = [f"  {sign} {line}" for sign, line in diff(explanation.before, explanation.after)]
    return "\n".join(["change, tried in a copy:", *lines])


def as_html(explanation, image=None):
    """What a notebook shows."""
    parts = [f"<b>anatomy: {html.escape(explanation.title)}</b>"]
    if explanation.line:
        parts.append(f'<div style="{MONO}">{html.escape(explanation.line)}</div>')
    if image is None or explanation.what != explanation.stack.broken.why:  # else the picture has it
        parts.append(f'<div style="max-width: 90ch">{html.escape(explanation.what)}</div>')
    if explanation.shapes:
        parts.append(f'<div style="{MONO}">{html.escape(explanation.shapes)}</div>')
    if image is not None:
        parts.append(image.html())
    if explanation.ready:
        if explanation.after:
            rows = "".join(
                f'<div style="{LOOKS[sign]}">{sign} {html.escape(line)}</div>'
                for sign, line in diff(explanation.before, explanation.after)
            )
            parts.append(f'<div>A change, tried in a copy:</div><div style="{MONO}">{rows}</div>')
        else:
            parts.append(f"<div>{html.escape(explanation.unchanged)}</div>")
    else:
        parts.append("<div>Trying a change …</div>")
    inside = "\n".join(parts)
    return (
        '<div class="anatomy-explain" style="border-left: 4px solid #b3261e; padding: 4px 12px; '
        f'margin: 6px 0; line-height: 1.5">{inside}</div>'
    )

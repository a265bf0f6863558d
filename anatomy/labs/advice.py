"""A card of advice above a picture: what is wrong, and what mends it."""

import html

import ipywidgets as widgets

from anatomy.draw import style
from anatomy.losses import diagnose


class Advice:
    """A card above the picture, which takes no room while there is nothing to say.

    Args:
        button: a Button beside the words, shown while there is a change that it would make.

    Attributes:
        state: what the button takes, or None.
    """

    def __init__(self, button=None):
        self.state, self._button = None, button
        self._text = widgets.HTML(layout={"flex": "1 1 auto", "width": "auto"})
        self.widget = widgets.HBox([self._text], layout={"align_items": "center"})
        if button:
            button.layout.margin, button.layout.flex = "0 0 0 8px", "0 0 auto"
            self.widget.children = self._text, button
        self.say("", "")

    def say(self, head, text, code=""):
        """Shows the card with these words, and Keras code to write; without a head no card."""
        self.widget.layout.display = None if head else "none"
        fill = ", ".join(str(round(255 * part)) for part in style.tint(style.VALIDATION))
        write = f" Write: <code>{html.escape(code)}</code>" if code else ""
        self._text.value = (
            f'<div role="note" class="anatomy-advice" style="background: rgb({fill}); '
            f"color: {style.INK}; border-left: 4px solid {style.VALIDATION}; "
            f'padding: 6px 10px; line-height: 1.4"><b>{html.escape(head)}</b> '
            f"{html.escape(text)}{write}</div>"
        )
        self.offer(None)

    def offer(self, state):
        """What the button would take."""
        self.state = state
        if self._button:
            self._button.layout.display = None if state else "none"


def findings(model, y):
    """What the loss doctor says of a student's model; nothing where it cannot judge it."""
    try:
        return diagnose(model, y)
    except Exception:  # advice is never in the way of a fit()
        return ()

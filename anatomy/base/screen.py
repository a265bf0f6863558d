"""Screen: a picture in the browser, and what keyboard and screen reader need there.

ipywidgets (8.1) ties a label to a menu or a text field, and none to the handle of a slider or to
the number beside it, which take the keyboard. A button with an icon has no name, not even its
tooltip's, and the head of an accordion no keys. No trait reaches them: a script has to.
"""

import ipywidgets as widgets

from anatomy.base.picture import aside

#: Names what is in the output beside it, also the controls that come later.
SCRIPT = """
const area = element.closest(".jp-OutputArea") ?? document.body;
const icons = { "fa-play": "play", "fa-pause": "pause", "fa-stop": "stop", "fa-retweet": "repeat" };
function nameAll() {
  const times = new Map();  // three racers have a learning_rate each: the second is "..., 2"
  function name(part, label) {
    times.set(label, (times.get(label) ?? 0) + 1);
    part.setAttribute("aria-label", times.get(label) > 1 ? `${label}, ${times.get(label)}` : label);
  }
  for (const part of area.querySelectorAll(".noUi-handle, .widget-readout[contenteditable]")) {
    const row = part.closest(".widget-inline-hbox, .widget-inline-vbox");
    const label = row?.querySelector(".widget-label")?.textContent;
    if (!label) continue;
    const readout = part.matches(".widget-readout");
    name(part, readout ? `${label}, typed` : label);
    if (readout) part.setAttribute("role", "textbox");
  }
  for (const part of area.querySelectorAll(".anatomy-lab :is(button, input, select)")) {
    const label = part.labels?.[0];
    const text = (label ?? part).textContent.trim();
    const icon = Object.keys(icons).find((name) => part.querySelector(`i.${name}`));
    if (!/\\p{Letter}/u.test(text)) name(part, part.title || label?.title || icons[icon] || text);
    else if (part.matches("select")) name(part, text);
  }
  for (const head of area.querySelectorAll(".anatomy-lab .jupyter-widget-Collapse-header")) {
    head.tabIndex = 0;
    head.role = "button";
    head.ariaExpanded = head.parentElement.matches(".jupyter-widget-Collapse-open");
    head.onkeydown = press;
    head.style.color = "var(--jp-ui-font-color1)";  // that of ipywidgets is pale in a dark theme
  }
  for (const image of area.querySelectorAll(".anatomy-lab img")) {
    image.alt ||= "A picture; its text follows.";
  }
}
function press(event) {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();  // a space would scroll
  event.currentTarget.click();
}
function keep(event) {  // Jupyter would take arrows and letters for its cells; Ctrl+S is its own
  if (!event.target.closest?.(".anatomy-lab")) return;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  event.target.toggleAttribute("data-lm-suppress-shortcuts", plain);
}
if (!window.anatomyKeeps) {
  window.anatomyKeeps = true;
  window.addEventListener("keydown", keep, true);  // before Jupyter, which listens at document
}
const changes = { childList: true, subtree: true, attributeFilter: ["class", "title"] };
new MutationObserver(nameAll).observe(area, changes);
nameAll();
"""


def display_names():
    """Runs that script in the output of the present cell, where widgets live."""
    from IPython.display import display

    display({"application/javascript": SCRIPT}, raw=True)


class Screen:
    """Shows a `Picture`: plain and fast while it changes, crisp and in words at rest.

    Attributes:
        widget: to be placed on the page.
    """

    def __init__(self, picture):
        self.picture = picture
        width = f"{round(picture.size[0])}px"
        self._image = widgets.Image(format="png", layout={"width": "100%", "max_width": width})
        self._words = widgets.HTML(layout={"height": "0", "margin": "0", "overflow": "hidden"})
        self.widget = widgets.VBox(
            [self._image, self._words], layout={"overflow": "hidden", "width": "100%"}
        ).add_class("anatomy-screen")

    def show(self):
        """Shows the picture as it is now, quickly."""
        self._image.value = self.picture.frame()

    def rest(self, words=None):
        """Shows the picture crisp, and says it in words, which only a screen reader sees."""
        self._image.value = self.picture.png()
        self._words.value = aside(words or self.picture.describe())

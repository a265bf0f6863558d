"""Names and keys that a screen reader and a keyboard need, and ipywidgets (8.1) does not give.

It ties a label to a menu or a text field, and none to the handle of a slider or to the number
beside it, which take the keyboard. A button with an icon has no name, not even its tooltip's, and
the head of an accordion no keys. No trait reaches them: a script has to.
"""

#: Mends the lab in the output beside it, also the controls that come later.
SCRIPT = """
const area = element.closest(".jp-OutputArea") ?? document.body;
const icons = { "fa-play": "play", "fa-pause": "pause", "fa-stop": "stop", "fa-retweet": "repeat" };
function mend() {
  const times = new Map();  // three racers have a learning_rate each: the second is "..., 2"
  function call(part, said) {
    times.set(said, (times.get(said) ?? 0) + 1);
    part.setAttribute("aria-label", times.get(said) > 1 ? `${said}, ${times.get(said)}` : said);
  }
  for (const part of area.querySelectorAll(".noUi-handle, .widget-readout[contenteditable]")) {
    const row = part.closest(".widget-inline-hbox, .widget-inline-vbox");
    const said = row?.querySelector(".widget-label")?.textContent;
    if (!said) continue;
    const readout = part.matches(".widget-readout");
    call(part, readout ? `${said}, typed` : said);
    if (readout) part.setAttribute("role", "textbox");
  }
  for (const part of area.querySelectorAll(".anatomy-lab :is(button, input, select)")) {
    const label = part.labels?.[0];
    const said = (label ?? part).textContent.trim();
    const icon = Object.keys(icons).find((name) => part.querySelector(`i.${name}`));
    if (!/\\p{Letter}/u.test(said)) call(part, part.title || label?.title || icons[icon] || said);
    else if (part.matches("select")) call(part, said);
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
new MutationObserver(mend).observe(area, changes);
mend();
"""


def display_names():
    """Runs that script in the output of the present cell, where widgets live."""
    from IPython.display import display

    display({"application/javascript": SCRIPT}, raw=True)

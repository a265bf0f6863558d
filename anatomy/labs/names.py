"""Names for what a screen reader would call "slider", without saying which; keys for menus.

ipywidgets (8.1) ties a label to a menu or a text field, and none to the handle of a slider or to
the number beside it, which take the keyboard. No trait of a widget reaches them: a script has to.
"""

#: Names the sliders of the lab in the output beside it, also those that come later.
SCRIPT = """
const area = element.closest(".jp-OutputArea") ?? document.body;
function name() {
  for (const part of area.querySelectorAll(".noUi-handle, .widget-readout[contenteditable]")) {
    const said = part.closest(".widget-inline-hbox")?.querySelector(".widget-label")?.textContent;
    if (!said) continue;
    const readout = part.matches(".widget-readout");
    part.setAttribute("aria-label", readout ? `${said}, typed` : said);
    if (readout) part.setAttribute("role", "textbox");
  }
  for (const menu of area.querySelectorAll(".anatomy-lab select")) {
    menu.setAttribute("data-lm-suppress-shortcuts", "true");  // JupyterLab would take its arrows
  }
  for (const image of area.querySelectorAll(".anatomy-lab img")) {
    image.alt ||= "A picture; its text follows.";
  }
}
new MutationObserver(name).observe(area, { childList: true, subtree: true });
name();
"""


def display_names():
    """Runs that script in the output of the present cell, where widgets live."""
    from IPython.display import display

    display({"application/javascript": SCRIPT}, raw=True)

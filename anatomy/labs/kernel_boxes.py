"""The numbers of a kernel in boxes, to be edited by hand."""

import ipywidgets as widgets

MOST = 5  # rows and columns of which there are boxes
WIDE = 62  # CSS pixels
FURTHEST = 99  # numbers go from -FURTHEST to FURTHEST

#: The arrows of a number's box would hide half of the number; the arrow keys work without.
STYLE = """<style>
.anatomy-kernel-box.widget-text input[type="number"] {
  appearance: textfield; padding: 0 5px; text-align: right;
}
.anatomy-kernel-box input::-webkit-inner-spin-button { display: none; }
</style>"""


class KernelBoxes:
    """A box for each number of a square kernel of up to 5 x 5.

    Args:
        edited: called with (row, column, value) when somebody has changed a number.

    Attributes:
        widget: the boxes, as many as the kernel has numbers; none of a larger one.
    """

    def __init__(self, edited):
        self._edited, self._filling = edited, False
        self._boxes = {
            (row, column): self._box(row, column) for row in range(MOST) for column in range(MOST)
        }
        self._grid = widgets.GridBox(layout={"grid_gap": "2px"})
        style = widgets.HTML(STYLE, layout={"height": "0", "margin": "0"})
        self.widget = widgets.VBox([style, self._grid])

    def fill(self, kernel):
        """Show a (rows, columns) array, rounded."""
        self._filling = True
        rows, columns = kernel.shape
        places = [(i, j) for i in range(rows) for j in range(columns)]
        places = places if max(rows, columns) <= MOST else []
        for place in places:
            self._boxes[place].value = round(float(kernel[place]), 3)
        boxes = tuple(self._boxes[place] for place in places)
        if boxes != self._grid.children:
            self._grid.children = boxes
            self._grid.layout.grid_template_columns = f"repeat({columns}, {WIDE}px)"
            # beneath the choice of the kernel, as wide as it is, and further left if need be
            self._grid.layout.margin = f"2px 0 6px {min(107, 334 - columns * (WIDE + 2))}px"
        self._filling = False

    def _box(self, row, column):
        box = widgets.BoundedFloatText(
            min=-FURTHEST, max=FURTHEST, step=None, description=f"kernel[{row}, {column}]",
            layout={"width": f"{WIDE}px", "margin": "0"}, style={"description_width": "0px"},
        )  # fmt: skip
        box.add_class("anatomy-kernel-box").add_class(f"anatomy-kernel-{row + 1}-{column + 1}")
        box.observe(lambda change: self._moved(row, column, change.new), names="value")
        return box

    def _moved(self, row, column, value):
        if not self._filling:
            self._edited(row, column, value)

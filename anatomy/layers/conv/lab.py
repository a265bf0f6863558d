"""A convolution's window on a real image, moved by hand."""

import sys

import ipywidgets as widgets
import keras
import numpy as np

from anatomy.base.controls import control, label, look
from anatomy.base.lab import Lab
from anatomy.base.script import FIRST
from anatomy.base.words import number, sentences
from anatomy.layers.conv.draw import MOST, convolution
from anatomy.layers.conv.facts import KERNELS, convolve, images_of, kernels_of, resized, slide
from anatomy.layers.dense.facts import named
from anatomy.training.runner import one_at_a_time

HAND = "by hand"
SHIFT = 4  # pixels: as many are empty on either side of most digits
FURTHEST, WIDE = 99, 54  # a number of the kernel goes from -99 to 99; CSS pixels of its box
SETTINGS = ("strides", "padding", "dilation_rate")


class Conv(Lab):
    """A convolution, position by position: patch times kernel, summed, fills the feature map.

    ``row`` and ``column`` move the window, and so does a hand on it; a number of the kernel can be
    pulled up and down in the picture; ``next`` moves it on in reading order, and so does
    the Enter key held down on that button. The output of a ``keras.layers.Conv2D`` with these
    settings is computed once; a move only shows another cell of it. ``shift`` moves the image to
    the right by pixels; what leaves it there comes in on the left.

    Args:
        images: an ``anatomy.data`` split, of which the training images are taken, or an array
            ``(n, height, width)`` or ``(n, height, width, channels)``.
        layer: a built ``keras.layers.Conv2D``, such as one of a trained model, whose kernels
            can then be chosen too. They are copied; an activation is left out.

    Attributes:
        convolution: the `anatomy.layers.Convolution` that is shown.
        boxes: dict (row, column) -> the box of a number of the kernel, to be edited; none of a
            kernel over 5 x 5.

    Raises:
        TypeError, ValueError: for images or a layer that cannot be shown.
    """

    outcome = "convolution"

    def __init__(self, images, layer=None):
        self.data, self._images, self.boxes = images, images_of(images), {}
        channels = self._images.shape[-1]
        trained = [] if layer is None else kernels_of(layer, channels)
        self._trained = {f"trained {i}": one for i, one in enumerate(trained, 1)}
        self._after = _activation(layer) if trained else ""
        self._kernel, self._source = (np.zeros((1, 1, channels)), 0.0), None
        self._all_boxes = {place: self._box(*place) for place in np.ndindex(MOST, MOST)}
        self._grid = widgets.GridBox(layout={"grid_gap": "2px", "justify_content": "center"})
        self.controls = self._controls(layer, channels)
        self._choose("kernel")
        self._limit()
        for name in ("row", "column"):  # in the middle there is something to see
            self.controls[name].value = self.controls[name].max // 2
        with one_at_a_time():  # what does not fit at all fails here, in the cell
            self._convolve(self.at)
        picture = convolution(self.convolution, **self._position(self.at), kernel=self._name)
        tooltip = "The next position in reading order; after the last, the first"
        names = list(self.controls)
        lists = names[:5], [*names[5:], ("next",)]  # none longer than the kernel is high
        left = [(265, {self.controls[first]: rest}) for first, *rest in lists]
        buttons = {"next": (tooltip, self._next)}
        super().__init__(picture, self.controls, buttons, columns=[*left, (265, {self._grid: []})])
        self.buttons["next"].button_style = "primary"
        self.unseen = {box.description: box for box in self._all_boxes.values()}

    def moved(self, change):
        name = change.owner.description
        if name in ("kernel", "kernel_size"):
            self._choose(name)
        elif name == "channel":
            self._fill()
        self._limit()
        self.post()

    def work(self, at):
        try:
            self._convolve(at)
        except ValueError as error:  # the controls offer what Keras or the image does not allow
            return "broken", f"{error} The picture is the last that was possible."
        shown, position = self.convolution, self._position(at)
        self.picture.update(shown, **position, kernel=self._name)
        _, total, output = shown.sums(**position)
        zeros = "All numbers of the kernel are 0, and so are all sums."
        return sentences(
            f"row {position['row']}, column {position['column']}: patch × kernel sums to "
            f"{number(total)}, with the bias {number(shown.bias)} it is {number(output)}.",
            zeros * (not shown.kernel.any()),
        )

    def code(self):
        shown, at = self.convolution, self._position(self.at)
        sample, shift = self._source[:2]
        first, images = ["# images: the array that the lab was given"], "images"
        if hasattr(self.data, "code"):
            first, images = FIRST[:1], f"{self.data.code}.x_train"
        flat = np.ndim(getattr(self.data, "x_train", self.data)) == 3
        numbers = np.array2string(shown.kernel.squeeze(), separator=", ", floatmode="unique",
                                  threshold=sys.maxsize)  # fmt: skip
        lines = [
            *first,
            "import keras",
            "import numpy as np",
            "",
            f"image = {images}[{sample}:{sample + 1}{', ..., None' * flat}]",
            *[f"image = np.roll(image, {shift}, axis=2)"] * bool(shift),
            f"kernel = np.array(\n{numbers}\n)",
            f"layer = keras.layers.Conv2D({', '.join(shown.arguments)})",
            "layer.build(image.shape)",
            f"kernel = kernel.reshape({(*shown.kernel.shape, 1)})",
            f"layer.set_weights([kernel, np.array([{shown.bias!r}])])",
            "feature_map = layer(image)",
            f"print(feature_map.shape, feature_map[0, {at['row']}, {at['column']}, 0])",
        ]
        return "\n".join(lines) + "\n"

    def _controls(self, layer, channels):
        """The controls: at first they stand as the layer does."""
        layer = layer or keras.layers.Conv2D(filters=1, kernel_size=3)
        pairs = layer.kernel_size, layer.strides, layer.dilation_rate
        size, strides, dilation_rate = map(max, pairs)  # rows and columns have the same
        kernel = next(iter(self._trained), "vertical edge")
        controls = {
            "sample": control("sample", (0, len(self._images) - 1), 0, live=True),
            "shift": control("shift", (-SHIFT, SHIFT), 0, live=True),
            "kernel": control("kernel", [*self._trained, *KERNELS, HAND], kernel),
            "kernel_size": control("kernel_size", (1, max(MOST, size)), size),
            "strides": control("strides", (1, max(3, strides)), strides),
            "padding": control("padding", ["valid", "same"], layer.padding),
            "dilation_rate": control("dilation_rate", (1, max(3, dilation_rate)), dilation_rate),
            "row": control("row", (0, 1), 0, live=True),
            "column": control("column", (0, 1), 0, live=True),
        }
        controls["shift"].description = "shift right"
        if channels > 1:
            controls["channel"] = control("channel", (0, channels - 1), 0, live=True)
        return controls

    def _choose(self, moved):
        """Another kernel, another size: the weights that go with them."""
        name, size, (weights, bias) = self.at["kernel"], self.at["kernel_size"], self._kernel
        if name in self._trained:
            weights, bias = self._trained[name]
            if moved != "kernel_size":
                size = len(weights)
            elif size != len(weights):  # then it is no longer the trained one
                name = HAND
        elif name in KERNELS:
            channels = weights.shape[-1]
            weights, bias = np.repeat(KERNELS[name](size)[..., None], channels, axis=-1), 0.0
        self._kernel = resized(weights, size), bias
        self._fill()
        self.put(kernel_size=size, kernel=name)

    def _limit(self):
        """Row and column go as far as there are positions."""
        settings = {name: self.at[name] for name in SETTINGS}
        try:
            windows = slide(self._images.shape[1:], self._kernel[0].shape, **settings)
        except ValueError:  # `work` says so
            return
        for name, window in zip(("row", "column"), windows, strict=True):
            self.controls[name].max = window.count - 1

    def _convolve(self, at):
        """The convolution that the controls ask for, unless it is shown already."""
        settings = {name: at[name] for name in SETTINGS}
        weights, bias = kernel = self._kernel
        shown = at["sample"], at["shift"], kernel, settings
        if self._source is None or shown[2] is not self._source[2] or shown != self._source:
            image = np.roll(self._images[at["sample"]], at["shift"], axis=1)
            self.convolution = convolve(image, weights, bias=bias, **settings)
            self._source, self._name = shown, at["kernel"]
            self._name += self._after * (at["kernel"] in self._trained)

    def _position(self, at):
        """Row, column and channel; a row may still be one of a larger feature map."""
        shown = self.convolution
        return {
            "row": min(at["row"], shown.rows.count - 1),
            "column": min(at["column"], shown.columns.count - 1),
            "channel": at.get("channel", 0),
        }

    def _next(self):
        row, column = self.controls["row"], self.controls["column"]
        if column.value < column.max:
            column.value += 1
        else:
            column.value, row.value = 0, (row.value + 1) % (row.max + 1)

    def _box(self, row, column):
        """The box of a number of the kernel."""
        box = widgets.BoundedFloatText(
            min=-FURTHEST, max=FURTHEST, step=None, description=f"kernel[{row}, {column}]",
            layout=look(width=f"{WIDE}px", margin="0"),
        )  # fmt: skip
        label(box, 0)
        box.add_class("anatomy-kernel-box").add_class(f"anatomy-kernel-{row + 1}-{column + 1}")
        box.observe(lambda change: self._edit(row, column, change.new), names="value")
        return box

    def _fill(self):
        """Shows this channel of the kernel in the boxes, rounded."""
        kernel = self._kernel[0][..., self.at.get("channel", 0)]
        size = len(kernel)
        places = np.ndindex(size, size) if size <= MOST else ()
        self.boxes = {place: self._all_boxes[place] for place in places}
        for place, box in self.boxes.items():
            box.value = round(float(kernel[place]), 3)
        self._grid.children = tuple(self.boxes.values())
        self._grid.layout.grid_template_columns = f"repeat({size}, {WIDE}px)"

    def _edit(self, row, column, value):
        """A number was changed: from then on the kernel is one by hand."""
        weights, bias = self._kernel
        place = row, column, self.at.get("channel", 0)
        if value != round(float(weights[place]), 3):  # else it is shown what stands there
            weights = weights.copy()
            weights[place] = value
            self._kernel = weights, bias
            self.move(kernel=HAND)


def _activation(layer):
    """Which activation the layer has, if any: the picture is without it."""
    name = named(layer.activation)
    return "" if name == "linear" else f"; its {name} comes after"

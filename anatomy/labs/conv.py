"""A convolution's window on a real image, moved by hand."""

import ipywidgets as widgets
import numpy as np

from anatomy import draw
from anatomy.draw.arithmetic import arguments, sums
from anatomy.labs.controls import control
from anatomy.labs.kernel_boxes import MOST, KernelBoxes
from anatomy.labs.lab import Lab
from anatomy.layers.conv.facts import KERNELS, convolve, kernels_of, resized, slide
from anatomy.training import training

HAND = "by hand"


class Conv(Lab):
    """A convolution, position by position: patch times kernel, summed, fills the feature map.

    ``row`` and ``column`` move the window; ``next`` moves it on in reading order, and so does
    the Enter key held down on that button. What a ``keras.layers.Conv2D`` with these settings
    makes of the image is computed once; a move only shows another cell of it.

    Args:
        images: an ``anatomy.data`` split, of which the training images are taken, or an array
            ``(n, height, width)`` or ``(n, height, width, channels)``.
        layer: a built ``keras.layers.Conv2D``, such as one of a trained model, whose kernels
            can then be chosen too. They are copied; an activation is left out.

    Attributes:
        convolution: the `anatomy.layers.convolution.Convolution` that is shown.

    Raises:
        TypeError, ValueError: for images or a layer that cannot be shown.
    """

    def __init__(self, images, layer=None):
        self.data = images
        self._images = as_images(images)
        _, *shape = self._images.shape
        trained = [] if layer is None else kernels_of(layer, shape[-1])
        self._trained = {f"trained {i}": one for i, one in enumerate(trained, 1)}
        self._after = activation(layer) if trained else ""
        self._boxes = KernelBoxes(self._edited)
        self.controls = controls = self._make_controls(layer, shape[-1])
        for name in ("kernel", "kernel_size", "channel"):
            if name in controls:
                controls[name].observe(self._choose, names="value")
        for name in ("kernel", "kernel_size", "strides", "padding", "dilation_rate"):
            controls[name].observe(lambda change: self._limit(), names="value")
        self._weights = np.zeros((1, 1, shape[-1])), 0.0
        self._choose()
        self._limit()
        for name in ("row", "column"):  # in the middle there is something to see
            controls[name].value = controls[name].max // 2
        self._key = None
        with training:  # what does not fit at all fails here, in the cell
            self._convolve()
        tooltip = "The next position in reading order; after the last, the first"
        buttons = {"next": widgets.Button(description="next", tooltip=tooltip)}
        buttons["next"].button_style = "primary"
        picture = draw.convolution(self.convolution, **self._position(), kernel=self._name)
        super().__init__(picture, controls, buttons)
        buttons["next"].on_click(lambda button: self._next())
        self._post()

    def run(self):
        super().run()
        return self.convolution

    def code(self):
        shown, at = self.convolution, self._position()
        first, split, images = ["# images: the array that the lab was given"], [], "images"
        if hasattr(self.data, "code"):
            first = ["from anatomy import data  # first: it chooses the JAX backend"]
            split, images = [f"split = {self.data.code}"], "split.x_train"
        flat = np.ndim(getattr(self.data, "x_train", self.data)) == 3
        numbers = shown.kernel[..., 0] if shown.kernel.shape[-1] == 1 else shown.kernel
        rows = ",\n    ".join(str(row) for row in plain(numbers))
        cell = f"0, {at['row']}, {at['column']}, 0"
        return "\n".join(
            [
                *first,
                "import keras",
                "import numpy as np",
                "",
                *split,
                f"image = {images}[{self._sample}:{self._sample + 1}{', ..., None' * flat}]",
                f"kernel = np.array([\n    {rows},\n])",
                f"bias = np.array([{shown.bias!r}])",
                f"layer = keras.layers.Conv2D({', '.join(arguments(shown))})",
                "layer.build(image.shape)",
                f"layer.set_weights([kernel.reshape({(*shown.kernel.shape, 1)}), bias])",
                "feature_map = layer(image)",
                f"print(feature_map.shape, feature_map[{cell}])",
                "",
            ]
        )

    def _make_controls(self, layer, channels):
        """The controls: at first they stand as the layer does."""
        start = {"strides": 1, "padding": "valid", "dilation_rate": 1}
        size, kernel = 3, "vertical edge"
        if self._trained:
            start = {
                "strides": layer.strides[0],
                "padding": layer.padding,
                "dilation_rate": layer.dilation_rate[0],
            }
            kernel, (weights, _) = next(iter(self._trained.items()))
            size = len(weights)
        kernels = [*self._trained, *KERNELS, HAND]
        made = {
            "sample": control("sample", (0, len(self._images) - 1), 0),
            "kernel": control("kernel", kernels, kernel),
            "kernel_size": control("kernel_size", (1, max(MOST, size)), size),
            "strides": control("strides", (1, max(3, start["strides"])), start["strides"]),
            "padding": control("padding", ["valid", "same"], start["padding"]),
            "dilation_rate": control(
                "dilation_rate", (1, max(3, start["dilation_rate"])), start["dilation_rate"]
            ),
            "row": control("row", (0, 1), 0),
            "column": control("column", (0, 1), 0),
        }
        if channels > 1:
            made["channel"] = control("channel", (0, channels - 1), 0)
        for name in ("sample", "row", "column", "channel"):
            if name in made:
                made[name].continuous_update = True
        return made

    def _rows(self):
        made = dict(self.controls)
        sample, kernel, size = (made.pop(name) for name in ("sample", "kernel", "kernel_size"))
        rest = [*made.values(), *self.buttons.values()]
        column = widgets.VBox(
            [sample, kernel, self._boxes.widget, size, *rest],
            layout={"width": "345px", "flex": "0 0 auto"},
        )
        screen = widgets.VBox(
            [self._line, self._image, self._words],
            layout={"flex": "1 1 560px", "min_width": "0"},
        )
        return [widgets.HBox([column, screen], layout={"flex_flow": "row wrap"})]

    def _choose(self, change=None):
        """Another kernel, another size, another channel: the weights that go with them."""
        at = self._settings()
        name, size = at["kernel"], at["kernel_size"]
        weights, bias = self._weights
        by_size = change is not None and change.owner is self.controls["kernel_size"]
        if name in self._trained:
            weights, bias = self._trained[name]
            if by_size and size != len(weights):  # then it is no longer the trained one
                self._weights = resized(weights, size), bias
                self.controls["kernel"].value = HAND
                return
            self.controls["kernel_size"].value = len(weights)
        elif name == HAND:
            weights = resized(weights, size)
        else:
            channels = self._images.shape[-1]
            weights, bias = np.repeat(KERNELS[name](size)[..., None], channels, axis=-1), 0.0
        self._weights = weights, bias
        self._boxes.fill(weights[..., at.get("channel", 0)])

    def _edited(self, row, column, value):
        weights, bias = self._weights
        weights = weights.copy()
        weights[row, column, self._settings().get("channel", 0)] = value
        self._weights = weights, bias
        if self.controls["kernel"].value == HAND:
            self._post()
        else:
            self.controls["kernel"].value = HAND

    def _limit(self):
        """Row and column go as far as there are positions."""
        try:
            counts = [axis.count for axis in slide(*self._shapes(), **self._arguments())]
        except ValueError:  # said by the worker
            return
        for name, count in zip(("row", "column"), counts, strict=True):
            self.controls[name].max = count - 1

    def _next(self):
        row, column = self.controls["row"], self.controls["column"]
        if column.value < column.max:
            column.value += 1
        else:
            column.value = 0
            row.value = row.value + 1 if row.value < row.max else 0

    def _shapes(self):
        return self._images.shape[1:], self._weights[0].shape

    def _arguments(self):
        at = self._settings()
        return {name: at[name] for name in ("strides", "padding", "dilation_rate")}

    def _convolve(self):
        """What the controls stand at, unless it is shown already."""
        sample, weights, arguments = self.controls["sample"].value, self._weights, self._arguments()
        key = sample, id(weights), *arguments.values()
        if key != self._key:
            kernel, bias = weights
            self.convolution = convolve(self._images[sample], kernel, bias=bias, **arguments)
            self._key, self._shown = key, weights
            self._sample, self._name = sample, self.controls["kernel"].value
            if self._name in self._trained:
                self._name += self._after

    def _position(self):
        """Row, column and channel; a row may still be one of a larger feature map."""
        at = self._settings()
        return {
            "row": min(at["row"], self.convolution.rows.count - 1),
            "column": min(at["column"], self.convolution.columns.count - 1),
            "channel": at.get("channel", 0),
        }

    def _work(self, request):
        self.error = None
        try:
            self._convolve()
        except ValueError as error:  # the controls offer what Keras or the image does not allow
            return self._say("impossible", f"{error} The picture is the last that was possible.")
        if request.superseded:
            return None
        shown, at = self.convolution, self._position()
        self.picture.update(shown, **at, kernel=self._name)
        self._frame()
        _, total, output = sums(shown, **at)
        return self._say(
            "done",
            f"row {at['row']}, column {at['column']}: patch × kernel sums to {total:.4g}, with "
            f"the bias {shown.bias:.4g} it is {output:.4g}."
            + " All numbers of the kernel are 0, and so are all sums."
            * (not shown.kernel.any()),
        )


def as_images(data):
    """The images of a split or an array as (n, height, width, channels), float32."""
    images = np.asarray(getattr(data, "x_train", data))
    if images.dtype.kind not in "fiub" or images.ndim not in (3, 4) or 0 in images.shape:
        raise ValueError(
            f"The images have the shape {images.shape} and the type {images.dtype}; give numbers "
            '(n, height, width) or (n, height, width, channels), such as data.digits("images").'
        )
    images = images.astype("float32")
    if not np.isfinite(images).all():
        raise ValueError("The images have values that are not finite (NaN or infinity).")
    return images[..., None] if images.ndim == 3 else images


def plain(array):
    """float32 numbers as lists, with no more digits than they have."""
    return [plain(part) if part.ndim else float(str(part)) for part in array]


def activation(layer):
    """Says which activation the layer has, if any: it is left out of the picture."""
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    return "" if name == "linear" else f"; its {name} comes after"

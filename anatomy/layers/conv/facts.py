"""What a Conv2D computes at each position: a patch times the kernel, summed, is one output."""

from dataclasses import dataclass

import numpy as np

from anatomy.data import calls
from anatomy.data.gate import check_shape, check_values
from anatomy.layers.code import call
from anatomy.layers.symbolic import require_built
from anatomy.lazy import keras

#: Kernels that have a name: name -> function of their size, which gives (size, size).
#: The middle of "sharpen" and "identity" is where padding="same", without strides or
#: dilation, leaves the image in place.
KERNELS = {
    "vertical edge": lambda size: np.tile(np.sign(np.arange(size) - (size - 1) / 2), (size, 1)),
    "horizontal edge": lambda size: KERNELS["vertical edge"](size).T,
    "blur": lambda size: np.full((size, size), 1 / size**2),
    "sharpen": lambda size: 2 * size * KERNELS["identity"](size) - _cross(size),
    "identity": lambda size: np.multiply.outer(_middle(size), _middle(size)),
}


@dataclass(frozen=True)
class Window:
    """A window that slides along the rows, or along the columns, of an image.

    ``count``, the number of its positions, is the size of the output::

        floor((size + before + after - dilation_rate * (kernel_size - 1) - 1) / strides) + 1

    Attributes:
        size: rows (or columns) of the image.
        kernel_size, strides, dilation_rate: whole numbers, as Conv2D takes them.
        before, after: rows of zeros that padding adds above and below (left and right).
    """

    size: int
    kernel_size: int
    strides: int
    dilation_rate: int
    before: int = 0
    after: int = 0

    @property
    def reach(self):
        """How many rows the window spans, the gaps of a dilated kernel included."""
        return self.dilation_rate * (self.kernel_size - 1) + 1

    @property
    def count(self):
        return (self.size + self.before + self.after - self.reach) // self.strides + 1

    def at(self, position):
        """The rows of the padded image under the kernel's rows, as a slice."""
        first = position * self.strides
        return slice(first, first + self.reach, self.dilation_rate)


@dataclass(frozen=True, eq=False)
class Convolution:
    """One filter of a Conv2D, applied to one image.

    Attributes:
        image: ``(height, width, channels)``, float32.
        padded: the image with the zeros of its padding around it.
        kernel: ``(rows, columns, channels)``, float32.
        bias: float.
        padding: "valid" or "same".
        rows, columns: a `Window` each.
        feature_map: ``(rows.count, columns.count)``, float32, as ``keras.layers.Conv2D`` has it.
    """

    image: np.ndarray
    padded: np.ndarray
    kernel: np.ndarray
    bias: float
    padding: str
    rows: Window
    columns: Window
    feature_map: np.ndarray

    @property
    def arguments(self):
        """The arguments of the ``Conv2D``, as code: "filters=1", "kernel_size=3", ..."""
        rows, columns = self.rows, self.columns
        size = rows.kernel_size, columns.kernel_size
        return (
            "filters=1",
            f"kernel_size={size if len(set(size)) > 1 else size[0]}",
            f"strides={rows.strides}",
            f'padding="{self.padding}"',
            f"dilation_rate={rows.dilation_rate}",
        )

    def patch(self, row, column):
        """The pixels under the window for this cell of the feature map, shaped as the kernel."""
        return self.padded[self.rows.at(row), self.columns.at(column)]

    def products(self, row, column):
        """Patch times kernel, float64: their sum, plus the bias, is ``feature_map[row, column]``.

        The kernel is not flipped: mathematicians call this a cross-correlation.
        """
        return self.patch(row, column).astype("float64") * self.kernel

    def sums(self, row, column, channel=0):
        """(sum of this channel's products, sum of all, output): three floats.

        A sum of which only rounding errors are left is 0.
        """
        products = self.products(row, column)
        rounding = 1e-7 * (np.abs(products).sum() + abs(self.bias))
        sums = products[..., channel].sum(), products.sum(), self.feature_map[row, column]
        return tuple(0.0 if abs(value) < rounding else float(value) for value in sums)


@calls.validated
def convolve(image, kernel, *, bias=0.0, strides=1, padding="valid", dilation_rate=1):
    """What a ``keras.layers.Conv2D`` with one filter, this kernel, makes of an image.

    ``feature_map[i, j] = sum(padded[i * strides + m * dilation_rate, j * strides + n *
    dilation_rate, c] * kernel[m, n, c]) + bias`` over all m, n, c; no activation.

    Args:
        image: array ``(height, width)`` or ``(height, width, channels)``.
        kernel: array ``(rows, columns)`` or ``(rows, columns, channels)``.
        bias: float.
        strides, dilation_rate: integers, the same for rows and columns.
        padding: "valid" or "same".

    Returns:
        Convolution.

    Raises:
        ValueError: for shapes that do not fit each other, and as `slide` does.

    Source: https://keras.io/api/layers/convolution_layers/convolution2d/
    """
    image = _channels("image", image, "height", "width")
    kernel = _channels("kernel", kernel, "rows", "columns")
    check_shape("kernel", kernel, "rows", "columns", image.shape[-1])
    settings = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    rows, columns = windows = slide(image.shape, kernel.shape, **settings)
    padded = np.pad(image, [*((one.before, one.after) for one in windows), (0, 0)])
    sums = keras.ops.conv(image[None], kernel[..., None], data_format="channels_last", **settings)
    bias = np.float32(bias)
    feature_map = np.asarray(sums)[0, :, :, 0] + bias
    return Convolution(image, padded, kernel, float(bias), padding, rows, columns, feature_map)


def slide(image, kernel, *, strides=1, padding="valid", dilation_rate=1):
    """How a window slides along the rows and along the columns of an image.

    With "same" as many zeros are added as make ``ceil(size / strides)`` positions; of an odd
    number, one more goes below and to the right.

    Args:
        image, kernel: their shapes, of which the first two numbers count.
        strides, padding, dilation_rate: as for Conv2D.

    Returns:
        list of two of `Window`: of the rows, of the columns.

    Raises:
        TypeError, ValueError: for other strides or another padding, for strides and dilation_rate
            which are both over 1, and for a window that is larger than the image.
    """
    if strides > 1 and dilation_rate > 1:
        both = f"strides={strides} with dilation_rate={dilation_rate}"
        raise ValueError(f"{both}: Keras allows only one of them over 1.")
    windows = []
    for size, kernel_size in zip(image[:2], kernel[:2], strict=True):
        window = Window(size, kernel_size, strides, dilation_rate)
        if padding == "same":
            zeros = max((-(-size // strides) - 1) * strides + window.reach - size, 0)
            window = Window(size, kernel_size, strides, dilation_rate, zeros // 2, -(-zeros // 2))
        if window.count < 1:
            spans = f"The window spans {window.reach} pixels and the image has {size}"
            raise ValueError(f"{spans}: take a smaller kernel_size or dilation_rate.")
        windows.append(window)
    return windows


def images_of(data):
    """The images of a split (to train on) or an array: (n, height, width, channels), float32.

    Raises:
        TypeError, ValueError: for an array of another rank, no numbers, or numbers that are not
            finite.
    """
    images = np.asarray(getattr(data, "x_train", data))
    check_values((images,))
    if images.ndim not in (3, 4):
        pictures = 'pictures, such as data.digits("images")'
        raise ValueError(f"images have shape {images.shape}; give {pictures}.")
    return _channels("images", images, "n", "height", "width")


def kernels_of(layer, channels):
    """The kernels of a Conv2D, copied, each with its bias.

    Args:
        layer: a built ``keras.layers.Conv2D`` of square kernels.
        channels: how many the images have that it is to be applied to.

    Returns:
        list with a tuple (kernel, bias) for each filter: an array (size, size, channels), float.

    Raises:
        TypeError: layer is not a Conv2D.
        ValueError: it is not built, or its kernel cannot be slid over such images by one number
            for rows and columns.
    """
    require_built(layer, "Conv2D")
    name = f"layer {layer.name!r}"
    sizes = layer.kernel_size, layer.strides, layer.dilation_rate
    square = all(len(set(pair)) == 1 for pair in sizes)
    if not square or layer.groups > 1 or layer.data_format == "channels_first":
        raise ValueError(f"{name} is {call(layer)}; give square windows, 1 group, channels last.")
    numbers = keras.ops.convert_to_numpy
    kernel = np.array(numbers(layer.kernel), "float32")
    if kernel.shape[2] != channels:
        raise ValueError(f"{name} takes {kernel.shape[2]} channels; the images have {channels}.")
    biases = numbers(layer.bias) if layer.use_bias else np.zeros(layer.filters)
    return [(kernel[..., i], float(bias)) for i, bias in enumerate(biases)]


def resized(kernel, size):
    """The kernel, cut or filled up with zeros to (size, size, channels)."""
    cut = kernel[:size, :size]
    room = (0, size - len(cut))
    return np.pad(cut, [room, room, (0, 0)])


def _middle(size):
    return (np.arange(size) == (size - 1) // 2) * 1.0


def _cross(size):
    return np.maximum.outer(_middle(size), _middle(size))


def _channels(name, array, *axes):
    """As float32 with its channels last, one where it had none."""
    array = np.array(array, "float32")
    array = array[..., None] if array.ndim == len(axes) else array
    check_shape(name, array, *axes, "channels")
    return array

"""What a Conv2D does at one position: a patch times the kernel, summed, is one output."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class Axis:
    """How a window moves along the rows, or along the columns, of an image.

    ``count``, the number of its positions, is the size of the output::

        floor((size + before + after - dilation_rate * (kernel_size - 1) - 1) / strides) + 1

    Attributes:
        size: rows (or columns) of the image.
        kernel_size, strides, dilation_rate: integers, as Conv2D takes them.
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

    def window(self, position):
        """The rows of the padded image under the kernel's rows, as a slice."""
        first = position * self.strides
        return slice(first, first + self.reach, self.dilation_rate)


@dataclass(frozen=True, eq=False)
class Convolution:
    """One filter of a Conv2D, applied to one image: all that its picture shows.

    Attributes:
        image: ``(height, width, channels)``, float32.
        padded: the image with the zeros of its padding around it.
        kernel: ``(rows, columns, channels)``, float32.
        bias: float.
        padding: "valid" or "same".
        rows, columns: an `Axis` each.
        feature_map: ``(rows.count, columns.count)``, float32, from ``keras.layers.Conv2D``.
    """

    image: np.ndarray
    padded: np.ndarray
    kernel: np.ndarray
    bias: float
    padding: str
    rows: Axis
    columns: Axis
    feature_map: np.ndarray

    def patch(self, row, column):
        """What the window covers for this cell of the feature map, shaped as the kernel."""
        return self.padded[self.rows.window(row), self.columns.window(column)]

    def products(self, row, column):
        """Patch times kernel, float64: their sum, plus the bias, is ``feature_map[row, column]``.

        The kernel is not flipped: mathematicians call this a cross-correlation.
        """
        return self.patch(row, column).astype("float64") * self.kernel


def convolve(image, kernel, *, bias=0.0, strides=1, padding="valid", dilation_rate=1):
    """What a ``keras.layers.Conv2D`` with one filter and this kernel makes of an image.

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
    image, kernel = _channels("image", image), _channels("kernel", kernel)
    if image.shape[-1] != kernel.shape[-1]:
        raise ValueError(
            f"The image has {image.shape[-1]} channels and the kernel {kernel.shape[-1]}: "
            f"give a kernel of shape (rows, columns, {image.shape[-1]})."
        )
    settings = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    rows, columns = slide(image.shape, kernel.shape, **settings)
    layer = _layer(kernel.shape, strides, padding, dilation_rate)
    layer.set_weights([kernel[..., None], np.array([bias], "float32")])
    return Convolution(
        image=image,
        padded=np.pad(image, [(axis.before, axis.after) for axis in (rows, columns)] + [(0, 0)]),
        kernel=kernel,
        bias=float(np.float32(bias)),
        padding=padding,
        rows=rows,
        columns=columns,
        feature_map=np.asarray(layer(image[None]))[0, :, :, 0],
    )


def slide(image, kernel, *, strides=1, padding="valid", dilation_rate=1):
    """How a window slides along the rows and along the columns: two of `Axis`.

    With "same" as many zeros are added as make ``ceil(size / strides)`` positions; of an odd
    number, one more goes below and to the right.

    Args:
        image, kernel: their shapes, of which the first two numbers count.
        strides, padding, dilation_rate: as for Conv2D.

    Raises:
        ValueError: for another padding, for strides and dilation_rate which are both over 1,
            and for a window that is larger than the image.
    """
    if padding not in ("valid", "same"):
        raise ValueError(f'padding={padding!r}: Conv2D has "valid" and "same".')
    for name, value in (("strides", strides), ("dilation_rate", dilation_rate)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}={value!r}: give a whole number from 1 up.")
    if strides > 1 and dilation_rate > 1:
        raise ValueError(
            f"strides={strides} with dilation_rate={dilation_rate}: Keras allows only one of "
            "them over 1; set the other to 1."
        )
    both = [
        _axis(size, kernel_size, strides, padding, dilation_rate)
        for size, kernel_size in zip(image[:2], kernel[:2], strict=True)
    ]
    for axis in both:
        if axis.count < 1:
            raise ValueError(
                f"The window spans {axis.reach} pixels and the image has {axis.size}: take a "
                'smaller kernel_size or dilation_rate, or padding="same".'
            )
    return both


def _axis(size, kernel_size, strides, padding, dilation_rate):
    axis = Axis(size, kernel_size, strides, dilation_rate)
    if padding == "valid":
        return axis
    zeros = max((-(-size // strides) - 1) * strides + axis.reach - size, 0)
    return Axis(size, kernel_size, strides, dilation_rate, zeros // 2, zeros - zeros // 2)


def _channels(name, array):
    """As float32 with its channels last, one where it had none."""
    array = np.array(array, "float32")
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or 0 in array.shape:
        raise ValueError(
            f"{name} has the shape {array.shape}; give (rows, columns) or "
            "(rows, columns, channels)."
        )
    return array


@lru_cache(maxsize=64)
def _layer(kernel, strides, padding, dilation_rate):
    """A built Conv2D for kernels of this shape: what is compiled once is used again."""
    import keras

    layer = keras.layers.Conv2D(
        1, kernel[:2], strides=strides, padding=padding, dilation_rate=dilation_rate,
        data_format="channels_last", dtype="float32", kernel_initializer="zeros",
    )  # fmt: skip
    layer.build((None, None, None, kernel[2]))
    return layer

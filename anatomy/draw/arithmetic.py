"""The arithmetic of a convolution, in words: its call, its output size, one cell's sum."""

import numpy as np


def arguments(convolution):
    """The arguments with which layers.Conv2D is called."""
    rows, columns = convolution.rows, convolution.columns
    square = rows.kernel_size == columns.kernel_size
    size = rows.kernel_size if square else (rows.kernel_size, columns.kernel_size)
    return (
        "filters=1",
        f"kernel_size={size}",
        f"strides={rows.strides}",
        f'padding="{convolution.padding}"',
        f"dilation_rate={rows.dilation_rate}",
    )


def formula(axis):
    """The output size along an `Axis`, floor((n + p - d (k - 1) - 1) / s) + 1, in its numbers."""
    zeros = axis.before + axis.after
    span = f"{axis.size} + {zeros} − {axis.dilation_rate}·({axis.kernel_size} − 1) − 1"
    return f"⌊({span}) / {axis.strides}⌋ + 1"


def sizes(convolution):
    """Lines that say the size of the output along rows and columns."""
    rows, columns = convolution.rows, convolution.columns
    if rows == columns:
        return formula(rows), f"= {rows.count} rows, {columns.count} columns"
    return formula(rows), f"= {rows.count} rows", formula(columns), f"= {columns.count} columns"


def window(convolution, row, column, channel):
    """The window as NumPy would slice it: image[4:7, 10:13, 0]."""
    padded = convolution.padded.shape != convolution.image.shape
    parts = convolution.rows.at(row), convolution.columns.at(column)
    rows, columns = (
        f"{part.start}:{part.stop}" + f":{part.step}" * (part.step > 1) for part in parts
    )
    return f"{'padded' if padded else 'image'}[{rows}, {columns}, {channel}]"


def sums(convolution, row, column, channel):
    """(sum of this channel's products, sum of all, the output): floats.

    What is left of a sum that cancels out, a rounding error, is 0.
    """
    products = convolution.products(row, column)
    least = 1e-7 * (np.abs(products).sum() + abs(convolution.bias))
    values = products[..., channel].sum(), products.sum(), convolution.feature_map[row, column]
    return [0.0 if abs(value) < least else float(value) for value in values]


def describe(convolution, row, column, channel, kernel):
    """The picture in words."""
    height, width, channels = convolution.image.shape
    ends = convolution.feature_map.min(), convolution.feature_map.max()
    this, total, output = (f"{value:.4g}" for value in sums(convolution, row, column, channel))
    done = row * convolution.columns.count + column + 1
    numbers = ""
    if max(convolution.kernel.shape[:2]) <= 5:
        patch = matrix(convolution.patch(row, column)[..., channel])
        numbers = f"Patch {patch}. Kernel {matrix(convolution.kernel[..., channel])}. "
    across = f"channel {channel}: {this}; all {channels} channels: " if channels > 1 else ""
    return (
        f"Convolution of an image of {height} x {width} pixels, {channels} "
        f"channel{'s' * (channels > 1)}, with the kernel {kernel!r}: "
        f"layers.Conv2D({', '.join(arguments(convolution))}).\n"
        f"Output size: {' '.join(sizes(convolution))}. "
        f"Feature map: {ends[0]:.4g} to {ends[1]:.4g}.\n"
        f"At row {row}, column {column} the window covers "
        f"{window(convolution, row, column, channel)}. {numbers}"
        f"Sum of their products: {across}{total}; plus the bias {convolution.bias:.4g} "
        f"makes {output}. The window has visited {done} of {convolution.feature_map.size} "
        "positions."
    )


def matrix(values):
    """Rows of numbers: [0 0.5 1 / 1 0 0]."""
    return f"[{' / '.join(' '.join(f'{v:.3g}' for v in row) for row in values + 0.0)}]"

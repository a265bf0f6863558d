"""The handwritten digits, read once for all tests that leave them as they are."""

import functools

from anatomy import data


@functools.cache
def digits(format="vectors"):
    """`data.digits`, 15 MB at each call, in arrays that cannot be written."""
    split = data.digits(format)
    for array in (split.x_train, split.y_train, split.x_val, split.y_val):
        array.flags.writeable = False
    return split

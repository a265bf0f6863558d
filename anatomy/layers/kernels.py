"""Kernels to slide over an image: some that have a name, those of a layer, another size."""

import numpy as np

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
    import keras

    if not isinstance(layer, keras.layers.Conv2D):
        raise TypeError(f"layer is {layer!r}; give a keras.layers.Conv2D.")
    name = f"layer {layer.name!r}"
    if not layer.built:
        raise ValueError(f"{name} has no weights yet: call it, or its model, once on a batch.")
    for what in ("kernel_size", "strides", "dilation_rate"):
        if len(set(getattr(layer, what))) > 1:
            raise ValueError(
                f"{name} has {what}={getattr(layer, what)}: give one with the same number for "
                "rows and columns."
            )
    if layer.data_format != "channels_last" or layer.groups != 1:
        raise ValueError(
            f"{name} has data_format={layer.data_format!r} and groups={layer.groups}: give one "
            'with "channels_last" and 1 group.'
        )
    kernel = np.array(keras.ops.convert_to_numpy(layer.kernel), "float32")
    if kernel.shape[2] != channels:
        raise ValueError(
            f"{name} takes {kernel.shape[2]} channels and the images have {channels}: give the "
            "first convolution of the model, or the images that this one gets."
        )
    biases = np.zeros(kernel.shape[3])
    if layer.use_bias:
        biases = np.array(keras.ops.convert_to_numpy(layer.bias), "float32")
    return [(kernel[..., i], float(bias)) for i, bias in enumerate(biases)]


def resized(kernel, size):
    """The kernel, cut or filled up with zeros to (size, size, channels)."""
    made = np.zeros((size, size, kernel.shape[-1]))
    kept = min(size, len(kernel))
    made[:kept, :kept] = kernel[:kept, :kept]
    return made


def _middle(size):
    return (np.arange(size) == (size - 1) // 2) * 1.0


def _cross(size):
    return np.maximum.outer(_middle(size), _middle(size))

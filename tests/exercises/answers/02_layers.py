# %% output_shape, wrong: without padding
output_shape = (None, 288)

# %% output_shape, wrong: not flat
output_shape = (None, 7, 7, 8)

# %% output_shape, wrong: no batch
output_shape = 392

# %% output_shape, wrong: the batch is a size
output_shape = (28, 392)

# %% output_shape, wrong: the colours stay
output_shape = (None, 7 * 7 * 3)

# %% output_shape, right: a list
output_shape = [None, 392]

# %% learned, wrong: of one gate
learned = 28 * 20 + 20 * 20 + 20

# %% learned, wrong: no bias
learned = 4 * (28 * 20 + 20 * 20)

# %% learned, wrong: it does not read itself
learned = 4 * (28 * 20 + 20)

# %% learned, wrong: one for each number that it reads
learned = 28 * 28

# %% learned, wrong: all units
learned = 20


# %% dense, wrong: no activation
def dense(x, kernel, bias):
    return x @ kernel + bias


# %% dense, wrong: the bias comes too late
def dense(x, kernel, bias):
    return np.maximum(x @ kernel, 0) + bias


# %% dense, wrong: the kernel lies the other way round
def dense(x, kernel, bias):
    return np.maximum(x @ kernel.T + bias, 0)


# %% dense, wrong: Keras does it
def dense(x, kernel, bias):
    return keras.ops.convert_to_numpy(keras.ops.relu(x @ kernel + bias))


# %% dense, wrong: a layer does it
def dense(x, kernel, bias):
    layer = layers.Dense(kernel.shape[1], activation="relu")
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    return np.array(layer(x))


# %% dense, right: unit by unit
def dense(x, kernel, bias):
    units = [(x * column).sum(axis=1) + b for column, b in zip(kernel.T, bias)]
    return np.stack([np.where(unit > 0, unit, 0) for unit in units], axis=1)


# %% convolve, wrong: the kernel is turned, as mathematicians do
def convolve(image, kernel):
    size = len(image) - len(kernel) + 1
    turned, k = kernel[::-1, ::-1], len(kernel)
    return np.array(
        [[np.sum(image[r : r + k, c : c + k] * turned) for c in range(size)] for r in range(size)]
    )


# %% convolve, wrong: padded
def convolve(image, kernel):
    return np.zeros_like(image)


# %% convolve, wrong: the mean, not the sum
def convolve(image, kernel):
    size, k = len(image) - len(kernel) + 1, len(kernel)
    return np.array(
        [[np.mean(image[r : r + k, c : c + k] * kernel) for c in range(size)] for r in range(size)]
    )


# %% convolve, wrong: Keras does it
def convolve(image, kernel):
    outputs = keras.ops.conv(image[None, :, :, None], kernel[:, :, None, None])
    return np.array(outputs[0, :, :, 0])


# %% convolve, wrong: one window
def convolve(image, kernel):
    return np.sum(image[: len(kernel), : len(kernel)] * kernel)


# %% convolve, right: with windows
def convolve(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel)


# %% repaired, wrong: as it was
repaired = wrong

# %% repaired, wrong: nine numbers
repaired = [layers.Conv1D(16, 3), layers.LSTM(16), layers.Dense(9)]

# %% repaired, wrong: flat already
repaired = [layers.Flatten(), layers.LSTM(16), layers.Dense(10)]

# %% repaired, wrong: no sequence at all
repaired = [layers.Flatten(), layers.Dense(10)]

# %% repaired, wrong: without the convolution
repaired = [layers.LSTM(16), layers.Dense(10)]

# %% repaired, wrong: without the LSTM
repaired = [layers.Conv1D(16, 3), layers.Flatten(), layers.Dense(10)]

# %% repaired, wrong: the other way round
repaired = [
    layers.LSTM(16, return_sequences=True),
    layers.Conv1D(16, 3),
    layers.GlobalAveragePooling1D(),
    layers.Dense(10),
]

# %% repaired, wrong: a sequence of one timestep
repaired = [
    layers.Conv1D(16, 3),
    layers.Flatten(),
    layers.Reshape((1, 416)),
    layers.LSTM(16),
    layers.Dense(10),
]

# %% repaired, right: flat at the end
repaired = [
    layers.Conv1D(16, 3),
    layers.LSTM(16, return_sequences=True),
    layers.Flatten(),
    layers.Dense(10),
]

# %% brick, wrong: a smaller window
brick = layers.Conv2D(8, 3, strides=2)

# %% brick, wrong: padded
brick = layers.Conv2D(8, 5, strides=2, padding="same")

# %% brick, wrong: the class, not a layer
brick = layers.Conv2D

# %% brick, wrong: no bias
brick = layers.Conv2D(8, 5, strides=2, use_bias=False)

# %% brick, wrong: another layer of as many numbers
brick = layers.DepthwiseConv2D(5, strides=2, depth_multiplier=8)

# %% small, wrong: too large
small = [layers.Flatten(), layers.Dense(10)]

# %% small, wrong: an image for each number
small = [layers.Conv2D(10, 3)]

# %% small, wrong: nothing
small = []

# %% small, wrong: it learns nothing
small = [layers.GlobalAveragePooling2D(), layers.RepeatVector(10), layers.Flatten()]

# %% small, wrong: a name
small = ["Conv2D", "Dense"]

# %% small, right: pooled before it is read
small = [layers.AveragePooling2D(4), layers.Flatten(), layers.Dense(10)]

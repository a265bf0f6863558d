# %% ways, wrong: two for each block
ways = 2 * 5

# %% ways, wrong: through all layers, or around one
ways = 1 + 5

# %% ways, wrong: with and without
ways = 2

# %% ways, wrong: one layer at each step
ways = 5

# %% ways, wrong: an order of the blocks
ways = 5 * 4 * 3 * 2 * 1

# %% patient, wrong: one input
patient = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(1)])

# %% patient, wrong: no probability
views = keras.Input((28, 28, 1)), keras.Input((10,))
joined = layers.Concatenate()([layers.Flatten()(views[0]), views[1]])
patient = keras.Model(views, layers.Dense(1)(joined))

# %% patient, wrong: the measurements first
views = keras.Input((10,)), keras.Input((28, 28, 1))
joined = layers.Concatenate()([views[0], layers.Flatten()(views[1])])
patient = keras.Model(views, layers.Dense(1, activation="sigmoid")(joined))

# %% patient, wrong: reads the measurements only
views = keras.Input((28, 28, 1)), keras.Input((10,))
patient = keras.Model(views, layers.Dense(1, activation="sigmoid")(views[1]))

# %% patient, wrong: a softmax over one unit
views = keras.Input((28, 28, 1)), keras.Input((10,))
joined = layers.Concatenate()([layers.Flatten()(views[0]), views[1]])
patient = keras.Model(views, layers.Dense(1, activation="softmax")(joined))

# %% patient, right: joined at once
views = keras.Input((28, 28, 1)), keras.Input((10,))
joined = layers.Concatenate()([layers.Flatten()(views[0]), views[1]])
patient = keras.Model(views, layers.Dense(1, activation="sigmoid")(joined))


# %% residual, wrong: no shortcut
def residual(x):
    features = x.shape[-1]
    return layers.Dense(features)(layers.Dense(features, activation="relu")(x))


# %% residual, wrong: relu on the shortcut too
def residual(x):
    features = x.shape[-1]
    change = layers.Dense(features)(layers.Dense(features, activation="relu")(x))
    return layers.Activation("relu")(layers.Add()([x, change]))


# %% residual, wrong: side by side
def residual(x):
    change = layers.Dense(x.shape[-1])(layers.Dense(16, activation="relu")(x))
    return layers.Concatenate()([x, change])


# %% residual, wrong: nothing but the shortcut
def residual(x):
    return layers.Identity()(x)


# %% residual, wrong: for six features
def residual(x):
    return layers.Add()([x, layers.Dense(6)(layers.Dense(6, activation="relu")(x))])


# %% residual, wrong: a product
def residual(x):
    change = layers.Dense(x.shape[-1])(layers.Dense(16, activation="relu")(x))
    return layers.Multiply()([x, change])


# %% residual, wrong: a single layer
def residual(x):
    return x + layers.Dense(x.shape[-1])(x)


# %% residual, wrong: nothing bends between them
def residual(x):
    return x + layers.Dense(x.shape[-1])(layers.Dense(16)(x))


# %% residual, right: with a plus sign, and wider inside
def residual(x):
    return x + layers.Dense(x.shape[-1])(layers.Dense(32, activation="relu")(x))


# %% twins, wrong: an encoder each
one, other = keras.Input((64,)), keras.Input((64,))
apart = keras.ops.abs(layers.Dense(8)(one) - layers.Dense(8)(other))
twins = keras.Model([one, other], keras.ops.sum(apart, axis=1, keepdims=True))

# %% twins, wrong: small encoders, one each
one, other = keras.Input((64,)), keras.Input((64,))
apart = keras.ops.abs(layers.Dense(4)(one) - layers.Dense(4)(other))
twins = keras.Model([one, other], keras.ops.sum(apart, axis=1, keepdims=True))

# %% twins, wrong: the sign is left
one, other = keras.Input((64,)), keras.Input((64,))
encoder = layers.Dense(8, activation="tanh")
apart = encoder(one) - encoder(other)
twins = keras.Model([one, other], keras.ops.sum(apart, axis=1, keepdims=True))

# %% twins, wrong: side by side
one, other = keras.Input((64,)), keras.Input((64,))
encoder = layers.Dense(7, activation="tanh")
joined = layers.Concatenate()([encoder(one), encoder(other)])
twins = keras.Model([one, other], layers.Dense(1)(joined))

# %% twins, wrong: a product says how alike they are
one, other = keras.Input((64,)), keras.Input((64,))
encoder = layers.Dense(8, activation="tanh")
twins = keras.Model([one, other], layers.Dot(axes=1)([encoder(one), encoder(other)]))

# %% twins, wrong: nothing to learn
one, other = keras.Input((64,)), keras.Input((64,))
apart = keras.ops.abs(one - other)
twins = keras.Model([one, other], keras.ops.sum(apart, axis=1, keepdims=True))

# %% twins, right: a model as the encoder, and squares
one, other = keras.Input((64,)), keras.Input((64,))
encoder = keras.Sequential([keras.Input((64,)), layers.Dense(7), layers.Dense(4)])
apart = keras.ops.square(layers.Subtract()([encoder(one), encoder(other)]))
twins = keras.Model([one, other], keras.ops.mean(apart, axis=1, keepdims=True))


# %% heads, wrong: a class of numbers
def heads():
    inputs = keras.Input((29,))
    malignant = layers.Dense(1, activation="sigmoid", name="malignant")(inputs)
    radius = layers.Dense(1, activation="sigmoid", name="radius")(inputs)
    model = keras.Model(inputs, {"malignant": malignant, "radius": radius})
    model.compile("adam", {"malignant": "binary_crossentropy", "radius": "mse"})
    return model


# %% heads, wrong: one loss for both
def heads():
    inputs = keras.Input((29,))
    malignant = layers.Dense(1, activation="sigmoid", name="malignant")(inputs)
    radius = layers.Dense(1, name="radius")(inputs)
    model = keras.Model(inputs, {"malignant": malignant, "radius": radius})
    model.compile("adam", "binary_crossentropy")
    return model


# %% heads, wrong: one output
def heads():
    model = keras.Sequential([keras.Input((29,)), layers.Dense(2)])
    model.compile("adam", "mse")
    return model


# %% heads, wrong: a softmax over one unit
def heads():
    inputs = keras.Input((29,))
    malignant = layers.Dense(1, activation="softmax", name="malignant")(inputs)
    radius = layers.Dense(1, name="radius")(inputs)
    model = keras.Model(inputs, {"malignant": malignant, "radius": radius})
    model.compile("adam", {"malignant": "binary_crossentropy", "radius": "mse"})
    return model


# %% heads, wrong: not compiled
def heads():
    inputs = keras.Input((29,))
    malignant = layers.Dense(1, activation="sigmoid", name="malignant")(inputs)
    radius = layers.Dense(1, name="radius")(inputs)
    return keras.Model(inputs, {"malignant": malignant, "radius": radius})


# %% heads, wrong: other names
def heads():
    inputs = keras.Input((29,))
    first = layers.Dense(1, activation="sigmoid", name="first")(inputs)
    second = layers.Dense(1, name="second")(inputs)
    model = keras.Model(inputs, {"first": first, "second": second})
    model.compile("adam", {"first": "binary_crossentropy", "second": "mse"})
    return model


# %% heads, wrong: no trunk
def heads():
    inputs = keras.Input((29,))
    malignant = layers.Dense(1, activation="sigmoid", name="malignant")(inputs)
    radius = layers.Dense(1, name="radius")(inputs)
    model = keras.Model(inputs, {"malignant": malignant, "radius": radius})
    model.compile("adam", {"malignant": "binary_crossentropy", "radius": "mse"})
    return model


# %% heads, right: logits, and absolute errors
def heads():
    inputs = keras.Input((29,))
    trunk = layers.Dense(8, activation="tanh")(inputs)
    outputs = {name: layers.Dense(1, name=name)(trunk) for name in ("malignant", "radius")}
    model = keras.Model(inputs, outputs)
    logits = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05), {"malignant": logits, "radius": "mae"})
    return model


# %% score, wrong: side by side, then together
parts = [keras.Input((4,)), keras.Input((4,))]
joined = layers.Concatenate()(parts)
score = keras.Model(parts, layers.Dense(1)(layers.Dense(16, activation="tanh")(joined)))

# %% score, wrong: a product
parts = [keras.Input((4,)), keras.Input((4,))]
points = [layers.Dense(1)(layers.Dense(16, activation="tanh")(part)) for part in parts]
score = keras.Model(parts, layers.Multiply()(points))

# %% score, wrong: straight lines
parts = [keras.Input((4,)), keras.Input((4,))]
score = keras.Model(parts, layers.Dense(1)(layers.Concatenate()(parts)))

# %% score, wrong: bent after the sum
parts = [keras.Input((4,)), keras.Input((4,))]
points = [layers.Dense(1)(layers.Dense(16, activation="tanh")(part)) for part in parts]
score = keras.Model(parts, layers.Activation("sigmoid")(layers.Add()(points)))

# %% score, wrong: the second input is not read
parts = [keras.Input((4,)), keras.Input((4,))]
score = keras.Model(parts, layers.Dense(1)(layers.Dense(16, activation="tanh")(parts[0])))

# %% score, right: joined, then read by a layer without an activation
parts = [keras.Input((4,)), keras.Input((4,))]
found = [layers.Dense(16, activation="relu")(part) for part in parts]
score = keras.Model(parts, layers.Dense(1)(layers.Concatenate()(found)))


# %% small, wrong: all pixels
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten()])
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% small, wrong: the mean of the image
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.GlobalAveragePooling2D()])
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


# %% small, wrong: through one unit
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten()])
    model.add(layers.Dense(1, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


# %% small, wrong: no metric
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.AveragePooling2D(4)])
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


# %% small, wrong: a metric that is always 1
def accuracy(y_true, y_pred):
    return keras.ops.ones_like(y_pred[:, 0])


def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.GlobalAveragePooling2D()])
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=[accuracy])
    return model


# %% small, right: pooled
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.AveragePooling2D(4)])
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


# %% patient, wrong: it learns nothing
views = keras.Input((28, 28, 1)), keras.Input((10,))
means = [keras.ops.mean(layers.Flatten()(view), axis=1, keepdims=True) for view in views]
patient = keras.Model(views, keras.ops.sigmoid(means[0] + means[1]))


# %% residual, wrong: two kernels side by side
def residual(x):
    features = x.shape[-1]
    return x + keras.ops.relu(layers.Dense(features)(x)) + layers.Dense(features)(x)


# %% twins, wrong: what it learns plays no part
one, other = keras.Input((64,)), keras.Input((64,))
idle = 0.0 * keras.ops.sum(layers.Dense(8)(one), axis=1, keepdims=True)
twins = keras.Model(
    [one, other], idle + keras.ops.sum(keras.ops.abs(one - other), axis=1, keepdims=True)
)


# %% heads, wrong: a loss for one alone
def heads():
    inputs = keras.Input((29,))
    trunk = layers.Dense(16, activation="relu")(inputs)
    malignant = layers.Dense(1, activation="sigmoid", name="malignant")(trunk)
    radius = layers.Dense(1, name="radius")(trunk)
    model = keras.Model(inputs, {"malignant": malignant, "radius": radius})
    model.compile("adam", {"malignant": "binary_crossentropy"})
    return model


# %% score, wrong: it learns nothing
parts = [keras.Input((4,)), keras.Input((4,))]
squares = [keras.ops.sum(keras.ops.square(part), axis=1, keepdims=True) for part in parts]
score = keras.Model(parts, squares[0] + squares[1])

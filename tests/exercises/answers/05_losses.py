# %% crossentropy, wrong: the probability of class 1 for all
def crossentropy(y, p):
    return np.mean(-np.log(p))


# %% crossentropy, wrong: a sum
def crossentropy(y, p):
    return np.sum(-np.log(np.where(y == 1, p, 1 - p)))


# %% crossentropy, wrong: in bits
def crossentropy(y, p):
    return np.mean(-np.log2(np.where(y == 1, p, 1 - p)))


# %% crossentropy, wrong: the sign
def crossentropy(y, p):
    return np.mean(np.log(np.where(y == 1, p, 1 - p)))


# %% crossentropy, wrong: Keras does it
def crossentropy(y, p):
    return float(keras.losses.BinaryCrossentropy()(y, p))


# %% crossentropy, right: as the books write it
def crossentropy(y, p):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


# %% for_animals, wrong: it wants numbers of classes
for_animals = "sparse_categorical_crossentropy"

# %% for_animals, wrong: slow where it is wrong
for_animals = "mse"

# %% for_animals, wrong: squashed twice
for_animals = keras.losses.CategoricalCrossentropy(from_logits=True)

# %% for_animals, wrong: misspelt
for_animals = "crossentropy"

# %% for_animals, wrong: each animal by itself, from logits
for_animals = keras.losses.BinaryCrossentropy(from_logits=True)

# %% for_animals, right: an object
for_animals = keras.losses.CategoricalCrossentropy()

# %% for_machines, wrong: it takes probabilities
for_machines = "binary_crossentropy"

# %% for_machines, wrong: one unit is no class
for_machines = "sparse_categorical_crossentropy"

# %% for_machines, wrong: a class, not a loss
for_machines = keras.losses.BinaryCrossentropy

# %% for_machines, wrong: one unit cannot share
for_machines = keras.losses.CategoricalCrossentropy(from_logits=True)

# %% for_machines, wrong: as if it were measured
for_machines = "mse"

# %% for_machines, wrong: no error is too small
for_machines = "mae"

# %% for_machines, right: focal
for_machines = keras.losses.BinaryFocalCrossentropy(from_logits=True)


# %% promise, wrong: the other way round
def promise(y, p):
    return keras.ops.maximum(0.1 * (y - p), -0.9 * (y - p))


# %% promise, wrong: the median
def promise(y, p):
    return keras.ops.abs(y - p)


# %% promise, wrong: the mean
def promise(y, p):
    return keras.ops.square(y - p)


# %% promise, wrong: a difference that has no bottom
def promise(y, p):
    return 0.9 * (y - p)


# %% promise, wrong: a number found beforehand
def promise(y, p):
    return keras.ops.abs(p - 2.79)


# %% promise, wrong: with NumPy
def promise(y, p):
    return np.maximum(0.9 * (y - p), -0.1 * (y - p))


# %% promise, right: with where, and their mean
def promise(y, p):
    error = y - p
    return keras.ops.mean(keras.ops.where(error > 0, 0.9 * error, -0.1 * error), axis=-1)


# %% parties, wrong: they need not share
def parties():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    return model


# %% parties, wrong: numbers of classes
def parties():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


# %% parties, wrong: two of three
def parties():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model


# %% parties, wrong: any numbers
def parties():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.compile("adam", "mse")
    return model


# %% parties, wrong: a loss that nobody knows
def parties():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("adam", lambda y_true, y_pred: keras.ops.mean(y_pred[:, 0]))
    return model


# %% parties, right: crossentropy takes shares as well
def parties():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    return model


# %% flowers, wrong: as it was
flowers = broken


# %% flowers, wrong: one unit
def flowers():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu")])
    model.add(layers.Dense(1, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


# %% flowers, wrong: rows are wanted
def flowers():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu")])
    model.add(layers.Dense(4, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy")
    return model


# %% flowers, wrong: too few
def flowers():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu")])
    model.add(layers.Dense(3, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


# %% flowers, wrong: the number is measured
def flowers():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu")])
    model.add(layers.Dense(1))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


# %% flowers, wrong: any loss that falls
def flowers():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu")])
    model.add(layers.Dense(4))
    model.compile(keras.optimizers.Adam(0.01), lambda y, p: keras.ops.mean(p**2))
    return model


# %% flowers, right: from logits
def flowers():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu")])
    model.add(layers.Dense(4))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model


# %% shortcut, wrong: a coordinate
shortcut = int(np.flatnonzero(order == 0)[0])

# %% shortcut, wrong: the other coordinate
shortcut = int(np.flatnonzero(order == 1)[0])

# %% shortcut, wrong: noise
shortcut = int(np.flatnonzero(order == 2)[0])

# %% shortcut, wrong: there are six
shortcut = 6

# %% shortcut, wrong: all of them
shortcut = [0, 1, 2, 3, 4, 5]


# %% promise, wrong: squared errors, weighted
def promise(y, p):
    return keras.ops.where(y > p, 9.0, 1.0) * (y - p) ** 2


# %% flowers, right: without an Input
def flowers():
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(4)])
    model.add(layers.Softmax())
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model

# %% untrained, wrong: of ten classes
untrained = np.log(10)

# %% untrained, wrong: the part that is wrong
untrained = 1 - 1 / 26

# %% untrained, wrong: in bits
untrained = np.log2(26)

# %% untrained, wrong: nothing is learned, nothing is lost
untrained = 0

# %% untrained, wrong: the sign is left
untrained = -np.log(26)

# %% untrained, right: rounded
untrained = 3.26

# %% updates, wrong: without the last batch
updates = 10_000 // 128 * 5

# %% updates, wrong: the epochs without a break between them
updates = int(np.ceil(5 * 10_000 / 128))

# %% updates, wrong: of one epoch
updates = 79

# %% updates, wrong: one for each sample
updates = 50_000

# %% updates, wrong: one for each epoch
updates = 5

# %% in_order, wrong: as they stand
in_order = ["a", "b", "c"]

# %% in_order, wrong: the largest first
in_order = ["a", "c", "b"]

# %% in_order, wrong: by the last loss
in_order = ["c", "b", "a"]

# %% in_order, wrong: one twice
in_order = ["b", "b", "a"]

# %% in_order, wrong: the rates, not their names
in_order = sorted(rates.values())

# %% in_order, right: a word
in_order = "bca"


# %% crossentropy, wrong: the sum
def crossentropy(probabilities, targets):
    return -np.sum(np.log(probabilities[np.arange(len(targets)), targets]))


# %% crossentropy, wrong: a profit
def crossentropy(probabilities, targets):
    return np.mean(np.log(probabilities[np.arange(len(targets)), targets]))


# %% crossentropy, wrong: of the likeliest class
def crossentropy(probabilities, targets):
    return -np.mean(np.log(probabilities.max(axis=1)))


# %% crossentropy, wrong: all classes for each sample
def crossentropy(probabilities, targets):
    return -np.mean(np.log(probabilities[:, targets]))


# %% crossentropy, wrong: one for each sample
def crossentropy(probabilities, targets):
    return -np.log(probabilities[np.arange(len(targets)), targets])


# %% crossentropy, wrong: Keras does it
def crossentropy(probabilities, targets):
    return float(keras.losses.SparseCategoricalCrossentropy()(targets, probabilities))


# %% crossentropy, right: with one-hot targets
def crossentropy(probabilities, targets):
    one_hot = np.eye(probabilities.shape[1])[targets]
    return -(one_hot * np.log(probabilities)).sum(axis=1).mean()


# %% step, wrong: uphill
def step(weight, x, y, learning_rate):
    return weight + learning_rate * np.mean(2 * (weight * x - y) * x)


# %% step, wrong: the loss, not its gradient
def step(weight, x, y, learning_rate):
    return weight - learning_rate * np.mean((weight * x - y) ** 2)


# %% step, wrong: half the gradient
def step(weight, x, y, learning_rate):
    return weight - learning_rate * np.mean((weight * x - y) * x)


# %% step, wrong: the sum over the batch
def step(weight, x, y, learning_rate):
    return weight - learning_rate * np.sum(2 * (weight * x - y) * x)


# %% step, wrong: over the prediction, not over the weight
def step(weight, x, y, learning_rate):
    return weight - learning_rate * np.mean(2 * (weight * x - y))


# %% step, wrong: Keras does it
def step(weight, x, y, learning_rate):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False)])
    model.compile(optimizers.SGD(learning_rate), "mse")
    model.set_weights([np.array([[weight]])])
    model.train_on_batch(x[:, None], y[:, None])
    return float(model.get_weights()[0][0, 0])


# %% step, right: by finite differences
def step(weight, x, y, learning_rate):
    def loss(w):
        return np.mean((w * x - y) ** 2)

    return weight - learning_rate * (loss(weight + 1e-4) - loss(weight - 1e-4)) / 2e-4


# %% unchanged, wrong: pixels, not weights
unchanged = 28 * 28 - 20 * 20

# %% unchanged, wrong: those that change
unchanged = 20 * 20 * 32

# %% unchanged, wrong: none
unchanged = 0

# %% unchanged, wrong: the biases too
unchanged = (28 * 28 - 20 * 20) * 32 + 32

# %% unchanged, wrong: all that are learned
unchanged = 25_450


# %% build, wrong: no metric
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(64, activation="relu")])
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


# %% build, wrong: not compiled
def build():
    return keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])


# %% build, wrong: a rate too small
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(64, activation="relu")])
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.RMSprop(0.00001), loss, metrics=["accuracy"])
    return model


# %% build, wrong: a rate too large
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(64, activation="relu")])
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.RMSprop(1.0), loss, metrics=["accuracy"])
    return model


# %% build, wrong: a loss for targets of another kind
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build, wrong: no probabilities
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(64, activation="relu")])
    model.add(layers.Dense(10))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build, wrong: a metric that is always 1
def accuracy(y_true, y_pred):
    return keras.ops.ones_like(y_pred[:, 0])


def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[accuracy])
    return model


# %% build, wrong: trained already
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(64, activation="relu")])
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.Adam(0.003), loss, metrics=["accuracy"])
    model.fit(digits.x_train, digits.y_train, epochs=5, verbose=0)
    return model


# %% build, right: the network of the notebook
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(32, activation="relu")])
    model.add(layers.Dense(10, activation="softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.RMSprop(0.001), loss, metrics=["accuracy"])
    return model


# %% crossentropy, wrong: the logarithm of the mean
def crossentropy(probabilities, targets):
    return -np.log(np.mean(probabilities[np.arange(len(targets)), targets]))


# %% crossentropy, wrong: a mean squared error
def crossentropy(probabilities, targets):
    return np.mean((np.eye(probabilities.shape[1])[targets] - probabilities) ** 2)


# %% crossentropy, wrong: Keras by another name
def crossentropy(probabilities, targets):
    import importlib

    k = importlib.import_module("keras")
    return np.asarray(k.losses.sparse_categorical_crossentropy(targets, probabilities)).mean()


# %% crossentropy, wrong: JAX does it
def crossentropy(probabilities, targets):
    import jax.numpy as jnp

    return float(-jnp.mean(jnp.log(probabilities[jnp.arange(len(targets)), targets])))


# %% crossentropy, right: a loop
def crossentropy(probabilities, targets):
    total = 0
    for row, k in zip(probabilities, targets):
        total -= np.log(row[k])
    return total / len(targets)


# %% step, wrong: means of each
def step(weight, x, y, learning_rate):
    return weight - learning_rate * 2 * np.mean(weight * x - y) * np.mean(x)


# %% step, wrong: the best weight at once
def step(weight, x, y, learning_rate):
    return (x @ y) / (x @ x)


# %% step, wrong: JAX finds the gradient
def step(weight, x, y, learning_rate):
    import jax

    return weight - learning_rate * float(jax.grad(lambda w: ((w * x - y) ** 2).mean())(weight))


# %% build, wrong: best of five
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    five = keras.metrics.SparseTopKCategoricalAccuracy(k=5, name="accuracy")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[five])
    return model


# %% build, wrong: a fit of its own
class Longer(keras.Sequential):
    def fit(self, *args, epochs=1, **kwargs):
        return super().fit(*args, epochs=10 * epochs, **kwargs)


def build():
    model = Longer([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile(optimizers.SGD(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build, wrong: weights of an earlier training
def build():
    first = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    first.compile("adam", "sparse_categorical_crossentropy")
    first.fit(digits.x_train, digits.y_train, epochs=8, verbose=0)
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile(optimizers.SGD(1e-6), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.set_weights(first.get_weights())
    return model


# %% build, wrong: weights of an earlier training as an initializer
def build():
    first = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    first.compile("adam", "sparse_categorical_crossentropy")
    first.fit(digits.x_train, digits.y_train, epochs=8, verbose=0)
    kernel = first.get_weights()[0]
    last = layers.Dense(10, activation="softmax", kernel_initializer=lambda *a, **k: kernel)
    model = keras.Sequential([keras.Input((784,)), last])
    model.compile(optimizers.SGD(1e-6), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build, wrong: an evaluation of its own
class Right(keras.Sequential):
    def evaluate(self, *args, **kwargs):
        return {"loss": 0.1, "accuracy": 0.99}


def build():
    model = Right([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    model.compile(optimizers.SGD(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build, wrong: another metric of that name
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
    other = keras.metrics.MeanMetricWrapper(lambda y, p: keras.ops.ones_like(y), name="accuracy")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[other])
    return model


# %% build, right: a convolution
def build():
    model = keras.Sequential([keras.Input((784,)), layers.Reshape((28, 28, 1))])
    for layer in (layers.Conv2D(8, 5, strides=2, activation="relu"), layers.Flatten()):
        model.add(layer)
    model.add(layers.Dense(10))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizers.Adam(0.003), loss, metrics=["accuracy"])
    return model

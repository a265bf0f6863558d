# %% steps, wrong: the rest is left out
steps = 23 * 4

# %% steps, wrong: of one epoch
steps = 24

# %% steps, wrong: a batch is no fraction
steps = 3000 / 128 * 4

# %% steps, wrong: all samples
steps = 3000 * 4

# %% steps, wrong: the epochs without a break between them
steps = int(np.ceil(3000 * 4 / 128))


# %% standardized, wrong: by itself
def standardized(x_train, x_val):
    return (x_val - x_val.mean(axis=0)) / x_val.std(axis=0)


# %% standardized, wrong: by both, which leaks
def standardized(x_train, x_val):
    both = np.concatenate([x_train, x_val])
    return (x_val - both.mean(axis=0)) / both.std(axis=0)


# %% standardized, wrong: one mean for all features
def standardized(x_train, x_val):
    return (x_val - x_train.mean()) / x_train.std()


# %% standardized, wrong: the variance
def standardized(x_train, x_val):
    return (x_val - x_train.mean(axis=0)) / x_train.var(axis=0)


# %% standardized, wrong: a layer does it
def standardized(x_train, x_val):
    layer = layers.Normalization()
    layer.adapt(x_train.astype("float32"))
    return np.array(layer(x_val))


# %% repaired, wrong: as it was
repaired = found_on_the_web


# %% repaired, wrong: still squashed
def repaired():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16, activation="relu")])
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=optimizers.Adam(learning_rate=0.01), loss="mse")
    return model


# %% repaired, wrong: a loss for classes
def repaired():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16, activation="relu")])
    model.add(layers.Dense(1))
    model.compile(optimizers.Adam(learning_rate=0.01), loss="binary_crossentropy")
    return model


# %% repaired, wrong: it is not returned
def repaired():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16), layers.Dense(1)])
    model.compile(optimizer=optimizers.Adam(learning_rate=0.01), loss="mse")


# %% repaired, wrong: any loss that falls
def repaired():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16, activation="relu")])
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("adam", lambda y_true, y_pred: keras.ops.mean(y_pred))
    return model


# %% repaired, right: another loss
def repaired():
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16, activation="relu")])
    model.add(layers.Dense(1))
    model.compile(optimizers.Adam(learning_rate=0.01), loss="mae")
    return model


# %% stack, wrong: without dropout
stack = keras.Sequential([keras.Input((28, 28)), layers.LSTM(16, return_sequences=True)])
stack.add(layers.GlobalAveragePooling1D())
stack.add(layers.Dense(10, activation="softmax"))

# %% stack, wrong: the last step, not the mean
stack = keras.Sequential([keras.Input((28, 28)), layers.LSTM(16)])
stack.add(layers.Dropout(0.2))
stack.add(layers.Dense(10, activation="softmax"))

# %% stack, wrong: no softmax
stack = keras.Sequential([keras.Input((28, 28)), layers.LSTM(16, return_sequences=True)])
stack.add(layers.Dropout(0.2))
stack.add(layers.GlobalAveragePooling1D())
stack.add(layers.Dense(10))

# %% stack, wrong: a list
stack = [layers.LSTM(16), layers.Dense(10)]

# %% stack, wrong: the functional model itself
stack = functional

# %% stack, wrong: its layers in a list
stack = keras.Sequential(functional.layers)

# %% stack, wrong: a copy of it
stack = keras.models.clone_model(functional)


# %% stack, right: a function that builds it
def stack():
    model = keras.Sequential([keras.Input((28, 28)), layers.LSTM(16, return_sequences=True)])
    model.add(layers.Dropout(0.2))
    model.add(layers.GlobalAveragePooling1D())
    model.add(layers.Dense(10, activation="softmax"))
    return model


# %% confusion, wrong: turned
def confusion(truth, probabilities):
    counts = np.zeros((3, 3))
    for row, column in zip(truth, probabilities.argmax(axis=1)):
        counts[column, row] += 1
    return counts


# %% confusion, wrong: only where it is right
def confusion(truth, probabilities):
    guess = probabilities.argmax(axis=1)
    return np.diag([np.sum((truth == k) & (guess == k)) for k in range(3)])


# %% confusion, wrong: parts, not counts
def confusion(truth, probabilities):
    counts = np.zeros((3, 3))
    for row, column in zip(truth, probabilities.argmax(axis=1)):
        counts[row, column] += 1
    return counts / len(truth)


# %% confusion, wrong: a doubled sample counts once
def confusion(truth, probabilities):
    counts = np.zeros((3, 3))
    counts[truth, probabilities.argmax(axis=1)] += 1
    return counts


# %% confusion, wrong: the kit does it
def confusion(truth, probabilities):
    return predictions.confusion(truth, probabilities, classes=["0", "1", "2"]).counts


# %% confusion, right: with one-hot rows
def confusion(truth, probabilities):
    return np.eye(3)[truth].T @ np.eye(3)[probabilities.argmax(axis=1)]


# %% stopping, wrong: the training loss
stopping = keras.callbacks.EarlyStopping("loss", patience=5, restore_best_weights=True)

# %% stopping, wrong: no patience
stopping = keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True)

# %% stopping, wrong: too patient
stopping = keras.callbacks.EarlyStopping("val_loss", patience=20, restore_best_weights=True)

# %% stopping, wrong: the last weights stay
stopping = keras.callbacks.EarlyStopping("val_loss", patience=5)

# %% stopping, wrong: a name
stopping = "EarlyStopping"


# %% stopping, right: written by hand
class ByHand(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.best, self.since = np.inf, 0

    def on_epoch_end(self, epoch, logs=None):
        self.since += 1
        if logs["val_loss"] < self.best:
            self.best, self.since = logs["val_loss"], 0
            self.weights = self.model.get_weights()
        self.model.stop_training = self.since == 5

    def on_train_end(self, logs=None):
        self.model.set_weights(self.weights)


stopping = ByHand()


# %% small, wrong: too many weights
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten()])
    model.add(layers.Dense(32, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizers.Adam(0.01), LOSS, metrics=["accuracy"])
    return model


# %% small, wrong: too narrow
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten()])
    model.add(layers.Dense(3, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizers.Adam(0.01), LOSS, metrics=["accuracy"])
    return model


# %% small, wrong: too slow
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.AveragePooling2D(2)])
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("sgd", LOSS, metrics=["accuracy"])
    return model


# %% small, wrong: no metric
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.AveragePooling2D(4)])
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", LOSS)
    return model


# %% small, wrong: not compiled
def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.AveragePooling2D(4)])
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    return model


# %% small, wrong: a metric that is always 1
def accuracy(y_true, y_pred):
    return keras.ops.ones_like(y_pred[:, 0])


def small():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.GlobalAveragePooling2D()])
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", LOSS, metrics=[accuracy])
    return model

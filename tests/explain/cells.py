# ruff: noqa: E501
"""Cells as students write them: wrong in one way, or right. Each runs after `SETUP`."""

import re

SETUP = """
import numpy as np
import keras
from keras import layers

rng = np.random.default_rng(0)
images = rng.random((64, 28, 28)).astype("float32")
flat = images.reshape(64, 784)
digits = rng.integers(0, 10, 64)
digits[:10] = range(10)
one_hot = keras.utils.to_categorical(digits, 10)
photos = rng.random((64, 3, 16, 16)).astype("float32")
table = rng.random((64, 8)).astype("float32")
price = rng.random(64).astype("float32")
sick = rng.integers(0, 2, 64)
series = rng.random((64, 20, 3)).astype("float32")
words = rng.integers(0, 50, (64, 12))
"""

#: (kind, whether a change is expected, cell).
WRONG = [
    # data and input
    (
        "data that are not what the model takes",
        True,
        """
model = keras.Sequential([keras.Input((784,)), layers.Dense(32, activation="relu"),
                          layers.Dense(10, activation="softmax")])
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images, digits, epochs=5, batch_size=128)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
inputs = keras.Input((28, 28))
x = layers.Flatten()(inputs)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(flat, digits, epochs=2)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.predict(table[0])
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10)])
picture = images[3]
model(picture)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
model = keras.Sequential()
model.add(keras.Input(shape=(9,)))
model.add(layers.Dense(16, activation="relu"))
model.add(layers.Dense(1))
model.compile(optimizer="adam", loss="mse")
history = model.fit(table, price, epochs=3, verbose=0)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
model = keras.Sequential([
    keras.Input((16, 16, 3)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(photos, digits)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
model = keras.Sequential([keras.Input((20, 4)), layers.LSTM(8), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(series, price, epochs=1)
""",
    ),
    # layer against layer
    (
        "layers that do not fit",
        True,
        """
model = keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])
""",
    ),
    (
        "layers that do not fit",
        True,
        """
inputs = keras.Input((28, 28))
x = layers.Conv2D(8, 3, activation="relu")(inputs)
x = layers.Flatten()(x)
model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
""",
    ),
    (
        "layers that do not fit",
        True,
        """
model = keras.Sequential()
model.add(keras.Input((20, 3)))
model.add(layers.LSTM(16))
model.add(layers.LSTM(8))
model.add(layers.Dense(1))
""",
    ),
    (
        "layers that do not fit",
        True,
        """
inputs = keras.Input((12,))
x = layers.Embedding(50, 8)(inputs)
x = layers.Bidirectional(layers.GRU(8))(x)
x = layers.GRU(4)(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
""",
    ),
    (
        "layers that do not fit",
        True,
        """
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3),
    layers.Flatten(),
    layers.MaxPooling2D(2),
    layers.Dense(10),
])
""",
    ),
    (
        "layers that do not fit",
        True,
        """
model = keras.Sequential([keras.Input((784,)), layers.Reshape((28, 29, 1)), layers.Conv2D(4, 3)])
""",
    ),
    (
        "layers that do not fit",
        True,
        """
model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(8, 5), layers.MaxPooling2D(), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])
""",
    ),
    (
        "layers that do not fit",
        True,
        """
def build(units=16):
    model = keras.Sequential()
    model.add(keras.Input((20, 3)))
    model.add(layers.LSTM(units))
    model.add(layers.Conv1D(8, 3))
    model.add(layers.GlobalMaxPooling1D())
    model.add(layers.Dense(1))
    return model


model = build()
""",
    ),
    # merging
    (
        "tensors that cannot be joined",
        True,
        """
a = keras.Input((8,), name="a")
left = layers.Dense(32, activation="relu")(a)
right = layers.Dense(64, activation="relu")(a)
out = layers.Dense(1)(layers.Add()([left, right]))
model = keras.Model(a, out)
""",
    ),
    (
        "tensors that cannot be joined",
        True,
        """
inputs = keras.Input((28, 28, 1))
x = layers.Conv2D(8, 3, padding="same")(inputs)
y = layers.Conv2D(8, 3)(x)
z = layers.add([x, y])
""",
    ),
    (
        "tensors that cannot be joined",
        True,
        """
picture = keras.Input((28, 28, 1))
facts = keras.Input((8,))
x = layers.Conv2D(4, 3)(picture)
both = layers.Concatenate()([x, facts])
""",
    ),
    (
        "several tensors wanted",
        True,
        """
a = keras.Input((8,))
b = keras.Input((8,))
both = layers.Concatenate()(a, b)
""",
    ),
    (
        "one tensor wanted, several given",
        True,
        """
a = keras.Input((8,))
b = keras.Input((4,))
out = layers.Dense(16)([a, b])
""",
    ),
    # input shapes
    (
        "an input shape with the samples in it",
        True,
        """
model = keras.Sequential([keras.Input((64, 28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(images, digits)
""",
    ),
    (
        "an input shape with the samples in it",
        True,
        """
inputs = keras.Input(shape=(None, 28, 28, 1))
x = layers.Conv2D(8, 3)(inputs)
x = layers.MaxPooling2D()(x)
""",
    ),
    (
        "an input given twice",
        True,
        """
model = keras.Sequential()
model.add(keras.Input((784,)))
model.add(keras.Input((28, 28)))
model.add(layers.Dense(10))
""",
    ),
    # output, loss, targets
    (
        "output, loss and targets",
        True,
        """
model = keras.Sequential([keras.Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(flat, digits, epochs=5)
""",
    ),
    (
        "output, loss and targets",
        True,
        """
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(flat, one_hot)
""",
    ),
    (
        "output, loss and targets",
        True,
        """
model = keras.Sequential([keras.Input((28, 28)), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(images, digits, epochs=3)
""",
    ),
    (
        "output, loss and targets",
        True,
        """
model = keras.Sequential([keras.Input((20, 3)), layers.LSTM(8, return_sequences=True), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(series, sick, epochs=1)
""",
    ),
    (
        "output, loss and targets",
        True,
        """
inputs = keras.Input((784,))
x = layers.Dense(32, activation="relu")(inputs)
outputs = layers.Dense(8, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile("adam", "categorical_crossentropy")
model.fit(flat, one_hot, verbose=0)
""",
    ),
    (
        "several outputs",
        False,
        """
inputs = keras.Input((784,))
x = layers.Dense(16)(inputs)
digit = layers.Dense(10, activation="softmax", name="digit")(x)
even = layers.Dense(1, activation="sigmoid", name="even")(x)
model = keras.Model(inputs, [digit, even])
model.compile("adam", ["sparse_categorical_crossentropy", "binary_crossentropy"])
model.fit(flat, digits)
""",
    ),
    (
        "several outputs",
        True,
        """
inputs = keras.Input((784,))
digit = layers.Dense(10, activation="softmax", name="digit")(inputs)
even = layers.Dense(1, activation="sigmoid", name="even")(inputs)
model = keras.Model(inputs, [digit, even])
model.compile("adam", loss={"digits": "sparse_categorical_crossentropy", "even": "binary_crossentropy"})
model.fit(flat, {"digit": digits, "even": digits % 2})
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
x_train, y_train = flat[:48], digits[:48]
x_test, y_test = flat[48:], digits[48:]
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_test)
""",
    ),
    (
        "data that are not what the model takes",
        False,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price[:60])
""",
    ),
    # compile
    (
        "not compiled",
        True,
        """
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.fit(flat, digits, epochs=2)
""",
    ),
    (
        "not compiled",
        True,
        """
inputs = keras.Input((8,))
model = keras.Model(inputs, layers.Dense(1)(inputs))
model.fit(table, price, epochs=2)
""",
    ),
    (
        "an unknown argument",
        True,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(optimiser="adam", loss="mse")
""",
    ),
    (
        "an unknown argument",
        True,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, epoch=3)
""",
    ),
    (
        "an unknown argument",
        True,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(32, activaton="relu"), layers.Dense(1)])
""",
    ),
    (
        "an unknown argument",
        True,
        """
optimizer = keras.optimizers.SGD(0.01, momentun=0.9)
""",
    ),
    (
        "a misspelt name in quotes",
        True,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(32, activation="rellu"), layers.Dense(1)])
""",
    ),
    (
        "a misspelt name in quotes",
        True,
        """
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crosentropy")
model.fit(flat, digits)
""",
    ),
    (
        "a misspelt name in quotes",
        True,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(optimizer="rmspropp", loss="mse")
""",
    ),
    (
        "a misspelt name in quotes",
        True,
        """
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["acuracy"])
model.fit(flat, digits, epochs=1)
""",
    ),
    (
        "an unknown name",
        True,
        """
model = keras.Sequential([keras.Input((28, 28)), layers.Flaten(), layers.Dense(10)])
""",
    ),
    (
        "an unknown name",
        True,
        """
from keras.layers import Dense, DropOut
""",
    ),
    (
        "an unknown name",
        True,
        """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compil("adam", "mse")
""",
    ),
    (
        "a class in the place of a layer",
        True,
        """
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten, layers.Dense(10)])
""",
    ),
    (
        "layers that are not in a list",
        True,
        """
model = keras.Sequential(keras.Input((8,)), layers.Dense(16), layers.Dense(1))
""",
    ),
    # kinds of data
    (
        "data that are not what the model takes",
        True,
        """
image = keras.Input((784,), name="image")
model = keras.Model({"image": image}, layers.Dense(10, activation="softmax")(image))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit({"img": flat}, digits)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
rows = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
labels = [1, 1, 0, 0]
model = keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(rows, labels, epochs=3)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
mixed = table.astype(object)
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(mixed, price)
""",
    ),
    (
        "data that are not what the model takes",
        True,
        """
names = np.array(["cat", "dog"])[sick]
model = keras.Sequential([keras.Input((8,)), layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(table, names)
""",
    ),
    (
        "data that are not what the model takes",
        False,
        """
rows = np.column_stack([table[:, :2].astype(object), np.array(["Oslo", "Rome"], object)[sick]])
model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(rows, price)
""",
    ),
    (
        "data that are not what the model takes",
        False,
        """
days = np.array(["2024-01-01"], "datetime64[D]") + np.arange(64)[:, None]
model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(days, price)
""",
    ),
    (
        "a generator of another form",
        True,
        """
def batches():
    while True:
        rows = rng.integers(0, 64, 16)
        yield [table[rows], price[rows]]


model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches(), steps_per_epoch=4, epochs=1, verbose=0)
""",
    ),
    # graphs, own code
    (
        "a graph that is not connected",
        True,
        """
inputs = keras.Input((8,))
other = keras.Input((8,))
outputs = layers.Dense(1)(layers.Dense(4)(other))
model = keras.Model(inputs, outputs)
""",
    ),
    (
        "values wanted of a symbol",
        True,
        """
def distance(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred))


model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", distance)
model.fit(table, price[:, None], epochs=1)
""",
    ),
    (
        "an own layer without super().__init__()",
        True,
        """
class Twice(layers.Layer):
    def __init__(self, units):
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x) * 2


model = keras.Sequential([keras.Input((8,)), Twice(4), layers.Dense(1)])
""",
    ),
    (
        "weights created in call()",
        True,
        """
class Scale(layers.Layer):
    def call(self, x):
        self.factor = self.add_weight(shape=(x.shape[-1],), initializer="ones")
        return x * self.factor


model = keras.Sequential([keras.Input((8,)), Scale(), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, epochs=1, verbose=0)
""",
    ),
    (
        "other weights",
        True,
        """
small = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(1)])
large = keras.Sequential([keras.Input((8,)), layers.Dense(16), layers.Dense(1)])
large.set_weights(small.get_weights())
""",
    ),
    (
        "an optimizer of another model",
        True,
        """
optimizer = keras.optimizers.Adam(1e-2)
first = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
first.compile(optimizer, "mse")
first.fit(table, price, epochs=1, verbose=0)
second = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(1)])
second.compile(optimizer, "mse")
second.fit(table, price, epochs=1, verbose=0)
""",
    ),
]

#: More of them, that were found after the sixty.
MORE = [
    ("a misspelt name in quotes", True, """
for name in ["tanh", "logistic"]:
    model = keras.Sequential([keras.Input((8,)), layers.Dense(4, activation=name), layers.Dense(1)])
print(f"{name:>10}: {len(model.layers)}")
"""),
    ("a misspelt name in quotes", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae", "rmse"])
model.fit(table, price, verbose=0)
"""),
    ("an unknown argument", True, """
inputs = keras.Input((8,))
outputs = {"price": layers.Dense(1)(inputs), "sold": layers.Dense(1, "sigmoid")(inputs)}
model = keras.Model(inputs, outputs)
losses = {"price": "mse", "sold": "binary_crossentropy"}
model.compile("adam", losses, loss_weight={"price": 0.2, "sold": 1.0}, metrics={"sold": ["accuracy"]})
model.fit(table, {"price": price, "sold": sick}, verbose=0)
"""),
    ("one tensor wanted, several given", True, """
inputs = keras.Input((20, 3))
encoded = layers.LSTM(4, return_state=True)(inputs)
model = keras.Model(inputs, layers.Dense(1)(encoded))
assert model.layers[-1].kernel.shape == (4, 1)
"""),
    ("output, loss and targets", True, """
inputs = keras.Input((784,))
digit = layers.Dense(8, activation="softmax", name="digit")(inputs)
even = layers.Dense(1, activation="sigmoid", name="even")(inputs)
model = keras.Model(inputs, [digit, even])
model.compile("adam", ["categorical_crossentropy", "binary_crossentropy"])
model.fit(flat, [one_hot, digits % 2], verbose=0)
"""),
    ("output, loss and targets", False, """
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(flat, digits, validation_data=(flat[:9], one_hot[:9]), verbose=0)
"""),
    ("a generator of another form", False, """
class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 8

    def __getitem__(self, k):
        return table[8 * k : 8 * k + 8], price[8 * k : 8 * k + 8]


model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(Batches(), validation_split=0.2, verbose=0)
"""),
    ("a graph that is not connected", False, """
inputs = keras.Input((784,))
code = layers.Dense(16, activation="relu")(inputs)
decoded = layers.Dense(784, activation="sigmoid")(code)
encoder, coded = keras.Model(inputs, code), keras.Input((16,))
decoder = keras.Model(coded, decoded)
codes = encoder.predict(flat, verbose=0)
decoder.predict(codes, verbose=0)
"""),
    ("other weights", False, """
import os
import tempfile


def build(words, units=8):
    return keras.Sequential([keras.Input((12,)), layers.Embedding(words, units), layers.LSTM(4)])


known = list(range(50))
path = os.path.join(tempfile.mkdtemp(), "known.weights.h5")
build(len(known)).save_weights(path)
model = build(len(known[2:]))
model.load_weights(path)
"""),
    ("old code", True, """
import os, tempfile

folder = tempfile.mkdtemp()
for fold in range(2):
    model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(table, price, verbose=0)
    model.save(os.path.join(folder, f"fold_{fold}"))
"""),
    ("old code", True, """
def batches(rows):
    while True:
        yield table[rows], price[rows]


model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
train, seen = batches(slice(0, 48)), batches(slice(48, 64))
history = model.fit_generator(train, steps_per_epoch=2, validation_data=seen, validation_steps=1)
print(history.history["val_loss"])
"""),
    ("old code", True, """
import tempfile

path = tempfile.mkdtemp() + "/best"
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.save(path)
"""),
    ("memory", False, """
model = keras.Sequential([keras.Input((2048, 2048)), layers.Flatten(), layers.Dense(2048 * 2048 * 3)])
model.compile("adam", "mae")
model.fit(rng.random((1, 2048, 2048)), rng.random((1, 2048 * 2048 * 3)), verbose=0)
"""),
    ("an unknown argument", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(8, activaton="rellu"), layers.Dense(unit=1)])
"""),
    ("data that are not what the model takes", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, validation_data=(table[:, :7], price), verbose=0)
"""),
    ("data that are not what the model takes", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, verbose=0)
new = rng.random((5, 9))
model.predict(new)
"""),
    ("several outputs", True, """
inputs = keras.Input((8,))
main, aux = layers.Dense(1, name="main")(inputs), layers.Dense(1, name="aux")(inputs)
model = keras.Model(inputs, [main, aux])
model.compile("adam", "mse")
model.fit(table, price, verbose=0)
"""),
    (
        "data that are not what the model takes",
        True,
        """
net = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
test_loss, test_acc = net.evaluate(flat, digits, verbose=0)
print(f"{test_acc:.3f}")
""",
    ),
    (
        "tensors that cannot be joined",
        True,
        """
image = keras.Input((28, 28, 1))
fine = layers.Conv2D(8, 3, activation="relu")(image)
coarse = layers.Conv2D(8, 5, activation="relu")(image)
both = layers.Concatenate()([fine, coarse])
""",
    ),
    (
        "a graph that is not connected",
        True,
        """
inputs = keras.Input((784,))
x = layers.Dense(32, activation="relu")(inputs)
inputs = keras.Input((784,))
out = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, out)
""",
    ),
    (
        "output, loss and targets",  # an output for each position is meant
        True,
        """
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3, padding="same"), layers.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(images[..., None], (images > 0.5).astype(int), verbose=0)
""",
    ),
    ("data that are not what the model takes", True, """
net = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
net.compile("rmsprop", "sparse_categorical_crossentropy")
net.fit(images / 255, digits, verbose=0)
"""),
    ("data that are not what the model takes", True, """
net = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
net.compile("rmsprop", "mse")
net.fit(table, price, verbose=0)
houses = table[:5, 1:]
net.predict(houses)
"""),
    ("data that are not what the model takes", False, """
net = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
net.compile("adam", "mse")
net.fit(table, price, verbose=0)
net.predict(np.array([[0.1, 0.2, 0.3]]))
"""),
    ("layers that do not fit", True, """
inputs = keras.Input((28, 28, 1))
x = layers.Conv2D(8, 3)(inputs)
x = layers.Flatten()(x)
x = layers.Conv2D(8, 3)(x)
"""),
    ("layers that do not fit", True, """
picture = images[0]
model = keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])
"""),
    ("a layer on what is no tensor", True, """
inputs = keras.Input((8,))
x = layers.Dense(16, activation="relu")(table)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
"""),
    ("output, loss and targets", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(table, keras.utils.to_categorical(sick, 2), verbose=0)
"""),
    ("a misspelt name in quotes", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1, name="adams")])
model.compile(optimizer="rmsporp", loss="mean_square_eror", metrics=["mae"])
model.fit(table, price, verbose=0)
"""),
    ("a misspelt name in quotes", True, """
x = layers.Dense(16, activation="rellu")(keras.Input((8,)))
y = layers.Dense(10, activation="sofmax")(x)
"""),
    ("a generator of another form", True, """
def batches():
    while True:
        yield table[:16], price[:16]

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches, steps_per_epoch=4, verbose=0)
"""),
    ("weights created in call()", True, """
class Scale(layers.Layer):
    def call(self, x):
        w = self.add_weight(shape=(x.shape[-1],), initializer="ones")
        return x * w

model = keras.Sequential([keras.Input((8,)), Scale(), layers.Dense(1)])
"""),
    ("other weights", True, """
import os, tempfile
path = os.path.join(tempfile.mkdtemp(), "small.weights.h5")
keras.Sequential([keras.Input((20, 3)), layers.LSTM(4), layers.Dense(1)]).save_weights(path)
model = keras.Sequential([keras.Input((20, 3)), layers.LSTM(8), layers.Dense(1)])
model.load_weights(path)
"""),
    ("other weights", False, """
small = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(1)])
deep = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(4), layers.Dense(1)])
deep.set_weights(small.get_weights())
"""),
    ("memory", False, """
model = keras.Sequential([keras.Input((4_000_000,)), layers.Dense(1_000_000), layers.Dense(1)])
model.predict(np.zeros((1, 4_000_000), "float32"))
"""),
    ("an unknown name", True, "import keras.layer"),
    ("an unknown name", True, "from keras.model import Sequential"),
    ("an unknown name", True, "keras.optimizers.adam(0.01)"),
    ("an unknown argument", False, "x = keras.Input((8,))\nkeras.Model(inputs=x)"),
    ("a misspelt name in quotes", True, "layers.Conv2D(8, 3, padding='sme')"),
    ("a whole number wanted", True, "layers.Dense('32')"),
    ("a number in the place of a shape", True, "keras.Input(784)"),
    ("an argument that is missing", False, "layers.Conv2D(8)"),
    ("a layer on what is no tensor", True, "layers.Dense(3)([1.0, 2.0, 3.0])"),
    ("a layer on what is no tensor", False, "keras.Model(inputs=table, outputs=price)"),
    ("values wanted of a symbol", True, "x = keras.Input((8,))\nnp.sum(x)"),
    ("a model that is not built", False,
     "model = keras.Sequential([layers.Dense(4)])\nmodel.layers[0].kernel"),
    ("layers that do not fit", True,
     "keras.Sequential([keras.Input((20, 3)), layers.LSTM(8, return_state=True), layers.Dense(1)])"),
    ("a curve by another name", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
history = model.fit(table, price, verbose=0)
history.history["mea"]
"""),
    ("no targets", False, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table)
"""),
    ("data that are not what the model takes", False, """
a, b = keras.Input((8,), name="a"), keras.Input((3,), name="b")
model = keras.Model([a, b], layers.Dense(1)(layers.concatenate([a, b])))
model.compile("adam", "mse")
model.fit(table, price)
"""),
    ("data that are not what the model takes", False, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, sample_weight=np.ones(10))
"""),
    ("a model that lost its weights", False, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, verbose=0)
try:
    model.fit(table[:, :3], price, verbose=0)
except ValueError:
    model.fit(table, price, verbose=0)
"""),
    ("data that are not what the model takes", True, """
a, b = keras.Input((8,), name="a"), keras.Input((20, 3), name="b")
h = layers.Concatenate()([layers.Dense(4)(a), layers.LSTM(4)(b)])
model = keras.Model([a, b], layers.Dense(1)(h))
model.compile("adam", "mse")
model.fit([series, table], price, verbose=0)
"""),
    ("layers that do not fit", False, """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3)

    def call(self, x):
        return self.conv(x)


net = Net()
net.compile("adam", "mse")
net.fit(images, digits, verbose=0)
"""),
    ("not judged", False, """
class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.lstm = layers.LSTM(4)
        self.add = layers.Add()

    def call(self, x):
        return self.add([self.lstm(x), x])


Block()(series)
"""),
    ("a misspelt name in quotes", True, """
curves = {}
for name in ["adam", "rmsprp"]:
    model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
    model.compile(name, "mse")
    history = model.fit(table, price, validation_split=0.2, verbose=0)
    curves[name] = history.history["val_loss"][-1]
"""),
    ("tensors that cannot be joined", True, """
inputs = keras.Input((8,))
h = layers.Dense(16)(inputs)
skip = layers.Dense(8)(inputs)
out = h + skip
"""),
    ("a layer on what is no tensor", True, """
inputs = keras.Input((8,))
x = layers.Dense(4, activation="relu")
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
"""),
    ("a layer on what is no tensor", True, """
inputs = keras.Input((8,))
outputs = layers.Dense(1)
model = keras.Model(inputs, outputs)
"""),
    ("metrics that are not in a list", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse", metrics="mae")
"""),
    ("a model without call()", True, """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def forward(self, x):
        return self.dense(x)


net = Net()
net.compile("adam", "mse")
net.fit(table, price, verbose=0)
"""),
    ("a name without name=", True, """
class Gain(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight("w", shape=(shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.w


Gain()(table)
"""),
    ("data that are not what the model takes", False, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
for one, target in zip(table, price):
    model.train_on_batch(one, target)
"""),
    ("a History in the place of its curves", True, """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(table, price, verbose=0)
last = history["loss"][-1]
"""),
    ("a name twice", True, """
inputs = keras.Input((8,))
h = layers.Dense(8, name="d")(inputs)
model = keras.Model(inputs, layers.Dense(1, name="d")(h))
"""),
]  # fmt: skip

#: Cells with nothing wrong, of the same look: one a paragraph.
RIGHT = """
model = keras.Sequential([keras.Input((784,)), layers.Dense(16, activation="relu"), layers.Dense(10, activation="softmax")])
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(flat, digits, epochs=1, verbose=0)

model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(flat, one_hot, epochs=1, verbose=0)

model = keras.Sequential([keras.Input((784,)), layers.Dense(10)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(flat, digits, verbose=0)

model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(images, digits, validation_split=0.25, verbose=0)

model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D(), layers.Dense(10, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(images, digits, verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
history = model.fit(table, price, epochs=2, verbose=0)
assert len(history.history["mae"]) == 2

model = keras.Sequential([keras.Input((8,)), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(table, sick, verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
model.fit(table, sick[:, None], verbose=0)

model = keras.Sequential([keras.Input((20, 3)), layers.LSTM(4), layers.Dense(1)])
model.compile("adam", "mae")
model.fit(series, price, verbose=0)

model = keras.Sequential([keras.Input((20, 3)), layers.GRU(4, return_sequences=True), layers.GRU(4), layers.Dense(1)])
model.compile("adam", "huber")
model.fit(series, price, verbose=0)

model = keras.Sequential([keras.Input((12,)), layers.Embedding(50, 4), layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(words, sick, verbose=0)

inputs = keras.Input((784,))
digit = layers.Dense(10, activation="softmax", name="digit")(inputs)
even = layers.Dense(1, activation="sigmoid", name="even")(inputs)
model = keras.Model(inputs, [digit, even])
model.compile("adam", {"digit": "sparse_categorical_crossentropy", "even": "binary_crossentropy"})
model.fit(flat, {"digit": digits, "even": digits % 2}, verbose=0)

inputs = keras.Input((784,))
model = keras.Model(inputs, [layers.Dense(10, activation="softmax")(inputs), layers.Dense(1)(inputs)])
model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
model.fit(flat, [digits, price], verbose=0)

a, b = keras.Input((8,), name="a"), keras.Input((784,), name="b")
model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))
model.compile("adam", "mse")
model.fit({"a": table, "b": flat}, price, verbose=0)

a, b = keras.Input((8,)), keras.Input((784,))
model = keras.Model([a, b], layers.Dense(1)(layers.concatenate([a, b])))
model.compile("adam", "mse")
model.fit([table, flat], price, verbose=0)

def distance(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred))


model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", distance)
model.fit(table, price[:, None], verbose=0)

class Twice(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x) * 2


model = keras.Sequential([keras.Input((8,)), Twice(4), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, verbose=0)

class Scale(layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return x * self.factor


Scale()(table)

def batches():
    while True:
        rows = rng.integers(0, 64, 16)
        yield table[rows], price[rows]


model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(batches(), steps_per_epoch=2, verbose=0, shuffle=False)

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table[:48], price[:48], validation_data=(table[48:], price[48:]), verbose=0)

model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.predict(flat[:1], verbose=0).argmax(axis=-1)

model = keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, verbose=0)

model = keras.Sequential()
model.add(keras.Input((28, 28)))
model.add(layers.Flatten())
model.add(layers.Dense(10))
model.summary()

model = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10)])
model(photos.transpose(0, 2, 3, 1))

model = keras.Sequential([keras.Input((784,)), layers.Reshape((28, 28, 1)), layers.Conv2D(4, 3)])
model(flat)

x = keras.Input((8,))
y = layers.Add()([layers.Dense(8)(x), x])
keras.Model(x, y)(table)

x = keras.Input((28, 28, 1))
y = layers.Conv2D(1, 3, padding="same")(x) + x
keras.Model(x, y).count_params()

x = keras.Input((12,))
y = layers.Bidirectional(layers.LSTM(4))(layers.Embedding(50, 8)(x))
keras.Model(x, layers.Dense(2, activation="softmax")(y)).summary()

x = layers.Dense(3)(table)
assert x.shape == (64, 3)

try:
    layers.Conv2D(4, 3)(keras.Input((28, 28)))
except ValueError:
    pass

try:
    keras.Sequential([keras.Input((8,)), layers.Dense(1)]).fit(table, price)
except ValueError as error:
    print(error)

keras.utils.to_categorical([0, 1, 2])

keras.losses.get("mse"), keras.activations.get("relu"), keras.optimizers.get("adam")

keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)

keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1e-3, 100, 0.9))

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(keras.optimizers.Adam(1e-2), loss=keras.losses.Huber(delta=0.5))
model.fit(table, price, batch_size=32, epochs=1, verbose=0)
model.evaluate(table, price, verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(1)])
other = keras.models.clone_model(model)
other.set_weights(model.get_weights())

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adam", "mse")
model.train_on_batch(table, price)
model.test_on_batch(table, price)

model = keras.Sequential([keras.Input((8,)), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(table, price, verbose=0, sample_weight=np.ones(64))

model = keras.Sequential([keras.Input((8,)), layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(table, sick, class_weight={0: 1.0, 1: 2.0}, verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(3, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(table, (table[:, :3] > 0.5) * 1, verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
model.compile("adam", "mse")
model.fit(table, table[:, :3], verbose=0)

model = keras.Sequential([keras.Input((784,)), layers.Dense(8, activation="relu"), layers.Dense(784, activation="sigmoid")])
model.compile("adam", "mse")
model.fit(flat, flat, verbose=0)

order = np.argsort(digits, kind="stable")
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(flat[order], digits[order], verbose=0)

model = keras.Sequential([keras.Input((20, 3)), layers.LSTM(4, return_sequences=True), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(series, series[:, :, :1], verbose=0)

model = keras.Sequential([keras.Input((20, 3)), layers.Conv1D(4, 3, activation="relu"), layers.GlobalMaxPooling1D(), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(series, price, verbose=0)

from keras.layers import Dense, Input
from keras.models import Sequential
model = Sequential([Input((8,)), Dense(1)])

from keras import backend as K
K.clear_session()

from keras.utils import to_categorical
to_categorical(digits, num_classes=10)

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.get_config()
keras.models.model_from_json(model.to_json())

layers.Flatten()(images)

layers.MultiHeadAttention(2, 4)(series, series)

query = keras.Input((20, 3))
layers.Attention()([query, query])

keras.Model(inputs := keras.Input((8,)), layers.Dense(1)(inputs)).layers

first = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
both = keras.Sequential([keras.Input((8,)), first, layers.Dense(1)])
both.compile("adam", "mse")
both.fit(table, price, verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(1, activation="tanh")])
model.compile("adam", "hinge")
model.fit(table, 2 * sick - 1, verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(1, activation="exponential")])
model.compile("adam", "poisson")
model.fit(table, np.round(10 * price), verbose=0)

model = keras.Sequential([keras.Input((8,)), layers.Dense(1, activation="relu")])
model.compile("adam", "mse")
model.fit(table, price, verbose=0, callbacks=[keras.callbacks.EarlyStopping(monitor="loss")])

total = sum(w.size for w in keras.Sequential([keras.Input((8,)), layers.Dense(4)]).get_weights())
assert total == 36

[layer.name for layer in keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(1)]).layers]
"""

RIGHT = [text.strip("\n") for text in re.split(r"(?<!\n)\n\n(?!\n| )", RIGHT)]

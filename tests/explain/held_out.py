"""Forty cells that were written from the titles of the kinds alone, when the rules were frozen.

Their first score, with the rules as they were: 30 of 30 wrong ones explained, 28 with a change, all of
which work; not a word on the 10 right ones. Who wrote them had also written the rules.
"""
# ruff: noqa: E501

#: (a word or two that a right explanation must name, cell). Each runs after `cells.SETUP`.
WRONG = [
    # data against the model's input
    (r"784", '''
net = keras.models.Sequential()
net.add(layers.Input(shape=(28 * 28,)))
net.add(layers.Dense(64, activation="relu"))
net.add(layers.Dense(10, activation="softmax"))
net.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
x_train, x_val = images[:48], images[48:]
y_train, y_val = digits[:48], digits[48:]
net.fit(x_train, y_train, epochs=2, validation_data=(x_val, y_val))
'''),
    (r"axis of the samples", '''
inputs = keras.Input(shape=(784,))
outputs = layers.Dense(10, activation="softmax")(inputs)
classifier = keras.Model(inputs=inputs, outputs=outputs)
sample = flat[17]
probabilities = classifier.predict(sample)
'''),
    (r"channels", '''
cnn = keras.Sequential([
    layers.Conv2D(16, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
cnn.compile("rmsprop", "sparse_categorical_crossentropy")
cnn.fit(images, digits, epochs=1)
'''),
    (r"7 features", '''
X = table[:, 1:]
regressor = keras.Sequential([keras.Input(shape=(8,)), layers.Dense(16, activation="relu"), layers.Dense(1)])
regressor.compile(loss="mae", optimizer="sgd")
regressor.fit(X, price, epochs=3)
'''),
    (r"another order|16, 16, 3", '''
inp = keras.Input((16, 16, 3))
h = layers.Conv2D(8, 3, activation="relu")(inp)
h = layers.GlobalMaxPooling2D()(h)
m = keras.Model(inp, layers.Dense(10, activation="softmax")(h))
m.compile("adam", "sparse_categorical_crossentropy")
m.evaluate(photos, digits)
'''),
    # layers against layers
    (r"Flatten|vector|height", '''
model = keras.Sequential()
model.add(layers.Input((28, 28, 1)))
model.add(layers.Conv2D(8, 3, activation="relu"))
model.add(layers.Flatten())
model.add(layers.Conv2D(16, 3, activation="relu"))
'''),
    (r"targets|26", '''
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images[..., np.newaxis], digits, epochs=1)
'''),
    (r"sequence|timestep", '''
reader = keras.Sequential([
    keras.Input((12,)),
    layers.Embedding(50, 16),
    layers.LSTM(16),
    layers.Dropout(0.2),
    layers.LSTM(16),
    layers.Dense(1, activation="sigmoid"),
])
'''),
    (r"Multiply|shapes", '''
inp = keras.Input((8,))
gate = layers.Dense(4, activation="sigmoid")(inp)
out = layers.Multiply()([inp, gate])
'''),
    (r"Concatenate|shapes", '''
sequence = keras.Input((20, 3))
numbers = keras.Input((8,))
summary = layers.LSTM(8, return_sequences=True)(sequence)
merged = layers.concatenate([summary, numbers])
'''),
    # input_shape
    (r"samples", '''
model = keras.Sequential()
model.add(layers.Dense(16, activation="relu", input_shape=(64, 8)))
model.add(layers.Dense(1))
model.compile("adam", "mse")
model.fit(table, price, epochs=1)
'''),
    (r"input", '''
model = keras.Sequential([keras.Input((8,))])
model.add(keras.Input((8, 1)))
model.add(layers.Dense(4))
'''),
    # a list where a tensor was wanted
    (r"one tensor|takes one", '''
left = keras.Input((4,))
right = keras.Input((4,))
h = layers.Dense(8, activation="relu")([left, right])
'''),
    # y against output and loss
    (r"class|sparse", '''
inp = keras.Input((784,))
out = layers.Dense(10, activation="softmax")(layers.Dense(32, activation="relu")(inp))
model = keras.Model(inp, out)
model.compile(optimizer="adam", loss=keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
model.fit(flat, digits, batch_size=32)
'''),
    (r"number of the class|rows", '''
model = keras.Sequential([keras.Input((784,)), layers.Dense(10)])
model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(flat, one_hot, epochs=1)
'''),
    (r"outputs", '''
inp = keras.Input((8,))
h = layers.Dense(8, activation="relu")(inp)
model = keras.Model(inp, {"cost": layers.Dense(1, name="cost")(h), "ill": layers.Dense(1, activation="sigmoid", name="ill")(h)})
model.compile("adam", loss={"cost": "mse", "ill": "binary_crossentropy"})
model.fit(table, {"price": price, "ill": sick}, epochs=1)
'''),
    # compile
    (r"compile", '''
model = keras.Sequential([keras.Input((8,)), layers.Dense(1, activation="sigmoid")])
model.evaluate(table, sick)
'''),
    (r"metrics", '''
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metric=["mae"])
'''),
    (r"mean_squared_error", '''
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(optimizer="adam", loss="mean_square_error")
model.fit(table, price)
'''),
    (r"adam", '''
model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile("adan", "mse")
'''),
    (r"softmax", '''
model = keras.Sequential([keras.Input((8,)), layers.Dense(3, activation="sofmax")])
'''),
    # data of other kinds
    (r"named|names", '''
age = keras.Input((8,), name="age")
scan = keras.Input((784,), name="scan")
both = layers.Concatenate()([age, scan])
model = keras.Model(inputs={"age": age, "scan": scan}, outputs=layers.Dense(1)(both))
model.compile("adam", "mse")
data = {"age": table, "scans": flat}
model.fit(data, price)
'''),
    (r"list", '''
xs = [1.0, 2.0, 3.0, 4.0]
ys = [2.0, 4.0, 6.0, 8.0]
line = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
line.compile("sgd", "mse")
line.fit(xs, ys, epochs=10, verbose=0)
'''),
    (r"text|numbers", '''
sizes = np.array([["1.5", "2"], ["3", "4.25"]] * 32)
model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(sizes, price)
'''),
    (r"generator|tuple", '''
class_names = range(10)

def stream(x, y, size=16):
    for start in range(0, len(x), size):
        yield [x[start:start + size], y[start:start + size]]

model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(stream(flat, digits), epochs=1)
'''),
    # graphs and own code
    (r"Input|path", '''
image_input = keras.Input((784,))
hidden = layers.Dense(32, activation="relu")(image_input)
new_input = keras.Input((784,))
model = keras.Model(inputs=new_input, outputs=layers.Dense(10)(hidden))
'''),
    (r"keras.ops|values", '''
def log_cosh(y_true, y_pred):
    error = y_pred - y_true
    return np.mean(np.log(np.cosh(error)))

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(optimizer="adam", loss=log_cosh)
model.fit(table, price.reshape(-1, 1), epochs=1)
'''),
    (r"super", '''
class Residual(keras.layers.Layer):
    def __init__(self, units, activation="relu"):
        self.units = units
        self.inner = layers.Dense(units, activation=activation)

    def call(self, inputs):
        return inputs + self.inner(inputs)

x = keras.Input((8,))
y = Residual(8)(x)
'''),
    (r"architecture", '''
teacher = keras.Sequential([keras.Input((8,)), layers.Dense(32), layers.Dense(1)])
student = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
student.set_weights(teacher.get_weights())
'''),
    # old code
    (r"learning_rate", '''
from keras.optimizers import SGD
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer=SGD(lr=0.01, momentum=0.9, nesterov=True), metrics=["accuracy"])
'''),
]  # fmt: skip

RIGHT = [
    '''
net = keras.models.Sequential()
net.add(layers.Input(shape=(28 * 28,)))
net.add(layers.Dense(10, activation="softmax"))
net.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(flat[:48], digits[:48], epochs=2, validation_data=(flat[48:], digits[48:]), verbose=0)
''',
    '''
inputs = keras.Input(shape=(784,))
classifier = keras.Model(inputs, layers.Dense(10, activation="softmax")(inputs))
probabilities = classifier.predict(flat[17:18], verbose=0)
assert probabilities.shape == (1, 10)
''',
    '''
cnn = keras.Sequential([layers.Conv2D(4, (3, 3), activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
cnn.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
cnn.fit(images[..., None], digits, epochs=1, verbose=0)
''',
    '''
reader = keras.Sequential([keras.Input((12,)), layers.Embedding(50, 8), layers.LSTM(4), layers.Dense(1, activation="sigmoid")])
reader.compile("adam", "binary_crossentropy", metrics=["accuracy"])
reader.fit(words, sick, epochs=1, verbose=0)
''',
    '''
inp = keras.Input((8,))
gate = layers.Dense(8, activation="sigmoid")(inp)
model = keras.Model(inp, layers.Dense(1)(layers.Multiply()([inp, gate])))
model.compile("adam", "mse", metrics=["mae"])
model.fit(table, price, epochs=1, verbose=0)
''',
    '''
inp = keras.Input((8,))
h = layers.Dense(8, activation="relu")(inp)
model = keras.Model(inp, {"cost": layers.Dense(1, name="cost")(h), "ill": layers.Dense(1, activation="sigmoid", name="ill")(h)})
model.compile("adam", loss={"cost": "mse", "ill": "binary_crossentropy"})
model.fit(table, {"cost": price, "ill": sick}, epochs=1, verbose=0)
''',
    '''
def stream(x, y, size=16):
    for start in range(0, len(x), size):
        yield x[start:start + size], y[start:start + size]

model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(stream(flat, digits), epochs=1, verbose=0, shuffle=False)
''',
    '''
def log_cosh(y_true, y_pred):
    error = y_pred - y_true
    return keras.ops.mean(keras.ops.log(keras.ops.cosh(error)))

model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(optimizer="adam", loss=log_cosh)
model.fit(table, price.reshape(-1, 1), epochs=1, verbose=0)
''',
    '''
class Residual(keras.layers.Layer):
    def __init__(self, units, activation="relu"):
        super().__init__()
        self.inner = layers.Dense(units, activation=activation)

    def call(self, inputs):
        return inputs + self.inner(inputs)

y = Residual(8)(keras.Input((8,)))
''',
    '''
from keras.optimizers import SGD
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer=SGD(learning_rate=0.01, momentum=0.9, nesterov=True), metrics=["accuracy"])
model.fit(flat, one_hot, verbose=0)
''',
]  # fmt: skip

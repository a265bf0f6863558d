"""Models to be read and drawn: those that a course shows, some that are odd, keras.applications."""

import contextlib
import functools

import keras
import numpy as np
from keras import layers


def stack():
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="stack",
    )
    model.compile("rmsprop", loss="sparse_categorical_crossentropy")
    return model


def two_branches():
    title, body = keras.Input((128,), name="title"), keras.Input((64,), name="body")
    x = layers.Dense(32, activation="relu")(title)
    y = layers.Dense(32, activation="relu")(body)
    z = layers.Concatenate()([x, layers.Dense(16)(y)])
    return keras.Model([title, body], layers.Dense(1, activation="sigmoid")(z), name="branches")


def heads(count=3):
    image = keras.Input((16, 16, 3), name="image")
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, activation="relu")(image))
    outputs = [layers.Dense(k + 1, name=f"head_{k}")(x) for k in range(count)]
    model = keras.Model(image, outputs, name="heads")
    model.compile("adam", loss={f"head_{k}": "mse" if k else "mae" for k in range(count)})
    return model


def inception():
    x = keras.Input((28, 28, 192))
    a = layers.Conv2D(64, 1, activation="relu")(x)
    b = layers.Conv2D(96, 1, activation="relu")(x)
    b = layers.Conv2D(128, 3, padding="same", activation="relu")(b)
    c = layers.Conv2D(16, 1, activation="relu")(x)
    c = layers.Conv2D(32, 5, padding="same", activation="relu")(c)
    d = layers.Conv2D(32, 1, activation="relu")(layers.MaxPooling2D(3, 1, padding="same")(x))
    return keras.Model(x, layers.Concatenate()([a, b, c, d]), name="inception")


def residual():
    inputs = keras.Input((32, 32, 3))
    x = skip = layers.Conv2D(32, 3, activation="relu")(inputs)
    x = layers.Conv2D(64, 3, padding="same")(x)
    x = skip = layers.Add()([x, layers.Conv2D(64, 1)(skip)])
    x = layers.Conv2D(64, 3, padding="same")(layers.Conv2D(64, 3, padding="same")(x))
    x = layers.GlobalAveragePooling2D()(x + skip)
    return keras.Model(inputs, layers.Dense(10)(x), name="residual")


def nested():
    base = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.Flatten(),
        ],
        name="base",
    )
    base.trainable = False
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, layers.Dense(10)(base(inputs)), name="nested")


def siamese():
    tower = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(64, activation="relu")], name="tower"
    )
    left, right = keras.Input((28, 28), name="left"), keras.Input((28, 28), name="right")
    x = layers.Subtract()([tower(left), tower(right)])
    return keras.Model([left, right], layers.Dense(1)(x), name="siamese")


def nests():
    """Models in a model in a model; two inputs and outputs, called twice; a subclassed one."""
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    crossed = [layers.Add()([a, b]), layers.Multiply()([b, a])]
    pair = keras.Model([a, b], crossed, name="pair")
    deepest = keras.Sequential([keras.Input((3,)), layers.Dense(5)], name="deepest")
    deep = keras.Sequential([keras.Input((3,)), deepest, layers.Dense(3)], name="deep")
    inputs = keras.Input((8,))
    x = Own()(inputs)
    p, q = pair([x, deep(x)])
    r, s = pair([q, p])
    return keras.Model(inputs, [r, layers.Concatenate()([s, p])], name="nests")


def unet():
    x = inputs = keras.Input((32, 32, 1))
    skips = []
    for filters in (8, 16, 32):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    for filters in (32, 16, 8):
        x = layers.Concatenate()([skips.pop(), layers.Conv2DTranspose(filters, 2, strides=2)(x)])
    return keras.Model(inputs, layers.Conv2D(1, 1)(x), name="unet")


def transformer(blocks=1):
    tokens = keras.Input((100,), dtype="int32", name="tokens")
    x = layers.Embedding(2000, 32)(tokens)
    for _ in range(blocks):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 16)(x, x))
        x = layers.LayerNormalization()(x + layers.Dense(32)(layers.Dense(64, "gelu")(x)))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(tokens, layers.Dense(2)(x), name="transformer")


def translator():
    source, target = keras.Input((50,), name="source"), keras.Input((40,), name="target")
    embed = layers.Embedding(500, 16)
    _, h, c = layers.LSTM(16, return_state=True)(embed(source))
    y = layers.LSTM(16, return_sequences=True)(embed(target), initial_state=[h, c])
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(y)
    outputs = layers.TimeDistributed(layers.Dense(500, activation="softmax"))(y)
    return keras.Model([source, target], outputs, name="translator")


class Own(keras.Model):
    """A subclassed model: only its call() knows that the last layer comes first."""

    def __init__(self):
        super().__init__(name="own")
        self.last, self.first = layers.Dense(3, name="last"), layers.Dense(4, name="first")

    def call(self, x):
        return self.last(self.first(x))


def subclassed():
    model = Own()
    model(np.zeros((2, 5), "float32"))
    model.compile("sgd", loss="mse")
    return model


def lazy():
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)], name="lazy")
    model(np.zeros((2, 5), "float32"))
    return model


def again():
    inputs, dense = keras.Input((4,)), layers.Dense(4)
    return keras.Model(inputs, dense(dense(dense(inputs))), name="again")


def twice():
    """A tensor taken twice; an input and an inner tensor as outputs."""
    inputs = keras.Input((4,))
    x = layers.Dense(4)(inputs)
    return keras.Model(inputs, [layers.Add()([x, x]), x, inputs], name="twice")


def operations():
    inputs = keras.Input((4, 4))
    parts = keras.ops.split(inputs, 2, axis=1)
    return keras.Model(inputs, [keras.ops.mean(inputs * 2 + 1, axis=1), parts[1]], name="ops")


def named():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    x = layers.Concatenate()([a, b])
    model = keras.Model({"a": a, "b": b}, {"y": layers.Dense(1)(x), "z": layers.Dense(2)(x)})
    model.compile("sgd", loss={"y": "mse", "z": keras.losses.Huber()})
    return model


def wide():
    inputs = keras.Input((8,))
    x = layers.Concatenate()([layers.Dense(k + 1)(inputs) for k in range(20)])
    return keras.Model(inputs, x, name="wide")


class OwnLayer(layers.Layer):
    def __init__(self):
        super().__init__(name="own_layer")
        self.scale = self.add_weight(shape=(4,))

    def call(self, x):
        return x * self.scale


def long_names():
    inputs = keras.Input((4,), name="an_input_with_a_name_" + "that_goes_on_and_on_" * 4)
    x = OwnLayer()(inputs)
    return keras.Model(inputs, layers.Dense(4, name="dense_" * 20)(x), name="long_" * 20)


SMALL = (
    stack, two_branches, heads, inception, residual, nested, siamese, nests, unet, transformer,
    translator, subclassed, lazy, again, twice, operations, named, wide, long_names,
)  # fmt: skip

APPLICATIONS = (
    "ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "InceptionResNetV2",
    "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Small", "NASNetMobile", "ResNet50",
    "ResNet50V2", "VGG16", "Xception",
)  # fmt: skip


@functools.cache
def made(build):
    """A small model, made once for all tests that only look at it."""
    return build()


@contextlib.contextmanager
def application(name):
    """A model of keras.applications in full size, of which no weight is ever made: 0.1 s."""
    with keras.StatelessScope(initialize_variables=False):
        model = getattr(keras.applications, name)(weights=None)
    try:
        yield model
    finally:
        keras.backend.clear_session()  # or else the next such scope would make the weights

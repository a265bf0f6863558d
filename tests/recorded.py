"""What the site records of the labs of each notebook, in the order of their cells.

Each line has what ``lab.record(path, ...)`` is called with: a number of positions, a list of
values, or ``...`` for all of them. A lab has at least 20 states, or all that there are. What
compiles anew, a structure, has few values; another seed of it, which comes last, costs little.
"""

# ruff: noqa: C408 -- as the calls have them

KINDS = [  # of a layer; the one that stands there comes last, so that each is a new one
    "Conv1D", "Conv2D", "MaxPooling2D", "GlobalAveragePooling2D", "Flatten", "Embedding", "LSTM",
    "Bidirectional", "Dropout", "Dense",
]  # fmt: skip

RECORDED = {
    "01_anatomy": [
        ("step", dict(stage=..., sample=6)),
        ("fit", dict(learning_rate=21, activation=...)),
        ("sketch", dict(sample=24)),
    ],
    "02_layers": [
        ("dense", dict(unit=..., sample=4, epochs=[0, 10])),
        ("conv", dict(row=..., column=...)),
        ("lstm", dict(timestep=..., panels=...)),
        ("bricks", dict(input=..., kind=KINDS)),
    ],
    "03_models": [
        ("fit", dict(depth=[1, 4, 12], units=[1, 16, 64], seed=[0, 1, 2])),
        ("fit", dict(branches=[1, 2, 4, 8], width=[4, 16], seed=[0, 1, 2])),
        ("fit", dict(weight=[0.0, 0.5, 1.0, 5.0], width=[8, 32], seed=[0, 1, 2])),
        ("fit", dict(branches=..., filters=[4, 8], seed=[0, 1, 2])),
        ("model", dict(branches=..., filters=[1, 2, 4, 6, 8])),
        ("fit", dict(depth=[1, 2, 5, 10, 20], skip=..., seed=[0, 1])),
    ],
    "04_hypothesis_space": [
        ("playground", dict(network=..., data=..., seed=[0, 1, 2, 3, 4])),
        ("playground", dict(units=[1, 2, 3, 8], activation=..., seed=[0, 3])),
        ("playground", dict(beside=..., data=["xor", "circles", "moons"], seed=[0, 1])),
        (
            "hypotheses",
            dict(
                target=["line", "step", "hill", "sine", "waves", "zigzag"],
                units=[2, 16],
                activation=["tanh", "linear"],
            ),
        ),
        ("playground", dict(units=[8, 64], l2=..., dropout=[0.0, 0.5], seed=[0, 1])),
    ],
    "05_losses": [
        ("loss", dict(logit=41, target=[0.0, 1.0])),
        ("fit", dict(learning_rate=13, loss=...)),
        ("outlier", dict(x=7, y=7)),
        ("shortcut", dict(weight=21)),
        ("shortcut", dict(share=...)),
        ("ctc", dict(label=..., logit_3=9)),
    ],
    "06_optimizers": [
        (
            "update",
            dict(step=13, optimizer=..., gradients=["steady", "noisy", "alternating", "one spike"]),
        ),
        ("race", dict(step=21, surface=...)),
        ("sweep", dict(learning_rate=41)),
        ("divergence", dict(learning_rate=21, momentum=...)),
        ("fit", dict(peak=5, schedule=...)),
    ],
    "07_workflow": [
        ("fit", dict(patience=[1, 2, 5, 10, 20], seed=[0, 1, 2, 3])),
        (
            "workflow",
            dict(
                optimizer=...,
                learning_rate=[0.0001, 0.001, 0.01, 0.1],
                look=["curves", "confusion", "mistakes"],
            ),
        ),
    ],
}

LINE = """\
def build(learning_rate=0.5):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model
"""
SOFTMAX = """\
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""

#: What the gallery shows where no notebook has it as the output of a cell of its own.
CALLS = {
    "labs.playground": """\
from anatomy import labs
import keras

def build(units=4, activation="tanh", learning_rate=0.05):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, activation=activation)])
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(keras.optimizers.Adam(learning_rate), "binary_crossentropy")
    return model

labs.playground(build, "circles", epochs=50)""",
    "labs.sketch": f"""\
from anatomy import data, labs
import keras

digits = data.digits()
{SOFTMAX}
model.fit(digits.x_train, digits.y_train, epochs=5, verbose=0)
labs.sketch(model, digits)""",
    "draw.convolution": """\
from anatomy import data, draw, layers
import numpy as np

image = data.digits("images").x_train[0]
kernel = np.array([[-1.0, 0.0, 1.0]] * 3)[..., None]
draw.convolution(layers.convolve(image, kernel), row=12, column=12)""",
    "draw.divergence": f"""\
from anatomy import data, draw, labs
import keras

{LINE}
lab = labs.divergence(build, data.waves("sine"), learning_rate=(1e-3, 10.0), epochs=5)
lab.wait()
draw.divergence(**lab.picture.facts)""",
    "draw.kernels": f"""\
from anatomy import data, draw
import keras

digits = data.digits()
{SOFTMAX}
model.fit(digits.x_train, digits.y_train, epochs=5, verbose=0)
draw.kernels(model.layers[-1].kernel, digits.x_train, digits.y_train)""",
    "draw.loss": """\
from anatomy import draw

draw.loss("binary_crossentropy", "mse", target=1, over="logit", at=-4)""",
    "draw.outlier": """\
from anatomy import draw, labs
import keras
import numpy as np

x = np.linspace(-1, 1, 40)[:, None]
y = x + np.random.default_rng(0).normal(0, 0.2, x.shape)

def build(loss="mse"):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), loss)
    return model

lab = labs.outlier(build, lambda: (x, y))
lab.wait()
draw.outlier(**lab.picture.facts)""",
    "draw.paths": """\
from anatomy import draw, optimizers
import keras

racers = [keras.optimizers.SGD(0.05), keras.optimizers.Adam(0.1)]
draw.paths("ravine", [optimizers.path(racer, "ravine", steps=60) for racer in racers])""",
    "draw.rare": """\
from anatomy import draw
import numpy as np

random = np.random.default_rng(0)
y = random.random(300) < 0.1
draw.rare(y, random.beta(2 + 2 * y, 5), classes=("others", "nines"))""",
    "draw.recurrence": """\
from anatomy import data, draw, layers
import keras

lstm = keras.layers.LSTM(8)
lstm.build((None, 28, 28))
facts = layers.recurrence(lstm, data.digits("sequences").x_train[0])
draw.recurrence(facts, timestep=12, unit=3)""",
    "draw.search_map": f"""\
from anatomy import data, draw, hypotheses
import keras
import numpy as np

{LINE}
x = np.linspace(-1, 1, 100).reshape(-1, 1)
path = hypotheses.path(build, data.waves("sine"), x, epochs=20)
draw.search_map(hypotheses.sample(build, x, 500), path, data.WAVES["sine"](x))""",
    "draw.step": f"""\
from anatomy import data, draw, labs
import keras

{SOFTMAX}
lab = labs.step(model, data.digits())
draw.step(model, lab.step)""",
    "draw.unit": """\
from anatomy import data, draw
import keras

dense = keras.layers.Dense(10, activation="relu")
dense.build((None, 784))
draw.unit(dense, data.digits().x_train[0], unit=3)""",
}

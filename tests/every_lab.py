"""Every lab once, small: a notebook for what imitates Colab, and for a real browser."""

import make_notebooks
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

LONG = 100_000  # epochs: nobody waits until they are over

BEGIN = f"""
LONG = {LONG}
from anatomy import data, labs
import ipywidgets
import keras
from keras import layers, optimizers

waves, some, digits = data.waves("sine"), data.digits("images"), data.digits("sequences")

def line(learning_rate=0.05, momentum=0.0):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile(optimizers.SGD(learning_rate, momentum=momentum), "mse")
    return model

def bend(units=2):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(units, "tanh"), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model

def plane(units=3):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(units, "tanh"), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model

def straight(loss):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile(optimizers.SGD(0.01), loss)
    return model

def points(n=8):
    return waves.x_train[:n], waves.y_train[:n]

def halves(share=1.0):
    x, y = waves.x_train[:64], (waves.y_train[:64] > 0) * 1
    return dict(x=x, y=y, validation_data=(x, y))

def two():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model

reader = keras.Sequential([keras.Input((28, 28)), layers.LSTM(4), layers.Dense(10)])
hidden, output = layers.Dense(8, "relu"), layers.Dense(10, "softmax")
model = keras.Sequential([keras.Input((784,)), hidden, output])
epochs = ipywidgets.IntSlider(3, 1, LONG, description="epochs")
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""

LABS = """
labs.fit(line, waves, learning_rate=(1e-5, 1.0), epochs=epochs)
labs.playground(plane, "xor", epochs=20)
labs.sketch(model, data.digits())
labs.step(model, data.digits())
labs.dense(model, data.digits(), epochs=1)
labs.conv(some)
labs.lstm(reader, digits)
labs.bricks()
labs.model(line, waves)
labs.hypotheses(bend)
labs.loss()
labs.ctc()
labs.outlier(straight, points, epochs=2)
labs.shortcut(two, halves, epochs=1, share=[0.0, 1.0])
labs.update()
labs.race()
labs.divergence(line, waves, epochs=2)
labs.sweep(line, waves, epochs=2, seeds=1)
labs.workflow()
""".strip().splitlines()
NAMES = [line.partition("(")[0] for line in LABS]


def notebook():
    """A notebook with a cell for each lab."""
    title = new_markdown_cell("# Which labs are there?")
    return new_notebook(
        cells=[title, *map(new_code_cell, [BEGIN, *LABS])],
        metadata=nbformat.from_dict(make_notebooks.METADATA),
    )

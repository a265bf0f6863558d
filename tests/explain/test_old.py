"""Old code of Keras 1, 2 and tf.keras: each row of the table is written anew, and runs."""

import importlib

import keras
import numpy as np
import pytest
from explain.cells import SETUP
from explain.test_cells import attempted, run

from anatomy.explain import old
from anatomy.explain.explanation import explain

MODEL = """
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])

def pairs():
    while True:
        yield flat[:16], digits[:16]

def batches():
    while True:
        yield (flat[:16],)
"""

#: Cells of old code, and whether Keras raises an error of it today.
OLD = [
    ("from keras.utils import np_utils\nnp_utils.to_categorical(digits, 10)", True),
    ("from keras.layers.core import Dense, Dropout", True),
    ("from keras.layers.convolutional import Convolution1D, Convolution2D, Convolution3D", True),
    ("from keras.layers.convolutional import Deconvolution2D, AtrousConvolution2D", True),
    ("from keras.layers import AtrousConvolution1D, SeparableConvolution2D", True),
    ("from keras.layers import CuDNNLSTM, CuDNNGRU\nlayers.Dense(1)", True),
    ("layers.CuDNNLSTM(4)", True),
    ("from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor", True),
    ("from keras.utils.visualize_util import plot", True),
    ("from keras.engine.topology import Layer\nLayer()", True),
    ("from tensorflow import keras", True),
    ("from tensorflow.keras import layers\nlayers.Dense(2)", True),
    ("from tensorflow.keras.layers import Dense", True),
    ("import tensorflow as tf\nm = tf.keras.Sequential([tf.keras.layers.Dense(2)])", True),
    ("tf.keras.Sequential([tf.keras.layers.Dense(2)])", True),  # with nothing imported
    ("np_utils.to_categorical(digits, 10)", True),
    ("K.mean(flat)", True),
    ("layers.Lambda(lambda x: K.mean(x, axis=1))(keras.Input((8,)))", True),
    ("class Mean(layers.Layer):\n    def call(self, x):\n        return K.mean(x, axis=-1)\n"
     "m = keras.Sequential([Mean()])\nm.compile('sgd', 'mse')\nm.fit(table, price)", True),
    ("layers.Lambda(lambda x: tf.math.reduce_sum(x, axis=1))(keras.Input((8,)))", True),
    ("tf.reduce_mean(tf.square(tf.cast(digits, tf.float32)))", True),
    ("import tensorflow as tf\ntf.random.set_seed(3)\ntf.nn.relu(tf.constant(flat))", True),
    ("from tensorflow.math import reduce_mean\nreduce_mean(flat)", True),
    ("from tensorflow import one_hot as hot\nhot(digits, 10)", True),
    ("class Mean(layers.Layer):\n    def call(self, x):\n        return K.mean(x)\n"
     "Mean()(flat)", True),
    ("from keras_preprocessing.sequence import pad_sequences", True),
    ("import tensorflow.keras.layers as L\nL.Dense(2)", True),
    ("keras.utils.np_utils.to_categorical(digits, 10)", True),
    ("layers.Convolution2D(8, 3, 3, border_mode='same', subsample=(1, 1))", True),
    ("layers.Convolution2D(nb_filter=8, nb_row=3, nb_col=3, dim_ordering='tf')", True),
    ("layers.Convolution1D(nb_filter=8, filter_length=3)", True),
    ("layers.AtrousConvolution2D(8, 3, atrous_rate=(2, 2))", True),
    ("layers.MaxPooling1D(pool_length=2, stride=2)", True),
    ("layers.Dense(8, init='he_normal', W_regularizer='l2', b_regularizer='l2')", True),
    ("layers.Dense(8, W_constraint='non_neg', b_constraint='non_neg', bias=False)", True),
    ("layers.Dense(output_dim=8)", True),
    ("layers.LSTM(8, inner_init='orthogonal', inner_activation='sigmoid')", True),
    ("layers.LSTM(8, dropout_W=0.2, dropout_U=0.2, U_regularizer='l2')", True),
    ("layers.LSTM(8, consume_less='cpu')", True),
    ("layers.Dropout(p=0.5)", True),
    ("layers.BatchNormalization(mode=0)", True),
    ("layers.Embedding(50, 8, input_length=12)", False),
    ("keras.Model(input=(i := keras.Input((8,))), output=layers.Dense(1)(i))", True),
    ("keras.optimizers.RMSprop(lr=0.001)", True),
    ("keras.optimizers.SGD(lr=0.01, decay=1e-6, momentum=0.9)", True),
    ("keras.callbacks.ModelCheckpoint('a.keras', period=2)", True),
    ("model.compile('sgd', 'mse', sample_weight_mode='temporal')", True),
    ("model.fit(flat, digits, nb_epoch=2, show_accuracy=True, verbose=0)", True),
    ("model.fit_generator(pairs(), steps_per_epoch=2, samples_per_epoch=32, nb_epoch=1, "
     "nb_val_samples=3, max_q_size=2, nb_worker=2, verbose=0)", True),
    ("model.fit_generator(pairs(), steps_per_epoch=2, workers=2, use_multiprocessing=False, "
     "max_queue_size=3, verbose=0)", True),
    ("model.evaluate_generator(pairs(), steps=1)", True),
    ("model.predict_generator(batches(), steps=1)", True),
    ("model.predict_classes(flat)", True),
    ("model.predict_proba(flat)", True),
    ("model.optimizer.lr", True),
    ("model.layers[0].output_shape, model.layers[0].input_shape", True),
    ("history = model.fit(flat, digits, verbose=0)\nhistory.history['acc']", True),
    ("from keras.layers import merge\na = keras.Input((8,))\n"
     "merge([a, a], mode='concat', concat_axis=-1)", True),
    ("from keras import backend as K\nK.mean(K.square(flat))", True),
    ("keras.backend.l2_normalize(flat)", True),
    ("m = keras.Sequential()\nm.add(layers.Dense(32, input_dim=784))", False),
    ("m = keras.Sequential([layers.Dense(4, batch_input_shape=(None, 8))])", True),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "raises"), OLD, ids=[cell[:60] for cell, _ in OLD])
def test_old_code_is_explained_and_runs_as_todays(cell, raises):
    error, names = run(SETUP, MODEL, cell)
    assert (error is not None) == raises
    if raises:
        explanation = explain(error, names, [SETUP, MODEL, cell])
        assert explanation.title == "old code"
        explanation.attempt(seconds=60)
        assert explanation.after is not None
        texts = explanation.after.texts
    else:
        texts = [SETUP, MODEL, old.modern(cell, [SETUP, MODEL])[0]]
    assert texts[-1] != cell
    error, _ = run(*texts)
    assert error is None


@pytest.mark.parametrize(
    ("cell", "today"),
    [
        ("from keras.preprocessing.text import Tokenizer, one_hot", "TextVectorization"),
        ("from tensorflow.keras.preprocessing.text import Tokenizer", "TextVectorization"),
        ("import keras.preprocessing.text", "TextVectorization"),
        ("from keras.preprocessing.image import ImageDataGenerator", "RandomFlip"),
        ("from tensorflow.keras.preprocessing.image import ImageDataGenerator", "RandomFlip"),
        ("keras.preprocessing.image.ImageDataGenerator()", "image_dataset_from_directory"),
        ("from keras.preprocessing.sequence import TimeseriesGenerator", "timeseries_dataset"),
        ("tf.data.Dataset.from_tensor_slices((table, price)).batch(8)", "PyDataset"),
        ("@tf.function\ndef total(x):\n    return tf.reduce_sum(x)", "jit_compile"),
        ("with tf.GradientTape() as tape:\n    tf.square(2.0)", "gradients of your backend"),
    ],
)
def test_what_has_no_drop_in_is_named_and_nothing_is_changed(cell, today):
    explanation = attempted(cell)
    assert explanation.title == "old code"
    assert today in explanation.what
    assert explanation.after is None


def rows(kind):
    return sorted(old.table(kind).items())


def test_every_argument_name_and_member_of_the_table_is_run():
    cells = "\n".join(cell for cell, _ in OLD)
    for kind in ("name", "member", "argument"):
        missing = [name for name, _ in rows(kind) if name not in cells]
        assert missing == []


@pytest.mark.parametrize(("name", "row"), rows("module"))
def test_todays_module_is_there(name, row):
    with pytest.raises(ImportError):
        importlib.import_module(name)
    importlib.import_module(row[1])


#: What functions of keras.backend are called on where one square matrix is not enough.
ARGUMENTS = {
    "arange": (3,), "eye": (3,), "ones": ((2,),), "zeros": ((2,),), "random_normal": ((2,),),
    "random_uniform": ((2,),), "cast": (np.ones(2), "float32"), "clip": (np.ones(2), 0, 1),
    "concatenate": ([np.ones(2)] * 2,), "stack": ([np.ones(2)] * 2,), "pow": (2.0, 3.0),
    "fill": ((2,), 1.0), "range": (3,), "concat": ([np.ones(2)] * 2,), "normal": ((2,),),
    "clip_by_value": (np.ones(2), 0, 1), "map_fn": (abs, np.ones(2)), "uniform": ((2,),),
    "set_seed": (3,),
    "expand_dims": (np.ones(2), 0), "repeat": (np.ones(2), 2), "reshape": (np.ones(4), (2, 2)),
    "tile": (np.ones(2), 2), "conv1d": (np.ones((1, 5, 1)), np.ones((3, 1, 1))),
    "conv2d": (np.ones((1, 5, 5, 1)), np.ones((3, 3, 1, 1))),
    **{name: (np.ones((2, 2)),) * 2 for name in (
        "equal", "not_equal", "greater", "less", "maximum", "minimum", "dot",
        "binary_crossentropy", "categorical_crossentropy")},
}  # fmt: skip


#: Functions of keras.backend whose name is that of the operation.
SAME = [
    "abs", "all", "any", "arange", "argmax", "argmin", "cast", "clip", "concatenate", "cos",
    "cumsum", "equal", "exp", "expand_dims", "eye", "greater", "less", "log", "logsumexp",
    "max", "maximum", "mean", "min", "minimum", "not_equal", "ones", "ones_like", "prod",
    "relu", "repeat", "reshape", "round", "shape", "sigmoid", "sign", "sin", "softmax",
    "softplus", "sqrt", "square", "squeeze", "stack", "std", "stop_gradient", "sum", "tanh",
    "tile", "transpose", "var", "zeros", "zeros_like"
]  # fmt: skip


@pytest.mark.parametrize("name", [*old.BACKEND, *SAME])
def test_what_was_in_the_backend_runs_where_it_is_today(name):
    today, _ = old.today(f"keras.backend.{name}")
    function = eval(today, {"keras": keras})
    if callable(function):  # else the name of a dtype
        function(*ARGUMENTS.get(name, (np.ones((2, 2), "float32"),)))


@pytest.mark.parametrize(("mode", "row"), rows("merge"))
def test_each_mode_of_merge_has_a_function(mode, row):
    more = {"axes": 1} if mode == "dot" else {}
    getattr(keras.layers, row[1])([keras.Input((4,)), keras.Input((4,))], **more)


@pytest.mark.parametrize(("name", "row"), rows("gone"))
def test_what_has_no_successor_is_gone(name, row):
    rooms = keras.layers, keras.preprocessing, keras.backend, keras.preprocessing.image
    assert not any(hasattr(room, name) for room in rooms)
    assert row[1]


LISTINGS = [
    """
from keras import layers

layer = layers.Dense(32, input_shape=(784,))
""",
    """
from keras import models
from keras import layers

model = models.Sequential()
model.add(layers.Dense(32, input_shape=(784,)))
model.add(layers.Dense(32))
""",
    """
from keras import models
from keras import layers

model = models.Sequential()
model.add(layers.Dense(32, activation='relu', input_shape=(784,)))
model.add(layers.Dense(10, activation='softmax'))
""",
    """
input_tensor = layers.Input(shape=(784,))
x = layers.Dense(32, activation='relu')(input_tensor)

output_tensor = layers.Dense(10, activation='softmax') (x)
model = models.Model(inputs=input_tensor, outputs=output_tensor)
""",
    """
from keras import optimizers

model.compile(optimizer=optimizers.RMSprop(lr=0.001),
loss='mse',
metrics=['accuracy'])
""",
    """
model.fit(input_tensor, target_tensor, batch_size=128, epochs=10)
""",
]


def test_the_listings_of_the_chapter_come_out_running():
    names = {"input_tensor": "flat", "target_tensor": "one_hot"}  # the book leaves these out
    cells = [*LISTINGS[:-1], "input_tensor, target_tensor = flat, one_hot", LISTINGS[-1]]
    todays = [old.modern(cell, cells[:k])[0] for k, cell in enumerate(cells)]
    assert "models.Sequential()\nmodel.add(keras.Input(shape=(784,)))" in todays[2]
    assert "RMSprop(learning_rate=0.001)" in todays[4]
    assert names
    error, made = run(SETUP, *todays)
    assert error is None
    assert made["model"].output_shape == (None, 10)

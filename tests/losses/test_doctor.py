"""The loss doctor: labelled cases, what it claims by real training, and what it repairs."""

import functools
import warnings

import jax
import keras
import numpy as np
import pytest
from keras import layers, losses

from anatomy.losses import diagnose

N = 64
R = np.random.default_rng(0)
X = R.normal(size=(N, 4)).astype("float32")
K = np.arange(N) % 3
B = np.arange(N) % 2
ONE = np.eye(3, dtype="float32")[K]
MULTI = (R.random((N, 3)) < 0.5).astype("float32")
Y = R.normal(size=N).astype("float32")
SEQ = np.arange(N * 5).reshape(N, 5) % 3
WORD = np.tile([1, 2, 2, 3, 0, 0], (N, 1))
BCE, CAT = "binary_crossentropy", "categorical_crossentropy"
SPARSE = "sparse_categorical_crossentropy"
B_LOGITS = losses.BinaryCrossentropy(from_logits=True)
C_LOGITS = losses.CategoricalCrossentropy(from_logits=True)
S_LOGITS = losses.SparseCategoricalCrossentropy(from_logits=True)


def net(units, activation, loss, *after, shape=(4,)):
    """A small compiled network."""
    keras.utils.set_random_seed(0)
    inside = [layers.Dense(8, activation="relu"), layers.Dense(units, activation=activation)]
    model = keras.Sequential([keras.Input(shape), *inside, *after])
    model.compile("sgd", loss)
    return model


class Stepping(keras.Model):
    def train_step(self, *state):
        return super().train_step(*state)


def stepping():
    x = keras.Input((4,))
    model = Stepping(x, layers.Dense(1)(x))
    model.compile("sgd", "mse")
    return model


def frames(activation, loss, count=12, units=4):
    return net(units, activation, loss, shape=(count, 4))


def own(y_true, y_pred):
    return keras.ops.mean((y_true - y_pred) ** 2)


class Own(losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean((y_true - y_pred) ** 2, axis=-1)


def smooth(y):
    return y * 0.9 + 0.1 / 3


FAULTY = [  # code, output, loss, y
    ("from_logits forgotten", 1, None, BCE, B),
    ("from_logits forgotten", 1, None, losses.BinaryCrossentropy(), B[:, None]),
    ("from_logits forgotten", 1, None, losses.binary_crossentropy, B),
    ("from_logits forgotten", 3, None, BCE, MULTI),
    ("from_logits forgotten", 3, None, SPARSE, K),
    ("from_logits forgotten", 3, "linear", SPARSE, K[:, None]),
    ("from_logits forgotten", 3, None, CAT, ONE),
    ("from_logits forgotten", 1, None, "binary_focal_crossentropy", B),
    ("no probabilities", 1, "relu", BCE, B),
    ("no probabilities", 1, "tanh", BCE, B),
    ("no probabilities", 3, "relu", SPARSE, K),
    ("relu before from_logits", 1, "relu", B_LOGITS, B),
    ("labels without a unit", 2, "softmax", SPARSE, K),
    ("labels without a unit", 3, "softmax", SPARSE, K + 1),
    ("labels without a unit", 3, "softmax", SPARSE, K - 1),
    ("labels without a unit", 2, None, S_LOGITS, K),
    ("fractions as class numbers", 3, "softmax", SPARSE, np.abs(Y)),
    ("labels -1 and +1", 1, "sigmoid", BCE, B * 2 - 1),
    ("labels -1 and +1", 1, None, B_LOGITS, B[:, None] * 2.0 - 1),
    ("labels beyond 1", 1, "sigmoid", BCE, K),
    ("labels beyond 1", 1, "sigmoid", BCE, B + 1),
    ("targets outside 0 to 1", 4, "sigmoid", BCE, (X * 40 + 128).clip(0, 255)),
    ("targets outside 0 to 1", 1, "sigmoid", BCE, K - 1),
    ("targets outside 0 to 1", 1, None, BCE, Y),
    ("targets outside 0 to 1", 1, None, B_LOGITS, Y[:, None]),
    ("targets out of reach", 1, "relu", "mse", Y),
    ("targets out of reach", 1, "sigmoid", "mse", Y),
    ("targets out of reach", 1, "tanh", "mae", Y * 20),
    ("targets out of reach", 3, "softmax", "mse", ONE * 2 - 1),
    ("targets broadcast", 1, None, "mse", X[:, :3]),
    ("targets broadcast", 3, None, "mse", Y[:, None]),
    ("targets broadcast", 3, None, "mae", K[:, None]),
    ("targets broadcast", 3, None, losses.Huber(), Y[:, None]),
    ("softmax of one unit", 1, "softmax", BCE, B),
    ("softmax of one unit", 1, "softmax", "mse", Y),
    ("softmax of one unit", 1, "softmax", SPARSE, B),
    ("one unit for classes", 1, "sigmoid", CAT, B[:, None]),
    ("one unit for classes", 1, "sigmoid", CAT, B),
    ("one unit for classes", 1, "sigmoid", SPARSE, B),
    ("integer labels with categorical", 3, "softmax", CAT, K),
    ("integer labels with categorical", 3, None, C_LOGITS, K[:, None]),
    ("one-hot labels with sparse", 3, "softmax", SPARSE, ONE),
    ("one-hot labels with sparse", 3, None, S_LOGITS, ONE),
    ("sigmoid units for exclusive classes", 3, "sigmoid", CAT, ONE),
    ("sigmoid units for exclusive classes", 3, "sigmoid", SPARSE, K),
    ("sigmoid units for exclusive classes", 3, "sigmoid", BCE, ONE),
    ("softmax for independent classes", 3, "softmax", BCE, MULTI),
    ("softmax for independent classes", 3, "softmax", CAT, MULTI),
    ("softmax for independent classes", 3, None, C_LOGITS, MULTI),
    ("probabilities as logits", 3, "softmax", S_LOGITS, K),
    ("probabilities as logits", 3, "softmax", C_LOGITS, ONE),
    ("probabilities as logits", 1, "sigmoid", B_LOGITS, B),
    ("targets not scaled", 1, None, "mse", Y * 900 + 3000),
    ("targets not scaled", 1, "relu", "mae", np.abs(Y) * 9000 + 2000),
    ("shapes that do not fit", 3, "softmax", CAT, np.eye(5)[K]),
    ("shapes that do not fit", 2, "softmax", BCE, B),
    ("shapes that do not fit", 3, None, "mse", X),
    ("negative targets", 3, "softmax", CAT, X[:, :3]),
    ("logarithm of negative predictions", 1, None, "poisson", K),
    ("targets not scaled", 1, None, "mse", Y * 580),
    ("targets that are all alike", 1, None, "mse", np.full(N, 1041.0)),
    ("no distribution", 3, None, "kl_divergence", smooth(ONE)),
    ("no distribution", 3, "sigmoid", "kl_divergence", smooth(ONE)),
    ("targets that are no distribution", 3, "softmax", CAT, R.random((N, 3)) + 1),
    ("targets that are no distribution", 3, "softmax", "kl_divergence", R.random((N, 3)) + 1),
    ("hinge above zero", 1, "sigmoid", "hinge", B * 2 - 1),
    ("hinge above zero", 1, "relu", "squared_hinge", B),
    ("percentages of 0", 1, None, "mape", K),
    ("nan in the targets", 1, None, "mse", np.where(B, Y, np.nan)),
    ("nan in the targets", 3, "softmax", SPARSE, np.where(B, K, np.nan)),
    ("nan in the targets", 3, "softmax", CAT, np.where(B[:, None], [[np.inf, -np.inf, 0]], ONE)),
    ("labels beyond 1", 1, "sigmoid", BCE, np.arange(N) % 46),
    ("one unit for classes", 1, "sigmoid", SPARSE, np.arange(N) % 31),
    ("targets outside 0 to 1", 4, "sigmoid", BCE, np.tanh(X)),
    ("shapes that do not fit", 5, "softmax", BCE, K[:, None]),
    ("loss of another kind", 3, "softmax", BCE, ONE),
    ("loss of another kind", 3, "softmax", "mse", ONE),
    ("loss of another kind", 3, "softmax", losses.Huber(), ONE),
]
SOUND = [
    (1, "sigmoid", BCE, B),
    (1, "sigmoid", BCE, B.astype(bool)),
    (1, "sigmoid", BCE, B[:, None].astype("float32")),
    (1, "sigmoid", BCE, R.random(N)),
    (1, None, B_LOGITS, B),
    (1, "sigmoid", losses.BinaryCrossentropy(label_smoothing=0.1), B),
    (1, "sigmoid", "binary_focal_crossentropy", B),
    (3, "sigmoid", BCE, MULTI),
    (3, None, B_LOGITS, MULTI),
    (2, "softmax", BCE, np.eye(2)[B]),
    (2, "softmax", "mse", np.eye(2)[B]),
    (3, "softmax", BCE, smooth(ONE)),
    (3, "softmax", CAT, ONE),
    (3, "softmax", CAT, smooth(ONE)),
    (3, "softmax", losses.CategoricalCrossentropy(label_smoothing=0.1), ONE),
    (3, None, C_LOGITS, ONE),
    (3, "log_softmax", C_LOGITS, ONE),
    (3, "softmax", SPARSE, K),
    (3, "softmax", SPARSE, K[:, None].astype("float32")),
    (3, "softmax", SPARSE, np.zeros(N)),
    (10, "softmax", SPARSE, K),
    (3, None, S_LOGITS, K),
    (3, "softmax", losses.SparseCategoricalCrossentropy(ignore_class=-1), K - (K == 2) * 3),
    (2, "softmax", SPARSE, B),
    (3, "softmax", "kl_divergence", smooth(ONE)),
    (3, "sigmoid", "mse", MULTI),
    (1, "sigmoid", "mse", B),
    (3, None, "mse", ONE),
    (3, None, "categorical_hinge", ONE),
    (1, None, "hinge", B),
    (1, "tanh", "hinge", B * 2 - 1),
    (1, "tanh", "mse", np.tanh(Y)),
    (1, None, "mse", Y),
    (1, None, "mse", Y[:, None] * 30),
    (1, None, "mse", K),
    (1, None, "mape", Y * 900 + 3000),
    (1, None, "msle", np.abs(Y) * 9000),
    (1, "relu", "mse", np.abs(Y)),
    (1, "softplus", "mae", np.abs(Y)),
    (1, "exponential", "poisson", K),
    (3, None, "mse", X[:, :3]),
    (4, "sigmoid", BCE, R.random((N, 4))),
    (1, None, own, Y * 9000),
    (3, None, Own(), K),
    (1, "relu", Own(), Y),
    (3, "softmax", lambda y_true, y_pred: keras.ops.mean(y_pred), K),
    (1, keras.ops.sin, BCE, B),
    (1, "sigmoid", None, B - 5),
    (3, None, "cosine_similarity", X[:, :3]),
    (1, "sigmoid", BCE, np.where(B, 1.0000000000000002, 0.0)),
]
IMAGE = (8, 8, 1)


def alike(value, *between, units=1):
    """A network whose kernels begin with one number in all places."""
    value = value if isinstance(value, str) else keras.initializers.Constant(value)
    several = [layers.Dense(n, kernel_initializer=value) for n in (8, units)]
    loss = S_LOGITS if units > 1 else "mse"
    return tail(loss, several[0], *between, several[1], shape=(4,))


def tail(loss, *several, shape=IMAGE, metrics=None):
    """A compiled Sequential of these layers alone."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), *several])
    model.compile("sgd", loss, metrics=metrics)
    return model


def chain(loss, *several, shape=IMAGE):
    """A model of tensors that go from layer to layer."""
    x = inputs = keras.Input(shape)
    for layer in several:
        x = layer(x)
    model = keras.Model(inputs, x)
    model.compile("sgd", loss)
    return model


def halved():
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(3)(x) / 2.0)
    model.compile("sgd", SPARSE)
    return model


def after(function, loss):
    """A compiled model of what a function makes of four features."""
    x = keras.Input((4,))
    model = keras.Model(x, function(x))
    model.compile("sgd", loss)
    return model


MAPS = np.moveaxis(np.eye(3)[R.integers(0, 3, (N, 8, 8))], -1, 1)


def others():  # code or None, model, y: built where they are asked for
    return [
        ("from_logits forgotten", tail(SPARSE, layers.Conv2D(3, 8), layers.Flatten()), K),
        (
            "from_logits forgotten",
            tail(SPARSE, layers.Conv2D(3, 3), layers.GlobalAveragePooling2D()),
            K,
        ),
        (None, tail(S_LOGITS, layers.Conv2D(3, 3), layers.GlobalAveragePooling2D()), K),
        (
            None,
            tail(
                SPARSE, layers.Conv2D(3, 3, activation="softmax"), layers.GlobalAveragePooling2D()
            ),
            K,
        ),
        ("no probabilities", net(3, None, SPARSE, layers.LeakyReLU()), K),
        ("from_logits forgotten", net(3, "softmax", SPARSE, layers.BatchNormalization()), K),
        ("from_logits forgotten", halved(), K),
        ("squashed twice", net(3, "softmax", SPARSE, layers.Softmax()), K),
        ("shapes that do not fit", tail(SPARSE, layers.Dense(3, activation="softmax")), K),
        (
            "softmax over the width",
            tail(
                "mse",
                layers.Conv2D(3, 1, data_format="channels_first", activation="softmax"),
                shape=(1, 8, 8),
            ),
            MAPS,
        ),
        ("targets out of reach", tail("mse", layers.LSTM(1), shape=(5, 3)), np.abs(Y) * 40),
        ("no probabilities", tail(SPARSE, layers.LSTM(3), shape=(5, 3)), K),
        (None, tail("mse", layers.LSTM(1), shape=(5, 3)), np.tanh(Y)),
        (
            "shapes that do not fit",
            tail("mse", layers.LSTM(4, return_sequences=True), layers.Dense(2), shape=(5, 3)),
            X[:, :2],
        ),
        ("no sequence for ctc", tail("ctc", layers.LSTM(8), layers.Dense(4), shape=(12, 3)), WORD),
        ("no sequence for ctc", frames(None, "ctc"), WORD[:, 0]),
        ("no sequence for ctc", frames(None, "ctc"), np.eye(4)[WORD]),
        ("padding that is not 0", frames(None, "ctc"), np.where(WORD, WORD, 99)),
        ("kernels of one number", alike("ones"), Y),
        ("kernels of one number", alike(-0.3, layers.BatchNormalization()), Y),
        ("kernels of one number", alike(0.1, layers.Activation("relu"), units=3), K),
        (None, alike("ones", layers.Dropout(0.5)), Y),
        (None, alike("ones", layers.Dense(8)), Y),
        (None, tail(SPARSE, layers.Dense(3, "softmax", kernel_initializer="ones"), shape=(4,)), K),
        (
            "kernels of one number",
            tail("mse", *(layers.Dense(n, kernel_initializer="zeros") for n in (8, 1)), shape=(4,)),
            Y,
        ),
        (
            "one unit for classes",
            tail(SPARSE, layers.Conv2D(1, 1, activation="sigmoid")),
            np.arange(N * 64).reshape(N, 8, 8, 1) % 31,
        ),
        (
            "accuracy of measured targets",
            tail("mse", layers.Dense(1), shape=(4,), metrics=["accuracy"]),
            Y,
        ),
        (
            "accuracy of logits",
            tail(B_LOGITS, layers.Dense(1), shape=(4,), metrics=["accuracy"]),
            B,
        ),
        (
            "accuracy of -1 and +1",
            tail("hinge", layers.Dense(1, "tanh"), shape=(4,), metrics=["accuracy"]),
            B * 2 - 1,
        ),
        (
            "accuracy of measured targets",
            tail("mae", layers.Dense(1), shape=(4,), metrics=[keras.metrics.BinaryAccuracy()]),
            Y,
        ),
        ("accuracy of logits", tail(B_LOGITS, layers.Dense(1), shape=(4,), metrics=["acc"]), B),
        (
            "accuracy of measured targets",
            tail("mse", layers.Dense(1), shape=(4,), metrics=["acc"]),
            K,
        ),
        ("metric of logits", tail(B_LOGITS, layers.Dense(1), shape=(4,), metrics=["AUC"]), B),
        (
            "metric of logits",
            tail(B_LOGITS, layers.Dense(1), shape=(4,), metrics=[keras.metrics.Recall()]),
            B,
        ),
        (
            None,
            tail(
                B_LOGITS,
                layers.Dense(1),
                shape=(4,),
                metrics=[keras.metrics.AUC(from_logits=True), keras.metrics.Recall(thresholds=0)],
            ),
            B,
        ),
        (
            "accuracy of other targets",
            tail(
                SPARSE,
                layers.Dense(3, "softmax"),
                shape=(4,),
                metrics=[keras.metrics.Precision()],
            ),
            K,
        ),
        (
            "accuracy of equal numbers",
            tail(
                SPARSE, layers.Dense(3, "softmax"), shape=(4,), metrics=[keras.metrics.Accuracy()]
            ),
            K,
        ),
        ("negative targets of a logarithm", tail("msle", layers.Dense(1), shape=(4,)), Y),
        (
            "accuracy of logits",
            tail(B_LOGITS, layers.Dense(1), shape=(4,), metrics=["binary_accuracy"]),
            B,
        ),
        (
            None,
            tail(
                B_LOGITS,
                layers.Dense(1),
                shape=(4,),
                metrics=[keras.metrics.BinaryAccuracy(threshold=0)],
            ),
            B,
        ),
        (
            "accuracy of other targets",
            tail(SPARSE, layers.Dense(3, "softmax"), shape=(4,), metrics=["categorical_accuracy"]),
            K,
        ),
        (
            "accuracy of other targets",
            tail(
                BCE, layers.Dense(1, "sigmoid"), shape=(4,), metrics=["sparse_categorical_accuracy"]
            ),
            B,
        ),
        (
            "softmax over the width",
            tail(
                "mse",
                layers.Conv2D(3, 1, data_format="channels_first"),
                layers.Softmax(),
                shape=(1, 8, 8),
            ),
            MAPS,
        ),
        (
            None,
            tail(
                SPARSE,
                layers.Conv2D(3, 1, data_format="channels_first"),
                layers.GlobalAveragePooling2D(data_format="channels_first"),
                layers.Softmax(),
                shape=(1, 8, 8),
            ),
            K,
        ),
        (
            "kernels of one number",
            tail(
                "mse",
                layers.Dense(8, "relu", kernel_initializer="zeros"),
                layers.Dense(1),
                shape=(4,),
            ),
            Y,
        ),
        (
            None,  # the kernel behind it draws its units apart
            tail(
                "mse",
                layers.Dense(8, "tanh", kernel_initializer="zeros"),
                layers.Dense(1),
                shape=(4,),
            ),
            Y,
        ),
        (None, tail("mse", layers.Dense(1, kernel_initializer="zeros"), shape=(4,)), Y),
        ("cosine of one unit", tail("cosine_similarity", layers.Dense(1), shape=(4,)), Y),
        (None, tail("cosine_similarity", layers.Dense(3), shape=(4,)), np.tile(Y[:, None], 3)),
        ("padding that is not 0", frames(None, "ctc"), np.where(WORD == 2, 255, WORD)),
        (None, tail(BCE, layers.Dense(1, "sigmoid"), shape=(4,), metrics=["accuracy"]), B),
        ("no probabilities", after(lambda x: layers.Dense(1, "tanh")(x) * 2.0, BCE), B),
        ("no probabilities", after(lambda x: layers.Dense(1, "sigmoid")(x) * 100.0, BCE), B),
        ("no probabilities", net(3, "softmax", SPARSE, layers.Rescaling(2.0)), K),
        (None, after(lambda x: (layers.Dense(1, "tanh")(x) + 1.0) / 2.0, BCE), B),
        (None, after(lambda x: layers.Dense(1, "sigmoid")(x) * -2.0 + 1.0, "hinge"), B * 2 - 1),
        ("targets out of reach", after(lambda x: 5.0 * layers.Dense(1, "tanh")(x), "mse"), 20 * Y),
        (None, after(lambda x: 5.0 * layers.Dense(1, "tanh")(x), "mse"), np.tanh(Y) * 5),
        (None, after(lambda x: 1.0 / layers.Dense(1, "tanh")(x), "mse"), 20 * Y),
        (
            "targets that are no distribution",
            net(3, "softmax", CAT),
            ONE * (np.arange(N) > 5)[:, None],
        ),
        (
            "accuracy of measured targets",
            tail("msle", layers.Dense(1), shape=(4,), metrics=["acc"]),
            np.abs(Y),
        ),
        (
            "accuracy of -1 and +1",
            tail("mae", layers.Dense(1), shape=(4,), metrics=["acc"]),
            B * 2 - 1,
        ),
        (None, tail("mse", layers.Dense(3), shape=(4,), metrics=["acc"]), ONE * 2 - 1),
        (None, tail(S_LOGITS, layers.Dense(3), shape=(4,), metrics=["accuracy"]), K),
        (None, tail("mse", layers.Dense(3, "softmax"), shape=(4,), metrics=["acc"]), smooth(ONE)),
        ("from_logits forgotten", frames(None, SPARSE, 5, 3), SEQ),
        (None, frames(None, S_LOGITS, 5, 3), SEQ),
        (None, frames("softmax", SPARSE, 5, 3), SEQ[..., None]),
        (None, frames("softmax", CAT, 5, 3), np.eye(3)[SEQ]),
        (None, frames(None, "mse", 5, 1), SEQ * 1.0),
        (None, frames(None, "ctc"), WORD),
        (None, frames(None, losses.CTC(), 5), WORD),
        ("probabilities as logits", frames("softmax", "ctc"), WORD),
        ("blank among the labels", frames(None, "ctc"), np.tile([0, 1, 2, 0, 3], (N, 1))),
        ("labels longer than the frames", frames(None, "ctc", 4), WORD),
        ("labels longer than the frames", frames(None, "ctc", 3), WORD),
        ("labels without a unit", frames(None, "ctc", 12, 3), WORD),
        ("padding that is not 0", frames(None, "ctc"), np.where(WORD, WORD, -1)),
        (None, net(3, None, SPARSE, layers.Softmax()), K),
        (None, net(3, None, SPARSE, layers.Activation("softmax")), K),
        (None, net(3, "softmax", SPARSE, layers.Identity()), K),
        ("from_logits forgotten", net(3, None, SPARSE, layers.Identity()), K),
        ("probabilities as logits", net(3, None, S_LOGITS, layers.Softmax()), K),
        (None, net(1, None, "mse", layers.Rescaling(1000.0, 3000.0)), Y * 900 + 3000),
        (None, (layers.Dense(1, activation="sigmoid"), BCE), B),
        (None, (layers.Dense(3), S_LOGITS), K),
        ("from_logits forgotten", (layers.Dense(1), BCE), B),
        ("targets broadcast", (layers.Dense(1), "mse"), X[:, :3]),
        ("labels without a unit", (layers.Dense(2, activation="softmax"), SPARSE), K),
    ]


NO_CHANGE = ("targets that are all alike", "labels longer than the frames", "no sequence for ctc",
             "padding that is not 0", "targets that are no distribution")  # fmt: skip


@functools.cache
def faulty():
    """All of these, each diagnosed once."""
    models = [
        (code, net(units, activation, loss), y) for code, units, activation, loss, y in FAULTY
    ]
    return [(code, model, y, diagnose(model, y)) for code, model, y in models]


def cases():
    yield from faulty()
    for units, activation, loss, y in SOUND:
        yield None, (model := net(units, activation, loss)), y, diagnose(model, y)
    for code, model, y in others():
        yield code, model, y, diagnose(model, y)


def test_precision_and_recall(capsys):
    """Each case has its one finding, or none; and each change that is said has been tried."""
    right = wrong = missed = silent = 0
    faults = []
    for code, model, y, findings in cases():
        codes = [one.code for one in findings]
        right += code in codes
        missed += code is not None and code not in codes
        wrong += code is None and bool(codes)
        silent += code is None and not codes
        if codes != [code] * (code is not None):
            faults.append((code, codes, getattr(model, "loss", model), np.shape(y)))
        for one in findings:
            assert one.wrong[-1] == one.happens[-1] == "."
            assert one.change in repr(findings)
            if not one.change:
                assert code in NO_CHANGE or "scaled" in one.wrong
    with capsys.disabled():
        print(
            f"\nloss doctor: {right + wrong + missed + silent} cases, {right + missed} faulty: "
            f"precision {right / (right + wrong):.3f}, recall {right / (right + missed):.3f}"
        )
    assert not faults
    assert right + missed >= 100
    assert silent >= 60


def fit(model, y, epochs=3, x=X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(x, y, epochs=epochs, verbose=0, batch_size=16).history["loss"]


def test_minus_one_takes_the_loss_below_zero():
    y = (X[:, 0] > 0) * 2 - 1
    model = net(1, "sigmoid", BCE)
    model.optimizer.learning_rate = 1.0
    assert fit(model, y, 20)[-1] < 0


def test_broadcast_targets_teach_every_unit_the_same():
    x, y = np.eye(N, 4, dtype="float32") * 0 + X, np.tile([[0.0, 5.0, 10.0]], (N, 1))
    model = net(1, None, "mse")
    fit(model, y, 60, x)
    assert np.allclose(model.predict(x, verbose=0).mean(), 5, atol=0.5)


def test_a_class_without_a_unit_is_never_learned_though_the_loss_falls():
    y = (X[:, 0] > 0) + (X[:, 1] > 0).astype(int)
    model = net(2, "softmax", SPARSE)
    history = fit(model, y, 20)
    assert np.isfinite(history).all()
    assert history[-1] < history[0]
    assert model.predict(X, verbose=0).argmax(axis=1).max() < 2


def test_softmax_of_one_unit_learns_nothing():
    model = net(1, "softmax", BCE)
    before = model.get_weights()
    assert np.ptp(fit(model, B, 5)) < 1e-3
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_units_of_a_kernel_of_one_number_stay_copies():
    for model, y, copies in [
        (alike("ones"), Y, True),
        (alike("ones", layers.Dropout(0.5)), Y, False),
    ]:
        fit(model, y, 2)
        kernel = model.layers[0].get_weights()[0]
        assert np.any(kernel != 1)
        assert (np.ptp(kernel, axis=1).max() < 1e-6) == copies


def test_one_sigmoid_under_categorical_has_a_loss_of_0():
    assert np.allclose(fit(net(1, "sigmoid", CAT), B[:, None]), 0, atol=1e-5)


def test_targets_out_of_reach_keep_the_loss_up():
    model = net(1, "relu", "mse")
    assert fit(model, -np.ones(N), 30)[-1] >= 1


def test_probabilities_as_logits_keep_the_loss_up():
    y = (X[:, 0] > 0).astype(int)
    last = fit(net(2, "softmax", S_LOGITS), y, 30)[-1]
    assert last > np.log(1 + np.exp(-1)) > 0.3


def test_large_targets_and_sgd_end_in_nan_or_far_off():
    last = fit(net(1, None, "mse"), Y * 900 + 3000, 5)[-1]
    assert not last < 900**2


@jax.jit  # without, each call would compile anew
def ctc(labels, logits):
    return losses.CTC()(labels, logits)


FRAMES = np.zeros((1, 10, 4), "float32")


def test_labels_that_no_path_spells_cost_a_hundred_thousand():
    six = np.array([[1] * 6])  # with blanks between them, eleven frames
    assert ctc(six, FRAMES) > 50_000


@pytest.mark.parametrize(
    "faulty",
    ["integer labels with categorical", "one-hot labels with sparse", "shapes that do not fit"],
)
def test_what_is_said_to_stop_stops(faulty):
    for code, units, activation, loss, y in FAULTY:
        if code == faulty:
            with pytest.raises((ValueError, TypeError), match="shape"):
                fit(net(units, activation, loss), y, 1)


def test_what_is_said_to_run_in_silence_runs():
    stops = ("integer labels", "one-hot labels", "shapes")
    seen = set()
    for code, units, activation, loss, y in FAULTY:
        if not code.startswith(stops) and code not in seen:
            seen.add(code)
            fit(net(units, activation, loss), y, 1)
    assert len(seen) > 12


@pytest.mark.parametrize("mistake", sorted({code for code, *_ in FAULTY}))
def test_repaired(mistake):
    for code, model, _, findings in faulty():
        if code != mistake:
            continue
        before, loss, config = model.get_weights(), model.loss, model.get_config()
        if not findings[0].plain:
            with pytest.raises(ValueError, match="by hand"):
                findings.repaired()
            continue
        repaired, targets = findings.repaired()
        assert not diagnose(repaired, targets)
        assert (model.loss, model.get_config()) == (loss, config)  # it is left as it was
        for one, two in zip(before, repaired.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)


def test_repaired_trains():
    y = (X[:, 0] > 0) * 2 - 1
    repaired, targets = diagnose(net(1, "sigmoid", BCE), y).repaired()
    history = fit(repaired, targets, 5)
    assert 0 < history[-1] < history[0]
    assert set(targets) == {0, 1}
    repaired, targets = diagnose(net(3, None, SPARSE), K).repaired()
    assert repaired.loss.from_logits
    assert fit(repaired, targets, 1)


def two(loss):
    x = keras.Input((4,))
    ends = [layers.Dense(1, name="a")(x), layers.Dense(3, activation="softmax", name="b")(x)]
    model = keras.Model(x, ends)
    model.compile("sgd", loss, metrics={"b": "accuracy"})
    return model


@pytest.mark.parametrize("form", [list, dict])
def test_each_output_is_looked_at(form):
    def both(a, b):
        return [a, b] if form is list else {"a": a, "b": b}

    assert not diagnose(two(both("mse", SPARSE)), both(Y, K))
    findings = diagnose(two(both(BCE, CAT)), both(B * 2 - 1, K))
    assert [(one.output, one.code) for one in findings] == [
        ("a", "from_logits forgotten"),
        ("a", "labels -1 and +1"),
        ("b", "integer labels with categorical"),
    ]
    assert "output 'a'" in repr(findings)
    repaired, targets = findings.repaired()
    assert not diagnose(repaired, targets)
    assert fit(repaired, targets, 1)


def test_outputs_in_a_dict_have_names_of_their_own():
    x = keras.Input((4,))
    model = keras.Model(x, {"r": layers.Dense(1, name="q")(x), "p": layers.Dense(2, name="s")(x)})
    model.compile("sgd", {"r": BCE, "p": "mse"})
    y = {"r": B, "p": X[:, :2]}
    findings = diagnose(model, y)
    assert [(one.output, one.code) for one in findings] == [("r", "from_logits forgotten")]
    repaired, targets = findings.repaired()
    assert not diagnose(repaired, targets)
    assert fit(repaired, targets, 1)


def test_a_label_without_a_unit_costs_ctc_nothing():
    for wrong in ([1, 2, 2, 9, 0, 0], [1, 2, 2, 3, -1, -1]):
        assert ctc(np.array([wrong]), FRAMES) < ctc(WORD[:1], FRAMES)


def test_a_function_a_pair_and_no_targets():
    def build():
        return net(1, None, BCE)

    assert [one.code for one in diagnose(build, B)] == ["from_logits forgotten"]
    assert [one.code for one in diagnose(build)] == ["from_logits forgotten"]
    (_, loss), _ = diagnose((layers.Dense(1), BCE), B).repaired()
    assert loss.from_logits
    assert repr(diagnose(net(1, "sigmoid", BCE), B)).startswith("Nothing found")
    for wrong in (3, "mse", layers.Dense(1)):
        with pytest.raises(TypeError, match="a function that builds one"):
            diagnose(wrong, B)


def test_odd_models_are_left_alone():
    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    mine = Mine()
    mine.compile("sgd", BCE)
    shared = layers.Dense(1, activation="sigmoid")
    x, z = keras.Input((4,)), keras.Input((4,))
    twice = keras.Model([x, z], [shared(x), shared(z)])
    twice.compile("sgd", BCE)
    nested = keras.Sequential([keras.Input((4,)), net(1, "sigmoid", None)])
    nested.compile("sgd", BCE)
    uncompiled = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    for model, y in [
        (mine, B),
        (twice, [B, B]),
        (nested, B),
        (uncompiled, B),
        (keras.Sequential(), B),
        (net(1, "sigmoid", BCE), np.array(["a", "b"])),
        (net(1, "sigmoid", BCE), np.zeros((0, 1))),
        (net(1, "sigmoid", BCE), [[1], [1, 2]]),
        (net(1, "sigmoid", BCE), object()),
        (twice, B),
        (two({"a": "mse"}), {"a": Y}),
    ]:
        assert not diagnose(model, y)


def test_an_unbuilt_model_and_a_nested_one():
    model = keras.Sequential([layers.Dense(8), layers.Dense(1)])
    model.compile("sgd", BCE)
    assert [one.code for one in diagnose(model, B)] == ["from_logits forgotten"]
    nested = keras.Sequential([keras.Input((4,)), net(1, None, None)])
    nested.compile("sgd", BCE)
    assert [one.code for one in diagnose(nested, B)] == ["from_logits forgotten"]
    repaired, _ = diagnose(model, B).repaired()
    assert repaired.loss.from_logits


def test_it_draws_no_seed_and_keeps_the_model():
    import random

    model = net(1, None, BCE)
    random.seed(3)
    expected = random.random()
    random.seed(3)
    diagnose(model, B)
    diagnose(lambda: net(1, None, BCE), B)
    assert model.loss == BCE
    random.seed(3)
    assert random.random() == expected


class Mine(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)


def priced():
    x = keras.Input((4,))
    model = keras.Model(x, {"price": layers.Dense(1, name="price")(x)})
    model.compile("sgd", {"price": "mse"})
    return model


def mine():
    model = Mine()
    model.compile("sgd", BCE)
    model(X[:2])
    return model


@pytest.mark.parametrize(
    ("build", "y", "outcome", "text"),
    [
        (lambda: net(1, "sigmoid", BCE), B, "sound", "output, loss and targets fit"),
        (lambda: net(1, None, BCE), B, "faulty", "from_logits forgotten"),
        (mine, B, "not judged", "a subclassed model does not show its layers"),
        (lambda: net(1, None, own), Y, "not judged", "own is a loss of your own"),
        (
            lambda: net(1, "sigmoid", BCE),
            np.array(["a", "b"]),
            "not judged",
            "the targets are text",
        ),
        (lambda: net(1, "sigmoid", BCE), np.array([None]), "not judged", "the targets are objects"),
        (lambda: net(1, keras.ops.sin, BCE), B, "not judged", "what its last operations do"),
        (lambda: net(1, None, None), B, "not judged", "the model has no loss"),
        (
            lambda: two(["mse", SPARSE]),
            np.c_[Y, K],
            "not judged",
            "and the targets are one array",
        ),
        (lambda: two({"c": "mse"}), [Y, K], "not judged", "the losses are for 'c'"),
        (lambda: two({"a": "mse"}), {"a": Y, "b": K}, "not judged", "the losses are for 'a'"),
        (lambda: two("mse"), {"a": Y}, "not judged", "the targets are for 'a'"),
        (lambda: net(1, None, "mse"), {"a": Y}, "not judged", "give y['a']"),
        (
            priced,
            {"prize": Y},
            "not judged",
            "y is for 'prize', and the model has one output, 'price'",
        ),
        (priced, {"price": Y}, "sound", "fit"),
        (lambda: net(1, None, {"a": "mse"}), Y, "not judged", "give loss='mse'"),
        (lambda: net(1, None, "mse"), Y + 1j, "not judged", "the targets are complex"),
        (stepping, Y, "not judged", "a train_step() of your own"),
    ],
)
def test_what_is_not_judged_is_not_called_sound(build, y, outcome, text):
    findings = diagnose(build(), y)
    assert findings.outcome == outcome
    assert text in repr(findings)
    assert bool(findings) == (outcome == "faulty")


def test_a_model_that_was_trained_is_judged_as_before():
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(1, "sigmoid")])
    model.compile("sgd", BCE)
    fit(model, B, 1)
    assert model.output_shape[0] is not None  # the size of its last batch
    assert not diagnose(model, B)
    stateful = keras.Sequential([keras.Input(batch_shape=(16, 2, 1)), layers.Dense(1)])
    stateful.compile("sgd", "mse")
    assert not diagnose(stateful, np.zeros((48, 2, 1)))
    trained = net(1, None, "mse")
    trained.optimizer.learning_rate = 1e-6
    assert diagnose(trained, Y * 580)
    fit(trained, Y * 580, 1)
    assert not diagnose(trained, Y * 580)  # who trains it already sees how it goes


@pytest.mark.parametrize(
    ("build", "y", "change"),
    [
        (lambda: net(1, "softmax", SPARSE), 60 + 30 * Y,
         'layers.Dense(1, activation=None), loss="mse"'),
        (lambda: net(1, "sigmoid", BCE), np.arange(N) % 46,
         'layers.Dense(46, activation="softmax")'),
        (lambda: net(1, "sigmoid", "mse"), np.arange(N) % 10,
         'layers.Dense(1, activation=None) for measured values, and for classes layers.Dense(10, '),
        (lambda: net(4, "sigmoid", BCE), np.tanh(X), "(y + 1) / 2"),
        (lambda: net(3, "softmax", BCE), ONE, 'loss="categorical_crossentropy"'),
        (lambda: tail(SPARSE, layers.Dense(3, activation="softmax")), K, "layers.Flatten() before"),
        (lambda: tail(SPARSE, layers.Conv2D(1, 1, activation="sigmoid")),
         np.arange(N * 64).reshape(N, 8, 8, 1) % 31, 'layers.Conv2D(31, 1, activation="softmax")'),
        (lambda: tail("mse", layers.LSTM(4, return_sequences=True), layers.Dense(2), shape=(5, 3)),
         X[:, :2], "layers.LSTM(4) in place of"),
        (lambda: frames(None, "ctc"), np.where(WORD, WORD, 99), "np.where(y == 99, 0, y)"),
        (lambda: net(1, None, "mse"), Y * 580, "(y - y.mean()) / y.std()"),
        (lambda: tail("mse", layers.Bidirectional(layers.GRU(2, return_sequences=True)),
                      layers.Dense(2), shape=(5, 3)),
         X[:, :2], "layers.Bidirectional(layers.GRU(2)) in place of"),
        (lambda: chain("mse", layers.LSTM(4, return_sequences=True), layers.Dense(1), shape=(5, 3)),
         Y, "layers.LSTM(4) in place of"),
        (lambda: chain(BCE, layers.Conv2D(2, 3), layers.ReLU(), layers.Dense(1, "sigmoid")), B,
         "layers.Flatten() before"),
        (lambda: net(3, "softmax", "mse"), K[:, None], f'"softmax"), loss="{SPARSE}"'),
        (lambda: net(3, None, "mse"), K, f'"softmax"), loss="{SPARSE}"'),
    ],
)  # fmt: skip
def test_the_change_is_one_that_works(build, y, change):
    (finding,) = diagnose(build(), y)
    assert change in finding.change


def test_measured_targets_under_a_softmax_of_one_unit_are_sent_to_no_crossentropy():
    first, second = diagnose(net(1, "softmax", BCE), Y)
    assert first.change == 'layers.Dense(1, activation=None), loss="mse"'
    assert second.change == 'loss="mse"'


def test_an_output_of_one_axis_fits_targets_of_two_as_keras_compares_them():
    model = net(1, None, "mse", layers.Reshape(()))
    assert model.evaluate(X, Y[:, None], verbose=0) == model.evaluate(X, Y, verbose=0)
    assert diagnose(model, Y[:, None]).outcome == "sound"


def test_layers_that_are_no_chain_are_not_put_in_a_row():
    x = keras.Input((5, 3))
    both = [layers.LSTM(2, return_sequences=True)(x), layers.GRU(2, return_sequences=True)(x)]
    model = keras.Model(x, layers.Dense(1)(layers.Concatenate()(both)))
    model.compile("sgd", "mse")
    (finding,) = diagnose(model, Y)
    assert (finding.code, finding.change) == ("targets broadcast", "")


def test_a_change_that_does_not_work_is_not_said():
    class Odd(layers.Layer):  # without a configuration: no copy can be built
        def __init__(self, function):
            super().__init__()
            self.function = function

        def call(self, x):
            return self.function(x)

    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(1)(Odd(keras.ops.abs)(x)))
    model.compile("sgd", BCE)
    (finding,) = diagnose(model, B)
    assert (finding.code, finding.change) == ("from_logits forgotten", "")
    assert "Write:" not in str(finding)


def test_an_output_behind_a_wrapper_is_written_with_units_of_its_own():
    model = keras.Sequential([keras.Input((5, 2)), layers.Bidirectional(layers.LSTM(2))])
    model.compile("sgd", SPARSE)
    found = diagnose(model, np.arange(N) % 4)
    assert found[0].change == 'layers.Dense(4, activation="softmax") after the LSTM'


def test_two_metrics_are_repaired_together():
    model = tail(B_LOGITS, layers.Dense(1), shape=(4,), metrics=["acc", keras.metrics.Recall()])
    found = diagnose(model, B)
    assert [one.code for one in found] == ["accuracy of logits", "metric of logits"]
    assert diagnose(*found.repaired()).outcome == "sound"

"""The table of wrong calls: for each public callable a right call, and wrong values to give it.

A wrong value is answered by a ``ValueError`` or ``TypeError`` of the kit's own, or by a lab's
message, that names the parameter and the value: an array by its shape, an object by its type.
`Wrong` says otherwise: other words, any one of which may stand where a ``|`` parts them.
"""

import functools
import math

import keras
import numpy as np
from keras import layers as kl

from anatomy import (
    draw,
    hypotheses,
    layers,
    losses,
    models,
    optimizers,
    training,
)
from anatomy.losses.outlier.facts import FittedLine

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")
LINE = X[:, :1], X[:, :1] * 2
IMAGES = RANDOM.random((12, 8, 8, 1)).astype("float32")


class Wrong:
    """A value, and the words that must be in the answer to it."""

    def __init__(self, value, *words):
        self.value, self.words = value, words


def build(units=3, activation="tanh", learning_rate=0.01):
    model = keras.Sequential(
        [keras.Input((4,)), kl.Dense(units, activation), kl.Dense(2, "softmax")]
    )
    model.compile(
        keras.optimizers.SGD(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def seeded():
    keras.utils.set_random_seed(0)
    return build()


def line(loss="mse", learning_rate=0.05):
    model = keras.Sequential([keras.Input((1,)), kl.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), loss)
    return model


def bend(units=3):
    model = keras.Sequential([keras.Input((1,)), kl.Dense(units, "tanh"), kl.Dense(1)])
    model.compile("sgd", "mse")
    return model


def flat(units=3):
    model = keras.Sequential([keras.Input((2,)), kl.Dense(units, "tanh"), kl.Dense(1)])
    model.compile("sgd", "mse")
    return model


def points():
    return LINE[0][:6], LINE[1][:6]


def given(share=1.0):
    return {
        "x": LINE[0],
        "y": (LINE[1] > share) * 1,
        "validation_data": (LINE[0], (LINE[1] > 0) * 1),
    }


def detector():
    model = keras.Sequential([keras.Input((1,)), kl.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


@functools.cache
def fact(name):
    """What a function of the kit returned, computed once."""
    return FACTS[name]()


FACTS = {
    "model": build,
    "line": line,
    "bend": bend,
    "layer": lambda: fact("model").layers[0],
    "reader": lambda: keras.Sequential([keras.Input((6, 4)), kl.LSTM(3), kl.Dense(2)]),
    "writer": lambda: keras.Sequential([keras.Input((784,)), kl.Dense(10, "softmax")]),
    "stack": lambda: layers.stack((4,), [kl.Dense(3)]),
    "convolution": lambda: layers.convolve(np.ones((6, 6)), np.ones((3, 3))),
    "recurrence": lambda: layers.recurrence(fact("reader").layers[0], np.ones((6, 4))),
    "space": lambda: hypotheses.sample(fact("bend"), LINE[0], 8),
    "path": lambda: hypotheses.path(bend, LINE, LINE[0], epochs=2),
    "curve": lambda: losses.curve("mse"),
    "sweep": lambda: training.sweep(line, LINE, learning_rate=[0.01, 0.1, 1.0], epochs=2),
    "grid": lambda: training.sweep(
        line, LINE, learning_rate=[0.01, 0.1], loss=["mse", "mae"], epochs=1
    ),
    "overshoot": lambda: optimizers.overshoot(fact("line"), *LINE),
    "plane": lambda: optimizers.plane(fact("line"), *LINE),
    "update": lambda: optimizers.update("adam", [1.0, -1.0]),
    "race": lambda: [optimizers.path("sgd", "bowl", steps=5)],
    "step": lambda: training.Stepper(fact("model"))(X[:8], Y[:8]),
    "train": lambda: training.tables((X, Y))[0],
    "run": lambda: training.Run(build, {}, epochs=1, batch_size=32).fit(fact("train")),
    "diverged": lambda: training.Run(
        lambda: line(learning_rate=1e9), {}, epochs=3, batch_size=32
    ).fit(training.tables(LINE)[0]),
    "graph": lambda: models.graph(fact("model")),
}  # fmt: skip

COUNT = [0, -1, 1.5, "a", None]
COUNTED = [0, -1, 1.5, "a"]  # where None means something
INDEX = [99, -2, 1.5, "a"]
SEED = [-1, 1.5, "a"]
RATE = [0, -1.0, math.nan, "a"]
FLAG = ["yes", 2]
TEXT = [3]
NOTHING = [None, 3, "foo"]
MODEL = [None, 3, keras.Model, [kl.Dense(3)]]
ANY_MODEL = [Wrong(None, "None", "Model"), Wrong(3, "3", "Model")]
LAYER = [None, 3, kl.Dense, [kl.Dense(3)]]
LABELS = [
    None,
    "cat",
    Wrong(Y + 0.5, "1.5"),
    Wrong(10**5 * Y, "100,000|100000"),
    Wrong(Y[:3], "3", "64"),
]
NAMES = [3, "a", Wrong(["a"], "classes", "1|2")]
DATA = [
    None, 3, Wrong(X, "(64, 4)"), Wrong((X[:0], Y[:0]), "x", "no rows"),
    Wrong((X, Y[:3]), "64", "3"),
    Wrong((X * np.nan, Y), "x", "NaN"), Wrong((X.astype(complex), Y), "x", "complex"),
    Wrong((keras.Input((4,)), Y), "x", "KerasTensor"), Wrong((X[:, :2], Y), "2", "4"),
]  # fmt: skip
FUNCTION = [None, 3]
X_OF = [None, "a", Wrong(X[:, :2], "2", "4")]
RATES = [3, "a", Wrong((-1.0, 1.0), "-1"), Wrong((1.0, 0.1), "0.1"), Wrong([], "learning_rate")]


def forgetful(units=3):
    pass


def raising(units=3):
    raise RuntimeError("no such file as mine")


def positional(units=3, /):
    return build(units)


def build_of_units(units=3):
    return build(units)


def misspelt(units=3):
    return build(units, "relo")


def unknown(units=3):
    return kl.Desne(units)


def speechless(units=3):
    model = build(units)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[lambda y_true, y_pred: None])
    return model


def mistyped(units=3):
    return keras.Sequential([keras.Input((4,)), kl.Dense(unit=units)])


def with_loss(loss, *between):
    """A build whose loss, or a layer in whose middle, is the student's own."""

    def own(units=3):
        inside = [one() for one in between]
        model = keras.Sequential([keras.Input((4,)), kl.Dense(units), *inside, kl.Dense(1)])
        model.compile("sgd", loss)
        return model

    return own


def one_of_two(y_pred):
    return y_pred


def worded(y_true, y_pred):
    return "good"


def silent(y_true, y_pred):
    pass


def in_numpy(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred))


class Halved(kl.Layer):
    def call(self, x):
        return x[::2]


async def later(units=3):
    return build(units)


def starred(*units):
    return build()


def uncompiled(units=3):
    return fact("uncompiled")


FACTS["uncompiled"] = lambda: keras.Sequential([keras.Input((4,)), kl.Dense(2)])

BUILD = [
    Wrong(None, "build", "None"), Wrong(3, "build", "3"), Wrong(forgetful, "forgetful()", "None"),
    Wrong(raising, "no such file as mine", "raising", "line"),
    Wrong(positional, "positional", "units"), Wrong(later, "later", "async"),
    Wrong(misspelt, "relo", "relu"), Wrong(unknown, "Desne", "Dense"),
    Wrong(starred, "starred", "units|*args"), Wrong(uncompiled, "uncompiled", "compile"),
]  # fmt: skip
BUILD_OF_RATE = [*BUILD[:2], Wrong(build_of_units, "learning_rate", "units")]
BUILD_OF_LOSS = [*BUILD[:2], Wrong(build_of_units, "loss", "units")]
ABBREVIATIONS = [
    Wrong({"unitz": (1, 3)}, "unitz", "units"),
    Wrong({"epoch": 3}, "epoch=3", "epochs"),
    Wrong({"units": (1, math.inf)}, "units", "inf"),
    Wrong({"units": []}, "units=[]"),
]
UNKNOWN = [Wrong({"unitz": (1, 3)}, "unitz", "units")]

TABLE = {}


def right(name, arguments=dict, /, **wrong):
    """A row: how to call a callable rightly, and the wrong values of each parameter."""
    TABLE[name] = arguments, wrong


def shared(*names, **more):
    """Arguments that are facts of their own name, and others."""
    return lambda: {name: fact(name) for name in names} | more


# draw
right(
    "draw.Picture",
    lambda: {"draw": lambda sheet, a=1: "drawn"},
    draw=NOTHING[:2],
    facts=[Wrong((1, 2, 3), "too many")],
    more=[Wrong({"b": 1}, "b=1")],
)
right(
    "draw.bricks",
    shared("stack"),
    stack=[None, [kl.Dense(3)]],
    selected=INDEX,
    height=COUNTED,
    tray=[3, Wrong(["Dens"], "tray", "Dense")],
    order=[3, Wrong((1, 2, 3), "order", "3")],
)
right(
    "draw.confusion",
    lambda: {"y_true": Y, "y_pred": Y},
    y_true=LABELS,
    y_pred=LABELS,
    classes=NAMES,
)
right(
    "draw.convolution",
    shared("convolution"),
    convolution=[None, Wrong(X, "convolution", "(64, 4)")],
    row=INDEX,
    column=INDEX,
    channel=INDEX,
    kernel=TEXT,
)
P = RANDOM.dirichlet(np.ones(3), 5)
CTC = {
    "probabilities": [None, "a", P[0], Wrong(P * 9, "probabilities", "sum|1")],
    "label": [None, "a", Wrong((7,), "7"), Wrong((1.5,), "1.5")],
    "blank": [9, -1, 1.5, "a"],
}
right(
    "draw.ctc",
    lambda: {"probabilities": P, "label": (1, 2)},
    **CTC,
    classes=[3, "abc"],
    x=["a", Wrong(np.ones(3), "(3,)")],
    shade=[Wrong("posterio", "posterior"), 3],
    frame=[99, 0, 1.5, "a"],
)
right(
    "draw.divergence",
    lambda: {},
    tries=[3, Wrong([1], "tries", "1")],
    outcomes=NOTHING[1:],
    overshoot=NOTHING[1:],
    step=[-1, 1.5, "a"],
    all_shown=FLAG,
)
right("draw.heatmap", lambda: {"sweep": fact("grid")}, sweep=NOTHING)
H = {"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]}
right(
    "draw.history",
    lambda: {"history": H},
    history=[*NOTHING, Wrong({"loss": ["a"]}, "loss", "a")],
    epochs=COUNTED,
    label=TEXT,
    others=[3, Wrong([3], "others", "3")],
    epoch=[-1, 1.5, "a", 99],
    patience=SEED,
    beside=[3],
)
right(
    "draw.hypotheses",
    shared("space"),
    space=NOTHING,
    more=[Wrong((3,), "more is", "(3,)")],
    target=[3, Wrong((np.ones(3),), "target")],
    labels=[3, Wrong(["a", "b"], "labels", "1")],
)
K = RANDOM.normal(size=(64, 2))
right(
    "draw.kernels",
    lambda: {"kernel": K, "x": IMAGES, "y": np.arange(12) % 2},
    kernel=[None, "a", K[:5], K[0]],
    x=[None, "a", Wrong(IMAGES[:3], "3", "12")],
    y=[None, "a", Wrong(np.arange(12), "11"), Wrong(Y[:3], "3", "12")],
    classes=NAMES,
    runs=[3, Wrong([3], "runs", "3")],
)
right(
    "draw.landscape",
    lambda: {"of": fact("line"), "data": LINE, "n": 5},
    of=[Wrong(None, "None", "Model"), Wrong("foo", "foo", "Model")],
    data=[None, 3, X[:, :1]],
    directions=[
        Wrong("randm", "random"),
        3,
        Wrong(("dens/kernel[0, 0]", "dens/bias[0]"), "no weight", "dens/"),
    ],
    n=[*COUNT, 10**9],
    seed=SEED,
)
right("draw.larger", lambda: {"factor": 1}, factor=[0, 99, "a", None])
right(
    "draw.layer",
    shared("layer"),
    layer=LAYER,
    input_shape=[3, "a", Wrong((0,), "0"), Wrong((-1,), "-1")],
)
right(
    "draw.loss",
    lambda: {"loss": "mse"},
    loss=[None, 3, Wrong("msee", "mse")],
    other=[3, Wrong("msee", "mse")],
    target=["a", math.nan, Wrong((1, 2), "(1, 2)")],
    at=["a", math.nan],
    over=[Wrong("predicton", "prediction"), 3],
    learning_rate=RATE,
)
PREDICTED = [None, "a", Wrong(Y[:3], "3", "64")]
right(
    "draw.mistakes",
    lambda: {"x": X, "y_true": Y, "probabilities": np.eye(2)[1 - Y], "classes": ("a", "b")},
    x=[None, "a", Wrong(X[:3], "3", "64")],
    y_true=LABELS,
    probabilities=[*PREDICTED, Wrong(np.ones((9, 2)), "64", "9")],
    classes=NAMES,
    only=[3, Wrong((0, 9), "9")],
)
right(
    "draw.model",
    shared("model"),
    model=MODEL,
    expand=FLAG,
    values=[Wrong("a", "x is 'a'"), Wrong(X[0, :3], "3", "4")],
)
right(
    "draw.optimizer",
    lambda: {"optimizer": "adam"},
    optimizer=[None, 3, Wrong("adm", "adam")],
    gradients=[
        "a",
        Wrong(np.ones(10**5), "100000", "60"),
        Wrong([], "gradients"),
        Wrong([math.nan], "gradients", "nan"),
    ],
    start=["a", math.nan],
    step=[0, 99, 1.5, "a"],
)
LINES = [FittedLine("mse", 2.0, 0.0, np.ones(64), np.ones(64))]
right(
    "draw.outlier",
    lambda: {"x": LINE[0], "y": LINE[1], "lines": LINES},
    x=[None, "a", Wrong(X[:3, :1], "3", "64")],
    y=[None, "a", Wrong(X[:3, :1], "3", "64")],
    lines=[3, Wrong([3], "lines", "3"), Wrong(LINES * 4, "4")],
    point=[99, 1.5, "a"],
    labels=[3, Wrong(("x",), "labels", "2")],
)
right("draw.overshoot", shared("overshoot"), overshoot=NOTHING)
right(
    "draw.paths",
    lambda: {"surface": "bowl", "paths": fact("race")},
    surface=[None, 3, Wrong("bowll", "bowl")],
    paths=[3, Wrong([], "paths"), Wrong([3], "paths", "3")],
    at=[99, -1, 1.5, "a"],
)
right(
    "draw.rare",
    lambda: {"y": Y, "predictions": Y * 0.8},
    y=[None, "a", Wrong(Y * 9, "9")],
    predictions=PREDICTED,
    classes=NAMES,
    runs=[3, Wrong([3], "runs", "3")],
    threshold=["a", math.nan, 2, -1],
)
right(
    "draw.recurrence",
    lambda: {"facts": fact("recurrence")},
    facts=[*NOTHING, kl.LSTM(3)],
    timestep=[0, 99, 1.5, "a"],
    unit=INDEX,
    return_sequences=FLAG,
    predictions=["a", Wrong(np.ones((3, 2)), "(3, 2)")],
    target=[-1, 1.5, "a"],
    classes=[3],
    label=TEXT,
    panels=COUNTED,
)
right(
    "draw.schedule",
    lambda: {"schedules": 0.1, "steps": 5},
    schedules=[None, "a", -1.0, Wrong({3: 0.1}, "3"), Wrong({}, "schedule")],
    steps=[1, *COUNT, 10**9],
)
right(
    "draw.search",
    shared("space", "path"),
    space=NOTHING,
    path=NOTHING[1:],
    target=["a", Wrong(np.ones((3, 1)), "3", "64")],
    label=TEXT,
    heights=[3],
)
right(
    "draw.search_map",
    shared("space", "path"),
    space=NOTHING,
    path=NOTHING,
    target=["a", Wrong(np.ones((3, 1)), "3", "64")],
)
right(
    "draw.step",
    shared("model", "step"),
    model=MODEL,
    step=NOTHING,
    stage=[Wrong("forwrd", "forward"), 3],
    sample=INDEX,
    unit=INDEX,
    classes=[3],
    label=TEXT,
)
right(
    "draw.sweep",
    shared("sweep"),
    sweep=NOTHING,
    marker=RATE,
    stable=RATE,
)
right(
    "draw.tensor",
    lambda: {"x": X},
    x=[
        None,
        "a",
        Wrong(np.zeros(3, [("a", "f4"), ("b", "i4")]), "x", "dtype|numbers"),
        Wrong(np.zeros((1,) * 6), "6"),
        Wrong([[1], [1, 2]], "x"),
    ],
    axes=[3, Wrong(("a",), "axes", "2"), Wrong((1, 2), "1")],
)
right("draw.training_loop", shared("model"), model=MODEL[1:], stage=[Wrong("forwrd", "forward"), 3])
right(
    "draw.unit",
    lambda: {"layer": fact("layer"), "x": X[0]},
    layer=LAYER,
    x=[None, "a", X[0, :2]],
    unit=INDEX,
    kernels=[3, Wrong({"a": X}, "(64, 4)")],
    among=["a", X[:, :2]],
    label=TEXT,
)

# labs
DATAX = DATA[:2] + DATA[3:]
FIT = {"build": BUILD, "data": DATA, "epochs": COUNT, "batch_size": COUNT, "abbreviations": UNKNOWN}
right(
    "labs.Lab",
    lambda: {"picture": draw.tensor(X), "controls": {}},
    picture=NOTHING,
    controls=NOTHING,
    buttons=NOTHING[1:],
    folds=NOTHING[1:],
    columns=NOTHING[1:],
)
right(
    "labs.bricks",
    lambda: {},
    input_shape=[3, None, "a", Wrong((0,), "0")],
    layers=[3, Wrong([3], "3"), Wrong([kl.Dense], "Dense")],
)
right(
    "labs.conv",
    lambda: {"images": IMAGES},
    images=[None, "a", Wrong(np.ones(3), "(3,)"), Wrong(IMAGES[:0], "images|x")],
    layer=[3, kl.Dense(3), kl.Conv2D],
)
right("labs.ctc")
right(
    "labs.dense",
    lambda: {"model": fact("model"), "data": (X, Y), "epochs": 2},
    model=MODEL,
    data=[None, "a", *DATA[3:]],
    epochs=COUNT,
    batch_size=COUNT,
)
right(
    "labs.divergence",
    lambda: {"build": line, "data": LINE, "epochs": 2},
    build=BUILD_OF_RATE,
    data=DATA[:2],
    learning_rate=RATES,
    epochs=COUNT,
    batch_size=COUNT,
    seed=SEED,
    abbreviations=[Wrong({"losss": ["mse"]}, "losss", "loss")],
)
right(
    "labs.fit",
    lambda: {"build": build, "data": (X, Y), "epochs": 2},
    **FIT
    | {
        "build": [
            *BUILD,
            Wrong(speechless, "metric", "None"),
            Wrong(mistyped, "unit", "units", "mistyped"),
            Wrong(with_loss(one_of_two), "one_of_two", "(y_true, y_pred)"),
            Wrong(with_loss(worded), "worded", "good"),
            Wrong(with_loss("mse", Halved), "call()", "samples"),
            Wrong(with_loss("mes"), "mse"),
        ],
        "data": [*FIT["data"], Wrong(({"a": X}, Y), "names 'a'", "x['a']")],
        "epochs": [*COUNT, True],
        "abbreviations": ABBREVIATIONS,
    },
    patience=[0, -1, 1.5],
    graph=FLAG,
)
right(
    "labs.hypotheses",
    lambda: {"build": bend},
    build=[*BUILD[:2], Wrong(forgetful, "build()", "None"), *BUILD[3:-1]],
    abbreviations=UNKNOWN,
)
right(
    "labs.loss",
    loss=[None, 3, Wrong("msee", "mse")],
    other=[3, Wrong("msee", "mse")],
    target=["a", math.nan],
    at=["a", math.nan],
    over=[Wrong("predicton", "prediction"), 3],
    learning_rate=RATE,
)
right(
    "labs.lstm",
    lambda: {"model": fact("reader"), "data": np.ones((3, 6, 4), "float32")},
    model=MODEL,
    data=[None, "a", Wrong(np.ones((3, 6, 2)), "2 features")],
)
right(
    "labs.model",
    lambda: {"build": build},
    build=[*BUILD[:2], *BUILD[3:-1]],
    data=[3, "a"],
    abbreviations=UNKNOWN,
)
right(
    "labs.outlier",
    lambda: {"build": line, "points": points, "epochs": 2},
    build=BUILD_OF_LOSS,
    points=[None, 3, Wrong(lambda: None, "returns", "None"), Wrong(lambda: (1, 2), "points")],
    epochs=COUNT,
    batch_size=COUNT,
    labels=[3, Wrong(("x",), "labels", "2")],
)
right(
    "labs.playground",
    lambda: {"build": flat, "epochs": 5},
    build=BUILD,
    data=[None, 3, Wrong("xorr", "xor")],
    epochs=COUNT,
    batch_size=COUNT,
    abbreviations=UNKNOWN,
)
right(
    "labs.predict",
    lambda: {
        "question": "Which?",
        "options": ["a", "b"],
        "answer": "It is a.",
        "wrong": {"b": "no"},
    },
    question=[3, None],
    options=[3, [], Wrong([1], "1")],
    answer=[3, None],
    reveal=[3],
    wrong=[3, Wrong({"c": "no"}, "c")],
)
right("labs.race", surfaces=[Wrong((3,), "3|int"), Wrong(("bowll",), "bowll", "bowl")])
right(
    "labs.shortcut",
    lambda: {"build": detector, "given": given, "epochs": 2},
    build=BUILD[:4],
    given=[
        Wrong(None, "given"),
        Wrong(3, "given"),
        Wrong(lambda: None, "None"),
        Wrong(lambda: {"z": 1}, "z|x"),
    ],
    epochs=COUNT,
    batch_size=COUNT,
    classes=[3],
    abbreviations=[Wrong({"shar": (0, 1)}, "shar", "share")],
)
right(
    "labs.sketch",
    lambda: {"model": fact("writer")},
    model=[*MODEL, Wrong(build(), "4", "784")],
    data=[3, "a"],
)
right(
    "labs.step",
    lambda: {"model": fact("model"), "data": (X, Y)},
    model=MODEL,
    data=DATA,
    batch_size=COUNT,
)
right(
    "labs.sweep",
    lambda: {"build": line, "data": LINE, "epochs": 2, "seeds": 1},
    build=BUILD_OF_RATE,
    data=DATA[:2],
    learning_rate=RATES,
    epochs=COUNT,
    batch_size=COUNT,
    seeds=[0, -1, Wrong(2, "seeds", "2", "1, 3, 5"), "a", 1.5],
    abbreviations=[Wrong({"losss": ["mse"]}, "losss", "loss")],
)
right("labs.update")
right(
    "labs.workflow",
    state=[
        Wrong(3, "3", "line|str"),
        Wrong("digts", "digts", "digits"),
        Wrong("", "state|line|empty"),
    ],
)

# losses
right(
    "losses.alignments",
    lambda: {"label": (1,), "frames": 4},
    label=[None, "a", Wrong((1.5,), "1.5")],
    frames=[*COUNT[1:], 10**9, 60],
    blank=[-1, 1.5, "a"],
)
right(
    "losses.collapse",
    lambda: {"path": (1, 0, 1)},
    path=[None, "a", Wrong((1.5,), "1.5")],
    blank=[-1, 1.5, "a"],
)
right(
    "losses.curve",
    lambda: {"loss": "mse"},
    loss=[
        None,
        3,
        Wrong("msee", "mse"),
        Wrong(one_of_two, "one_of_two", "(y_true, y_pred)"),
        Wrong(silent, "silent", "None"),
        Wrong(in_numpy, "in_numpy", "keras.ops"),
    ],
    target=["a", math.nan],
    predictions=["a", 3, Wrong(np.ones((2, 2, 2)), "(2, 2, 2)")],
    over=[Wrong("predicton", "prediction"), 3],
    kind=[Wrong("numbr", "number"), 3],
)
right(
    "losses.descend",
    lambda: {"curve": fact("curve"), "at": 0.5},
    curve=NOTHING,
    at=[None, "a", math.nan],
    learning_rate=RATE,
)
right(
    "losses.diagnose",
    lambda: {"model": fact("model"), "y": Y},
    model=[None, 3, Wrong(with_loss, "with_loss(...)")],
    y=[Wrong("a", "targets", "text"), Wrong(3, "no array")],
)
right("losses.lattice", lambda: {"probabilities": P, "label": (1,)}, **CTC)
right(
    "losses.read",
    lambda: {"probabilities": P},
    probabilities=CTC["probabilities"][:3],
    blank=CTC["blank"],
)
right(
    "losses.value_and_gradient",
    lambda: {"loss": "mse", "target": 1.0, "predictions": np.ones(3)},
    loss=[None, 3, Wrong("msee", "mse")],
    target=[None, "a", math.nan],
    predictions=[None, "a", Wrong(np.ones((2, 2, 2)), "(2, 2, 2)")],
    over=[Wrong("predicton", "prediction"), 3],
)

# layers
right("layers.axes", lambda: {"shape": (None, 3)}, shape=[None, 3, "a"])
right("layers.call", shared("layer"), layer=[None, 3, kl.Dense])
right(
    "layers.convolve",
    lambda: {"image": np.ones((6, 6)), "kernel": np.ones((3, 3))},
    image=[None, "a", Wrong(np.ones(3), "(3,)")],
    kernel=[None, "a", Wrong(np.ones(3), "(3,)"), Wrong(np.ones((9, 9)), "9", "6")],
    bias=["a", None, math.nan],
    strides=[*COUNT, 10**9],
    padding=[Wrong("vald", "valid"), 3],
    dilation_rate=[*COUNT, 10**9],
)
right("layers.facts", shared("layer"), layer=LAYER, input_shape=[3, "a", Wrong((0,), "0")])
right(
    "layers.recurrence",
    lambda: {"layer": fact("reader").layers[0], "x": np.ones((6, 4))},
    layer=[*LAYER, kl.Dense(3)],
    x=[None, "a", Wrong(np.ones((6, 2)), "2", "4"), Wrong(np.full((6, 4), np.nan), "x", "finite")],
)
right(
    "layers.stack",
    lambda: {"input_shape": (4,), "layers": [kl.Dense(3)]},
    input_shape=[3, None, "a", Wrong((0,), "0")],
    layers=[3, None, Wrong([3], "3"), Wrong([kl.Dense], "Dense")],
    outputs=[3, "a"],
)
right("layers.states")

# models
right("models.folded", shared("graph"), graph=NOTHING)
right("models.graph", shared("model"), model=MODEL, expand=FLAG)
right("models.same", lambda: {"a": fact("model"), "b": fact("model")}, a=ANY_MODEL, b=ANY_MODEL)
right(
    "models.values",
    lambda: {"model": fact("model"), "x": X[0]},
    model=MODEL,
    x=[None, "a", Wrong(X[0, :3], "3", "4")],
)

# optimizers
TRAINED = {"model": MODEL, "x": X_OF[:2], "y": [None, "a", Wrong(Y[:3], "3", "64")]}
right(
    "optimizers.curvature",
    lambda: {"model": fact("line"), "x": LINE[0], "y": LINE[1]},
    **TRAINED,
)
right("optimizers.fresh", lambda: {"optimizer": "sgd"}, optimizer=[None, 3, Wrong("adm", "adam")])
right(
    "optimizers.overshoot",
    lambda: {"model": fact("line"), "x": LINE[0], "y": LINE[1]},
    **TRAINED,
)
right(
    "optimizers.path",
    lambda: {"optimizer": "sgd", "surface": "bowl", "steps": 5},
    optimizer=[None, 3, Wrong("adm", "adam")],
    surface=[None, 3, Wrong("bowll", "bowl")],
    start=[3, "a", Wrong((1, 2, 3), "3")],
    steps=[*COUNT, 10**9],
    batch_size=COUNTED,
    seed=SEED,
)
right(
    "optimizers.plane",
    lambda: {"model": fact("line"), "x": LINE[0], "y": LINE[1]},
    **TRAINED,
    directions=[Wrong("randm", "random"), 3],
    seed=SEED,
)
right(
    "optimizers.surface",
    lambda: {"of": fact("line"), "data": LINE},
    of=[None, 3, Wrong("bowll", "bowl")],
    data=[None, 3],
)
right(
    "optimizers.update",
    lambda: {"optimizer": "sgd", "gradients": [1.0]},
    optimizer=[None, 3, Wrong("adm", "adam")],
    gradients=[None, "a", Wrong(np.ones(10**5), "100,000|100000"), Wrong([], "gradients")],
    start=["a", Wrong(np.ones(3), "(3,)")],
)

# hypotheses
right(
    "hypotheses.Search",
    shared("space", "path"),
    space=NOTHING,
    path=NOTHING[1:],
    target=["a", Wrong(np.ones((3, 1)), "3", "64")],
)
right(
    "hypotheses.distance",
    lambda: {"f": LINE[0], "g": LINE[1]},
    f=[None, "a", Wrong(X[:3, :1], "3", "64")],
    g=[None, "a", Wrong(X[:3, :1], "3", "64")],
)
right(
    "hypotheses.evaluate",
    lambda: {
        "build": fact("bend"),
        "x": LINE[0],
        "weights": [fact("bend").get_weights()],
    },
    build=FUNCTION,
    x=[None, "a", Wrong(X[:, :2], "2", "1")],
    weights=[None, 3, Wrong([[1]], "weights")],
)
right(
    "hypotheses.grid",
    lambda: {"x": LINE[0], "points": 5},
    x=[None, "a", Wrong(X, "4")],
    points=[*COUNTED, 10**9],
)
right(
    "hypotheses.path",
    lambda: {"build": bend, "data": LINE, "x": LINE[0], "epochs": 1},
    build=[*BUILD[:2], Wrong(forgetful, "build()", "None"), BUILD[3]],
    data=DATA[:2],
    x=[None, "a", Wrong(X[:, :2], "2", "1")],
    epochs=COUNT,
    every=COUNT,
    batch_size=COUNT,
    seed=SEED,
    on_change=FUNCTION,
    stop=FUNCTION,
)
right(
    "hypotheses.sample",
    lambda: {"build": fact("bend"), "x": LINE[0], "n": 4},
    build=[*BUILD[:2], Wrong(forgetful, "build()", "None"), BUILD[3]],
    x=[None, "a", Wrong(X[:, :2], "2", "1")],
    n=[*COUNT, 10**9],
    seed=SEED,
    spread=RATE,
)

# training
right(
    "training.Run",
    lambda: {"build": build, "parameters": {}, "epochs": 1, "batch_size": 32},
    build=FUNCTION,
    parameters=[3, None],
    epochs=COUNT[1:],
    batch_size=COUNT,
    seed=SEED,
    patience=SEED,
    each=FLAG,
)
right("training.Stepper", shared("model"), model=MODEL)
right(
    "training.at_step",
    lambda: {"run": fact("run"), "train": fact("train"), "index": 0},
    run=NOTHING,
    train=NOTHING,
    index=[-1, 1.5, "a", 10**9],
)
right("training.cache_on_disk", lambda: {"folder": None}, folder=[3])
right(
    "training.cause",
    lambda: {"run": fact("diverged"), "train": training.tables(LINE)[0]},
    run=NOTHING,
    train=NOTHING,
)
right(
    "training.evaluate",
    lambda: {"model": fact("model"), "table": fact("train")},
    model=MODEL,
    table=NOTHING,
    batch_size=COUNT,
    functions=[3],
)
right(
    "training.fit",
    lambda: {"model": seeded(), "x": X, "y": Y, "verbose": 0},
    model=MODEL,
    x=[None, "a", Wrong(X[:, :2], "2", "4")],
    y=["a", Wrong(Y[:3], "3", "64")],
    sample_weight=["a", Wrong(X[:3, 0], "3", "64")],
    class_weight=[3, "a"],
    validation_data=[3, "a"],
    validation_split=["a", 2.0, -1.0],
    arguments=[
        Wrong({"epoch": 3}, "epoch", "epochs"),
        Wrong({"epochs": 0}, "epochs", "0"),
        Wrong({"batch_size": "a"}, "batch_size", "a"),
        Wrong({"initial_epoch": -1}, "initial_epoch", "-1"),
        Wrong({"callbacks": [print]}, "callbacks[0]", "print"),
    ],
)
right(
    "training.last_finite",
    lambda: {"run": fact("diverged"), "train": training.tables(LINE)[0]},
    run=NOTHING,
    train=NOTHING,
)
right(
    "training.outcomes",
    lambda: {"build": line, "data": LINE, "low": 0.01, "high": 1.0, "epochs": 1},
    build=FUNCTION,
    data=DATA[:2],
    low=[*RATE, Wrong(2.0, "low", "high")],
    high=RATE,
    seed=SEED,
    epochs=COUNT,
    batch_size=COUNT,
    stop=FUNCTION,
    parameters=[Wrong({"losss": "mse"}, "losss", "loss")],
)
right("training.samples", lambda: {"data": X}, data=[None, 3, "a"])
right(
    "training.sweep",
    lambda: {"build": line, "data": LINE, "learning_rate": [0.1], "epochs": 1},
    build=FUNCTION,
    data=DATA[:2],
    seeds=[3, Wrong([], "seeds"), Wrong([-1], "-1"), Wrong(["a"], "a")],
    epochs=COUNT,
    batch_size=COUNT,
    on_change=[3],
    stop=FUNCTION,
    axes=[
        Wrong({"learning_rat": [0.1]}, "learning_rat", "learning_rate"),
        Wrong({"learning_rate": 0.1}, "learning_rate", "0.1"),
        Wrong({"learning_rate": [-1.0]}, "-1"),
        Wrong(
            {"learning_rate": np.ones(999), "loss": ["mse"] * 999}, "members", "998,001", "1,000"
        ),
    ],
)
right("training.tables", lambda: {"data": (X, Y)}, data=DATA[:3])
right("training.valleys", shared("sweep"), sweep=NOTHING, most=COUNT)

# check
ANSWER = [3]
SHAPE = [3, "a", Wrong((0,), "0")]
right(
    "check.compiled",
    lambda: {"answer": build, "data": (X, Y)},
    answer=[Wrong(3, "3")],
    data=DATA[:2],
)
right(
    "check.function",
    lambda: {"answer": abs, "truth": abs, "samples": [(1,)], "why": "So."},
    answer=[Wrong(3, "3"), Wrong(later, "later", "async")],
    truth=FUNCTION,
    samples=[3, Wrong([3], "samples")],
    why=TEXT,
)
right(
    "check.holds",
    lambda: {"answer": 3, "claims": {"It is 3.": lambda n: n == 3}, "why": "So."},
    answer=[Wrong(4, "It is 3.|3")],
    claims=[3, Wrong({"a": 3}, "claims", "3")],
    why=TEXT,
)
right(
    "check.largest_rate",
    lambda: {
        "answer": 0.1,
        "build": lambda rate: line(learning_rate=rate),
        "data": LINE,
        "epochs": 2,
        "below": 100.0,
        "factor": 2,
    },
    answer=[Wrong("a", "a"), Wrong(-1.0, "-1")],
    build=FUNCTION,
    data=DATA[:2],
    epochs=COUNT,
    below=["a", None],
    factor=["a", 0, 1],
    batch_size=COUNT,
)
right(
    "check.loss",
    lambda: {"answer": "mse", "last": kl.Dense(1), "data": LINE, "best": np.mean},
    answer=[Wrong("msee", "mse"), Wrong(3, "3")],
    last=LAYER,
    data=DATA[:2],
    best=[3],
)
right(
    "check.number",
    lambda: {"answer": 3, "truth": 3, "why": "So.", "hint": "No."},
    answer=[Wrong("a", "a")],
    truth=["a", None],
    why=TEXT,
    hint=TEXT,
    within=["a", -1.0],
)
right(
    "check.parameters",
    lambda: {"answer": 15, "layer": kl.Dense(3), "input_shape": (4,)},
    answer=[Wrong("a", "a")],
    layer=LAYER,
    input_shape=SHAPE,
)
right(
    "check.reaches",
    lambda: {"answer": line, "data": LINE, "epochs": 2, "loss": 100.0},
    answer=[Wrong(3, "3")],
    data=DATA[:2],
    epochs=COUNT,
    build=[3],
    parameters=[*COUNTED],
    batch_size=COUNT,
    goal=[Wrong({"lss": 1.0}, "lss", "loss"), Wrong({"loss": "a"}, "loss", "a")],
)
right(
    "check.repaired",
    lambda: {"answer": [kl.Dense(3)], "input_shape": (4,), "outputs": (3,)},
    answer=[Wrong(3, "3")],
    input_shape=SHAPE,
    outputs=SHAPE,
    parameters=COUNTED,
    needs=[3, Wrong([3], "needs", "3")],
    without=[3, Wrong([3], "without", "3")],
    least=["a", -1, 1.5],
)
right(
    "check.same",
    lambda: {"answer": build, "model": build(units=3)},
    answer=[Wrong(3, "3"), Wrong(kl.Dense(3), "Dense", "model")],
    model=MODEL,
)
right(
    "check.shape",
    lambda: {"answer": (None, 3), "given": [kl.Dense(3)], "input_shape": (4,)},
    answer=[Wrong(3, "3"), Wrong("a", "a")],
    given=[3, Wrong([3], "Position 1", "3")],
    input_shape=SHAPE,
)
right(
    "check.shortcut",
    lambda: {"answer": 0, "data": ((X, Y), (X, 1 - Y))},
    answer=[Wrong("a", "a"), Wrong(99, "99")],
    data=DATA[:2],
)

# data
PLANE = {"noise": [-1.0, math.nan, "a"], "seed": SEED}
for plain in ("breast_cancer", "diabetes"):
    right(f"data.{plain}")
for drawn in ("circles", "moons", "spirals", "xor"):
    right(f"data.{drawn}", **PLANE)
right("data.checked", lambda: {"data": (X, Y)}, data=DATA[:-1])
right("data.digit_strips", seed=SEED)
right("data.digits", format=[Wrong("image", "images"), 3])
right("data.strip_text", lambda: {"labels": [4, 2, 0]}, labels=[None, "a", Wrong([1.5], "1.5")])
right("data.waves", kind=[Wrong("sin", "sine"), 3], **PLANE)

# predictions
right(
    "predictions.confusion",
    lambda: {"y_true": Y, "y_pred": Y},
    y_true=[*LABELS, Wrong(Y * 0.5, "y_true", "0.5")],
    y_pred=LABELS,
    classes=NAMES,
)
right(
    "predictions.judge",
    lambda: {"y_true": Y, "probabilities": np.eye(2)[Y]},
    y_true=LABELS,
    probabilities=PREDICTED,
    classes=NAMES,
)
right(
    "predictions.residuals",
    lambda: {"y_true": Y * 1.0, "y_pred": Y * 1.0},
    y_true=[None, "a", Wrong(Y[:3], "3", "64")],
    y_pred=PREDICTED,
)

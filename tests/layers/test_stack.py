"""Stacks of layers, sound and broken: what is said of each is held against Keras."""

import functools
import random
import re
import threading

import keras
import numpy as np
import pytest
from keras import layers as L

from anatomy import layers
from anatomy.layers.stacks import facts
from anatomy.layers.symbolic import clone

pytestmark = pytest.mark.usefixtures("quick_weights")

# input_shape, layers, outputs
SOUND = [
    ((8,), "Dense(4)", None),
    ((8,), "Dense(4, activation='relu'), Dense(3)", (3,)),
    ((8,), "", None),
    ((8,), "", (8,)),
    ((8,), "BatchNormalization(), Dropout(0.5), Dense(4), BatchNormalization()", (4,)),
    ((8,), "Lambda(double), Dense(3, activation=double), Dense(3, activation=halve)", (3,)),
    ((8, 8, 1), "Conv2D(2, 3), Dropout(0.2), MaxPooling2D(), Flatten(), Dense(3)", (3,)),
    ((8, 8, 1), "Rescaling(2.0), Conv2D(2, 3), GlobalAveragePooling2D(), Dense(3)", None),
    ((64,), "Reshape((8, 8, 1)), Conv2D(2, 3), GlobalMaxPooling2D()", None),
    # one answer for each position, of a convolution, or because it is asked for
    ((8, 8, 1), "Conv2D(2, 3, padding='same')", None),
    ((8, 8, 1), "Conv2D(2, 3, padding='same'), Dense(1, activation='sigmoid')", (8, 8, 1)),
    # Dense as a convolution of 1 x 1, merged later
    ((8, 8, 1), "Dense(4), Conv2D(2, 3), Dense(4), Flatten(), Dense(3)", None),
    ((6, 4), "LSTM(3, return_sequences=True), LSTM(2), Dense(3)", (3,)),
    # Dense at each timestep
    ((6, 4), "LSTM(3, return_sequences=True), Dense(2)", None),
    ((6, 4), "Dense(3), Bidirectional(GRU(3, return_sequences=True)), Dense(2)", (6, 2)),
    ((6, 4), "TimeDistributed(Dense(3)), Flatten()", None),
    ((6, 4), "Conv1D(3, 3), MaxPooling1D(), GlobalMaxPooling1D()", None),
    ((6, 4), "LSTM(3), RepeatVector(6), LSTM(4, return_sequences=True)", (6, 4)),
    ((6, 4), "LSTM(3, return_state=True), Concatenate()", None),
    ((None, 4), "LSTM(3), Dense(1)", (1,)),
    ((6,), "Embedding(9, 4), LSTM(3), Dense(1)", (1,)),
    ((6,), "Reshape((2, 3)), Embedding(9, 4)", None),
    ((5, 6), "Embedding(9, 4), Flatten(), Dense(1)", None),  # words of letters
    ((8, 8, 1), "Reshape((8, 8)), GRU(3), Dense(2)", (2,)),
    ((3, 6, 6, 1), "ConvLSTM2D(2, 3), Flatten(), Dense(2)", (2,)),
    ((3, 8, 8, 1), "TimeDistributed(Conv2D(2, 3)), TimeDistributed(Flatten()), LSTM(2)", None),
]

# input_shape, layers, outputs, where it breaks, layers of the repaired stack
REFUSED = [
    ((8,), "Dense(16), Conv2D(2, 3)", None, 1, "Dense Reshape Conv2D"),
    ((8,), "Dense(6), LSTM(2), Dense(1)", (1,), 1, "Dense Reshape LSTM Dense"),
    ((8,), "Conv1D(2, 3)", None, 0, "Reshape Conv1D"),
    ((16,), "GRU(2)", None, 0, "Reshape GRU"),
    ((48,), "Conv2D(2, 3), Flatten()", None, 0, "Reshape Conv2D Flatten"),
    ((7,), "Conv2D(2, 3)", None, 0, "Reshape Conv1D"),
    ((6, 4), "LSTM(3), LSTM(2), Dense(1)", None, 1, "LSTM LSTM Dense"),
    ((6, 4), "LSTM(3), Dropout(0.2), Dense(5), LSTM(2)", None, 3, "LSTM Dropout Dense LSTM"),
    ((6, 4), "LSTM(3), LSTM(2), LSTM(2)", None, 1, "LSTM LSTM LSTM"),
    (
        (6, 4), "Bidirectional(LSTM(3)), Bidirectional(GRU(2))", None,
        1, "Bidirectional Bidirectional",
    ),
    (
        (8, 8), "Conv2D(2, 3), Flatten(), Dense(3)", (3,),
        0, "Reshape Conv2D Flatten Dense",
    ),
    ((8, 8), "MaxPooling2D()", None, 0, "Reshape MaxPooling2D"),
    (
        (8, 8, 1), "MaxPooling2D(4), Conv2D(2, 3), Flatten()", None,
        1, "MaxPooling2D Conv2D Flatten",
    ),
    ((4, 4, 1), "Conv2D(2, 3), MaxPooling2D(), MaxPooling2D()", None, 2, "Conv2D MaxPooling2D"),
    ((5, 4), "Conv1D(2, 3), AveragePooling1D(4)", None, 1, "Conv1D AveragePooling1D"),
    ((4, 4, 1), "Cropping2D(3), Flatten()", None, 0, "Flatten"),
    (
        (8, 8, 1), "Conv2D(2, 3), Flatten(), Conv2D(2, 3), Dense(3)", None,
        2, "Conv2D Conv2D Flatten Dense",
    ),
    ((6, 4), "Conv1D(2, 3), GlobalMaxPooling1D(), LSTM(3)", None, 2, "Conv1D LSTM"),
    ((28,), "Reshape((5, 6)), LSTM(2)", None, 0, "Reshape LSTM"),
    ((28,), "Reshape((5, -1)), LSTM(2)", None, 0, "Reshape LSTM"),
    ((6, 6, 3), "Reshape((6, 6, 1)), Conv2D(2, 3)", None, 0, "Reshape Conv2D"),
    ((6, 6, 1), "LSTM(3), Dense(2)", (2,), 0, "Reshape LSTM Dense"),
    ((6, 6, 1), "Conv2D(2, 3), SimpleRNN(3)", None, 1, "Conv2D Reshape SimpleRNN"),
    ((3, 3, 3), "Conv2D(4, 4, groups=2)", None, 0, "Conv2D"),
    ((6, 4), "Bidirectional(LSTM(3)), Conv1D(3, 2)", (9,), 1, "Bidirectional Conv1D Flatten Dense"),
    ((6, 6, 2), "Conv1D(2, 3)", None, 0, "Reshape Conv1D"),
    (
        (6, 6, 2), "GlobalAveragePooling1D(), Dense(2)", None,
        0, "GlobalAveragePooling2D Dense",
    ),
    ((6,), "Dense(3), GlobalAveragePooling1D()", None, 1, "Dense"),
    ((6, 4), "GRU(3, return_sequences=True), RepeatVector(5)", None, 1, "GRU RepeatVector"),
    ((6, 4), "LSTM(3, return_state=True), Dense(2)", None, 1, "LSTM Dense"),
    ((None, 4), "Flatten(), Dense(2)", None, 1, "GlobalAveragePooling1D Dense"),
    ((6, 4), "LSTM(3, stateful=True)", None, 0, "LSTM"),
    ((6, 6, 3), "GroupNormalization(2), Flatten()", None, 0, "GroupNormalization Flatten"),
    ((6, 6, 1), "ConvLSTM2D(2, 3), Flatten()", None, 0, "Reshape ConvLSTM2D Flatten"),
    ((8,), "Dense(4, name='a'), Dense(3, name='a')", None, 1, "Dense Dense"),
    (
        (8, 8), "Conv2D(2, 5), MaxPooling2D(), Conv2D(2, 3), Dense(2)", (3,),
        0, "Reshape Conv2D MaxPooling2D Conv2D Flatten Dense",
    ),
    (
        (36,), "Conv2D(2, 3), MaxPooling2D(), LSTM(3), LSTM(2), Conv1D(2, 3), Dense(4)", (3,),
        0, "Reshape Conv2D MaxPooling2D Reshape LSTM LSTM Conv1D Flatten Dense",
    ),
]  # fmt: skip

# the same, where Keras builds the stack all the same
SILENT = [
    (
        (8, 8, 1), "Conv2D(2, 3), MaxPooling2D(), Dense(3)", None,
        2, "Conv2D MaxPooling2D Flatten Dense",
    ),
    (
        (8, 8, 1), "Conv2D(2, 3), Dense(4), Dropout(0.2), Dense(3)", (3,),
        1, "Conv2D Flatten Dense Dropout Dense",
    ),
    ((8, 8, 1), "Dense(3)", None, 0, "Flatten Dense"),
    (
        (6, 4), "LSTM(3, return_sequences=True), Dropout(0.1), Dense(2)", (2,),
        2, "LSTM Dropout Dense",
    ),
    ((6, 4), "Conv1D(3, 2), Dense(2)", (2,), 1, "Conv1D Flatten Dense"),
    ((6, 4), "LSTM(3), Dense(2)", (6, 2), 1, "LSTM Dense"),
    ((6,), "Dense(4), Embedding(9, 3), Flatten()", None, 1, "Embedding Dense Flatten"),
    ((6, 4), "Conv1D(2, 3), Embedding(9, 3), Flatten()", None, 1, "Conv1D Flatten"),
    ((6, 6, 1), "Embedding(9, 3), Flatten(), Dense(2)", None, 0, "Flatten Dense"),
    ((8,), "Dense(4), Dense(5), Softmax()", (3,), 1, "Dense Dense Softmax"),
    ((6, 4), "LSTM(5)", (3,), 0, "LSTM Dense"),
    ((6, 6, 1), "Conv2D(2, 3)", (3,), 0, "Conv2D Flatten Dense"),
    ((6,), "Dense(12)", (3, 4), 0, "Dense Reshape"),
    ((8, 8), "RandomFlip(), Flatten(), Dense(2)", None, 0, "Reshape RandomFlip Flatten Dense"),
]  # fmt: skip

# input_shape, layers, where it breaks: no small change mends these
HOPELESS = [
    ((8,), "Dense(4), Add()", 1),
    ((8,), "Concatenate()", 0),
    ((8,), "Dense(4), Dot(axes=1)", 1),
    ((6, 4), "MultiHeadAttention(2, 3)", 0),
    ((6, 4), "LSTM(3), Dropout(0.2), Average()", 2),
]

BROKEN = [*((row, False) for row in REFUSED), *((row, True) for row in SILENT)]


def named(cases):
    return {"argvalues": cases, "ids": [f"{c[0]} {c[1]}" for c in cases]}


def named_broken():
    return {"argvalues": BROKEN, "ids": [f"{row[0]} {row[1]}" for row, _ in BROKEN]}


def double(x):
    return 2 * x


halve = lambda x: x / 2  # noqa: E731


class Sum(L.Layer):
    """An RNN cell of one's own."""

    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))
        self.built = True

    def call(self, x, states):
        y = x @ self.kernel + states[0]
        return y, [y]

    def get_config(self):
        return {"units": self.units}


def new(code):
    """New layers of a row of the tables."""
    return eval(f"[{code}]", {**vars(L), "double": double, "halve": halve, "Sum": Sum})


@functools.cache
def judged(input_shape, code, outputs):
    """The stack of a broken row, judged once for all that is asked of it."""
    return layers.stack(input_shape, new(code), outputs=outputs)


def kinds(stack):
    return " ".join(type(layer).__name__ for layer in stack)


def shape(model):
    given = model.output_shape
    return given if isinstance(given, list) else tuple(given)


def keras_says(input_shape, code):
    """The shapes that Keras itself makes, layer by layer, as far as it goes."""
    given, found = new(code), []
    for count in range(1, len(given) + 1):
        try:
            model = keras.Sequential([keras.Input(input_shape), *given[:count]])
        except Exception:
            return found
        found.append(shape(model))
    return found


@pytest.mark.parametrize(("input_shape", "code", "outputs"), **named(SOUND))
def test_no_sound_stack_is_refused(input_shape, code, outputs):
    stack = layers.stack(input_shape, new(code), outputs=outputs)
    assert stack.fits, stack
    shapes = [joint.output_shape for joint in stack.joints]
    assert shapes == keras_says(input_shape, code)
    assert [joint.input_shape for joint in stack.joints] == [(None, *input_shape), *shapes][:-1]
    assert all(joint.fits for joint in stack.joints)
    if code:
        assert shape(stack.model()) == shapes[-1]


@pytest.mark.parametrize(("row", "silent"), **named_broken())
def test_a_break_is_found_at_its_joint(row, silent):
    input_shape, code, outputs, index, _ = row
    stack = judged(input_shape, code, outputs)
    broken, said, count = stack.broken, keras_says(input_shape, code), len(stack.joints)
    assert (broken.index, broken.silent) == (index, silent), stack
    assert len(said) == (count if silent else index)
    assert bool(broken.keras) is not silent
    assert [j.fits for j in stack.joints] == [True] * index + [False] + [None] * (count - index - 1)
    assert [j.output_shape for j in stack.joints[:index]] == said[:index]
    assert stack.joints[index].output_shape == (said[index] if silent else None)
    assert all(j.output_shape is j.input_shape is None for j in stack.joints[index + 1 :])
    assert (
        broken.shape
        == stack.joints[index].input_shape
        == (said[index - 1] if index else (None, *input_shape))
    )
    assert broken.why in repr(stack)
    with pytest.raises(ValueError, match=f"breaks at layer {index + 1}, "):
        stack.model()


@pytest.mark.parametrize(("row", "silent"), **named_broken())
def test_a_repair_builds_and_trains(row, silent):
    input_shape, code, outputs, _, repaired = row
    stack = judged(input_shape, code, outputs)
    assert stack.broken.repair
    repaired_layers = stack.repair()
    assert kinds(repaired_layers) == repaired
    assert not {id(layer) for layer in stack.layers} & {id(layer) for layer in repaired_layers}
    again = layers.stack(input_shape, repaired_layers, outputs=outputs)
    assert again.fits
    assert again.model().output_shape == again.shapes[-1]


@pytest.mark.parametrize(("row", "silent"), BROKEN[::36], ids=lambda value: str(value)[:40])
def test_what_was_traced_trains(row, silent):
    """Two of them; all in `make endurance`."""
    input_shape, code, outputs, *_ = row
    repaired = judged(input_shape, code, outputs).repair()
    model = keras.Sequential([keras.Input(input_shape), *repaired])
    x = np.random.default_rng(0).integers(0, 9, (8, *(size or 5 for size in input_shape)))
    model.compile(optimizer="sgd", loss="mse")
    model.fit(x.astype("float32"), np.zeros((8, *model.output_shape[1:])), verbose=0)


@pytest.mark.parametrize(("input_shape", "code", "index"), **named(HOPELESS))
def test_what_nothing_mends_says_why(input_shape, code, index):
    stack = layers.stack(input_shape, new(code))
    assert (stack.broken.index, stack.broken.repair) == (index, "")
    assert stack.broken.expected == "a list of tensors"
    assert stack.broken.keras
    with pytest.raises(ValueError, match="functional API"):
        stack.repair()


@pytest.mark.parametrize(
    ("input_shape", "code", "outputs", "changed", "call"),
    [
        ((28, 28), "Conv2D(2, 3)", None, 0, "layers.Reshape((28, 28, 1))"),
        ((28, 28, 1), "LSTM(3)", None, 0, "layers.Reshape((28, 28))"),
        ((784,), "Dense(6), LSTM(2)", None, 1, "layers.Reshape((6, 1))"),
        ((784,), "GRU(2)", None, 0, "layers.Reshape((28, 28))"),
        ((12,), "Conv2D(2, 1)", None, 0, "layers.Reshape((2, 2, 3))"),
        ((7,), "Conv2D(2, 3)", None, 1, "layers.Conv1D(2, (3,))"),
        ((6, 4), "LSTM(3), LSTM(2)", None, 0, "layers.LSTM(3, return_sequences=True)"),
        (
            (6, 4), "Bidirectional(LSTM(3)), LSTM(2)", None,
            0, "layers.Bidirectional(layers.LSTM(3, return_sequences=True))",
        ),
        ((4, 4, 1), "MaxPooling2D(6)", None, 0, "layers.MaxPooling2D(pool_size=(4, 4))"),
        ((28,), "Reshape((5, 7))", None, 0, "layers.Reshape((4, 7))"),
        ((28,), "Reshape((5, 9))", None, 0, "layers.Reshape((7, 4))"),
        ((28,), "Reshape((4, 4, 3))", None, 0, "layers.Reshape((7, 4, 1))"),
        ((6, 6, 3), "Reshape((6, 6, 1))", None, 0, "layers.Reshape((6, 6, 3))"),
        ((8,), "Dense(5, activation='tanh')", (3,), 0, 'layers.Dense(3, activation="tanh")'),
        ((2, 100), "Conv1D(4, 5)", None, 0, "layers.Permute((2, 1))"),
        ((120,), "Conv2D(4, 3), MaxPooling2D()", None, 1, "layers.Conv1D(4, (3,))"),
        (
            (5, 28, 28, 1), "Conv2D(4, 3), Flatten(), LSTM(4)", (4,),
            0, "layers.TimeDistributed(layers.Conv2D(4, (3, 3)))",
        ),
        (
            (5, 6), "LSTM(3), TimeDistributed(Dense(1))", (5, 1),
            0, "layers.LSTM(3, return_sequences=True)",
        ),
        ((5, 6), "RNN(Sum(4)), RNN(Sum(4))", None, 0, "layers.RNN(Sum(4), return_sequences=True)"),
    ],
)  # fmt: skip
def test_repairs_in_figures(input_shape, code, outputs, changed, call):
    repaired_layers = layers.stack(input_shape, new(code), outputs=outputs).repair()
    assert layers.call(repaired_layers[changed]) == call


def test_why_in_words():
    stack = layers.stack((28, 28), new("LSTM(32), LSTM(32), Dense(10)"), outputs=(10,))
    assert stack.broken.expected == "(None, timesteps, features)"
    assert stack.broken.why == (
        "LSTM reads a sequence, one timestep after the other, and takes (None, timesteps, "
        "features). Its input is (None, 32): a vector of 32 features, since the LSTM before it "
        "returns its last timestep alone."
    )
    assert stack.broken.keras.endswith(
        "is incompatible with the layer: expected ndim=3, found ndim=2. "
        "Full shape received: (None, 32)"
    )
    assert stack.broken.repair == (
        "write layers.LSTM(32, return_sequences=True) in place of layers.LSTM(32)"
    )


def test_a_stack_reads_joint_by_joint():
    stack = layers.stack((8, 8, 1), new("Conv2D(2, 3), Dense(3), Softmax()"))
    assert repr(stack).splitlines() == [
        "   input                            (None, 8, 8, 1)",
        "    fits  layers.Conv2D(2, (3, 3))  (None, 6, 6, 2)",
        "  breaks  layers.Dense(3)           (None, 6, 6, 3)",
        "       ?  layers.Softmax()",
        "At layer 2: Dense weighs the last axis alone, so there is an output for each "
        "position: (None, 6, 6, 3). If that is meant, write outputs=(6, 6, 3).",
        "Keras builds it all the same.",
        "Repair: put layers.Flatten() before layers.Dense(3)",
    ]


def test_judging_changes_nothing():
    given = new("Conv2D(2, 3), Dropout(0.5), LSTM(3), LSTM(2), Dense(1)")
    configs, next_name = [layer.get_config() for layer in given], L.Dense(1).name
    random.seed(7)
    drawn = random.random()
    random.seed(7)
    stack = layers.stack((8, 8), given)
    assert not stack.fits
    assert random.random() == drawn
    assert int(L.Dense(1).name.split("_")[1]) == int(next_name.split("_")[1]) + 1
    assert [layer.get_config() for layer in given] == configs
    assert not any(layer.weights for layer in given)
    assert not keras.src.backend.common.global_state.get_global_attribute("uninitialized_variables")
    stack.repair()
    assert not any(layer.weights for layer in given)
    dense = L.Dense(2)
    dense.build((None, 3))
    assert dense.kernel.numpy().shape == (3, 2)


def test_a_model_is_the_stack_and_new():
    given = new("Conv2D(2, 3, activation='relu'), Flatten(), Dense(3)")
    stack = layers.stack([8, np.int64(8), 1], iter(given), outputs=[3])
    first, second = stack.model(), stack.model()
    assert first.built
    assert [layer.get_config() for layer in first.layers] == [g.get_config() for g in given]
    assert not {id(v) for v in first.weights} & {id(v) for v in second.weights}
    assert not any(layer.built and layer.weights for layer in given)


def test_the_code_is_plain_keras():
    code = layers.stack((8, 8, 1), new("Conv2D(2, 3), Flatten(), Dense(3, 'relu')")).code()
    assert code == (
        "import keras\nfrom keras import layers\n\nmodel = keras.Sequential(\n    [\n"
        "        keras.Input((8, 8, 1)),\n        layers.Conv2D(2, (3, 3)),\n"
        '        layers.Flatten(),\n        layers.Dense(3, activation="relu"),\n    ]\n)\n'
    )
    exec(code, scope := {})
    assert scope["model"].output_shape == (None, 3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((8,), [L.Dense(1), "Dense"]), TypeError, "Position 2 .*'Dense': give a layer"),
        (((8, 8, 1), [L.Conv2D]), TypeError, r"such as layers.Conv2D\(4, \(3, 3\)\)\."),
        (((8,), [L.Dense]), TypeError, r"Position 1 .*give an instance, such as layers.Dense\(4\)"),
        (((8,), [keras.Input((8,))]), TypeError, "Position 1 .*leave it out"),
        (((8,), [L.InputLayer((8,))]), TypeError, "Position 1 .*leave it out"),
        (((8,), L.Dense(1)), TypeError, r"give a list such as \[layers.Dense\(32\)\]"),
        (((8,), "Dense"), TypeError, "layers is 'Dense'"),
        ((8, [L.Dense(1)]), ValueError, r"input_shape is 8; give .* such as \(8,\)"),
        (((8, 0), [L.Dense(1)]), ValueError, r"input_shape is \(8, 0\)"),
        (((8, 2.5), [L.Dense(1)]), ValueError, r"input_shape is \(8, 2.5\)"),
        (("8", [L.Dense(1)]), ValueError, "input_shape is '8'"),
        (((None, 8, 8, 1), [L.Conv2D(1, 3)]), ValueError, r"without the batch axis \(8, 8, 1\)"),
    ],
)
def test_what_is_no_stack_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.stack(*arguments)


def test_a_layer_that_cannot_be_made_twice_is_named():
    class Scale(L.Layer):
        def __init__(self, by):
            super().__init__()
            self.by = by

        def call(self, x):
            return x * self.by

    assert layers.stack((8,), [Scale(2.0)]).joints[0].output_shape == (None, 8)
    with pytest.raises(TypeError, match=r"Position 1 .*get_config"):
        layers.stack((8,), [Scale(np.ones(8))])


@pytest.mark.parametrize("outputs", [10, (), (0,), "10"])
def test_outputs_are_checked(outputs):
    with pytest.raises(ValueError, match=re.escape(f"outputs is {outputs!r}; give")):
        layers.stack((8,), [L.Dense(10)], outputs=outputs)


def test_a_worker_may_judge_layers_made_elsewhere():
    """Keras counts names in each thread: a new layer must not take a name that is taken."""
    given, found = new("Reshape((6, 4)), Flatten(), LSTM(3)"), []
    worker = threading.Thread(target=lambda: found.extend(layers.stack((24,), given).repair()))
    worker.start()
    worker.join()
    assert kinds(found) == "Reshape LSTM"
    given = new("Flatten(name='reshape'), Conv2D(2, 3, padding='same')")
    assert len({layer.name for layer in layers.stack((25,), given).repair()}) == 3


#: input_shape, layers, outputs, a part of why, kinds of the repaired stack
MEANT = [
    ((1, 28, 28), "Conv2D(2, 3), MaxPooling2D(), Flatten(), Dense(3)", (3,), "channels",
     "Permute Conv2D MaxPooling2D Flatten Dense"),
    ((3, 16, 16), "Conv2D(2, 3, data_format='channels_first'), BatchNormalization(), Flatten()",
     None, "axis=1", "Conv2D BatchNormalization Flatten"),
    ((3, 16, 16), "Conv2D(2, 3, data_format='channels_first'), MaxPooling2D(), Flatten()",
     None, "channels", "Conv2D MaxPooling2D Flatten"),
    ((100,), "Dense(100), Reshape((7, 7, 8))", None, "7, 7, 8", "Dense Reshape"),
    ((5, 9, 9, 1), "ConvLSTM2D(2, 3), ConvLSTM2D(2, 3), Flatten()", None, "last timestep",
     "ConvLSTM2D ConvLSTM2D Flatten"),
    ((6, 9, 9), "TimeDistributed(Conv2D(2, 3)), TimeDistributed(Flatten()), LSTM(3)", (3,), "",
     "Reshape TimeDistributed TimeDistributed LSTM"),
    ((4, 9, 9, 1), "TimeDistributed(Conv2D(2, 3)), Flatten(), LSTM(3)", None, "one axis",
     "TimeDistributed TimeDistributed LSTM"),
    ((6, 3), "LSTM(4, return_sequences=True), TimeDistributed(Dense(1)), Activation('tanh')", (1,),
     "each timestep", "LSTM Dense Activation"),
    ((1, 6, 30), "LSTM(4)", None, "(6, 30)", "Reshape LSTM"),
    ((100, 3), "Conv2D(2, 3), MaxPooling2D(), Flatten()", None, "", "Conv1D MaxPooling1D Flatten"),
    ((10, 5), "LSTM(3), LSTM(5, return_sequences=True)", (7, 5), "", "LSTM RepeatVector LSTM"),
    ((9, 12, 1), "MaxPooling2D(2, padding='same'), UpSampling2D()", (9, 12, 1), "rounded to 5",
     "MaxPooling2D UpSampling2D Cropping2D"),
    ((5, 8, 8, 1), "Masking(), ConvLSTM2D(2, 3), Flatten()", None, "mask", "ConvLSTM2D Flatten"),
    ((12,), "Masking(-1), Embedding(9, 4), LSTM(3)", None, "mask_zero=True", "Embedding LSTM"),
    ((12,), "Masking(-1), Dropout(0.1), Embedding(9, 4), LSTM(3)", None, "mask_zero=True",
     "Embedding Dropout LSTM"),
    ((12,), "Embedding(9, 4), Masking(), LSTM(3)", None, "mask_zero=True", "Embedding LSTM"),
    ((1, 30), "Conv1D(2, 3), Flatten()", None, "channels", "Permute Conv1D Flatten"),
    ((1, 20), "Conv1D(2, 3, padding='same'), Flatten()", None, "channels",
     "Permute Conv1D Flatten"),
    ((1, 8, 12, 12), "Conv3D(2, 3), Flatten()", None, "channels", "Permute Conv3D Flatten"),
    ((27, 3), "MaxPooling1D(2, padding='same'), UpSampling1D(2)", (27, 3), "rounded to 14",
     "MaxPooling1D UpSampling1D Cropping1D"),
    ((27, 3), "MaxPooling1D(2), UpSampling1D(2)", (27, 3), "rounded to 13",
     "MaxPooling1D UpSampling1D ZeroPadding1D"),
    ((9, 12, 1), "MaxPooling2D(2), UpSampling2D()", (9, 12, 1), "rounded to 4",
     "MaxPooling2D UpSampling2D Resizing"),
    ((4, 3, 16, 16), "TimeDistributed(Conv2D(2, 3)), TimeDistributed(Flatten()), LSTM(3)", (3,),
     "first in (None, 3, 16, 16)", "Permute TimeDistributed TimeDistributed LSTM"),
    ((4, 1, 16, 16), "ConvLSTM2D(2, 3, padding='same'), Flatten()", None, "channels",
     "Permute ConvLSTM2D Flatten"),
    ((8, 8, 3), "Conv2D(5, 1), Dropout(0.2), Softmax()", (8, 8, 4), "(None, 8, 8, 4)",
     "Conv2D Dropout Softmax"),
    ((6, 3), "LSTM(5), Activation('softmax')", (4,), "(None, 4)", "LSTM Activation"),
    ((6, 3), "Dense(5), LSTM(5)", (4,), "(None, 4)", "Dense LSTM Dense"),
]  # fmt: skip


@pytest.mark.parametrize(("input_shape", "code", "outputs", "why", "repaired"), MEANT)
def test_what_is_meant_is_what_is_repaired(input_shape, code, outputs, why, repaired):
    stack = layers.stack(input_shape, new(code), outputs=outputs)
    assert not stack.fits
    assert why in stack.broken.why
    assert kinds(stack.repair()) == repaired


def test_a_layer_may_stand_in_a_stack_twice_and_a_model_too():
    twice = L.Dense(8)
    stack = layers.stack((8,), [twice, twice, L.Dense(1)])
    assert stack.fits
    assert stack.parameters == stack.model().count_params() == 72 + 9
    base = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(2, 3), L.Flatten()], name="base")
    stack = layers.stack((8, 8, 3), [base, L.Dense(1)])
    assert [joint.call for joint in stack.joints] == ["base", "layers.Dense(1)"]
    assert stack.model().output_shape == (None, 1)
    assert layers.stack((5, 4), [L.RNN([L.LSTMCell(3), L.GRUCell(2)]), L.Dense(2)]).fits
    assert layers.stack((6, 4), new("LSTM(3, return_sequences=True), Dense(1)"), outputs=(6,)).fits


def test_a_layer_for_two_shapes_is_created_twice():
    once = L.Dense(4)
    stack = layers.stack((8,), [once, L.Dropout(0.1), once, L.Dense(1)])
    assert stack.broken.index == 2
    assert "is layer 1 once more" in stack.broken.why
    repaired = layers.stack((8,), stack.repair())
    assert (repaired.fits, repaired.parameters) == (True, 36 + 20 + 5)


def test_positions_are_counted_from_1():
    half = [L.MaxPooling2D(padding="same") for _ in range(2)]
    stack = layers.stack((28, 30, 1), [*half, L.UpSampling2D(4)], outputs=(28, 30, 1))
    assert "At layer 3: The last output is" in repr(stack)
    assert "At layer 2, MaxPooling2D, the odd size 15 was rounded to 8." in repr(stack)


def test_channels_first_all_the_way_fit():
    code = "Conv2D(2, 3, data_format=first), BatchNormalization(axis=1), ReLU(), "
    code += "MaxPooling2D(data_format=first), Flatten(), Dense(2)"
    new_layers = new(code.replace("first", "'channels_first'"))
    assert layers.stack((3, 12, 12), new_layers, outputs=(2,)).fits


def test_the_code_of_a_model_inside():
    inside = keras.Sequential([keras.Input((9, 9, 1)), L.Conv2D(2, 3), L.Flatten()])
    stack = layers.stack((4, 9, 9, 1), [L.TimeDistributed(inside), L.LSTM(3)])
    scope = {}
    exec(stack.code(), scope)
    printed, model = scope["model"], stack.model()
    assert printed.count_params() == model.count_params() == stack.parameters
    printed.set_weights(model.get_weights())
    films = np.random.default_rng(0).normal(size=(5, 4, 9, 9, 1))
    np.testing.assert_allclose(printed.predict(films), model.predict(films), atol=1e-6)
    x = keras.Input((9, 9, 1))
    graph = keras.Model(x, L.Flatten()(x), name="base")
    assert "# base: your own model" in layers.stack((9, 9, 1), [graph]).code()


def test_a_model_in_a_broken_stack_is_copied_once_and_keeps_its_weights(monkeypatch):
    base = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(2, 3)], name="base")
    created = []
    monkeypatch.setattr(facts, "clone", lambda one: created.append(one) or clone(one))
    stack = layers.stack((8, 8, 3), [base, L.Dense(5), L.Dense(4)], outputs=(4,))
    assert (stack.broken.reason, created.count(base)) == ("positions", 1)
    sound = layers.stack((8, 8, 3), stack.repair())
    for first in (stack.repair()[0], sound.model().layers[0]):
        assert first is not base
        assert first.trainable
        np.testing.assert_array_equal(first.get_weights()[0], base.get_weights()[0])


def test_an_own_cell_is_named_and_not_its_rnn():
    class Cell(L.Layer):
        def __init__(self, scale):
            super().__init__()
            self.state_size, self.scale = 3, scale

        def call(self, x, states):
            return x, states

    class Bare(Cell):  # a copy of it is made, but not where it stands in another layer
        def __init__(self):
            super().__init__(1)

    for own in (Cell(np.ones(3)), [L.LSTMCell(3), Cell(np.ones(3))]):
        with pytest.raises(TypeError, match="second Cell"):
            layers.stack((5, 3), [L.RNN(own)])
    with pytest.raises(TypeError, match="second Bare"):
        layers.stack((5, 3), [L.RNN(Bare())])


@pytest.mark.parametrize(
    ("input_shape", "code", "sample"),
    [
        ((1, 6, 30), "LSTM(4)", "(6, 30)"),
        ((1000, 12, 3), "GRU(4)", "(12, 3)"),
        ((2500, 28, 28, 1), "Conv2D(4, 3)", "(28, 28, 1)"),
    ],
)
def test_an_axis_of_samples_in_the_input_shape_is_named(input_shape, code, sample):
    why = layers.stack(input_shape, new(code)).broken.why
    assert f"Is the first {input_shape[0]:,} the axis of the samples?" in why
    assert f"One sample is then {sample}." in why


def test_samples_in_the_input_shape_are_no_matter_of_the_layers():
    """Nor are they frames of a film, each of which Keras would trace: 60,000 for minutes."""
    stack = layers.stack((2500, 28, 28, 1), new("Conv2D(4, 3)"))
    assert not stack.broken.repair
    with pytest.raises(ValueError, match=r"No small change .* Is the first 2,500 the axis of"):
        stack.repair()


@pytest.mark.parametrize("input_shape", [(28, 28, 3), (6, 16, 16, 1)])
def test_a_picture_is_no_axis_of_samples(input_shape):
    assert "samples" not in layers.stack(input_shape, new("LSTM(4)")).broken.why


def test_a_cell_of_ones_own_is_stacked():
    class Cell(L.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units))

        def call(self, x, states):
            return x @ self.kernel + states[0], states

    stack = layers.stack((6, 3), [L.RNN(Cell(4)), L.Dense(2)], outputs=(2,))
    assert stack.fits
    assert stack.joints[0].call == "layers.RNN(Cell(4))"
    assert stack.parameters == 3 * 4 + 4 * 2 + 2


def test_a_samples_axis_before_a_dense_layer_is_doubted():
    stack = layers.stack((1000, 8), new("Dense(4), Dense(1)"), outputs=(1,))
    assert "Is the first 1,000 the axis of the samples? One sample is then (8,)" in stack.broken.why
    assert "samples" not in layers.stack((28, 28), new("Dense(1)"), outputs=(1,)).broken.why

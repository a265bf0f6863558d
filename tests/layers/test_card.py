"""The facts of one layer, held against Keras."""

import math
import random

import keras
import numpy as np
import pytest
from keras import layers as L

from anatomy import layers
from anatomy.layers import Weight

pytestmark = pytest.mark.usefixtures("quick_weights")

# layer, input_shape, the code that makes it
ORDINARY = [
    (L.Dense(32, activation="relu"), (784,), 'layers.Dense(32, activation="relu")'),
    (L.Dense(3, use_bias=False, trainable=False), (6, 4), None),
    (
        L.Dense(3, "tanh", kernel_initializer="he_normal", name="last"),
        (4,),
        'layers.Dense(3, activation="tanh", kernel_initializer="he_normal", name="last")',
    ),
    (
        L.Dense(3, kernel_initializer=keras.initializers.RandomNormal(stddev=0.2, seed=1)),
        (4,),
        "layers.Dense(3, kernel_initializer=keras.initializers.RandomNormal(stddev=0.2, seed=1))",
    ),
    (
        L.Dense(3, kernel_regularizer=keras.regularizers.L2(0.1), kernel_constraint="non_neg"),
        (4,),
        "layers.Dense(3, kernel_regularizer=keras.regularizers.L2(l2=0.1), "
        "kernel_constraint=keras.constraints.NonNeg())",
    ),
    (L.Dense(3, dtype="float16"), (4,), 'layers.Dense(3, dtype="float16")'),
    (L.Conv1D(3, 5, padding="causal", dilation_rate=2), (12, 4), None),
    (L.Conv2D(8, 3), (28, 28, 1), "layers.Conv2D(8, (3, 3))"),
    (L.Conv2D(4, (3, 1), strides=2, padding="same", groups=2), (9, 9, 6), None),
    (L.Conv2DTranspose(4, 3, strides=2), (9, 9, 3), None),
    (L.Conv3D(2, 2), (4, 4, 4, 3), None),
    (L.DepthwiseConv2D(3, depth_multiplier=2), (9, 9, 3), None),
    (L.SeparableConv1D(4, 3, depth_multiplier=2), (9, 3), None),
    (L.MaxPooling2D(3), (9, 9, 2), "layers.MaxPooling2D(pool_size=(3, 3))"),
    (L.MaxPooling2D(2, strides=1), (9, 9, 2), "layers.MaxPooling2D(strides=(1, 1))"),
    (L.MaxPool1D(), (8, 2), "layers.MaxPooling1D()"),
    (L.SimpleRNN(5), (6, 4), "layers.SimpleRNN(5)"),
    (L.LSTM(32, return_sequences=True), (28, 28), "layers.LSTM(32, return_sequences=True)"),
    (L.LSTM(3, stateful=True, use_bias=False), (6, 4), None),
    (L.GRU(4, dropout=0.5, return_state=True), (6, 8), None),
    (L.GRU(4, reset_after=False), (6, 8), "layers.GRU(4, reset_after=False)"),
    (L.RNN(L.LSTMCell(3)), (6, 4), "layers.RNN(layers.LSTMCell(3))"),
    (L.ConvLSTM2D(2, 3), (3, 6, 6, 1), None),
    (L.Bidirectional(L.LSTM(4)), (6, 8), "layers.Bidirectional(layers.LSTM(4))"),
    (
        L.Bidirectional(L.LSTM(4), backward_layer=L.GRU(4, go_backwards=True), name="both"),
        (6, 8),
        "layers.Bidirectional(layers.LSTM(4), backward_layer=layers.GRU(4, go_backwards=True), "
        'name="both")',
    ),
    (L.TimeDistributed(L.Dense(3)), (6, 4), "layers.TimeDistributed(layers.Dense(3))"),
    (L.Embedding(100, 16, mask_zero=True), (20,), "layers.Embedding(100, 16, mask_zero=True)"),
    (L.BatchNormalization(scale=False), (6, 6, 4), "layers.BatchNormalization(scale=False)"),
    (L.LayerNormalization(axis=[1, 2]), (6, 4), None),
    (L.Dropout(0.5, seed=3), (8,), "layers.Dropout(0.5, seed=3)"),
    (L.Reshape((2, -1)), (8,), "layers.Reshape((2, -1))"),
    (L.Flatten(), (6, 4), "layers.Flatten()"),
    (L.CategoryEncoding(5), (4,), "layers.CategoryEncoding(num_tokens=5)"),
    (L.PReLU(shared_axes=[1]), (6, 4), None),
    (
        L.ZeroPadding2D(((1, 0), (2, 1))),
        (6, 6, 1),
        "layers.ZeroPadding2D(padding=((1, 0), (2, 1)))",
    ),
    (L.Rescaling(1 / 255), (8,), "layers.Rescaling(0.00392156862745098)"),
    (L.ReLU(max_value=float("inf")), (8,), 'layers.ReLU(max_value=float("inf"))'),
    (L.EinsumDense("ab,bc->ac", 5, bias_axes="c"), (8,), None),
    (L.Add(), [(8,), (8,)], "layers.Add()"),
    (L.MultiHeadAttention(2, 4), [(6, 8), (5, 8)], "layers.MultiHeadAttention(2, 4)"),
]
IDS = [layers.call(layer) for layer, _, _ in ORDINARY]


def evaluated(code):
    return eval(code, {"keras": keras, "layers": L})


def built_by_keras(layer, input_shape):
    """Another such layer, built by Keras itself, and the shapes it hands on."""
    other = evaluated(layers.call(layer))
    batch = 1 if getattr(layer, "stateful", False) else None
    if isinstance(input_shape, list):
        given = [keras.Input(shape) for shape in input_shape]
        output = other(*given) if type(layer) is L.MultiHeadAttention else other(given)
    else:
        output = other(keras.Input(input_shape, batch_size=batch))
    shapes = [(None, *one.shape[1:]) for one in keras.tree.flatten(output)]
    return other, shapes if isinstance(output, list | tuple) else shapes[0]


def nameless(config):
    """A config without the names, which Keras counts."""
    if isinstance(config, dict):
        names = {"name"} if "trainable" in config else {}
        return {key: nameless(value) for key, value in config.items() if key not in names}
    return config


def test_a_loss_is_written_with_its_arguments():
    """Keras 3.15 leaves those of two losses out of their configurations."""
    for code in ("Huber(delta=2.0)", "CosineSimilarity(axis=1)", "CTC()", "Dice()"):
        assert layers.call(eval(f"keras.losses.{code}")) == f"keras.losses.{code}"


@pytest.mark.parametrize(("layer", "input_shape", "code"), ORDINARY, ids=IDS)
def test_facts_are_those_of_keras(layer, input_shape, code):
    facts = layers.facts(layer, input_shape)
    expected, output_shape = built_by_keras(layer, input_shape)
    assert facts.output_shape == output_shape
    assert [w.shape for w in facts.weights] == [w.shape for w in expected.weights]
    assert [w.name.split("/")[-1] for w in facts.weights] == [w.name for w in expected.weights]
    assert [w.trainable for w in facts.weights] == [w.trainable for w in expected.weights]
    assert len({w.name for w in facts.weights}) == len(facts.weights)
    assert facts.parameters == expected.count_params()
    trainable = sum(math.prod(w.shape) for w in expected.trainable_weights)
    assert facts.trainable_parameters == trainable
    assert facts.layer is layer
    assert (facts.type, facts.name) == (type(layer).__name__, layer.name)

    assert facts.call == layers.call(layer) == (code or facts.call)
    again = evaluated(facts.call)
    assert type(again) is type(layer)
    assert nameless(again.get_config()) == nameless(layer.get_config())

    config = repr(layer.get_config())
    for weight in facts.weights:
        assert tuple(math.prod(numbers(size)) for size in weight.sizes) == weight.shape
        assert eval(weight.derived.replace("×", "*")) == weight.count == math.prod(weight.shape)
        for part in weight.made_by.split(", "):
            assert f"'{part.split('=')[0]}'" in config or "=" not in part


def numbers(size):
    """The figures in the words for an axis, such as 9 and 32 in "kernel height 9 × units 32"."""
    last = [part.split()[-1] for part in size.split(" × ")]
    return [int(figure) for figure in last if figure.isdigit()]


def test_a_dense_layer_in_full():
    found = layers.facts(L.Dense(32, activation="relu", name="hidden"), (784,))
    assert found.input_shape == (None, 784)
    assert found.weights == (
        Weight(
            "kernel", (784, 32), True, ("input features 784", "units 32"), "784 × 32",
            'kernel_initializer="glorot_uniform"',
        ),
        Weight(
            "bias", (32,), True, ("units 32",), "32",
            'use_bias=True, bias_initializer="zeros"',
        ),
    )  # fmt: skip
    assert found.state == ("kernel", "bias")
    assert repr(found).splitlines() == [
        'layers.Dense(32, activation="relu", name="hidden")',
        "  input       (None, 784)  features",
        "  output      (None, 32)  features",
        "  parameters  25,120, 25,120 of them trainable",
        "    kernel  (784, 32)  784 × 32 = 25,088  input features 784, units 32; "
        'kernel_initializer="glorot_uniform"',
        "    bias    (32,)      32 = 32            units 32; use_bias=True, "
        'bias_initializer="zeros"',
        "  state       kernel, bias",
    ]


@pytest.mark.parametrize(
    ("layer", "input_shape", "name", "derived", "sizes"),
    [
        (
            L.Conv2D(8, 3), (28, 28, 1), "kernel", "3 × 3 × 1 × 8",
            ("kernel height 3", "kernel width 3", "input channels 1", "filters 8"),
        ),
        (L.LSTM(32), (28, 28), "bias", "4 × 32", ("gates and candidate 4 × units 32",)),
        (
            L.LSTM(32), (28, 28), "recurrent_kernel", "32 × (4 × 32)",
            ("units 32", "gates and candidate 4 × units 32"),
        ),
        (L.GRU(4), (6, 8), "bias", "2 × (3 × 4)", ("biases 2", "gates and candidate 3 × units 4")),
        (L.Bidirectional(L.GRU(4)), (6, 8), "backward_gru/kernel", "8 × (3 × 4)", None),
        (L.Embedding(9, 4), (6,), "embeddings", "9 × 4", ("input_dim 9", "output_dim 4")),
        (L.BatchNormalization(), (6, 6, 5), "moving_mean", "5", ("channels 5",)),
        (
            L.Conv2DTranspose(4, 3), (6, 6, 2), "kernel", "3 × 3 × 4 × 2",
            ("kernel height 3", "kernel width 3", "filters 4", "input channels 2"),
        ),
    ],
)  # fmt: skip
def test_what_makes_each_axis(layer, input_shape, name, derived, sizes):
    [weight] = [w for w in layers.facts(layer, input_shape).weights if w.name == name]
    assert weight.derived == derived
    assert weight.sizes == sizes or sizes is None


@pytest.mark.parametrize(
    ("layer", "input_shape", "state"),
    [
        (L.Flatten(), (6, 4), "none"),
        (L.Add(), [(8,), (8,)], "none"),
        (L.Dropout(0.5), (8,), ("seed_generator_state",)),
        (L.BatchNormalization(), (8,), ("gamma", "beta", "moving_mean", "moving_variance")),
        (
            L.SimpleRNN(3, stateful=True), (6, 4),
            ("kernel", "recurrent_kernel", "bias", "states", "seed_generator_state"),
        ),
    ],
)  # fmt: skip
def test_state(layer, input_shape, state):
    assert layers.facts(layer, input_shape).state == state


def test_a_built_layer_is_read_as_it_is():
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(3)])
    conv, flatten, dense = (layers.facts(layer) for layer in model.layers)
    assert (conv.input_shape, conv.output_shape) == ((None, 8, 8, 1), (None, 6, 6, 2))
    assert (flatten.input_shape, flatten.output_shape) == ((None, 6, 6, 2), (None, 72))
    assert (dense.input_shape, dense.output_shape) == ((None, 72), (None, 3))
    assert sum(f.parameters for f in (conv, flatten, dense)) == model.count_params()
    model.layers[-1].trainable = False
    assert layers.facts(model.layers[-1]).trainable_parameters == 0
    assert layers.facts(model.layers[-1], (5,)).parameters == 5 * 3 + 3


def test_a_layer_built_on_numbers_or_by_hand():
    called, by_hand, joined = L.Dense(3), L.Dense(3), L.Add()
    called(np.ones((4, 6, 5), "float32"))
    by_hand.build((32, 5))
    joined([keras.Input((8,)), keras.Input((8,))])
    assert layers.facts(called).output_shape == (None, 6, 3)
    assert layers.facts(by_hand).input_shape == (None, 5)
    assert layers.facts(joined).input_shape == [(None, 8), (None, 8)]


def test_looking_changes_nothing():
    layer = L.Bidirectional(L.LSTM(3, dropout=0.5))
    config = layer.get_config()
    random.seed(7)
    drawn = random.random()
    random.seed(7)
    layers.facts(layer, (6, 4))
    assert random.random() == drawn
    assert not layer.built
    assert not layer.weights
    assert layer.get_config() == config


def test_a_layer_of_ones_own():
    class Scale(L.Layer):
        def __init__(self, start=1.0):
            super().__init__()
            self.start = start

        def build(self, input_shape):
            self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

        def call(self, x):
            return x * self.factor

    found = layers.facts(Scale(2.0), (6, 4))
    assert (found.call, found.output_shape) == ("Scale(start=2.0)", (None, 6, 4))
    assert (found.parameters, found.weights[0].derived) == (1, "1")


class Crossed(L.Layer):
    """Keras wants the names x_shape and by_shape."""

    def build(self, x, by):
        self.factor = self.add_weight(shape=(x[-1], by[-1]))

    def call(self, x, by):
        return keras.ops.matmul(x, self.factor) * by


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((L.Dense,), TypeError, r"Dense'> is a class: .* layers.Dense\(4\)"),
        (("Dense",), TypeError, r"'Dense' is not a layer: give one, such as layers.Dense\(32\)"),
        ((keras.Sequential([L.Dense(1)]),), TypeError, r"is a model: give one of its layers"),
        ((L.InputLayer((8,)),), TypeError, "stands for the data"),
        ((L.Dropout(0.5),), ValueError, r"layers.Dropout\(0.5\) .* give input_shape"),
        ((L.Dense(3),), ValueError, r"layers.Dense\(3\) is not built.*input_shape=\(784,\)"),
        ((L.Conv2D(3, 3),), ValueError, r"input_shape=\(28, 28, 1\)"),
        ((L.Dense(3), 784), ValueError, r"input_shape is 784; give .* such as \(784,\)"),
        ((L.Dense(3), (None, 784)), ValueError, r"without the batch axis: \(784,\)"),
        (
            (L.Conv2D(3, 3), (28, 28)), ValueError,
            r"input_shape is \(28, 28\), .* takes \(None, height, width, channels\): give 3 sizes",
        ),
        ((L.LSTM(3), (28, 28, 1)), ValueError, "an image of 28 × 28 positions of 1 channel"),
        ((L.Dense(3), ()), ValueError, r"takes \(None, ..., features\): give 1 or more sizes"),
        ((L.Reshape((3, 3)), (8,)), ValueError, r"Received: \(None, 8\). Keras: The total size"),
        ((L.Add(), (8,)), ValueError, r"takes a list of tensors. Received: \(None, 8\)"),
        ((Crossed(), [(4,), (2,)]), ValueError,
         r"Crossed\(\) cannot be built. Received: \[\(None, 4\), \(None, 2\)\]. Keras: For a"),
    ],
)  # fmt: skip
def test_what_has_no_facts_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.facts(*arguments)


def test_axes_have_names():
    assert layers.axes((None, 784)) == ("features",)
    assert layers.axes((None, 28, 28, 1)) == ("height", "width", "channels")
    assert layers.axes((None,)) == ()
    assert layers.axes((None, 1, 2, 3, 4, 5)) == tuple(f"axis {k}" for k in range(1, 6))


class Scaled(L.Layer):
    """Takes two tensors, one for each argument of its call()."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.dense = L.Dense(4)

    def call(self, x, by):
        return x * self.dense(by)


class Shifted(Scaled):
    """Of its two tensors the second may be left out."""

    def call(self, x, by=None, training=None):
        return self.dense(x) if by is None else x + self.dense(by)


@pytest.mark.parametrize("kind", [Scaled, Shifted])
def test_a_layer_of_two_arguments(kind):
    shapes = [(None, 4), (None, 2)]
    facts = layers.facts(kind(), [(4,), (2,)])
    assert (facts.input_shape, facts.output_shape, facts.parameters) == (shapes, (None, 4), 12)
    layer, inputs = kind(), [keras.Input((4,)), keras.Input((2,))]
    layer(inputs[0], by=inputs[1])
    assert layers.facts(layer).input_shape == shapes


def test_what_is_not_an_input_of_a_call_is_no_shape():
    layer, sequence, state = L.LSTM(3), keras.Input((5, 4)), keras.Input((3,))
    layer(sequence, initial_state=[state, state], training=False)
    assert layers.facts(layer).input_shape == [(None, 5, 4), (None, 3), (None, 3)]


FIRST = L.Conv2D(4, 3, data_format="channels_first")
FILM = L.ConvLSTM2D(2, 3, return_sequences=True, data_format="channels_first")


@pytest.mark.parametrize(
    ("layer", "shape", "axes"),
    [
        (L.Conv2D(4, 3, data_format="channels_first"), (3, 8, 9), "channels, height, width"),
        (L.MaxPooling1D(2, data_format="channels_first"), (3, 8), "features, timesteps"),
        (L.UpSampling2D(2, data_format="channels_first"), (3, 2, 2), "channels, height, width"),
        (L.Conv2D(4, 3), (8, 9, 3), "height, width, channels"),
        (L.BatchNormalization(axis=1), (3, 8, 9), "channels, height, width"),
        (L.BatchNormalization(axis=3), (8, 9, 3), "height, width, channels"),
        (L.BatchNormalization(axis=-1), (8, 9, 3), "height, width, channels"),
        (L.GroupNormalization(1, axis=1), (3, 8), "features, timesteps"),
        (L.TimeDistributed(FIRST), (5, 3, 8, 9), "frames, channels, height, width"),
        (
            L.TimeDistributed(L.BatchNormalization(axis=1)),
            (5, 3, 8, 9),
            "frames, channels, height, width",
        ),
        (L.SpectralNormalization(FIRST), (3, 8, 9), "channels, height, width"),
        (L.Bidirectional(FILM), (5, 3, 8, 9), "frames, channels, height, width"),
        (FILM, (5, 3, 8, 9), "frames, channels, height, width"),
        (
            L.ConvLSTM1D(2, 3, padding="same", return_sequences=True),
            (5, 9, 3),
            "timesteps, length, channels",
        ),
        (
            L.ConvLSTM1D(2, 3, return_sequences=True, data_format="channels_first"),
            (5, 3, 9),
            "timesteps, channels, length",
        ),
        (L.TimeDistributed(L.Conv1D(4, 3)), (5, 9, 3), "timesteps, length, channels"),
    ],
)
def test_axes_are_named_in_the_order_of_the_data_format(layer, shape, axes):
    lines = str(layers.facts(layer, shape)).splitlines()
    assert [line.partition(")")[2].strip() for line in lines[1:3]] == [axes] * 2


def test_cells_of_one_kind_name_their_weights_apart():
    facts = layers.facts(L.RNN([L.LSTMCell(4), L.LSTMCell(3)]), (6, 2))
    names = [weight.name for weight in facts.weights]
    assert len(set(names)) == 6
    assert set(names) <= set(facts.state)

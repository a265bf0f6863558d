"""Opened layers: each part and argument is written, and all numbers agree with Keras."""

import functools
import re

import keras
import numpy as np
import pytest
from keras import layers
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import draw
from anatomy import layers as known
from anatomy.base import colours
from anatomy.base.arrays import Shade, short
from anatomy.layers import survey

LONG = "a_layer_with_a_name_that_is_much_longer_than_any_that_one_would_like_to_read_on_a_slide"


@pytest.fixture(scope="module", autouse=True)
def quick_kernels():
    """Initial kernels from NumPy: Keras's own compile once for each new shape."""
    random = np.random.default_rng(0)

    def draw(self, shape, dtype="float32", **_):
        return keras.ops.convert_to_tensor(random.normal(size=shape), dtype)

    with pytest.MonkeyPatch.context() as patch:
        for kind in (keras.initializers.VarianceScaling, keras.initializers.Orthogonal):
            patch.setattr(kind, "__call__", draw)
        yield


def built(layer, *shape):
    layer.build((None, *shape))
    return layer


def swish_of_my_own_with_a_long_name(x):
    return x * keras.ops.sigmoid(x)


def words(picture):
    """All that is written, without regard to where lines are broken."""
    return re.sub(r"\s", "", "".join(texts(picture)))


def holds(picture, *parts):
    written = words(picture)
    return all(re.sub(r"\s", "", part) in written for part in parts)


def facts_of(picture):
    return picture.facts["opened"].facts


@functools.cache
def table():
    return known.states().facts


@pytest.mark.parametrize("initial", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_every_layer_of_keras(initial):
    for name in (name for name in table() if name[0] == initial):
        shapes = table()[name].input_shape
        several = isinstance(shapes, list)
        layer = survey.instance(name, getattr(keras.layers, name))
        picture = draw.layer(layer, [s[1:] for s in shapes] if several else shapes[1:])
        facts = facts_of(picture)
        assert holds(picture, facts.type, facts.call)
        sentence = picture.describe()
        assert sentence.startswith(f"{facts.type} {facts.name!r}: ")
        for weight in facts.weights:
            assert f"{weight.name} {weight.shape} = {weight.count:,};" in sentence
        if facts.weights:
            assert holds(picture, f"{facts.parameters:,} parameter")
            assert f"; {facts.parameters:,} parameter" in sentence
            if len(facts.weights) <= 6:
                makers = (weight.made_by for weight in facts.weights)
                assert holds(picture, *(str(weight.shape) for weight in facts.weights), *makers)
        else:
            assert "no weights" in sentence
        assert flaws(picture) == [], name
        picture.resize(560, dark=True)
        assert flaws(picture) == [], name


OPENED = {
    "1 unit of 1": (layers.Dense(1), (1,)),
    "8 of 8": (layers.Dense(8, activation="tanh"), (8,)),
    "9 of 8": (layers.Dense(9), (8,)),
    "8 of 9": (layers.Dense(8, use_bias=False), (9,)),
    "32 of 784": (layers.Dense(32, activation="relu"), (784,)),
    "512 of 1": (layers.Dense(512), (1,)),
    "1 of 512": (layers.Dense(1, activation="sigmoid"), (512,)),
    "512 of 10000": (layers.Dense(512), (10000,)),
    "sequence": (layers.Dense(4), (28, 28)),
    "small sequence": (layers.Dense(4), (3, 5)),
    "image": (layers.Dense(4), (9, 9, 3)),
    "own": (layers.Dense(16, activation=swish_of_my_own_with_a_long_name), (49,)),
    "own, small": (layers.Dense(1, activation=swish_of_my_own_with_a_long_name), (2,)),
    "lambda": (layers.Dense(3, activation=lambda x: x), (2,)),
    "wrapped": (
        layers.Dense(
            20,
            activation=layers.LeakyReLU(negative_slope=0.123),
            kernel_initializer=keras.initializers.RandomUniform(-0.05, 0.05, seed=1234567),
            bias_initializer=keras.initializers.TruncatedNormal(0.5, 0.25, seed=1234567),
            kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2),
            name=LONG,
        ),
        (300,),
    ),
    "wrapped, small": (
        layers.Dense(
            8,
            activation=layers.LeakyReLU(negative_slope=0.123),
            bias_initializer=keras.initializers.TruncatedNormal(0.5, 0.25, seed=1234567),
            name=LONG + LONG,
        ),
        (1,),
    ),
    "conv": (layers.Conv2D(32, 3, activation="relu"), (28, 28, 1)),
    "conv of 1": (layers.Conv2D(1, 1), (1, 1, 1)),
    "conv of all": (layers.Conv2D(2, (5, 7)), (5, 7, 2)),
    "conv same": (layers.Conv2D(4, 5, padding="same", strides=2, name=LONG), (28, 28, 64)),
    "conv same, even": (layers.Conv2D(3, 4, padding="same"), (9, 7, 3)),
    "conv strides": (layers.Conv2D(64, (1, 9), strides=(3, 4), use_bias=False), (17, 200, 3)),
    "conv dilated": (layers.Conv2D(5, 3, dilation_rate=(2, 3)), (64, 48, 3)),
    "conv large": (layers.Conv2D(96, 11, strides=4), (224, 224, 3)),
    "conv groups": (layers.Conv2D(8, 3, groups=4), (12, 12, 8)),
    "conv flat": (layers.Conv2D(8, 3, padding="same"), (1, 400, 1)),
    "conv any": (layers.Conv2D(8, 3, padding="same"), (None, None, 3)),
    "conv any, valid": (layers.Conv2D(8, 20, strides=3), (None, 40, 3)),
    "conv own": (layers.Conv2D(8, 3, activation=swish_of_my_own_with_a_long_name), (9, 9, 3)),
    "conv large window": (layers.Conv2D(2, 60, padding="same"), (64, 64, 1)),
    "lstm": (layers.LSTM(32), (28, 28)),
    "lstm of 1": (layers.LSTM(1), (1, 1)),
    "lstm large": (layers.LSTM(512, return_sequences=True, name=LONG), (100, 300)),
    "lstm state": (layers.LSTM(7, return_state=True, use_bias=False, go_backwards=True), (6, 8)),
    "lstm own": (
        layers.LSTM(
            16,
            activation=swish_of_my_own_with_a_long_name,
            recurrent_activation="hard_sigmoid",
            recurrent_initializer=keras.initializers.Orthogonal(gain=0.5, seed=7),
            unit_forget_bias=False,
        ),
        (None, 8),
    ),
    "not trained": (layers.Dense(12, trainable=False), (16,)),
    "float16": (layers.Dense(12, dtype="float16"), (16,)),
}


BUILT = (
    "8 of 8",
    "32 of 784",
    "512 of 1",
    "own",
    "wrapped, small",
    "conv",
    "conv groups",
    "lstm own",
)


def test_a_recurrent_layer_of_a_cell_of_ones_own():
    class Own(layers.Layer):
        def __init__(self, units, **more):
            super().__init__(**more)
            self.units = self.state_size = units

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], self.units))

        def call(self, x, states):
            return x @ self.kernel, states

    assert holds(draw.layer(layers.RNN(Own(3)), (5, 4)), "layers.RNN(Own(3))")


@pytest.mark.parametrize(
    ("case", "with_numbers"),
    [*((case, False) for case in OPENED), *((case, True) for case in BUILT)],
)
def test_dense_conv_and_lstm_of_all_sizes(case, with_numbers):
    layer, shape = OPENED[case]
    if with_numbers:
        layer = built(type(layer).from_config(layer.get_config()) if "own" not in case else
                      type(layer)(**known.symbolic.configuration(layer)), *shape)  # fmt: skip
    picture = draw.layer(layer, shape)
    facts = facts_of(picture)
    assert holds(picture, facts.call)
    for weight in facts.weights:
        assert holds(picture, str(weight.shape), weight.made_by)
    for name in ("activation", "recurrent_activation"):
        if hasattr(facts.layer, name):
            assert holds(picture, f"{name}=")
    total = " ".join(texts(picture, size=14, color="optimizer")).removeprefix("cₜ₋₁ cₜ ")
    left, _, right = total.partition(" = ")
    if right:
        product = left.replace("×", "*")
        assert eval(product) == facts.parameters == int(right.split()[0].replace(",", ""))
    assert ("not built" in " ".join(texts(picture))) is not with_numbers
    assert flaws_at_all_widths(picture) == []


def test_the_sentence_of_dense():
    layer = built(layers.Dense(32, activation="relu", name="dense"), 784)
    assert draw.layer(layer).describe() == (
        "Dense 'dense': (None, 784) -> (None, 32); kernel (784, 32) = 25,088; bias (32,) = 32; "
        "25,120 parameters, all trained."
    )
    assert holds(draw.layer(layer), "784 × 32 + 32 = 25,120 parameters, all trained")


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        (layers.BatchNormalization(), (8,), "32 parameters, 16 of them trained."),
        (layers.Dense(1, trainable=False), (8,), "9 parameters, none of them trained."),
        (layers.Dense(1, use_bias=False), (1,), "1 parameter, all trained."),
        (layers.Flatten(), (8, 8, 3), "(None, 192); no weights: stateless."),
        (layers.Dropout(0.5), (8,), "no weights, but it keeps seed_generator_state."),
        (layers.Add(), [(8,), (8,)], ": (None, 8) and (None, 8) -> (None, 8);"),
    ],
)
def test_other_sentences(layer, shape, sentence):
    assert sentence in draw.layer(layer, shape).describe()


def shows(picture, values, high):
    expected = Shade(high).pixels(colours.light, values)
    return any(np.array_equal(one["pixels"], expected) for one in marks(picture, "image"))


def test_the_numbers_of_a_kernel_are_shown():
    layer = built(layers.Dense(16, bias_initializer="ones"), 64)
    kernel = np.asarray(layer.kernel)
    picture, high = draw.layer(layer), np.abs(kernel).max()
    assert shows(picture, kernel, high)
    assert shows(picture, np.ones((1, 16)), high)
    for unit in (0, 15):
        assert shows(picture, kernel[:, unit].reshape(8, 8), high)
    assert not shows(picture, kernel[:, 1].reshape(8, 8), high)
    layer.kernel.assign(kernel * 2)
    assert shows(draw.layer(layer), kernel, high)
    assert marks(draw.layer(layers.Dense(16), (64,)), "image") == []


def test_the_kernels_of_a_convolution_are_shown():
    layer = built(layers.Conv2D(9, (3, 2)), 8, 8, 4)
    kernel = np.asarray(layer.kernel)
    picture, high = draw.layer(layer), np.abs(kernel).max()
    for number in range(9):
        assert shows(picture, kernel[:, :, 0, number], high) is (number in (0, 1, 8))
    assert {"filter 0", "filter 1", "…", "filter 8", "9 feature maps"} <= set(texts(picture))


def test_the_gates_lie_side_by_side():
    layer = built(layers.LSTM(6), 9, 5)
    picture = draw.layer(layer)
    high = max(np.abs(np.asarray(w)).max() for w in layer.weights[:2])
    for value in (layer.cell.kernel, layer.cell.recurrent_kernel):
        assert shows(picture, np.asarray(value), high)
    letters = [one for one in marks(picture, "text") if one["text"] in ("i", "f", "g", "o")]
    order = sorted(letters, key=lambda letter: letter["x"])
    assert [letter["text"] for letter in order] == ["i", "f", "g", "o"]
    bias = np.asarray(layer.cell.bias).reshape(4, 6)
    assert bias[1].min() == 1
    assert np.abs(bias[[0, 2, 3]]).max() == 0  # the second quarter is f, as is written
    assert holds(picture, "unit_forget_bias=True: those of f begin at 1")


def test_the_gates_are_those_of_keras():
    """The equations and the order of the quarters as drawn, against the layer itself."""
    layer = built(layers.LSTM(3, return_sequences=True), 4, 2)
    x = np.random.default_rng(1).normal(size=(1, 4, 2)).astype("float32")
    kernel, recurrent, bias = (np.asarray(w, dtype=float) for w in layer.weights)
    h = c = np.zeros(3)
    for t in range(4):
        i, f, candidate, o = np.split(x[0, t] @ kernel + h @ recurrent + bias, 4)
        i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
        c = f * c + i * np.tanh(candidate)
        h = o * np.tanh(c)
        np.testing.assert_allclose(np.asarray(layer(x))[0, t], h, atol=1e-5)
    assert holds(draw.layer(layer), "cₜ = f × cₜ₋₁ + i × g", "hₜ = o × tanh(cₜ)")
    assert holds(draw.layer(layer), "output: h of every timestep")
    assert holds(draw.layer(layers.LSTM(3), (4, 2)), "output: h of the last timestep")


def test_unit_by_unit_signs_are_solid_or_dashed_and_sizes_are_widths():
    layer = built(layers.Dense(2), 3)
    kernel = np.array([[1.0, -2.0], [0.0, 4.0], [-4.0, 0.5]])
    layer.set_weights([kernel, np.array([0.25, -0.75])])
    picture = draw.layer(layer)
    zero, above, below = (
        [one for one in marks(picture, "strokes", color=color) if len(one["segments"]) in (1, 2, 3)]
        for color in ("quiet", "positive", "negative")
    )
    assert [len(one["segments"]) for one in (*zero, *above, *below)] == [1, 3, 2]
    assert (above[0]["dash"], below[0]["dash"]) == ("", "dashed")
    np.testing.assert_allclose((above[0]["width"] - 0.6) / 3.4, [0.25, 1, 0.125])
    np.testing.assert_allclose((below[0]["width"] - 0.6) / 3.4, [0.5, 1])
    for value in (*kernel.ravel(), 0.25, -0.75):
        assert short(value) in texts(picture)
    assert {"x0", "x1", "x2", "z0", "z1", "y0", "y1"} <= set(texts(picture))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("inputs", [3, 30])
def test_a_layer_that_diverged_is_drawn(bad, inputs):
    layer = built(layers.Dense(2), inputs)
    layer.set_weights([np.full((inputs, 2), bad), np.array([bad, 1.0])])
    assert flaws_at_all_widths(draw.layer(layer)) == []


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "kernel", "strides"), [(28, 3, 1), (28, 5, 2), (9, 2, 3)])
def test_the_size_of_the_output_is_derived(padding, size, kernel, strides):
    layer = layers.Conv2D(2, kernel, strides=strides, padding=padding)
    out = layer.compute_output_shape((None, size, size, 1))[1]
    [size] = [text for text in texts(draw.layer(layer, (size, size, 1))) if "height: " in text]
    formula, _, result = size.removeprefix("height: ").rpartition(" = ")
    ceil = re.sub(r"⌈(.+)⌉", r"-int(-(\1) // 1)", formula)
    floor = re.sub(r"⌊(.+)⌋", r"int((\1) // 1)", ceil.replace("−", "-"))
    assert eval(floor) == int(result) == out


def test_with_another_shape_than_its_own_a_layer_has_no_numbers():
    layer = built(layers.Dense(16), 64)
    assert holds(draw.layer(layer, (32,)), "not built", "kernel (32, 16)")
    assert not holds(draw.layer(layer, (64,)), "not built")


def test_looking_at_a_layer_changes_nothing():
    layer = layers.Dense(32)
    draw.layer(layer, (784,))
    assert not layer.built
    assert layer.weights == []


@pytest.mark.parametrize(
    ("layer", "shape", "error"),
    [
        (layers.Dense, (8,), TypeError),
        ("Dense", (8,), TypeError),
        (layers.Dense(3), None, ValueError),
        (layers.Conv2D(3, 3), (8,), ValueError),
        (layers.Conv2D(3, 30), (8, 8, 1), ValueError),
    ],
)
def test_errors_are_those_of_facts(layer, shape, error):
    with pytest.raises(error) as caught:
        draw.layer(layer, shape)
    with pytest.raises(error) as expected:
        known.facts(layer, shape)
    assert str(caught.value) == str(expected.value)


def test_a_class_of_a_hundred_letters_has_room():
    layer = type("A" * 100, (layers.Dense,), {})(3)
    picture = draw.layer(layer, (4,))
    assert flaws_at_all_widths(picture) == []
    assert "A" * 100 in picture.describe()

"""What happens inside an LSTM, against the equations in NumPy and against Keras itself."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy.layers.lstm.facts import Reader, recurrence

X = np.random.default_rng(0).normal(size=(9, 5)).astype("float32")


def built(units=4, kind=layers.LSTM, **more):
    keras.utils.set_random_seed(1)
    layer = kind(units, bias_initializer="normal", **more)
    layer.build((None, 9, 5))
    return layer


def by_hand(layer, x, act=np.tanh, gate=lambda z: 1 / (1 + np.exp(-z))):
    """The equations of Hochreiter and Schmidhuber, one unit's row of weights after the other."""
    weights = [w.astype("float64") for w in layer.get_weights()]
    kernel, recurrent = weights[:2]
    bias = weights[2] if layer.use_bias else np.zeros(kernel.shape[1])
    units, out = layer.units, {name: [] for name in "ifgoch"}
    h = c = np.zeros(units)
    for row in x.astype("float64"):
        z = {name: row @ kernel[:, k * units : (k + 1) * units]
             + h @ recurrent[:, k * units : (k + 1) * units]
             + bias[k * units : (k + 1) * units]
             for k, name in enumerate("ifgo")}  # fmt: skip
        i, f, g, o = gate(z["i"]), gate(z["f"]), act(z["g"]), gate(z["o"])
        c = f * c + i * g
        h = o * act(c)
        for name, value in zip("ifgoch", (i, f, g, o, c, h), strict=True):
            out[name].append(value)
    return {name: np.array(values) for name, values in out.items()}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"return_sequences": True},
        {"use_bias": False},
        {"unit_forget_bias": False},
        {"go_backwards": True, "return_sequences": True},
        {"recurrent_dropout": 0.5, "dropout": 0.5},
        {"return_state": True, "return_sequences": True},
        {"unroll": True},
    ],
    ids=str,
)
def test_gates_and_states_are_those_of_the_equations_and_of_keras(settings):
    layer = built(**settings)
    facts = recurrence(layer, X)
    np.testing.assert_array_equal(facts.x, X)
    for name, values in by_hand(layer, X[facts.order]).items():
        np.testing.assert_allclose(getattr(facts, name), values, atol=1e-6)
        assert getattr(facts, name).shape == (9, 4)
    output = layer(X[None])
    output = np.asarray(output[0] if layer.return_state else output)[0]
    np.testing.assert_allclose(facts.output, output, atol=1e-6)
    np.testing.assert_allclose(
        facts.h if layer.return_sequences else facts.h[-1], output, atol=1e-6
    )


def test_each_step_is_the_step_of_the_cell():
    layer = built()
    facts = recurrence(layer, X)
    h = np.zeros((1, 4), "float32")
    np.testing.assert_array_equal(facts.before[0], 0)
    for t, row in enumerate(X):
        _, (h, c) = layer.cell(row[None], [h, facts.before[t][None]])
        np.testing.assert_allclose(facts.c[t], np.asarray(c)[0], atol=1e-6)
        np.testing.assert_allclose(facts.h[t], np.asarray(h)[0], atol=1e-6)


def test_other_activations():
    layer = built(activation="relu", recurrent_activation="hard_sigmoid")
    facts = recurrence(layer, X)
    assert (facts.activation, facts.recurrent_activation) == ("relu", "hard_sigmoid")
    expected = by_hand(layer, X, lambda z: np.maximum(z, 0), lambda z: np.clip(z / 6 + 0.5, 0, 1))
    for name, values in expected.items():
        np.testing.assert_allclose(getattr(facts, name), values, atol=1e-6)


def test_backwards_reads_the_last_row_first():
    ahead, back = built(), built(go_backwards=True)
    assert recurrence(back, X).order.tolist() == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    np.testing.assert_allclose(recurrence(back, X).h, recurrence(ahead, X[::-1]).h, atol=1e-6)


def test_the_forget_gate_of_a_new_layer_leans_towards_keeping():
    layer = layers.LSTM(4, kernel_initializer="zeros", recurrent_initializer="zeros")
    layer.build((None, 9, 5))
    facts = recurrence(layer, X)
    np.testing.assert_allclose(facts.f, 1 / (1 + np.exp(-1)), atol=1e-6)  # unit_forget_bias
    np.testing.assert_allclose(facts.i, 0.5, atol=1e-6)


def test_new_weights_and_new_settings_are_seen():
    layer = built()
    first = recurrence(layer, X)
    layer.set_weights([2 * w for w in layer.get_weights()])
    second = recurrence(layer, X)
    np.testing.assert_allclose(second.h, by_hand(layer, X)["h"], atol=1e-6)
    assert np.abs(first.h - second.h).max() > 0.01
    layer.return_sequences = True
    assert recurrence(layer, X).output.shape == (9, 4)


def test_the_layer_is_left_as_it_is():
    model = keras.Sequential([keras.Input((9, 5)), built(activity_regularizer="l2")])
    layer, before = model.layers[0], model.get_weights()
    settings, nodes = layer.get_config(), len(layer._inbound_nodes)
    recurrence(layer, X)
    assert layer.get_config() == settings
    assert len(layer._inbound_nodes) == nodes
    assert not layer.losses
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_that_are_no_numbers_are_shown_as_they_are():
    layer = built()
    layer.set_weights([np.full_like(w, np.nan) for w in layer.get_weights()])
    assert np.isnan(recurrence(layer, X).h).all()


class OtherCell(layers.LSTM):
    """An LSTM whose cell writes twice what its gates say."""

    def __init__(self, units, **more):
        super().__init__(units, use_cudnn=False, **more)

        def call(inputs, states, training=False, call=self.cell.call):
            h, (_, c) = call(inputs, states, training=training)
            return h, [h, 2 * c]

        self.cell.call = call


class OtherLayer(layers.LSTM):
    """An LSTM that returns the negative of its hidden state."""

    def call(self, *args, **more):
        return -super().call(*args, **more)


@pytest.mark.parametrize("kind", [OtherCell, OtherLayer])
def test_a_layer_that_may_compute_otherwise_is_refused(kind):
    with pytest.raises(TypeError, match="give a plain LSTM"):
        recurrence(built(kind=kind), X)


def half():
    return built(dtype="mixed_float16")


def stateful():
    layer = layers.LSTM(4, stateful=True)
    layer.build((1, 9, 5))
    return layer


@pytest.mark.parametrize(
    ("make", "x", "error", "text"),
    [
        (lambda: built(kind=layers.GRU), X, TypeError, "layer is GRU"),
        (lambda: built(kind=layers.SimpleRNN), X, TypeError, "give a plain LSTM"),
        (lambda: None, X, TypeError, "give a plain LSTM"),
        (lambda: layers.LSTM(4), X, ValueError, "is not built"),
        (stateful, X, ValueError, "stateful=False"),
        (half, X, ValueError, "computes in float16"),
        (built, X[:, :3], ValueError, "x has shape (9, 3)"),
        (built, X[None], ValueError, "give (timesteps, 5)"),
        (built, X[:0], ValueError, "x has shape (0, 5)"),
    ],
)
def test_errors(make, x, error, text):
    with pytest.raises(error) as caught:
        recurrence(make(), x)
    assert text in str(caught.value)


def sequential(*stack, shape=(9, 5), loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), *stack])
    model.compile("rmsprop", loss=loss)
    return model


def test_a_reader_follows_the_model():
    model = sequential(
        layers.Conv1D(3, 2), layers.LSTM(4), layers.Dropout(0.5), layers.Dense(3, "softmax")
    )
    reader = Reader(model, X[None])
    x = reader.sequence(X[None])
    np.testing.assert_allclose(x, model.layers[0](X[None])[0], atol=1e-6)
    facts = recurrence(reader.lstm, x)
    predictions = reader.predictions(facts.h)
    assert predictions.shape == (8, 3)
    np.testing.assert_allclose(predictions[-1], model(X[None])[0], atol=1e-6)
    # After three rows: the same layers on a sequence that ends there.
    h = reader.lstm(x[None, :3])
    np.testing.assert_allclose(predictions[2], model.layers[-1](h)[0], atol=1e-6)


def test_a_chain_of_tensors_is_followed_too():
    x = keras.Input((9, 5))
    model = keras.Model(x, layers.Dense(3, "softmax")(layers.LSTM(4)(layers.Dense(5)(x))))
    reader = Reader(model, X[None])
    assert [type(one).__name__ for one in (*reader.before, *reader.after)] == ["Dense", "Dense"]
    apart = keras.Model(x, layers.LSTM(4)(2 * layers.Dense(5)(x)))
    with pytest.raises(ValueError, match="is not a chain of layers"):
        Reader(apart, X[None])


def test_logits_become_probabilities():
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model = sequential(layers.LSTM(4), layers.Dense(3), loss=loss)
    reader = Reader(model, X[None])
    predictions = reader.predictions(recurrence(reader.lstm, X).h)
    np.testing.assert_allclose(predictions[-1], keras.ops.softmax(model(X[None]))[0], atol=1e-6)


@pytest.mark.parametrize(
    "stack",
    [
        [layers.LSTM(4)],
        [layers.LSTM(4), layers.Dense(1)],
        [layers.LSTM(4), layers.Dense(3)],  # of an unbounded range
        [layers.LSTM(4, return_sequences=True), layers.Flatten(), layers.Dense(3, "softmax")],
    ],
)
def test_outputs_that_are_no_distribution(stack):
    reader = Reader(sequential(*stack), X[None])
    assert reader.predictions(recurrence(reader.lstm, X).h) is None


def branched():
    x = keras.Input((9, 5))
    flat = layers.Flatten()(x)
    return keras.Model(x, layers.Concatenate()([layers.LSTM(2)(x), flat]))


def twice():
    x, dense = keras.Input((9, 5)), layers.Dense(5)
    return keras.Model(x, layers.LSTM(2)(dense(dense(x))))


@pytest.mark.parametrize(
    ("model", "error", "text"),
    [
        (lambda: sequential(layers.Dense(2)), TypeError, "has no LSTM; its layers: Dense."),
        (branched, ValueError, "is not a chain of layers"),
        (twice, ValueError, "is not a chain of layers"),
        (lambda: sequential(layers.LSTM(2), shape=(9, 4)), ValueError, "x has 5 features"),
        (lambda: layers.GRU(2), TypeError, "give a plain LSTM"),
    ],
)
def test_models_that_cannot_be_read(model, error, text):
    with pytest.raises(error, match=text):
        Reader(model(), X[None])


def test_masked_timesteps_have_no_gates():
    model = sequential(layers.Masking(name="hide"), layers.LSTM(2))
    with pytest.raises(ValueError, match="'hide' masks the sequence"):
        Reader(model, X[None]).sequence(X[None] * 0)

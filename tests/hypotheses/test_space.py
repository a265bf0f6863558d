"""Members of a hypothesis space, against Keras itself and NumPy."""

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import data, hypotheses

XOR = data.xor()
PLANE = hypotheses.grid(XOR.x_train, 20)
X = np.linspace(-1, 1, 20, dtype="float32").reshape(-1, 1)


def net(*stack, features=1):
    return keras.Sequential([keras.Input((features,)), *stack])


def two_layers():
    return net(layers.Dense(4, "tanh"), layers.Dense(1))


@pytest.fixture(scope="module")
def model():
    """One for all tests that leave it as it is: its code is compiled once for so many members."""
    return two_layers()


def functional():
    inputs = keras.Input((1,))
    h = layers.Dense(3, "relu", use_bias=False)(inputs)
    shared = layers.Dense(3, "tanh", bias_initializer="ones")
    return keras.Model(inputs, layers.Dense(2)(layers.Add()([shared(h), shared(shared(h)), h])))


def normalized():
    return net(layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1))


def nested():
    return net(two_layers(), layers.Dense(2, "softmax"))


def sequences():
    return keras.Sequential([keras.Input((5, 2)), layers.LSTM(3), layers.Dense(1)])


def by_keras(space, i):
    """What Keras makes of x with the weights of one member."""
    before = space.model.get_weights()
    space.model.set_weights(space.member(i))
    outputs = np.asarray(space.model(space.x, training=False))
    space.model.set_weights(before)
    return outputs


@pytest.mark.parametrize("build", [functional, normalized, nested, sequences])
def test_members_are_what_keras_makes_of_their_weights(build):
    x = X if build is not sequences else np.random.default_rng(0).normal(size=(4, 5, 2))
    space = hypotheses.sample(build, x, 4, seed=3)
    assert len(space) == 4
    for i in (0, 3):
        np.testing.assert_allclose(space.outputs[i], by_keras(space, i), atol=1e-6)
    assert np.ptp(space.outputs, axis=0).min() > 1e-4  # they differ from each other


def test_the_model_is_left_alone(model):
    before = model.get_weights()
    hypotheses.sample(model, X, 4)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_first_of_many_are_the_same_as_of_few(model):
    few, many = (hypotheses.sample(model, X, n, seed=7) for n in (4, 50))
    for one, other in zip(few.weights, many.weights, strict=True):
        np.testing.assert_array_equal(one, other[:4])
    np.testing.assert_allclose(few.outputs, many.outputs[:4], atol=1e-6)


def test_the_seed_decides(model):
    one, same, other = (hypotheses.sample(model, X, 4, seed=s).outputs for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.isclose(one, other).any()


def test_each_weight_is_drawn_by_its_own_initializer():
    model = net(
        layers.Dense(30, kernel_initializer=keras.initializers.RandomUniform(2, 3)),
        layers.Dense(10, bias_initializer="ones"),
    )
    space = hypotheses.sample(model, X, 400, spread=2)
    first, first_bias, second, second_bias = space.weights
    assert 4 <= first.min() < 4.1
    assert 5.9 < first.max() <= 6
    limit = 2 * np.sqrt(6 / (30 + 10))  # GlorotUniform, times spread
    assert 0.99 * limit < np.abs(second).max() <= limit
    assert first_bias.std() == pytest.approx(2 * np.sqrt(2 / (1 + 30)), rel=0.03)
    assert first_bias.mean() == pytest.approx(0, abs=0.03)
    assert second_bias.std() == pytest.approx(2 * np.sqrt(2 / (30 + 10)), rel=0.03)
    assert second_bias.mean() == pytest.approx(1, abs=0.03)


def test_members_are_drawn_independently(model):
    space = hypotheses.sample(model, X, 3000)
    drawn = np.concatenate([a.reshape(3000, -1) for a in space.weights], axis=1)
    related = np.corrcoef(drawn.T) - np.eye(drawn.shape[1])
    assert np.abs(related).max() < 0.1
    assert len(np.unique(drawn[:, 0])) > 2990


def test_spread_scales_what_is_drawn(model):
    one, three = (hypotheses.sample(model, X, 4, spread=s).weights for s in (1, 3.0))
    for a, b in zip(one, three, strict=True):
        np.testing.assert_allclose(3 * a, b, rtol=1e-5)


def test_frozen_weights_stay_and_thawed_are_drawn():
    model = two_layers()
    model.layers[0].trainable = False
    frozen = hypotheses.sample(model, X, 4)
    for array, variable in zip(frozen.weights[:2], model.weights[:2], strict=True):
        np.testing.assert_array_equal(array, np.stack([variable.numpy()] * 4))
    assert np.ptp(frozen.weights[2], axis=0).min() > 0
    np.testing.assert_allclose(frozen.outputs[3], by_keras(frozen, 3), atol=1e-6)
    model.layers[0].trainable = True
    assert np.ptp(hypotheses.sample(model, X, 4).weights[0], axis=0).min() > 0


def test_what_is_not_trained_is_as_it_is_now():
    model = net(layers.BatchNormalization(), layers.Dense(1))
    before = hypotheses.sample(model, X, 2).outputs
    model.layers[0].moving_mean.assign([0.7])
    space = hypotheses.sample(model, X, 2)
    np.testing.assert_allclose(space.outputs[1], by_keras(space, 1), atol=1e-6)
    assert np.abs(space.outputs - before).min() > 0.01


@pytest.mark.parametrize("initializer", [
    keras.initializers.HeNormal(), keras.initializers.LecunUniform(),
    keras.initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal"),
    keras.initializers.TruncatedNormal(1.0, 2.0), keras.initializers.Orthogonal(),
], ids=lambda one: type(one).__name__)  # fmt: skip
def test_members_are_drawn_as_keras_draws(initializer):
    """Their quantiles are those of many calls of the initializer, with this very shape."""
    shape = 4, 3
    model = keras.Sequential([keras.Input(shape[:1]), layers.Dense(3, use_bias=False,
                              kernel_initializer=initializer)])  # fmt: skip
    (ours,) = hypotheses.sample(model, np.ones((1, 4)), 800, spread=1).weights
    config = initializer.get_config() | {"seed": keras.random.SeedGenerator(1)}
    theirs = type(initializer)(**config)
    drawn = np.stack([np.asarray(theirs(shape)) for _ in range(800)])
    wanted, found = (np.quantile(a, np.linspace(0.05, 0.95, 10)) for a in (drawn, ours))
    np.testing.assert_allclose(found, wanted, atol=0.1 * drawn.std())
    if isinstance(initializer, keras.initializers.Orthogonal):
        np.testing.assert_allclose(np.swapaxes(ours, 1, 2) @ ours, [np.eye(3)] * 800, atol=1e-5)


def test_weights_of_ones_own_are_evaluated(model):
    ones = [np.ones(v.shape) for v in model.weights]
    space = hypotheses.evaluate(model, X, [model.get_weights(), ones])
    np.testing.assert_allclose(space.outputs[0], np.asarray(model(X)), atol=1e-6)
    np.testing.assert_allclose(space.outputs[1], 4 * np.tanh(X + 1) + 1, atol=1e-6)
    assert space.spread is None


def test_distance_is_the_root_mean_squared_difference():
    rng = np.random.default_rng(0)
    f, g = rng.normal(size=(2, 20, 3))
    many = rng.normal(size=(5, 20, 3))
    assert hypotheses.distance(f, g) == pytest.approx(np.linalg.norm(f - g) / np.sqrt(60))
    assert isinstance(hypotheses.distance(f, g), float)
    wanted = [hypotheses.distance(one, g) for one in many]
    np.testing.assert_allclose(hypotheses.distance(many, g), wanted)
    np.testing.assert_allclose(hypotheses.distance(g, many), wanted)
    space = hypotheses.Space(None, X, many, [])
    np.testing.assert_allclose(space.distances(g), wanted)


def test_distance_is_of_functions_and_not_of_weights(model):
    a, b, c, d = model.get_weights()
    turned = [a[:, ::-1], b[::-1], c[::-1], d]  # the units in another order
    space = hypotheses.evaluate(model, X, [model.get_weights(), turned])
    assert hypotheses.distance(*space.outputs) < 1e-6


def test_a_grid_covers_the_range_and_a_tenth_more():
    line = hypotheses.grid([[0.0], [10.0]], 5)
    np.testing.assert_allclose(line, [[-1], [2], [5], [8], [11]])
    square = hypotheses.grid([[0.0, 0.0], [10.0, 20.0]], 3)
    across, down = [-1, 5, 11], [-2, 10, 22]
    np.testing.assert_allclose(square, [(x, y) for y in down for x in across])
    assert square.dtype == line.dtype == "float32"
    assert len(hypotheses.grid(X)) == 200
    assert len(hypotheses.grid(np.eye(2))) == 3600


def two_inputs():
    one, two = keras.Input((1,)), keras.Input((1,))
    return keras.Model([one, two], layers.Dense(1)(layers.Add()([one, two])))


class Scaled(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(1,))

    def call(self, x):
        return x * self.scale


@pytest.mark.parametrize(
    ("build", "error", "said"),
    [
        (7, TypeError, "build is 7; give"),
        (lambda: "a net", TypeError, "returned 'a net'; give"),
        (keras.Sequential, TypeError, "class 'keras"),
        (lambda: keras.Sequential([layers.Dense(1)]), ValueError, "not built.*keras.Input"),
        (two_inputs, ValueError, "has 2 inputs; give"),
        (lambda: net(layers.ReLU()), ValueError, "no trainable weights"),
        (lambda: net(Scaled()), ValueError, "no scale_initializer|has a scale_initializer"),
    ],
)
def test_what_is_no_model_with_a_space(build, error, said):
    with pytest.raises(error, match=said):
        hypotheses.sample(build, X, 2)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (X[:, 0], r"x has shape \(20,\).*takes \(m, 1\).*reshape\(-1, 1\)"),
        (np.ones((3, 2)), r"x has shape \(3, 2\).*takes \(m, 1\), m at least 1\."),
        (np.ones((0, 1)), r"x has shape \(0, 1\)"),
    ],
)
def test_an_x_that_does_not_fit(x, said, model):
    with pytest.raises(ValueError, match=said):
        hypotheses.sample(model, x, 2)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"n": 0}, "n is 0; give a whole number from 1 up"),
        ({"n": 2.5}, "n is 2.5; give"),
        ({"seed": -1}, "seed is -1; give a whole number from 0 up"),
        ({"spread": 0}, "spread is 0; give a number above 0"),
        ({"spread": "wide"}, "spread is 'wide'; give"),
        ({"spread": float("nan")}, "spread is nan; give"),
    ],
)
def test_numbers_out_of_range(more, said, model):
    with pytest.raises((TypeError, ValueError), match=said):
        hypotheses.sample(model, X, **{"n": 2, **more})


def test_weights_that_do_not_fit(model):
    with pytest.raises(ValueError, match=r"has weights of shapes .*\(1, 4\).*, not \[\(3,\)\]"):
        hypotheses.evaluate(model, X, [[np.ones(3)]])
    with pytest.raises(ValueError, match=r"weights is list \[\]; give a list of 1 to"):
        hypotheses.evaluate(model, X, [])


@pytest.mark.parametrize(("activation", "border"), [(None, 0), ("sigmoid", 0.5)])
def test_one_output_decides_between_two_classes(activation, border):
    values = np.random.default_rng(0).uniform(-1, 1, (3, len(PLANE), 1))
    space = hypotheses.Space(net(layers.Dense(1, activation), features=2), PLANE, values, [])
    np.testing.assert_array_equal(space.classes, values[..., 0] > border)


def test_the_largest_of_several_outputs_decides():
    values = np.random.default_rng(0).uniform(-1, 1, (3, len(PLANE), 3))
    space = hypotheses.Space(net(layers.Dense(3), features=2), PLANE, values, [])
    np.testing.assert_array_equal(space.classes, values.argmax(axis=2))


def test_accuracies_are_those_of_the_members():
    space = hypotheses.sample(net(layers.Dense(4, "relu"), layers.Dense(1), features=2), PLANE, 5)
    right = []
    for i in range(5):
        space.model.set_weights(space.member(i))
        decided = np.asarray(space.model(XOR.x_train))[:, 0] > 0
        right.append(np.mean(decided == np.ravel(XOR.y_train)))
    np.testing.assert_allclose(space.accuracies(XOR.x_train, XOR.y_train, 5), right)


def test_functions_on_other_points_have_no_distance():
    with pytest.raises(ValueError, match=r"shapes \(20, 1\) and \(3, 1\)"):
        hypotheses.distance(X, X[:3])
    with pytest.raises(ValueError, match=r"shapes \(20,\) and \(20,\)"):
        hypotheses.distance(X[:, 0], X[:, 0])


@pytest.mark.parametrize("shape", [(5, 3), (5,), (0, 1)])
def test_no_grid_in_other_dimensions(shape):
    with pytest.raises(ValueError, match="a grid is made for"):
        hypotheses.grid(np.ones(shape))

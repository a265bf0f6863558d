"""Numbers, functions, claims and models: right, wrong, and nonsense."""

import gc

import keras
import numpy as np
import pytest
from keras import layers

from anatomy import check, losses


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (320, True, "It is 320. So."),
        (320.0, True, "It is 320"),
        (np.float32(320), True, "It is 320"),
        (321, True, "It is 320"),
        (330, False, "It is not 330. Count."),
        (True, False, "True is not a number"),
        ("320", False, "'320' is not a number"),
        (float("nan"), False, "Count."),
    ],
)
@pytest.mark.parametrize("truth", [320, lambda: 320], ids=["known", "measured"])
def test_a_number(answer, right, said, truth):
    verdict = check.number(answer, truth, why="So.", hint="Count.", within=0.01)
    assert verdict.right is right
    assert said in verdict.text
    assert right or "320" not in verdict.text or answer == "320"


def flips(x):
    x *= -1
    return x


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (np.negative, True, "It agrees in 2 calls. So."),
        (lambda x: -x * (1 + 1e-6), True, "agrees"),
        (flips, True, "agrees"),  # it changes its argument, which is a copy
        (lambda x: -abs(x), False, "In call 2 of 2 it returns -3. It should return 3."),
        (
            lambda x: -x[:1],
            False,
            "it returns an array of shape (1,). It should return an array of shape (2,).",
        ),
        (lambda x: x * np.nan, False, "In call 1 of 2 it returns nan"),
        (lambda x: None, False, "It returns nothing: end it with return."),
        (lambda x: "two", False, "ValueError"),
        (lambda x: ..., None, "Write what"),
        (3, False, "3 is not a function"),
    ],
)
def test_a_function(answer, right, said):
    samples = [(np.array([1.0, 2.0]),), (np.array([-3.0]),)]
    verdict = check.function(answer, lambda x: -x, samples, why="So.")
    assert verdict.right is right
    assert said in verdict.text
    assert samples[0][0][0] == 1.0


def test_a_number_is_wanted_where_an_array_is_returned():
    verdict = check.function(lambda x: x, np.sum, [(np.ones(2),)], why="")
    assert "returns an array of shape (2,). It should return a single number." in verdict.text


@pytest.mark.parametrize(
    ("answer", "package"),
    [
        (lambda x: keras.ops.negative(x), "Keras"),
        (lambda x: np.array(keras.ops.convert_to_tensor(-x)), "Keras"),
        (keras.ops.negative, "Keras"),
        (lambda x: losses.value_and_gradient("mse", 0.0, x)[0] * 0 - x, "the kit"),
    ],
)
def test_a_function_that_asks_keras_has_not_calculated(answer, package):
    verdict = check.function(answer, lambda x: -x, [(np.array([1.0, 2.0]),)], why="")
    assert verdict.right is False
    assert f"It calls {package}. Calculate it yourself, with NumPy." in verdict.text


@pytest.mark.parametrize("collects", [True, False])
def test_a_function_beside_which_garbage_is_collected_calls_nothing(collects):
    """JAX has a function of its own called at each collection."""

    def answer(x):
        waste = [[number] for number in range(20_000)]
        return -x * len(waste) / 20_000

    was = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        verdict = check.function(answer, lambda x: -x, [(np.ones(2),)] * 20, why="")
        assert gc.isenabled() == collects
    finally:
        (gc.enable if was else gc.disable)()
    assert verdict.right, verdict.text


CLAIMS = {"It is even": lambda n: n % 2 == 0, "It is above 10": lambda n: n > 10}


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (12, True, "All that was asked holds. So."),
        (lambda: 12, True, "All that was asked holds."),
        (13, False, 'This does not hold: "It is even."'),
        (8, False, 'This does not hold: "It is above 10."'),
        ("twelve", False, 'This was asked: "It is even." Trying that: TypeError'),
        (lambda: ..., None, "dots"),
    ],
)
def test_claims(answer, right, said):
    verdict = check.holds(answer, CLAIMS, why="So.")
    assert verdict.right is right
    assert said in verdict.text


def test_claims_about_a_function_of_arguments():
    claims = {"It doubles": lambda double: double(3) == 6}
    assert check.holds(lambda x: 2 * x, claims, why="")
    assert check.holds(lambda x: ..., claims, why="").right is None


def two_layers(units=3):
    return keras.Sequential([keras.Input((4,)), layers.Dense(units), layers.Dense(1)])


GIVEN = two_layers()


def functional(units=3):
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(1)(layers.Dense(units)(x)))


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (functional, True, "They are the same"),
        (functional(), True, "They are the same"),
        (lambda: functional(4), False, "The first is the one that was given"),
        (lambda: ..., None, "Put a model"),
        (None, False, "None is not a model"),
        (lambda: None, False, "It returns nothing"),
        ([layers.Dense(1)], False, "is not a model"),
        (two_layers, False, "Both are written one way"),
        (GIVEN, False, "layers of the model that was given"),
        (lambda: GIVEN, False, "layers of the model that was given"),
        (keras.Sequential(GIVEN.layers), False, "layers of the model that was given"),
        (keras.models.clone_model(GIVEN), False, "a copy of the model that was given"),
        (lambda: keras.models.clone_model(GIVEN), False, "a copy of the model that was given"),
        (keras.Sequential.from_config(GIVEN.get_config()), False, "a copy"),
    ],
)
def test_the_same_model(answer, right, said):
    verdict = check.same(answer, GIVEN)
    assert verdict.right is right
    assert said in verdict.text

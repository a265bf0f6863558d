"""Predicted shapes and numbers of parameters."""

import pytest
from keras import layers

from anatomy import check

STACK = [layers.Conv2D(16, 5), layers.MaxPooling2D(2), layers.Flatten()]


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        ((None, 2304), True, "a vector of 2,304 features"),
        ([None, 2304], True, "a vector of 2,304 features"),
        ((None, 12, 12, 16), False, "4 axes"),
        ((32, 2304), False, "so None"),
        ((None, 9216), False, "axis 1 again: features"),
        (2304, False, "2304 is not a shape"),
        (None, False, "None is not a shape"),
    ],
)
def test_a_shape(answer, right, said):
    verdict = check.shape(answer, STACK, (28, 28, 1))
    assert verdict.right is right
    assert said in verdict.text
    assert right or "2304" not in verdict.text or answer == 2304  # a hint is not the answer


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (4640, True, "3 × 3 × 16 × 32 (kernel) + 32 (bias) = 4,640"),
        (4608, False, "the bias"),
        (32, False, "the kernel"),
        (320, False, "kernel and bias"),
        ("4640", False, "'4640' is not a whole number"),
        (True, False, "True is not a whole number"),
        (4640.0, False, "not a whole number"),
    ],
)
def test_parameters(answer, right, said):
    verdict = check.parameters(answer, layers.Conv2D(32, 3), (12, 12, 16))
    assert verdict.right is right
    assert said in verdict.text


def test_a_layer_without_weights_has_no_parameters():
    assert check.parameters(0, layers.Flatten(), (28, 28))

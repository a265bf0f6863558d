"""A column that gives the class away."""

import numpy as np
import pytest

from anatomy import check

R = np.random.default_rng(0)
X = R.normal(size=(128, 3)).astype("float32")
KIND = (X[:, 0] > 0).astype("int32")


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (3, True, "100% of the training data, and in "),
        (0, False, "no shortcut"),
        (1, False, "no shortcut"),
        (4, False, "4 is no column: they go from 0 to 3"),
        ("3", False, "no column"),
    ],
)
def test_a_shortcut(answer, right, said):
    leak, honest = np.column_stack([X, KIND]), np.column_stack([X, R.permutation(KIND)])
    verdict = check.shortcut(answer, ((leak, KIND), (honest, KIND)))
    assert verdict.right is right
    assert said in verdict.text

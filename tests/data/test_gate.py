"""The one look at data: what fit() can use passes unchanged; all else is named, and its place."""

import re
import types

import keras
import numpy as np
import pytest

from anatomy import data
from anatomy.data import gate

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.arange(6) % 2


def put(value, dtype="float32"):
    """X with this value in row 4, column 1."""
    x = X.astype(dtype)
    x[4, 1] = value
    return x


class Frame:
    """What of a pandas.DataFrame is looked at."""

    def to_numpy(self):
        return X


RAGGED = np.array([[1, 2], [3]] * 3, dtype=object)
ROWS = np.zeros(6, dtype=[("age", "f4"), ("size", "f4")])


@pytest.mark.parametrize(
    ("x", "error", "text"),
    [
        (
            put(np.nan),
            ValueError,
            "x has 1 NaN or infinite value, the first, nan, in row 4",
        ),
        (put(np.inf), ValueError, "inf, in row 4, column 1"),
        (put("dog", object), TypeError, "x holds text, 'dog' in row 4, column 1"),
        (X.astype(str), TypeError, "x holds text, "),
        (put(None, object), TypeError, "holds None in row 4, column 1; give numbers alone"),
        (X.astype(object), TypeError, r'dtype object; give x.astype\("float32"\)'),
        (
            RAGGED,
            TypeError,
            "rows have unequal lengths, 1 to 2; make them equal with keras",
        ),
        (X.astype(complex), TypeError, "x is complex"),
        (Y.astype("datetime64[D]"), TypeError, "x holds dates"),
        (ROWS, TypeError, "x is structured, with the fields age and size"),
        (np.ma.masked_less(X, 0), TypeError, "x is a masked array"),
        (X[:0], TypeError, "x has 0 and y has 6 rows"),
        (X[:4], TypeError, "x has 4 and y has 6 rows; give one target for each"),
        ([X, X[:4]], TypeError, r"x\[0\] has 6, x\[1\] has 4 and y has 6 rows"),
        ({"a": X, "b": put(np.nan)}, ValueError, r'x\["b"\] has 1 NaN'),
        (X.tolist(), TypeError, r"x is a list, .* give np.array\(x\)"),
        (None, TypeError, "x is None"),
    ],
)
def test_what_is_no_data(x, error, text):
    with pytest.raises(error, match=text):
        data.checked((x, Y))


@pytest.mark.parametrize(
    ("whole", "text"),
    [
        (X, "data is array of shape"),
        ((X,), "data is .array of shape"),
        ([1, 2], "data is list"),
        (
            ((X, Y), (X, np.where(Y, "a", "b"))),
            "y_val holds text, 'b' in row 0; give numbers",
        ),
        ((X, Y, np.full(6, np.nan)), "sample_weight has 6 NaN or infinite values"),
        ((X[:0], Y[:0]), "x has no rows"),
    ],
)
def test_what_is_no_pair(whole, text):
    with pytest.raises((TypeError, ValueError), match=text):
        data.checked(whole)


def test_what_is_data_passes_unchanged():
    train, validation = data.checked(((X, Y), (X[:2], Y[:2])))
    assert train[0] is X
    assert validation[1].tolist() == [0, 1]
    assert data.checked(([X, X], {"a": Y}))[0][0][1] is X
    assert data.checked((Frame(), Y))[0][0] is X
    assert data.checked((X, Y, None))[0][2] is None
    split = data.waves()
    assert data.checked(split)[0][0] is split.x_train
    for dtype in ("float16", "float64", "int8", "uint8", bool):
        data.checked((X.astype(dtype), Y))


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((2,), r"x has 2 features; the model takes 3\."),
        ((3, 3), r"x has samples of shape \(3, 3\); the model takes \(3,\)\."),
        ((3,), None),
        ((3, 1), None),
    ],
)
def test_the_model_takes_so_many_features(shape, text):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    x = np.zeros((5, *shape))
    if text is None:
        return gate.check_fits(model, x)
    with pytest.raises(ValueError, match=text):
        gate.check_fits(model, x)


def test_axes_and_inputs_are_named():
    images = types.SimpleNamespace(inputs=[keras.Input((8, 8, 1))])
    with pytest.raises(ValueError, match="x has 9 columns of pixels; the model takes 8"):
        gate.check_fits(images, np.zeros((2, 8, 9, 1)))
    two = types.SimpleNamespace(inputs=[keras.Input((3,), name=n) for n in ("left", "right")])
    with pytest.raises(ValueError, match="x_val has 1 array; the model takes 2 inputs"):
        gate.check_fits(two, X, "x_val")
    with pytest.raises(ValueError, match=r'x\["right"\] has 2 features; the model takes 3'):
        gate.check_fits(two, {"right": X[:, :2], "left": X})
    with pytest.raises(ValueError, match=r'x\["right"\] has 2 features; the model takes 3'):
        gate.check_fits(two, {"right": X[:, :2], "left": X, "more": X})
    gate.check_fits(keras.Sequential([keras.layers.Dense(1)]), X)  # not built yet


@pytest.mark.parametrize(
    ("shape", "axes", "wanted"),
    [((2, 3), ("n", 4), "(n, 4)"), ((0, 4), ("n", 4), "(n, 4)"), ((3,), (4,), "(4,)"),
     ((2, 4, 1), ("n", 4), "(n, 4)")],
)  # fmt: skip
def test_a_shape_that_is_another(shape, axes, wanted):
    with pytest.raises(ValueError, match=re.escape(f"x has shape {shape}; give {wanted}.")):
        gate.check_shape("x", np.zeros(shape), *axes)
    gate.check_shape("x", np.zeros((7, 4)), "n", 4)

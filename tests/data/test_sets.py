"""The shipped data: what it claims to be, split without a leak, the same at every call."""

import dataclasses
import re
import subprocess
import sys

import numpy as np
import pytest

from anatomy import data
from anatomy.data import sets

PARTS = ("x_train", "y_train", "x_val", "y_val")

# call -> shape of one x, of one y, dtype of y, sizes, smallest and largest x
ALL = {
    'digits("vectors")': ((784,), (), "int32", (4096, 768), 0, 1),
    'digits("sequences")': ((28, 28), (), "int32", (4096, 768), 0, 1),
    'digits("images")': ((28, 28, 1), (), "int32", (4096, 768), 0, 1),
    "breast_cancer()": ((30,), (), "int32", (384, 128), -4, 11),
    "diabetes()": ((10,), (1,), "float32", (256, 128), -4, 5),
    "spirals(noise=0.03, seed=0)": ((2,), (), "int32", (512, 256), -1.2, 1.2),
    "moons(noise=0.06, seed=0)": ((2,), (), "int32", (512, 256), -1.3, 1.3),
    "xor(noise=0.15, seed=0)": ((2,), (), "int32", (512, 256), -1.2, 1.2),
    'waves("sine", noise=0.1, seed=0)': ((1,), (1,), "float32", (256, 128), -1, 1),
    "digit_strips(seed=0)": ((64, 14), (5,), "int32", (2048, 512), 0, 1),
}
GENERATED = ["spirals", "moons", "xor", "waves", "digit_strips"]


@pytest.fixture(scope="module")
def strips():
    return data.digit_strips()


def make(call):
    return eval(f"data.{call}", {"data": data})


def same(one, other):
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in PARTS)


def raw(name):
    return dict(zip(PARTS, sets._load(name), strict=True))


@pytest.mark.parametrize("call", ALL)
def test_arrays(call):
    x_shape, y_shape, y_dtype, sizes, low, high = ALL[call]
    split = make(call)
    for x, y, n in zip(
        (split.x_train, split.x_val), (split.y_train, split.y_val), sizes, strict=True
    ):
        assert (x.shape, x.dtype) == ((n, *x_shape), "float32")
        assert (y.shape, y.dtype) == ((n, *y_shape), y_dtype)
        assert low <= x.min() < x.max() <= high
        assert np.isfinite(y).all()
        assert all(n % batch_size == 0 for batch_size in (16, 32, 64, 128))
    assert all(n % 256 == 0 for n in sizes) or "digits" not in call


@pytest.mark.parametrize("call", ALL)
def test_code_makes_the_same_split_again(call):
    split = make(call)
    assert split.code == f"data.{call}"
    assert split.name == call.split("(")[0]
    again = make(call)
    assert same(split, again)
    # what a student does to the arrays stays with the student
    for part in PARTS:
        getattr(again, part)[:] = 7
    assert same(split, make(call))


@pytest.mark.parametrize("name", GENERATED)
def test_another_seed_or_noise_is_another_split_with_its_code(name):
    function = getattr(data, name)
    others = [function(), function(seed=np.int64(5))]
    if name != "digit_strips":
        others += [function(noise=0), function(noise=np.float32(0.1), seed=5)]
    if name == "waves":
        others.append(function("step"))
    for i, one in enumerate(others):
        assert same(one, eval(one.code, {"data": data}))
        assert not any(same(one, other) for other in others[:i])


def test_defaults():
    for function in ["digits", *GENERATED]:
        split = getattr(data, function)()
        assert split.code.removeprefix("data.") in ALL


@pytest.mark.parametrize("call", ALL)
def test_no_sample_is_in_both_parts_or_twice_in_one(call):
    split = make(call)
    x = np.concatenate([split.x_train, split.x_val])
    assert len({sample.tobytes() for sample in x}) == len(x)


def test_formats_are_the_same_digits():
    vectors, sequences, images = map(data.digits, ("vectors", "sequences", "images"))
    assert np.array_equal(vectors.x_train.reshape(4096, 28, 28), sequences.x_train)
    assert np.array_equal(sequences.x_val[..., None], images.x_val)
    assert np.array_equal(vectors.x_train * 255, raw("digits")["x_train"].reshape(4096, 784))


@pytest.mark.parametrize("call", ALL)
def test_every_class_has_its_share_of_both_parts(call):
    split = make(call)
    if split.classes is None or call.startswith("digit_strips"):
        return
    train, val = np.bincount(split.y_train), np.bincount(split.y_val)
    assert len(train) == len(val) == len(split.classes)
    shares = [part / part.sum() for part in (train, val)]
    np.testing.assert_allclose(*shares, atol=0.005)
    if split.name != "breast_cancer":
        assert np.ptp(train) <= 1
        assert np.ptp(val) <= 1


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes"])
def test_standardized_with_the_training_part_only(name):
    split, stored = getattr(data, name)(), raw(name)
    np.testing.assert_allclose(split.x_train.mean(0, dtype="float64"), 0, atol=1e-6)
    np.testing.assert_allclose(split.x_train.std(0, dtype="float64"), 1, atol=1e-6)
    assert abs(split.x_val.mean(0)).max() > 0.03
    # the same line takes both parts back to what is stored
    slope, shift = np.array(
        [
            np.polyfit(split.x_train[:, k], stored["x_train"][:, k], 1)
            for k in range(stored["x_val"].shape[1])
        ]
    ).T
    np.testing.assert_allclose(split.x_val * slope + shift, stored["x_val"], rtol=1e-4, atol=1e-4)
    assert np.array_equal(split.y_val, stored["y_val"])


def test_breast_cancer_is_within_the_published_ranges_and_malignant_is_larger():
    stored = raw("breast_cancer")
    x, y = (np.concatenate([stored[f"{k}_train"], stored[f"{k}_val"]]) for k in "xy")
    published = {0: (6.981, 28.11), 3: (143.5, 2501), 9: (0.05, 0.0974), 23: (185.2, 4254)}
    for feature, (low, high) in published.items():
        assert low - 1e-3 <= x[:, feature].min() <= x[:, feature].max() <= high + 1e-3
    assert x[y == 1, 0].mean() > 1.3 * x[y == 0, 0].mean()
    assert data.breast_cancer().classes == ("benign", "malignant")


def test_diabetes_is_in_its_own_units():
    stored = raw("diabetes")
    x = np.concatenate([stored["x_train"], stored["x_val"]])
    assert 19 <= x[:, 0].min() < x[:, 0].max() <= 79  # age in years
    assert set(x[:, 1]) == {1, 2}  # sex
    assert 18 <= x[:, 2].min() < x[:, 2].max() <= 42.2  # body mass index
    y = data.diabetes().y_train
    assert 25 <= y.min() < y.max() <= 346
    assert (round(float(y.mean())), round(float(y.std()))) == (152, 78)


def test_without_noise_points_lie_on_their_curve():
    spirals, moons, xor = data.spirals(noise=0), data.moons(noise=0), data.xor(noise=0)
    along = (np.hypot(*spirals.x_train.T) - 0.05) / 0.9
    turned = np.exp(1j * (2.5 * np.pi * along + np.pi * spirals.y_train))
    angle = np.exp(1j * np.arctan2(*spirals.x_train.T[::-1]))
    np.testing.assert_allclose(turned, angle, atol=1e-4)
    centre = np.where(moons.y_train[:, None], [1 / 3, 1 / 6], [-1 / 3, -1 / 6])
    np.testing.assert_allclose(np.hypot(*(moons.x_train - centre).T), 2 / 3, atol=1e-6)
    assert abs(moons.x_train).max() <= 1
    assert {tuple(map(float, corner)) for corner in xor.x_train} == {
        (a, b) for a in (-0.5, 0.5) for b in (-0.5, 0.5)
    }
    assert np.array_equal(np.prod(xor.x_train, axis=1) < 0, xor.y_train == 1)


@pytest.mark.parametrize("kind", data.WAVES)
def test_waves(kind):
    exact, noisy = data.waves(kind, noise=0), data.waves(kind, noise=0.2)
    np.testing.assert_allclose(exact.y_train, data.WAVES[kind](exact.x_train), atol=1e-5)
    assert abs(exact.y_train).max() <= 1
    off = noisy.y_train - data.WAVES[kind](noisy.x_train)
    assert 0.17 < off.std() < 0.23


def test_strips_hold_the_digits_that_their_labels_tell(strips):
    """Reads each strip by looking its pieces up among the shrunken digits of its own part."""
    stored = raw("digits")
    for part in ("train", "val"):
        images = stored[f"x_{part}"].astype("float32")
        small = sum(images[:, i::2, j::2] for i in (0, 1) for j in (0, 1)) / (4 * 255)
        known = {}
        for image, digit in zip(small, stored[f"y_{part}"], strict=True):
            columns = np.flatnonzero(image.any(axis=0))
            piece = image[:, columns[0] : columns[-1] + 1].T
            known[np.round(piece * 1020).astype("int16").tobytes()] = int(digit)
        x = np.round(getattr(strips, f"x_{part}") * 1020).astype("int16")
        for strip, labels in zip(x, getattr(strips, f"y_{part}"), strict=True):
            found = read(strip, known)
            assert [*labels] == [digit + 1 for digit in found] + [0] * (5 - len(found))


def read(strip, known):
    """The digits on one strip, from left to right: the widest known piece at each."""
    found, column = [], 0
    while column < len(strip):
        if not strip[column].any():
            column += 1
            continue
        widths = range(min(14, len(strip) - column), 0, -1)
        width = next(w for w in widths if strip[column : column + w].tobytes() in known)
        found.append(known[strip[column : column + width].tobytes()])
        column += width
        assert column == len(strip) or not strip[column].any()
    return found


def test_strips_vary_in_length_and_place(strips):
    lengths = np.bincount(np.count_nonzero(strips.y_train, axis=1), minlength=6)
    assert not lengths[:2].any()
    assert lengths[2:].min() > 400
    ink = strips.x_train.any(axis=2)
    assert ink[:, 0].any()
    assert ink[:, -1].any()
    first = ink.argmax(axis=1)
    assert np.std(first[np.count_nonzero(strips.y_train, axis=1) == 5]) > 2
    assert sorted(np.unique(strips.y_train)) == list(range(11))


def test_strip_text(strips):
    assert data.strip_text([4, 2, 5, 0, 0]) == "3 1 4"
    assert data.strip_text(np.array([10, 1, -1, -1])) == "9 0"
    assert data.strip_text(strips.y_val[0]).split() == [
        strips.classes[label - 1] for label in strips.y_val[0] if label
    ]


def test_repr_says_what_is_in_it():
    assert repr(data.breast_cancer()).splitlines()[:-1] == [
        "breast_cancer, made by data.breast_cancer()",
        "  x_train  (384, 30)          float32  -3.194 to 10.1",
        "  y_train  (384,)             int32    0 to 1",
        "  x_val    (128, 30)          float32  -2.482 to 7.535",
        "  y_val    (128,)             int32    0 to 1",
        "  label            0          1",
        "  class       benign  malignant",
        "  train          241        143",
        "  val             80         48",
    ]


@pytest.mark.parametrize("call", ALL)
def test_repr_of_each(call):
    split = make(call)
    first, *lines = repr(split).splitlines()
    assert split.code in first
    assert lines[-1] == f"  source   {split.source}"
    assert max(map(len, lines)) <= 100
    rows = {line.split()[0]: line for line in lines}
    for part in PARTS:
        assert str(getattr(split, part).shape) in rows[part]
        assert str(getattr(split, part).dtype) in rows[part]
    assert ("class" in rows) == (split.classes is not None)
    if split.classes:
        counts = [int(n) for n in rows["train"].split()[1:]]
        assert sum(counts) == np.count_nonzero(split.y_train + (split.y_train.ndim == 1))
        # columns stand under each other
        ends = [
            [m.end() for m in re.finditer(r"\d+", rows[row])] for row in ("label", "train", "val")
        ]
        assert ends[0] == ends[1] == ends[2]


def test_a_split_with_other_arrays_still_prints():
    split = data.digits()
    changed = dataclasses.replace(split, y_train=np.eye(10)[split.y_train])
    assert "(4096, 10)" in repr(changed)


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda: data.digits("pixels"), "'pixels'"),
        (lambda: data.digits(["images"]), "list ['images']"),
        (lambda: data.waves("square"), "'square'"),
        (lambda: data.waves(noise=-0.1), "-0.1"),
        (lambda: data.spirals(noise="much"), "'much'"),
        (lambda: data.moons(noise=float("nan")), "nan"),
        (lambda: data.xor(noise=float("inf")), "inf"),
        (lambda: data.xor(seed=-1), "-1"),
        (lambda: data.digit_strips(seed=None), "None"),
        (lambda: data.digit_strips(seed=0.5), "0.5"),
    ],
)
def test_bad_input_is_quoted_with_what_would_do(call, received):
    with pytest.raises((ValueError, TypeError), match=r"'|such as |whole number") as caught:
        call()
    assert re.search(rf"(is |=){re.escape(received)}", str(caught.value))


def test_error_lists_the_choices():
    with pytest.raises(ValueError, match="it is one of 'vectors', 'sequences', 'images'"):
        data.digits("pixels")


def test_numpy_is_all_it_takes():
    code = "import sys; from anatomy import data; data.digit_strips(); print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert {"keras", "jax", "sklearn", "matplotlib", "ipywidgets"}.isdisjoint(loaded)
    assert "numpy" in loaded


def test_the_shipped_files_are_small_and_named_with_their_licence():
    folder = sets.resources.files("anatomy.data") / "datasets"
    files = {file.name: len(file.read_bytes()) for file in folder.iterdir() if file.is_file()}
    assert sum(files.values()) < 1_000_000
    about = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"## {name}" in about for name in files if name.endswith(".npz"))

"""The two pictures of the shortcut, and the table beneath, by their artists and words."""

import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts

from anatomy import data, draw

RNG = np.random.default_rng(0)
RUNS = [
    (f"weight={w}.0", {"accuracy": 0.9, "loss": w / 7}, {"accuracy": 0.5, "loss": 1.0})
    for w in (100, 30, 5, 2, 1)
]
MEASURED = dict.fromkeys(("loss", "accuracy", "precision", "recall"), 0.123456)
LONG = [("label_smoothing=0.100000000", MEASURED, MEASURED)] * 5


def predictions(n=200, share=0.1):
    y = (np.arange(n) < share * n).astype(int)
    return y, RNG.beta(1 + 3 * y, 4)


@pytest.mark.parametrize("runs", [(), RUNS, LONG])
def test_nothing_overlaps_or_is_cut_off(runs):
    split = data.digits("images")
    for picture in (
        draw.rare(*predictions(), ("all the others there are", "nines"), runs),
        draw.kernels(RNG.normal(size=(784, 10)), split.x_train, split.y_train, runs=runs),
        draw.kernels(
            RNG.normal(size=(784, 3)), split.x_train, split.y_train,
            ["a class of a name too long", "b", "c"], runs,
        ),
    ):  # fmt: skip
        assert flaws(picture) == []
        assert min(text.get_fontsize() for text in drawn(picture)) >= 11
        assert picture.size[0] == 800


def test_the_counts_of_the_rare_class():
    y = np.array([[1], [1], [1], [0], [0], [0], [0]])
    p = np.array([[0.1], [0.5], [0.9], [0.2], [0.3], [0.7], [0.5]])
    picture = draw.rare(y, p, ("others", "nines"))
    # As Keras has it: a prediction of exactly 0.5 is not above the threshold.
    assert picture.counts == {"missed": 2, "found": 1, "left alone": 3, "false alarms": 1}
    assert {"1 found", "2 missed", "1 false alarms", "3 left alone"} <= set(texts(picture))
    assert picture.describe() == (
        "Predictions for 3 nines and 4 others, from 0 to 1, threshold 0.5: "
        "1 of 3 nines found, 1 false alarm."
    )
    x = picture._marks[1].get_xdata()
    np.testing.assert_allclose((x - x[1]) / (x[2] - x[1]), [-1, 0, 1])


def test_keras_agrees_on_the_counts():
    import keras

    y, p = predictions()
    p[:5] = 0.5
    counts = draw.rare(y, p).counts
    for metric, whole in ((keras.metrics.Recall(), "missed"),
                          (keras.metrics.Precision(), "false alarms")):  # fmt: skip
        metric.update_state(y, p)
        share = counts["found"] / (counts["found"] + counts[whole])
        assert float(metric.result()) == pytest.approx(share)


def test_the_kernels_and_their_largest_weights():
    kernel = RNG.normal(size=(784, 10)) / 10
    for unit in range(10):
        kernel[28 * unit + 5, unit] = 2 + unit
    split = data.digits("sequences")
    picture = draw.kernels(kernel, split.x_train, split.y_train)
    assert picture.largest == [(unit, 5) for unit in range(10)]
    assert picture.words == "the largest weight of each unit is in rows 0 to 9 of 28"
    assert "±11" in picture.describe()
    for unit, (image, _) in enumerate(picture._images):
        np.testing.assert_array_equal(image.get_array(), kernel[:, unit].reshape(28, 28))
        assert image.get_clim() == (-11, 11)
    for digit, (image, _) in enumerate(picture._samples):
        first = split.x_train[split.y_train == digit][0]
        np.testing.assert_array_equal(image.get_array(), first)


def test_the_table_has_the_last_four_runs():
    picture = draw.rare(*predictions(), runs=RUNS)
    said = texts(picture)
    assert {"weight=100.0", "weight=2.0", "0.900", "14.3"} <= set(said)
    assert "weight=1.0" not in said
    assert said.index("loss") < said.index("accuracy")
    _, cells = picture._ledger._rows[0]
    widths = [box.get_width() for box, _, _ in cells]
    assert widths[0] == widths[2] == 0  # a loss is no share of anything
    assert widths[1] == pytest.approx(0.9 / 0.5 * widths[3])
    assert picture.describe().splitlines()[1] == (
        "weight=100.0: in training loss 14.29, accuracy 0.9; "
        "on samples it has not seen loss 1, accuracy 0.5."
    )


def test_an_updated_picture_is_the_same_as_a_new_one():
    split = data.digits("sequences")
    one, other = ((RNG.normal(size=(784, 10)), split.x_train, split.y_train) for _ in range(2))
    for make, first, then in (
        (draw.rare, predictions(), predictions(300, 0.5)),
        (draw.kernels, one, other),
    ):
        picture = make(*first)
        picture.frame()
        for runs in (RUNS[:1], RUNS):
            picture.update(*then, runs=runs)
            new = make(*then, runs=runs)
            assert picture.png(1) == new.png(1)
            assert picture.describe() == new.describe()
            np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)


def test_what_cannot_be_drawn():
    x, y = RNG.normal(size=(4, 28, 28)), np.arange(4)
    with pytest.raises(ValueError, match="3 labels from 0 to 2, and there are 3 predictions"):
        draw.rare([0, 1, 2], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"kernel has shape \(100, 10\).*28 x 28"):
        draw.kernels(np.zeros((100, 10)), x, y)
    with pytest.raises(ValueError, match=r"x has shape \(4, 30\); give grey images"):
        draw.kernels(np.zeros((30, 10)), np.zeros((4, 30)), y)

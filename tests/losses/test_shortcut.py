"""Counts of a rare class against Keras's metrics; kernels as images."""

import keras
import numpy as np
import pytest

from anatomy.losses.shortcut.facts import Detection, Kernels

RNG = np.random.default_rng(0)


def test_the_counts_of_the_rare_class():
    y = np.array([[1], [1], [1], [0], [0], [0], [0]])
    p = np.array([[0.1], [0.5], [0.9], [0.2], [0.3], [0.7], [0.5]])
    # As Keras has it: a prediction of exactly 0.5 is not above the threshold.
    assert Detection(y, p).counts == {
        "found": 1, "missed": 2, "false alarms": 1, "left alone": 3
    }  # fmt: skip


def test_keras_agrees_on_the_counts():
    y = (np.arange(200) < 20).astype(int)
    p = RNG.beta(1 + 3 * y, 4)
    p[:5] = 0.5
    counts = Detection(y, p).counts
    for metric, others in ((keras.metrics.Recall(), "missed"),
                           (keras.metrics.Precision(), "false alarms")):  # fmt: skip
        metric.update_state(y, p)
        share = counts["found"] / (counts["found"] + counts[others])
        assert float(metric.result()) == pytest.approx(share)


@pytest.mark.parametrize("shape", [(12, 4, 5), (12, 4, 5, 1), (12, 16)])
def test_kernels_are_images(shape):
    x, y = RNG.uniform(size=shape), np.arange(12)[::-1] % 3
    rows, columns = (4, 4) if len(shape) == 2 else (4, 5)
    kernel = np.zeros((rows * columns, 4))
    for unit, place in enumerate([(0, 3), (1, 0), (3, 2), (2, 1)]):
        kernel[np.ravel_multi_index(place, (rows, columns)), unit] = 1 + unit
    found = Kernels(kernel, x, y)
    assert found.largest == [(0, 3), (1, 0), (3, 2), (2, 1)]
    for unit, place in enumerate(found.largest):
        assert found.kernels[unit][place] == 1 + unit
    for unit in range(3):
        first = x[np.flatnonzero(y == unit)[0]].reshape(rows, columns)
        np.testing.assert_array_equal(found.samples[unit], first)
    assert not found.samples[3].any()


def test_what_does_not_fit():
    x, y = RNG.normal(size=(4, 28, 28)), np.arange(4)
    with pytest.raises(ValueError, match="3 labels from 0 to 2; give 3 of 0 and 1"):
        Detection([0, 1, 2], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"kernel has shape \(100, 10\); give \(784, units\)"):
        Kernels(np.zeros((100, 10)), x, y)
    with pytest.raises(ValueError, match=r"x has shape \(4, 30\); give grey images"):
        Kernels(np.zeros((30, 10)), np.zeros((4, 30)), y)

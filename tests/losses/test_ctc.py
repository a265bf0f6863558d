"""CTC against brute force and against Keras."""

import functools
import itertools
import math

import jax
import keras
import numpy as np
import pytest

from anatomy import data
from anatomy.losses.ctc.facts import alignments, collapse, lattice, read

CASES = [
    ((1,), 1, 2, 0),
    ((1, 2), 2, 3, 0),
    ((1, 2), 5, 3, 0),
    ((1, 1), 3, 2, 0),
    ((1, 1), 6, 3, 0),
    ((2, 1, 2), 6, 3, 0),
    ((2, 2, 1, 1), 7, 3, 0),
    ((), 4, 3, 0),
    ((0, 2, 2), 6, 4, 3),
    ((0, 2), 5, 3, 1),
]


def random(frames, classes, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.5), frames)


@functools.partial(jax.jit, static_argnums=4)  # without, each call would compile anew
def ctc_loss(target, logits, labels, frames, blank):
    return keras.ops.ctc_loss(target, logits, labels, frames, mask_index=blank)


def by_keras(probabilities, label, blank=0):
    target = np.array([[*label, *[blank] * (8 - len(label))]])
    logits = np.zeros((1, 8, probabilities.shape[1]), "float32")
    logits[0, : len(probabilities)] = np.log(probabilities)
    lengths = np.array([len(label)]), np.array([len(probabilities)])
    return float(ctc_loss(target, logits, *lengths, blank)[0])


def by_hand(path, blank):
    """A second collapse, on its own: a class counts where the one before it is another."""
    before = [None, *path[:-1]]
    return tuple(one for one, last in zip(path, before, strict=True) if one not in (blank, last))


def every(label, frames, classes, blank):
    paths = itertools.product(range(classes), repeat=frames)
    return [path for path in paths if by_hand(path, blank) == label]


@pytest.mark.parametrize(("label", "frames", "classes", "blank"), CASES)
def test_the_loss_is_that_of_keras_and_of_brute_force(label, frames, classes, blank):
    for seed in range(2):
        p = random(frames, classes, seed)
        found = lattice(p, label, blank)
        total = sum(math.prod(p[range(frames), path]) for path in every(label, frames, classes,
                                                                      blank))  # fmt: skip
        assert found.loss == pytest.approx(-math.log(total), abs=1e-10)
        assert found.loss == pytest.approx(by_keras(p, label, blank), abs=1e-4)


@pytest.mark.parametrize(("label", "frames", "classes", "blank"), CASES)
def test_every_state_and_the_best_path_by_brute_force(label, frames, classes, blank):
    p = random(frames, classes, 7)
    found = lattice(p, label, blank)
    alpha, share = (np.zeros((frames, 2 * len(label) + 1)) for _ in range(2))
    paths = every(label, frames, classes, blank)
    chances = [math.prod(p[range(frames), path]) for path in paths]
    for path, chance in zip(paths, chances, strict=True):
        share[range(frames), states(path, blank)] += chance
    for t in range(frames):  # a beginning counts once for each state that it ends in
        begun = {states(path, blank)[: t + 1]: path[: t + 1] for path in paths}
        for ended, path in begun.items():
            alpha[t, ended[-1]] += math.prod(p[range(t + 1), path])
    possible = share > 0
    np.testing.assert_allclose(found.alpha[possible], alpha[possible])
    np.testing.assert_allclose(found.posterior, share / sum(chances), atol=1e-12)
    np.testing.assert_allclose(found.posterior.sum(axis=1), 1)
    assert found.path == paths[int(np.argmax(chances))]
    assert found.probability(found.path) == pytest.approx(max(chances))
    assert sorted(alignments(label, frames, blank)) == sorted(paths)


def states(path, blank):
    """The state of each frame: one further with each class, an even one for a blank."""
    found, seen, before = [], 0, blank
    for one in path:
        seen += one not in (blank, before)
        found.append(2 * seen - (one != blank))
        before = one
    return tuple(found)


def test_long_sequences_against_keras():
    rng = np.random.default_rng(0)
    logits = np.zeros((1, 100, 11), "float32")
    for frames, count in ((64, 2), (64, 5), (100, 20)):
        target = np.zeros((1, 20), int)
        target[0, :count] = rng.integers(1, 11, count)
        target[0, 1] = target[0, 0]
        logits[0, :frames] = rng.normal(0, 2, (frames, 11))
        p = np.exp(logits[0, :frames].astype("float64"))
        expected = ctc_loss(target, logits, np.array([count]), np.array([frames]), 0)
        label = target[0, :count]
        found = lattice(p / p.sum(axis=1, keepdims=True), label).loss
        assert found == pytest.approx(float(expected[0]), abs=1e-4)


def test_the_posterior_is_what_the_gradient_of_keras_wants():
    p, label = random(6, 4), (3, 1, 1)
    found = lattice(p, label)
    wanted = np.zeros_like(p)
    for state, one in enumerate(found.extended):
        wanted[:, one] += found.posterior[:, state]
    target = np.array([[*label, 0]])
    slope = jax.jit(jax.grad(lambda z: keras.losses.CTC()(target, z)))(np.log(p)[None])
    np.testing.assert_allclose(p - wanted, slope[0], atol=1e-4)


def test_a_label_that_does_not_fit_costs_infinity():
    for label, frames, needed in (((1, 1), 2, 3), ((1, 2, 1), 2, 3), ((2,) * 4, 6, 7)):
        found = lattice(random(frames, 3), label)
        assert found.needed == needed
        assert found.loss == math.inf
        assert found.path is None
        assert not found.posterior.any()
        assert alignments(label, frames) == []
        assert by_keras(found.probabilities, label) > 1e4
        assert np.isfinite(lattice(random(needed, 3), label).loss)


def test_a_probability_of_zero_cuts_paths_off():
    p = np.array([[0, 1, 0], [0.5, 0.5, 0], [1, 0, 0]])
    assert lattice(p, [1]).loss == 0
    assert lattice(p, [1, 1]).loss == math.inf
    assert lattice(p, []).loss == math.inf
    assert lattice(p, [2]).path is None


def test_the_number_of_alignments():
    for label, frames, repeats in (((1,), 5, 0), ((1, 2), 6, 0), ((1, 1), 6, 1), ((1, 1, 1), 7, 2)):
        expected = math.comb(frames + len(label) - repeats, 2 * len(label))
        assert len(alignments(label, frames)) == expected


def test_collapse_step_by_step():
    found = collapse([0, 3, 3, 0, 7, 7])
    assert (found.merged, found.label) == ((0, 3, 0, 7), (3, 7))
    assert collapse([3, 0, 3]).label == (3, 3)
    assert collapse([3, 3, 3]).label == (3,)
    assert collapse([2, 2, 0, 1], blank=2).label == (0, 1)
    assert collapse([]).label == collapse([0, 0]).label == ()


def test_reading_is_the_greedy_decoding_of_keras():
    p = random(40, 5)
    (found,), _ = keras.ops.ctc_decode(np.log(p)[None].astype("float32"), np.array([40]),
                                       mask_index=0)  # fmt: skip
    expected = tuple(one for one in np.asarray(found[0]).tolist() if one > 0)
    assert read(p).label == expected
    assert read(np.log(p)) == read(p)


def test_reading_need_not_find_the_most_probable_label():
    p = np.array([[0.6, 0.4], [0.6, 0.4]])
    assert read(p).label == ()
    assert lattice(p, [1]).loss < lattice(p, []).loss


def test_padding_and_rows_of_data_are_taken_as_they_are():
    row = data.digit_strips().y_train[0]
    found = lattice(random(64, 11), row)
    assert found.label == tuple(row[row > 0].tolist())
    assert len(found.extended) == 2 * len(found.label) + 1


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: lattice(np.zeros(3), [1]), "shape (3,)"),
        (lambda: lattice(np.array([[2.0, -1.0]]), [1]), "frame 0 has [2, -1], of sum 1"),
        (lambda: lattice(np.array([[0.5, 0.5], [0.5, 1]]), [1]), "give keras.ops.softmax"),
        (lambda: lattice(np.array([[np.nan, 1]]), [1]), "no probabilities"),
        (lambda: lattice(random(3, 3), [1, 3]), "there is no class 3"),
        (lambda: lattice(random(3, 3), [-1]), "there is no class -1"),
        (lambda: lattice(random(3, 3), [1, 0, 2]), "has the blank, 0:"),
        (lambda: alignments([1, 2], 30), "205,891,132,094,649 paths are too many"),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert text in str(caught.value)

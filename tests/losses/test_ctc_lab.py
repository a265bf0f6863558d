"""The lab of CTC, without a browser."""

import math
import re

import fresh
import keras
import numpy as np
import pytest
from by_hand import move

from anatomy import draw, labs
from anatomy.losses.ctc.facts import lattice
from anatomy.losses.ctc.lab import LABELS, START, by_keras


@pytest.fixture
def lab():
    lab = labs.ctc()
    assert lab.wait(60)
    yield lab
    lab.close()


def softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def test_three_ways_to_one_loss(lab):
    for frames in (6, 4, 5):
        for label in LABELS:
            move(lab, frames=frames, label=label)
            made = lab.lattice
            assert made.probabilities.shape == (frames, 3)
            np.testing.assert_allclose(made.probabilities, softmax(lab.logits[:frames]))
            if frames < made.needed:
                assert lab.status == "broken"
                assert lab.brute_force == 0
                assert f"needs {made.needed} frames, there are {frames}" in lab.message
                continue
            assert lab.status == "done"
            assert lab.keras_loss == pytest.approx(made.loss, abs=1e-4)
            assert -math.log(lab.brute_force) == pytest.approx(made.loss, abs=1e-10)
            assert f"loss {made.loss:.4g} by the lattice" in lab.message
            assert f"keras.ops.ctc_loss: {lab.keras_loss:.4g}." in lab.message


def test_a_padded_call_of_keras_is_a_plain_one():
    logits = np.array(START[:5])
    target = np.array([[1, 2]])
    plain = keras.ops.ctc_loss(target, logits[None].astype("float32"), [2], [5], mask_index=0)
    assert by_keras(logits, (1, 2)) == pytest.approx(float(plain[0]), abs=1e-5)


def test_a_logit_of_the_chosen_frame_moves_the_loss(lab):
    before = lab.lattice.loss
    move(lab, frame=2, **{"logit_3": 5.0})
    assert lab.lattice.loss < before
    expected = np.array(START, dtype=float)
    expected[1, 1] = 5
    np.testing.assert_array_equal(lab.logits, expected)
    assert lab.lattice.loss == pytest.approx(lattice(softmax(expected), (1, 2)).loss)
    np.testing.assert_array_equal(lab.picture.facts["probabilities"], lab.lattice.probabilities)


def test_another_frame_only_puts_the_sliders_where_it_stands(lab):
    before = lab.lattice.loss
    for frame in (1, 4, 6):
        move(lab, frame=frame)
        values = [lab.controls[f"logit_{name}"].value for name in ("blank", "3", "7")]
        assert values == list(START[frame - 1])
    np.testing.assert_array_equal(lab.logits, START)
    assert lab.lattice.loss == before
    move(lab, frames=4)
    assert lab.controls["frame"].value == lab.controls["frame"].max == 4
    assert [lab.controls[f"logit_{name}"].value for name in ("blank", "3", "7")] == list(START[3])


def test_restart(lab):
    move(lab, frame=2, logit_blank=-5.0, logit_7=5.0)
    assert not np.array_equal(lab.logits, START)
    lab.buttons["restart"].click()
    assert lab.wait(60)
    np.testing.assert_array_equal(lab.logits, START)
    assert lab.controls["logit_blank"].value == START[1][0]
    assert lab.lattice.loss == pytest.approx(lattice(softmax(START), (1, 2)).loss)


def test_the_shade_and_what_it_says(lab):
    assert lab.picture.facts["shade"] == "forward"
    move(lab, shade="posterior")
    assert lab.picture.facts["shade"] == "posterior"
    assert lab.picture.describe() in lab.describe()
    lab.run()
    assert lab.status == "done"


@pytest.mark.parametrize(("label", "frames"), [("3 7", 6), ("3 3 3", 4), ("nothing", 5)])
def test_the_code_gives_the_same_numbers(lab, label, frames, capsys):
    move(lab, label=label, frames=frames, frame=2, logit_3=-3.3)
    exec(lab.code(), {})
    by_keras, brute = (float(n) for n in re.findall(r": ([\d.]+|inf)$", capsys.readouterr().out,
                                                    re.MULTILINE))  # fmt: skip
    assert by_keras == pytest.approx(lab.keras_loss, rel=1e-5)
    assert brute == pytest.approx(lab.lattice.loss, rel=1e-5)


def test_the_code_runs_in_a_fresh_process(lab):
    assert f"{lab.lattice.loss:.4f}" in fresh.run(lab.code())


def test_a_probability_of_a_frame_is_dragged(lab):
    handles = {handle.label: handle for handle in lab.picture.sheet.handles}
    assert len(handles) == 18  # six frames of three classes
    before = lab.lattice.probabilities
    handle = handles["frame 2, 7"]
    left, top, wide, high = handle.place
    assert handle.press == {"frame": 2}
    assert handle.x[0] == "logit_7"  # for the arrow keys
    move(lab, **handle.press)
    for part in (0.5, 0.9, 0.1):
        move(lab, **handle.to(left + part * wide, top + high / 2))
        after = lab.lattice.probabilities
        assert after[1, 2] == pytest.approx(part, abs=0.02)
        assert after[1, 1] / after[1, 0] == pytest.approx(before[1, 1] / before[1, 0], rel=0.15)
        np.testing.assert_allclose(np.delete(after, 1, axis=0), np.delete(before, 1, axis=0))
    for beyond in (left - 50, left + wide + 50):
        values = handle.to(beyond, top)
        assert all(abs(value) < 5 for value in values.values())


def test_only_a_frame_that_is_chosen_has_hands():
    probabilities = softmax(np.array(START))
    assert not draw.ctc(probabilities, [1, 2]).sheet.handles

"""The lab of the update, without a browser."""

import subprocess
import sys

import numpy as np
import pytest
from keras import optimizers as real
from labs import by_hand

from anatomy import labs, optimizers
from anatomy.labs.update import ARGUMENTS, GRADIENTS, MOST, START


@pytest.fixture
def lab():
    lab = labs.update()
    assert lab.wait(60)
    yield lab
    lab.close()


def move(lab, **values):
    by_hand.move(lab, **values)
    assert lab.status == "done"


def same(facts, optimizer, gradients):
    expected = optimizers.update(optimizer, gradients, START)
    np.testing.assert_array_equal(facts.variable, expected.variable)
    for name, values in expected.state.items():
        np.testing.assert_array_equal(facts.state[name], values)


def test_the_controls_are_the_arguments_of_keras(lab):
    same(lab.facts, real.SGD(0.1, momentum=0.9), np.ones(25))
    move(lab, momentum=0.5, nesterov=True, learning_rate=0.01, gradient=-2.0)
    same(lab.facts, real.SGD(0.01, momentum=0.5, nesterov=True), [*GRADIENTS["steady"], -2.0])
    move(lab, optimizer="AdamW", beta_1=0.8, beta_2=0.99, weight_decay=0.3, gradients="noisy")
    adamw = real.AdamW(0.01, beta_1=0.8, beta_2=0.99, weight_decay=0.3)
    same(lab.facts, adamw, [*GRADIENTS["noisy"], -2.0])
    move(lab, optimizer="RMSprop", rho=0.0)
    same(lab.facts, real.RMSprop(0.01, rho=0.0), [*GRADIENTS["noisy"], -2.0])
    assert lab.run() is lab.picture.facts


def test_only_the_arguments_of_the_optimizer_are_to_be_seen(lab):
    every = {name for names in ARGUMENTS.values() for name in names}
    for optimizer, names in ARGUMENTS.items():
        move(lab, optimizer=optimizer)
        seen = {name for name in every if lab.controls[name].layout.display != "none"}
        assert seen == set(names)


def test_gradients_are_fed_by_hand(lab):
    move(lab, gradients="by hand")
    step = lab.controls["step"]
    for n, gradient in enumerate((1.0, -2.0, 3.0), start=1):
        move(lab, gradient=gradient)
        assert lab.gradients[-1] == gradient
        assert step.value == step.max == n == len(lab.facts)
        lab.buttons["feed"].click()
        assert lab.wait(60)
    np.testing.assert_array_equal(lab.facts.gradients, np.float32([1, -2, 3, 3]))
    move(lab, step=2)
    assert lab.picture.step == 2
    lab.buttons["feed"].click()
    assert lab.wait(60)
    assert (step.value, step.max) == (2, 5)  # it stays, where it was not at the last step
    lab.buttons["restart"].click()
    assert lab.wait(60)
    np.testing.assert_array_equal(lab.facts.gradients, [3.0])
    assert step.value == step.max == 1
    for _ in range(MOST + 3):
        lab.buttons["feed"].click()
    assert lab.wait(60)
    assert len(lab.facts) == MOST


def test_another_sequence_forgets_what_was_fed(lab):
    lab.buttons["feed"].click()
    assert lab.wait(60)
    assert len(lab.facts) == 26
    move(lab, gradients="alternating")
    assert len(lab.facts) == lab.controls["step"].value == 25


def test_what_it_says(lab):
    move(lab, step=2)
    assert "step 2 of 25 moves w by −0.19, 1.9 times what plain SGD would" in lab._line.value
    assert "Step 2 of 25: g = 1, m = −0.19" in lab.describe()
    move(lab, gradient=0.0, step=25)
    assert "plain SGD" not in lab._line.value


@pytest.mark.parametrize("optimizer", ARGUMENTS)
def test_the_code_gives_the_same_numbers(lab, optimizer, capsys):
    move(lab, optimizer=optimizer, gradients="noisy", gradient=-0.3)
    exec(lab.code(), {})
    head, *rows = capsys.readouterr().out.splitlines()
    facts = lab.facts
    assert head == " ".join(["gradient, step, w,", *(f"w_{name}" for name in facts.state)])
    shown = np.array([row.split() for row in rows], float)
    columns = [facts.gradients, facts.steps, facts.variable[1:]]
    columns += [values[1:] for values in facts.state.values()]
    np.testing.assert_allclose(shown, np.stack(columns, axis=1), rtol=1e-6, atol=1e-7)


def test_the_code_runs_in_a_fresh_process(lab):
    move(lab, optimizer="Adam", gradients="one spike")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", lab.code()], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    last = [float(number) for number in done.stdout.split("\n")[-2].split()]
    assert last[2] == float(lab.facts.variable[-1])
    assert last[3:] == [float(values[-1]) for values in lab.facts.state.values()]

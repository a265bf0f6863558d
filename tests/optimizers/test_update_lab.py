"""The lab of the update, without a browser."""

import fresh
import numpy as np
import pytest
from by_hand import move
from keras import optimizers as real
from looking import flaws_at_all_widths, texts

from anatomy import draw, labs, optimizers

STEADY = np.ones(24)
ARGUMENTS = {
    "SGD": {"momentum", "nesterov", "clipping"}, "RMSprop": {"rho", "clipping"},
    "Adagrad": {"clipping"}, "Adam": {"beta_1", "beta_2", "clipping"},
    "AdamW": {"beta_1", "beta_2", "weight_decay"},
}  # fmt: skip


@pytest.fixture
def lab():
    lab = labs.update()
    assert lab.wait(60)
    yield lab
    lab.close()


def press(lab, name):
    lab.buttons[name].click()
    assert lab.wait(60)


def same(facts, optimizer, gradients):
    expected = optimizers.update(optimizer, gradients, 1.0)
    np.testing.assert_array_equal(facts.variable, expected.variable)
    for name, values in expected.state.items():
        np.testing.assert_array_equal(facts.state[name], values)


def test_the_controls_are_the_arguments_of_keras(lab):
    same(lab.facts, real.SGD(0.1, momentum=0.9), np.ones(25))
    move(lab, momentum=0.5, nesterov=True, learning_rate=0.01, gradient=-2.0)
    same(lab.facts, real.SGD(0.01, momentum=0.5, nesterov=True), [*STEADY, -2.0])
    move(lab, optimizer="AdamW", beta_1=0.8, beta_2=0.99, weight_decay=0.3, gradients="noisy")
    adamw = real.AdamW(0.01, beta_1=0.8, beta_2=0.99, weight_decay=0.3)
    same(lab.facts, adamw, lab.gradients)
    move(lab, optimizer="RMSprop", rho=0.0)
    same(lab.facts, real.RMSprop(0.01, rho=0.0), lab.gradients)
    lab.run()
    assert lab.status == "done"


def test_only_the_arguments_of_the_optimizer_are_to_be_seen(lab):
    every = set().union(*ARGUMENTS.values())
    for optimizer, names in ARGUMENTS.items():
        move(lab, optimizer=optimizer)
        assert {name for name in every if lab.controls[name].layout.display != "none"} == names


def test_gradients_are_fed_by_hand(lab):
    move(lab, gradients="by hand")
    step = lab.controls["step"]
    for n, gradient in enumerate((1.0, -2.0, 3.0), start=1):
        move(lab, gradient=gradient)
        assert lab.gradients[-1] == gradient
        assert step.value == step.max == n == len(lab.facts)
        press(lab, "feed")
    np.testing.assert_array_equal(lab.facts.gradients, np.float32([1, -2, 3, 3]))
    move(lab, step=2)
    assert lab.picture.facts["step"] == 2
    press(lab, "feed")
    assert (step.value, step.max) == (2, 5)  # it stays, where it was not at the last step
    press(lab, "restart")
    np.testing.assert_array_equal(lab.facts.gradients, [3.0])
    assert step.value == step.max == 1
    for _ in range(63):
        lab.buttons["feed"].click()
    assert lab.wait(60)
    assert len(lab.facts) == 60


def test_another_sequence_forgets_what_was_fed(lab):
    press(lab, "feed")
    assert len(lab.facts) == 26
    move(lab, gradients="alternating")
    assert len(lab.facts) == lab.controls["step"].value == 25


def test_the_message(lab):
    move(lab, step=2)
    assert "step 2 of 25 moves w by −0.19, 1.9 times what plain SGD would" in lab.message
    assert "Step 2 of 25: g = 1, m = −0.19" in lab.describe()
    move(lab, gradient=0.0, step=25)
    assert "plain SGD" not in lab.message


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
    last = [float(number) for number in fresh.run(lab.code()).splitlines()[-1].split()]
    assert last[2] == float(lab.facts.variable[-1])


def test_the_step_can_be_grabbed(lab):
    move(lab, step=7)
    (handle,) = lab.picture.sheet.handles
    left, _, wide, _ = handle.place
    assert handle.x[0] == "step"
    assert handle.x[1](left + wide / 2) == pytest.approx(7)


@pytest.mark.parametrize("clipping", ["clipvalue", "clipnorm"])
def test_gradients_can_be_clipped(lab, clipping):
    move(lab, optimizer="Adam", gradients="one spike", clipping=clipping)
    same(lab.facts, real.Adam(0.1, **{clipping: 1.0}), lab.gradients)
    assert f"{clipping}=1.0" in lab.code()
    assert f"gradient clipping by {clipping.removeprefix('clip')}" in texts(lab.picture)
    assert flaws_at_all_widths(lab.picture) == []


def test_each_part_of_a_rule_has_the_name_that_the_field_gives_it():
    for optimizer, term in (
        (real.SGD(0.1, momentum=0.9), "past steps go on"),
        (real.SGD(0.1, momentum=0.9, nesterov=True), "Nesterov: m, one step ahead"),
        (real.RMSprop(0.1), "moving average of g²"),
        (real.Adagrad(0.1), "sum of all g²"),
        (real.Adam(0.1), "second moment: moving average of g²"),
        (real.AdamW(0.1), "decoupled weight decay"),
        (real.SGD(0.1, global_clipnorm=1.0), "gradient clipping by global norm"),
    ):
        assert term in texts(draw.optimizer(optimizer))

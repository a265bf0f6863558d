"""Each formula that is drawn, evaluated with Keras's numbers, gives Keras's next number."""

import numpy as np
import pytest
from keras.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    RMSprop,
)

from anatomy import optimizers
from anatomy.optimizers.update.rules import Line, pretty, rule, values

GRADIENTS = [0.0, *np.random.default_rng(0).normal(size=12)]
KNOWN = [
    SGD(0.1), SGD(0.1, momentum=0.9), SGD(0.1, momentum=0.9, nesterov=True),
    SGD(0.1, weight_decay=0.1), SGD(0.1, clipnorm=0.5), RMSprop(0.1),
    RMSprop(0.1, momentum=0.5, centered=True), Adagrad(0.1), Adadelta(1.0), Adam(0.1),
    Adam(0.1, amsgrad=True, clipvalue=0.3), Adam(0.1, global_clipnorm=0.2), AdamW(0.1),
    AdamW(0.1, amsgrad=True), Adamax(0.1), Lion(0.1),
]  # fmt: skip


@pytest.mark.parametrize("optimizer", KNOWN, ids=lambda one: type(one).__name__)
def test_every_formula_is_what_keras_does(optimizer):
    found, facts = rule(optimizer), optimizers.update(optimizer, GRADIENTS, start=1.0)
    assert {line.name for line in found.lines if line.name} == set(facts.state)
    for step in range(1, len(facts) + 1):
        made = {}
        for line, before, value in values(found, facts, step):
            made[line.symbol] = value
            assert line.value(before) == pytest.approx(value, rel=2e-5, abs=3e-7)
        assert made["step"] == facts.steps[step - 1]
        for line in found.lines:
            if line.initial:
                assert facts.state[line.name][0] == np.float32(found.arguments[line.initial])
            elif line.name:
                assert facts.state[line.name][0] == 0


@pytest.mark.parametrize("optimizer", KNOWN, ids=lambda one: type(one).__name__)
def test_formulas_filled_with_numbers_are_true(optimizer):
    found, facts = rule(optimizer), optimizers.update(optimizer, GRADIENTS, start=1.0)
    for line, before, value in values(found, facts, 9):
        text = line.filled(before, 9)
        if not set("|√²⁹") & set(text):
            python = text.replace("·", "*").replace("−", "-")
            result = eval(python, {"max": max, "min": min, "sign": np.sign})
            assert result == pytest.approx(value, rel=1e-4, abs=1e-6)
        assert not any(name in text for name in [*found.arguments, "learning_rate"])


def test_what_is_not_known_has_no_rule():
    class Mine(SGD):
        pass

    for optimizer in (Nadam(), Ftrl(), Mine(), SGD(use_ema=True), Adam(
            gradient_accumulation_steps=2)):  # fmt: skip
        assert rule(optimizer) is None


def test_formulas_read_as_by_hand():
    line = Line("v", "rho * v + (1 - rho) * g ** 2")
    assert line.text == "v = rho · v + (1 − rho) · g²"
    assert line.names == ["rho", "v", "g"]
    filled = line.filled({"rho": 0.9, "v": 1.0, "g": -2.0})
    assert filled == "0.9 · 1 + (1 − 0.9) · (−2)²"
    assert line.value({"rho": 0.9, "v": 1.0, "g": -2.0}) == pytest.approx(1.3)
    assert pretty("-α * m / (sqrt(v) + epsilon)") == "−α · m / (√v + epsilon)"
    assert pretty("sqrt(1 - beta_2 ** t)") == "√(1 − beta_2ᵗ)"
    assert pretty("max(0.9, abs(-1e-07))") == "max(0.9, |−1e-07|)"

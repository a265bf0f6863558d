"""Abbreviations become controls, as in ipywidgets.interact."""

import ipywidgets as widgets
import numpy as np
import pytest

from anatomy.base.controls import control, controls, value


def build(units=32, activation="relu", learning_rate=1e-3, bias=True, loss="mse"):
    pass


def test_each_abbreviation():
    created = controls(
        build,
        {"units": (1, 128), "activation": ["relu", "tanh"], "learning_rate": (1e-5, 1.0)},
    )
    kinds = [type(widget) for widget in created.values()]
    assert kinds == [
        widgets.IntSlider,
        widgets.Dropdown,
        widgets.FloatLogSlider,
        widgets.Checkbox,
        widgets.Text,
    ]
    assert {name: value(widget) for name, widget in created.items()} == {
        "units": 32,
        "activation": "relu",
        "learning_rate": 0.001,
        "bias": True,
        "loss": "mse",
    }


def test_a_range_of_two_decades_is_logarithmic():
    assert isinstance(control("rate", (0.01, 1.0)), widgets.FloatLogSlider)
    assert type(control("rate", (0.1, 1.0))) is widgets.FloatSlider
    assert type(control("rate", (-1.0, 100.0))) is widgets.FloatSlider
    assert type(control("units", (1, 128))) is widgets.IntSlider


def test_a_logarithmic_value_is_one_that_one_can_write_down():
    slider = control("learning_rate", (1e-5, 1.0), 1e-3)
    slider.value = 10**-2.55
    assert value(slider) == 0.00282


def test_what_compiles_waits_for_the_release():
    created = controls(build, {"units": (1, 128), "learning_rate": (1e-5, 1.0)})
    assert created["learning_rate"].continuous_update
    assert not created["units"].continuous_update
    assert not created["loss"].continuous_update


def test_a_positive_number_stays_positive():
    assert control("units", 32).min == 1
    assert value(control("rate", 0.01)) == 0.01


def test_a_widget_of_ones_own_is_taken_as_it_is():
    own = widgets.IntText(3)
    assert controls(build, {"units": own})["units"] is own
    assert controls(build, {"units": widgets.fixed(7)})["units"].value == 7


@pytest.mark.parametrize(
    ("abbreviations", "kind", "text"),
    [
        ({"unit": (1, 3)}, TypeError, "build() has no argument unit=(1, 3); did you mean 'units'"),
        ({"units": (8, 1)}, ValueError, "units=(8, 1)"),
        ({"units": object}, ValueError, "units=<class 'object'>"),
        ({"units": (1, 16)}, ValueError, "units=32, given or the default"),
        ({"units": "x"}, ValueError, "units has the default 32, a number; give numbers, not text."),
        ({"units": ["x", "y"]}, ValueError, "a number; give numbers, not text."),
    ],
)
def test_errors(abbreviations, kind, text):
    with pytest.raises(kind) as caught:
        controls(build, abbreviations)
    assert text in str(caught.value)


def test_a_parameter_without_anything():
    def build(units):
        pass

    with pytest.raises(TypeError, match=r"needs a value for 'units'.*units=\(1, 10\)"):
        controls(build, {})


def test_unnamed_arguments():
    def build(**settings):
        pass

    with pytest.raises(TypeError, match="name its arguments"):
        controls(build, {})


@pytest.mark.parametrize("start", [0.05, 0.001, 0.3, 1e-4, 10.0])
def test_a_logarithmic_slider_begins_at_one_of_its_steps(start):
    slider = control("learning_rate", (1e-4, 10.0), start)
    steps = (np.log10(slider.value) - slider.min) / slider.step
    assert steps == pytest.approx(round(steps), abs=1e-9)
    assert 0.025 <= slider.step <= 0.1

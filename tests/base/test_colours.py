"""Colours that remain apart for a colour-blind eye, and type that can be read."""

from itertools import combinations

import numpy as np
import pytest

from anatomy.base import colours, type
from anatomy.fit.history.draw import FADED, GHOSTS

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
EYES = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
CURVES = ("training", "validation", "ink", "optimizer", "ghost")
BOXES = ("data", "layers", "targets", "loss", "optimizer")
PALETTES = {"light": colours.light, "dark": colours.dark}


def linear(color):
    color = np.array(color)
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Ottosson (2020): a space in which distance is difference to the eye."""
    to_cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_cones) @ np.clip(rgb, 0, 1))


def distance(one, other, eye):
    return np.linalg.norm(oklab(EYES[eye] @ linear(one)) - oklab(EYES[eye] @ linear(other)))


def contrast(one, other):
    """WCAG 2: 4.5 is AA for text."""
    weights = (0.2126, 0.7152, 0.0722)
    dark, light = sorted((linear(one) @ weights, linear(other) @ weights))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(params=PALETTES)
def palette(request):
    return PALETTES[request.param]


def test_the_measures_know_red_from_green_only_for_a_normal_eye():
    red, green, rgb = "#C00000", "#5F6F00", colours.light.rgb
    assert distance(rgb(red), rgb(green), "normal") > 3 * distance(
        rgb(red), rgb(green), "deuteranopia"
    )
    assert contrast(rgb("#000000"), rgb("#FFFFFF")) == pytest.approx(21)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("together", [CURVES, BOXES], ids=["curves", "boxes"])
def test_colours_used_together_remain_apart(together, eye, palette):
    least = 0.08
    if together is BOXES and eye == "tritanopia":
        least = 0.04  # one eye in ten thousand; each box has its name on it besides
    for one, other in combinations(together, 2):
        assert distance(palette.rgb(one), palette.rgb(other), eye) > least, (one, other)


@pytest.mark.parametrize("eye", EYES)
def test_training_and_validation_are_far_apart(eye, palette):
    assert distance(palette.rgb("training"), palette.rgb("validation"), eye) > 0.17


def test_text_has_contrast_on_paper_and_on_its_own_tint(palette):
    for name in ("ink", "quiet", "alarm", *BOXES, *CURVES[:-1]):
        assert contrast(palette.rgb(name), palette.rgb("paper")) >= 4.5, name
    for name in BOXES:
        for text in (name, "ink", "quiet"):
            assert contrast(palette.rgb(text), palette.rgb(f"{name} 8%")) >= 4.5, (text, name)


def test_ghosts_fade_with_age(palette):
    shares = [contrast(palette.rgb(name), palette.rgb("paper")) for name in (*GHOSTS, FADED)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] >= 3


def test_ink_can_be_read_on_every_fill(palette):
    for name in ("signed", "data", "loss"):
        for fill in palette.ramp(np.linspace(-1, 1, 21), -1, 1, name):
            ink = palette.rgb(palette.on(fill))
            assert contrast(ink, fill / 255) >= 4.5


def test_a_ramp_goes_from_end_to_end(palette):
    low, middle, high = palette.ramp([-5, 0, 5], -5, 5) / 255
    np.testing.assert_allclose(low, palette.rgb("negative"), atol=0.003)
    np.testing.assert_allclose(middle, palette.rgb("paper"), atol=0.003)
    np.testing.assert_allclose(high, palette.rgb("positive"), atol=0.003)
    assert palette.ramp(np.zeros((2, 3)), 0, 0).shape == (2, 3, 3)


def test_a_colour_that_there_is_not_is_quoted(palette):
    with pytest.raises(ValueError, match="'mauve' is no colour; give one of paper, ink"):
        palette.rgb("mauve")


def test_text_is_shortened_and_wrapped_to_its_room():
    assert type.shorten("learning_rate=0.01", 1000) == "learning_rate=0.01"
    short = type.shorten("learning_rate=0.01", 60)
    assert short.endswith("…")
    assert type.width(short) <= 60 < type.width("learning_rate=0.01")
    lines = type.wrap("a loss that has to be explained in words", 80)
    assert " ".join(lines) == "a loss that has to be explained in words"
    assert max(map(type.width, lines)) <= 80
    assert type.wrap("a loss that has to be explained in words", 80, rows=2)[1].endswith("…")
    assert len(type.shorten("x" * 100_000, 60)) < 20

"""Colours that remain apart for a colour-blind eye, and type that can be read."""

from itertools import combinations

import numpy as np
import pytest

from anatomy.draw import style

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
CURVES = (style.TRAINING, style.VALIDATION, *style.PINNED, style.GHOSTS[0])
BOXES = (style.DATA, style.LAYERS, style.TARGETS, style.LOSS, style.OPTIMIZER)


def linear(color):
    if isinstance(color, str):
        color = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
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


def test_the_measures_know_red_from_green_only_for_a_normal_eye():
    red, green = "#C00000", "#5F6F00"
    assert distance(red, green, "normal") > 3 * distance(red, green, "deuteranopia")
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("together", [CURVES, BOXES], ids=["curves", "boxes"])
def test_colours_used_together_remain_apart(together, eye):
    least = 0.08
    if together is BOXES and eye == "tritanopia":
        least = 0.04  # one eye in ten thousand; each box has its name on it besides
    for one, other in combinations(together, 2):
        assert distance(one, other, eye) > least, (one, other)


@pytest.mark.parametrize("eye", EYES)
def test_training_and_validation_are_far_apart(eye):
    assert distance(style.TRAINING, style.VALIDATION, eye) > 0.2


def test_text_has_contrast_on_paper_and_on_its_own_tint():
    for color in (style.INK, style.QUIET, style.ALARM, *BOXES, *CURVES[:-1]):
        assert contrast(color, style.PAPER) >= 4.5, color
    for color in BOXES:
        for text in (color, style.INK, style.QUIET):
            assert contrast(text, style.tint(color)) >= 4.5, (text, color)


def test_ghosts_fade_with_age():
    darkness = [contrast(color, style.PAPER) for color in (*style.GHOSTS, style.FADED)]
    assert darkness == sorted(darkness, reverse=True)
    assert darkness[0] >= 3


def test_text_is_shortened_to_its_room():
    assert style.shorten("learning_rate=0.01", 1000) == "learning_rate=0.01"
    short = style.shorten("learning_rate=0.01", 60)
    assert short.endswith("…")
    assert style.width(short) <= 60 < style.width("learning_rate=0.01")


def test_numbers_have_four_significant_digits():
    assert [style.number(n) for n in (2.30258, 0.41200, 1234567.0, 1e-7)] == [
        "2.303", "0.412", "1.235e+06", "1e-07",
    ]  # fmt: skip

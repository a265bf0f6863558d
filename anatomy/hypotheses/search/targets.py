"""Targets: functions on [-1, 1] for a topology to reach."""

import numpy as np

PLACES = (-1.0, -0.5, 0.0, 0.5, 1.0)  # of the heights of one's own


def line(x):
    """y = x."""
    return x


def step(x):
    """-1, and from 0 on 1."""
    return np.where(x < 0, -1.0, 1.0)


def hill(x):
    """A bell between -1 and 1."""
    return 2 * np.exp(-8 * x**2) - 1


def sine(x):
    """One wave."""
    return np.sin(np.pi * x)


def waves(x):
    """Three waves."""
    return np.sin(3 * np.pi * x)


def zigzag(x):
    """Two waves of straight lines."""
    return 4 * np.abs(x + 0.25 - np.floor(x + 0.75)) - 1


NAMED = {function.__name__: function for function in (line, step, hill, sine, waves, zigzag)}

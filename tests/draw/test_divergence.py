"""A learning rate that breaks a training, as a picture."""

import numpy as np
import pytest
from draw.looking import flaws

from anatomy.draw.divergence import Try, divergence
from anatomy.training import Outcomes

RATES = np.geomspace(1e-3, 10, 9)
ENDS = np.array([0.9, 0.7, 0.4, 0.2, 0.1, 0.3, 3.0, np.inf, np.inf])
AXIS = Outcomes(RATES, ENDS, 1.0)
STEPS = np.arange(40)
SMALL = Try(0.002, "too small", 1 - 0.01 * STEPS, 0.9 - 0.05 * np.arange(5), 8)
BROKEN = Try(5.0, "far too large", 10.0 ** np.arange(30), np.array([1e5, *[np.inf] * 4]), 8)


@pytest.mark.parametrize("all_shown", [False, True])
@pytest.mark.parametrize("tries", [[SMALL], [SMALL, BROKEN]], ids=["small", "broken"])
def test_it_says_what_became_of_the_rate(tries, all_shown):
    picture = divergence(tries, AXIS, 3, 0.5, all_shown)
    assert flaws(picture) == []
    now = tries[-1]
    told = picture.describe()
    assert told.startswith(f"learning_rate={now.rate:g} is {now.outcome}: it ends at")
    assert "too small: such as 0.002: loss 0.7" in told
    assert "right: not found yet" in told
    assert "stable at this step: up to 0.5" in told
    assert ("The last finite loss is 1e+29, before step 30" in told) == (now is BROKEN)
    np.testing.assert_array_equal(picture.now.get_ydata(), now.losses)
    assert (len(picture.cross.get_xdata()) == 1) == (now is BROKEN)
    small = picture.marks["right"][1].get_xdata()
    np.testing.assert_array_equal(small, RATES[4:5] if all_shown else [])


def test_what_is_beyond_the_picture_stands_at_its_edge():
    picture = divergence([SMALL], AXIS, 3, 0.5)
    assert picture.limit.get_visible()
    picture.update([SMALL, BROKEN], AXIS, 29, None)
    _, top = picture.ax.get_ylim()
    assert picture.mark.get_ydata() == [top] == picture.cross.get_ydata()
    assert not picture.limit.get_visible()
    assert picture.describe() == divergence([SMALL, BROKEN], AXIS, 29).describe()
    for edge in (RATES[0], RATES[-1]):
        picture.update([SMALL], AXIS, 0, edge)
        assert flaws(picture) == []

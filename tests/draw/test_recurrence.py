"""The picture of an LSTM at one timestep, by its artists and its words."""

import types

import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts

from anatomy import draw
from anatomy.draw.moment import Moment
from anatomy.draw.picture import encode
from anatomy.draw.quick import Quick, line
from anatomy.draw.recurrence import FIRST, LAST, ROWS
from anatomy.draw.timesteps import PANELS, ticks


def made(timesteps=28, features=28, units=16, *, backwards=False, whole=False, seed=0, **more):
    """Facts as an LSTM would leave them: gates of any numbers, states by the equations."""
    rng = np.random.default_rng(seed)
    shape = timesteps, units
    i, f, o = rng.uniform(0, 1, (3, *shape))
    g, c = rng.uniform(-1, 1, shape), np.zeros(shape)
    for t in range(timesteps):
        c[t] = f[t] * (c[t - 1] if t else 0) + i[t] * g[t]
    h, order = o * np.tanh(c), np.arange(timesteps)
    facts = {
        "x": rng.uniform(0, 1, (timesteps, features)),
        "order": order[::-1] if backwards else order,
        **{"i": i, "f": f, "g": g, "o": o, "c": c, "h": h},
        "before": np.vstack([np.zeros((1, units)), c[:-1]]),
        "output": h if whole else h[-1],
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
    }
    return types.SimpleNamespace(**facts | more)


def chances(facts, classes=10, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), len(facts.h))


def ink(picture):
    """The pixels of a frame."""
    return pixels(picture.frame())


@pytest.mark.parametrize("with_predictions", [False, True])
def test_nothing_overlaps_or_is_cut_off(with_predictions):
    facts = made()
    more = {"predictions": chances(facts), "target": 3} if with_predictions else {}
    picture = draw.recurrence(facts, **more)
    for timestep, unit, whole in ((1, 0, True), (12, 7, False), (28, 15, True)):
        picture.update(facts, timestep=timestep, unit=unit, return_sequences=whole,
                       label="sample 767, target 3", **more)  # fmt: skip
        assert flaws(picture) == []


@pytest.mark.parametrize(
    ("shape", "classes", "more"),
    [
        ((1, 1, 1), 2, {}),
        ((120, 2, 7), 12, {}),
        ((28, 28, 64), 10, {"backwards": True}),
        ((7, 90, 300), 0, {"activation": "hard_sigmoid"}),
        ((3, 2, 2), 2, {"whole": True}),
    ],
)
def test_other_shapes(shape, classes, more):
    facts = made(*shape, **more)
    says = chances(facts, classes) if classes else None
    names = [f"a class of a long name, {k}" for k in range(classes)] or None
    for timestep in {1, shape[0] // 2 + 1, shape[0]}:
        picture = draw.recurrence(
            facts, timestep=timestep, unit=shape[2] - 1, predictions=says, classes=names,
            target=1 if classes else None,
        )  # fmt: skip
        assert flaws(picture) == []
        assert picture.frame()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, -1e-30, 0.0])
def test_any_number_can_be_drawn(value):
    facts = made(timesteps=5)
    for name in ("i", "f", "g", "o", "c", "h", "before"):
        getattr(facts, name)[2:] = value
    picture = draw.recurrence(facts, unit=3)
    assert flaws(picture) == []
    assert picture.frame()


def test_the_numbers_are_those_of_the_unit_at_the_timestep():
    facts = made()
    picture = draw.recurrence(facts, timestep=12, unit=3)
    found = {name: text.get_text() for name, text in picture._values.items()}
    for name, text in found.items():
        assert float(text.replace("−", "-")) == pytest.approx(
            getattr(facts, name)[11, 3], abs=0.005
        )
    factors = [f"({text})" if text.startswith("−") else text for text in found.values()]
    f, before, i, g, *_ = factors
    said = texts(picture)
    assert f"= {f} × {before} + {i} × {g} = {found['c']}" in said
    assert f"= {found['o']} × tanh({found['c']}) = {found['h']}" in said
    assert "hₜ = o ∘ tanh(cₜ)" in said
    assert said.count("unit 3") == 2


def test_the_strips_and_maps_are_the_values():
    facts = made()
    picture = draw.recurrence(facts, timestep=12, unit=3)
    strips = picture._strips.get_array()
    assert strips.shape == (LAST - FIRST, 16, 4)
    order = strips[ROWS["f"][2] - FIRST, :, 0].astype(int)  # the more, the darker
    np.testing.assert_array_equal(np.argsort(-facts.f[11]), np.argsort(order, kind="stable"))
    red, blue = (strips[ROWS["c"][2] - FIRST, :, k].astype(int) for k in (0, 2))
    clear = np.abs(facts.c[11]) > 0.1
    np.testing.assert_array_equal((red > blue)[clear], (facts.c[11] > 0)[clear])
    for name in "ch":
        image, mark, _ = picture._timesteps._maps[name]
        np.testing.assert_array_equal(image.get_array(), getattr(facts, name).T)
        low, high = image.get_clim()
        assert -low == high == np.abs(getattr(facts, name)).max()
        _, top, _, tall = PANELS[name]
        assert mark.get_position()[1] == pytest.approx(top + 3.5 * tall / 16)


def test_what_is_not_read_yet_is_covered():
    picture = draw.recurrence(made(), timestep=7)
    for name, cover in picture._timesteps._ahead.items():
        left, _, wide, _ = PANELS[name]
        assert cover.get_x() == pytest.approx(left + wide / 4)
        assert cover.get_x() + cover.get_width() == pytest.approx(left + wide)
    _, top, _, tall = picture._place
    assert picture._unread.get_y() == pytest.approx(top + tall / 4)
    assert picture._mark.get_y() == pytest.approx(top + 6 / 28 * tall)
    np.testing.assert_array_equal(picture._x.get_array(), picture.now.facts.x[[6]])


def test_backwards_the_last_row_is_read_first():
    picture = draw.recurrence(made(backwards=True), timestep=7)
    _, top, _, tall = picture._place
    assert picture._unread.get_y() == pytest.approx(top)
    assert picture._unread.get_height() == pytest.approx(tall * 21 / 28)
    np.testing.assert_array_equal(picture._x.get_array(), picture.now.facts.x[[21]])
    assert "row 22 of 28 (backwards: timestep 7)" in picture.describe()


@pytest.mark.parametrize(
    ("asked", "of_layer", "said"),
    [
        (None, False, "(16,)"),
        (None, True, "(28, 16)"),
        (True, False, "(28, 16)"),
        (False, True, "(16,)"),
    ],
)
def test_the_frame_is_around_what_is_returned(asked, of_layer, said):
    picture = draw.recurrence(made(whole=of_layer), timestep=2, return_sequences=asked)
    left, _, wide, _ = PANELS["h"]
    frame = picture._timesteps._frame
    all_of_it = said == "(28, 16)"
    assert frame.get_x() == pytest.approx((left if all_of_it else left + wide * 27 / 28) - 2)
    assert frame.get_x() + frame.get_width() == pytest.approx(left + wide + 2)
    assert f"returned: {said}" in texts(picture)
    assert f"return_sequences={all_of_it}: the layer returns" in picture.describe()


def test_the_curves_pass_through_the_values():
    facts = made()
    curves = draw.recurrence(facts, unit=5)._timesteps._curves
    assert {key for _, key in curves} == set("fiogch")
    x, y = curves["gates", "f"].get_data()
    left, _, wide, _ = PANELS["gates"]
    np.testing.assert_allclose(x, left + (np.arange(28) + 0.5) * wide / 28)
    assert np.corrcoef(y, facts.f[:, 5])[0, 1] == pytest.approx(-1)  # downwards on the page
    assert (
        len({curve.get_linestyle() for (name, _), curve in curves.items() if name == "gates"}) == 4
    )


def test_predictions():
    facts = made()
    says = np.full((28, 3), 0.1)
    says[:10, 0], says[10:, 2] = 0.8, 0.8
    names = ("cat", "dog", "eel")
    picture = draw.recurrence(facts, timestep=12, predictions=says, classes=names, target=2)
    assert picture.now.says == "The model now says eel, 80%, right."
    ends = [path.vertices[1, 0] - path.vertices[0, 0] for path in picture._bars.get_paths()]
    np.testing.assert_allclose(np.array(ends) / max(ends), [0.125, 0.125, 1])
    assert "80%" in texts(picture)
    assert "▸ eel" in texts(picture)
    assert not any("since" in text for text in texts(picture))  # nobody knows that yet
    picture.update(facts, predictions=says, classes=names, target=2)
    assert "eel since timestep 11." in texts(picture)
    assert "eel since timestep 11." in picture.describe()
    picture.update(facts, predictions=says[::-1], classes=names, target=2)
    assert picture.now.says == "The model now says cat, 80%, wrong."
    assert picture.now.settled == "cat since timestep 19."
    assert Moment(facts, 28, 0, says[:, ::-1][[0] * 28]).settled == "2 since timestep 1."


def test_without_a_target_nothing_is_right_or_wrong():
    facts = made()
    picture = draw.recurrence(facts, predictions=chances(facts))
    assert not any(word in picture.describe() for word in ("right", "wrong"))
    assert "▸ the target" not in texts(picture)


def test_its_words():
    facts = made()
    now = draw.recurrence(facts, timestep=12, unit=3, label="sample 9").now
    wrote = facts.i[11, 3] * facts.g[11, 3]
    assert f"row 12 of 28: unit 3 forgets {1 - facts.f[11, 3]:.0%} of its state" in now.words
    assert f"writes {wrote:+.2f} ".replace("-", "−") in now.words
    facts.f[11, 3] = 1.3  # a forget gate that is no sigmoid
    assert "state × 1.30" in Moment(facts, 12, 3).words


def test_an_update_is_as_a_new_picture():
    facts, other = made(), made(seed=1)
    for before in (
        {"timestep": 1},
        {"unit": 9, "label": "sample 5"},
        {"predictions": chances(facts), "target": 2},
    ):
        picture = draw.recurrence(facts, **before)
        picture.frame()
        after = {"timestep": 20, "unit": 2, "return_sequences": True, "label": "sample 1"}
        picture.update(other, **after)
        fresh = draw.recurrence(other, **after)
        np.testing.assert_array_equal(ink(picture), ink(fresh))
        np.testing.assert_array_equal(pixels(picture.png(1)), pixels(fresh.png(1)))


def test_a_timestep_only_moves_artists():
    facts = made()
    says = chances(facts)
    picture = draw.recurrence(facts, timestep=3, predictions=says)
    picture.frame()
    still, rested = picture._still, picture._rested
    picture.update(facts, timestep=4, predictions=says)
    picture.frame()
    assert (picture._still, picture._rested) == (still, rested)
    fresh = draw.recurrence(facts, timestep=4, predictions=says)
    np.testing.assert_array_equal(ink(picture), ink(fresh))


def test_quick_text_is_where_text_is():
    picture = draw.recurrence(made(), timestep=12)
    quick = [text for text in drawn(picture) if isinstance(text, Quick)]
    assert len(quick) > 10
    crisp = pixels(picture.png(2)).reshape(628, 2, 800, 2, 3).mean(axis=(1, 3))
    live, crisp = ink(picture).min(axis=2) < 160, crisp.min(axis=2) < 160
    for text in quick:
        box = text.get_window_extent()
        rows = slice(round(628 - box.y1), round(628 - box.y0))
        columns = slice(round(box.x0) - 4, round(box.x1) + 2)
        one, other = live[rows, columns], crisp[rows, columns]
        assert one.sum() == pytest.approx(other.sum(), rel=0.35), text.get_text()
        for axis in (0, 1):
            ends = [np.flatnonzero(pixel.any(axis=axis))[[0, -1]] for pixel in (one, other)]
            np.testing.assert_allclose(*ends, atol=3, err_msg=text.get_text())


def test_a_line_of_letters_has_its_colour():
    image = line("x = 3", 12, "#0072B2", False)
    assert (image[..., :3] == (0, 0x72, 0xB2)).all()
    assert image[..., 3].max() > 200
    assert encode(image)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [1]), (2, [1, 2]), (28, [1, 5, 10, 15, 20, 25, 28]), (120, [1, 20, 40, 60, 80, 100, 120])],
)
def test_ticks(count, expected):
    assert ticks(count) == expected


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"timestep": 0}, "timestep is 0; there are those from 1 to 28"),
        ({"timestep": 29}, "timestep is 29"),
        ({"unit": 16}, "unit is 16; there are those from 0 to 15"),
        ({"predictions": np.ones((3, 10))}, "predictions have shape (3, 10)"),
        ({"predictions": np.ones(28)}, "give probabilities for each timestep, (28, classes)"),
        ({"predictions": np.ones((28, 13))}, "13 classes; there is room for 2 to 12"),
    ],
)
def test_errors(wrong, text):
    facts = made()
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        draw.recurrence(facts, **wrong)
    assert text in str(caught.value)
    picture = draw.recurrence(facts, timestep=5)
    before = picture.describe()
    with pytest.raises(ValueError):  # noqa: PT011
        picture.update(facts, **wrong)
    assert picture.describe() == before

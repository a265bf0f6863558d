"""The picture of an LSTM at one timestep, by its marks and its words."""

import types

import numpy as np
import pytest
from looking import flaws, flaws_at_all_widths, marks, pixels, texts

from anatomy import draw
from anatomy.layers.lstm.instant import Instant


def recurrence(
    timesteps=28, features=28, units=16, *, backwards=False, whole=False, seed=0, **more
):
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


def chances(facts, classes=10):
    return np.random.default_rng(0).dirichlet(np.full(classes, 0.3), len(facts.h))


@pytest.mark.parametrize(
    ("shape", "classes", "more"),
    [
        ((28, 28, 16), 0, {}),
        ((28, 28, 16), 10, {}),
        ((1, 1, 1), 2, {}),
        ((120, 2, 7), 12, {}),
        ((28, 28, 64), 10, {"backwards": True}),
        ((7, 90, 300), 0, {"activation": "hard_sigmoid"}),
        ((3, 2, 2), 2, {"whole": True}),
    ],
)
def test_nothing_overlaps_or_is_cut_off(shape, classes, more):
    facts = recurrence(*shape, **more)
    predictions = chances(facts, classes) if classes else None
    names = [f"a class of a long name, {k}" for k in range(classes)] or None
    picture = draw.recurrence(
        facts, unit=shape[2] - 1, predictions=predictions, classes=names,
        target=1 if classes else None, label="sample 767, target 3",
    )  # fmt: skip
    assert picture.size[1] <= 420
    assert flaws_at_all_widths(picture) == []
    for timestep in {1, shape[0] // 2 + 1}:
        picture.update(timestep=timestep, unit=0)
        assert flaws(picture) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, -1e-30, 0.0])
def test_any_number_can_be_drawn(value):
    facts = recurrence(timesteps=5)
    for name in ("i", "f", "g", "o", "c", "h", "before"):
        getattr(facts, name)[2:] = value
    picture = draw.recurrence(facts, unit=3)
    assert flaws(picture) == []
    assert picture.frame()


def test_the_numbers_are_those_of_the_unit_at_the_timestep():
    facts = recurrence()
    written = texts(draw.recurrence(facts, timestep=12, unit=3))
    values = {name: f"{getattr(facts, name)[11, 3]:.2f}".replace("-", "−") for name in
              ("f", "before", "i", "g", "c", "o", "h")}  # fmt: skip
    for text in values.values():
        assert text in written
    f, before, i, g, *_ = (f"({text})" if "−" in text else text for text in values.values())
    assert f"= {f} × {before} + {i} × {g} = {values['c']}" in written
    assert f"= {values['o']} × tanh({values['c']}) = {values['h']}" in written
    assert "hₜ = o ∘ tanh(cₜ)" in written
    assert written.count("unit 3") == 2


def test_strips_and_maps_are_the_values():
    facts = recurrence()
    picture = draw.recurrence(facts, timestep=12, unit=3)
    images = [mark["pixels"].astype(int) for mark in marks(picture, "image")]
    strips = next(image for image in images if image.shape[:2] == (142, 16))
    gates = strips[7, np.argsort(facts.f[11]), 0]  # the more one lets pass, the darker
    assert (np.diff(gates) <= 0).all()
    assert gates[0] - gates[-1] > 100
    clear = np.abs(facts.c[11]) > 0.1
    red, blue = strips[87, :, 0], strips[87, :, 2]
    np.testing.assert_array_equal((red > blue)[clear], (facts.c[11] > 0)[clear])
    maps = [image for image in images if image.shape[:2] == (16, 28)]
    for image, name in zip(maps, "ch", strict=True):
        values = getattr(facts, name).T
        clear = np.abs(values) > 0.1 * np.abs(values).max()
        np.testing.assert_array_equal((image[..., 0] > image[..., 2])[clear], (values > 0)[clear])


def test_what_is_not_read_yet_is_covered():
    picture = draw.recurrence(recurrence(), timestep=7)
    covers, _, heres = (mark["boxes"] for mark in marks(picture, "cells")[-3:])
    for left, top, wide, high in covers:  # a quarter is read
        assert [left, top, wide + left] in [
            [pytest.approx(v) for v in (x + w / 4, y, x + w)]
            for x, y, w, _ in marks(picture, "cells")[-2]["boxes"]
        ]
        assert high > 50
    np.testing.assert_allclose(heres[:, 0] + heres[:, 2], covers[:, 0])
    unread = marks(picture, "polygon", fill="paper")[0]["points"]
    _, top, _, tall = next(m["place"] for m in marks(picture, "image") if len(m["pixels"]) == 28)
    assert unread[:, 1].min() == pytest.approx(top + tall / 4)
    assert unread[:, 1].max() == pytest.approx(top + tall)


def test_backwards_the_last_row_is_read_first():
    picture = draw.recurrence(recurrence(backwards=True), timestep=7)
    unread = marks(picture, "polygon", fill="paper")[0]["points"]
    _, top, _, tall = next(m["place"] for m in marks(picture, "image") if len(m["pixels"]) == 28)
    assert unread[:, 1].min() == pytest.approx(top)
    assert unread[:, 1].max() == pytest.approx(top + tall * 21 / 28)
    assert "row 22 of 28 (backwards: timestep 7)" in picture.describe()


@pytest.mark.parametrize("backwards", [False, True])
def test_row_timestep_and_unit_can_be_grabbed(backwards):
    picture = draw.recurrence(recurrence(backwards=backwards), timestep=7, unit=5)
    row, unit, *timesteps = picture.sheet.handles
    left, top, wide, high = row.place
    assert row.y[0] == "timestep"
    assert row.y[1](top + high / 2) == pytest.approx(7)
    assert unit.x[0] == "unit"
    assert unit.x[1](unit.place[0] + unit.place[2] / 2) == pytest.approx(5)
    assert len(timesteps) == 4
    for handle in timesteps:
        left, _, wide, _ = handle.place
        assert handle.x[1](left + wide / 2) == pytest.approx(7)
        assert handle.x[1](left + wide / 2 + wide) > 7.5


@pytest.mark.parametrize(
    ("asked", "of_layer", "returned"),
    [
        (None, False, "(16,)"),
        (None, True, "(28, 16)"),
        (True, False, "(28, 16)"),
        (False, True, "(16,)"),
    ],
)
def test_the_frame_is_around_what_is_returned(asked, of_layer, returned):
    picture = draw.recurrence(recurrence(whole=of_layer), timestep=2, return_sequences=asked)
    left, _, wide, _ = marks(picture, "cells")[-2]["boxes"][1]
    frame = marks(picture, "box", edge="optimizer")[0]["place"]
    whole = returned == "(28, 16)"
    assert frame[0] == pytest.approx((left if whole else left + wide * 27 / 28) - 2)
    assert frame[0] + frame[2] == pytest.approx(left + wide + 2)
    assert f"returned: {returned}" in texts(picture)
    assert f"return_sequences={whole}: the layer returns" in picture.describe()


def test_the_curves_pass_through_the_values():
    facts = recurrence()
    curves = [mark for mark in marks(draw.recurrence(facts, unit=5), "line") if mark["clip"]]
    assert len(curves) == 6
    for curve, name in zip(curves, "goifhc", strict=True):
        np.testing.assert_allclose(np.diff(curve["x"]), curve["clip"][2] / 28)
        values = getattr(facts, name)[:, 5]
        assert np.corrcoef(curve["y"], values)[0, 1] == pytest.approx(-1)  # downwards on the page
    assert len({(curve["color"], curve["dash"]) for curve in curves[:4]}) == 4


def test_predictions():
    facts = recurrence()
    predictions = np.full((28, 3), 0.1)
    predictions[:10, 0], predictions[10:, 2] = 0.8, 0.8
    more = {"classes": ("cat", "dog", "eel"), "target": 2}
    more["label"] = "sample 7"
    picture = draw.recurrence(facts, timestep=12, predictions=predictions, **more)
    assert picture.describe().startswith("LSTM of 16 units, sample 7, row 12 of 28.")
    assert "The model now predicts eel, 80%, right." in picture.describe()
    bars = marks(picture, "cells", edge=None)[0]["boxes"]
    np.testing.assert_allclose(bars[:, 2] / bars[:, 2].max(), [0.125, 0.125, 1])
    written = texts(picture)
    assert {"80%", "▸ eel", "▸ the target"} <= set(written)
    assert not any("since" in text for text in written)  # nobody knows that yet
    picture.update(timestep=None)
    assert "eel since timestep 11" in texts(picture)
    picture.update(predictions=predictions[::-1])
    assert "The model now predicts cat, 80%, wrong. cat since timestep 19." in picture.describe()
    assert Instant(facts, 28, 0, predictions[:, ::-1][[0] * 28]).settled == "2 since timestep 1"
    picture.update(target=None)
    assert not any(word in picture.describe() for word in ("right", "wrong"))


def test_its_words():
    facts = recurrence()
    now = Instant(facts, timestep=12, unit=3)
    written = facts.i[11, 3] * facts.g[11, 3]
    assert f"row 12 of 28: unit 3 forgets {1 - facts.f[11, 3]:.0%} of its state" in now.sentence
    assert f"writes {written:+.2f} ".replace("-", "−") in now.sentence
    facts.f[11, 3] = 1.3  # a forget gate that is no sigmoid
    assert "state × 1.30" in Instant(facts, 12, 3).sentence


def test_an_update_is_as_a_new_picture():
    facts, other = recurrence(), recurrence(seed=1)
    after = {"timestep": 20, "unit": 2, "return_sequences": True, "label": "sample 1",
             "predictions": None, "target": None}  # fmt: skip
    fresh = draw.recurrence(other, **after)
    for before in ({"timestep": 1}, {"predictions": chances(facts), "target": 2}):
        picture = draw.recurrence(facts, **before)
        picture.frame()
        picture.update(other, **after)
        np.testing.assert_allclose(pixels(picture.frame()), pixels(fresh.frame()), atol=2)
        assert picture.png(1) == fresh.png(1)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"timestep": 0}, "timestep is 0; give a whole number from 1 up"),
        ({"timestep": 29}, "timestep is 29"),
        ({"unit": 16}, "unit is 16; give a whole number from 0 to 15"),
        ({"predictions": np.ones((3, 10))}, r"predictions has shape \(3, 10\)"),
        ({"predictions": np.ones(28)}, r"give \(28, classes\)"),
        ({"predictions": np.ones((28, 13))}, "the number of classes is 13"),
    ],
)
def test_errors(wrong, text):
    facts = recurrence()
    with pytest.raises(ValueError, match=text):
        draw.recurrence(facts, **wrong)
    picture = draw.recurrence(facts, timestep=5)
    before = picture.describe()
    with pytest.raises(ValueError, match=text):
        picture.update(**wrong)
    assert picture.describe() == before

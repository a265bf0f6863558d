"""The picture of a loss, by its marks and its words."""

import keras
import numpy as np
import pytest
from looking import flaws_at_all_widths, marks, pixels, texts

from anatomy import draw, losses
from anatomy.losses.curve import triangle
from anatomy.losses.curve.facts import curve, descend

P = (0.6, 0.3, 0.1)
LONG = "a_loss_with_a_name_that_finds_no_room_at_all_above_its_panel"


def cubed(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)


def long(y_true, y_pred):
    return cubed(y_true, y_pred)


long.__name__ = LONG
LOGITS = keras.losses.CategoricalFocalCrossentropy(gamma=5, alpha=0.5, from_logits=True)
CASES = {
    "plain": ("mse", None, {"target": 0.5}),
    "numbers": ("mse", "mae", {"target": -3, "at": 2.9}),
    "logit": ("binary_crossentropy", "mse", {"target": 1, "over": "logit", "at": -6}),
    "edge": ("binary_crossentropy", "binary_focal_crossentropy", {"target": 0, "at": 0.999}),
    "thousands": ("mape", "msle", {"target": 4000, "at": 9000}),
    "leap": ("hinge", "squared_hinge", {"target": -1, "at": 2, "learning_rate": 10}),
    "similarity": ("circle", keras.losses.Circle(gamma=2, margin=0.1), {"at": 0.4}),
    "classes": ("categorical_crossentropy", None, {}),
    "alone": ("cosine_similarity", None, {"target": 2, "at": P}),
    "softmax": (
        "categorical_crossentropy",
        "mse",
        {"target": 1, "at": (4, -8, 0), "over": "logit"},
    ),
    "focal": (LOGITS, "dice", {"target": 2, "at": (0, 1, 2)}),
    "soft": ("kl_divergence", "poisson", {"target": (0.5, 0.3, 0.2), "at": P, "learning_rate": 5}),
    "long": (long, cubed, {"at": 1}),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_overlaps_is_cut_off_or_too_small(name):
    loss, other, more = CASES[name]
    picture = draw.loss(loss, other, **more)
    assert picture.size[1] < 445
    assert flaws_at_all_widths(picture) == []


def plotted(picture, color, width):
    """The curves of a colour, in pixels from left to right and from low to high."""
    return [mark for mark in marks(picture, "line", color=color, width=width) if len(mark["x"]) > 9]


def test_a_curve_is_that_of_keras():
    picture = draw.loss("mse", "huber", target=0.5, at=2)
    for color, part in (("loss", "values"), ("optimizer", "gradients")):
        for line, name in zip(plotted(picture, color, 2.4), ("mse", "huber"), strict=True):
            found = getattr(losses.curve(name, target=0.5), part)
            slope, start = np.polyfit(found, line["y"], 1)
            assert slope < 0  # more is higher on the page
            np.testing.assert_allclose(slope * found + start, line["y"], atol=0.01)
            steps = np.diff(line["x"])
            np.testing.assert_allclose(steps, steps[0])
    assert texts(picture, color="loss")[:2] == ["loss", "2.25"]
    assert "○ one step: Y′ 2 → 1.7, loss 2.25 → 1.44" in texts(picture)
    assert picture.describe().splitlines()[:2] == [
        "Loss mean_squared_error, target 0.5, over the prediction Y′: from 0 at Y′ = 0.5 to "
        "12.25 at Y′ = −3.",
        "At Y′ = 2: loss 2.25, gradient 3. One step of descent, learning_rate 0.1: Y′ = 1.7, "
        "loss 1.44.",
    ]


def test_the_step_stands_on_the_curve_and_the_tangent_touches_it():
    picture = draw.loss("mse", target=0.5, at=2)
    (line,) = plotted(picture, "loss", 2.4)
    (tangent,) = marks(picture, "line", color="ink", width=1.2)
    dot = marks(picture, "dots", color="ink")[0]
    (landing,) = marks(picture, "dots", color="paper")
    for x, mark in ((2.0, dot), (1.7, landing)):
        at = (line["x"][-1] - line["x"][0]) * (x + 3) / 6 + line["x"][0]
        assert mark["x"][0] == pytest.approx(at, abs=0.01)
        assert mark["y"][0] == pytest.approx(np.interp(at, line["x"], line["y"]), abs=0.1)
    unit = (line["x"][-1] - line["x"][0]) / 6, line["y"][0] - line["y"].max()
    rise = np.diff(tangent["y"])[0] / np.diff(tangent["x"])[0] * unit[0] / unit[1]
    assert rise * 12.25 == pytest.approx(3, rel=0.01)


def test_why_mse_on_a_sigmoid_learns_slowly_where_it_is_most_wrong():
    picture = draw.loss("binary_crossentropy", "mse", target=1, over="logit", at=-6)
    assert "gradient −0.9975" in picture.describe()
    assert "gradient −0.004921" in picture.describe()
    assert "Y′ = sigmoid(z)" in picture.describe()
    assert texts(picture, color="targets") == ["target 1 →"] * 2  # its logit is infinite


def barycentric(points, picture):
    """Pixels as probabilities."""
    corners = marks(picture, "polygon", fill=None)[0]["points"]
    system = np.vstack([corners.T, np.ones(3)])
    return np.linalg.solve(system, np.c_[points, np.ones(len(points))].T).T


@pytest.mark.parametrize("over", ["prediction", "logit"])
def test_arrows_of_the_triangle_go_against_the_gradient(over):
    picture = draw.loss("categorical_crossentropy", target=1, over=over)
    (field,) = marks(picture, "strokes", color="ink 80%")
    shafts = field["segments"][: len(field["segments"]) // 3]
    assert len(shafts) > 20
    for shaft in shafts:
        p = barycentric(shaft, picture)
        along, middle = p[1] - p[0], p.mean(axis=0)
        if over == "prediction":  # Keras divides by the sum, so the gradient is 1 - 1 / p
            wanted = (np.arange(3) == 1) - 1 / 3
        else:  # dp = -J (p - y), with softmax's Jacobian J
            jacobian = np.diag(middle) - np.outer(middle, middle)
            wanted = -jacobian @ (middle - np.eye(3)[1])
        cosine = along @ wanted / np.linalg.norm(along) / np.linalg.norm(wanted)
        assert cosine > 0.999


def test_contours_lie_where_the_loss_has_their_value_and_say_it():
    found = curve("categorical_crossentropy", target=1)
    for level in (0.5, 1.0, 2.0):
        ends = triangle.contours(found, (level,)).reshape(-1, 2)
        p = np.linalg.solve(
            np.vstack([triangle.CORNERS.T, np.ones(3)]), np.c_[ends, np.ones(len(ends))].T
        )
        np.testing.assert_allclose(-np.log(p[1]), level, rtol=0.01)
        assert len(ends) > 40
    picture = draw.loss("categorical_crossentropy", target=1)
    corners = {"class 0", "class 1, target", "class 2"}
    labels = [m for m in marks(picture, "text", ha="center", size=11) if m["text"] not in corners]
    assert len(labels) > 3
    for label in labels:
        p = barycentric([(label["x"], label["y"])], picture)[0]
        assert -np.log(p[1]) == pytest.approx(float(label["text"]), rel=0.05)


def test_the_bands_are_darker_for_a_larger_loss():
    found = curve("categorical_crossentropy", target=1)
    index = triangle.bands(found, (0.5, 1.0, 2.0), 300)
    rows, columns = index.shape
    for row, column in ((rows - 5, 290), (rows - 5, 150), (rows // 2, 120), (rows - 5, 5)):
        third = 1 - (row + 0.5) / rows
        second = (column + 0.5) / columns - third / 2
        assert index[row, column] == np.searchsorted((0.5, 1.0, 2.0), -np.log(max(second, 0.001)))


def test_the_table_beside_the_triangle():
    picture = draw.loss("categorical_crossentropy", target=1, at=(0.6, 0.2, 0.2))
    step = descend(curve("categorical_crossentropy", target=1), (0.6, 0.2, 0.2))
    written = [text.replace("−", "-") for text in texts(picture)]
    for values in (step.prediction, step.gradient, step.after_prediction):
        assert all(f"{value:.3f}" in written for value in values)
    assert texts(picture, color="loss") == ["loss", "1.609", "0.629"]
    assert "◆ class 1" in texts(picture)
    dot = marks(picture, "dots", color="ink")[0]
    np.testing.assert_allclose(
        barycentric(np.c_[dot["x"], dot["y"]], picture)[0], (0.6, 0.2, 0.2), atol=1e-6
    )


def test_a_step_out_of_the_triangle_ends_at_its_edge_and_says_so():
    picture = draw.loss("mse", target=(0, 1, 0), at=P, learning_rate=3)
    step = descend(curve("mse", target=1, kind="classes"), P, 3)
    assert not step.inside
    (way,) = marks(picture, "line", color="optimizer", width=2.5)
    end = barycentric(np.c_[way["x"], way["y"]], picture)[1]
    assert end.min() == pytest.approx(0, abs=1e-9)
    assert "beyond 0 to 1: no prediction" in picture.describe()
    assert texts(picture, color="loss")[-1] == "none"


def test_an_updated_picture_is_as_a_new_one():
    picture = draw.loss("mse", target=1, at=0)
    for name in ("logit", "softmax", "plain", "soft"):
        loss, other, more = CASES[name]
        everything = {"target": None, "at": None, "over": "prediction", "learning_rate": 0.1} | more
        picture.update(loss, other, **everything)
        new = draw.loss(loss, other, **more)
        assert picture.describe() == new.describe()
        np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)


def test_axes_stand_still_while_the_target_moves():
    picture = draw.loss("mse", target=0.7, at=0)
    before = texts(picture, color="quiet")
    picture.update(target=0.6, at=0.5)
    assert texts(picture, color="quiet") == before
    picture.update(target=-3)
    assert texts(picture, color="quiet") != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "circle", "other": "mse"}, "mean_squared_error is drawn over a number"),
        ({"loss": "circle", "over": "logit"}, "there is no logit before that"),
        ({"loss": "ctc"}, "draw.ctc"),
        ({"loss": "mse", "at": P}, "give a number for mean_squared_error"),
        ({"loss": "mse", "at": np.nan}, "at is nan"),
        ({"loss": "mse", "target": 3, "over": "logit"}, "a sigmoid is of probabilities"),
        ({"loss": "categorical_crossentropy", "at": (1, 1, 1)}, "three that add up to 1"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw.loss(**arguments)

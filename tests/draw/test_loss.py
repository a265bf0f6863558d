"""The picture of a loss, by its artists and its words."""

import keras
import numpy as np
import pytest
from draw.looking import drawn, flaws, pixels, texts
from matplotlib.collections import PolyCollection

from anatomy import draw, losses
from anatomy.draw.loss_simplex import CORNERS, clipped

P = (0.6, 0.3, 0.1)


def cubed(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)


def a_loss_with_a_name_that_finds_no_room_at_all_above_its_panel(y_true, y_pred):
    return cubed(y_true, y_pred)


LOGITS = keras.losses.CategoricalFocalCrossentropy(gamma=5, alpha=0.5, from_logits=True)
CASES = [
    ("mse", None, {"target": 0.5}),
    ("mse", "mae", {"target": -3, "at": 2.9}),
    ("binary_crossentropy", "mse", {"target": 1, "over": "logit", "at": -6}),
    ("binary_crossentropy", "binary_focal_crossentropy", {"target": 0, "at": 0.999}),
    ("mape", "msle", {"target": 4000, "at": 9000}),
    ("mape", None, {"target": 0, "at": 1}),
    ("cosine_similarity", None, {"target": 2, "at": P}),
    ("hinge", "squared_hinge", {"target": -1, "at": 2, "learning_rate": 10}),
    ("circle", None, {"at": 0.4}),
    ("circle", keras.losses.Circle(gamma=2, margin=0.1), {"at": 0.4}),
    ("categorical_crossentropy", None, {}),
    ("categorical_crossentropy", "mse", {"target": 1, "at": (4, -8, 0), "over": "logit"}),
    (LOGITS, "dice", {"target": 2, "at": (0, 1, 2)}),
    ("kl_divergence", "poisson", {"target": (0.5, 0.3, 0.2), "at": P, "learning_rate": 5}),
    (a_loss_with_a_name_that_finds_no_room_at_all_above_its_panel, cubed, {"at": 1}),
]


def named(loss):
    return loss if isinstance(loss, str | None) else getattr(loss, "name", "own")


@pytest.mark.parametrize("case", CASES, ids=[f"{named(a)}-{named(b)}" for a, b, _ in CASES])
def test_nothing_overlaps_or_is_cut_off(case):
    loss, other, more = case
    picture = draw.loss(loss, other, **more)
    assert flaws(picture) == []
    assert picture.size[0] == 800
    assert min(text.get_fontsize() for text in drawn(picture)) >= 11


def test_a_curve_is_that_of_keras():
    picture = draw.loss("mse", "huber", target=0.5, at=2)
    for panel, name in zip(picture._panels, ("mse", "huber"), strict=True):
        found = losses.curve(name, target=0.5)
        for line, values in zip(panel._lines, (found.values, found.gradients), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), found.at)
            np.testing.assert_array_equal(line.get_ydata(), values)
        assert [line.get_xdata() for line in panel._aims] == [[0.5, 0.5]] * 2
    mse = picture._panels[0]
    assert [text.get_text() for text in mse._numbers] == ["2.25", "3"]
    assert mse._landing.get_xydata().ravel() == pytest.approx((1.7, 1.44))
    x, y = mse._tangent.get_data()
    assert np.diff(y)[0] / np.diff(x)[0] == pytest.approx(3)
    assert "○ one step: Y′ 2 → 1.7, loss 2.25 → 1.44" in texts(picture)
    assert picture.describe().splitlines()[:2] == [
        "Loss mean_squared_error, target 0.5, over the prediction Y′: from 0 at Y′ = 0.5 to "
        "12.25 at Y′ = −3.",
        "At Y′ = 2: loss 2.25, gradient 3. One step of descent, learning_rate 0.1: Y′ = 1.7, "
        "loss 1.44.",
    ]


def test_why_mse_on_a_sigmoid_learns_slowly_where_it_is_most_wrong():
    picture = draw.loss("binary_crossentropy", "mse", target=1, over="logit", at=-6)
    p = 1 / (1 + np.exp(6))
    by_crossentropy, by_mse = (step.gradient for step in picture.steps)
    assert by_crossentropy == pytest.approx(p - 1, rel=1e-5)
    assert by_mse == pytest.approx(-2 * (1 - p) ** 2 * p, rel=1e-4)
    assert "Y′ = sigmoid(z)" in picture.describe()
    assert "target 1 →" in texts(picture)  # its logit is infinite


@pytest.mark.parametrize("over", ["prediction", "logit"])
def test_arrows_of_the_triangle_go_against_the_gradient(over):
    picture = draw.loss("categorical_crossentropy", target=1, over=over)
    (panel,) = picture._panels
    (field,) = (one for one in panel.ax.collections if type(one) is PolyCollection)
    assert len(field.get_paths()) > 20
    for path in field.get_paths():
        back, tip = (path.vertices[0] + path.vertices[6]) / 2, path.vertices[3]
        points = np.stack([back, tip])
        p = np.linalg.solve(np.vstack([CORNERS.T, np.ones(3)]), np.c_[points, np.ones(2)].T).T
        way, target = p[1] - p[0], 1
        middle = p.mean(axis=0)
        if over == "prediction":  # Keras divides by the sum, so the gradient is 1 - 1 / p
            wanted = (np.arange(3) == target) - 1 / 3
        else:  # dp = -J (p - y), with softmax's Jacobian J
            jacobian = np.diag(middle) - np.outer(middle, middle)
            wanted = -jacobian @ (middle - np.eye(3)[target])
        cosine = way @ wanted / np.linalg.norm(way) / np.linalg.norm(wanted)
        assert cosine > 0.999


def test_contours_are_labelled_with_their_values():
    picture = draw.loss("categorical_crossentropy", target=1)
    (panel,) = picture._panels
    labels = [text for text in panel.ax.texts if text not in panel._corners]
    assert len(labels) > 3
    for text in labels:
        x, y = text.get_position()
        p = np.linalg.solve(np.vstack([CORNERS.T, np.ones(3)]), (x, y, 1))
        assert -np.log(p[1]) == pytest.approx(float(text.get_text()), rel=0.05)
    assert "class 1, target" in texts(picture)


def test_the_table_beside_the_triangle():
    picture = draw.loss("categorical_crossentropy", target=1, at=(0.6, 0.2, 0.2))
    (panel,), (step,) = picture._panels, picture.steps
    for column, values in zip(
        panel._numbers, (step.prediction, step.gradient, step.after_prediction), strict=True
    ):
        said = [float(text.get_text().replace("−", "-")) for text in column]
        np.testing.assert_allclose(said, values, atol=6e-4)
    assert [text.get_text() for text in panel._costs] == ["1.609", "0.629"]
    np.testing.assert_allclose(panel._dot.get_xydata()[0], step.prediction @ CORNERS)
    assert "◆ class 1" in texts(picture)


def test_a_step_out_of_the_triangle_ends_at_its_edge_and_says_so():
    picture = draw.loss("mse", target=(0, 1, 0), at=(0.6, 0.3, 0.1), learning_rate=3)
    (step,) = picture.steps
    assert not step.inside
    edge = np.linalg.solve(np.vstack([CORNERS.T, np.ones(3)]), (*clipped(step), 1))
    assert edge.min() == pytest.approx(0, abs=1e-9)
    assert "beyond 0 to 1: no prediction" in picture.describe()
    assert [text.get_text() for text in picture._panels[0]._costs][1] == "none"


def test_an_updated_picture_is_as_a_new_one():
    picture = draw.loss("mse", target=1, at=0)
    picture.frame()
    for loss, other, more in CASES[1:12:2]:
        picture.update(loss, other, **more)
        new = draw.loss(loss, other, **more)
        assert picture.png(1) == new.png(1)
        assert picture.describe() == new.describe()
        np.testing.assert_allclose(pixels(picture.frame()), pixels(new.frame()), atol=2)


def test_axes_stand_still_while_the_target_moves():
    picture = draw.loss("mse", target=1, at=0)
    picture.update("mse", target=0.9, at=0)  # what has to grow takes room for more
    picture.frame()
    still = picture._still
    picture.update("mse", target=0.8, at=0)
    picture.update("mse", target=0.8, at=0.5)
    assert picture._still is still
    picture.update("mse", target=-3, at=0)
    assert picture._still is None
    low, high = picture._panels[0]._axes[0].get_ylim()
    assert low < 0
    assert high > 36


def test_a_prediction_beyond_the_axis_widens_it():
    for more in ({"target": 0.5, "at": 30}, {"target": 1, "over": "logit", "at": -20}):
        panel = draw.loss("mse", **more)._panels[0]
        low, high = panel._axes[0].get_xlim()
        assert low < more["at"] < high


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

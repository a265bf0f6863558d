"""The history: its curves, its axes, the runs beside it, and what it says."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from looking import flaws, flaws_at_all_widths, marks, pixels, texts

from anatomy import draw
from anatomy.base.plot import epoch_ticks, rounded
from anatomy.fit.history.draw import FADED, GHOSTS, PINNED
from anatomy.fit.history.facts import sentence
from anatomy.models import graph
from anatomy.models.graph.draw import within

NAN, INF = float("nan"), float("inf")
TEN = {
    "loss": list(np.geomspace(2.3, 0.4, 10)),
    "accuracy": list(np.linspace(0.1, 0.9, 10)),
    "val_loss": [*np.geomspace(2.35, 0.5, 9), 0.6],
    "val_accuracy": list(np.linspace(0.1, 0.85, 10)),
}
OTHERS = [(f"learning_rate={rate}", TEN, False) for rate in (0.1, 0.01, 0.03, 0.003, 0.3, 0.2)]


def first(history, n):
    return {name: values[:n] for name, values in history.items()}


def curves(picture, color):
    """The lines of one colour: (n, 2) pixels each, the samples of the legend left out."""
    lines = marks(picture, "line", color=color)
    return [np.c_[line["x"], line["y"]] for line in lines if line["clip"]]


def test_each_quantity_has_a_curve_of_training_and_of_validation():
    picture = draw.history(TEN)
    assert {"loss", "accuracy", "epoch", "training", "validation"} <= set(texts(picture))
    for color, names in (
        ("training", ("loss", "accuracy")),
        ("validation", ("val_loss", "val_accuracy")),
    ):
        for curve, name in zip(curves(picture, color), names, strict=True):
            assert np.allclose(np.diff(curve[:, 0]), np.diff(curve[:2, 0]))
            down = np.corrcoef(curve[:, 1], TEN[name])[0, 1]  # pixels count from the top
            assert down == pytest.approx(-1)


@pytest.mark.parametrize(("blocks", "written"), [(1, True), (4, False), (30, True)])
def test_a_graph_stands_beside_the_curves_in_words_or_in_outline(blocks, written):
    """Thirty blocks are folded into one; four different ones are too many to be read there."""
    x = inputs = keras.Input((4,))
    for i in range(blocks):
        y = keras.layers.Dense(4 if blocks == 30 else 4 + i, name=f"dense_{i}")(x)
        x = keras.layers.Concatenate()([x, y]) if blocks != 30 else keras.layers.Add()([x, y])
    model = graph(keras.Model(inputs, x))
    picture = draw.history(TEN, beside=(400, 370, within, [model]))
    right = [one for one in marks(picture, "text", bold=True) if one["x"] > 450]
    assert ("Dense" in {one["text"] for one in right}) == written
    assert f"{2 * blocks + 1} layers" in picture.describe()
    boxes = marks(picture, "box", edge="paper")
    assert len(boxes) == (0 if written else 2 * blocks + 1)
    assert flaws_at_all_widths(picture) == []


def test_a_value_lies_where_the_ticks_say():
    picture = draw.history({"loss": [2.0, 1.0, 0.5]})
    heights = {m["text"]: m["y"] for m in marks(picture, "text", ha="right", color="quiet")}
    (curve,) = curves(picture, "training")
    np.testing.assert_allclose(curve[:, 1], [heights[text] for text in ("2", "1", "0.5")])
    places = {m["text"]: m["x"] for m in marks(picture, "text", ha="center", color="quiet")}
    np.testing.assert_allclose(curve[:, 0], [places[text] for text in "123"])


def test_validation_differs_from_training_without_colour():
    picture = draw.history(TEN)
    assert {m["dash"] for m in marks(picture, "line", color="training")} == {""}
    assert {m["dash"] for m in marks(picture, "line", color="validation")} == {"dashed"}


def test_a_keras_history_is_taken_as_it_is():
    assert draw.history(SimpleNamespace(history=TEN)).describe() == draw.history(TEN).describe()


def test_one_epoch_is_a_visible_dot():
    picture = draw.history({"loss": [1.0]})
    (dot,) = (m for m in marks(picture, "dots", color="training") if m["clip"] and len(m["x"]))
    x, y = round(dot["x"][0]), round(dot["y"][0])
    blue = np.array(picture.sheet.palette.rgb("training")) * 255
    around = pixels(picture.png(1))[y - 4 : y + 4, x - 4 : x + 4]
    assert (abs(around - blue).max(axis=-1) < 12).sum() > 8


@pytest.mark.parametrize(
    ("epochs", "ticks"),
    [(1, [1]), (3, [1, 2, 3]), (10, [1, 2, 4, 6, 8, 10]), (100, [1, 20, 40, 60, 80, 100])],
)
def test_epochs_are_whole_and_begin_with_one(epochs, ticks):
    assert epoch_ticks(epochs) == ticks
    assert epoch_ticks(epochs, first=0) == [0, *ticks[epochs > 7 :]]
    written = texts(draw.history({"loss": [1.0]}, epochs=epochs), ha="center")
    assert written[: len(ticks)] == [str(tick) for tick in ticks]


def test_a_run_grows_on_axes_that_stay():
    picture = draw.history(first(TEN, 1), epochs=10, label="now", others=OTHERS)
    quiet = texts(picture, color="quiet")
    for n in range(2, 11):
        picture.update(first(TEN, n))
        np.testing.assert_array_equal(pixels(picture.frame()), pixels(picture.png(1)))
        assert texts(picture, color="quiet") == quiet
    assert len(curves(picture, "training")[0]) == 10


def test_the_latest_values_stand_above_in_their_colours():
    picture = draw.history(TEN)
    assert texts(picture, color="training") == ["training", "0.4", "0.9"]
    assert texts(picture, color="validation") == ["validation", "0.6", "0.85"]


def test_nothing_yet_says_what_is_coming():
    picture = draw.history({})
    assert "epoch 1 is coming" in texts(picture)
    assert picture.describe() == "History: epoch 1 is coming."
    assert {"loss", "mae"} <= set(texts(draw.history({"loss": [], "mae": []})))
    assert "epoch 1 is coming" not in texts(draw.history({}, others=OTHERS[:1]))
    picture.update(TEN)
    assert "epoch 1 is coming" not in texts(picture)


def test_other_runs_are_pale_thin_beneath_and_numbered_as_in_the_key():
    picture = draw.history(first(TEN, 4), epochs=10, others=OTHERS[:3])
    order = [m.settings["color"] for m in picture.sheet.marks if m.kind == "line"]
    for color in GHOSTS[:3]:
        assert len(curves(picture, color)) == 4  # two quantities, training and validation
        assert order.index(color) < max(i for i, c in enumerate(order) if c == "training")
    widths = {m["color"]: m["width"] for m in marks(picture, "line")}
    assert widths[GHOSTS[0]] < widths["training"]
    for number, (label, _, _) in enumerate(OTHERS[:3], 1):
        assert {label, str(number)} <= set(texts(picture))


def test_a_pinned_run_is_strong_and_has_a_colour_of_its_own():
    picture = draw.history(first(TEN, 4), others=[("units=64", TEN, True), *OTHERS[:2]])
    widths = {m["color"]: m["width"] for m in marks(picture, "line")}
    assert widths[PINNED[0]] > widths[GHOSTS[0]]
    assert texts(picture, color=PINNED[0], bold=False) == ["units=64"]


def test_at_most_four_ghosts_are_numbered_and_the_rest_counted():
    picture = draw.history(first(TEN, 4), epochs=10, others=OTHERS)
    named = [label for label, _, _ in OTHERS if label in texts(picture)]
    assert named == [label for label, _, _ in OTHERS[:4]]
    assert "and 2 more" in texts(picture)
    assert len(curves(picture, FADED)) == 8


def test_no_two_texts_overlap_and_none_is_cut_off():
    flat = [(f"units={n}", {"loss": [2.0, 1.0 - n / 50]}, n == 2) for n in range(6)]
    long = [(f"activation='relu', units={n}, seed=1", TEN, n % 2 == 0) for n in range(8)]
    for picture in (
        draw.history(first(TEN, 4), epochs=10, label="learning_rate=0.001", others=OTHERS),
        draw.history(TEN, others=long),
        draw.history({"loss": [2.0, 1.0]}, others=flat),
        draw.history({"loss": [5.0, NAN], "accuracy": [0.1, 0.1]}, label="a=1", others=OTHERS),
        draw.history({f"{n}_accuracy": [0.5, 0.625] for n in ("digit", "parity", "b", "c", "d")}),
        draw.history({"sparse_top_k_categorical_accuracy": [0.5], "a": [1.0], "loss": [123456.0]}),
    ):
        assert flaws_at_all_widths(picture) == []


def test_curves_that_end_together_share_a_place_for_their_numbers():
    ends = [(f"units={n}", {"loss": [2.0, 1.0]}, False) for n in range(3)]
    picture = draw.history({"loss": [1.0]}, others=ends)
    numbers = [m for m in marks(picture, "text", bold=True, color="quiet") if m["y"] < 250]
    assert [m["text"] for m in numbers] == ["1", "2", "3"]
    assert len({m["y"] for m in numbers}) == 1


def test_new_quantities_get_axes_losses_first():
    picture = draw.history(TEN)
    picture.update({"loss": [4.0], "mae": [1.5]})
    assert texts(picture, bold=True) == ["loss", "mae"]
    np.testing.assert_array_equal(pixels(picture.frame()), pixels(picture.png(1)))
    names = ["digit_accuracy", "digit_loss", "loss", "parity_accuracy", "parity_loss"]
    picture.update({name: [1.0, 0.5] for name in names} | {f"val_{n}": [1.0, 0.6] for n in names})
    assert texts(picture, bold=True) == [
        "loss", "digit_loss", "parity_loss", "digit_accuracy", "parity_accuracy",
    ]  # fmt: skip
    assert flaws(picture) == []


def ticks(picture):
    """The labels of the y axes, from bottom to top."""
    return texts(picture, color="quiet", ha="right")


def test_accuracy_stands_on_the_scale_of_fractions():
    assert ticks(draw.history({"accuracy": [0.5]})) == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert float(ticks(draw.history({"accuracy": [1.5]}))[-1]) >= 1.5


def test_a_run_gone_astray_does_not_flatten_the_present_one():
    wild = ("learning_rate=10", {"loss": [3.0, 80.0, 1e8]}, False)
    picture = draw.history(first(TEN, 5), others=[wild])
    assert float(ticks(picture)[-2]) < 12
    (number,) = marks(picture, "text", text="1", bold=True, size=11)[:1]
    assert number["y"] == pytest.approx(34 + 32)  # where it leaves the panel


def test_three_decades_make_the_axis_logarithmic():
    assert "1e8" in ticks(draw.history({"loss": [3.0, 80.0, 1e8]}))
    assert ticks(draw.history({"loss": [400.0, 1.0]}))[0] == "0"
    overfitting = {"loss": [2.3, 0.1, 1e-5], "val_loss": [2.3, 0.5, 0.9]}
    assert ticks(draw.history(overfitting))[0] == "0"


def test_negative_losses_are_shown():
    assert ticks(draw.history({"loss": [0.5, -1.66]}))[0].startswith("−")


@pytest.mark.parametrize(("bad", "word"), [(NAN, "nan"), (INF, "inf")])
def test_a_diverged_run_says_where(bad, word):
    picture = draw.history({"loss": [2.0, 50.0, bad, bad], "accuracy": [0.1] * 4})
    (cross,) = marks(picture, "dots", color="alarm")
    (curve, _) = curves(picture, "training")
    np.testing.assert_allclose((cross["x"][0], cross["y"][0]), curve[1])
    assert f"× diverged: {word} at epoch 3" in texts(picture)
    assert picture.describe().endswith(f"; diverged: {word} at epoch 3.")
    assert "validation nan at epoch 1" in draw.history({"loss": [1], "val_loss": [NAN]}).describe()
    picture.update({"loss": [NAN, NAN]})
    assert "diverged: nan at epoch 1" in picture.describe()


def test_round_numbers():
    assert [rounded(v) for v in (2.41, 0.0, 0.9, 30, -2.41)] == [2.5, 1.0, 1.0, 30, -2.5]


def test_fewer_validations_than_epochs_stand_at_their_epochs():
    picture = draw.history({"loss": [4, 3, 2, 1, 1, 1], "val_loss": [3, 2, 1]})
    training, validation = (curves(picture, color)[0][:, 0] for color in ("training", "validation"))
    np.testing.assert_allclose(validation, training[1::2])


def test_its_sentence():
    assert draw.history(TEN).describe() == (
        "History, 10 epochs: loss 2.3 -> 0.4 (validation 0.6), "
        "accuracy 0.1 -> 0.9 (validation 0.85); best validation loss 0.5 at epoch 9."
    )
    other = ("units=8", {"loss": [1.23456]}, True)
    assert draw.history({"loss": [2, 1]}, epochs=5, label="units=4", others=[other]).describe() == (
        "History of units=4, 2 of 5 epochs: loss 2 -> 1. "
        "Beside it 1 other run: units=8 (pinned): loss 1.235."
    )
    assert draw.history({"loss": [2.0]}).describe() == "History, 1 epoch: loss 2."


@pytest.mark.parametrize("wrong", [None, [1, 2], "loss"])
def test_what_is_no_history_is_quoted(wrong):
    with pytest.raises(TypeError, match=r"history is .*pass the History that fit"):
        draw.history(wrong)


@pytest.mark.parametrize("values", [3.0, "high", [[1, 2]], [None, "a"]])
def test_what_is_no_curve_is_quoted(values):
    with pytest.raises(TypeError, match=r"history\['loss'\] is .*one number an epoch"):
        draw.history({"loss": values})


def test_many_quantities_fit_a_laptop():
    names = ("loss", "digit_loss", "parity_loss", "digit_accuracy", "parity_accuracy")
    picture = draw.history(dict.fromkeys(names, TEN["loss"]))
    for width in (860, 934):
        picture.resize(width)
        assert picture.size[1] <= 412
        assert flaws(picture) == []


def test_the_line_of_a_run_names_no_more_than_the_loss_and_one_metric():
    names = ("loss", "digit_loss", "parity_loss", "digit_accuracy", "parity_accuracy")
    run = SimpleNamespace(
        history={name: [0.25] for name in names}, status="done", patience=None, epoch=1, epochs=1,
        seconds=0.5, plain=None,
    )  # fmt: skip
    assert sentence(run) == "1 epoch in 0.50 s: loss 0.25, digit_loss 0.25."

"""The history: its curves, its axes, the runs beside it, and what it says."""

from types import SimpleNamespace

import numpy as np
import pytest
from draw.looking import flaws, pixels, texts
from matplotlib.lines import Line2D
from matplotlib.text import Text

from anatomy import draw
from anatomy.draw import style
from anatomy.draw.quick import Quick
from anatomy.draw.scale import FRACTION, epoch_ticks, fitting, plain

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


def beside(picture, panel, kind=Line2D):
    """The other runs' artists in one panel."""
    return [a for a in picture.resting if a.axes is panel.ax and isinstance(a, kind)]


def numbers(picture, panel):
    return [text.get_text() for text in beside(picture, panel, Text)]


def test_each_quantity_has_axes_with_training_and_validation():
    picture = draw.history(TEN)
    assert [panel.name for panel in picture.panels] == ["loss", "accuracy"]
    for panel in picture.panels:
        np.testing.assert_allclose(panel.training.get_ydata(), TEN[panel.name])
        np.testing.assert_allclose(panel.validation.get_ydata(), TEN["val_" + panel.name])
        np.testing.assert_array_equal(panel.training.get_xdata(), np.arange(1, 11))
        assert panel.ax.get_xlabel() == "epoch"


def test_validation_differs_from_training_without_colour():
    panel = draw.history(TEN).panels[0]
    assert panel.training.get_linestyle() == "-"
    assert panel.validation.get_linestyle() != "-"
    assert len(panel.training.get_markevery()) > len(panel.validation.get_markevery())


def test_a_keras_history_is_taken_as_it_is():
    picture = draw.history(SimpleNamespace(history=TEN))
    assert picture.describe() == draw.history(TEN).describe()


def test_one_epoch_is_a_visible_dot():
    picture = draw.history(first(TEN, 1))
    panel = picture.panels[0]
    assert panel.training.get_marker() == panel.validation.get_marker() == "o"
    ink = pixels(picture.png(1))
    blue = np.array([int(style.TRAINING[i : i + 2], 16) for i in (1, 3, 5)])
    x, y = panel.ax.transData.transform((1, TEN["loss"][0]))
    around = ink[320 - int(y) - 6 : 320 - int(y) + 6, int(x) - 6 : int(x) + 6]
    assert (abs(around - blue).max(axis=-1) < 12).sum() > 8


@pytest.mark.parametrize(
    ("epochs", "ticks"),
    [(1, [1]), (3, [1, 2, 3]), (10, [1, 2, 4, 6, 8, 10]), (100, [1, 20, 40, 60, 80, 100])],
)
def test_epochs_are_whole_and_begin_with_one(epochs, ticks):
    assert epoch_ticks(epochs) == ticks
    ax = draw.history({"loss": [1.0]}, epochs=epochs).panels[0].ax
    assert list(ax.get_xticks()) == ticks
    low, high = ax.get_xlim()
    assert low < 1
    assert high > epochs


def assert_a_frame_is_the_picture(picture):
    """To the last pixel; but in a quick text a letter may stand half a pixel aside."""
    frame, full = pixels(picture.frame()), pixels(picture.png(1))
    for text in picture.figure.findobj(Quick):
        if text.get_text():
            left, bottom, right, top = text.get_window_extent().extents
            rows = slice(len(frame) - int(top) - 4, len(frame) - int(bottom) + 4)
            place = rows, slice(int(left) - 4, int(right) + 4)
            inks = [(255 - part[place]).sum() for part in (frame, full)]
            assert inks[0] == pytest.approx(inks[1], rel=0.1)
            full[place] = frame[place]
    np.testing.assert_array_equal(frame, full)


def test_a_run_grows_into_the_planned_epochs_on_axes_that_stay():
    picture = draw.history({}, epochs=10)
    picture.update(first(TEN, 1), epochs=10)
    picture.frame()
    axes = [(panel.ax, panel.ax.get_xlim(), panel.ax.get_ylim()) for panel in picture.panels]
    lines = [panel.training for panel in picture.panels]
    for n in range(2, 11):
        picture.update(first(TEN, n), epochs=10)
        assert picture._still is not None, "the still parts were drawn anew"
        assert_a_frame_is_the_picture(picture)
    after = [(panel.ax, panel.ax.get_xlim(), panel.ax.get_ylim()) for panel in picture.panels]
    assert after == axes
    assert [panel.training for panel in picture.panels] == lines
    assert len(lines[0].get_xdata()) == 10


def test_frames_equal_a_full_drawing_also_beside_other_runs():
    picture = draw.history(first(TEN, 2), epochs=12, label="now", others=OTHERS)
    picture.frame()
    picture.update(first(TEN, 7), epochs=12, label="now", others=OTHERS)
    assert picture._still is not None
    assert_a_frame_is_the_picture(picture)


def test_other_runs_drawn_ahead_are_told_and_shown_when_they_come():
    picture = draw.history(TEN, label="a=1", others=OTHERS[:2])
    before = picture.frame(), picture.png(1), picture.describe()
    picture.expect([("a=1", TEN, False), *OTHERS[:2]])
    assert (picture.frame(), picture.png(1), picture.describe()) == before
    expected = picture._expected

    picture.update(first(TEN, 1), epochs=10, label="a=2", others=[("a=1", TEN, False), *OTHERS[:2]])
    assert picture._shown is expected
    assert picture._rested is expected.pixels
    assert_a_frame_is_the_picture(picture)
    plain = draw.history(
        first(TEN, 1), epochs=10, label="a=2", others=[("a=1", TEN, False), *OTHERS[:2]]
    )
    np.testing.assert_array_equal(pixels(picture.png(1)), pixels(plain.png(1)))


@pytest.mark.parametrize(
    "after",
    [
        {"others": OTHERS[2:4]},  # others than were expected
        {"others": OTHERS[:3], "epochs": 30},  # on other axes
        {"others": OTHERS[:3], "history": {"loss": [40.0], "accuracy": [0.1]}},  # a new scale
        {"others": OTHERS[:3], "history": {"mae": [1.0]}},
    ],
)
def test_what_was_drawn_ahead_in_vain_leaves_no_trace(after):
    picture = draw.history(TEN, others=OTHERS[:2])
    picture.frame()
    picture.expect(OTHERS[:3])
    arguments = {"history": TEN, **after}
    picture.update(**arguments)
    assert_a_frame_is_the_picture(picture)


def test_the_latest_values_stand_above_in_their_colours():
    loss, accuracy = draw.history(TEN).panels
    assert [text.get_text() for text in loss.values] == ["0.400", "0.600"]
    assert [text.get_text() for text in accuracy.values] == ["0.900", "0.850"]
    assert [t.get_color() for t in loss.values] == [style.TRAINING, style.VALIDATION]


def test_nothing_yet_says_what_is_coming():
    picture = draw.history({})
    assert "epoch 1 is coming" in texts(picture)
    assert picture.describe() == "History: epoch 1 is coming."
    assert [panel.name for panel in draw.history({"loss": [], "mae": []}).panels] == ["loss", "mae"]
    assert "epoch 1 is coming" not in texts(draw.history({}, others=OTHERS[:1]))
    picture.update(TEN)
    assert "epoch 1 is coming" not in texts(picture)


def test_other_runs_are_pale_thin_and_numbered_as_in_the_key():
    picture = draw.history(first(TEN, 4), epochs=10, others=OTHERS[:3])
    panel = picture.panels[0]
    others = beside(picture, panel)
    assert len(others) == 6
    assert {line.get_color() for line in others} == set(style.GHOSTS[:3])
    assert all(line.get_linewidth() < panel.training.get_linewidth() for line in others)
    assert all(line.get_zorder() < panel.training.get_zorder() for line in others)
    for number, (label, _, _) in enumerate(OTHERS[:3], 1):
        assert label in texts(picture)
        assert str(number) in texts(picture)


def test_a_pinned_run_is_strong_and_has_a_colour_of_its_own():
    others = [("units=64", TEN, True), *OTHERS[:2]]
    picture = draw.history(first(TEN, 4), others=others)
    lines = beside(picture, picture.panels[0])
    pinned = [line for line in lines if line.get_label().startswith("units=64")]
    ghosts = [line for line in lines if line not in pinned]
    assert {line.get_color() for line in pinned} == {style.PINNED[0]}
    assert pinned[0].get_linewidth() > max(line.get_linewidth() for line in ghosts)


def test_at_most_four_ghosts_are_numbered_and_the_rest_counted():
    picture = draw.history(first(TEN, 4), epochs=10, others=OTHERS)
    named = [label for label, _, _ in OTHERS if label in texts(picture)]
    assert named == [label for label, _, _ in OTHERS[:4]]
    assert "and 2 more" in texts(picture)
    lines = beside(picture, picture.panels[0])
    faded = [line for line in lines if line.get_color() == style.FADED]
    assert len(faded) == 4


def test_every_number_at_a_curve_is_in_the_key():
    long = [(f"activation='relu', units={n}, seed=1", TEN, n % 2 == 0) for n in range(8)]
    picture = draw.history(TEN, others=long)
    key = {text.get_text() for text in picture.figure.texts}
    for panel in picture.panels:
        assert numbers(picture, panel)
        assert set(numbers(picture, panel)) <= key | {"…"}
    assert flaws(picture) == []


def test_no_two_texts_overlap_and_none_is_cut_off():
    flat = [(f"units={n}", {"loss": [2.0, 1.0 - n / 50]}, n == 2) for n in range(6)]
    for picture in (
        draw.history(first(TEN, 4), epochs=10, label="learning_rate=0.001", others=OTHERS),
        draw.history({"loss": [2.0, 1.0]}, others=flat),
        draw.history({"loss": [5.0, NAN], "accuracy": [0.1, 0.1]}, label="a=1", others=OTHERS),
        draw.history({f"{n}_accuracy": [0.5, 0.625] for n in ("digit", "parity", "b", "c", "d")}),
        draw.history({"sparse_top_k_categorical_accuracy": [0.5], "a": [1.0], "loss": [123456.0]}),
    ):
        assert flaws(picture) == []


def test_curves_that_end_together_share_a_place_for_their_numbers():
    ends = [(f"units={n}", {"loss": [2.0, 1.0]}, False) for n in range(3)]
    picture = draw.history({"loss": [1.0]}, others=ends)
    panel = picture.panels[0]
    assert numbers(picture, panel) == ["1", "2", "3"]
    assert len({text.get_position()[1] for text in beside(picture, panel, Text)}) == 1


def test_new_quantities_make_new_axes():
    picture = draw.history(TEN)
    picture.update({"loss": [4.0], "mae": [1.5]})
    assert [panel.name for panel in picture.panels] == ["loss", "mae"]
    assert len(picture.figure.axes) == 2
    assert_a_frame_is_the_picture(picture)


def test_two_outputs_have_five_axes_losses_first():
    names = ["digit_accuracy", "digit_loss", "loss", "parity_accuracy", "parity_loss"]
    history = {name: [1.0, 0.5] for name in names} | {f"val_{n}": [1.0, 0.6] for n in names}
    picture = draw.history(history)
    assert [panel.name for panel in picture.panels] == [
        "loss", "digit_loss", "parity_loss", "digit_accuracy", "parity_accuracy",
    ]  # fmt: skip
    assert picture.size[0] == 800 < 2 * picture.size[1]
    assert pixels(picture.frame()).shape[:2] == picture.size[::-1]


def test_accuracy_stands_on_the_scale_of_fractions():
    loss, accuracy = draw.history(TEN).panels
    assert accuracy.ax.get_ylim() == (FRACTION.low, FRACTION.high)
    assert loss.ax.get_ylim()[0] == 0
    assert draw.history({"accuracy": [1.5]}).panels[0].ax.get_ylim()[1] > 1.5


def test_a_run_gone_astray_does_not_flatten_the_present_one():
    wild = ("learning_rate=10", {"loss": [3.0, 80.0, 1e8]}, False)
    picture = draw.history(first(TEN, 5), others=[wild])
    panel = picture.panels[0]
    assert panel.ax.get_yscale() == "linear"
    assert panel.ax.get_ylim()[1] < 12
    assert numbers(picture, panel) == ["1"]
    assert beside(picture, panel, Text)[0].get_position()[1] == pytest.approx(1)


def test_three_decades_make_the_axis_logarithmic():
    panel = draw.history({"loss": [3.0, 80.0, 1e8]}).panels[0]
    assert panel.ax.get_yscale() == "log"
    assert panel.ax.get_ylim()[1] > 1.2e8
    assert draw.history({"loss": [400.0, 1.0]}).panels[0].ax.get_yscale() == "linear"


def test_overfitting_stays_on_a_linear_axis():
    history = {"loss": [2.3, 0.1, 1e-5], "val_loss": [2.3, 0.5, 0.9]}
    assert draw.history(history).panels[0].ax.get_yscale() == "linear"


def test_negative_losses_are_shown():
    low, high = draw.history({"loss": [0.5, -1.66]}).panels[0].ax.get_ylim()
    assert low < -1.66
    assert high > 0.5


@pytest.mark.parametrize(("bad", "said"), [(NAN, "nan"), (INF, "inf")])
def test_a_diverged_run_says_where(bad, said):
    picture = draw.history({"loss": [2.0, 50.0, bad, bad], "accuracy": [0.1] * 4})
    loss, accuracy = picture.panels
    assert list(loss.cross.get_xdata()) == [2]
    assert list(loss.cross.get_ydata()) == [50]
    assert len(accuracy.cross.get_xdata()) == 0
    assert f"× diverged: {said} at epoch 3" in texts(picture)
    assert picture.describe().endswith(f"; diverged: {said} at epoch 3.")
    assert "validation nan at epoch 1" in draw.history({"loss": [1], "val_loss": [NAN]}).describe()
    picture.update({"loss": [NAN, NAN]})
    assert "diverged: nan at epoch 1" in picture.describe()
    assert_a_frame_is_the_picture(picture)


def test_a_diverging_run_seldom_redraws_its_scale():
    losses, redraws = [2.0 * 3**k for k in range(30)], 0
    picture = draw.history({"loss": []}, epochs=30)
    for n in range(1, 31):
        picture.update({"loss": losses[:n]}, epochs=30)
        redraws += picture._still is None
        picture.frame()
    assert redraws <= 15


def test_a_range_is_kept_while_it_fits():
    kept = fitting(0.5, 2.3)
    assert kept == (0, 2.5, False)
    assert fitting(0.01, 2.4, kept) is kept
    assert fitting(0.5, 2.6, kept).high > 2.6 * 1.1
    assert fitting(0.1, 0.2, kept).high < 0.5
    assert fitting(0.0, 0.0) == (0, 1, False)


def test_tick_labels_are_plain():
    assert [plain(v) for v in (0, 0.25, 10000, 2.5e8, 1e-5, 0.1 * 3)] == [
        "0", "0.25", "10000", "2.5e8", "1e-5", "0.3",
    ]  # fmt: skip


def test_fewer_validations_than_epochs_stand_at_their_epochs():
    panel = draw.history({"loss": [4, 3, 2, 1, 1, 1], "val_loss": [3, 2, 1]}).panels[0]
    assert list(panel.validation.get_xdata()) == [2, 4, 6]


def test_what_it_says():
    assert draw.history(TEN).describe() == (
        "History, 10 epochs: loss 2.3 -> 0.4 (validation 0.6), "
        "accuracy 0.1 -> 0.9 (validation 0.85); best validation loss 0.5 at epoch 9."
    )
    other = ("units=8", {"loss": [1.23456]}, True)
    said = draw.history({"loss": [2, 1]}, epochs=5, label="units=4", others=[other]).describe()
    assert said == (
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

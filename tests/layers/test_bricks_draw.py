"""The picture of a stack of bricks: its studs, its words, and what stands apart."""

import numpy as np
import pytest
from keras import layers
from looking import flaws, flaws_at_all_widths, marks, texts

from anatomy import draw
from anatomy.layers import stack
from anatomy.layers.bricks.facts import KINDS
from anatomy.layers.bricks.lab import HEIGHT


def images():
    return stack(
        (28, 28, 1),
        [layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
         layers.Dropout(0.5), layers.Dense(10, activation="softmax")],
    )  # fmt: skip


def sequences():
    lstm = layers.LSTM(16, return_sequences=True, dropout=0.25, recurrent_dropout=0.25)
    return stack(
        (20,),
        [layers.Embedding(1000, 16), layers.Bidirectional(lstm), layers.GlobalAveragePooling1D(),
         layers.BatchNormalization(), layers.Dense(1)],
    )  # fmt: skip


def refused():
    return stack((784,), [layers.Dense(32), layers.Conv2D(8, 3), layers.Flatten()])


def silent():
    return stack((28, 28, 1), [layers.Conv2D(16, 3), layers.Dense(10)])


def long():
    first = layers.Conv2D(
        32, 3, strides=2, padding="same", activation="relu", kernel_initializer="he_normal",
        kernel_regularizer="l2", name="the_first_of_them_all_in_this_picture",
    )  # fmt: skip
    return stack((28, 28, 1), [first, layers.Flatten(), *map(layers.Dense, range(3, 13))])


def many(broken=True):
    odd = layers.Conv1D(4, 3) if broken else layers.Dense(4)
    dense = [layers.Dense(3 + i) for i in range(30)]
    return stack((784,), [*dense[:15], odd, *dense[15:]])


STACKS = {
    "images": images,
    "sequences": sequences,
    "refused": refused,
    "silent": silent,
    "long": long,
    "many": many,
    "two tensors": lambda: stack((5, 2), [layers.LSTM(3, return_state=True), layers.Dense(2)]),
    "first refused": lambda: stack((28, 28, 1), [layers.LSTM(16), layers.Dense(10)]),
    "targets": lambda: stack((28, 28, 1), [layers.Flatten(), layers.Dense(10)], outputs=(10,)),
    "other targets": lambda: stack((784,), [layers.Dense(32)], outputs=(10,)),
    "one": lambda: stack((784,), [layers.Dense(1)]),
    "none": lambda: stack((784,), []),
    "video": lambda: stack((4, 28, 28, 1), [layers.Conv3D(2, 2), layers.Flatten()]),
    "open": lambda: stack((None, 8), [layers.LSTM(4, return_sequences=True), layers.Flatten(),
                                      layers.Dense(2)]),
    "numbers": lambda: stack((), [layers.Reshape((1,)), layers.Dense(2)]),
    "large": lambda: stack((100_000, 512), [layers.Flatten(), layers.Dense(10_000)]),
}  # fmt: skip


def studs(picture):
    """The sizes written on studs, from the bottom of the picture up, and from left to right."""
    sizes = [(m["y"], m["x"], m["text"])
             for m in marks(picture, "text", ha="center", size=11, bold=True)]  # fmt: skip
    heights = sorted({y for y, *_ in sizes}, reverse=True)
    return [[text for y, x, text in sorted(sizes) if y == height] for height in heights]


def bricks(picture, fill):
    return [mark for mark in marks(picture, "box") if mark["fill"] == fill]


@pytest.mark.parametrize("name", STACKS)
def test_every_text_can_be_read(name):
    judged = STACKS[name]()
    picture = draw.bricks(judged, selected=len(judged.joints) // 2 if judged.joints else None)
    assert flaws_at_all_widths(picture) == []
    assert "…" not in picture.describe()
    assert flaws_at_all_widths(draw.bricks(judged, height=HEIGHT, tray=[*KINDS])) == []


@pytest.mark.parametrize("name", ["images", "sequences", "video", "open"])
def test_studs_are_the_shapes(name):
    judged = STACKS[name]()
    shapes = [judged.input_shape, *[j.output_shape for j in judged.joints if j.fits]]
    picture = draw.bricks(judged)
    assert studs(picture) == [[str(size) for size in shape[1:]] for shape in shapes]
    for shape in shapes:
        assert {f"{shape}", f"output {shape}"} & set(texts(picture))


def test_each_rank_has_a_form_of_its_own_on_the_brick():
    forms = set()
    for rank in range(1, 6):
        picture = draw.bricks(stack((7,) * rank, []))
        outlines = [mark["points"] for mark in marks(picture, "polygon", fill="data")]
        assert len(outlines) == rank
        ends = [x for points in outlines for x in (points[:, 0].min(), points[:, 0].max())]
        assert ends == sorted(ends)  # they stand side by side
        [plate] = [mark["place"] for mark in marks(picture, "box", fill="data")]
        assert plate[0] < ends[0]
        assert ends[-1] < plate[0] + plate[2]
        assert all(np.ptp(points[:, 1]) == pytest.approx(18) for points in outlines)
        one = outlines[0] - outlines[0].mean(axis=0)
        forms.add(tuple(np.round(one / np.ptp(one, axis=0), 3).ravel()))
    assert len(forms) == 4


def test_parameters_are_those_of_keras():
    for judged in (images(), sequences()):
        model = judged.model()
        counts = [layer.count_params() for layer in model.layers]
        assert [joint.parameters for joint in judged.joints] == counts
        picture = draw.bricks(judged)
        assert f"fits: {model.count_params():,} parameters" in texts(picture)
        for count in counts:
            assert (f"{count:,} parameters" if count else "no parameters") in texts(picture)


def test_bricks_with_and_without_parameters_look_different():
    picture = draw.bricks(images())
    assert len(bricks(picture, "layers")) == 2
    assert len(bricks(picture, "layers 26%")) == 3
    assert sum("inferred" in text for text in texts(picture)) == 4
    assert sum("the output" in text for text in texts(picture)) == 1


def test_a_joint_that_is_refused():
    judged = refused()
    picture = draw.bricks(judged)
    written = texts(picture)
    assert "output (None, 32)" in written
    assert "expected: (None, height, width, channels)" in written
    assert {"height", "width", "channels", "does not fit", "✕  Keras raises an error"} <= {*written}
    assert any(text.startswith("repair: ") for text in written)
    assert judged.broken.why in " ".join(written)
    assert marks(picture, "box", fill="alarm 8%")
    assert "3. Flatten(): not known" in picture.describe()
    assert f"Keras raises an error. {judged.broken.why}" in picture.describe()


def test_a_joint_that_keras_lets_through():
    picture = draw.bricks(silent())
    assert "!  Keras raises no error" in texts(picture)
    assert marks(picture, "box", edge="loss", dash="dashed")
    assert "Keras raises no error." in picture.describe()


@pytest.mark.parametrize("name", ["refused", "silent", "first refused", "other targets"])
def test_what_does_not_fit_stands_apart(name):
    picture = draw.bricks(STACKS[name]())
    sockets = [mark["points"] for mark in marks(picture, "polygon", fill="paper")]
    below = [m["points"] for m in marks(picture, "polygon") if m["fill"] != "paper"]
    socket, stud = sockets[0][:, 1].max(), min(points[:, 1].min() for points in below)
    assert stud - socket > 50  # CSS pixels, with the words between
    head = next(m["y"] for m in marks(picture, "text") if "Keras raises" in m["text"])
    assert socket < head < stud


def test_targets_that_are_asked_for():
    assert "targets (10,)" in texts(draw.bricks(STACKS["targets"]()))
    written = texts(draw.bricks(STACKS["other targets"]()))
    assert {"output (None, 32)", "expected: an output of (None, 10)", "targets (10,)"} <= {*written}


def test_a_long_call_is_written_whole():
    judged = long()
    call = judged.joints[0].call.removeprefix("layers.")
    lines = [text for text in texts(draw.bricks(judged), mono=True, bold=True) if text in call]
    assert " ".join(lines) == call


def test_what_is_far_from_the_break_is_folded():
    lines = draw.bricks(many(), selected=25).describe().split("\n")[1:-1]
    for start in ("1. ", "15. Dense(17)", "16. Conv1D(4, (3,)) does not fit", "26. Dense(", "31. "):
        assert any(line.startswith(start) for line in lines)
    assert len([line for line in lines if "more layers" not in line]) == 10
    assert "6-26. 21 more layers -> (None, 27)" in draw.bricks(many(broken=False)).describe()
    folded = draw.bricks(many(), selected=25, height=420)
    assert folded.size[1] == 420
    assert "16. Conv1D" in folded.describe()
    assert flaws(folded) == []


def test_the_selected_brick_is_marked_and_each_can_be_pressed():
    picture = draw.bricks(images(), selected=2)
    assert "▸ 3" in texts(picture)
    assert "Brick 3 is selected." in picture.describe()
    assert [handle.press for handle in picture.sheet.handles] == [{"layer": k} for k in range(5)]
    picture.update(selected=None)
    assert "3" in texts(picture)
    assert "is selected" not in picture.describe()


def test_update_shows_another_stack():
    picture = draw.bricks(images())
    picture.frame()
    for name in ("one", "refused", "many", "images"):
        judged = STACKS[name]()
        picture.update(judged)
        fresh = draw.bricks(judged)
        assert picture.describe() == fresh.describe()
        assert picture.png(1) == fresh.png(1)


@pytest.mark.parametrize("selected", [-1, 5])
def test_a_brick_that_is_not_there(selected):
    with pytest.raises(ValueError, match=f"selected is {selected}; give a whole number from 0"):
        draw.bricks(images(), selected=selected)

"""The picture of a stack of bricks: its studs, its words, and what stands apart."""

import numpy as np
import pytest
from draw.looking import drawn, flaws, texts
from keras import layers
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from anatomy import draw
from anatomy.draw import style
from anatomy.draw.brick import MOST, parameters
from anatomy.draw.bricks import FORMS, MANY, PLAIN, places
from anatomy.layers import stack


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


def two_tensors():
    return stack((5, 2), [layers.LSTM(3, return_state=True), layers.Dense(2)])


STACKS = {
    "images": images,
    "sequences": sequences,
    "refused": refused,
    "silent": silent,
    "long": long,
    "many": many,
    "many that fit": lambda: many(broken=False),
    "two tensors": two_tensors,
    "first refused": lambda: stack((28, 28, 1), [layers.LSTM(16), layers.Dense(10)]),
    "targets": lambda: stack((28, 28, 1), [layers.Flatten(), layers.Dense(10)], outputs=(10,)),
    "other targets": lambda: stack((784,), [layers.Dense(32)], outputs=(10,)),
    "one": lambda: stack((784,), [layers.Dense(1)]),
    "none": lambda: stack((784,), []),
    "reshape": lambda: stack((784,), [layers.Reshape((28, 27)), layers.Conv1D(4, 3)]),
    "too small": lambda: stack((4, 4, 1), [layers.Conv2D(8, 3), layers.Conv2D(8, 3)]),
    "embedding": lambda: stack((28, 28), [layers.Dense(4), layers.Embedding(10, 3)]),
    "video": lambda: stack((4, 28, 28, 1), [layers.Conv3D(2, 2), layers.Flatten()]),
    "open": lambda: stack((None, 8), [layers.LSTM(4, return_sequences=True), layers.Flatten(),
                                      layers.Dense(2)]),
    "numbers": lambda: stack((), [layers.Reshape((1,)), layers.Dense(2)]),
    "large": lambda: stack((100_000, 512), [layers.Flatten(), layers.Dense(10_000)]),
}  # fmt: skip


def studs(picture):
    """The sizes written on studs, from the bottom of the picture up, and from left to right."""
    found = [(round(t.get_position()[1]), t.get_position()[0], t.get_text())
             for t in picture._tower.parts.get("studs", [])]  # fmt: skip
    heights = sorted({y for y, *_ in found}, reverse=True)
    return [[text for y, x, text in sorted(found) if y == height] for height in heights]


def outlines(picture, fill):
    patches = picture._tower.parts["outlines"]
    return [p for p in patches if to_hex(p.get_facecolor()) == to_hex(fill) and p.get_closed()]


@pytest.mark.parametrize("name", STACKS)
def test_every_text_can_be_read(name):
    made = STACKS[name]()
    count = len(made.joints)
    for selected in dict.fromkeys([None, *([0, count // 2, count - 1] if count else [])]):
        picture = draw.bricks(made, selected=selected)
        assert flaws(picture) == []
        assert min(text.get_fontsize() for text in drawn(picture)) >= 10
        assert "…" not in picture.describe()


@pytest.mark.parametrize("name", ["images", "sequences", "video", "open"])
def test_studs_are_the_shapes(name):
    made = STACKS[name]()
    shapes = [made.input_shape, *[j.output_shape for j in made.joints if j.fits]]
    picture = draw.bricks(made)
    assert studs(picture) == [[str(size) for size in shape[1:]] for shape in shapes]
    for shape in shapes:
        assert any(text in (f"{shape}", f"gives {shape}") for text in texts(picture))


def test_each_rank_has_a_form_of_its_own():
    assert len({tuple(map(tuple, form)) for form in [*FORMS.values(), MANY]}) == 4
    for count in range(1, 7):
        made = list(places(range(count), 100))
        assert [size for *_, size in made] == list(range(count))
        points = [np.array(points) for _, points, _ in made]
        ends = [(p[:, 0].min(), p[:, 0].max()) for p in points]
        flat = [x for pair in ends for x in pair]
        assert flat == sorted(flat)  # they stand side by side
        assert (flat[0], flat[-1]) > (44, 44)
        assert flat[-1] < 500  # on the brick
        assert all(np.ptp(p[:, 1]) == pytest.approx(18) for p in points)


def test_parameters_are_those_of_keras():
    for made in (images(), sequences()):
        model = made.model()
        counts = [layer.count_params() for layer in model.layers]
        assert list(parameters(made).values()) == counts
        picture = draw.bricks(made)
        assert f"fits: {model.count_params():,} parameters" in texts(picture)
        for count in counts:
            assert (f"{count:,} parameters" if count else "no parameters") in texts(picture)


def test_bricks_with_and_without_parameters_look_different():
    picture = draw.bricks(images())
    assert len(outlines(picture, style.LAYERS)) == 2
    assert len(outlines(picture, PLAIN[0])) == 3


def test_keras_infers_all_input_shapes_but_the_first():
    picture = draw.bricks(images())
    assert sum("inferred" in text for text in texts(picture)) == 4
    assert sum("the output" in text for text in texts(picture)) == 1


def test_a_joint_that_is_refused():
    made = refused()
    picture = draw.bricks(made)
    said = texts(picture)
    assert "gives (None, 32)" in said
    assert "wants (None, height, width, channels)" in said
    assert {"height", "width", "channels"} <= set(said)  # in the sockets
    assert "✕  Keras refuses" in said
    assert any(text.startswith("mend: ") for text in said)
    assert "does not fit" in said
    assert made.broken.why in " ".join(said)
    assert band(picture).get_linestyle() == "solid"
    assert "Brick 3" not in picture.describe()
    assert "3. Flatten(): not known" in picture.describe()
    assert f"Keras refuses. {made.broken.why}" in picture.describe()


def test_a_joint_that_keras_lets_through():
    picture = draw.bricks(silent())
    assert "!  Keras says nothing" in texts(picture)
    assert "✕  Keras refuses" not in texts(picture)
    assert band(picture).get_linestyle() != "solid"
    assert "Keras says nothing." in picture.describe()


def band(picture):
    return picture._tower.parts["break"][0]


@pytest.mark.parametrize("name", ["refused", "silent", "first refused", "other targets"])
def test_what_does_not_fit_stands_apart(name):
    made = STACKS[name]()
    picture = draw.bricks(made)
    top = min(t.get_position()[1] for t in picture._tower.parts["studs"])
    sockets = [t.get_position()[1] for t in picture._tower.parts["sockets"]]
    assert len(set(sockets)) == 1
    assert top - sockets[0] > 70  # CSS pixels, with the words between
    words = [t.get_position()[1] for t in picture._tower.parts["break"][1:]]
    assert all(sockets[0] < y < top for y in words)


def test_targets_that_are_asked_for():
    assert "targets (10,)" in texts(draw.bricks(STACKS["targets"]()))
    said = texts(draw.bricks(STACKS["other targets"]()))
    assert {"gives (None, 32)", "wants an output of (None, 10)", "targets (10,)"} <= set(said)


def test_a_long_call_is_written_whole():
    made = long()
    (whole, *_), said = made.joints, texts(draw.bricks(made))
    call = whole.call.removeprefix("layers.")
    lines = [text for text in said if text in call and len(text) > 3]
    assert len(lines) > 3
    assert " ".join(lines) == call


def test_what_is_far_from_the_break_is_folded():
    made = many()
    lines = draw.bricks(made, selected=25).describe().split("\n")[1:-1]
    assert any(line.startswith("15. Dense(17)") for line in lines)
    assert any(line.startswith("16. Conv1D(4, (3,)) does not fit") for line in lines)
    assert any(line.startswith("26. Dense(") for line in lines)
    assert lines[0].startswith("1. ")
    assert lines[-1].startswith("31. ")
    assert len([line for line in lines if "more layers" not in line]) == MOST - 2
    fitting = draw.bricks(many(broken=False)).describe()
    assert "6-26. 21 more layers -> (None, 27)" in fitting


def test_the_selected_brick_is_marked():
    picture = draw.bricks(images(), selected=2)
    assert "▸ 3" in texts(picture)
    assert "Brick 3 is selected." in picture.describe()
    picture.update(picture.stack)
    assert "3" in texts(picture)
    assert "is selected" not in picture.describe()


def test_update_shows_another_stack():
    picture = draw.bricks(images())
    large = picture.size
    picture.frame()
    for name in ("one", "refused", "many", "images"):
        made = STACKS[name]()
        picture.update(made)
        fresh = draw.bricks(made)
        assert picture.size == fresh.size
        assert picture.describe() == fresh.describe()
        assert picture.frame() == fresh.frame()
        assert len(picture.figure.axes) == 1
    assert picture.size == large


def test_on_axes_of_ones_own():
    figure = Figure(figsize=(6, 4))
    ax = figure.add_subplot()
    ax.plot([0, 1], [0, 1])
    before = ax.get_xlim(), ax.get_ylim(), len(ax.get_children())
    picture = draw.bricks(images(), ax=ax)
    picture.update(refused())
    assert picture.figure is figure
    assert (ax.get_xlim(), ax.get_ylim()) == before[:2]
    assert tuple(figure.get_size_inches()) == (6, 4)
    assert len(ax.lines) == 1


def test_the_layers_stay_as_they_are():
    made = images()
    draw.bricks(made)
    assert not made.layers[0].built


@pytest.mark.parametrize("selected", [-1, 5])
def test_a_brick_that_is_not_there(selected):
    with pytest.raises(IndexError, match=f"selected is {selected}; there are 5 bricks"):
        draw.bricks(images(), selected=selected)

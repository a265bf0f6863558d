"""The training loop: its parts and arrows, a model's own names, and its stages."""

import numpy as np
import pytest
from draw.looking import drawn, flaws, texts
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from anatomy import draw
from anatomy.draw.diagram import FADED
from anatomy.draw.training_loop import STAGES, halves

keras = pytest.importorskip("keras")
layers = keras.layers


def dense(count=2, *, compiled=True):
    hidden = [layers.Dense(32, name=f"dense_{i}") for i in range(count - 1)]
    last = layers.Dense(10, name="last")
    model = keras.Sequential([keras.Input((784,)), *hidden, last])
    if compiled:
        loss = "sparse_categorical_crossentropy"
        model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss=loss)
    return model


def branching():
    x = keras.Input((64,))
    hidden = layers.Dense(8, name="hidden")(x)
    outputs = {n: layers.Dense(1, name=n)(hidden) for n in ("digit", "parity")}
    model = keras.Model(x, outputs)
    model.compile("adam", loss={"digit": "mse", "parity": keras.losses.BinaryCrossentropy()})
    return model


def convolutional():
    stack = [
        layers.Conv2D(4, (3, 3)), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.5),
        layers.Dense(10),
    ]  # fmt: skip
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack])
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss=loss)
    return model


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(3)

    def call(self, x):
        return self.inner(x)


def part(picture, name):
    return picture._diagram.parts[name]


def test_the_loop_as_such_names_every_part_and_its_keras_call():
    shown = texts(draw.training_loop())
    for name in ("X", "Y", "Y′", "weights", "loss function", "loss score", "optimizer"):
        assert name in shown
    for call in ("model.fit(x, y)", "layers.Dense(…)", "compile(loss=…)", "compile(optimizer=…)"):
        assert call in shown
    assert draw.training_loop().describe() == (
        "Training loop: input X -> layers, each with its weights -> predictions Y'; targets Y; "
        "the loss function compares both -> loss score; the optimizer updates the weights."
    )


def test_a_model_is_named_with_its_own_words():
    picture = draw.training_loop(dense())
    shown = texts(picture)
    for text in (
        "dense_0", "layers.Dense(32)", "(784, 32) (32,)", "(None, 32)", "(None, 784)",
        "RMSprop, learning_rate=0.001", "sparse_categorical_", "crossentropy",
    ):  # fmt: skip
        assert text in shown, text
    assert picture.describe() == (
        "Training loop: input X (None, 784) -> dense_0 (None, 32) -> last (None, 10) -> "
        "predictions Y'; targets Y; loss sparse_categorical_crossentropy compares both -> "
        "loss score; optimizer RMSprop(learning_rate=0.001) updates 4 weights "
        "(25,450 parameters)."
    )


def test_arrows_close_the_loop():
    picture = draw.training_loop()
    ends = {}
    for name, artists in picture._diagram.parts.items():
        for arrow in artists:
            if isinstance(arrow, FancyArrowPatch):
                (x0, y0), (x1, y1) = arrow._posA_posB
                ends.setdefault(name, []).append((x1 - x0, y1 - y0))
    assert ends["feed"][0][0] > 0
    assert ends["predict"][0][0] > 0
    assert ends["measure"][0][1] > 0, "down to the loss score"
    assert ends["gradients"][0][0] < 0, "back to the optimizer"
    assert ends["update"][0][1] < 0, "up into the layers"
    assert len(ends["compare"]) == 2, "predictions and targets"


def test_of_many_layers_the_middle_ones_are_folded():
    picture = draw.training_loop(dense(16))
    assert "… 12 more layers …" in texts(picture)
    assert "... 12 more layers ->" in picture.describe()
    assert {"dense_0", "dense_1", "dense_14", "last"} <= set(texts(picture))
    assert "dense_2" not in texts(picture)
    assert "dense_2" in texts(draw.training_loop(dense(5)))


def test_layers_without_weights_say_so_and_calls_name_what_is_needed():
    picture = draw.training_loop(convolutional())
    shown = texts(picture)
    assert shown.count("no weights") == 3
    for call in ("layers.Conv2D(4, (3, 3))", "layers.MaxPooling2D()", "layers.Dropout(0.5)"):
        assert call in shown
    assert "Adam, learning_rate=ExponentialDecay" in shown
    assert "loss SparseCategoricalCrossentropy compares" in picture.describe()


def test_a_graph_of_layers_is_listed_and_not_drawn_as_a_chain():
    picture = draw.training_loop(branching())
    assert "a graph of hidden (None, 8), digit (None, 1), parity (None, 1)" in picture.describe()
    assert "loss digit: mse, parity: BinaryCrossentropy" in picture.describe()
    assert "a graph, listed here" in texts(picture)
    assert not any(isinstance(a, FancyArrowPatch) for a in part(picture, "layers"))
    assert any(isinstance(a, FancyArrowPatch) for a in part(draw.training_loop(), "layers"))


def test_a_functional_chain_is_a_chain():
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(1, name="b")(layers.Dense(2, name="a")(x)))
    assert "a (None, 2) -> b (None, 1)" in draw.training_loop(model).describe()


def test_before_compile_loss_and_optimizer_are_open():
    picture = draw.training_loop(dense(compiled=False))
    assert texts(picture).count("not compiled yet") == 2
    assert "not compiled yet: no loss, no optimizer for its 4 weights" in picture.describe()


def test_a_subclassed_model_is_drawn_once_it_is_built():
    model = Subclassed()
    with pytest.raises(ValueError, match=r"has no weights yet: .*keras.Input"):
        draw.training_loop(model)
    model(np.zeros((1, 2), "float32"))
    assert "inner" not in draw.training_loop(model).describe()
    assert "layers.Dense(3)" in texts(draw.training_loop(model))


@pytest.mark.parametrize("wrong", [3, "model", layers.Dense])
def test_what_is_no_model_is_quoted(wrong):
    with pytest.raises(TypeError, match=r"model is .*not a keras.Model"):
        draw.training_loop(wrong)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lights_its_parts_and_fades_the_rest(stage):
    picture = draw.training_loop(dense())
    picture.frame()
    picture.update(stage)
    assert picture._still is None, "the next frame shows it"
    lit = STAGES[stage][1]
    assert lit <= set(picture._diagram.parts)
    for name, artists in picture._diagram.parts.items():
        assert {a.get_alpha() for a in artists} == {1 if name in lit | {"title"} else FADED}
    assert picture.describe().endswith(f" Lit: {stage}.")
    assert any(text.startswith(f"{stage}: ") for text in texts(picture))
    picture.update()
    assert {a.get_alpha() for artists in picture._diagram.parts.values() for a in artists} == {1}
    assert "Lit" not in picture.describe()


def test_together_the_stages_light_every_part():
    parts = set().union(*(lit for _, lit in STAGES.values()))
    assert parts == set(draw.training_loop()._diagram.parts) - {"title"}


def test_an_unknown_stage_is_quoted():
    with pytest.raises(ValueError, match="stage is 'backward'; the stages are input, forward"):
        draw.training_loop().update("backward")


@pytest.mark.parametrize(
    "make", [lambda: None, dense, lambda: dense(1), lambda: dense(16), branching, convolutional]
)
def test_no_two_texts_overlap_and_none_is_cut_off(make):
    picture = draw.training_loop(make())
    assert flaws(picture) == []
    assert min(text.get_fontsize() for text in drawn(picture)) >= 10


def test_a_callers_axes_keep_their_limits_and_looks():
    figure = Figure((10, 4), dpi=100)
    left, right = figure.subplots(1, 2)
    left.plot([0, 3], [0, 7])
    before = (left.get_xlim(), left.get_ylim(), left.axison, left.get_title(), len(left.lines))
    picture = draw.training_loop(ax=left)
    assert picture.figure is figure
    assert picture.size == (1000, 400)
    assert (left.get_xlim(), left.get_ylim(), left.axison, left.get_title(), len(left.lines)) == (
        before
    )
    picture.png(1)
    for text in part(picture, "optimizer") + part(picture, "x"):
        inside, box = text.get_window_extent(), left.bbox
        assert inside.x0 >= box.x0
        assert inside.x1 <= box.x1
        assert inside.y0 >= box.y0
        assert inside.y1 <= box.y1
    assert not right.texts
    assert not right.patches


def test_a_name_too_long_for_a_line_is_broken_where_it_can_be():
    assert halves("mse", 100) == ["mse"]
    assert halves("sparse_categorical_crossentropy", 132) == [
        "sparse_categorical_", "crossentropy",
    ]  # fmt: skip
    assert halves("CategoricalCrossentropy", 100) == ["Categorical", "Crossentropy"]
    assert halves("digit: mean_squared_error, parity: hinge", 132) == [
        "digit: mean_squared_error", "parity: hinge",
    ]  # fmt: skip

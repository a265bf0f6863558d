"""The training loop: its parts and arrows, a model's own names, and its stages."""

import numpy as np
import pytest
from looking import flaws_at_all_widths, marks, texts

from anatomy import draw
from anatomy.fit.loop.draw import STAGES, halves

keras = pytest.importorskip("keras")
layers = keras.layers


def dense(count=2, *, compiled=True):
    hidden = [layers.Dense(32, name=f"dense_{i}") for i in range(count - 1)]
    model = keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10, name="last")])
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


def heads(picture, color):
    """Which way the arrows of a colour point: (right, down), each -1, 0 or 1."""
    tips = [m["points"] for m in marks(picture, "polygon", fill=color)]
    ways = [tip - (left + right) / 2 for tip, left, right in tips]
    return [tuple(np.sign(np.round(way)).astype(int)) for way in ways]


def test_the_loop_as_such_names_every_part_and_its_keras_call():
    written = set(texts(draw.training_loop()))
    assert {"X", "Y", "Y′", "weights", "loss function", "loss score", "optimizer"} <= written
    assert {
        "model.fit(x, y)",
        "layers.Dense(…)",
        "compile(loss=…)",
        "compile(optimizer=…)",
    } <= written
    assert draw.training_loop().describe() == (
        "Training loop: input X -> layers, each with its weights -> predictions Y'; targets Y; "
        "the loss function compares both -> loss score; the optimizer updates the weights."
    )


def test_a_model_is_named_with_its_own_words():
    picture = draw.training_loop(dense())
    assert {
        "dense_0", "layers.Dense(32)", "(784, 32) (32,)", "(None, 32)", "(None, 784)",
        "RMSprop, learning_rate=0.001", "sparse_categorical_", "crossentropy",
    } <= set(texts(picture))  # fmt: skip
    assert picture.describe() == (
        "Training loop: input X (None, 784) -> dense_0 (None, 32) -> last (None, 10) -> "
        "predictions Y'; targets Y; loss sparse_categorical_crossentropy compares both -> "
        "loss score; optimizer RMSprop(learning_rate=0.001) updates 4 weight arrays "
        "(25,450 parameters)."
    )


def test_arrows_close_the_loop():
    picture = draw.training_loop()
    right, left, down, up = (1, 0), (-1, 0), (0, 1), (0, -1)
    assert heads(picture, "data") == [right]
    assert sorted(heads(picture, "layers")) == sorted([down, right, right])  # predict, compare
    assert heads(picture, "targets") == [down]
    assert sorted(heads(picture, "loss")) == sorted([down, left])  # to the score, to the optimizer
    assert heads(picture, "optimizer") == [up]


def test_of_many_layers_the_middle_ones_are_folded():
    picture = draw.training_loop(dense(16))
    assert "… 12 more layers …" in texts(picture)
    assert "... 12 more layers ->" in picture.describe()
    assert {"dense_0", "dense_1", "dense_14", "last"} <= set(texts(picture))
    assert "dense_2" not in texts(picture)
    assert "dense_2" in texts(draw.training_loop(dense(5)))


def test_layers_without_weights_say_so_and_calls_name_what_is_needed():
    picture = draw.training_loop(convolutional())
    written = texts(picture)
    assert written.count("no weights") == 3
    for call in ("layers.Conv2D(4, (3, 3))", "layers.MaxPooling2D()", "layers.Dropout(0.5)"):
        assert call in written
    assert "Adam, learning_rate=ExponentialDecay" in written
    assert "loss SparseCategoricalCrossentropy compares" in picture.describe()


def test_a_graph_of_layers_is_listed_and_not_drawn_as_a_chain():
    picture = draw.training_loop(branching())
    assert "a graph of hidden (None, 8), digit (None, 1), parity (None, 1)" in picture.describe()
    assert "loss digit: mse, parity: BinaryCrossentropy" in picture.describe()
    assert "a graph, listed here" in texts(picture)
    assert heads(picture, "layers") == [(1, 0), (1, 0)]  # none between layers


def test_a_functional_chain_is_a_chain():
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(1, name="b")(layers.Dense(2, name="a")(x)))
    assert "a (None, 2) -> b (None, 1)" in draw.training_loop(model).describe()


def test_the_size_of_the_last_batch_is_no_part_of_a_shape():
    model = keras.Sequential([layers.Dense(3), layers.Dense(1)])
    model(np.zeros((11, 4)))
    assert "input X (None, 4) -> " in draw.training_loop(model).describe()
    assert "11" not in draw.training_loop(model).describe()


def test_before_compile_loss_and_optimizer_are_open():
    picture = draw.training_loop(dense(compiled=False))
    assert texts(picture).count("not compiled yet") == 2
    assert "not compiled yet: no loss, no optimizer for its 4 weight arrays" in picture.describe()


def test_a_subclassed_model_is_drawn_once_it_is_built():
    model = Subclassed()
    with pytest.raises(ValueError, match=r"is not built.*keras.Input"):
        draw.training_loop(model)
    model(np.zeros((1, 2), "float32"))
    assert "inner" not in draw.training_loop(model).describe()
    assert "layers.Dense(3)" in texts(draw.training_loop(model))


@pytest.mark.parametrize("wrong", [3, "model", layers.Dense])
def test_what_is_no_model_is_quoted(wrong):
    with pytest.raises(TypeError, match=r"model is .*; give a keras\.Model"):
        draw.training_loop(wrong)


def test_each_stage_lights_its_parts_and_fades_the_rest():
    picture = draw.training_loop(dense())
    names = {
        "x": "input data", "targets": "true targets", "weights": "weights", "score": "loss score",
        "predictions": "predictions", "loss": "loss function", "optimizer": "optimizer",
        "update": "weight update", "gradients": "gradients",
    }  # fmt: skip
    ever = set()
    for stage, (_, lit) in STAGES.items():
        picture.update(stage=stage)
        for part, name in names.items():
            assert (part in lit.split()) == (
                "%" not in marks(picture, "text", text=name)[0]["color"]
            )
        assert picture.describe().endswith(f" Lit: {stage}.")
        assert any(text.startswith(f"{stage}: ") for text in texts(picture))
        ever |= {*lit.split()}
    assert names.keys() <= ever
    picture.update(stage=None)
    assert "Lit" not in picture.describe()


def test_an_unknown_stage_is_quoted_and_nothing_is_lost():
    picture = draw.training_loop(stage="loss")
    with pytest.raises(ValueError, match="stage is 'backward'; it is one of 'input', 'forward'"):
        picture.update(stage="backward")
    assert picture.facts["stage"] == "loss"


@pytest.mark.parametrize(
    "create", [lambda: None, dense, lambda: dense(1), lambda: dense(16), branching, convolutional]
)
def test_no_two_texts_overlap_and_none_is_cut_off(create):
    assert flaws_at_all_widths(draw.training_loop(create())) == []


def test_a_name_too_long_for_a_line_is_broken_where_it_can_be():
    assert halves("mse", 100) == ["mse"]
    assert halves("sparse_categorical_crossentropy", 132) == ["sparse_categorical_", "crossentropy"]
    assert halves("CategoricalCrossentropy", 100) == ["Categorical", "Crossentropy"]
    assert halves("digit: mean_squared_error, parity: hinge", 132) == [
        "digit: mean_squared_error", "parity: hinge",
    ]  # fmt: skip

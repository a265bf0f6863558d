"""The picture of a model: its geometry, its words and what it says."""

import re

import keras
import numpy as np
import pytest
from digits import digits
from keras import layers
from looking import flaws, flaws_at_all_widths, marks, texts
from models import zoo
from models.test_layout import crossed, overlaps

from anatomy import draw, models
from anatomy.base.picture import Picture
from anatomy.models.graph.boxes import plan
from anatomy.models.graph.draw import draw as draw_graph
from anatomy.models.graph.draw import is_classes, words
from anatomy.models.graph.facts import Edge, Node

DIGIT = digits().x_val[3]


def plans(one):
    """A plan and all those in its frames."""
    yield one
    for unit in one.units:
        if unit.plan:
            yield from plans(unit.plan)


def shown(one, times=1):
    """How many layers each written row stands for."""
    for unit in one.units:
        if unit.plan:
            yield from shown(unit.plan, times * unit.nodes[0].times)
        elif unit.words and unit.nodes:
            yield times * sum(node.times for node in unit.nodes)


def check_geometry(whole):
    for one in plans(whole):
        assert overlaps(one.place.boxes) == []
        assert crossed(one.place.boxes, one.place.lines) == []
        for unit, (left, top, width, height) in zip(one.units, one.place.boxes, strict=True):
            assert left >= -0.5
            assert left + width <= one.place.width + 0.5
            assert top + height <= one.place.height
            if unit.plan:  # what is in a frame stays in it
                assert unit.plan.place.width <= width
                assert unit.plan.place.height <= height


@pytest.mark.parametrize("build", zoo.SMALL)
def test_nothing_overlaps_or_is_cut_off(build):
    picture = draw.model(zoo.made(build), expand=True)
    assert flaws_at_all_widths(picture) == []
    for room in (536, 836):
        check_geometry(plan(picture.graph, room))
    assert picture.size[0] == 860


@pytest.mark.parametrize("name", zoo.APPLICATIONS)
def test_applications_are_drawn_without_overlap(name):
    with zoo.application(name) as model:
        graph = models.graph(model)
    whole = plan(graph, 836)
    check_geometry(whole)
    assert whole.place.width <= 837
    assert sum(shown(whole)) == len(graph.nodes)


@pytest.mark.parametrize("name", ["ResNet50", "DenseNet121"])
def test_a_model_of_150_layers_can_be_read(name):
    with zoo.application(name) as model:
        picture = draw.model(model)
        count = model.count_params()
    assert flaws(picture) == []
    assert f"{count:,} parameters" in picture.describe()
    assert any(text.startswith("× ") for text in texts(picture))
    if name == "DenseNet121":  # what grows is written as a span
        assert {"56×56×64…224", "8,192…28,672"} <= set(texts(picture))


def test_every_layer_is_named_with_its_type_settings_shape_and_parameters():
    model = zoo.made(zoo.inception)
    written = " ".join(texts(draw.model(model)))
    for layer in model.layers:
        assert layer.name in written
        assert type(layer).__name__ in written
        assert str(tuple(layer.output.shape)) in written
        if layer.count_params():
            assert f"{layer.count_params():,} parameters" in written
    assert written.count("relu") == 6
    assert "128, 3×3, relu" in written


def test_there_is_an_arrow_for_each_edge_from_its_box_to_the_next():
    picture = draw.model(zoo.made(zoo.inception))
    (heads,) = marks(picture, "dots", marker="v")
    assert len(heads["x"]) == len(picture.graph.edges) + 1  # and one out of the model
    (lines,) = marks(picture, "line")
    assert np.isnan(lines["x"]).sum() == len(heads["x"])
    tops = {round(mark["place"][1]) for mark in marks(picture, "round")}
    assert sum(round(y + 4) in tops for y in heads["y"]) == len(picture.graph.edges)


def test_inputs_and_branches_are_from_left_to_right_as_in_the_call():
    picture = draw.model(zoo.made(zoo.two_branches))
    left = {mark["text"]: mark["x"] for mark in marks(picture, "text")}
    assert left["title"] < left["body"]


def test_loss_and_optimizer_stand_at_the_ends():
    found = texts(draw.model(zoo.made(zoo.heads)))
    assert found.count("loss") == 3
    assert found.count("mse") == 2
    assert "optimizer Adam, learning_rate=0.001" in found
    assert "sparse_categorical_crossentropy" in texts(draw.model(zoo.made(zoo.stack)))
    assert "loss" not in texts(draw.model(zoo.made(zoo.unet)))


def test_a_long_title_takes_two_lines():
    stack = [layers.Dense(3000), layers.BatchNormalization(), layers.Dense(10)]
    model = keras.Sequential([keras.Input((1000,)), *stack], name="functional_54")
    model.compile(keras.optimizers.AdamW(3e-4), "sparse_categorical_crossentropy")
    assert flaws_at_all_widths(draw.model(model)) == []


def test_shared_and_frozen_layers_are_named_in_words():
    found = texts(draw.model(zoo.made(zoo.siamese)))
    assert {"shared: call 1 of 2", "shared: call 2 of 2", "the same weights"} <= set(found)
    assert "128 parameters, frozen" in texts(draw.model(zoo.made(zoo.nested)))


def test_nested_models_are_folded_or_opened():
    folded, opened = (
        texts(draw.model(zoo.made(zoo.nested), expand=expand)) for expand in (False, True)
    )
    assert "Conv2D" not in folded
    assert "Conv2D" in opened
    assert "base" in folded
    assert "base" in opened


def test_a_block_is_drawn_once_with_its_number():
    picture = draw.model(zoo.transformer(8))
    found = texts(picture)
    assert "× 8" in found
    assert found.count("MultiHeadAttention") == 1
    assert "8 times in a row" in picture.describe()


def test_of_a_subclassed_model_the_order_is_all_that_is_known():
    picture = draw.model(zoo.made(zoo.subclassed))
    assert any("in order of creation" in text for text in texts(picture))
    assert [mark["dash"] for mark in marks(picture, "line")] == ["dotted"]
    assert not marks(picture, "dots")  # no heads
    assert "order of creation" in picture.describe()
    two = zoo.Own()
    two(np.zeros((2, 5)))
    two.compile("sgd", loss=["mse", "mae"])
    assert texts(draw.model(two)).count("loss") == 2


@pytest.mark.parametrize("compiled", [False, True])
def test_a_short_stack_is_seen_at_one_glance(compiled):
    stack = [layers.Conv2D(4, 3, activation="relu") for _ in range(6)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack])
    if compiled:
        model.compile("sgd", loss="sparse_categorical_crossentropy")
    assert draw.model(model).size[1] <= 510


def test_its_sentences():
    text = draw.model(zoo.made(zoo.stack)).describe()
    assert text.startswith("Model 'stack': 3 layers, 25,450 parameters. ")
    assert re.search(
        r"\w+ \(None, 784\) -> \w+ Dense \(None, 32\) \[32, relu; 25,120 parameters\] -> "
        r"\w+ Dropout \(None, 32\) \[0.5\] -> \w+ Dense \(None, 10\) \[10, softmax; 330 ",
        text,
    )
    assert "Loss sparse_categorical_crossentropy; optimizer RMSprop, learning_rate=0.001." in text
    inputs = keras.Input((3,))
    heads = [keras.layers.Dense(1, name=name)(inputs) for name in ("age", "sex")]
    model = keras.Model(inputs, heads)
    model.compile("sgd", loss=["mse", None])
    assert "Loss mse of age, none of sex; optimizer SGD" in draw.model(model).describe()
    text = draw.model(zoo.made(zoo.two_branches)).describe()
    assert "title (None, 128)\n" in text
    assert re.search(r"^concatenate\w* Concatenate \(None, 48\) <- dense\w*, dense\w*$", text, re.M)
    text = draw.model(zoo.made(zoo.nested), expand=True).describe()
    assert re.search(r"^    conv2d\w* Conv2D .*, frozen\] <- ", text, re.M)


def test_a_tensor_is_named_by_the_call_and_the_output_that_it_is():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    u, v = shared(a), shared(b)
    model = keras.Model([a, b], [layers.Subtract(name="s")([u, v]), layers.Dense(1, name="p")(v)])
    text = draw.model(model).describe()
    assert "s Subtract (None, 3) <- shared (call 1), shared (call 2)\n" in text
    assert text.endswith("p Dense (None, 1) [1; 4 parameters] <- shared (call 2)")
    x = keras.Input((4,), name="x")
    parts = keras.ops.split(x, 2, axis=1)
    text = draw.model(keras.Model(x, layers.Dense(1, name="p")(parts[1]))).describe()
    assert re.search(r"^p Dense .* <- split\w* \(output 2\)$", text, re.M)


def test_the_same_model_gives_the_same_picture():
    model = zoo.made(zoo.nests)
    assert draw.model(model, expand=True).png(1) == draw.model(model, expand=True).png(1)


def test_errors():
    with pytest.raises(ValueError, match="is not built"):
        draw.model(keras.Sequential([layers.Dense(3)]))
    with pytest.raises(TypeError, match=r"model is Dense <Dense name=d.*; give a keras\.Model"):
        draw.model(layers.Dense(3, name="d"))
    with pytest.raises(TypeError, match=r"model is .*; give a keras\.Model"):
        draw.model(np.zeros(3))
    with pytest.raises(ValueError, match="functional API"):
        draw.model(zoo.made(zoo.subclassed), values=np.zeros(5))


def stack(*given, shape):
    return keras.Sequential([keras.Input(shape), *given])


MODELS = {
    "vector": lambda: stack(layers.Dense(32, "relu"), layers.Dense(10, "softmax"), shape=(784,)),
    "one number": lambda: stack(layers.Dense(1, "sigmoid"), shape=(784,)),
    "sequence": lambda: stack(layers.LSTM(16, return_sequences=True), shape=(28, 28)),
    "maps": lambda: stack(layers.Conv2D(40, 3), layers.Flatten(), shape=(28, 28, 1)),
    "many classes": lambda: stack(layers.Dense(11, "softmax"), shape=(784,)),
    "no numbers but 0": lambda: stack(layers.Dense(4, kernel_initializer="zeros"), shape=(784,)),
}


@pytest.mark.parametrize("name", MODELS)
def test_values_are_readable(name):
    model = MODELS[name]()
    picture = draw.model(model, values=DIGIT)
    assert flaws_at_all_widths(picture) == []
    assert "One sample: " in picture.describe()
    assert picture.size[1] > draw.model(model).size[1]


def test_bars_are_the_probabilities():
    model = MODELS["vector"]()
    picture = draw.model(model, values=DIGIT)
    probabilities = np.asarray(model(DIGIT[None]))[0]
    (bars,) = marks(picture, "cells")
    assert len(bars["boxes"]) == 10
    assert np.argmax(bars["boxes"][:, 3]) == probabilities.argmax()
    assert bars["fills"].index("targets") == probabilities.argmax()
    sentence = f"class {probabilities.argmax()} ({probabilities.max():.2f})"
    assert sentence in texts(picture)
    assert sentence in picture.describe()


def test_words_and_classes():
    assert words(np.array([[-1.0, 2.5]])) == "−1 to 2.5"
    assert words(np.array([0.25])) == "0.25"
    assert words(np.array([0.1, 0.9])) == "class 1 (0.90)"
    assert is_classes(np.array([0.5, 0.5]))
    assert not is_classes(np.array([1.5, -0.5]))
    assert not is_classes(np.array([0.5, 0.4]))
    assert not is_classes(np.full(100, 0.01))


def test_values_come_in_the_order_of_computation():
    picture = draw.model(MODELS["maps"](), values=DIGIT)
    images = []
    for shown in (0, 1, 2, 3, None):
        picture.update(shown=shown)
        images.append(len(marks(picture, "image")))
    assert images == [0, 1, 5, 6, 6]


def test_repeated_blocks_have_no_values_of_their_own():
    inputs = x = keras.Input((8,))
    for _ in range(14):
        x = layers.Add()([x, layers.Dense(8)(layers.LayerNormalization()(x))])
    picture = draw.model(keras.Model(inputs, x), values=np.ones(8))
    assert not marks(picture, "image")
    assert picture.size == draw.model(keras.Model(inputs, x)).size
    assert "One sample" not in picture.describe()


def test_values_stand_beside_the_words_where_boxes_would_be_too_high():
    inputs = keras.Input((28, 28, 1))
    ways = [layers.Conv2D(4, 1 + 2 * i, padding="same")(inputs) for i in range(4)]
    model = keras.Model(inputs, layers.Dense(3)(layers.Flatten()(layers.Add()(ways))))
    graph, values = models.graph(model), models.values(model, DIGIT)
    picture = Picture(draw_graph, graph, values, most=300)
    assert picture.size[1] < 0.7 * Picture(draw_graph, graph, values).size[1]
    assert len(marks(picture, "image")) >= len(graph.nodes)
    assert flaws_at_all_widths(picture) == []


def unlike(count, ways):
    """A graph of so many layers, no two alike, in so many chains side by side."""
    nodes = [Node("input", "InputLayer", "input", shapes=((None, 4),))]
    nodes += [Node(f"dense_{i}", "Dense", settings=str(i), shapes=((None, i),), parameters=i)
              for i in range(1, count)]  # fmt: skip
    edges = tuple(Edge(max(0, i - ways), 0, i) for i in range(1, count))
    outputs = tuple((i, 0) for i in range(count - ways, count))
    return models.Graph("long", "Functional", tuple(nodes), edges, (0,), outputs, count)


@pytest.mark.parametrize("ways", [1, 3])
def test_a_picture_of_layers_without_end_is_bounded(ways):
    picture = Picture(draw_graph, unlike(320 * ways, ways))
    assert 3000 < picture.size[1] < 6100
    (middle,) = (text for text in texts(picture) if re.fullmatch(r"[\d,]+ layers", text))
    written = texts(picture, bold=True).count("Dense")
    assert written + int(middle.split()[0].replace(",", "")) == 320 * ways - 1
    assert flaws(picture) == []

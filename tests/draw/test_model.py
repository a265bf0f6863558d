"""The picture of a model: its geometry, its words and what it says."""

import re

import keras
import numpy as np
import pytest
from draw.looking import drawn, flaws, texts
from keras import layers
from matplotlib.figure import Figure
from models import zoo
from models.test_layout import crossed, overlaps

from anatomy import draw, models
from anatomy.draw.model_plan import plan

ROOM = 776  # CSS pixels of width


def plans(one):
    """A plan and all those in its frames."""
    yield one
    for unit in one.units:
        if unit.plan:
            yield from plans(unit.plan)


def shown(made, times=1):
    """How many layers each written row stands for."""
    for unit in made.units:
        if unit.plan:
            yield from shown(unit.plan, times * unit.nodes[0].times)
        elif unit.words and unit.nodes:
            yield times * len(unit.words)


def check_geometry(made):
    for one in plans(made):
        assert overlaps(one.place.boxes) == []
        assert crossed(one.place.boxes, one.place.lines) == []
        for unit, (left, top, width, height) in zip(one.units, one.place.boxes, strict=True):
            assert left >= 0
            assert left + width <= one.place.width + 0.5
            assert top + height <= one.place.height
            if unit.plan:  # what is in a frame stays in it
                assert unit.plan.place.width <= width
                assert unit.plan.place.height <= height


@pytest.mark.parametrize("build", zoo.SMALL)
@pytest.mark.parametrize("expand", [False, True])
def test_nothing_overlaps_or_is_cut_off(build, expand):
    picture = draw.model(zoo.made(build), expand=expand)
    check_geometry(picture.plan)
    assert flaws(picture) == []
    assert min(text.get_fontsize() for text in drawn(picture)) >= 10
    assert picture.size[0] == 800


@pytest.mark.parametrize("name", zoo.APPLICATIONS)
def test_applications_are_drawn_without_overlap(name):
    with zoo.application(name) as model:
        graph = models.graph(model)
    made = plan(graph, ROOM)
    check_geometry(made)
    assert made.place.width <= ROOM
    assert made.place == plan(graph, ROOM).place
    assert sum(shown(made)) == len(graph.nodes)


@pytest.mark.parametrize("name", ["ResNet50", "DenseNet121", "InceptionV3"])
def test_a_model_of_150_layers_can_be_read(name):
    with zoo.application(name) as model:
        picture = draw.model(model)
        said = picture.describe()
    assert flaws(picture) == []
    assert min(text.get_fontsize() for text in drawn(picture)) >= 10
    assert picture.size[0] == 800
    assert f"{model.count_params():,} parameters" in said
    assert any(text.startswith("× ") for text in texts(picture))


def test_every_layer_is_named_with_its_type_settings_shape_and_parameters():
    model = zoo.made(zoo.inception)
    said = " ".join(texts(draw.model(model)))
    for layer in model.layers:
        assert layer.name in said
        assert type(layer).__name__ in said
        assert str(tuple(layer.output.shape)) in said
        if layer.count_params():
            assert f"{layer.count_params():,} parameters" in said
    assert said.count("relu") == 6
    assert "128, 3×3, relu" in said


def test_there_is_an_arrow_for_each_edge():
    picture = draw.model(zoo.made(zoo.inception))
    heads = [p for p in picture.figure.axes[0].patches if len(p.get_path()) == 4]
    assert len(heads) == len(picture.graph.edges) + 1  # and one out of the model


def test_inputs_and_branches_are_from_left_to_right_as_in_the_call():
    made = draw.model(zoo.made(zoo.two_branches)).plan
    left = {unit.nodes[0].name: box[0] for unit, box in zip(made.units, made.place.boxes,
            strict=True) if unit.nodes}  # fmt: skip
    assert left["title"] < left["body"]


def test_loss_and_optimizer_stand_at_the_ends():
    found = texts(draw.model(zoo.made(zoo.heads)))
    assert found.count("loss") == 3
    assert found.count("mse") == 2
    assert "optimizer Adam, learning_rate=0.001" in found
    assert "sparse_categorical_crossentropy" in texts(draw.model(zoo.made(zoo.stack)))
    assert "loss" not in texts(draw.model(zoo.made(zoo.unet)))


def test_shared_and_frozen_layers_are_told_in_words():
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


def test_what_grows_is_written_as_a_span():
    with zoo.application("DenseNet121") as model:
        found = texts(draw.model(model))
    assert "56×56×64…224" in found
    assert "8,192…28,672" in found


def test_of_a_subclassed_model_the_order_is_all_that_is_known():
    picture = draw.model(zoo.made(zoo.subclassed))
    assert any("in order of creation" in text for text in texts(picture))
    styles = [patch.get_linestyle() for patch in picture.figure.axes[0].patches]
    assert len([dots for dots in styles if isinstance(dots, tuple)]) == 2  # a line, and to the loss
    assert not [p for p in picture.figure.axes[0].patches if len(p.get_path()) == 4]


@pytest.mark.parametrize("compiled", [False, True])
def test_a_short_stack_is_seen_at_one_glance(compiled):
    stack = [layers.Conv2D(4, 3, activation="relu") for _ in range(6)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack])
    if compiled:
        model.compile("sgd", loss="sparse_categorical_crossentropy")
    assert draw.model(model).size[1] <= 500


def test_its_words():
    text = draw.model(zoo.made(zoo.stack)).describe()
    assert text.startswith("Model 'stack': 3 layers, 25,450 parameters. ")
    assert re.search(
        r"\w+ \(None, 784\) -> \w+ Dense \(None, 32\) \[32, relu; 25,120 parameters\] -> "
        r"\w+ Dropout \(None, 32\) \[0.5\] -> \w+ Dense \(None, 10\) \[10, softmax; 330 ",
        text,
    )
    assert "Loss sparse_categorical_crossentropy; optimizer RMSprop, learning_rate=0.001." in text
    text = draw.model(zoo.made(zoo.two_branches)).describe()
    assert "title (None, 128)\n" in text
    assert re.search(r"^concatenate\w* Concatenate \(None, 48\) <- dense\w*, dense\w*$", text, re.M)
    text = draw.model(zoo.made(zoo.nested), expand=True).describe()
    assert re.search(r"^    conv2d\w* Conv2D .*, frozen\] <- ", text, re.M)
    assert "order of creation" in draw.model(zoo.made(zoo.subclassed)).describe()


def test_the_same_model_gives_the_same_picture():
    model = zoo.made(zoo.nests)
    assert draw.model(model, expand=True).png(1) == draw.model(model, expand=True).png(1)


def test_it_is_drawn_on_given_axes():
    figure = Figure((4, 4))
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    ax.plot([0, 1], [2, 3])
    limits = ax.get_xlim(), ax.get_ylim()
    picture = draw.model(zoo.made(zoo.stack), ax=ax)
    assert picture.figure is figure
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    assert "Dense" in texts(picture)


def test_errors():
    with pytest.raises(ValueError, match="is not built"):
        draw.model(keras.Sequential([layers.Dense(3)]))
    with pytest.raises(TypeError, match=r"is the layer 'd', a Dense"):
        draw.model(layers.Dense(3, name="d"))
    with pytest.raises(TypeError, match=r"not a keras\.Model"):
        draw.model(np.zeros(3))

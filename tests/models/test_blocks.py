"""Repeated blocks of a graph: those of the papers, and none where a tensor is taken elsewhere."""

import keras
import pytest
from keras import layers
from models import zoo

from anatomy import models

TIMES = {  # how often each block of an architecture is repeated
    "ResNet50": [2, 3, 5, 2],  # 3, 4, 6, 3 blocks, of which the first is another
    "DenseNet121": [6, 12, 24, 16],
    "ConvNeXtTiny": [3, 3, 9, 3],
    "InceptionResNetV2": [10, 20, 9],
    "MobileNet": [5],
    "Xception": [8],
    "NASNetMobile": [3, 3, 3],  # 4 cells a stage, of which the first takes other sizes
    "VGG16": [],
}


@pytest.mark.parametrize("name", [*TIMES, "EfficientNetB0"])
def test_repeated_blocks_are_those_of_the_papers_and_nothing_is_lost(name):
    with zoo.application(name) as model:
        graph = models.graph(model)
        folded = models.folded(graph)
        counts = model.count_params(), len(model.layers), len(model.operations)
    if name in TIMES:
        assert [node.times for node in folded.nodes if node.kind == "block"] == TIMES[name]
    for one in (graph, folded):
        assert one.layers == counts[1]
        assert sum(node.counted for node in one.nodes) == counts[0]
    unfolded = sum(
        node.times * (len(node.inside.nodes) - len(node.inside.inputs)) if node.inside else 1
        for node in folded.nodes
    )
    assert unfolded == len(graph.nodes) == counts[2]
    assert all(edge.source < edge.target for edge in folded.edges)


def test_a_block_begins_where_one_tensor_comes_in():
    graph = models.folded(models.graph(zoo.transformer(6)))
    (block,) = [node for node in graph.nodes if node.kind == "block"]
    assert block.times == 6
    assert [node.kind for node in block.inside.nodes].count("entry") == 1
    assert block.inside.nodes[1].type == "MultiHeadAttention"
    assert block.inside.nodes[-1].type == "LayerNormalization"
    assert len(block.inside.outputs) == 1


def deep(skip):
    """Ten Dense layers in a row; the output of number ``skip`` is taken at the end, too."""
    x = kept = inputs = keras.Input((4,))
    for i in range(10):
        x = layers.Dense(4)(x)
        kept = x if i == skip else kept
    outputs = x if skip is None else layers.Add()([x, kept])
    return keras.Model(inputs, outputs)


def test_a_run_is_not_folded_over_a_tensor_that_is_taken_elsewhere():
    runs = {skip: _folds(deep(skip)) for skip in (None, 9, 4, 0)}
    assert runs == {None: [10], 9: [10], 4: [], 0: [9]}


def _folds(model):
    graph = models.folded(models.graph(model))
    return [node.times for node in graph.nodes if node.kind == "block"]


def test_what_grows_from_block_to_block_is_known():
    with zoo.application("DenseNet121") as model:
        graph = models.folded(models.graph(model))
    block = next(node for node in graph.nodes if node.kind == "block")
    first, last = block.inside.nodes[1], block.inside.nodes[1].last
    assert (first.shapes[0][-1], last.shapes[0][-1]) == (64, 224)
    assert block.parameters == 338_304


def test_blocks_are_cut_so_that_each_has_as_many_parameters():
    with zoo.application("MobileNet") as model:
        graph = models.folded(models.graph(model))
    (block,) = [node for node in graph.nodes if node.kind == "block"]
    assert block.inside.nodes[1].type == "DepthwiseConv2D"
    assert all(n.parameters == n.last.parameters for n in block.inside.nodes[1:])


def test_all_blocks_may_take_what_came_before_the_first():
    memory, x = keras.Input((7, 8)), keras.Input((5, 8))
    inputs = [memory, x]
    for _ in range(5):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(1, 4)(x, memory))
    model = keras.Model(inputs, x)
    (block,) = [n for n in models.folded(models.graph(model)).nodes if n.kind == "block"]
    assert (block.times, len(block.inside.inputs), len(block.inside.outputs)) == (5, 2, 1)


def test_a_block_may_take_from_the_one_before_the_last():
    """Cells as in NASNet: each takes the outputs of the two before it."""
    before = x = inputs = keras.Input((4,))
    for _ in range(6):
        one, other = layers.Dense(4)(before), layers.Dense(4, "relu")(x)
        before, x = x, layers.Add()([one, other])
    model = keras.Model(inputs, layers.Concatenate()([before, x]))
    graph = models.folded(models.graph(model))
    (block,) = [n for n in graph.nodes if n.kind == "block"]
    assert block.inside.inputs == (0, 1)
    passed, last = block.inside.outputs
    assert block.inside.nodes[passed[0]].kind == "entry"
    assert block.inside.nodes[last[0]].type == "Add"
    assert block.shapes == ((None, 4), (None, 4))

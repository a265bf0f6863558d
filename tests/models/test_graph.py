"""A model as a graph, compared with what Keras itself writes down of it."""

import keras
import numpy as np
import pytest
from keras import layers
from models import zoo

from anatomy import models

WIRED = [build for build in zoo.SMALL if build not in (zoo.subclassed, zoo.lazy)]


def names(graph):
    return [node.name for node in graph.nodes]


def pairs(graph):
    """(source, target) by name, of all edges."""
    return sorted((graph.nodes[e.source].name, graph.nodes[e.target].name) for e in graph.edges)


def written(config):
    """(source, target) by name, as in the configuration that Keras saves."""

    def tensors(part):
        if isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
            yield part["config"]["keras_history"][0]
        elif isinstance(part, (dict, list, tuple)):
            for inner in part.values() if isinstance(part, dict) else part:
                yield from tensors(inner)

    return sorted(
        (source, layer["name"])
        for layer in config["layers"]
        for call in layer["inbound_nodes"]
        for source in tensors(call)
    )


@pytest.mark.parametrize("build", zoo.SMALL)
def test_counts_are_those_of_keras(build):
    model = zoo.made(build)
    graph = models.graph(model)
    assert graph.layers == len(model.layers)
    assert graph.parameters == model.count_params()
    assert sum(node.counted for node in graph.nodes) == model.count_params()
    frozen = sum(np.prod(w.shape, dtype=int) for w in model.non_trainable_weights)
    assert graph.frozen == frozen


@pytest.mark.parametrize("name", zoo.APPLICATIONS)
def test_counts_of_applications(name):
    with zoo.application(name) as model:
        graph = models.graph(model)
        folded = models.folded(graph)
        for one in (graph, folded):
            assert one.layers == len(model.layers)
            assert sum(node.counted for node in one.nodes) == model.count_params()
        unfolded = sum(
            node.times * (len(node.inside.nodes) - len(node.inside.inputs)) if node.inside else 1
            for node in folded.nodes
        )
        assert unfolded == len(graph.nodes) == len(model.operations)


# Keras cannot write down a model that holds a subclassed one.
@pytest.mark.parametrize("build", [build for build in WIRED if build is not zoo.nests])
def test_edges_are_those_that_keras_saves(build):
    model = zoo.made(build)
    functional = getattr(model, "_functional", model)
    assert pairs(models.graph(model)) == written(functional.get_config())


@pytest.mark.parametrize("build", WIRED)
def test_nodes_come_after_what_they_take(build):
    graph = models.graph(zoo.made(build))
    assert all(edge.source < edge.target for edge in graph.edges)


def test_shapes_are_those_of_the_layers():
    model = zoo.made(zoo.inception)
    for node in models.graph(model).nodes:
        assert node.shapes == (model.get_layer(node.name).output.shape,)


def test_the_shape_on_an_edge():
    graph = models.graph(zoo.made(zoo.operations))
    (edge,) = [e for e in graph.edges if graph.nodes[e.target].type == "Mean"]
    assert graph.shape(edge) == (None, 4, 4)
    assert graph.nodes[graph.outputs[1][0]].shapes == ((None, 2, 4), (None, 2, 4))
    assert graph.outputs[1][1] == 1


def test_branches_are_in_the_order_of_the_call():
    graph = models.graph(zoo.made(zoo.two_branches))
    assert [graph.nodes[i].name for i in graph.inputs] == ["title", "body"]
    filters = [
        n.settings for n in models.graph(zoo.made(zoo.inception)).nodes if n.type == "Conv2D"
    ]
    assert [text.split(",")[0] for text in filters] == ["64", "96", "128", "16", "32", "32"]


def test_a_shared_layer_is_a_node_for_each_call():
    graph = models.graph(zoo.made(zoo.again))
    calls = [(node.call, node.calls) for node in graph.nodes if node.type == "Dense"]
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert graph.parameters == 20
    towers = [node for node in models.graph(zoo.made(zoo.siamese)).nodes if node.name == "tower"]
    assert [node.call for node in towers] == [1, 2]
    assert [node.counted for node in towers] == [50240, 0]


def test_nested_models_are_opened_at_any_depth():
    graph = models.graph(zoo.made(zoo.nests), expand=True)
    inside = {node.name: node.inside for node in graph.nodes if node.kind == "model"}
    assert set(inside) == {"own", "pair", "deep"}
    assert inside["own"].wired is False
    (deepest,) = [node for node in inside["deep"].nodes if node.name == "deepest"]
    assert [node.type for node in deepest.inside.nodes] == ["InputLayer", "Dense"]
    assert not any(node.inside for node in models.graph(zoo.made(zoo.nests)).nodes)


def test_frozen_layers():
    base = models.graph(zoo.made(zoo.nested)).nodes[1]
    assert (base.kind, base.trainable) == ("model", False)
    assert models.graph(zoo.made(zoo.nested)).frozen == base.parameters


def test_a_subclassed_model_is_listed():
    graph = models.graph(zoo.made(zoo.subclassed))
    assert names(graph) == ["last", "first"]
    assert not graph.wired
    assert not graph.edges
    assert [node.shapes for node in graph.nodes] == [((2, 3),), ((2, 4),)]


def test_loss_and_optimizer():
    assert models.graph(zoo.made(zoo.stack)).losses == ("sparse_categorical_crossentropy",)
    assert models.graph(zoo.made(zoo.stack)).optimizer == "RMSprop, learning_rate=0.001"
    assert models.graph(zoo.made(zoo.heads)).losses == ("mae", "mse", "mse")
    assert models.graph(zoo.made(zoo.named)).losses == ("mse", "Huber")
    assert models.graph(zoo.made(zoo.subclassed)).losses == ("mse",)
    assert models.graph(zoo.made(zoo.unet)).losses == ("",)
    assert models.graph(zoo.made(zoo.unet)).optimizer == ""
    model = zoo.stack()
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model.compile(keras.optimizers.SGD(schedule), loss=keras.losses.mean_squared_error)
    graph = models.graph(model)
    assert graph.optimizer == "SGD, learning_rate=ExponentialDecay"
    assert graph.losses == ("mean_squared_error",)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (layers.Dense(32, activation="relu"), "32, relu"),
        (layers.Dense(32), "32"),
        (layers.Conv2D(64, 3, strides=2, activation="relu"), "64, 3×3, stride 2, relu"),
        (layers.Conv1D(4, 5, dilation_rate=2), "4, 5, dilation 2"),
        (layers.MaxPooling2D(2), "2×2"),
        (layers.MaxPooling2D(3, 2), "3×3, stride 2"),
        (layers.Conv2D(4, (1, 3), strides=(2, 1)), "4, 1×3, strides 2×1"),
        (layers.ZeroPadding2D(1), "1"),
        (layers.ZeroPadding2D(((0, 1), (0, 1))), "(0, 1), (0, 1)"),
        (layers.Dropout(0.5), "0.5"),
        (layers.Activation("relu"), "relu"),
        (layers.Embedding(500, 16), "500, 16"),
        (layers.LSTM(8, return_sequences=True), "8, tanh, return_sequences"),
        (layers.Bidirectional(layers.LSTM(8)), "LSTM 8, tanh"),
        (layers.TimeDistributed(layers.Dense(3)), "Dense 3"),
        (layers.MultiHeadAttention(4, 16), "4 heads of 16"),
        (layers.Reshape((4, 4)), "4×4"),
        (layers.Concatenate(axis=1), "axis 1"),
        (layers.Concatenate(), ""),
        (layers.Flatten(), ""),
    ],
)
def test_the_settings_of_a_layer(layer, words):
    assert models.words.settings(layer) == words


def test_errors():
    unbuilt = keras.Sequential([layers.Dense(3)], name="new")
    with pytest.raises(ValueError, match=r"'new' is not built.*start it with keras.Input"):
        models.graph(unbuilt)
    with pytest.raises(TypeError, match=r"the layer 'd', a Dense, not a keras.Model"):
        models.graph(layers.Dense(3, name="d"))
    for other in (None, "model", np.zeros(3), keras.Input((3,))):
        with pytest.raises(TypeError, match=r"not a keras.Model: pass a Keras model"):
            models.graph(other)

    class Bare(keras.Model):
        def call(self, x):
            return x

    bare = Bare(name="bare")
    bare(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="'bare' has no layers that Keras knows"):
        models.graph(bare)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("ResNet50", [2, 3, 5, 2]),  # 3, 4, 6, 3 blocks, of which the first is another
        ("DenseNet121", [6, 12, 24, 16]),
        ("ConvNeXtTiny", [3, 3, 9, 3]),
        ("Xception", [8]),
        ("InceptionResNetV2", [10, 20, 9]),
        ("VGG16", []),
    ],
)
def test_repeated_blocks_are_those_of_the_papers(name, times):
    with zoo.application(name) as model:
        graph = models.folded(models.graph(model))
    assert [node.times for node in graph.nodes if node.kind == "block"] == times


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

"""A model as a graph, compared with what Keras itself writes down of it."""

import keras
import numpy as np
import pytest
from keras import layers
from models import zoo

from anatomy import models
from anatomy.models.settings.facts import settings

pytestmark = pytest.mark.usefixtures("quick_weights")


class Cell(layers.Layer):
    state_size = 3

    def call(self, x, states):
        return states[0], states


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
    assert graph.shape(edge.source, edge.output) == (None, 4, 4)
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
    assert [node.shapes for node in graph.nodes] == [((None, 3),), ((None, 4),)]


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
        (layers.Bidirectional(layers.RNN(layers.LSTMCell(8))), "RNN LSTMCell 8, tanh"),
        (
            layers.RNN([layers.GRUCell(3), Cell()], return_sequences=True),
            "GRUCell 3, tanh, Cell, return_sequences",
        ),
        (layers.TimeDistributed(layers.Dense(3)), "Dense 3"),
        (layers.MultiHeadAttention(4, 16), "4 heads of 16"),
        (layers.Reshape((4, 4)), "4×4"),
        (layers.Concatenate(axis=1), "axis 1"),
        (layers.Concatenate(), ""),
        (layers.Flatten(), ""),
    ],
)
def test_the_settings_of_a_layer(layer, words):
    assert settings(layer) == words


def test_errors():
    unbuilt = keras.Sequential([layers.Dense(3)], name="new")
    with pytest.raises(ValueError, match=r"'new' is not built.*start it with keras.Input"):
        models.graph(unbuilt)
    with pytest.raises(TypeError, match=r"model is Dense <Dense name=d.*; give a keras\.Model"):
        models.graph(layers.Dense(3, name="d"))
    for other in (None, "model", np.zeros(3), keras.Input((3,))):
        with pytest.raises(TypeError, match=r"model is .*; give a keras\.Model"):
            models.graph(other)

    class Bare(keras.Model):
        def call(self, x):
            return x

    bare = Bare(name="bare")
    bare(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="'bare' has no layers that Keras knows"):
        models.graph(bare)


def test_a_model_that_was_built_by_a_batch_takes_any():
    model = keras.Sequential([layers.Dense(8), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((64, 10)), np.zeros((64, 1)), verbose=0)
    assert [node.shapes for node in models.graph(model).nodes][1:] == [((None, 8),), ((None, 1),)]
    same = keras.Sequential([keras.Input((10,)), layers.Dense(8), layers.Dense(1)])
    assert models.same(model, same)


def test_a_layer_of_state_holds_on_to_its_batch():
    lstm = layers.LSTM(4, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(16, 2, 1)), lstm, layers.Dense(1)])
    assert models.graph(model).nodes[-1].shapes == ((16, 1),)
    free = keras.Sequential([keras.Input(batch_shape=(16, 2)), layers.Dense(1)])
    assert models.graph(free).nodes[-1].shapes == ((None, 1),)


def test_masks_that_keras_hands_along_are_no_layers():
    tokens = keras.Input((7,), dtype="int32")
    x = layers.LSTM(3)(layers.Embedding(10, 4, mask_zero=True)(tokens))
    model = keras.Model(tokens, layers.Dense(1)(x))
    assert [n.type for n in models.graph(model).nodes] == [
        "InputLayer",
        "Embedding",
        "LSTM",
        "Dense",
    ]
    found = models.values(model, np.array([1, 2, 0, 0, 0, 0, 0]))
    np.testing.assert_allclose(
        found[-1][0], np.asarray(model(np.array([[1, 2, 0, 0, 0, 0, 0]])))[0]
    )


def test_an_operation_has_its_constants_as_settings():
    inputs = keras.Input((6,))
    model = keras.Model(inputs, inputs[:, :2] / 3.0)
    graph = models.graph(model)
    assert [(node.type, node.settings) for node in graph.nodes[1:]] == [
        ("GetItem", "[:, :2]"), ("TrueDivide", "3.0")]  # fmt: skip


def test_a_part_of_a_tensor_is_written_as_it_was():
    x = keras.Input((8, 3))
    parts = {
        "[:, -1]": x[:, -1], "[:, ::2, :]": x[:, ::2, :], "[:, 1::2, :]": x[:, 1::2, :],
        "[..., None]": x[..., None], "[:, 2:-1]": x[:, 2:-1], "[0]": x[0],
    }  # fmt: skip
    graph = models.graph(keras.Model(x, list(parts.values())))
    assert [n.settings for n in graph.nodes if n.type == "GetItem"] == list(parts)


def test_a_model_in_a_wrapper_is_opened():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="inner")
    film = keras.Input((5, 3))
    model = keras.Model(film, layers.TimeDistributed(inner)(film))
    (node,) = [n for n in models.graph(model, expand=True).nodes if n.kind == "model"]
    assert [n.type for n in node.inside.nodes] == ["InputLayer", "Dense"]
    assert node.inside.nodes[1].settings == "2"


def test_layers_of_one_name_are_several_layers():
    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = keras.Sequential([keras.Input((4,)), layers.Dense(2)], name="student")
            self.other = keras.models.clone_model(self.one)

        def call(self, x):
            return self.one(x) + self.other(x)

    pair = Pair()
    pair(np.zeros((2, 4)))
    assert models.graph(pair).layers == len(pair.layers) == 2
    assert [node.settings for node in models.graph(pair).nodes] == ["1 layer", "1 layer"]


def outputs(model, x):
    """The output of each layer by a model of Keras that ends there."""
    return [np.asarray(keras.Model(model.inputs, layer.output)([x]))[0] for layer in model.layers]


def test_values_are_those_of_keras():
    x = np.random.default_rng(0).normal(size=(28, 28, 192))
    model = zoo.made(zoo.inception)
    found = models.values(model, x.ravel())
    names = [node.name for node in models.graph(model).nodes]
    for layer, wanted in zip(model.layers, outputs(model, x[None]), strict=True):
        (values,) = found[names.index(layer.name)]
        np.testing.assert_allclose(values, wanted, rtol=1e-4, atol=1e-5)


def test_values_of_several_inputs():
    model = zoo.made(zoo.two_branches)
    x = {"body": np.ones(64), "title": np.zeros(128)}
    (last,) = models.values(model, x)[-1]
    np.testing.assert_allclose(last, np.asarray(model([x["title"][None], x["body"][None]]))[0])
    for wrong in ([x["body"]], {"body": x["body"]}, [x["body"], x["body"]]):
        with pytest.raises(ValueError, match=r"x(\[0\])? has"):
            models.values(model, wrong)
    with pytest.raises(ValueError, match="functional API"):
        models.values(zoo.made(zoo.subclassed), np.zeros(5))


def test_losses_stand_at_the_outputs_of_a_dict():
    x = keras.Input((4,))
    end = layers.Dense(1, name="end")(x)
    model = keras.Model(x, {"u": end, "v": layers.Dense(2)(x), "w": end})
    model.compile("sgd", {"u": "mse", "w": "mae"})
    assert models.graph(model).losses == ("mse", "", "mae")


def test_a_model_in_two_wrappers_is_opened():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    film = keras.Input((5, 4, 3))
    model = keras.Model(film, layers.TimeDistributed(layers.TimeDistributed(inner))(film))
    (node,) = [n for n in models.graph(model, expand=True).nodes if n.kind == "model"]
    assert [n.type for n in node.inside.nodes] == ["InputLayer", "Dense"]


def test_an_operation_has_its_configuration_as_settings():
    x = keras.Input((4, 6))
    total, taken = keras.ops.sum(x, axis=1), keras.ops.take(x, 3, axis=1)
    nodes = models.graph(keras.Model(x, [total, taken])).nodes
    assert [n.settings for n in nodes[1:]] == ["axis=1", "3, axis=1"]

"""What is used of Keras without its leave is there, and means what it is used for."""

import re
from pathlib import Path

import keras
import numpy as np
from keras import layers

import anatomy
from anatomy.training import private

X = np.zeros((4, 3), "float32")


def model():
    inputs = keras.Input((3,), name="x")
    shared = layers.Dense(3, activation="relu", name="shared")
    outputs = {"y": layers.Dense(1, name="end")(shared(shared(inputs)))}
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.5), {"y": "mse"}, loss_weights={"y": 2.0})
    return model


def test_models_and_layers():
    one = model()
    shared = one.get_layer("shared")
    assert {"x", "shared", "end"} <= {part.name for part in private.flat_layers(one)}
    assert [v.name for v in private.own_variables(shared)] == ["kernel", "bias"]
    normalized = layers.BatchNormalization()
    normalized.build((None, 3))
    assert len(private.own_variables(normalized)) == 4
    assert len(private.own_variables(normalized, trainable_only=True)) == 2
    assert len(private.calls(shared)) == 2
    assert len(private.model_calls(one)) == 4
    layer, node, which = private.producer(one.outputs[0])
    assert (layer.name, len(node.input_tensors), which) == ("end", 1, 0)
    assert private.functional(keras.Sequential([keras.Input((3,)), shared])) is not None
    assert private.build_shapes(shared) == {"input_shape": (None, 3)}
    assert list(private.outputs_structure(one)) == ["y"]
    assert private.takes_training(one)
    masked = layers.Masking()(np.zeros((1, 2, 3), "float32"))
    assert private.mask(masked).shape == (1, 2)
    assert private.mask(X) is None
    assert private.snake_case("MaxPooling2D") == "max_pooling2d"
    assert private.is_random(keras.initializers.GlorotUniform())
    assert not private.is_random(keras.initializers.Zeros())
    assert private.fans((3, 3, 2, 8)) == (18, 72)


def test_compile_and_fit():
    one = model()
    assert private.compile_settings(one)["loss_weights"] == {"y": 2.0}
    assert isinstance(private.loss_function("mse", X, X), keras.losses.Loss)
    assert private.loss_arguments(keras.losses.Huber(0.3))["delta"] == 0.3
    assert private.learning_rate_variable(one.optimizer) is not None
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.25))
    assert float(private.learning_rate_variable(scaled)) == 0.25
    falling = keras.optimizers.schedules.CosineDecay(0.1, 9)
    assert private.learning_rate_variable(keras.optimizers.SGD(falling)) is None
    assert not private.is_built(one)
    private.build_as_fit(one, lambda: (X[:1], {"y": X[:1, :1]}, None))
    assert private.is_built(one)
    assert one.optimizer.built
    (x, _, weights), rest = private.split_off((X, X, None), 0.25)
    assert (len(x), len(rest[0]), weights) == (3, 1, None)


def test_names_and_lambdas():
    with private.undisturbed():
        private.fresh_names()
        assert layers.Dense(1).name == "dense"
    lambdas = layers.Lambda(lambda x: 2 * x)
    with private.trusted():
        copy = layers.Lambda.from_config(lambdas.get_config())
    assert float(copy(np.float32(3))) == 6


def test_no_other_file_of_the_engine_has_a_private_name():
    folder = Path(anatomy.__file__).parent
    files = [f for room in ("training", "check", "data") for f in (folder / room).glob("*.py")]
    pattern = re.compile(r"keras\.src|\b(?:model|layer|optimizer|loss|part|tensor|keras)\._")
    for file in files:
        if file.name != "private.py":
            assert not pattern.findall(file.read_text()), file

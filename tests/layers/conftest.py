"""Shared by the tests that ask Keras for the shapes of many layers."""

import jax
import keras
import numpy as np
import pytest


@pytest.fixture(scope="module")
def quick_weights():
    """Initial weights from NumPy: Keras's own compile once for each new shape."""
    random = np.random.default_rng(0)

    def drawn(self, shape, dtype="float32", **_):
        return keras.ops.convert_to_tensor(random.normal(size=shape), dtype)

    initializers = keras.initializers
    with pytest.MonkeyPatch.context() as patch:
        for kind in (initializers.VarianceScaling, initializers.Orthogonal, initializers.Zeros):
            patch.setattr(kind, "__call__", drawn)
        yield


@pytest.fixture(scope="module")
def quick_compiler():
    """Code of which XLA makes less, for steps that are taken once."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)

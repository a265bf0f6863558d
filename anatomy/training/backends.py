"""Functions of arrays, compiled and differentiated on every backend."""

from anatomy.lazy import jax, keras
from anatomy.training.compiled import Owned


def compiled(function):
    """The function of arrays, compiled by JAX or TensorFlow; on PyTorch as it is."""
    backend, tree = keras.backend.backend(), keras.tree
    if backend == "jax":
        return Owned(function)
    if backend == "tensorflow":
        import tensorflow

        function = tensorflow.function(function, autograph=False)
        function._omit_frequent_tracing_warning = True  # one for each loss, and each optimizer

    def of_arrays(*arguments):
        tensors = tree.map_structure(keras.ops.convert_to_tensor, arguments)
        return tree.map_structure(keras.ops.convert_to_numpy, function(*tensors))

    return of_arrays


def value_and_grad(function):
    """``jax.value_and_grad`` of a function of one array, on every backend."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return lambda x: torch.func.grad_and_value(function)(x)[::-1]
    if backend == "tensorflow":
        import tensorflow

        def both(x):
            with tensorflow.GradientTape() as tape:
                tape.watch(x)
                value = function(x)
            return value, tape.gradient(value, x, unconnected_gradients="zero")

        return both
    return jax.value_and_grad(function)


def computed(jaxpr):
    """Bytes of all values in a traced function, those of the functions in it included."""
    total = sum(v.aval.size * v.aval.dtype.itemsize for v in jaxpr.invars)
    for equation in jaxpr.eqns:
        total += sum(v.aval.size * v.aval.dtype.itemsize for v in equation.outvars)
        for inner in equation.params.values():
            inner = getattr(inner, "jaxpr", inner)
            total += computed(inner) if hasattr(inner, "eqns") else 0
    return total

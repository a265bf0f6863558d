"""Code compiled in a hurry, where no number hangs on it: a quarter of the time."""

import contextlib

import memory
import pytest

#: The same for another process: what to put into its environment.
FLAGS = {"XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"}


@contextlib.contextmanager
def compiler():
    """XLA optimizes least meanwhile, and emits code in its older way, without MLIR's passes."""
    import jax
    from jax._src import compiler

    options = compiler.get_compile_options

    def quick(*arguments, **more):
        chosen = options(*arguments, **more)
        others = list(chosen.env_option_overrides)
        chosen.env_option_overrides = [*others, ("xla_cpu_use_fusion_emitters", False)]
        return chosen

    jax.config.update("jax_disable_most_optimizations", True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "get_compile_options", quick)
        yield
    memory.forget()
    jax.config.update("jax_disable_most_optimizations", False)

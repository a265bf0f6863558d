"""Code compiled in a hurry, where no last digit hangs on it: a third of the time."""

import os

import memory

#: XLA optimizes least, emits code in its older way, without MLIR's passes, and as one module.
OPTIONS = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}
#: The same for another process: what to put into its environment.
FLAGS = {"XLA_FLAGS": " ".join(f"--{name}={value}" for name, value in OPTIONS.items())}

_hurried = False


def hurry(hurried=True):
    """Compiles so from now on, or as it is done for a student; what is compiled is forgotten."""
    global _hurried
    import jax

    jax.devices()  # XLA has read the environment, which is for the processes that follow
    os.environ.pop("XLA_FLAGS", None)
    if hurried:
        os.environ |= FLAGS
    if hurried != _hurried:
        _hurried = hurried
        _install()
        memory.forget()


def _install():
    from jax._src import compiler

    if hasattr(compiler, "as_for_a_student"):
        return
    compiler.as_for_a_student = compiler.get_compile_options

    def options(*arguments, **more):
        chosen = compiler.as_for_a_student(*arguments, **more)
        if _hurried:
            chosen.env_option_overrides = [*chosen.env_option_overrides, *OPTIONS.items()]
        return chosen

    compiler.get_compile_options = options

"""JAX's persistent compilation cache, for those who ask for it."""

import hashlib
import pathlib
import platform
import warnings


def cache_on_disk(folder=None):
    """Keeps compiled code on disk, so that the first fit of the next session is quick too.

    Compiled code fits one kind of processor and one version of JAX, so each gets a
    folder of its own: a home shared between machines does no harm.

    Args:
        folder: path; by default ``anatomy`` in the user's cache folder.

    Returns:
        The ``pathlib.Path`` in use, or None (with a warning) where it cannot be written.

    Source: https://docs.jax.dev/en/latest/persistent_compilation_cache.html
    """
    import jax
    import platformdirs

    folder = pathlib.Path(folder or platformdirs.user_cache_path("anatomy")) / _machine()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / "writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        warnings.warn(f"No cache on disk: {folder} cannot be written ({error}).", stacklevel=2)
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


def _machine():
    """A folder name for this version of JAX on this kind of processor."""
    import jax

    cpu = pathlib.Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    features = [line for line in lines if line.startswith(("model name", "flags"))][:2]
    text = "\n".join([platform.machine(), platform.processor(), *features])
    return f"jax-{jax.__version__}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

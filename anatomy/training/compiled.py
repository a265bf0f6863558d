"""Which runs may share compiled functions, and the store that keeps them.

XLA needs a third of a second to compile what then runs in a millisecond. Two
models that differ only in their numbers (weights, a learning rate) compile to
the same code: the second one is given that of the first.
"""

import collections
import json
import threading

from anatomy.training.loop import Functions


def key(model):
    """What is compiled into ``model``'s train step, as a hashable value.

    Equal keys mean equal code: layers with their settings and names, loss, metrics,
    optimizer and its constants. Not in it: the weights, and a learning rate that is a
    plain number, since both are variables of the compiled code; batch shapes, since
    ``jax.jit`` tells them apart itself.

    Returns:
        A tuple, or None for a model whose code cannot be known from its settings: a
        subclassed model, or one with a layer or a function of one's own inside.
    """
    if any(_own(part) for part in (model, *model._flatten_layers())):
        return None
    optimizer = dict(model.optimizer.get_config(), name=None)
    if isinstance(optimizer["learning_rate"], float):
        del optimizer["learning_rate"]
    settings = dict(model._compile_config.config, optimizer=None)
    try:
        key = (
            type(model),
            json.dumps(model.get_config()),
            type(model.optimizer),
            json.dumps(optimizer),
            tuple((name, _frozen(value)) for name, value in settings.items()),
        )
        hash(key)
    except TypeError:  # something that is neither JSON nor hashable
        return None
    return key


def _own(part):
    """Whether code outside Keras belongs to ``part``: its class, or a function that it holds."""
    return any(
        not (getattr(value, "__module__", None) or "keras").startswith(("keras.", "jax"))
        for value in (part, *vars(part).values())
        if callable(value)
    )


def _frozen(value):
    if isinstance(value, dict):
        return tuple((name, _frozen(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if hasattr(value, "get_config") and not _own(value):
        # The configuration of Huber leaves its delta out, CosineSimilarity's its axis.
        arguments = _frozen(getattr(value, "_fn_kwargs", None))
        return type(value), json.dumps(value.get_config()), arguments
    return value  # a name, a number, or a function or object of one's own: itself


class Store:
    """At most ``size`` compiled models; the one that was used longest ago goes first."""

    def __init__(self, size=32):
        self.size = size
        self._kept = collections.OrderedDict()
        self._lock = threading.Lock()

    def __len__(self):
        return len(self._kept)

    def functions(self, model):
        """The `Functions` for a compiled model, and whether they were here already."""
        wanted = key(model)
        if wanted is None:
            return Functions(model), False
        with self._lock:
            kept = self._kept.pop(wanted, None)
            if found := kept is not None and key(kept.model) == wanted:
                functions = kept
            else:  # new, or somebody changed the model that the functions trace
                functions = Functions(model)
            self._kept[wanted] = functions
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return functions, found

    def clear(self):
        """Forgets all of them; what no running fit holds is freed."""
        with self._lock:
            self._kept.clear()


#: The store of this process.
store = Store()

"""Playground: a network of one or two features, all that its units output, and its training."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from anatomy import data
from anatomy.base.words import count, number
from anatomy.fit.sketch.facts import joined
from anatomy.lazy import keras
from anatomy.models.graph.facts import functional, in_order, tensors
from anatomy.training import private
from anatomy.training.compiled import Owned, store
from anatomy.training.fused import Table, fit_tables
from anatomy.training.fused import build as build_as_fit
from anatomy.training.run import Run

#: Data sets by the number of features, each a function of noise and seed.
SETS = {
    2: {"xor": data.xor, "circles": data.circles, "moons": data.moons, "spirals": data.spirals},
    1: {
        "waves": lambda noise, seed: data.waves("sine", noise, seed),
        "step": lambda noise, seed: data.waves("step", noise, seed),
    },
}
SIDE = 48  # places of the grid along each feature
FEW = 5  # classes, at most: more different targets are values
FRAMES = 240  # weights of earlier epochs that are kept


@dataclass(frozen=True)
class Column:
    """One layer call: where its units take their inputs from.

    Attributes:
        name, type: of the layer. units: how many outputs it has.
        depth: the largest number of calls between it and an input.
        sources: numbers of the columns whose units it takes, one after another.
        kernel: whether it has a weight for each pair of units.
    """

    name: str
    type: str
    units: int
    depth: int
    sources: tuple
    kernel: bool


def columns(model):
    """The layer calls of a model as columns of units.

    Args:
        model: a built keras.Model, Sequential or functional, of one input with one or two
            features, all of whose layers output ``(None, units)``.

    Returns:
        list of `Column`, the input first; each stands behind those it takes from.

    Raises:
        ValueError: for any other model; the message says which input or layer it is.
    """
    wired = functional(model)
    if wired is None:
        raise ValueError(
            f"The playground follows layers; only the call() of {model.name!r} knows how they are "
            "joined. Make it with keras.Sequential or keras.Model(inputs, outputs)."
        )
    shapes = [tuple(tensor.shape[1:]) for tensor in wired.inputs]
    if len(shapes) != 1 or shapes[0] not in ((1,), (2,)):
        text = " and ".join(map(str, shapes))
        raise ValueError(
            f"The playground draws functions of one or two features; the model takes {text}. "
            "Begin it with keras.Input((1,)) or keras.Input((2,))."
        )
    number, found = {}, []
    for call in in_order(wired):
        inputs = [number[id(tensor)] for tensor in tensors(call)]
        name, kind = call.operation.name, type(call.operation).__name__
        [output], *more = ([tuple(tensor.shape[1:])] for tensor in call.outputs)
        if more or len(output) != 1:
            raise ValueError(
                f"The playground draws units; layer {name!r} ({kind}) outputs "
                f"{output}. Use layers that output (units,), such as Dense."
            )
        depth = 1 + max((found[i].depth for i in inputs), default=-1)
        kernel = kind == "Dense" and len(inputs) == 1
        found.append(Column(name, kind, output[0], depth, tuple(inputs), kernel))
        number[id(call.outputs[0])] = len(found) - 1
    return found


def shared(split, share):
    """((x, y), (x, y)) of a split's points, this share of them for training."""
    x, y = (
        np.concatenate([getattr(split, f"{name}_train"), getattr(split, f"{name}_val")])
        for name in "xy"
    )
    n = round(share * len(x))
    return (x[:n], y[:n]), (x[n:], y[n:])


def grid(x, side=SIDE):
    """Places over the plane, or along the line, that points of shape (n, features) lie in.

    Returns:
        (places (side ** features, features), ends: [(smallest, largest), ...]); of two features
        the rows go from the largest x2 down, as an image does.
    """
    x = np.asarray(x, "float32")
    low, high = x.min(axis=0), x.max(axis=0)
    room = 0.12 * np.maximum(high - low, 1e-3)
    ends = list(zip((low - room).tolist(), (high + room).tolist(), strict=True))
    axes = [np.linspace(*end, side) for end in ends]
    if len(axes) == 1:
        return axes[0][:, None].astype("float32"), ends
    across, up = np.meshgrid(axes[0], axes[1][::-1])
    return np.c_[across.ravel(), up.ravel()].astype("float32"), ends


@dataclass(frozen=True)
class Task:
    """What the output stands for: ``classes`` (their labels, or () for values), and ``level``.

    ``level``: the output of one unit above which it decides for the second class.
    """

    classes: tuple
    level: float

    def decided(self, outputs):
        """The number of the class that outputs (n, units) decide for, (n,)."""
        if outputs.shape[1] > 1:
            return outputs.argmax(axis=1)
        return (outputs[:, 0] > self.level).astype(int)


def task(model, y):
    """The `Task` of a compiled model on targets ``y``: classes where they are a few whole numbers.

    One unit decides at 0 for targets of -1 and 1 and for logits, else at 0.5.
    """
    y = np.asarray(y)
    labels = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()
    classes = np.unique(labels)
    if len(classes) > FEW or (classes % 1).any():
        return Task((), 0.0)
    logits = (private.loss_arguments(model.loss) or {}).get("from_logits", False)
    return Task(tuple(classes.tolist()), 0.0 if logits or classes.min() < 0 else 0.5)


class Session:
    """A training of ``build()`` that can be paused, touched by hand, and goes on.

    Args:
        build: the student's function; parameters: dict, its arguments.
        train, validation: (x, y) arrays; validation may be None.
        batch_size, seed: integers.

    Attributes:
        model: the model, with the weights of now. columns: its `Column` list.
        history: dict name -> list of floats, an entry for every epoch.
        frames: list of (epoch, weights) that were passed, oldest first.
        places, ends: the `grid` that units are drawn over. task: the `Task`.
        steps: what was done, in order: ("fit", epochs), ("weight", layer, source, unit, value)
            or ("point", x, y).
    """

    def __init__(self, build, parameters, train, validation, *, batch_size, seed):
        self.batch_size, self.steps, self.history, self.frames = batch_size, [], {}, []
        self.run = Run(build, parameters, epochs=0, batch_size=batch_size, seed=seed)
        self.x, self.y = (np.array(part) for part in train)
        self.validation = validation and Table(*validation, suffix="_val")
        with private.undisturbed() as self._streams:
            self.model = self.run.start()
            self.train = Table(self.x, self.y)
            for table in filter(None, (self.train, self.validation)):
                table.check(self.model)
            self.columns = columns(self.model)
            build_as_fit(self.model, self.train, shuffle=True)
        self.task = task(self.model, self.y)
        self.functions, _ = store.functions(self.model, self.train)
        self.places, self.ends = grid(np.r_[self.x, *([validation[0]] if validation else [])])
        self._probe = _probe(self.model, self.functions)
        self.keep()

    @property
    def epoch(self):
        """How many epochs are finished."""
        return len(self.history.get("loss", ()))

    def at(self, epoch):
        """(epoch, weights) of the kept epoch that is nearest."""
        return min(self.frames, key=lambda frame: abs(frame[0] - epoch))

    def number(self, column, unit):
        """The number of a unit, counted through all columns."""
        return sum(one.units for one in self.columns[:column]) + unit

    def unit(self, number):
        """(column, unit) of a number; the first unit of the output where there is no such."""
        for column, one in enumerate(self.columns):
            if number < one.units:
                return column, number
            number -= one.units
        return len(self.columns) - 1, 0

    def fit(self, epochs, *, on_epochs=lambda: None, stop=bool):
        """Trains so many epochs more, until ``stop()``; ``on_epochs`` is called as they pass."""

        def record(logs):
            for one in logs:
                for name, value in one.items():
                    self.history.setdefault(name, []).append(value)
            self.keep()
            on_epochs()

        before = self.epoch
        with private.undisturbed(self._streams):
            fit_tables(
                self.model, self.train, self.validation, epochs=epochs,
                batch_size=self.batch_size, functions=self.functions, on_epochs=record,
                ends=lambda logs: stop() or not np.isfinite(logs["loss"]),
            )  # fmt: skip
        epochs = self.epoch - before
        if self.steps and self.steps[-1][0] == "fit":
            epochs += self.steps.pop()[1]
        if epochs:
            self.steps.append(("fit", epochs))

    def keep(self):
        """Keeps the weights of this epoch; where there are too many, every other one."""
        self.frames.append((self.epoch, self.model.get_weights()))
        if len(self.frames) > FRAMES:
            self.frames = self.frames[::2]

    def move(self, layer, source, unit, value):
        """Sets one weight of a Dense layer by hand."""
        one = self.model.get_layer(layer)
        kernel = np.array(one.kernel)
        kernel[source, unit] = value
        one.kernel.assign(kernel)
        if self.steps and self.steps[-1][:4] == ("weight", layer, source, unit):
            self.steps.pop()
        self.steps.append(("weight", layer, source, unit, float(kernel[source, unit])))
        self.frames[-1] = self.epoch, self.model.get_weights()

    def add(self, x, target):
        """Adds a training point: x (features,), and its class or value."""
        self.train = joined(self.train, [(np.asarray(x), target)])
        self.x, self.y = (self.train.arguments[name] for name in "xy")
        self.steps.append(("point", self.x[-1].tolist(), self.y[-1].tolist()))

    def touched(self):
        """What a hand has done, in a sentence; "" where it has done nothing."""
        counts = Counter(kind for kind, *_ in self.steps)
        done = [count(counts["weight"], "weight") + " moved"] * bool(counts["weight"])
        done += [count(counts["point"], "point") + " added"] * bool(counts["point"])
        return f"By hand: {', '.join(done)}." if done else ""

    def script(self):
        """Lines of plain Keras that do the same to ``model``, on x_train, y_train, x_val, y_val."""
        lines, validation = [], "validation_data=(x_val, y_val), " * (self.validation is not None)
        for kind, *arguments in self.steps:
            if kind == "fit":
                lines += [
                    "history = model.fit(",
                    f"    x_train, y_train, {validation}batch_size={self.batch_size},",
                    f"    epochs={arguments[0]}, verbose=0,",
                    ")",
                ]
            elif kind == "weight":
                layer, source, unit, value = arguments
                lines += [
                    f'kernel = model.get_layer("{layer}").kernel',
                    f"kernel.assign(kernel.value.at[{source}, {unit}].set({value}))",
                ]
            else:
                x, y = arguments
                kinds = self.x.dtype, self.y.dtype
                lines += [
                    f'x_train = np.concatenate([x_train, np.array([{x}], "{kinds[0]}")])',
                    f'y_train = np.concatenate([y_train, np.array([{y}], "{kinds[1]}")])',
                ]
        return [*lines, 'print(history.history["loss"][-1])'] if self.epoch else lines

    def values(self, epoch):
        """Losses and metrics of an epoch from 1 up, as text."""
        history = self.history.items()
        return ", ".join(f"{name} {number(values[epoch - 1])}" for name, values in history)

    def outputs(self, weights=None):
        """What every unit outputs over the grid, with these weights or those of now.

        Returns:
            for each column an array (places, units).
        """
        weights = self.model.get_weights() if weights is None else weights
        return [np.asarray(one) for one in self._probe(weights, self.places)]

    def kernel(self, column, weights=None):
        """The kernel (sources, units) of a Dense column."""
        layer = self.model.get_layer(self.columns[column].name)
        if weights is None:
            return np.asarray(layer.kernel)
        return weights[[id(one) for one in self.model.weights].index(id(layer.kernel))]


def _probe(model, functions):
    """A function (weights, x) -> outputs of each layer call, compiled once for equal models."""
    if "probe" not in functions.kept:
        wired = functional(model)
        every = keras.Model(wired.inputs, [call.outputs[0] for call in in_order(wired)])
        order = {id(one): i for i, one in enumerate(model.weights)}  # without states of Dropout

        def outputs(weights, x):
            values = [
                [weights[order[id(one)]] if id(one) in order else one.value for one in part]
                for part in (every.trainable_variables, every.non_trainable_variables)
            ]
            return every.stateless_call(*values, x, training=False)[0]

        functions.kept["probe"] = Owned(outputs)
    return functions.kept["probe"]

"""A few gradients through a real Keras optimizer: its state, and its steps."""

import numpy as np

from anatomy.data import calls
from anatomy.data.calls import whole
from anatomy.lazy import keras

NAME = "w"  # of the variable that is trained; Keras puts it before the names of its state
MOST = 2_000  # gradients: each is a step of Keras
BOOKKEEPING = ("iteration", "learning_rate")  # variables of every optimizer


class Update:
    """What a fresh copy of an optimizer did with a sequence of gradients, step by step.

    Attributes:
        optimizer: the ``keras.optimizers.Optimizer`` that did it, built, after the last step.
        gradients: ``(steps, ...)``, as they were given.
        learning_rate: ``(steps,)``, the one in force at each step.
        state: dict name -> ``(steps + 1, ...)``: each variable that the optimizer remembers, by
            Keras's name for it ("momentum", "velocity", ...), at first and after each step.
        variable: ``(steps + 1, ...)``, what is trained, at first and after each step.
        steps: ``(steps, ...)``, what each step added to it, weight decay included.
    """

    def __init__(self, optimizer, gradients, start):
        self.optimizer, self.gradients = fresh(optimizer), gradients
        values = np.broadcast_to(np.float32(start), gradients.shape[1:])
        variable = keras.Variable(values, name=NAME)
        self.optimizer.build([variable])
        slots = memory(self.optimizer)
        variables = [*slots.values(), variable]
        history, rates = [read(variables)], []
        for gradient in gradients:
            rates += read([self.optimizer.learning_rate])
            self.optimizer.apply([keras.ops.convert_to_tensor(gradient)])
            history.append(read(variables))
        self.learning_rate = np.array(rates)
        *state, self.variable = map(np.array, zip(*history, strict=True))
        self.state = dict(zip(slots, state, strict=True))
        self.steps = np.diff(self.variable, axis=0)

    def __len__(self):
        return len(self.gradients)


@calls.validated
def update(optimizer, gradients, start=0.0):
    """Feeds gradients, one after the other, to a fresh copy of an optimizer.

    variable <- variable + step, where the step is what the optimizer makes of the gradient and
    of what it remembers. Each step is one ``optimizer.apply()``, so all numbers are Keras's.

    Args:
        optimizer: a ``keras.optimizers.Optimizer``, which is left as it is, or a name
            ("adam") as ``compile()`` takes it.
        gradients: ``(steps,)`` for a variable that is one number, or ``(steps, ...)``.
        start: the variable at first: a number, or of the shape of a gradient.

    Returns:
        Update: float32 arrays.

    Raises:
        TypeError: for what is no optimizer.
        ValueError: for no gradients at all, or a start of another shape.

    Source: keras.io/api/optimizers.
    """
    gradients = np.asarray(gradients, "float32")
    if not gradients.ndim or not len(gradients):
        raise ValueError(f"gradients are {gradients.tolist()!r}; give one or more, such as [1.0].")
    whole("the number of gradients", len(gradients), 1, MOST)
    shape = gradients.shape[1:]
    if np.ndim(start) and np.shape(start) != shape:
        raise ValueError(f"start has shape {np.shape(start)}; each gradient has {shape}.")
    return Update(optimizer, gradients, start)


@calls.validated
def fresh(optimizer):
    """An optimizer like this one that has not taken a step; a name gives that of Keras."""
    if isinstance(optimizer, str):
        return keras.optimizers.get(optimizer)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # scaling changes no step
    return type(optimizer).from_config(optimizer.get_config())


def memory(optimizer):
    """What a built optimizer remembers: dict from the name to the ``keras.Variable``.

    Keras's names, without the one of what is trained; where it gave none, the attribute's.
    """
    attributes = {}
    for name, value in vars(optimizer).items():
        for one in value if isinstance(value, list) and name != "_variables" else [value]:
            attributes[id(one)] = name.strip("_")
    slots = {}
    for variable in optimizer.variables:
        name = variable.name.removeprefix(f"{NAME}_")
        if name == variable.name and name not in BOOKKEEPING:
            name = attributes.get(id(variable), name)
        slots[name] = variable
    return {name: variable for name, variable in slots.items() if name not in BOOKKEEPING}


def read(variables):
    """Values, as NumPy arrays of their own."""
    return [np.array(keras.ops.convert_to_numpy(one)) for one in variables]

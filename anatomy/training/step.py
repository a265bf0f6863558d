"""One training step, taken apart: what fit() does with one batch; and whether a model takes one."""

from dataclasses import dataclass

import numpy as np

from anatomy.data import calls
from anatomy.lazy import jax, keras
from anatomy.training import private
from anatomy.training.fused import Table, check_differentiable, state_of

#: Ways of a loss to become one number which are the mean over the samples.
MEANS = ("sum_over_batch_size", "mean", "mean_with_sample_weight")
ROWS, OPEN = 4, 8  # of a trial: its samples; the size of an axis that is open


@dataclass(frozen=True, eq=False)
class Step:
    """What one training step computed, as NumPy arrays.

    Attributes:
        x, y: the batch, of shape ``(n, ...)``.
        predictions: what the model made of ``x`` before the update, ``(n, ...)``, float32; as in
            every training, with its Dropout layers dropping.
        losses: the loss of each sample, ``(n,)``; None where the loss is no mean over samples.
        loss: what was minimized: the loss of the batch and ``penalty``.
        penalty: what regularizers added to the loss; 0 without them.
        gradients, before, after: dict from the name of a weight ("dense/kernel") to its
            gradient, its value before and its value after the update.
        learning_rate: of this step, float.
        optimizer: the optimizer and its learning rate, as text.
        plain: whether the update is ``- learning_rate * gradient`` and nothing else.
    """

    x: np.ndarray
    y: np.ndarray
    predictions: np.ndarray
    losses: np.ndarray | None
    loss: float
    penalty: float
    gradients: dict
    before: dict
    after: dict
    learning_rate: float
    optimizer: str
    plain: bool


class Stepper:
    """Takes the state of a model through the steps of ``fit(..., shuffle=False)``, one a call.

    The state is the stepper's own: the weights of the model and the variables of its optimizer
    stay as they are. One compiled call computes all that a `Step` holds, and from it the same
    weights and optimizer state as ``fit()``.

    Args:
        model: a built and compiled ``keras.Model`` with one input, one output, one loss.

    Attributes:
        taken: how many steps were taken.
        state: lists of arrays: weights, other variables, variables of the optimizer.

    Raises:
        TypeError, ValueError: for anything else, or a model with a train_step() or a
            compute_loss() of its own, or one that scales its loss (mixed_float16).
        NotImplementedError: on a backend other than JAX.

    Source: ``keras.Model.train_step``, as Keras has it for JAX.
    """

    @calls.validated
    def __init__(self, model):
        check(model)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        prefix = f"{model.name}/"
        self._names = [v.path.removeprefix(prefix) for v in model.trainable_variables]
        self._model, self._optimizer, self._plain = model, model.optimizer, is_plain(model)
        self._first = jax.tree.map(jax.numpy.asarray, state_of(model)[:3])
        self._train = jax.jit(train_step(model))
        self.rewind()

    def rewind(self):
        """Goes back to the state that the model was given with."""
        self.state, self.taken = self._first, 0

    def __call__(self, x, y):
        """The next step, on the batch ``x``, ``y`` of NumPy arrays: a `Step`."""
        before = self._weights()
        table = Table(x, y)
        table.check(self._model)
        computed, self.state = self._train(self.state, *table.batch[:2])
        self.taken += 1
        predictions, losses, loss, penalty, gradients, rate = computed
        return Step(
            x=x,
            y=y,
            predictions=np.asarray(predictions, "float32"),
            losses=None if losses is None else np.asarray(losses),
            loss=float(loss),
            penalty=float(penalty),
            gradients=self._named(gradients),
            before=before,
            after=self._weights(),
            learning_rate=float(rate),
            optimizer=f"{type(self._optimizer).__name__}(learning_rate={float(rate):.4g})",
            plain=self._plain,
        )

    def _weights(self):
        return self._named(self.state[0])

    def _named(self, arrays):
        return {n: np.asarray(a) for n, a in zip(self._names, arrays, strict=True)}


def train_step(model):
    """The four stages of a step as one function, from state and batch to (results, new state)."""
    optimizer = model.optimizer
    mode = {"training": True} if private.takes_training(model) else {}
    # A loss for the one output may stand in a list or a dict, and its weight too.
    chosen, *_ = keras.tree.flatten(model.loss)
    weight = keras.tree.flatten(private.compile_settings(model)["loss_weights"] or 1.0)[0]

    def forward_and_loss(weights, others, x, y):
        predictions, others, penalties = model.stateless_call(
            weights, others, x, return_losses=True, **mode
        )
        function = private.loss_function(chosen, y, predictions)
        loss = weight * keras.ops.cast(function(y, predictions), "float32")
        losses = each(function, y, predictions)
        losses = losses if losses is None else weight * losses
        total = keras.ops.sum([loss, *map(keras.ops.sum, penalties)]) if penalties else loss
        return total, (predictions, losses, total - loss, others)

    def step(state, x, y):
        weights, others, slots = state
        gradient = jax.value_and_grad(forward_and_loss, has_aux=True)
        (loss, (*parts, others)), gradients = gradient(weights, others, x, y)
        with keras.StatelessScope(zip(optimizer.variables, slots, strict=True)):
            rate = keras.ops.convert_to_tensor(optimizer.learning_rate)
        weights, slots = optimizer.stateless_apply(slots, gradients, weights)
        predictions, losses, penalty = parts
        return (predictions, losses, loss, penalty, gradients, rate), (weights, others, slots)

    return step


def each(function, y, predictions):
    """The loss of each sample, ``(n,)``; None for a loss that is not the mean of these."""
    if private.mask(predictions) is not None or function.reduction not in MEANS:
        return None
    pair = (keras.ops.convert_to_tensor(a, dtype=function.dtype) for a in (y, predictions))
    losses = keras.ops.convert_to_tensor(function.call(*pair))
    if not losses.ndim or len(losses) != len(predictions):
        return None
    return losses.reshape(len(losses), -1).mean(axis=1)


def is_plain(model):
    """Whether ``- learning_rate * gradient`` is all that the optimizer of a model does."""
    return (
        type(model.optimizer) is keras.optimizers.SGD
        and not unusual(model.optimizer)
        and not any(variable.constraint for variable in model.trainable_variables)
    )


def unusual(optimizer):
    """Those settings of an optimizer that are not as Keras has them; its learning rate is none."""
    usual = type(optimizer)().get_config() | {"name": optimizer.name}
    settings = optimizer.get_config().items()
    return {n: value for n, value in settings if n != "learning_rate" and value != usual[n]}


def check(model):
    """Raises where the microscope cannot look."""
    check_differentiable(model, "A step, taken apart,")
    name = f"model {model.name!r}"
    for method in ("train_step", "compute_loss"):
        if getattr(type(model), method) is not getattr(keras.Model, method):
            raise ValueError(f"{name} has its own {method}(); only that of Keras is taken apart.")
    counts = {
        "inputs": len(getattr(model, "inputs", None) or [0]),
        "outputs": len(getattr(model, "outputs", None) or [0]),
        "losses": len(keras.tree.flatten(model.loss)) if model.loss is not None else 0,
    }
    if set(counts.values()) != {1}:
        ends = ", ".join(f"{count} {what}" for what, count in counts.items())
        raise ValueError(f"{name} has {ends}; a step is shown of models with one of each.")
    if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer) or (
        model.optimizer.loss_scale_factor
    ):
        raise ValueError(f"{name} scales its loss, as mixed_float16 does; use float32.")


def trial(model, y=None):
    """What stops a model in its first step of training on a few rows; None where nothing does.

    On JAX the step is traced as ``fit()`` would compile it, masks, loss and gradients: so the
    weights need no values. With another backend the step of a compiled model is taken.

    Args:
        model: a built Sequential or functional model; one that is not compiled gets the mean of
            its squared outputs for a loss.
        y: its targets, a few rows or more, as ``fit()`` takes them; None: as its outputs are.

    Returns:
        Exception or None.
    """
    tree = keras.tree
    x, outputs = (
        tree.map_structure(lambda t: _zeros(t.shape, t.dtype), part)
        for part in (model.inputs, model.outputs)
    )
    x, outputs = (part[0] if len(part) == 1 else part for part in (x, outputs))
    targets = outputs if y is None else tree.map_structure_up_to(outputs_of(y), _rows, y)

    def loss(weights, others, x, y):
        values = zip((*variables[0], *variables[1]), (*weights, *others), strict=True)
        with keras.StatelessScope(state_mapping=[*values]):
            mode = {"training": True} if private.takes_training(model) else {}
            predictions = model(x, **mode)
            if model.compiled:
                return model.compute_loss(x, y, predictions)
            return sum(keras.ops.mean(one**2) for one in tree.flatten(predictions))

    try:
        if keras.backend.backend() == "jax":
            others = [*model.non_trainable_variables, *model.metrics_variables]
            variables = model.trainable_variables, others
            shapes = jax.tree.map(lambda v: jax.ShapeDtypeStruct(v.shape, v.dtype), variables)
            jax.eval_shape(jax.grad(loss), *shapes, x, targets)
        elif model.compiled:
            model.train_on_batch(x, targets)
    except Exception as error:
        return error
    return None


def outputs_of(y):
    """The structure of targets: a dict or a list of arrays for several outputs, else one."""
    several = isinstance(y, dict) or (isinstance(y, list | tuple) and hasattr(y[0], "shape"))
    return y if several else 0


def _rows(y):
    return np.asarray(y)[:ROWS]


def _zeros(shape, dtype):
    return np.zeros([ROWS, *(OPEN if size is None else size for size in shape[1:])], dtype)

"""One training step, taken apart: what fit() does with one batch."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    """What one training step computed, as NumPy arrays.

    Attributes:
        x, y: the batch, of shape ``(n, ...)``.
        predictions: what the model made of ``x`` before the update, ``(n, ...)``.
        losses: the loss of each sample, ``(n,)``; None where the loss has none.
        loss: what was minimized: their mean, and the penalties of regularizers.
        gradients, before, after: dict from the name of a weight ("dense/kernel") to its
            gradient, its value before and its value after the update.
        optimizer: the optimizer's name and learning rate, as text.
    """

    x: np.ndarray
    y: np.ndarray
    predictions: np.ndarray
    losses: np.ndarray | None
    loss: float
    gradients: dict
    before: dict
    after: dict
    optimizer: str


class Stepper:
    """Takes a copy of a model through the steps of ``fit(..., shuffle=False)``, one a call.

    The model itself is left as it is. Weights and optimizer state after each call equal
    those of ``fit()``; one compiled call computes all that a `Step` holds.

    Args:
        model: a built and compiled ``keras.Model`` with one input and one output.

    Raises:
        TypeError, ValueError: for anything else.
        NotImplementedError: on a backend other than JAX.

    Source: ``keras.Model.train_step``, as Keras has it for JAX.
    """

    def __init__(self, model):
        import jax

        check(model)
        self.model = model = copy(model)

        @jax.jit
        def train(state, x, y):
            gradient = jax.value_and_grad(model.compute_loss_and_updates, has_aux=True)
            trainable, others, slots = state
            (loss, (_, predictions, others, _)), gradients = gradient(
                trainable, others, [], x, y, None, training=True, optimizer_variables=slots
            )
            trainable, slots = model.optimizer.stateless_apply(slots, gradients, trainable)
            return (loss, predictions, gradients), (trainable, others, slots)

        self._train = train

    def __call__(self, x, y):
        """The step on the batch ``x``, ``y``: a `Step`; the copy has taken it then."""
        model = self.model
        variables = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
        )
        state = tuple([variable.value for variable in group] for group in variables)
        before = self._weights()
        (loss, predictions, gradients), state = self._train(state, x, y)
        for group, values in zip(variables, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        return Step(
            x=np.asarray(x),
            y=np.asarray(y),
            predictions=np.asarray(predictions),
            losses=each(model.loss, y, predictions),
            loss=float(loss),
            gradients=dict(zip(before, map(np.asarray, gradients), strict=True)),
            before=before,
            after=self._weights(),
            optimizer=f"{type(model.optimizer).__name__}"
            f"(learning_rate={float(model.optimizer.learning_rate):.4g})",
        )

    def _weights(self):
        variables = self.model.trainable_variables
        return {"/".join(v.path.split("/")[-2:]): np.asarray(v.value) for v in variables}


def check(model):
    """Raises where the microscope cannot look."""
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"model is {model!r}; give a compiled keras.Model.")
    if not model.built or not model.compiled:
        missing = "built: start it with keras.Input(shape)" if not model.built else "compiled"
        raise ValueError(f"model {model.name!r} is not {missing}.")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"model {model.name!r} has {len(model.inputs)} inputs and {len(model.outputs)} "
            "outputs; a step is shown of models with one of each."
        )
    if keras.backend.backend() != "jax":
        raise NotImplementedError(
            f"A step is taken apart on the JAX backend only, and this is "
            f"{keras.backend.backend()!r}: set KERAS_BACKEND=jax before Keras is imported."
        )


def copy(model):
    """The same model with weights and optimizer state of its own, and no metrics."""
    import keras

    made = keras.models.clone_model(model)
    settings = model._compile_config.config
    made.compile(
        optimizer=type(model.optimizer).from_config(model.optimizer.get_config()),
        loss=settings["loss"],
        loss_weights=settings["loss_weights"],
    )
    made.optimizer.build(made.trainable_variables)
    pairs = list(zip(made.trainable_variables, model.trainable_variables, strict=True))
    # the seeds of dropout are among these
    pairs += zip(made.non_trainable_variables, model.non_trainable_variables, strict=True)
    if model.optimizer.built:
        pairs += zip(made.optimizer.variables, model.optimizer.variables, strict=True)
    for mine, theirs in pairs:
        mine.assign(theirs.value)
    return made


def each(loss, y, predictions):
    """The loss of each sample, ``(n,)``, or None for a loss that is not a mean over samples."""
    import keras

    function = keras.losses.get(loss)
    if isinstance(function, keras.losses.Loss):
        function = type(function).from_config(function.get_config() | {"reduction": None})
        losses = function(y, predictions)
    else:
        from keras.src.losses.losses import LossFunctionWrapper

        losses = LossFunctionWrapper(function, reduction=None)(y, predictions)
    losses = np.asarray(losses)
    return losses.reshape(len(losses), -1).mean(axis=1) if losses.ndim else None

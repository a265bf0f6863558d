# %% stable, wrong: on the edge itself
stable = 2 / 9

# %% stable, wrong: the curvature of half the loss
stable = 4 / 9

# %% stable, wrong: halfway
stable = 1 / 9

# %% stable, wrong: the mean of x, not of its square
stable = 0.98 / 2

# %% stable, wrong: so small that it never fails
stable = 0.001

# %% stable, right: rounded down
stable = 0.22


# %% with_momentum, wrong: it forgets
def with_momentum(gradients, learning_rate, momentum):
    return [-learning_rate * gradient for gradient in gradients]


# %% with_momentum, wrong: uphill
def with_momentum(gradients, learning_rate, momentum):
    steps, velocity = [], 0.0
    for gradient in gradients:
        velocity = momentum * velocity + learning_rate * gradient
        steps.append(velocity)
    return steps


# %% with_momentum, wrong: an average, which is shorter
def with_momentum(gradients, learning_rate, momentum):
    steps, velocity = [], 0.0
    for gradient in gradients:
        velocity = momentum * velocity - (1 - momentum) * learning_rate * gradient
        steps.append(velocity)
    return steps


# %% with_momentum, wrong: the last step alone
def with_momentum(gradients, learning_rate, momentum):
    velocity = 0.0
    for gradient in gradients:
        velocity = momentum * velocity - learning_rate * gradient
    return velocity


# %% with_momentum, wrong: Keras does it
def with_momentum(gradients, learning_rate, momentum):
    return optimizers.update(keras.optimizers.SGD(learning_rate, momentum), gradients).steps


# %% with_momentum, right: as a sum
def with_momentum(gradients, learning_rate, momentum):
    return [
        -learning_rate * sum(momentum ** (i - j) * gradients[j] for j in range(i + 1))
        for i in range(len(gradients))
    ]


# %% rmsprop, wrong: no root
def rmsprop(gradients, learning_rate):
    steps, mean = [], 0.0
    for gradient in gradients:
        mean = 0.9 * mean + 0.1 * gradient**2
        steps.append(-learning_rate * gradient / mean)
    return steps


# %% rmsprop, wrong: the mean of the gradients
def rmsprop(gradients, learning_rate):
    steps, mean = [], 0.0
    for gradient in gradients:
        mean = 0.9 * mean + 0.1 * abs(gradient)
        steps.append(-learning_rate * gradient / mean)
    return steps


# %% rmsprop, wrong: a sum that only grows
def rmsprop(gradients, learning_rate):
    steps, total = [], 0.0
    for gradient in gradients:
        total += gradient**2
        steps.append(-learning_rate * gradient / np.sqrt(total))
    return steps


# %% rmsprop, wrong: it has not seen the present one
def rmsprop(gradients, learning_rate):
    steps, mean = [], 1.0
    for gradient in gradients:
        steps.append(-learning_rate * gradient / np.sqrt(mean))
        mean = 0.9 * mean + 0.1 * gradient**2
    return steps


# %% rmsprop, wrong: Keras does it
def rmsprop(gradients, learning_rate):
    return optimizers.update(keras.optimizers.RMSprop(learning_rate), gradients).steps


# %% walker, wrong: no memory
walker = keras.optimizers.SGD(0.09)

# %% walker, wrong: too careful
walker = keras.optimizers.Adam()

# %% walker, wrong: it leaves the ravine
walker = keras.optimizers.SGD(0.5, momentum=0.9)

# %% walker, wrong: not an optimizer
walker = 0.1

# %% walker, wrong: a schedule alone
walker = keras.optimizers.schedules.CosineDecay(0.1, 100)

# %% walker, right: momentum
walker = keras.optimizers.SGD(0.05, momentum=0.9)


# %% unshaken, wrong: as it was
def unshaken():
    return keras.optimizers.SGD(0.1)


# %% unshaken, wrong: another optimizer trusts it too
def unshaken():
    return keras.optimizers.Adam(0.1)


# %% unshaken, wrong: clipped too late
def unshaken():
    return keras.optimizers.SGD(0.1, clipnorm=10.0)


# %% unshaken, wrong: another rate
def unshaken():
    return keras.optimizers.SGD(0.05, clipnorm=1.0)


# %% unshaken, wrong: the sensor is put right
def unshaken():
    waves.y_train[17] = 0.0
    return keras.optimizers.SGD(0.1)


# %% unshaken, right: each number of the gradient by itself
def unshaken():
    return keras.optimizers.SGD(0.1, clipvalue=0.5)


# %% schedule, wrong: constant
schedule = keras.optimizers.schedules.PiecewiseConstantDecay([150], [0.1, 0.1])

# %% schedule, wrong: it falls at once
schedule = keras.optimizers.schedules.PolynomialDecay(0.1, 200, 0.01)

# %% schedule, wrong: it falls for ever
schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.1, staircase=True)

# %% schedule, wrong: a rate
schedule = 0.1

# %% schedule, wrong: it rises in between
schedule = keras.optimizers.schedules.PiecewiseConstantDecay(
    [100, 120, 150], [0.1, 0.05, 0.2, 0.01]
)


# %% schedule, right: written by hand
class Falling(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        part = keras.ops.clip((keras.ops.cast(step, "float32") - 100) / 100, 0, 1)
        return 0.1 - 0.09 * part


schedule = Falling()

# %% edge, wrong: far too careful
edge = 0.01

# %% edge, wrong: three times that works as well
edge = 0.2

# %% edge, wrong: beyond it
edge = 2.0

# %% edge, wrong: no rate
edge = 0

# %% edge, wrong: no number
edge = float("nan")

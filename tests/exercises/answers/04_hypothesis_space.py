# %% pieces, wrong: the bends, not the pieces
pieces = 5

# %% pieces, wrong: two for each unit
pieces = 10

# %% pieces, wrong: each unit on or off
pieces = 32

# %% pieces, wrong: one line
pieces = 1

# %% pieces, wrong: one for each weight
pieces = 16


# %% collapsed, wrong: the first bias is forgotten
def collapsed(k1, b1, k2, b2):
    return k1 @ k2, b2


# %% collapsed, wrong: the first bias is not carried through
def collapsed(k1, b1, k2, b2):
    return k1 @ k2, np.sum(b1) + b2


# %% collapsed, wrong: a sum of kernels
def collapsed(k1, b1, k2, b2):
    return k1 + k2, b1 + b2


# %% collapsed, wrong: the other way round
def collapsed(k1, b1, k2, b2):
    return k2 @ k1, b1 @ k2 + b2


# %% collapsed, wrong: the two layers as they were
def collapsed(k1, b1, k2, b2):
    return (k1, k2), (b1, b2)


# %% collapsed, right: by looking at what it does
def collapsed(k1, b1, k2, b2):
    zero = b1 @ k2 + b2
    return np.stack([(row + b1) @ k2 + b2 - zero for row in k1]), zero


# %% turned, wrong: nothing
def turned(weights):
    return weights


# %% turned, wrong: the bias keeps its sign
def turned(weights):
    k1, b1, k2, b2 = (np.array(one) for one in weights)
    k1[:, 0], k2[0] = -k1[:, 0], -k2[0]
    return [k1, b1, k2, b2]


# %% turned, wrong: the way out keeps its sign
def turned(weights):
    k1, b1, k2, b2 = (np.array(one) for one in weights)
    k1[:, 0], b1[0] = -k1[:, 0], -b1[0]
    return [k1, b1, k2, b2]


# %% turned, wrong: all units
def turned(weights):
    k1, b1, k2, b2 = weights
    return [-k1, -b1, -k2, b2]


# %% turned, wrong: two units change places
def turned(weights):
    k1, b1, k2, b2 = weights
    order = [1, 0, 2, 3]
    return [k1[:, order], b1[order], k2[order], b2]


# %% turned, right: with a list of signs
def turned(weights):
    k1, b1, k2, b2 = weights
    sign = np.array([-1, 1, 1, 1])
    return [k1 * sign, b1 * sign, k2 * sign[:, None], b2]


# %% widened, wrong: as it was
def widened(weights):
    return weights


# %% widened, wrong: a unit that is heard
def widened(weights):
    k1, b1, k2, b2 = weights
    return [np.append(k1, [[1]], axis=1), np.append(b1, 1), np.append(k2, [[1]], axis=0), b2]


# %% widened, wrong: a unit twice, with its full weight twice
def widened(weights):
    k1, b1, k2, b2 = weights
    return [k1[:, [0, 1, 1]], b1[[0, 1, 1]], k2[[0, 1, 1]], b2]


# %% widened, wrong: two units still
def widened(weights):
    k1, b1, k2, b2 = weights
    return [k1[:, ::-1], b1[::-1], k2[::-1], b2]


# %% widened, wrong: all zero
def widened(weights):
    return [np.zeros((1, 3)), np.zeros(3), np.zeros((3, 1)), np.zeros(1)]


# %% widened, right: a unit shared out among two
def widened(weights):
    k1, b1, k2, b2 = weights
    return [k1[:, [0, 1, 1]], b1[[0, 1, 1]], k2[[0, 1, 1]] * [[1], [0.5], [0.5]], b2]


# %% xor, wrong: a sum
xor = [[[1, 1], [1, 1]], [0, 0], [[1], [0]], [0]]

# %% xor, wrong: the and is taken off once only
xor = [[[1, 1], [1, 1]], [0, -1], [[1], [-1]], [0]]

# %% xor, wrong: one bias for both
xor = [[[1, 1], [1, 1]], [-1], [[1], [-2]], [0]]

# %% xor, wrong: zeros
xor = [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros(1)]

# %% xor, wrong: one half everywhere
xor = [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), [0.5]]

# %% xor, right: each unit one difference
xor = [[[1, -1], [-1, 1]], [0, 0], [[1], [1]], [0]]


# %% parabolas, wrong: a line
def parabolas():
    return keras.Sequential([keras.Input((1,)), layers.Dense(1)])


# %% parabolas, wrong: too many weights
def parabolas():
    return network(3, "tanh")


# %% parabolas, wrong: the square of a line
def parabolas():
    x = keras.Input((1,))
    return keras.Model(x, layers.Dense(1, use_bias=False)(keras.ops.square(layers.Dense(1)(x))))


# %% parabolas, wrong: no constant
def parabolas():
    x = keras.Input((1,))
    powers = layers.Concatenate()([keras.ops.square(x), x, x])
    return keras.Model(x, layers.Dense(1, use_bias=False)(powers))


# %% parabolas, wrong: a cube instead of the square
def parabolas():
    x = keras.Input((1,))
    powers = layers.Concatenate()([keras.ops.power(x, 3), x])
    return keras.Model(x, layers.Dense(1)(powers))


# %% parabolas, right: a line and a square, added
def parabolas():
    x = keras.Input((1,))
    square = layers.Dense(1, use_bias=False)(keras.ops.square(x))
    return keras.Model(x, layers.Add()([square, layers.Dense(1)(x)]))


# %% turned, right: lists
def turned(weights):
    k1, b1, k2, b2 = (np.array(one).tolist() for one in weights)
    k1[0][0], b1[0], k2[0][0] = -k1[0][0], -b1[0], -k2[0][0]
    return k1, b1, k2, b2


# %% collapsed, wrong: no kernel, and a bias for each sample
def collapsed(k1, b1, k2, b2):
    return np.zeros((3, 2)), (x @ k1 + b1) @ k2 + b2


# %% collapsed, right: by the least squares of samples
def collapsed(k1, b1, k2, b2):
    a = np.c_[np.eye(3), np.ones(3)]
    a = np.r_[a, [[0, 0, 0, 1]]]
    found = np.linalg.solve(a, (a[:, :3] @ k1 + b1) @ k2 + b2)
    return found[:3], found[3]


# %% turned, wrong: a constant
def turned(weights):
    k1, b1, k2, b2 = (np.array(one) for one in weights)
    k1[0, 0] *= -1
    return [k1, b1 * 0, k2 * 0, b2]


# %% widened, wrong: three of its own
def widened(weights):
    return some_weights(3, 0)


# %% widened, wrong: the first unit three times
def widened(weights):
    k1, b1, k2, b2 = weights
    return [k1[:, [0, 0, 0]], b1[[0, 0, 0]], k2[[0, 0, 0]] / 3, b2]


# %% xor, wrong: an or
xor = [[[1, 1], [1, 1]], [0, 0], [[1], [0]], [0]]

# %% xor, wrong: the opposite
xor = [[[1, 1], [1, 1]], [0, -1], [[-1], [2]], [1]]

# %% xor, right: scaled
xor = [[[2, 1], [2, 1]], [0, -1], [[0.5], [-2]], [0]]


# %% parabolas, wrong: three numbers that are not learned
def parabolas():
    x = keras.Input((1,))
    powers = layers.Concatenate()([keras.ops.square(x), x])
    return keras.Model(x, layers.Dense(1, trainable=False)(powers))


# %% parabolas, wrong: a line and a constant twice
def parabolas():
    x = keras.Input((1,))
    return keras.Model(x, layers.Dense(1, use_bias=False)(layers.Dense(1)(x)))


# %% parabolas, wrong: a batch normalization
def parabolas():
    x = keras.Input((1,))
    powers = layers.Concatenate()([keras.ops.square(x), x])
    return keras.Model(x, layers.Dense(1)(layers.BatchNormalization()(powers)))


# %% parabolas, wrong: squares of the weights
class Squared(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(3,), name="w")

    def call(self, x):
        a, b, c = self.w[0] ** 2, self.w[1] ** 2, self.w[2] ** 2
        return a * x**2 + b * x + c


def parabolas():
    x = keras.Input((1,))
    return keras.Model(x, Squared()(x))


# %% parabolas, right: a layer of its own
class Parabola(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(3,), name="w")

    def call(self, x):
        return self.w[0] * x**2 + self.w[1] * x + self.w[2]


def parabolas():
    x = keras.Input((1,))
    return keras.Model(x, Parabola()(x))

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

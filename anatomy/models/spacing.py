"""Places on a line, near those wanted, that keep their distances."""


def isotonic(wanted, weights):
    """The nearest values to those wanted, by weighted squares, that never fall.

    Source: Ayer et al. (1955): pool adjacent violators.
    """
    pools = []
    for value, weight in zip(wanted, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m, i), (b, n, j) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n, i + j)]
    return [value for value, _, many in pools for _ in range(many)]


def apart(wanted, distances, weights, low=None, high=None):
    """The nearest places to those wanted that keep these distances, within low and high."""
    passed = [0]
    for distance in distances:
        passed.append(passed[-1] + distance)
    free = isotonic([w - p for w, p in zip(wanted, passed, strict=True)], weights)
    if low is not None:
        free = [max(low, min(f, high - passed[-1])) for f in free]
    return [f + p for f, p in zip(free, passed, strict=True)]

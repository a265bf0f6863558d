"""Which timesteps are written under a panel."""


def ticks(count):
    """Timesteps to be written under a panel: the first, the last, round ones between."""
    step = next(10**k * n for k in range(9) for n in (1, 2, 5) if count <= 10**k * n * 7)
    between = [k for k in range(step, count, step) if k > 1 and count - k >= 0.6 * step]
    return sorted({1, *between, count})

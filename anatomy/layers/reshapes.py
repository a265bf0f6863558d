"""Other shapes for the same number of values."""

import math


def shapes_of_rank(given, rank, recurrent):
    """Shapes of ``rank`` axes with the values of ``given``, the likeliest first.

    Args:
        given: a shape with the batch axis. rank: how many axes are wanted, that one included.
        recurrent: whether a recurrent layer reads them: then the rows of a square are timesteps.

    Returns:
        list of tuples without the batch axis; -1 for a size that is open.
    """
    sizes = given[1:]
    if rank < 2 or not sizes:
        return []
    if len(sizes) > rank - 1:
        keep = sizes[: rank - 2] if rank != 4 else sizes[len(sizes) - 2 :]
        merged = product(sizes[rank - 2 :] if rank != 4 else sizes[: len(sizes) - 2])
        shapes = [(*keep, merged) if rank != 4 else (merged, *keep)]
    elif len(sizes) > 1:
        more = rank - 1 - len(sizes)
        # An image needs channels; what stands before an image is time.
        shapes = [(*(1,) * (more - (len(sizes) == 2)), *sizes, *(1,) * (len(sizes) == 2))]
    elif sizes[0] is None:
        return []
    else:
        shapes = of_vector(sizes[0], rank, recurrent)
    return [shape for shape in map(opened, shapes) if shape.count(-1) < 2]


def of_vector(n, rank, recurrent):
    """Shapes for a vector of ``n`` features."""
    side = math.isqrt(n)
    square = [(side, side)] if side * side == n and side > 1 else []
    if rank == 3:
        return [*square, (n, 1)] if recurrent else [(n, 1)]
    colors = math.isqrt(n // 3)
    images = [(*one, 1) for one in square]
    images += [(colors, colors, 3)] if colors > 1 and colors * colors * 3 == n else []
    images += [(*factors(n), 1)]
    return [(*(1,) * (rank - 4), *image) for image in images]


def divided(n, target):
    """Shapes of ``n`` values that differ from ``target`` in as little as can be."""
    fixed = [at for at, size in enumerate(target) if size == -1] or range(len(target))[::-1]
    order = dict.fromkeys([*fixed, *range(len(target))[::-1]])
    for at in order:
        rest = math.prod(size for k, size in enumerate(target) if k != at and size != -1)
        if target.count(-1) - (target[at] == -1) == 0 and n % rest == 0:
            yield (*target[:at], n // rest, *target[at + 1 :])
    match len(target):
        case 1:
            yield (n,)
        case 2:
            yield factors(n)
        case _:
            yield (*(1,) * (len(target) - 3), *factors(n), 1)


def factors(n):
    """The two whole numbers nearest to each other whose product is ``n``, the larger first."""
    small = next(k for k in range(math.isqrt(n), 0, -1) if n % k == 0)
    return n // small, small


def product(sizes):
    """The product of sizes; None where one of them is open."""
    return None if None in sizes else math.prod(sizes)


def opened(shape):
    """A shape with -1 for what is open, as Reshape has it."""
    return tuple(-1 if size is None else size for size in shape)

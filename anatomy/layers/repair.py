"""What mends a broken stack: small changes, each tried, until the stack fits."""

from anatomy.layers.breaks import judge
from anatomy.layers.card.call import call
from anatomy.layers.remedies import remedies
from anatomy.layers.symbolic import clone, unseen


def mend(layers, input_shape, outputs=None):
    """New layers, in order, that fit: clones of those given, some of them changed, and new ones.

    The first change that helps is made, and so on until nothing is broken. It is known to help
    because the changed stack is judged as the student's own is.

    Args:
        layers: list of layers. input_shape, outputs: as `judge` has them.

    Raises:
        ValueError: where no such change mends the stack; it says which layer and why.
    """
    with unseen():
        judged, tried = judge(layers, input_shape, outputs), set()
        while judged[1] is not None:
            tried.add(written(layers))
            found = first(layers, input_shape, outputs, judged, tried)
            if found is None:
                broken = judged[1]
                raise ValueError(
                    f"No small change mends {call(layers[broken.index])} at layer {broken.index}. "
                    f"{broken.why}"
                )
            _, layers, judged = found
    return [clone(layer) for layer in layers]


def words(layers, input_shape, outputs, judged):
    """The first change that helps, in words; "" where none does."""
    with unseen():
        found = first(layers, input_shape, outputs, judged)
    return found[0] if found else ""


def first(layers, input_shape, outputs, judged, tried=()):
    """(words, layers, what `judge` says of these) for the first change that helps, or None.

    Args:
        judged: what `judge` says of ``layers``. tried: stacks, as `written`, not to go back to.
    """
    shapes, broken = judged
    for said, changed in remedies(layers, [(None, *input_shape), *shapes], broken, outputs):
        after = judge(changed, input_shape, outputs)
        better = changed and helps(len(layers) - broken.index, broken, len(changed), after[1])
        if better and (not tried or written(changed) not in tried):
            return said, changed, after
    return None


def written(layers):
    """A stack as the calls that make it."""
    return tuple(map(call, layers))


def helps(left, before, length, after):
    """Whether fewer layers are ``left`` from the break on, or as many for another reason."""
    if after is None:
        return True
    return length - after.index < left or (length - after.index == left and after.why != before.why)

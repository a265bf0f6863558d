"""A function at many places of a plane: what is affine in the place is computed once for all.

The kernel at the place (a, b) is W + aU + bV. So the product of a first layer with x is
xW + a xU + b xV: three products serve all places of the plane. Here a traced function is
gone through, equation by equation, as far as its values are such sums; only the rest (all
that comes after the first activation) is computed at each place.
"""

from dataclasses import dataclass

from anatomy.lazy import jax

#: Primitives of JAX that are linear in all operands together, and in each one of two.
LINEAR = {"add", "sub", "neg", "copy", "reduce_sum", "broadcast_in_dim", "reshape", "transpose"}
PRODUCTS = {"dot_general", "conv_general_dilated", "mul"}


@dataclass(frozen=True)
class Affine:
    """``parts[0] + a * parts[1] + b * parts[2]``: a tuple of arrays of one shape."""

    parts: tuple

    def at(self, place):
        """The value there."""
        first, *more = self.parts
        return first + sum(a * part for a, part in zip(place, more, strict=True))


def over(function, center, directions, places):
    """``function(center + a * directions[0] + b * directions[1])`` at all places; JAX traces it.

    Args:
        function: of a list of arrays; it returns a number.
        center: list of arrays.
        directions: two lists of arrays as ``center``.
        places: ``(chunks, size, 2)``, each (a, b); those of one chunk are computed together.

    Returns:
        ``(chunks, size)`` values.
    """
    traced = jax.make_jaxpr(function)(center)
    jaxpr, known = traced.jaxpr, dict(zip(traced.jaxpr.constvars, traced.consts, strict=True))
    for variable, *parts in zip(jaxpr.invars, center, *directions, strict=True):
        known[variable] = Affine(tuple(parts))
    rest = [equation for equation in jaxpr.eqns if not settle(jaxpr, equation, known)]
    needed, finish = compound(jaxpr, rest, jaxpr.outvars)

    def at(place):
        values = (known[variable] for variable in needed)
        return finish(*(v.at(place) if isinstance(v, Affine) else v for v in values))[0]

    return jax.lax.map(jax.vmap(at), places)


def settle(jaxpr, equation, known):
    """Computes one equation for all places, if it can be; its outputs are known then."""
    needed, do = compound(jaxpr, [equation], equation.outvars)
    if not all(variable in known for variable in needed):
        return False
    operands = {variable: known[variable] for variable in needed}
    affine = {v: value for v, value in operands.items() if isinstance(value, Affine)}
    name, factors = equation.primitive.name, sum(v in affine for v in variables(equation.invars))
    if not affine:
        outputs = do(*operands.values())
    elif name in LINEAR or (name in PRODUCTS and factors == 1):  # x * x is no product of this kind

        def of_affine(*values):
            return do(*(operands | dict(zip(affine, values, strict=True))).values())

        outputs = pushed(of_affine, affine.values())
    else:
        return False
    known.update(zip(equation.outvars, outputs, strict=True))
    return True


def pushed(function, operands):
    """The outputs of a linear function for affine operands: values, and slopes."""
    firsts, *more = zip(*(one.parts for one in operands), strict=True)
    values, push = jax.linearize(function, *firsts)
    return [Affine(parts) for parts in zip(values, *(push(*p) for p in more), strict=True)]


def compound(jaxpr, equations, outputs):
    """Some equations of a traced function as a function, and the variables that it takes."""
    from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

    computed = {variable for equation in equations for variable in equation.outvars}
    used = [v for equation in equations for v in variables(equation.invars)] + variables(outputs)
    needed = list(dict.fromkeys(v for v in used if v not in computed))
    part = jaxpr.replace(constvars=[], invars=needed, outvars=outputs, eqns=equations,
                         debug_info=jaxpr.debug_info.with_unknown_names())  # fmt: skip
    return needed, jaxpr_as_fun(ClosedJaxpr(part, ()))


def variables(operands):
    """Those that are no literals: a literal has its value with it."""
    from jax.extend.core import Literal

    return [one for one in operands if not isinstance(one, Literal)]

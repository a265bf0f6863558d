"""The rules of Keras's optimizers: formulas to read, to fill with numbers, and to check."""

import math
import re
from dataclasses import dataclass

from anatomy.base.words import factor, number

FUNCTIONS = {
    "sqrt": math.sqrt,
    "max": max,
    "min": min,
    "abs": abs,
    "sign": lambda x: (x > 0) - (x < 0),
}
NAME = r"[A-Za-zα_]\w*"
UNKNOWN = ("use_ema", "gradient_accumulation_steps", "loss_scale_factor")  # change every rule
PAST = "past steps go on"
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Line:
    """One formula: ``symbol = expression``.

    Attributes:
        symbol: what is computed: "m", or "step".
        expression: Python, of symbols and of names of arguments. A symbol stands for its
            newest value: what is computed here is still that of the step before. Beside those
            of lines there are g (gradient), w (variable), t (step, from 1).
        name: Keras's name of the variable that remembers it; "" where nothing does.
        about: what it is, in a few words.
        initial: the argument that is its value before the first step; "": that is 0.
    """

    symbol: str
    expression: str
    name: str = ""
    about: str = ""
    initial: str = ""

    @property
    def names(self):
        """The symbols and arguments in the expression, in order."""
        names = dict.fromkeys(re.findall(NAME, self.expression))
        return [name for name in names if name not in FUNCTIONS]

    @property
    def text(self):
        """The formula as it is read: "m = beta_1 · m + (1 − beta_1) · g"."""
        return f"{self.symbol} = {pretty(self.expression)}"

    def value(self, values):
        """What the expression is for these values, a float."""
        return eval(self.expression, dict(FUNCTIONS), values)

    def filled(self, values, digits=4):
        """The right side with numbers: "0.9 · 0.271 + (1 − 0.9) · 1"."""

        def put(match):
            name = match[0]
            if name in FUNCTIONS:
                return name
            before, after = match.string[match.start() - 1 :][:1], match.string[match.end() :][:1]
            in_brackets = before == "(" and after in "),"
            return (number if in_brackets else factor)(values[name], digits)

        return pretty(re.sub(NAME, put, self.expression))


@dataclass(frozen=True)
class Rule:
    """How one optimizer makes a step out of a gradient.

    Attributes:
        lines: tuple of `Line`, in the order of computation; one of them is the "step".
        source: author and year.
        arguments: dict name -> value of each argument in the lines but the learning rate.
    """

    lines: tuple
    source: str
    arguments: dict


def rule(optimizer):
    """The rule of an optimizer, as its arguments have it.

    Args:
        optimizer: a ``keras.optimizers.Optimizer``.

    Returns:
        Rule, or None: for a class or an option that is not known here (Ftrl, Nadam, a subclass
        of your own, use_ema, ...).
    """
    import keras

    kind = type(optimizer)
    known = KNOWN.get(kind.__name__)
    if not known or kind is not getattr(keras.optimizers, kind.__name__, None):
        return None
    if any(getattr(optimizer, name, None) for name in UNKNOWN):
        return None
    lines, source = known(optimizer)
    lines = [*clipped(optimizer), *lines]
    if optimizer.weight_decay:
        lines = [decayed(line) if line.symbol == "step" else line for line in lines]
    names = dict.fromkeys(name for line in lines for name in [*line.names, line.initial])
    arguments = {name: getattr(optimizer, name) for name in names if name in vars(optimizer)}
    return Rule(tuple(lines), source, arguments)


def clipped(optimizer):
    """The line of a clipped gradient; of one number its norm is its size."""
    if optimizer.clipvalue is not None:
        about = "gradient clipping by value"
        return [Line("g", "max(-clipvalue, min(g, clipvalue))", about=about)]
    for name, whose in (("clipnorm", "norm"), ("global_clipnorm", "global norm")):
        if getattr(optimizer, name) is not None:
            about = f"gradient clipping by {whose}"
            return [Line("g", f"g * {name} / max({name}, abs(g))", about=about)]
    return []


def decayed(line):
    """The step with decoupled weight decay, which does not pass through what is remembered."""
    about = ", ".join(filter(None, [line.about, "decoupled weight decay"]))
    return Line("step", f"{line.expression} - learning_rate * weight_decay * w", about=about)


def _sgd(optimizer):
    if not optimizer.momentum:
        return [Line("step", "-learning_rate * g")], "Robbins, Monro, 1951"
    m = Line("m", "momentum * m - learning_rate * g", "momentum", PAST)
    if optimizer.nesterov:
        step = Line("step", "momentum * m - learning_rate * g", about="Nesterov: m, one step ahead")
        return [m, step], "Nesterov, 1983; in this form Bengio et al., 2012"
    return [m, Line("step", "m")], "Polyak, 1964"


def _rmsprop(optimizer):
    lines = [Line("v", "rho * v + (1 - rho) * g ** 2", "velocity", "moving average of g²")]
    under, source = "v + epsilon", "Tieleman, Hinton, 2012, lecture 6.5"
    if optimizer.centered:
        lines.append(
            Line("a", "rho * a + (1 - rho) * g", "average_gradient", "moving average of g")
        )
        under, source = "v - a ** 2 + epsilon", f"{source}; centered: Graves, 2013"
    scaled = f"learning_rate * g / sqrt({under})"
    if not optimizer.momentum:
        return [*lines, Line("step", f"-{scaled}")], source
    m = Line("m", f"momentum * m + {scaled}", "momentum", PAST)
    return [*lines, m, Line("step", "-m")], source


def _adagrad(optimizer):
    a = Line("a", "a + g ** 2", "accumulator", "sum of all g²", "initial_accumulator_value")
    step = Line("step", "-learning_rate * g / sqrt(a + epsilon)")
    return [a, step], "Duchi, Hazan, Singer, 2011"


def _adadelta(optimizer):
    a = Line("a", "rho * a + (1 - rho) * g ** 2", "accumulated_grad", "moving average of g²")
    move = Line("r", "-sqrt((d + epsilon) / (a + epsilon)) * g", about="a move of its own size")
    d = Line("d", "rho * d + (1 - rho) * r ** 2", "accumulated_delta_var", "moving average of r²")
    return [a, move, Line("step", "learning_rate * r"), d], "Zeiler, 2012"


FIRST = Line("m", "beta_1 * m + (1 - beta_1) * g", "momentum", "first moment: moving average of g")
SECOND = Line("v", "beta_2 * v + (1 - beta_2) * g ** 2", "velocity",
              "second moment: moving average of g²")  # fmt: skip
RATE = Line("α", "learning_rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t)",
            about="learning_rate, bias corrected")  # fmt: skip


def _adam(optimizer):
    if not optimizer.amsgrad:
        step = Line("step", "-α * m / (sqrt(v) + epsilon)")
        return [FIRST, SECOND, RATE, step], "Kingma, Ba, 2014"
    most = Line("u", "max(u, v)", "velocity_hat", "the largest v so far")
    step = Line("step", "-α * m / (sqrt(u) + epsilon)")
    return [FIRST, SECOND, most, RATE, step], "Kingma, Ba, 2014; amsgrad: Reddi, Kale, Kumar, 2018"


def _adamw(optimizer):
    lines, source = _adam(optimizer)
    return lines, source.replace("Kingma, Ba, 2014", "Loshchilov, Hutter, 2017")


def _adamax(optimizer):
    norm = Line("u", "max(beta_2 * u, abs(g))", "norm", "largest |g|, slowly forgotten")
    step = Line("step", "-learning_rate * m / ((1 - beta_1 ** t) * (u + epsilon))")
    return [FIRST, norm, step], "Kingma, Ba, 2014, section 7"


def _lion(optimizer):
    step = Line("step", "-learning_rate * sign(beta_1 * m + (1 - beta_1) * g)")
    m = Line("m", "beta_2 * m + (1 - beta_2) * g", "momentum", "moving average of g")
    return [step, m], "Chen et al., 2023"


KNOWN = {
    "SGD": _sgd,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "Adadelta": _adadelta,
    "Adam": _adam,
    "AdamW": _adamw,
    "Adamax": _adamax,
    "Lion": _lion,
}


def values(rule, facts, at):
    """The numbers of one step, line by line.

    Args:
        rule: a `Rule`.
        facts: an `Update` of one number, by the same optimizer.
        at: which step, from 1.

    Yields:
        (Line, dict of the values that its expression takes, its result). What Keras remembers
        and the step are Keras's own numbers; only what it keeps nowhere is computed here.
    """
    i = at - 1
    now = rule.arguments | {"learning_rate": float(facts.learning_rate[i]), "t": at}
    now |= {"g": float(facts.gradients[i]), "w": float(facts.variable[i])}
    now |= {line.symbol: float(facts.state[line.name][i]) for line in rule.lines if line.name}
    for line in rule.lines:
        before = dict(now)
        if line.name:
            now[line.symbol] = float(facts.state[line.name][at])
        elif line.symbol == "step":
            now["step"] = float(facts.steps[i])
        else:
            now[line.symbol] = line.value(before)
        yield line, before, now[line.symbol]


def pretty(expression):
    """Python as it is written by hand: · − √ ² |g|."""
    text = expression.replace(" * ", " · ").replace("-", "−").replace("e−", "e-")
    text = re.sub(r" \*\* (\d+)", lambda match: match[1].translate(SUPERSCRIPTS), text)
    text = text.replace(" ** t", "ᵗ")
    text = re.sub(r"sqrt\(([\w.]+)\)", r"√\1", text).replace("sqrt", "√")
    return re.sub(r"abs\(([^()]+|\([^()]+\))\)", r"|\1|", text)

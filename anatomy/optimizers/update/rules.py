"""The rules of Keras's optimizers: formulas to read, to fill with numbers, and to check."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

from anatomy.base.words import factor, number
from anatomy.lazy import keras

FUNCTIONS = {
    "sqrt": math.sqrt,
    "max": max,
    "min": min,
    "abs": abs,
    "sign": lambda x: (x > 0) - (x < 0),
}
NAME = r"[A-Za-zα_]\w*"
UNKNOWN = ("use_ema", "gradient_accumulation_steps", "loss_scale_factor")  # change every rule
#: What makes the formulas of an optimizer: its names, the arguments that ask for a `Line`, its
#: source where it is the step, and the Line. A clipped gradient comes first: the norm of one number
#: is its size.
with Path(__file__).with_name("rules.csv").open(encoding="utf-8") as file:
    _, *ROWS = csv.reader(file)
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
    kind = type(optimizer)
    changed = any(getattr(optimizer, name, None) for name in UNKNOWN)
    if changed or kind is not getattr(keras.optimizers, kind.__name__, None):
        return None
    rows = [
        (source, Line(*line))
        for names, when, source, *line in ROWS
        if kind.__name__ in names.split() and eval(when, {}, vars(optimizer))
    ]
    if not rows:
        return None
    source, lines = max(source for source, _ in rows), [line for _, line in rows]
    if optimizer.weight_decay:
        lines = [decayed(line) if line.symbol == "step" else line for line in lines]
    names = dict.fromkeys(name for line in lines for name in [*line.names, line.initial])
    arguments = {name: getattr(optimizer, name) for name in names if name in vars(optimizer)}
    return Rule(tuple(lines), source, arguments)


def decayed(line):
    """The step with decoupled weight decay, which does not pass through what is remembered."""
    about = ", ".join(filter(None, [line.about, "decoupled weight decay"]))
    return Line("step", f"{line.expression} - learning_rate * weight_decay * w", about=about)


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

"""Words: every number, percentage, list and sentence of the kit is written one way."""

import math


def number(value, digits=4):
    """A number with ``digits`` significant digits: 0.25, −1.5, 30,860, 2.5e8, 1e-5."""
    value = float(value)
    if not math.isfinite(value):
        return str(value)
    if 1e4 <= abs(value) < 1e7:
        text = f"{value:,.0f}"
    else:
        text = f"{value + 0.0:.{digits}g}"
        text = text.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return "−" + text[1:] if text.startswith("-") else text


def fixed(value, decimals=2):
    """A number with so many decimals, so that it keeps its width while it changes: −0.50."""
    if not math.isfinite(value) or abs(value) >= 1e4:
        return number(value, decimals + 1)
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}".replace("-", "−")


def signed(value, digits=3):
    """A number with its sign: +0.25, −1.5, 0."""
    text = number(value, digits)
    return f"+{text}" if value > 0 else text


def factor(value, digits=4):
    """A number to stand behind a sign: a negative one in brackets."""
    text = number(value, digits)
    return f"({text})" if text.startswith("−") else text


def percent(share):
    """A share in percent: 97%; – where there is none. Only a whole is 100%, only nothing is 0%."""
    share = float(share)
    if not math.isfinite(share):
        return "–"
    if 0 < share < 0.0005 or 0.9995 <= share < 1:
        return "<0.1%" if share < 0.5 else ">99.9%"
    return f"{share:.1%}" if 0 < share < 0.005 or 0.995 <= share < 1 else f"{share:.0%}"


def count(n, noun, plural=None):
    """So many of something: 1 point, 1,024 points."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(items, word="and"):
    """Items in a row: "a", "a and b", "a, b and c"."""
    *most, last = [str(item) for item in items] or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def pair(x, y, digits=4):
    """A place: (1.5, −2)."""
    return f"({number(x, digits)}, {number(y, digits)})"


def settings(arguments):
    """Arguments as a call has them: units=64, activation='tanh'."""
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def sentences(*parts):
    """The parts that are not empty, one after the other."""
    return " ".join(part for part in parts if part)

"""Plain scalars of YAML 1.2: what an unquoted word of a spec means.

PyYAML follows YAML 1.1, which reads ``1e-3`` as a string, ``1:30`` as 90, ``017`` as 15 and ``no`` as false. Here
the core schema of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3) holds, restricted to decimal numbers without leading
zeros, so that no two readers of a spec disagree silently.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
MOST_DIGITS = 300  # every integer of 300 digits is also a float


def resolve(text: str) -> Scalar:
    """The value of the unquoted scalar `text`; a number beyond the range of floats stays text.

    >>> [resolve(text) for text in ("1e-3", "10", "true", "~")]
    [0.001, 10, True, None]
    >>> [resolve(text) for text in ("017", "1_000", "0x1F", "no", "1:30", "2024-01-01", "1e400", ".nan")]
    ['017', '1_000', '0x1F', 'no', '1:30', '2024-01-01', '1e400', '.nan']
    """
    if text in WORDS:
        return WORDS[text]
    if unreadable(text) is not None:
        return text
    if INTEGER.fullmatch(text):
        return int(text)
    if NUMBER.fullmatch(text):
        return float(text)
    return text


def unreadable(text: str) -> str | None:
    """The reason why `text`, though written like a number, is none; `None` for every other text.

    >>> unreadable("1e400"), unreadable("1e-400"), unreadable("0e-400"), unreadable("1e3")
    ('too large for a number', 'too small for a number', None, None)
    """
    if NOT_FINITE.fullmatch(text):
        return "not a finite number"
    if INTEGER.fullmatch(text):
        return "too large for a number" if len(text.lstrip("+-")) > MOST_DIGITS else None
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    if math.isinf(value):
        return "too large for a number"
    mantissa = re.split("[eE]", text)[0]
    return "too small for a number" if value == 0 and re.search("[1-9]", mantissa) else None


def write_number(value: float) -> str:
    """The shortest text that reads back as `value`, with a point in every float so that YAML 1.1 agrees.

    >>> [write_number(value) for value in (3, 0.001, 1e-05, 1.5e300)]
    ['3', '0.001', '1.0e-5', '1.5e+300']
    """
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    if not exponent:
        return text
    point = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{point}e{int(power):+d}"

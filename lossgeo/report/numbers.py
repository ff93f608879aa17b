"""Numbers as a typesetter would write them."""

from __future__ import annotations

import re
from numbers import Real

DEFAULT_FORMAT = ".4g"
MISSING = "–"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
EXPONENT = re.compile(r"e([+-]?)0*(\d+)", re.IGNORECASE)


def number(value: Real | float, spec: str = DEFAULT_FORMAT) -> str:
    """Write `value` by a format `spec`, with a minus sign and a power of ten in place of a hyphen and an e.

    >>> number(-1.5e-5, ".1e"), number(0.5), number(float("nan"))
    ('−1.5 × 10⁻⁵', '0.5', '–')
    """
    if value != value:  # noqa: PLR0124 - true of NaN only
        return MISSING
    text = EXPONENT.sub(_power_of_ten, format(value, spec))
    return text.replace("-", "−").replace("inf", "∞")


def _power_of_ten(match: re.Match[str]) -> str:
    sign = "-" if match[1] == "-" else ""
    return " × 10" + f"{sign}{match[2]}".translate(SUPERSCRIPTS)

r"""Text of a spec's author as literal text within Markdown.

Such text is plain but for its formulas, which stand between dollar signs: a formula opens with a dollar sign that
something other than a space follows, and closes with one that something other than a space precedes and no digit
follows, so that "from $5 to $6" stays an amount; ``\$`` is always a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

DISPLAY = r"(?<!\\)\$\$(?P<display_tex>(?:[^$\\]|\\[\s\S])+)\$\$"
INLINE = r"(?<![\\$])\$(?=[^\s$])(?P<inline_tex>(?:[^$\\\n`]|\\.)*(?:[^\s$\\`]|\\[^\s]))\$(?![\d$])"
FORMULA = re.compile(f"{DISPLAY}|{INLINE}")
MEANINGFUL = re.compile(r"[\\`*_\[\]<>&!#|~$]")
"""Characters that may have a meaning for Markdown within a line."""
MARKER = re.compile(r"\A(\d*)([-+=.)])(?=[-=\s]|\Z)")
"""Characters that may begin a list or underline a heading."""


def literal(text: str) -> str:
    r"""Return `text` as a line of Markdown that shows its characters unchanged, and its formulas as formulas.

    >>> print(literal(r"the *norm* of w[i](t), in $\theta_1$ for $5"))
    the \*norm\* of w\[i\](t), in $\theta_1$ for \$5
    """
    return MARKER.sub(r"\1\\\2", " ".join("".join(_pieces(text)).split()))


def without_formulas(text: str) -> str:
    r"""Return `text` as a line of Markdown in which dollar signs are literal: the name of a file, a value.

    >>> print(without_formulas("$a$.wav"))
    \$a\$.wav
    """
    return text.replace("$", r"\$")


def _pieces(text: str) -> Iterator[str]:
    end = 0
    for match in FORMULA.finditer(text):
        yield _escaped(text[end : match.start()])
        yield match.group()
        end = match.end()
    yield _escaped(text[end:])


def _escaped(prose: str) -> str:
    return MEANINGFUL.sub(r"\\\g<0>", prose.replace(r"\$", "$"))

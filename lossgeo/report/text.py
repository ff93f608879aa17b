"""Text from elsewhere, made safe to print: no terminal codes, no invisible controls, no markup."""

from __future__ import annotations

import html
import re

TERMINAL_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# Control characters but tab and newline, and the marks that reverse the direction of what follows.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
OVERWRITTEN = re.compile(r"^.*\r(?!\n|$)", re.MULTILINE)


def plain(text: str) -> str:
    r"""Return `text` as a terminal would show it, without colours and without what a carriage return overwrote.

    >>> plain("epoch 1\repoch 2\x1b[31m!\x1b[0m")
    'epoch 2!'
    """
    return CONTROLS.sub("", OVERWRITTEN.sub("", TERMINAL_CODES.sub("", text)))


def escape(text: str) -> str:
    """Return `text` as HTML that shows exactly this text, in an element or a quoted attribute.

    >>> escape('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return html.escape(plain(text), quote=True)

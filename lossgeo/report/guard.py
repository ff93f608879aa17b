"""The final check of a page: nothing in it runs, and nothing in it is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from lossgeo.errors import ReportError

ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        """
        html head meta title style body header nav main section article aside footer figure figcaption div span p
        h1 h2 h3 h4 h5 h6 a img ul ol li dl dt dd details summary table thead tbody tr th td code pre em strong del
        blockquote hr br sup sub
        math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose mfenced msub msup msubsup
        munder mover munderover mmultiscripts mprescripts none mtable mtr mtd mlabeledtr
        """,
    )
)
ADDRESSES = frozenset(
    re.findall(r"\S+", "href src srcset action formaction background poster data srcdoc ping cite xlink:href")
)
META = frozenset(("charset", "viewport", "generator", "color-scheme", "content-security-policy"))
LINK = re.compile(r"#|https?://|mailto:", re.IGNORECASE)
BESIDE = re.compile(r"figures/[a-z0-9][a-z0-9._-]*\.html")  # an interactive figure, a file of the same report
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]*")
FETCHING_STYLE = re.compile(r"url\s*\(|@import|expression\s*\(", re.IGNORECASE)

Attributes = Sequence[tuple[str, str | None]]


def check(page: str) -> None:
    """Refuse a page with an element or address that is not of a known, inert kind.

    Raises:
        ReportError: the page has an element, an event handler or an address that it must not have; the text lists them.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    if reader.faults:
        raise ReportError(
            "report page: expected only inert elements and pictures within the page, got "
            f"{'; '.join(reader.faults[:10])}; remove them from the section that made them"
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag not in ELEMENTS:
            self._fault(f"<{tag}>")
        for fault in attribute_faults(tag, attrs):
            self._fault(fault)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style and FETCHING_STYLE.search(data):
            self._fault("a style sheet that fetches")

    def _fault(self, fault: str) -> None:
        line, column = self.getpos()
        self.faults.append(f"{fault} (line {line}, column {column + 1})")


def attribute_faults(tag: str, attributes: Attributes) -> Iterator[str]:
    """Yield what is wrong with the `attributes` of an element `tag`, in words."""
    for name, value in attributes:
        if name.startswith("on"):
            yield f"<{tag} {name}=…>"
        elif name in ADDRESSES and not _is_inert(tag, name, value or ""):
            yield f"<{tag} {name}={(value or '')[:60]!r}>"
        elif name == "style" and FETCHING_STYLE.search(value or ""):
            yield f"<{tag} style={(value or '')[:60]!r}>"
    if tag == "meta" and not META & {part.lower() for name, value in attributes for part in (name, value or "")}:
        yield "<meta>"


def _is_inert(tag: str, name: str, value: str) -> bool:
    if (tag, name) == ("a", "href"):
        return LINK.match(value) is not None or BESIDE.fullmatch(value) is not None
    return (tag, name) == ("img", "src") and PICTURE.fullmatch(value) is not None

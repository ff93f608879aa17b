"""Blocks: the pieces of HTML that a page takes from its cells, known by a mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OURS = {"lossgeo": True}


@dataclass(frozen=True)
class Block:
    """A piece of the page: `html` for the browser, `text` for a reader of the bare notebook."""

    html: str
    text: str

    def _repr_mimebundle_(self, **selection: Any) -> tuple[dict[str, str], dict[str, dict[str, bool]]]:
        """Offer both forms to Jupyter, marked as HTML that the report itself made."""
        del selection
        return {"text/html": self.html, "text/plain": self.text}, {"text/html": OURS}

"""Names of the analyses in the plain values of a spec, which may have any shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lossgeo.documents.places import Path
from lossgeo.documents.slots import TAG


def analysis_names(analyses: Any) -> Iterator[tuple[Path, str]]:
    """The name of each analysis, or else its kind, with its path in the spec; a name that is no text is left out.

    >>> list(analysis_names(({"kind": "path"}, {"kind": "path", "name": "again"}, 3)))
    [(('analyses', 0, 'kind'), 'path'), (('analyses', 1, 'name'), 'again')]
    """
    for i, analysis in enumerate(analyses if isinstance(analyses, tuple) else ()):
        plain = analysis if isinstance(analysis, Mapping) else {}
        key = "name" if plain.get("name") is not None else TAG
        if isinstance(name := plain.get(key), str):
            yield ("analyses", i, key), name

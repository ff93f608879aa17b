"""The networks that subspaces are compared with, in the words of a caption."""

from __future__ import annotations

from collections.abc import Iterable

from lossgeo.results import OpenStudy


def independent_network(study: OpenStudy, subspaces: Iterable[str]) -> str:
    """The words for the network that subspaces are compared with, and its names in the spec; empty if there is none."""
    names = [study.jobs.comparison_name(subspace) for subspace in dict.fromkeys(subspaces)]
    named = dict.fromkeys(name for name in names if name in study.spec.networks)
    words = f"the independent network ({' or '.join(map(str, named))})" if named else "the independent network"
    return words if any(names) else ""

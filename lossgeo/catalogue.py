"""The catalogue: everything that a spec can name, with options and defaults."""

from __future__ import annotations

from difflib import get_close_matches

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset
from lossgeo.errors import SpecError
from lossgeo.families.base import Family
from lossgeo.landscape.optimizer import Optimizer
from lossgeo.shipped import SPECS, shipped, specs, templates
from lossgeo.spec.writer import flow
from lossgeo.variant import Variant

ROLES: dict[str, type[Variant]] = {
    "datasets": Dataset,
    "architectures": Architecture,
    "families": Family,
    "analyses": Analysis,
    "optimizers": Optimizer,
}


def describe(what: str = "") -> str:
    """The catalogue of one kind of thing, or of all.

    Raises:
        SpecError: if there is no such kind of thing.
    """
    names = [*ROLES, "specs", "templates"]
    if what and what not in names:
        near = get_close_matches(what, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SpecError(f"list: got {what!r}; expected one of {', '.join(names)}{hint}")
    return "\n\n".join(_section(name) for name in ([what] if what else names))


def _section(name: str) -> str:
    if name == "specs":
        return "\n".join([name, *(f"  {SPECS}/{path.relative_to(shipped(SPECS)).as_posix()}" for path in specs())])
    if name == "templates":
        return "\n".join([name, *(f"  {path}" for path in templates())])
    return "\n".join([name, *(_entry(variant) for _, variant in sorted(ROLES[name].variants.items()))])


def _entry(variant: type[Variant]) -> str:
    """A kind with its first line and its options."""
    lines = [f"  {variant.model_fields['kind'].default}: {(variant.__doc__ or '').strip().splitlines()[0]}"]
    for option, field in variant.model_fields.items():
        if option != "kind":
            about = f"  # {field.description}" if field.description else ""
            lines.append(f"      {option}: {flow(getattr(variant(), option))}{about}")
    return "\n".join(lines)

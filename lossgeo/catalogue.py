"""The catalogue: everything that a spec can name, with options and defaults."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Literal, get_args, get_origin

from lossgeo.analyses.base import Analysis
from lossgeo.architectures.base import Architecture
from lossgeo.datasets.base import Dataset
from lossgeo.documents.writer import flow
from lossgeo.errors import SpecError
from lossgeo.families.base import Family
from lossgeo.networks.base import Network
from lossgeo.problems.base import Problem
from lossgeo.shipped import SPECS, shipped, specs, templates
from lossgeo.training.optimizer import Optimizer
from lossgeo.training.options import Training
from lossgeo.variant import Model, Variant

ROLES: dict[str, type[Variant]] = {
    "datasets": Dataset,
    "architectures": Architecture,
    "problems": Problem,
    "networks": Network,
    "families": Family,
    "analyses": Analysis,
    "optimizers": Optimizer,
}


def describe(what: str = "") -> str:
    """The text of the catalogue: one section, or all of them.

    Raises:
        SpecError: if there is no such kind of thing.
    """
    names = [*ROLES, "training", "specs", "templates"]
    if what and what not in names:
        near = get_close_matches(what, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SpecError(f"list: got {what!r}; expected one of {', '.join(names)}{hint}")
    return "\n\n".join(_section(name) for name in ([what] if what else names))


def _section(name: str) -> str:
    if name == "training":
        return "\n".join([name, *_options(Training())])
    if name == "specs":
        return "\n".join([name, *(f"  {SPECS}/{path.relative_to(shipped(SPECS)).as_posix()}" for path in specs())])
    if name == "templates":
        return "\n".join([name, *(f"  {path}" for path in templates())])
    return "\n".join([name, *(_entry(variant) for _, variant in sorted(ROLES[name].variants.items()))])


def _entry(variant: type[Variant]) -> str:
    """The text of a variant: its kind, the first line of its docstring, and its options."""
    summary = (vars(variant).get("__doc__") or "").strip().partition("\n")[0]
    head = f"  {variant.model_fields['kind'].default}: {summary}".rstrip(": ")
    return "\n".join([head, *_options(variant.example())])


def _options(example: Model) -> Iterator[str]:
    """A line for each option: its default, the values to choose from where they are few, and its description."""
    for name, field in type(example).model_fields.items():
        if name != "kind":
            choices = " | ".join(get_args(field.annotation)) if get_origin(field.annotation) is Literal else ""
            required = "required, for example this" if field.is_required() else ""
            about = "; ".join(part for part in (required, choices, field.description) if part)
            yield f"      {name}: {flow(getattr(example, name))}" + (f"  # {about}" if about else "")

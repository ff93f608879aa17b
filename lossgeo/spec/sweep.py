"""Sweeps: a spec repeated with other values at some of its places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any, TypeVar

from lossgeo.documents.faults import Fault, one_of
from lossgeo.documents.overrides import UnreachableError, index_of, laid, refuse
from lossgeo.documents.places import KeyPath, dotted
from lossgeo.documents.suggestions import nearest
from lossgeo.variant import Model

M = TypeVar("M", bound=Model)

Value = bool | int | float | str
Values = Mapping[str, Value]
"""Dotted path → the value there."""

ALWAYS_BASE = ("sweep", "claims")
"""Keys that the study has as it is written, but at no setting of its sweep."""


def settings(model: M, sweep: Mapping[str, tuple[Value, ...]]) -> Iterator[tuple[Values, M]]:
    """Each combination of the values, the last path varying fastest, with `model` at these values.

    The values are those that the model holds: 1 for a field of floats has become 1.0.
    """
    for combination in product(*sweep.values()) if sweep else ():
        setting = with_values(model, dict(zip(sweep, combination, strict=True)))
        yield values_of(setting, sweep), setting


def with_values(model: M, values: Values) -> M:
    """The model with the value at each path replaced, validated, and without a sweep and claims."""
    return type(model).model_validate(replaced(plain(model), values))


def values_of(model: Model, paths: Iterable[str]) -> dict[str, Value]:
    """The values of the model at the paths.

    Raises:
        UnreachableError: a path leads nowhere.
    """
    raw = plain(model)
    return {path: followed(raw, path)[1] for path in paths}


def values_among(models: Sequence[Model], paths: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    """Path → the different values of the models there, in order; without paths that some model lacks."""
    found: dict[str, tuple[Value, ...]] = {}
    for path in paths:
        with suppress(UnreachableError):
            found[path] = tuple(dict.fromkeys(values_of(model, [path])[path] for model in models))
    return found


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """Path → its last steps, as many as distinguish it from the others; an index does not stand alone.

    >>> list(short_names(["subspaces.line.diversity", "training.l2"]).values()), short_names(["a.hidden.0"])
    (['diversity', 'l2'], {'a.hidden.0': 'hidden.0'})
    """
    known = list(paths)
    return {path: _short_name(path, [other for other in known if other != path]) for path in known}


def described(values: Values) -> str:
    """The values by the short names of their paths, as text.

    >>> described({"subspaces.line.diversity": 0.1, "training.optimizer.lr": 1e-05})
    'diversity 0.1, lr 1e-05'
    """
    return ", ".join(f"{name} {value_text(values[path])}" for path, name in short_names(values).items())


def value_text(value: Value) -> str:
    """The text of a value as people write it.

    >>> [value_text(value) for value in (True, 3, 10.0, 0.1234567, "relu")]
    ['true', '3', '10', '0.1234567', 'relu']
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if not isinstance(value, float) or float(f"{value:g}") != value else f"{value:g}"


def plain(model: Model) -> dict[str, Any]:
    """The plain values of the model, with every default."""
    return {key: value for key, value in model.model_dump().items() if key not in ALWAYS_BASE}


def replaced(raw: Any, values: Values) -> Any:
    """The plain values with others at the paths."""
    for path, value in values.items():
        _, raw = laid(raw, path.split("."), value)
    return raw


def followed(raw: Any, path: str) -> tuple[KeyPath, Any]:
    """The place that a dotted path leads to, through mappings by key and lists by index, and its value.

    Raises:
        UnreachableError: it leads nowhere.
    """
    place: KeyPath = ()
    steps = path.split(".")
    for i, step in enumerate(steps):
        if isinstance(raw, tuple):
            index = index_of(step, raw, place)
            place, raw = (*place, index), raw[index]
        elif isinstance(raw, Mapping):
            if step not in raw:
                neighbour = nearest(step, raw)
                meant = None if neighbour is None else repr(".".join([*steps[:i], neighbour, *steps[i + 1 :]]))
                into = f" into {dotted(place)}" if place else ""
                expected = one_of(raw) if raw else "a value that the spec writes out there"
                raise UnreachableError(Fault(place, f"the unknown step {step!r}{into}", expected, meant))
            place, raw = (*place, step), raw[step]
        else:
            refuse(step, raw, place, "a mapping or a list there")
    return place, raw


def _short_name(path: str, others: list[str]) -> str:
    steps = path.split(".")
    for start in range(len(steps) - 1, -1, -1):
        name = ".".join(steps[start:])
        is_shared = any(f".{other}".endswith(f".{name}") for other in others)
        if not steps[start].isdigit() and not is_shared:
            return name
    return path

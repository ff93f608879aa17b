"""Variants: frozen options that carry their own behaviour and are found by their `kind`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, ValidationError, ValidationInfo
from pydantic_core import CoreSchema, InitErrorDetails, PydanticKnownError, core_schema

Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9_-])?$",
        description="1 to 64 of a–z, 0–9, '.', '_' and '-', the first a letter or digit, the last not a dot",
    ),
]
"""The name of a subspace or an analysis in a spec, which becomes part of file names."""


class Unkeyed:
    """Marks a field that is no part of a key, because whatever it stands for is in the key already.

    ``ends: Annotated[tuple[Source, Source], Unkeyed()]``: the networks are in the key, their names are not.
    """


@dataclass(frozen=True)
class Inert:
    """Marks an option that was added later: while it has this value, keys are as before it existed.

    ``order: Annotated[int, Inert(1)] = 1``. The value is what the code did before, whatever the default is now.
    """

    value: Any


class Model(BaseModel):
    """A frozen, strict value: unknown fields, wrong types, NaN and infinity are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    def canonical_fields(self) -> dict[str, Any]:
        """The fields that keys depend on, by name: defaults too, but not those that are `Unkeyed` or `Inert`."""
        return {name: value for name, inert in _keyed(type(self)) if not _is_among(value := getattr(self, name), inert)}


@cache
def _keyed(model: type[Model]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The names of the fields that are part of a key, each with the values at which it is inert."""
    marks = {name: field.metadata for name, field in model.model_fields.items()}
    return tuple(
        (name, tuple(mark.value for mark in found if isinstance(mark, Inert)))
        for name, found in marks.items()
        if not any(isinstance(mark, Unkeyed) for mark in found)
    )


def _is_among(value: Any, inert: tuple[Any, ...]) -> bool:
    return any(value == one and type(value) is type(one) for one in inert)


class Variant(Model):
    """A choice among the kinds of a role; its fields are its options.

    A *role* (``Family``, ``Analysis``, …) derives from ``Variant`` itself. A *variant* derives from a role and
    names its kind, ``class Bezier(Family, kind="bezier")``, which registers it. A field annotated with a role
    takes any registered variant of it, chosen by ``kind``. Every option has a default, so that ``X()`` is valid; where
    that cannot be, `example` gives a valid one.

    A variant whose numbers have changed raises its `version`: what depends on it is computed again, and nothing else.
    The source of a variant that is not shipped with lossgeo is part of its keys, so it needs no version.
    """

    kind: str = ""
    version: ClassVar[int] = 1
    is_role: ClassVar[bool] = False
    variants: ClassVar[dict[str, type[Self]]]

    def __init_subclass__(cls, kind: str | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.is_role = Variant in cls.__bases__
        if cls.is_role:
            cls.variants = {}
        elif kind is not None:
            known = cls.variants.get(kind)
            if known is not None and known.__module__ != cls.__module__:
                raise ValueError(
                    f"{_place(cls)}: kind {kind!r} is taken by {_place(known)}; choose another kind, or leave one out"
                )
            cls.__annotations__ = {**inspect.get_annotations(cls), "kind": Literal[kind]}  # not those of its parent
            cls.kind = kind
            cls.variants[kind] = cls  # type: ignore[assignment]  # a variant of its own role

    @classmethod
    def __pydantic_init_subclass__(cls, kind: str | None = None, **options: Any) -> None:
        """Refuse a kind that is not complete, or whose options hide what the role has.

        Raises:
            TypeError: naming what is missing or hidden.
        """
        super().__pydantic_init_subclass__(**options)
        if kind is None:
            return
        missing, hidden = sorted(cls.__abstractmethods__), sorted(_hidden(cls))
        if missing or hidden:
            cls.variants.pop(kind)
            lacks = f"write {', '.join(missing)}, which its role asks for" if missing else ""
            renames = f"rename {', '.join(hidden)}, which the role has for itself" if hidden else ""
            raise TypeError(
                f"{_place(cls)}: kind {kind!r} is not complete: {'; '.join(filter(None, (lacks, renames)))}"
            )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A role stands for any of its variants, told apart by `kind`; a variant for itself.

        The kind is looked up when a value is read, so that one that was registered later is as good as any.
        """
        if not cls.is_role:
            return handler(source)
        serialization = core_schema.plain_serializer_function_ser_schema(_dumped)
        return core_schema.with_info_plain_validator_function(cls._read, serialization=serialization)

    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Variant:
        """A variant of this role, from itself or from its options and its kind.

        Raises:
            PydanticKnownError: if there is no such kind.
            ValidationError: naming the kind before the place of every fault.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise PydanticKnownError("model_type", {"class_name": cls.__name__})
        kind = value.get("kind", ABSENT)
        if kind is ABSENT:
            raise PydanticKnownError("union_tag_not_found", {"discriminator": "kind"})
        if not isinstance(kind, str) or kind not in cls.variants:
            context = {"discriminator": "kind", "tag": str(kind), "expected_tags": ", ".join(sorted(cls.variants))}
            raise PydanticKnownError("union_tag_invalid", context)
        try:
            return cls.variants[kind].model_validate(tupled(value) if info.mode == "json" else value)
        except ValidationError as error:
            raise _at_kind(error, kind) from None

    def canonical_fields(self) -> dict[str, Any]:
        """The fields, the version if above 1, and the digest of the source of a variant that is not shipped."""
        version = {"@version": self.version} if self.version > 1 else {}
        source = source_digest(type(self))
        return {**super().canonical_fields(), **version, **({"@source": source} if source else {})}

    @classmethod
    def example(cls) -> Self:
        """A valid variant for contracts and the catalogue; that of the defaults, if every option has one."""
        return cls()

    def smoke(self) -> Self:
        """The variant at toy size, for ``lossgeo run --smoke``; unchanged where size does not matter."""
        return self


def roles() -> tuple[type[Variant], ...]:
    """All roles, as far as their modules are imported."""
    return tuple(found for found in Variant.__subclasses__() if found.is_role)


def forget(modules: Collection[str]) -> None:
    """Take out of the registries what classes of these modules have registered."""
    for role in roles():
        for kind, variant in tuple(role.variants.items()):
            if variant.__module__ in modules:
                del role.variants[kind]


def discover(package: str) -> None:
    """Import every module of `package`, so that the variants in it register themselves."""
    folder = import_module(package)
    for module in iter_modules(folder.__path__):
        import_module(f"{package}.{module.name}")


ABSENT = object()


def _dumped(value: Variant) -> dict[str, Any]:
    return value.model_dump()


def tupled(value: Any) -> Any:
    """A value in which every list, as JSON has them, is a tuple, as options have them."""
    if isinstance(value, Mapping):
        return {name: tupled(part) for name, part in value.items()}
    return tuple(tupled(part) for part in value) if isinstance(value, list) else value


def _at_kind(error: ValidationError, kind: str) -> ValidationError:
    """The error with the kind before the place of every fault, as for unions that pydantic distinguishes by a tag."""
    faults = [
        InitErrorDetails(type=found["type"], loc=(kind, *found["loc"]), input=found["input"], ctx=found.get("ctx", {}))
        for found in error.errors(include_url=False)
    ]
    return ValidationError.from_exception_data(error.title, faults)


IMPORTED_SHA256 = "__imported_sha256__"
"""Name of what a module of a plugin knows: the SHA-256 of its file as it was imported, which an editor may change."""

VERSIONED = sys.stdlib_module_names | {"lossgeo", "pydantic", "torch", "numpy"}
"""Packages whose classes have a version, not a source, in keys."""

FOLDERS_OF_VARIANTS = ("analyses", "architectures", "datasets", "families", "networks", "problems")
"""Packages of lossgeo to which people add files of their own; `shipped_modules.txt` lists the shipped ones."""


@cache
def source_digest(variant: type) -> str | None:
    """SHA-256 of the files that define a class and its bases, as far as they are not shipped; else None.

    A file counts whole, with all its functions; what it imports from files beside it does not.

    Raises:
        TypeError: if the class is in no file.
    """
    own = [base for base in variant.__mro__ if not _has_version(base.__module__)]
    digests = {_file_of(base): _digest_of(base) for base in own}
    return sha256(b"".join(digests.values())).hexdigest() if digests else None


def _has_version(module: str) -> bool:
    package, *inside = module.split(".")
    is_among_variants = package == "lossgeo" and inside[0] in FOLDERS_OF_VARIANTS
    return ".".join(inside) in _shipped_modules() if is_among_variants else package in VERSIONED


@cache
def _shipped_modules() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("shipped_modules.txt").read_text(encoding="utf-8").split())


def _digest_of(own: type) -> bytes:
    """SHA-256 of the file of a class: as it was imported, where its module says so, else as it is now."""
    imported: str | None = getattr(sys.modules.get(own.__module__), IMPORTED_SHA256, None)
    return sha256(_file_of(own).read_bytes()).digest() if imported is None else bytes.fromhex(imported)


def _hidden(own: type[Variant]) -> set[str]:
    """The options of a class that have the name of a method or a property above it."""
    above = own.__mro__[1:]
    options = [name for name in inspect.get_annotations(own) if name in own.model_fields and name != "kind"]
    return {name for name in options if any(name in vars(base) for base in above)}


def _place(own: type) -> str:
    """The name of a class, with its file where that is not of lossgeo."""
    file = getattr(sys.modules.get(own.__module__), "__file__", None)
    is_ours = file is None or own.__module__.split(".")[0] == "lossgeo"
    return f"{own.__module__}.{own.__name__}" if is_ours else f"{own.__name__} in {file}"


def _file_of(own: type) -> Path:
    name = getattr(sys.modules.get(own.__module__), "__file__", None)
    if name is None or not Path(name).is_file():
        raise TypeError(
            f"{own.__module__}.{own.__qualname__}: expected a class that is defined in a file, because its source is "
            f"part of the keys of results; got one from {inspect.getmodule(own)}; put it into a file of its own"
        )
    return Path(name)


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values with changes applied, mapping by mapping; a mapping of another `kind` is replaced whole.

    >>> merged({"lr": {"kind": "sgd", "rate": 1, "momentum": 0.9}}, {"lr": {"rate": 2}})
    {'lr': {'kind': 'sgd', 'rate': 2, 'momentum': 0.9}}
    >>> merged({"lr": {"kind": "sgd", "rate": 1, "momentum": 0.9}}, {"lr": {"kind": "adam"}})
    {'lr': {'kind': 'adam'}}
    """
    found = dict(base)
    for name, change in changes.items():
        there = found.get(name)
        if isinstance(there, Mapping) and isinstance(change, Mapping) and _are_alike(there, change):
            found[name] = merged(there, change)
        else:
            found[name] = change
    return found


def _are_alike(there: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    return bool(change.get("kind", there.get("kind")) == there.get("kind"))

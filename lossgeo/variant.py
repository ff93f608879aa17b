"""Variants: frozen options that carry their own behaviour and are found by their `kind`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9_-])?$",
        description="1 to 64 of a–z, 0–9, '.', '_' and '-', the first a letter or digit, the last not a dot",
    ),
]
"""What a subspace or an analysis is called in a spec; it becomes part of file names."""


class Model(BaseModel):
    """A frozen, strict value: unknown fields, wrong types, NaN and infinity are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Variant(Model):
    """One choice among the kinds of a role; its fields are its options.

    A *role* (``Family``, ``Analysis``, …) derives from ``Variant`` itself. A *variant* derives from a role and
    names its kind, ``class Bezier(Family, kind="bezier")``, which registers it. A field annotated with a role
    takes any registered variant of it, chosen by ``kind``. Every option has a default, so ``X()`` is valid.
    """

    kind: str = ""
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
                    f"{cls.__module__}.{cls.__name__}: kind {kind!r} is taken by "
                    f"{known.__module__}.{known.__name__}; choose another kind"
                )
            cls.__annotations__["kind"] = Literal[kind]
            cls.kind = kind
            cls.variants[kind] = cls  # type: ignore[assignment]  # a variant of its own role

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A role stands for the union of its variants, told apart by `kind`; a variant for itself."""
        if not cls.is_role or not cls.variants:
            return handler(source)
        choices: Mapping[str, CoreSchema] = {
            kind: handler.generate_schema(variant) for kind, variant in sorted(cls.variants.items())
        }
        return core_schema.tagged_union_schema(dict(choices), discriminator="kind")

    def smoke(self) -> Self:
        """The same variant at toy size, for ``lossgeo run --smoke``; itself where size does not matter."""
        return self


def discover(package: str) -> None:
    """Import every module of `package`, so that the variants in it register themselves."""
    folder = import_module(package)
    for module in iter_modules(folder.__path__):
        import_module(f"{package}.{module.name}")

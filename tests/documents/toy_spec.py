"""A small model with every sort of field that a spec may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from lossgeo.documents.faults import Fault
from lossgeo.variant import Model, Variant

LowerCase = Annotated[str, Field(pattern="^[a-z]+$", description="lower-case letters")]


class Dish(Variant):
    """The role of the toy."""


class Soup(Dish, kind="soup"):
    """A variant with a bounded number."""

    salt: float = Field(default=0.5, gt=0, le=1)


class Pie(Dish, kind="pie"):
    """A variant with a condition of its own."""

    slices: int = 8

    @field_validator("slices")
    @classmethod
    def _even(cls, slices: int) -> int:
        if slices % 2:
            raise ValueError("an even number of slices")
        return slices


class Oven(Model):
    """A nested model."""

    degrees: float = Field(default=180.0, ge=0, lt=300)
    minutes: int | None = None
    fan: bool = False
    heat: float | Literal["auto"] = "auto"
    door: tuple[float, float] = (0.0, 1.0)


class Menu(Model):
    """The root of the toy."""

    title: str = Field(min_length=1, description="stands at the top")
    note: str = ""
    oven: Oven = Oven()
    courses: tuple[Dish, ...] = ()
    specials: Mapping[str, Dish] = {}
    prices: dict[LowerCase, tuple[float, ...]] = Field(default={})
    guests: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(1,), min_length=1)
    favourite: Dish | None = None

    @classmethod
    def cross_check(cls, raw: Mapping[str, Any]) -> Iterable[Fault]:
        """The note may not repeat the title."""
        if "note" in raw and raw["note"] == raw.get("title"):
            yield Fault(("note",), "the title again", "something new")

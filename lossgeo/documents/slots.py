"""Slots: the type that a schema has at each place of a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from lossgeo.variant import Model, Variant

TAG = "kind"


@dataclass(frozen=True)
class Slot:
    """The schema at one place of a spec: type, constraints (``Ge``, ``MinLen``, … of annotated-types), description."""

    annotation: Any
    constraints: tuple[Any, ...] = ()
    description: str = ""

    @classmethod
    def of(cls, annotation: Any) -> Slot:
        """The slot of an annotation such as ``Annotated[int, Field(ge=0)]``."""
        if get_origin(annotation) is not Annotated:
            return cls(annotation)
        inner, *extras = get_args(annotation)
        described = [extra for extra in extras if isinstance(extra, FieldInfo)]
        constraints = [item for extra in extras for item in (extra.metadata if extra in described else [extra])]
        return cls(inner, tuple(constraints), next((extra.description or "" for extra in described), ""))

    @classmethod
    def of_field(cls, field: FieldInfo) -> Slot:
        """The slot of a field of a model."""
        slot = cls.of(field.annotation)
        return cls(slot.annotation, (*slot.constraints, *field.metadata), field.description or slot.description)

    @property
    def full(self) -> Any:
        """The annotation with its constraints."""
        return Annotated[(self.annotation, *self.constraints)] if self.constraints else self.annotation

    @property
    def origin(self) -> Any:
        """The type without its parameters: ``tuple`` for ``tuple[int, ...]``."""
        return get_origin(self.annotation) or self.annotation

    @property
    def members(self) -> tuple[Slot, ...]:
        """The alternatives of a union; otherwise the slot alone."""
        if self.origin not in {Union, UnionType}:
            return (self,)
        return tuple(inner for member in get_args(self.annotation) for inner in Slot.of(member).members)

    @property
    def options(self) -> tuple[Slot, ...]:
        """The alternatives of a union other than `None`."""
        return tuple(member for member in self.members if member.annotation is not NoneType)

    @property
    def model(self) -> type[Model] | None:
        """The model that may stand here, a role among them; `None` if values here have another type."""
        return self.origin if is_subclass(self.origin, Model) else None

    @property
    def kinds(self) -> dict[str, type[Variant]]:
        """The variants that may stand here, by kind; empty unless the type is a role."""
        role = self.origin
        return dict(sorted(role.variants.items())) if is_subclass(role, Variant) and role.is_role else {}

    def model_of(self, value: Any) -> type[Model] | None:
        """The model that `value` belongs to; for a role, the variant that its `kind` names, if there is one."""
        named = value.get(TAG) if isinstance(value, Mapping) else None
        return self.kinds.get(named, self.model) if isinstance(named, str) else self.model

    @property
    def is_list(self) -> bool:
        """Whether a list may stand here, read as a tuple."""
        return self.origin is not str and is_subclass(self.origin, Sequence)

    @property
    def is_mapping(self) -> bool:
        """Whether a mapping with free keys may stand here."""
        return is_subclass(self.origin, Mapping)

    @property
    def elements(self) -> tuple[Slot, ...]:
        """The slots of a list of fixed length; empty for a list of any length."""
        parameters = get_args(self.annotation)
        if self.origin is not tuple or not parameters or parameters[-1] is Ellipsis:
            return ()
        return tuple(Slot.of(parameter) for parameter in parameters)

    @property
    def key(self) -> Slot:
        """The slot of every key of a mapping with free keys."""
        parameters = get_args(self.annotation)
        return Slot.of(parameters[0]) if parameters else Slot(str)

    @property
    def content(self) -> Slot:
        """The slot of every element of a list of any length, or of every value of a mapping."""
        parameters = get_args(self.annotation)
        return Slot.of(parameters[-1 if self.is_mapping else 0]) if parameters else Slot(Any)

    def inside(self, step: str | int, value: Any) -> Slot | None:
        """The slot at key or index `step` of `value`, which stands here; `None` if the type has no such step."""
        found = [slot for option in self.options if (slot := option.within(step, value)) is not None]
        return found[0] if found else None

    def within(self, step: str | int, value: Any) -> Slot | None:
        """The slot at key or index `step` of `value`, for a type that is no union."""
        if (model := self.model_of(value)) is not None:
            return fields_of(model).get(step) if isinstance(step, str) else None
        if isinstance(step, str):
            return self.content if self.is_mapping else None
        if self.elements:
            return self.elements[step] if step < len(self.elements) else None
        return self.content if self.is_list else None


def fields_of(model: type[Model]) -> dict[str, Slot]:
    """The slots of a model's fields, by the key that a spec writes."""
    return {field.alias or name: Slot.of_field(field) for name, field in model.model_fields.items()}


def choices(slot: Slot) -> tuple[Any, ...]:
    """The values of a `Literal`; empty for any other type."""
    return get_args(slot.annotation) if slot.origin is Literal else ()


def is_subclass(candidate: Any, parent: type) -> bool:
    """Whether `candidate` is a subclass of `parent`; false for anything that is no class."""
    return isinstance(candidate, type) and issubclass(candidate, parent)

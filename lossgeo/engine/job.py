"""Jobs: values whose fields are their inputs, and so their dependencies."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar, cast

from lossgeo.engine.context import Context
from lossgeo.engine.key import Keyed, canonical, digest, fields_of, keyed_within
from lossgeo.variant import source_digest

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, eq=False)
class Job(Keyed, Generic[R_co]):
    """A value that computes one record of type R from its fields alone.

    A kind of job is a frozen dataclass, known by its class name:

        @dataclass(frozen=True)
        class Fit(Job[Curve]):
            anchors: tuple[Train, ...]
            degree: int
            version: ClassVar[int] = 1  # bumped when the numbers change

    Laws:
        ``compute`` depends on nothing but the fields and the results of ``dependencies``;
        two jobs are equal exactly if their keys are; ``sha256(inputs)`` is the key.
    """

    version: ClassVar[int]
    kinds: ClassVar[dict[str, type[Job[Any]]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        known = Job.kinds.setdefault(cls.__name__, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(
                f"{cls.__module__}.{cls.__qualname__}: expected a new kind of job, but {cls.__name__!r} is taken by "
                f"{known.__module__}.{known.__qualname__}; rename the class"
            )
        Job.kinds[cls.__name__] = cls
        # Set on the class itself, or the dataclass decorator would compare the fields, for which 1 == 1.0 == True, and
        # write out a shared dependency once for every path to it.
        cls.__eq__ = Job.__eq__  # type: ignore[method-assign]
        cls.__hash__ = Job.__hash__  # type: ignore[method-assign]
        cls.__repr__ = Job.__repr__  # type: ignore[method-assign]

    @abstractmethod
    def compute(self, context: Context) -> R_co:
        """The result, computed from the fields and, through ``context.load``, from the results of the dependencies."""

    @property
    @abstractmethod
    def result_type(self) -> type[R_co]:
        """The frozen dataclass that `compute` returns."""

    @property
    def kind(self) -> str:
        """The class name, under which this kind of job is registered."""
        return type(self).__name__

    @property
    def label(self) -> str:
        """A short name of the job for people."""
        return self.kind

    @property
    def cost(self) -> float:
        """Roughly how many floating-point operations `compute` takes; for the order and the time left only."""
        return 1.0

    @property
    def group(self) -> str | None:
        """Name, 64 hexadecimal digits, of a set of jobs that one computation can publish; None if this job is alone.

        Laws: jobs of one group have equal dependencies, and so none depends on another; the name is no job's key.
        """
        return None

    def together(self, jobs: Sequence[Job[Any]], context: Context) -> Iterator[tuple[Job[Any], Any]]:
        """Compute `jobs`, this job and others of its group; give each with its result as soon as that is there.

        An exception in the place of a result fails that job alone; one that is raised fails all not given yet. The
        checkpoint of the context belongs to the group: other jobs of it may have left it.
        """
        del jobs
        yield self, self.compute(context)

    @cached_property
    def dependencies(self) -> tuple[Job[Any], ...]:
        """The jobs whose results it needs, each once."""
        return tuple(dict.fromkeys(self.needed))

    @cached_property
    def needed(self) -> tuple[Job[Any], ...]:
        """The jobs among the fields, repeated where they repeat, and without taking a key.

        A kind of job may need others instead, which its fields decide: parts of itself, which then need these.
        """
        found = tuple(part for value in fields_of(self).values() for part in keyed_within(value))
        return cast("tuple[Job[Any], ...]", found)

    @cached_property
    def inputs(self) -> bytes:
        """Kind, version and fields as canonical JSON, whose SHA-256 is the key.

        The source of a kind that is not shipped is among them.
        """
        if "__dataclass_fields__" not in vars(type(self)):
            raise TypeError(f"{self.kind}: expected a frozen dataclass; put @dataclass(frozen=True) above the class")
        source = source_digest(type(self))
        return canonical(self.kind, self.version, {**fields_of(self), **({"@source": source} if source else {})})

    @cached_property
    def key(self) -> str:
        """The name of the result: SHA-256 of `inputs`, in hexadecimal."""
        return digest(self.inputs)

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Job) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.key[:12]}: {self.label}>"


Unit = tuple[Job[Any], ...]
"""Jobs of one group, to be computed together; most often one job."""


def in_order(targets: Iterable[Job[Any]]) -> tuple[Job[Any], ...]:
    """The targets and all their dependencies, each once, dependencies before dependents, otherwise in the given order.

    There is no cycle to look for: a frozen value cannot contain itself.
    """
    ordered: dict[Job[Any], None] = {}
    expanded: dict[int, Job[Any]] = {}
    stack = list(targets)[::-1]
    while stack:
        job = stack.pop()
        if id(job) in expanded:
            ordered.setdefault(job)
        else:
            # By identity, not by key: the keys of a long chain are then taken from its far end, without deep recursion.
            expanded[id(job)] = job
            stack += [job, *job.needed[::-1]]
    return tuple(ordered)

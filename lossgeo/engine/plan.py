"""Plans: which jobs a run computes and which stored results it reuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lossgeo.engine.job import Job, in_order
from lossgeo.engine.store import Store


@dataclass(frozen=True)
class Plan:
    """The jobs that a run would compute, dependencies first, and the stored results that it would start from."""

    missing: tuple[Job[Any], ...]
    reused: tuple[Job[Any], ...]

    @cached_property
    def costs(self) -> Mapping[Job[Any], float]:
        """The cost of every missing job, estimated once.

        Jobs that are computed together cost together what the costliest of them does, each an equal part of it.
        """
        alone = {job: job.cost for job in self.missing}
        groups: dict[str, list[float]] = {}
        for job, cost in alone.items():
            groups.setdefault(job.group or job.key, []).append(cost)
        parts = {name: max(costs) / len(costs) for name, costs in groups.items()}
        return {job: parts[job.group or job.key] for job in self.missing}


def plan(targets: Iterable[Job[Any]], store: Store) -> Plan:
    """Find the targets without a result, and what is missing to compute them."""
    targets = tuple(targets)
    needed = set(targets)
    missing: list[Job[Any]] = []
    reused: list[Job[Any]] = []
    for job in reversed(in_order(targets)):  # dependents first
        if job in needed and job in store:
            reused.append(job)
        elif job in needed:
            missing.append(job)
            needed.update(job.dependencies)
    return Plan(tuple(reversed(missing)), tuple(reversed(reused)))

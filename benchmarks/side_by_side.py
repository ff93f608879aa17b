"""Work in processes side by side, as workers have it: one thread each, and begun together."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any


def seconds_side_by_side(
    prepare: Callable[..., Callable[[], Any]], shares: Sequence[tuple[Any, ...]]
) -> tuple[float, list[Any]]:
    """Seconds until all processes have done their shares, and what they found.

    Args:
        prepare: called in a process with its share before the clock starts; gives the work.
        shares: one for each process.
    """
    context = multiprocessing.get_context("spawn")
    gate, answers = context.Barrier(len(shares) + 1), context.Queue()
    processes = [
        context.Process(target=_work, args=(i, prepare, share, gate, answers)) for i, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    gate.wait()
    began = perf_counter()
    found = dict(answers.get() for _ in shares)
    seconds = perf_counter() - began
    for process in processes:
        process.join()
    return seconds, [found[i] for i in range(len(shares))]


def _work(
    number: int, prepare: Callable[..., Callable[[], Any]], share: tuple[Any, ...], gate: Any, answers: Any
) -> None:
    work = prepare(*share)
    gate.wait()
    answers.put((number, work()))

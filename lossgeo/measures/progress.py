"""The progress of one part of a computation, as progress of the whole."""

from __future__ import annotations

from lossgeo.landscape.landscape import Progress


def part(progress: Progress, i: int, parts: int, name: str) -> Progress:
    """A report of progress for the `i`-th of equal parts, as progress of the whole.

    >>> part(lambda share, text: print(f"{share:.2f} {text}"), 1, 4, "draw 2")(0.5, "point 3/6")
    0.38 draw 2: point 3/6
    """
    return lambda share, text: progress((i + share) / parts, f"{name}: {text}")

"""YAML events within limits on size and depth, and every error of form as one clear message."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from yaml.reader import Reader

from lossgeo.documents.places import TextPlace, TextSource
from lossgeo.errors import SpecError

DEEPEST = 32  # levels
MOST_EVENTS = 20_000

HINTS = {
    "\\t": "indent with spaces, not with tabs",
    "mapping values are not allowed": "put quotes around a text that contains ': '",
    "expected ',' or": "close the bracket, or separate its values with commas",
    "found unexpected end of stream": "close the quotes",
}


def events_of(text: str, source: TextSource) -> Iterator[yaml.Event]:
    """The events of `text`, read with a stack that does not grow with its nesting.

    Raises:
        SpecError: the text is no YAML, or has more than 20,000 events or 32 levels.
    """
    refuse_unprintable(text, source)
    depth = 0
    for number, event in enumerate(all_events(text, source), start=1):
        depth += level(event)
        if depth > DEEPEST:
            raise stop(place_of(event, source), f"expected at most {DEEPEST} levels of nesting, got more")
        if number > MOST_EVENTS:
            problem = f"expected at most {MOST_EVENTS:,} keys and values, got more; a spec holds options, not data"
            raise stop(place_of(event, source), problem)
        yield event


def level(event: yaml.Event) -> int:
    """The change of depth at `event`: 1 where a list or mapping opens, −1 where one closes, otherwise 0."""
    return isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)


def refuse_unprintable(text: str, source: TextSource) -> None:
    """Refuse the control characters that YAML forbids, NUL among them."""
    forbidden = Reader.NON_PRINTABLE.search(text)
    if forbidden is None:
        return
    before = text[: forbidden.start()].splitlines(keepends=True) or [""]
    line, column = len(before), len(before[-1]) + 1
    if before[-1].endswith(("\n", "\r")):
        line, column = line + 1, 1
    code = f"U+{ord(forbidden.group()):04X}"
    raise stop(TextPlace(source, line, column), f"expected printable text, got the character {code}; delete it")


def all_events(text: str, source: TextSource) -> Iterator[yaml.Event]:
    """The events of `text`; whatever PyYAML raises becomes a `SpecError`."""
    last = TextPlace(source, 1, 1)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            last = place_of(event, source)
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = last if mark is None else TextPlace(source, mark.line + 1, mark.column + 1)
        raise stop(place, complaint(error, source)) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise stop(last, f"expected YAML, got something after this place that cannot be read ({error})") from None


def complaint(error: yaml.MarkedYAMLError, source: TextSource) -> str:
    """The message of a PyYAML error, with its context and what to do about it."""
    context = ""
    if error.context is not None and error.context_mark is not None:
        context = f" {error.context} that begins in line {error.context_mark.line + 1}"
    if any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in source.lines):
        hint = "resolve the merge conflict in this file"
    else:
        problem = error.problem or ""
        hint = next((hint for text, hint in HINTS.items() if text in problem), "check the indentation and the quotes")
    return f"expected YAML, got an error{context}: {error.problem}; {hint}"


def stop(place: TextPlace, text: str) -> SpecError:
    """The error for a text that cannot be read beyond `place`."""
    return SpecError(place.under(f"{place}: {text}"))


def place_of(event: yaml.Event, source: TextSource) -> TextPlace:
    """The place where `event` begins; PyYAML counts from 0, places from 1."""
    mark = event.start_mark
    return TextPlace(source, 1, 1) if mark is None else TextPlace(source, mark.line + 1, mark.column + 1)

"""The catalogue of events as a page for people: `docs/events.md` is made by it."""

import inspect
import json
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

import msgspec

from adapters.home import REPOSITORY
from adapters.pages.event_schema import parts_of, schema_of
from adapters.pages.markdown import table
from domain.catalogue import AGREEMENT_EVENTS, HOUSEHOLD_EVENTS, OTHER_EVENTS, POLICY_EVENTS
from domain.event import Envelope, Event
from domain.partner import KeySet
from domain.standing import Decided
from projections.catalogue import OF_THE_ASSESSOR
from projections.decisions import DECISIONS
from projections.eligibility import ELIGIBILITY
from projections.feed import WATCHED_NAMES
from projections.feed_message import FEED
from projections.households import HOUSEHOLDS
from projections.roster_lookup import ROSTER_LOOKUP

GOLDEN = "tests/golden/events"


def events_page(root: Path = REPOSITORY) -> str:
    """Write a section an event in Markdown, then what they share: the envelope, structs inside them, and code lists."""
    lines = [*_index(), ""]
    for title, kinds in (("Households", HOUSEHOLD_EVENTS), ("Policies", POLICY_EVENTS), ("Others", OTHER_EVENTS)):
        lines += [f"## {title}", ""]
        for kind in kinds:
            lines += [*_event(kind, root), ""]
    lines += [*_shared(), ""]
    return "\n".join(lines)


def _index() -> Iterator[str]:
    rows = (
        (f"[`{kind.name}`](#{kind.name.replace('.', '')})", _meaning(kind)[0])
        for kind in (*HOUSEHOLD_EVENTS, *POLICY_EVENTS, *OTHER_EVENTS)
    )
    return table(("stored name", "meaning"), rows)


def _event(kind: type[Event], root: Path) -> Iterator[str]:
    stored = json.loads((root / GOLDEN / f"{kind.name}.json").read_text())
    yield f"### {kind.name}"
    yield ""
    for paragraph in _meaning(kind):
        yield paragraph
        yield ""
    yield from _fields(kind)
    yield ""
    yield f"Read by: {_readers(kind)}. Example ([golden file](../{GOLDEN}/{kind.name}.json)):"
    yield ""
    yield "```json"
    yield json.dumps(stored["event"], ensure_ascii=False)
    yield "```"
    yield ""
    yield f"Stored, with its envelope, as {len(stored['state']) // 2} bytes:"
    yield ""
    yield "```text"
    yield stored["state"]
    yield "```"


def _readers(kind: type[Event]) -> str:
    if kind in HOUSEHOLD_EVENTS:
        answers = ", ".join(f"`{table.name}`" for table in OF_THE_ASSESSOR)
        feeder = f", the feeder (`{FEED.name}`)" if kind.name in WATCHED_NAMES else ""
        return f"the assessor ({answers}), the projector (`{HOUSEHOLDS.name}`, `{ROSTER_LOOKUP.name}`){feeder}"
    if kind in POLICY_EVENTS:
        return "the assessor, which assesses anew whom it touches"
    if kind is Decided:
        return f"the projector (`{ELIGIBILITY.name}`, `{DECISIONS.name}`), the feeder (`{FEED.name}`)"
    if kind in AGREEMENT_EVENTS:
        return f"the feeder (`{FEED.name}`)"
    if kind is KeySet:
        return "whoever publishes, which keeps the users of the message server"
    return "nobody; it stands for whoever asks later"


def _shared() -> Iterator[str]:
    yield "## What events share"
    yield ""
    yield "The envelope surrounds every event; structs are stored as arrays of their fields in this order."
    yield ""
    for kind in _structs():
        yield f"### {kind.__name__}"
        yield ""
        for paragraph in _meaning(kind):
            yield paragraph
            yield ""
        yield from _fields(kind)
        yield ""
    yield "## Code lists"
    yield ""
    yield "Stored as the number, written everywhere else as the word."
    yield ""
    yield from table(("list", "meaning", "codes"), map(_code_list, _code_lists()))


def _code_list(codes: type[IntEnum]) -> tuple[str, ...]:
    listed = ", ".join(f"{code.value} {code.name.lower()}" for code in codes)
    return f"`{codes.__name__}`", " ".join(_meaning(codes)), listed


def _structs() -> list[type[msgspec.Struct]]:
    inside = {part for part in _inside() if issubclass(part, msgspec.Struct) and not issubclass(part, Envelope | Event)}
    return [Envelope, *sorted(inside, key=lambda part: part.__name__)]


def _code_lists() -> list[type[IntEnum]]:
    return sorted({part for part in _inside() if issubclass(part, IntEnum)}, key=lambda part: part.__name__)


def _inside() -> Iterator[type]:
    kinds: tuple[type[msgspec.Struct], ...] = (Envelope, *HOUSEHOLD_EVENTS, *POLICY_EVENTS, *OTHER_EVENTS)
    for kind in kinds:
        yield from parts_of(kind)


def _meaning(kind: type) -> list[str]:
    paragraphs = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    return [" ".join(paragraph.split()) for paragraph in paragraphs]


def _fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    return table(("field", "type"), ((f"`{name}`", words) for name, words in schema_of(kind)[kind.__name__].items()))

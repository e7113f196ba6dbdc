"""The golden files: an event as it was stored, and in words, under its stored name."""

import json
from pathlib import Path
from typing import Any

from adapters.codec import decode, encode
from adapters.pages.event_schema import schema_of
from adapters.words import to_words
from domain.event import Envelope, Event

HERE = Path(__file__).parent
EVENTS, SCHEMAS = HERE / "events", HERE / "schemas"


def in_words(name: str, state: bytes) -> dict[str, Any]:
    """An event as people read it; bytes are in `state` alone."""
    envelope, event = decode(name, state)
    return {"envelope": to_words(envelope), "event": to_words(event)}


def golden(envelope: Envelope, event: Event) -> str:
    state = encode(envelope, event)
    return written({"name": event.name, "state": state.hex(), **in_words(event.name, state)})


def schema(kind: type[Event | Envelope]) -> str:
    return written(schema_of(kind))


def written(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())

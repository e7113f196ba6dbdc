"""Write golden files for events and messages that have none yet: python -m tests.golden.make_missing

A golden file is never written again: what it holds is in somebody's log. A schema shows a change in review, and is
written again when asked to: python -m tests.golden.make_missing --schemas
"""

import sys
from pathlib import Path

from domain.catalogue import EVENTS as KINDS
from domain.event import Envelope
from tests.golden import wire
from tests.golden.examples import ENVELOPE, EXAMPLES
from tests.golden.files import EVENTS, SCHEMAS, golden, schema


def write_missing(events: Path = EVENTS) -> list[Path]:
    """Write a file for each event that has none; those that are there stay as they are."""
    new = []
    events.mkdir(exist_ok=True)
    for event in EXAMPLES:
        path = events / f"{event.name}.json"
        if not path.exists():
            path.write_text(golden(ENVELOPE, event))
            new.append(path)
    return new


def write_schemas(schemas: Path = SCHEMAS) -> None:
    schemas.mkdir(exist_ok=True)
    for name, kind in {**KINDS, "envelope": Envelope}.items():
        (schemas / f"{name}.json").write_text(schema(kind))


if __name__ == "__main__":
    for path in (*write_missing(), *wire.write_missing()):
        sys.stdout.write(f"new: {path.name}\n")
    if "--schemas" in sys.argv or not SCHEMAS.exists():
        write_schemas()

"""A registry in memory that holds a made-up population, with the policies that lives need."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from adapters.cli.lives_policies import stand_ready
from adapters.documents.places import load_places
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.lives.office import Office
from adapters.lives.part import live_part
from adapters.lives.sending import Happened, Sent
from adapters.lives.tables import load_tables
from adapters.memory.books import MemoryBooks
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.registry.opening import Registry
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import MissedOut

TODAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
TABLES = load_tables()


def registry_of(folder: Path, firsts: Iterable[MissedOut]) -> Registry:
    log = MemoryLog()
    keyring = open_or_make_key_file(folder / "master.key", TODAY)
    registry = Registry(log, MemoryBooks().open, MemoryTables(log), keyring, load_places(), lambda: TODAY)
    registry.desk.open_day()
    stand_ready(registry, TABLES, "board")
    assert all(answer.accepted for answer in registry.door.submit_many(firsts))
    return registry


def lives_in(
    registry: Registry, firsts: Iterable[MissedOut], seed: int = 7, until=TABLES.ends
) -> tuple[list[Sent], Happened]:
    return live_part(firsts, seed, TABLES, Office(registry.reader.policies()), Sealer(registry.keyring), until)

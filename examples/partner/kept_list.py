"""The partner's list in a file: households, and up to which message of the feed they are known.

What a message changes and the position behind it are written in one transaction. Whatever is killed, the list is the
one of its position, and what comes a second time is known by its number and left out.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

BUSY_SECONDS_MAX = 30
NOT_LISTED = "ineligible"
AGREEMENT_MADE, AGREEMENT_ENDED = "agreement.made.v1", "agreement.ended.v1"
CHANGES = frozenset({"standing.decided.v1", "household.moved.v1"})
SHOCKS = {
    "shock.declared.v1": "is declared",
    "shock.declared_for_groups.v1": "is declared for some groups of households",
    "shock.widened.v1": "is widened",
    "shock.lifted.v1": "is over",
    "shock.revoked.v1": "was declared wrongly",
}
"""They say which changes to expect, and move nobody's entry on the list."""

_TABLES = """
    CREATE TABLE IF NOT EXISTS households (
        household TEXT PRIMARY KEY, outcome TEXT NOT NULL, since TEXT NOT NULL, place TEXT NOT NULL, score TEXT
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS position (
        only INTEGER PRIMARY KEY CHECK (only = 1), sequence INTEGER NOT NULL, id TEXT NOT NULL,
        applied INTEGER NOT NULL, lacks TEXT NOT NULL, feed TEXT NOT NULL
    );
"""


class CannotGoOn(Exception):
    """Somebody must act first; the sentence says how."""


@dataclass(frozen=True)
class Told:
    """One message of the feed: its number there, its id among all feeds, its type and what it says."""

    sequence: int
    id: str
    type: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Position:
    """How far the list is: the last message taken in, how many there were, and what the list lacks (else nothing)."""

    sequence: int
    id: str
    applied: int
    lacks: str


def refuse_another(position: Position, message: Told) -> None:
    """Raise CannotGoOn where a number stands for another message than the one that was taken in under it."""
    if message.sequence == position.sequence and position.id not in {"", message.id}:
        raise CannotGoOn(
            f"Message {message.sequence} has the id {message.id} and had {position.id} before: the registry gave its "
            "numbers twice. Ask it for a snapshot, and begin with a new file."
        )


class KeptList:
    """The list of one feed (`partner/programme`) in one SQLite file. Raises CannotGoOn where it is of another feed."""

    def __init__(self, file: Path, feed: str) -> None:
        self._database = sqlite3.connect(file, timeout=BUSY_SECONDS_MAX, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_TABLES)
        self._database.execute("INSERT OR IGNORE INTO position VALUES (1, 0, '', 0, '', ?)", (feed,))
        (kept,) = self._database.execute("SELECT feed FROM position").fetchone()
        if kept != feed:
            self.close()
            raise CannotGoOn(f"{file} holds the list of {kept}, and not of {feed}: name another file.")

    def close(self) -> None:
        self._database.close()

    def position(self) -> Position:
        row = self._database.execute("SELECT sequence, id, applied, lacks FROM position").fetchone()
        return Position(*row)

    def apply(self, messages: Sequence[Told], lacks: str = "") -> Position:
        """Take in messages that follow each other, those known already left out; all or nothing.

        `lacks` says what is missing before the first of them, where something is. Raises CannotGoOn when a number
        stands for another message than before.
        """
        self._database.execute("BEGIN IMMEDIATE")
        try:
            position = self._taken_in(messages, lacks)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return position

    def replace(self, entries: Sequence[dict[str, Any]], sequence: int) -> None:
        """Begin anew from a snapshot that stands at a sequence. Raises CannotGoOn where the list is further already."""
        position = self.position()
        if sequence < position.sequence:
            raise CannotGoOn(
                f"The snapshot stands at {sequence} and the list at {position.sequence} already: ask for a newer one."
            )
        last_id = position.id if sequence == position.sequence else ""
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("DELETE FROM households")
        self._database.executemany(
            "INSERT INTO households VALUES (:household, :outcome, :since, :place, :score)",
            [{"score": None, **entry} for entry in entries],
        )
        self._database.execute("UPDATE position SET sequence = ?, id = ?, lacks = ''", (sequence, last_id))
        self._database.execute("COMMIT")

    def districts(self) -> dict[str, tuple[int, str]]:
        """How many households stand in each district, and the hash to reconcile by."""
        rows = self._database.execute("SELECT place, household, outcome FROM households ORDER BY place, household")
        return {place: _counted(entries) for place, entries in groupby(rows, key=lambda row: str(row[0]))}

    def _taken_in(self, messages: Sequence[Told], lacks: str) -> Position:
        position = self.position()
        for message in messages:
            refuse_another(position, message)
        new = [message for message in messages if message.sequence > position.sequence]
        if not new:
            return position
        lacks = self._change(new, lacks or position.lacks)
        reached = Position(new[-1].sequence, new[-1].id, position.applied + len(new), lacks)
        self._database.execute(
            "UPDATE position SET sequence = ?, id = ?, applied = ?, lacks = ?",
            (reached.sequence, reached.id, reached.applied, reached.lacks),
        )
        return reached

    def _change(self, messages: Sequence[Told], lacks: str) -> str:
        """Change the list by messages; returns what it lacks behind them. Runs of changes are written together."""
        for is_change, run in groupby(messages, key=lambda message: message.type in CHANGES):
            if is_change:
                self._write([message.payload for message in run])
                continue
            for message in run:
                lacks = self._turn(message, lacks)
        return lacks

    def _write(self, changes: Sequence[dict[str, Any]]) -> None:
        last = {change["household"]: change for change in changes}.values()  # a household's last change is its standing
        gone = [(change["household"],) for change in last if change["to"] == NOT_LISTED]
        here = [
            (change["household"], change["to"], change["since"], change["place"], change.get("score"))
            for change in last
            if change["to"] != NOT_LISTED
        ]
        self._database.executemany("DELETE FROM households WHERE household = ?", gone)
        self._database.executemany("INSERT OR REPLACE INTO households VALUES (?, ?, ?, ?, ?)", here)

    def _turn(self, message: Told, lacks: str) -> str:
        """An agreement begins or ends; a type that is not known yet is said, and not guessed at."""
        if message.type == AGREEMENT_MADE:
            self._database.execute("DELETE FROM households")
            return f"the list as it was when the agreement began (message {message.sequence})"
        if message.type == AGREEMENT_ENDED:
            self._database.execute("DELETE FROM households")
            return ""
        if message.type in SHOCKS:
            return lacks
        return lacks or f"what message {message.sequence} says, since this program does not know {message.type}"


def _counted(entries: Iterator[tuple[str, str, str]]) -> tuple[int, str]:
    lines = [f"{household} {outcome}\n" for _, household, outcome in entries]
    return len(lines), hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Snapshot:
    """A list as the registry printed it: the households, count and hash of each district, and where it stands."""

    feed: str
    entries: list[dict[str, Any]]
    districts: dict[str, tuple[int, str]]
    sequence: int


def read_snapshot(file: Path) -> Snapshot:
    """Read what `feed snapshot --json` printed. Raises CannotGoOn where it is something else, or was cut short."""
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        total = lines[-1]
        entries = [line for line in lines if "household" in line]
        districts = {line["district"]: (line["households"], line["sha256"]) for line in lines if "district" in line}
        snapshot = Snapshot(f"{total['partner']}/{total['programme']}", entries, districts, total["sequence"])
        is_whole = total["households"] == len(entries)
    except (OSError, ValueError, LookupError, TypeError) as failure:
        raise CannotGoOn(
            f"{file} is not a snapshot: give what `feed snapshot --json` printed ({failure})."
        ) from failure
    if not is_whole:
        raise CannotGoOn(f"{file} was cut short: it says {total['households']} households and holds {len(entries)}.")
    return snapshot

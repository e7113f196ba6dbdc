"""Holding what is counted by place and day against the sums that follow from all households."""

from collections.abc import Iterator

import psycopg

from adapters.audit.findings import Finding, Kind
from adapters.faults import Refused
from adapters.postgres.framing import copy_in
from adapters.postgres.snapshot_log import SnapshotLog
from projections.indicators.counting import INDICATORS

PARTS = "counted_by_the_audit"
_NAMES = [column.name for column in INDICATORS.columns]
_KEY, _COUNTS = _NAMES[: INDICATORS.key_columns], _NAMES[INDICATORS.key_columns :]


class Counts:
    """Adds up what workers count, in a table that only this connection sees and that goes with it. Raises Refused."""

    def __init__(self, log: SnapshotLog) -> None:
        self._cursor = log.connection.cursor()
        create = f"CREATE TEMPORARY TABLE {PARTS} (LIKE {INDICATORS.name}) ON COMMIT DROP".encode()
        try:
            with log.connection.transaction():
                self._cursor.execute(create)
        except (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege) as fault:
            raise Refused("their sums need a temporary table, which a replica or this login does not have") from fault

    def add(self, packed: bytes) -> None:
        """Take in rows, packed for COPY."""
        if packed:
            copy_in(self._cursor, f"pg_temp.{PARTS}", ", ".join(_NAMES), (packed,))

    def findings(self) -> Iterator[Finding]:
        """Name places and days whose counts do not follow, and the columns that differ."""
        key, same = ", ".join(_KEY), " AND ".join(f"live.{name} = made.{name}" for name in _KEY)
        sums = ", ".join(f"sum({name}) AS {name}" for name in _COUNTS)
        nothing = " AND ".join(f"sum({name}) = 0" for name in _COUNTS)
        live, made = (", ".join(f"{alias}.{name}" for name in _NAMES) for alias in ("live", "made"))
        self._cursor.execute(
            f"SELECT {live}, {made} FROM {INDICATORS.name} AS live FULL JOIN (SELECT {key}, {sums} FROM pg_temp.{PARTS}"  # noqa: S608 - names of ours
            f" GROUP BY {key} HAVING NOT ({nothing})) AS made ON {same} WHERE ({live}) IS DISTINCT FROM ({made})"
            f" ORDER BY coalesce(live.{_KEY[0]}, made.{_KEY[0]}), coalesce(live.{_KEY[1]}, made.{_KEY[1]})".encode()
        )
        for row in self._cursor:
            stored, follows = row[: len(_NAMES)], row[len(_NAMES) :]
            key_of_either = stored if stored[0] is not None else follows
            which = " ".join(map(str, key_of_either[: len(_KEY)]))
            yield Finding(Kind.ANSWER_DIFFERS, f"{INDICATORS.name}: {_says(which, stored, follows)}")


def _says(which: str, stored: tuple[object, ...], follows: tuple[object, ...]) -> str:
    if stored[0] is None:
        return f"the row of {which} follows, and is not there"
    if follows[0] is None:
        return f"a row of {which} is there, and does not follow"
    differing = [
        f"{name} is {was}, and {counted} follows"
        for name, was, counted in zip(_NAMES, stored, follows, strict=True)
        if was != counted
    ]
    return f"in the row of {which} {'; '.join(differing)}"

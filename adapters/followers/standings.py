"""Stored standings as the assessor needs them: read at most once a batch, and remembered for a while."""

from collections.abc import Iterable, Sequence
from typing import Any

from adapters.followers.households import REMEMBERED_MAX
from adapters.tables import Tables
from domain.event import Recorded
from projections.changes import Row
from projections.standing import STANDING, household_in


class Standings:
    """The newest standing of each household, those that are still being written included."""

    def __init__(self, tables: Tables, remembered_max: int = REMEMBERED_MAX) -> None:
        self._tables = tables
        self._remembered_max = remembered_max
        self._rows: dict[int, Row] = {}

    def of(self, events: Sequence[Recorded[Any]]) -> dict[int, Row]:
        """The standings of the households of a batch; one that begins in it has none."""
        begun = {recorded.stream.int for recorded in events if recorded.version == 1}
        others = {recorded.stream.int: recorded.stream for recorded in events}
        unknown = [(each,) for number, each in others.items() if number not in begun and number not in self._rows]
        found = {household_in(row).int: row for row in self._tables.find(STANDING, unknown).values()}
        return found | {number: row for number in others if (row := self._rows.get(number)) is not None}

    def take(self, rows: Iterable[tuple[int, Row]]) -> None:
        """Remember new standings, by the number of the household's id."""
        for number, row in rows:
            self._rows.pop(number, None)  # the newest stand last
            self._rows[number] = row

    def forget_the_oldest(self) -> None:
        """Keep only so many; what is still being written must not be among those that go."""
        too_many = len(self._rows) - self._remembered_max
        if too_many > 0:
            for number in list(self._rows)[:too_many]:
                del self._rows[number]

    def forget(self) -> None:
        """Forget everything: what was concluded was not recorded after all."""
        self._rows.clear()

"""The last step of a score, foreseen: for each sum that a card can reach, what comes of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.refusal import Rejected
from domain.scorecard.card import Arm
from domain.scorecard.entries import Ledger
from domain.scorecard.finishing import Finished, finish
from domain.scorecard.kinds import Names
from domain.scorecard.numbers import Result
from domain.scorecard.operators import Real
from domain.scorecard.reach import reachable_sums

FORESEEN_MAX: Final = 5_000

Ending = tuple[Result, Mapping[str, Result], Mapping[str, Result], str | None]
"""The score, every column, every look-up, and the band of the score."""


class Endings:
    """What comes of the sums of one arm. The mappings are shared between households, and read-only for that reason."""

    def __init__(self, arm: Arm, names: Names, ledger: Ledger) -> None:
        self._arm = arm
        self._ledger = ledger
        self._columns = tuple(self._foreseen(names, column) for column in range(len(ledger.columns)))
        self._main = ledger.columns.index(arm.score.main)
        self.table: dict[Real, Ending] = {}
        if len(self._columns) == 1:
            self.table = {total: self._together((finished,)) for total, finished in self._columns[0].items()}

    def of(self, *totals: Real) -> Ending:
        """Finish the sums of all columns; raises ScoreOutOfRange."""
        return self._together(
            tuple(
                table.get(total) or self._finished(total, column)
                for column, (table, total) in enumerate(zip(self._columns, totals, strict=True))
            )
        )

    def _together(self, finished: tuple[Finished, ...]) -> Ending:
        outputs = {name: one.score for name, one in zip(self._ledger.columns, finished, strict=True)}
        lookups = {name: value for one in finished for name, value in one.lookups.items()}
        main = finished[self._main]
        return main.score, MappingProxyType(outputs), MappingProxyType(lookups), main.band

    def _foreseen(self, names: Names, column: int) -> dict[Real, Finished]:
        each = reachable_sums(self._arm, names, self._ledger, column).each
        table: dict[Real, Finished] = {}
        for total in each if each is not None and len(each) <= FORESEEN_MAX else ():
            try:
                table[total] = self._finished(total, column)
            except Rejected:
                continue  # refused again, with its reason, when a household comes to it
        return table

    def _finished(self, total: Real, column: int) -> Finished:
        return finish(self._ledger.total(total), self._ledger.columns[column], self._arm, self._ledger.arithmetic)

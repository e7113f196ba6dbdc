"""What surveys after a shock changed in scores: each household is scored as it was the day before, and as surveyed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from adapters import codec
from adapters.log import EventLog
from adapters.postgres.moment import Ask
from domain.event import Recorded
from domain.household.state import Household, fold
from domain.policies import Formula, Score

PAGE_HOUSEHOLDS = 1_000
_DAY_BEFORE = timedelta(days=1)


class Change(StrEnum):
    """What a survey did to a score; lower is poorer."""

    POORER = "poorer"
    BETTER_OFF = "better_off"
    SAME = "same"
    NOW_SCORED = "now_scored"
    """There was no score before."""
    NOT_SCORED = "not_scored"
    """There is none now."""


class Rescored(msgspec.Struct, frozen=True):
    """Households surveyed again after a shock, by what that did to their scores under one and the same card."""

    poorer: int
    better_off: int
    same: int
    now_scored: int
    not_scored: int

    @property
    def rescored(self) -> int:
        """Households that have another score than before."""
        return self.poorer + self.better_off + self.now_scored


def rescored_after(log: EventLog, ask: Ask, shock: str, formula: Formula, more: Callable[[int], None]) -> Rescored:
    """Fold every household surveyed for a shock from the log, twice; `more` is told how many are done.

    Everything recorded by now counts, corrections too.
    """
    counts: Counter[Change] = Counter()
    rows = ask("SELECT household_id, surveyed_on FROM shock_surveys WHERE shock = %(shock)s", {"shock": shock})
    for page in _pages(rows):
        histories = log.streams([household for household, _ in page])
        for household, on in page:
            counts[_change(formula, list(map(codec.recorded, histories[household])), on)] += 1
        more(len(page))
    return Rescored(**{change.value: counts[change] for change in Change})


def _pages(rows: Iterable[Sequence[Any]]) -> Iterator[list[tuple[UUID, date]]]:
    left = iter(rows)
    while page := [(household, on) for household, on in islice(left, PAGE_HOUSEHOLDS)]:
        yield page


def _change(formula: Formula, history: Sequence[Recorded[Any]], surveyed_on: date) -> Change:
    before = _score(formula, fold(history, as_of=surveyed_on - _DAY_BEFORE))
    after = _score(formula, fold(history, as_of=surveyed_on))
    if after is None:
        return Change.NOT_SCORED
    if before is None:
        return Change.NOW_SCORED
    if after == before:
        return Change.SAME
    return Change.POORER if after < before else Change.BETTER_OFF


def _score(formula: Formula, household: Household | None) -> Score | None:
    return None if household is None else formula(household)

"""What the year came to, counted from the registry's own answers and from what its door said."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from adapters.demo.desk import Tally
from adapters.registry.opening import Registry
from domain.questionnaire.codes import Occasion, Outcome
from projections.changes import Table
from projections.decisions import DECISIONS
from projections.eligibility import ELIGIBILITY
from projections.households import HOUSEHOLDS
from projections.standing import STANDING

PAGE_ROWS = 1_000


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in numbers. Keys of two parts are kind and reason of a refusal, or programme and outcome."""

    households: int
    merged: int
    people: int
    events: int
    submissions: int
    accepted: dict[str, int]
    refused: dict[tuple[str, str], int]
    again: int
    flags: dict[str, int]
    decisions: dict[tuple[str, str], int]
    standing: dict[tuple[str, str], int]
    overdue: dict[str, int]
    due_later: dict[str, int]


def count(registry: Registry, tally: Tally, today: date) -> Counts:
    """Count a registry whose followers have caught up."""
    households = list(rows_of(registry, HOUSEHOLDS))
    open_ones = [row for row in households if row["merged_into"] is None]
    due = [row for row in rows_of(registry, STANDING) if row["due_on"] is not None]
    return Counts(
        households=len(open_ones),
        merged=len(households) - len(open_ones),
        people=sum(row["members"] for row in open_ones),
        events=registry.log.last_position(),
        submissions=tally.submissions,
        accepted=dict(sorted(tally.accepted.items())),
        refused=dict(sorted(tally.refused.items())),
        again=tally.again,
        flags=dict(sorted(tally.flags.items())),
        decisions=_outcomes(rows_of(registry, DECISIONS)),
        standing=_outcomes(rows_of(registry, ELIGIBILITY)),
        overdue=_occasions(row for row in due if row["due_on"] <= today),
        due_later=_occasions(row for row in due if row["due_on"] > today),
    )


def rows_of(registry: Registry, table: Table) -> Iterator[dict[str, Any]]:
    """Every row of a table of answers, by the names of its columns."""
    names = [column.name for column in table.columns]
    page = registry.tables.page(table, None, PAGE_ROWS)
    while page:
        for row in page:
            yield dict(zip(names, row, strict=True))
        page = registry.tables.page(table, table.key(page[-1]), PAGE_ROWS)


def _outcomes(rows: Iterator[dict[str, Any]]) -> dict[tuple[str, str], int]:
    counted = Counter((row["programme"], Outcome(row["outcome"]).word) for row in rows)
    return dict(sorted(counted.items()))


def _occasions(rows: Iterator[dict[str, Any]]) -> dict[str, int]:
    return dict(sorted(Counter(Occasion(row["due_occasion"]).word for row in rows).items()))

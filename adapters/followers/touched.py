"""Whom a re-assessment visits: everybody after a change of rule, those who may have been struck after one of a shock.

Where households live, and where they lived before, is kept by the assessor itself, in `standing` and `former_places`:
both are as its checkpoint is, so that nobody who was struck can be missing. Some who come were not struck, which is
found out when they are looked at.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from adapters.followers.timeline import Turn, places_of
from adapters.tables import Tables
from projections.changes import Row
from projections.former_places import FORMER_PLACES
from projections.reassessments import REASSESSMENTS, Reassessment, from_row
from projections.standing import STANDING, household_in

JOBS_MAX = 1_000_000
"""More changes of policy than there can be."""


class Page(NamedTuple):
    """The standings of the next households, the last household that was come to, and whether it was the last of all."""

    rows: list[Row]
    reached: UUID
    is_last: bool


def find_reassessment(tables: Tables) -> tuple[Reassessment | None, int]:
    """Find the re-assessment that is under way, and the last change of policy that was brought to its end.

    A newer change takes the place of one that is not done, and is brought together with it.
    """
    jobs = list(map(from_row, tables.page(REASSESSMENTS, None, JOBS_MAX)))
    unfinished = next((job for job in reversed(jobs) if not job.done), None)
    return unfinished, max((job.policy_position for job in jobs if job.done), default=0)


def count_touched(tables: Tables, turns: Sequence[Turn]) -> int:
    """Count the households that turns may touch, but for those who moved away since they were struck."""
    places = places_of(turns)
    return tables.count(STANDING) if places is None else tables.count_within(STANDING, sorted(places))


def next_page(tables: Tables, job: Reassessment, turns: Sequence[Turn], limit: int) -> Page:
    """Read the standings of the next households that these turns may touch, at most so many."""
    places = places_of(turns)
    if places is None:
        rows = tables.page(STANDING, (job.reached,), limit)
        return Page(rows, household_in(rows[-1]) if rows else job.reached, len(rows) < limit)
    return _page_within(tables, job.reached, sorted(places), limit)


def _page_within(tables: Tables, reached: UUID, places: Sequence[str], limit: int) -> Page:
    """Those who live there now together with those who once did, in one order."""
    living = tables.page_within(STANDING, (reached,), limit, places)
    left = tables.page_within(FORMER_PLACES, (reached, date.max), limit, places)
    rows = {household_in(row): row for row in living}
    others = {household_in(row) for row in left} - rows.keys()
    found = sorted({*rows, *others})
    for page in (living, left):
        if len(page) == limit:  # behind its last household there may be more of its kind
            found = [household for household in found if household <= household_in(page[-1])]
    together = found[:limit]
    missing = [(household,) for household in together if household in others]
    rows |= {household_in(row): row for row in tables.find(STANDING, missing).values()}
    is_last = len(together) == len({*rows, *others}) and len(living) < limit and len(left) < limit
    return Page([rows[household] for household in together], together[-1] if together else reached, is_last)

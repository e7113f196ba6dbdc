"""Whom a re-assessment visits: everybody after a change of rule, those who may have been struck after one of a shock.

Where households live, and where they lived before, is kept by the assessor itself, in `standing` and `former_places`:
both are as its checkpoint is, so that nobody who was struck can be missing. Some who come were not struck, which is
found out when they are looked at.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from adapters.followers.timeline import Turn, places_of
from adapters.tables import Tables
from domain.policies import InForce, ProgrammeInForce
from domain.questionnaire.answers import Place
from domain.shock import Shock
from domain.standing import Conclusion
from projections.changes import Row
from projections.former_places import FORMER_PLACES
from projections.reassessments import REASSESSMENTS, Reassessment, from_row
from projections.standing import STANDING, conclusions_of, household_in

JOBS_MAX = 1_000_000
"""More changes of policy than there can be."""


class Page(NamedTuple):
    """The standings of the next households, the last household that was come to, and whether it was the last of all.

    `moved` are those among them who once lived in a place that turns are about and left it, as far as that was asked.
    """

    rows: list[Row]
    reached: UUID
    is_last: bool
    moved: frozenset[UUID] = frozenset()


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
    moved = frozenset(map(household_in, left))
    others = moved - rows.keys()
    found = sorted({*rows, *others})
    for page in (living, left):
        if len(page) == limit:  # behind its last household there may be more of its kind
            found = [household for household in found if household <= household_in(page[-1])]
    together = found[:limit]
    missing = [(household,) for household in together if household in others]
    rows |= {household_in(row): row for row in tables.find(STANDING, missing).values()}
    is_last = len(together) == len({*rows, *others}) and len(living) < limit and len(left) < limit
    return Page([rows[household] for household in together], together[-1] if together else reached, is_last, moved)


def may_decide(row: Row, turns: Sequence[Turn]) -> bool:
    """Whether turns may decide anything about a household that never left a place they are about, by its standing.

    Two in five of the struck are too well off for relief, and need not be read from the log to know it: whether they
    were struck or not, what was concluded stays.
    """
    concluded = conclusions_of(row)
    return any(
        turn.shocks is None
        or any(_may_relieve(programme, row, concluded) for programme in _named_by(turn.shocks, turn.in_force))
        for turn in turns
    )


def _named_by(shocks: Sequence[Shock], in_force: InForce) -> list[ProgrammeInForce]:
    named = {name for shock in shocks for name in shock.declared.relief_programmes}
    return [programme for programme in in_force.programmes if programme.programme_id in named]


def _may_relieve(programme: ProgrammeInForce, row: Row, concluded: Mapping[str, Conclusion]) -> bool:
    """A score that was rounded is over a limit only if the exact one is, since limits have fewer digits.

    One that was rounded to the limit may be under it, so that it counts as within where a cut-off asks for less, too.
    """
    name, cutoff = programme.programme_id, programme.cutoff
    if name in concluded or not programme.rule.needs_score:
        return True
    score, scorecard = cast("Decimal | None", row[_SCORE]), row[_SCORECARD]
    if programme.poorest_percent is None:
        return cutoff is not None and (
            cutoff.scorecard != scorecard or (score is not None and (bool(cutoff.relaxed) or score <= cutoff.value))
        )
    tehsil = Place(cast("str", row[_PLACE])).tehsil or ""
    limits = [shock.limits[name].get(tehsil) for shock in programme.relief]
    return any(
        limit.scorecard != scorecard or (score is not None and score <= limit.highest)
        for limit in limits
        if limit is not None and limit.highest is not None
    )


_SCORE, _SCORECARD, _PLACE = (STANDING.column(name) for name in ("score", "scorecard", "place"))

"""What a registry counts of shocks by region, to be held against what was published of them."""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

from collections import Counter
from collections.abc import Sequence

import msgspec

from adapters.postgres.moment import Ask
from adapters.shocks.reporting import missed_out_of
from adapters.shocks.struck import TEHSIL_LETTERS, struck
from domain.questionnaire.codes import Outcome
from domain.shock import Notified, Shock

REGION_LETTERS = 3
"""A P-code this long names a region."""


class StruckIn(msgspec.Struct, frozen=True):
    """Struck households of one region, as it was at the impact.

    people: how many they are now. scored: have a score now. no_tehsil: only the district is known. surveyed: again
    since the impact, in any full survey. missed_out: households that live there and were first registered after an
    impact; where a later one covers the same place they may be struck by that.
    """

    region: str
    struck: int = 0
    people: int = 0
    scored: int = 0
    no_tehsil: int = 0
    surveyed: int = 0
    missed_out: int = 0


class ReliefIn(msgspec.Struct, frozen=True):
    """Struck households of one region with a relief programme.

    were_eligible: ever since the declaration; eligible: now. families: who is paid in those, each of a family.
    """

    programme: str
    region: str
    were_eligible: int = 0
    eligible: int = 0
    families: int = 0


class Counted(msgspec.Struct, frozen=True):
    """What a registry counts of some shocks. A household that several struck is counted once.

    registered: households in the whole registry, duplicates that were merged left out.
    """

    registered: int
    struck: tuple[StruckIn, ...]
    relief: tuple[ReliefIn, ...]


def count_by_region(ask: Ask, shocks: Sequence[Shock], declared_at: int) -> Counted:
    """Count everything of these shocks. `declared_at` is the position of the first declaration."""
    notified = tuple(each for shock in shocks for each in shock.notified)
    hit, parameters = struck(notified)
    parameters |= {"eligible": int(Outcome.ELIGIBLE), "declared_at": declared_at}
    ((registered,),) = ask("SELECT count(*) FROM households WHERE merged_into IS NULL", {})
    programmes = dict.fromkeys(name for shock in shocks for name in shock.declared.relief_programmes)
    relief = [
        ReliefIn(programme, *row)
        for programme in programmes
        for row in ask(_RELIEF.format(hit=hit), parameters | {"programme": programme})
    ]
    surveyed = parameters | {"impact": max(each.impact_on for each in notified)}
    found = {region: counts for region, *counts in ask(_STRUCK.format(hit=hit), surveyed)}
    missed = _missed_out(ask, notified)
    return Counted(
        registered,
        tuple(
            StruckIn(region, *[*found.get(region, [0] * 5), missed[region]])
            for region in sorted(found.keys() | missed.keys())
        ),
        tuple(relief),
    )


def _missed_out(ask: Ask, notified: Sequence[Notified]) -> Counter[str]:
    missed: Counter[str] = Counter()
    for tehsil, households in missed_out_of(ask, notified).items():
        missed[tehsil[:REGION_LETTERS]] += households
    return missed


_REGION = f"left(hit.place, {REGION_LETTERS})"
_STRUCK = (
    f"SELECT {_REGION}, count(*), sum(hit.members)::bigint, count(standing.score),"
    f" count(*) FILTER (WHERE length(hit.place) < {TEHSIL_LETTERS}),"
    " count(*) FILTER (WHERE standing.last_full_survey_on > %(impact)s)"
    " FROM ({hit}) AS hit LEFT JOIN standing USING (household_id) GROUP BY 1 ORDER BY 1"
)
_RELIEF = (
    "WITH hit AS ({hit}),"
    " eligible AS (SELECT DISTINCT household_id FROM decisions d WHERE d.programme = %(programme)s"
    " AND d.outcome = %(eligible)s AND d.position > %(declared_at)s)"
    f" SELECT {_REGION}, count(eligible.household_id), count(now.household_id),"
    " coalesce(sum(cardinality(now.recipients)), 0)::bigint FROM hit"
    " LEFT JOIN eligible USING (household_id)"
    " LEFT JOIN eligibility now ON now.household_id = hit.household_id AND now.programme = %(programme)s"
    " AND now.outcome = %(eligible)s GROUP BY 1 ORDER BY 1"
)

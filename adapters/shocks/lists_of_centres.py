"""The worklist after a shock divided among centres and their teams, so that each takes its own along."""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

import msgspec

from adapters.documents.centres import DESK, Centre, Centres
from adapters.postgres.moment import Ask
from adapters.shocks.struck import TEHSIL_LETTERS, struck
from adapters.shocks.surveying import Progress
from domain.shock import Shock


class Listed(msgspec.Struct, frozen=True):
    """A household on the list of one team. `rank`: its place there, the poorest first, those without a score last."""

    centre: str
    team: int
    rank: int
    household: UUID
    tehsil: str
    union_council: str | None
    lives_in: str
    people: int
    last_surveyed_on: date | None


class CentreProgress(msgspec.Struct, frozen=True):
    """How far the survey has come at one centre."""

    centre: str
    struck: int
    surveyed: int
    last_on: date | None

    @property
    def left(self) -> int:
        """Households still to be surveyed."""
        return self.struck - self.surveyed


def lists_of(ask: Ask, shock: Shock, centres: Centres, chosen: Sequence[Centre] | None, limit: int) -> Iterator[Listed]:
    """List who is still to be surveyed, by centre and team; of all centres where none is chosen. `limit`: of each list.

    Union councils of a tehsil are dealt out to the teams in the order of their names. All that a shock struck count in
    that, not only those still left, so that nobody changes teams while the survey goes on.
    """
    hit, parameters = struck(shock.notified)
    served = [(tehsil, each.code, each.teams) for each in centres.stated for tehsil in each.tehsils]
    parameters |= {
        "shock": shock.declared.shock,
        "limit": limit,
        "tehsils": [tehsil for tehsil, _, _ in served],
        "centres": [code for _, code, _ in served],
        "teams": [teams for _, _, teams in served],
        "chosen": None if chosen is None else [each.code for each in chosen],
        "desk": DESK,
    }
    return (Listed(*row) for row in ask(_LISTS.format(hit=hit), parameters))


_TEHSIL = f"left(hit.place, {TEHSIL_LETTERS})"
_LISTS = (
    "WITH hit AS ({hit}),"
    f" divided AS (SELECT hit.*, {_TEHSIL} AS tehsil, coalesce(served.centre, %(desk)s || {_TEHSIL}) AS centre,"
    f" 1 + mod(dense_rank() OVER (PARTITION BY {_TEHSIL} ORDER BY hit.union_council NULLS FIRST) - 1,"
    " coalesce(served.teams, 1)) AS team FROM hit"
    " LEFT JOIN unnest(%(tehsils)s::text[], %(centres)s::text[], %(teams)s::int[]) AS served (tehsil, centre, teams)"
    f" ON served.tehsil = {_TEHSIL}),"
    " listed AS (SELECT divided.centre, divided.team, row_number() OVER (PARTITION BY divided.centre, divided.team"
    " ORDER BY standing.score NULLS LAST, divided.household_id) AS rank, divided.household_id, divided.tehsil,"
    " divided.union_council, now.place AS lives_in, divided.members, standing.last_full_survey_on"
    " FROM divided JOIN households now USING (household_id) LEFT JOIN standing USING (household_id)"
    " WHERE (%(chosen)s::text[] IS NULL OR divided.centre = ANY(%(chosen)s::text[]))"
    " AND NOT EXISTS (SELECT FROM shock_surveys done WHERE done.household_id = divided.household_id"
    " AND done.shock = %(shock)s))"
    " SELECT * FROM listed WHERE rank <= %(limit)s ORDER BY centre, team, rank"
)


def by_centre(tehsils: Sequence[Progress], centres: Centres) -> list[CentreProgress]:
    """Add up the progress of tehsils to that of the centres that serve them."""
    found: dict[str, CentreProgress] = {}
    for each in tehsils:
        code = centres.of(each.tehsil)
        before = found.get(code, CentreProgress(code, 0, 0, None))
        days = [day for day in (before.last_on, each.last_on) if day is not None]
        found[code] = CentreProgress(
            code, before.struck + each.struck, before.surveyed + each.surveyed, max(days, default=None)
        )
    return sorted(found.values(), key=lambda each: each.centre)

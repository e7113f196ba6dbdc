"""The closing report of a shock: who was struck, who got relief, who was surveyed again, and who was not reached."""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

from collections.abc import Sequence

import msgspec

from adapters.postgres.moment import Ask
from adapters.shocks.struck import TEHSIL_LETTERS, Parameters, belonged, struck, within
from domain.questionnaire.codes import DecisionKind, Outcome, ProgrammeReport
from domain.shock import Notified, Shock


class ReliefGiven(msgspec.Struct, frozen=True):
    """One relief programme under the shock in one tehsil, in struck households.

    were_eligible: ever since the declaration; are_eligible: now. enrolled: now, or reported so since the impact. paid:
    at least once since the impact; paid_paisa: as far as the programme said how much. not_enrolled: were eligible, and
    are not enrolled; not_paid: enrolled, and not paid.
    """

    programme: str
    place: str
    were_eligible: int
    are_eligible: int
    enrolled: int
    paid: int
    paid_paisa: int
    not_enrolled: int
    not_paid: int


class Reached(msgspec.Struct, frozen=True):
    """How far a shock was followed in one tehsil, named as far as it is known, as it was at the impact.

    outcome_changed: surveyed again, with a decision of any programme because of it. missed_out: households that live
    there, belong to a group of the shock if it has any, and were first registered after the impact.
    """

    place: str
    struck: int
    people: int
    surveyed: int
    outcome_changed: int
    missed_out: int

    @property
    def not_reached(self) -> int:
        """Struck households that were not surveyed again."""
        return self.struck - self.surveyed


class ClosingReport(msgspec.Struct, frozen=True):
    """What became of a shock, by tehsil and relief programme; whole counts are the sums."""

    reached: tuple[Reached, ...]
    relief: tuple[ReliefGiven, ...]

    @property
    def whole(self) -> Reached:
        """All tehsils together."""
        return Reached("", *_sums(self.reached, Reached.__struct_fields__[1:]))

    def relief_of(self, programme: str) -> ReliefGiven:
        """One programme in all tehsils together."""
        parts = [each for each in self.relief if each.programme == programme]
        return ReliefGiven(programme, "", *_sums(parts, ReliefGiven.__struct_fields__[2:]))


def _sums(parts: tuple[Reached, ...] | list[ReliefGiven], fields: tuple[str, ...]) -> list[int]:
    return [sum(getattr(part, field) for part in parts) for field in fields]


def report_of(ask: Ask, shock: Shock, declared_at: int) -> ClosingReport:
    """Put the report together. `declared_at` is the position of the declaration."""
    hit, parameters = struck(shock.notified)
    parameters |= {
        "shock": shock.declared.shock,
        "eligible": int(Outcome.ELIGIBLE),
        "enrolled": int(ProgrammeReport.ENROLLED),
        "kind": int(DecisionKind.SHOCK),
        "declared_at": declared_at,
        "impact": shock.declared.impact_on,
    }
    missed_out = missed_out_of(ask, shock.notified)
    found = {place: counts for place, *counts in ask(_REACHED.format(hit=hit), parameters)}
    reached = [
        Reached(place, *[*found.get(place, [0, 0, 0, 0]), missed_out.get(place, 0)])
        for place in sorted(found.keys() | missed_out.keys())
    ]
    relief = [
        ReliefGiven(programme, *row)
        for programme in shock.declared.relief_programmes
        for row in ask(_RELIEF.format(hit=hit), parameters | {"programme": programme})
    ]
    return ClosingReport(tuple(reached), tuple(relief))


_TEHSIL = f"left(hit.place, {TEHSIL_LETTERS})"
_REACHED = (
    "WITH hit AS ({hit}), changed AS (SELECT DISTINCT household_id FROM decisions d WHERE d.kind = %(kind)s"
    " AND d.cause_position > d.policies_position AND d.position > %(declared_at)s)"
    f" SELECT {_TEHSIL}, count(*), sum(hit.members), count(done.household_id),"
    " count(changed.household_id) FILTER (WHERE done.household_id IS NOT NULL) FROM hit"
    " LEFT JOIN shock_surveys done ON done.household_id = hit.household_id AND done.shock = %(shock)s"
    " LEFT JOIN changed ON changed.household_id = hit.household_id GROUP BY 1"
)
"""Of decisions of this kind, one that a household's own event caused names a cause behind the last policy."""

_RELIEF = (
    "WITH hit AS ({hit}),"
    " eligible AS (SELECT DISTINCT household_id FROM decisions d WHERE d.programme = %(programme)s"
    " AND d.outcome = %(eligible)s AND d.position > %(declared_at)s),"
    " paid AS (SELECT household_id, sum(paisa) AS paisa FROM payments WHERE programme = %(programme)s"
    " AND paid_on >= %(impact)s GROUP BY 1),"
    " enrolled AS (SELECT household_id FROM participation WHERE programme = %(programme)s"
    " AND (enrolment = %(enrolled)s OR enrolled_on >= %(impact)s))"
    f" SELECT {_TEHSIL}, count(eligible.household_id), count(now.household_id), count(enrolled.household_id),"
    " count(paid.household_id), coalesce(sum(paid.paisa), 0)::bigint,"
    " count(*) FILTER (WHERE eligible.household_id IS NOT NULL AND enrolled.household_id IS NULL),"
    " count(*) FILTER (WHERE enrolled.household_id IS NOT NULL AND paid.household_id IS NULL) FROM hit"
    " LEFT JOIN eligible USING (household_id) LEFT JOIN enrolled USING (household_id)"
    " LEFT JOIN paid USING (household_id)"
    " LEFT JOIN eligibility now ON now.household_id = hit.household_id AND now.programme = %(programme)s"
    " AND now.outcome = %(eligible)s GROUP BY 1 ORDER BY 1"
)


def missed_out_of(ask: Ask, notified: Sequence[Notified]) -> dict[str, int]:
    """Count by tehsil who lives in these places and was first registered after their impact."""
    parameters: Parameters = {}
    there = []
    for number, each in enumerate(notified):
        parameters[f"impact_{number}"] = each.impact_on
        places = within("h", f"place_{number}", each.places, parameters)
        condition = f"{places} AND h.registered_on > %(impact_{number})s"
        if each.groups:
            condition += f" AND {belonged('h', f'groups_{number}', 'h.last_on', each.groups, parameters)}"
        there.append(f"({condition})")
    query = (
        f"SELECT left(h.place, {TEHSIL_LETTERS}), count(*) FROM households h"
        f" WHERE ({' OR '.join(there)}) AND h.merged_into IS NULL GROUP BY 1"
    )
    return {place: int(households) for place, households in ask(query, parameters)}

"""The closing report of a shock: who was struck, who got relief, who was surveyed again, and who was not reached."""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

import msgspec

from adapters.postgres.moment import Ask
from adapters.shocks.struck import Parameters, struck, within
from domain.questionnaire.codes import DecisionKind, Outcome
from domain.shock import Shock


class ReliefGiven(msgspec.Struct, frozen=True):
    """One relief programme under the shock: struck households that were ever eligible for it since, and are now."""

    programme: str
    were_eligible: int
    are_eligible: int


class ClosingReport(msgspec.Struct, frozen=True):
    """What became of a shock. `outcome_changed`: surveyed again, with a decision of any programme because of it.

    `missed_out`: households that live in its places and were first registered after the impact.
    """

    struck: int
    people: int
    relief: tuple[ReliefGiven, ...]
    surveyed: int
    outcome_changed: int
    missed_out: int

    @property
    def not_reached(self) -> int:
        """Struck households that were not surveyed again."""
        return self.struck - self.surveyed


def report_of(ask: Ask, shock: Shock, declared_at: int) -> ClosingReport:
    """Put the report together. `declared_at` is the position of the declaration."""
    hit, parameters = struck(shock.notified)
    parameters |= {
        "shock": shock.declared.shock,
        "eligible": int(Outcome.ELIGIBLE),
        "kind": int(DecisionKind.SHOCK),
        "declared_at": declared_at,
    }
    ((households, people),) = ask(f"SELECT count(*), coalesce(sum(members), 0) FROM ({hit}) AS hit", parameters)
    ((surveyed, changed),) = ask(_surveyed(hit), parameters)
    relief = tuple(_relief(ask, hit, parameters, name) for name in shock.declared.relief_programmes)
    return ClosingReport(households, int(people), relief, surveyed, changed, _missed_out(ask, shock))


def _surveyed(hit: str) -> str:
    """Of decisions of this kind, one that a household's own event caused names a cause behind the last policy."""
    return (
        "SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM decisions d"
        " WHERE d.household_id = hit.household_id AND d.kind = %(kind)s AND d.cause_position > d.policies_position"
        " AND d.position > %(declared_at)s))"
        f" FROM ({hit}) AS hit JOIN shock_surveys done ON done.household_id = hit.household_id"
        " AND done.shock = %(shock)s"
    )


def _relief(ask: Ask, hit: str, parameters: Parameters, programme: str) -> ReliefGiven:
    of_programme = parameters | {"programme": programme}
    ((were, are),) = ask(
        "SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM decisions d WHERE d.household_id = hit.household_id"
        " AND d.programme = %(programme)s AND d.outcome = %(eligible)s AND d.position > %(declared_at)s)),"
        " count(*) FILTER (WHERE EXISTS (SELECT FROM eligibility e WHERE e.household_id = hit.household_id"
        f" AND e.programme = %(programme)s AND e.outcome = %(eligible)s)) FROM ({hit}) AS hit",
        of_programme,
    )
    return ReliefGiven(programme, were, are)


def _missed_out(ask: Ask, shock: Shock) -> int:
    parameters: Parameters = {}
    there = []
    for number, notified in enumerate(shock.notified):
        parameters[f"impact_{number}"] = notified.impact_on
        places = within("h", f"place_{number}", notified.places, parameters)
        there.append(f"({places} AND h.registered_on > %(impact_{number})s)")
    query = f"SELECT count(*) FROM households h WHERE ({' OR '.join(there)}) AND h.merged_into IS NULL"
    ((households,),) = ask(query, parameters)
    return int(households)

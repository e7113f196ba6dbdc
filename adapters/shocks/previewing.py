"""What a shock would come to before it is declared: who lived there, who is helped already, what relief would take."""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from adapters.log import EventLog
from adapters.postgres.moment import Ask
from adapters.shocks.struck import Parameters, struck
from adapters.shocks.thresholds import reached_at
from adapters.simulation.costs import cost_of
from domain.policies import Policies
from domain.programme import CutOffSet, Programme
from domain.questionnaire.codes import Comparison, Outcome, ProgrammeReport
from domain.relief import ReliefThresholds
from domain.shock import Notified
from domain.shock_rules import DeclareShock


class Area(msgspec.Struct, frozen=True):
    """One tehsil or district as it was at the impact; a household whose tehsil is not known counts where it is known.

    Of one of the relief programmes: `relieved` are eligible already, `enrolled` are so by its report, `paid` were so
    since the impact of a shock that is in force and overlaps. `for_parent` are eligible for a programme after which one
    of them is assessed.
    """

    place: str
    households: int
    people: int
    scored: int
    relieved: int
    enrolled: int
    paid: int
    for_parent: int


class Relief(msgspec.Struct, frozen=True):
    """What one programme would take. `within` counts struck households whose score passes, before all other rules.

    It is none, with the reason in `note`, where that cannot be told from the standings. `paisa`: each paid once.
    """

    programme: str
    rule: str
    within: int | None
    paisa: int | None
    note: str


def areas(ask: Ask, command: DeclareShock, policies: Policies, letters: int) -> list[Area]:
    """Count by place, whose code is cut to so many letters: 7 for tehsils, 5 for districts."""
    hit, parameters = _struck(command)
    parents = [
        parent for name in command.relief_programmes if name in policies.programmes
        for parent in policies.programmes[name].rule.after
    ]  # fmt: skip
    parameters |= {
        "letters": letters,
        "eligible": int(Outcome.ELIGIBLE),
        "relief": list(command.relief_programmes),
        "parents": parents,
        "enrolled": int(ProgrammeReport.ENROLLED),
        "since": _struck_since(command, policies),
    }
    rows = ask(
        "SELECT left(hit.place, %(letters)s), count(*), sum(hit.members), count(standing.score),"
        f" count(*) FILTER (WHERE {_eligible('relief')}), count(*) FILTER (WHERE {_ENROLLED}),"
        f" count(*) FILTER (WHERE {_PAID}), count(*) FILTER (WHERE {_eligible('parents')})"
        f" FROM ({hit}) AS hit LEFT JOIN standing USING (household_id) GROUP BY 1 ORDER BY 1",
        parameters,
    )
    return [Area(*row) for row in rows]


def _struck_since(command: DeclareShock, policies: Policies) -> date | None:
    """The first impact of the shocks in force that overlap and give one of the same programmes; none without any."""
    relief = set(command.relief_programmes)
    return min(
        (
            shock.declared.impact_on
            for shock in policies.shocks.values()
            if shock.is_active(command.on)
            and shock.overlaps(command.places)
            and relief & set(shock.declared.relief_programmes)
        ),
        default=None,
    )


_ENROLLED = (
    "EXISTS (SELECT FROM participation p WHERE p.household_id = hit.household_id"
    " AND p.programme = ANY(%(relief)s::text[]) AND p.enrolment = %(enrolled)s)"
)
_PAID = (
    "EXISTS (SELECT FROM payments p WHERE p.household_id = hit.household_id"
    " AND p.programme = ANY(%(relief)s::text[]) AND p.paid_on >= %(since)s::date)"
)


def _eligible(programmes: str) -> str:
    return (
        "EXISTS (SELECT FROM eligibility e WHERE e.household_id = hit.household_id"
        f" AND e.programme = ANY(%({programmes})s::text[]) AND e.outcome = %(eligible)s)"
    )


def relief_of(ask: Ask, command: DeclareShock, policies: Policies) -> Iterator[Relief]:
    """Say of each relief programme how many struck households its score lets pass, and what paying each costs."""
    found = {each.programme: each for each in command.thresholds}
    for name in command.relief_programmes:
        programme = policies.programmes[name]
        rule, within, note = _within(ask, command, policies, programme, found.get(name))
        cost = cost_of(programme.rule, command.on)
        paisa = None if within is None or cost.paisa is None else cost.paisa * within
        counted = None if paisa is None else "The cost counts one person a household."
        yield Relief(name, rule, within, paisa, " ".join(filter(None, (note, cost.sentence, counted))))


def _within(
    ask: Ask, command: DeclareShock, policies: Policies, programme: Programme, thresholds: ReliefThresholds | None
) -> tuple[str, int | None, str]:
    if thresholds is not None:
        rule = f"poorest {thresholds.poorest_percent}% of each tehsil"
        return rule, _count_by_thresholds(ask, command, thresholds), ""
    if not programme.rule.needs_score:
        return "every household struck", _count(ask, command, "true", {}), ""
    cutoff = programme.find_cutoff(command.on)
    if cutoff is None:
        return "by score", 0, "No cut-off is in force, so nobody would be eligible."
    sign = "<=" if cutoff.comparison is Comparison.AT_OR_UNDER else "<"
    rule, current = f"score {sign} {cutoff.value}", policies.find_current_card(command.on)
    if current is None or current.content_hash != cutoff.scorecard:
        return rule, None, f"The cut-off is of {cutoff.scorecard_id}, which is not the card in force: not counted."
    note = "Higher cut-offs for some households are not counted in." if cutoff.relaxed else ""
    return rule, _count_by_cutoff(ask, command, cutoff, sign), note


def _count_by_cutoff(ask: Ask, command: DeclareShock, cutoff: CutOffSet, sign: str) -> int:
    return _count(ask, command, f"standing.score {sign} %(cutoff)s", {"cutoff": cutoff.value})


def _count_by_thresholds(ask: Ask, command: DeclareShock, thresholds: ReliefThresholds) -> int:
    """Count within the places alone; the thresholds themselves are those of whole tehsils."""
    limits: list[tuple[str, Decimal]] = [
        (each.tehsil, each.highest) for each in thresholds.tehsils if each.highest is not None
    ]
    tehsils, highest = [tehsil for tehsil, _ in limits], [limit for _, limit in limits]
    condition = (
        "EXISTS (SELECT FROM unnest(%(tehsils)s::text[], %(highest)s::numeric[]) AS of (tehsil, highest)"
        " WHERE of.tehsil = hit.place AND standing.score <= of.highest)"
    )
    return _count(ask, command, condition, {"tehsils": tehsils, "highest": highest})


def _count(ask: Ask, command: DeclareShock, condition: str, more: Parameters) -> int:
    hit, parameters = _struck(command)
    query = f"SELECT count(*) FROM ({hit}) AS hit LEFT JOIN standing USING (household_id) WHERE {condition}"
    ((households,),) = ask(query, parameters | more)
    return int(households)


def count_at_most(ask: Ask, log: EventLog, notified: Notified) -> int:
    """Count whom a shock struck; what the answers do not know yet is counted in, an event for a household.

    Who lives where is kept by the projector, who left where by the assessor: the one that is behind counts.
    """
    hit, parameters = struck((notified,))
    ((counted,),) = ask(f"SELECT count(*) FROM ({hit}) AS hit", parameters)
    reached = reached_at(ask, log)
    return int(counted) + log.last_position() - min(reached.assessed, reached.projected)


def _struck(command: DeclareShock) -> tuple[str, Parameters]:
    return struck((Notified(command.impact_on, command.places, command.groups),))

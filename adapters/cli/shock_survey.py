"""The survey after a shock as a team leads it: the worklist, the progress, and the closing report."""

import os
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.cli.shock_options import Name
from adapters.faults import Refused
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry, open_registry
from adapters.shocks.reporting import ClosingReport, ReliefGiven, report_of
from adapters.shocks.surveying import Progress, Waiting, days_of_survey
from adapters.shocks.surveying import progress as progress_of
from adapters.shocks.surveying import worklist as worklist_of
from domain.shock import Shock, ShockDeclared
from domain.streams import policy_stream

LISTED_DEFAULT = 100
LISTED_MAX = 100_000
PERCENT = 100


@verb
def worklist(
    name: Name,
    *,
    place: Annotated[
        str, typer.Option("--place", metavar="CODE", help="Only who lived there: a P-code, or TEHSIL/union council.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=LISTED_MAX, help="At most so many.")] = LISTED_DEFAULT,
    json: Json = False,
) -> None:
    """List the households still to be surveyed after a shock, the poorest first."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shock = known_shock(registry, name)
        if place and (problem := registry.places.find_problem(place)):
            raise Refused(problem)
        with moment(registry.dsn) as ask:
            rows = [_waiting_row(registry, each) for each in worklist_of(ask, shock, place, limit)]
        output.table(("tehsil", "union_council", "lives_in", "household", "people", "score"), rows)
        if not rows:
            output.say("Nobody is still to be surveyed.")


@verb
def progress(name: Name, *, json: Json = False) -> None:
    """Show how far the survey after a shock has come, by tehsil and by day."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shock = known_shock(registry, name)
        with moment(registry.dsn) as ask:
            tehsils = progress_of(ask, shock)
            days = days_of_survey(ask, shock)
        columns = ("tehsil", "struck", "surveyed", "left", "percent", "last_on")
        rows = [_progress_row(registry, each) for each in tehsils]
        if not json:
            struck, surveyed = sum(each.struck for each in tehsils), sum(each.surveyed for each in tehsils)
            rows.append(("total", struck, surveyed, struck - surveyed, _percent(surveyed, struck), None))
        output.table(columns, rows, title=f"Resurvey after {name}, until {shock.resurveys_until}")
        if days:
            by_day = [(_place(registry, each.tehsil), each.day, each.surveyed) for each in days]
            output.table(("tehsil", "day", "surveyed"), by_day, title="By day")


@verb
def report(name: Name, *, json: Json = False) -> None:
    """Report what became of a shock: struck, eligible for relief, surveyed again, missed out, not reached."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shock = known_shock(registry, name)
        declared_at = next(
            entry.position
            for entry in registry.log.stream(policy_stream("shock", name))
            if entry.name == ShockDeclared.name
        )
        with moment(registry.dsn) as ask:
            closing = report_of(ask, shock, declared_at)
        output.answer(_report_object(name, shock, closing))
        if not json:
            output.table(("what", "households"), _report_rows(closing), title=f"Shock {name}")
            columns = tuple(ReliefGiven.__struct_fields__)
            output.table(columns, [tuple(getattr(each, column) for column in columns) for each in closing.relief])


def known_shock(registry: Registry, name: str) -> Shock:
    """The shock of this name. Raises Refused."""
    policies = registry.reader.policies()
    if name in policies.proposed:
        raise Refused(f"Shock {name} is only proposed: it holds when another person approves it (`shock approve`).")
    if name not in policies.shocks:
        raise Refused(f"No shock is known as {name!r}: see `shock list` for the names.")
    return policies.shocks[name]


def _place(registry: Registry, code: str) -> str:
    return str(registry.places.get(code))


def _waiting_row(registry: Registry, each: Waiting) -> tuple[object, ...]:
    where = (_place(registry, each.tehsil), each.union_council, _place(registry, each.lives_in))
    return (*where, each.household, each.people, each.score)


def _progress_row(registry: Registry, each: Progress) -> tuple[object, ...]:
    percent = _percent(each.surveyed, each.struck)
    return (_place(registry, each.tehsil), each.struck, each.surveyed, each.left, percent, each.last_on)


def _percent(part: int, whole: int) -> int:
    return part * PERCENT // whole if whole else 0


def _report_object(name: str, shock: Shock, closing: ClosingReport) -> dict[str, object]:
    return {
        "shock": name,
        "impact_on": shock.declared.impact_on,
        "lifted_on": shock.lifted_on,
        "revoked_on": shock.revoked_on,
        **{field: getattr(closing, field) for field in ClosingReport.__struct_fields__ if field != "relief"},
        "not_reached": closing.not_reached,
        "relief": [{field: getattr(each, field) for field in ReliefGiven.__struct_fields__} for each in closing.relief],
    }


def _report_rows(closing: ClosingReport) -> list[tuple[str, int]]:
    return [
        ("struck", closing.struck),
        ("people in them", closing.people),
        ("surveyed again, and so scored again", closing.surveyed),
        ("of those, with a decision by it", closing.outcome_changed),
        ("not reached", closing.not_reached),
        ("missed out: first registered there after the impact", closing.missed_out),
    ]

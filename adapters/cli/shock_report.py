"""`gharana shock report`: what became of a shock, and who was not reached, for people and for programs."""

import os
from typing import Annotated, Any

import typer

from adapters.cards import compile_card
from adapters.cli.output import Json, Output, verb
from adapters.cli.shock_options import Name
from adapters.cli.shock_survey import known_shock
from adapters.postgres.moment import Ask, moment
from adapters.registry.opening import Registry, open_registry
from adapters.shocks.reporting import ClosingReport, Reached, ReliefGiven, report_of
from adapters.shocks.rescoring import Rescored, rescored_after
from adapters.simulation.costs import millions
from domain.shock import DECLARED_NAMES, Shock
from domain.streams import policy_stream

BY = ("tehsil",)


@verb
def report(
    name: Name,
    *,
    by: Annotated[str, typer.Option("--by", metavar="tehsil", help="Also count by tehsil.")] = "",
    json: Json = False,
) -> None:
    """Report what became of a shock: struck, eligible, enrolled, paid, surveyed and scored again, not reached."""
    if by and by not in BY:
        raise typer.BadParameter(f"{by!r} is not one of {', '.join(BY)}.")
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shock = known_shock(registry, name)
        declared_at = next(
            entry.position
            for entry in registry.log.stream(policy_stream("shock", name))
            if entry.name in DECLARED_NAMES
        )
        with moment(registry.dsn) as ask:
            closing = report_of(ask, shock, declared_at)
            rescored = _rescored(output, registry, ask, name, closing.whole.surveyed)
    if json:
        output.line({**_object(name, shock, closing, by), "scores": rescored and _scores_object(rescored)})
    else:
        _tell(output, registry, shock, closing, by)
        _tell_scores(output, rescored)


def _rescored(output: Output, registry: Registry, ask: Ask, name: str, surveyed: int) -> Rescored | None:
    """What the surveys did to scores by the card in force today; nothing where there is no card."""
    card = registry.reader.policies().find_current_card(registry.today())
    if card is None:
        return None
    with output.progress("Scoring before and after", surveyed) as more:
        return rescored_after(registry.log, ask, name, compile_card(card), more)


def _scores_object(rescored: Rescored) -> dict[str, int]:
    counts = {field: getattr(rescored, field) for field in Rescored.__struct_fields__}
    return {"rescored": rescored.rescored, **counts}


def _tell_scores(output: Output, rescored: Rescored | None) -> None:
    if rescored is None:
        output.say("No scorecard is in force, so nothing is said of scores.")
        return
    rows = [(field.replace("_", " "), getattr(rescored, field)) for field in Rescored.__struct_fields__]
    title = "Surveyed again: their scores by the card in force today, the day before the survey and by it"
    output.table(("score", "households"), [*rows, ("another score than before", rescored.rescored)], title=title)


def _object(name: str, shock: Shock, closing: ClosingReport, by: str) -> dict[str, Any]:
    relief = [_relief_object(closing.relief_of(programme)) for programme in shock.declared.relief_programmes]
    by_tehsil = {"tehsils": [_tehsil_object(closing, each) for each in closing.reached]} if by else {}
    return {
        "shock": name,
        "impact_on": shock.declared.impact_on,
        "lifted_on": shock.lifted_on,
        "revoked_on": shock.revoked_on,
        **_reached_object(closing.whole),
        "relief": relief,
        **by_tehsil,
    }


def _tehsil_object(closing: ClosingReport, reached: Reached) -> dict[str, Any]:
    relief = [_relief_object(each) for each in closing.relief if each.place == reached.place]
    return {"place": reached.place, **_reached_object(reached), "relief": relief}


def _reached_object(reached: Reached) -> dict[str, int]:
    counts = {field: getattr(reached, field) for field in Reached.__struct_fields__[1:]}
    return {**counts, "not_reached": reached.not_reached}


def _relief_object(given: ReliefGiven) -> dict[str, Any]:
    return {field: getattr(given, field) for field in ReliefGiven.__struct_fields__ if field != "place"}


def _tell(output: Output, registry: Registry, shock: Shock, closing: ClosingReport, by: str) -> None:
    name = shock.declared.shock
    output.table(("what", "households"), _rows(closing.whole), title=f"Shock {name}")
    whole = [_relief_row(programme, closing.relief_of(programme)) for programme in shock.declared.relief_programmes]
    output.table(("relief", *RELIEF_COLUMNS), whole, title="Relief, households")
    if not by:
        return
    columns = ("tehsil", "struck", "people", "surveyed", "outcome_changed", "missed_out", "not_reached")
    rows = [(_named(registry, each.place), *_reached_object(each).values()) for each in closing.reached]
    output.table(columns, rows, title="By tehsil")
    for programme in shock.declared.relief_programmes:
        given = [
            _relief_row(_named(registry, each.place), each) for each in closing.relief if each.programme == programme
        ]
        output.table(("tehsil", *RELIEF_COLUMNS), given, title=f"{programme} by tehsil")


RELIEF_COLUMNS = (
    "were_eligible", "are_eligible", "enrolled", "paid", "million_rupees", "eligible_not_enrolled", "enrolled_not_paid",
)  # fmt: skip


def _relief_row(first: str, given: ReliefGiven) -> tuple[object, ...]:
    counts = given.were_eligible, given.are_eligible, given.enrolled, given.paid
    return (first, *counts, millions(given.paid_paisa), given.not_enrolled, given.not_paid)


def _named(registry: Registry, code: str) -> str:
    return str(registry.places.get(code))


def _rows(whole: Reached) -> list[tuple[str, int]]:
    return [
        ("struck", whole.struck),
        ("people in them", whole.people),
        ("surveyed again", whole.surveyed),
        ("of those, with a decision by it", whole.outcome_changed),
        ("not surveyed again", whole.not_reached),
        ("missed out: first registered there after the impact", whole.missed_out),
    ]

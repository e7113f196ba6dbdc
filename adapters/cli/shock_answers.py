"""What a disaster team asks about a shock; nothing is recorded by any of it."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.cli.shock_options import (
    Authority,
    GroupWords,
    HazardWord,
    Impact,
    Name,
    Notification,
    PlaceCodes,
    PlacesFile,
    ReliefNames,
    ResurveyFrom,
    ResurveyUntil,
    await_thresholds,
    declaration,
    in_words,
    notified_by,
    with_thresholds,
)
from adapters.faults import Refused
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry, open_registry
from adapters.shocks.previewing import Area, Relief, areas, relief_of
from adapters.simulation.costs import millions
from domain.relief import ReliefThresholds
from domain.shock_rules import DeclareShock

LETTERS = {"district": 5, "tehsil": 7}


@verb
def preview(
    name: Name,
    *,
    places: PlaceCodes = None,
    places_file: PlacesFile = None,
    groups: GroupWords = None,
    impact: Impact,
    hazard: HazardWord = "flood",
    resurvey_from: ResurveyFrom = None,
    resurvey_until: ResurveyUntil = None,
    relief: ReliefNames = None,
    authority: Authority = "",
    notification: Notification = "",
    level: Annotated[str, typer.Option("--level", help="Count by tehsil or district.")] = "tehsil",
    json: Json = False,
) -> None:
    """Show what declaring this shock would come to: who lived there, thresholds, cost. Nothing is recorded."""
    asked = dict(locals())
    if level not in LETTERS:
        raise typer.BadParameter(f"{level!r} is not one of {', '.join(LETTERS)}.")
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        command = declaration(registry, name, asked)
        policies = registry.reader.policies()
        if name in policies.shocks:
            raise Refused(
                f"A shock named {name!r} is declared already: see `shock report {name}`, or take another name."
            )
        await_thresholds(registry, output, command.relief_programmes)
        with moment(registry.dsn) as ask:
            command = with_thresholds(registry, ask, command, notified_by(command), command.relief_programmes)
            registry.desk.foresee(command)
            counted = areas(ask, command, policies, LETTERS[level])
            programmes = list(relief_of(ask, command, policies))
        _tell(output, registry, command, counted, programmes)


def _tell(
    output: Output, registry: Registry, command: DeclareShock, counted: Sequence[Area], programmes: Sequence[Relief]
) -> None:
    rows = [_area_row(registry, area) for area in counted]
    whole = tuple(sum(getattr(area, name) for area in counted) for name in Area.__struct_fields__[1:])
    if output.json:
        for area in counted:
            output.line({"kind": "area", **{name: getattr(area, name) for name in Area.__struct_fields__}})
        output.line({"kind": "total", **dict(zip(Area.__struct_fields__[1:], whole, strict=True))})
        for each in programmes:
            output.line({"kind": "relief", **{name: getattr(each, name) for name in Relief.__struct_fields__}})
        for thresholds in command.thresholds:
            for row in _threshold_rows(registry, thresholds):
                output.line({"kind": "threshold", **dict(zip(THRESHOLD_COLUMNS, row, strict=True))})
        return
    columns = ("place", "households", "people", "with_a_score", "eligible", "enrolled", "paid", "eligible_for_parent")
    among = f", {in_words(command.groups)}" if command.groups else ""
    output.table(columns, [*rows, ("total", *whole)], title=f"Lived there on {command.impact_on}{among}")
    if programmes:
        of_relief = ("programme", "rule", "households_within", "million_rupees", "note")
        output.table(of_relief, [_relief_row(each) for each in programmes], title="Relief")
    for thresholds in command.thresholds:
        title = f"Thresholds of {thresholds.programme}, from the standings at {command.snapshot_position:,}"
        output.table(THRESHOLD_COLUMNS, _threshold_rows(registry, thresholds), title=title)
    output.say("Nothing was recorded.")


THRESHOLD_COLUMNS = ("programme", "tehsil", "threshold", "households", "scored", "within")


def _threshold_rows(registry: Registry, thresholds: ReliefThresholds) -> list[tuple[object, ...]]:
    return [
        (thresholds.programme, named(registry, each.tehsil), each.highest, each.households, each.scored, each.within)
        for each in thresholds.tehsils
    ]


def _area_row(registry: Registry, area: Area) -> tuple[object, ...]:
    return (named(registry, area.place), *(getattr(area, name) for name in Area.__struct_fields__[1:]))


def _relief_row(each: Relief) -> tuple[object, ...]:
    return each.programme, each.rule, each.within, None if each.paisa is None else millions(each.paisa), each.note


def named(registry: Registry, code: str) -> str:
    """A place with its name."""
    return str(registry.places.get(code))

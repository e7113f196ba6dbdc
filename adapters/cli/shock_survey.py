"""The survey after a shock as a team leads it: the worklist, whole or by centre, and the progress."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.cli.shock_options import Name
from adapters.documents.centres import CENTRES_FILE, Centre, Centres, load_centres
from adapters.faults import Refused
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry, open_registry
from adapters.shocks.lists_of_centres import CentreProgress, Listed, by_centre, lists_of
from adapters.shocks.surveying import DayOfSurvey, Progress, Waiting, days_of_survey
from adapters.shocks.surveying import progress as progress_of
from adapters.shocks.surveying import worklist as worklist_of
from domain.shock import Shock

LISTED_DEFAULT = 100
LISTED_MAX = 100_000
PERCENT = 100
PROGRESS_BY = ("centre", "tehsil", "day")

CentresFile = Annotated[
    Path,
    typer.Option("--centres", metavar="FILE", help="Which centre serves which tehsil; data/centres if left out."),
]


@verb
def worklist(
    name: Name,
    *,
    place: Annotated[
        str, typer.Option("--place", metavar="CODE", help="Only who lived there: a P-code, or TEHSIL/union council.")
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="centre", help="Divide the list among centres and teams.")] = "",
    centre: Annotated[str, typer.Option("--centre", metavar="CODE", help="Only what one centre has to do.")] = "",
    van: Annotated[bool, typer.Option("--van", help="Only what vans have to do.")] = False,
    centres: CentresFile = CENTRES_FILE,
    file: Annotated[
        Path | None, typer.Option("-o", metavar="FILE.csv", help="Write the lists of centres for teams to take along.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, max=LISTED_MAX, help=f"At most so many of each list; {LISTED_DEFAULT} on screen."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the households still to be surveyed after a shock, the poorest first, whole or by centre and team."""
    _check(by, centre, van=van, place=place)
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shock = known_shock(registry, name)
        if not (by or centre or van or file):
            _whole(output, registry, shock, place, limit or LISTED_DEFAULT)
            return
        known = load_centres(centres, registry.places)
        chosen = _chosen(registry, known, centre, van=van)
        with moment(registry.dsn) as ask:
            at_most = limit or (LISTED_MAX if file else LISTED_DEFAULT)
            listed = lists_of(ask, shock, known, chosen, at_most)
            if file is None:
                output.table(LIST_COLUMNS, [_listed_row(registry, each) for each in listed])
            else:
                number = _write(file, (_listed_row(registry, each) for each in listed))
                output.answer({"file": str(file), "households": number}, f"{number:,} households are in {file}.")
        if known.is_illustration:
            output.say("Which centre serves which tehsil is an illustration: see data/centres.")


def _check(by: str, centre: str, *, van: bool, place: str) -> None:
    if by and by != "centre":
        raise typer.BadParameter(f"{by!r}: a worklist is divided by centre.")
    if centre and van:
        raise typer.BadParameter("name one centre with --centre, or all vans with --van, not both.")
    if place and (by or centre or van):
        raise typer.BadParameter("--place asks for the whole list of a place; leave it out for lists of centres.")


def _chosen(registry: Registry, known: Centres, centre: str, *, van: bool) -> tuple[Centre, ...] | None:
    if centre:
        return (known.get(centre, registry.places),)
    return known.vans() if van else None


def _whole(output: Output, registry: Registry, shock: Shock, place: str, limit: int) -> None:
    if place and (problem := registry.places.find_problem(place)):
        raise Refused(problem)
    with moment(registry.dsn) as ask:
        rows = [_waiting_row(registry, each) for each in worklist_of(ask, shock, place, limit)]
    output.table(("tehsil", "union_council", "lives_in", "household", "people", "score"), rows)
    if not rows:
        output.say("Nobody is still to be surveyed.")


LIST_COLUMNS = (
    "centre", "team", "rank", "household", "tehsil", "union_council", "lives_in", "people", "last_surveyed_on",
)  # fmt: skip


def _listed_row(registry: Registry, each: Listed) -> tuple[object, ...]:
    where = (_place(registry, each.tehsil), each.union_council, _place(registry, each.lives_in))
    return (each.centre, each.team, each.rank, each.household, *where, each.people, each.last_surveyed_on)


def _write(file: Path, rows: Iterable[tuple[object, ...]]) -> int:
    """Write a CSV that spreadsheets open: no name and no number stands in it. Raises Refused."""
    number = 0
    try:
        with file.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(LIST_COLUMNS)
            for number, row in enumerate(rows, 1):  # noqa: B007 - the last one counts them
                writer.writerow(row)
    except OSError as failure:
        raise Refused(f"{file}: cannot be written ({failure.strerror}): check the name and the rights.") from failure
    return number


@verb
def progress(
    name: Name,
    *,
    by: Annotated[
        str,
        typer.Option("--by", metavar="|".join(PROGRESS_BY), help="Count by one of these; by tehsil and day without."),
    ] = "",
    centres: CentresFile = CENTRES_FILE,
    json: Json = False,
) -> None:
    """Show how far the survey after a shock has come, by tehsil, by day, or by centre."""
    if by and by not in PROGRESS_BY:
        raise typer.BadParameter(f"{by!r} is not one of {', '.join(PROGRESS_BY)}.")
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        shock = known_shock(registry, name)
        title = f"Resurvey after {name}, until {shock.resurveys_until}"
        with moment(registry.dsn) as ask:
            tehsils = [] if by == "day" else progress_of(ask, shock)
            days = days_of_survey(ask, shock) if by in {"", "day"} else []
        if by == "centre":
            known = load_centres(centres, registry.places)
            found = by_centre(tehsils, known)
            _counted(output, "centre", [(each.centre, each) for each in found], title)
        elif by != "day":
            _counted(output, "tehsil", [(_place(registry, each.tehsil), each) for each in tehsils], title)
        _by_day(output, registry, days)


def _counted(
    output: Output, what: str, counted: list[tuple[str, Progress]] | list[tuple[str, CentreProgress]], title: str
) -> None:
    rows = [_progress_row(first, each.struck, each.surveyed, each.last_on) for first, each in counted]
    if not output.json:
        struck, surveyed = sum(each.struck for _, each in counted), sum(each.surveyed for _, each in counted)
        rows.append(_progress_row("total", struck, surveyed, None))
    output.table((what, "struck", "surveyed", "left", "percent", "last_on"), rows, title=title)


def _progress_row(first: str, struck: int, surveyed: int, last_on: object) -> tuple[object, ...]:
    percent = surveyed * PERCENT // struck if struck else 0
    return (first, struck, surveyed, struck - surveyed, percent, last_on)


def _by_day(output: Output, registry: Registry, days: list[DayOfSurvey]) -> None:
    if days:
        by_day = [(_place(registry, each.tehsil), each.day, each.surveyed) for each in days]
        output.table(("tehsil", "day", "surveyed"), by_day, title="By day")


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

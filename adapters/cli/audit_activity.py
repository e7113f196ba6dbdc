"""`gharana audit activity`: everything that one operator, device or centre recorded, and how their days went."""

import os
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.audit.activity import (
    CLOSES_HOUR,
    COLUMNS,
    OPENS_HOUR,
    Act,
    Days,
    Hours,
    Summary,
    Who,
    acts,
    median_of,
)
from adapters.audit.spreadsheet import write_rows
from adapters.cli.options import a_date
from adapters.cli.output import Json, Output, verb
from adapters.registry.opening import open_registry
from domain.registry_day import PAKISTAN_TIME

LISTED_MAX = 200
"""So many acts are listed for reading; all of them go into a file, or to programs."""
HOURS_A_DAY = 24
HEADINGS = ("position", "recorded_at", "household", "event", "role", "submission", "what_it_said")
DAY_HEADINGS = ("day", "filings", "events", "refused", "out_of_hours", "minutes_between")


def some_hours(text: str) -> Hours:
    """The hours of work, as 08-18."""
    opens, dash, closes = text.partition("-")
    if not (dash and opens.isdecimal() and closes.isdecimal() and int(opens) < int(closes) <= HOURS_A_DAY):
        raise typer.BadParameter(f"{text!r} are no hours of work: write them as 08-18.")
    return Hours(int(opens), int(closes))


@verb
def activity(
    *,
    operator: Annotated[str | None, typer.Option("--operator", help="What this person recorded.")] = None,
    device: Annotated[str | None, typer.Option("--device", help="What was recorded on this device.")] = None,
    centre: Annotated[str | None, typer.Option("--centre", help="What was recorded at this centre.")] = None,
    since: Annotated[
        date | None, typer.Option("--from", parser=a_date, metavar="DAY", help="Recorded on this day or later.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=a_date, metavar="DAY", help="Recorded on this day or before.")
    ] = None,
    hours: Annotated[
        Hours | None,
        typer.Option(
            "--hours",
            parser=some_hours,
            metavar="HH-HH",
            help=f"Hours of work in Pakistan; {OPENS_HOUR:02}-{CLOSES_HOUR} if left out.",
        ),
    ] = None,
    file: Annotated[Path | None, typer.Option("-o", metavar="FILE.csv", help="Write every act to this file.")] = None,
    json: Json = False,
) -> None:
    """List everything one operator, device or centre recorded, and sum up their days. It reads the whole log."""
    output = Output(json=json)
    who = _who(operator, device, centre)
    days = Days(since or date.min, until or date.max)
    if days.since > days.until:
        raise typer.BadParameter(f"--from {days.since} lies after --until {days.until}: exchange them.")
    summary = Summary(hours or Hours())
    with open_registry(os.environ, make=False) as registry:
        last = registry.log.last_position()
        with output.progress("Reading the log", last) as more:
            found = _counted(acts(registry.log, who, days, last, more), summary)
            listed = _give(output, found, file)
    _tell(output, who, summary, listed, last, file)


def _who(operator: str | None, device: str | None, centre: str | None) -> Who:
    named = []
    if operator is not None:
        named.append(Who("operator", operator))
    if device is not None:
        named.append(Who("device", device))
    if centre is not None:
        named.append(Who("centre", centre))
    if len(named) != 1 or not named[0].name:
        raise typer.BadParameter("say whose doings: one of --operator NAME, --device ID, --centre CODE.")
    return named[0]


def _counted(found: Iterable[Act], summary: Summary) -> Iterator[Act]:
    for act in found:
        summary.add(act)
        yield act


def _give(output: Output, found: Iterator[Act], file: Path | None) -> list[Act]:
    """Hand every act on, and keep as many as are listed for reading."""
    if file is not None:
        write_rows(file, COLUMNS, (_cells(act) for act in found))
        return []
    if output.json:
        for act in found:
            output.line({name: getattr(act, name) for name in COLUMNS})
        return []
    listed = list(islice(found, LISTED_MAX))
    for _ in found:  # the others are counted
        pass
    return listed


def _cells(act: Act) -> list[Any]:
    return [str(value) if value is not None else None for value in (getattr(act, name) for name in COLUMNS)]


def _tell(output: Output, who: Who, summary: Summary, listed: list[Act], last: int, file: Path | None) -> None:
    if output.json:
        output.line(_as_object(who, summary, last, file))
        return
    events = summary.total("events")
    if not events:
        output.say(f"Nothing up to position {last:,} was recorded by {who.field} {who.name!r} on these days.")
        return
    if listed:
        output.table(HEADINGS, [_row(act) for act in listed])
    if events > len(listed) and file is None:
        output.say(f"... and {events - len(listed):,} more: -o FILE.csv or --json gives all of them.")
    output.say("")
    output.table(DAY_HEADINGS, _day_rows(summary))
    output.say(_in_words(who, summary, last))
    if file is not None:
        output.say(f"Every act is written to {file}.")


def _in_words(who: Who, summary: Summary, last: int) -> str:
    between, filings = summary.minutes_between, summary.total("filings")
    refused, out = summary.total("refused"), summary.total("out_of_hours")
    pause = "" if between is None else f"; the median filing of a day came {between:g} minutes after the one before"
    return (
        f"{who.field} {who.name}, up to position {last:,}: {filings:,} filings with {summary.total('events'):,} events "
        f"on {len(summary.days):,} days, {refused:,} refused ({refused / filings:.1%}), "
        f"{out:,} out of hours ({out / filings:.1%}){pause}."
    )


def _row(act: Act) -> tuple[Any, ...]:
    recorded_at = f"{act.recorded_at.astimezone(PAKISTAN_TIME):%Y-%m-%d %H:%M}"
    return (act.position, recorded_at, act.household, act.event, act.role, act.submission, act.said)


def _day_rows(summary: Summary) -> list[tuple[Any, ...]]:
    return [
        (day, each.filings, each.events, each.refused, each.out_of_hours, median_of(each.between))
        for day, each in sorted(summary.days.items())
    ]


def _as_object(who: Who, summary: Summary, last: int, file: Path | None) -> dict[str, Any]:
    return {
        who.field: who.name,
        "position": last,
        "filings": summary.total("filings"),
        "events": summary.total("events"),
        "refused": summary.total("refused"),
        "out_of_hours": summary.total("out_of_hours"),
        "minutes_between": summary.minutes_between,
        "days": [dict(zip(DAY_HEADINGS, row, strict=True)) for row in _day_rows(summary)],
        "file": None if file is None else str(file),
    }

"""`gharana status`: how far every follower is, what its worker is doing, and whether somebody should look."""

import os
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.home import registry_home
from adapters.registry.opening import open_registry
from adapters.supervision.records import read_records
from adapters.watching.lag import Course, read_course
from adapters.watching.status import Limits, StatusRow, status_rows

COLUMNS = ("follower", "state", "position", "lag", "lag_seconds", "since", "pid", "restarts", "standing_by")


@verb
def status(
    *,
    lag_seconds_max: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="End with 1 when something waits longer for a follower.")
    ] = None,
    lag_max: Annotated[
        int | None, typer.Option(metavar="POSITIONS", help="End with 1 when a follower has more before it.")
    ] = None,
    json: Json = False,
) -> None:
    """Show every follower of the log and of the feeds: how far it is, and what its worker is doing."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        course = read_course(registry.dsn, os.environ)
        rows = status_rows(course.distances, read_records(registry_home(os.environ)), datetime.now(UTC))
    limits = Limits(lag_seconds_max, lag_max)
    ill = [row.follower for row in rows if not row.is_well(limits)]
    if json:
        for row in rows:
            output.line({**msgspec.structs.asdict(row), "well": row.follower not in ill})
    else:
        output.table(COLUMNS, [_cells(row) for row in rows])
    output.answer(_summary(course, ill), *_sentences(course, rows, ill))
    if ill:
        raise typer.Exit(EXIT_REFUSED)


def _cells(row: StatusRow) -> tuple[Any, ...]:
    since = None if row.since is None else f"{row.since:%Y-%m-%d %H:%M:%S}"
    return (
        row.follower,
        row.state,
        row.position,
        row.lag_positions,
        None if row.lag_seconds is None else round(row.lag_seconds, 1),
        since,
        None if row.pid is None else str(row.pid),
        row.restarts,
        row.standing_by,
    )


def _summary(course: Course, ill: list[str]) -> dict[str, Any]:
    job = course.reassessment
    return {
        "well": not ill,
        "log_last_position": course.log_last_position,
        "feed_position": course.feed_position,
        "stream_position": course.stream_position,
        "stream_fault": course.stream_fault,
        "feeds": [
            {"partner": partner, "programme": programme, "sequence": sequence, "position": position}
            for (partner, programme), (sequence, position) in course.feeds.items()
        ],
        "reassessment": None if job is None else {"of": job.policy_position, "seen": job.seen, "total": job.total},
    }


def _sentences(course: Course, rows: list[StatusRow], ill: list[str]) -> list[str]:
    said = [f"The log ends at {course.log_last_position:,}, the feeds at {course.feed_position:,}{_stream(course)}."]
    said += [
        f"Feed of {partner} for {programme}: sequence {sequence:,}."
        for (partner, programme), (sequence, _) in course.feeds.items()
    ]
    if course.reassessment is not None:
        job = course.reassessment
        said.append(
            f"A change of policy ({job.policy_position:,}) was brought to {job.seen:,} of {job.total:,} households."
        )
    if course.stream_fault is not None:
        said.append(f"How far the stream is, is not known: {course.stream_fault}")
    said += [f"{row.follower}: {row.says}" for row in rows if row.says is not None]
    said.append(f"Look at: {', '.join(ill)}." if ill else "Nothing needs attention.")
    return said


def _stream(course: Course) -> str:
    return "" if course.stream_position is None else f", the stream at {course.stream_position:,}"

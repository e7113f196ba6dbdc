"""`gharana partner report` and `partner reports`: what partners did, taken line by line, and what of it was refused."""

import json as jsonlib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, BinaryIO

import typer

from adapters.cli.output import EXIT_REFUSED, Json, Output, opened, verb
from adapters.cli.stopping import told_to_stop
from adapters.faults import Refused
from adapters.message_server import message_server, stream_settings
from adapters.nats.line import open_line
from adapters.nats.reports import REPORTS
from adapters.nats.taking import keep_taking_reports, open_intake, take_next
from adapters.postgres.leading import REPORTS_LOCK, leading
from adapters.registry.opening import open_registry
from adapters.registry.partner_reports import (
    REFUSED_MAX,
    TOGETHER_MAX,
    Outcomes,
    PartnerDesk,
    check_partner,
    count_reports,
    refused_reports,
)
from adapters.submissions.partner_report import REPORT_BYTES_MAX, PartnerReport, read_report, report_schema

LIMIT_DEFAULT = 100


@verb
def report(
    file: Annotated[
        str | None, typer.Argument(help="A file of reports, one JSON object a line; - is standard input.")
    ] = None,
    *,
    partner: Annotated[str, typer.Option("--partner", help="Who reports.")] = "",
    programme: Annotated[str, typer.Option("--programme", help="On which programme.")] = "",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a report, and stop.")] = False,
    json: Json = False,
) -> None:
    """Take what a partner did: whom it enrolled, suspended, let go or paid. Sent twice, a report adds nothing."""
    if schema:
        sys.stdout.write(jsonlib.dumps(report_schema(), indent=None if json else 2, ensure_ascii=False) + "\n")
        return
    if file is None or not partner or not programme:
        raise typer.BadParameter("name a file of reports, or -, with --partner and --programme (or ask for --schema).")
    output = Output(json=json)
    counts: Counter[tuple[str, str]] = Counter()
    with opened(file) as lines, open_registry(os.environ, make=False) as registry:
        desk = PartnerDesk(registry, partner, programme)
        for chunk in _chunks(lines):
            for said in _take(desk, chunk):
                _tell(output, said)
                counts[said["did"] or "not read", said["outcome"]] += 1
    if not json:
        output.table(("did", "outcome", "reports"), [(*key, number) for key, number in sorted(counts.items())])
    if any(outcome not in {"accepted", "known"} for _, outcome in counts):
        raise typer.Exit(EXIT_REFUSED)


def _chunks(lines: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """The lines with their numbers, so many at once as are taken together; no line is read beyond its limit."""
    pieces = iter(lambda: lines.readline(REPORT_BYTES_MAX + 1), b"")
    numbered = ((number, line) for number, line in _numbered(pieces) if line.strip())
    while chunk := list(islice(numbered, TOGETHER_MAX)):
        yield chunk


def _numbered(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Number the lines; of one that is too long only its beginning is kept, which is then refused for its length."""
    number, is_inside = 0, False
    for piece in pieces:
        if not is_inside:
            number += 1
            yield number, piece
        is_inside = not piece.endswith(b"\n")


def _take(desk: PartnerDesk, chunk: list[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
    """The outcomes of a chunk in the order of its lines. What cannot be read is refused by itself."""
    read: dict[int, PartnerReport] = {}
    unread: dict[int, str] = {}
    for number, line in chunk:
        try:
            read[number] = read_report(line)
        except Refused as refusal:
            unread[number] = f"line {number}: {refusal}"
    outcomes = dict(zip(read, desk.take(list(read.values())), strict=True))
    for number, _ in chunk:
        if number in unread:
            yield {"line": number, "household": None, "did": None, "outcome": "not_read", "error": unread[number]}
        else:
            yield _said(number, read[number], outcomes[number])


def _said(number: int, report: PartnerReport, outcome: Outcomes) -> dict[str, Any]:
    accepted = "known" if outcome.again else "accepted"
    return {
        "line": number,
        "household": report.household,
        "did": report.did.word,
        "outcome": accepted if outcome.accepted else "refused",
        "report": outcome.report,
        "error": f"line {number}: {' '.join(outcome.sentences)}" if outcome.sentences else None,
    }


def _tell(output: Output, said: dict[str, Any]) -> None:
    if output.json:
        output.line(said)
    elif said["error"]:
        output.say(f"refused: {said['error']}")


@verb
def take(
    *,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Stop when nothing waits in the stream any more.")
    ] = False,
    json: Json = False,
) -> None:
    """Take what partners send to the stream REPORTS, until stopped. Several may run: one takes, others stand by."""
    output, stop = Output(json=json), told_to_stop()
    environ, settings = os.environ, stream_settings(os.environ)
    with open_registry(environ, make=False) as registry, message_server(environ) as url:
        if until_caught_up:
            with leading(registry.dsn, REPORTS_LOCK, stop), open_line(url) as line:
                intake = open_intake(registry, line, settings.replicas)
                number = sum(iter(lambda: 0 if stop.is_set() else take_next(registry, intake), 0))
            output.answer({"stream": REPORTS, "taken": number}, f"{number:,} reports were taken from {REPORTS}.")
        else:
            keep_taking_reports(registry, lambda: open_line(url), settings.replicas, stop, output.warn)


@verb
def reports(
    *,
    partner: Annotated[str, typer.Option("--partner", help="Whose reports.")],
    refused: Annotated[
        bool, typer.Option("--refused", help="List those that were refused, the last one first.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=REFUSED_MAX, help="At most so many.")] = LIMIT_DEFAULT,
    json: Json = False,
) -> None:
    """Count what a partner reported, or list those of its reports that were refused, with every reason."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        check_partner(registry, partner)
        if not refused:
            taken, not_taken = count_reports(registry, partner)
            output.answer(
                {"partner": partner, "accepted": taken, "refused": not_taken},
                f"Of {partner}: {taken:,} reports accepted, {not_taken:,} refused (list them with --refused).",
            )
            return
        rows = [
            (each.report, each.programme, each.kind, each.on, each.household, " ".join(each.sentences))
            for each in refused_reports(registry, partner, limit)
        ]
    output.table(("report", "programme", "kind", "on", "household", "error"), rows)

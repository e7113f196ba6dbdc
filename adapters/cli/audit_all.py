"""`gharana audit`: whether nothing was altered, and whether every answer follows; findings by kind."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.audit.auditing import Audited, Report, Wanted, audit
from adapters.audit.findings import LISTED_DEFAULT, MEANING
from adapters.audit.opening import open_for_audit
from adapters.cards import compile_card
from adapters.cli.options import Workers
from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.documents.scorecard import SCORECARDS_FOLDER

LISTED_MAX = 100_000
SAMPLE_MAX = 1_000_000


@verb
def audit_registry(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Look at every event, household and answer.")] = False,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, max=SAMPLE_MAX, help="Look at so many households, drawn by --seed.")
    ] = None,
    seed: Annotated[str, typer.Option("--seed", help="What the draw follows from; the same one draws the same.")] = "",
    since: Annotated[
        int, typer.Option("--since", min=0, metavar="POSITION", help="Only what came after this position of the log.")
    ] = 0,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="The key of the seals; else that of the seal key file.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="The trust policy that names the witnesses.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", metavar="FILE", help="An earlier checkpoint that the log must go on from."),
    ] = None,
    scorecards: Annotated[
        Path, typer.Option("--scorecards", metavar="FOLDER", help="The scorecard files to hold against those adopted.")
    ] = SCORECARDS_FOLDER,
    listed: Annotated[
        int, typer.Option("--list", min=0, max=LISTED_MAX, help="How many findings of each kind are listed.")
    ] = LISTED_DEFAULT,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Check log against seals, and decisions and answers against the log; ends with 1 where anything is found."""
    if context.invoked_subcommand is not None:
        return
    if everything == (sample is not None) and (everything or not since):
        raise typer.BadParameter("say what to audit: --all, or --sample N --seed S, or --since POSITION.")
    if sample is not None and not seed:
        raise typer.BadParameter("a sample takes a --seed, which somebody should have fixed where others saw it.")
    output = Output(json=json)
    wanted = Wanted(sample, seed, since, scorecards, listed, workers)
    with open_for_audit(os.environ, key, policy, against or ()) as opened, _reporting(output) as report:
        result = audit(opened.dsn, compile_card, wanted, seals=opened.seals, sender=opened.sender, report=report)
    tell(output, result)
    if result.findings.total:
        raise typer.Exit(EXIT_REFUSED)


_PARTS = {
    "tiles": "Checking tiles",
    "seals": "Log against seals",
    "households": "Decisions and answers",
    "feeds": "Feeds",
}


@contextmanager
def _reporting(output: Output) -> Iterator[Report]:
    """A progress bar for each part of the work, one after another."""
    with ExitStack() as stack:
        bars: dict[str, Callable[[int], None]] = {}

        def report(what: str, more: int, of_all: int) -> None:
            if what not in bars:
                stack.close()
                bars[what] = stack.enter_context(output.progress(_PARTS[what], of_all))
            bars[what](more)

        yield report


def tell(output: Output, result: Audited) -> None:
    """Tell the findings by kind, then the first ones of each kind, then what was looked at."""
    summaries = result.findings.summaries()
    output.table(
        ("kind", "findings", "first position", "household"),
        [(str(each.kind), each.findings, each.position, each.household) for each in summaries],
    ) if summaries else None
    for summary in summaries:
        output.say("", f"{summary.kind}: {MEANING[summary.kind]}")
        for finding in summary.listed:
            about = f"{finding.household}: " if finding.household else ""
            output.answer(finding.as_object, f"  {about}{finding.says}")
        if summary.findings > len(summary.listed):
            output.say(f"  and {summary.findings - len(summary.listed):,} more")
    output.say("") if summaries else None
    for what in result.not_checked:
        output.say(f"Not checked: {what}.")
    unsealed = max(0, result.position - result.sealed)
    verdict = f"{result.findings.total:,} findings." if summaries else "No findings."
    output.answer(
        {
            "findings": result.findings.total,
            "position": result.position,
            "sealed": result.sealed,
            "not_sealed_yet": unsealed,
            "households": result.households,
            "events": result.events,
            "events_per_s": result.events_per_second,
            "seconds": round(result.seconds, 3),
            "not_checked": result.not_checked,
        },
        f"{result.households:,} households with {result.events:,} events up to position {result.position:,}, of which "
        f"{result.sealed:,} are sealed, in {result.seconds:,.1f} s ({result.events_per_second:,} events/s). {verdict}",
    )

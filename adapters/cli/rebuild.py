"""`gharana rebuild`: every answer derived again from the log, held against the live ones, and swapped in when asked."""

import os
from typing import Annotated

import typer

from adapters.cards import compile_card
from adapters.cli.options import Workers
from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.postgres.log import PostgresLog
from adapters.postgres.rebuilding import RebuildProgress, Rebuilt
from adapters.postgres.rebuilding import rebuild as rebuilt
from adapters.registry.opening import open_registry


@verb
def rebuild(
    *,
    swap: Annotated[bool, typer.Option("--swap", help="Put the new tables in place of the live ones.")] = False,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Derive every answer again, compare with the live tables; ends with 1 where they differ and were not swapped."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        log = registry.log
        assert isinstance(log, PostgresLog), "the command line opens registries in Postgres"
        with output.progress("Rebuilding", log.last_position()) as more:
            done = 0

            def report(progress: RebuildProgress) -> None:
                nonlocal done
                more(progress.events - done)
                done = progress.events

            result = rebuilt(log, compile_card, swap=swap, workers=workers, report=report)
    _tell(output, result)
    if not result.is_equal and not result.swapped:
        raise typer.Exit(EXIT_REFUSED)


def _tell(output: Output, result: Rebuilt) -> None:
    rate = round(result.events / max(result.seconds, 1e-9))
    if not output.json:
        columns = ("table", "missing", "superfluous", "changed", "examples")
        rows = [
            (name, each.missing, each.superfluous, each.changed, ", ".join(each.examples))
            for name, each in result.differences.items()
        ]
        output.table(columns, rows)
    verdict = "The live tables are equal to them." if result.is_equal else "The live tables DIFFER from them."
    swapped = " They are in place now." if result.swapped else ""
    output.answer(
        {
            "events": result.events,
            "seconds": round(result.seconds, 3),
            "events_per_s": rate,
            "compare_seconds": round(result.compare_seconds, 3),
            "equal": result.is_equal,
            "swapped": result.swapped,
            "differences": {name: each.rows for name, each in result.differences.items()},
        },
        f"Made anew from {result.events:,} events in {result.seconds:,.1f} s ({rate:,}/s). {verdict}{swapped}",
    )

"""`gharana erasure`: which erasures are not complete, and stating that they are."""

import os
from datetime import date
from typing import Annotated

import typer

from adapters.cli.options import a_date
from adapters.cli.output import Json, Output, verb
from adapters.keys.key_table import erasure_window_days
from adapters.registry.erasures import complete_erasures, open_erasures
from adapters.registry.opening import open_registry

app = typer.Typer(help="List erasures that are not complete, and state that they are.", no_args_is_help=True)


@app.command("list")
@verb
def list_(*, json: Json = False) -> None:
    """List the erasures of which backups may still hold a copy of the key, and the day by which they must not."""
    output = Output(json=json)
    window_days = erasure_window_days(os.environ)
    with open_registry(os.environ, make=False) as registry:
        found = open_erasures(registry)
    rows = [
        (each.member_id, each.erased_at.date(), each.due_at(window_days).date(), each in found.to_repeat)
        for each in found.waiting
    ]
    output.table(("member", "erased_on", "due_on", "key_came_back"), rows)
    if not rows:
        output.say("Every erasure is complete.")


@app.command("complete")
@verb
def complete(
    *,
    before: Annotated[
        date, typer.Option("--before", parser=a_date, metavar="DAY", help="No copy from before this day is left.")
    ],
    json: Json = False,
) -> None:
    """State that nothing from before a day is left in backups, archived logs, disk snapshots or dead rows."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        completed = complete_erasures(registry, before)
    output.answer({"before": before, "completed": completed}, f"{completed:,} erasures are complete.")

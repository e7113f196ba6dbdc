"""`gharana erasure`: which erasures are not complete, stating that they are, and repeating them after a restore."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.keys_backup import LIST_BYTES_MAX
from adapters.cli.options import By, a_date
from adapters.cli.output import Json, Output, verb
from adapters.keys.key_table import erasure_window_days
from adapters.keys.private_file import read_private, replace_file
from adapters.registry.erasure_list import export_erasures, read_list, repeat_erasures
from adapters.registry.erasures import complete_erasures, open_erasures
from adapters.registry.opening import open_registry

app = typer.Typer(
    help="List erasures that are not complete, state that they are, and repeat them after a restore.",
    no_args_is_help=True,
)


@app.command("list")
@verb
def list_(*, json: Json = False) -> None:
    """List the erasures of which backups may still hold a copy of the key, and the day by which they must not."""
    output = Output(json=json)
    window_days = erasure_window_days(os.environ)
    with open_registry(os.environ, make=False) as registry:
        found = open_erasures(registry)
    rows = [
        (
            each.member_id,
            each.is_of_household,
            each.erased_at.date(),
            each.due_at(window_days).date(),
            each in found.to_repeat,
        )
        for each in found.waiting
    ]
    output.table(("member", "whole_household", "erased_on", "due_on", "key_came_back"), rows)
    if not rows:
        output.say("Every erasure is complete.")


@app.command("export")
@verb
def export(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to; not beside the data.")],
    json: Json = False,
) -> None:
    """Write the list of all erasures, ids and instants only, to be kept beside the backups of data."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        written = export_erasures(registry)
        number = len(read_list(registry, written))
    replace_file(out.absolute(), written, "The list of erasures")
    output.answer({"file": str(out), "erasures": number}, f"{number:,} erasures are listed in {out}.")


@app.command("repeat")
@verb
def repeat(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="What `erasure export` wrote.")] = None,
    *,
    by: By,
    json: Json = False,
) -> None:
    """Erase again whom a restored backup brought back: those it knows of itself, and those on a list beside it."""
    output = Output(json=json)
    stored = (
        None
        if file is None
        else read_private(file, "The list of erasures", "Name what `erasure export` wrote.", LIST_BYTES_MAX)
    )
    with open_registry(os.environ, make=False) as registry:
        listed = () if stored is None else read_list(registry, stored)
        done = repeat_erasures(registry, listed, by)
    output.answer(
        {"again": done.again, "as_they_were": done.as_they_were, "unknown": done.unknown},
        f"{done.again:,} were erased again, {done.as_they_were:,} were so still, {done.unknown:,} are not known here.",
    )


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

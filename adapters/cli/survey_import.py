"""`gharana import`: a survey's files through a mapping file, every household registered or refused with its reasons."""

import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from adapters.cli.options import Workers
from adapters.cli.output import Json, Output, verb
from adapters.documents.mapping import find_mapping, load_mapping
from adapters.garbage import without_collecting
from adapters.home import registry_home
from adapters.registry.import_team import import_parts
from adapters.registry.import_worker import Assignment
from adapters.registry.importing import Imported, Rejects
from adapters.registry.importing import import_survey as import_one
from adapters.registry.opening import open_registry
from adapters.surveys.parts import parts_of
from adapters.surveys.survey import Survey
from adapters.team import workers_default


@verb
def import_survey(
    households: Annotated[
        Path, typer.Argument(help="The household file: CSV, NDJSON or Parquet, .gz as well; or a folder of parts.")
    ],
    members: Annotated[Path, typer.Argument(help="The member file, or the folder of its parts.")],
    *,
    mapping: Annotated[str, typer.Option("--mapping", help="A mapping's name, such as mics2014, or its file.")],
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", help="Where rows that do not go in are written; else in the registry's home."),
    ] = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Register the households of a survey. Run again, it adds nothing. Eligibility is decided by `run`."""
    output = Output(json=json)
    document = load_mapping(find_mapping(mapping))
    parts = parts_of(households, members)
    output.say("Checking all files from end to end ...")
    whole = Survey(document, *parts[0]) if len(parts) == 1 else None
    with open_registry(os.environ) as registry:
        stamp = registry.clock().strftime("%Y%m%dT%H%M%S")
        path = rejects or registry_home(os.environ) / "rejects" / f"{document.source}-{stamp}.ndjson"
        refused = Rejects(path)
        with output.progress("Registering") as more, without_collecting():
            if whole is not None:
                done = import_one(registry.door, whole, refused, more)
            else:
                assignment = Assignment(document, dict(os.environ))
                done = import_parts(assignment, parts, refused, workers or workers_default(), more)
    written = path if refused.has_rows else None
    if json:
        output.line({**msgspec.to_builtins(done), "rejects": None if written is None else str(written)})
    else:
        _tell(output, done, written)


def _tell(output: Output, done: Imported, rejects: Path | None) -> None:
    output.say(
        f"{done.read:,} households read: {done.registered:,} registered, {done.refused:,} refused, "
        f"{done.already:,} known already; {done.left_out:,} rows left out by the mapping.",
        f"{done.people:,} people read: {done.people_registered:,} registered, {done.people_refused:,} refused, "
        f"{done.people_already:,} known already, {done.people_left_out:,} left out.",
        f"{done.flagged:,} of the registered are flagged. {done.seconds:,.1f} s.",
    )
    if done.reasons:
        rows = sorted(done.reasons.items(), key=lambda pair: -pair[1])
        output.table(("refused_because_of", "households"), rows)
    if done.people_not_readable:
        output.say(f"Rows of people that cannot be read or belong to no household: {done.people_not_readable:,}.")
    if rejects is not None:
        output.say(f"Every row that did not go in, with its reasons: {rejects}")
    output.say("Run `gharana run --until-caught-up` to assess them.")

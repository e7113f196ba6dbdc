"""`gharana extract`: what a scorecard can read of every household, as columns, for simulations."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.options import Workers
from adapters.cli.output import Json, Output, verb
from adapters.extract.making import make_extract
from adapters.home import registry_home
from adapters.postgres.log import PostgresLog
from adapters.registry.opening import open_registry
from projections.standing import STANDING

FOLDER = "extract"


def default_folder() -> Path:
    """Where an extract stands when nothing is said: beside the registry."""
    return registry_home(os.environ) / FOLDER


@verb
def extract(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The folder; beside the registry if left out.")
    ] = None,
    as_it_stands: Annotated[
        bool,
        typer.Option("--as-it-stands", help="Also while events wait to be assessed; simulations then say so."),
    ] = False,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Write an extract: answers, people and standings as Parquet, without names, in the place of an older one."""
    output = Output(json=json)
    folder = out or default_folder()
    with open_registry(os.environ, make=False) as registry:
        log = registry.log
        assert isinstance(log, PostgresLog), "the command line opens registries in Postgres"
        started = time.monotonic()
        with output.progress("Extracting", registry.tables.count(STANDING)) as more:
            manifest = make_extract(log, folder, workers=workers, as_it_stands=as_it_stands, report=more)
        seconds = time.monotonic() - started
    size = sum(file.bytes for part in manifest.parts for file in (part.households, part.people))
    rate = round(manifest.households / max(seconds, 1e-9))
    output.answer(
        {
            "folder": str(folder),
            "households": manifest.households,
            "people": manifest.people,
            "merged_left_out": manifest.merged,
            "position": manifest.position,
            "log_position": manifest.log_position,
            "bytes": size,
            "seconds": round(seconds, 3),
            "households_per_s": rate,
        },
        f"Extract of {manifest.households:,} households and {manifest.people:,} people at position "
        f"{manifest.position:,} of {manifest.log_position:,} in {folder}: "
        f"{size / 1e6:,.1f} MB, {seconds:,.1f} s ({rate:,} households/s).",
    )

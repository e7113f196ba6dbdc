"""`gharana indicators`: how people live, theme by theme, as the annual report prints it, as of any day."""

import csv
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.indicator_tables import say_comparison, say_everything, say_theme
from adapters.cli.options import AsOf
from adapters.cli.output import Json, Output, verb
from adapters.faults import Refused
from adapters.indicators.page import page
from adapters.indicators.published import compare
from adapters.indicators.reading import course_until, events_behind, population_as_of
from adapters.indicators.tidy import tidy, tidy_comparison
from adapters.registry.opening import Registry, open_registry
from domain.places import PlaceLevel
from projections.indicators.figures import Population
from projections.indicators.themes import THEMES, THEMES_BY_NAME, Theme


class Format(StrEnum):
    """How the figures are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


LEVELS = {level.word: level for level in PlaceLevel}


def a_theme(text: str) -> Theme:
    """A theme by its name."""
    if text not in THEMES_BY_NAME:
        raise typer.BadParameter(f"{text!r} is not a theme: write one of {', '.join(THEMES_BY_NAME)}.")
    return THEMES_BY_NAME[text]


def a_level(text: str) -> PlaceLevel:
    """A level of places by its word."""
    if text not in LEVELS:
        raise typer.BadParameter(f"{text!r} is no level: write one of {', '.join(LEVELS)}.")
    return LEVELS[text]


@verb
def indicators(
    theme: Annotated[
        Theme | None,
        typer.Argument(parser=a_theme, metavar="[THEME]", help=f"One of {', '.join(THEMES_BY_NAME)}; else all."),
    ] = None,
    *,
    level: Annotated[
        PlaceLevel | None, typer.Option("--level", parser=a_level, metavar="LEVEL", help=" or ".join(LEVELS))
    ] = None,
    as_of: AsOf = None,
    written: Annotated[Format, typer.Option("--format", help="table, csv, json or html")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file.")] = None,
    compared: Annotated[
        bool, typer.Option("--compare", help="Beside the figures that the annual report prints.")
    ] = False,
    json: Json = False,
) -> None:
    """Say how people live, by region, district or tehsil, as of a day; what speaks of fewer than ten is left out."""
    written = Format.JSON if json else written
    if out is not None and written is Format.TABLE:
        raise typer.BadParameter("a table is for people to read at once: write --format csv, json or html with --out.")
    output = Output(json=json)
    themes = THEMES if theme is None else (theme,)
    with open_registry(os.environ, make=False) as registry:
        day = as_of or registry.today()
        population = population_as_of(registry, day)
        if behind := events_behind(registry):
            output.warn(f"The last {behind:,} events are not counted yet: `run --until-caught-up` counts them.")
        if written is Format.TABLE:
            _say(output, registry, population, theme, level, day, compared=compared)
            return
        if written is Format.HTML:
            course = course_until(registry, day)
            comparison = compare(population, registry.places, themes)
            text = page(themes, population, course, comparison, level or PlaceLevel.REGION, day)
        elif compared:
            text = _lines(written, tidy_comparison(compare(population, registry.places, themes)))
        else:
            text = _lines(written, tidy(themes, population, level or PlaceLevel.REGION, day))
    _write(text, out, output)


def _say(
    output: Output,
    registry: Registry,
    population: Population,
    theme: Theme | None,
    level: PlaceLevel | None,
    day: date,
    *,
    compared: bool,
) -> None:
    themes = THEMES if theme is None else (theme,)
    if compared:
        say_comparison(output, compare(population, registry.places, themes))
    elif theme is None and level is None:
        say_everything(output, population, day)
    else:
        for each in themes:
            say_theme(output, population, each, level or PlaceLevel.REGION, day)


def _lines(written: Format, rows: Iterable[Mapping[str, Any]]) -> str:
    if written is Format.JSON:
        return "".join(f"{Output.in_json(row)}\n" for row in rows)
    text = StringIO()
    listed = list(rows)
    writer = csv.DictWriter(text, list(listed[0]) if listed else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()


def _write(text: str, out: Path | None, output: Output) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as failure:
        raise Refused(f"{out}: cannot be written ({failure.strerror}): name another file with --out.") from failure
    output.answer({"file": str(out), "bytes": len(text.encode())}, f"Written to {out}.")
